//! The time zone of each device: whether it is that of a place, whether a person chose it, and a message to compare
//! with the phone.

use std::collections::HashSet;
use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::finding::{Check, Findings, Grade};
use crate::app::Migration;
use crate::settings::Device;
use crate::transform::desired::{Decision, Desired, DesiredChat};
use crate::transform::device_zones;

/// Zones of the IANA tz database outside `Etc/` that are no place.
const FIXED: [&str; 20] = [
    "UTC",
    "UCT",
    "GMT",
    "GMT0",
    "GMT+0",
    "GMT-0",
    "Greenwich",
    "Universal",
    "Zulu",
    "EST",
    "MST",
    "HST",
    "CET",
    "MET",
    "EET",
    "WET",
    "EST5EDT",
    "CST6CDT",
    "MST7MDT",
    "PST8PDT",
];

/// Checks the zone of each device.
pub(super) fn check(migration: &Migration, desired: &Desired, findings: &Findings) {
    let settings = &migration.settings;
    compare_devices(desired, &migration.settings.file, findings);
    for device in &settings.devices {
        let (name, zone) = (&device.name, device.timezone.name());
        let compare = match last_message(device, desired) {
            // The phone shows the local time of the export whatever the zone: the question is where it was.
            Some((chat, at)) => format!(
                "compare with the phone: last message of \"{}\" at {} {zone}, which is {} UTC; was the phone in this zone \
                 when it exported?",
                chat.name,
                at.with_timezone(&device.timezone).format("%Y-%m-%d %H:%M"),
                at.format("%H:%M")
            ),
            None => format!(
                "times are read in {zone}; once a chat of this device is ready, its last message is shown here, to compare with the phone"
            ),
        };
        if is_fixed(device.timezone) {
            let says = format!(
                "{name}: {zone} is not the zone of a place, as every phone has; set timezone to one such as \"Europe/Berlin\"; {compare}"
            );
            findings.add(Check::Zone, Grade::Bad, says);
        } else if device.zone_is_default {
            let says = format!(
                "{name}: {zone} is an unconfirmed guess of `chatferry init`; {compare} Correct timezone of {name} in {}, or remove the comment CHECK THIS above it",
                settings.file.display()
            );
            findings.add(Check::Zone, Grade::Bad, says);
        } else {
            findings.add(Check::Zone, Grade::Look, format!("{name}: {compare}"));
        }
    }
}

/// Names devices of which one seems to have a wrong zone, with the first chat that shows it.
fn compare_devices(desired: &Desired, file: &Path, findings: &Findings) {
    let mut seen = HashSet::new();
    let ready = (desired.chats.iter())
        .filter(|chat| !chat.private && matches!(chat.standing, Decision::Ready(_)));
    for chat in ready {
        let devices = device_zones::doubtful(chat);
        let shift = chat.sources.iter().map(|source| source.shift.abs()).max();
        if devices.is_empty() || !seen.insert(device_zones::describe(&devices)) {
            continue;
        }
        let says = format!(
            "archives of \"{}\" differ by {}: if no phone was in another zone, `timezone` in {} is wrong for one of {}",
            chat.name,
            duration(shift.unwrap_or_default()),
            file.display(),
            device_zones::describe(&devices)
        );
        findings.add(Check::Zone, Grade::Look, says);
    }
}

/// `1:00 h`.
fn duration(millis: i64) -> String {
    let minutes = millis / 60_000;
    format!("{}:{:02} h", minutes / 60, minutes % 60)
}

fn is_fixed(zone: Tz) -> bool {
    let name = zone.name();
    name.starts_with("Etc/") || FIXED.contains(&name)
}

/// The last message of the device's ready chats, and its chat; of a one-to-one chat where there is one.
fn last_message<'d>(
    device: &Device,
    desired: &'d Desired,
) -> Option<(&'d DesiredChat, DateTime<Utc>)> {
    let ready = desired.chats.iter().filter(|chat| {
        chat.device == device.name && !chat.private && matches!(chat.standing, Decision::Ready(_))
    });
    let last = ready.filter_map(|chat| {
        let times = |messages: &[crate::transform::desired::DesiredMessage]| {
            messages.iter().map(|message| message.activity_at).max()
        };
        Some((chat, chat.messages.with(times)?))
    });
    last.max_by_key(|(chat, at)| (!chat.is_group, *at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_places_are_not_fixed() {
        let fixed = |name: &str| is_fixed(name.parse().expect("a zone"));
        for name in FIXED.iter().chain(&["Etc/UTC", "Etc/GMT-1"]) {
            assert!(fixed(name), "{name}");
        }
        for name in [
            "Europe/Berlin",
            "Atlantic/Reykjavik",
            "Africa/Accra",
            "Japan",
        ] {
            assert!(!fixed(name), "{name}");
        }
    }
}
