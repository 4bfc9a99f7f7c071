//! Words of the grammar: markers and notices, from one data file per language.
//!
//! To add a language, add a file to `words/`; no code changes. The build script folds the phrases of all files, English
//! first and then by name, which is the order in which they are tried, and the program reads the result at first use.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::fold::GAP;
pub(super) use super::fold::fold;
use super::notice_lists::NoticeLists;
use super::notices::Notice;
use super::pattern::Pattern;
use super::phrases::{Phrases, Whole};
use crate::chat::MediaKind;

/// The data files with folded phrases, as a list in JSON (`build.rs`).
const FOLDED: &str = include_str!(concat!(env!("OUT_DIR"), "/words.json"));

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    language: String,
    #[serde(default)]
    chat_names: Vec<String>,
    #[serde(default)]
    attached: Attached,
    #[serde(default)]
    omitted: Omitted,
    #[serde(default)]
    edited: Edited,
    #[serde(default)]
    whole: WholeFile,
    #[serde(default)]
    first_line: FirstLine,
    #[serde(default)]
    notices: NoticesFile,
    #[serde(default)]
    sender: Sender,
    #[serde(default)]
    strings: Strings,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Attached {
    line: Vec<String>,
    marker: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Omitted {
    line: HashMap<String, Vec<String>>,
    marked: HashMap<MediaKind, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Edited {
    suffix: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WholeFile {
    deleted: Vec<String>,
    deleted_by_owner: Vec<String>,
    view_once: Vec<String>,
    waiting: Vec<String>,
    live_location: Vec<String>,
    call: Vec<String>,
    call_marked: Vec<String>,
    /// Answers and actions after the words of a call, which are no length.
    call_tail: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FirstLine {
    location: Vec<String>,
    poll: Vec<String>,
    poll_option: Vec<String>,
    event: Vec<String>,
    event_field: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NoticesFile {
    phrases: Vec<String>,
    group: Vec<String>,
    acts: Vec<String>,
    /// Beginnings of notices about what the owner did.
    owner_acts: Vec<String>,
    about: NoticeLists,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sender {
    you: Vec<String>,
}

/// WhatsApp's own strings on iPhone, in addition to what exports were seen to hold.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Strings {
    /// Notices of any chat.
    phrases: Vec<String>,
    /// Notices of groups.
    group: Vec<String>,
    /// Words of calls, which a mark precedes.
    calls: Vec<String>,
}

/// The words of all languages, prepared for matching.
#[derive(Default)]
pub(super) struct Words {
    pub(super) chat_names: Vec<Pattern>,
    /// `(file attached)` and its translations, folded: what follows a file name on Android.
    pub(super) attached: HashSet<String>,
    /// The same for languages without brackets.
    pub(super) attached_open: Vec<Pattern>,
    pub(super) attached_marker: Vec<Pattern>,
    /// `image omitted` and its translations, folded.
    pub(super) omitted_marked: HashMap<String, MediaKind>,
    /// `<this message was edited` and its translations, folded, without the final bracket and full stop.
    pub(super) edited: HashSet<String>,
    /// `location:` and its translations, folded.
    pub(super) location: HashSet<String>,
    pub(super) poll: HashSet<String>,
    pub(super) poll_option: Vec<Pattern>,
    pub(super) event: Vec<Pattern>,
    pub(super) event_field: Vec<Pattern>,
    pub(super) phrases: Phrases,
    /// Beginnings of notices about what the owner did, folded.
    pub(super) owner_acts: Vec<String>,
    /// Names that stand for the owner, folded.
    you: HashSet<String>,
}

/// The files of all languages, their phrases folded.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    // Every test that reads a text reads it, so that a release cannot contain an invalid file.
    serde_json::from_str(FOLDED).unwrap_or_else(|error| panic!("words/ does not read: {error}"))
});

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for file in FILES.iter() {
        words.add(file);
    }
    words
});

/// The words of all languages.
pub(super) fn words() -> &'static Words {
    &WORDS
}

/// The notices of all languages, in the order in which they are tried.
pub(super) fn notices() -> impl Iterator<Item = (Pattern, Notice)> {
    FILES.iter().flat_map(File::notices)
}

fn patterns(list: &[String]) -> impl Iterator<Item = Pattern> {
    list.iter().map(|phrase| Pattern::of_folded(phrase))
}

impl File {
    fn notices(&self) -> impl Iterator<Item = (Pattern, Notice)> {
        let lists = [
            (&self.notices.phrases[..], Notice::Any),
            (&self.notices.group, Notice::Group),
            (&self.notices.acts, Notice::Any),
            (&self.strings.phrases, Notice::Any),
            (&self.strings.group, Notice::Group),
        ];
        let about = self.notices.about.lists().into_iter();
        let about = about.map(|(_, list, notice)| (list, notice));
        let all = lists.into_iter().chain(about);
        all.flat_map(|(list, notice)| patterns(list).map(move |phrase| (phrase, notice)))
    }
}

impl Words {
    fn add(&mut self, file: &File) {
        debug_assert!(!file.language.is_empty());
        self.chat_names.extend(patterns(&file.chat_names));
        for phrase in &file.attached.line {
            match phrase.strip_prefix("%s (") {
                Some(words) => drop(self.attached.insert(format!("({words}"))),
                None => self.attached_open.push(Pattern::of_folded(phrase)),
            }
        }
        self.attached_marker.extend(patterns(&file.attached.marker));
        for (kind, list) in &file.omitted.marked {
            self.omitted_marked
                .extend(list.iter().map(|phrase| (phrase.clone(), *kind)));
        }
        self.edited
            .extend(file.edited.suffix.iter().map(|p| unclosed(p)));
        let before = |phrase: &String| phrase.split(GAP).next().map(fold);
        self.location
            .extend(file.first_line.location.iter().filter_map(before));
        self.poll.extend(file.first_line.poll.iter().cloned());
        self.poll_option
            .extend(patterns(&file.first_line.poll_option));
        self.event.extend(patterns(&file.first_line.event));
        self.event_field
            .extend(patterns(&file.first_line.event_field));
        self.you.extend(file.sender.you.iter().cloned());
        (self.owner_acts).extend(file.notices.owner_acts.iter().cloned());
        self.add_phrases(file);
    }

    fn add_phrases(&mut self, file: &File) {
        let whole = &file.whole;
        for (list, meaning) in [
            (&whole.deleted, Whole::Deleted),
            (&whole.deleted_by_owner, Whole::DeletedByOwner),
            (&whole.view_once, Whole::ViewOnce),
            (&whole.waiting, Whole::Waiting),
            (&whole.live_location, Whole::LiveLocation),
            (&whole.call, Whole::Call),
            (&whole.call_marked, Whole::CallMarked),
        ] {
            for phrase in list {
                self.phrases.add(phrase, meaning);
            }
        }
        for words in &whole.call_tail {
            self.phrases.add_call_tail(words);
        }
        for phrase in &file.strings.calls {
            self.phrases.add_unless_known(phrase, Whole::CallMarked);
        }
        for (kind, list) in &file.omitted.line {
            // "any" is the marker that names no kind.
            let kind = serde::Deserialize::deserialize(serde::de::value::StrDeserializer::<
                serde::de::value::Error,
            >::new(kind))
            .ok();
            for phrase in list {
                self.phrases.add(phrase, Whole::OmittedLine(kind));
            }
        }
    }
}

/// Whether a name stands for the owner in some language: `You`, `Du`.
pub fn is_you(name: &str) -> bool {
    words().you.contains(&fold(name))
}

/// A marker between `<` and `>`, folded, without the final bracket and full stop: in languages with a full stop, only
/// some versions have it inside the brackets.
pub(super) fn unclosed(marker: &str) -> String {
    fold(fold(marker).trim_end_matches('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_words_file_is_read_and_names_its_language() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/parser/text/words");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        names.sort_by_key(|name| (name != "en.toml", name.clone()));
        let read = FILES.iter().map(|file| format!("{}.toml", file.language));
        assert_eq!(read.collect::<Vec<_>>(), names);
    }

    #[test]
    fn phrases_are_folded_by_the_build() {
        for file in FILES.iter() {
            for phrase in file.whole.deleted.iter().chain(&file.notices.phrases) {
                assert_eq!(*phrase, super::super::fold::fold_phrase(phrase));
            }
        }
    }

    /// What is required of a language so that the exports of phones are read completely. Other languages have what is
    /// known.
    #[test]
    fn main_languages_are_complete() {
        let complete = [
            "en", "de", "es", "pt-br", "pt-pt", "fr", "it", "nl", "tr", "ru", "uk", "pl", "cs",
            "sv", "ar", "he", "fa", "hi", "id", "th", "vi", "ja", "ko", "zh-hans", "zh-hant",
        ];
        for language in complete {
            let file = FILES
                .iter()
                .find(|file| file.language == language)
                .unwrap_or_else(|| panic!("{language} has no file"));
            let kinds = [
                MediaKind::Image,
                MediaKind::Video,
                MediaKind::Audio,
                MediaKind::Gif,
                MediaKind::Sticker,
                MediaKind::Contact,
                MediaKind::Document,
            ];
            for kind in kinds {
                assert!(
                    file.omitted.marked.contains_key(&kind),
                    "{language}: no omitted {}",
                    kind.word()
                );
            }
            for (what, there) in [
                ("chat names", !file.chat_names.is_empty()),
                ("attached on a line", !file.attached.line.is_empty()),
                ("attached in a marker", !file.attached.marker.is_empty()),
                ("omitted on a line", !file.omitted.line.is_empty()),
                ("deleted", !file.whole.deleted.is_empty()),
                ("missed calls", file.whole.call.len() >= 2),
                ("live location", !file.whole.live_location.is_empty()),
                ("location", !file.first_line.location.is_empty()),
                ("the owner as a sender", !file.sender.you.is_empty()),
            ] {
                assert!(there, "{language}: {what}");
            }
            for (what, list, _) in file.notices.about.lists() {
                assert!(!list.is_empty(), "{language}: no notice about {what}");
            }
        }
    }

    #[test]
    fn every_attachment_word_in_brackets_is_recognised() {
        for words in &words().attached {
            assert!(words.starts_with('(') && words.ends_with(')'), "{words}");
            assert!(!words[1..].contains('('), "{words}");
        }
        assert!(words().attached_open.len() < 5);
        for words in &words().location {
            assert!(
                words.ends_with([':', '\u{ff1a}']) && words.len() < 120,
                "{words}"
            );
        }
    }
}
