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

    /// Whether both devices have a copy of one archive of a group.
    fn have_one_archive(&self, one: &Device, other: &Device) -> bool {
        let has = |devices: &[&Device], device: &Device| {
            devices.iter().any(|known| known.name == device.name)
        };
        let mut copies = self.by_copy.values();
        copies.any(|devices| has(devices, one) && has(devices, other))
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

/// The owners of the phones of a chat, if one phone had several owners with different users or numbers.
pub(super) struct Handover<'r> {
    /// Each phone that had several owners: its devices, with the destination of the chat by each.
    phones: Vec<Vec<Owner<'r>>>,
    /// The destination of the chat.
    of_chat: Destination,
}

/// A device, and the destination of the chat by its archives.
type Owner<'r> = (&'r Device, &'r Destination);

impl<'r> Handover<'r> {
    /// `None` for a chat of phones with one owner each.
    pub(super) fn of(archives: &'r [Resolved<'_>], decision: &Decision) -> Option<Self> {
        let of_chat = decision.destination()?.clone();
        let owners: BTreeMap<&str, Owner<'r>> = (archives.iter())
            .filter_map(|archive| Some((archive.source.device, archive.standing.destination()?)))
            .map(|(device, to)| (device.name.as_str(), (device, to)))
            .collect();
        let devices = Devices::of(archives);
        let is_group = archives.iter().any(Resolved::is_group);
        let mut phones: Vec<Vec<Owner<'r>>> = Vec::new();
        for owner in owners.into_values() {
            let is_one = |other: &Owner<'_>| {
                other.0.is_separated_from(owner.0)
                    && (!is_group
                        || other.1.local_phone == owner.1.local_phone
                        || devices.have_one_archive(other.0, owner.0))
            };
            match phones.iter_mut().find(|phone| phone.iter().any(is_one)) {
                Some(phone) => phone.push(owner),
                None => phones.push(vec![owner]),
            }
        }
        phones.retain(|phone| phone.iter().any(|(_, to)| differs(to, phone[0].1)));
        (!phones.is_empty()).then_some(Handover { phones, of_chat })
    }

    /// The difference of a message of this instant from the destination of the chat. `own`: that by its sender alone.
    pub(super) fn between(&self, at: DateTime<Utc>, own: Option<Between>) -> Option<Between> {
        let by_sender = self.of_chat.between(own.as_ref());
        let is_same = |to: &Destination| !differs(to, &by_sender);
        let is_on = |(device, _): &&Owner<'_>| {
            device.covers(at.with_timezone(&device.timezone).date_naive())
        };
        let Some(phone) =
            (self.phones.iter()).find(|phone| phone.iter().any(|(_, to)| is_same(to)))
        else {
            return own;
        };
        let mut at_that_time = phone.iter().filter(is_on).map(|(_, to)| *to).peekable();
        let first = at_that_time.peek().copied();
        let Some(to) = first.filter(|_| !at_that_time.any(is_same)) else {
            return own;
        };
        let remote_phone = own.and_then(|own| own.remote_phone);
        match differs(to, &self.of_chat) {
            true => Some(Between {
                local_phone: Some(to.local_phone.clone()),
                remote_phone,
                user_id: to.user_id.clone(),
            }),
            false => remote_phone.map(|number| Between {
                remote_phone: Some(number),
                ..Between::default()
            }),
        }
    }
}

/// Whether two destinations have different users or numbers of the owner.
fn differs(one: &Destination, other: &Destination) -> bool {
    one.user_id != other.user_id || one.local_phone != other.local_phone
}
