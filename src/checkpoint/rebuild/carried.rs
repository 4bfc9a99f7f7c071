//! What a new checkpoint takes over from the former one, as rows: whole tables at once, records of messages one by one.
//!
//! Never here: the files of the two, and which records are valid.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::checkpoint::error::Error;
use crate::checkpoint::snapshot::Snapshot;
use crate::checkpoint::states::State;

/// Tables that are taken over as a whole, in an order that satisfies their references. `operation` is restricted to leads
/// that `match` created: what else was begun is judged by Close.
const WHOLE_TABLES: [(&str, &str); 6] = [
    ("run", ""),
    ("run_count", ""),
    ("lead", ""),
    ("facts", ""),
    ("erasure", ""),
    ("operation", "WHERE kind = 4"),
];

/// What the new checkpoint takes over of a former record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// The message is recorded: what only the former checkpoint knows of it.
    Knowledge,
    /// The whole record.
    Record,
    /// The record, as one of a message that was removed in Close.
    Removed,
}

/// A former record that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Its number in the former file.
    pub row: i64,
    /// What is taken over.
    pub what: Carry,
}

/// Takes over the key and the tables that do not depend on what Close has now.
pub(super) fn seed(connection: &mut Connection, former: &Snapshot) -> Result<(), Error> {
    let key = former.key();
    former.read(|inner| {
        let transaction = connection.transaction()?;
        transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        transaction.execute("UPDATE meta SET hash_key = ?1", params![key.bytes()])?;
        for (table, which) in WHOLE_TABLES {
            for row in rows(&inner.connection, table, which, [])? {
                insert(&transaction, table, row)?;
            }
        }
        transaction.commit()
    })
}

/// A row as column names and values.
type Columns = Vec<(String, Value)>;

fn rows(
    connection: &Connection,
    table: &str,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Columns>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM {table} {which}"))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let found = statement.query_map(parameters, |row| {
        let values = names.iter().enumerate();
        values
            .map(|(index, name)| Ok((name.clone(), row.get(index)?)))
            .collect()
    })?;
    found.collect()
}

/// Inserts a row, unless its key has one. Returns whether it was inserted.
fn insert(connection: &Connection, table: &str, row: Columns) -> Result<bool, rusqlite::Error> {
    let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({places}) ON CONFLICT DO NOTHING",
        names.join(", ")
    );
    let values = row.iter().map(|(_, value)| value);
    let inserted = connection
        .prepare_cached(&sql)?
        .execute(params_from_iter(values))?;
    Ok(inserted > 0)
}

fn set(row: &mut Columns, column: &str, value: Value) {
    if let Some((_, current)) = row.iter_mut().find(|(name, _)| name == column) {
        *current = value;
    }
}

fn get<'r>(row: &'r Columns, column: &str) -> &'r Value {
    let found = row.iter().find(|(name, _)| name == column);
    found.map_or(&Value::Null, |(_, value)| value)
}

/// Takes over one record of the former checkpoint. Both have the same numbers of leads and runs.
pub(super) fn take_over(
    former: &Connection,
    new: &Connection,
    Carried { row, what }: Carried,
) -> Result<(), rusqlite::Error> {
    let Some(mut message) = rows(former, "message", "WHERE id = ?1", [row])?.pop() else {
        return Ok(());
    };
    let id = match what {
        Carry::Knowledge => {
            let Some(id) = find(new, &message)? else {
                return Ok(());
            };
            complete(new, id, &message)?;
            id
        }
        Carry::Record | Carry::Removed => {
            let chat = chat(former, new, get(&message, "chat"))?;
            message.retain(|(name, _)| name != "id");
            set(&mut message, "chat", Value::Integer(chat));
            // Archives are recorded again with the messages that they have.
            set(&mut message, "source", Value::Null);
            if what == Carry::Removed {
                set(&mut message, "state", Value::Integer(State::Gone.number()));
                set(&mut message, "changing", Value::Integer(0));
                set(&mut message, "linked", Value::Integer(0));
                for column in ["activity_id", "failure", "refused"] {
                    set(&mut message, column, Value::Null);
                }
            }
            if !insert(new, "message", message)? {
                return Ok(());
            }
            new.last_insert_rowid()
        }
    };
    for table in ["alias", "message_file", "deletion", "answer"] {
        // Close's answer is one about the text that was sent then.
        if table == "answer" && !has_same_text(former, new, row, id)? {
            continue;
        }
        if table == "message_file" && what == Carry::Knowledge {
            continue;
        }
        for mut of_message in rows(former, table, "WHERE message = ?1", [row])? {
            set(&mut of_message, "message", Value::Integer(id));
            insert(new, table, of_message)?;
        }
    }
    Ok(())
}

/// The row of a message under its external id and lead.
fn find(new: &Connection, message: &Columns) -> Result<Option<i64>, rusqlite::Error> {
    new.prepare_cached("SELECT id FROM message WHERE external_id = ?1 AND lead = ?2")?
        .query_row(
            params![get(message, "external_id"), get(message, "lead")],
            |row| row.get(0),
        )
        .optional()
}

/// What only the former record knows: which run created the message, attempts, a refusal, and facts that neither Close nor
/// an archive shows.
fn complete(new: &Connection, id: i64, message: &Columns) -> Result<(), rusqlite::Error> {
    let of = |column| get(message, column);
    new.prepare_cached(
        "UPDATE message SET \
         created_run = iif(origin = 3, NULL, coalesce(?2, created_run)), \
         origin = iif(origin = 2 AND ?3 = 1, 1, origin), attempts = max(attempts, ?4), \
         refused = coalesce(refused, ?5), response_to = coalesce(response_to, ?6), \
         first_at = ?7, \
         content_hash = iif(body_hash = ?8, coalesce(content_hash, ?9), content_hash), \
         class = iif(body_hash = ?8, coalesce(class, ?10), class), \
         edited = iif(body_hash = ?8, coalesce(edited, ?11), edited), \
         author_hash = coalesce(author_hash, ?12) WHERE id = ?1",
    )?
    .execute(params![
        id,
        of("created_run"),
        of("origin"),
        of("attempts"),
        of("refused"),
        of("response_to"),
        of("first_at"),
        of("body_hash"),
        of("content_hash"),
        of("class"),
        of("edited"),
        of("author_hash"),
    ])?;
    Ok(())
}

fn has_same_text(
    former: &Connection,
    new: &Connection,
    row: i64,
    id: i64,
) -> Result<bool, rusqlite::Error> {
    let text = "SELECT body_hash FROM message WHERE id = ?1";
    let of = |connection: &Connection, id: i64| -> Result<Value, rusqlite::Error> {
        connection
            .prepare_cached(text)?
            .query_row([id], |row| row.get(0))
    };
    Ok(of(former, row)? == of(new, id)?)
}

/// The row of a chat of the former checkpoint, inserted if the new one lacks it.
fn chat(former: &Connection, new: &Connection, id: &Value) -> Result<i64, rusqlite::Error> {
    let number = |connection: &Connection, hash: &Value| {
        connection
            .prepare_cached("SELECT id FROM chat WHERE chat_hash = ?1")?
            .query_row([hash], |row| row.get::<_, i64>(0))
            .optional()
    };
    let mut of_former = rows(former, "chat", "WHERE id = ?1", [id])?;
    let Some(mut chat) = of_former.pop() else {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    };
    let hash = get(&chat, "chat_hash").clone();
    if let Some(known) = number(new, &hash)? {
        return Ok(known);
    }
    chat.retain(|(name, _)| name != "id");
    insert(new, "chat", chat)?;
    let inserted = new.last_insert_rowid();
    for mut pair in rows(former, "chat_pair", "WHERE chat = ?1", [id])? {
        set(&mut pair, "chat", Value::Integer(inserted));
        insert(new, "chat_pair", pair)?;
    }
    Ok(inserted)
}
