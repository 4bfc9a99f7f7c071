//! The surroundings of a part of two timelines: positions, ends, and the pairs nearby.
//!
//! Here belongs what a history of a part costs because of decisions around it; never the decision.

use std::collections::BTreeSet;

use super::components::Component;
use super::histories::Context;
use super::missing::Member;
use super::order::Order;
use super::pairs::Pairs;
use super::timeline::{Observation, Precision, State, Timeline};
use super::tolerance::{MINUTE, SECOND};

/// The first and the last position in each of the two timelines.
type Spans = [(usize, usize); 2];

/// Components that are decided together: their positions, and whether they are at either end.
type Group<'c> = (Spans, (bool, bool), Vec<&'c Component>);

#[derive(Debug)]
pub(super) struct Surroundings {
    new: Order,
    old: Order,
    /// The maximum error of an order by instants.
    slack: i64,
    /// Whether the old timeline has the rows: one of two timelines has them in both directions of pairing.
    pub(super) is_swapped: bool,
}

impl Surroundings {
    pub(super) fn new(pairs: &Pairs<'_>, components: &[Component]) -> Self {
        let mut is_open_new = vec![false; pairs.of_new.len()];
        let mut is_open_old = vec![false; pairs.of_old.len()];
        for component in components {
            for index in &component.new {
                is_open_new[*index as usize] = true;
            }
            for index in &component.old {
                is_open_old[*index as usize] = true;
            }
        }
        let new_time = |index: u32| match pairs.new_is_record {
            true => pairs.order_of_new(index),
            false => pairs.time_of(index),
        };
        let old_time = |index: u32| match pairs.old_is_record {
            true => pairs.order_of_old(index),
            false => pairs.old_at(index).at,
        };
        let mut new = Order::of(pairs.new, pairs.new_is_record, new_time);
        let mut old = Order::of(pairs.old, pairs.old_is_record, old_time);
        for (index, other) in (0u32..).zip(&pairs.of_new) {
            let Some(other) = *other else { continue };
            if is_open_new[index as usize] || is_open_old[other as usize] {
                continue;
            }
            new.add_pair(index);
            old.add_pair(other);
        }
        new.open_all(&is_open_new);
        old.open_all(&is_open_old);
        Surroundings {
            new,
            old,
            slack: slack(pairs.new).max(slack(pairs.old)),
            is_swapped: is_after(pairs),
        }
    }

    pub(super) fn rank_of_new(&self, index: u32) -> usize {
        self.new.rank_of[index as usize]
    }

    pub(super) fn rank_of_old(&self, index: u32) -> usize {
        self.old.rank_of[index as usize]
    }

    /// A message as histories see it.
    pub(super) fn member(&self, pairs: &Pairs<'_>, index: u32, is_new: bool) -> Member {
        let (order, other, observation, at, is_record) = match is_new {
            true => (
                &self.new,
                &self.old,
                pairs.new_at(index),
                pairs.time_of(index),
                pairs.old_is_record,
            ),
            false => (
                &self.old,
                &self.new,
                pairs.old_at(index),
                pairs.old_at(index).at,
                pairs.new_is_record,
            ),
        };
        Member {
            rank: order.rank_of[index as usize],
            events: u32::from(matches!(observation.state, State::Edited | State::Deleted)),
            is_older: at <= other.span.0.saturating_add(self.slack),
            is_newer: at >= other.span.1.saturating_sub(self.slack),
            is_left_out: is_record && observation.state == State::Deleted,
            count: 1,
        }
    }

    /// The number of messages that the context of a part at an end of the timelines considers.
    pub(super) fn beyond_ends(&self, new: &[u32], old: &[u32]) -> usize {
        let own: BTreeSet<usize> = new.iter().map(|index| self.rank_of_new(*index)).collect();
        let others: BTreeSet<usize> = old.iter().map(|index| self.rank_of_old(*index)).collect();
        match self.new.is_at_end(&own) || self.old.is_at_end(&others) {
            true => self.new.place_at.len() + self.old.place_at.len(),
            false => 0,
        }
    }

    /// The decisions around the messages at these indexes.
    pub(super) fn context(&self, pairs: &Pairs<'_>, new: &[u32], old: &[u32]) -> Context {
        let own: BTreeSet<usize> = new.iter().map(|index| self.rank_of_new(*index)).collect();
        let others: BTreeSet<usize> = old.iter().map(|index| self.rank_of_old(*index)).collect();
        let partner = |rank: usize| {
            let other = pairs.of_new[self.new.place_at[rank] as usize]?;
            Some(self.rank_of_old(other))
        };
        let partner_of_old = |rank: usize| {
            let other = pairs.of_old[self.old.place_at[rank] as usize]?;
            Some(self.rank_of_new(other))
        };
        let mut near = BTreeSet::new();
        for rank in self.new.near(&own) {
            near.extend(partner(rank).map(|other| (rank, other)));
        }
        for rank in self.old.near(&others) {
            near.extend(partner_of_old(rank).map(|other| (other, rank)));
        }
        near.retain(|(rank, other)| !own.contains(rank) && !others.contains(other));
        let is_at_end = self.new.is_at_end(&own) || self.old.is_at_end(&others);
        let member = |index: u32| self.member(pairs, index, true);
        let member_of_old = |index: u32| self.member(pairs, index, false);
        let new = self.new.ends(&own, &partner, is_at_end, &member);
        let old = self
            .old
            .ends(&others, &partner_of_old, is_at_end, &member_of_old);
        match self.is_swapped {
            true => Context {
                pairs: near
                    .into_iter()
                    .map(|(rank, other)| (other, rank))
                    .collect(),
                ends: [old, new],
            },
            false => Context {
                pairs: near.into_iter().collect(),
                ends: [new, old],
            },
        }
    }

    /// Components that are within each other, or at the same end of the timelines: a decision about one
    /// changes the cost of another.
    pub(super) fn groups<'c>(&self, components: &'c [Component]) -> Vec<Vec<&'c Component>> {
        let bounds = |ranks: &mut dyn Iterator<Item = usize>| {
            ranks.fold((usize::MAX, 0), |(from, to), rank| {
                (from.min(rank), to.max(rank))
            })
        };
        let mut spans: Vec<(Spans, &Component)> = (components.iter())
            .map(|one| {
                let new = bounds(&mut one.new.iter().map(|index| self.rank_of_new(*index)));
                let old = bounds(&mut one.old.iter().map(|index| self.rank_of_old(*index)));
                (
                    if self.is_swapped {
                        [old, new]
                    } else {
                        [new, old]
                    },
                    one,
                )
            })
            .collect();
        spans.sort_by_key(|(spans, _)| *spans);
        let mut orders = [&self.new, &self.old];
        if self.is_swapped {
            orders.reverse();
        }
        let ends = |spans: &Spans| {
            let is_first = |(span, order): (&(usize, usize), &&Order)| {
                order.pairs.is_none_or(|(first, _)| span.0 < first)
            };
            let is_last = |(span, order): (&(usize, usize), &&Order)| {
                order.pairs.is_none_or(|(_, last)| span.1 > last)
            };
            let both = || spans.iter().zip(&orders);
            (both().any(is_first), both().any(is_last))
        };
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (spans, component) in spans {
            let (is_first, is_last) = ends(&spans);
            let joins = |(with, (first, last), _): &(Spans, (bool, bool), Vec<&Component>)| {
                (is_first && *first)
                    || (is_last && *last)
                    || (spans.iter().zip(with))
                        .any(|(span, with)| span.0 <= with.1 && with.0 <= span.1)
            };
            match groups.last_mut().filter(|group| joins(group)) {
                Some((with, ends, members)) => {
                    for (with, span) in with.iter_mut().zip(&spans) {
                        *with = (with.0.min(span.0), with.1.max(span.1));
                    }
                    *ends = (ends.0 || is_first, ends.1 || is_last);
                    members.push(component);
                }
                None => groups.push((spans, (is_first, is_last), vec![component])),
            }
        }
        groups.into_iter().map(|(.., members)| members).collect()
    }
}

/// The maximum error of an order by the instants of a timeline.
fn slack(timeline: &Timeline) -> i64 {
    let any = |holds: fn(&Observation) -> bool| timeline.observations.iter().any(holds);
    let minute = any(|observation| observation.precision == Precision::Minute);
    let repeats = (timeline.observations.iter()).map(|observation| observation.repeats);
    SECOND + if minute { MINUTE } else { 0 } + repeats.max().unwrap_or_default().millis()
}

/// An order of two timelines that does not depend on which is the new one.
fn is_after(pairs: &Pairs<'_>) -> bool {
    let whole = |timeline: &Timeline, is_record: bool| {
        (is_record, timeline.observations.len(), timeline.ids.len())
    };
    let key = |observation: &Observation| {
        (
            observation.precision,
            observation.at,
            observation.body,
            observation.files,
            observation.outgoing,
            observation.state == State::Deleted,
        )
    };
    let one = (pairs.new.observations.iter()).map(key);
    let other = (pairs.old.observations.iter()).map(key);
    (whole(pairs.new, pairs.new_is_record).cmp(&whole(pairs.old, pairs.old_is_record)))
        .then_with(|| one.cmp(other))
        .is_gt()
}
