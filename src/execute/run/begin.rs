//! The beginning of a run: facts that need no request are recorded, and every open request of an earlier
//! run is looked up, before anything is posted.

use std::collections::HashSet;

use super::{Executor, MessageIndex, Run, UnknownRequest};
use crate::checkpoint::{Change, Creator, MessageKey};
use crate::execute::Event;
use crate::execute::queue::Entry;
use crate::execute::settle::Unanswered;
use crate::plan::{Action, Planned, target_of};
use crate::stop_reason::StopReason;
use crate::transform::desired::{Decision, Held};

impl Run<'_> {
    /// Records what survey and plan found out; sends nothing.
    pub(super) async fn record_known(&mut self) -> Result<(), StopReason> {
        self.record_merges().await?;
        for chat in 0..self.chats.len() {
            self.adopt(chat).await?;
            self.record_deleted(chat).await?;
            self.record_zone(chat).await?;
            self.record_resolved(chat).await?;
            self.record_removed(chat).await?;
            self.record_followed(chat).await?;
            self.record_learned(chat).await?;
            self.record_aliases(chat).await?;
            self.chats[chat].messages.close();
        }
        Ok(())
    }

    /// Records what Close already has, and looks up every unknown request of earlier runs, before anything
    /// is posted.
    pub(super) async fn begin(&mut self, executor: &Executor<'_>) -> Result<(), StopReason> {
        self.record_known().await?;
        let represented = self.resume_operations(executor).await?;
        let mut of_plan = HashSet::new();
        let wait = self.tools.clock.elapsed() + self.limits.settle;
        self.posted.keep(self.answered_by_others());
        let mut unplain = self.posted.chats_of_others();
        unplain.extend(represented.iter().map(|(chat, _)| *chat));
        for chat in 0..self.chats.len() {
            let counts = self.chats[chat].counts();
            let is_plain = counts.settle + counts.begun == 0 && !unplain.contains(&chat);
            if is_plain {
                let follow_ups = self.chats[chat].follow_ups();
                self.queue.promise(chat, counts.sent() + follow_ups as u64);
                self.chats[chat].messages.close();
                continue;
            }
            let entries = self.entries(chat);
            let planned = &self.chats[chat].messages;
            let (settle, entries): (Vec<Entry>, Vec<Entry>) =
                entries.into_iter().partition(|entry| {
                    represented.contains(&(chat, entry.message))
                        || !self.unfinished.is_clearing((chat, entry.message))
                            && (planned.get(entry.message))
                                .is_some_and(|planned| is_unsettled(&planned.action))
                });
            self.queue.add(chat, entries, &settle);
            for Entry { message, .. } in settle {
                let at = (chat, message);
                let Some(job) = self.job(at).filter(|_| !represented.contains(&at)) else {
                    continue;
                };
                of_plan.insert(job.key());
                let request = Unanswered {
                    operation: self.unfinished.operation_of(&job.key()),
                    key: job.key(),
                    linked: job.response_to.is_some(),
                    is_damaged: false,
                    counted: None,
                    fails: None,
                };
                self.ask(UnknownRequest::of(Some(at), request), wait);
            }
            self.chats[chat].messages.close();
        }
        // Unknown requests of earlier runs that this plan does not contain: settled all the same, so that
        // the
        // checkpoint is accurate.
        let unsettled = executor
            .checkpoint
            .reader()
            .unsettled()
            .map_err(StopReason::Checkpoint)?;
        for row in unsettled {
            let key = MessageKey::new(row.external_id, row.lead_id);
            if !of_plan.contains(&key) {
                let request = Unanswered {
                    operation: self.unfinished.operation_of(&key),
                    key,
                    linked: false,
                    is_damaged: false,
                    counted: None,
                    fails: None,
                };
                self.ask(UnknownRequest::of(None, request), wait);
            }
        }
        Ok(())
    }

    /// The operations of a chat, in order. From now on the ids of the messages that they answer are kept.
    fn entries(&mut self, chat: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        let relinks = self.chats[chat].relinks.iter();
        let mut answered: HashSet<usize> = relinks.map(|relink| relink.target as usize).collect();
        for (message, planned) in self.chats[chat].messages.iter().enumerate() {
            let target = target_of(chat, &planned.message);
            answered.extend(target.filter(|(of, _)| *of == chat).map(|(_, index)| index));
            let waits = match &planned.action {
                // It is there already and waits for nothing but the other end of its link.
                Action::Update(edit) => edit.link,
                action if action.is_sent() => true,
                _ => continue,
            };
            let reply_to = target.filter(|_| waits);
            entries.push(Entry { message, reply_to });
        }
        entries.extend(self.follow_up_entries(chat));
        self.posted.begin(chat, answered);
        entries
    }

    /// The messages that messages of other chats answer. The entries of their chats are in the queue from
    /// the beginning, so that an answer waits for its target.
    fn answered_by_others(&self) -> HashSet<MessageIndex> {
        let mut targets = HashSet::new();
        for (number, planned) in self.chats.iter().enumerate() {
            if !planned.chat.answers_by_id {
                continue;
            }
            planned.messages.with(|messages| {
                let of = |planned: &Planned| target_of(number, &planned.message);
                let others = messages.iter().filter_map(of);
                targets.extend(others.filter(|(chat, _)| *chat != number));
            });
        }
        targets
    }

    /// Gives the queue the operations of a chat whose turn has come.
    pub(super) fn fill(&mut self, chat: usize) {
        if self.queue.is_promised(chat) {
            let entries = self.entries(chat);
            self.queue.fill(chat, entries);
        }
    }

    /// Packs the messages of a chat that is done, and forgets what only they need.
    pub(super) fn rest(&mut self, chat: usize) {
        if self.queue.has(chat) {
            return;
        }
        self.chats[chat].messages.close();
        for other in self.unpacked.drain() {
            if !self.queue.has(other) {
                self.chats[other].messages.close();
            }
        }
        // A message whose outcome is looked up may be sent again.
        if !self.started.keys().any(|(started, _)| *started == chat) {
            self.posted.rest(chat);
        }
    }

    /// Where leads went to, before anything is sent there.
    async fn record_merges(&self) -> Result<(), StopReason> {
        let changes: Vec<Change> = (self.chats.iter())
            .filter_map(|chat| Some((chat, chat.destination.as_ref()?)))
            .flat_map(|(chat, to)| {
                chat.chat.merged_from.iter().map(|from| Change::Merged {
                    from: from.as_str().into(),
                    into: to.lead_id.clone(),
                })
            })
            .collect();
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Records leads that were found merged when the plan was checked, or during this run. Only at its end: another chat
    /// on such a lead may have messages in progress, and their rows must not move.
    pub(super) async fn record_found_merges(&self) -> Result<(), StopReason> {
        let of_plan = (self.chats.iter()).filter_map(|chat| match &chat.chat.standing {
            Decision::Held(why) => Some(why),
            _ => None,
        });
        let of_run = self.summary.held.iter().map(|held| &held.why);
        let changes: Vec<Change> = (of_plan.chain(of_run))
            .filter_map(|why| match why {
                Held::Merged {
                    from,
                    into,
                    follows: true,
                } => Some(Change::Merged {
                    from: from.as_str().into(),
                    into: into.as_str().into(),
                }),
                _ => None,
            })
            .collect();
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    async fn adopt(&mut self, chat: usize) -> Result<(), StopReason> {
        let mut changes = Vec::new();
        for message in 0..self.chats[chat].messages.len() {
            if self.chats[chat].messages[message].adoption.is_some() {
                changes.extend(self.adopt_listed((chat, message)));
                continue;
            }
            let action = self.chats[chat].messages[message].action.clone();
            let (Action::Adopt(_) | Action::Moved(..), Some(job)) =
                (&action, self.job((chat, message)))
            else {
                continue;
            };
            let activity_id = match action {
                Action::Adopt(activity_id) => activity_id,
                Action::Moved(_, from) => {
                    let key = MessageKey::new(&job.message.external_id, from);
                    let to = job.to.lead_id.clone();
                    changes.push(Change::Moved { key, to });
                    continue;
                }
                _ => continue,
            };
            changes.push(Change::Adopt {
                key: job.key(),
                facts: job.facts(&self.tools.key),
                activity_id: activity_id.clone(),
                linked: self.chats[chat].messages[message].linked,
                creator: match self.chats[chat].messages[message].foreign {
                    true => Creator::Other,
                    false => Creator::Unknown,
                },
            });
        }
        changes.extend(self.adopt_deletions(chat));
        if changes.is_empty() {
            return Ok(());
        }
        let count = changes.len();
        // One transaction: a chat with only some of its rows would look like an imported one, and its list
        // would not be requested again.
        if let Some(record) = &self.records[chat] {
            changes.splice(0..0, record.changes());
        }
        self.tools
            .recorder
            .record_all(changes)
            .await
            .map_err(StopReason::Checkpoint)?;
        self.emit(Event::Adopted { chat, count });
        Ok(())
    }

    /// Records messages that were deleted before they could be imported, so that no later run takes them
    /// for imported ones.
    async fn record_deleted(&self, chat: usize) -> Result<(), StopReason> {
        let planned = &self.chats[chat];
        let (Some(record), Some(to)) = (&self.records[chat], &planned.destination) else {
            return Ok(());
        };
        let notes = (planned.tombstones.iter())
            .filter_map(|index| planned.chat.deleted.get(*index))
            .map(|deleted| Change::Noted {
                key: MessageKey::new(&deleted.external_id, &to.lead_id),
                facts: record.deleted(&self.tools.key, deleted),
            });
        let mut changes: Vec<Change> = notes.collect();
        if changes.is_empty() {
            return Ok(());
        }
        changes.insert(0, Change::Chat(record.facts()));
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// A corrected time zone whose times are all in Close already: the previous run was interrupted after
    /// the last one.
    async fn record_zone(&mut self, chat: usize) -> Result<(), StopReason> {
        let corrected = self.chats[chat].zone_corrected;
        let record = self.records[chat]
            .as_ref()
            .filter(|record| corrected && record.times_are_right());
        let Some(record) = record else {
            return Ok(());
        };
        let change = Change::Chat(record.facts());
        let recorded = self.tools.recorder.record(change).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Clears the failure of a message that Close rejected once and that is correct now.
    async fn record_resolved(&self, chat: usize) -> Result<(), StopReason> {
        let changes = (self.chats[chat].resolved.iter())
            .map(|index| Change::Mended {
                key: self.key((chat, *index as usize)),
            })
            .collect();
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Records messages that no longer exist in Close and stay removed. Of one that only a lost checkpoint had
    /// recorded, Close's log shows the removal for 30 days.
    async fn record_removed(&self, chat: usize) -> Result<(), StopReason> {
        let planned = &self.chats[chat];
        let Some(to) = &planned.destination else {
            return Ok(());
        };
        let mut changes: Vec<Change> = (planned.removed.iter())
            .map(|id| Change::Gone {
                key: MessageKey::new(id.as_str(), &to.lead_id),
            })
            .collect();
        let unrecorded = (planned.messages.iter().enumerate())
            .filter(|(_, planned)| planned.is_unrecorded)
            .filter_map(|(message, _)| self.job((chat, message)));
        for job in unrecorded {
            let key = job.key();
            let facts = job.facts(&self.tools.key);
            changes.push(Change::Noted {
                key: key.clone(),
                facts,
            });
            changes.push(Change::Gone { key });
        }
        if let (Some(record), false) = (&self.records[chat], changes.is_empty()) {
            changes.splice(0..0, record.changes());
        }
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Records the corrected lead, chat and time of removed messages.
    async fn record_followed(&self, chat: usize) -> Result<(), StopReason> {
        let planned = &self.chats[chat];
        let (Some(record), Some(to)) = (&self.records[chat], &planned.destination) else {
            return Ok(());
        };
        let mut changes: Vec<Change> = (planned.followed.iter())
            .map(|followed| Change::Followed {
                key: MessageKey::new(
                    &followed.external_id,
                    followed.lead_id.as_ref().unwrap_or(&to.lead_id),
                ),
                to: to.lead_id.clone(),
                chat: record.handle(),
                activity_at: followed.activity_at,
            })
            .collect();
        if !changes.is_empty() {
            changes.splice(0..0, record.changes());
        }
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Records facts from the archives that the records of messages lack.
    async fn record_learned(&self, chat: usize) -> Result<(), StopReason> {
        let planned = &self.chats[chat];
        let (Some(record), Some(to)) = (&self.records[chat], &planned.destination) else {
            return Ok(());
        };
        let mut changes: Vec<Change> = (planned.learned.iter())
            .map(|learned| Change::Learned {
                key: MessageKey::new(
                    &learned.external_id,
                    learned.lead_id.as_ref().unwrap_or(&to.lead_id),
                ),
                facts: record.learned(&self.tools.key, learned),
            })
            .collect();
        if !changes.is_empty() {
            changes.splice(0..0, record.changes());
        }
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Records WhatsApp's own ids of messages that were imported under other ids.
    async fn record_aliases(&self, chat: usize) -> Result<(), StopReason> {
        let changes = (self.chats[chat].messages.iter().enumerate())
            .filter(|(_, planned)| planned.action != Action::Create)
            .filter_map(|(index, planned)| {
                Some(Change::Alias {
                    key: self.key((chat, index)),
                    native_id: planned.message.ids.as_ref()?.alias.clone()?,
                })
            })
            .collect();
        let recorded = self.tools.recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)
    }
}

/// Whether Close is asked for the outcome of an earlier request before the action.
fn is_unsettled(action: &Action) -> bool {
    match action {
        Action::Settle => true,
        Action::Replace(replacement) => replacement.begun && replacement.on_new_lead.is_none(),
        _ => false,
    }
}
