//! The `chatferry` program: passes its arguments to the library and returns the exit status.

use std::process::ExitCode;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chatferry::main(std::env::args_os())
}
