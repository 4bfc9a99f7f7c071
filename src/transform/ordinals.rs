//! Ordinals of equal messages: the number of earlier messages with the same digest.
//!
//! A chat may have a million messages, nearly all in order of time, and equal ones are of one minute: a
//! list is smaller and faster than a map. Never here: the input of the digest ([`super::identity`]).

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::identity::{Digest, DigestHasher};

/// A minute with more distinct messages is counted in a map.
const MAX_LISTED: usize = 16;

/// How often each digest was seen.
#[derive(Debug, Default)]
pub(super) struct Ordinals {
    /// Digests seen, in ascending order of minutes.
    rising: Vec<Seen>,
    /// Minutes with a map: those with many messages, and those that the chat went back to.
    tables: HashMap<i64, HashMap<u128, u32, BuildHasherDefault<DigestHasher>>>,
}

#[derive(Debug)]
struct Seen {
    minute: i64,
    digest: Digest,
    count: u32,
}

impl Ordinals {
    /// The number, from 0, of the next message among those of its digest. Equal digests are of one minute.
    pub(super) fn next(&mut self, minute: i64, digest: Digest) -> u32 {
        let latest = self.rising.last().map_or(i64::MIN, |seen| seen.minute);
        let of_minute = (self.rising.iter().rev())
            .take_while(|seen| seen.minute == minute)
            .take(MAX_LISTED)
            .count();
        if minute < latest || of_minute == MAX_LISTED {
            let rising = &self.rising;
            let table = self.tables.entry(minute).or_insert_with(|| {
                let first = rising.partition_point(|seen| seen.minute < minute);
                let all = rising[first..].iter();
                all.take_while(|seen| seen.minute == minute)
                    .map(|seen| (u128::from_le_bytes(seen.digest), seen.count))
                    .collect()
            });
            let count = table.entry(u128::from_le_bytes(digest)).or_insert(0);
            *count += 1;
            return *count - 1;
        }
        let first = self.rising.len() - of_minute;
        let same = self.rising[first..].iter_mut();
        match same.into_iter().find(|seen| seen.digest == digest) {
            Some(seen) => {
                seen.count += 1;
                seen.count - 1
            }
            None => {
                self.rising.push(Seen {
                    minute,
                    digest,
                    count: 1,
                });
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// For any order of minutes and any number of messages in one.
        #[test]
        fn each_message_is_counted_among_its_equals(
            messages in proptest::collection::vec((0..4i64, 0..40u8), 0..400)
        ) {
            let mut ordinals = Ordinals::default();
            let mut counts: HashMap<(i64, u8), u32> = HashMap::new();
            for (minute, text) in messages {
                let mut digest = [text; 16];
                digest[0] = u8::try_from(minute).unwrap();
                let count = counts.entry((minute, text)).or_insert(0);
                proptest::prop_assert_eq!(ordinals.next(minute, digest), *count);
                *count += 1;
            }
        }
    }

    #[test]
    fn counting_continues_after_a_step_back() {
        let mut ordinals = Ordinals::default();
        let numbers = [
            (5, 1),
            (5, 1),
            (5, 2),
            (6, 3),
            (5, 1),
            (5, 4),
            (6, 3),
            (5, 4),
        ]
        .map(|(minute, text)| ordinals.next(minute, [text; 16]));
        assert_eq!(numbers, [0, 1, 0, 0, 2, 0, 1, 1]);
    }
}
