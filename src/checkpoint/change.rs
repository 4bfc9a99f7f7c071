//! The changes that can be recorded: plain values.
//!
//! In scope: one type for everything that may reach the file, and the check that no value has a shape
//! that could carry personal data. Out of scope: message text, names, phone numbers and unkeyed hashes of
//! them.

use serde::{Deserialize, Serialize};

use super::archives::{ArchiveFacts, InputDigest};
use super::error::Error;
use super::evidence::{Answered, Neighbours};
use super::facts::{ChatFacts, Facts, SentParts};
use super::hash::Hash;
use super::key::{MessageKey, check_key, close_id, external_id, word};
use super::operations::{Begun, OperationKey, Reached};
use super::organization;
use super::rows::Origin;
use super::runs::{Counted, Counts, RunFacts, RunOutcome};
use super::states::{Event, Illegal, State, next};
use super::steps::Step;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::organization::Fact;

/// The code of a message in Close without one of its files, which is damaged in the archive
/// ([`Change::Refused`]).
pub const DAMAGED: &str = "archive_damaged_file";

/// Whether a code of a row is [`DAMAGED`], or what version 0.1.0 wrote for it.
pub fn is_damaged(code: &str) -> bool {
    matches!(code, DAMAGED | "file_damaged")
}

/// Whether the code of a recorded rejection means that Close rejected the link of a reply.
pub fn is_of_link(code: &str) -> bool {
    code.starts_with("close_4") && code.contains("response_to_id")
}

/// The user who created a listed activity, relative to the users of this checkpoint's runs and the
/// current key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Creator {
    /// One of these users.
    Own,
    /// One of these users, and a person states that chatferry posted it: counts as created by the run that records it.
    Claimed,
    /// Another user.
    Other,
    /// Close does not show it.
    Unknown,
}

impl Creator {
    /// The origin of an adopted message. Our own activities were created under an earlier checkpoint; so were
    /// those with derived ids, which have an `identity`.
    pub(super) fn origin(self, identity: u16) -> Origin {
        match (self, identity) {
            (Creator::Other, _) => Origin::Foreign,
            (Creator::Unknown, 0) => Origin::Adopted,
            (Creator::Own | Creator::Claimed | Creator::Unknown, _) => Origin::Created,
        }
    }
}

/// A fact in the log, as the words of its row.
mod fact_words {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    use crate::organization::Fact;

    pub(super) fn serialize<S: Serializer>(fact: &Fact, to: S) -> Result<S::Ok, S::Error> {
        (fact.name(), fact.value()).serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Fact, D::Error> {
        let (name, value) = <(String, String)>::deserialize(from)?;
        Fact::of(&name, &value).ok_or_else(|| de::Error::custom("a fact of another version"))
    }
}

/// One change. Changes with a [`MessageKey`] go through the table of [`super::next`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A chat; precedes its first message.
    Chat(ChatFacts),
    /// A request is about to be sent; counts as an attempt.
    Intent {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The facts that the message will have in Close.
        facts: Facts,
    },
    /// The request was carried out.
    Done {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The activity id that Close gave the message, `acti_…`.
        activity_id: ActivityId,
        /// Whether Close links the message to its reply target.
        linked: bool,
    },
    /// The request was refused permanently.
    Failed {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// A stable code: lower-case ASCII letters, digits, `_`, `.`, `-`, up to 64 bytes; never
        /// Close's own text, which may quote the message.
        code: Box<str>,
    },
    /// The request got no response, or none that shows its outcome.
    Unknown {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// The request was not sent, or was not carried out, and is not repeated in this run.
    NotSent {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// A look-up found the activity that an unknown request created, or the present activity of a recorded
    /// message.
    Found {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The activity id of the message in Close, `acti_…`.
        activity_id: ActivityId,
        /// Whether Close links the message to its reply target.
        linked: bool,
    },
    /// A conclusive look-up found nothing: an unknown request was not carried out.
    NotCarriedOut {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// Close lists the message already, and no run of this checkpoint is known to have created it.
    Adopt {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The facts of the message as Close lists it.
        facts: Facts,
        /// The activity id of the message in Close, `acti_…`.
        activity_id: ActivityId,
        /// Whether Close links the message to its reply target.
        linked: bool,
        /// The user who created it, as far as Close shows.
        creator: Creator,
    },
    /// A change to a message in Close is about to be sent.
    Updating {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// Close applied a change to a message.
    Updated {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The facts of the message after the change; only the parts in `sent` are recorded.
        facts: Facts,
        /// The parts that were sent; all others stay as recorded.
        sent: SentParts,
    },
    /// A message is no longer in Close: it was removed there, or deleted because its sender deleted it.
    Gone {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// A message was deleted on this lead, since it is on another one now.
    Withdrawn {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// Close has moved a message to another lead; the record moves with it.
    Moved {
        /// The message, under its previous lead.
        key: MessageKey,
        /// The lead that the message is on now.
        to: LeadId,
    },
    /// The record of a message that was removed from Close follows a correction of its chat; nothing in Close
    /// changes.
    Followed {
        /// The message, under its previous lead.
        key: MessageKey,
        /// The present lead of its chat.
        to: LeadId,
        /// The keyed hash of the present key of its chat.
        chat: Hash,
        /// The present time of the message, in Unix milliseconds.
        activity_at: i64,
    },
    /// The link of a message in Close was set.
    Linked {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// Close rejected the change or deletion of a message; or it has the message without a file that is damaged in
    /// the archive.
    Refused {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// A stable code, as in [`Change::Failed`].
        code: Box<str>,
    },
    /// An earlier rejection is resolved: nothing remains to be done about it.
    Mended {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// A message without a record that is not in Close: its sender deleted it before it could be imported,
    /// or it was removed from Close after it had been recorded in a checkpoint that is lost.
    Noted {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The facts of the message as the archives have it.
        facts: Facts,
    },
    /// A lead was merged into another one, with all its messages.
    Merged {
        /// The lead that no longer exists.
        from: LeadId,
        /// The lead into which it was merged.
        into: LeadId,
    },
    /// WhatsApp's own id of a message that is recorded under another id. Recorded once; a repetition has no
    /// effect.
    Alias {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// WhatsApp's id of the message, in the form of [`MessageKey::external_id`].
        native_id: ExternalId,
    },
    /// An archive or the list of Close shows facts about a recorded message: fields that the record
    /// lacks are filled in, and nothing in Close changes.
    Learned {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The facts of the message; only optional fields and the files are used.
        facts: Facts,
    },
    /// Close's response to [`Change::Done`] or [`Change::Updated`]: the message as Close stores it.
    Answered {
        /// The external id of the message, and its lead.
        key: MessageKey,
        /// The keyed hashes of what the response contains.
        answer: Answered,
    },
    /// The position of a deleted message among its neighbours.
    Deletion {
        /// The message; it is recorded.
        key: MessageKey,
        /// The messages before and after it in the archive.
        neighbours: Neighbours,
    },
    /// An archive was matched with a chat; precedes the first message with text from it.
    Archive {
        /// The keyed hash of the chat's key.
        chat: Hash,
        /// The facts about the archive, its digest among them.
        archive: ArchiveFacts,
    },
    /// The archive files that this run saw; they replace the recorded set.
    ArchiveFiles {
        /// The keyed hash of name, size and date of each file.
        seen: Vec<Hash>,
    },
    /// The inputs of a chat whose messages are all complete.
    ChatDigest {
        /// The keyed hash of the chat's key.
        chat: Hash,
        /// The inputs of the chat; `None` removes the recorded ones.
        digest: Option<InputDigest>,
    },
    /// A multi-step operation is about to begin.
    OperationBegun(Box<Begun>),
    /// An open operation completed a step; the last one finishes it.
    OperationStep {
        /// The key of the operation: its kind, and its message or number.
        operation: OperationKey,
        /// The step that was completed.
        step: Step,
        /// The result of the step; `None` keeps the recorded one.
        target: Option<Reached>,
    },
    /// A person was erased, and is left out from now on.
    Erased {
        /// The keyed hash of the person's number.
        number: Hash,
    },
    /// The record of an erased person's message is deleted, with its hashes and alternate ids, unless the message is or may
    /// be in Close.
    Purged {
        /// The external id of the message, and its lead.
        key: MessageKey,
    },
    /// The hashes of names and numbers of a chat with an erased person, and of its archives, are deleted.
    ChatPurged {
        /// The keyed hash of the chat's key.
        chat: Hash,
    },
    /// A fact about this organisation; replaces the earlier value.
    Fact(#[serde(with = "fact_words")] Fact),
    /// The facts about this run, once known. `None` keeps the recorded value.
    RunIs(RunFacts),
    /// The run has done something with one more message; recorded together with what it did.
    Counted(Counted),
    /// The run has ended; recorded at its end (a second record replaces the first). Its counts replace those that were
    /// recorded during the run.
    RunEnded {
        /// How the run ended.
        outcome: RunOutcome,
        /// The counts of the run by name.
        counts: Counts,
    },
}

impl Change {
    /// Whether the present run creates the message in Close, or counts as having created it.
    pub(super) fn is_creation(&self) -> bool {
        matches!(
            self,
            Change::Intent { .. }
                | Change::Adopt {
                    creator: Creator::Claimed,
                    ..
                }
        )
    }

    /// Rejects a value whose shape could carry content.
    ///
    /// # Errors
    /// [`Error::Malformed`], which names the field but not the value.
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
            | Change::Purged { key }
            | Change::Withdrawn { key } => check_key(key),
            Change::Moved { key, to } | Change::Followed { key, to, .. } => {
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
            Change::Fact(fact) => organization::check(fact),
            Change::RunIs(facts) => facts.check(),
            Change::ArchiveFiles { .. }
            | Change::ChatDigest { .. }
            | Change::Counted(_)
            | Change::Erased { .. }
            | Change::ChatPurged { .. } => Ok(()),
            Change::RunEnded { counts, .. } => {
                counts.keys().try_for_each(|name| word("count name", name))
            }
        }
    }

    /// The state of the row of a message after `event`, by the table of transitions; `None` for a deletion
    /// that is recorded already.
    pub(super) fn next_state(
        &self,
        (key, event): (&MessageKey, Event),
        from: Option<State>,
    ) -> Result<Option<State>, Error> {
        if matches!(self, Change::Noted { .. }) && from.is_some() {
            return Ok(None);
        }
        let illegal = |Illegal { from, event }| Error::IllegalTransition {
            from,
            event,
            external_id: key.external_id.clone(),
            lead_id: key.lead_id.clone(),
        };
        next(from, event).map(Some).map_err(illegal)
    }

    /// The message and the event of the table, for changes with an event.
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
            | Change::Purged { .. }
            | Change::ChatPurged { .. }
            | Change::Fact(_)
            | Change::RunIs(_)
            | Change::Counted(_)
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
            Change::Followed { key, .. } => (key, Event::Follow),
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
