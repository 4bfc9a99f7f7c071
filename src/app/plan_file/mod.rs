//! A plan as a file: written by `plan --out`, run by `import --plan`.
//!
//! JSON lines: a header, a line for each operation, a last line that seals them. `import` makes the
//! plan anew and runs it only if it is the same: so what is run is what was looked at, and there is
//! one way to carry out a plan. Nothing of it is text, a name or a number.

mod inputs;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use inputs::Inputs;

use super::atomic_write;
use super::error::{Error, Exit, Result};
use super::migration::Migration;
use crate::checkpoint::{HashKey, Snapshot};
use crate::config::Word as _;
use crate::ids::LeadId;
use crate::name::name_key;
use crate::plan::{Plan, Selection};
use crate::report::operations::{self, hex};
use crate::transform::desired::Desired;
use crate::transform::settings::{Gone, Settings};

const FORMAT: &str = "chatferry-plan";
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    program: String,
    organization_id: Option<String>,
    base_url: String,
    offline: bool,
    selection: Selected,
    /// `--gone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone: Option<String>,
    /// `--accept-unsteady`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    accepts_unsteady: bool,
    inputs: Inputs,
    /// The key of all hashes, where there was no checkpoint that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// `--device`, `--chat`, `--lead`, `--limit`; device and chat by the hashes of their names.
#[derive(Debug, Serialize, Deserialize)]
struct Selected {
    device: Option<String>,
    chat: Option<String>,
    lead: Option<LeadId>,
    limit: Option<u64>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    operations: usize,
    digest: String,
}

/// A plan that was written before.
#[derive(Debug)]
pub struct PlanFile {
    path: PathBuf,
    header: Header,
    lines: Vec<String>,
}

/// The account and manner in which a plan is made.
pub(super) struct Made<'m> {
    pub(super) organization_id: Option<String>,
    pub(super) offline: bool,
    pub(super) selection: &'m Selection,
    pub(super) gone: Option<Gone>,
    pub(super) accepts_unsteady: bool,
    pub(super) inputs: Inputs,
}

/// The key of a plan's hashes.
pub(super) struct Key {
    hash: HashKey,
    /// It stands in the file, since there is no checkpoint that has one.
    is_own: bool,
}

impl Key {
    /// The checkpoint's key, or a new one.
    ///
    /// # Errors
    ///
    /// A machine without random numbers.
    pub(super) fn of(checkpoint: Option<&Snapshot>) -> Result<Key> {
        let hash = match checkpoint {
            Some(snapshot) => snapshot.key(),
            None => HashKey::random()
                .ok_or_else(|| Error::with(Exit::Internal, "this machine has no random numbers"))?,
        };
        Ok(Key {
            hash,
            is_own: checkpoint.is_none(),
        })
    }

    /// The key itself.
    pub(super) fn hash(&self) -> &HashKey {
        &self.hash
    }
}

/// Refuses a place where a plan may not be written: another file than a plan, or one of the
/// migration's own that is still to come.
///
/// # Errors
///
/// A usage error that says what is in the way.
pub(crate) fn check_target(file: &Path, migration: &Migration) -> Result<()> {
    let cannot = |what: &str| Err(Error::usage(format!("{}: {what}", file.display())));
    if file.as_os_str() == "-" {
        return cannot("a plan is written to a file; give its name");
    }
    let real = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let own = [
        &migration.settings.import.checkpoint,
        &migration.settings.import.contacts,
        &migration.file,
    ];
    if own.into_iter().any(|path| real(path) == real(file)) {
        return cannot("is a file of the migration itself; give another name");
    }
    match fs::metadata(file) {
        Ok(there) if !there.is_file() => cannot("is no ordinary file; give another name"),
        Ok(_) if Header::read(&fs::read_to_string(file).unwrap_or_default()).is_none() => {
            cannot("is there already and is no plan; give another name")
        }
        _ => Ok(()),
    }
}

/// Writes the plan to `file`, whole or not at all. Returns how many operations are in it.
///
/// # Errors
///
/// A usage error: it cannot be written.
pub(super) fn write(
    file: &Path,
    plan: &Plan,
    made: Made<'_>,
    key: &Key,
    base_url: &str,
) -> Result<u64> {
    let cannot = |what: &str| Error::usage(format!("{}: {what}", file.display()));
    let own = key.is_own.then(|| hex(key.hash.bytes()));
    let key = &key.hash;
    let Selection {
        device,
        chat,
        lead,
        limit,
        failed: _,
    } = made.selection.clone();
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        organization_id: made.organization_id,
        base_url: base_url.to_owned(),
        offline: made.offline,
        selection: Selected {
            device: device.map(|device| name_hash(key, &device)),
            chat: chat.map(|chat| name_hash(key, &name_key(&chat))),
            lead,
            limit,
        },
        gone: made.gone.map(|gone| gone.word().to_owned()),
        accepts_unsteady: made.accepts_unsteady,
        inputs: made.inputs,
        key: own,
    };
    let lines = lines(plan, key)?;
    let mut text = serde_json::to_string(&header)?;
    text.push('\n');
    for line in &lines {
        text.push_str(line);
        text.push('\n');
    }
    let seal = Seal {
        operations: lines.len(),
        digest: digest(text.as_bytes()),
    };
    text.push_str(&serde_json::to_string(&seal)?);
    text.push('\n');
    // Readable by this user only, as temporary files are made.
    atomic_write::write(file, text.as_bytes())
        .map_err(|error| cannot(&format!("cannot be written: {error}")))?;
    Ok(lines.len() as u64)
}

impl Header {
    /// The header of a file that begins like a plan.
    fn read(text: &str) -> Option<Header> {
        let header: Header = serde_json::from_str(text.lines().next()?).ok()?;
        (header.format == FORMAT).then_some(header)
    }
}

impl PlanFile {
    /// Reads a plan and checks that it is whole.
    ///
    /// # Errors
    ///
    /// A usage error: not there, no plan, of a newer version, or not as it was written.
    pub fn read(file: &Path) -> Result<PlanFile> {
        let cannot = |what: &str| Error::usage(format!("{}: {what}", file.display()));
        let text = fs::read_to_string(file)
            .map_err(|error| cannot(&format!("cannot be read: {error}")))?;
        #[derive(Deserialize)]
        struct Kind {
            format: String,
            version: u32,
        }
        let first = text.lines().next().unwrap_or_default();
        let version = match serde_json::from_str::<Kind>(first) {
            Ok(kind) if kind.format == FORMAT => kind.version,
            _ => {
                return Err(cannot(
                    "is no plan of chatferry; `chatferry plan --out FILE` makes one",
                ));
            }
        };
        if version > VERSION {
            return Err(cannot(&format!(
                "was made by a newer chatferry (version {version} of its form, this one knows {VERSION}); update this program"
            )));
        }
        let damaged = || cannot("is not as it was written; make the plan again");
        let header = Header::read(&text).ok_or_else(damaged)?;
        let body = text.strip_suffix('\n').ok_or_else(damaged)?;
        let (before, last) = body.rsplit_once('\n').ok_or_else(damaged)?;
        let seal: Seal = serde_json::from_str(last).map_err(|_| damaged())?;
        let sealed = &text[..=before.len()];
        if seal.digest != digest(sealed.as_bytes()) {
            return Err(damaged());
        }
        let lines = before.lines().skip(1).map(str::to_owned).collect();
        Ok(PlanFile {
            path: file.to_owned(),
            header,
            lines,
        })
    }

    /// The inputs as they are now, by the key of this plan.
    ///
    /// # Errors
    ///
    /// As [`Inputs::of`]; a checkpoint that is gone.
    pub(super) fn inputs(
        &self,
        migration: &Migration,
        checkpoint: Option<&Snapshot>,
    ) -> Result<Inputs> {
        let key = self.key(checkpoint)?;
        Inputs::of(migration, checkpoint, &self.path, &key)
    }

    /// Refuses where something that the plan was made of is not as it was.
    ///
    /// # Errors
    ///
    /// A usage error that names it; exit 5 for another organisation.
    pub(super) fn check(
        &self,
        inputs: &Inputs,
        organization_id: &str,
        base_url: &str,
    ) -> Result<()> {
        let made_for = self.header.organization_id.as_deref();
        if let Some(other) = made_for.filter(|made_for| *made_for != organization_id) {
            return Err(Error::with(
                Exit::Denied,
                format!(
                    "the plan was made for the organisation {other}, and this key belongs to {organization_id}; nothing was sent"
                ),
            ));
        }
        let mut changed = inputs.changed(&self.header.inputs);
        if self.header.base_url != base_url {
            changed.push("the base URL");
        }
        match changed.as_slice() {
            [] => Ok(()),
            changed => Err(Error::usage(format!(
                "since the plan was made, {} changed: make it again with `chatferry plan --out`, look at it, and run it then; nothing was sent",
                changed.join(" and ")
            ))),
        }
    }

    /// What of the archives the plan is about.
    ///
    /// # Errors
    ///
    /// A usage error for a chat that is not there.
    pub(super) fn selection(
        &self,
        desired: &Desired,
        settings: &Settings,
        checkpoint: &Snapshot,
    ) -> Result<Selection> {
        let Selected {
            device,
            chat,
            lead,
            limit,
        } = &self.header.selection;
        let key = self.key(Some(checkpoint))?;
        let device = match device {
            None => None,
            Some(hash) => {
                let mut names = settings.devices.iter().map(|device| &device.name);
                let name = names.find(|name| name_hash(&key, name) == *hash);
                Some(name.cloned().ok_or_else(|| {
                    Error::usage("the plan is about a device that is not configured; make it again")
                })?)
            }
        };
        let chat = match chat {
            None => None,
            Some(hash) => {
                let mut names = desired.chats.iter().map(|chat| &chat.name);
                let name = names.find(|name| name_hash(&key, &name_key(name)) == *hash);
                Some(name.cloned().ok_or_else(|| {
                    Error::usage(
                        "the plan is about a chat that is not among the archives; make it again",
                    )
                })?)
            }
        };
        Ok(Selection {
            device,
            chat,
            lead: lead.clone(),
            limit: *limit,
            failed: false,
        })
    }

    /// What the plan was made with of `--gone`.
    pub fn gone(&self) -> Option<Gone> {
        Gone::of_word(self.header.gone.as_deref()?)
    }

    /// Whether the plan was made with `--accept-unsteady`.
    pub fn accepts_unsteady(&self) -> bool {
        self.header.accepts_unsteady
    }

    /// Refuses a plan that is not the one that was written: what Close holds is another by now.
    ///
    /// # Errors
    ///
    /// A usage error that says how many operations differ.
    pub(super) fn compare(&self, plan: &Plan, checkpoint: &Snapshot) -> Result<()> {
        let now = lines(plan, &self.key(Some(checkpoint))?)?;
        if now == self.lines {
            return Ok(());
        }
        let (then, now): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
            (self.lines.iter().collect(), now.iter().collect());
        let differ = then.symmetric_difference(&now).count().max(1);
        let why = if self.header.offline {
            "it was made with --offline, and Close holds some of it already"
        } else {
            "what Close holds has changed since it was made"
        };
        Err(Error::usage(format!(
            "{} of the plan would not be as it says: {why}; make it again with `chatferry plan --out`; nothing was sent",
            crate::report::count(differ as u64, "operation")
        )))
    }

    fn key(&self, checkpoint: Option<&Snapshot>) -> Result<HashKey> {
        let Some(own) = &self.header.key else {
            return checkpoint.map(Snapshot::key).ok_or_else(|| {
                Error::usage(
                    "since the plan was made, the checkpoint changed: it is gone; nothing was sent",
                )
            });
        };
        let bytes = data_encoding::HEXLOWER.decode(own.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .map(HashKey::from_bytes)
            .ok_or_else(|| Error::usage("the plan's key is not as it was written; make it again"))
    }
}

fn lines(plan: &Plan, key: &HashKey) -> Result<Vec<String>> {
    let hash = |text: &str| key.hash(format!("plan:{text}").as_bytes());
    Ok(operations::lines(plan, &hash)?)
}

fn name_hash(key: &HashKey, name: &str) -> String {
    hex(&key.hash(format!("name:{name}").as_bytes()))
}

fn digest(bytes: &[u8]) -> String {
    hex(&blake3::hash(bytes).as_bytes()[..16])
}
