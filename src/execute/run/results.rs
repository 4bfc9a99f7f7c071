//! Processes the results of tasks.

use super::super::settle::{Settled, Unanswered};
use super::super::update::code;
use super::{Finished, MAX_STARTS, MessageIndex, Outcome, Report, Run, UnknownRequest};
use crate::checkpoint::DAMAGED;
use crate::close::Failure;
use crate::coded::Explanation;
use crate::execute::post::counted;
use crate::execute::{Event, FailedMessage, Found};
use crate::stop_reason::StopReason;
use crate::transform::desired::Held;

impl Run<'_> {
    pub(super) fn take(&mut self, result: Finished) {
        match result {
            Finished::Checked { chat, result } => {
                self.working = self.working.saturating_sub(1);
                self.checked(chat, result);
            }
            Finished::Posted { at, report } => {
                self.working = self.working.saturating_sub(1);
                self.posted(at, report);
                self.rest(at.0);
            }
            Finished::Settled { request, result } => {
                self.asked = self.asked.saturating_sub(1);
                self.settled(&request, result);
                if let Some((chat, _)) = request.at {
                    self.rest(chat);
                }
            }
            Finished::Moved { pending, outcome } => {
                self.working = self.working.saturating_sub(1);
                self.moved(&pending, outcome);
                if let Some((chat, _)) = pending.at() {
                    self.rest(chat);
                }
            }
        }
    }

    fn checked(&mut self, chat: usize, result: Result<Option<Held>, StopReason>) {
        match result {
            Ok(None) => {
                self.queue.checked(chat);
                self.emit(Event::ChatChecked { chat });
            }
            Ok(Some(why)) => self.hold(chat, why),
            Err(reason) => self.stop_for(reason),
        }
    }

    fn hold(&mut self, chat: usize, why: Held) {
        let messages = self.queue.drop_chat(chat);
        self.closed.insert(chat);
        self.emit(Event::ChatHeld {
            chat,
            why,
            messages,
        });
    }

    pub(super) fn posted(&mut self, at: MessageIndex, report: Report) {
        let (chat, message) = at;
        if report.uploads > 0 {
            self.emit(Event::Uploaded {
                files: report.uploads,
                bytes: report.upload_bytes,
            });
        }
        if report.damaged {
            self.damaged.insert(at);
        }
        // A message may be started again after it was sent without its link.
        if report.unlinked && self.unlinked.insert(at) {
            self.emit(Event::Unlinked { chat, message });
        }
        if report.is_source_deleted {
            self.cleared.insert(at);
        }
        if let Some(activity) = report.posted_id {
            self.posted.insert(at, activity);
        }
        match report.outcome {
            Outcome::Created(activity) => {
                self.started.remove(&at);
                self.posted.insert(at, activity);
                self.arrived(at, Event::Created { chat, message });
                self.ended(at);
            }
            Outcome::Replaced(activity) => {
                self.started.remove(&at);
                self.posted.insert(at, activity);
                self.arrived(at, Event::Replaced { chat, message });
                self.ended(at);
            }
            Outcome::Found(activity) => {
                self.started.remove(&at);
                self.posted.insert(at, activity);
                self.emit(Event::Found {
                    chat,
                    message,
                    copies: 1,
                    found: Found::Earlier,
                });
                self.ended(at);
            }
            Outcome::Deleted => {
                self.started.remove(&at);
                self.emit(Event::Deleted { chat, message });
                self.ended(at);
            }
            Outcome::Updated => {
                self.started.remove(&at);
                self.arrived(at, Event::Updated { chat, message });
                self.ended(at);
            }
            Outcome::Gone => {
                self.started.remove(&at);
                self.emit(Event::Gone { chat, message });
                self.ended(at);
            }
            Outcome::Failed(failure) | Outcome::IdTaken(failure) => self.failed(at, &failure),
            // Sent again before it gets here.
            Outcome::NoTarget(..) | Outcome::TooLong | Outcome::ChatClosed => {
                self.started.remove(&at);
                self.not_reached(1);
                self.ended(at);
            }
            Outcome::Unknown(failure) => {
                self.emit(Event::Unknown { chat, message });
                self.look_up(at, failure, report.unlinked);
            }
            // It stays among the started messages, and is counted as unknown at the end.
            Outcome::Unrecorded(reason) => self.stop_for(reason),
            Outcome::Stop(reason) => {
                // Not in Close; another run imports it.
                self.started.remove(&at);
                self.not_reached(1);
                self.stop_for(reason);
            }
        }
    }

    /// Looks up what became of a request without an answer.
    fn look_up(&mut self, at: MessageIndex, failure: Failure, unlinked: bool) {
        let Some(job) = self.job(at) else { return };
        let is_last = self
            .starts
            .get(&at)
            .is_some_and(|begun| *begun >= MAX_STARTS);
        let last = is_last.then(|| failure.never_done(MAX_STARTS));
        let fails =
            (last.as_ref()).map(|failure| Box::new((job.facts(&self.tools.key), code(failure))));
        let request = Unanswered {
            key: job.key(),
            linked: job.response_to.is_some() && !unlinked,
            operation: job.operation(),
            is_damaged: self.damaged.contains(&at),
            counted: counted(&job, self.damaged.contains(&at)),
            fails,
        };
        let until = self.tools.clock.elapsed() + self.limits.settle;
        let at = Some(at);
        self.ask(UnknownRequest { at, request, last }, until);
    }

    /// A message is in Close. One that lacks a damaged file has failed nevertheless, and is recorded so.
    fn arrived(&mut self, at: MessageIndex, event: Event) {
        if !self.damaged.remove(&at) {
            return self.emit(event);
        }
        let (chat, message) = at;
        let key = self.key(at);
        self.emit(Event::Failed(FailedMessage {
            chat,
            message,
            external_id: key.external_id,
            lead_id: key.lead_id,
            code: DAMAGED.to_owned(),
            text: Explanation::new(
                "a file is damaged in the archive, and its message is in Close without it",
                "copy the archive again from the phone, or export the chat again, then run `chatferry import`",
            ),
        }));
    }

    fn failed(&mut self, at: MessageIndex, failure: &Failure) {
        let (chat, message) = at;
        self.started.remove(&at);
        let code = failure.code();
        let key = self.key(at);
        self.emit(Event::Failed(FailedMessage {
            chat,
            message,
            external_id: key.external_id,
            lead_id: key.lead_id,
            code: code.clone(),
            text: Explanation::new(failure.reason(), failure.remedy()),
        }));
        self.ended(at);
        if self.refusals[chat].is_stopped() && self.closed.insert(chat) {
            let dropped = self.queue.drop_chat(chat);
            self.not_reached(dropped);
            self.emit(Event::ChatStopped { chat, code });
        }
    }

    fn settled(&mut self, request: &UnknownRequest, result: Result<Settled, StopReason>) {
        let Some(at) = request.at else {
            match result {
                Ok(Settled::Found(activity, _)) => {
                    self.found(request, &activity);
                }
                Ok(_) => {}
                Err(reason) => self.stop_for(reason),
            }
            return;
        };
        let (chat, message) = at;
        match result {
            Ok(Settled::Found(activity, copies)) => {
                self.settling.remove(&at);
                // It is on the new lead, so it can be deleted on the old one.
                let is_begun = self.found(request, &activity);
                let is_of_this_run = self.started.remove(&at).is_some();
                let files = &self.chats[chat].messages[message].message.files;
                self.tools.uploaded.forget(&request.request.key, files);
                let found = Event::Found {
                    chat,
                    message,
                    copies,
                    found: match (is_begun, is_of_this_run) {
                        (true, _) => Found::Begun,
                        // Posted in this run and found, or posted by the run before.
                        (false, true) => Found::Created,
                        (false, false) => Found::Earlier,
                    },
                };
                match is_begun {
                    true => self.emit(found),
                    false => self.arrived(at, found),
                }
                self.posted.insert(at, activity);
                if !is_begun {
                    self.ended(at);
                }
            }
            Ok(Settled::NotFound) => {
                self.settling.remove(&at);
                self.started.remove(&at);
                self.not_found(request);
                if let Some(failure) = &request.last {
                    self.refusals[chat].refused(failure);
                    self.failed(at, failure);
                } else if self.closed.contains(&chat)
                    && self.cleared.contains(&at)
                    && self.stopping.is_none()
                {
                    // It was deleted on its previous lead: posted, although the rest of its chat is not.
                    self.start(at);
                } else if self.closed.contains(&chat) || self.stays_on_previous_lead(request) {
                    // Known not to be there; another run takes it up.
                    self.not_reached(1);
                    self.ended(at);
                } else {
                    self.queue.restart(at);
                }
            }
            // It stays among the requests being looked up, and is counted as unknown at the end.
            Ok(Settled::Undecided) => self.ended(at),
            // Still unknown: counted at the end.
            Err(reason) => self.stop_for(reason),
        }
    }
}
