//! Decides whether two chats are one conversation, by the contents and times of their messages.
//!
//! Never here: names, archives and tables, which are evidence too and are weighed by the caller.

use std::collections::{HashMap, HashSet};

use super::overlap::{Overlap, Texts, overlap};
use super::sequence::Key;
use super::tolerance::{AGREEING, MINUTE, TEXTS};
use super::{Observation, Precision, Timeline};

/// How the contents of two chats agree, where both cover the same time.
pub enum Agreement {
    /// They cover the same time and share almost no message.
    None,
    /// They share at least three messages.
    Certain {
        /// Whether one of the shared messages is incoming.
        is_answered: bool,
    },
    /// They share one or two messages.
    Little {
        /// Whether those are all recorded messages.
        is_whole: bool,
    },
    /// They cover different times, or contain too little.
    Unknown,
}

impl Agreement {
    /// Whether two chats with `shared` messages in common are one, if nothing but the content is known. A
    /// broadcast is in many chats, so that messages of the owner alone are not enough.
    pub fn is_enough_alone(&self, shared: usize) -> bool {
        match self {
            Agreement::Certain { is_answered } => *is_answered,
            Agreement::Little { is_whole } => *is_whole && shared > 1,
            Agreement::None | Agreement::Unknown => false,
        }
    }
}

/// The content of one message, with its time.
#[derive(Clone, Copy)]
pub struct Content {
    /// The hash of the canonical content.
    pub key: Key,
    /// The time of the message, in Unix milliseconds.
    pub at: i64,
    /// Whether the contact wrote it.
    pub is_incoming: bool,
}

/// The contents and times of a chat's messages.
pub struct ChatContent {
    texts: Texts,
    messages: Vec<Content>,
    times: HashMap<Key, Vec<i64>>,
}

impl ChatContent {
    /// From the messages of one chat, in any order.
    pub fn new(messages: Vec<Content>) -> ChatContent {
        let mut times: HashMap<Key, Vec<i64>> = HashMap::new();
        for content in &messages {
            times.entry(content.key).or_default().push(content.at);
        }
        for times in times.values_mut() {
            times.sort_unstable();
        }
        ChatContent {
            texts: texts(&messages),
            messages,
            times,
        }
    }

    /// The messages in the order in which they were given.
    pub fn messages(&self) -> &[Content] {
        &self.messages
    }

    /// Whether a message has this content at its time.
    pub fn contains(&self, content: &Content) -> bool {
        self.is_at(content.key, content.at)
    }

    /// Whether one phone recorded both: they agree in texts of both sides, which a contact's chats with two owners
    /// do not. The number of minutes by which this one is later. Keys contain the side.
    pub fn of_one_phone(&self, other: &ChatContent) -> Option<i64> {
        let Overlap::Same { shift, shared, of } = overlap(&self.texts, &other.texts) else {
            return None;
        };
        let is_at = |content: &&Content| self.is_at(content.key, content.at + shift * MINUTE);
        let both: Vec<&Content> = other.messages.iter().filter(is_at).collect();
        let has_side = |incoming: bool| both.iter().any(|text| text.is_incoming == incoming);
        let texts: HashSet<Key> = both.iter().map(|content| content.key).collect();
        let is_enough = texts.len() >= TEXTS || shared == of;
        (is_enough && has_side(true) && has_side(false)).then_some(shift)
    }

    /// Whether both are archives of one chat of one phone, if nothing but the content is known: nearly all texts of the
    /// time that both cover agree, and among them are several different ones of the contact and one of the owner.
    /// Customers may have a broadcast and a greeting at one time in common. Keys contain the side.
    pub fn is_of_one_chat(&self, other: &ChatContent) -> bool {
        let Overlap::Same { shift, shared, of } = overlap(&self.texts, &other.texts) else {
            return false;
        };
        let is_at = |content: &&Content| self.is_at(content.key, content.at + shift * MINUTE);
        let both = other.messages.iter().filter(is_at);
        let texts: HashMap<Key, bool> = both
            .map(|content| (content.key, content.is_incoming))
            .collect();
        let incoming = texts.values().filter(|is_incoming| **is_incoming).count();
        let is_nearly_all = shared * AGREEING.1 >= of * AGREEING.0;
        is_nearly_all && texts.len() >= TEXTS && (2..texts.len()).contains(&incoming)
    }

    /// The different contents.
    pub fn texts(&self) -> impl Iterator<Item = Key> {
        self.times.keys().copied()
    }

    fn is_at(&self, key: Key, at: i64) -> bool {
        let times = self.times.get(&key).map_or(&[][..], Vec::as_slice);
        let first = times.partition_point(|time| *time < at - MINUTE);
        (times.get(first)).is_some_and(|time| *time <= at + MINUTE)
    }

    /// The agreement of a recorded or listed chat with this one, and the number of its messages that this
    /// one has at their time, or at one zone shift.
    pub fn compare(&self, record: &ChatContent) -> (Agreement, usize) {
        let shared_at = |shift: i64| -> Vec<&Content> {
            let is_at = |content: &&Content| self.is_at(content.key, content.at + shift);
            record.messages.iter().filter(is_at).collect()
        };
        let shared = shared_at(0);
        let is_answered = |shared: &[&Content]| shared.iter().any(|content| content.is_incoming);
        let different = shared
            .iter()
            .map(|content| content.key)
            .collect::<HashSet<_>>();
        let agreement = match overlap(&self.texts, &record.texts) {
            // At another zone shift at least three texts agree.
            Overlap::Same { shift, .. } if shift != 0 => {
                let shared = shared_at(shift * MINUTE);
                let agreement = Agreement::Certain {
                    is_answered: is_answered(&shared),
                };
                return (agreement, shared.len());
            }
            Overlap::Same { .. } if different.len() >= TEXTS => Agreement::Certain {
                is_answered: is_answered(&shared),
            },
            Overlap::Same { .. } => Agreement::Little {
                is_whole: shared.len() == record.messages.len(),
            },
            Overlap::Different => Agreement::None,
            Overlap::Inconclusive => Agreement::Unknown,
        };
        (agreement, shared.len())
    }
}

fn texts(messages: &[Content]) -> Texts {
    let observation = |content: &Content| Observation {
        body: Some(content.key),
        ..Observation::of_instant(content.at, Precision::Minute)
    };
    Texts::of(&Timeline {
        observations: messages.iter().map(observation).collect(),
        ..Timeline::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(number: u8, later: i64) -> Content {
        Content {
            key: [number; 16],
            at: (i64::from(number) * 7 + later) * MINUTE,
            is_incoming: number.is_multiple_of(2),
        }
    }

    #[test]
    fn incoming_messages_are_counted_at_another_zone_shift() {
        let chat = ChatContent::new((1..9).map(|number| said(number, 0)).collect());
        for later in [-60, 60] {
            let record = ChatContent::new((1..9).map(|number| said(number, later)).collect());
            let (agreement, shared) = chat.compare(&record);
            assert!(
                matches!(agreement, Agreement::Certain { is_answered: true }),
                "{later} minutes"
            );
            assert_eq!(shared, 8, "{later} minutes");
        }
    }
}
