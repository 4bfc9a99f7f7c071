//! Possible contacts of chats, from candidates.csv: what `match` found in Close and did not decide.

use std::path::Path;

use crate::app::lookup::CANDIDATES;
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::people::small_table::Table;
use crate::phone::Phone;
use crate::regular_file;
use crate::table_cell;

/// A contact in Close that a chat may be with, or a number of the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CandidateContact {
    pub(super) device: String,
    /// The key of the chat's name.
    pub(super) chat: String,
    /// Why the contact is a candidate, in the words of candidates.csv.
    pub(crate) why: String,
    /// The lead and the contact in Close; `None` for a number of the address book.
    pub(crate) ids: Option<(LeadId, ContactId)>,
    /// The name of the contact.
    pub(crate) name: String,
    /// The numbers of the contact.
    pub(crate) phones: Vec<Phone>,
    /// The name of the lead; empty if the table has none.
    pub(crate) lead: String,
    /// The day of the lead's last activity, as the table has it; empty if it has none.
    pub(crate) last_activity: String,
    /// The address of the lead in Close, for a browser; empty if the table has none.
    pub(crate) url: String,
}

impl CandidateContact {
    /// Whether it is a candidate for the chat of this name on this device.
    pub(crate) fn is_of(&self, device: &str, chat: &str) -> bool {
        (self.device.is_empty() || self.device == device) && self.chat == name_key(chat)
    }
}

/// The candidates of the table next to contacts.csv; none without a table, or if it cannot be read.
pub(crate) fn candidates_of(contacts: &Path) -> Vec<CandidateContact> {
    let path = contacts.with_file_name(CANDIDATES);
    let table = regular_file::read(&path).ok();
    let table = table.and_then(|bytes| Table::read(&bytes, CANDIDATES).ok());
    table.map_or_else(Vec::new, |table| rows(&table))
}

fn rows(table: &Table) -> Vec<CandidateContact> {
    let columns = [
        "device",
        "chat",
        "why",
        "lead_id",
        "contact_id",
        "name",
        "phone",
        "lead",
        "last_activity",
        "url",
    ];
    let places = columns.map(|name| table.column(name));
    let rows = table.rows.iter().map(|(_, cells)| {
        let cell = |index: usize| {
            let place = places.get(index).copied().flatten();
            let cell = place.and_then(|place| cells.get(place));
            table_cell::read_name(cell.map_or("", String::as_str)).to_owned()
        };
        let (lead, contact) = (cell(3), cell(4));
        let has_ids = lead.starts_with("lead_") && contact.starts_with("cont_");
        CandidateContact {
            device: cell(0),
            chat: name_key(&cell(1)),
            why: cell(2),
            ids: has_ids.then(|| (lead.as_str().into(), contact.as_str().into())),
            name: cell(5),
            phones: cell(6).split("; ").filter_map(Phone::parse).collect(),
            lead: cell(7),
            last_activity: cell(8),
            url: cell(9),
        }
    });
    // Users of `me` rows and contacts without a lead are nothing to choose.
    rows.filter(|row| row.ids.is_some() || !row.phones.is_empty())
        .collect()
}
