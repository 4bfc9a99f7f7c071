//! Applies one change as SQL.
//!
//! In scope: the only statements that write messages, chats and the end of a run. Each message goes
//! through the table of [`super::states`] first. Transactions are begun and committed by the recorder
//! only.

use rusqlite::{Connection, OptionalExtension, params};

use super::archives;
use super::change::Change;
use super::class::Class;
use super::error::{Error, Fault};
use super::evidence;
use super::facts::{ChatFacts, Facts, SentParts};
use super::hash::Hash;
use super::key::MessageKey;
use super::operations::{self, Begun, OperationKey, Reached, StepTarget, Subject};
use super::organization;
use super::relinks;
use super::rows::{Origin, RunId};
use super::runs::{self, Counts, RunOutcome};
use super::states::State;
use super::steps::{OperationKind, Step};
use crate::ids::{ActivityId, ExternalId, LeadId};

/// Applies `change` for `run` inside the caller's savepoint; `now` in Unix milliseconds. On an error the
/// caller rolls the savepoint back.
pub(super) fn apply(
    connection: &Connection,
    run: RunId,
    now: i64,
    change: &Change,
) -> Result<(), Fault> {
    change.check()?;
    let Some((key, event)) = change.event() else {
        return apply_other(connection, run, now, change);
    };
    let known = find(connection, key)?;
    let from = known.map(|(_, state)| state);
    let Some(to) = change.next_state((key, event), from)? else {
        return Ok(());
    };
    match (change, known) {
        (Change::Updated { facts, sent, .. }, Some((id, _))) => {
            update(connection, id, facts, *sent, run)?;
            return match sent.link {
                true => relinks::end(connection, run, key, Step::Linked),
                false => Ok(()),
            };
        }
        (Change::Moved { to, .. }, Some((id, _))) => {
            return moved(connection, id, to, run);
        }
        (
            Change::Followed {
                to,
                chat,
                activity_at,
                ..
            },
            Some((id, _)),
        ) => {
            let is_moved = *to != key.lead_id;
            if is_moved {
                moved(connection, id, to, run)?;
            }
            return followed(connection, id, (chat, *activity_at, is_moved), run);
        }
        (Change::Updating { .. }, Some((id, _))) => {
            connection
                .prepare_cached("UPDATE message SET changing = 1, run = ?2 WHERE id = ?1")?
                .execute(params![id, run.0])?;
            return Ok(());
        }
        (Change::Linked { .. }, Some((id, _))) => {
            connection
                .prepare_cached(
                    "UPDATE message SET linked = 1, refused = NULL, run = ?2 WHERE id = ?1",
                )?
                .execute(params![id, run.0])?;
            return relinks::end(connection, run, key, Step::Linked);
        }
        (Change::Refused { code, .. }, Some((id, _))) => {
            connection
                .prepare_cached("UPDATE message SET refused = ?3, run = ?2 WHERE id = ?1")?
                .execute(params![id, run.0, code])?;
            return Ok(());
        }
        (Change::Mended { .. }, Some((id, _))) => {
            connection
                .prepare_cached("UPDATE message SET refused = NULL, run = ?2 WHERE id = ?1")?
                .execute(params![id, run.0])?;
            return Ok(());
        }
        (Change::Answered { answer, .. }, Some((id, _))) => {
            return evidence::answered(connection, id, answer);
        }
        (Change::Learned { facts, .. }, Some((id, _))) => {
            return learned(connection, id, facts);
        }
        _ => {}
    }
    let id = match (change, known) {
        (
            Change::Intent { facts, .. }
            | Change::Adopt { facts, .. }
            | Change::Noted { facts, .. },
            known,
        ) => {
            put(
                connection,
                key,
                facts,
                (to, known.map(|(id, _)| id)),
                run,
                change,
            )?;
            return match change {
                Change::Adopt { activity_id, .. } => linkable(connection, run, key, activity_id),
                _ => Ok(()),
            };
        }
        (_, Some((id, _))) => id,
        // The table has no such event for a message without a record.
        (_, None) => return Ok(()),
    };
    let (activity_id, linked, failure) = match change {
        Change::Done {
            activity_id,
            linked,
            ..
        }
        | Change::Found {
            activity_id,
            linked,
            ..
        } => (Some(activity_id), *linked, None),
        Change::Failed { code, .. } => (None, false, Some(code)),
        _ => (None, false, None),
    };
    // Nothing is left of an open change to it.
    let is_removed = matches!(change, Change::Gone { .. } | Change::Withdrawn { .. });
    connection
        .prepare_cached(
            "UPDATE message SET state = ?2, activity_id = ?3, linked = ?4, failure = ?5, \
             refused = NULL, run = ?6, changing = iif(?7, 0, changing) WHERE id = ?1",
        )?
        .execute(params![
            id,
            to.number(),
            activity_id,
            linked,
            failure,
            run.0,
            is_removed
        ])?;
    if is_removed {
        let elsewhere = matches!(change, Change::Withdrawn { .. });
        relinks::end(connection, run, key, Step::GivenUp)?;
        relinks::lost(connection, run, key, id, elsewhere)?;
        evidence::forget_answer(connection, id)?;
    }
    match activity_id {
        Some(activity) => linkable(connection, run, key, activity),
        None => Ok(()),
    }
}

/// A message is in Close: replies without a link can be linked to it.
fn linkable(
    connection: &Connection,
    run: RunId,
    key: &MessageKey,
    activity: &ActivityId,
) -> Result<(), Fault> {
    let target = relinks::Target {
        key,
        lead: lead(connection, &key.lead_id)?,
        activity,
        from: None,
    };
    relinks::begin(connection, run, &target)
}

/// Applies a change that is not an event of the table of states.
fn apply_other(
    connection: &Connection,
    run: RunId,
    now: i64,
    change: &Change,
) -> Result<(), Fault> {
    let row_of = |hash: &Hash| chat(connection, hash)?.ok_or(Fault::from(Error::NoChat));
    match change {
        Change::Chat(chat) => apply_chat(connection, chat),
        Change::Merged { from, into } => merged(connection, run, from, into),
        Change::Alias { key, native_id } => alias(connection, key, native_id),
        Change::Deletion { key, neighbours } => {
            let (id, _) = find(connection, key)?.ok_or(Error::NoMessage)?;
            evidence::deletion(connection, id, neighbours)
        }
        Change::Archive { chat, archive } => {
            archives::archive(connection, row_of(chat)?, archive, run)
        }
        Change::ArchiveFiles { seen } => archives::files(connection, seen, run),
        Change::ChatDigest { chat, digest } => {
            archives::digest(connection, row_of(chat)?, digest.as_ref(), run)
        }
        Change::OperationBegun(begun) => {
            let chat = begun.chat.as_ref().map(row_of).transpose()?;
            begin(connection, run, begun, chat)
        }
        Change::OperationStep {
            operation,
            step,
            target,
        } => take_step(connection, run, operation, *step, target.as_ref()),
        Change::Erased { number } => runs::erased(connection, run, now, number),
        Change::Purged { key } => match find(connection, key)? {
            Some((id, state)) => evidence::purge(connection, id, state),
            None => Ok(()),
        },
        Change::ChatPurged { chat } => evidence::purge_chat(connection, row_of(chat)?),
        Change::Fact(fact) => organization::learn(connection, now, fact),
        Change::RunIs(facts) => runs::run_is(connection, run, facts),
        Change::Counted(what) => runs::counted(connection, run, *what),
        Change::RunEnded { outcome, counts } => {
            end_run(connection, run, now, *outcome, counts).map_err(Fault::from)
        }
        _ => Ok(()),
    }
}

/// Begins an operation, and inserts the rows of its leads.
fn begin(
    connection: &Connection,
    run: RunId,
    begun: &Begun,
    chat: Option<i64>,
) -> Result<(), Fault> {
    let row_of = |id: &LeadId| lead(connection, id);
    let source = match &begun.operation.subject {
        Subject::Message(key) => Some(row_of(&key.lead_id)?),
        Subject::Number(_) => None,
    };
    let target = begun.target_lead.as_ref().map(row_of).transpose()?;
    operations::begun(connection, run, begun, chat, source, target)
}

/// Records a step of an operation; two of the steps also set its target.
fn take_step(
    connection: &Connection,
    run: RunId,
    operation: &OperationKey,
    step: Step,
    target: Option<&Reached>,
) -> Result<(), Fault> {
    let at = match (step, target) {
        (Step::Posted, Some(Reached::Activity(activity))) => StepTarget {
            activity: Some(activity),
            ..StepTarget::default()
        },
        (
            Step::Created,
            Some(Reached::Lead {
                lead_id,
                contact_id,
            }),
        ) => StepTarget {
            lead: Some(lead(connection, lead_id)?),
            contact: Some(contact_id.as_str()),
            ..StepTarget::default()
        },
        (Step::Posted | Step::Created, _) | (_, Some(_)) => {
            let what = "the target of a step";
            return Err(Error::Malformed { what }.into());
        }
        (_, None) => StepTarget::default(),
    };
    let reached = match (operation.kind, &operation.subject, at.activity) {
        (OperationKind::Replace, Subject::Message(source), Some(activity)) => {
            operations::target(connection, operation)?.map(|target| (source, activity, target))
        }
        _ => None,
    };
    operations::step(connection, run, operation, step, &at)?;
    if let Some((source, activity, (to, key))) = reached {
        let target = relinks::Target {
            key: &key,
            lead: to,
            activity,
            from: Some(lead(connection, &source.lead_id)?),
        };
        relinks::begin(connection, run, &target)?;
    }
    Ok(())
}

/// Records WhatsApp's own id of a recorded message.
fn alias(connection: &Connection, key: &MessageKey, native_id: &ExternalId) -> Result<(), Fault> {
    let (id, _) = find(connection, key)?.ok_or(Error::NoMessage)?;
    connection
        .prepare_cached(
            "INSERT INTO alias (native_id, message) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![native_id, id])?;
    Ok(())
}

/// Updates the record of a message in Close; lead and origin stay. An exact instant is replaced only by
/// another exact one; exactness and precision belong to the recorded instant and change only with it. A
/// known fact does not become unknown, except that content and source are replaced with the text.
/// Unknown content belongs to a text that stays.
fn update(
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
             refused = NULL, linked = iif(?13, ?14, linked), \
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
        ])?;
    if sent.files {
        evidence::put_files(connection, id, &facts.files)?;
    }
    Ok(())
}

/// Fills in fields that the record of a message lacks. Exactness and precision belong to the recorded
/// instant: they are taken only from a source with the same instant. The run stays, since nothing in
/// Close changes.
fn learned(connection: &Connection, id: i64, facts: &Facts) -> Result<(), Fault> {
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

/// Moves a record to the lead to which Close has moved its message. A record of an unsuccessful attempt
/// on that lead is replaced; where the message is recorded there already, the old record becomes absent.
fn moved(connection: &Connection, id: i64, to: &LeadId, run: RunId) -> Result<(), Fault> {
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
fn followed(
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
fn merged(connection: &Connection, run: RunId, from: &LeadId, into: &LeadId) -> Result<(), Fault> {
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

/// Marks `run` as ended; what it counted stays.
pub(super) fn stop_run(
    connection: &Connection,
    run: RunId,
    now: i64,
    outcome: RunOutcome,
) -> Result<(), rusqlite::Error> {
    connection.execute(
        "UPDATE run SET ended_at = ?2, outcome = ?3 WHERE id = ?1",
        params![run.0, now, outcome.as_str()],
    )?;
    Ok(())
}

/// Sets the end of `run`, replacing an earlier one.
fn end_run(
    connection: &Connection,
    run: RunId,
    now: i64,
    outcome: RunOutcome,
    counts: &Counts,
) -> Result<(), rusqlite::Error> {
    stop_run(connection, run, now, outcome)?;
    connection.execute("DELETE FROM run_count WHERE run = ?1", [run.0])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO run_count (run, name, value) VALUES (?1, ?2, ?3)")?;
    for (name, value) in counts {
        insert.execute(params![
            run.0,
            name,
            i64::try_from(*value).unwrap_or(i64::MAX)
        ])?;
    }
    Ok(())
}

/// The row id and the state of a message.
fn find(connection: &Connection, key: &MessageKey) -> Result<Option<(i64, State)>, Fault> {
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

/// Writes a message that is about to be sent, or is adopted, into row `id` or a new one. Known fields of
/// the row are kept as in [`update`].
fn put(
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

/// Records a chat, or new facts about it.
fn apply_chat(connection: &Connection, facts: &ChatFacts) -> Result<(), Fault> {
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

/// The row of a chat.
fn chat(connection: &Connection, chat: &Hash) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT id FROM chat WHERE chat_hash = ?1")?
        .query_row([chat], |row| row.get(0))
        .optional()
}

/// The row of a lead, inserted if missing.
fn lead(connection: &Connection, lead_id: &LeadId) -> Result<i64, rusqlite::Error> {
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
