//! The order of records whose timestamps differ in precision.
//!
//! A record to the minute, of an Android export, and one to the second, of an iPhone's, have no order within that
//! minute. Their counterparts in an archive have one. Never here: which messages are counterparts.

use super::pairs::Pairs;
use super::timeline::{Precision, Timeline};
use super::tolerance::JITTER;

/// Orders the records to the minute among those of finer precision as the archive has their counterparts, by the
/// pairs of equal content found so far.
pub(super) fn refine(pairs: &mut Pairs<'_>) {
    let is_new = pairs.new_is_record;
    if is_new == pairs.old_is_record {
        return;
    }
    let (record, archive) = match is_new {
        true => (pairs.new, pairs.old),
        false => (pairs.old, pairs.new),
    };
    let is_minute =
        |index: &u32| record.observations[*index as usize].precision == Precision::Minute;
    let count = u32::try_from(record.observations.len()).unwrap_or(u32::MAX);
    let minutes = (0..count).filter(is_minute).count();
    if minutes == 0 || minutes == record.observations.len() {
        return;
    }
    let in_order: Vec<Counterpart> = counterparts(pairs, archive, is_new);
    let mut times: Vec<i64> = record.observations.iter().map(|one| one.at).collect();
    let open = follow(&in_order, record, archive, &mut times);
    precede(&in_order, record, &open, &mut times);
    keep_numbers(record, &mut times);
    for (index, time) in (0..count).zip(times) {
        pairs.set_order(index, is_new, time);
    }
}

/// A record and its counterpart.
struct Counterpart {
    record: u32,
    archive: u32,
    /// The instant of the counterpart by the clock of the record.
    at: i64,
}

/// The pairs of equal content, in the order of the archive.
fn counterparts(pairs: &Pairs<'_>, archive: &Timeline, is_new: bool) -> Vec<Counterpart> {
    let placed = archive.observations.len() - archive.unplaced.min(archive.observations.len());
    let partners = match is_new {
        true => &pairs.of_old,
        false => &pairs.of_new,
    };
    let partners = (0u32..).zip(&partners[..placed]);
    partners
        .filter_map(|(index, record)| {
            let record = (*record)?;
            let (new, old) = if is_new {
                (record, index)
            } else {
                (index, record)
            };
            let shift = pairs.shifts[new as usize];
            pairs.is_equal(new, old).then(|| Counterpart {
                record,
                archive: index,
                at: match is_new {
                    true => pairs.old_at(old).at + shift,
                    false => pairs.time_of(new),
                },
            })
        })
        .collect()
}

/// Puts each record to the minute at the time of its counterpart, and behind the record before it. Returns which have
/// neither.
fn follow(
    in_order: &[Counterpart],
    record: &Timeline,
    archive: &Timeline,
    times: &mut [i64],
) -> Vec<bool> {
    let mut is_open = vec![false; times.len()];
    let mut last: Option<i64> = None;
    for one in in_order {
        let index = one.record as usize;
        let observation = &record.observations[index];
        if observation.precision == Precision::Minute {
            let (from, to) = observation.span();
            let is_finer =
                archive.observations[one.archive as usize].precision != Precision::Minute;
            let is_within = (from - JITTER..=to + JITTER).contains(&one.at);
            let own = (is_finer && is_within).then_some(one.at);
            let behind = last
                .filter(|last| (from..=to).contains(last))
                .map(|last| last + 1);
            match own.max(behind) {
                Some(time) => times[index] = time.clamp(from, to),
                None => is_open[index] = true,
            }
        }
        last = (!is_open[index]).then_some(times[index]);
    }
    is_open
}

/// Puts each of the rest in front of the record behind it.
fn precede(in_order: &[Counterpart], record: &Timeline, is_open: &[bool], times: &mut [i64]) {
    let mut next: Option<i64> = None;
    for one in in_order.iter().rev() {
        let index = one.record as usize;
        if is_open[index] {
            let (from, to) = record.observations[index].span();
            let before = next.filter(|next| (from..=to).contains(next));
            times[index] = before.map_or(times[index], |next| (next - 1).max(from));
        }
        next = Some(times[index]);
    }
}

/// Keeps the order of records of one minute, which their milliseconds number, where one of them was moved.
fn keep_numbers(record: &Timeline, times: &mut [i64]) {
    let mut last: Option<(i64, i64)> = None;
    for index in record.by_time() {
        let observation = &record.observations[index as usize];
        if observation.precision != Precision::Minute {
            continue;
        }
        let (minute, _) = observation.span();
        let time = &mut times[index as usize];
        if let Some((of, before)) = last.filter(|(of, _)| *of == minute)
            && *time == observation.at
        {
            *time = before.max(*time);
            last = Some((of, *time));
        } else {
            last = Some((minute, *time));
        }
    }
}
