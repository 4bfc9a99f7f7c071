//! The messages that belong in Close, by month of the device's zone.

use std::collections::BTreeMap;

use chrono::Datelike;

use crate::plan::{Action, Plan};

/// A calendar month with the numbers of its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    /// The year, as 2024.
    pub(crate) year: i32,
    /// The month of the year, from 1.
    pub(crate) month: u32,
    /// The number of messages that belong in Close.
    pub(crate) messages: u64,
    /// The number among them that are in Close.
    pub(crate) in_close: u64,
}

/// Whether a message with this action is in Close now.
pub(super) fn is_in_close(action: &Action) -> bool {
    matches!(
        action,
        Action::Unchanged(_)
            | Action::Adopt(_)
            | Action::Moved(..)
            | Action::Update(_)
            | Action::Replace(_)
    )
}

/// The months with messages, in order.
pub(super) fn of(plan: &Plan) -> Vec<Month> {
    let mut months: BTreeMap<(i32, u32), (u64, u64)> = BTreeMap::new();
    for chat in &plan.chats {
        let zone = chat.chat.zone;
        chat.messages.with(|messages| {
            for planned in messages {
                if matches!(planned.action, Action::LeftOut(_)) {
                    continue;
                }
                let local = planned.message.activity_at.with_timezone(&zone);
                let month = months.entry((local.year(), local.month())).or_default();
                month.0 += 1;
                month.1 += u64::from(is_in_close(&planned.action));
            }
        });
    }
    let months = months.into_iter();
    months
        .map(|((year, month), (messages, in_close))| Month {
            year,
            month,
            messages,
            in_close,
        })
        .collect()
}
