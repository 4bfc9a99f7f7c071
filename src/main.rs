//! The `chatferry` program: says what was typed to the library and returns its exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatferry::main(std::env::args_os())
}
