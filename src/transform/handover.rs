//! A phone that two owners had one after the other: devices that `from` and `until` separate, with archives of
//! one chat.
//!
//! Belongs here: which device covers the day of a message, and under which user and number it is imported. Never
//! here: which archives belong to a phone ([`crate::routing`]).

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::desired::{Between, Decision};
use super::resolved::Resolved;
use crate::routing::{Destination, ExportId};
use crate::settings::Device;

/// The devices with archives of a chat.
pub(super) struct Devices<'s> {
    /// Each once.
    all: Vec<&'s Device>,
    /// In a group, whose archives may be of two members' phones: the devices with copies of one archive.
    by_copy: HashMap<ExportId, Vec<&'s Device>>,
}

impl<'s> Devices<'s> {
    pub(super) fn of(archives: &[Resolved<'s>]) -> Self {
        let mut devices = Devices {
            all: Vec::new(),
            by_copy: HashMap::new(),
        };
        for archive in archives {
            let device = archive.source.device;
            add(&mut devices.all, device);
            if archive.is_group() {
                let copies = devices.by_copy.entry(archive.source.export_id());
                add(copies.or_default(), device);
            }
        }
        devices
    }

    /// The devices whose days an archive is imported for: its own, and those that are separated from it.
    pub(super) fn whose_days(&self, archive: &Resolved<'s>) -> Vec<&'s Device> {
        let own = archive.source.device;
        let others = match archive.is_group() {
            true => self.by_copy.get(&archive.source.export_id()),
            false => Some(&self.all),
        };
        let others = others.into_iter().flatten().copied();
        let others = others.filter(|other| other.is_separated_from(own));
        std::iter::once(own).chain(others).collect()
    }
}

fn add<'s>(devices: &mut Vec<&'s Device>, device: &'s Device) {
    if devices.iter().all(|known| known.name != device.name) {
        devices.push(device);
    }
}

/// The destinations of a chat by device, if it has archives of separated devices with different users or numbers.
pub(super) struct Handover<'r> {
    owners: Vec<(&'r Device, &'r Destination)>,
    /// The destination of the chat.
    of_chat: Destination,
}

impl<'r> Handover<'r> {
    /// `None` for a chat of one phone with one owner.
    pub(super) fn of(archives: &'r [Resolved<'_>], decision: &Decision) -> Option<Self> {
        let of_chat = decision.destination()?.clone();
        let owners: BTreeMap<&str, (&Device, &Destination)> = (archives.iter())
            .filter_map(|archive| Some((archive.source.device, archive.standing.destination()?)))
            .map(|(device, to)| (device.name.as_str(), (device, to)))
            .collect();
        let owners: Vec<(&Device, &Destination)> = owners.into_values().collect();
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
