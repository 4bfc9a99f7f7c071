//! The cost of one history that explains what two sources record. Which histories there are belongs
//! into `oracle`.
//!
//! A history is a set of true messages, each recorded by one source or by both, and of events that
//! explain the rest. Both sources come from phones of one person. Its cost is the sum of what it has;
//! the most plausible histories are those of the lowest cost. Order and coincidence count half: they
//! choose between histories of as many messages and events, and never make two messages of one.
//!
//! | what a history has                                                      | cost            | from               |
//! |-------------------------------------------------------------------------|-----------------|--------------------|
//! | a message                                                               | [`MESSAGE`]     | -                  |
//! | it was edited, or deleted for everyone                                  | [`EVENT`] each  | `compatible`       |
//! | one source begins later: what is older is missing there                 | 0               | export formats 1.5 |
//! | one source was taken earlier: what is newer is missing there            | 0               | -                  |
//! | a notice of a deletion is missing where an import wrote                 | 0               | contract, `skip`   |
//! | another message is missing within a source: deleted on that phone       | [`EVENT`]       | identity faults A  |
//! | a message stands elsewhere in one source: it came late there            | [`MOVED`]       | export formats 7   |
//! | a record has an equal one in the other source, and neither is so paired | [`COINCIDENCE`] | design, matching   |
//! | a person has two names, both or neither of them a number                | [`EVENT`]       | export formats 2.8 |
//! | a source was made in another zone, by a multiple of 15 minutes          | [`ABROAD`]      | export formats 7   |

use std::collections::{BTreeMap, BTreeSet};

use super::compatible::{events, events_alone, of_two_phones, share_id};
use super::conversation::MINUTE;
use super::recorded::{Class, Precision, Recorded, Side, State};
use super::sources::{read_at_home, wall};

const MESSAGE: usize = 2;
const EVENT: usize = 2;
const MOVED: usize = 1;
const COINCIDENCE: usize = 1;

/// The cost of another zone: it must pair at least three messages that have no partner otherwise. Two
/// equal texts an hour from each other are no proof of a journey, and two pairs are a doubt.
const ABROAD: usize = 2 * MESSAGE;

/// A journey is proved by so many different contents: the same "ok" thrice a day, or notices of
/// deletions, lie an hour from each other in any conversation.
const CONTENTS: usize = 3;

/// A journey that is not proved is possible, and less plausible than any number of messages.
pub(crate) const UNPROVED: usize = 1_000;

/// A source with what all histories need of it.
pub(super) struct Timeline<'a> {
    pub(super) records: &'a [Recorded],
    /// The wall clock of each record in milliseconds, at home where the source holds instants.
    pub(super) clocks: Vec<i64>,
    /// How wrong an order by these may be: the precision, a second, an hour in the autumn night.
    slack: i64,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(records: &'a [Recorded]) -> Timeline<'a> {
        let clock = |record: &Recorded| record.local.unwrap_or_else(|| wall(record.at));
        let any = |holds: fn(&Recorded) -> bool| records.iter().any(holds);
        let minute = any(|record| record.precision == Precision::Minute);
        let hour = records.iter().any(|record| read_at_home(clock(record)).1);
        let number = |record: &Recorded| clock(record).and_utc().timestamp_millis();
        Timeline {
            records,
            clocks: records.iter().map(number).collect(),
            slack: 1000 + if minute { MINUTE } else { 0 } + if hour { 60 * MINUTE } else { 0 },
        }
    }

    /// True if an import wrote it.
    fn imported(&self) -> bool {
        self.records.first().is_some_and(|record| record.imported)
    }
}

/// Two sources, the wall clock of the second so many minutes ahead of that of the first. A pairing
/// of them is a history; it has a partner for each record of the first, `None` for none.
pub(super) struct Histories<'a> {
    one: &'a Timeline<'a>,
    other: &'a Timeline<'a>,
    ahead: i64,
    /// The events that make two records one message; `None` if nothing does.
    pub(super) pairs: Vec<Vec<Option<usize>>>,
    /// The clocks agree, or what both sources show proves that they do not.
    pub(super) is_proved: bool,
    /// By place in `one`: the record of `other` with the same id of WhatsApp's own.
    shared: Vec<Option<usize>>,
}

impl<'a> Histories<'a> {
    pub(super) fn new(one: &'a Timeline<'a>, other: &'a Timeline<'a>, ahead: i64) -> Self {
        let pairs = |left: &Recorded| {
            let events = |right| events(left, right, ahead);
            other.records.iter().map(events).collect()
        };
        let shared = |left: &Recorded| other.records.iter().position(|it| share_id(left, it));
        let mut histories = Histories {
            one,
            other,
            ahead,
            pairs: one.records.iter().map(pairs).collect(),
            is_proved: true,
            shared: one.records.iter().map(shared).collect(),
        };
        histories.is_proved = ahead == 0 || histories.proves_a_journey();
        histories
    }

    /// The places of the second source.
    pub(super) fn columns(&self) -> std::ops::Range<usize> {
        0..self.other.records.len()
    }

    /// The records that may be the one at `left`, stamped by another phone, where neither has another
    /// partner.
    pub(super) fn of_two_phones(&self, left: usize) -> impl Iterator<Item = usize> {
        let is_alone = self.pairs[left].iter().all(Option::is_none);
        let apart = move |right: usize| {
            self.other.clocks[right] - self.one.clocks[left] - self.ahead * MINUTE
        };
        self.columns().filter(move |right| {
            let (one, other) = (&self.one.records[left], &self.other.records[*right]);
            is_alone
                && self.pairs.iter().all(|pairs| pairs[*right].is_none())
                && of_two_phones(one, other, apart(*right))
        })
    }

    /// The cost of a pair, without what its surroundings add.
    pub(super) fn of_pair(&self, events: usize) -> usize {
        MESSAGE + EVENT * events
    }

    /// The least cost of each message of both sources that has no partner, if these pairs are kept: one
    /// that stands between two of them is missing within the other source.
    pub(super) fn alone(&self, kept: &[Option<usize>]) -> (Vec<usize>, Vec<usize>) {
        let ones = |left: usize| kept[left].is_some();
        let others = |right: usize| kept.contains(&Some(right));
        (
            alone(self.one, self.other, &ones),
            alone(self.other, self.one, &others),
        )
    }

    /// What these partners cost at least for their order: further ones only add to it.
    pub(super) fn of_order(&self, partners: &[Option<usize>]) -> usize {
        MOVED * moved(partners)
    }

    /// The cost of the difference of the wall clocks.
    pub(super) fn of_zone(&self) -> usize {
        match (self.ahead, self.is_proved) {
            (0, _) => 0,
            (_, true) => ABROAD,
            (_, false) => UNPROVED,
        }
    }

    /// The cost of one history; `None` if it is not legal.
    pub(super) fn cost(&self, partners: &[Option<usize>]) -> Option<usize> {
        // Records with one id of WhatsApp's own are one message.
        let mut ids = self.shared.iter().zip(partners);
        if ids.any(|(shared, partner)| shared.is_some() && shared != partner) {
            return None;
        }
        let mut cost = self.of_zone();
        let mut back = vec![None; self.other.records.len()];
        for (left, partner) in partners.iter().enumerate() {
            match partner {
                Some(right) => {
                    cost += MESSAGE + EVENT * self.pairs[left][*right]?;
                    back[*right] = Some(left);
                }
                None => cost += MESSAGE + EVENT * events_alone(&self.one.records[left]),
            }
        }
        for (right, partner) in back.iter().enumerate() {
            if partner.is_none() {
                cost += MESSAGE + EVENT * events_alone(&self.other.records[right]);
            }
        }
        // One of the two begins later than the other, and one of the two ends earlier.
        let spans = [(true, true), (true, false), (false, true), (false, false)];
        let ahead = self.ahead * MINUTE;
        let missing = spans.map(|(begins, ends)| {
            missing(self.one, partners, self.other, ahead, (begins, ends))
                + missing(self.other, &back, self.one, -ahead, (!begins, !ends))
        });
        let missing = missing.into_iter().min().unwrap_or(0);
        let half = MOVED * moved(partners) + COINCIDENCE * self.coincidences(partners, &back);
        Some(cost + half + EVENT * (missing + self.renamed(partners)?))
    }

    /// True if both sources show enough different contents at this difference of clocks.
    fn proves_a_journey(&self) -> bool {
        let shown = |left: &usize| {
            let mut rights = 0..self.other.records.len();
            rights.any(|right| self.same_words(*left, right))
        };
        let contents: BTreeSet<_> = (0..self.one.records.len())
            .filter(shown)
            .map(|left| {
                let record = &self.one.records[left];
                let files: Vec<_> = record.files.iter().map(|it| (it.size, it.crc)).collect();
                (record.side == Side::Outgoing, &record.body, files)
            })
            .collect();
        contents.len() >= CONTENTS
    }

    /// The records have the same words or files, whether they were edited or not.
    fn same_words(&self, left: usize, right: usize) -> bool {
        let (one, other) = (&self.one.records[left], &self.other.records[right]);
        let words = match one.class {
            // Programs write coordinates with more or fewer digits.
            Class::Place => true,
            Class::File => false,
            _ => one.body.is_some() && one.body == other.body,
        };
        let files = !one.files.is_empty() && !other.files.is_empty();
        one.class == other.class && (words || files) && self.pairs[left][right].is_some()
    }

    /// The records have the same words or files: those of an edited text are no less of a coincidence.
    fn equal(&self, left: usize, right: usize) -> bool {
        let (record, other) = (&self.one.records[left], &self.other.records[right]);
        // An omitted document has its title in one export, and nothing in another one.
        let words = record.body.is_some() && other.body.is_some();
        let content = words || !record.files.is_empty();
        let unchanged = match self.pairs[left][right] {
            Some(0) => true,
            Some(_) => record.class == Class::Text && record.body == other.body,
            None => false,
        };
        content
            && record.state != State::Deleted
            && unchanged
            && (record.files.is_empty() == other.files.is_empty())
    }

    /// How many records could have a partner of equal content, and both have none.
    fn coincidences(&self, partners: &[Option<usize>], back: &[Option<usize>]) -> usize {
        let mut free: Vec<usize> = (0..back.len())
            .filter(|right| !back[*right].is_some_and(|left| self.equal(left, *right)))
            .collect();
        let mut count = 0;
        for (left, partner) in partners.iter().enumerate() {
            if partner.is_some_and(|right| self.equal(left, right)) {
                continue;
            }
            if let Some(place) = free.iter().position(|right| self.equal(left, *right)) {
                free.remove(place);
                count += 1;
            }
        }
        count
    }

    /// How many people have two names; `None` if a name would be of two people.
    fn renamed(&self, partners: &[Option<usize>]) -> Option<usize> {
        let mut there = BTreeMap::new();
        let mut back = BTreeMap::new();
        for (left, partner) in self.one.records.iter().zip(partners) {
            let Some(right) = partner.map(|right| &self.other.records[right]) else {
                continue;
            };
            if let (Some(left), Some(right)) = (&left.author, &right.author)
                && (*there.entry(left).or_insert(right) != right
                    || *back.entry(right).or_insert(left) != left)
            {
                return None;
            }
        }
        let is_number = |name: &String| name.starts_with('+');
        let renamed =
            |(one, other): &(&String, &String)| one != other && is_number(one) == is_number(other);
        Some(there.into_iter().filter(renamed).count())
    }
}

/// What each record of `here` costs at least if it has no partner.
fn alone(here: &Timeline<'_>, there: &Timeline<'_>, is_kept: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let kept: Vec<usize> = (0..here.records.len()).filter(|at| is_kept(*at)).collect();
    let is_within = |place: usize| {
        let ends = kept.first().zip(kept.last());
        ends.is_some_and(|(first, last)| (*first..*last).contains(&place))
    };
    let of = |(place, record): (usize, &Recorded)| {
        let missing = is_within(place) && !is_left_out(record, there);
        MESSAGE + EVENT * (events_alone(record) + usize::from(missing))
    };
    here.records.iter().enumerate().map(of).collect()
}

/// An import leaves out what was deleted before.
fn is_left_out(record: &Recorded, there: &Timeline<'_>) -> bool {
    there.imported() && record.state == State::Deleted
}

/// How many pairs must be taken out so that both sources have the rest in one order.
fn moved(partners: &[Option<usize>]) -> usize {
    // The last of the best run of each length.
    let mut ends: Vec<usize> = Vec::new();
    let mut pairs = 0;
    for right in partners.iter().flatten() {
        pairs += 1;
        let length = ends.partition_point(|end| end < right);
        match ends.get_mut(length) {
            Some(end) => *end = *right,
            None => ends.push(*right),
        }
    }
    pairs - ends.len()
}

/// The events that explain why records without a partner are not in the other source, whose wall
/// clock is `ahead` of theirs by milliseconds. `span`: it may begin later, it may end earlier.
fn missing(
    here: &Timeline<'_>,
    partners: &[Option<usize>],
    there: &Timeline<'_>,
    ahead: i64,
    span: (bool, bool),
) -> usize {
    let slack = here.slack.max(there.slack);
    let unmatched = |place: &usize| partners[*place].is_none();
    let places = 0..here.records.len();
    let first = there.clocks.iter().min();
    let before = places.clone().take_while(unmatched).count();
    let is_older = |place: usize| {
        let is = |first| here.clocks[place] + ahead <= first + slack;
        span.0 && place < before && first.is_none_or(is)
    };
    let last = there.clocks.iter().max();
    let after = here.records.len() - places.clone().rev().take_while(unmatched).count();
    let is_newer = |place: usize| {
        let is = |last| here.clocks[place] + ahead >= last - slack;
        span.1 && place >= after && last.is_none_or(is)
    };
    let left_out = |place: usize| is_left_out(&here.records[place], there);
    places
        .filter(unmatched)
        .filter(|place| !is_older(*place) && !is_newer(*place) && !left_out(*place))
        .count()
}
