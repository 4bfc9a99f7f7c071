//! The story of one chat as data: the true conversation, and the steps of its history.
//!
//! Here belongs what happens and how it is shown on failure; never how a step is carried out. Each
//! step is complete by itself, so that any step or message can be dropped.

use std::collections::BTreeSet;
use std::fmt;

use crate::truth::conversation::{Content, Event};
use crate::truth::sources::{Language, Program};
use crate::truth::{Conversation, Export};

/// How the owner's phone names the contact or the group, one after the other.
pub(super) const NAMES: [&str; 3] = ["Ben Cooper", "Ben C. (Cooper & Co)", "Benjamin"];
pub(super) const SUBJECTS: [&str; 3] = ["Garden fence", "Garden fence 2024", "The fence"];

/// A conversation and its history.
#[derive(Debug, Clone)]
pub(super) struct Story {
    /// As it was sent; what happens to messages later is in the steps.
    pub(super) conversation: Conversation,
    /// Places of messages that are dropped from the conversation.
    pub(super) dropped: BTreeSet<usize>,
    /// `timezone` is an hour west until a step corrects it.
    pub(super) wrong_zone: bool,
    /// The contact's number is wrong until a step corrects it.
    pub(super) wrong_number: bool,
    /// `deleted_since = "delete"` from the beginning.
    pub(super) delete: bool,
    /// The program of the archives that a correction comes with.
    pub(super) program: Program,
    /// Archives of several programs: they then begin and end between two minutes.
    pub(super) mixed: bool,
    pub(super) steps: Vec<Step>,
}

/// What happens between two imports.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Milliseconds since the epoch, on the conversation's clock.
    pub(super) now: i64,
    /// Its number in the story as it was made; dates of archives come from it.
    pub(super) number: usize,
    /// To the messages at these places of [`Story::conversation`].
    pub(super) changes: Vec<(usize, Change)>,
    /// The owner gives the chat this name of [`NAMES`] or [`SUBJECTS`].
    pub(super) renamed: Option<usize>,
    pub(super) act: Act,
}

/// What its author or the owner does to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Edited,
    DeletedForEveryone,
    DeletedLocally,
}

/// What the person who migrates does before the next import.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// An archive, alone or next to those that are there.
    Archive { taken: Taken, beside: bool },
    /// contacts.csv gets the right number.
    CorrectNumber,
    /// chatferry.toml gets the right zone; a new archive of everything takes the place of all.
    CorrectZone,
    /// contacts.csv gets another contact of the same lead.
    CorrectContact,
    /// A new archive of everything takes the place of all and is imported; then contacts.csv gets
    /// another lead and its contact.
    CorrectLead { interrupted: Option<Interruption> },
    /// The checkpoint is deleted.
    LoseCheckpoint,
    /// The checkpoint as it was after the step of this number is put back.
    OldCheckpoint { of: usize },
    /// The other value of `deleted_since`.
    SwitchDeletedSince,
}

/// A move that is interrupted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interruption {
    pub(super) method: &'static str,
    /// At this request of the method for a message, from 1.
    pub(super) at: usize,
    pub(super) how: How,
}

/// What happens to that request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Refused with this status, as are those after it if the status is final.
    Refused(u16),
    /// Not carried out, and not answered.
    NoAnswer,
    /// Carried out, and not answered.
    AnswerLost,
    /// The program is killed before Close carries it out.
    KilledBefore,
    /// The program is killed after Close carried it out.
    KilledAfter,
}

/// An archive of the chat.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) program: Program,
    /// The instant that it shows.
    pub(super) moment: i64,
    /// The step of that instant.
    pub(super) dated: usize,
    pub(super) media: bool,
    pub(super) newest: Option<usize>,
    pub(super) jitter: Option<u64>,
    pub(super) german: bool,
    /// Minutes by which the phone's clock is ahead of home.
    pub(super) ahead: i64,
    pub(super) numbering: usize,
}

impl Taken {
    /// Everything, with files, at home.
    pub(super) fn whole(program: Program, moment: i64, dated: usize) -> Taken {
        Taken {
            program,
            moment,
            dated,
            media: true,
            newest: None,
            jitter: None,
            german: false,
            ahead: 0,
            numbering: 0,
        }
    }

    pub(super) fn export(&self) -> Export {
        Export {
            media: self.media,
            language: match self.german {
                true => Language::German,
                false => Language::English,
            },
            newest: self.newest,
            ahead: self.ahead,
            jitter: self.jitter.filter(|_| self.program == Program::Iphone),
            // An Android phone keeps the names of its files.
            numbering: match self.program {
                Program::Iphone => self.numbering,
                _ => 0,
            },
            ..Export::new(self.program, self.moment)
        }
    }
}

impl Story {
    /// The conversation with all that happens to it, and without what is dropped.
    pub(super) fn truth(&self) -> Conversation {
        let mut truth = self.conversation.clone();
        for step in &self.steps {
            for (place, change) in &step.changes {
                let message = &mut truth.messages[*place];
                let event = change.event(step.now, *place, message.history.len());
                message.history.push(event);
            }
        }
        let mut place = 0;
        truth.messages.retain(|_| {
            place += 1;
            !self.dropped.contains(&(place - 1))
        });
        truth
    }

    /// How many messages are left.
    pub(super) fn length(&self) -> usize {
        self.conversation.messages.len() - self.dropped.len()
    }
}

impl Change {
    fn event(self, at: i64, place: usize, count: usize) -> Event {
        match self {
            Change::Edited => Event::Edited {
                at,
                text: format!("corrected {place}, {count}"),
            },
            Change::DeletedForEveryone => Event::DeletedForEveryone { at },
            Change::DeletedLocally => Event::DeletedLocally { at, on: 0 },
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let truth = self.truth();
        let kind = match truth.subject {
            Some(_) => "a group",
            None => "a private chat",
        };
        writeln!(
            f,
            "{kind}, wrong zone {}, wrong number {}, delete {}",
            self.wrong_zone, self.wrong_number, self.delete
        )?;
        for (place, message) in self.conversation.messages.iter().enumerate() {
            if self.dropped.contains(&place) {
                continue;
            }
            let content = match &message.content {
                Content::File(media) => format!(
                    "{:?} {} caption {:?}",
                    media.kind, media.seed, media.caption
                ),
                other => format!("{other:?}"),
            };
            let late = format!("{:?}", message.history).replace("[]", "");
            writeln!(
                f,
                "  {place:2} {} by {}: {content} {late}",
                stamp(message.at),
                message.author
            )?;
        }
        for step in &self.steps {
            writeln!(f, "  {step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} at {}: ", self.number, stamp(self.now))?;
        for (place, change) in &self.changes {
            write!(f, "{place} {change:?}, ")?;
        }
        if let Some(name) = self.renamed {
            write!(f, "renamed {name}, ")?;
        }
        write!(f, "{:?}", self.act)
    }
}

/// The wall clock at home.
pub(super) fn stamp(at: i64) -> String {
    let local = crate::truth::sources::wall(at);
    format!(
        "{}.{:03}",
        local.format("%m-%d %H:%M:%S"),
        at.rem_euclid(1000)
    )
}
