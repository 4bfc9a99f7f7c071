//! The record of a message: written before it is sent, corrected with it, completed by what archives show later.
//!
//! The only statements that write the facts of a message. Never here: its lead (`lead`).

use rusqlite::{Connection, params};

use super::row::{chat, find, lead};
use crate::checkpoint::archives;
use crate::checkpoint::change::{Change, DAMAGED};
use crate::checkpoint::class::Class;
use crate::checkpoint::error::{Error, Fault};
use crate::checkpoint::evidence;
use crate::checkpoint::facts::{Facts, SentParts};
use crate::checkpoint::ids::RunId;
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::rows::Origin;
use crate::checkpoint::states::State;
use crate::ids::ExternalId;

/// Writes a message that is about to be sent, or is adopted, into row `id` or a new one. Known fields of
/// the row are kept as in [`update`].
pub(super) fn put(
    connection: &Connection,
    key: &MessageKey,
    facts: &Facts,
    (to, id): (State, Option<i64>),
    run: RunId,
    change: &Change,
) -> Result<(), Fault> {
    let lead = lead(connection, &key.lead_id)?;
    let chat = chat(connection, &facts.chat)?.ok_or(Error::NoChat)?;
    let source = archives::source(connection, chat, facts.source.as_ref())?;
    let (origin, activity_id, linked, attempt) = match change {
        Change::Adopt {
            activity_id,
            linked,
            creator,
            ..
        } => {
            let origin = creator.origin(facts.identity);
            (origin, Some(activity_id), *linked, 0)
        }
        Change::Noted { .. } => (Origin::Adopted, None, false, 0),
        _ => (Origin::Created, None, false, 1),
    };
    let created_run = change.is_creation().then_some(run.0);
    connection
        .prepare_cached(
            "INSERT INTO message (id, external_id, lead, chat, state, origin, activity_id, \
             activity_at, body_hash, media_count, media_bytes, response_to, linked, failure, \
             attempts, identity, run, media_hash, people_hash, first_at, side, media, \
             content_hash, source, exact, seconds, class, edited, deleted, author_hash, \
             created_run) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL, ?14, ?15, ?16, \
             ?17, ?18, ?8, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29) \
             ON CONFLICT (id) DO UPDATE SET chat = excluded.chat, state = excluded.state, \
             origin = excluded.origin, activity_id = excluded.activity_id, \
             activity_at = iif(exact = 1 AND excluded.exact IS NOT 1, activity_at, \
             excluded.activity_at), body_hash = excluded.body_hash, \
             media_count = excluded.media_count, media_bytes = excluded.media_bytes, \
             response_to = excluded.response_to, linked = excluded.linked, failure = NULL, \
             refused = NULL, attempts = attempts + excluded.attempts, \
             identity = excluded.identity, \
             run = excluded.run, media_hash = excluded.media_hash, \
             people_hash = excluded.people_hash, \
             first_at = iif(exact = 1 AND excluded.exact IS NOT 1, first_at, excluded.first_at), \
             side = excluded.side, media = excluded.media, \
             content_hash = coalesce(excluded.content_hash, \
             iif(excluded.body_hash = body_hash, content_hash, NULL)), \
             source = coalesce(excluded.source, \
             iif(excluded.body_hash = body_hash, source, NULL)), \
             seconds = iif(exact = 1 AND excluded.exact IS NOT 1, seconds, \
             coalesce(excluded.seconds, seconds)), \
             exact = iif(exact = 1, 1, coalesce(excluded.exact, exact)), \
             class = coalesce(excluded.class, class), edited = coalesce(excluded.edited, edited), \
             deleted = iif(deleted = 1, 1, coalesce(excluded.deleted, deleted)), \
             author_hash = coalesce(excluded.author_hash, author_hash), \
             created_run = iif(excluded.created_run IS NULL AND state = 2 AND \
             excluded.origin <> 3, created_run, excluded.created_run)",
        )?
        .execute(params![
            id,
            key.external_id,
            lead,
            chat,
            to.number(),
            origin as i64,
            activity_id,
            facts.activity_at,
            facts.body_hash,
            facts.media_count,
            i64::try_from(facts.media_bytes).unwrap_or(i64::MAX),
            facts.response_to,
            linked,
            attempt,
            facts.identity,
            run.0,
            facts.media_hash,
            facts.people_hash,
            facts.outgoing,
            facts.media,
            facts.content,
            source,
            facts.exact,
            facts.seconds,
            facts.class.map(Class::number),
            facts.edited,
            facts.deleted,
            facts.author,
            created_run,
        ])?;
    let row = match id {
        Some(id) => {
            evidence::forget_answer(connection, id)?;
            id
        }
        None => connection.last_insert_rowid(),
    };
    evidence::put_files(connection, row, &facts.files)
}

/// Updates the record of a message in Close; lead and origin stay. An exact instant is replaced only by
/// another exact one; exactness and precision belong to the recorded instant and change only with it. A
/// known fact does not become unknown, except that content and source are replaced with the text.
/// Unknown content belongs to a text that stays.
pub(super) fn update(
    connection: &Connection,
    id: i64,
    facts: &Facts,
    sent: SentParts,
    run: RunId,
) -> Result<(), Fault> {
    // A corrected number makes it another chat.
    let chat = chat(connection, &facts.chat)?.ok_or(Error::NoChat)?;
    let source = archives::source(connection, chat, facts.source.as_ref())?;
    connection
        .prepare_cached(
            "UPDATE message SET first_at = coalesce(first_at, activity_at), \
             activity_at = iif(exact = 1 AND ?20 IS NOT 1, activity_at, ?2), \
             body_hash = iif(?3, ?4, body_hash), media_count = iif(?5, ?6, media_count), \
             media_bytes = iif(?5, ?7, media_bytes), media_hash = iif(?5, ?8, media_hash), \
             people_hash = iif(?9, ?10, people_hash), run = ?11, chat = ?12, changing = 0, \
             refused = iif(?5 OR refused IS NOT ?26, NULL, refused), linked = iif(?13, ?14, linked), \
             response_to = iif(?13, ?15, response_to), \
             side = ?16, media = ?17, \
             content_hash = iif(?3, coalesce(?18, iif(?4 = body_hash, content_hash, NULL)), \
             coalesce(content_hash, iif(?4 = body_hash, ?18, NULL))), \
             source = iif(?3, coalesce(?19, iif(?4 = body_hash, source, NULL)), source), \
             seconds = iif(activity_at = ?2, coalesce(seconds, ?21), \
             iif(exact = 1 AND ?20 IS NOT 1, seconds, coalesce(?21, seconds))), \
             exact = iif(activity_at = ?2, coalesce(exact, ?20), \
             iif(exact = 1, 1, coalesce(?20, exact))), class = coalesce(?22, class), \
             edited = iif(?3, coalesce(?23, edited), edited), \
             deleted = iif(deleted = 1, 1, coalesce(?24, deleted)), \
             author_hash = coalesce(?25, author_hash), updated_run = ?11 WHERE id = ?1",
        )?
        .execute(params![
            id,
            facts.activity_at,
            sent.text,
            facts.body_hash,
            sent.files,
            facts.media_count,
            i64::try_from(facts.media_bytes).unwrap_or(i64::MAX),
            facts.media_hash,
            sent.people,
            facts.people_hash,
            run.0,
            chat,
            sent.link,
            facts.response_to.is_some(),
            facts.response_to,
            facts.outgoing,
            facts.media,
            facts.content,
            source,
            facts.exact,
            facts.seconds,
            facts.class.map(Class::number),
            facts.edited,
            facts.deleted,
            facts.author,
            // An update without files does not bring the one that is missing.
            DAMAGED,
        ])?;
    if sent.files {
        evidence::put_files(connection, id, &facts.files)?;
    }
    Ok(())
}

/// Fills in fields that the record of a message lacks. Exactness and precision belong to the recorded
/// instant: they are taken only from a source with the same instant. The run stays, since nothing in
/// Close changes.
pub(super) fn learned(connection: &Connection, id: i64, facts: &Facts) -> Result<(), Fault> {
    let chat = chat(connection, &facts.chat)?.ok_or(Error::NoChat)?;
    let source = archives::source(connection, chat, facts.source.as_ref())?;
    connection
        .prepare_cached(
            "UPDATE message SET content_hash = coalesce(content_hash, ?2), \
             class = coalesce(class, ?3), edited = iif(edited = 1, 1, coalesce(?4, edited)), \
             deleted = iif(deleted = 1, 1, coalesce(?5, deleted)), \
             exact = iif(exact = 1 OR activity_at <> ?6, exact, coalesce(?7, exact)), \
             seconds = iif(activity_at <> ?6, seconds, coalesce(seconds, ?8)), \
             author_hash = coalesce(author_hash, ?9), source = coalesce(source, ?10), \
             chat = ?11 WHERE id = ?1",
        )?
        .execute(params![
            id,
            facts.content,
            facts.class.map(Class::number),
            facts.edited,
            facts.deleted,
            facts.activity_at,
            facts.exact,
            facts.seconds,
            facts.author,
            source,
            chat,
        ])?;
    evidence::learn_files(connection, id, &facts.files)
}

/// Records WhatsApp's own id of a recorded message.
pub(super) fn alias(
    connection: &Connection,
    key: &MessageKey,
    native_id: &ExternalId,
) -> Result<(), Fault> {
    let (id, _) = find(connection, key)?.ok_or(Error::NoMessage)?;
    connection
        .prepare_cached(
            "INSERT INTO alias (native_id, message) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![native_id, id])?;
    Ok(())
}
