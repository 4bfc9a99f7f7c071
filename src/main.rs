//! The `chatferry` program: passes its arguments to the library and returns the exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatferry::main(std::env::args_os())
}
