//! The plan of an import: made from archives, checkpoint and Close, and compared with the one that was ordered.

use super::{Run, redact, unless_stopped};
use crate::app::error::Result;
use crate::app::planning::{self, Known, Settling, reporting};
use crate::app::{Observer, checked_pairs, people, selection};
use crate::checkpoint::Change;
use crate::organization::Fact;
use crate::plan::{Plan, Selection};
use crate::survey::Steps;

impl Run<'_, '_> {
    /// Reads the archives, surveys Close, and plans.
    pub(super) async fn plan(&mut self, observer: &mut dyn Observer) -> Result<(Plan, Selection)> {
        let read = match self.import.migration.desired(self.policy, observer) {
            Ok(read) => read,
            Err(lost) => return Err(self.stopped(lost).await?),
        };
        let migration = &*self.import.migration;
        if let Err(refused) = migration.require_excluded() {
            return Err(self.stopped(refused).await?);
        }
        let order = self.import.order;
        let selection = match &order.plan {
            Some(plan) => {
                plan.selection(&read.desired, &migration.settings, self.checkpoint.reader())?
            }
            None => order.selection.clone(),
        };
        let (settings, contacts) = (&migration.settings, &migration.contacts);
        if let Err(mistake) = selection::check(&selection, &read.desired, settings, contacts) {
            // A mistyped name can only be explained with names.
            observer.redact(None);
            return Err(mistake);
        }
        selection::report_devices(&selection, &read.desired, observer);
        if !order.show_content {
            let people = people::of_chats(&read.desired).into_iter();
            let people = people.chain(people::of_contacts(contacts));
            redact(people.chain(people::of_archives(migration)), observer);
        }
        let known = Known {
            checkpoint: Some(self.checkpoint.reader()),
            close: Some((self.import.client, &self.account.user_id)),
            settle: migration.settings.limits.settle(),
        };
        let settling = Settling {
            clock: Some(self.import.clock),
            observer: &mut *observer,
        };
        let built =
            planning::build_settled((read, false), &selection, self.policy, known, settling);
        let mut plan = unless_stopped(&self.import.stop, built).await??;
        let (client, clock) = (self.import.client, self.import.clock);
        let steps = Steps::default();
        let of_run = (client, self.policy, &steps);
        let checked = checked_pairs::hold(&mut plan, &self.checks, of_run, Some(clock));
        let checked = reporting(client, &steps, observer, checked);
        unless_stopped(&self.import.stop, checked).await??;
        Ok((plan, selection))
    }

    /// Refuses a plan that contradicts decisions.csv, or is not the ordered one.
    pub(super) async fn require_plan(
        &self,
        plan: &Plan,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        plan.check()?;
        let reader = self.checkpoint.reader();
        let decided = (self.import.migration).require_decided(plan, Some(reader), observer);
        let refused = decided.and_then(|()| match &self.import.order.plan {
            Some(file) => file.compare(plan, reader),
            None => Ok(()),
        });
        match refused {
            Ok(()) => Ok(()),
            Err(refused) => Err(self.stopped(refused).await?),
        }
    }

    /// Records the order of lists that the survey met.
    pub(super) async fn learn_list_order(&self) -> Result<()> {
        let Some(order) = self.import.client.list_order() else {
            return Ok(());
        };
        let fact = Fact::ListOrder(order);
        if !self.checkpoint.reader().facts()?.contains(&fact) {
            let change = Change::Fact(fact);
            self.checkpoint.recorder().record(change).await?;
        }
        Ok(())
    }
}
