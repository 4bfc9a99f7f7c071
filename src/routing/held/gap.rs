//! What chats that are held for one kind of reason have in common, and what differs: the gap of each.
//!
//! A list of many chats states the reason once, and the gap of each chat next to its name.

use super::{AnchorGap, Held};

/// A reason in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What this chat lacks, in a few words.
    pub own: String,
    /// What all chats of this kind have in common, and the remedy.
    pub shared: &'static str,
}

impl Held {
    /// The reason in two parts; `None` if chats of this kind have nothing in common that is worth a sentence.
    pub fn gap(&self) -> Option<Gap> {
        let (own, shared) = match self {
            Held::Mapping(missing) => (
                format!("no {}", missing.join(", ")),
                "contacts.csv does not give what is named with each; fill in the row of each chat",
            ),
            Held::Contradiction(one, other) => (
                format!("lines {one} and {other}"),
                "two lines of contacts.csv give them different values; correct one of each",
            ),
            Held::Existing(messages) => (
                format!("{messages} in Close"),
                "messages are already in Close from another integration; set existing to \"skip\" to leave them out, or to \
                 \"ignore\" to import them as well",
            ),
            Held::Shifted(messages) => (
                format!("{messages} shifted"),
                "messages are in Close or in another archive at other times and would be duplicated; was the phone in another \
                 time zone when it made these exports? Export them again at home, or correct the timezone",
            ),
            Held::Anchor(gap) => (
                match gap {
                    AnchorGap::NoRow => "no row".to_owned(),
                    AnchorGap::Unfilled(line) => format!("line {line} not filled in"),
                    AnchorGap::LeftOut(line) => format!("line {line} erased or on never.txt"),
                },
                "groups without an anchor; each needs a row in contacts.csv with participant *, and the phone, lead and \
                 contact of the contact on whose lead to import it",
            ),
            _ => return None,
        };
        Some(Gap { own, shared })
    }
}
