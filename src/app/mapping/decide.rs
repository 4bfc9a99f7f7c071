//! Decisions about chats, as cells and rows of contacts.csv.
//!
//! The row that names a chat most exactly is changed, or a row is added. A row that applies to several devices is never
//! changed for one of them. A decision about a chat whose rows this process itself has changed since the person saw them is
//! refused, unless it is the same one again: the person did not see what it would replace.

use std::path::Path;

use super::tables::{self, SeenTable, Since, Written};
use crate::app::error::{Error, Result};
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::people::contacts::{Cell, Contacts, ImportChoice, NewRow, Role, Row, edit};
use crate::phone::Phone;

/// What a person decided about chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatChoice {
    /// They are with this contact.
    Contact(LeadId, ContactId),
    /// The contact is not in Close: `match --create-missing` creates lead and contact.
    Create,
    /// They are not imported.
    No,
    /// They are left out and named nowhere.
    Private,
    /// No decision any more: a former one is removed from the table.
    Open,
    /// No decision yet: their number alone is written.
    Number,
}

/// A chat that was decided about.
#[derive(Debug, Clone)]
pub(crate) struct DecidedChat {
    /// The name of the chat's device.
    pub(crate) device: String,
    /// Whether the migration has this device only, so that a new row need not name it.
    pub(crate) is_alone: bool,
    /// The chat's name in contacts.csv.
    pub(crate) name: String,
    /// The contact's name in its archives; `None` for a group.
    pub(crate) participant: Option<String>,
    /// Whether another device has a chat of this name, so that the row must name the device.
    pub(crate) has_namesake: bool,
}

/// A decision about one chat, or about all chats of a number.
#[derive(Debug, Clone)]
pub(crate) struct ChatDecision {
    /// The chats that the decision applies to, at least one.
    pub(crate) chats: Vec<DecidedChat>,
    /// What was decided about them.
    pub(crate) choice: ChatChoice,
    /// The contact's number, where the person or an archive gives it.
    pub(crate) phone: Option<Phone>,
}

/// Writes a decision into contacts.csv, if this process alone wrote the table since it had the digest `seen`. `then`: the
/// table of that digest, if it is still known.
///
/// # Errors
///
/// The table cannot be read, written, or changed so that it stays valid.
pub(crate) fn decide_chats(
    table: &Path,
    (seen, then): (&str, Option<&SeenTable>),
    decision: &ChatDecision,
) -> Result<Written> {
    tables::write(table, seen, |table, since| {
        let file = table.path.file_name().unwrap_or_default().to_string_lossy();
        let contacts = Contacts::from_bytes(table.text(), &file)?;
        let (mut cells, mut rows) = (Vec::new(), Vec::new());
        for chat in &decision.chats {
            if name_key(&chat.name).is_empty() || chat.name.trim() == "*" {
                return Err(Error::usage(
                    "the name of this chat cannot be written into contacts.csv; rename its archive",
                ));
            }
            match row_of(&contacts, chat) {
                Some(row) => change(&contacts, row, decision, &mut cells),
                None => rows.push(new_row(chat, decision)),
            }
        }
        let new = edit(table.text(), &file, &contacts, &cells, &rows)?;
        let is_as_seen = match since {
            Since::Nothing => true,
            Since::OwnWrites => then.is_some_and(|then| {
                let then = Contacts::from_bytes(then.text(), &file);
                then.is_ok_and(|then| {
                    let chats = decision.chats.iter();
                    let mut chats =
                        chats.map(|chat| (rows_of(&then, chat), rows_of(&contacts, chat)));
                    chats.all(|(then, now)| then == now)
                })
            }),
        };
        Ok((is_as_seen || new == table.text()).then_some(new))
    })
}

/// The rows that name a chat, wherever in the table they are.
fn rows_of(contacts: &Contacts, chat: &DecidedChat) -> Vec<Row> {
    let rows = contacts.naming_chat(&chat.device, &chat.name);
    let rows = rows.map(|row| Row {
        line: 0,
        ..row.clone()
    });
    rows.collect()
}

/// The row about the contact of exactly this chat.
fn row_of<'c>(contacts: &'c Contacts, chat: &DecidedChat) -> Option<&'c Row> {
    let key = name_key(&chat.name);
    let participant = chat.participant.as_deref().map(name_key);
    let is_its = |row: &&Row| {
        let of_device = match &row.device {
            None => !chat.has_namesake,
            Some(own) => *own == chat.device,
        };
        let of_person = row.participant.is_any()
            || row.participant.is(&key)
            || participant
                .as_deref()
                .is_some_and(|name| row.participant.is(name));
        row.role == Role::Contact && row.chat.is(&key) && of_device && of_person
    };
    let rows = contacts.rows().iter().filter(is_its);
    rows.max_by_key(|row| {
        (
            row.device.is_some(),
            !row.participant.is_any(),
            std::cmp::Reverse(row.line),
        )
    })
}

/// The cells of the row that the decision changes.
fn change(contacts: &Contacts, row: &Row, decision: &ChatDecision, cells: &mut Vec<Cell>) {
    let mut set = |line: u32, column: &'static str, value: &str| {
        cells.push(Cell {
            line,
            column,
            value: value.to_owned(),
        });
    };
    if let Some(phone) = &decision.phone
        && row.phone.as_ref() != Some(phone)
    {
        set(row.line, "phone", phone.e164());
    }
    let ids = match &decision.choice {
        ChatChoice::Contact(lead, contact) => Some((lead.as_str(), contact.as_str())),
        ChatChoice::Open | ChatChoice::Create => Some(("", "")),
        ChatChoice::No | ChatChoice::Private | ChatChoice::Number => None,
    };
    if let Some((lead, contact)) = ids {
        let (own_lead, own_contact) = (
            row.lead_id.as_ref().map_or("", LeadId::as_str),
            row.contact_id.as_ref().map_or("", ContactId::as_str),
        );
        if own_lead != lead {
            set(row.line, "lead_id", lead);
        }
        if own_contact != contact {
            set(row.line, "contact_id", contact);
        }
    }
    let Some(import) = import(&decision.choice) else {
        return;
    };
    // The choice is the chat's: rows of its other participants that contain one must not contradict it.
    let is_same_chat = |other: &&Row| {
        other.line == row.line
            || (other.import.is_some() && other.device == row.device && other.chat == row.chat)
    };
    for other in contacts.rows().iter().filter(is_same_chat) {
        let own = match other.import {
            None => "",
            Some(ImportChoice::Yes) => "yes",
            Some(ImportChoice::No) => "no",
            Some(ImportChoice::Private) => "private",
            Some(ImportChoice::Create) => "create",
        };
        // An empty cell and `yes` mean the same where a contact is chosen.
        let is_same = own == import || (import.is_empty() && own == "yes");
        if !is_same {
            set(other.line, "import", import);
        }
    }
}

/// The cell `import`; `None` where it stays.
fn import(choice: &ChatChoice) -> Option<&'static str> {
    Some(match choice {
        ChatChoice::Contact(..) | ChatChoice::Open => "",
        ChatChoice::Create => "create",
        ChatChoice::No => "no",
        ChatChoice::Private => "private",
        ChatChoice::Number => return None,
    })
}

fn new_row(chat: &DecidedChat, decision: &ChatDecision) -> NewRow {
    let mut row = vec![
        ("chat", chat.name.clone()),
        (
            "participant",
            chat.participant.clone().unwrap_or_else(|| "*".to_owned()),
        ),
        ("role", Role::Contact.word().to_owned()),
    ];
    row.extend((!chat.is_alone).then(|| ("device", chat.device.clone())));
    let phone = decision.phone.as_ref();
    row.extend(phone.map(|phone| ("phone", phone.e164().to_owned())));
    if let ChatChoice::Contact(lead, contact) = &decision.choice {
        row.push(("lead_id", lead.to_string()));
        row.push(("contact_id", contact.to_string()));
    }
    if let Some(import) = import(&decision.choice).filter(|import| !import.is_empty()) {
        row.push(("import", import.to_owned()));
    }
    row
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tables::{TakeBack, take_back};
    use super::*;

    const HEADER: &str =
        "device,chat,participant,role,phone,lead_id,contact_id,user_id,import,mine\n";

    fn chat(device: &str, name: &str) -> DecidedChat {
        DecidedChat {
            device: device.to_owned(),
            is_alone: false,
            name: name.to_owned(),
            participant: Some(name.to_owned()),
            has_namesake: false,
        }
    }

    fn decision(chats: Vec<DecidedChat>, choice: ChatChoice) -> ChatDecision {
        ChatDecision {
            chats,
            choice,
            phone: None,
        }
    }

    /// The table after a decision.
    fn decided(rows: &str, decision: &ChatDecision) -> String {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("contacts.csv");
        fs::write(&table, format!("{HEADER}{rows}")).unwrap();
        let seen = SeenTable::read(&table).unwrap().digest();
        let written = decide_chats(&table, (&seen, None), decision).unwrap();
        assert!(matches!(written, Written::Done(_)));
        let after = fs::read_to_string(&table).unwrap();
        after.strip_prefix(HEADER).unwrap().to_owned()
    }

    #[test]
    fn chosen_contact_is_written_into_the_row() {
        let ids = ChatChoice::Contact("lead_1".into(), "cont_1".into());
        let row = "anna,Ben,Ben,contact,+447700900101,lead_9,cont_9,,no,keep\n";
        assert_eq!(
            decided(row, &decision(vec![chat("anna", "Ben")], ids.clone())),
            "anna,Ben,Ben,contact,+447700900101,lead_1,cont_1,,,keep\n"
        );
        let with_number = ChatDecision {
            phone: Phone::parse("+447700900101"),
            ..decision(vec![chat("anna", "Ben")], ids)
        };
        assert_eq!(
            decided("", &with_number),
            "anna,Ben,Ben,contact,+447700900101,lead_1,cont_1,,,\n"
        );
    }

    #[test]
    fn number_is_written_alone() {
        let row = "anna,Ben,Ben,contact,,lead_9,cont_9,,no,keep\n";
        let number = ChatDecision {
            phone: Phone::parse("+447700900101"),
            ..decision(vec![chat("anna", "Ben")], ChatChoice::Number)
        };
        assert_eq!(
            decided(row, &number),
            "anna,Ben,Ben,contact,+447700900101,lead_9,cont_9,,no,keep\n"
        );
    }

    #[test]
    fn row_of_several_devices_is_not_changed_for_one() {
        let row = ",Ben,Ben,contact,,,,,,\n";
        let no = decision(vec![chat("anna", "Ben")], ChatChoice::No);
        assert_eq!(decided(row, &no), ",Ben,Ben,contact,,,,,no,\n");
        let shared = DecidedChat {
            has_namesake: true,
            ..chat("anna", "Ben")
        };
        let no = decision(vec![shared], ChatChoice::No);
        assert_eq!(
            decided(row, &no),
            format!("{row}anna,Ben,Ben,contact,,,,,no,\n")
        );
    }

    #[test]
    fn rows_of_one_chat_do_not_contradict_each_other() {
        let rows = "anna,Ben,Ben,contact,,,,,no,\nanna,Ben,Ben at work,contact,,,,,no,\n";
        let private = decision(vec![chat("anna", "Ben")], ChatChoice::Private);
        assert_eq!(decided(rows, &private), rows.replace(",no,", ",private,"));
        let open = decision(vec![chat("anna", "Ben")], ChatChoice::Open);
        assert_eq!(decided(rows, &open), rows.replace(",no,", ",,"));
    }

    #[test]
    fn several_chats_are_decided_in_one_write() {
        let rows = "anna,Ben,Ben,contact,,,,,,\nben,B.,B.,contact,,,,,,\n";
        let create = decision(
            vec![chat("anna", "Ben"), chat("ben", "B.")],
            ChatChoice::Create,
        );
        assert_eq!(
            decided(rows, &create),
            rows.replace(",,,,,,", ",,,,,create,")
        );
    }

    #[test]
    fn changed_table_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("contacts.csv");
        fs::write(&table, format!("{HEADER}anna,Ben,Ben,contact,,,,,,\n")).unwrap();
        let seen = SeenTable::read(&table).unwrap().digest();
        let edited = format!("{HEADER}anna,Ben,Ben,contact,,,,,,edited\n");
        fs::write(&table, &edited).unwrap();
        let no = decision(vec![chat("anna", "Ben")], ChatChoice::No);
        let written = decide_chats(&table, (&seen, None), &no).unwrap();
        assert!(matches!(written, Written::Changed(now) if now.text() == edited.as_bytes()));
        assert_eq!(fs::read_to_string(&table).unwrap(), edited);
    }

    /// Two forms that were made from one version of the table.
    #[test]
    fn own_writes_do_not_refuse_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("contacts.csv");
        let before = format!("{HEADER}anna,Ben,Ben,contact,,,,,,\nanna,Cleo,Cleo,contact,,,,,,\n");
        fs::write(&table, &before).unwrap();
        let then = SeenTable::read(&table).unwrap();
        let seen = then.digest();
        let decide = |name: &str, choice: ChatChoice| {
            let decision = decision(vec![chat("anna", name)], choice);
            decide_chats(&table, (&seen, Some(&then)), &decision).unwrap()
        };
        let is_done = |written: &Written| matches!(written, Written::Done(_));
        assert!(is_done(&decide("Ben", ChatChoice::No)));
        assert!(is_done(&decide("Cleo", ChatChoice::Create)));
        let both =
            format!("{HEADER}anna,Ben,Ben,contact,,,,,no,\nanna,Cleo,Cleo,contact,,,,,create,\n");
        assert_eq!(fs::read_to_string(&table).unwrap(), both);
        // The same decision again is no other one; another one is about what the person did not see.
        let again = decide("Ben", ChatChoice::No);
        assert!(matches!(&again, Written::Done(change) if change.is_nothing()));
        assert!(!is_done(&decide("Ben", ChatChoice::Create)));
        let unknown = decision(vec![chat("anna", "Cleo")], ChatChoice::No);
        let unknown = decide_chats(&table, (&seen, None), &unknown).unwrap();
        assert!(!is_done(&unknown), "what the person saw is not known");
        assert_eq!(fs::read_to_string(&table).unwrap(), both);
        // A write of someone else refuses all forms from before it.
        fs::write(&table, both.replace("Ben,Ben", "Ben,Ben C.")).unwrap();
        assert!(!is_done(&decide("Cleo", ChatChoice::Create)));
    }

    #[test]
    fn decision_is_taken_back_unless_the_table_changed_since() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("contacts.csv");
        let before = format!("{HEADER}anna,Ben,Ben,contact,,,,,,\n");
        fs::write(&table, &before).unwrap();
        let no = decision(vec![chat("anna", "Ben")], ChatChoice::No);
        let decide = || {
            let seen = SeenTable::read(&table).unwrap().digest();
            match decide_chats(&table, (&seen, None), &no).unwrap() {
                Written::Done(change) => change,
                Written::Changed(_) => panic!("nothing changed it"),
            }
        };
        let change = decide();
        assert!(matches!(take_back(&[change]).unwrap(), TakeBack::Done));
        assert_eq!(fs::read_to_string(&table).unwrap(), before);
        let change = decide();
        fs::write(&table, &before).unwrap();
        assert!(matches!(
            take_back(&[change]).unwrap(),
            TakeBack::Changed(..)
        ));
        assert_eq!(fs::read_to_string(&table).unwrap(), before);
    }
}
