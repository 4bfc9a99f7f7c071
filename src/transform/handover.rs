//! A phone that two owners had one after the other: devices that `from` and `until` separate, with archives of
//! one chat.
//!
//! Belongs here: which device covers the day of a message, and under which user and number it is imported. Never
//! here: which archives belong to a phone ([`crate::routing`]).

use chrono::{DateTime, Utc};

use super::desired::{Between, Standing};
use super::resolved::Resolved;
use crate::routing::Destination;
use crate::settings::Device;

/// The devices whose days an archive is imported for: its own, and those of other archives of the chat that are
/// separated from it.
pub(super) fn devices<'s>(archive: &Resolved<'s>, all: &[Resolved<'s>]) -> Vec<&'s Device> {
    let own = archive.source.device;
    let others = all.iter().map(|other| other.source.device);
    let others = others.filter(|other| other.is_separated_from(own));
    std::iter::once(own).chain(others).collect()
}

/// The destinations of a chat by device, if it has archives of separated devices with different users or numbers.
pub(super) struct Handover<'r> {
    owners: Vec<(&'r Device, &'r Destination)>,
    /// The destination of the chat.
    newest: &'r Destination,
}

impl<'r> Handover<'r> {
    /// `None` for a chat of one phone with one owner.
    pub(super) fn of(archives: &'r [Resolved<'_>]) -> Option<Self> {
        let owners: Vec<(&Device, &Destination)> = (archives.iter())
            .filter_map(|archive| match &archive.standing {
                Standing::Ready(to) => Some((archive.source.device, to)),
                Standing::LeftOut(_) | Standing::Held(_) => None,
            })
            .collect();
        let (device, newest) = *owners.last()?;
        let is_other = |(other, to): &(&Device, &Destination)| {
            other.is_separated_from(device)
                && (to.user_id != newest.user_id || to.local_phone != newest.local_phone)
        };
        owners
            .iter()
            .any(is_other)
            .then_some(Handover { owners, newest })
    }

    /// The difference of a message of this instant from the destination of the chat.
    pub(super) fn between(&self, at: DateTime<Utc>) -> Option<Between> {
        let is_covered =
            |device: &Device| device.covers(at.with_timezone(&device.timezone).date_naive());
        let (_, to) = self.owners.iter().find(|(device, _)| is_covered(device))?;
        let is_other =
            to.user_id != self.newest.user_id || to.local_phone != self.newest.local_phone;
        is_other.then(|| Between {
            local_phone: Some(to.local_phone.clone()),
            remote_phone: None,
            user_id: to.user_id.clone(),
        })
    }
}
