//! `contacts.csv`: who is who in Close, and which chats are imported.
//!
//! [`Contacts::parse`] reads the file whole and reports every problem at once; the look-ups answer
//! for one chat of one device. Rules: contract.md, "Files of a migration".

mod by_number;
mod fill;
mod index;
mod lookup;
mod read;
mod row;

use std::fmt;

pub use fill::{Cell, fill};
pub use lookup::{Mapping, Me, Unmatched};

use self::index::Index;
use super::exclude::Exclude;
use super::never::Never;
use super::settings::Problem;
use crate::ids::{ContactId, LeadId, UserId};
use crate::phone::Phone;

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
/// The columns that a `contacts.csv` may have besides; all others are left as they are.
pub const OPTIONAL_COLUMNS: [&str; 3] = ["device", "chat_key", "import"];

/// A `contacts.csv` that was read and does not contradict itself.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    rows: Vec<Row>,
    index: Index,
    warnings: Vec<Problem>,
    header: Vec<String>,
    delimiter: char,
    file: String,
    /// Whom no row brings in.
    never: Never,
    /// What of a chat no row brings in.
    exclude: Exclude,
}

impl Contacts {
    /// Reads the text of a `contacts.csv`; `file_name` is only for messages.
    ///
    /// Understood: a BOM, LF, CRLF and CR, cells in double quotes, and `,`, `;` or a tab between the
    /// cells, found from the header line or told by a line `sep=;` before it; column names in any
    /// case; lines without any content. A line may be shorter than the header, then its last cells
    /// are empty, or longer by empty cells. A number that is kept as text by `'` or `="…"` is one,
    /// and so is one without `+` whose digits are a whole number of one country.
    ///
    /// Errors are all that were found, in the order of the lines: a missing or misspelt column, a
    /// line longer than the header, a role, import, phone or id that cannot be, and rows that
    /// contradict each other. They name columns and lines and never a cell's phone or id. The
    /// caller exits with 2.
    pub fn parse(text: &str, file_name: &str) -> Result<Contacts, Vec<Problem>> {
        read::parse(text, file_name)
    }

    /// As [`Contacts::parse`], from the bytes of a file: one that is not UTF-8 is an error that
    /// names the line and how to save it.
    pub fn from_bytes(bytes: &[u8], file_name: &str) -> Result<Contacts, Vec<Problem>> {
        read::decode(bytes, file_name).and_then(|text| read::parse(text, file_name))
    }

    /// From now on whom `never` names is private in every chat, whatever the rows say.
    pub fn set_never(&mut self, mut never: Never) {
        // Whoever is named is meant under every name: the numbers that rows give them are named
        // too.
        if !never.is_empty() {
            for row in &self.rows {
                let names = [&row.chat, &row.participant];
                let is_named = names.into_iter().any(|name| match (name, &row.device) {
                    (Name::Is { text, .. }, Some(device)) => never.name(device, text),
                    (Name::Is { text, .. }, None) => never.name_anywhere(text),
                    (Name::Any, _) => false,
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

    /// The lines of never.txt that name none of these chats and participants, given with their
    /// devices, nor any of these numbers, and nobody in a row.
    pub fn never_unmatched(&self, names: &[(&str, &str)], numbers: &[Phone]) -> Vec<u32> {
        let rows = self.rows.iter();
        let of_rows = rows.clone().flat_map(|row| {
            let device = row.device.as_deref().unwrap_or_default();
            let names = [row.chat.text(), row.participant.text()];
            names.into_iter().flatten().map(move |name| (device, name))
        });
        let names: Vec<(&str, &str)> = names.iter().copied().chain(of_rows).collect();
        let of_rows = rows.filter_map(|row| row.phone.as_ref());
        let numbers: Vec<&Phone> = numbers.iter().chain(of_rows).collect();
        self.never.unmatched(&names, &numbers)
    }

    /// Those of these lines of never.txt that hold a colon and name no device.
    pub fn never_colons(&self, lines: &[u32]) -> Vec<u32> {
        let is_one = |line: &&u32| self.never.has_colon(**line);
        lines.iter().filter(is_one).copied().collect()
    }

    /// From now on these passages are left out.
    pub fn set_exclude(&mut self, exclude: Exclude) {
        self.exclude = exclude;
    }

    /// The passages that are left out.
    pub fn exclude(&self) -> &Exclude {
        &self.exclude
    }

    /// The rows in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Cells that are filled in and have no meaning in their row, such as a `user_id` for a
    /// contact.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The header's cells as they stand, so that rows can be added in the same shape.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What stands between the cells: `,`, `;` or a tab.
    pub fn delimiter(&self) -> char {
        self.delimiter
    }
}

/// One line of `contacts.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// The device that the row is about; `None` for every device.
    pub device: Option<String>,
    /// The chat that the row is about.
    pub chat: Name,
    /// The participant that the row is about; [`Name::Any`] for an empty cell too.
    pub participant: Name,
    /// What the participant is.
    pub role: Role,
    /// The participant's number.
    pub phone: Option<Phone>,
    /// The lead (`lead_…`).
    pub lead_id: Option<LeadId>,
    /// The contact of the lead (`cont_…`).
    pub contact_id: Option<ContactId>,
    /// The Close user (`user_…`) of a `me` row.
    pub user_id: Option<UserId>,
    /// A name of the chat that stays when its subject changes.
    pub chat_key: Option<String>,
    /// Whether the chat is imported.
    pub import: Option<ImportChoice>,
}

impl Row {
    /// True for a row that says nothing of who somebody is in Close.
    fn is_open(&self) -> bool {
        self.phone.is_none() && self.lead_id.is_none() && self.contact_id.is_none()
    }
}

/// A name in a row, or the `*` in its place. `Debug` does not show the name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// `*`.
    Any,
    /// A name or number.
    Is {
        /// As the file has it, without blanks at the ends.
        text: String,
        /// By which it matches: [`crate::name::name_key`].
        key: String,
    },
}

impl Name {
    /// The text, of a name that is one.
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
        match self {
            Name::Any => None,
            Name::Is { key, .. } => Some(key),
        }
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

/// `role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The phone's owner.
    Me,
    /// Somebody who is, or may become, a contact in Close.
    Contact,
    /// Somebody whose messages are left out.
    Ignore,
}

impl Role {
    /// The role of its word, in any case.
    fn of(word: &str) -> Option<Role> {
        let word = word.trim().to_lowercase();
        [Role::Me, Role::Contact, Role::Ignore]
            .into_iter()
            .find(|role| role.word() == word)
    }

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Role::Me => "me",
            Role::Contact => "contact",
            Role::Ignore => "ignore",
        }
    }
}

/// `import`. Absent: yes where lead, contact and phone are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportChoice {
    /// Imported, as far as lead, contact and phone are there.
    Yes,
    /// Left out.
    No,
    /// Left out and only counted: its names and texts appear nowhere.
    Private,
    /// As [`ImportChoice::Yes`]; and where Close has nobody of the number, `match
    /// --create-missing` makes lead and contact.
    Create,
}

#[cfg(test)]
mod tests;
