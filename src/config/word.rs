//! The words of chatferry.toml and their values.

use crate::chat::DateOrder;
use crate::policy::{
    DeletedSince, Existing, Gone, Groups, IdForm, Notices, OnMerged, Reactions, Replies,
};

/// An enumeration written as words in the file.
pub(crate) trait Word: Copy + PartialEq + 'static {
    /// Every word with its value, the default first.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, value)| *value == self);
        found.map_or("", |(word, _)| word)
    }

    /// The value that a word stands for; `None` for an unknown word.
    fn of_word(text: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value)
    }
}

/// The words of a type.
pub(super) fn names<W: Word>() -> Vec<&'static str> {
    W::WORDS.iter().map(|(word, _)| *word).collect()
}

macro_rules! words {
    ($($type:ty { $($word:literal => $value:expr),* $(,)? })*) => {
        $(impl Word for $type {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $value)),*];
        })*
    };
}

words! {
    Groups { "skip" => Groups::Skip, "anchor" => Groups::Anchor }
    Notices { "skip" => Notices::Skip, "text" => Notices::Text }
    DeletedSince { "keep" => DeletedSince::Keep, "delete" => DeletedSince::Delete }
    Gone { "respect" => Gone::Respect, "restore" => Gone::Restore }
    Existing { "hold" => Existing::Hold, "skip" => Existing::Skip, "ignore" => Existing::Ignore }
    OnMerged { "follow" => OnMerged::Follow, "hold" => OnMerged::Hold }
    Replies { "quotes" => Replies::Quotes, "off" => Replies::Off }
    IdForm { "stanza" => IdForm::Stanza, "wamid" => IdForm::Wamid }
    Reactions { "skip" => Reactions::Skip, "text" => Reactions::Text }
    Option<DateOrder> {
        "auto" => None,
        "dmy" => Some(DateOrder::Dmy),
        "mdy" => Some(DateOrder::Mdy),
        "ymd" => Some(DateOrder::Ymd),
    }
}
