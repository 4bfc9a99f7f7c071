//! Facts about the organisation: their table.
//!
//! Which facts there are, and their words: [`crate::organization`].

use rusqlite::{Connection, params};

use super::error::{Error, Fault};
use super::snapshot::Snapshot;
use crate::organization::{Fact, Facts, Learned};

/// The longest value.
const MAX_VALUE: usize = 2_000;

/// Refuses a value whose format could carry content.
pub(super) fn check(fact: &Fact) -> Result<(), Error> {
    let value = fact.value();
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-,".contains(&byte);
    match value.len() <= MAX_VALUE && value.bytes().all(is_plain) {
        true => Ok(()),
        false => Err(Error::Malformed {
            what: "value of a fact",
        }),
    }
}

/// Records a fact in place of the earlier value.
pub(super) fn learn(connection: &Connection, now: i64, fact: &Fact) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO facts (name, value, learned_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, \
             learned_at = excluded.learned_at",
        )?
        .execute(params![fact.name(), fact.value(), now])?;
    Ok(())
}

impl Snapshot {
    /// The facts about the organisation, by name. Facts of a later version are omitted.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn facts(&self) -> Result<Facts, Error> {
        self.read(|inner| {
            let mut statement = (inner.connection)
                .prepare("SELECT name, value, learned_at FROM facts ORDER BY name")?;
            let rows = statement.query_map([], |row| {
                let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
                let learned_at = row.get(2)?;
                Ok(Fact::of(&name, &value).map(|fact| Learned { fact, learned_at }))
            })?;
            let rows: Vec<Option<Learned>> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(Facts::new(rows.into_iter().flatten().collect()))
        })
    }
}
