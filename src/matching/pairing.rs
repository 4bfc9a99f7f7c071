//! Decides for each message of one timeline which message of another it is.
//!
//! Belongs here: the order of the evidence. Never here: what a caller does with the answer.
//!
//! | order | evidence                                                               | module          |
//! |-------|------------------------------------------------------------------------|-----------------|
//! | 1     | WhatsApp's own id                                                      | [`super::by_content`] |
//! | 2     | files by size and CRC, then by size, then by name                       | [`super::by_content`] |
//! | 3     | canonical body, same author, stamps that agree                         | [`super::by_content`] |
//! | 4     | the same at one time-zone offset for all                               | [`super::zone_shift`] |
//! | 5     | position between matched neighbours, for content that changed          | [`super::by_position`] |
//! | 6     | the most plausible histories of small parts, which correct the rest    | [`super::plausible`] |

use super::by_content::{by_body, by_files, by_id, by_name, by_sizes};
use super::by_position::{Outcome, align_gaps, by_exclusion};
use super::corrected::align_whole;
use super::pairs::{Authors, Pairs};
use super::plausible::settle;
use super::timeline::{Precision, Timeline};
use super::zone_shift::{Inference, adjust, infer};

/// Which old message a new one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The old one at this place.
    Known(u32),
    /// None of them.
    New,
    /// One of several, or none: nothing tells.
    Ambiguous,
}

/// The answer for a whole timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    /// For each new observation.
    pub of: Vec<Match>,
    /// Milliseconds by which each new observation is later than the old timeline has it, where a
    /// zone lies between; empty where none does.
    pub shifts: Vec<i64>,
    /// So many messages look shifted by a zone, and that may be chance.
    pub doubtful_shift: Option<u32>,
    /// Old observations that an ambiguous new one may be.
    pub contested: Vec<u32>,
}

impl Pairing {
    /// The zone shift that most of the new timeline has.
    pub fn shift(&self) -> Option<i64> {
        self.shifts.last().copied()
    }
}

/// What is known of the two timelines beside themselves.
pub struct Settings<'s> {
    /// Compares authors.
    pub authors: &'s Authors<'s>,
    /// The times of the old timeline were, or may have been, read in another zone: when each old
    /// observation was first recorded.
    pub corrected: Option<&'s [i64]>,
}

/// Pairs `new` with `old`. The result does not depend on the order of sources, but for the places
/// that it names.
pub fn pair(new: &Timeline, old: &Timeline, settings: &Settings<'_>) -> Pairing {
    let mut pairs = Pairs::new(new, old, settings.authors);
    by_id(&mut pairs);
    let by_own_id = pairs.of_new.clone();
    let named = (pairs.of_new.clone(), pairs.of_old.clone());
    by_content(&mut pairs);
    let mut doubtful_shift = None;
    let mut is_shifted = false;
    let is_complete = |pairs: &Pairs<'_>| {
        pairs.of_new.iter().all(Option::is_some) || pairs.of_old.iter().all(Option::is_some)
    };
    match settings.corrected {
        Some(first) if !is_complete(&pairs) => {
            (pairs.of_new, pairs.of_old) = named;
            align_whole(&mut pairs, first);
            by_content(&mut pairs);
        }
        _ => match infer(&mut pairs) {
            Inference::None => {}
            Inference::Certain(shift) => {
                is_shifted = true;
                (pairs.of_new, pairs.of_old) = named;
                by_content(&mut pairs);
                exact_in_place(&mut pairs);
                adjust(&mut pairs, shift);
                by_content(&mut pairs);
            }
            Inference::Doubtful(count) => doubtful_shift = Some(count),
        },
    }
    by_exclusion(&mut pairs);
    let Outcome {
        mut ambiguous,
        mut contested,
    } = align_gaps(&mut pairs);
    if settings.corrected.is_none() {
        contested.extend(settle(&mut pairs, &by_own_id, &mut ambiguous));
        contested.retain(|place| pairs.of_old[*place as usize].is_none());
    }
    let mut of: Vec<Match> = (pairs.of_new.iter())
        .map(|old| old.map_or(Match::New, Match::Known))
        .collect();
    for place in ambiguous {
        of[place as usize] = Match::Ambiguous;
    }
    undecide_shared(&mut of, old.observations.len());
    Pairing {
        of,
        shifts: if is_shifted { pairs.shifts } else { Vec::new() },
        doubtful_shift,
        contested,
    }
}

/// One old observation is one message: new ones that have it in common are undecided, so that none
/// of them is lost.
fn undecide_shared(of: &mut [Match], old: usize) {
    let mut count = vec![0u8; old];
    for answer in of.iter() {
        if let Match::Known(place) = answer {
            let count = &mut count[*place as usize];
            *count = count.saturating_add(1);
        }
    }
    for answer in of {
        if matches!(answer, Match::Known(place) if count[*place as usize] > 1) {
            *answer = Match::Ambiguous;
        }
    }
}

/// Instants need no shift: where they are shifted against the old timeline, it is that one which
/// is wrong, and it may be wrong in part alone (the hour that occurs twice).
fn exact_in_place(pairs: &mut Pairs<'_>) {
    let mut shifted = Vec::new();
    for place in 0..pairs.of_new.len() {
        let is_exact = pairs.new.observations[place].precision == Precision::Exact;
        if is_exact && pairs.of_new[place].is_none() {
            shifted.push((place, std::mem::take(&mut pairs.shifts[place])));
        }
    }
    if shifted.is_empty() {
        return;
    }
    by_content(pairs);
    for (place, shift) in shifted {
        if pairs.of_new[place].is_none() {
            pairs.shifts[place] = shift;
        }
    }
}

/// The evidence of content, the strongest first.
fn by_content(pairs: &mut Pairs<'_>) {
    by_files(pairs);
    by_sizes(pairs);
    by_name(pairs);
    by_body(pairs);
}
