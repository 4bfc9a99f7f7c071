//! The small-world oracle: every history that explains what two sources of one conversation record,
//! by exhaustion, for sources of a few messages each. It never reads `truth`. What a history
//! costs belongs into `history`, whether two records can be of one message into `compatible`.

use std::collections::BTreeSet;

use super::conversation::MINUTE;
pub(crate) use super::history::UNPROVED;
use super::history::{Histories, Timeline};
use super::recorded::{Precision, Recorded};

/// No two zones differ by more, in minutes.
const ROUND_THE_WORLD: i64 = 26 * 60;

/// What an engine makes of a message of the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The message at this place of the second source.
    Known(usize),
    /// Not in the second source.
    New,
    /// The sources do not decide.
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

    fn add(&mut self, partners: &[Option<usize>], cost: usize) {
        self.histories += 1;
        if cost < self.cost {
            self.cost = cost;
            self.plausible.clear();
        }
        for (legal, partner) in self.legal.iter_mut().zip(partners) {
            legal.insert(*partner);
        }
        if cost == self.cost {
            self.plausible.insert(partners.to_vec());
        }
    }
}

/// Enumerates the histories of two sources.
pub(crate) fn judge(one: &[Recorded], other: &[Recorded]) -> Verdict {
    let (one, other) = (Timeline::new(one), Timeline::new(other));
    let mut verdict = Verdict {
        legal: vec![BTreeSet::new(); one.records.len()],
        plausible: BTreeSet::new(),
        cost: usize::MAX,
        histories: 0,
    };
    for ahead in shifts(&one, &other) {
        let histories = Histories::new(&one, &other, ahead);
        extend(&histories, &mut Vec::new(), &mut verdict);
    }
    verdict
}

/// The cost of one history, given by the partner of each message; `None` if it is not legal.
pub(crate) fn cost(
    one: &[Recorded],
    other: &[Recorded],
    partners: &[Option<usize>],
) -> Option<usize> {
    let (one, other) = (Timeline::new(one), Timeline::new(other));
    let cost = |ahead| Histories::new(&one, &other, ahead).cost(partners);
    shifts(&one, &other).into_iter().filter_map(cost).min()
}

/// Two sources of any length, for histories that differ from known ones in a few messages.
pub(crate) struct Long<'a> {
    one: Timeline<'a>,
    other: Timeline<'a>,
    ahead: i64,
}

/// The cost of the most plausible ones of some histories, and what they make of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    cost: usize,
    partners: BTreeSet<Option<usize>>,
}

impl<'a> Long<'a> {
    /// The wall clock of the second source is `ahead` of that of the first by so many minutes, or both
    /// show the same.
    pub(crate) fn new(one: &'a [Recorded], other: &'a [Recorded], ahead: i64) -> Long<'a> {
        Long {
            one: Timeline::new(one),
            other: Timeline::new(other),
            ahead,
        }
    }

    /// The histories from which the most plausible ones differ in a few messages only. A pair that
    /// what is recorded excludes is none. Where `is_found`, the wall clocks are known to differ.
    pub(crate) fn knowing(&self, known: &[Vec<Option<usize>>], is_found: bool) -> Vec<Known<'_>> {
        let of_shift =
            |ahead: i64| Known::new(Histories::new(&self.one, &self.other, ahead), known);
        let shifted = of_shift(self.ahead);
        if is_found && shifted.histories.is_proved {
            return vec![shifted];
        }
        let shifts = BTreeSet::from([0, self.ahead]);
        let all = shifts.into_iter().map(of_shift);
        all.filter(|known| known.histories.is_proved).collect()
    }
}

/// Known histories at one difference of wall clocks.
pub(crate) struct Known<'a> {
    histories: Histories<'a>,
    known: BTreeSet<Vec<Option<usize>>>,
}

impl<'a> Known<'a> {
    fn new(histories: Histories<'a>, known: &[Vec<Option<usize>>]) -> Known<'a> {
        let legal = |partners: &Vec<Option<usize>>| {
            let all = partners.iter().enumerate();
            all.map(|(left, right)| right.filter(|right| histories.pairs[left][*right].is_some()))
                .collect()
        };
        let known = known.iter().map(legal).collect();
        Known { histories, known }
    }
}

/// The partners of the message at `place` in the most plausible of the histories that differ from a
/// known one in this message, and in what may be a partner of it, directly or by way of others.
pub(crate) fn partners(known: &[Known<'_>], place: usize) -> BTreeSet<Option<usize>> {
    around_all(known, place, false)
}

/// The same, if the partners of its neighbors may differ too, whose order depends on it: two parts that
/// cross each other have one order more than each of them next to the other. Empty where these are too
/// many.
pub(crate) fn with_neighbors(known: &[Known<'_>], place: usize) -> BTreeSet<Option<usize>> {
    around_all(known, place, true)
}

fn around_all(known: &[Known<'_>], place: usize, neighbors: bool) -> BTreeSet<Option<usize>> {
    let mut parts: Vec<Part> = Vec::new();
    for of_shift in known {
        for partners in &of_shift.known {
            parts.extend(around(&of_shift.histories, place, partners, neighbors));
        }
    }
    let least = parts.iter().map(|part| part.cost).min();
    (parts.into_iter())
        .filter(|part| Some(part.cost) == least)
        .flat_map(|part| part.partners)
        .collect()
}

/// The partners that the message at `place` may have had on another phone, whose stamps differ by up
/// to a minute: what records of one phone exclude, and no engine knows whose phone it reads.
pub(crate) fn of_two_phones(known: &[Known<'_>], place: usize) -> BTreeSet<Option<usize>> {
    (known.iter())
        .flat_map(|of_shift| of_shift.histories.of_two_phones(place))
        .map(Some)
        .collect()
}

/// At most so many messages of the first source are paired anew. With seven of an album of eight, three
/// placeholders had no history in which all of them are other files: it was ambiguous and passed for
/// certain.
const AROUND: usize = 9;

/// The same with the neighbors of a part, whose order depends on it.
const NEIGHBORS: usize = 10;

/// The search for these takes at most so many steps: a case that needs more fails, and does not run for
/// hours.
const STEPS: usize = 1_000_000;

/// The histories that differ from this one around a message.
fn around(
    histories: &Histories<'_>,
    place: usize,
    known: &[Option<usize>],
    neighbors: bool,
) -> Option<Part> {
    let most = if neighbors { NEIGHBORS } else { AROUND };
    let mut open = BTreeSet::from([place]);
    let mut others: BTreeSet<usize> = BTreeSet::new();
    loop {
        let free = |right: &usize| {
            let left = known.iter().position(|partner| *partner == Some(*right));
            left.is_none_or(|left| open.contains(&left))
        };
        let columns = histories.columns();
        let before = (open.len(), others.len());
        let reached: BTreeSet<usize> = columns
            .filter(|right| {
                open.iter()
                    .any(|left| histories.pairs[*left][*right].is_some())
            })
            .collect();
        // The nearest first, so that a message and its neighbours stay together.
        let mut lefts: Vec<usize> = (0..known.len())
            .filter(|left| !open.contains(left))
            .filter(|left| {
                let is_reached = |right: &usize| histories.pairs[*left][*right].is_some();
                known[*left].is_some_and(|right| reached.contains(&right))
                    || reached.iter().any(is_reached)
            })
            .collect();
        lefts.sort_by_key(|left| left.abs_diff(place));
        others = reached.into_iter().filter(free).collect();
        open.extend(
            lefts
                .into_iter()
                .take(most.saturating_sub(open.len()).min(1)),
        );
        if before == (open.len(), others.len()) {
            // The partner of the one decides on the order of the other.
            let crosses = |left: &usize| {
                known[*left].is_some_and(|right| {
                    histories.columns().any(|other| {
                        histories.pairs[place][other].is_some()
                            && (*left < place) != (right < other)
                    })
                })
            };
            let near = (0..known.len())
                .filter(|left| !open.contains(left))
                .filter(|left| histories.pairs[*left].iter().flatten().count() > 1 || crosses(left))
                .min_by_key(|left| left.abs_diff(place));
            match near.filter(|left| neighbors && open.len() < most && left.abs_diff(place) <= most)
            {
                Some(left) => open.insert(left),
                None => break,
            };
        }
    }
    // The message in question comes first, so that the search knows early whether it is in vain.
    open.remove(&place);
    let open: Vec<usize> = std::iter::once(place).chain(open).collect();
    let mut kept = known.to_vec();
    for left in &open {
        kept[*left] = None;
    }
    let least = Least::new(histories, &kept, &open, &others);
    let mut search = Around {
        histories,
        place,
        least,
        open,
        others,
        partners: known.to_vec(),
        part: None,
        steps: 0,
    };
    search.finish();
    search.partners = kept;
    search.extend(0, 0);
    let is_whole = search.steps <= STEPS;
    assert!(is_whole || neighbors, "too many histories around a message");
    search.part.filter(|_| is_whole)
}

/// What histories cost at least that differ in the partners of a few messages.
struct Least {
    /// All that stays the same.
    base: usize,
    /// Each message of the first source, if it has no partner.
    alone: Vec<usize>,
    /// The open messages from each on, whatever their partners are.
    rest: Vec<usize>,
    /// Those of the second source that they may be paired with, if they have no partner; the cheapest
    /// first.
    others: Vec<(usize, usize)>,
}

impl Least {
    fn new(
        histories: &Histories<'_>,
        kept: &[Option<usize>],
        open: &[usize],
        others: &BTreeSet<usize>,
    ) -> Least {
        let (alone, others_alone) = histories.alone(kept);
        let lefts = (0..kept.len()).filter(|left| !open.contains(left));
        let ones = lefts.map(
            |left| match kept[left].and_then(|it| histories.pairs[left][it]) {
                Some(events) => histories.of_pair(events),
                None => alone[left],
            },
        );
        let is_alone = |right: &usize| !others.contains(right) && !kept.contains(&Some(*right));
        let rights = histories.columns().filter(is_alone);
        let base = histories.of_zone()
            + ones.sum::<usize>()
            + rights.map(|right| others_alone[right]).sum::<usize>();
        let mut rest = vec![0];
        for left in open.iter().rev() {
            let events = histories.pairs[*left].iter().flatten().min();
            let pair = events.map(|events| histories.of_pair(*events));
            let one = pair.map_or(alone[*left], |pair| pair.min(alone[*left]));
            rest.push(rest[rest.len() - 1] + one);
        }
        rest.reverse();
        let mut others: Vec<(usize, usize)> = (others.iter())
            .map(|right| (others_alone[*right], *right))
            .collect();
        others.sort_unstable();
        Least {
            base,
            alone,
            rest,
            others,
        }
    }

    /// The least if the first `done` of the open messages have these partners and cost `more`: each of
    /// the others takes one message of the second source at most.
    fn of(&self, partners: &[Option<usize>], done: usize, more: usize) -> usize {
        let open = self.rest.len() - 1 - done;
        let is_free = |(_, right): &&(usize, usize)| !partners.contains(&Some(*right));
        let free = self.others.iter().filter(is_free);
        let alone = free.clone().count().saturating_sub(open);
        let others = free.take(alone).map(|(cost, _)| cost).sum::<usize>();
        self.base + more + self.rest[done] + others
    }
}

struct Around<'h> {
    histories: &'h Histories<'h>,
    place: usize,
    least: Least,
    open: Vec<usize>,
    /// What these may be paired with.
    others: BTreeSet<usize>,
    partners: Vec<Option<usize>>,
    part: Option<Part>,
    steps: usize,
}

impl Around<'_> {
    /// Goes through all ways to pair the open messages after the first `done`, which cost `more`.
    fn extend(&mut self, done: usize, more: usize) {
        self.steps += 1;
        if self.steps > STEPS {
            return;
        }
        if self.is_in_vain(done, more) {
            return;
        }
        let Some(left) = self.open.get(done).copied() else {
            self.finish();
            return;
        };
        for right in self.others.clone() {
            let events = self.histories.pairs[left][right];
            if let Some(events) = events
                && !self.partners.contains(&Some(right))
            {
                self.partners[left] = Some(right);
                self.extend(done + 1, more + self.histories.of_pair(events));
                self.partners[left] = None;
            }
        }
        self.extend(done + 1, more + self.least.alone[left]);
    }

    /// True where no history with these partners costs less than the least so far, nor as much with
    /// another partner of the message in question.
    fn is_in_vain(&self, done: usize, more: usize) -> bool {
        let Some(part) = &self.part else {
            return false;
        };
        let least = self.least.of(&self.partners, done, more);
        let least = least + self.histories.of_order(&self.partners);
        let is_known = done > 0 && part.partners.contains(&self.partners[self.place]);
        part.cost < least || (is_known && part.cost == least)
    }

    fn finish(&mut self) {
        let Some(cost) = self.histories.cost(&self.partners) else {
            return;
        };
        let partner = self.partners[self.place];
        match &mut self.part {
            Some(part) if part.cost == cost => {
                part.partners.insert(partner);
            }
            Some(part) if part.cost < cost => {}
            part => {
                *part = Some(Part {
                    cost,
                    partners: BTreeSet::from([partner]),
                });
            }
        }
    }
}

/// The differences of wall clocks in minutes that make at least one pair fit, and none.
fn shifts(one: &Timeline<'_>, other: &Timeline<'_>) -> BTreeSet<i64> {
    let mut shifts = BTreeSet::from([0]);
    let exact = |record: &Recorded| record.precision == Precision::Exact;
    if one.records.iter().chain(other.records).all(exact) {
        return shifts;
    }
    for left in &one.clocks {
        for right in &other.clocks {
            let ahead = ((right - left) as f64 / (15 * MINUTE) as f64).round() as i64 * 15;
            if ahead.abs() <= ROUND_THE_WORLD {
                shifts.insert(ahead);
            }
        }
    }
    shifts
}

/// Goes through all ways to continue these partners of the first messages.
fn extend(histories: &Histories<'_>, partners: &mut Vec<Option<usize>>, verdict: &mut Verdict) {
    let Some(pairs) = histories.pairs.get(partners.len()) else {
        if let Some(cost) = histories.cost(partners) {
            verdict.add(partners, cost);
        }
        return;
    };
    for (right, events) in pairs.iter().enumerate() {
        if events.is_some() && !partners.contains(&Some(right)) {
            partners.push(Some(right));
            extend(histories, partners, verdict);
            partners.pop();
        }
    }
    partners.push(None);
    extend(histories, partners, verdict);
    partners.pop();
}
