//! General patterns of national numbers by country code, from libphonenumber.
//!
//! [`DATABASE`](phonenumber::metadata::DATABASE) contains them with those of every kind of number; loading it parses some
//! thousand regular expressions, which took longer than all else that most commands do before their work. `build.rs`
//! writes the general ones out when the program is built.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexBuilder};

/// A country code and a pattern on each line; one code has as many lines as its countries have different patterns.
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/ranges.txt"));

static RANGES: LazyLock<HashMap<u16, Ranges>> = LazyLock::new(|| {
    let mut ranges: HashMap<u16, Ranges> = HashMap::new();
    for (code, pattern) in LINES.lines().filter_map(|line| line.split_once(' ')) {
        if let Ok(code) = code.parse() {
            ranges.entry(code).or_default().patterns.push(pattern);
        }
    }
    ranges
});

/// The national numbers of one country code.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    patterns: Vec<&'static str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Ranges {
    /// Those of this country code; `None` for a code that does not exist.
    pub(super) fn of(code: u16) -> Option<&'static Ranges> {
        RANGES.get(&code)
    }

    /// Whether digits after the country code begin with what a pattern matches; more digits may follow, as in
    /// [`Descriptor::is_match`](phonenumber::metadata::Descriptor::is_match).
    pub(super) fn fit(&self, national: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| {
            let any = format!("^(?:{})", self.patterns.join("|"));
            // ASCII digits alone: those of other scripts were converted before.
            RegexBuilder::new(&any).unicode(false).build().ok()
        });
        compiled.as_ref().is_some_and(|any| any.is_match(national))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use phonenumber::metadata::DATABASE;

    use super::*;

    #[test]
    fn patterns_are_those_of_libphonenumber() {
        for code in 0..=999_u16 {
            let countries = DATABASE.by_code(&code).unwrap_or_default();
            let theirs: BTreeSet<String> = (countries.iter())
                .map(|country| country.descriptors().general().national_number().as_str())
                .map(|pattern| pattern.split_whitespace().collect())
                .collect();
            let ours = Ranges::of(code).map_or(&[][..], |ranges| &ranges.patterns);
            let ours: BTreeSet<String> = ours.iter().map(|pattern| pattern.to_string()).collect();
            assert_eq!(
                ours, theirs,
                "{code}: libphonenumber has other patterns now than ranges.txt"
            );
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for (code, ranges) in RANGES.iter() {
            ranges.fit("");
            assert!(ranges.compiled.get().is_some_and(Option::is_some), "{code}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::random_cases::cases(1000))]

        #[test]
        fn numbers_fit_as_in_libphonenumber(code in 0..1000_u16, national in "[0-9]{0,15}") {
            let theirs = DATABASE.by_code(&code).map(|countries| {
                let mut countries = countries.iter();
                countries.any(|country| country.descriptors().general().is_match(&national))
            });
            proptest::prop_assert_eq!(Ranges::of(code).map(|ranges| ranges.fit(&national)), theirs);
        }
    }
}
