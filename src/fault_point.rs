//! Places where a test can make the program die: before and after each commit of the checkpoint
//! and each request.
//!
//! Only with the cargo feature `fault-points`, which no build for users has; without it
//! [`reach`] is nothing at all. It must never be called where it could be reached in one build
//! and not in another.

/// The program gets to a place where it could die. With the feature, `CHATFERRY_FAULT_POINT=n`
/// aborts it at the n-th one that it gets to (from 1), and `CHATFERRY_FAULT_TRACE=file` writes
/// down the name of each.
#[cfg(feature = "fault-points")]
#[expect(
    clippy::disallowed_methods,
    reason = "not part of a build for users, so no room of theirs reads it"
)]
pub(crate) fn reach(name: &'static str) {
    use std::io::Write as _;
    use std::sync::Mutex;

    static COUNT: Mutex<u64> = Mutex::new(0);
    let mut count = COUNT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    *count += 1;
    if let Some(path) = std::env::var_os("CHATFERRY_FAULT_TRACE") {
        let mut options = std::fs::OpenOptions::new();
        if let Ok(mut file) = options.append(true).create(true).open(path) {
            // A trace that cannot be written is missed by the test that reads it.
            let _ = writeln!(file, "{name}");
        }
    }
    let at = std::env::var("CHATFERRY_FAULT_POINT").ok();
    if at.and_then(|at| at.parse::<u64>().ok()) == Some(*count) {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub(crate) fn reach(_name: &'static str) {}
