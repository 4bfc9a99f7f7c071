//! The time zones in which the archives of a chat are read, and devices whose `timezone` may be wrong.
//!
//! Belongs here: what the shifts between archives of different devices show. Never here: a shift
//! ([`crate::matching`]), or which times are imported.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::desired::DesiredChat;
use crate::chat::Platform;

/// The device of an archive, and its configured zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceZone {
    /// The name of the device.
    pub device: String,
    /// The device's `timezone`; `None` for an archive with instants, which is read in no zone.
    pub zone: Option<Tz>,
}

impl DeviceZone {
    pub(super) fn new(device: &str, zone: Tz, platform: Platform) -> DeviceZone {
        DeviceZone {
            device: device.to_owned(),
            zone: (!platform.is_native()).then_some(zone),
        }
    }
}

/// Devices of which one may have a wrong `timezone`, with these: all archives of a device differ by one shift from those
/// of another device, or from instants. Of a device whose archives differ among themselves, one was exported in another
/// zone.
pub fn doubtful(chat: &DesiredChat) -> Vec<(&str, Tz)> {
    let mut shifts: BTreeMap<&str, (Tz, BTreeSet<i64>)> = BTreeMap::new();
    for (own, source) in chat.zones.iter().zip(&chat.sources) {
        if let Some(zone) = own.zone {
            let (_, shifts) = shifts.entry(&own.device).or_insert((zone, BTreeSet::new()));
            shifts.insert(source.shift);
        }
    }
    let is_apart = |shifts: &BTreeSet<i64>| shifts.len() == 1 && !shifts.contains(&0);
    if !shifts.values().any(|(_, shifts)| is_apart(shifts)) {
        return Vec::new();
    }
    let has_instants = chat.zones.iter().any(|own| own.zone.is_none());
    (shifts.into_iter())
        .filter(|(_, (_, shifts))| is_apart(shifts) || (!has_instants && shifts.contains(&0)))
        .map(|(device, (zone, _))| (device, zone))
        .collect()
}

/// The devices of a chat's archives that are read in a zone.
pub fn devices(chat: &DesiredChat) -> Vec<(&str, Tz)> {
    let all = chat.zones.iter();
    let all: BTreeMap<&str, Tz> = all
        .filter_map(|own| Some((own.device.as_str(), own.zone?)))
        .collect();
    all.into_iter().collect()
}

/// The devices and their zones in words: `anna (Europe/Berlin) and ben (Europe/London)`.
pub fn describe(devices: &[(&str, Tz)]) -> String {
    let each: Vec<String> = (devices.iter())
        .map(|(device, zone)| format!("{device} ({zone})"))
        .collect();
    each.join(" and ")
}
