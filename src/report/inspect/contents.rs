//! What an archive contains: kinds of messages, files, oddities.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::view::DoubtView;
use crate::chat::{Chat, Kind, OddityKind};
use crate::intake::Opened;
use crate::quantity::count;

/// Counts of files that messages name or that are in the archive.
#[derive(Debug, Default, Serialize)]
pub(super) struct Media {
    pub(super) present: u32,
    pub(super) missing: u32,
    pub(super) omitted: u32,
    /// Files in the archive that no message names.
    pub(super) unused: u32,
    pub(super) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct OddityView {
    pub(super) code: &'static str,
    pub(super) says: &'static str,
    /// Whether `--strict` ignores it.
    pub(super) harmless: bool,
    pub(super) lines: Vec<u32>,
    pub(super) count: usize,
}

/// The number of messages of each kind, by the kind's word.
pub(super) fn kinds(chat: &Chat<'_>) -> BTreeMap<&'static str, u32> {
    // Compares kinds as words once per kind, not once per message.
    let mut counts: Vec<(Kind, u32)> = Vec::new();
    for message in &chat.messages {
        match counts.iter_mut().find(|(kind, _)| *kind == message.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((message.kind, 1)),
        }
    }
    (counts.into_iter())
        .map(|(kind, count)| (kind.word(), count))
        .collect()
}

pub(super) fn files_without_chat(opened: &Opened) -> Option<DoubtView> {
    (opened.files_without_chat > 0).then(|| DoubtView {
        code: "archive_elsewhere",
        says: format!(
            "{} of the zip without chat: in folders without a transcript",
            count(u64::from(opened.files_without_chat), "file")
        ),
    })
}

/// Names of the files in the transcript's folder that no message names.
pub(super) fn unused(opened: &Opened, chat: &Chat<'_>) -> Vec<String> {
    let attachments = chat
        .messages
        .iter()
        .flat_map(|message| message.attachments());
    let named: BTreeSet<u32> = attachments.filter_map(|file| file.entry).collect();
    let others = opened.files.iter().filter(|number| !named.contains(number));
    let entries = others.filter_map(|number| opened.container.entry(*number));
    entries.map(|entry| entry.file_name().to_string()).collect()
}

pub(super) fn media(opened: &Opened, chat: &Chat<'_>) -> Media {
    let mut media = Media::default();
    let mut named = BTreeSet::new();
    for message in &chat.messages {
        media.omitted += u32::from(
            message.kind == Kind::MediaOmitted
                || (message.kind == Kind::Contact && message.omitted().is_some()),
        );
        for attachment in message.attachments() {
            match attachment.entry {
                Some(entry) => {
                    media.present += 1;
                    if named.insert(entry) {
                        media.bytes += opened.container.entry(entry).map_or(0, |e| e.size);
                    }
                }
                None => media.missing += 1,
            }
        }
    }
    media.unused = opened
        .media_files()
        .saturating_sub(u32::try_from(named.len()).unwrap_or(u32::MAX));
    media
}

pub(super) fn oddities(chat: &Chat<'_>) -> Vec<OddityView> {
    let mut by_kind: BTreeMap<OddityKind, Vec<u32>> = BTreeMap::new();
    for oddity in &chat.oddities {
        by_kind.entry(oddity.kind).or_default().push(oddity.line);
    }
    by_kind
        .into_iter()
        .map(|(kind, lines)| OddityView {
            code: kind.code(),
            says: kind.describe(),
            harmless: kind.is_harmless(),
            count: lines.len(),
            lines,
        })
        .collect()
}
