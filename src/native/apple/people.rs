//! Names and numbers of people in `ChatStorage.sqlite`, `ContactsV2.sqlite` and `LID.sqlite`.

use super::companions::Companions;
use crate::native::Error;
use crate::native::directory::{Directory, NameSource};
use crate::native::people::{Jid, jid_kind};
use crate::native::sqlite::{self, Database, text};

/// A table with pairs of hidden id and number: table, and the columns of either.
type Pairs = (&'static str, &'static str, &'static str);
/// In LID.sqlite, or in ChatStorage.sqlite itself (observed).
const PAIRS: [Pairs; 2] = [
    ("ZWAPHONENUMBERLIDPAIR", "ZLID", "ZPHONENUMBER"),
    ("ZWAZACCOUNT", "ZIDENTIFIER", "ZPHONENUMBER"),
];
/// In ContactsV2.sqlite, by WhatsApp.
const CONTACTS: Pairs = ("ZWAADDRESSBOOKCONTACT", "ZLID", "ZWHATSAPPID");
/// In ContactsV2.sqlite, as typed into the address book.
const ADDRESS_BOOK: Pairs = ("ZWAADDRESSBOOKCONTACT", "ZLID", "ZPHONENUMBER");

/// Columns of ChatStorage.sqlite with the jid of a person.
const PEOPLE: [(&str, &str); 3] = [
    ("ZWAGROUPMEMBER", "ZMEMBERJID"),
    ("ZWAMESSAGE", "ZFROMJID"),
    ("ZWAPROFILEPUSHNAME", "ZJID"),
];

/// Reads every table that contains names or pairs. The databases next to the first may be absent or damaged.
pub(super) fn read(
    people: &mut Directory,
    database: &Database,
    companions: &Companions,
) -> Result<(), Error> {
    let open = |path: &std::path::Path| path.is_file().then(|| sqlite::open(path).ok()).flatten();
    let contacts = open(&companions.contacts);
    let hidden_ids = open(&companions.hidden_ids);
    if let Some(contacts) = &contacts {
        let _ = read_pairs(people, contacts, CONTACTS, Directory::add_pair);
    }
    for pairs in PAIRS {
        read_pairs(people, database, pairs, Directory::add_pair)?;
        if let Some(hidden_ids) = &hidden_ids {
            let _ = read_pairs(people, hidden_ids, pairs, Directory::add_pair);
        }
    }
    read_sessions(people, database, true)?;
    for (table, column) in PEOPLE {
        read_hidden_ids(people, database, (table, column))?;
    }
    if let Some(contacts) = &contacts {
        let add = Directory::add_number_of_address_book;
        let _ = read_pairs(people, contacts, ADDRESS_BOOK, add);
        let _ = read_contacts(people, contacts);
    }
    read_sessions(people, database, false)?;
    let (table, name) = ("ZWAPROFILEPUSHNAME", "ZPUSHNAME");
    read_names(people, database, NameSource::Profile, (table, "ZJID", name))
}

/// Reads the hidden ids of people whose numbers may be unknown, which mentions contain.
fn read_hidden_ids(
    people: &mut Directory,
    database: &Database,
    (table, column): (&str, &str),
) -> Result<(), Error> {
    if !database.has_column(table, column) {
        return Ok(());
    }
    let sql = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE '%@lid'");
    database.each(&sql, |row| {
        if let Some(jid) = text(row, 0)? {
            people.add_jid(&jid);
        }
        Ok(())
    })
}

fn read_pairs(
    people: &mut Directory,
    database: &Database,
    (table, hidden_id, number): Pairs,
    add: fn(&mut Directory, &str, &str),
) -> Result<(), Error> {
    if !database.has_column(table, hidden_id) || !database.has_column(table, number) {
        return Ok(());
    }
    let sql = format!("SELECT {hidden_id}, {number} FROM {table}");
    database.each(&sql, |row| {
        if let (Some(hidden_id), Some(number)) = (text(row, 0)?, text(row, 1)?) {
            people.add_jid(&hidden_id);
            add(people, &hidden_id, &number);
        }
        Ok(())
    })
}

/// Chats: the identifier of a chat by hidden id is a number and the reverse, and its title is the person's name.
fn read_sessions(people: &mut Directory, database: &Database, pairs: bool) -> Result<(), Error> {
    let of = |column| database.column("ZWACHATSESSION", "s", column);
    let sql = format!(
        "SELECT {}, {}, {} FROM ZWACHATSESSION s",
        of("ZCONTACTJID"),
        of("ZCONTACTIDENTIFIER"),
        of("ZPARTNERNAME")
    );
    database.each(&sql, |row| {
        let Some(jid) = text(row, 0)? else {
            return Ok(());
        };
        match pairs {
            true => {
                people.add_jid(&jid);
                let other = text(row, 1)?.unwrap_or_default();
                match (jid_kind(&jid), jid_kind(&other)) {
                    (Jid::Hidden, _) => people.add_pair(&jid, &other),
                    (Jid::Phone, Jid::Hidden) => people.add_pair(&other, &jid),
                    _ => {}
                }
            }
            false => {
                if let Some(name) = text(row, 2)? {
                    people.add_name(NameSource::Chat, &jid, &name);
                }
            }
        }
        Ok(())
    })
}

fn read_contacts(people: &mut Directory, contacts: &Database) -> Result<(), Error> {
    let table = "ZWAADDRESSBOOKCONTACT";
    for name in ["ZFULLNAME", "ZBUSINESSNAME", "ZGIVENNAME"] {
        for jid in ["ZWHATSAPPID", "ZLID"] {
            read_names(
                people,
                contacts,
                NameSource::AddressBook,
                (table, jid, name),
            )?;
        }
    }
    Ok(())
}

/// Names in a table: the columns of jid and name. A jid may lack its server.
fn read_names(
    people: &mut Directory,
    database: &Database,
    source: NameSource,
    (table, jid, name): (&str, &str, &str),
) -> Result<(), Error> {
    if !database.has_column(table, jid) || !database.has_column(table, name) {
        return Ok(());
    }
    let server = if jid == "ZLID" {
        "lid"
    } else {
        "s.whatsapp.net"
    };
    let sql = format!("SELECT {jid}, {name} FROM {table}");
    database.each(&sql, |row| {
        if let (Some(jid), Some(name)) = (text(row, 0)?, text(row, 1)?) {
            let jid = match jid.contains('@') {
                true => jid,
                false => format!("{jid}@{server}"),
            };
            people.add_name(source, &jid, &name);
        }
        Ok(())
    })
}
