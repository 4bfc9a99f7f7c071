//! Archives that are among those of another phone than theirs.

use super::finding::{Check, Findings, Grade};
use crate::app::phones::Misplaced;
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
