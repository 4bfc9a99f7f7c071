//! What a pilot does after its messages were posted: reads them back, and finds out where external ids are unique.

use super::Run;
use crate::app::error::Result;
use crate::app::probe::{Places, Probe};
use crate::app::{Observer, pilot};
use crate::checkpoint::Change;
use crate::organization::Fact;

impl Run<'_, '_> {
    /// Finds out where ids are unique, if that is ordered. False if it could not be found out.
    pub(super) async fn try_ids(
        &self,
        places: Option<Places>,
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        match places {
            Some(places) => self.probe().run(&places, observer).await,
            None => Ok(true),
        }
    }

    pub(super) fn probe(&self) -> Probe<'_> {
        Probe {
            client: self.import.client,
            checkpoint: self.checkpoint,
            clock: self.import.clock,
            settle: self.import.migration.settings.limits.settle(),
        }
    }

    /// Reads back the messages of a pilot, and records how Close returned them. Whether all of them are correct.
    pub(super) async fn compare(
        &self,
        expected: &[pilot::Expected],
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        if expected.is_empty() {
            return Ok(true);
        }
        let against = pilot::Comparison {
            client: self.import.client,
            reader: self.checkpoint.reader(),
            base_url: &self.import.migration.settings.close.base_url,
            policy: self.policy,
            shows_words: self.import.order.show_content || observer.is_private(),
        };
        let compared = pilot::compare(expected, &against, observer).await?;
        let mut facts = compared.facts;
        let client = self.import.client;
        // What cannot be read is not known; it is no fault of the messages.
        if let Some(lead) = pilot::main_lead(expected) {
            let order = client.observe_list_order(lead).await.ok().flatten();
            facts.extend(order.map(Fact::ListOrder));
        }
        let fields = client.membership_fields().await.ok().flatten();
        facts.extend(fields.map(Fact::Memberships));
        let changes = facts.into_iter().map(Change::Fact).collect();
        self.checkpoint.recorder().record_all(changes).await?;
        Ok(compared.is_same)
    }
}
