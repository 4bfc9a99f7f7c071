//! `chatferry demo`: imports the samples into a local Close, end to end.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use secrecy::SecretString;

use super::out::Out;
use super::terminal::Terminal;
use super::{args, keys, signals};
use crate::app::{self, Error, Exit, Import, Migration, Order};
use crate::clock;
use crate::close::Auth;
use crate::config::Overrides;
use crate::plan::Selection;
use crate::sandbox::{Options, Sandbox, Seed, State};
use crate::transform::contacts::Name;
use crate::transform::policy::RunFlags;
use crate::transform::settings::ImportSettings;

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
    out.note(&format!("The samples are in {}", folder.display()));
    let runtime = signals::server_runtime()?;
    let result = runtime.block_on(demo(&folder, out));
    signals::end(runtime);
    let (exit, state) = result?;
    arrived(&state, &folder.join("contacts.csv"), out)?;
    if arguments.keep.is_some() {
        // It belongs to the sandbox that has just ended; no other one would accept it.
        remove_checkpoint(&folder)?;
        let path = folder.join("arrived.json");
        fs::write(&path, serde_json::to_vec_pretty(&state.messages())?)?;
        out.line(&format!(
            "The contents of the local Close, as JSON: {}",
            path.display()
        ))?;
        let program = program();
        let folder = quoted(&folder.display().to_string());
        out.line("To do the same step by step, in one terminal")?;
        out.line(&format!("  cd {folder}"))?;
        out.line(&format!(
            "  {program} sandbox --port 8080 --contacts contacts.csv"
        ))?;
        out.line("and in another")?;
        out.line(&format!("  cd {folder}"))?;
        out.line(&format!("  CLOSE_API_KEY=api_sandbox.key {program} import --base-url http://127.0.0.1:8080/api/v1"))?;
    } else {
        out.line(
            "To keep the samples and the contents of the local Close: chatferry demo --keep DIR",
        )?;
    }
    Ok(exit)
}

async fn demo(folder: &Path, out: &mut Out) -> anyhow::Result<(Exit, State)> {
    let clock = clock::System::shared();
    let contacts = fs::read_to_string(folder.join("contacts.csv"))?;
    let seed = Seed::from_contacts_csv(&contacts).map_err(Error::usage)?;
    let options = Options::new(clock.clone());
    let key = options.key.clone();
    let sandbox = Sandbox::start(options, seed).await?;
    let overrides = Overrides {
        base_url: Some((sandbox.base_url(), "the sandbox")),
    };
    let mut terminal = Terminal::new(out, &clock, false);
    let file = folder.join("chatferry.toml");
    let mut migration = Migration::open(&file, &overrides, &keys::terminal(), &mut terminal)?;
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
    };
    let import = Import {
        migration: &mut migration,
        client: &client,
        clock: &clock,
        order: &order,
        stop: signals::listen(),
    };
    let outcome = app::import(import, &mut terminal).await;
    let state = sandbox.state();
    sandbox.shutdown().await;
    Ok((outcome?.exit, state))
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

/// The contents of the sandbox, by lead, counted by the sandbox and not by the importer.
fn arrived(state: &State, contacts: &Path, out: &mut Out) -> anyhow::Result<()> {
    let messages = state.messages();
    let contacts = app::contacts(contacts)?;
    let chat_of = |lead: &str| {
        let row = contacts
            .rows()
            .iter()
            .find(|row| row.lead_id.as_ref().is_some_and(|id| *id == lead));
        match row.map(|row| &row.chat) {
            Some(Name::Is { text, .. }) => format!("{text}, "),
            _ => String::new(),
        }
    };
    let mut leads: BTreeMap<&str, (u64, u64, u64, u64, u64)> = BTreeMap::new();
    for message in &messages {
        let lead = leads.entry(message.lead_id.as_str()).or_default();
        if message.direction == "incoming" {
            lead.0 += 1;
        } else {
            lead.1 += 1;
        }
        lead.2 += message.attachments.len() as u64;
        lead.3 += message
            .attachments
            .iter()
            .map(|file| file.size)
            .sum::<u64>();
        lead.4 += u64::from(message.response_to_id.is_some());
    }
    out.line("Contents of the local Close")?;
    for (lead, (incoming, outgoing, files, bytes, replies)) in leads {
        out.line(&format!(
            "  {}{lead}: {incoming} incoming, {outgoing} outgoing, {} ({}), {}",
            chat_of(lead),
            crate::quantity::count(files, "file"),
            crate::quantity::bytes(bytes),
            crate::quantity::count(replies, "reply link"),
        ))?;
    }
    out.line(&format!(
        "  in all {}, {} duplicated",
        crate::quantity::count(messages.len() as u64, "message"),
        state.duplicates()
    ))?;
    Ok(())
}
