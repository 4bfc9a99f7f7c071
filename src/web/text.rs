//! Texts, numbers and addresses as pages show them.

use chrono::NaiveDateTime;

use crate::display_text;
use crate::quantity;
use crate::settings::Device;

/// A text on one line, without controls.
pub(super) fn clean(text: &str) -> String {
    display_text::line(text).into_owned()
}

/// A text of several lines, without other controls.
pub(super) fn clean_lines(text: &str) -> String {
    display_text::lines(text).into_owned()
}

/// A number with its noun.
pub(super) fn counted(number: u64, thing: &str) -> String {
    quantity::count(number, thing)
}

/// The name of a device; the only device of a migration has none.
pub(super) fn device(name: &str) -> String {
    match name {
        Device::ALONE => "of this migration".to_owned(),
        name => clean(name),
    }
}

/// A day.
pub(super) fn day(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// First and last day.
pub(super) fn days(first: NaiveDateTime, last: NaiveDateTime) -> String {
    match first.date() == last.date() {
        true => day(first),
        false => format!("{} to {}", day(first), day(last)),
    }
}

/// A time to the minute.
pub(super) fn minute(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// An address with those of these fields that are not empty.
pub(super) fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    }
}
