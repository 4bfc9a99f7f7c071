//! Archives that are among those of another phone than theirs.

use super::finding::{Finding, Findings, Grade};
use crate::app::phones::Misplaced;
use crate::transform::desired::{Desired, Standing};

/// Reports these archives before every other finding: they must move first.
pub(super) fn check(desired: &Desired, findings: &mut Findings) {
    let held = desired
        .chats
        .iter()
        .filter_map(|chat| match &chat.standing {
            Standing::Held(held) => Some((chat.device.as_str(), chat.name.as_str(), held)),
            Standing::Ready(_) | Standing::LeftOut(_) => None,
        });
    let found = Misplaced::of(held).into_iter().map(|misplaced| Finding {
        what: "phones",
        grade: Grade::Bad,
        says: misplaced.says,
    });
    findings.0.splice(0..0, found);
}
