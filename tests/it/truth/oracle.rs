//! The small-world oracle: every history that explains what two sources of one conversation record,
//! by exhaustion, for sources of a few messages each. It never reads `truth`. Whether two records
//! can be of one message belongs into `compatible`.
//!
//! A history is a set of true messages, each recorded by one source or by both, and of events that
//! explain the rest. Both sources come from phones of one person. Its cost is the sum of what it has;
//! the most plausible histories are those of the lowest cost. Order alone counts half: it chooses
//! between equal messages, and never makes two messages of one.
//!
//! | what a history has                                                | cost                   | from               |
//! |-------------------------------------------------------------------|------------------------|--------------------|
//! | a message                                                         | [`MESSAGE`]            | -                  |
//! | it was edited, or deleted for everyone                            | [`EVENT`] each         | `compatible`       |
//! | one source begins later: what is older is missing there           | 0                      | export formats 1.5 |
//! | one source was taken earlier: what is newer is missing there      | 0                      | -                  |
//! | a notice of a deletion is missing where an import wrote           | 0                      | contract, `skip`   |
//! | another message is missing within a source: deleted on that phone | [`EVENT`]              | identity faults A  |
//! | a message stands elsewhere in one source: it came late there      | [`MOVED`]              | export formats 7   |
//! | a person has two names, both or neither of them a number          | [`EVENT`]              | export formats 2.8 |
//! | a source was made in another zone, by a multiple of 15 minutes    | [`ABROAD`]             | export formats 7   |

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;

use super::compatible::{events, events_alone, share_id};
use super::conversation::MINUTE;
use super::recorded::{Precision, Recorded, State};
use super::sources::{read_at_home, wall};

const MESSAGE: usize = 2;
const EVENT: usize = 2;
const MOVED: usize = 1;

/// The cost of another zone: it must pair at least three messages that have no partner otherwise. Two
/// equal texts an hour from each other are no proof of a journey, and two pairs are a doubt.
const ABROAD: usize = 2 * MESSAGE;

/// No two zones differ by more, in minutes.
const ROUND_THE_WORLD: i64 = 26 * 60;

/// What an engine makes of a message of the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The message at this place of the second source.
    Known(usize),
    /// Not in the second source.
    New,
    /// Not to be told.
    Ambiguous,
}

/// What the histories make of the messages of the first source. A pairing has a partner in the
/// second source for each of them, `None` for one that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The partners of each message in any history. A pair that is not here is wrong.
    pub(crate) legal: Vec<BTreeSet<Option<usize>>>,
    /// The pairings of the most plausible histories.
    pub(crate) plausible: BTreeSet<Vec<Option<usize>>>,
    /// The cost of the most plausible histories.
    pub(crate) cost: usize,
    /// How many histories there are in all.
    pub(crate) histories: usize,
}

impl Verdict {
    /// The partners of one message in the most plausible histories.
    pub(crate) fn partners(&self, place: usize) -> BTreeSet<Option<usize>> {
        self.plausible
            .iter()
            .map(|pairing| pairing[place])
            .collect()
    }

    /// The pairing, if all most plausible histories have the same.
    pub(crate) fn certain(&self) -> Option<&[Option<usize>]> {
        let first = self.plausible.first().map(Vec::as_slice);
        first.filter(|_| self.plausible.len() == 1)
    }

    /// Why the answers of an engine are wrong: one most plausible history must have all of its
    /// pairs and new messages, and ambiguous may be only what two of them pair differently.
    pub(crate) fn fault(&self, answers: &[Answer]) -> Option<String> {
        for (place, answer) in answers.iter().enumerate() {
            if *answer == Answer::Ambiguous && self.partners(place).len() < 2 {
                return Some(format!("message {place} is not ambiguous"));
            }
        }
        let agrees = |pairing: &&Vec<Option<usize>>| {
            let has = |(answer, partner): (&Answer, &Option<usize>)| match answer {
                Answer::Known(place) => *partner == Some(*place),
                Answer::New => partner.is_none(),
                Answer::Ambiguous => true,
            };
            pairing.len() == answers.len() && answers.iter().zip(*pairing).all(has)
        };
        match self.plausible.iter().find(agrees) {
            Some(_) => None,
            None => Some(format!("no plausible history has {answers:?}")),
        }
    }
}

/// Enumerates the histories of two sources.
pub(crate) fn judge(one: &[Recorded], other: &[Recorded]) -> Verdict {
    let mut search = Search {
        one,
        other,
        ahead: 0,
        pairs: Vec::new(),
        verdict: Verdict {
            legal: vec![BTreeSet::new(); one.len()],
            plausible: BTreeSet::new(),
            cost: usize::MAX,
            histories: 0,
        },
    };
    for ahead in shifts(one, other) {
        search.ahead = ahead;
        search.pairs = one
            .iter()
            .map(|left| {
                other
                    .iter()
                    .map(|right| events(left, right, ahead))
                    .collect()
            })
            .collect();
        search.extend(&mut Vec::new());
    }
    search.verdict
}

/// The cost of one history, given by the partner of each message; `None` if it is not legal.
pub(crate) fn cost(
    one: &[Recorded],
    other: &[Recorded],
    partners: &[Option<usize>],
) -> Option<usize> {
    let costs = shifts(one, other).into_iter().filter_map(|ahead| {
        let pairs = one
            .iter()
            .map(|left| {
                other
                    .iter()
                    .map(|right| events(left, right, ahead))
                    .collect()
            })
            .collect();
        History {
            one,
            other,
            ahead,
            pairs: &pairs,
            partners,
        }
        .cost()
    });
    costs.min()
}

/// The differences of wall clocks that make at least one pair fit, and none.
fn shifts(one: &[Recorded], other: &[Recorded]) -> BTreeSet<i64> {
    let mut shifts = BTreeSet::from([0]);
    let exact = |records: &[Recorded]| records.iter().all(|it| it.precision == Precision::Exact);
    if exact(one) && exact(other) {
        return shifts;
    }
    for left in one {
        for right in other {
            let minutes = (clock(right) - clock(left)).num_seconds() as f64 / 60.0;
            let ahead = (minutes / 15.0).round() as i64 * 15;
            if ahead.abs() <= ROUND_THE_WORLD {
                shifts.insert(ahead);
            }
        }
    }
    shifts
}

/// The events that make two records one message, for each pair.
type Pairs = Vec<Vec<Option<usize>>>;

struct Search<'a> {
    one: &'a [Recorded],
    other: &'a [Recorded],
    ahead: i64,
    pairs: Pairs,
    verdict: Verdict,
}

impl Search<'_> {
    /// Goes through all ways to continue these partners of the first messages.
    fn extend(&mut self, partners: &mut Vec<Option<usize>>) {
        let place = partners.len();
        if place == self.one.len() {
            self.weigh(partners);
            return;
        }
        for right in 0..self.other.len() {
            if self.pairs[place][right].is_some() && !partners.contains(&Some(right)) {
                partners.push(Some(right));
                self.extend(partners);
                partners.pop();
            }
        }
        partners.push(None);
        self.extend(partners);
        partners.pop();
    }

    fn weigh(&mut self, partners: &[Option<usize>]) {
        let history = History {
            one: self.one,
            other: self.other,
            ahead: self.ahead,
            pairs: &self.pairs,
            partners,
        };
        let Some(cost) = history.cost() else {
            return;
        };
        let verdict = &mut self.verdict;
        verdict.histories += 1;
        if cost < verdict.cost {
            verdict.cost = cost;
            verdict.plausible.clear();
        }
        for (place, partner) in partners.iter().enumerate() {
            verdict.legal[place].insert(*partner);
        }
        if cost == verdict.cost {
            verdict.plausible.insert(partners.to_vec());
        }
    }
}

/// One way to explain both sources.
struct History<'a> {
    one: &'a [Recorded],
    other: &'a [Recorded],
    ahead: i64,
    pairs: &'a Pairs,
    /// By place in `one`.
    partners: &'a [Option<usize>],
}

impl History<'_> {
    fn cost(&self) -> Option<usize> {
        let mut cost = 0;
        let mut back = vec![None; self.other.len()];
        for (left, partner) in self.partners.iter().enumerate() {
            match partner {
                Some(right) => {
                    cost += MESSAGE + EVENT * self.pairs[left][*right]?;
                    back[*right] = Some(left);
                }
                None => cost += MESSAGE + EVENT * events_alone(&self.one[left]),
            }
        }
        for (right, partner) in back.iter().enumerate() {
            if partner.is_none() {
                cost += MESSAGE + EVENT * events_alone(&self.other[right]);
            }
        }
        if !self.keeps_ids() {
            return None;
        }
        if self.ahead != 0 {
            cost += ABROAD;
        }
        // One of the two begins later than the other, and one of the two ends earlier.
        let spans = [(true, true), (true, false), (false, true), (false, false)];
        let missing = spans.map(|(begins, ends)| {
            missing(
                self.one,
                self.partners,
                self.other,
                self.ahead,
                (begins, ends),
            ) + missing(self.other, &back, self.one, -self.ahead, (!begins, !ends))
        });
        let missing = missing.into_iter().min().unwrap_or(0);
        Some(cost + MOVED * self.moved() + EVENT * (missing + self.renamed()?))
    }

    /// Records with one id of WhatsApp's own are one message.
    fn keeps_ids(&self) -> bool {
        self.one.iter().zip(self.partners).all(|(left, partner)| {
            let sharing = self.other.iter().position(|right| share_id(left, right));
            sharing.is_none() || sharing == *partner
        })
    }

    /// How many pairs must be taken out so that both sources have the rest in one order.
    fn moved(&self) -> usize {
        let order: Vec<usize> = self.partners.iter().flatten().copied().collect();
        let mut longest = vec![1; order.len()];
        for right in 0..order.len() {
            for left in 0..right {
                if order[left] < order[right] {
                    longest[right] = longest[right].max(longest[left] + 1);
                }
            }
        }
        order.len() - longest.into_iter().max().unwrap_or(0)
    }

    /// How many people have two names; `None` if a name would be of two people.
    fn renamed(&self) -> Option<usize> {
        let mut there = BTreeMap::new();
        let mut back = BTreeMap::new();
        for (left, partner) in self.one.iter().zip(self.partners) {
            let Some(right) = partner.map(|right| &self.other[right]) else {
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

/// The events that explain why records without a partner are not in the other source, whose wall
/// clock is `ahead` of theirs by minutes. `span`: it may begin later, it may end earlier.
fn missing(
    records: &[Recorded],
    partners: &[Option<usize>],
    there: &[Recorded],
    ahead: i64,
    span: (bool, bool),
) -> usize {
    let slack = slack(&[records, there].concat());
    let clock = |record: &Recorded| clock(record).and_utc().timestamp_millis();
    let instant = |place: usize| clock(&records[place]) + ahead * MINUTE;
    let unmatched = |place: &usize| partners[*place].is_none();
    let first = there.iter().map(clock).min();
    let older: BTreeSet<usize> = (0..records.len())
        .take_while(|place| span.0 && unmatched(place))
        .filter(|place| first.is_none_or(|first| instant(*place) <= first + slack))
        .collect();
    let last = there.iter().map(clock).max();
    let newer: BTreeSet<usize> = (0..records.len())
        .rev()
        .take_while(|place| span.1 && unmatched(place))
        .filter(|place| last.is_none_or(|last| instant(*place) >= last - slack))
        .collect();
    let imported = there.first().is_some_and(|record| record.imported);
    let left_out = |place: &usize| imported && records[*place].state == State::Deleted;
    (0..records.len())
        .filter(unmatched)
        .filter(|place| !older.contains(place) && !newer.contains(place) && !left_out(place))
        .count()
}

/// The wall clock of a record, at home where the source holds instants.
fn clock(record: &Recorded) -> NaiveDateTime {
    record.local.unwrap_or_else(|| wall(record.at))
}

/// How wrong an order by wall clocks may be: the precision, a second, an hour in the autumn night.
fn slack(records: &[Recorded]) -> i64 {
    let any = |holds: fn(&Recorded) -> bool| records.iter().any(holds);
    let minute = any(|record| record.precision == Precision::Minute);
    let hour = any(|record| read_at_home(clock(record)).1);
    1000 + if minute { MINUTE } else { 0 } + if hour { 60 * MINUTE } else { 0 }
}
