//! Names and numbers of people in `msgstore.db` and in `wa.db` next to it.

use crate::native::Error;
use crate::native::directory::{Directory, NameSource};
use crate::native::sqlite::{Database, text};

/// Reads every table that contains names or pairs of hidden id and number. `contacts` is `wa.db`, which may be damaged.
pub(super) fn read(
    people: &mut Directory,
    database: &Database,
    contacts: Option<&Database>,
) -> Result<(), Error> {
    let contacts = contacts.filter(|contacts| contacts.has_column("wa_contacts", "jid"));
    read_jids(people, database)?;
    if database.has_column("jid_map", "lid_row_id") && database.has_column("jid_map", "jid_row_id")
    {
        let sql = "SELECT a.raw_string, p.raw_string FROM jid_map k \
                   JOIN jid a ON a._id = k.lid_row_id JOIN jid p ON p._id = k.jid_row_id";
        pairs(people, database, sql, Directory::add_pair)?;
    }
    if let Some(contacts) = contacts
        && contacts.has_column("wa_contacts", "number")
    {
        let sql = "SELECT jid, number FROM wa_contacts";
        let _ = pairs(people, contacts, sql, Directory::add_number_of_address_book);
    }
    if let Some(contacts) = contacts {
        for (source, column) in [
            (NameSource::AddressBook, "display_name"),
            (NameSource::Profile, "wa_name"),
        ] {
            if contacts.has_column("wa_contacts", column) {
                let sql = format!("SELECT jid, {column} FROM wa_contacts");
                let _ = names(people, contacts, source, &sql);
            }
        }
    }
    if !database.has_column("jid", "raw_string") {
        return Ok(());
    }
    if database.has_column("lid_display_name", "display_name") {
        let sql = "SELECT j.raw_string, n.display_name FROM lid_display_name n JOIN jid j ON j._id = n.lid_row_id";
        names(people, database, NameSource::Profile, sql)?;
    }
    if database.has_column("message_mentions", "display_name")
        && database.has_column("message_mentions", "jid_row_id")
    {
        let sql = "SELECT j.raw_string, n.display_name FROM message_mentions n JOIN jid j ON j._id = n.jid_row_id";
        names(people, database, NameSource::Mention, sql)?;
    }
    Ok(())
}

fn read_jids(people: &mut Directory, database: &Database) -> Result<(), Error> {
    if !database.has_column("jid", "raw_string") {
        return Ok(());
    }
    let sql = "SELECT raw_string FROM jid WHERE raw_string LIKE '%@lid'";
    database.each(sql, |row| {
        if let Some(jid) = text(row, 0)? {
            people.add_jid(&jid);
        }
        Ok(())
    })
}

fn pairs(
    people: &mut Directory,
    database: &Database,
    sql: &str,
    add: fn(&mut Directory, &str, &str),
) -> Result<(), Error> {
    database.each(sql, |row| {
        if let (Some(hidden_id), Some(number)) = (text(row, 0)?, text(row, 1)?) {
            add(people, &hidden_id, &number);
        }
        Ok(())
    })
}

fn names(
    people: &mut Directory,
    database: &Database,
    source: NameSource,
    sql: &str,
) -> Result<(), Error> {
    database.each(sql, |row| {
        if let (Some(jid), Some(name)) = (text(row, 0)?, text(row, 1)?) {
            people.add_name(source, &jid, &name);
        }
        Ok(())
    })
}
