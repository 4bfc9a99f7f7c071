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
/// separated from it. In a group, whose archives may be of two members' phones, only those of the same archive.
pub(super) fn devices<'s>(archive: &Resolved<'s>, all: &[Resolved<'s>]) -> Vec<&'s Device> {
    let own = archive.source.device;
    let digest = archive.source.opened.digest();
    let is_of_phone =
        |other: &&Resolved<'_>| !archive.is_group() || other.source.opened.digest() == digest;
    let others = all.iter().filter(is_of_phone);
    let others = others.map(|other| other.source.device);
    let others = others.filter(|other| other.is_separated_from(own));
    std::iter::once(own).chain(others).collect()
}

/// The destinations of a chat by device, if it has archives of separated devices with different users or numbers.
pub(super) struct Handover<'r> {
    owners: Vec<(&'r Device, &'r Destination)>,
    /// The destination of the chat.
    of_chat: Destination,
}

impl<'r> Handover<'r> {
    /// `None` for a chat of one phone with one owner.
    pub(super) fn of(archives: &'r [Resolved<'_>], decision: &Standing) -> Option<Self> {
        let owners: Vec<(&Device, &Destination)> = (archives.iter())
            .filter_map(|archive| Some((archive.source.device, archive.standing.destination()?)))
            .collect();
        let of_chat = decision.destination()?.clone();
        let is_separated = |device: &Device| {
            let mut others = owners.iter().map(|(other, _)| *other);
            others.any(|other| other.is_separated_from(device))
        };
        let is_other =
            |(device, to): &(&Device, &Destination)| is_separated(device) && differs(to, &of_chat);
        let is_one = owners.iter().any(is_other);
        is_one.then_some(Handover { owners, of_chat })
    }

    /// The difference of a message of this instant from the destination of the chat.
    pub(super) fn between(&self, at: DateTime<Utc>) -> Option<Between> {
        let is_covered =
            |device: &Device| device.covers(at.with_timezone(&device.timezone).date_naive());
        let (_, to) = self.owners.iter().find(|(device, _)| is_covered(device))?;
        differs(to, &self.of_chat).then(|| Between {
            local_phone: Some(to.local_phone.clone()),
            remote_phone: None,
            user_id: to.user_id.clone(),
        })
    }
}

/// Whether two destinations have different users or numbers of the owner.
fn differs(one: &Destination, other: &Destination) -> bool {
    one.user_id != other.user_id || one.local_phone != other.local_phone
}
