//! `contacts.csv`: the mapping of chats and participants to leads, contacts and users, and which chats are
//! imported.
//!
//! [`Contacts::parse`] reads the whole file and reports all problems; the look-ups answer for one chat of
//! one device. See docs/reference/files.md, "contacts.csv".

mod by_number;
mod edit;
mod fill;
mod index;
mod lookup;
mod privacy;
mod read;
mod row;
mod unmatched;

use std::collections::HashMap;
use std::fmt;

pub use edit::{NewRow, edit};
pub(crate) use edit::{line, line_end};
pub use fill::{Cell, fill};
pub use lookup::{Mapping, OwnerMapping};
pub(crate) use row::ROUNDED;
pub use unmatched::Unmatched;

use self::index::Index;
use super::erased::Erased;
use super::exclude::Exclude;
use super::never::Never;
use crate::ids::{ContactId, LeadId, UserId};
use crate::name::name_key;
use crate::phone::Phone;
use crate::settings::Problem;

/// The columns that every `contacts.csv` has, in the order in which `init` writes them.
pub const COLUMNS: [&str; 7] = [
    "chat",
    "participant",
    "role",
    "phone",
    "lead_id",
    "contact_id",
    "user_id",
];
/// The optional columns of `contacts.csv`; other columns are preserved and ignored.
pub const OPTIONAL_COLUMNS: [&str; 3] = ["device", "chat_key", "import"];

/// A validated `contacts.csv`.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    rows: Vec<Row>,
    index: Index,
    warnings: Vec<Problem>,
    header: Vec<String>,
    delimiter: char,
    file: String,
    /// People who are never imported.
    never: Never,
    /// People erased by `forget`.
    erased: Erased,
    /// Periods of chats that are not imported.
    exclude: Exclude,
}

impl Contacts {
    /// Parses the text of a `contacts.csv`; `file_name` appears in messages only.
    ///
    /// Accepted: a byte order mark, LF, CRLF and CR, double-quoted cells, and `,`, `;` or tab as delimiter,
    /// detected from the header line or declared by a line `sep=;` before it; column names in any case;
    /// empty lines. A row shorter than the header has empty last cells; a longer one may have empty cells
    /// only. A number that is marked as text by `'` or `="…"` is accepted, and one without `+` if its
    /// digits are a complete number of one country.
    ///
    /// # Errors
    ///
    /// All problems, in the order of the lines: a missing or misspelt column, a row longer than
    /// the header, an invalid role, import, phone or id, and rows that contradict each other. They name
    /// columns and lines and never a phone or id. The command fails with exit status 2.
    pub fn parse(text: &str, file_name: &str) -> Result<Contacts, Vec<Problem>> {
        read::parse(text, file_name)
    }

    /// As [`Contacts::parse`], from bytes.
    ///
    /// # Errors
    ///
    /// As [`Contacts::parse`]; text that is not UTF-8 is an error with the line and how to save the file.
    pub fn from_bytes(bytes: &[u8], file_name: &str) -> Result<Contacts, Vec<Problem>> {
        read::decode(bytes, file_name).and_then(|text| read::parse(text, file_name))
    }

    /// Makes the people in `never` private in every chat, whatever the rows contain.
    pub fn set_never(&mut self, mut never: Never) {
        // A person is meant under every name: the numbers that rows give to the names are added.
        if !never.is_empty() {
            for row in &self.rows {
                let names = [&row.chat, &row.participant];
                let mut names = names.into_iter().flat_map(Name::keys);
                let is_named = names.any(|name| match &row.device {
                    Some(device) => never.name(device, name),
                    None => never.name_anywhere(name),
                });
                // A group's row has its anchor's number.
                let is_person = row.role == Role::Contact && !row.participant.is_any();
                if let Some(phone) = row.phone.as_ref().filter(|_| is_named && is_person) {
                    never.add_number(phone);
                }
            }
        }
        self.never = never;
    }

    /// Makes erased persons private in every chat, whatever the rows contain.
    pub(crate) fn set_erased(&mut self, erased: Erased) {
        self.erased = erased;
    }

    /// The erased persons.
    pub(crate) fn erased(&self) -> &Erased {
        &self.erased
    }

    /// Removes a number that never.txt contains, so that a caller can see what would be imported
    /// without it.
    pub(crate) fn remove_never(&mut self, number: &Phone) {
        self.never.remove_number(number);
    }

    /// Whether a line of never.txt is this number.
    pub(crate) fn has_never_line(&self, number: &Phone) -> bool {
        self.never.has_line(number)
    }

    /// The lines of never.txt that match none of these chats and participants, given with their devices,
    /// none of these numbers, and no row.
    pub fn never_unmatched(&self, names: &[(&str, &str)], numbers: &[Phone]) -> Vec<u32> {
        let rows = self.rows.iter();
        let of_rows = rows.clone().flat_map(|row| {
            let device = row.device.as_deref().unwrap_or_default();
            let names = row.chat.keys().chain(row.participant.keys());
            names.map(move |name| (device, name))
        });
        let names: Vec<(&str, &str)> = names.iter().copied().chain(of_rows).collect();
        let of_rows = rows.filter_map(|row| row.phone.as_ref());
        let numbers: Vec<&Phone> = numbers.iter().chain(of_rows).collect();
        self.never.unmatched(&names, &numbers)
    }

    /// Whether never.txt names no person.
    pub fn has_empty_never(&self) -> bool {
        self.never.is_empty()
    }

    /// Those of these lines of never.txt that contain a colon and name no device.
    pub fn never_unknown_prefixes(&self, lines: &[u32]) -> Vec<u32> {
        let is_one = |line: &&u32| self.never.has_colon(**line);
        lines.iter().filter(is_one).copied().collect()
    }

    /// Makes rows that name a chat by its id in WhatsApp name it by its title. `chats` are the chats without a number:
    /// device, id, title. People write the id where the title is not enough to recognise a customer.
    pub fn name_chats_by_id(&mut self, chats: &[(&str, &str, &str)]) {
        let mut by_id: HashMap<String, Vec<(&str, &str)>> = HashMap::new();
        for (device, id, title) in chats {
            by_id.entry(name_key(id)).or_default().push((device, title));
        }
        let mut is_changed = false;
        for row in &mut self.rows {
            let titles = row.chat.keys().find_map(|key| by_id.get(key));
            let of_device = |device: &str| row.device.as_deref().is_none_or(|own| own == device);
            let found = titles.and_then(|all| all.iter().find(|(device, _)| of_device(device)));
            let Some((_, title)) = found else { continue };
            let named = Name::Is {
                text: (*title).to_owned(),
                key: name_key(title),
                marked_key: None,
            };
            if row.participant.key() == row.chat.key() {
                row.participant = named.clone();
            }
            row.chat = named;
            is_changed = true;
        }
        if is_changed {
            self.index = Index::of(&self.rows);
        }
    }

    /// Sets the excluded periods of chats, as exclude.csv gives them.
    pub fn set_exclude(&mut self, exclude: Exclude) {
        self.exclude = exclude;
    }

    /// The excluded periods of chats, as exclude.csv gives them.
    pub fn exclude(&self) -> &Exclude {
        &self.exclude
    }

    /// The rows in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The name of the table, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Cells without meaning in their row, such as a `user_id` for a contact.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The cells of the header, so that rows can be added in the same form.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The delimiter: `,`, `;` or tab.
    pub fn delimiter(&self) -> char {
        self.delimiter
    }
}

/// One line of `contacts.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the row in the file, from 1.
    pub line: u32,
    /// The device that the row applies to; `None` for every device.
    pub device: Option<String>,
    /// The chat that the row applies to.
    pub chat: Name,
    /// The participant that the row applies to; [`Name::Any`] for an empty cell too.
    pub participant: Name,
    /// The participant's role.
    pub role: Role,
    /// The participant's number; `None` if the cell is empty or invalid.
    pub phone: Option<Phone>,
    /// The lead (`lead_…`); `None` if the cell is empty.
    pub lead_id: Option<LeadId>,
    /// The contact of the lead (`cont_…`); `None` if the cell is empty.
    pub contact_id: Option<ContactId>,
    /// The Close user (`user_…`) of a `me` row; `None` if the cell is empty.
    pub user_id: Option<UserId>,
    /// The user's own name of the chat, which stays when its displayed name changes; `None` if the
    /// cell is empty.
    pub chat_key: Option<String>,
    /// Whether the chat is imported; `None` if the cell is empty.
    pub import: Option<ImportChoice>,
}

impl Row {
    /// Whether the row maps to nothing in Close.
    fn is_open(&self) -> bool {
        self.phone.is_none() && self.lead_id.is_none() && self.contact_id.is_none()
    }
}

/// A name in a row, or `*`. `Debug` does not show the name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// `*`: every chat, or every participant.
    Any,
    /// A name, or a number in place of one.
    Is {
        /// The name as written, trimmed.
        text: String,
        /// The key under which it matches: [`crate::name::name_key`].
        key: String,
        /// The key of the cell with an apostrophe that may be a mark of text or the first character
        /// of the name: the row applies to both names. `None` without such an apostrophe.
        marked_key: Option<String>,
    },
}

impl Name {
    /// The name; `None` for `*`.
    pub fn text(&self) -> Option<&str> {
        match self {
            Name::Any => None,
            Name::Is { text, .. } => Some(text),
        }
    }
}

impl Name {
    /// True for `*`.
    pub fn is_any(&self) -> bool {
        matches!(self, Name::Any)
    }

    /// The key of a name; `None` for `*`.
    pub fn key(&self) -> Option<&str> {
        self.keys().next()
    }

    /// The keys of the names that the cell may mean; none for `*`.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let (key, marked) = match self {
            Name::Any => (None, None),
            Name::Is {
                key, marked_key, ..
            } => (Some(key), marked_key.as_ref()),
        };
        key.into_iter().chain(marked).map(String::as_str)
    }

    /// Whether the cell may mean the name with this key; `false` for `*`.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.keys().any(|own| own == key)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Name::Any => "Any",
            Name::Is { .. } => "Is(…)",
        })
    }
}

/// The `role` of a row: who the participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The owner of the device.
    Me,
    /// A person who is, or may become, a contact in Close.
    Contact,
    /// A participant whose messages are left out.
    Ignore,
}

impl Role {
    /// The role with this word, in any case.
    fn of(word: &str) -> Option<Role> {
        let word = word.trim().to_lowercase();
        [Role::Me, Role::Contact, Role::Ignore]
            .into_iter()
            .find(|role| role.word() == word)
    }

    /// The role's word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Role::Me => "me",
            Role::Contact => "contact",
            Role::Ignore => "ignore",
        }
    }
}

/// `import`. Absent: yes if lead, contact and phone are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportChoice {
    /// Imported, if lead, contact and phone are set.
    Yes,
    /// Left out.
    No,
    /// Left out and only counted: its names and texts appear in no output.
    Private,
    /// As [`ImportChoice::Yes`]; if Close has no contact with the number, `match --create-missing` creates
    /// lead and contact.
    Create,
}

#[cfg(test)]
mod tests;
