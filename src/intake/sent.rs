//! Texts that were sent in a chat as files, by the chat that names them.
//!
//! A document may be called like a transcript, or be one; only the transcript in which it was
//! sent tells that it is a file (`whatsapp-export-format.md` 1.1).

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::archive::{Container, Entry};

/// Which of `texts` one of the `readers`, other than itself, names as a file that was sent.
pub(super) fn sent(container: &Container, readers: &[u32], texts: &[u32]) -> Vec<bool> {
    let mut sent = vec![false; texts.len()];
    if texts.is_empty() {
        return sent;
    }
    let name_of = |number: u32| container.entry(number).map_or("", Entry::file_name);
    // Of `Ann.txt` and `Chat with Ann.txt` the longer one is meant, so long names are looked up
    // first; each mention costs as many look-ups as there are lengths, however many texts there
    // are.
    let places: HashMap<&[u8], usize> = (0..texts.len())
        .map(|place| (name_of(texts[place]).as_bytes(), place))
        .collect();
    let lengths: BTreeSet<usize> = places.keys().map(|name| name.len()).collect();
    let named_by = |reader: &u32| -> Vec<usize> {
        // One that does not read names nothing; it fails alone when it is loaded.
        let bytes = container.read(*reader).unwrap_or_default();
        mentions(&bytes)
            .filter_map(|end| {
                let named = lengths.iter().rev().find_map(|length| {
                    let start = end.checked_sub(*length)?;
                    places.get(&bytes[start..end])
                });
                named.copied().filter(|place| texts[*place] != *reader)
            })
            .collect()
    };
    // A folder may hold hundreds of texts, and all of each is looked through.
    let named: Vec<usize> = readers.par_iter().flat_map_iter(named_by).collect();
    for place in named {
        sent[place] = true;
    }
    sent
}

/// Where the names of texts end that are said to be files: `NAME (file attached)`,
/// `<attached: NAME>`; talk about a file is neither. They are rare, whatever is said.
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
