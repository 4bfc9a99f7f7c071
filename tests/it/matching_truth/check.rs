//! What is wrong with the answers of the engine for one case. Never here: how a case is made.
//!
//! An answer that is the truth is right. Any other one has to be that of a most plausible history,
//! and an undecided message has to have different partners in two of them. Of long conversations
//! the oracle knows the histories that differ from the truth, or from that of the answers, around the
//! message in question. Messages that stand together may be open as one, since each of them alone would cross
//! the others or be missing between them: an answer that no history so far has is compared with histories in
//! which all of a run of them are new, and in which the first of them are known. Where the engine finds the true zone shift, only histories of that shift are
//! compared: three texts prove a journey that is not cheaper than as many messages without a partner.

use std::collections::{BTreeMap, BTreeSet};

use chatferry::internals::matching::{Match, Pairing, Person, Settings, Timeline, pair};

use super::cases::Case;
use super::evidence::{Read, compare, read};
use crate::truth::Recorded;
use crate::truth::conversation::MINUTE;
use crate::truth::oracle::{Known, Long, judge, of_two_phones, partners, with_neighbors};

/// What the cases showed in all.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) messages: u64,
    pub(super) known: u64,
    pub(super) new: u64,
    /// New in a chat that is held.
    pub(super) held: u64,
    /// Those of them whose two sources have one zone.
    pub(super) held_at_home: u64,
    /// Undecided, and two most plausible histories differ.
    pub(super) undecided: u64,
    pub(super) differs_from_truth: u64,
}

impl Report {
    pub(super) fn add(&mut self, other: &Report) {
        self.messages += other.messages;
        self.known += other.known;
        self.new += other.new;
        self.held += other.held;
        self.held_at_home += other.held_at_home;
        self.undecided += other.undecided;
        self.differs_from_truth += other.differs_from_truth;
    }
}

/// The answer for a record, by places among the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Known(usize),
    New,
    Ambiguous,
    /// New, in a chat that is held since its zone shift is doubtful.
    Held,
}

impl Answer {
    /// True for one of these partners, or where there are several.
    fn is_plausible(self, partners: &BTreeSet<Option<usize>>) -> bool {
        match self {
            Answer::Known(partner) => partners.contains(&Some(partner)),
            Answer::New => partners.contains(&None),
            Answer::Ambiguous => partners.len() > 1,
            Answer::Held => true,
        }
    }
}

/// All that is wrong.
pub(super) fn check(case: &Case, report: &mut Report) -> Vec<String> {
    let (is_group, owner) = (case.is_group(), case.owner());
    let [one, other] = [0, 1].map(|at| read(&case.records[at], case.forms[at], owner, is_group));
    let (forth, shift) = answers(&one, &other);
    let (back, _) = answers(&other, &one);
    let is_found = case.is_abroad() && shift == Some(-case.ahead() * MINUTE);
    let [records, others] = &case.records;
    let truth = truth(records, others);
    let mut faults = Vec::new();
    let long = Long::new(records, others, case.ahead());
    let (mut known, mut together) = (None, None);
    for (place, answer) in forth.iter().enumerate() {
        report.messages += 1;
        match answer {
            Answer::Known(_) => report.known += 1,
            Answer::New => report.new += 1,
            Answer::Ambiguous => {}
            Answer::Held => {
                report.held += 1;
                report.held_at_home += u64::from(!case.is_abroad());
            }
        }
        let is_true = match answer {
            Answer::Known(partner) => truth[place] == Some(*partner),
            Answer::New => truth[place].is_none(),
            Answer::Ambiguous | Answer::Held => false,
        };
        if is_true {
            continue;
        }
        report.differs_from_truth += 1;
        let known = known.get_or_insert_with(|| long.knowing(&histories(&forth, &truth), is_found));
        // Of short sources all histories are known.
        let mut partners = match case.is_small() {
            true => {
                let mut partners = judge(records, others).partners(place);
                partners.extend(of_two_phones(known, place));
                partners
            }
            false => of_long(*answer, known, place),
        };
        if !answer.is_plausible(&partners) && !case.is_small() {
            let known = together.get_or_insert_with(|| {
                let mut all = histories(&forth, &truth);
                all.extend(open_together(&forth, &truth));
                long.knowing(&all, is_found)
            });
            let others = of_long(*answer, known, place);
            if answer.is_plausible(&others) {
                partners = others;
            }
        }
        let is_plausible = answer.is_plausible(&partners);
        report.undecided += u64::from(*answer == Answer::Ambiguous && is_plausible);
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

/// The partners of a message of a long conversation, next to these histories.
fn of_long(answer: Answer, known: &[Known<'_>], place: usize) -> BTreeSet<Option<usize>> {
    let mut partners = partners(known, place);
    partners.extend(of_two_phones(known, place));
    if !answer.is_plausible(&partners) {
        let with_neighbors = with_neighbors(known, place);
        if !with_neighbors.is_empty() {
            partners = with_neighbors;
            partners.extend(of_two_phones(known, place));
        }
    }
    partners
}

/// Two histories of the whole: the truth, and the one of the answers, with the truth where these are
/// open.
fn histories(answers: &[Answer], truth: &[Option<usize>]) -> Vec<Vec<Option<usize>>> {
    vec![truth.to_vec(), of_answers(answers, truth)]
}

/// Histories of the answers, for all open messages and for each run of them: one in which none of these is
/// known, and one in which the first of them are.
fn open_together(answers: &[Answer], truth: &[Option<usize>]) -> Vec<Vec<Option<usize>>> {
    let with_truth = of_answers(answers, truth);
    let is_open = |place: &usize| answers[*place] == Answer::Ambiguous;
    let all: Vec<usize> = (0..answers.len()).filter(is_open).collect();
    let runs = all.chunk_by(|one, next| next - one == 1).map(<[_]>::to_vec);
    let groups: BTreeSet<Vec<usize>> = runs.chain([all.clone()]).collect();
    let mut histories = Vec::new();
    for group in groups {
        let mut partners: Vec<usize> = group.iter().filter_map(|at| with_truth[*at]).collect();
        partners.sort_unstable();
        for partners in [Vec::new(), partners] {
            let mut partners = partners.into_iter();
            let mut history = with_truth.clone();
            for place in &group {
                history[*place] = partners.next();
            }
            histories.push(history);
        }
    }
    histories
}

/// The history of the answers, with the truth where these are open.
fn of_answers(answers: &[Answer], truth: &[Option<usize>]) -> Vec<Option<usize>> {
    let taken: BTreeSet<usize> = (answers.iter())
        .filter_map(|answer| match answer {
            Answer::Known(partner) => Some(*partner),
            Answer::New | Answer::Ambiguous | Answer::Held => None,
        })
        .collect();
    (answers.iter().zip(truth))
        .map(|(answer, truth)| match answer {
            Answer::Known(partner) => Some(*partner),
            Answer::New => None,
            Answer::Ambiguous | Answer::Held => truth.filter(|partner| !taken.contains(partner)),
        })
        .collect()
}

/// The answers for the records of `one`, and the zone shift.
fn answers(one: &Read, other: &Read) -> (Vec<Answer>, Option<i64>) {
    let pairing = of(one, other, &one.timeline, &other.timeline);
    let mut answers = vec![Answer::New; one.places.len()];
    for (observed, found) in pairing.of.iter().enumerate() {
        answers[one.places[observed]] = match found {
            Match::Known(place) => Answer::Known(other.places[*place as usize]),
            Match::New if pairing.doubtful_shift.is_some() => Answer::Held,
            Match::New => Answer::New,
            Match::Ambiguous => Answer::Ambiguous,
        };
    }
    (answers, pairing.shift())
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
