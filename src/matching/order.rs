//! The order of the messages of one timeline, and its ends. Never here: a comparison of timelines.

use std::collections::BTreeSet;

use super::missing::{Ends, Member};
use super::timeline::Timeline;
use super::tolerance::LOOKAHEAD;

/// Positions of the messages of one timeline.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) rank_of: Vec<usize>,
    pub(super) place_at: Vec<u32>,
    /// The first and last instant of the timeline.
    pub(super) span: (i64, i64),
    /// The positions of the first and of the last pair that no component contains.
    pub(super) pairs: Option<(usize, usize)>,
    /// The positions of the messages in components.
    open: Vec<usize>,
}

impl Order {
    pub(super) fn of(timeline: &Timeline, is_record: bool, time: impl Fn(u32) -> i64) -> Order {
        let count = timeline.observations.len();
        let placed = match is_record {
            true => 0,
            false => count.saturating_sub(timeline.unplaced),
        };
        let mut place_at: Vec<u32> = (0u32..).take(placed).collect();
        let mut unplaced: Vec<u32> = (0u32..).take(count).skip(placed).collect();
        unplaced.sort_by_key(|index| time(*index));
        if place_at.is_empty() {
            place_at = unplaced;
        } else if !unplaced.is_empty() {
            place_at = insert(&place_at, &unplaced, &time);
        }
        let mut rank_of = vec![0; count];
        for (rank, index) in place_at.iter().enumerate() {
            rank_of[*index as usize] = rank;
        }
        let span = place_at
            .iter()
            .fold((i64::MAX, i64::MIN), |(from, to), index| {
                let at = time(*index);
                (from.min(at), to.max(at))
            });
        Order {
            rank_of,
            place_at,
            span,
            pairs: None,
            open: Vec::new(),
        }
    }

    pub(super) fn add_pair(&mut self, index: u32) {
        let rank = self.rank_of[index as usize];
        let (first, last) = self.pairs.unwrap_or((rank, rank));
        self.pairs = Some((first.min(rank), last.max(rank)));
    }

    pub(super) fn open_all(&mut self, is_open: &[bool]) {
        let ranks = self.place_at.iter().enumerate();
        self.open = ranks
            .filter(|(_, index)| is_open[**index as usize])
            .map(|(rank, _)| rank)
            .collect();
    }

    /// The positions around these.
    pub(super) fn near(&self, ranks: &BTreeSet<usize>) -> BTreeSet<usize> {
        let around = |rank: &usize| {
            rank.saturating_sub(LOOKAHEAD)..(rank + LOOKAHEAD + 1).min(self.place_at.len())
        };
        ranks.iter().flat_map(around).collect()
    }

    /// Whether some of these are before the first or after the last certain pair.
    pub(super) fn is_at_end(&self, ranks: &BTreeSet<usize>) -> bool {
        let Some((first, last)) = self.pairs else {
            return true;
        };
        ranks.first().is_some_and(|rank| *rank < first)
            || ranks.last().is_some_and(|rank| *rank > last)
    }

    pub(super) fn ends(
        &self,
        own: &BTreeSet<usize>,
        partner: &dyn Fn(usize) -> Option<usize>,
        is_at_end: bool,
        member: &dyn Fn(u32) -> Member,
    ) -> Ends {
        if !is_at_end {
            return Ends {
                pairs: self.pairs,
                unpaired: Vec::new(),
            };
        }
        let mut pairs = self.pairs;
        for rank in self.open.iter().filter(|rank| !own.contains(rank)) {
            if partner(*rank).is_some() {
                let (first, last) = pairs.unwrap_or((*rank, *rank));
                pairs = Some((first.min(*rank), last.max(*rank)));
            }
        }
        let count = self.place_at.len();
        let (first, last) = pairs.map_or((count, count), |(first, last)| (first, last + 1));
        let mut unpaired: Vec<Member> = Vec::new();
        let (from, to) = (
            own.first().copied().unwrap_or(count),
            own.last().copied().unwrap_or(0),
        );
        for rank in (0..first)
            .chain(last..count)
            .filter(|rank| !own.contains(rank))
        {
            let mut one = member(self.place_at[rank]);
            // Beyond all of them, only the end matters.
            let beyond = match () {
                () if rank < from && rank < first => Some(0),
                () if rank < from => Some(from - 1),
                () if rank > to && rank < first => Some(to + 1),
                () if rank > to => Some(count),
                () => None,
            };
            if let Some(rank) = beyond {
                one.rank = rank;
                let is_alike = |other: &&mut Member| {
                    (
                        other.rank,
                        other.is_older,
                        other.is_newer,
                        other.is_left_out,
                    ) == (one.rank, one.is_older, one.is_newer, one.is_left_out)
                };
                if let Some(other) = unpaired.iter_mut().take(LOOKAHEAD).find(is_alike) {
                    other.count += 1;
                    continue;
                }
            }
            unpaired.push(one);
        }
        Ends { pairs, unpaired }
    }
}

/// Inserts messages without a position before the first later message.
fn insert(placed: &[u32], unplaced: &[u32], time: &impl Fn(u32) -> i64) -> Vec<u32> {
    let mut all = Vec::with_capacity(placed.len() + unplaced.len());
    let mut unplaced = unplaced.iter().peekable();
    for index in placed {
        while let Some(other) = unplaced.next_if(|other| time(**other) < time(*index)) {
            all.push(*other);
        }
        all.push(*index);
    }
    all.extend(unplaced);
    all
}
