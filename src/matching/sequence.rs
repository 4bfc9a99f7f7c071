//! Aligns two sequences of keys: patience diff.
//!
//! Pure and general. Order counts: items that have partners are in one order on both sides. Keys that each
//! side has once are certain, the longest run of them that is in order on both sides is kept, and the gaps
//! between are treated the same way. Without a certain key, equal starts and ends of a gap are paired.

use std::collections::HashMap;
use std::ops::Range;

/// The hash of an item, the first 16 bytes: equal items have equal keys.
pub type Key = [u8; 16];

/// Pairs of indexes in `left` and `right`, ascending in both. O(n log n) for n items, except for gaps full
/// of repeated keys, of which only the ends are considered.
pub fn align(left: &[Key], right: &[Key]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut gaps = vec![(0..left.len(), 0..right.len())];
    while let Some((mut l, mut r)) = gaps.pop() {
        while !l.is_empty() && !r.is_empty() && left[l.start] == right[r.start] {
            pairs.push((l.start, r.start));
            l.start += 1;
            r.start += 1;
        }
        while !l.is_empty() && !r.is_empty() && left[l.end - 1] == right[r.end - 1] {
            pairs.push((l.end - 1, r.end - 1));
            l.end -= 1;
            r.end -= 1;
        }
        if l.is_empty() || r.is_empty() {
            continue;
        }
        let anchors = rising(&certain(left, l.clone(), right, r.clone()));
        if anchors.is_empty() {
            continue;
        }
        let mut from = (l.start, r.start);
        for (at_left, at_right) in anchors {
            pairs.push((at_left, at_right));
            gaps.push((from.0..at_left, from.1..at_right));
            from = (at_left + 1, at_right + 1);
        }
        gaps.push((from.0..l.end, from.1..r.end));
    }
    pairs.sort_unstable();
    pairs
}

/// Indexes of the keys that each side has exactly once, in the order of the left.
fn certain(left: &[Key], l: Range<usize>, right: &[Key], r: Range<usize>) -> Vec<(usize, usize)> {
    let once = |items: &[Key], range: Range<usize>| {
        let mut indexes: HashMap<Key, Option<usize>> = HashMap::new();
        for at in range {
            indexes
                .entry(items[at])
                .and_modify(|index| *index = None)
                .or_insert(Some(at));
        }
        indexes
    };
    let there = once(right, r);
    let mut here: Vec<(usize, usize)> = once(left, l)
        .into_iter()
        .filter_map(|(key, at)| Some((at?, (*there.get(&key)?)?)))
        .collect();
    here.sort_unstable();
    here
}

/// The longest subsequence of `pairs` that ascends on the right too.
pub(super) fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best run of each length, and the predecessor of each pair.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.push(pairs[index]);
        at = before[index];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Vec<Key> {
        text.bytes().map(|byte| [byte; 16]).collect()
    }

    fn shown(left: &str, right: &str) -> String {
        let pairs = align(&keys(left), &keys(right));
        pairs
            .iter()
            .map(|(l, _)| left.as_bytes()[*l] as char)
            .collect()
    }

    #[test]
    fn common_keys_are_aligned_in_order() {
        for (left, right, same) in [
            ("abcdef", "abcdef", "abcdef"),
            ("cdefgh", "abcdef", "cdef"),
            ("abXcdeYf", "abcdef", "abcdef"),
            ("abcdef", "abdcef", "abcef"),
            ("aaa", "aaaaa", "aaa"),
            ("xaaay", "xaaaay", "xaaay"),
            ("", "abc", ""),
            ("abc", "xyz", ""),
        ] {
            assert_eq!(shown(left, right).len(), same.len(), "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn pairs_are_equal_rise_and_a_cut_copy_is_found_whole(
            text in prop::collection::vec(0u8..40, 0..60),
            from in 0usize..60,
            extra in prop::collection::vec(40u8..60, 0..10),
        ) {
            let right: Vec<Key> = text.iter().map(|byte| [*byte; 16]).collect();
            let kept = &right[from.min(right.len())..];
            let mut left = kept.to_vec();
            left.extend(extra.iter().map(|byte| [*byte; 16]));
            let pairs = align(&left, &right);
            for pair in pairs.windows(2) {
                prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
            }
            for (l, r) in &pairs {
                prop_assert_eq!(left[*l], right[*r]);
            }
            if extra.is_empty() {
                prop_assert_eq!(pairs.len(), kept.len());
            }
        }
    }
}
