//! Zones against the machine's own data, where that is at least as new.

use std::io::Write;
use std::process::{Command, Stdio};

use allim::domain::zone::{Zone, database_version};

use crate::house::instant;

/// Prints the version of the newest zone data python3 can find, the package `tzdata` or the system's, and then, for
/// each zone named on its standard input, its offsets at the instants given.
const PROGRAM: &str = r"
import datetime, os, sys, zoneinfo
version = ''
try:
    with open('/usr/share/zoneinfo/tzdata.zi') as system:
        version = system.readline().removeprefix('# version ').strip()
except OSError:
    pass
try:
    import tzdata
    if tzdata.IANA_VERSION >= version:
        version = tzdata.IANA_VERSION
        zoneinfo.reset_tzpath([])
except ImportError:
    pass
print(version)
probes = [int(probe) for probe in sys.argv[1].split(',')]
for name in sys.stdin.read().split():
    zone = zoneinfo.ZoneInfo(name)
    at = lambda probe: int(datetime.datetime.fromtimestamp(probe, zone).utcoffset().total_seconds())
    print(name, *map(at, probes))
";

#[test]
fn every_zone_agrees_with_other_data_over_two_years() {
    let from = instant("2026-01-01T00:00:00Z").timestamp();
    let probes: Vec<i64> = (0..2 * 366 * 4).map(|quarter| from + quarter * 6 * 3600).collect();
    let asked = probes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let names: String = chrono_tz::TZ_VARIANTS.iter().map(|tz| format!("{}\n", tz.name())).collect();
    let child =
        Command::new("python3").args(["-c", PROGRAM, &asked]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        println!("left out: there is no python3 to read other zone data");
        return;
    };
    child.stdin.take().expect("a pipe").write_all(names.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an answer");
    let answer = String::from_utf8(output.stdout).expect("text");
    let mut lines = answer.lines();
    let version = lines.next().unwrap_or_default();
    if version < database_version() {
        println!("left out: the machine's zone data, {version:?}, is older than ours, {}", database_version());
        return;
    }
    assert_eq!(lines.clone().count(), chrono_tz::TZ_VARIANTS.len());
    for line in lines {
        let mut words = line.split(' ');
        let name = words.next().expect("a name");
        let zone: Zone = name.parse().expect("a zone");
        for (probe, offset) in probes.iter().zip(words) {
            let at = chrono::DateTime::from_timestamp(*probe, 0).expect("an instant");
            assert_eq!(zone.local(at).offset_seconds.to_string(), offset, "{name} at {at} (the other data: {version})");
        }
    }
}

#[test]
fn rules_newer_than_the_naming_crate_are_in_force() {
    // British Columbia stays on summer time from 2026; a database of 2025 does not know.
    let vancouver: Zone = "America/Vancouver".parse().expect("a zone");
    assert_eq!(vancouver.local(instant("2027-01-15T12:00:00Z")).offset_seconds, -7 * 3600);
}
