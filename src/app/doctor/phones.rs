//! Archives that are among those of another phone than theirs, and names that are the owner's of two phones.

use super::finding::{Check, Findings, Grade};
use crate::app::Migration;
use crate::app::phones::Misplaced;
use crate::routing::shared_names;
use crate::transform::desired::{Decision, Desired};

/// Reports these archives before every other finding: they must move first.
pub(super) fn check(desired: &Desired, findings: &Findings) {
    let held = desired
        .chats
        .iter()
        .filter_map(|chat| match &chat.standing {
            Decision::Held(held) => Some((chat.device.as_str(), chat.name.as_str(), held)),
            Decision::Ready(_) | Decision::LeftOut(_) => None,
        });
    for misplaced in Misplaced::of(held) {
        findings.add(Check::Phones, Grade::Bad, misplaced.says);
    }
}

/// Reports names that two devices of one time share: their archives do not show which of the two phones they are of.
pub(super) fn check_owners(migration: &Migration, findings: &Findings) {
    let settings = &migration.settings;
    for shared in shared_names(&migration.contacts, &settings.devices) {
        let [one, other] = shared.devices;
        let says = format!(
            "{} is the owner of {one} and of {other}, and `from` and `until` do not separate the two, so that their archives \
             do not show whose they are: correct `owner` of one of them, or, if one phone followed the other, set `until` \
             and `from` in {}",
            shared.name,
            settings.file.display()
        );
        findings.add(Check::Phones, Grade::Look, says);
    }
}
