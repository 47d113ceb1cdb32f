//! Zones against the machine's own data, where that is at least as new.

use std::process::Command;

use allim::domain::zone::{Zone, database_version};

use crate::house::instant;

/// The version of the machine's zone data, from the file its package leaves behind.
fn machine_version() -> Option<String> {
    let text = std::fs::read_to_string("/usr/share/zoneinfo/tzdata.zi").ok()?;
    text.lines().next()?.strip_prefix("# version ").map(str::to_owned)
}

#[test]
fn every_zone_agrees_with_the_machine_over_two_years() {
    let Some(version) = machine_version().filter(|version| version.as_str() >= database_version()) else {
        println!("left out: the machine's zone data is absent or older than {}", database_version());
        return;
    };
    let from = instant("2026-01-01T00:00:00Z").timestamp();
    let probes: Vec<i64> = (0..2 * 366 * 4).map(|quarter| from + quarter * 6 * 3600).collect();
    let mut script = String::new();
    for tz in chrono_tz::TZ_VARIANTS {
        script.push_str(&format!("{}\n", tz.name()));
    }
    // One process for all: `date` would be 400,000 of them.
    let program = "import sys, zoneinfo, datetime\n\
        probes = [int(p) for p in sys.argv[1].split(',')]\n\
        for name in sys.stdin.read().split():\n\
        \x20   zone = zoneinfo.ZoneInfo(name)\n\
        \x20   print(name, *[int(datetime.datetime.fromtimestamp(p, zone).utcoffset().total_seconds()) for p in probes])\n";
    let asked = probes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let child = Command::new("python3")
        .args(["-c", program, &asked])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("left out: there is no python3 to read the machine's zone data {version}");
        return;
    };
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), script.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an answer");
    let answer = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && answer.lines().count() == chrono_tz::TZ_VARIANTS.len());
    for line in answer.lines() {
        let mut words = line.split(' ');
        let name = words.next().expect("a name");
        let zone: Zone = name.parse().expect("a zone");
        for (probe, offset) in probes.iter().zip(words) {
            let at = chrono::DateTime::from_timestamp(*probe, 0).expect("an instant");
            assert_eq!(zone.local(at).offset_seconds.to_string(), offset, "{name} at {at} (machine: {version})");
        }
    }
}

#[test]
fn rules_newer_than_the_naming_crate_are_in_force() {
    // British Columbia stays on summer time from 2026; a database of 2025 does not know.
    let vancouver: Zone = "America/Vancouver".parse().expect("a zone");
    assert_eq!(vancouver.local(instant("2027-01-15T12:00:00Z")).offset_seconds, -7 * 3600);
}
