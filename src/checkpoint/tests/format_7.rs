//! The step from format 6 to 7: nothing recorded is changed, and nothing unknown is made up.

use super::super::schema::{STEPS, migrate};
use super::*;

/// The columns of `message` in format 6.
const COLUMNS: &str = "id, external_id, lead, chat, state, origin, activity_id, activity_at, \
    body_hash, media_count, media_bytes, response_to, linked, failure, attempts, identity, run, \
    media_hash, people_hash, first_at, changing, side, media, refused";

/// The columns that format 7 adds to it.
const ADDED: [&str; 10] = [
    "content_hash",
    "class",
    "edited",
    "deleted",
    "exact",
    "seconds",
    "author_hash",
    "source",
    "created_run",
    "updated_run",
];

/// A file of format 6 with two rows of every state, one with all columns filled and one with as
/// few as possible.
fn format_6() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    migrate(&transaction, 0, &STEPS[..6]).unwrap();
    transaction
        .execute_batch(
            "INSERT INTO meta VALUES (1, 1, 'orga_a', 'https://x', zeroblob(32), 5, '0.1.0'); \
             INSERT INTO run VALUES (1, 10, '0.1.0', 11, 'complete'); \
             INSERT INTO run_count VALUES (1, 'created', 6); \
             INSERT INTO lead VALUES (1, 'lead_a', NULL), (2, 'lead_b', 1); \
             INSERT INTO chat VALUES (1, zeroblob(16), 1, 'cont_a', 'Europe/Berlin'); \
             INSERT INTO chat_pair VALUES (randomblob(16), 1); \
             INSERT INTO made_lead VALUES (randomblob(16), 3, 'lead_c', 'cont_c', NULL, 1);",
        )
        .unwrap();
    for state in 1..=6 {
        let activity = (state == 3).then(|| format!("acti_{state}"));
        let failure = (state == 4).then_some("close.http_400");
        for (full, id) in [(true, state), (false, state + 10)] {
            let some = |value: i64| full.then_some(value);
            transaction
                .execute(
                    &format!(
                        "INSERT INTO message ({COLUMNS}) VALUES (?1, 'cf1-' || ?1, 1, 1, ?2, 3, \
                         ?3, -5, randomblob(16), 2, 9000000000, ?4, 1, ?5, 7, 1, 1, \
                         iif(?6, randomblob(16), NULL), iif(?6, randomblob(16), NULL), ?7, ?6, ?8, \
                         ?8, iif(?6, 'close.http_404', NULL))"
                    ),
                    rusqlite::params![
                        id,
                        state,
                        activity,
                        full.then_some("3EB0"),
                        failure,
                        full,
                        some(-9),
                        some(1),
                    ],
                )
                .unwrap();
        }
    }
    transaction
        .execute("INSERT INTO alias VALUES ('3A147A', 3)", [])
        .unwrap();
    transaction.commit().unwrap();
    connection
}

/// Every value of these columns of a table, as SQL writes it.
fn dump(connection: &Connection, table: &str, columns: &str) -> Vec<String> {
    let quoted: Vec<String> = columns
        .split(',')
        .map(|column| format!("quote({})", column.trim()))
        .collect();
    let sql = format!(
        "SELECT concat_ws('|', {}) FROM {table} ORDER BY 1",
        quoted.join(", ")
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Every table of a file and its columns, in their order.
fn tables(connection: &Connection) -> Vec<(String, String)> {
    let mut statement = connection
        .prepare(
            "SELECT t.name, group_concat(c.name, ', ') FROM sqlite_schema t, \
             pragma_table_info(t.name) c WHERE t.type = 'table' GROUP BY t.name ORDER BY t.name",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// From format 6 to 7.
fn bring_up(connection: &mut Connection) {
    let transaction = connection.transaction().unwrap();
    migrate(&transaction, 6, &STEPS[..7]).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn rows_of_every_state_keep_every_byte_and_what_is_new_is_not_known() {
    let mut connection = format_6();
    let before = tables(&connection);
    let rows: Vec<_> = before
        .iter()
        .map(|(table, columns)| dump(&connection, table, columns))
        .collect();
    assert!(rows.iter().all(|rows| !rows.is_empty()));
    bring_up(&mut connection);
    for ((table, columns), rows) in before.iter().zip(&rows) {
        assert_eq!(&dump(&connection, table, columns), rows, "{table}");
    }
    let added = dump(&connection, "message", &ADDED.join(", "));
    assert_eq!(added.len(), 12);
    assert!(added.iter().all(|row| row == &["NULL"; 10].join("|")));
    for (table, columns) in tables(&connection) {
        if before.iter().all(|(known, _)| *known != table) {
            assert!(dump(&connection, &table, &columns).is_empty(), "{table}");
        }
    }
    let mut verdict = connection.prepare("PRAGMA integrity_check").unwrap();
    let verdict: String = verdict.query_row([], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// A plan must not compare what an older format does not know, and a plan file must not be refused
/// only since the program is newer.
#[test]
fn file_of_format_6_has_unknown_facts_and_keeps_its_stamp() {
    let place = Place::new();
    let steps = &STEPS[..6];
    let older = Checkpoint::open_with(&place.path(), &binding(), clock(), steps).unwrap();
    older.close().unwrap();
    meddle(
        &place.path(),
        "INSERT INTO lead (lead_id) VALUES ('lead_a'); \
             INSERT INTO chat (chat_hash, lead) VALUES (zeroblob(16), 1); \
             INSERT INTO message (external_id, lead, chat, state, origin, activity_id, \
             activity_at, body_hash, media_count, media_bytes, response_to, linked, failure, \
             attempts, identity, run) VALUES ('3EB0', 1, 1, 3, 1, 'acti_1', 7, zeroblob(16), \
             2, 9, NULL, 0, NULL, 1, 0, 1);",
    );
    let before = place.listing();
    let snapshot = place.peek().unwrap().unwrap();
    assert_eq!(place.listing(), before, "reading leaves the file as it is");
    let row = snapshot
        .lookup(&"3EB0".into(), &LEAD.into())
        .unwrap()
        .unwrap();
    assert_eq!((row.content, row.class, row.author), (None, None, None));
    assert_eq!((row.edited, row.deleted), (None, None));
    assert_eq!((row.exact, row.seconds), (None, None));
    assert_eq!((row.source, row.created_run), (None, None));
    assert_eq!(
        snapshot.stamp().unwrap(),
        "[1, 1, 1, 0, 1, 0, 0, 0, 0]00000000000000000000000000000000|1|None|None;"
    );
    assert!(snapshot.open_operations().unwrap().is_empty());
    assert!(snapshot.files_of(row.chat).unwrap().is_empty());
    assert!(snapshot.archive_files().unwrap().is_empty());
    assert_eq!(snapshot.digest_of(row.chat).unwrap(), None);
    assert!(!snapshot.erased(&[1; 16]).unwrap());
    assert!(snapshot.users_of_runs().unwrap().is_empty());
    let checkpoint = place.open().unwrap();
    assert_eq!(
        checkpoint
            .reader()
            .lookup(&"3EB0".into(), &LEAD.into())
            .unwrap(),
        Some(row)
    );
}

#[test]
fn values_that_no_column_can_hold_are_refused() {
    let mut connection = format_6();
    bring_up(&mut connection);
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    let refused = [
        "UPDATE message SET content_hash = zeroblob(15)",
        "UPDATE message SET author_hash = 'Anna Example'",
        "UPDATE message SET class = 0",
        "UPDATE message SET class = 10",
        "UPDATE message SET edited = 2",
        "UPDATE message SET deleted = 2",
        "UPDATE message SET exact = 2",
        "UPDATE message SET seconds = 2",
        "UPDATE message SET source = 1",
        "UPDATE message SET created_run = 9",
        "UPDATE message SET updated_run = 9",
        "UPDATE run SET plan_digest = zeroblob(15)",
        "INSERT INTO message_file VALUES (1, -1, zeroblob(16), 1)",
        "INSERT INTO message_file VALUES (1, 0, zeroblob(15), 1)",
        "INSERT INTO message_file VALUES (1, 0, zeroblob(16), -1)",
        "INSERT INTO message_file VALUES (99, 0, zeroblob(16), 1)",
        "INSERT INTO answer VALUES (1, zeroblob(17), NULL, NULL, NULL)",
        "INSERT INTO deletion VALUES (1, zeroblob(1), NULL)",
        "INSERT INTO archive VALUES (1, 1, zeroblob(16), 93600001, NULL, NULL, 1)",
        "INSERT INTO archive VALUES (1, 9, zeroblob(16), 0, NULL, NULL, 1)",
        "INSERT INTO archive_file VALUES (zeroblob(15), 1)",
        "INSERT INTO chat_digest VALUES (1, zeroblob(16), 1, -1, 1)",
        "INSERT INTO erasure VALUES ('+4915112345678', 1, 1)",
    ];
    // kind, step, open, external id, lead, number, activity, chat, target id, lead, activity.
    let operations = [
        "7, 1, 1, 'x', 1, NULL, NULL, 1, NULL, 1, NULL",
        "1, 9, 1, 'x', 1, NULL, NULL, 1, NULL, 1, 'acti_1'",
        "1, 1, 0, 'x', 1, NULL, NULL, 1, NULL, 1, NULL",
        "1, 3, 1, 'x', 1, NULL, NULL, 1, NULL, 1, 'acti_1'",
        "2, 2, 1, 'x', 1, NULL, NULL, 1, NULL, NULL, 'acti_1'",
        "1, 1, 1, 'x', 1, NULL, NULL, 1, NULL, NULL, NULL",
        "1, 2, 1, 'x', 1, NULL, NULL, 1, NULL, 1, NULL",
        "1, 1, 1, 'x', NULL, NULL, NULL, 1, NULL, 1, NULL",
        "4, 1, 1, 'x', 1, NULL, NULL, NULL, NULL, NULL, NULL",
        "4, 1, 1, NULL, NULL, zeroblob(3), NULL, NULL, NULL, NULL, NULL",
        "4, 6, 1, NULL, NULL, zeroblob(16), NULL, NULL, NULL, NULL, NULL",
        "5, 1, 1, 'x', 1, zeroblob(16), NULL, NULL, NULL, NULL, NULL",
    ]
    .map(|values| format!("INSERT INTO operation VALUES (1, {values}, 1, 1)"));
    for sql in refused
        .into_iter()
        .chain(operations.iter().map(String::as_str))
    {
        let error = connection.execute(sql, []).unwrap_err();
        assert_eq!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::ConstraintViolation),
            "{sql}: {error}"
        );
    }
}

/// A plan holds the rows of a chat, and there are chats of a million messages.
#[test]
fn row_in_memory_grows_by_at_most_sixty_bytes() {
    const FORMAT_6: usize = 216;
    let size = size_of::<MessageRow>();
    assert!(size <= FORMAT_6 + 60, "{size} bytes");
}
