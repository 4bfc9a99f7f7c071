//! How many cases a property test runs.
//!
//! A plain `cargo test` takes the same cases every time (`.cargo/config.toml` fixes the seed), so that it fails for a
//! change and not by chance. `PROPTEST_CASES=25600 PROPTEST_RNG_SEED=$RANDOM cargo test --lib` runs a hundred times as
//! many, others each time.

use proptest::prelude::ProptestConfig;

/// `few` cases in a plain run, and more in proportion to `PROPTEST_CASES`, whose default is 256.
pub(crate) fn cases(few: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: u32::try_from(u64::from(few) * u64::from(usual.cases) / 256).unwrap_or(few),
        failure_persistence: None,
        ..usual
    }
}
