//! Applies one change as SQL.
//!
//! Each message goes through the table of [`super::states`] first. The statements are in the files below, by what they write,
//! and with the other rows that they concern (`archives`, `evidence`, `operations`, `relinks`, `runs`). Never here: the
//! beginning and end of a transaction, which is the recorder's.

mod chat;
mod lead;
mod message;
mod operation;
mod row;

use rusqlite::{Connection, params};

use self::lead::{followed, merged, moved};
use self::message::{alias, learned, put, update};
use self::operation::{begin, linkable, take_step};
use self::row::find;
use super::archives;
use super::change::Change;
use super::error::{Error, Fault};
use super::evidence;
use super::hash::Hash;
use super::ids::RunId;
use super::organization;
use super::relinks;
use super::runs;
use super::steps::Step;

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

/// Applies a change that is not an event of the table of states.
fn apply_other(
    connection: &Connection,
    run: RunId,
    now: i64,
    change: &Change,
) -> Result<(), Fault> {
    let row_of = |hash: &Hash| row::chat(connection, hash)?.ok_or(Fault::from(Error::NoChat));
    match change {
        Change::Chat(chat) => chat::put(connection, chat),
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
            runs::end_run(connection, run, now, *outcome, counts).map_err(Fault::from)
        }
        _ => Ok(()),
    }
}
