//! The words that only the Web export has, from `words.toml`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::chat::MediaKind;
use crate::parser::text::words::{fold, words};

/// What a word says of a file: its kind, or nothing (`media`).
pub(super) type Kind = Option<MediaKind>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    forwarded: Vec<String>,
    cut: Vec<String>,
    live_location: Vec<String>,
    omitted: HashMap<String, Vec<String>>,
    kinds: HashMap<String, Vec<String>>,
}

#[derive(Default)]
struct Words {
    forwarded: HashSet<String>,
    cut: HashSet<String>,
    live_location: HashSet<String>,
    omitted: HashMap<String, Kind>,
    kinds: HashMap<String, Kind>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file: File = match toml::from_str(include_str!("words.toml")) {
        Ok(file) => file,
        // A test reads the file, so a program with a broken one does not get built.
        Err(error) => panic!("web/words.toml does not read: {error}"),
    };
    let set = |list: &[String]| list.iter().map(|word| fold(word)).collect();
    let by_kind = |lists: &HashMap<String, Vec<String>>| {
        let kinds = lists.iter().flat_map(|(kind, list)| {
            // "any" names no kind.
            let kind = MediaKind::deserialize(serde::de::value::StrDeserializer::<
                serde::de::value::Error,
            >::new(kind))
            .ok();
            list.iter().map(move |word| (fold(word), kind))
        });
        kinds.collect()
    };
    Words {
        forwarded: set(&file.forwarded),
        cut: set(&file.cut),
        live_location: set(&file.live_location),
        omitted: by_kind(&file.omitted),
        kinds: by_kind(&file.kinds),
    }
});

/// True for `[Forwarded]` and its like.
pub(super) fn is_forwarded(marker: &str) -> bool {
    WORDS.forwarded.contains(&fold(marker))
}

/// True for the sentence that says that the oldest messages are missing.
pub(super) fn is_cut(line: &str) -> bool {
    WORDS.cut.contains(&fold(line))
}

/// True for `<Live location omitted>`.
pub(super) fn is_live_location(marker: &str) -> bool {
    WORDS.live_location.contains(&fold(marker))
}

/// The kind of file in `<image omitted>`, in any known language.
pub(super) fn omitted(inside: &str) -> Option<Kind> {
    let folded = fold(inside);
    let of_phones = words().omitted_marked.get(&folded).copied();
    WORDS.omitted.get(&folded).copied().or(of_phones.map(Some))
}

/// The kind of file that a word in front of `(file attached)` says: an English one, or the first
/// words of what a language writes for `image omitted` where they say one kind only.
pub(super) fn kind(word: &str) -> Option<Kind> {
    let folded = fold(word);
    if let Some(kind) = WORDS.kinds.get(&folded) {
        return Some(*kind);
    }
    let mut found = words()
        .omitted_marked
        .iter()
        .filter(|(phrase, _)| {
            phrase
                .strip_prefix(folded.as_str())
                .is_some_and(|rest| rest.starts_with(' '))
        })
        .map(|(_, kind)| *kind);
    let first = found.next().filter(|_| !folded.is_empty())?;
    found.all(|kind| kind == first).then_some(Some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_file_is_one() {
        let (omitted, kinds) = (&WORDS.omitted, &WORDS.kinds);
        assert_eq!(omitted["voice message omitted"], Some(MediaKind::Voice));
        assert_eq!(kinds["media"], None);
        let unnamed = kinds.values().filter(|kind| kind.is_none()).count();
        assert_eq!(unnamed, 2, "a table of words.toml names no kind");
    }

    #[test]
    fn the_word_of_a_language_is_known_by_what_is_omitted_in_it() {
        assert_eq!(kind("image"), Some(Some(MediaKind::Image)));
        assert_eq!(kind("Bild"), Some(Some(MediaKind::Image)));
        assert_eq!(kind("Dokument"), Some(Some(MediaKind::Document)));
        assert_eq!(kind("report"), None);
        assert_eq!(kind(""), None);
        assert_eq!(omitted("Bild weggelassen"), Some(Some(MediaKind::Image)));
        assert_eq!(omitted("media omitted"), Some(None));
        assert_eq!(omitted("something"), None);
    }
}
