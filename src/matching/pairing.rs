//! Pairs the messages of two timelines.
//!
//! Here belongs the order of the evidence; never the use of the result.
//!
//! | order | evidence                                                               | module          |
//! |-------|------------------------------------------------------------------------|-----------------|
//! | 1     | WhatsApp id                                                            | [`super::by_content`] |
//! | 2     | files by size and CRC, then by size, then by name                       | [`super::by_content`] |
//! | 3     | canonical body, same author, agreeing timestamps                       | [`super::by_content`] |
//! | 4     | the same at one time-zone offset for all                               | [`super::zone_shift`] |
//! |       | the same an hour off behind a clock change                              | [`super::clock_change`] |
//! | 5     | position between matched neighbours, for content that changed          | [`super::by_position`] |
//! | 6     | the most plausible histories of small parts, which correct the rest    | [`super::plausible`] |

use super::by_content::{by_body, by_files, by_id, by_name, by_sizes};
use super::by_position::{Outcome, align_gaps, by_exclusion};
use super::clock_change;
use super::corrected::align_whole;
use super::pairs::{Authors, Pairs};
use super::plausible::settle;
use super::record_order::refine;
use super::timeline::{Precision, Timeline};
use super::whole_shift::doubtful;
use super::zone_shift::{Inference, adjust, infer};

/// The counterpart of a new message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The old message at this index.
    Known(u32),
    /// The old timeline has no counterpart.
    New,
    /// Several old messages fit, or perhaps none: the evidence does not choose.
    Ambiguous,
}

/// The pairing of two timelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    /// The counterpart of each new observation, in the order of the new timeline.
    pub of: Vec<Match>,
    /// The zone shift of each new observation, in milliseconds by which it is later than in the old
    /// timeline; empty if there is no shift.
    pub shifts: Vec<i64>,
    /// The number of messages that look shifted by a zone, if that may be chance.
    pub doubtful_shift: Option<u32>,
    /// The indexes of old observations that an ambiguous new one may be.
    pub contested: Vec<u32>,
}

impl Pairing {
    /// The zone shift of the last message of the new timeline, in milliseconds; `None` without a
    /// shift.
    pub fn shift(&self) -> Option<i64> {
        self.shifts.last().copied()
    }
}

/// What is known besides the two timelines.
pub struct Settings<'s> {
    /// Decides whether an author of each timeline are one person.
    pub authors: &'s Authors<'s>,
    /// The time at which each old observation was first recorded, in Unix milliseconds, if the old
    /// times were, or may have been, read in another zone since; else `None`.
    pub corrected: Option<&'s [i64]>,
}

/// Pairs the observations of `new` with those of `old`, by content and by position. The result is
/// the same in both directions, apart from the indexes. The decisions are in
/// docs/design/matching.md.
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
            Inference::Certain(shift) => {
                is_shifted = true;
                (pairs.of_new, pairs.of_old) = named;
                by_content(&mut pairs);
                exact_in_place(&mut pairs);
                adjust(&mut pairs, shift);
                by_content(&mut pairs);
            }
            other => match (clock_change::infer(&mut pairs), other) {
                (Some(shift), _) => {
                    is_shifted = true;
                    by_content(&mut pairs);
                    adjust(&mut pairs, shift);
                    by_content(&mut pairs);
                }
                (None, Inference::Doubtful(count)) => doubtful_shift = Some(count),
                (None, _) => doubtful_shift = doubtful(&pairs),
            },
        },
    }
    refine(&mut pairs);
    by_exclusion(&mut pairs);
    let Outcome {
        mut ambiguous,
        mut contested,
    } = align_gaps(&mut pairs);
    if settings.corrected.is_none() {
        contested.extend(settle(&mut pairs, &by_own_id, &mut ambiguous));
        contested.retain(|index| pairs.of_old[*index as usize].is_none());
    }
    let mut of: Vec<Match> = (pairs.of_new.iter())
        .map(|old| old.map_or(Match::New, Match::Known))
        .collect();
    for index in ambiguous {
        of[index as usize] = Match::Ambiguous;
    }
    undecide_shared(&mut of, old.observations.len());
    Pairing {
        of,
        shifts: if is_shifted { pairs.shifts } else { Vec::new() },
        doubtful_shift,
        contested,
    }
}

/// One old observation is one message: new ones that share it become ambiguous, so that none of them is
/// lost.
fn undecide_shared(of: &mut [Match], old: usize) {
    let mut count = vec![0u8; old];
    for answer in of.iter() {
        if let Match::Known(index) = answer {
            let count = &mut count[*index as usize];
            *count = count.saturating_add(1);
        }
    }
    for answer in of {
        if matches!(answer, Match::Known(index) if count[*index as usize] > 1) {
            *answer = Match::Ambiguous;
        }
    }
}

/// Instants need no shift: if they are shifted against the old timeline, that one is wrong, perhaps only in
/// part (a repeated hour).
fn exact_in_place(pairs: &mut Pairs<'_>) {
    let mut shifted = Vec::new();
    for index in 0..pairs.of_new.len() {
        let is_exact = pairs.new.observations[index].precision == Precision::Exact;
        if is_exact && pairs.of_new[index].is_none() {
            shifted.push((index, std::mem::take(&mut pairs.shifts[index])));
        }
    }
    if shifted.is_empty() {
        return;
    }
    by_content(pairs);
    for (index, shift) in shifted {
        if pairs.of_new[index].is_none() {
            pairs.shifts[index] = shift;
        }
    }
}

/// Pairs by evidence of content, the strongest first.
fn by_content(pairs: &mut Pairs<'_>) {
    by_files(pairs);
    by_sizes(pairs);
    by_name(pairs);
    by_body(pairs);
}
