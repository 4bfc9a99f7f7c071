//! Writes the transcript of an invented chat to stdout:
//!
//! ```sh
//! cargo run --release --example generate -- android 1000000 > "WhatsApp Chat with Flat 3.txt"
//! cargo run --release --example generate -- iphone 1000000 > _chat.txt
//! ```

mod chat;

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let phone = match arguments.next().as_deref() {
        Some("android") => Some(chat::Phone::Android),
        Some("iphone") => Some(chat::Phone::Iphone),
        _ => None,
    };
    let messages = arguments.next().and_then(|count| count.parse().ok());
    let (Some(phone), Some(messages)) = (phone, messages) else {
        let _ = writeln!(io::stderr(), "usage: generate android|iphone MESSAGES");
        return ExitCode::from(2);
    };
    let written = io::stdout().write_all(chat::transcript(phone, messages).as_bytes());
    if written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
