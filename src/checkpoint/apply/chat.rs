//! The record of a chat.

use rusqlite::{Connection, params};

use super::row::{chat, lead};
use crate::checkpoint::error::{Error, Fault};
use crate::checkpoint::facts::ChatFacts;

/// Records a chat, or new facts about it.
pub(super) fn put(connection: &Connection, facts: &ChatFacts) -> Result<(), Fault> {
    let lead = lead(connection, &facts.lead_id)?;
    connection
        .prepare_cached(
            "INSERT INTO chat (chat_hash, lead, contact_id, zone) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (chat_hash) DO UPDATE SET lead = excluded.lead, \
             contact_id = coalesce(excluded.contact_id, contact_id), \
             zone = coalesce(excluded.zone, zone)",
        )?
        .execute(params![facts.chat, lead, facts.contact_id, facts.zone])?;
    let chat = chat(connection, &facts.chat)?.ok_or(Error::NoChat)?;
    let mut pair = connection.prepare_cached(
        "INSERT INTO chat_pair (pair_hash, chat) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for hash in &facts.pairs {
        pair.execute(params![hash, chat])?;
    }
    Ok(())
}
