//! Names and numbers of people by jid, from every table of an archive that contains any.
//!
//! Belongs here: which hidden id belongs to which number, and the name that a sender or a mention gets. Never here:
//! the tables of a platform. A hidden id is never shown.
//!
//! See docs/reference/native-sources.md, "Person ids".

use std::collections::{HashMap, HashSet};

use super::people::{Jid, display_name, jid_kind, phone_from_digits, phone_of, user_of};
use crate::parser::text::marks;
use crate::phone::Phone;

/// Origin of a name, the most reliable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NameSource {
    /// The address book of the phone.
    AddressBook,
    /// The title of the chat with the person.
    Chat,
    /// The name that the person chose.
    Profile,
    /// The name that a mention shows.
    Mention,
}

/// The people of an archive.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// E.164 numbers by hidden id.
    numbers: HashMap<String, String>,
    /// Names by number, or by hidden id if its number is unknown.
    names: HashMap<String, (NameSource, String)>,
    hidden_ids: HashSet<String>,
}

impl Directory {
    /// Adds the number of a hidden id. Either may lack its server. Pairs are added before names.
    pub(super) fn add_pair(&mut self, hidden_id: &str, number: &str) {
        let is_hidden = !hidden_id.contains('@') || jid_kind(hidden_id) == Jid::Hidden;
        if let (true, Some(number)) = (is_hidden, number_of(number)) {
            self.numbers.insert(user_of(hidden_id).to_owned(), number);
        }
    }

    /// Adds the number that the phone's owner typed into the address book, unless one of the hidden id is known.
    /// It is complete, since a national number with `+` in front is another person's.
    pub(super) fn add_number_of_address_book(&mut self, hidden_id: &str, number: &str) {
        if number.contains('@') || self.numbers.contains_key(user_of(hidden_id)) {
            return;
        }
        let complete = Phone::parse(number).or_else(|| Phone::parse_without_plus(number));
        if let Some(number) = complete {
            self.add_pair(hidden_id, number.e164());
        }
    }

    /// Adds a hidden id whose number may be unknown.
    pub(super) fn add_jid(&mut self, jid: &str) {
        if jid_kind(jid) == Jid::Hidden {
            self.hidden_ids.insert(user_of(jid).to_owned());
        }
    }

    /// Adds a name, unless a more reliable one is known or it is a number.
    pub(super) fn add_name(&mut self, source: NameSource, jid: &str, name: &str) {
        let Some(key) = self.key(jid) else { return };
        if name.trim().is_empty() || is_number(name) || name.ends_with("@lid") {
            return;
        }
        let name = (source, name.to_owned());
        let known = self.names.entry(key).or_insert_with(|| name.clone());
        if source < known.0 {
            *known = name;
        }
    }

    /// The E.164 number of a person.
    pub(super) fn number(&self, jid: &str) -> Option<String> {
        match jid_kind(jid) {
            Jid::Phone => phone_of(jid),
            Jid::Hidden => self.numbers.get(user_of(jid)).cloned(),
            _ => None,
        }
    }

    /// The jid of the person's number; the jid itself if no number is known.
    pub(super) fn jid_of_number(&self, jid: &str) -> String {
        match self.number(jid) {
            Some(number) => format!("{}@s.whatsapp.net", number.trim_start_matches('+')),
            None => jid.to_owned(),
        }
    }

    /// The name of a person.
    pub(super) fn name(&self, jid: &str) -> Option<&str> {
        let (_, name) = self.names.get(&self.key(jid)?)?;
        Some(name)
    }

    /// The name of a sender: `own`, the name that the chat itself shows, else a known name, else the number.
    pub(super) fn sender_name(&self, own: Option<&str>, jid: &str) -> String {
        let own = own.filter(|name| !is_number(name));
        let name = own.or_else(|| self.name(jid));
        match (jid_kind(jid), self.number(jid)) {
            (Jid::Hidden, None) if name.is_none() => unknown_person(jid),
            (_, number) => display_name(name, number.as_deref(), jid),
        }
    }

    /// The sender of a reaction: the name, else the jid of the number, by which a person may be left out.
    pub(super) fn reaction_sender(&self, jid: &str) -> String {
        match (self.name(jid), jid_kind(jid), self.number(jid)) {
            (Some(name), ..) => name.to_owned(),
            (None, Jid::Hidden, None) => unknown_person(jid),
            _ => self.jid_of_number(jid),
        }
    }

    /// The name of a person that a text mentions by the digits of a number or of a hidden id; `None` for digits that
    /// are shown as they are.
    pub(super) fn mention(&self, digits: &str) -> Option<String> {
        let by_number = self.name(&format!("{digits}@s.whatsapp.net"));
        if let Some(name) = by_number {
            return Some(name.to_owned());
        }
        let hidden = format!("{digits}@lid");
        let is_hidden = self.numbers.contains_key(digits)
            || self.hidden_ids.contains(digits)
            || self.name(&hidden).is_some();
        is_hidden.then(|| self.sender_name(None, &hidden))
    }

    /// The key of a person: the number, else the hidden id.
    fn key(&self, jid: &str) -> Option<String> {
        match jid_kind(jid) {
            Jid::Phone => phone_of(jid),
            Jid::Hidden => Some(self.number(jid).unwrap_or_else(|| user_of(jid).to_owned())),
            _ => None,
        }
    }
}

/// The name of a person of whose ids an archive has only a hidden one. It differs between people, and is equal in all
/// archives.
pub(super) fn unknown_person(jid: &str) -> String {
    let hash = blake3::hash(user_of(jid).as_bytes());
    let code: String = hash.as_bytes()[..3]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("Unknown participant {code}")
}

/// The number in a jid, in digits, or in a formatted number, each with its country code.
fn number_of(text: &str) -> Option<String> {
    if text.contains('@') {
        return phone_of(text);
    }
    match text.trim().strip_prefix('+') {
        Some(rest) => {
            let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
            phone_from_digits(&digits)
        }
        None => phone_from_digits(text),
    }
}

/// Whether a name is a formatted number, which databases contain for people without a name.
pub(super) fn is_number(name: &str) -> bool {
    let mut chars = name
        .chars()
        .filter(|c| !c.is_control() && !marks::is_mark(*c));
    chars.all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().\u{2011}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RITA: &str = "447700900101@s.whatsapp.net";
    const HIDDEN: &str = "184069530861739@lid";

    #[test]
    fn name_is_known_by_number_and_by_hidden_id() {
        let mut people = Directory::default();
        people.add_pair("184069530861739", "447700900101");
        people.add_name(NameSource::Profile, HIDDEN, "rita");
        people.add_name(NameSource::AddressBook, RITA, "Rita Sol");
        people.add_name(NameSource::Mention, RITA, "R.");
        people.add_name(NameSource::AddressBook, RITA, "+44 7700 900101");
        for jid in [RITA, HIDDEN, "447700900101:12@s.whatsapp.net"] {
            assert_eq!(people.name(jid), Some("Rita Sol"), "{jid}");
            assert_eq!(people.number(jid).as_deref(), Some("+447700900101"));
        }
        for digits in ["184069530861739", "447700900101"] {
            assert_eq!(people.mention(digits).as_deref(), Some("Rita Sol"));
        }
        assert_eq!(people.mention("447700900999"), None);
    }

    #[test]
    fn number_is_shown_without_a_name_and_a_hidden_id_never() {
        let mut people = Directory::default();
        people.add_pair(HIDDEN, "+44 7700 900101");
        assert_eq!(people.sender_name(None, HIDDEN), "+447700900101");
        assert_eq!(
            people.mention("184069530861739").as_deref(),
            Some("+447700900101")
        );
        let other = "199988877766655@lid";
        people.add_jid(other);
        let unknown = people.sender_name(None, other);
        assert!(unknown.starts_with("Unknown participant "), "{unknown}");
        assert_eq!(people.mention("199988877766655").as_ref(), Some(&unknown));
        assert_eq!(people.sender_name(Some("Theo"), other), "Theo");
    }

    #[test]
    fn national_number_of_an_address_book_is_no_number() {
        for typed in ["2025550143", "(202) 555-0143", "07700 900101", "+", ""] {
            let mut people = Directory::default();
            people.add_number_of_address_book(HIDDEN, typed);
            assert_eq!(people.number(HIDDEN), None, "{typed}");
        }
        for typed in ["+44 7700 900101", "0044 7700 900101", "+447700900101"] {
            let mut people = Directory::default();
            people.add_number_of_address_book(HIDDEN, typed);
            let number = people.number(HIDDEN);
            assert_eq!(number.as_deref(), Some("+447700900101"), "{typed}");
        }
    }

    #[test]
    fn number_of_an_address_book_overwrites_none() {
        let mut people = Directory::default();
        people.add_pair(HIDDEN, RITA);
        people.add_number_of_address_book(HIDDEN, "+1 202 555 0143");
        assert_eq!(people.number(HIDDEN).as_deref(), Some("+447700900101"));
    }

    #[test]
    fn pairs_are_of_a_hidden_id_and_a_number() {
        let mut people = Directory::default();
        people.add_pair(RITA, HIDDEN);
        people.add_pair(HIDDEN, "0@s.whatsapp.net");
        assert_eq!(people.number(HIDDEN), None);
    }
}
