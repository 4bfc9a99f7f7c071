//! Identifies the authors of one source among the authors of another one.
//!
//! Here belongs the number of texts that two authors share, and the assignment that follows from it; never
//! the meaning of a name or a number, which the caller passes as a prior.
//!
//! An author has one name on one phone and another name on the next one, and two people may have each
//! other's names. Equal texts at agreeing times identify an author whatever the names are.

use std::collections::{HashMap, HashSet};

use super::overlap::shift_between;
use super::pairs::{Authors, Person};
use super::sequence::Key;
use super::timeline::{Timeline, closeness};
use super::tolerance::COMMON_TEXT;

/// An author of one source and the author of another source who is the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamePerson {
    /// The author's number in the first source.
    pub new: u32,
    /// The author's number in the second source.
    pub old: u32,
    /// The number of different texts that identify the person.
    pub texts: usize,
}

/// The number of texts that must agree if a name or number contradicts. Two people may send one text in one
/// minute.
const AGAINST_PRIOR: usize = 2;

/// In a source with more authors, a single text identifies none of them.
const MAX_AUTHORS: usize = 4_096;

/// Finds the authors of `new` who are authors of `old`, where `new` is read `shift` milliseconds earlier.
/// Each author is in at most one pair. `prior` compares two authors by names and numbers;
/// [`Person::Different`] excludes a pair.
pub fn align(new: &Timeline, old: &Timeline, shift: i64, prior: &Authors<'_>) -> Vec<SamePerson> {
    let votes = votes(new, old, shift, prior);
    let mut of_new: HashMap<u32, usize> = HashMap::new();
    let mut of_old: HashMap<u32, usize> = HashMap::new();
    for ((one, other), texts) in &votes {
        *of_new.entry(*one).or_default() += texts;
        *of_old.entry(*other).or_default() += texts;
    }
    let authors = |timeline: &Timeline| -> HashSet<u32> {
        (timeline.observations.iter())
            .filter_map(|observation| observation.author)
            .collect()
    };
    let (all_new, all_old) = (authors(new), authors(old));
    // A group has a thousand members; comparing all pairs must not cost more.
    let has_too_many = all_new.len().max(all_old.len()) > MAX_AUTHORS;
    let has_other = |one: u32, other: u32| {
        let by_new = all_old
            .iter()
            .any(|old| *old != other && prior(one, *old) == Person::Same);
        by_new || (all_new.iter()).any(|new| *new != one && prior(*new, other) == Person::Same)
    };
    let mut found: Vec<SamePerson> = (votes.iter())
        .filter(|((one, other), texts)| {
            // More than all evidence for another author, on either side.
            let others = of_new[one] + of_old[other] - 2 * **texts;
            let is_enough = || {
                **texts >= AGAINST_PRIOR
                    || prior(*one, *other) == Person::Same
                    || !(has_too_many || has_other(*one, *other))
            };
            **texts > others && is_enough()
        })
        .map(|((one, other), texts)| SamePerson {
            new: *one,
            old: *other,
            texts: *texts,
        })
        .collect();
    found.sort_unstable_by_key(|same| (same.new, same.old));
    found
}

/// [`align`] without a shift; where that finds no one, at the shift that the texts show.
pub fn align_in_any_zone(new: &Timeline, old: &Timeline, prior: &Authors<'_>) -> Vec<SamePerson> {
    let found = align(new, old, 0, prior);
    if !found.is_empty() {
        return found;
    }
    let shift = shift_between(new, old).unwrap_or_default();
    align(new, old, shift, prior)
}

/// The number of different texts that each pair of authors shares. A text counts if one author of either
/// source has it at that time.
fn votes(
    new: &Timeline,
    old: &Timeline,
    shift: i64,
    prior: &Authors<'_>,
) -> HashMap<(u32, u32), usize> {
    let (in_new, in_old) = (by_text(new), by_text(old));
    let mut votes: HashMap<(u32, u32), usize> = HashMap::new();
    for (text, indexes) in &in_new {
        let Some(others) = in_old.get(text) else {
            continue;
        };
        if indexes.len() > COMMON_TEXT || others.len() > COMMON_TEXT {
            continue;
        }
        let mut pairs: HashSet<(u32, u32)> = HashSet::new();
        for index in indexes {
            let one = &new.observations[*index as usize];
            for other in others {
                let other = &old.observations[*other as usize];
                if closeness(one, shift, other).is_some()
                    && let (Some(one), Some(other)) = (one.author, other.author)
                {
                    pairs.insert((one, other));
                }
            }
        }
        // Two authors with one text at one time: which is which is not known.
        if let [(one, other)] = pairs.into_iter().collect::<Vec<_>>()[..]
            && prior(one, other) != Person::Different
        {
            *votes.entry((one, other)).or_default() += 1;
        }
    }
    votes
}

/// The indexes of each text.
fn by_text(timeline: &Timeline) -> HashMap<Key, Vec<u32>> {
    let mut texts: HashMap<Key, Vec<u32>> = HashMap::new();
    for (index, observation) in (0u32..).zip(&timeline.observations) {
        if let (Some(body), Some(_)) = (observation.body, observation.author) {
            texts.entry(body).or_default().push(index);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tolerance::{HOUR, MINUTE};
    use crate::matching::{Class, Observation, Precision};

    /// Each text as minute, author and text.
    fn timeline(said: &[(i64, u32, &str)]) -> Timeline {
        let observation = |(minute, author, text): &(i64, u32, &str)| Observation {
            author: Some(*author),
            class: Some(Class::Text),
            body: Some(std::array::from_fn(|at| {
                text.as_bytes().get(at).copied().unwrap_or_default()
            })),
            ..Observation::of_instant(minute * MINUTE, Precision::Minute)
        };
        Timeline {
            observations: said.iter().map(observation).collect(),
            ..Timeline::default()
        }
    }

    fn pairs(new: &Timeline, old: &Timeline, prior: &Authors<'_>) -> Vec<(u32, u32)> {
        let found = align(new, old, 0, prior);
        found.iter().map(|same| (same.new, same.old)).collect()
    }

    fn talk(authors: [u32; 3]) -> Timeline {
        timeline(&[
            (0, authors[0], "who brings the ladder"),
            (3, authors[1], "i have one"),
            (6, authors[2], "and i the rope"),
            (9, authors[0], "then at eight"),
            (12, authors[1], "too early"),
            (15, authors[2], "half past"),
        ])
    }

    #[test]
    fn texts_identify_authors_of_any_name() {
        let old = talk([0, 1, 2]);
        let unknown: &Authors<'_> = &|_, _| Person::Unknown;
        assert_eq!(
            pairs(&talk([5, 6, 7]), &old, unknown),
            [(5, 0), (6, 1), (7, 2)]
        );
        // Names that are swapped on the other phone.
        let by_name: &Authors<'_> = &|one, other| match one == other {
            true => Person::Same,
            false => Person::Unknown,
        };
        assert_eq!(
            pairs(&talk([1, 0, 2]), &old, by_name),
            [(0, 1), (1, 0), (2, 2)]
        );
    }

    #[test]
    fn one_text_does_not_outweigh_a_name() {
        let old = timeline(&[(0, 0, "happy birthday"), (9, 1, "thank you all")]);
        let new = timeline(&[(0, 1, "happy birthday"), (7, 0, "from me too")]);
        let by_name: &Authors<'_> = &|one, other| match one == other {
            true => Person::Same,
            false => Person::Unknown,
        };
        assert_eq!(pairs(&new, &old, by_name), []);
        assert_eq!(pairs(&new, &old, &|_, _| Person::Unknown), [(1, 0)]);
        assert_eq!(pairs(&new, &old, &|_, _| Person::Different), []);
    }

    #[test]
    fn text_of_two_authors_identifies_none() {
        let old = timeline(&[(0, 0, "yes"), (0, 1, "yes")]);
        let new = timeline(&[(0, 3, "yes"), (0, 4, "yes")]);
        assert_eq!(pairs(&new, &old, &|_, _| Person::Unknown), []);
    }

    #[test]
    fn authors_are_found_at_a_zone_shift() {
        let old = talk([0, 1, 2]);
        let mut abroad = talk([4, 5, 6]);
        for observation in &mut abroad.observations {
            observation.at += 6 * HOUR;
        }
        let unknown: &Authors<'_> = &|_, _| Person::Unknown;
        assert_eq!(pairs(&abroad, &old, unknown), []);
        assert_eq!(align(&abroad, &old, 6 * HOUR, unknown).len(), 3);
    }
}
