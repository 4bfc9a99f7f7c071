//! The last steps of operations: as many at a time as the limits allow, and their outcomes.

use std::sync::Arc;

use super::{FinalStep, PendingStep};
use crate::checkpoint::Subject;
use crate::coded::Explanation;
use crate::execute::delete_first;
use crate::execute::follow_ups;
use crate::execute::job::{Outcome, Report};
use crate::execute::leftover::Leftover;
use crate::execute::replace;
use crate::execute::run::{Finished, Run};
use crate::execute::{Event, FailedMessage, FollowUpEnd};
use crate::stop_reason::StopReason;

impl Run<'_> {
    /// Starts as many last steps as the limits allow. False until every operation of an earlier run has
    /// ended.
    pub(in crate::execute::run) fn finish_begun(&mut self) -> bool {
        while self.unfinished.under_way < 2 * self.limits.concurrency {
            let Some(pending) = self.unfinished.waiting.pop_front() else {
                break;
            };
            self.unfinished.under_way += 1;
            let tools = Arc::clone(&self.tools);
            self.spawn(async move {
                let outcome = match &pending.step_left {
                    FinalStep::Link(link) => follow_ups::carry_out(&tools, link).await.outcome,
                    FinalStep::Delete(leftover) => match tools.posts.acquire().await {
                        Err(_) => Outcome::Stop(StopReason::Interrupted),
                        Ok(_) if pending.refusals.is_stopped() => Outcome::ChatClosed,
                        Ok(_permit) => replace::delete(&tools, leftover, &pending.refusals).await,
                    },
                    FinalStep::Abandon(leftover) => delete_first::abandon(&tools, leftover).await,
                };
                Finished::Moved { pending, outcome }
            });
        }
        self.unfinished.first == 0
    }

    /// Processes the outcome of the last step of a move.
    pub(in crate::execute::run) fn moved(&mut self, pending: &PendingStep, outcome: Outcome) {
        self.unfinished.under_way = self.unfinished.under_way.saturating_sub(1);
        self.unfinished.first -= usize::from(pending.is_first);
        if let Some(at) = pending.at {
            let mut report = Report::of(outcome);
            if let FinalStep::Delete(leftover) = &pending.step_left {
                report.posted_id = Some(leftover.posted_id.clone());
            }
            return self.posted(at, report);
        }
        if let (FinalStep::Abandon(leftover), Outcome::Found(_) | Outcome::Gone) =
            (&pending.step_left, &outcome)
        {
            return self.abandoned(leftover, matches!(outcome, Outcome::Gone));
        }
        let end = match outcome {
            Outcome::Replaced(_) | Outcome::Deleted => FollowUpEnd::Replaced,
            Outcome::Found(_) => FollowUpEnd::Found,
            Outcome::Updated => FollowUpEnd::Updated,
            Outcome::Gone => FollowUpEnd::Gone,
            Outcome::Failed(failure) => {
                let Some(key) = pending.step_left.message().cloned() else {
                    return;
                };
                FollowUpEnd::Failed(FailedMessage {
                    // In no archive of this run.
                    chat: usize::MAX,
                    message: 0,
                    external_id: key.external_id,
                    lead_id: key.lead_id,
                    code: failure.code(),
                    text: Explanation::new(failure.reason(), failure.remedy()),
                })
            }
            Outcome::Stop(reason) => {
                self.not_reached(1);
                return self.stop_for(reason);
            }
            _ => return self.not_reached(1),
        };
        self.emit(Event::FollowUpEnded(end));
    }

    /// Reports a move that was given up before its deletion.
    fn abandoned(&mut self, leftover: &Leftover, is_gone: bool) {
        let Subject::Message(key) = &leftover.operation.subject else {
            return;
        };
        let reason = match is_gone {
            true => {
                "an interrupted import was replacing the message on another lead and deleted it here; this plan does not post it there"
            }
            false => {
                "an interrupted import was replacing the message on another lead; this plan does not, so it stays here"
            }
        };
        self.emit(Event::FollowUpEnded(FollowUpEnd::Failed(FailedMessage {
            // In no archive of this run.
            chat: usize::MAX,
            message: 0,
            external_id: key.external_id.clone(),
            lead_id: key.lead_id.clone(),
            code: "move_given_up".to_owned(),
            text: Explanation::new(
                reason,
                "import its chat again, with an archive that has the message",
            ),
        })));
    }
}
