//! Records the run of an import in the checkpoint, for `status`.

use std::ops::ControlFlow;

use super::{Run, unless_stopped};
use crate::app::error::{Error, Exit, Result};
use crate::app::migration::Migration;
use crate::app::plan_file::plan_digest;
use crate::app::{Notice, Numbers, Observer, Question, undo};
use crate::checkpoint::{Change, Checkpoint, Counts, NOTHING_SENT, RunFacts, RunOutcome};
use crate::execute::Summary;
use crate::plan::{Plan, Totals};
use crate::stop_reason::StopReason;
use crate::survey;
use crate::transform::desired::{Content, Decision};

/// Open decisions that a run leaves to a person, by name.
pub(super) struct Left(Counts);

impl Left {
    /// Counts it before the plan is carried out.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be read.
    pub(super) fn of(
        plan: &Plan,
        totals: &Totals,
        migration: &Migration,
        checkpoint: &Checkpoint,
    ) -> Result<Left> {
        let mut held = [0u64; 2];
        for chat in &plan.chats {
            // `status` finds the others without Close.
            let Decision::Held(why) = &chat.chat.standing else {
                continue;
            };
            if !why.needs_close() {
                continue;
            }
            let key = chat.chat.key.as_ref().map(Content::reveal);
            let is_recorded = key
                .map(|key| survey::is_recorded(checkpoint.reader(), key, None))
                .transpose()?;
            held[usize::from(is_recorded == Some(true))] += 1;
        }
        let counts = [
            ("not_selected", totals.not_selected()),
            ("unreadable", migration.failures().len() as u64),
            ("held_chats_waiting", held[0]),
            ("held_chats_recorded", held[1]),
        ];
        let counts = counts.map(|(name, count)| (name.to_owned(), count));
        Ok(Left(counts.into_iter().collect()))
    }
}

impl Run<'_, '_> {
    /// Records that the run ended before anything was sent, and returns the reason.
    pub(super) async fn stopped(&self, reason: Error) -> Result<Error> {
        self.end_early().await?;
        Ok(reason)
    }

    /// Records that the run ended before anything was sent.
    pub(super) async fn end_early(&self) -> Result<()> {
        let counts = match self.undone {
            0 => Counts::from([(NOTHING_SENT.to_owned(), 1)]),
            _ => Counts::new(),
        };
        self.record_end(RunOutcome::Stopped, counts).await
    }

    /// Records the digest of the plan that is carried out.
    pub(super) async fn record_plan(&self, plan: &Plan) -> Result<()> {
        let digest = plan_digest(plan, &self.checkpoint.reader().key())?;
        if digest.is_none() {
            return Ok(());
        }
        let facts = RunFacts {
            plan: digest,
            ..RunFacts::default()
        };
        self.checkpoint
            .recorder()
            .record(Change::RunIs(facts))
            .await?;
        Ok(())
    }

    /// Finishes deletions that an interrupted undo began, so that the plan does not count on their messages. `Break`: a
    /// person declined that, and the command ends with these numbers.
    pub(super) async fn finish_undo(
        &mut self,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<Numbers>> {
        let deletions = self.checkpoint.reader().unfinished_undos()?;
        if deletions == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        if self.import.order.plan.is_some() {
            let refused = "an interrupted undo began deletions after which this plan does not hold; finish them with \
                           `chatferry undo` or an import without --plan, then make the plan again; nothing was sent";
            return Err(self.stopped(Error::usage(refused)).await?);
        }
        observer.notice(Notice::UndoUnfinished(deletions));
        match self.confirm_undo(deletions, observer).await {
            Ok(true) => {}
            Ok(false) => {
                observer.notice(Notice::Declined);
                self.end_early().await?;
                let stats = self.import.client.stats();
                return Ok(ControlFlow::Break(Numbers::of_nothing(deletions, stats)));
            }
            Err(reason) => return Err(self.stopped(reason).await?),
        }
        let finished = undo::finish_begun(self.checkpoint, self.import.client, self.policy);
        let finished = unless_stopped(&self.import.stop, finished).await;
        let finished = match finished.and_then(|finished| finished) {
            Ok(finished) => finished,
            Err(reason) => {
                // A checkpoint that cannot be written is the reason itself.
                self.end_early().await.ok();
                return Err(reason);
            }
        };
        self.undone = finished.deleted.len() as u64;
        observer.notice(Notice::UndoFinished {
            deleted: self.undone,
            kept: finished.kept.len() as u64,
        });
        match finished.unanswered {
            // A plan made now would count on messages that may be deleted.
            Some(failure) => Err(self.stopped(StopReason::Network(failure).into()).await?),
            None => Ok(ControlFlow::Continue(())),
        }
    }

    async fn confirm_undo(&self, deletions: u64, observer: &mut dyn Observer) -> Result<bool> {
        if self.import.order.yes {
            return Ok(true);
        }
        let answer = observer.confirm(&Question::FinishUndo(deletions));
        let answer = unless_stopped(&self.import.stop, answer).await?;
        answer.map_err(|error| Error::with(Exit::Internal, error.to_string()))
    }

    /// Names the command that undoes this run.
    pub(super) fn name_undo(&self, created: u64, observer: &mut dyn Observer) {
        if created > 0 {
            observer.notice(Notice::UndoCommand {
                run: self.checkpoint.run().number(),
                created,
            });
        }
    }

    /// Records the end of a run and its totals, after checking that they add up.
    ///
    /// # Errors
    ///
    /// An internal error if they do not; the checkpoint cannot be written.
    pub(super) async fn end(
        &self,
        numbers: &Numbers,
        totals: &Totals,
        summary: &Summary,
        left: Left,
    ) -> Result<()> {
        if !summary.adds_up() || !numbers.add_up(totals.distinct()) {
            return Err(Error::with(
                Exit::Internal,
                "the totals of this run do not add up; this is a bug in chatferry: report it with the lines above",
            ));
        }
        let Left(mut counts) = left;
        for (name, value) in [
            ("created", numbers.created),
            ("updated", numbers.updated),
            ("replaced", numbers.replaced),
            ("deleted", numbers.deleted),
            ("undecided", numbers.undecided),
            ("unchanged", numbers.unchanged),
            ("skipped", numbers.skipped),
            ("held", numbers.held),
            ("failed", numbers.failed),
            ("unknown", numbers.unknown),
            ("not_reached", numbers.not_reached),
            ("uploads", numbers.uploads),
            ("requests", numbers.requests),
            ("retries", numbers.retries),
        ] {
            counts.insert(name.to_owned(), value);
        }
        let outcome = outcome(summary);
        match self.record_end(outcome, counts).await {
            // A checkpoint that cannot be written has stopped the run already and was reported.
            Err(_) if outcome == RunOutcome::Stopped => Ok(()),
            result => result,
        }
    }

    async fn record_end(&self, outcome: RunOutcome, mut counts: Counts) -> Result<()> {
        if self.undone > 0 {
            counts.entry("deleted".to_owned()).or_insert(self.undone);
        }
        let ended = Change::RunEnded { outcome, counts };
        self.checkpoint.recorder().record(ended).await?;
        Ok(())
    }
}

fn outcome(summary: &Summary) -> RunOutcome {
    let is_complete = summary.failed.is_empty() && summary.unknown == 0;
    match (summary.is_stopped, is_complete) {
        (true, _) => RunOutcome::Stopped,
        (false, true) => RunOutcome::Complete,
        (false, false) => RunOutcome::Partial,
    }
}
