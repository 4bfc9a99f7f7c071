//! Messages that are an hour off behind a clock change, and in place before it.
//!
//! Concerns records of an export made abroad that ended after a clock change of either zone: its export did not show
//! whether the other zone changed its clocks too. Never here: a zone shift of most messages ([`super::zone_shift`]).

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;

use super::local_times::offset;
use super::pairs::Pairs;
use super::sequence::Key;
use super::timeline::{Closeness, Precision, Timeline, closeness};
use super::tolerance::{AGREEING, DAYLIGHT_SAVING, LOOKAHEAD, MAX_DIFFERENCE, TEXTS};
use super::zone_shift::Contents;

/// Sets the shift of the messages behind a clock change, if at least three different contents there are an hour
/// later, or earlier, than in the old timeline, and none is in place. Returns the shift. `pairs` contains the pairs
/// found at the recorded times.
pub(super) fn infer(pairs: &mut Pairs<'_>) -> Option<i64> {
    let zone = pairs.new.zone.or(pairs.old.zone)?;
    let is_exact = |timeline: &Timeline| {
        let mut all = timeline.observations.iter();
        all.all(|observation| observation.precision == Precision::Exact)
    };
    let is_free = |partner: &&Option<u32>| partner.is_none();
    let has_few = |partners: &[Option<u32>]| partners.iter().filter(is_free).count() < TEXTS;
    if has_few(&pairs.of_old) || has_few(&pairs.of_new) {
        return None;
    }
    if is_exact(pairs.new) && is_exact(pairs.old) {
        return None;
    }
    let mut in_order: Vec<u32> = (0u32..).take(pairs.of_new.len()).collect();
    in_order.sort_by_key(|index| pairs.order_of_new(*index));
    let contents = Contents::new(pairs);
    let free = free_of_old(pairs, &contents);
    let proved = |by: i64| {
        let mut runs = runs(pairs, (&contents, &free), &in_order, by);
        runs.retain(|run| run.is_proved() && run.is_behind_a_change(pairs, &in_order, zone));
        (!runs.is_empty()).then_some((by, runs))
    };
    let (by, runs) = [DAYLIGHT_SAVING, -DAYLIGHT_SAVING]
        .into_iter()
        .find_map(proved)?;
    for run in runs {
        let ends = run.members.first().zip(run.members.last());
        let ranks = ends.map_or(0..0, |(first, last)| *first..last + 1);
        for index in &in_order[ranks] {
            pairs.shifts[*index as usize] = by;
        }
    }
    Some(by)
}

/// Records without a partner, by content: time and index.
type FreeRecords = HashMap<Key, Vec<(i64, u32)>>;

/// The times and indexes of the free observations of the old timeline, by content.
fn free_of_old(pairs: &Pairs<'_>, contents: &Contents) -> FreeRecords {
    let mut free = FreeRecords::new();
    for index in (0u32..).take(pairs.of_old.len()) {
        let is_free = pairs.of_old[index as usize].is_none();
        if let (true, Some(key)) = (is_free, contents.at_any_time_of_old(index)) {
            let all = free.entry(key).or_default();
            all.push((pairs.old_at(index).at, index));
        }
    }
    for all in free.values_mut() {
        all.sort_unstable();
    }
    free
}

/// Messages between two that are in place.
#[derive(Debug, Default)]
struct Run {
    /// The message in place before them.
    before: Option<u32>,
    /// The ranks of those whose content the old timeline has an hour away.
    members: Vec<usize>,
    /// Their contents.
    contents: HashSet<Key>,
    /// The number of those that the old timeline has neither here nor there, between members.
    others: usize,
    /// The same behind the last member: it may end there.
    pending: usize,
}

impl Run {
    /// Whether enough different contents are an hour away, and nearly all.
    fn is_proved(&self) -> bool {
        let all = self.members.len() + self.others;
        self.contents.len() >= TEXTS && self.members.len() * AGREEING.1 >= all * AGREEING.0
    }

    /// Whether the zone changes its clocks between the message in place and the first member, which may be read an hour
    /// early.
    fn is_behind_a_change(&self, pairs: &Pairs<'_>, in_order: &[u32], zone: Tz) -> bool {
        let first = self.members.first().map(|rank| in_order[*rank]);
        self.before.zip(first).is_some_and(|(before, first)| {
            let own = offset(zone, pairs.time_of(before));
            let first = pairs.time_of(first);
            [first, first + DAYLIGHT_SAVING].map(|at| offset(zone, at)) != [own; 2]
        })
    }
}

/// The runs of messages that are later than in the old timeline by `by`.
fn runs(
    pairs: &Pairs<'_>,
    (contents, old): (&Contents, &FreeRecords),
    in_order: &[u32],
    by: i64,
) -> Vec<Run> {
    let mut is_taken: HashSet<u32> = HashSet::new();
    let mut runs = vec![Run::default()];
    for (rank, index) in in_order.iter().enumerate() {
        let Some(key) = contents.at_any_time_of_new(*index) else {
            continue;
        };
        if pairs.of_new[*index as usize].is_some() {
            runs.push(Run {
                before: Some(*index),
                ..Run::default()
            });
            continue;
        }
        let counterpart = old.get(&key).and_then(|all| {
            let at = pairs.new_at(*index).at - by;
            let from = all.partition_point(|(then, _)| *then < at - MAX_DIFFERENCE);
            let near = all[from..].iter().take(LOOKAHEAD).map(|(_, other)| *other);
            near.filter(|other| !is_taken.contains(other))
                .find(|other| is_counterpart(pairs, *index, *other, by))
        });
        let Some(run) = runs.last_mut() else { continue };
        match counterpart {
            Some(other) => {
                is_taken.insert(other);
                run.members.push(rank);
                run.contents.insert(key);
                run.others += std::mem::take(&mut run.pending);
            }
            None if !run.members.is_empty() => run.pending += 1,
            None => {}
        }
    }
    runs
}

/// Whether the timestamps and authors of two messages agree at this shift.
fn is_counterpart(pairs: &Pairs<'_>, new: u32, old: u32, by: i64) -> bool {
    let close = closeness(pairs.new_at(new), by, pairs.old_at(old));
    close.is_some_and(|close| close <= Closeness::Tight) && pairs.may_be_of_one_author(new, old)
}
