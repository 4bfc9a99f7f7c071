//! Plan files: written by `plan --out`, carried out by `import --plan`.
//!
//! JSON lines: a header, a line for each operation, a last line that seals them. `import` makes the plan
//! again and carries it out only if it is the same: what is carried out is what was reviewed, and there is
//! one way to carry out a plan. A plan file contains no text, name or number.

mod inputs;
mod operations;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use inputs::Inputs;

use operations::hex;

use super::error::{Error, Exit, Result};
use super::migration::Migration;
use super::{atomic_write, output_file};
use crate::checkpoint::{Hash, HashKey, Snapshot};
use crate::config::Word as _;
use crate::ids::LeadId;
use crate::name::name_key;
use crate::plan::{Plan, Selection};

use crate::policy::{Gone, RunFlags};
use crate::regular_file;
use crate::settings::Settings;
use crate::transform::desired::Desired;

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
    /// The key of all hashes, if no checkpoint provided one.
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

/// A plan file that was read.
#[derive(Debug)]
pub struct PlanFile {
    path: PathBuf,
    header: Header,
    lines: Vec<String>,
}

/// The account and options of a plan.
pub(super) struct Made<'m> {
    pub(super) organization_id: Option<String>,
    pub(super) offline: bool,
    pub(super) selection: &'m Selection,
    pub(super) flags: RunFlags,
    pub(super) inputs: Inputs,
}

/// The key of a plan's hashes.
pub(super) struct Key {
    hash: HashKey,
    /// Whether it is in the file, since no checkpoint provided one.
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

/// Refuses a path where a plan may not be written: another file than a plan, or a file of the migration
/// that may still be created.
///
/// # Errors
///
/// A usage error that names the obstacle.
pub(crate) fn check_target(file: &Path, migration: &Migration) -> Result<()> {
    let is_plan = |text: &str| Header::read(text).is_some();
    output_file::check(file, migration, "a plan", is_plan)
}

/// Writes the plan to `file`, atomically. Returns the number of operations.
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
        leads: _,
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
        gone: made.flags.gone.map(|gone| gone.word().to_owned()),
        accepts_unsteady: made.flags.accepts_unsteady,
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
    /// The header of a file that starts like a plan.
    fn read(text: &str) -> Option<Header> {
        let header: Header = serde_json::from_str(text.lines().next()?).ok()?;
        (header.format == FORMAT).then_some(header)
    }
}

impl PlanFile {
    /// Reads a plan and checks its seal.
    ///
    /// # Errors
    ///
    /// A usage error: missing, not a plan, of a newer version, or modified.
    pub fn read(file: &Path) -> Result<PlanFile> {
        let cannot = |what: &str| Error::usage(format!("{}: {what}", file.display()));
        let text = regular_file::read_to_string(file)
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
                    "is not a plan of chatferry; `chatferry plan --out FILE` creates one",
                ));
            }
        };
        if version > VERSION {
            return Err(cannot(&format!(
                "was created by a newer chatferry (format {version}, this one supports {VERSION}); update this program"
            )));
        }
        let damaged = || cannot("was modified or damaged; create the plan again");
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

    /// The present inputs, hashed with the key of this plan.
    ///
    /// # Errors
    ///
    /// As [`Inputs::of`]; a checkpoint that no longer exists.
    pub(super) fn inputs(
        &self,
        migration: &Migration,
        checkpoint: Option<&Snapshot>,
    ) -> Result<Inputs> {
        let key = self.key(checkpoint)?;
        Inputs::of(migration, checkpoint, &self.path, &key)
    }

    /// Refuses the plan if one of its inputs has changed.
    ///
    /// # Errors
    ///
    /// A usage error that names it; exit status 5 for another organisation.
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
                    "the plan is for the organisation {other}, and this key belongs to {organization_id}; nothing was sent"
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
                "{} changed since the plan was created: create it again with `chatferry plan --out`, review it, and run it; nothing was sent",
                changed.join(" and ")
            ))),
        }
    }

    /// The selection of the plan.
    ///
    /// # Errors
    ///
    /// A usage error for a chat that does not exist.
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
                    Error::usage(
                        "the plan selects a device that is not configured; create it again",
                    )
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
                        "the plan selects a chat that is not among the archives; create it again",
                    )
                })?)
            }
        };
        Ok(Selection {
            device,
            chat,
            lead: lead.clone(),
            limit: *limit,
            ..Selection::default()
        })
    }

    /// The flags that the plan was made with.
    pub(super) fn flags(&self) -> RunFlags {
        RunFlags {
            gone: self.header.gone.as_deref().and_then(Gone::of_word),
            accepts_unsteady: self.header.accepts_unsteady,
        }
    }

    /// Refuses a plan that differs from the written one: Close has changed.
    ///
    /// # Errors
    ///
    /// A usage error with the number of operations that differ.
    pub(super) fn compare(&self, plan: &Plan, checkpoint: &Snapshot) -> Result<()> {
        let now = lines(plan, &self.key(Some(checkpoint))?)?;
        if now == self.lines {
            return Ok(());
        }
        let (then, now): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
            (self.lines.iter().collect(), now.iter().collect());
        let differ = then.symmetric_difference(&now).count().max(1);
        let why = if self.header.offline {
            "it was created with `--offline`, and some of its messages are in Close already"
        } else {
            "Close has changed since it was created"
        };
        Err(Error::usage(format!(
            "{} no longer match the saved plan ({why}); create it again with `chatferry plan --out`; nothing was sent",
            crate::quantity::count(differ as u64, "operation")
        )))
    }

    fn key(&self, checkpoint: Option<&Snapshot>) -> Result<HashKey> {
        let Some(own) = &self.header.key else {
            return checkpoint.map(Snapshot::key).ok_or_else(|| {
                Error::usage(
                    "the checkpoint changed since the plan was created: it no longer exists; nothing was sent",
                )
            });
        };
        let bytes = data_encoding::HEXLOWER.decode(own.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .map(HashKey::from_bytes)
            .ok_or_else(|| Error::usage("the plan's key was modified or damaged; create it again"))
    }
}

fn lines(plan: &Plan, key: &HashKey) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    each_line(plan, key, &mut |line| lines.push(line))?;
    Ok(lines)
}

fn each_line(plan: &Plan, key: &HashKey, take: &mut dyn FnMut(String)) -> Result<()> {
    let hash = |text: &str| key.hash(format!("plan:{text}").as_bytes());
    Ok(operations::each_line(plan, &hash, take)?)
}

/// The keyed digest of a plan's operations, by which two runs with the same plan are recognised; `None` if it has none.
///
/// # Errors
///
/// Those of serde; none is expected.
pub(super) fn plan_digest(plan: &Plan, key: &HashKey) -> Result<Option<Hash>> {
    let mut digest = None;
    each_line(plan, key, &mut |line| {
        let mut bytes = digest.map_or_else(Vec::new, |digest: Hash| digest.to_vec());
        bytes.extend_from_slice(line.as_bytes());
        digest = Some(key.hash(&bytes));
    })?;
    Ok(digest)
}

fn name_hash(key: &HashKey, name: &str) -> String {
    hex(&key.hash(format!("name:{name}").as_bytes()))
}

fn digest(bytes: &[u8]) -> String {
    hex(&blake3::hash(bytes).as_bytes()[..16])
}
