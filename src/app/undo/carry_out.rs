//! Deletes what [`prepare`](super::prepare()) chose: lead after lead, replies before what they reply to. Each message is read and
//! compared again right before its deletion.
//!
//! Belongs here: the run of an undo, from its record in the checkpoint to its outcome. Never here: the loop of deletions
//! (`delete`) and the order of the messages (`queue`).

mod delete;
mod queue;

use std::collections::{HashMap, HashSet};

use chrono::SecondsFormat;

use self::queue::Work;
use super::begun::{FORGET, Finished, Stays, finish_begun};
use super::leads;
use super::lookup::{self, Settled};
use super::prepare::{Prepared, Verdict};
use super::result::{Kept, KeptWhy, Removed, UndoNumbers, UndoOutcome};
use super::select::Message;
use crate::app::error::{Error, Exit, Result};
use crate::app::{Observer, Start, run_checkpoint, unless_stopped};
use crate::checkpoint::{
    Binding, Change, Checkpoint, Counts, MessageKey, Recorder, RunFacts, RunOutcome, State,
    fingerprint,
};
use crate::clock::SharedClock;
use crate::execute::undo::{self, Undoing};
use crate::execute::{Event, Limits, Refusals, Stop};
use crate::ids::{ActivityId, LeadId};

/// Deletes the chosen messages and leads. A run that stops before its end is an [`UndoOutcome`].
///
/// # Errors
///
/// The checkpoint cannot be opened or written.
pub(crate) async fn carry_out(
    prepared: Prepared<'_>,
    clock: &SharedClock,
    stop: Stop,
    observer: &mut dyn Observer,
) -> Result<UndoOutcome> {
    let settings = prepared.settings;
    let organization = prepared.account.organization_id.clone();
    let binding = Binding::new(organization, &settings.close.base_url);
    let path = &settings.import.checkpoint;
    let checkpoint =
        run_checkpoint::open(path, &binding, (&prepared.examiner.client, clock), observer)?;
    let began = clock.elapsed();
    let run = Run {
        prepared: &prepared,
        checkpoint: &checkpoint,
        recorder: checkpoint.recorder(),
        clock,
        stop,
        numbers: UndoNumbers::default(),
        kept: prepared.kept.clone(),
        removed: Vec::new(),
        with_files: 0,
        refusals: (prepared.selected.chats.iter())
            .map(|_| Refusals::new(Limits::REFUSALS))
            .collect(),
    };
    let outcome = run.run(observer).await;
    let closed = checkpoint.close();
    let mut outcome = outcome?;
    closed?;
    let seconds = (clock.elapsed() - began).as_secs_f64();
    let stats = prepared.examiner.client.stats();
    outcome.numbers.cost(stats, seconds, prepared.estimate);
    Ok(outcome)
}

/// An undo whose checkpoint is open.
struct Run<'r> {
    prepared: &'r Prepared<'r>,
    checkpoint: &'r Checkpoint,
    recorder: Recorder,
    clock: &'r SharedClock,
    stop: Stop,
    numbers: UndoNumbers,
    kept: Vec<Kept>,
    removed: Vec<Removed>,
    with_files: u64,
    /// Consecutive deletions that Close did not carry out, by chat.
    refusals: Vec<Refusals>,
}

impl Run<'_> {
    async fn run(mut self, observer: &mut dyn Observer) -> Result<UndoOutcome> {
        let facts = RunFacts {
            command: Some(match self.prepared.person {
                Some(_) => FORGET.into(),
                None => "undo".into(),
            }),
            user_id: Some(self.prepared.account.user_id.clone()),
            ..RunFacts::default()
        };
        self.recorder.record(Change::RunIs(facts)).await?;
        self.record_erasure().await?;
        for kept in &self.prepared.kept {
            self.numbers.keep(&kept.why);
        }
        self.numbers.not_reached = self.prepared.numbers.not_reached;
        self.numbers.unrecorded = self.prepared.numbers.unrecorded;
        let (leads, stopped) = match self.work(observer).await {
            Ok(()) => leads::delete(self.prepared, &self.recorder).await,
            Err(error) => (leads::not_reached(&self.prepared.leads), Some(error)),
        };
        let deleted = leads.iter().filter(|lead| lead.kept.is_none());
        self.numbers.leads_deleted = deleted.count() as u64;
        self.numbers.leads_kept = leads.len() as u64 - self.numbers.leads_deleted;
        self.end(stopped.is_some()).await?;
        let is_kept = !self.kept.is_empty()
            || !self.prepared.selected.unclear.is_empty()
            || !self.prepared.unrecorded.is_empty()
            || leads.iter().any(|lead| lead.kept.is_some());
        let exit = match (&stopped, is_kept) {
            (Some(error), _) => error.exit,
            (None, true) => Exit::Partial,
            (None, false) => Exit::Done,
        };
        Ok(UndoOutcome {
            exit,
            numbers: self.numbers,
            kept: self.kept,
            removed: self.removed,
            with_files: self.with_files,
            leads,
            run: self.checkpoint.run().number(),
            stopped,
        })
    }

    /// Records the person as erased before anything is deleted, so that no import posts again what an interrupted erasure
    /// deleted.
    async fn record_erasure(&self) -> Result<()> {
        let key = self.checkpoint.reader().key();
        let numbers = (self.prepared.person.iter()).flat_map(|person| person.numbers());
        let erased = numbers.map(|number| Change::Erased {
            number: fingerprint::number(&key, number.e164()),
        });
        self.recorder.record_all(erased.collect()).await?;
        Ok(())
    }

    /// Deletes the records of what is not in Close any more.
    async fn purge(&self) -> Result<()> {
        let purged = &self.prepared.selected.purged;
        let messages = (purged.messages.iter()).map(|key| Change::Purged { key: key.clone() });
        let chats = (purged.chats.iter()).map(|chat| Change::ChatPurged { chat: *chat });
        self.recorder
            .record_all(messages.chain(chats).collect())
            .await?;
        Ok(())
    }

    /// The message of a record, to delete.
    fn undoing(&self, message: &Message, activity_id: ActivityId) -> Undoing {
        Undoing {
            key: message.key.clone(),
            chat: message.handle,
            lead: message.lead.clone(),
            activity_id,
            purges: self.prepared.person.is_some(),
        }
    }

    fn note_removed(&mut self, activity_id: ActivityId, lead_id: LeadId) {
        let at = self.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
        self.removed.push(Removed {
            activity_id,
            lead_id,
            at,
        });
    }

    /// Finishes what was begun, settles what is unknown, then deletes.
    async fn work(&mut self, observer: &mut dyn Observer) -> Result<()> {
        let client = &self.prepared.examiner.client;
        let until = self.clock.elapsed() + self.prepared.settings.limits.settle();
        let policy = &self.prepared.settings.import.policy;
        let finished = finish_begun(self.checkpoint, client, policy);
        let finished = unless_stopped(&self.stop, finished).await??;
        let begun = self.count_begun(finished);
        let settled = lookup::settle(
            self.prepared,
            (client, self.clock),
            &self.recorder,
            until,
            &self.stop,
        );
        let settled = settled.await?;
        for (index, one) in &settled {
            let is_counted = matches!(self.prepared.verdicts[*index], Verdict::Keep(..));
            if let (Settled::Unread(why), false) = (one, is_counted) {
                let message = &self.prepared.selected.messages[*index];
                self.keep(message, None, KeptWhy::NotRead(why.clone()));
            }
        }
        self.record_stand_ins().await?;
        let mut work = Work::of(self.prepared, self.checkpoint, &settled, &begun)?;
        for index in std::mem::take(&mut work.gone) {
            let message = &self.prepared.selected.messages[index];
            let activity = message.activity_id.clone().unwrap_or_else(|| "".into());
            undo::withdraw(&self.recorder, &self.undoing(message, activity)).await?;
            self.numbers.already_gone += 1;
        }
        let operations = work.left() as u64;
        let mut events = observer.start(Start {
            operations,
            chats: self.prepared.selected.labels(),
            client,
            stop: self.stop.clone(),
        });
        events.event(Event::Planned {
            operations,
            follow_ups: 0,
        });
        let stopped = self.delete(&mut work, &mut *events).await;
        self.numbers.not_reached += work.left() as u64;
        events.event(Event::Ended {
            unknown: self.numbers.unknown,
            is_stopped: stopped.is_some(),
        });
        drop(events);
        match stopped {
            Some(reason) => Err(Error::from(reason)),
            None => self.purge().await,
        }
    }

    /// Records the activities that stand for messages whose own is in Close no more, so that their deletion can be finished
    /// from the record.
    async fn record_stand_ins(&self) -> Result<()> {
        let prepared = self.prepared;
        let messages = prepared.selected.messages.iter().zip(&prepared.verdicts);
        let found = messages.filter_map(|(message, verdict)| match verdict {
            Verdict::Delete(activity)
                if message.state == State::Done
                    && (message.activity_id.as_ref()).is_some_and(|own| own != activity) =>
            {
                Some(Change::Found {
                    key: message.key.clone(),
                    activity_id: activity.clone(),
                    linked: message.linked,
                })
            }
            _ => None,
        });
        self.recorder.record_all(found.collect()).await?;
        Ok(())
    }

    /// Counts the deletions that an earlier undo began; returns their messages, which are not tried again.
    fn count_begun(&mut self, finished: Finished) -> HashSet<MessageKey> {
        let prepared = self.prepared;
        let messages = prepared.selected.messages.iter().enumerate();
        let of_key: HashMap<&MessageKey, usize> = messages
            .filter(|_| !finished.kept.is_empty())
            .map(|(index, message)| (&message.key, index))
            .collect();
        let mut begun = HashSet::new();
        for (key, activity) in finished.deleted {
            self.numbers.deleted += 1;
            self.note_removed(activity, key.lead_id.clone());
            begun.insert(key);
        }
        for Stays {
            key,
            activity_id,
            why,
        } in finished.kept
        {
            let index = of_key.get(&key).copied();
            let is_counted =
                index.is_some_and(|index| matches!(prepared.verdicts[index], Verdict::Keep(..)));
            if !is_counted {
                let chat = index.map(|index| prepared.selected.messages[index].chat);
                let chat = chat.map_or("another chat", |chat| &prepared.selected.chats[chat].label);
                self.numbers.keep(&why);
                self.kept.push(Kept {
                    chat: chat.to_owned(),
                    lead_id: key.lead_id.clone(),
                    activity_id: Some(activity_id),
                    why,
                });
            }
            begun.insert(key);
        }
        let beyond = prepared.selected.messages.iter().zip(&prepared.verdicts);
        let beyond = beyond.filter(|(message, verdict)| {
            matches!(verdict, Verdict::BeyondLimit) && begun.contains(&message.key)
        });
        self.numbers.not_reached -= beyond.count() as u64;
        begun
    }

    fn keep(&mut self, message: &Message, activity_id: Option<ActivityId>, why: KeptWhy) {
        self.numbers.keep(&why);
        self.kept.push(Kept {
            chat: self.prepared.selected.chats[message.chat].label.clone(),
            lead_id: message.lead.clone(),
            activity_id,
            why,
        });
    }

    /// Records the end of the run.
    async fn end(&self, is_stopped: bool) -> Result<()> {
        let counts: Counts = [
            ("deleted", self.numbers.deleted),
            ("already_gone", self.numbers.already_gone),
            ("kept", self.numbers.kept),
            ("failed", self.numbers.failed),
            ("unknown", self.numbers.unknown),
            ("not_reached", self.numbers.not_reached),
            ("leads_deleted", self.numbers.leads_deleted),
        ]
        .map(|(name, count)| (name.to_owned(), count))
        .into_iter()
        .collect();
        let outcome = match (is_stopped, self.kept.is_empty()) {
            (true, _) => RunOutcome::Stopped,
            (false, true) => RunOutcome::Complete,
            (false, false) => RunOutcome::Partial,
        };
        let ended = self
            .recorder
            .record(Change::RunEnded { outcome, counts })
            .await;
        match ended {
            // A checkpoint that cannot be written has stopped the run already.
            Err(_) if is_stopped => Ok(()),
            ended => Ok(ended?),
        }
    }
}
