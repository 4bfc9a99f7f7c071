//! What a client remembers of the organisation between requests: its user, the order of its lists, deleted activities.

use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Client;
use crate::ids::{ActivityId, UserId};
use crate::organization::ListOrder;

impl Client {
    /// Sets the organisation that is imported into; a credential may have access to several.
    pub fn of_organization(&self, id: &str) {
        // Later calls have no effect: a run has one organisation.
        let _ = self.inner.organization.set(id.to_owned());
    }

    /// Notes the user of the credential.
    pub(in crate::close) fn of_user(&self, id: &UserId) {
        // A credential has one user.
        let _ = self.inner.user.set(id.clone());
    }

    /// The order of lists of messages, as far as it is known or was observed.
    pub fn list_order(&self) -> Option<ListOrder> {
        let order = self.inner.list_order.lock();
        *order.unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the assumed order of lists of messages; an order observed in a list replaces it.
    pub fn set_list_order(&self, order: ListOrder) {
        let known = self.inner.list_order.lock();
        *known.unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    /// Notes activities that were deleted, each with the date: until the settle time has passed since then, no list and no
    /// look-up returns them. A date that is not known is now.
    pub fn know_deleted(&self, ids: impl IntoIterator<Item = (ActivityId, Option<DateTime<Utc>>)>) {
        let now = self.inner.clock.elapsed();
        let known = ids.into_iter().map(|(id, at)| {
            let age = at.map_or(Duration::ZERO, |at| self.age(at));
            (id, now + self.inner.settle.saturating_sub(age))
        });
        self.inner.deleted.extend(known);
    }

    /// The rows of a list that was read now, without those of activities that were deleted a moment ago.
    pub(in crate::close) fn without_deleted<R>(
        &self,
        rows: Vec<R>,
        id: impl Fn(&R) -> &ActivityId,
    ) -> Vec<R> {
        self.inner
            .deleted
            .without(self.inner.clock.elapsed(), rows, id)
    }

    /// Whether an activity was deleted so recently that a list may contain it.
    pub(in crate::close) fn may_list_deleted(&self, id: &ActivityId) -> bool {
        self.inner
            .deleted
            .may_be_listed(id, self.inner.clock.elapsed())
    }

    /// Whether an activity is known to be deleted, however long ago.
    pub fn is_known_deleted(&self, id: &ActivityId) -> bool {
        self.inner.deleted.contains(id)
    }
}
