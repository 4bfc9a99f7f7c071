//! Date order of a text export, determined by a native archive of the same chat.
//!
//! Texts that both contain have the same date. The zone of the phone is not known here, so dates that
//! differ by one day are equal.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};

use super::{Failure, Opened};
use crate::chat::{Chat, DateOrder, Evidence, Kind, Message};
use crate::matching::tolerance::TEXTS;

/// Minimum length of a compared text, in characters; shorter texts recur.
const MIN_CHARS: usize = 8;

/// Determines the date order of text exports that are ambiguous in themselves: index, order, and the number
/// of texts that support it. `device` returns the device of the archive at an index.
pub(super) fn determine(
    opened: &[Opened],
    chats: &[Result<Chat<'_>, Failure>],
    device: impl Fn(usize) -> usize,
) -> Vec<(usize, (DateOrder, Evidence))> {
    let mut determined = Vec::new();
    for (index, chat) in chats.iter().enumerate() {
        let Some(chat) = chat
            .as_ref()
            .ok()
            .filter(|c| c.format.evidence == Evidence::Open)
        else {
            continue;
        };
        let exact = (opened.iter().zip(chats).enumerate()).filter(|(other, (archive, _))| {
            archive.native.is_some()
                && device(*other) == device(index)
                && archive.name.chat == opened[index].name.chat
        });
        let days: HashMap<&str, Option<NaiveDate>> = exact
            .filter_map(|(_, (_, chat))| chat.as_ref().ok())
            .flat_map(|chat| &chat.messages)
            .filter_map(text_and_date)
            // A text that occurs twice is no evidence.
            .fold(HashMap::new(), |mut days, (text, day)| {
                days.entry(text)
                    .and_modify(|day| *day = None)
                    .or_insert(Some(day));
                days
            });
        let (mut as_read, mut swapped_order) = (0, 0);
        for (text, day) in chat.messages.iter().filter_map(text_and_date) {
            let Some(expected) = days.get(text).copied().flatten() else {
                continue;
            };
            let Some(swapped) = swapped(day).filter(|swapped| *swapped != day) else {
                continue;
            };
            as_read += u32::from(is_near(day, expected));
            swapped_order += u32::from(is_near(swapped, expected));
        }
        let (own, opposite) = match chat.format.date_order {
            DateOrder::Dmy => (DateOrder::Dmy, DateOrder::Mdy),
            DateOrder::Mdy => (DateOrder::Mdy, DateOrder::Dmy),
            // The year first is unambiguous.
            DateOrder::Ymd => continue,
        };
        let (order, count, against) = match as_read >= swapped_order {
            true => (own, as_read, swapped_order),
            false => (opposite, swapped_order, as_read),
        };
        if count as usize >= TEXTS && against * 4 <= count {
            determined.push((index, (order, Evidence::ExactTimes { count })));
        }
    }
    determined
}

/// The body and date of a text message long enough to compare.
fn text_and_date<'m>(message: &'m Message<'_>) -> Option<(&'m str, NaiveDate)> {
    let text = message.text.trim();
    let is_one = message.kind == Kind::Text && message.sender.is_some();
    (is_one && text.chars().count() >= MIN_CHARS).then(|| (text, message.local_time.date()))
}

/// The date with day and month exchanged, if it exists.
fn swapped(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.day(), day.month())
}

fn is_near(one: NaiveDate, other: NaiveDate) -> bool {
    one == other
        || one.checked_add_days(Days::new(1)) == Some(other)
        || other.checked_add_days(Days::new(1)) == Some(one)
}
