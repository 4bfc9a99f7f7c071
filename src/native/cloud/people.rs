//! Who a webhook is about: a number, or a user id where the customer does not show the number.
//!
//! Belongs here: forms of addresses, and which of them are one person. Never here: messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::native::directory;
use crate::native::people::{Jid, jid_kind, phone_from_digits, user_of};
use crate::phone::Phone;

/// The addresses of one person in one object: the digits of a number, user ids (`US.…`) and parent ids (`US.ENT.…`).
pub(super) type Addresses = Vec<String>;

/// The address in a field of a webhook: digits for a number, anything else as it stands, since the digits of a user id
/// or of a hidden id are no number. Digits alone in a field of user ids become a hidden id.
fn address(field: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => whole(number)?.to_string(),
        _ => return None,
    };
    let user = match (text.contains('@'), jid_kind(&text)) {
        (false, _) => text.as_str(),
        (true, Jid::Phone) => user_of(&text),
        (true, _) => return Some(text),
    };
    let is_number = user.chars().any(|c| c.is_ascii_digit())
        && (user.chars()).all(|c| c.is_ascii_digit() || "+-() .\u{a0}".contains(c));
    match is_number {
        true if is_field_of_ids(field) => Some(format!("{}@lid", only_digits(user))),
        true => Some(only_digits(user)),
        false => (!text.is_empty()).then_some(text),
    }
}

/// Whether a field contains user ids, never numbers: `user_id`, `from_user_id`, `recipient_parent_user_id`.
fn is_field_of_ids(field: &str) -> bool {
    field.ends_with("user_id")
}

/// A number without a fraction: programs that read JSON as floats write `447700900101.0`.
fn whole(number: &serde_json::Number) -> Option<u64> {
    let is_whole = |float: &f64| (0.0..9e15).contains(float) && float.fract() == 0.0;
    let float = || number.as_f64().filter(is_whole).map(|float| float as u64);
    number.as_u64().or_else(float)
}

/// The addresses in these fields of an object.
pub(super) fn addresses(object: &Value, fields: &[&str]) -> Addresses {
    let mut found: Addresses = (fields.iter())
        .filter_map(|field| address(field, object.get(*field)?))
        .collect();
    let mut seen = BTreeSet::new();
    found.retain(|address| seen.insert(address.clone()));
    found
}

/// Whether an address is a number.
pub(super) fn is_number(address: &str) -> bool {
    address.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a profile name is one: a number that a customer chose as name may be anybody's, and would be read as the
/// customer's own.
pub(super) fn is_name(profile: &str) -> bool {
    !profile.trim().is_empty()
        && !directory::is_number(profile)
        && Phone::parse(profile).is_none()
        && Phone::parse_without_plus(profile).is_none()
}

pub(super) fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether an id belongs to several businesses of one owner.
fn is_parent(id: &str) -> bool {
    id.get(2..).is_some_and(|rest| rest.starts_with(".ENT."))
}

/// Everybody in the logs of a device, by any address.
#[derive(Default)]
pub(super) struct People {
    /// The address under which a person's chat is kept, by user id.
    by_id: HashMap<String, String>,
}

impl People {
    /// Makes one person of addresses that were seen together.
    pub(super) fn new<'a>(seen: impl Iterator<Item = &'a Addresses>) -> People {
        let mut ids = Groups::default();
        let mut numbers: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let mut own: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        let mut pairs = Vec::new();
        for addresses in seen {
            let of_ids = || addresses.iter().filter(|address| !is_number(address));
            let Some(first) = of_ids().next() else {
                continue;
            };
            let first = ids.place(first);
            for id in of_ids() {
                let other = ids.place(id);
                ids.join(first, other);
                for number in addresses.iter().filter(|address| is_number(address)) {
                    own.entry(id).or_default().insert(number);
                    pairs.push((first, number.as_str()));
                }
            }
        }
        for (place, number) in pairs {
            numbers.entry(ids.root(place)).or_default().insert(number);
        }
        let mut by_root: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let places: Vec<(&str, usize)> = (ids.places.iter())
            .map(|(id, place)| (*id, *place))
            .collect();
        for (id, place) in &places {
            by_root.entry(ids.root(*place)).or_default().push(id);
        }
        let mut by_id = HashMap::new();
        for (root, members) in by_root {
            let of_group = numbers.get(&root).and_then(the_number);
            let id = members.iter().min_by_key(|id| (is_parent(id), **id));
            for member in &members {
                // A parent id may join two people; each id still has its own number.
                let number = of_group.or_else(|| own.get(member).and_then(the_number));
                let key = match (number, numbers.contains_key(&root)) {
                    (Some(number), _) => number,
                    (None, false) => id.map_or(*member, |id| *id),
                    (None, true) => member,
                };
                by_id.insert((*member).to_owned(), key.to_owned());
            }
        }
        People { by_id }
    }

    /// The address under which the chat of a person is kept: the number, if it is known; `None` without an address.
    pub(super) fn key<'p>(&'p self, addresses: &'p [String]) -> Option<&'p str> {
        let number = addresses.iter().find(|address| is_number(address));
        let known = || {
            (addresses.iter())
                .filter_map(|id| self.by_id.get(id))
                .map(String::as_str)
        };
        (number.map(String::as_str))
            .or_else(|| known().find(|key| is_number(key)))
            .or_else(|| known().next())
            .or_else(|| addresses.first().map(String::as_str))
    }
}

/// The number, if all spellings are one number.
fn the_number<'n>(numbers: &BTreeSet<&'n str>) -> Option<&'n str> {
    let first = numbers.first()?;
    let phone = |digits: &str| phone_from_digits(digits).and_then(|number| Phone::parse(&number));
    let is_same = |other: &&str| {
        (phone(first).zip(phone(other))).is_some_and(|(one, other)| one.is_same_as(&other))
    };
    numbers.iter().skip(1).all(is_same).then_some(*first)
}

/// Ids in groups, each group a person.
#[derive(Default)]
struct Groups<'a> {
    places: HashMap<&'a str, usize>,
    parents: Vec<usize>,
}

impl<'a> Groups<'a> {
    fn place(&mut self, id: &'a str) -> usize {
        let next = self.parents.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.parents.push(next);
        }
        place
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.parents[place] != place {
            self.parents[place] = self.parents[self.parents[place]];
            place = self.parents[place];
        }
        place
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(addresses: &[&str]) -> Addresses {
        addresses.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn digits_of_a_user_id_are_no_number() {
        for (value, is) in [
            (json!("+44 7700 900-101"), "447700900101"),
            (json!(447_700_900_101_u64), "447700900101"),
            (json!(447_700_900_101.0), "447700900101"),
            (json!("447700900101@s.whatsapp.net"), "447700900101"),
            (json!("447700900101:12@c.us"), "447700900101"),
            (json!("184069530861739@lid"), "184069530861739@lid"),
            (json!("US.13491208655302"), "US.13491208655302"),
            (
                json!("US.ENT.11815799212886844830"),
                "US.ENT.11815799212886844830",
            ),
            (json!("rita.sol"), "rita.sol"),
        ] {
            assert_eq!(address("from", &value).as_deref(), Some(is));
        }
        for none in [
            json!(null),
            json!(""),
            json!(" "),
            json!({}),
            json!(4477.5),
            json!(-4477),
            json!(1e300),
        ] {
            assert_eq!(address("from", &none), None);
        }
    }

    #[test]
    fn digits_in_a_field_of_user_ids_are_no_number() {
        let sender = json!({"from": "447700900101", "from_user_id": "13491208655302",
            "from_parent_user_id": "US.ENT.9"});
        let found = addresses(&sender, &["from", "from_user_id", "from_parent_user_id"]);
        assert_eq!(found, ["447700900101", "13491208655302@lid", "US.ENT.9"]);
        let only = addresses(&json!({"user_id": 13_491_208_655_302_u64}), &["user_id"]);
        assert_eq!(only, ["13491208655302@lid"]);
        assert!(!only.iter().any(|address| is_number(address)));
    }

    #[test]
    fn number_as_profile_name_is_no_name() {
        for number in [
            "+44 7700 900999",
            "447700900998",
            "(0)151-234",
            "+44 7700 900/999",
        ] {
            assert!(!is_name(number), "{number}");
        }
        for name in ["Rita", "24/7 Taxi", "Studio 54", "R2"] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn pair_names_the_number_of_an_id() {
        let seen = [
            of(&["US.ENT.9", "US.2"]),
            of(&["447700900101", "US.1", "US.ENT.9"]),
            of(&["US.7", "US.ENT.8"]),
        ];
        let people = People::new(seen.iter());
        for ids in [
            &["US.1"][..],
            &["US.2"],
            &["US.ENT.9"],
            &["US.2", "US.ENT.9"],
        ] {
            assert_eq!(people.key(&of(ids)), Some("447700900101"), "{ids:?}");
        }
        assert_eq!(people.key(&of(&["US.ENT.8"])), Some("US.7"));
        assert_eq!(people.key(&of(&["US.3"])), Some("US.3"));
        assert_eq!(people.key(&[]), None);
    }

    #[test]
    fn id_with_two_numbers_keeps_its_own_chat() {
        let seen = [
            of(&["447700900101", "US.1"]),
            of(&["447700900102", "US.1"]),
            of(&["447700900103", "US.4", "US.ENT.1"]),
            of(&["447700900104", "US.5", "US.ENT.1"]),
        ];
        let people = People::new(seen.iter());
        assert_eq!(people.key(&of(&["US.1"])), Some("US.1"));
        assert_eq!(
            people.key(&of(&["447700900102", "US.1"])),
            Some("447700900102")
        );
        assert_eq!(people.key(&of(&["US.5"])), Some("447700900104"));
        assert_eq!(people.key(&of(&["US.ENT.1"])), Some("US.ENT.1"));
    }

    #[test]
    fn spellings_of_one_number_are_one() {
        let seen = [
            of(&["5215512345678", "MX.1"]),
            of(&["525512345678", "MX.1"]),
        ];
        assert_eq!(
            People::new(seen.iter()).key(&of(&["MX.1"])),
            Some("5215512345678")
        );
    }
}
