//! What is expected of a message in Close: its fields, and the activities that a reply may be linked to.

use std::collections::HashMap;

use super::items::Item;
use super::lead::Verifier;
use super::list::List;
use crate::checkpoint::Snapshot;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::{
    Comparison, Expected, ExpectedLink, Field, InClose, Wanted, differences,
};
use crate::plan::{Action, Fingerprint, Plan};
use crate::policy::{InactiveUser, Policy};

/// What is expected of a message.
pub(super) fn expected(item: &Item, link: ExpectedLink) -> Expected<'_> {
    let record = item.record.as_ref();
    Expected {
        wanted: (item.planned.as_ref()).map(|(planned, to)| Wanted {
            message: &planned.message,
            to,
        }),
        sent: record.map(super::records::Record::sent),
        answered: record.map_or_else(Default::default, |record| record.answered),
        link,
    }
}

/// What the messages of a chat have in common.
pub(super) fn comparison<'c>(
    plan: &'c Plan,
    fingerprint: Option<&'c Fingerprint>,
    policy: &'c Policy,
    item: &Item,
) -> Comparison<'c> {
    let chat = item.chat.and_then(|chat| plan.chats.get(chat));
    Comparison {
        fingerprint,
        instead: match &policy.inactive_user {
            InactiveUser::Instead(user) => Some(user),
            InactiveUser::Hold => None,
        },
        is_group: item.may_name_sender(chat),
        reference: chat.and_then(|chat| chat.destination.as_ref()),
    }
}

/// The external id of the reply target, as recorded, else as in the archives.
pub(super) fn target_of(item: &Item) -> Option<ExternalId> {
    let row = item.record.as_ref().map(|record| &record.row);
    let recorded = row.and_then(|row| row.response_to.as_ref());
    recorded.or(item.target.as_ref()).cloned()
}

impl Verifier<'_> {
    pub(super) fn differences(
        &self,
        item: &Item,
        in_close: &InClose,
        targets: &Targets<'_>,
    ) -> Vec<Field> {
        differences(
            &expected(item, self.link(item, targets)),
            in_close,
            &comparison(self.plan, self.fingerprint.as_ref(), self.policy, item),
        )
    }

    /// The expected link.
    pub(super) fn link(&self, item: &Item, targets: &Targets<'_>) -> ExpectedLink {
        let row = item.record.as_ref().map(|record| &record.row);
        let is_linked = row.is_some_and(|row| row.linked);
        let is_due = (item.planned.as_ref()).is_some_and(
            |(planned, _)| matches!(&planned.action, Action::Update(edit) if edit.link),
        );
        let Some(target) = target_of(item) else {
            return match is_linked {
                true => ExpectedLink::NotCompared,
                false => ExpectedLink::Absent,
            };
        };
        let ids = targets.ids(&target);
        match (ids.is_empty(), is_linked) {
            (true, _) => ExpectedLink::NotCompared,
            (false, true) if !is_due => ExpectedLink::To(ids),
            (false, _) => ExpectedLink::MayBe(ids),
        }
    }
}

/// The activities that replies are linked to.
pub(super) struct Targets<'t> {
    listed: HashMap<&'t ExternalId, Vec<&'t ActivityId>>,
    lead: &'t LeadId,
    snapshot: Option<&'t Snapshot>,
}

impl<'t> Targets<'t> {
    pub(super) fn of(
        list: &'t List,
        lead: &'t LeadId,
        snapshot: Option<&'t Snapshot>,
    ) -> Targets<'t> {
        let mut listed: HashMap<&ExternalId, Vec<&ActivityId>> = HashMap::new();
        for (id, activity) in list.ids.iter().zip(&list.activities) {
            listed.entry(id).or_default().push(&activity.id);
        }
        Targets {
            listed,
            lead,
            snapshot,
        }
    }

    /// The activities of a reply target: on this lead, else on those on which it is recorded. None if it is recorded on
    /// this lead and not listed: then it is a finding itself.
    fn ids(&self, id: &ExternalId) -> Vec<ActivityId> {
        if let Some(listed) = self.listed.get(id) {
            return listed.iter().map(|id| (*id).clone()).collect();
        }
        // A link that cannot be looked up is not compared.
        let recorded = self.snapshot.and_then(|snapshot| snapshot.done_as(id).ok());
        let recorded = recorded.unwrap_or_default();
        match recorded.iter().any(|(_, lead, _)| lead == self.lead) {
            true => Vec::new(),
            false => recorded.into_iter().map(|(.., id)| id).collect(),
        }
    }
}
