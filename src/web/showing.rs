//! Whether a result that is kept may be shown: a chat that it names may have become private since.
//!
//! The one place that decides it, for the results of jobs and for the undecided messages of a plan. Pages that are made
//! from a [`Reading`] need no such check: a private chat is not part of one.

use std::collections::HashSet;
use std::sync::Arc;

use super::nameable::Nameable;
use super::reading::{self, Read, Reading};
use super::site::Site;
use crate::app::{self, Result};

/// Whether a result may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    /// No chat that it may name is private.
    Allowed,
    /// Files have changed and are being read.
    Unknown,
    /// A chat that it may name is private, or cannot be checked.
    Refused,
}

impl Showing {
    /// What is shown in place of the result.
    pub(super) fn reason(self) -> Option<&'static str> {
        match self {
            Showing::Allowed => None,
            Showing::Unknown => Some(
                "The files of the migration have changed and are being read; then this result is shown again.",
            ),
            Showing::Refused => Some(
                "This result may name a chat that is private now, or that is not in the archives any more, so it is not shown. Start the step again for a new one.",
            ),
        }
    }
}

/// The chats that may be named now. Waits until the files are read.
///
/// # Errors
///
/// The configuration cannot be used.
pub(super) async fn now(site: &Arc<Site>) -> Result<Nameable> {
    loop {
        let stamp = reading::stamp(site).await?;
        let chats = match reading::read_files(site, &stamp).await {
            Read::Now(reading) | Read::Before(reading) => Some(ids(site, &reading)),
            Read::Failed(_) => None,
            Read::Pending => continue,
        };
        return Ok(Nameable { stamp, chats });
    }
}

/// Whether a result may be shown that names no other chats than these.
pub(super) async fn showing(site: &Arc<Site>, then: &Nameable) -> Showing {
    let Ok(stamp) = reading::stamp(site).await else {
        return Showing::Refused;
    };
    if stamp.has_same_files(&then.stamp) {
        return Showing::Allowed;
    }
    let Some(named) = &then.chats else {
        return Showing::Refused;
    };
    match reading::read_files(site, &stamp).await {
        Read::Now(reading) | Read::Before(reading) => match named.is_subset(&ids(site, &reading)) {
            true => Showing::Allowed,
            false => Showing::Refused,
        },
        Read::Pending => Showing::Unknown,
        Read::Failed(_) => Showing::Refused,
    }
}

/// The chats of the archives by their ids on this page, and those of contacts.csv, of which the archives may have left.
fn ids(site: &Site, reading: &Reading) -> HashSet<String> {
    let place = &site.place;
    let rows = app::chats_of_rows(&place.file, &place.overrides).unwrap_or_default();
    let rows = rows
        .into_iter()
        .map(|(device, chat)| format!("{device}\n{chat}"));
    let chats = reading.list.chats.iter();
    chats.map(|chat| site.id_of(chat)).chain(rows).collect()
}
