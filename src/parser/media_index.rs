//! Finds the file that a marker names among the files of an archive.

use std::collections::HashMap;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::text::marks;

/// The names of the files beside a transcript, each with the number that the archive gives it.
///
/// A name is looked up as it is written, then in NFC without direction marks (zips made on a Mac
/// carry NFD names), then without regard to case, then by stem for the names that Android writes
/// without their extension (`whatsapp-export-format.md` 1.4, corpus line L0170), and last among
/// the other readings of names that are not in Unicode. A name that two files have is nobody's.
///
/// Cheap to clone: transcripts of one folder share the names, and each leaves out its own files
/// ([`MediaIndex::without`]).
#[derive(Debug, Clone, Default)]
pub struct MediaIndex {
    names: Arc<Names>,
    own: [Option<u32>; 2],
    /// There is a file that is no transcript.
    is_any: bool,
}

#[derive(Debug, Default)]
struct Names {
    exact: HashMap<String, Numbers>,
    folded: HashMap<String, Numbers>,
    stems: HashMap<String, Numbers>,
    others: HashMap<String, Numbers>,
}

/// The files of one name, at most four: enough to decide whether exactly one remains once the
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

    /// Those that are not among `own`.
    fn without(self, own: [Option<u32>; 2]) -> impl Iterator<Item = u32> {
        let numbers = self.0.into_iter().flatten();
        numbers.filter(move |number| !own.contains(&Some(*number)))
    }

    /// The only one that is not among `own`.
    fn only(self, own: [Option<u32>; 2]) -> Option<u32> {
        let mut left = self.without(own);
        left.next().filter(|_| left.next().is_none())
    }
}

impl MediaIndex {
    /// Builds the index from file names without folders.
    pub fn new<'n>(names: impl IntoIterator<Item = (u32, &'n str)>) -> Self {
        Self::with_other_names(names, [])
    }

    /// As [`MediaIndex::new`]; `others` are what else the names of some files may mean: names in a
    /// code page of before Unicode, read in every page. They are looked up last, and only one that no
    /// two files have is believed.
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

    /// The same files but for a transcript's own: itself, and the second form of it. `is_any`: there is
    /// a file that is no transcript of a chat.
    #[must_use]
    pub fn without(&self, own: [Option<u32>; 2], is_any: bool) -> Self {
        MediaIndex {
            names: Arc::clone(&self.names),
            own,
            is_any,
        }
    }

    /// True where both have the same names in memory.
    #[cfg(test)]
    pub(crate) fn shares_names(&self, other: &MediaIndex) -> bool {
        Arc::ptr_eq(&self.names, &other.names)
    }

    /// True when the archive holds no file but transcripts.
    pub fn is_empty(&self) -> bool {
        !self.is_any
    }

    /// Every name that one file alone has, with its number, by number.
    pub fn names(&self) -> Vec<(u32, &str)> {
        let names = self.names.exact.iter();
        let mut names: Vec<(u32, &str)> = names
            .filter_map(|(name, numbers)| Some((numbers.only(self.own)?, name.as_str())))
            .collect();
        names.sort_unstable();
        names
    }

    /// The number of the file of this name, if the archive holds it and the name is not
    /// ambiguous.
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

    /// True when the archive holds a file of exactly this name, extension included. For texts of
    /// which only the name tells that they are markers: `Invoice (new)` is none because there is
    /// an `Invoice.pdf`.
    pub fn holds(&self, name: &str) -> bool {
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
    fn an_ambiguous_stem_is_not_guessed() {
        let index = MediaIndex::new([(1, "a.jpg"), (2, "a.mp4")]);
        assert_eq!(index.find("a"), None);
        assert_eq!(index.find("a.mp4"), Some(2));
    }

    #[test]
    fn a_name_of_two_files_is_not_guessed() {
        let index = MediaIndex::new([(1, "a.jpg"), (2, "a.jpg")]);
        assert_eq!((index.find("a.jpg"), index.find("A.jpg")), (None, None));
        assert!(index.holds("a.jpg"));
    }

    #[test]
    fn other_readings_are_asked_last_and_only_where_one_file_has_them() {
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
    fn a_transcripts_own_files_are_left_out() {
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
            (of_ann.find("Ann.txt"), of_ann.holds("ann.txt")),
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
