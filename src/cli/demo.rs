//! `chatferry demo`: imports the samples into a local Close, end to end.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use secrecy::SecretString;

use super::out::Out;
use super::terminal::Terminal;
use super::{args, keys, signals};
use crate::app::{
    self, Error, Exit, FilesToRead, Import, Migration, Order, Unattended, Verification, VerifyOrder,
};
use crate::clock::{self, SharedClock};
use crate::close::{Auth, Client};
use crate::config::Overrides;
use crate::plan::Selection;
use crate::policy::RunFlags;
use crate::report;
use crate::report::demo::{self, Arrived, ArrivedMessage};
use crate::sandbox::{Options, Sandbox, Seed, State};
use crate::settings::ImportSettings;

/// The samples are compiled in, so that the demo works without the repository.
static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

pub(super) fn run(arguments: &args::Demo, out: &mut Out) -> anyhow::Result<Exit> {
    let (folder, _temporary) = folder(arguments.keep.as_deref())?;
    SAMPLES.extract(&folder).map_err(|error| {
        Error::usage(format!(
            "{}: the samples cannot be written: {error}",
            folder.display()
        ))
    })?;
    if arguments.keep.is_some() {
        out.note(&format!("The samples are in {}", folder.display()));
    }
    let runtime = signals::server_runtime()?;
    let result = runtime.block_on(import_samples(&folder, out));
    signals::end(runtime);
    let (exit, state, verdict) = result?;
    let arrived = arrived(&state, &folder.join("contacts.csv"))?;
    out.line(&arrived.text())?;
    out.line(&format!("Verified: {verdict}"))?;
    if arguments.keep.is_some() {
        // It belongs to the sandbox that has just ended; no other one would accept it.
        remove_checkpoint(&folder)?;
        let path = folder.join("arrived.json");
        fs::write(&path, serde_json::to_vec_pretty(&state.messages())?)?;
        out.line(&format!(
            "The contents of the local Close, as JSON: {}",
            path.display()
        ))?;
        let folder = quoted(&folder.display().to_string());
        out.line(&demo::steps(&program(), &folder))?;
    } else {
        out.line(
            "Next: `chatferry init PATH` with your own exports; `chatferry demo --keep DIR` keeps these samples",
        )?;
    }
    Ok(exit)
}

/// Imports the samples, then verifies them. Returns the exit status, the contents of the local Close and the verdict.
async fn import_samples(folder: &Path, out: &mut Out) -> anyhow::Result<(Exit, State, String)> {
    let clock = clock::System::shared();
    let contacts = fs::read_to_string(folder.join("contacts.csv"))?;
    let seed = Seed::from_contacts_csv(&contacts).map_err(Error::usage)?;
    let options = Options::new(clock.clone());
    let key = options.key.clone();
    let sandbox = Sandbox::start(options, seed).await?;
    let overrides = Overrides {
        base_url: Some((sandbox.base_url(), "the sandbox")),
        ..Overrides::default()
    };
    let mut terminal = Terminal::new(out, &clock, false);
    let file = folder.join("chatferry.toml");
    let mut migration = Migration::open(&file, &overrides, &keys::terminal(), &mut terminal)?;
    // A demonstration shows an import as Close paces it.
    migration.settings.limits.is_pace_set = true;
    let key = Auth::Key(SecretString::from(key));
    let client = app::client(&migration.settings, key, &clock)?;
    let order = Order {
        flags: RunFlags::default(),
        selection: Selection::default(),
        yes: true,
        plan: None,
        allow_deletes: 0,
        strict: false,
        show_content: true,
        pilot: false,
        probe: false,
    };
    let import = Import {
        migration: &mut migration,
        client: &client,
        clock: &clock,
        order: &order,
        stop: signals::listen(),
    };
    let outcome = app::import(import, &mut terminal).await?;
    let verification = verified(&file, &overrides, (&client, &clock)).await?;
    let verdict = report::verify::verdict(&verification);
    let state = sandbox.state();
    sandbox.shutdown().await;
    Ok((outcome.exit.max(verification.exit), state, verdict))
}

/// Reads everything back and compares it with the samples.
async fn verified(
    file: &Path,
    overrides: &Overrides,
    with: (&Client, &SharedClock),
) -> anyhow::Result<Verification> {
    // What the archives contain was reported by the import.
    let mut silent = Unattended::default();
    let mut migration = Migration::open(file, overrides, &keys::terminal(), &mut silent)?;
    let order = VerifyOrder {
        selection: Selection::default(),
        files: FilesToRead::None,
        out: None,
        show_content: true,
    };
    Ok(app::verify(&mut migration, None, &order, with, &mut silent).await?)
}

/// The requested folder, which must be new or empty, or a temporary one.
fn folder(keep: Option<&Path>) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
    match keep {
        Some(path) => {
            fs::create_dir_all(path).map_err(|error| {
                Error::usage(format!("{}: cannot be created: {error}", path.display()))
            })?;
            if fs::read_dir(path)?.next().is_some() {
                anyhow::bail!(Error::usage(format!(
                    "{}: is not empty; name a new folder",
                    path.display()
                )));
            }
            Ok((path.canonicalize()?, None))
        }
        None => {
            let temporary = tempfile::tempdir()?;
            Ok((temporary.path().to_owned(), Some(temporary)))
        }
    }
}

/// Removes the checkpoint with its journal and lock.
fn remove_checkpoint(folder: &Path) -> anyhow::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        if name
            .to_string_lossy()
            .starts_with(ImportSettings::CHECKPOINT)
        {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// The program as a shell finds it from any folder: it may not be installed.
fn program() -> String {
    std::env::current_exe().map_or_else(
        |_| "chatferry".to_owned(),
        |path| quoted(&path.display().to_string()),
    )
}

/// Quotes a word for a command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/\\:._-+~".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("\"{word}\"")
    }
}

/// The contents of the sandbox, with the chat of each lead.
fn arrived(state: &State, contacts: &Path) -> anyhow::Result<Arrived> {
    let contacts = app::contacts(contacts)?;
    let chat_of = |lead: &str| {
        let mut rows = contacts.rows().iter();
        let row = rows.find(|row| row.lead_id.as_ref().is_some_and(|id| *id == lead))?;
        row.chat.text().map(str::to_owned)
    };
    let messages = state.messages();
    let each = messages.iter().map(|message| ArrivedMessage {
        lead_id: &message.lead_id,
        is_incoming: message.direction == "incoming",
        is_reply: message.response_to_id.is_some(),
        files: message.attachments.len() as u64,
        bytes: message.attachments.iter().map(|file| file.size).sum(),
    });
    Ok(Arrived::of(each, state.duplicates() as u64, chat_of))
}
