//! Every row of a checkpoint as plain values, for `checkpoint export`.
//!
//! In scope: reading all tables, of whichever columns, in an order that does not depend on SQLite. The hash key never leaves
//! this module, so that the keyed hashes of numbers and texts stay opaque. Never here: the form in which rows are written.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::error::Error;
use super::rows::Origin;
use super::snapshot::Snapshot;
use super::states::State;
use super::steps::{OperationKind, Step};

/// The column that is not exported.
const SECRET: (&str, &str) = ("meta", "hash_key");

/// The tables in the order of export: those that are referred to first. Tables that are not listed follow, by name.
const FIRST: [&str; 7] = [
    "meta",
    "run",
    "run_count",
    "lead",
    "chat",
    "archive",
    "message",
];

/// The value of a column in an exported row.
#[derive(Debug, Clone, PartialEq)]
pub enum DumpedValue {
    /// NULL: the value is not known.
    Null,
    /// An integer, such as a count, a time in Unix milliseconds or the number of a row.
    Number(i64),
    /// A word, an id or the name of a time zone.
    Text(String),
    /// A keyed hash, in hexadecimal digits.
    Hash(String),
}

/// An exported row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct DumpedRow {
    /// The name of the table.
    pub table: String,
    /// The names and values of the columns, in the order of the table.
    pub columns: Vec<(String, DumpedValue)>,
}

impl Snapshot {
    /// Passes every row of every table to `take` until that returns false; `take` must not read from this snapshot.
    /// Without the hash key.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn each_row(&self, mut take: impl FnMut(DumpedRow) -> bool) -> Result<(), Error> {
        self.read(|inner| {
            for table in tables(&inner.connection)? {
                if !rows_of(&inner.connection, &table, &mut take)? {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// The tables of the file, in the order of export.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         ORDER BY name",
    )?;
    let mut tables = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    tables.sort_by_key(|name| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    });
    Ok(tables)
}

/// Passes the rows of a table to `take`; false if that returned false.
fn rows_of(
    connection: &Connection,
    table: &str,
    take: &mut impl FnMut(DumpedRow) -> bool,
) -> rusqlite::Result<bool> {
    let mut columns = connection.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
    let columns = columns
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(String, i64)>>>()?;
    let mut key: Vec<(i64, String)> = (columns.iter())
        .filter(|(_, place)| *place > 0)
        .map(|(name, place)| (*place, quoted(name)))
        .collect();
    key.sort();
    let names: Vec<String> = (columns.into_iter())
        .map(|(name, _)| name)
        .filter(|name| (table, name.as_str()) != SECRET)
        .collect();
    let listed: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let order: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
    let mut statement = connection.prepare(&format!(
        "SELECT {} FROM {} ORDER BY {}",
        listed.join(", "),
        quoted(table),
        match order.is_empty() {
            true => "rowid".to_owned(),
            false => order.join(", "),
        }
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut columns = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            let value = value(table, name, row.get_ref(place)?);
            columns.push((name.clone(), value));
        }
        let row = DumpedRow {
            table: table.to_owned(),
            columns,
        };
        if !take(row) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A value, as a word where the number stands for one.
fn value(table: &str, column: &str, value: ValueRef<'_>) -> DumpedValue {
    let number = match value {
        ValueRef::Null => return DumpedValue::Null,
        ValueRef::Integer(number) => number,
        ValueRef::Real(number) => return DumpedValue::Text(number.to_string()),
        ValueRef::Text(text) => {
            return DumpedValue::Text(String::from_utf8_lossy(text).into_owned());
        }
        ValueRef::Blob(bytes) => {
            let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
            return DumpedValue::Hash(digits.collect());
        }
    };
    let word = match (table, column) {
        ("message", "state") => State::from_number(number).map(State::word),
        ("message", "origin") => [Origin::Created, Origin::Adopted, Origin::Foreign]
            .into_iter()
            .find(|origin| origin.number() == number)
            .map(Origin::word),
        ("operation", "kind") => OperationKind::from_number(number).map(OperationKind::word),
        ("operation", "step") => Step::from_number(number).map(Step::word),
        _ => None,
    };
    word.map_or(DumpedValue::Number(number), |word| {
        DumpedValue::Text(word.to_owned())
    })
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
