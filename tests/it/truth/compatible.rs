//! Whether two records of two sources can be of one message, and how many events that takes. How
//! records of whole sources are put together belongs into `oracle`.
//!
//! | rule                                                      | events | from                     |
//! |-----------------------------------------------------------|--------|--------------------------|
//! | both have ids of WhatsApp's own, and none is shared        | never  | native sources 6.1       |
//! | different sides                                           | never  | both phones know authors |
//! | instants differ by more than the precisions               | never  | export formats 7         |
//! | different class, kind, size or checksum                    | never  | -                        |
//! | another place, card or question                           | never  | -                        |
//! | a placeholder or only a size, where the other has the file | 0      | export formats 1.5, 3.1  |
//! | an omitted document's title where a caption would stand    | 0      | export formats 3.1       |
//! | words with a file in one source only                      | 1      | export formats 3.4       |
//! | one is a notice of a deletion                             | 1      | export formats 4.1       |
//! | one is marked as edited                                   | 1      | export formats 4.2       |
//! | both are, with different texts                            | 2      | export formats 4.2       |
//! | different texts, one source does not mark edits            | 1      | export formats 2.9       |
//! | different texts otherwise                                 | never  | -                        |

use std::collections::BTreeSet;

use chrono::{LocalResult, NaiveDateTime, TimeDelta, TimeZone};

use super::conversation::{FileKind, HOME, MINUTE};
use super::recorded::{Class, Precision, Recorded, State};
use super::sources::wall;

/// Two instants of one message are at most so far from each other where both have seconds.
const SECOND: i64 = 1000;

/// How many events make these two records one message; `None` if nothing does. `ahead`: the
/// wall clock of the second source is so many minutes ahead of that of the first.
pub(super) fn events(one: &Recorded, other: &Recorded, ahead: i64) -> Option<usize> {
    let known = |record: &Recorded| record.ids.iter().any(|id| is_certain(id));
    if known(one) && known(other) && !share_id(one, other) {
        return None;
    }
    if one.side != other.side || !same_time(one, other, ahead) {
        return None;
    }
    let edited = |record: &Recorded| record.state == State::Edited;
    if one.state == State::Deleted || other.state == State::Deleted {
        return Some(1 + usize::from(edited(one) || edited(other)));
    }
    if one.class != other.class || differ(one.kind, other.kind) || !same_files(one, other) {
        return None;
    }
    match one.class {
        Class::Text => text(one, other),
        Class::File => caption(one, other),
        Class::Place => same_place(one, other).then_some(0),
        Class::Card | Class::Poll => (!differ(one.body.as_ref(), other.body.as_ref())).then_some(0),
        Class::Unknown => Some(0),
    }
}

/// True if both can be one message that two phones stamped up to a minute apart: a phone may show when
/// a message was sent or when it came to a server (export formats 7). It is no history of its own,
/// since nothing but equal words proves it: it may take the place of two messages that have no other
/// partner.
pub(super) fn of_two_phones(one: &Recorded, other: &Recorded, apart: i64) -> bool {
    let minute = [one, other]
        .iter()
        .any(|record| record.precision == Precision::Minute);
    let most = MINUTE + SECOND + if minute { MINUTE } else { 0 };
    let text = one.class != Class::File && one.body.is_some() && one.body == other.body;
    let notices = [one, other]
        .iter()
        .all(|record| record.state == State::Deleted);
    let file = !one.files.is_empty() && !other.files.is_empty() && same_files(one, other);
    one.side == other.side
        && one.class == other.class
        && (text || file || notices)
        && apart.abs() <= most
}

/// How many events a message takes that one source alone has.
pub(super) fn events_alone(record: &Recorded) -> usize {
    usize::from(matches!(record.state, State::Edited | State::Deleted))
}

/// True if both have the same id of WhatsApp's own.
pub(super) fn share_id(one: &Recorded, other: &Recorded) -> bool {
    let shared = |id: &String| is_certain(id) && other.ids.contains(id);
    one.ids.iter().any(shared)
}

/// A derived id names a message, but proves nothing (design, matching).
fn is_certain(id: &str) -> bool {
    !id.starts_with("cf1-")
}

/// Both are known, and they are not the same.
fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn text(one: &Recorded, other: &Recorded) -> Option<usize> {
    let edited = [one, other].map(|record| record.state == State::Edited);
    let silent = !(one.marks_edits && other.marks_edits);
    match (one.body == other.body, edited) {
        (true, [false, false]) => Some(0),
        (true, [true, true]) => Some(1),
        // A text that came back to its first wording was edited twice, if its source would show it.
        (true, _) => Some(if silent { 1 } else { 2 }),
        (false, [true, true]) => Some(2),
        (false, [false, false]) => silent.then_some(1),
        (false, _) => Some(1),
    }
}

fn caption(one: &Recorded, other: &Recorded) -> Option<usize> {
    let kindless = |record: &Recorded| record.state == State::Omitted && record.kind.is_none();
    let document = |record: &Recorded| record.kind == Some(FileKind::Document);
    if (kindless(one) && document(other)) || (kindless(other) && document(one)) {
        return Some(0);
    }
    match (&one.body, &other.body) {
        (one, other) if one == other => Some(0),
        (Some(_), Some(_)) => None,
        _ => Some(1),
    }
}

fn same_files(one: &Recorded, other: &Recorded) -> bool {
    one.files.is_empty()
        || other.files.is_empty()
        || (one.files.len() == other.files.len()
            && one
                .files
                .iter()
                .zip(&other.files)
                .all(|(one, other)| one.size == other.size && !differ(one.crc, other.crc)))
}

/// An iPhone writes seven digits, others all.
fn same_place(one: &Recorded, other: &Recorded) -> bool {
    let numbers = |record: &Recorded| -> Option<(f64, f64)> {
        let (latitude, longitude) = record.body.as_ref()?.split_once(',')?;
        Some((latitude.parse().ok()?, longitude.parse().ok()?))
    };
    match (numbers(one), numbers(other)) {
        (Some(one), Some(other)) => {
            (one.0 - other.0).abs() < 1e-6 && (one.1 - other.1).abs() < 1e-6
        }
        _ => true,
    }
}

/// The stamps can be of one instant.
fn same_time(one: &Recorded, other: &Recorded, ahead: i64) -> bool {
    let tolerance = |left: i64, right: i64| within(one.precision, left, other.precision, right);
    // Two wall clocks are compared as such, so the hour that comes twice needs no reading.
    if let (Some(left), Some(right)) = (one.local, other.local) {
        let right = right - TimeDelta::minutes(ahead);
        let number = |local: NaiveDateTime| local.and_utc().timestamp_millis();
        return tolerance(number(left), number(right));
    }
    let (lefts, rights) = match () {
        () if ahead == 0 => (readings(one, 0), readings(other, 0)),
        () if other.precision != Precision::Exact => (readings(one, 0), readings(other, -ahead)),
        () => (readings(one, ahead), readings(other, 0)),
    };
    lefts
        .iter()
        .any(|left| rights.iter().any(|right| tolerance(*left, *right)))
}

/// The instants that a record may mean if its wall clock is turned by so many minutes.
fn readings(record: &Recorded, turned: i64) -> BTreeSet<i64> {
    if record.precision == Precision::Exact {
        return BTreeSet::from([record.at]);
    }
    if record.local.is_none() && turned == 0 && !record.in_repeated_hour {
        return BTreeSet::from([record.at]);
    }
    let local = record.local.unwrap_or_else(|| wall(record.at)) + TimeDelta::minutes(turned);
    match HOME.from_local_datetime(&local) {
        LocalResult::Single(at) => BTreeSet::from([at.timestamp_millis()]),
        LocalResult::Ambiguous(earlier, later) => {
            BTreeSet::from([earlier.timestamp_millis(), later.timestamp_millis()])
        }
        LocalResult::None => BTreeSet::new(),
    }
}

fn within(one: Precision, left: i64, other: Precision, right: i64) -> bool {
    let minute = |at: i64| at.div_euclid(MINUTE);
    let second = |at: i64| at.div_euclid(SECOND) * SECOND;
    match (one, other) {
        (Precision::Minute, Precision::Second) => [-SECOND, 0, SECOND]
            .map(|step| minute(right + step))
            .contains(&minute(left)),
        (Precision::Second, Precision::Minute) => within(other, right, one, left),
        (Precision::Minute, _) | (_, Precision::Minute) => minute(left) == minute(right),
        // `activity_at` has k milliseconds more for the k-th line of one stamp.
        _ => (second(left) - second(right)).abs() <= SECOND,
    }
}
