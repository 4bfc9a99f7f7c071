//! Dates as Close reads and writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};

/// `2016-10-03T16:06:11.167000+00:00`: six digits and an explicit offset.
pub(super) fn write(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// As [`write()`], without the offset: the form in the event log.
pub(super) fn write_bare(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// A date with its time. Assumed: without offset it is UTC; a date alone is rejected; microseconds are
/// kept.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|at| at.with_timezone(&Utc));
    let at = with_offset
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc())
        })
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|at| at.and_utc())
        })
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map(|at| at.and_utc()))
        .ok()?;
    Some(at.trunc_subsecs(6))
}

/// A filter's date, with or without a time; a date alone is its UTC midnight.
pub(super) fn read_filter(text: &str) -> Option<DateTime<Utc>> {
    read(text).or_else(|| {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    })
}
