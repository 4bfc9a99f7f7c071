//! Infers the owner of a device if the configuration does not name one.
//!
//! Exports do not mark the owner (observed). Evidence is: phrases such as "You deleted this message", the
//! participant of a one-to-one chat who is not the chat's name, and the one name that is in every chat of
//! the device.

use std::collections::BTreeSet;

use crate::chat::Chat;
use crate::name::{borrowed_key, name_key};
use crate::parser::text::is_you;

/// The keys ([`name_key`]) of the owner's names on one device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    keys: BTreeSet<String>,
    /// The owner's name as exports show it, for `inspect` and `init`; `None` if it is not known.
    pub shown: Option<String>,
}

impl Owner {
    /// The owner with these names, from the configuration.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        Owner {
            shown: names.first().map(|name| (*name).to_owned()),
            keys: names.into_iter().map(name_key).collect(),
        }
    }

    /// Whether the owner is not known.
    pub fn is_unknown(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds the names of another owner.
    pub(super) fn add(&mut self, other: &Owner) {
        self.keys.extend(other.keys.iter().cloned());
        if self.shown.is_none() {
            self.shown.clone_from(&other.shown);
        }
    }

    /// Whether a name is the owner's.
    pub fn is(&self, name: &str) -> bool {
        self.keys.contains(&*borrowed_key(name))
    }

    /// Infers the owner of one device from its chats: `(name of the chat, chat)`.
    ///
    /// Each kind of evidence must be unanimous, and the first unanimous kind decides. A majority decides
    /// nothing: a wrong owner would reverse the direction of every message.
    pub fn infer(chats: &[(&str, &Chat<'_>)]) -> Self {
        let mut by_words: Vec<&str> = chats
            .iter()
            .filter_map(|(_, chat)| {
                let at = chat.owner?;
                Some(chat.participants[at as usize].name.as_ref())
            })
            .collect();
        let mut not_the_chat: Vec<&str> = chats
            .iter()
            .filter_map(|(name, chat)| other_participant(name, chat))
            .collect();
        // "You" is the owner in every chat, and does not contradict a name in other exports.
        let placeholder: BTreeSet<String> = by_words
            .iter()
            .filter(|name| is_you(name))
            .map(|name| name_key(name))
            .collect();
        let named = |name: &&str| !placeholder.contains(&name_key(name));
        let mut keys = BTreeSet::new();
        if by_words.iter().chain(&not_the_chat).any(named) {
            by_words.retain(named);
            not_the_chat.retain(named);
            keys = placeholder;
        }
        let mut owner = Self::by_evidence(chats, &by_words, &not_the_chat);
        // `Du` and `Tú` are names too: a sender besides the owner is another person.
        let writes_with_owner = |key: &String| {
            chats.iter().any(|(_, chat)| {
                let writes =
                    |is: &dyn Fn(&str) -> bool| chat.participants.iter().any(|p| is(&p.name));
                writes(&|name| owner.is(name)) && writes(&|name| name_key(name) == *key)
            })
        };
        keys.retain(|key| !writes_with_owner(key));
        if !owner.is_unknown() {
            owner.keys.extend(keys);
        }
        owner
    }

    fn by_evidence(chats: &[(&str, &Chat<'_>)], by_words: &[&str], not_the_chat: &[&str]) -> Self {
        // On Android any participant can type the phrases, so they must agree with the evidence of chat
        // names.
        let both = by_words.iter().chain(not_the_chat).copied();
        if !by_words.is_empty() && !not_the_chat.is_empty() {
            return unanimous(both).unwrap_or_default();
        }
        let found = unanimous(both).or_else(|| name_in_all_chats(chats));
        // A one-to-one chat is named after the contact, never after the owner.
        found
            .filter(|owner| !chats.iter().any(|(name, _)| owner.is(name)))
            .unwrap_or_default()
    }
}

fn unanimous<'n>(names: impl Iterator<Item = &'n str>) -> Option<Owner> {
    let mut found: Option<(&str, String)> = None;
    for name in names {
        let key = name_key(name);
        match &found {
            None => found = Some((name, key)),
            Some((_, known)) if *known == key => {}
            Some(_) => return None,
        }
    }
    found.map(|(name, key)| Owner {
        keys: BTreeSet::from([key]),
        shown: Some(name.to_owned()),
    })
}

/// The participant of a one-to-one chat who does not have the chat's name.
fn other_participant<'c>(chat_name: &str, chat: &'c Chat<'_>) -> Option<&'c str> {
    if chat.group_notices > 0 || chat.participants.len() != 2 {
        return None;
    }
    let key = name_key(chat_name);
    let mut others = chat
        .participants
        .iter()
        .filter(|p| name_key(&p.name) != key);
    let owner = others.next()?;
    others.next().is_none().then_some(owner.name.as_ref())
}

/// The one name that is in every chat with exactly two senders; two such chats at least. Groups are no
/// evidence: the owner may write in none, and another person in all of them.
fn name_in_all_chats(chats: &[(&str, &Chat<'_>)]) -> Option<Owner> {
    let mut sets = chats
        .iter()
        .filter(|(_, chat)| chat.participants.len() == 2 && chat.group_notices == 0)
        .map(|(_, chat)| {
            chat.participants
                .iter()
                .map(|p| name_key(&p.name))
                .collect::<BTreeSet<_>>()
        });
    let first = sets.next()?;
    let mut count = 1;
    let common = sets.fold(first, |common, set| {
        count += 1;
        common.intersection(&set).cloned().collect()
    });
    if count < 2 || common.len() != 1 {
        return None;
    }
    let shown = chats
        .iter()
        .flat_map(|(_, chat)| &chat.participants)
        .find(|p| common.contains(&name_key(&p.name)))
        .map(|p| p.name.to_string());
    Some(Owner {
        keys: common,
        shown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::text::{decode, parse};
    use crate::parser::{Context, MediaIndex};

    /// The owner inferred from chats, each as its name and `sender: text` lines.
    fn inferred(chats: &[(&str, &[&str])]) -> Option<String> {
        let decoded: Vec<_> = chats
            .iter()
            .map(|(_, lines)| {
                let text: String = lines
                    .iter()
                    .map(|line| format!("13/03/2023, 09:05 - {line}\n"))
                    .collect();
                decode(text.into_bytes()).unwrap()
            })
            .collect();
        let media = MediaIndex::default();
        let parsed: Vec<_> = decoded
            .iter()
            .zip(chats)
            .map(|(decoded, (name, _))| {
                let context = Context {
                    chat_name: Some(name),
                    ..Context::new(&media)
                };
                parse(decoded, &context).unwrap()
            })
            .collect();
        let list: Vec<(&str, &Chat<'_>)> = chats.iter().map(|(n, _)| *n).zip(&parsed).collect();
        Owner::infer(&list).shown
    }

    #[test]
    fn participant_without_the_chats_name_is_the_owner() {
        let owner = inferred(&[
            ("Bob", &["Bob: hi", "Me: ho"]),
            ("Ann", &["Ann: hi", "Me: ho"]),
            ("Cem", &["Cem: only he writes"]),
        ]);
        assert_eq!(owner.as_deref(), Some("Me"));
    }

    #[test]
    fn name_that_means_you_next_to_the_owner_is_another_person() {
        let lines = |lines: &[&str]| {
            let text: String = (lines.iter())
                .map(|line| format!("13/03/2023, 09:05 - {line}\n"))
                .collect();
            decode(text.into_bytes()).unwrap()
        };
        let media = MediaIndex::default();
        let texts = [
            ("Bob", lines(&["Bob: hi", "Me: ho"])),
            ("Ann", lines(&["Ann: hi", "Me: ho"])),
            ("House", lines(&["T\u{fa}: hi", "Me: ho", "Bob: hm"])),
        ];
        let parsed: Vec<(&str, Chat<'_>)> = (texts.iter())
            .map(|(name, text)| {
                let context = Context {
                    chat_name: Some(name),
                    ..Context::new(&media)
                };
                (*name, parse(text, &context).unwrap())
            })
            .collect();
        let list: Vec<(&str, &Chat<'_>)> = parsed.iter().map(|(n, c)| (*n, c)).collect();
        let owner = Owner::infer(&list);
        assert!(owner.is("Me") && !owner.is("T\u{fa}"));
    }

    #[test]
    fn renamed_chats_with_one_person_are_no_evidence() {
        let lines: &[&str] = &["Bob: hi", "Me: ho"];
        assert_eq!(inferred(&[("export 1", lines), ("export 2", lines)]), None);
    }

    #[test]
    fn chat_with_one_sender_is_no_evidence() {
        assert_eq!(inferred(&[("Bob", &["Me: hi"])]), None);
        assert_eq!(
            inferred(&[("Bob", &["Bob: hi"]), ("Ann", &["Ann: hi"])]),
            None
        );
    }

    #[test]
    fn contact_who_types_the_owners_phrase_is_not_the_owner() {
        let typed: &[&str] = &["Bob: You deleted this message", "Me: ho"];
        assert_eq!(inferred(&[("Bob", typed)]), None);
        assert_eq!(
            inferred(&[("Bob", &["Bob: You deleted this message"])]),
            None
        );
        let renamed: &[(&str, &[&str])] = &[("export", typed), ("Ann", &["Ann: hi", "Me: ho"])];
        assert_eq!(inferred(renamed), None);
    }

    #[test]
    fn participant_of_every_group_is_not_the_owner() {
        let chats: &[(&str, &[&str])] = &[
            ("export 1", &["Bob: hi", "Me: ho"]),
            ("export 2", &["Bob: hi", "Cem: ho", "Dan: he"]),
            ("export 3", &["You added Cem", "Bob: hi", "Cem: ho"]),
        ];
        assert_eq!(inferred(chats), None);
    }

    #[test]
    fn owner_with_two_names_is_not_inferred() {
        let chats: &[(&str, &[&str])] = &[
            ("Bob", &["Bob: hi", "Anna: ho"]),
            ("Cem", &["Cem: hi", "Anna K: ho"]),
        ];
        assert_eq!(inferred(chats), None);
    }

    #[test]
    fn you_in_any_language_is_the_owner() {
        assert_eq!(
            inferred(&[("export", &["Bob: hi", "Du: ho"])]).as_deref(),
            Some("Du")
        );
        // Next to exports that show the profile name, and the person the chat is named after is not the
        // owner.
        let chats: &[(&str, &[&str])] = &[
            ("Bob", &["Bob: hi", "You: ho"]),
            ("Cem", &["Cem: hi", "Anna: ho"]),
        ];
        assert_eq!(inferred(chats).as_deref(), Some("Anna"));
        assert_eq!(inferred(&[("Ty", &["Ty: hi"])]), None);
        assert_eq!(
            inferred(&[("Ty", &["Ty: hi", "Anna: ho"])]).as_deref(),
            Some("Anna")
        );
    }

    #[test]
    fn contact_with_the_owners_name_is_not_inferred() {
        let chats: &[(&str, &[&str])] = &[
            ("Bob", &["Bob: hi", "Anna: ho"]),
            ("Anna", &["Anna: hi", "Anna: ho"]),
        ];
        assert_eq!(inferred(chats), None);
    }
}
