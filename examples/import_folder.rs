//! Imports the migration in a folder: what `chatferry import --yes` does, as a library call.
//!
//! The folder holds `chatferry.toml`, `contacts.csv` and the archives; the key of Close is in `CLOSE_API_KEY`.
//!
//! ```console
//! $ CLOSE_API_KEY=api_... cargo run --example import_folder -- path/of/the/folder
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of its own"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use chatferry::{
    Auth, Import, Migration, NoKeys, Order, Overrides, RunFlags, Selection, Stopper, System,
    Unattended,
};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("usage: import_folder FOLDER")?;
    let key = std::env::var("CLOSE_API_KEY")?;
    let clock = System::shared();

    let mut observer = Unattended::default();
    let file = folder.join("chatferry.toml");
    let overrides = Overrides::gather(None, &|name| std::env::var(name).ok());
    let mut migration = Migration::open(&file, &overrides, &NoKeys, &mut observer)?;
    let client = chatferry::client(&migration.settings, Auth::Key(key.into()), &clock)?;

    // Nobody is asked, so nothing is deleted: a corrected lead or a deleted message needs `allow_deletes`.
    let order = Order {
        flags: RunFlags::default(),
        selection: Selection::default(),
        yes: true,
        plan: None,
        allow_deletes: 0,
        strict: false,
        show_content: false,
        pilot: false,
        probe: false,
    };
    let (_stopper, stop) = Stopper::new();
    let import = Import {
        migration: &mut migration,
        client: &client,
        clock: &clock,
        order: &order,
        stop,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(chatferry::import(import, &mut observer))?;

    for notice in &observer.notices {
        eprintln!("{notice:?}");
    }
    let numbers = &outcome.numbers;
    println!(
        "{} created, {} updated, {} unchanged, {} held, {} failed",
        numbers.created, numbers.updated, numbers.unchanged, numbers.held, numbers.failed
    );
    if let Some(error) = outcome.stopped {
        return Err(error.into());
    }
    Ok(outcome.exit.into())
}
