//! Text files that are attachments of a chat.
//!
//! A document may be named like a transcript, or be one. It is an attachment if another transcript names it
//! as one.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::archive::{Container, Entry};

/// For each of `texts`, whether one of the `readers` other than itself names it as an attachment.
pub(super) fn attached(container: &Container, readers: &[u32], texts: &[u32]) -> Vec<bool> {
    let mut is_attached = vec![false; texts.len()];
    if texts.is_empty() {
        return is_attached;
    }
    let name_of = |number: u32| container.entry(number).map_or("", Entry::file_name);
    // Of `Ann.txt` and `Chat with Ann.txt` the longer name is meant, so longer names are looked up first.
    // Each mention costs one look-up per distinct length, independent of the number of texts.
    let indices: HashMap<&[u8], usize> = (0..texts.len())
        .map(|index| (name_of(texts[index]).as_bytes(), index))
        .collect();
    let lengths: BTreeSet<usize> = indices.keys().map(|name| name.len()).collect();
    let named_by = |reader: &u32| -> Vec<usize> {
        // One that cannot be read names nothing; it fails on its own when it is loaded.
        let bytes = container.read(*reader).unwrap_or_default();
        mentions(&bytes)
            .filter_map(|end| {
                let named = lengths.iter().rev().find_map(|length| {
                    let start = end.checked_sub(*length)?;
                    indices.get(&bytes[start..end])
                });
                named.copied().filter(|index| texts[*index] != *reader)
            })
            .collect()
    };
    // A folder may contain hundreds of texts, and each is searched completely.
    let named: Vec<usize> = readers.par_iter().flat_map_iter(named_by).collect();
    for index in named {
        is_attached[index] = true;
    }
    is_attached
}

/// Offsets at which the names of attached text files end: `NAME (file attached)`, `<attached: NAME>`. Other
/// mentions of a file do not count. There are few of them in any chat.
fn mentions(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'.', bytes).filter_map(|dot| {
        let has = |extension: &[u8]| {
            (bytes.get(dot..dot + extension.len()))
                .is_some_and(|found| found.eq_ignore_ascii_case(extension))
        };
        let length = [b".txt".as_slice(), b".md"]
            .into_iter()
            .find(|extension| has(extension))?
            .len();
        let after = bytes.get(dot + length..).unwrap_or(&[]);
        (after.starts_with(b" (") || after.starts_with(b">")).then_some(dot + length)
    })
}
