//! Deletes what [`prepare`](super::prepare()) chose: lead after lead, replies before what they reply to. Each message is read and
//! compared again right before its deletion.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::SecondsFormat;
use tokio::task::JoinSet;

use super::begun::{FORGET, Finished, Stays, finish_begun};
use super::examine::Examiner;
use super::leads;
use super::lookup::{self, Settled};
use super::prepare::{Prepared, Verdict};
use super::replies::keep_targets;
use super::result::{Kept, KeptWhy, Removed, UndoNumbers, UndoOutcome};
use super::select::Message;
use crate::app::error::{Error, Exit, Result};
use crate::app::{Observer, Start, run_checkpoint, unless_stopped};
use crate::checkpoint::{
    Binding, Change, Checkpoint, Counts, MessageKey, Recorder, RunFacts, RunOutcome, State,
    fingerprint,
};
use crate::clock::SharedClock;
use crate::close::Failure;
use crate::execute::undo::{self, Undoing, Undone};
use crate::execute::{Event, Events, Limits, Refusals, Stop};
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::{StopReason, stops};

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
    let checkpoint = run_checkpoint::open(path, &binding, clock, observer)?;
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
            if let Settled::Unread(why) = one {
                let message = &self.prepared.selected.messages[*index];
                self.keep(message, None, KeptWhy::NotRead(why.clone()));
            }
        }
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
            chats: Vec::new(),
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

    /// The loop: as many messages at a time as the limits allow, until nothing is left or there is a reason to stop.
    async fn delete(&mut self, work: &mut Work, events: &mut dyn Events) -> Option<StopReason> {
        let limit = 2 * self.prepared.settings.limits.concurrency.max(1);
        let client = self.prepared.examiner.client.clone();
        let mut tasks: JoinSet<(usize, std::result::Result<End, StopReason>)> = JoinSet::new();
        let mut stopping: Option<StopReason> = None;
        let mut deadline = None;
        loop {
            while stopping.is_none() && tasks.len() < limit {
                match self.next(work, events).await {
                    Ok(Some((index, activity))) => self.start(&mut tasks, index, activity),
                    Ok(None) => break,
                    Err(reason) => stopping = Some(reason),
                }
            }
            if tasks.is_empty() {
                return stopping;
            }
            let level = if deadline.is_some() { 2 } else { 1 };
            let rest = deadline
                .map(|until: std::time::Duration| until.saturating_sub(self.clock.elapsed()));
            let clock = SharedClock::clone(self.clock);
            tokio::select! {
                biased;
                () = self.stop.requested(level) => {
                    if deadline.is_some() {
                        break;
                    }
                    events.event(Event::Stopping);
                    deadline = Some(self.clock.elapsed() + Limits::DRAIN);
                    stopping = stopping.or(Some(StopReason::Interrupted));
                }
                out = client.outage_changed() => {
                    events.event(if out { Event::Outage } else { Event::Back });
                }
                () = async { clock.sleep(rest.unwrap_or_default()).await }, if rest.is_some() => break,
                Some(ended) = tasks.join_next() => match ended {
                    Ok((index, Ok(end))) => {
                        self.count_refusal(index, &end);
                        self.ended(index, end, work, events);
                    }
                    Ok((index, Err(reason))) => {
                        work.unreached += 1;
                        work.running.remove(&index);
                        stopping = stopping.or(Some(reason));
                    }
                    Err(error) if error.is_panic() => {
                        let text = "a task of the undo failed".to_owned();
                        stopping = stopping.or(Some(StopReason::Internal(text)));
                    }
                    Err(_) => {}
                },
            }
        }
        // Deletions in progress stay open in the checkpoint, and the next run finishes them.
        work.unreached += work.running.len();
        work.running.clear();
        tasks.shutdown().await;
        stopping
    }

    /// The counter of a message's chat.
    fn refusals(&self, index: usize) -> &Refusals {
        &self.refusals[self.prepared.selected.messages[index].chat]
    }

    /// A chat of which deletions fail for one reason, one after the other, is left; the others go on.
    fn count_refusal(&self, index: usize, end: &End) {
        match end {
            End::Failed(_, failure) => self.refusals(index).refused(failure),
            End::Deleted => self.refusals(index).accepted(),
            End::Gone | End::Kept(_) => {}
        }
    }

    /// The next message to delete. Reads the list of the next lead where no message is ready.
    async fn next(
        &mut self,
        work: &mut Work,
        events: &mut dyn Events,
    ) -> std::result::Result<Option<(usize, ActivityId)>, StopReason> {
        loop {
            if let Some((index, activity)) = work.ready.pop_front() {
                if self.refusals(index).is_stopped() {
                    self.ended(index, End::Kept(KeptWhy::ChatStopped), work, events);
                    continue;
                }
                work.running.insert(index);
                return Ok(Some((index, activity)));
            }
            let Some((lead, messages)) = work.leads.pop_front() else {
                // Replies that wait for each other in a circle.
                if work.running.is_empty()
                    && let Some(index) = work.waiting.keys().next().copied()
                    && let Some((_, activity)) = work.waiting.remove(&index)
                {
                    work.ready.push_back((index, activity));
                    continue;
                }
                return Ok(None);
            };
            for (index, why) in self.open_lead(work, &lead, messages).await? {
                self.ended(index, End::Kept(why), work, events);
            }
        }
    }

    /// Reads the list of a lead again: what is replied to meanwhile stays.
    async fn open_lead(
        &self,
        work: &mut Work,
        lead: &LeadId,
        messages: Vec<(usize, ActivityId)>,
    ) -> std::result::Result<Vec<(usize, KeptWhy)>, StopReason> {
        let listed = self.prepared.examiner.list(lead).await;
        let list = match listed.map_err(StopReason::of)? {
            Ok(list) => list,
            Err(failure) => {
                let why = failure.reason();
                let all = messages.into_iter();
                return Ok(all
                    .map(|(index, _)| (index, KeptWhy::NotRead(why.clone())))
                    .collect());
            }
        };
        let links: HashMap<ActivityId, Vec<ActivityId>> = (list.activities.iter())
            .filter_map(|one| Some((one.id.clone(), vec![one.response_to_id.clone()?])))
            .collect();
        let mut deleted: HashSet<ActivityId> = messages
            .iter()
            .map(|(_, activity)| activity.clone())
            .collect();
        // An erasure outweighs the replies of others.
        let kept: HashSet<ActivityId> = match self.prepared.person {
            Some(_) => HashSet::new(),
            None => keep_targets(&mut deleted, &links).into_iter().collect(),
        };
        let (kept, rest): (Vec<_>, Vec<_>) =
            (messages.into_iter()).partition(|(_, activity)| kept.contains(activity));
        work.add(rest, &links);
        Ok(kept
            .into_iter()
            .map(|(index, _)| (index, KeptWhy::Replied))
            .collect())
    }

    fn start(
        &self,
        tasks: &mut JoinSet<(usize, std::result::Result<End, StopReason>)>,
        index: usize,
        activity: ActivityId,
    ) {
        let message = Arc::clone(&self.prepared.selected.messages[index]);
        let examiner = self.prepared.examiner.clone();
        let recorder = self.recorder.clone();
        let undoing = self.undoing(&message, activity);
        let may_be_changed = self.prepared.changed.contains(&index);
        tasks.spawn(async move {
            let end = one(&examiner, &recorder, &message, (undoing, may_be_changed)).await;
            (index, end)
        });
    }

    fn ended(&mut self, index: usize, end: End, work: &mut Work, events: &mut dyn Events) {
        work.running.remove(&index);
        let message = &self.prepared.selected.messages[index];
        let (chat, place) = (message.chat, index);
        let why = match end {
            End::Deleted => {
                self.numbers.deleted += 1;
                self.with_files += u64::from(message.sent.files > 0);
                if let Some(activity) = work.activities.get(&index) {
                    self.note_removed(activity.clone(), message.lead.clone());
                }
                events.event(Event::Deleted {
                    chat,
                    message: place,
                });
                work.release(index, false);
                return;
            }
            End::Gone => {
                self.numbers.already_gone += 1;
                events.event(Event::Gone {
                    chat,
                    message: place,
                });
                work.release(index, false);
                return;
            }
            End::Kept(why) | End::Failed(why, _) => why,
        };
        events.event(Event::Gone {
            chat,
            message: place,
        });
        tracing::info!(why = why.word(), "message kept");
        self.keep(message, work.activities.get(&index).cloned(), why);
        for (index, activity) in work.release(index, true) {
            let message = &self.prepared.selected.messages[index];
            self.keep(message, Some(activity), KeptWhy::Replied);
        }
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

/// How a message ended.
enum End {
    Deleted,
    Gone,
    Kept(KeptWhy),
    /// Close rejects the deletion, or does not answer it.
    Failed(KeptWhy, Failure),
}

/// Reads a message, compares it, and deletes it.
async fn one(
    examiner: &Examiner,
    recorder: &Recorder,
    message: &Message,
    (undoing, may_be_changed): (Undoing, bool),
) -> std::result::Result<End, StopReason> {
    let seen = match examiner.read(message, &undoing.activity_id).await {
        Ok(seen) => seen,
        Err(failure) => {
            return match stops(&failure) {
                Some(reason) => Err(reason),
                None => Ok(End::Kept(KeptWhy::NotRead(failure.reason()))),
            };
        }
    };
    let Some(seen) = seen else {
        examiner
            .client
            .know_deleted([(undoing.activity_id.clone(), None)]);
        undo::withdraw(recorder, &undoing).await?;
        return Ok(End::Gone);
    };
    // Replies to it are in the list of that lead.
    let other = seen.lead.filter(|lead| *lead != message.lead);
    if let Some(lead) = other.filter(|_| !undoing.purges) {
        return Ok(End::Kept(KeptWhy::OnOtherLead(lead)));
    }
    if !seen.fields.is_empty() && !may_be_changed {
        return Ok(End::Kept(match message.changing {
            true => KeptWhy::UpdateUnfinished,
            false => KeptWhy::Changed(seen.fields),
        }));
    }
    Ok(
        match undo::delete(&examiner.client, recorder, &undoing).await? {
            Undone::Deleted => End::Deleted,
            Undone::AlreadyGone => End::Gone,
            Undone::Refused(failure) => End::Failed(KeptWhy::Refused(failure.reason()), failure),
            Undone::Unknown(failure) => End::Failed(KeptWhy::Unknown(failure.reason()), failure),
        },
    )
}

/// What is left to delete.
#[derive(Default)]
struct Work {
    /// Messages that are not in Close any more.
    gone: Vec<usize>,
    /// Leads that are not read yet, with their messages.
    leads: VecDeque<(LeadId, Vec<(usize, ActivityId)>)>,
    ready: VecDeque<(usize, ActivityId)>,
    running: HashSet<usize>,
    /// Messages with replies that are not deleted yet: their number.
    waiting: BTreeMap<usize, (usize, ActivityId)>,
    /// The messages that a message replies to.
    targets: HashMap<usize, Vec<usize>>,
    activities: HashMap<usize, ActivityId>,
    /// Messages that were in progress when the run stopped, or are recorded otherwise than when it was prepared.
    unreached: usize,
}

impl Work {
    /// The messages that are still recorded as they were when the undo was prepared.
    fn of(
        prepared: &Prepared<'_>,
        checkpoint: &Checkpoint,
        settled: &HashMap<usize, Settled>,
        begun: &HashSet<MessageKey>,
    ) -> Result<Work> {
        let mut work = Work::default();
        let mut leads: Vec<(LeadId, Vec<(usize, ActivityId)>)> = Vec::new();
        for index in prepared.order() {
            let message = &prepared.selected.messages[index];
            let key = &message.key;
            if begun.contains(key) {
                continue;
            }
            let row = checkpoint.reader().lookup(&key.external_id, &key.lead_id)?;
            let Some(row) = row else {
                work.unreached += 1;
                continue;
            };
            let known = match settled.get(&index) {
                Some(Settled::Found(activity)) => Some(activity.clone()),
                Some(Settled::NotCarriedOut | Settled::Unread(_)) => continue,
                None => match &prepared.verdicts[index] {
                    Verdict::Delete(activity) | Verdict::Unread(activity) => Some(activity.clone()),
                    Verdict::Gone => message.activity_id.clone(),
                    Verdict::Unsettled
                    | Verdict::BeyondLimit
                    | Verdict::OfOther
                    | Verdict::Keep(..) => continue,
                },
            };
            match (row.state, row.activity_id, known) {
                (State::Gone, ..) => work.gone.push(index),
                (State::Done, Some(recorded), Some(known)) if recorded == known => {
                    work.activities.insert(index, known.clone());
                    match leads.last_mut() {
                        Some((lead, messages)) if *lead == message.lead => {
                            messages.push((index, known));
                        }
                        _ => leads.push((message.lead.clone(), vec![(index, known)])),
                    }
                }
                // Its record changed meanwhile: the next undo reads it again.
                _ => work.unreached += 1,
            }
        }
        work.leads = leads.into();
        Ok(work)
    }

    /// The number of messages that have not ended.
    fn left(&self) -> usize {
        let unread: usize = self.leads.iter().map(|(_, messages)| messages.len()).sum();
        unread + self.ready.len() + self.waiting.len() + self.running.len() + self.unreached
    }

    /// Adds the messages of a lead; one with replies among them waits for these.
    fn add(
        &mut self,
        messages: Vec<(usize, ActivityId)>,
        links: &HashMap<ActivityId, Vec<ActivityId>>,
    ) {
        let by_activity: HashMap<&ActivityId, usize> = (messages.iter())
            .map(|(index, activity)| (activity, *index))
            .collect();
        let mut replies: HashMap<usize, usize> = HashMap::new();
        for (index, activity) in &messages {
            for target in links.get(activity).into_iter().flatten() {
                if let Some(target) = by_activity.get(target) {
                    *replies.entry(*target).or_default() += 1;
                    self.targets.entry(*index).or_default().push(*target);
                }
            }
        }
        for (index, activity) in &messages {
            match replies.get(index) {
                Some(number) => drop(self.waiting.insert(*index, (*number, activity.clone()))),
                None => self.ready.push_back((*index, activity.clone())),
            }
        }
    }

    /// A message ended. What it replies to is ready once all its replies are deleted; if the message stays, so does that,
    /// and it is returned.
    fn release(&mut self, index: usize, stays: bool) -> Vec<(usize, ActivityId)> {
        let mut kept = Vec::new();
        let mut ended = vec![index];
        while let Some(index) = ended.pop() {
            for target in self.targets.remove(&index).unwrap_or_default() {
                if stays {
                    if let Some((_, activity)) = self.waiting.remove(&target) {
                        kept.push((target, activity));
                        ended.push(target);
                    }
                    continue;
                }
                let Some((number, _)) = self.waiting.get_mut(&target) else {
                    continue;
                };
                *number -= 1;
                if *number == 0
                    && let Some((_, activity)) = self.waiting.remove(&target)
                {
                    self.ready.push_back((target, activity));
                }
            }
        }
        kept
    }
}
