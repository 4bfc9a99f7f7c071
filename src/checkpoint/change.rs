//! What can be recorded: plain values.
//!
//! For: saying in one type everything that may ever reach the file, and checking that it has no
//! shape that could carry people's data (design.md invariant 6). It must never take message text,
//! a name, a number, or an unkeyed hash of one.

use super::archives::{ArchiveFacts, InputDigest};
use super::error::Error;
use super::evidence::{Answered, Neighbours};
use super::facts::{ChatFacts, Facts, SentParts};
use super::hash::Hash;
use super::key::{MessageKey, check_key, close_id, external_id, word};
use super::operations::{Begun, OperationKey, Reached};
use super::runs::{Counts, RunFacts, RunOutcome};
use super::states::Event;
use super::steps::Step;
use crate::ids::{ActivityId, ExternalId, LeadId};

/// The code of a message that Close holds without a file, whose bytes are damaged in the archive
/// ([`Change::Refused`]).
pub const DAMAGED: &str = "file_damaged";

/// Whose key created an activity that Close lists, seen from the users of this checkpoint's runs and
/// of the key at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creator {
    /// One of these users.
    Own,
    /// Another user.
    Other,
    /// Close does not show it.
    Unknown,
}

/// One thing to record. Those with a [`MessageKey`] go through the table of [`super::next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A chat is known; before its first message.
    Chat(ChatFacts),
    /// A request is about to leave; counts as an attempt.
    Intent {
        /// Which message.
        key: MessageKey,
        /// What it will be.
        facts: Facts,
    },
    /// The request was carried out.
    Done {
        /// Which message.
        key: MessageKey,
        /// Close's id of it (`acti_…`).
        activity_id: ActivityId,
        /// Whether it is linked to the message it answers to.
        linked: bool,
    },
    /// The request was refused for good.
    Failed {
        /// Which message.
        key: MessageKey,
        /// A stable code: lower-case ASCII, digits, `_`, `.`, `-`, up to 64 bytes; never Close's
        /// own text, which may quote the message.
        code: Box<str>,
    },
    /// No answer came, or none that says anything.
    Unknown {
        /// Which message.
        key: MessageKey,
    },
    /// The request never left, or was not carried out, and is not tried again now.
    NotSent {
        /// Which message.
        key: MessageKey,
    },
    /// A look-up found what an unknown request had made, or the activity that a recorded message has
    /// by now.
    Found {
        /// Which message.
        key: MessageKey,
        /// Close's id of it.
        activity_id: ActivityId,
        /// Whether it is linked to the message it answers to.
        linked: bool,
    },
    /// A look-up, late enough, found nothing: an unknown request was not carried out.
    NotCarriedOut {
        /// Which message.
        key: MessageKey,
    },
    /// Close's own list already holds the message; not made by us, as far as we know.
    Adopt {
        /// Which message.
        key: MessageKey,
        /// What it is.
        facts: Facts,
        /// Close's id of it.
        activity_id: ActivityId,
        /// Whether it is linked to the message it answers to.
        linked: bool,
        /// Whose key created it, as far as Close shows.
        creator: Creator,
    },
    /// A change to a message that Close holds is about to leave.
    Updating {
        /// Which message.
        key: MessageKey,
    },
    /// Close took a change to a message that it holds.
    Updated {
        /// Which message.
        key: MessageKey,
        /// What it is now, as far as `sent` says that it was sent.
        facts: Facts,
        /// What of it was sent; the rest stays as it is recorded.
        sent: SentParts,
    },
    /// A message is no longer in Close: somebody removed it, or we did since its sender deleted it.
    Gone {
        /// Which message.
        key: MessageKey,
    },
    /// A message was taken away from this lead, since it is on another one by now.
    Withdrawn {
        /// Which message.
        key: MessageKey,
    },
    /// Close has moved a message to another lead; the record moves with it.
    Moved {
        /// Which message, under the lead that it was on.
        key: MessageKey,
        /// The lead that it is on.
        to: LeadId,
    },
    /// The link of a message in Close was set.
    Linked {
        /// Which message.
        key: MessageKey,
    },
    /// Close refused to change a message that it holds, or to take it away; or it holds it without
    /// a file, whose bytes are damaged in the archive.
    Refused {
        /// Which message.
        key: MessageKey,
        /// A stable code, as in [`Change::Failed`].
        code: Box<str>,
    },
    /// Nothing is to be done any more about what was refused.
    Mended {
        /// Which message.
        key: MessageKey,
    },
    /// A message without a record that is not in Close: its sender had deleted it before it could be
    /// imported, or it was removed there after a checkpoint that is lost had recorded it.
    Noted {
        /// Which message.
        key: MessageKey,
        /// What is known of it.
        facts: Facts,
    },
    /// A lead was merged into another: so were all its messages.
    Merged {
        /// The lead that is no more.
        from: LeadId,
        /// The lead that has everything of it.
        into: LeadId,
    },
    /// WhatsApp's own id of a message that is recorded under another one. Noted once; again says
    /// nothing new.
    Alias {
        /// Which message.
        key: MessageKey,
        /// The id, as [`MessageKey::external_id`].
        native_id: ExternalId,
    },
    /// An archive, or Close's list, gave knowledge of a message that is recorded: what the record
    /// lacks is filled in, and nothing in Close is different.
    Learned {
        /// Which message.
        key: MessageKey,
        /// What is known. Only what `None` can stand for counts, and the files.
        facts: Facts,
    },
    /// Close answered with a message as it holds it; after [`Change::Done`] or
    /// [`Change::Updated`].
    Answered {
        /// Which message.
        key: MessageKey,
        /// What it answered.
        answer: Answered,
    },
    /// Where a deleted message stands among the others.
    Deletion {
        /// Which message; it is recorded.
        key: MessageKey,
        /// What is before and after it.
        neighbours: Neighbours,
    },
    /// An archive was matched with a chat; before the first message whose text it gave.
    Archive {
        /// The hash of the chat's own key.
        chat: Hash,
        /// What is known of the archive.
        archive: ArchiveFacts,
    },
    /// The files with archives in them, as this run saw them; replaces those recorded.
    ArchiveFiles {
        /// The keyed hash of name, size and date of each.
        seen: Vec<Hash>,
    },
    /// The inputs of a chat whose messages are all as they should be.
    ChatDigest {
        /// The hash of the chat's own key.
        chat: Hash,
        /// Its inputs; `None`: they say nothing any more.
        digest: Option<InputDigest>,
    },
    /// An operation of several steps is about to begin.
    OperationBegun(Box<Begun>),
    /// An open operation has taken a step; the last one finishes it.
    OperationStep {
        /// Which operation.
        operation: OperationKey,
        /// The step that was carried out.
        step: Step,
        /// What it has reached; `None` leaves what is recorded.
        target: Option<Reached>,
    },
    /// A person was erased.
    Erased {
        /// The keyed hash of the number.
        number: Hash,
    },
    /// What the Close of this organisation was seen to do; replaces what was seen before.
    OrganizationFact {
        /// A word of ours, as the counts of a run.
        name: Box<str>,
        /// What was seen.
        value: i64,
    },
    /// What this run is; once known. `None` leaves what is recorded.
    RunIs(RunFacts),
    /// The run has ended; said once, at its end (a second time replaces the first).
    RunEnded {
        /// How.
        outcome: RunOutcome,
        /// Its counts.
        counts: Counts,
    },
}

impl Change {
    /// Refuses a shape that could carry content.
    ///
    /// # Errors
    /// [`Error::Malformed`], which names the field and not the value.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Change::Chat(chat) => chat.check(),
            Change::Intent { key, facts }
            | Change::Updated { key, facts, .. }
            | Change::Noted { key, facts }
            | Change::Learned { key, facts } => check_key(key).and_then(|()| facts.check()),
            Change::Done {
                key, activity_id, ..
            }
            | Change::Found {
                key, activity_id, ..
            } => check_key(key).and_then(|()| close_id("activity_id", activity_id.as_str())),
            Change::Failed { key, code } | Change::Refused { key, code } => {
                check_key(key).and_then(|()| word("failure code", code))
            }
            Change::Answered { key, .. }
            | Change::Deletion { key, .. }
            | Change::Linked { key }
            | Change::Mended { key }
            | Change::Unknown { key }
            | Change::NotSent { key }
            | Change::NotCarriedOut { key }
            | Change::Updating { key }
            | Change::Gone { key }
            | Change::Withdrawn { key } => check_key(key),
            Change::Moved { key, to } => {
                check_key(key).and_then(|()| close_id("lead_id", to.as_str()))
            }
            Change::Merged { from, into } => {
                close_id("lead_id", from.as_str()).and_then(|()| close_id("lead_id", into.as_str()))
            }
            Change::Adopt {
                key,
                facts,
                activity_id,
                ..
            } => {
                check_key(key)?;
                facts.check()?;
                close_id("activity_id", activity_id.as_str())
            }
            Change::Alias { key, native_id } => {
                check_key(key).and_then(|()| external_id("native_id", native_id))
            }
            Change::Archive { archive, .. } => archive.check(),
            Change::OperationBegun(begun) => begun.check(),
            Change::OperationStep {
                operation, target, ..
            } => operation
                .check()
                .and_then(|()| target.iter().try_for_each(Reached::check)),
            Change::OrganizationFact { name, .. } => word("name of a fact", name),
            Change::RunIs(facts) => facts.check(),
            Change::ArchiveFiles { .. } | Change::ChatDigest { .. } | Change::Erased { .. } => {
                Ok(())
            }
            Change::RunEnded { counts, .. } => {
                counts.keys().try_for_each(|name| word("count name", name))
            }
        }
    }

    /// The message and the event of the table, for changes that have one.
    pub(super) fn event(&self) -> Option<(&MessageKey, Event)> {
        Some(match self {
            Change::Chat(_)
            | Change::Merged { .. }
            | Change::Alias { .. }
            | Change::Deletion { .. }
            | Change::Archive { .. }
            | Change::ArchiveFiles { .. }
            | Change::ChatDigest { .. }
            | Change::OperationBegun(_)
            | Change::OperationStep { .. }
            | Change::Erased { .. }
            | Change::OrganizationFact { .. }
            | Change::RunIs(_)
            | Change::RunEnded { .. } => return None,
            Change::Intent { key, .. } => (key, Event::Intend),
            Change::Done { key, .. } => (key, Event::Succeed),
            Change::Failed { key, .. } => (key, Event::Fail),
            Change::Unknown { key } => (key, Event::LoseAnswer),
            Change::NotSent { key } => (key, Event::NotSend),
            Change::Found { key, .. } => (key, Event::Find),
            Change::NotCarriedOut { key } => (key, Event::Miss),
            Change::Adopt { key, .. } => (key, Event::Adopt),
            Change::Updating { key } | Change::Updated { key, .. } => (key, Event::Update),
            Change::Gone { key } => (key, Event::Vanish),
            Change::Withdrawn { key } => (key, Event::Withdraw),
            Change::Moved { key, .. } => (key, Event::Move),
            Change::Linked { key } | Change::Mended { key } => (key, Event::Update),
            Change::Refused { key, .. } => (key, Event::Refuse),
            Change::Noted { key, .. } => (key, Event::Note),
            Change::Answered { key, .. } => (key, Event::Answer),
            Change::Learned { key, .. } => (key, Event::Learn),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_could_carry_content_are_refused() {
        for id in [
            "",
            "a b",
            "false_4915112345678@c.us_3EB0",
            "ü",
            &"x".repeat(256),
        ] {
            let key = MessageKey::new(id, "lead_a");
            let error = Change::Unknown { key }.check().unwrap_err();
            assert_eq!(error.code(), "checkpoint.malformed");
            assert!(id.is_empty() || id == "a b" || !error.to_string().contains(id));
        }
        let lead = MessageKey::new("3EB0", "+4915112345678");
        assert!(Change::Unknown { key: lead }.check().is_err());
        for code in [
            "",
            "Text of the message",
            "close: bad 'Hello Bob'",
            "491511",
        ] {
            let key = MessageKey::new("3EB0", "lead_a");
            assert!(
                Change::Failed {
                    key,
                    code: code.into()
                }
                .check()
                .is_err(),
                "{code}"
            );
        }
        let key = MessageKey::new("cf1-abcdefghijklmnopqrstuvwxyz", "lead_a");
        Change::Failed {
            key,
            code: "close.invalid-2".into(),
        }
        .check()
        .unwrap();
    }
}
