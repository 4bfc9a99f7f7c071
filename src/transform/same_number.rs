//! Separates chats of different names to which contacts.csv gives one number.
//!
//! Archives of one number are one chat, since names follow the address book; but if two names of one device
//! cover the same days and share no message, they are two people (as when a row got its neighbour's
//! number), and each would get the other's messages. An older name is never separated from a newer one:
//! those share their history.

use super::desired::{Held, Standing};
use super::resolved::Resolved;
use crate::intake::texts_of;
use crate::matching::overlap::{Common, Texts, common};
use crate::name::name_key;
use crate::people::contacts::Contacts;

/// The archives of one chat; or, if they contradict each other, those of each name separately, and held.
pub(super) fn apart<'s>(
    archives: Vec<Resolved<'s>>,
    contacts: &Contacts,
) -> Vec<Vec<Resolved<'s>>> {
    let is_pair = |r: &Resolved<'_>| r.numbers.as_ref().is_some_and(|n| n.group.is_none());
    let is_left_out = |r: &Resolved<'_>| matches!(r.standing, Standing::LeftOut(_));
    if archives.len() < 2 || !archives.iter().all(is_pair) || archives.iter().any(is_left_out) {
        return vec![archives];
    }
    let mut names: Vec<Name> = Vec::new();
    for (index, resolved) in archives.iter().enumerate() {
        let name = Name::of(resolved, contacts);
        match names.iter_mut().find(|known| known.is_same(&name)) {
            Some(known) => known.indexes.push(index),
            None => names.push(Name {
                indexes: vec![index],
                ..name
            }),
        }
    }
    let texts: Vec<Texts> = (archives.iter())
        .map(|resolved| resolved.source.with_messages(texts_of))
        .collect();
    let mut with: Vec<Option<usize>> = vec![None; names.len()];
    for one in 0..names.len() {
        for other in 0..one {
            if names[one].device != names[other].device {
                continue;
            }
            let pairs = names[one].indexes.iter();
            let pairs = pairs.flat_map(|a| names[other].indexes.iter().map(|b| (*a, *b)));
            let found: Vec<Common> = (pairs.map(|(a, b)| common(&texts[a], &texts[b]))).collect();
            if found.contains(&Common::Nothing) && !found.contains(&Common::Something) {
                with[one].get_or_insert(other);
                with[other].get_or_insert(one);
            }
        }
    }
    if with.iter().all(Option::is_none) {
        return vec![archives];
    }
    // Other chats with the number are held as well: whose number it is could not be determined.
    let shown: Vec<String> = names.iter().map(|name| name.shown.clone()).collect();
    let mut parts: Vec<Vec<Resolved<'s>>> = names.iter().map(|_| Vec::new()).collect();
    for (index, mut resolved) in archives.into_iter().enumerate() {
        let Some(at) = names.iter().position(|name| name.indexes.contains(&index)) else {
            continue;
        };
        let other = with[at].unwrap_or_else(|| usize::from(at == 0));
        resolved.standing =
            Standing::Held(Held::SameNumber(shown[at].clone(), shown[other].clone()));
        resolved.numbers = None;
        parts[at].push(resolved);
    }
    parts
}

/// The identity of a chat on a device.
struct Name {
    device: String,
    /// The `chat_key`, else the name.
    key: (bool, String),
    shown: String,
    indexes: Vec<usize>,
}

impl Name {
    fn of(resolved: &Resolved<'_>, contacts: &Contacts) -> Name {
        let device = resolved.source.device.name.as_str();
        let shown = resolved.source.name();
        Name {
            device: device.to_owned(),
            key: match contacts.chat_key(device, shown) {
                Some(key) => (true, key.to_owned()),
                None => (false, name_key(shown)),
            },
            shown: shown.to_owned(),
            indexes: Vec::new(),
        }
    }

    fn is_same(&self, other: &Name) -> bool {
        self.device == other.device && self.key == other.key
    }
}
