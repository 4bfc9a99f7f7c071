//! The small-world oracle: every history that explains what two sources of one conversation record,
//! by exhaustion, for sources of a few messages each. It never reads `truth`. What a history
//! costs belongs into `history`, whether two records can be of one message into `compatible`.

use std::collections::BTreeSet;

use super::conversation::MINUTE;
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
