//! Reads archives and prints, for each chat, its people, dates, files and doubtful lines.
//!
//! ```console
//! $ cargo run --example read_archive -- samples/anna "samples/ben/WhatsApp Chat - Rita Sol.zip"
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program of its own"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use chatferry::{ArchivedChat, Archives};

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        eprintln!("usage: read_archive PATH...");
        return ExitCode::from(2);
    }
    let archives = Archives::open(&paths);
    let mut failed = false;
    for failure in archives.failures() {
        eprintln!("{}: {}", failure.label, failure.error);
        failed = true;
    }
    for chat in archives.chats() {
        match chat {
            Ok(chat) => show(&chat),
            Err(failure) => {
                eprintln!("{}: {}", failure.label, failure.error);
                failed = true;
            }
        }
    }
    match failed {
        true => ExitCode::from(3),
        false => ExitCode::SUCCESS,
    }
}

fn show(read: &ArchivedChat<'_>) {
    let chat = read.chat();
    let kind = if chat.is_group() { "group" } else { "chat" };
    println!(
        "{} ({kind}, {:?}, {})",
        read.name(),
        chat.platform,
        read.archive()
    );
    for person in &chat.participants {
        println!("  {}: {} messages", person.name, person.messages);
    }
    if let (Some(first), Some(last)) = (chat.messages.first(), chat.messages.last()) {
        println!("  {} to {}", first.local_time, last.local_time);
    }
    let files = || {
        chat.messages
            .iter()
            .flat_map(|message| message.attachments())
    };
    let missing = files().filter(|file| file.entry.is_none()).count();
    println!(
        "  {} files, {missing} of them not in the archive",
        files().count()
    );
    if chat.odd_lines() > 0 {
        println!("  {} lines may have been misread", chat.odd_lines());
    }
}
