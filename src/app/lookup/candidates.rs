//! `candidates.csv`, next to `contacts.csv`: possible contacts of rows, for a person to decide.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::app::atomic_write;
use crate::app::{Error, Result};
use crate::close::{Contact, User};
use crate::ids::LeadId;
use crate::people::contacts::{Name, Row};
use crate::phone::Phone;
use crate::regular_file;
use crate::table_cell;

/// The name of the file.
pub(in crate::app) const FILE: &str = "candidates.csv";

const COLUMNS: [&str; 13] = [
    "line",
    "device",
    "chat",
    "participant",
    "why",
    "lead_id",
    "contact_id",
    "user_id",
    "name",
    "phone",
    "lead",
    "last_activity",
    "url",
];
/// The columns that the table had in every version.
const FIRST_COLUMNS: usize = 10;

/// Between the numbers of a contact.
const BETWEEN_NUMBERS: &str = "; ";

/// The address of a lead in Close's window.
fn url(lead: &LeadId) -> String {
    format!("https://app.close.com/lead/{lead}/")
}

/// Why a contact is a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Several contacts have the number, or the one that has it is on no lead.
    SameNumber,
    /// The number with or without the mobile digit of its country ([`Phone::twin`]); no contact has exactly the number.
    OtherForm,
    /// A contact of this name; no contact has the number.
    SameName,
}

/// A possible contact of a row of contacts.csv.
#[derive(Debug, Clone)]
pub(super) struct Candidate([String; 13]);

/// What a person recognises a lead by.
#[derive(Debug, Clone, Default)]
pub(in crate::app) struct LeadShown {
    /// Its name.
    pub(in crate::app) name: String,
    /// The day of its last activity.
    pub(in crate::app) last_activity: String,
}

impl Candidate {
    /// A contact that `row` may mean.
    pub(super) fn of(row: &Row, why: Why, contact: &Contact) -> Candidate {
        let why = match why {
            Why::SameNumber => "the number",
            Why::OtherForm => "the number with or without its mobile digit",
            Why::SameName => "the name alone",
        };
        let lead = contact.lead_id.as_ref().map(ToString::to_string);
        let ids = [
            lead.unwrap_or_default(),
            contact.id.to_string(),
            String::new(),
        ];
        let mut candidate = Candidate::new(row, why, ids, &contact.name);
        candidate.set_numbers(
            contact
                .phones
                .iter()
                .filter_map(|phone| Phone::parse(phone)),
        );
        candidate
    }

    fn set_numbers(&mut self, numbers: impl Iterator<Item = Phone>) {
        let numbers: Vec<String> = numbers.map(|phone| phone.e164().to_owned()).collect();
        self.0[9] = numbers.join(BETWEEN_NUMBERS);
    }

    /// Removes numbers, and shows its lead.
    pub(super) fn complete(&mut self, is_hidden: impl Fn(&Phone) -> bool, lead: &LeadShown) {
        let numbers = std::mem::take(&mut self.0[9]);
        let numbers = numbers.split(BETWEEN_NUMBERS).filter_map(Phone::parse);
        self.set_numbers(numbers.filter(|phone| !is_hidden(phone)));
        self.0[10].clone_from(&lead.name);
        self.0[11].clone_from(&lead.last_activity);
        self.0[12] = self.lead().map(|id| url(&id)).unwrap_or_default();
    }

    /// Its lead.
    pub(super) fn lead(&self) -> Option<LeadId> {
        (!self.0[5].is_empty()).then(|| self.0[5].as_str().into())
    }

    /// A number of the address book for the name of `row`, and why it is uncertain.
    pub(super) fn of_phone(row: &Row, why: &str, phone: &Phone) -> Candidate {
        let mut candidate = Candidate::new(row, why, Default::default(), "");
        phone.e164().clone_into(&mut candidate.0[9]);
        candidate
    }

    /// The line of its row, to sort by.
    pub(super) fn line(&self) -> u32 {
        self.0[0].parse().unwrap_or(u32::MAX)
    }

    /// True when it is about this row.
    pub(super) fn is_of(&self, row: &Row) -> bool {
        self.0[0] == row.line.to_string()
    }

    /// A user that `row` may mean.
    pub(super) fn of_user(row: &Row, user: &User) -> Candidate {
        let ids = [String::new(), String::new(), user.id.to_string()];
        Candidate::new(row, "the name alone", ids, &user.name())
    }

    fn new(row: &Row, why: &str, [lead, contact, user]: [String; 3], name: &str) -> Candidate {
        let shown = |name: &Name| match name {
            Name::Is { text, .. } => text.clone(),
            Name::Any => "*".to_owned(),
        };
        Candidate([
            row.line.to_string(),
            row.device.clone().unwrap_or_default(),
            shown(&row.chat),
            shown(&row.participant),
            why.to_owned(),
            lead,
            contact,
            user,
            name.to_owned(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ])
    }
}

/// Checks that the table can be written: no other file has its name.
///
/// # Errors
///
/// A usage error.
pub(super) fn check(path: &Path) -> Result<()> {
    let cannot = |what: String| Error::usage(format!("{}: {what}", path.display()));
    let head = COLUMNS[..FIRST_COLUMNS].join(",");
    let is_ours = |text: &str| {
        text.lines()
            .next()
            .is_some_and(|line| line.starts_with(&head))
    };
    match regular_file::read_to_string(path) {
        Ok(text) if is_ours(&text) => Ok(()),
        Ok(_) => Err(cannot(
            "already exists and is not a table of candidates; move it away".to_owned(),
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot(format!("cannot be read: {error}"))),
    }
}

/// Writes the table; without candidates, it is removed.
///
/// # Errors
///
/// A usage error: it cannot be written, or another file has its name.
pub(super) fn write(path: &Path, candidates: &[Candidate]) -> Result<()> {
    check(path)?;
    let cannot = |what: String| Error::usage(format!("{}: {what}", path.display()));
    if candidates.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(cannot(format!("cannot be removed: {error}")))
            }
            _ => Ok(()),
        };
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for candidate in candidates {
        let cells = candidate.0.iter().map(|cell| table_cell::written(cell));
        writer.write_record(cells.map(Cow::into_owned))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    atomic_write::write(path, &bytes).map_err(|error| cannot(format!("cannot be written: {error}")))
}
