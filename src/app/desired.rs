//! The desired messages of the archives, and rows of tables that match nothing.
//!
//! Here belong parsing all archives, the tables that refer to their contents (replies.csv, decisions.csv,
//! exclude.csv, never.txt), and problems with them. Never here: Close or the checkpoint, except for records
//! that a decision may name.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use super::chat_inputs;
use super::error::{Error, Exit, Result};
use super::migration::Migration;
use super::{Notice, Observer};
use crate::chat::Chat;
use crate::checkpoint::Snapshot;
use crate::intake::{self, Failure, Opened, Outline};
use crate::native::NativeChat;
use crate::phone::Phone;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::routing::{Rule, silent_owners};
use crate::settings::{Device, Problem};
use crate::transform::decision_table;
use crate::transform::desired::{Decision, Desired};
use crate::transform::trace::Trace;
use crate::transform::{Source, TransformInputs, transform};

/// The chats of a migration, as its archives and tables determine them.
#[derive(Clone)]
pub struct ReadChats {
    /// What should be in Close.
    pub desired: Desired,
    /// The digest of the inputs of each chat's plan, by its index in [`Desired::chats`].
    pub(super) inputs: Vec<Option<[u8; 32]>>,
    /// See [`Plan::rows_left_out`].
    pub(super) rows_left_out: Vec<(String, u64)>,
}

impl Migration {
    /// Parses the archives, and applies `policy`. Those that turn out not to be transcripts join the failures. The
    /// archives are consumed.
    ///
    /// # Errors
    ///
    /// An archive of a large migration was changed, or can no longer be read, since it was first read; object storage became
    /// unreachable.
    pub fn desired(&mut self, policy: &Policy, observer: &mut dyn Observer) -> Result<ReadChats> {
        self.desired_traced(policy, observer, None, &mut |_, _| {})
    }

    /// As [`Migration::desired`], with a trace of single messages. `look` gets the archives that were read, before they are
    /// freed.
    ///
    /// # Errors
    ///
    /// As [`Migration::desired`].
    pub(super) fn desired_traced(
        &mut self,
        policy: &Policy,
        observer: &mut dyn Observer,
        trace: Option<&Trace>,
        look: &mut dyn FnMut(&[Source<'_>], &Desired),
    ) -> Result<ReadChats> {
        let archives = std::mem::take(&mut self.intake.archives);
        let devices: Vec<usize> = archives.iter().map(|archive| archive.device).collect();
        // Collected in place: thousands of archives take megabytes.
        let mut opened: Vec<Opened> = archives.into_iter().map(|one| one.opened).collect();
        let order = |place: usize| self.settings.devices[devices[place]].date_order;
        let outlines = intake::outline(&mut opened, order);
        let chats = self.parse(&opened, &outlines, &devices);
        let failures = chats.iter().filter_map(|chat| chat.as_ref().err());
        if let Some(stopped) = self.stopped_by_storage(failures) {
            return Err(stopped);
        }
        let mut sources = Vec::with_capacity(opened.len());
        for (place, (opened, chat)) in opened.iter().zip(&chats).enumerate() {
            match chat {
                Ok(chat) => sources.push(Source {
                    outline: outlines.get(place).and_then(Option::as_ref),
                    ..Source::new(&self.settings.devices[devices[place]], opened, chat)
                }),
                Err(failure) => observer.notice(Notice::Unreadable(self.describe(failure))),
            }
        }
        let failures = self.intake.failures.iter();
        let unread: Vec<&str> = failures.map(|failure| failure.label.as_str()).collect();
        let desired = transform(&TransformInputs {
            sources: &sources,
            policy,
            contacts: &self.contacts,
            devices: &self.settings.devices,
            tables: &self.tables,
            unread: &unread,
            trace,
        });
        self.require_reread(&opened)?;
        report_unused_rows(&desired, observer);
        let inputs = chat_inputs::digests(self, &sources, &desired);
        let failures = chats.iter().filter_map(|chat| chat.as_ref().err());
        let excluded = self.check_chats(&sources, failures, &desired, observer);
        self.check_never(&sources, observer);
        self.exclude_problems = excluded;
        look(&sources, &desired);
        drop(sources);
        // Millions of small texts are freed by all cores, and by another one while this continues.
        let failures: Vec<Failure> = (chats.into_par_iter()).filter_map(Result::err).collect();
        self.intake.failures.extend(failures);
        let natives: Vec<NativeChat> = (opened.iter_mut())
            .filter_map(|opened| opened.native.take())
            .collect();
        rayon::spawn(move || drop(natives));
        let rows_left_out = intake::total_left_out(&self.intake.stores).into_iter();
        Ok(ReadChats {
            desired,
            inputs,
            rows_left_out: rows_left_out
                .map(|(label, rows)| (label.to_owned(), rows))
                .collect(),
        })
    }

    /// Refuses what was made of an archive that could not be read again: chats would be compared with an
    /// empty one.
    fn require_reread(&self, opened: &[Opened]) -> Result<()> {
        let lost: Vec<String> = (opened.iter())
            .filter_map(|archive| archive.lost())
            .map(|failure| self.describe(failure))
            .collect();
        match lost.is_empty() {
            true => Ok(()),
            false => Err(Error::coded(
                Exit::Partial,
                "changed",
                format!(
                    "{}\nnothing was sent; run the command again",
                    lost.join("\n")
                ),
            )),
        }
    }

    fn parse<'t>(
        &self,
        opened: &'t [Opened],
        outlines: &[Option<Outline>],
        devices: &[usize],
    ) -> Vec<Result<Chat<'t>, Failure>> {
        let device = |place: usize| &self.settings.devices[devices[place]];
        let orders = |place: usize| device(place).date_order;
        let mut chats = intake::parse_outlined(opened, outlines, orders, |place| devices[place]);
        for (place, chat) in chats.iter_mut().enumerate() {
            if let Ok(chat) = chat {
                chat.in_zone(device(place).timezone);
            }
        }
        chats
    }

    /// Reports rows of contacts.csv and exclude.csv that match no chat, and returns those of exclude.csv.
    fn check_chats<'f>(
        &'f self,
        sources: &[Source<'_>],
        failures: impl Iterator<Item = &'f Failure>,
        desired: &Desired,
        observer: &mut dyn Observer,
    ) -> Vec<String> {
        // A log may be split into thousands of archives with the same chats.
        let mut seen = HashSet::new();
        let known: Vec<(&str, &str)> = sources
            .iter()
            .map(|source| (source.device.name.as_str(), source.opened.chat_name()))
            .filter(|chat| seen.insert(*chat))
            .collect();
        // A chat with a private participant is private as well.
        let private: BTreeSet<&str> = (desired.chats.iter())
            .filter(|chat| chat.private)
            .flat_map(|chat| chat.archives.iter().map(String::as_str))
            .collect();
        let hidden: BTreeSet<(&str, &str)> = (sources.iter())
            .filter(|source| private.contains(source.opened.label.as_str()))
            .map(|source| (source.device.name.as_str(), source.opened.chat_name()))
            .collect();
        let is_hidden = |device: &str, chat: &str| hidden.contains(&(device, chat));
        let devices: Vec<&str> = (self.settings.devices.iter())
            .map(|device| device.name.as_str())
            .collect();
        for unmatched in self.contacts.unmatched(&known, &devices, is_hidden) {
            observer.notice(Notice::Row(unmatched.to_string()));
        }
        let read = sources
            .iter()
            .filter(|source| !is_hidden(&source.device.name, source.opened.chat_name()));
        let senders: Vec<(&str, &str, &str)> = read
            .flat_map(|source| {
                let (device, chat) = (source.device.name.as_str(), source.opened.chat_name());
                let participants = source.chat.participants.iter();
                participants.map(move |one| (device, chat, one.name.as_ref()))
            })
            .collect();
        for row in silent_owners(&self.contacts, &self.settings.devices, &senders) {
            observer.notice(Notice::Row(row.to_string()));
        }
        // A row may be about an archive that could not be read.
        let failed: Vec<String> = (self.intake.failures.iter())
            .chain(failures)
            .flat_map(|failure| intake::names_in(&failure.label).chats)
            .collect();
        let may_be = (failed.iter())
            .flat_map(|chat| devices.iter().map(move |device| (*device, chat.as_str())));
        let named: Vec<&str> = (known.iter())
            .filter(|(device, chat)| !is_hidden(device, chat))
            .map(|(_, chat)| *chat)
            .collect();
        // A chat of an earlier import, whose archives are not here any more, still has its row.
        let rows = self.contacts.rows().iter();
        let of_rows = rows.filter_map(|row| Some((row.device.as_deref(), row.chat.text()?)));
        let of_rows = of_rows.flat_map(|(own, chat)| {
            let devices = devices
                .iter()
                .filter(move |device| own.is_none_or(|own| own == **device));
            devices.map(move |device| (*device, chat))
        });
        let known: Vec<(&str, &str)> = known.into_iter().chain(may_be).chain(of_rows).collect();
        let problems = self.contacts.exclude().unmatched(&known, &devices, &named);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for problem in &problems {
            observer.notice(Notice::Row(problem.clone()));
        }
        problems
    }

    /// Reports the lines of never.txt without a match.
    fn check_never(&self, sources: &[Source<'_>], observer: &mut dyn Observer) {
        if self.contacts.has_empty_never() {
            return;
        }
        let people: Vec<(&str, &str)> = sources
            .iter()
            .flat_map(|source| {
                let device = source.device.name.as_str();
                let senders = source.chat.participants.iter().map(|p| p.name.as_ref());
                senders
                    .chain([source.opened.chat_name(), source.opened.name.chat.as_str()])
                    .map(move |name| (device, name))
            })
            .collect();
        let numbers: Vec<Phone> = sources.iter().flat_map(numbers).collect();
        let unmatched = self.contacts.never_unmatched(&people, &numbers);
        if unmatched.is_empty() {
            return;
        }
        let with_colon = self.contacts.never_unknown_prefixes(&unmatched);
        observer.notice(Notice::NeverUnmatched { lines: unmatched });
        let devices: Vec<String> = match self.settings.devices.as_slice() {
            [device] if device.name == Device::ALONE => Vec::new(),
            devices => devices.iter().map(|device| device.name.clone()).collect(),
        };
        for line in with_colon {
            let devices = devices.clone();
            observer.notice(Notice::NeverDevice { line, devices });
        }
    }

    /// The rows of exclude.csv that match no chat, after [`Migration::desired`].
    pub(super) fn exclude_problems(&self) -> &[String] {
        &self.exclude_problems
    }

    /// Refuses an exclude.csv with a row that matches no chat, after [`Migration::desired`]: messages that
    /// it is meant to leave out would be imported.
    ///
    /// # Errors
    ///
    /// A usage error.
    pub(super) fn require_excluded(&self) -> Result<()> {
        match self.exclude_problems.as_slice() {
            [] => Ok(()),
            problems => Err(Error::coded(
                Exit::Usage,
                "exclude",
                format!(
                    "{}\nnothing was sent, since messages that the row is meant to leave out would be imported; correct it, or remove it",
                    problems.join("\n")
                ),
            )),
        }
    }

    /// Refuses a decisions.csv with an inapplicable row: it names no message, or contradicts certain
    /// evidence. `checkpoint` has messages of chats that are not planned.
    ///
    /// # Errors
    ///
    /// A usage error with the lines.
    pub(super) fn require_decided(
        &self,
        plan: &Plan,
        checkpoint: Option<&Snapshot>,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let mut problems = plan.problems.clone();
        // Messages of a chat that is held or not selected have no ids yet.
        let is_partial = plan.chats.iter().any(|chat| {
            matches!(
                chat.chat.standing,
                Decision::Held(_) | Decision::LeftOut(Rule::NotSelected)
            )
        });
        for (line, id) in &plan.unused {
            let recorded = checkpoint
                .map(|snapshot| snapshot.done_as(id))
                .transpose()?;
            if recorded.is_some_and(|found| !found.is_empty()) {
                continue;
            }
            if is_partial {
                observer.notice(Notice::Decision {
                    line: *line,
                    is_read: false,
                });
                continue;
            }
            let file = self.settings.dir.join(decision_table::FILE);
            problems.push(Problem {
                file: file.display().to_string(),
                line: Some(*line),
                text: "no message has this id; copy the row that the plan prints".to_owned(),
            });
        }
        problems.sort();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems.into()),
        }
    }
}

/// Reports rows of replies.csv and decisions.csv that concern no desired message.
fn report_unused_rows(desired: &Desired, observer: &mut dyn Observer) {
    for (line, reason) in &desired.unused_replies {
        observer.notice(Notice::Reply {
            line: *line,
            reason: (*reason).to_owned(),
        });
    }
    for line in &desired.decisions.unused {
        observer.notice(Notice::Decision {
            line: *line,
            is_read: true,
        });
    }
}

/// The numbers of everyone in a chat. A member of a group who writes nothing has a number too.
fn numbers(source: &Source<'_>) -> Vec<Phone> {
    let native = source.opened.native.as_ref();
    let participants = native.into_iter().flat_map(|native| &native.participants);
    let senders = source.chat.participants.iter();
    senders
        .filter_map(|sender| sender.number.as_deref())
        .chain(participants.filter_map(|participant| participant.phone.as_deref()))
        .chain(native.and_then(|native| native.phone.as_deref()))
        .filter_map(Phone::parse)
        .collect()
}
