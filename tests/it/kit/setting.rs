//! What a person asks of the tests in the environment: longer runs, and data written anew.

/// The value of this variable.
#[expect(
    clippy::disallowed_methods,
    reason = "longer runs and new data are asked for in the environment"
)]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether every case is run of tests that run a part of theirs by default, as `.ci/run` asks for.
pub(crate) fn is_thorough() -> bool {
    setting("CHATFERRY_THOROUGH").is_some()
}

/// Every `nth` of the cases, in a thorough run all of them.
pub(crate) fn some_of<T>(
    nth: usize,
    cases: impl IntoIterator<Item = T>,
) -> impl Iterator<Item = T> {
    let step = if is_thorough() { 1 } else { nth };
    cases.into_iter().step_by(step)
}

/// Says that a test is skipped, and why.
#[allow(clippy::print_stderr)] // What a person who runs the tests should know.
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
