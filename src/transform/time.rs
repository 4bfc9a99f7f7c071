//! Converts local times to instants with the zone of the phone.
//!
//! A phone writes wall-clock times without a zone (observed). Twice a year that is ambiguous: in one night
//! an hour occurs twice, in another one does not exist. The first is resolved by the order of the lines,
//! the second is moved forward.

use chrono::{
    DateTime, Duration, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone,
    Utc,
};
use chrono_tz::Tz;

use crate::chat::{Chat, Message};
use crate::matching::Repeat;

/// The instants of a chat's messages, and the ambiguities on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instants {
    /// The instant of each message, in file order, to the precision of the transcript.
    pub times: Vec<DateTime<Utc>>,
    /// The number of messages whose time occurs twice and was read as the first, for lack of evidence.
    pub twice_first: u32,
    /// The indexes of these messages, ascending, with the offset of the second occurrence.
    pub read_as_first: Vec<(usize, Repeat)>,
    /// The number of messages whose time occurs twice and was resolved by the order of the lines.
    pub twice_settled: u32,
    /// Lines (from 1) of messages whose time does not exist in this zone; moved forward by the length of
    /// the gap. They are evidence of a wrong zone.
    pub moved: Vec<u32>,
}

/// A step back by less than this is no evidence: lines are often out of order by a minute or two.
const STEP_BACK: Duration = Duration::minutes(5);

/// Computes the instant of every message of a chat.
pub fn instants(chat: &Chat<'_>, zone: Tz) -> Instants {
    // A source with instants has nothing ambiguous.
    if chat.platform.is_native() {
        let own = |m: &Message<'_>| m.instant().unwrap_or_else(|| m.local_time.and_utc());
        return Instants {
            times: chat.messages.iter().map(own).collect(),
            ..Instants::default()
        };
    }
    let locals: Vec<(u32, NaiveDateTime)> = chat
        .messages
        .iter()
        .map(|m| (m.line, m.local_time))
        .collect();
    let mut result = Instants {
        times: Vec::with_capacity(locals.len()),
        ..Instants::default()
    };
    // Messages of one ambiguous night, by index; a late line of another hour may be between them.
    let mut nights: Vec<Vec<usize>> = Vec::new();
    let mut day = Day::default();
    for (at, (line, local)) in locals.iter().enumerate() {
        if let Some(offset) = day.offset(zone, *local) {
            result.times.push((*local - offset).and_utc());
            continue;
        }
        match zone.from_local_datetime(local) {
            MappedLocalTime::Single(instant) => result.times.push(instant.to_utc()),
            MappedLocalTime::None => {
                result.times.push(after_gap(zone, *local));
                result.moved.push(*line);
            }
            MappedLocalTime::Ambiguous(first, _) => {
                result.times.push(first.to_utc());
                let night = nights
                    .iter_mut()
                    .rev()
                    .find(|night| same_night(locals[night[0]].1, *local));
                match night {
                    Some(night) => night.push(at),
                    None => nights.push(vec![at]),
                }
            }
        }
    }
    for indexes in nights {
        resolve_night(zone, &locals, &indexes, &mut result);
    }
    result.read_as_first.sort_unstable();
    result
}

/// The day of the message before: most days have one UTC offset, which need not be looked up for each
/// message.
#[derive(Debug, Default)]
struct Day {
    date: NaiveDate,
    offset: Option<FixedOffset>,
}

impl Day {
    /// The UTC offset of the whole day of `local`; `None` for a day on which it changes or may change.
    fn offset(&mut self, zone: Tz, local: NaiveDateTime) -> Option<FixedOffset> {
        let date = local.date();
        if date != self.date {
            self.date = date;
            // Two changes within one day are not known to occur; the days before and after are compared for
            // changes at midnight.
            let of = |date: Option<NaiveDate>| {
                let noon = date?.and_hms_opt(12, 0, 0)?;
                let instant = zone.from_local_datetime(&noon).single()?;
                Some(instant.offset().fix())
            };
            let today = of(Some(date));
            let same = of(date.pred_opt()) == today && of(date.succ_opt()) == today;
            self.offset = today.filter(|_| same);
        }
        self.offset
    }
}

/// Resolves the messages of one ambiguous night. Where times step back, the hour has begun again: messages
/// up to the largest step back are of the first occurrence, those after it of the second.
fn resolve_night(
    zone: Tz,
    locals: &[(u32, NaiveDateTime)],
    indexes: &[usize],
    result: &mut Instants,
) {
    let mut largest = STEP_BACK;
    let mut second_from = indexes.len();
    for (number, pair) in indexes.windows(2).enumerate() {
        let step = locals[pair[0]].1 - locals[pair[1]].1;
        if step >= largest {
            largest = step;
            second_from = number + 1;
        }
    }
    for index in &indexes[second_from..] {
        if let Some((_, second)) = both_instants(zone, locals[*index].1) {
            result.times[*index] = second;
        }
    }
    let count = u32::try_from(indexes.len()).unwrap_or(u32::MAX);
    if second_from < indexes.len() {
        result.twice_settled += count;
    } else {
        result.twice_first += count;
        let repeat = |index: &usize| {
            let (first, second) = both_instants(zone, locals[*index].1)?;
            let by = (second - first).num_milliseconds();
            Some((*index, Repeat::of_millis(by)))
        };
        result
            .read_as_first
            .extend(indexes.iter().filter_map(repeat));
    }
}

fn same_night(a: NaiveDateTime, b: NaiveDateTime) -> bool {
    (a - b).abs() < Duration::hours(12)
}

fn both_instants(zone: Tz, local: NaiveDateTime) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Ambiguous(first, second) => Some((first.to_utc(), second.to_utc())),
        _ => None,
    }
}

/// A nonexistent time, moved forward by the length of the gap: 02:30 becomes 03:30 if clocks go from 02:00
/// to 03:00.
pub(crate) fn after_gap(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // Gaps are at most a day (a zone that crossed the date line). The offset in force before the gap,
    // applied to the local time, gives the instant on the other side.
    for hours in 1..=25 {
        if let Some(before) = zone
            .from_local_datetime(&(local - Duration::hours(hours)))
            .latest()
        {
            return before.to_utc() + Duration::hours(hours);
        }
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    /// Every hour of every day that is resolved as a whole is as it would be alone: all zones, and years
    /// with unusual changes.
    #[test]
    fn whole_day_offset_equals_offset_of_each_time() {
        for zone in chrono_tz::TZ_VARIANTS {
            let mut day = Day::default();
            for year in [2011, 2016, 2024] {
                let mut local = NaiveDate::from_ymd_opt(year, 1, 1)
                    .and_then(|date| date.and_hms_opt(0, 5, 0))
                    .unwrap();
                let end = local + Duration::days(366);
                while local < end {
                    if let Some(offset) = day.offset(zone, local) {
                        let alone = zone.from_local_datetime(&local).single();
                        let alone = alone.map(|instant| instant.to_utc());
                        assert_eq!(alone, Some((local - offset).and_utc()), "{zone} {local}");
                    }
                    local += Duration::minutes(115);
                }
            }
        }
    }

    fn indexes(times: &[&str]) -> (Vec<String>, Instants) {
        let locals: Vec<(u32, NaiveDateTime)> = (1u32..).zip(times.iter().map(|t| at(t))).collect();
        let chat = crate::chat::Chat {
            platform: crate::chat::Platform::Android,
            format: crate::chat::Format {
                pattern: String::new(),
                date_order: crate::chat::DateOrder::Dmy,
                evidence: crate::chat::Evidence::Shape,
                form: crate::chat::Form::default(),
                seconds: false,
            },
            participants: Vec::new(),
            owner: None,
            named_by_notices: None,
            group_notices: 0,
            oddities: Vec::new(),
            lines: crate::chat::LineCount::default(),
            messages: locals
                .iter()
                .map(|(line, local_time)| crate::chat::Message {
                    line: *line,
                    sender: None,
                    local_time: *local_time,
                    kind: crate::chat::Kind::Text,
                    edited: false,
                    text: "".into(),
                    extra: None,
                })
                .collect(),
        };
        let found = instants(&chat, Berlin);
        (
            found
                .times
                .iter()
                .map(|t| t.format("%H:%M").to_string())
                .collect(),
            found,
        )
    }

    #[test]
    fn repeated_hour_is_resolved_by_line_order() {
        let (times, found) = indexes(&[
            "2023-10-29 01:50",
            "2023-10-29 02:10",
            "2023-10-29 02:50",
            "2023-10-29 02:49",
            "2023-10-29 02:05",
            "2023-10-29 02:40",
            "2023-10-29 03:01",
        ]);
        assert_eq!(
            times,
            [
                "23:50", "00:10", "00:50", "00:49", "01:05", "01:40", "02:01"
            ]
        );
        assert_eq!((found.twice_settled, found.twice_first), (5, 0));
    }

    #[test]
    fn late_line_does_not_hide_the_second_occurrence() {
        let (times, found) = indexes(&[
            "2023-10-29 02:50",
            "2023-10-29 01:30",
            "2023-10-29 02:10",
            "2022-10-30 02:10",
        ]);
        assert_eq!(times, ["00:50", "23:30", "01:10", "00:10"]);
        assert_eq!((found.twice_settled, found.twice_first), (2, 1));
    }

    #[test]
    fn repeated_hour_without_step_back_is_the_first() {
        let (times, found) = indexes(&["2023-10-29 02:10", "2023-10-29 02:09", "2023-10-29 02:50"]);
        assert_eq!(times, ["00:10", "00:09", "00:50"]);
        assert_eq!((found.twice_settled, found.twice_first), (0, 3));
    }

    #[test]
    fn nonexistent_time_is_moved_forward_and_reported() {
        let (times, found) = indexes(&["2023-03-26 01:59", "2023-03-26 02:30", "2023-03-26 03:30"]);
        assert_eq!(times, ["00:59", "01:30", "01:30"]);
        assert_eq!(found.moved, [2]);
    }
}
