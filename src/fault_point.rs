//! Fault points: places where a test aborts the program, before and after each commit of the checkpoint
//! and each request, or where it lets an operation fail.
//!
//! Only with the cargo feature `fault-points`, which no build for users has; without it [`reach`] does
//! nothing. Both builds must reach the same fault points.

/// A fault point. With the feature, `CHATFERRY_FAULT_POINT='NAME#n'` aborts the program at the n-th fault
/// point of that name (from 1), and `CHATFERRY_FAULT_TRACE=file` writes the name of each to a file. Counted
/// by name, since concurrent work is in another order in another run.
#[cfg(feature = "fault-points")]
#[expect(
    clippy::disallowed_methods,
    reason = "not part of a build for users, so no module of theirs reads it"
)]
pub(crate) fn reach(name: &'static str) {
    use std::collections::BTreeMap;
    use std::io::Write as _;
    use std::sync::Mutex;

    static COUNTS: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());
    let mut counts = COUNTS
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let count = counts.entry(name).or_default();
    *count += 1;
    if let Some(path) = std::env::var_os("CHATFERRY_FAULT_TRACE") {
        let mut options = std::fs::OpenOptions::new();
        if let Ok(mut file) = options.append(true).create(true).open(path) {
            // The test that reads a trace fails if it could not be written.
            let _ = writeln!(file, "{name}");
        }
    }
    if std::env::var("CHATFERRY_FAULT_POINT").is_ok_and(|at| at == format!("{name}#{count}")) {
        std::process::abort();
    }
}

/// Does nothing.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) fn reach(_name: &'static str) {}

/// Whether an operation that cannot be made to fail from outside fails now: `CHATFERRY_FAULT_FAIL` has its name.
#[cfg(feature = "fault-points")]
#[expect(
    clippy::disallowed_methods,
    reason = "not part of a build for users, so no module of theirs reads it"
)]
pub(crate) fn fails(name: &'static str) -> bool {
    std::env::var("CHATFERRY_FAULT_FAIL").is_ok_and(|failing| failing == name)
}

/// Never.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) fn fails(_name: &'static str) -> bool {
    false
}
