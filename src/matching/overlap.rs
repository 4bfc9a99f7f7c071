//! Decides whether two sources contain the same conversation.
//!
//! For two archives of one name, two folders of one phone, a renamed group, a private chat under another
//! name. Never here: which message is which ([`super::pairing`]).
//!
//! Only texts count, each with its minute: many people write "ok", but not the same texts in the same
//! minutes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::sequence::Key;
use super::timeline::{Class, Timeline};
use super::tolerance::{COMMON_TEXT, LARGEST_SHIFT, MINUTE, QUARTER, SHARED, TEXTS};

/// A quarter of an hour in minutes.
const QUARTER_MINUTES: i64 = QUARTER / MINUTE;

/// The largest zone shift in minutes.
const LARGEST_MINUTES: i64 = LARGEST_SHIFT / MINUTE;

/// Whether two sources contain the same conversation, as far as their texts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// They contain the same conversation.
    Same {
        /// The zone shift in minutes: how much later the first source is than the second.
        shift: i64,
        /// The number of messages that both have.
        shared: usize,
        /// The number of messages that the source with fewer of them has in the common time.
        of: usize,
    },
    /// They cover the same time and share almost no message.
    Different,
    /// They cover different times, or contain too little.
    Inconclusive,
}

/// The milliseconds by which the first source is later than the second, as their texts show; `None` unless they contain the
/// same conversation.
pub fn shift_between(one: &Timeline, other: &Timeline) -> Option<i64> {
    match overlap(&Texts::of(one), &Texts::of(other)) {
        Overlap::Same { shift, .. } => Some(shift * MINUTE),
        Overlap::Different | Overlap::Inconclusive => None,
    }
}

/// Whether two sources share anything in the time that both cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// A text, at one time or one zone shift.
    Something,
    /// Neither a text nor, where there is little to compare, a minute.
    Nothing,
    /// They cover different times, or contain too little.
    Unknown,
}

/// Texts, each with its minute.
type TextsByMinute = Vec<(i64, Key)>;

/// The texts of a source by minute, the input of [`overlap`].
#[derive(Debug, Clone, Default)]
pub struct Texts {
    begin: i64,
    end: i64,
    said: Vec<(i64, Key)>,
    /// The minutes of each text, ascending.
    minutes_of: HashMap<Key, Vec<i64>>,
    /// The minutes of everything that a participant sent.
    minutes: HashSet<i64>,
}

impl Texts {
    /// The texts of a timeline.
    pub fn of(timeline: &Timeline) -> Texts {
        let minute = |at: i64| at.div_euclid(MINUTE);
        let mut texts = Texts {
            begin: i64::MAX,
            end: i64::MIN,
            ..Texts::default()
        };
        for observation in &timeline.observations {
            let at = minute(observation.at);
            texts.begin = texts.begin.min(at);
            texts.end = texts.end.max(at);
            if !observation.is_sent() {
                continue;
            }
            texts.minutes.insert(at);
            if let (None | Some(Class::Text), Some(body)) = (observation.class, observation.body) {
                texts.said.push((at, body));
                texts.minutes_of.entry(body).or_default().push(at);
            }
        }
        for minutes in texts.minutes_of.values_mut() {
            minutes.sort_unstable();
        }
        texts
    }

    /// The time of the first message, in Unix minutes.
    pub fn begin(&self) -> i64 {
        self.begin
    }

    /// Whether both have texts within their common span.
    pub fn have_common_texts(&self, other: &Texts) -> bool {
        let (own, others) = self.both(other, 0);
        !own.is_empty() && !others.is_empty()
    }

    /// The texts of both in the common time, if `self` is later by `later` minutes.
    fn both(&self, other: &Texts, later: i64) -> (TextsByMinute, TextsByMinute) {
        let begin = self.begin.max(other.begin.saturating_add(later));
        let end = self.end.min(other.end.saturating_add(later));
        let within = |texts: &Texts, later: i64| {
            (texts.said.iter().copied())
                .filter(|(minute, _)| (begin..=end).contains(&(minute + later)))
                .collect()
        };
        (within(self, 0), within(other, later))
    }

    /// Those of `own` that `other` has `later` minutes earlier; timestamps may differ by a minute.
    fn shared(own: &[(i64, Key)], other: &Texts, later: i64) -> Vec<Key> {
        let is_there = |minute: i64, text: &Key| {
            let minutes = other.minutes_of.get(text).map_or(&[][..], Vec::as_slice);
            let first = minutes.partition_point(|then| then + later < minute - 1);
            (minutes.get(first)).is_some_and(|then| then + later <= minute + 1)
        };
        (own.iter())
            .filter(|(minute, text)| is_there(*minute, text))
            .map(|(_, text)| *text)
            .collect()
    }

    /// The zone shift in minutes with which most uncommon texts agree.
    fn shift(&self, other: &Texts) -> Option<i64> {
        let mut votes: BTreeMap<i64, usize> = BTreeMap::new();
        for (text, minutes) in &self.minutes_of {
            let Some(then) = other.minutes_of.get(text) else {
                continue;
            };
            if minutes.len() > COMMON_TEXT || then.len() > COMMON_TEXT {
                continue;
            }
            let mut shifts: Vec<i64> = (minutes.iter())
                .flat_map(|minute| then.iter().map(move |then| minute - then))
                .filter(|later| later.abs() <= LARGEST_MINUTES)
                .filter(|later| (later + 1).rem_euclid(QUARTER_MINUTES) <= 2)
                .map(|later| (later + 1).div_euclid(QUARTER_MINUTES) * QUARTER_MINUTES)
                .collect();
            shifts.sort_unstable();
            shifts.dedup();
            for later in shifts {
                *votes.entry(later).or_default() += 1;
            }
        }
        let most = votes
            .into_iter()
            .max_by_key(|(later, votes)| (*votes, -later.abs()));
        most.map(|(later, _)| later)
    }
}

/// Decides whether two sources contain the same conversation, by their texts and the minutes of
/// these.
pub fn overlap(one: &Texts, other: &Texts) -> Overlap {
    let is_half = |shared: usize, of: usize| shared * SHARED.1 >= of * SHARED.0;
    let (own, others) = one.both(other, 0);
    let smaller = own.len().min(others.len());
    let shared = Texts::shared(&own, other, 0).len();
    if shared > 0 && is_half(shared, smaller) {
        return Overlap::Same {
            shift: 0,
            shared,
            of: smaller,
        };
    }
    let shift = one.shift(other);
    if let Some(shift) = shift {
        let (own, others) = one.both(other, shift);
        let shared = Texts::shared(&own, other, shift);
        let texts: HashSet<&Key> = shared.iter().collect();
        let of = own.len().min(others.len());
        if texts.len() >= TEXTS && is_half(shared.len(), of) {
            let shared = shared.len();
            return Overlap::Same { shift, shared, of };
        }
    }
    if smaller >= TEXTS {
        return Overlap::Different;
    }
    // With few texts, the two are different if they have no minute in common: an edited text keeps its minute. One
    // source alone with enough texts is sufficient, since the other would contain them too.
    let is_telling = smaller >= 1 || own.len().max(others.len()) >= TEXTS;
    let may_be_shifted = || {
        shift.is_some_and(|shift| {
            let (own, _) = one.both(other, shift);
            !Texts::shared(&own, other, shift).is_empty()
        })
    };
    let is_different =
        shared == 0 && is_telling && !share_a_minute(one, other) && !may_be_shifted();
    match is_different {
        true => Overlap::Different,
        false => Overlap::Inconclusive,
    }
}

/// Decides whether two sources share anything in the time that both cover.
pub fn common(one: &Texts, other: &Texts) -> Common {
    let is_shared = |later: i64| {
        let (own, _) = one.both(other, later);
        !Texts::shared(&own, other, later).is_empty()
    };
    let (own, others) = one.both(other, 0);
    if is_shared(0) || one.shift(other).is_some_and(is_shared) {
        return Common::Something;
    }
    let is_little = own.len().min(others.len()) < TEXTS;
    if own.is_empty() || others.is_empty() || (is_little && share_a_minute(one, other)) {
        return Common::Unknown;
    }
    Common::Nothing
}

/// Whether a participant sent a message in the same minute in both, or in the next one.
fn share_a_minute(one: &Texts, other: &Texts) -> bool {
    let (few, many) = match one.minutes.len() <= other.minutes.len() {
        true => (&one.minutes, &other.minutes),
        false => (&other.minutes, &one.minutes),
    };
    few.iter()
        .any(|minute| (minute - 1..=minute + 1).any(|near| many.contains(&near)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::{Observation, Precision};

    fn texts(said: &[(i64, &str)]) -> Texts {
        let observation = |(minute, text): &(i64, &str)| Observation {
            class: Some(Class::Text),
            body: Some(std::array::from_fn(|at| {
                text.as_bytes().get(at).copied().unwrap_or_default()
            })),
            ..Observation::of_instant(minute * MINUTE, Precision::Minute)
        };
        Texts::of(&Timeline {
            observations: said.iter().map(observation).collect(),
            ..Timeline::default()
        })
    }

    /// Two customers of one name: phrases common to all chats do not make them one.
    #[test]
    fn common_words_are_no_overlap() {
        let one = texts(&[
            (0, "ok"),
            (3, "danke"),
            (100, "lunch?"),
            (200, "thumbs"),
            (300, "no"),
            (400, "bye"),
        ]);
        let other = texts(&[
            (0, "ok"),
            (90, "danke"),
            (110, "dinner?"),
            (250, "thumbs"),
            (320, "yes"),
            (390, "so"),
        ]);
        assert_eq!(overlap(&one, &other), Overlap::Different);
        assert_eq!(overlap(&other, &one), Overlap::Different);
    }

    #[test]
    fn half_of_the_common_time_is_one_conversation() {
        let one = texts(&[(0, "a"), (10, "b"), (20, "c"), (30, "d"), (40, "e")]);
        // One edited, one deleted, one a minute later.
        let other = texts(&[(10, "b"), (21, "c"), (30, "edited"), (40, "e"), (50, "f")]);
        assert_eq!(
            overlap(&one, &other),
            Overlap::Same {
                shift: 0,
                shared: 3,
                of: 4
            }
        );
        assert_eq!(overlap(&other, &one), overlap(&one, &other));
        // Another zone.
        let abroad = texts(&[(310, "b"), (320, "c"), (331, "d"), (340, "e"), (350, "f")]);
        assert_eq!(
            overlap(&abroad, &one),
            Overlap::Same {
                shift: 300,
                shared: 4,
                of: 4
            }
        );
        assert!(matches!(
            overlap(&one, &abroad),
            Overlap::Same { shift: -300, .. }
        ));
    }

    /// Two names with one number: two people only if no text is the same.
    #[test]
    fn one_shared_text_is_in_common() {
        let one = texts(&[(0, "a"), (10, "b"), (20, "c"), (30, "d")]);
        for (other, expected) in [
            (&[(0, "x"), (15, "y"), (30, "z")][..], Common::Nothing),
            (&[(5, "x"), (25, "z")], Common::Nothing),
            (&[(5, "x"), (10, "b"), (25, "z")], Common::Something),
            // Another zone.
            (&[(-55, "x"), (-50, "b"), (25, "z")], Common::Something),
            // Another time.
            (&[(100, "x"), (110, "y")], Common::Unknown),
            // Nothing of the time that the first covers.
            (&[(-5, "x"), (40, "y"), (50, "z")], Common::Unknown),
            // A shared minute where there is little, or the next one: one may be edited.
            (&[(0, "x"), (30, "z")], Common::Unknown),
            (&[(1, "x"), (25, "z")], Common::Unknown),
            (&[(5, "x"), (29, "z")], Common::Unknown),
        ] {
            assert_eq!(common(&one, &texts(other)), expected, "{other:?}");
        }
    }

    /// A chat may consist of one text: each message must not be compared with each other one.
    #[test]
    fn one_text_repeated_many_times_is_fast() {
        let said: Vec<(i64, &str)> = (0..300_000).map(|minute| (3 * minute, "ok")).collect();
        let (one, other) = (texts(&said), texts(&said));
        let began = std::time::Instant::now();
        assert!(matches!(
            overlap(&one, &other),
            Overlap::Same { shift: 0, .. }
        ));
        assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    }

    #[test]
    fn shared_minute_decides_where_there_is_little() {
        let one = texts(&[(0, "a"), (10, "b")]);
        // Each lacks the other's messages of the common time.
        for other in [&[(5, "x"), (20, "y")][..], &[(3, "x"), (5, "z"), (7, "y")]] {
            assert_eq!(
                overlap(&one, &texts(other)),
                Overlap::Different,
                "{other:?}"
            );
            assert_eq!(
                overlap(&texts(other), &one),
                Overlap::Different,
                "{other:?}"
            );
        }
        // One may be edited; they may be of other times, or of another zone.
        for other in [
            &[(10, "x"), (20, "y")][..],
            &[(100, "x"), (120, "y")],
            &[(-60, "a"), (5, "y")],
        ] {
            assert_eq!(
                overlap(&one, &texts(other)),
                Overlap::Inconclusive,
                "{other:?}"
            );
        }
    }

    /// A third of the common time is two conversations, a half is one.
    #[test]
    fn less_than_half_is_different() {
        let one = texts(&[(0, "a"), (10, "b"), (20, "c"), (30, "d")]);
        let third = texts(&[(0, "a"), (12, "x"), (25, "y")]);
        assert_eq!(overlap(&one, &third), Overlap::Different);
        let half = texts(&[(0, "a"), (10, "b"), (25, "x"), (30, "y")]);
        let (shift, shared, of) = (0, 2, 4);
        assert_eq!(overlap(&one, &half), Overlap::Same { shift, shared, of });
    }

    /// Good morning, lunch and good night at the same minutes of two days.
    #[test]
    fn equal_days_are_no_zone_shift() {
        let day = |from: i64| {
            texts(&[
                (from, "good morning"),
                (from + 300, "lunch"),
                (from + 900, "bye"),
            ])
        };
        assert_eq!(overlap(&day(1_440), &day(0)), Overlap::Inconclusive);
        assert!(matches!(
            overlap(&day(23 * 60), &day(0)),
            Overlap::Same { shift: 1_380, .. }
        ));
    }

    /// Timestamps may differ by a minute: a zone shift is the nearest quarter of an hour.
    #[test]
    fn texts_vote_for_quarters_of_an_hour() {
        let shift = |one: &[(i64, &str)], other: &[(i64, &str)]| texts(one).shift(&texts(other));
        for (minute, expected) in [
            (58, None),
            (59, Some(60)),
            (60, Some(60)),
            (61, Some(60)),
            (62, None),
            (-59, Some(-60)),
            (-61, Some(-60)),
        ] {
            assert_eq!(shift(&[(minute, "a")], &[(0, "a")]), expected, "{minute}");
        }
        // Most of the texts decide, then the smaller shift.
        let other = [(0, "a"), (1, "b"), (2, "c")];
        let one = [(15, "a"), (61, "b"), (62, "c")];
        assert_eq!(shift(&one, &other), Some(60));
        assert_eq!(shift(&one[..2], &other), Some(15));
    }

    /// A text that one of the two repeats all the time may be any of them.
    #[test]
    fn frequent_text_has_no_vote() {
        let often = [(60, "ok"), (64, "ok"), (68, "ok"), (71, "ok"), (73, "ok")];
        for (count, there) in [(4, Some(60)), (5, None)] {
            let (one, other) = (texts(&often[..count]), texts(&[(0, "ok")]));
            assert_eq!(one.shift(&other), there, "{count}");
            assert_eq!(other.shift(&one), there.map(|shift: i64| -shift), "{count}");
        }
    }

    /// Instants before 1970 have negative minutes.
    #[test]
    fn source_covers_its_first_to_last_message() {
        let one = texts(&[(20, "a"), (30, "b"), (40, "c")]);
        assert_eq!(one.begin(), 20);
        for (other, is_one_time) in [
            (&[(30, "x")][..], true),
            (&[(25, "x"), (35, "y")], true),
            (&[(41, "x"), (50, "y")], false),
            (&[(10, "x"), (50, "y")], false),
        ] {
            let other = texts(other);
            assert_eq!(one.have_common_texts(&other), is_one_time, "{other:?}");
            assert_eq!(other.have_common_texts(&one), is_one_time, "{other:?}");
        }
        let (one, other) = ([(-30, "a"), (-20, "b")], [(-40, "x"), (-10, "y")]);
        assert!(!texts(&one).have_common_texts(&texts(&other)));
    }
}
