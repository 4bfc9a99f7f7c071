//! Which archives are of which phone where no configuration determines it, and archives of another phone than
//! the one whose archives they are among; for `inspect`, `init` and `doctor`.
//!
//! Whether an archive is of another phone is decided by `routing`. Never here: writing a configuration.

pub(super) mod by_writers;
pub(super) mod folders;
mod inspected;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chat::Chat;
use crate::intake::Opened;
use crate::routing::Held;

pub(crate) use inspected::{InspectedPhones, SeenPhone};

/// An archive with the chat that was read from it.
pub(super) type Archive<'a> = (&'a Opened, &'a Chat<'a>);

/// Why archives may be of another phone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Misplaced {
    /// The stable code of the cause.
    pub code: &'static str,
    /// The chats and the cause with its remedy, in words.
    pub says: String,
}

impl Misplaced {
    /// The causes among decisions, each with its chats: a name that is missing in `owner` holds many. Items
    /// are device, chat and decision.
    pub(crate) fn of<'h>(
        held: impl Iterator<Item = (&'h str, &'h str, &'h Held)>,
    ) -> Vec<Misplaced> {
        let mut by_cause: BTreeMap<String, (&'static str, Vec<String>)> = BTreeMap::new();
        for (device, chat, held) in held {
            if !held.is_of_another_phone() {
                continue;
            }
            let cause = by_cause.entry(held.to_string());
            let (_, chats) = cause.or_insert_with(|| (held.code(), Vec::new()));
            // An unknown writer is named once for all chats.
            if !matches!(held, Held::UnknownWriter { .. }) {
                chats.push(format!("{device}: {chat}"));
            }
        }
        let causes = by_cause
            .into_iter()
            .map(|(cause, (code, chats))| Misplaced {
                code,
                says: match chats.as_slice() {
                    [] => cause,
                    chats => format!("{}: {cause}", chats.join(", ")),
                },
            });
        causes.collect()
    }
}

/// A path without symbolic links, if it exists.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
