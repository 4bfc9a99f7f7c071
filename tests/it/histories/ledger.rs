//! What Close must hold of each message, from the true conversation and the archives that were
//! imported, never from the program.
//!
//! The rules are those of docs/reference/mapping.md and docs/guide/later-exports.md: deleted, then edited, then as
//! first sent; bytes before a placeholder; exact before rounded; what no archive shows is kept. The
//! exceptions, where more than one state is right:
//!
//! | exception | reason |
//! |---|---|
//! | after the loss of a checkpoint, an archive that shows a message before its edit may take the edit back | Close's list shows no mark of an edit, and the archive is the only source at hand |
//! | after the loss, a message whose deletion was known may come back through an older archive | only the checkpoint knew of it |
//! | after the loss, a deletion may be left undone under `deleted_since = "delete"` | the notice shows neither text nor file, and no record has its place |
//! | after the loss, a message may stay on the lead that was corrected before, without an edit that comes then | the list of the new lead does not show it |
//! | of two edits one of which a database has, either may be there, where both archives end in one minute | a database has no date, and the last messages are equal |
//! | after the loss, an instant is no longer known to be exact | Close's list has no mark of that |
//! | a message whose deletion is known may or may not get the words and files of an older archive | it is not desired, and an archive never takes anything away |
//! | a file or a card near a deleted one may be undecided: then a new one is not imported, and an old one gets no file and stays on its lead; where stamps have minutes, it keeps its contact and number, too, as long as Close has a placeholder of it | no source shows for which of them a placeholder is |
//! | a placeholder of minutes whose file was deleted on the phone may get the file that its author sent next in that minute: there is one activity for both | the newer export has one file at the place of the placeholder, and no trace of the deletion |
//! | a contact card without its name may keep the placeholder | a database renders a card in other words |
//! | what is no longer read, or deleted, may keep an earlier number, contact or zone | a correction reaches messages that are read |

use std::collections::BTreeSet;

use super::folder::{Archive, Tables};
use crate::truth::Conversation;
use crate::truth::conversation::{Content, Event, MINUTE, Message};
use crate::truth::recorded::{Recorded, State};
use crate::truth::sources::{Program, read_at_home, wall};

/// Whether Close holds a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    No,
    Yes,
    /// Either is right.
    Perhaps,
}

/// What Close must hold of one message.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) held: Held,
    /// The leads that are right, by place in `folder::LEADS`.
    pub(super) leads: BTreeSet<usize>,
    pub(super) contacts: BTreeSet<&'static str>,
    pub(super) numbers: BTreeSet<&'static str>,
    /// The texts that are right: as first sent, or after so many edits.
    pub(super) versions: BTreeSet<usize>,
    /// Whether its file is there.
    pub(super) bytes: BTreeSet<bool>,
    /// Whether the words of a card are there.
    pub(super) words: BTreeSet<bool>,
    /// Whether a database gave the instant when Close got the message.
    pub(super) exact: bool,
    /// Whether a database showed which of two hours is meant.
    pub(super) hour: bool,
    /// Milliseconds by which the instant may be off because of a zone.
    pub(super) shifts: BTreeSet<i64>,
    /// Its stamp happens twice at home.
    pub(super) repeated: bool,
    /// The minute of the last message of the archive that gave the last edit.
    last: i64,
    /// It is in Close from an export of minutes alone.
    minutes: bool,
    /// A file or a card, near one that was deleted.
    has_twin: bool,
    /// A notice of its deletion was imported.
    deleted: bool,
    /// Something about it was known to a checkpoint that is lost.
    lost: bool,
    /// Close held it once, and it was deleted there.
    removed: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub(super) entries: Vec<Entry>,
}

/// What the archives of one import show of one message.
#[derive(Debug, Default)]
struct Shown {
    notice: bool,
    content: bool,
    version: usize,
    /// The minute of the last message of the archive that shows this version, and whether it is a database.
    last: i64,
    is_undated: bool,
    bytes: bool,
    words: bool,
    exact: bool,
    minutes: bool,
}

impl Ledger {
    pub(super) fn new(truth: &Conversation) -> Ledger {
        let entry = |message: &Message| Entry {
            held: Held::No,
            leads: BTreeSet::new(),
            contacts: BTreeSet::new(),
            numbers: BTreeSet::new(),
            versions: BTreeSet::new(),
            bytes: BTreeSet::new(),
            words: BTreeSet::new(),
            exact: false,
            hour: false,
            shifts: BTreeSet::new(),
            repeated: read_at_home(wall(message.at)).1,
            last: 0,
            minutes: false,
            has_twin: has_twin(truth, message),
            deleted: false,
            lost: false,
            removed: false,
        };
        Ledger {
            entries: truth.messages.iter().map(entry).collect(),
        }
    }

    /// The checkpoint is gone, or an older copy is there.
    pub(super) fn lose(&mut self) {
        for entry in &mut self.entries {
            entry.deleted = false;
            entry.exact = false;
            entry.hour = false;
            entry.lost = true;
        }
    }

    /// How many messages may be undecided.
    pub(super) fn doubtful(&self) -> u64 {
        let twins = self.entries.iter().filter(|entry| entry.has_twin);
        twins.count() as u64
    }

    /// The archives are imported.
    pub(super) fn import(&mut self, truth: &Conversation, archives: &[Archive], tables: &Tables) {
        let mut shown: Vec<Shown> = Vec::new();
        shown.resize_with(self.entries.len(), Shown::default);
        for archive in archives {
            let records = archive.export.recorded(truth);
            let times = records.iter().map(|record| truth.messages[record.truth].at);
            let last = times.max().unwrap_or_default().div_euclid(MINUTE);
            for record in &records {
                shown[record.truth].add(truth, (archive, last), record);
            }
        }
        self.exchange_placeholders(truth, &shown);
        for (entry, shown) in self.entries.iter_mut().zip(&shown) {
            entry.import(shown, tables);
        }
    }

    /// Placeholders of files that were deleted on the phone, each of which may be the next file.
    fn exchange_placeholders(&mut self, truth: &Conversation, shown: &[Shown]) {
        let is_new: Vec<bool> = (self.entries.iter().zip(shown))
            .map(|(entry, shown)| entry.held == Held::No && shown.bytes && shown.minutes)
            .collect();
        for (entry, message) in self.entries.iter_mut().zip(&truth.messages) {
            let is_next = |other: &Message| {
                matches!(other.content, Content::File(_))
                    && other.author == message.author
                    && other.at > message.at
                    && other.at.div_euclid(MINUTE) == message.at.div_euclid(MINUTE)
            };
            let is_deleted = |event: &Event| matches!(event, Event::DeletedLocally { .. });
            let is_placeholder = entry.held == Held::Yes
                && entry.minutes
                && entry.bytes == BTreeSet::from([false])
                && matches!(message.content, Content::File(_))
                && message.history.iter().any(is_deleted);
            let mut next = (truth.messages.iter().zip(&is_new))
                .filter(|(other, is_new)| **is_new && is_next(other));
            if is_placeholder && next.next().is_some() {
                entry.held = Held::Perhaps;
            }
        }
    }
}

impl Shown {
    fn add(&mut self, truth: &Conversation, (archive, last): (&Archive, i64), record: &Recorded) {
        if record.state == State::Deleted {
            self.notice = true;
            return;
        }
        self.content = true;
        let taken = archive.export.taken;
        let is_before = |event: &&Event| matches!(event, Event::Edited { at, .. } if *at <= taken);
        let history = &truth.messages[record.truth].history;
        let version = history.iter().filter(is_before).count();
        if version >= self.version {
            self.version = version;
            self.last = last;
            self.is_undated = archive.export.program == Program::Msgstore;
        }
        self.bytes |= record.files.iter().any(|file| file.crc.is_some());
        self.words |= record.body.is_some();
        self.exact |= archive.export.program == Program::Msgstore;
        self.minutes |= archive.export.program == Program::Android;
    }
}

impl Entry {
    fn import(&mut self, shown: &Shown, tables: &Tables) {
        let forgotten = self.lost && !self.deleted;
        let was_deleted = self.deleted;
        self.deleted |= shown.notice;
        match self.held {
            Held::No if shown.content && !self.deleted => {
                let is_doubtful = self.has_twin && !shown.bytes;
                // Known only to a checkpoint that is lost?
                self.held = match is_doubtful || (forgotten && self.removed) {
                    true => Held::Perhaps,
                    false => Held::Yes,
                };
                self.create(shown, tables);
            }
            Held::No => {}
            _ if self.deleted => self.delete(shown, tables, was_deleted),
            _ if shown.content => self.update(shown, tables),
            _ => {}
        }
        // A deletion that was seen without the message counts as known, too.
        self.removed |= shown.notice;
    }

    fn create(&mut self, shown: &Shown, tables: &Tables) {
        self.leads = BTreeSet::from([tables.lead]);
        self.contacts = BTreeSet::from([tables.contact_id()]);
        self.numbers = BTreeSet::from([tables.number()]);
        self.versions = BTreeSet::from([shown.version]);
        self.last = shown.last;
        self.bytes = BTreeSet::from([shown.bytes]);
        self.words = BTreeSet::from([shown.words]);
        (self.exact, self.hour) = (shown.exact, shown.exact);
        self.minutes = shown.minutes && !shown.exact;
        self.shifts = BTreeSet::from([zone(shown, tables)]);
        self.lost = false;
    }

    fn delete(&mut self, shown: &Shown, tables: &Tables, was_deleted: bool) {
        if tables.delete && shown.notice {
            self.held = match self.lost || was_deleted {
                // Read once more after it was kept under the other policy.
                true => Held::Perhaps,
                false => Held::No,
            };
        }
        if shown.content {
            self.versions.insert(shown.version);
            self.bytes.insert(shown.bytes);
            self.words.insert(shown.words);
            self.leads.insert(tables.lead);
        }
        self.contacts.insert(tables.contact_id());
        self.numbers.insert(tables.number());
        self.shifts.insert(zone(shown, tables));
    }

    fn update(&mut self, shown: &Shown, tables: &Tables) {
        let known = self.versions.last().copied().unwrap_or(0);
        let had_bytes = self.bytes.contains(&true);
        let is_elsewhere = self.lost && self.leads.iter().any(|lead| *lead != tables.lead);
        let is_other_edit = known > 0 && shown.version > known;
        let is_undated = is_other_edit && shown.is_undated && shown.last == self.last;
        match (shown.version >= known, self.lost) {
            (true, _) if is_elsewhere || is_undated => drop(self.versions.insert(shown.version)),
            (true, _) => self.versions = BTreeSet::from([shown.version]),
            (false, true) => drop(self.versions.insert(shown.version)),
            (false, false) => {}
        }
        if shown.version >= known {
            self.last = shown.last;
        }
        let is_whole = shown.version >= known && (shown.bytes || !had_bytes);
        if !self.leads.contains(&tables.lead) || self.leads.len() > 1 {
            match (is_whole, self.lost || self.has_twin) {
                (true, false) => self.leads = BTreeSet::from([tables.lead]),
                (true, true) => drop(self.leads.insert(tables.lead)),
                (false, _) => {}
            }
        }
        if shown.bytes && self.has_twin {
            self.bytes.insert(true);
        } else if shown.bytes {
            self.bytes = BTreeSet::from([true]);
        }
        if shown.words {
            self.words.insert(true);
        }
        let is_placeholder = !shown.bytes || !had_bytes;
        let is_undecided = self.has_twin && is_placeholder && (shown.minutes || self.minutes);
        if self.leads == BTreeSet::from([tables.lead]) && !is_undecided {
            self.contacts = BTreeSet::from([tables.contact_id()]);
            self.numbers = BTreeSet::from([tables.number()]);
        } else {
            self.contacts.insert(tables.contact_id());
            self.numbers.insert(tables.number());
        }
        // A difference below the precision of the source that came first is no update.
        self.hour |= shown.exact;
        self.shifts = BTreeSet::from([zone(shown, tables)]);
    }
}

/// Berlin's wall clock read as London's.
fn zone(shown: &Shown, tables: &Tables) -> i64 {
    match tables.wrong_zone && !shown.exact {
        true => 60 * MINUTE,
        false => 0,
    }
}

/// Whether a file or a card was deleted near this one, or this one itself.
fn has_twin(truth: &Conversation, message: &Message) -> bool {
    let is_alike =
        |other: &Message| matches!(other.content, Content::File(_) | Content::Card { .. });
    let is_deletion = |event: &Event| {
        matches!(
            event,
            Event::DeletedForEveryone { .. } | Event::DeletedLocally { .. }
        )
    };
    let is_deleted = |other: &&Message| {
        is_alike(other)
            && (other.at - message.at).abs() < 2 * MINUTE
            && other.history.iter().any(is_deletion)
    };
    is_alike(message) && truth.messages.iter().any(|other| is_deleted(&other))
}
