//! The loop of deletions: as many messages at a time as the limits allow, each read and compared again right before its own.
//!
//! Belongs here: when a deletion starts, how it ends, and when the loop stops. Never here: the order of the messages (`queue`),
//! and the steps of one deletion ([`crate::execute::undo`]).

use std::collections::{HashMap, HashSet};
use std::result::Result;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Run;
use super::queue::Work;
use crate::app::undo::examine::Examiner;
use crate::app::undo::replies::keep_targets;
use crate::app::undo::result::KeptWhy;
use crate::app::undo::select::Message;
use crate::checkpoint::Recorder;
use crate::clock::SharedClock;
use crate::close::Failure;
use crate::execute::undo::{self, Undoing, Undone};
use crate::execute::{Event, Events, Limits, Refusals};
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::{StopReason, stops};

/// How a message ended.
enum End {
    Deleted,
    Gone,
    Kept(KeptWhy),
    /// Close rejects the deletion, or does not answer it.
    Failed(KeptWhy, Failure),
}

impl Run<'_> {
    /// The loop: as many messages at a time as the limits allow, until nothing is left or there is a reason to stop.
    pub(super) async fn delete(
        &mut self,
        work: &mut Work,
        events: &mut dyn Events,
    ) -> Option<StopReason> {
        let limit = 2 * self.prepared.settings.limits.concurrency.max(1);
        let client = self.prepared.examiner.client.clone();
        let mut tasks: JoinSet<(usize, Result<End, StopReason>)> = JoinSet::new();
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
    ) -> Result<Option<(usize, ActivityId)>, StopReason> {
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
    ) -> Result<Vec<(usize, KeptWhy)>, StopReason> {
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
        tasks: &mut JoinSet<(usize, Result<End, StopReason>)>,
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
}

/// Reads a message, compares it, and deletes it.
async fn one(
    examiner: &Examiner,
    recorder: &Recorder,
    message: &Message,
    (undoing, may_be_changed): (Undoing, bool),
) -> Result<End, StopReason> {
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
        return absent(examiner, recorder, &undoing).await;
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
            Undone::Hidden => End::Kept(KeptWhy::hidden()),
            Undone::Refused(failure) => End::Failed(KeptWhy::Refused(failure.reason()), failure),
            Undone::Unknown(failure) => End::Failed(KeptWhy::Unknown(failure.reason()), failure),
        },
    )
}

/// Close does not have a message. That is proof of its deletion only where the key sees the lead, which may have changed since
/// the undo was prepared.
async fn absent(
    examiner: &Examiner,
    recorder: &Recorder,
    undoing: &Undoing,
) -> Result<End, StopReason> {
    let client = &examiner.client;
    match client.shows_lead(&undoing.lead).await {
        Ok(true) => {
            client.know_deleted([(undoing.activity_id.clone(), None)]);
            undo::withdraw(recorder, undoing).await?;
            Ok(End::Gone)
        }
        Ok(false) => Ok(End::Kept(KeptWhy::hidden())),
        Err(failure) => match stops(&failure) {
            Some(reason) => Err(reason),
            None => Ok(End::Kept(KeptWhy::NotRead(failure.reason()))),
        },
    }
}
