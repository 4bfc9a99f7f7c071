//! Words that only the Web export has, from `words.toml`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::chat::MediaKind;
use crate::parser::text::words::{fold, words};

/// Kind of file that a word describes; `None` for words that describe no kind (`media`).
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
        // A test parses the file, so that a release cannot contain an invalid one.
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

/// Whether a marker is `[Forwarded]` or a translation.
pub(super) fn is_forwarded(marker: &str) -> bool {
    WORDS.forwarded.contains(&fold(marker))
}

/// Whether a line is the sentence that the oldest messages are missing.
pub(super) fn is_cut(line: &str) -> bool {
    WORDS.cut.contains(&fold(line))
}

/// Whether a marker is `<Live location omitted>` or a translation.
pub(super) fn is_live_location(marker: &str) -> bool {
    WORDS.live_location.contains(&fold(marker))
}

/// The kind of file in `<image omitted>`, in any known language.
pub(super) fn omitted(inside: &str) -> Option<Kind> {
    let folded = fold(inside);
    let of_phones = words().omitted_marked.get(&folded).copied();
    WORDS.omitted.get(&folded).copied().or(of_phones.map(Some))
}

/// The kind of file that a word before `(file attached)` describes: an English one, or the first words of a language's
/// `image omitted` where they describe one kind only.
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
    fn every_kind_in_words_file_is_valid() {
        let (omitted, kinds) = (&WORDS.omitted, &WORDS.kinds);
        assert_eq!(omitted["voice message omitted"], Some(MediaKind::Voice));
        assert_eq!(kinds["media"], None);
        let unnamed = kinds.values().filter(|kind| kind.is_none()).count();
        assert_eq!(unnamed, 2, "a table of words.toml names no kind");
    }

    #[test]
    fn kind_word_is_derived_from_omitted_marker() {
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
