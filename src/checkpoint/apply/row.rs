//! The numbers of rows by the ids that a change names.

use rusqlite::{Connection, OptionalExtension, params};

use crate::checkpoint::error::Fault;
use crate::checkpoint::hash::Hash;
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::states::State;
use crate::ids::LeadId;

/// The row id and the state of a message.
pub(super) fn find(
    connection: &Connection,
    key: &MessageKey,
) -> Result<Option<(i64, State)>, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT id, state FROM message WHERE external_id = ?1 AND \
             lead = (SELECT id FROM lead WHERE lead_id = ?2)",
        )?
        .query_row(params![key.external_id, key.lead_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found)
}

/// The row of a chat.
pub(super) fn chat(connection: &Connection, chat: &Hash) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT id FROM chat WHERE chat_hash = ?1")?
        .query_row([chat], |row| row.get(0))
        .optional()
}

/// The row of a lead, inserted if missing.
pub(super) fn lead(connection: &Connection, lead_id: &LeadId) -> Result<i64, rusqlite::Error> {
    let known = connection
        .prepare_cached("SELECT id FROM lead WHERE lead_id = ?1")?
        .query_row([lead_id], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO lead (lead_id) VALUES (?1)")?
        .execute([lead_id])?;
    Ok(connection.last_insert_rowid())
}
