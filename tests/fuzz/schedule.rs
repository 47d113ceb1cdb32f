//! Any text is no schedule, or gives a programme file that can be read.

#![no_main]

use allim::domain::file;
use allim::exchange::frab::{ImportError, Options, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    match import(&text, &Options::default()) {
        Ok(imported) => {
            let reading = file::read(&imported.source);
            assert!(reading.programme.is_some(), "{}\n{:#?}", imported.source, reading.problems);
        }
        Err(ImportError::Refused(reason)) => panic!("our own file is refused: {reason}"),
        Err(_) => {}
    }
});
