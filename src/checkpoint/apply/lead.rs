//! Leads of recorded messages, which Close merges, and between which it moves activities.

use rusqlite::{Connection, params};

use super::row::{chat, lead};
use crate::checkpoint::error::{Error, Fault};
use crate::checkpoint::evidence;
use crate::checkpoint::hash::Hash;
use crate::checkpoint::ids::RunId;
use crate::checkpoint::relinks;
use crate::checkpoint::states::State;
use crate::ids::LeadId;

/// Moves a record to the lead to which Close has moved its message. A record of an unsuccessful attempt
/// on that lead is replaced; where the message is recorded there already, the old record becomes absent.
pub(super) fn moved(
    connection: &Connection,
    id: i64,
    to: &LeadId,
    run: RunId,
) -> Result<(), Fault> {
    let lead = lead(connection, to)?;
    relinks::moved(connection, id, lead)?;
    connection
        .prepare_cached(
            "DELETE FROM message WHERE lead = ?2 AND state IN (4, 5, 6) AND id <> ?1 AND \
             external_id = (SELECT external_id FROM message WHERE id = ?1)",
        )?
        .execute(params![id, lead])?;
    let moved = connection
        .prepare_cached(
            "UPDATE OR IGNORE message SET lead = ?2, refused = NULL, run = ?3 WHERE id = ?1",
        )?
        .execute(params![id, lead, run.0])?;
    if moved == 0 {
        connection
            .prepare_cached(
                "UPDATE message SET state = ?2, activity_id = NULL, refused = NULL, run = ?3 \
                 WHERE id = ?1",
            )?
            .execute(params![id, State::Absent.number(), run.0])?;
        evidence::forget_answer(connection, id)?;
    }
    Ok(())
}

/// Sets the chat and the time of a removed message. As a message that is posted on another lead, one that
/// moved has no earlier time.
pub(super) fn followed(
    connection: &Connection,
    id: i64,
    (handle, activity_at, is_moved): (&Hash, i64, bool),
    run: RunId,
) -> Result<(), Fault> {
    let chat = chat(connection, handle)?.ok_or(Error::NoChat)?;
    connection
        .prepare_cached(
            "UPDATE message SET chat = ?2, \
             first_at = iif(?5, NULL, coalesce(first_at, activity_at)), activity_at = ?3, \
             run = ?4 WHERE id = ?1",
        )?
        .execute(params![id, chat, activity_at, run.0, is_moved])?;
    Ok(())
}

/// Moves all records of lead `from` to lead `into`. A message recorded on both (a copy made in Close)
/// stays where it was: no plan reaches it any more.
pub(super) fn merged(
    connection: &Connection,
    run: RunId,
    from: &LeadId,
    into: &LeadId,
) -> Result<(), Fault> {
    let (from, into) = (lead(connection, from)?, lead(connection, into)?);
    relinks::merged(connection, from, into)?;
    connection.execute(
        "DELETE FROM message WHERE lead = ?2 AND state IN (4, 5, 6) AND external_id IN \
         (SELECT external_id FROM message WHERE lead = ?1 AND state = 3)",
        [from, into],
    )?;
    connection.execute(
        "UPDATE OR IGNORE message SET lead = ?2, run = ?3 WHERE lead = ?1",
        params![from, into, run.0],
    )?;
    connection.execute("UPDATE chat SET lead = ?2 WHERE lead = ?1", [from, into])?;
    // Leads merged into `from` follow it; a merge in the opposite direction is deleted.
    connection.execute(
        "UPDATE lead SET merged_into = ?2 WHERE (id = ?1 OR merged_into = ?1) AND id <> ?2",
        [from, into],
    )?;
    connection.execute("UPDATE lead SET merged_into = NULL WHERE id = ?1", [into])?;
    Ok(())
}
