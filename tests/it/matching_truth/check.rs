//! What is wrong with the answers of the engine for one case. Never here: how a case is made.
//!
//! An answer that is the truth is right. Any other one has to be that of a most plausible history,
//! and an undecided message has to have different partners in two of them. Of long conversations
//! the oracle gets the messages around the one in question.

use std::collections::{BTreeMap, BTreeSet};

use chatferry::matching::sequence::Key;
use chatferry::matching::tolerance::TEXTS;
use chatferry::matching::{Match, Pairing, Person, Settings, Timeline, pair};

use super::cases::{Case, SMALL};
use super::evidence::{Read, compare, read};
use crate::truth::Recorded;
use crate::truth::oracle::judge;

/// What the cases showed in all.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) messages: u64,
    pub(super) known: u64,
    pub(super) new: u64,
    /// Undecided, and two most plausible histories differ.
    pub(super) undecided: u64,
    /// Undecided in long conversations, and the oracle knows better.
    pub(super) undecided_without_cause: u64,
    pub(super) differs_from_truth: u64,
    /// New for want of the contents that prove a zone shift.
    pub(super) zone_unknown: u64,
}

impl Report {
    pub(super) fn add(&mut self, other: &Report) {
        self.messages += other.messages;
        self.known += other.known;
        self.new += other.new;
        self.undecided += other.undecided;
        self.undecided_without_cause += other.undecided_without_cause;
        self.differs_from_truth += other.differs_from_truth;
        self.zone_unknown += other.zone_unknown;
    }
}

/// The answer for a record, by places among the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Known(usize),
    New,
    Ambiguous,
}

/// All that is wrong.
pub(super) fn check(case: &Case, report: &mut Report) -> Vec<String> {
    let (is_group, owner) = (case.is_group(), case.owner());
    let [one, other] = [0, 1].map(|at| read(&case.records[at], case.forms[at], owner, is_group));
    let forth = answers(&one, &other);
    let back = answers(&other, &one);
    let [records, others] = &case.records;
    let truth = truth(records, others);
    let mut faults = Vec::new();
    let is_zone_unknown = case.is_abroad() && has_little(&one, &other, &truth);
    for (place, answer) in forth.iter().enumerate() {
        report.messages += 1;
        match answer {
            Answer::Known(_) => report.known += 1,
            Answer::New => report.new += 1,
            Answer::Ambiguous => {}
        }
        let is_true = match answer {
            Answer::Known(partner) => truth[place] == Some(*partner),
            Answer::New => truth[place].is_none(),
            Answer::Ambiguous => false,
        };
        if is_true {
            continue;
        }
        report.differs_from_truth += 1;
        if is_zone_unknown && *answer == Answer::New {
            report.zone_unknown += 1;
            continue;
        }
        let partners = plausible(case, place, *answer, truth[place]);
        let is_plausible = match answer {
            Answer::Known(partner) => partners.contains(&Some(*partner)),
            Answer::New => partners.contains(&None),
            Answer::Ambiguous => partners.len() > 1,
        };
        match (answer, is_plausible) {
            (Answer::Ambiguous, true) => report.undecided += 1,
            (Answer::Ambiguous, false) if !case.is_small() => report.undecided_without_cause += 1,
            _ => {}
        }
        if !is_plausible {
            faults.push(format!(
                "{:?}{} message {place} is {answer:?}; true is {:?}, plausible {partners:?}",
                case.forms,
                if case.is_abroad() { " abroad" } else { "" },
                truth[place]
            ));
        }
    }
    faults.extend(asymmetries(&forth, &back));
    faults
}

/// True where both sources share fewer different contents than prove a zone shift: two good
/// mornings an hour from each other are no journey.
fn has_little(one: &Read, other: &Read, truth: &[Option<usize>]) -> bool {
    let contents = |read: &Read| -> BTreeMap<usize, Key> {
        (read.places.iter())
            .zip(&read.timeline.observations)
            .filter_map(|(place, it)| Some((*place, it.files.or(it.body)?)))
            .collect()
    };
    let (contents, others) = (contents(one), contents(other));
    let shared: BTreeSet<Key> = (truth.iter().enumerate())
        .filter_map(|(place, partner)| {
            let (own, there) = (contents.get(&place)?, others.get(&(*partner)?)?);
            (own == there).then_some(*own)
        })
        .collect();
    shared.len() < TEXTS
}

/// The answers for the records of `one`.
fn answers(one: &Read, other: &Read) -> Vec<Answer> {
    let pairing = of(one, other, &one.timeline, &other.timeline);
    let mut answers = vec![Answer::New; one.places.len()];
    for (observed, found) in pairing.of.iter().enumerate() {
        answers[one.places[observed]] = match found {
            Match::Known(place) => Answer::Known(other.places[*place as usize]),
            Match::New => Answer::New,
            Match::Ambiguous => Answer::Ambiguous,
        };
    }
    answers
}

fn of(one: &Read, other: &Read, new: &Timeline, old: &Timeline) -> Pairing {
    let authors = |author: u32, with: u32| -> Person { compare(one, other, author, with) };
    let settings = Settings {
        authors: &authors,
        corrected: None,
    };
    pair(new, old, &settings)
}

/// The partner of each message, by the truth.
fn truth(one: &[Recorded], other: &[Recorded]) -> Vec<Option<usize>> {
    let places: BTreeMap<usize, usize> = (other.iter().enumerate())
        .map(|(place, record)| (record.truth, place))
        .collect();
    (one.iter())
        .map(|record| places.get(&record.truth).copied())
        .collect()
}

/// The partners of one message in the most plausible histories, of the whole or of what is
/// around the message, its answer and its true partner.
fn plausible(
    case: &Case,
    place: usize,
    answer: Answer,
    truth: Option<usize>,
) -> BTreeSet<Option<usize>> {
    let [records, others] = &case.records;
    if case.is_small() {
        return judge(records, others).partners(place);
    }
    let partner = match answer {
        Answer::Known(partner) => Some(partner),
        Answer::New | Answer::Ambiguous => None,
    };
    let (own, there) = neighbourhood(case, place, partner, truth);
    let select = |records: &[Recorded], places: &[usize]| -> Vec<Recorded> {
        places.iter().map(|place| records[*place].clone()).collect()
    };
    let verdict = judge(&select(records, &own), &select(others, &there));
    let at = own
        .iter()
        .position(|it| *it == place)
        .expect("is around itself");
    (verdict.partners(at).iter())
        .map(|partner| partner.map(|it| there[it]))
        .collect()
}

/// The places of at most six messages of each source: those in question, and what is nearest.
fn neighbourhood(
    case: &Case,
    place: usize,
    partner: Option<usize>,
    truth: Option<usize>,
) -> (Vec<usize>, Vec<usize>) {
    let [records, others] = &case.records;
    let at = records[place].at;
    // Messages that are one in truth are both there, or neither is.
    let mut own = BTreeSet::from([place]);
    let mut there: BTreeSet<usize> = partner.into_iter().chain(truth).collect();
    let pairs = self::truth(records, others);
    let back = self::truth(others, records);
    for other in there.clone() {
        own.extend(back[other]);
    }
    let mut nearest: Vec<(i64, bool, usize)> = (records.iter().enumerate())
        .map(|(place, record)| ((record.at - at).abs(), true, place))
        .chain(
            (others.iter().enumerate())
                .map(|(place, record)| ((record.at - at).abs(), false, place)),
        )
        .collect();
    nearest.sort_unstable();
    // What comes before and after, so that neither source seems to begin or to end here.
    let around = |is_before: bool| {
        let is_there = |(place, partner): &(usize, &Option<usize>)| {
            let is_on_side = match is_before {
                true => own.first().is_some_and(|first| place < first),
                false => own.last().is_some_and(|last| place > last),
            };
            let is_on_side_there = partner.is_some_and(|partner| match is_before {
                true => there.first().is_none_or(|first| partner < *first),
                false => there.last().is_none_or(|last| partner > *last),
            });
            is_on_side && is_on_side_there
        };
        let mut all = pairs.iter().enumerate();
        let found = match is_before {
            true => all.rfind(is_there),
            false => all.find(is_there),
        };
        found.map(|(place, _)| (0, true, place))
    };
    let around: Vec<_> = [around(true), around(false)]
        .into_iter()
        .flatten()
        .collect();
    let nearest = around.into_iter().chain(nearest);
    for (_, is_own, place) in nearest {
        let (here, with) = match is_own {
            true => (Some(place), pairs[place]),
            false => (back[place], Some(place)),
        };
        let is_full = |set: &BTreeSet<usize>, more: Option<usize>| {
            more.is_some_and(|more| !set.contains(&more) && set.len() >= SMALL)
        };
        if !is_full(&own, here) && !is_full(&there, with) {
            own.extend(here);
            there.extend(with);
        }
    }
    (own.into_iter().collect(), there.into_iter().collect())
}

/// Pairs that one direction finds and the other contradicts.
fn asymmetries(forth: &[Answer], back: &[Answer]) -> Vec<String> {
    let mut faults = Vec::new();
    for (place, answer) in forth.iter().enumerate() {
        if let Answer::Known(partner) = answer
            && back[*partner] != Answer::Known(place)
        {
            faults.push(format!(
                "message {place} is {answer:?}, and the other way round {:?}",
                back[*partner]
            ));
        }
    }
    for (place, answer) in back.iter().enumerate() {
        if let Answer::Known(partner) = answer
            && forth[*partner] != Answer::Known(place)
        {
            faults.push(format!(
                "the other way round {place} is {answer:?}, and it is {:?}",
                forth[*partner]
            ));
        }
    }
    faults
}
