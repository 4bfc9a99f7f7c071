//! What happens between the plan of an import and its first write: the plan is shown, warnings are given, a person is asked.
//!
//! Belongs here: what ends an import before it sends anything. Never here: the wording of a question.

use std::ops::ControlFlow;

use super::listeners::Listeners;
use super::token;
use super::{Run, unless_stopped};
use crate::app::error::{Error, Exit, Result};
use crate::app::observer::Question;
use crate::app::planned::Planned;
use crate::app::planning::{self, reporting_outages};
use crate::app::strict::Misread;
use crate::app::{Notice, Observer};
use crate::plan::Totals;
use crate::quantity::count;

impl Run<'_, '_> {
    /// Shows the plan and what it leads to beyond its messages, and asks whether to carry it out. `Break`: it is not
    /// carried out, and the command ends with this status.
    pub(super) async fn ask(
        &self,
        planned: &Planned<'_>,
        is_open: bool,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<Exit, Option<Listeners>>> {
        let (order, totals) = (self.import.order, &planned.totals);
        let asks = !order.yes && totals.operations() > 0;
        tracing::info!(
            create = totals.create,
            update = totals.update,
            replace = totals.replace,
            delete = totals.delete,
            unchanged = totals.unchanged,
            undecided = totals.undecided,
            held = totals.held,
            skipped = totals.skipped(),
            "planned"
        );
        observer.planned(planned, !order.yes && !planned.is_empty());
        let misread = Misread::of_plan(planned.plan);
        if order.strict && !misread.is_none() {
            let outcome = "; nothing was sent";
            observer.notice(Notice::Misread { misread, outcome });
            self.end_early().await?;
            return Ok(ControlFlow::Break(misread.exit(Exit::Done)));
        }
        if totals.deletes() > order.allow_deletes {
            self.end_early().await?;
            return Err(too_many_deletes(totals));
        }
        let listeners = self.warn(planned, observer).await?;
        if asks {
            let question = Question::CarryOut {
                totals,
                read_differently: planned.plan.read_differently(),
            };
            let answer = observer.confirm(&question);
            let is_confirmed = match unless_stopped(&self.import.stop, answer).await {
                Ok(answer) => answer,
                Err(stopped) => return Err(self.stopped(stopped).await?),
            };
            if !is_confirmed.map_err(|error| Error::with(Exit::Internal, error.to_string()))? {
                observer.notice(Notice::Declined);
                self.end_early().await?;
                let exit = planning::exit_of(self.import.migration, is_open);
                return Ok(ControlFlow::Break(exit));
            }
        }
        let room = self
            .checkpoint
            .require_space(totals.operations() + totals.adopt);
        if let Err(full) = room {
            self.end_early().await.ok();
            return Err(full.into());
        }
        Ok(ControlFlow::Continue(listeners))
    }

    /// Reports, before the first write, who is notified of it, and a token that expires too early.
    async fn warn(
        &self,
        planned: &Planned<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Option<Listeners>> {
        if planned.totals.operations() == 0 {
            return Ok(None);
        }
        let client = self.import.client;
        let now = self.import.clock.now();
        let expiry = client.expiry();
        let expires =
            expiry.and_then(|expiry| token::notice(expiry, now, planned.estimate.seconds));
        expires
            .into_iter()
            .for_each(|notice| observer.notice(notice));
        let found = Listeners::of(client, &planned.totals);
        let found = reporting_outages(client, observer, found);
        let found = match unless_stopped(&self.import.stop, found).await? {
            Ok(found) => found,
            Err(failure) => return Err(self.stopped(failure.into()).await?),
        };
        if let Some(notice) = found.notice(self.checkpoint)? {
            observer.notice(notice);
            return Ok(Some(found));
        }
        Ok(None)
    }
}

fn too_many_deletes(totals: &Totals) -> Error {
    Error::usage(format!(
        "the plan deletes {} in Close ({} to replace, {} to delete); to permit it, pass `--allow-deletes {}`; nothing was sent",
        count(totals.deletes(), "message"),
        totals.replace - totals.begun,
        totals.delete,
        totals.deletes()
    ))
}
