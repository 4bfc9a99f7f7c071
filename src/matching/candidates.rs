//! Index of chats by content: finds chats with a message in common without comparing every pair.
//!
//! Here belong the indexes that make the search linear in messages; never whether two chats are one
//! conversation ([`super::agreement`]).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::agreement::Content;
use super::sequence::Key;
use super::tolerance::MINUTE;

/// A content that more than this number of chats have is no evidence by itself.
const COMMON: usize = 8;

/// An index of chats by the contents of their messages, to find those that share one.
#[derive(Default)]
pub struct Candidates {
    /// By content, at any time: the zone may have been corrected.
    by_content: HashMap<Key, Few>,
    /// By content and minute, for phrases that many chats have.
    by_minute: HashMap<(Key, i64), Few>,
}

/// The indexes of at most [`COMMON`] chats, ascending; `None` for more.
type Few = Option<Vec<usize>>;

impl Candidates {
    /// Adds the messages of a chat. Chats are added in ascending order of index.
    pub fn add(&mut self, index: usize, messages: &[Content]) {
        for content in messages {
            insert(self.by_content.entry(content.key), index);
            let minute = content.at.div_euclid(MINUTE);
            insert(self.by_minute.entry((content.key, minute)), index);
        }
    }

    /// Adds the indexes of the chats that share a message with `record` to `found`.
    pub fn find(&self, record: &[Content], found: &mut Vec<usize>) {
        for content in record {
            match self.by_content.get(&content.key) {
                Some(Some(few)) => found.extend(few),
                Some(None) => {
                    let minute = content.at.div_euclid(MINUTE);
                    for minute in minute - 1..=minute + 1 {
                        if let Some(Some(few)) = self.by_minute.get(&(content.key, minute)) {
                            found.extend(few);
                        }
                    }
                }
                None => {}
            }
        }
    }
}

fn insert<K>(entry: Entry<'_, K, Few>, index: usize) {
    let few = entry.or_insert_with(|| Some(Vec::new()));
    if let Some(indexes) = few {
        if indexes.last() != Some(&index) {
            indexes.push(index);
        }
        if indexes.len() > COMMON {
            *few = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(key: u8, minute: i64) -> Content {
        Content {
            key: [key; 16],
            at: minute * MINUTE,
            is_incoming: true,
        }
    }

    fn found(candidates: &Candidates, record: &[Content]) -> Vec<usize> {
        let mut found = Vec::new();
        candidates.find(record, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn rare_content_matches_at_any_time_common_content_at_its_own() {
        let mut candidates = Candidates::default();
        for index in 0..COMMON + 1 {
            let minute = i64::try_from(index).expect("small") * 10;
            let own = u8::try_from(index).expect("small") + 1;
            candidates.add(index, &[said(0, minute), said(own, minute)]);
        }
        assert_eq!(found(&candidates, &[said(4, 7_000)]), [3]);
        assert_eq!(found(&candidates, &[said(0, 21)]), [2]);
        assert_eq!(found(&candidates, &[said(0, 25)]), [0_usize; 0]);
        assert_eq!(found(&candidates, &[said(99, 0)]), [0_usize; 0]);
    }
}
