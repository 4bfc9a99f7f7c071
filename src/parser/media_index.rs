//! Finds the file that a marker names among the files of an archive.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::text::marks;

/// The names of an archive's media, each with the number that the archive gives it.
///
/// A name is looked up as it is written, then in NFC without direction marks (zips made on a Mac
/// carry NFD names), then without regard to case, then by stem for the names that Android writes
/// without their extension (`whatsapp-export-format.md` 1.4, corpus line L0170).
#[derive(Debug, Clone, Default)]
pub struct MediaIndex {
    exact: HashMap<String, u32>,
    folded: HashMap<String, Option<u32>>,
    stems: HashMap<String, Option<u32>>,
}

impl MediaIndex {
    /// Builds the index from file names without folders. The first of two equal names wins.
    pub fn new<'n>(names: impl IntoIterator<Item = (u32, &'n str)>) -> Self {
        let mut index = MediaIndex::default();
        for (number, name) in names {
            index.exact.entry(name.to_owned()).or_insert(number);
            let folded = fold(name);
            if let Some((stem, _)) = folded.rsplit_once('.') {
                note(&mut index.stems, stem.to_owned(), number);
            }
            note(&mut index.folded, folded, number);
        }
        index
    }

    /// True when the archive holds no file beside its transcript.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    /// Every name with its number, by number.
    pub fn names(&self) -> Vec<(u32, &str)> {
        let mut names: Vec<(u32, &str)> = self
            .exact
            .iter()
            .map(|(name, number)| (*number, name.as_str()))
            .collect();
        names.sort_unstable();
        names
    }

    /// The number of the file of this name, if the archive holds it and the name is not
    /// ambiguous.
    pub fn find(&self, name: &str) -> Option<u32> {
        if self.exact.is_empty() {
            return None;
        }
        if let Some(number) = self.exact.get(name) {
            return Some(*number);
        }
        let folded = fold(name);
        match self.folded.get(&folded) {
            Some(number) => *number,
            None => self.stems.get(&folded).copied().flatten(),
        }
    }

    /// True when the archive holds a file of exactly this name, extension included. For texts of
    /// which only the name tells that they are markers: `Invoice (new)` is none because there is
    /// an `Invoice.pdf`.
    pub fn holds(&self, name: &str) -> bool {
        !self.exact.is_empty()
            && (self.exact.contains_key(name) || self.folded.contains_key(&fold(name)))
    }
}

fn note(map: &mut HashMap<String, Option<u32>>, key: String, number: u32) {
    map.entry(key)
        .and_modify(|known| *known = None)
        .or_insert(Some(number));
}

fn fold(name: &str) -> String {
    marks::without(name)
        .nfc()
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_nfd_names_case_and_missing_extensions() {
        let index = MediaIndex::new([
            (3, "Re\u{301}sume\u{301}.pdf"),
            (4, "AUD-20220327-WA0004.m4a"),
        ]);
        assert_eq!(index.find("R\u{e9}sum\u{e9}.pdf"), Some(3));
        assert_eq!(index.find("\u{200e}r\u{e9}sum\u{e9}.PDF"), Some(3));
        assert_eq!(index.find("AUD-20220327-WA0004"), Some(4));
        assert_eq!(index.find("other.pdf"), None);
    }

    #[test]
    fn an_ambiguous_stem_is_not_guessed() {
        let index = MediaIndex::new([(1, "a.jpg"), (2, "a.mp4")]);
        assert_eq!(index.find("a"), None);
        assert_eq!(index.find("a.mp4"), Some(2));
    }
}
