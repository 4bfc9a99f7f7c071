//! `ChatStorage.sqlite`, the database of WhatsApp for iPhone and Mac: alone, with `ContactsV2.sqlite` in the same
//! directory, or in a backup by Finder or iTunes under its hashed name.
//!
//! See docs/reference/native-sources.md, "iPhone and Mac database".

mod companions;
pub(super) mod fields;
mod message;
mod metadata;
mod owner_quotes;
mod people;
mod query;
mod reader;
mod reading;
mod receipts;
mod row_types;
#[cfg(test)]
mod tests;
mod texts;

pub(super) use companions::{BACKUP_DOMAINS, BACKUP_NAMES};
pub(super) use reader::ChatStorage;
pub(super) use row_types::row_type;

use std::path::Path;

use self::query::query;
use self::reading::Reading;
use self::receipts::Receipts;
use super::sqlite;
use super::{Error, Store};

pub(super) fn read(path: &Path) -> Result<Store, Error> {
    let database = sqlite::open(path)?;
    for table in ["ZWAMESSAGE", "ZWACHATSESSION"] {
        if !database.has(table) {
            return Err(database.missing(&format!("table {table}")));
        }
    }
    for (table, column) in [
        ("ZWAMESSAGE", "ZSTANZAID"),
        ("ZWAMESSAGE", "ZMESSAGEDATE"),
        ("ZWAMESSAGE", "ZCHATSESSION"),
        ("ZWACHATSESSION", "ZCONTACTJID"),
    ] {
        if !database.has_column(table, column) {
            return Err(database.missing(&format!("column {column} in the table {table}")));
        }
    }
    let mut reading = Reading::new(&database)?;
    let receipts = Receipts::read(&database, &reading)?;
    database.each(&query(&database), |row| reading.add_row(row, &receipts))?;
    reading.attribute_quotes_to_owner();
    Ok(Store::of_rows(
        reading.chats,
        reading.left_out,
        reading.media,
    ))
}

/// Decodes any bytes as the columns of quotations, reactions and texts; for fuzzing only.
#[doc(hidden)]
pub fn any_metadata(bytes: &[u8]) {
    let _ = metadata::quote(bytes);
    let _ = metadata::reactions(bytes).count();
    let _ = texts::texts(bytes);
    let _ = texts::poll(bytes);
}
