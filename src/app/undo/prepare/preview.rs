//! The preview of an undo: what it would delete and keep, counted by chat, or why there is nothing to do.
//!
//! Never here: a request to Close, and layout of output.

use super::Prepared;
use super::verdict::Verdict;
use crate::app::error::Result;
use crate::app::undo::result::{ChatPreview, Kept, KeptWhy, UndoNumbers, round};
use crate::checkpoint::{RunId, Snapshot, State};

impl Prepared<'_> {
    /// Counts what is to be shown.
    pub(super) fn count(&mut self) {
        let chats = self.selected.chats.iter().map(|chat| ChatPreview {
            chat: chat.label.clone(),
            device: chat.device.clone(),
            name: chat.name.clone(),
            updated: chat.updated,
            ..ChatPreview::default()
        });
        let mut chats: Vec<ChatPreview> = chats.collect();
        let mut numbers = UndoNumbers::default();
        for (index, (message, verdict)) in (self.selected.messages.iter())
            .zip(&self.verdicts)
            .enumerate()
        {
            if matches!(verdict, Verdict::OfOther) {
                continue;
            }
            let chat = &mut chats[message.chat];
            if !chat.leads.contains(&message.lead) {
                chat.leads.push(message.lead.clone());
            }
            match verdict {
                Verdict::Delete(_) => {
                    chat.delete += 1;
                    numbers.deleted += 1;
                    chat.changed += u64::from(self.changed.contains(&index));
                    chat.unsettled += u64::from(message.state != State::Done);
                }
                Verdict::Unread(_) => {
                    chat.unread += 1;
                    numbers.unknown += 1;
                }
                Verdict::Unsettled => {
                    chat.unsettled += 1;
                    numbers.unknown += 1;
                }
                Verdict::Gone => {
                    chat.gone += 1;
                    numbers.already_gone += 1;
                }
                Verdict::BeyondLimit => numbers.not_reached += 1,
                Verdict::OfOther => {}
                Verdict::Keep(activity_id, why) => {
                    match why {
                        KeptWhy::Changed(_) => chat.changed += 1,
                        KeptWhy::Replied => chat.replied += 1,
                        _ => chat.unfinished += 1,
                    }
                    numbers.keep(why);
                    self.kept.push(Kept {
                        chat: chat.chat.clone(),
                        lead_id: message.lead.clone(),
                        activity_id: activity_id.clone(),
                        why: why.clone(),
                    });
                }
            }
        }
        let deleted = self.leads.iter().filter(|lead| lead.kept.is_none());
        numbers.leads_deleted = deleted.count() as u64;
        numbers.leads_kept = self.leads.len() as u64 - numbers.leads_deleted;
        numbers.unchanged = chats.iter().map(|chat| chat.updated).sum();
        numbers.unrecorded = self.unrecorded.iter().map(|(_, number)| number).sum();
        numbers.requests = self.estimate.requests;
        numbers.seconds = round(self.estimate.seconds);
        numbers.estimated_requests = numbers.requests;
        numbers.estimated_seconds = numbers.seconds;
        self.numbers = numbers;
        // A group is examined whether or not the person wrote in it.
        chats.retain(|chat| self.person.is_none() || !chat.leads.is_empty());
        self.chats = chats;
    }

    /// Why nothing is to be done; `None` if something is.
    pub(super) fn cause(&self, snapshot: &Snapshot, run: Option<RunId>) -> Result<Option<String>> {
        let numbers = &self.numbers;
        let acts = numbers.deleted
            + numbers.unknown
            + numbers.already_gone
            + numbers.leads_deleted
            + self.selected.begun
            + self.selected.purged.left
            + u64::from(self.person.is_some() && !self.was_erased);
        if acts > 0 {
            return Ok(None);
        }
        if numbers.kept > 0 {
            let kept = match numbers.kept {
                1 => "1 message stays".to_owned(),
                kept => format!("{kept} messages stay"),
            };
            let cause = format!("{kept}, for the reasons above, and nothing else is left");
            return Ok(Some(cause));
        }
        if self.person.is_some() {
            let cause = "this person is erased already, and nothing of theirs is recorded any more";
            return Ok(Some(cause.to_owned()));
        }
        if numbers.not_reached > 0 {
            return Ok(Some("the limit is 0".to_owned()));
        }
        let Some(run) = run else {
            return Ok(Some(match (self.selected.found, self.selected.others) {
                (0, 0) => "no message that an import created is in Close any more".to_owned(),
                (found, 0) => format!(
                    "{} recorded in Close, and no import of this checkpoint created them; if chatferry posted them and no \
                     other program uses its key, `chatferry recover --claim` records them as created",
                    is_or_are(found)
                ),
                _ => "the selection includes no message that an import created".to_owned(),
            }));
        };
        let number = run.number();
        let all = snapshot.all_runs()?;
        let counted = all.iter().find(|one| one.row.id == run);
        let counted = counted.and_then(|one| one.row.counts.get("created").copied());
        let created = snapshot
            .posted_by_runs()?
            .iter()
            .any(|(one, _)| *one == run);
        let unknown = match counted {
            Some(1..) => self.selected.unknown_run,
            _ => 0,
        };
        Ok(Some(match (created, unknown) {
            (true, _) => format!(
                "what run {number} created is not in Close any more, or not in this selection"
            ),
            (false, 0) => {
                format!("run {number} created no message; `chatferry runs` shows which run did")
            }
            (false, unknown) => format!(
                "run {number} is older than the record of which run created a message ({}); select by `--chat` or `--lead` in place of `--run`",
                is_or_are(unknown)
            ),
        }))
    }
}

fn is_or_are(messages: u64) -> String {
    match messages {
        1 => "1 message is".to_owned(),
        _ => format!("{messages} messages are"),
    }
}
