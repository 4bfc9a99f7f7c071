//! An archive that holds instants settles the order of day and month of a text export of the same
//! chat: what both say was said on one day.
//!
//! The zone of the phone is not known here, so a day more or less is the same day.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};

use super::{Failure, Opened};
use crate::chat::{Chat, DateOrder, Evidence, Kind, Message};
use crate::matching::tolerance::TEXTS;

/// Shorter texts recur.
const LONG: usize = 8;

/// The archives whose order an archive with instants settles: place, order, and how many texts say
/// so. `device` gives the device of the archive at a place.
pub(super) fn settle(
    opened: &[Opened],
    chats: &[Result<Chat<'_>, Failure>],
    device: impl Fn(usize) -> usize,
) -> Vec<(usize, (DateOrder, Evidence))> {
    let mut settled = Vec::new();
    for (place, chat) in chats.iter().enumerate() {
        let Some(chat) = chat
            .as_ref()
            .ok()
            .filter(|c| c.format.evidence == Evidence::Open)
        else {
            continue;
        };
        let exact = (opened.iter().zip(chats).enumerate()).filter(|(other, (archive, _))| {
            archive.native.is_some()
                && device(*other) == device(place)
                && archive.name.chat == opened[place].name.chat
        });
        let days: HashMap<&str, Option<NaiveDate>> = exact
            .filter_map(|(_, (_, chat))| chat.as_ref().ok())
            .flat_map(|chat| &chat.messages)
            .filter_map(said)
            // What was said twice tells nothing.
            .fold(HashMap::new(), |mut days, (text, day)| {
                days.entry(text)
                    .and_modify(|day| *day = None)
                    .or_insert(Some(day));
                days
            });
        let (mut read, mut other) = (0, 0);
        for (text, day) in chat.messages.iter().filter_map(said) {
            let Some(told) = days.get(text).copied().flatten() else {
                continue;
            };
            let Some(turned) = turned(day).filter(|turned| *turned != day) else {
                continue;
            };
            read += u32::from(is_near(day, told));
            other += u32::from(is_near(turned, told));
        }
        let (own, opposite) = match chat.format.date_order {
            DateOrder::Dmy => (DateOrder::Dmy, DateOrder::Mdy),
            DateOrder::Mdy => (DateOrder::Mdy, DateOrder::Dmy),
            // A year that stands first leaves nothing open.
            DateOrder::Ymd => continue,
        };
        let (order, count, against) = match read >= other {
            true => (own, read, other),
            false => (opposite, other, read),
        };
        if count as usize >= TEXTS && against * 4 <= count {
            settled.push((place, (order, Evidence::ExactTimes { count })));
        }
    }
    settled
}

/// A text that somebody said, and the day.
fn said<'m>(message: &'m Message<'_>) -> Option<(&'m str, NaiveDate)> {
    let text = message.text.trim();
    let is_one = message.kind == Kind::Text && message.sender.is_some();
    (is_one && text.chars().count() >= LONG).then(|| (text, message.local_time.date()))
}

/// The day with day and month the other way round.
fn turned(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.day(), day.month())
}

fn is_near(one: NaiveDate, other: NaiveDate) -> bool {
    one == other
        || one.checked_add_days(Days::new(1)) == Some(other)
        || other.checked_add_days(Days::new(1)) == Some(one)
}
