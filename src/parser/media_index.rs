//! Index of the files of an archive by name, to find the attachment that a marker names.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use unicode_normalization::UnicodeNormalization;

use super::text::marks;

/// The file names of a transcript's folder with their entry numbers.
///
/// A name is looked up in this order: as written; in NFC without direction marks (zips made on a Mac
/// contain NFD names); ignoring case; by stem, for names that Android writes without an extension
/// (observed); and among the other decodings of names that are not UTF-8. A name that matches two files
/// matches none.
///
/// Cheap to clone: the transcripts of one folder share the names, and each excludes its own files
/// ([`MediaIndex::without`]).
#[derive(Debug, Clone)]
pub struct MediaIndex {
    names: Arc<Names>,
    own: [Option<u32>; 2],
    /// Whether there is a file that is not a transcript.
    is_any: bool,
}

#[derive(Debug, Default)]
struct Names {
    exact: HashMap<String, Numbers>,
    folded: HashMap<String, Numbers>,
    stems: HashMap<String, Numbers>,
    others: HashMap<String, Numbers>,
}

/// The files with one name, at most four: enough to decide whether exactly one remains after the
/// transcript's own two are excluded.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers([Option<u32>; 4]);

impl Numbers {
    fn add(&mut self, number: u32) {
        if self.0.contains(&Some(number)) {
            return;
        }
        if let Some(free) = self.0.iter_mut().find(|known| known.is_none()) {
            *free = Some(number);
        }
    }

    /// The files that are not in `own`.
    fn without(self, own: [Option<u32>; 2]) -> impl Iterator<Item = u32> {
        let numbers = self.0.into_iter().flatten();
        numbers.filter(move |number| !own.contains(&Some(*number)))
    }

    /// The only file that is not in `own`, if there is exactly one.
    fn only(self, own: [Option<u32>; 2]) -> Option<u32> {
        let mut left = self.without(own);
        left.next().filter(|_| left.next().is_none())
    }
}

impl Default for MediaIndex {
    /// Without names. There may be thousands, one for each native archive, which share one empty index.
    fn default() -> Self {
        static NONE: LazyLock<Arc<Names>> = LazyLock::new(Arc::default);
        MediaIndex {
            names: Arc::clone(&NONE),
            own: [None; 2],
            is_any: false,
        }
    }
}

impl MediaIndex {
    /// Builds the index from file names without folders.
    pub fn new<'n>(names: impl IntoIterator<Item = (u32, &'n str)>) -> Self {
        Self::with_other_names(names, [])
    }

    /// As [`MediaIndex::new`]; `others` are further decodings of names that are not UTF-8. They are looked up
    /// last, and only if one file alone has them.
    pub fn with_other_names<'n>(
        names: impl IntoIterator<Item = (u32, &'n str)>,
        others: impl IntoIterator<Item = (u32, &'n str)>,
    ) -> Self {
        let mut index = Names::default();
        for (number, name) in names {
            note(&mut index.exact, name.to_owned(), number);
            let folded = fold(name);
            if let Some((stem, _)) = folded.rsplit_once('.') {
                note(&mut index.stems, stem.to_owned(), number);
            }
            note(&mut index.folded, folded, number);
        }
        for (number, name) in others {
            note(&mut index.others, fold(name), number);
        }
        MediaIndex {
            is_any: !index.exact.is_empty(),
            names: Arc::new(index),
            own: [None; 2],
        }
    }

    /// The same files without a transcript's own: itself and its second format. `is_any`: there is a file that
    /// is not a transcript of a chat.
    #[must_use]
    pub fn without(&self, own: [Option<u32>; 2], is_any: bool) -> Self {
        MediaIndex {
            names: Arc::clone(&self.names),
            own,
            is_any,
        }
    }

    /// Whether both share the same names in memory.
    #[cfg(test)]
    pub(crate) fn shares_names(&self, other: &MediaIndex) -> bool {
        Arc::ptr_eq(&self.names, &other.names)
    }

    /// Whether the archive contains only transcripts.
    pub fn is_empty(&self) -> bool {
        !self.is_any
    }

    /// Every unambiguous name with its entry number, by number.
    pub fn names(&self) -> Vec<(u32, &str)> {
        let names = self.names.exact.iter();
        let mut names: Vec<(u32, &str)> = names
            .filter_map(|(name, numbers)| Some((numbers.only(self.own)?, name.as_str())))
            .collect();
        names.sort_unstable();
        names
    }

    /// The entry number of the file with this name; `None` if it is absent or ambiguous.
    pub fn find(&self, name: &str) -> Option<u32> {
        let names = &*self.names;
        if names.exact.is_empty() {
            return None;
        }
        let known = |names: &HashMap<String, Numbers>, name: &str| {
            let numbers = *names.get(name)?;
            let is_known = numbers.without(self.own).next().is_some();
            is_known.then_some(numbers)
        };
        let found = known(&names.exact, name).or_else(|| {
            let folded = fold(name);
            [&names.folded, &names.stems, &names.others]
                .into_iter()
                .find_map(|names| known(names, &folded))
        });
        found?.only(self.own)
    }

    /// Whether the archive contains a file with exactly this name, extension included. Used for texts that are
    /// markers only if they contain a file name: `Invoice (new)` is not one because of an `Invoice.pdf`.
    pub fn contains(&self, name: &str) -> bool {
        let names = &*self.names;
        let has = |names: &HashMap<String, Numbers>, name: &str| {
            let numbers = names.get(name);
            numbers.is_some_and(|numbers| numbers.without(self.own).next().is_some())
        };
        !names.exact.is_empty()
            && (has(&names.exact, name) || {
                let folded = fold(name);
                has(&names.folded, &folded) || has(&names.others, &folded)
            })
    }
}

fn note(map: &mut HashMap<String, Numbers>, key: String, number: u32) {
    map.entry(key).or_default().add(number);
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
    fn ambiguous_stem_matches_none() {
        let index = MediaIndex::new([(1, "a.jpg"), (2, "a.mp4")]);
        assert_eq!(index.find("a"), None);
        assert_eq!(index.find("a.mp4"), Some(2));
    }

    #[test]
    fn name_of_two_files_matches_none() {
        let index = MediaIndex::new([(1, "a.jpg"), (2, "a.jpg")]);
        assert_eq!((index.find("a.jpg"), index.find("A.jpg")), (None, None));
        assert!(index.contains("a.jpg"));
    }

    #[test]
    fn other_decodings_are_used_last_and_only_if_unique() {
        let index = MediaIndex::with_other_names(
            [(1, "Ren\u{398}.pdf"), (2, "Jos\u{398}.pdf"), (3, "x.pdf")],
            [
                (1, "Ren\u{e9}.pdf"),
                (1, "x.pdf"),
                (1, "y.pdf"),
                (2, "Jos\u{e9}.pdf"),
                (2, "y.pdf"),
            ],
        );
        assert_eq!(index.find("Ren\u{e9}.pdf"), Some(1));
        assert_eq!(index.find("Jose\u{301}.pdf"), Some(2));
        assert_eq!(index.find("x.pdf"), Some(3));
        assert_eq!(index.find("y.pdf"), None);
    }

    #[test]
    fn own_files_of_transcript_are_excluded() {
        let files = [
            (1, "Ann.txt"),
            (2, "Bob.txt"),
            (3, "Ann.pdf"),
            (4, "a.jpg"),
            (5, "a.jpg"),
        ];
        let all = MediaIndex::new(files);
        let of_ann = all.without([Some(1), None], true);
        assert_eq!(
            (of_ann.find("Ann.txt"), of_ann.contains("ann.txt")),
            (None, false)
        );
        assert_eq!(
            (of_ann.find("Bob.txt"), of_ann.find("Ann")),
            (Some(2), Some(3))
        );
        assert_eq!((all.find("Ann.txt"), all.find("Ann")), (Some(1), None));
        let of_a = all.without([Some(4), Some(2)], true);
        assert_eq!((of_a.find("a.jpg"), of_a.find("Bob.txt")), (Some(5), None));
        assert_eq!(of_a.names(), [(1, "Ann.txt"), (3, "Ann.pdf"), (5, "a.jpg")]);
    }
}
