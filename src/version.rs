//! Version and commit of the program, as the build recorded them.

/// The version of the package, such as `0.2.0`.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that the program is built from: twelve digits, with `-dirty` if files differed from it; `unknown` outside
/// of a git repository; `development build` in a build that is not optimised, whose commit is not recorded.
pub(crate) const COMMIT: &str = env!("CHATFERRY_BUILT_FROM");

/// Version and commit, for `--version`.
pub(crate) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("CHATFERRY_BUILT_FROM"),
    ")"
);
