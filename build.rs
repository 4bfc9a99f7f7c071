//! Writes the general patterns of national numbers, by country code, to `ranges.txt` in the build's
//! output directory: `src/phone/ranges.rs` reads them without loading libphonenumber's database.

// Cargo names the output directory in the environment and reads directives from stdout.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

use phonenumber::metadata::DATABASE;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut lines = String::new();
    for code in 1..=999_u16 {
        let countries = DATABASE.by_code(&code).unwrap_or_default();
        let patterns: BTreeSet<String> = (countries.iter())
            .map(|country| country.descriptors().general().national_number().as_str())
            .map(|pattern| pattern.split_whitespace().collect())
            .collect();
        for pattern in patterns {
            lines.push_str(&format!("{code} {pattern}\n"));
        }
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("ranges.txt"), lines)
}
