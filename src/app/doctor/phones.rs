//! Archives that are among those of another phone than theirs.

use super::finding::{Check, Findings, Grade};
use crate::app::phones::Misplaced;
use crate::transform::desired::{Desired, Standing};

/// Reports these archives before every other finding: they must move first.
pub(super) fn check(desired: &Desired, findings: &Findings) {
    let held = desired
        .chats
        .iter()
        .filter_map(|chat| match &chat.standing {
            Standing::Held(held) => Some((chat.device.as_str(), chat.name.as_str(), held)),
            Standing::Ready(_) | Standing::LeftOut(_) => None,
        });
    for misplaced in Misplaced::of(held) {
        findings.add(Check::Phones, Grade::Bad, misplaced.says);
    }
}
