//! The archives of a migration with what a person should know of each before a plan.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use crate::chat::{Chat, DateOrder};
use crate::transform::Source;
use crate::transform::desired::{Decision, DesiredChat, Held};

/// An archive that was read, with what a person should know of it.
#[derive(Debug, Clone)]
pub(crate) struct ListedArchive {
    /// The name of the archive's device.
    pub(crate) device: String,
    /// The archive's name in output.
    pub(crate) label: String,
    /// The name of the chat in the archive.
    pub(crate) chat: String,
    /// The number of messages, notices included.
    pub(crate) messages: u64,
    /// The local time of the first message; `None` without messages.
    pub(crate) first: Option<NaiveDateTime>,
    /// The local time of the last message; `None` without messages.
    pub(crate) last: Option<NaiveDateTime>,
    /// The number of files that its messages name and that it has.
    pub(crate) files: u64,
    /// The number of files that its messages name and that it lacks.
    pub(crate) missing: u64,
    /// The number of lines that may have been misread.
    pub(crate) odd_lines: u32,
    /// Doubts about the archive as a whole, in words with the remedy.
    pub(crate) doubts: Vec<String>,
    /// A day of it as it would be with either order, if the order of day and month is not determined.
    pub(crate) open_date: Option<OpenDate>,
}

/// A day that is written with two numbers up to 12, in both orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenDate {
    /// The day, if the first number is the day.
    pub(crate) day_first: NaiveDate,
    /// The day, if the first number is the month.
    pub(crate) month_first: NaiveDate,
}

/// An archive of this chat.
pub(super) fn of(source: &Source<'_>, desired: &DesiredChat) -> ListedArchive {
    let label = &source.opened.label;
    let index = desired.archives.iter().position(|own| own == label);
    let doubts = desired
        .doubts
        .iter()
        .filter(|(archive, _)| index.is_some_and(|index| usize::try_from(*archive) == Ok(index)));
    let doubts = doubts.map(|(_, doubt)| doubt.describe()).collect();
    let is_open = matches!(desired.standing, Decision::Held(Held::DateOrder))
        && !source.chat.format.evidence.is_settled();
    source.with_messages(|chat| {
        let times = chat.messages.iter().map(|message| message.local_time);
        let files = chat
            .messages
            .iter()
            .flat_map(|message| message.attachments());
        let (there, missing): (Vec<_>, Vec<_>) = files.partition(|file| file.entry.is_some());
        ListedArchive {
            device: source.device.name.clone(),
            label: label.clone(),
            chat: source.opened.chat_name().to_owned(),
            messages: chat.messages.len() as u64,
            first: times.clone().min(),
            last: times.max(),
            files: there.len() as u64,
            missing: missing.len() as u64,
            odd_lines: chat.odd_lines(),
            doubts,
            open_date: is_open.then(|| open_date(chat)).flatten(),
        }
    })
}

/// The first day of a chat that is another one with the other order.
fn open_date(chat: &Chat<'_>) -> Option<OpenDate> {
    let read_with = chat.format.date_order;
    let mut days = chat
        .messages
        .iter()
        .map(|message| message.local_time.date());
    days.find_map(|day| {
        let other = NaiveDate::from_ymd_opt(day.year(), day.day(), day.month())?;
        let (day_first, month_first) = match read_with {
            DateOrder::Mdy => (other, day),
            _ => (day, other),
        };
        (other != day).then_some(OpenDate {
            day_first,
            month_first,
        })
    })
}
