//! Erases one person: what the archives still hold of them, and the receipt.
//!
//! What is deleted, and how, is an undo for one person ([`super::undo`]). Belongs here: what precedes and follows it.
//! Never here: requests, and texts of output.

mod own_number;
mod rewrite;

use std::collections::{BTreeSet, HashSet};

pub(crate) use own_number::refuse_own_number;
pub(crate) use rewrite::{Rewrite, Rewritten, find_quoting, rewrite};

use self::rewrite::Texts;
use super::error::{Exit, Result};
use super::migration::Migration;
use super::undo::{Prepared, Removed, UndoNumbers, UndoOutcome};
use super::{Observer, Unattended};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::people::contacts::Contacts;
use crate::people::erased::Erased;
use crate::phone::Phone;
use crate::policy::RunFlags;
use crate::routing::Rule;
use crate::transform::desired::{Decision, DesiredChat, Direction};

/// What the archives hold of a person.
#[derive(Debug, Default)]
pub(crate) struct HeldByArchives {
    /// The external ids of their messages in groups.
    pub(crate) ids: HashSet<ExternalId>,
    /// The external ids of the messages of others in groups.
    pub(crate) ids_of_others: HashSet<ExternalId>,
    /// The number of archives of chats with the person. Their names are the person's name.
    pub(crate) own: u64,
    /// The archives of groups with messages of the person.
    pub(crate) groups: BTreeSet<String>,
    /// Messages of others to render without the person.
    pub(crate) rewrites: Vec<Rewrite>,
    /// The archives of groups in which the number of some sender is not known.
    pub(crate) by_name: BTreeSet<String>,
}

/// Reads what the archives hold of the person with this number. From then on `migration` treats the person as erased.
/// `other` is the same migration, opened again, to see its messages with the person.
///
/// # Errors
///
/// As [`Migration::desired`].
pub(crate) fn held_by_archives(
    (migration, mut other): (&mut Migration, Migration),
    number: &Phone,
    observer: &mut dyn Observer,
) -> Result<HeldByArchives> {
    let own = number.clone();
    let before = migration.contacts.erased().clone();
    let others = before.clone();
    let has = move |other: &Phone| !own.is_same_as(other) && others.has(other);
    other.contacts.set_erased(Erased::new(has, Vec::new()));
    other.contacts.remove_never(number);
    let policy = other.policy(RunFlags::default());
    let with_person = other.desired(&policy, &mut Unattended::default())?;
    let texts = Texts::of(&with_person.desired);
    let mut held = HeldByArchives::default();
    for chat in with_person
        .desired
        .chats
        .iter()
        .filter(|chat| chat.is_group)
    {
        held.add_group(chat, number);
    }
    drop(with_person);
    let own = number.clone();
    let has = move |other: &Phone| own.is_same_as(other) || before.has(other);
    migration.contacts.set_erased(Erased::new(has, Vec::new()));
    let policy = migration.policy(RunFlags::default());
    let read = migration.desired(&policy, observer)?;
    held.rewrites = texts.without(&read.desired);
    for chat in &read.desired.chats {
        held.add(chat);
    }
    Ok(held)
}

impl HeldByArchives {
    /// Adds a group as it is with the person, who may be its anchor: without the person it has no destination, and its
    /// archives give no ids.
    fn add_group(&mut self, chat: &DesiredChat, number: &Phone) {
        let shown = || chat.archives.iter().filter(|_| !chat.private).cloned();
        let (mut has_messages, mut has_names_only) = (false, false);
        for message in chat.messages.iter() {
            let own = (message.between.as_ref()).and_then(|between| between.remote_phone.as_ref());
            let is_incoming = message.direction == Direction::Incoming;
            has_names_only |= is_incoming && own.is_none();
            let is_persons = is_incoming && own.is_some_and(|own| own.is_same_as(number));
            has_messages |= is_persons;
            let ids = match is_persons {
                true => &mut self.ids,
                false => &mut self.ids_of_others,
            };
            ids.insert(message.external_id.clone());
        }
        self.groups.extend(shown().filter(|_| has_messages));
        self.by_name.extend(shown().filter(|_| has_names_only));
    }

    fn add(&mut self, chat: &DesiredChat) {
        if chat.standing == Decision::LeftOut(Rule::Erased) {
            self.own += chat.archives.len() as u64;
            return;
        }
        let shown = || chat.archives.iter().filter(|_| !chat.private).cloned();
        let erased = chat
            .left_out_ids
            .iter()
            .filter(|(_, rule)| *rule == Rule::Erased);
        let before = self.ids.len();
        self.ids.extend(erased.map(|(id, _)| id.clone()));
        if self.ids.len() > before {
            self.groups.extend(shown());
        }
    }
}

/// An activity of another person.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Place {
    activity_id: ActivityId,
    lead_id: LeadId,
}

impl Place {
    /// The activity.
    pub(crate) fn activity_id(&self) -> &ActivityId {
        &self.activity_id
    }

    /// The lead of the activity.
    pub(crate) fn lead_id(&self) -> &LeadId {
        &self.lead_id
    }
}

/// The receipt of an erasure: ids and numbers, no content.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Receipt {
    /// The counts of the erasure; their keys are those of the receipt itself in JSON.
    #[serde(flatten)]
    pub(crate) numbers: UndoNumbers,
    /// The activities that were deleted.
    pub(crate) removed: Vec<Removed>,
    /// Activities with the person's number that no import created.
    pub(crate) not_ours: Vec<Place>,
    /// The leads of groups that are imported on the person as their anchor.
    pub(crate) anchored_leads: BTreeSet<LeadId>,
    /// Activities of others that quoted the person or showed a reaction, and no longer do.
    pub(crate) rewritten: Vec<Place>,
    /// Those of them whose update Close rejected, with the reason.
    pub(crate) not_rewritten: Vec<(ActivityId, String)>,
    /// The number of deleted messages with files, which Close may keep in its storage.
    pub(crate) with_files: u64,
    /// The number of archives of chats with the person.
    pub(crate) archives: u64,
    /// The names of archives of groups with messages of the person.
    pub(crate) group_archives: BTreeSet<String>,
    /// The names of archives of groups with senders whose number is not known: the person may be
    /// one of them.
    pub(crate) groups_by_name: BTreeSet<String>,
    /// Whether the checkpoint records the person as erased.
    pub(crate) is_erased: bool,
    /// Whether never.txt has the number.
    pub(crate) in_never_txt: bool,
    /// The number of the run that deleted; `None` before anything was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<u32>,
}

impl Receipt {
    /// What is known before anything is deleted.
    pub(crate) fn new(
        prepared: &Prepared<'_>,
        held: HeldByArchives,
        (contacts, number): (&Contacts, &Phone),
    ) -> Receipt {
        let not_ours = prepared.not_ours.iter().cloned();
        Receipt {
            numbers: prepared.numbers.clone(),
            not_ours: not_ours
                .map(|(activity_id, lead_id)| Place {
                    activity_id,
                    lead_id,
                })
                .collect(),
            anchored_leads: prepared.anchored.clone(),
            archives: held.own,
            group_archives: held.groups,
            groups_by_name: held.by_name,
            is_erased: prepared.was_erased,
            in_never_txt: contacts.has_never_line(number),
            ..Receipt::default()
        }
    }

    /// Adds what was deleted.
    pub(crate) fn add(&mut self, outcome: &UndoOutcome) {
        self.numbers = outcome.numbers.clone();
        self.removed.clone_from(&outcome.removed);
        self.with_files = outcome.with_files;
        self.is_erased = true;
        self.run = Some(outcome.run);
    }

    /// Adds the activities of others that were rendered without the person.
    pub(crate) fn add_rewritten(&mut self, all: &[Rewritten], rejected: Vec<(ActivityId, String)>) {
        let is_rejected =
            |activity: &ActivityId| rejected.iter().any(|(rejected, _)| rejected == activity);
        self.rewritten = (all.iter().map(Rewritten::place))
            .filter(|(activity_id, _)| !is_rejected(activity_id))
            .map(|(activity_id, lead_id)| Place {
                activity_id,
                lead_id,
            })
            .collect();
        self.numbers.updated = self.rewritten.len() as u64;
        self.not_rewritten = rejected;
    }

    /// The exit status of an erasure that ended with `exit`.
    pub(crate) fn exit(&self, exit: Exit) -> Exit {
        let is_left = !self.in_never_txt
            || !self.not_ours.is_empty()
            || !self.not_rewritten.is_empty()
            || !self.anchored_leads.is_empty()
            || self.numbers.unrecorded > 0;
        match exit {
            Exit::Done if is_left => Exit::Partial,
            exit => exit,
        }
    }
}
