//! Random `msgstore.db` of both schemas.

use proptest::prelude::*;

use super::rows::{Cell, Table, id, next, number, one_of, words, write};
use super::{accounted, cases, check, read};
use crate::native::android::Msgstore;

const JIDS: &[&str] = &[
    "353861234501@s.whatsapp.net",
    "353861234502@s.whatsapp.net",
    "120363041234567890@g.us",
    "184069530861739@lid",
    "status@broadcast",
    "120363041234567891@newsletter",
    "0@s.whatsapp.net",
];
const PATHS: &[&str] = &["Media/a.jpg", "Media/b.opus", "../c", "Media/", "x"];
const MIMES: &[&str] = &["image/jpeg", "audio/ogg; codecs=opus", "text/x-vcard", "?"];
const CARD: &[&str] = &[
    "BEGIN:VCARD\nVERSION:3.0\nFN:Rita Sol\nTEL:+447700900123\nEND:VCARD",
    "BEGIN:VCARD\nFN",
];

/// A row of the messages, the placeholder in front of them not counted.
fn row() -> Cell {
    number(1..24)
}

/// Numbers of types, those that the table lacks included.
fn types() -> Cell {
    number(0..125)
}

/// Milliseconds.
fn time() -> Cell {
    number(1_735_732_800_000..1_735_999_999_999)
}

fn of_both() -> Vec<BoxedStrategy<Option<Table>>> {
    vec![
        Table::sometimes(
            "message_media",
            1,
            vec![
                ("message_row_id", row()),
                ("file_path", one_of(PATHS)),
                ("mime_type", one_of(MIMES)),
                ("media_name", words()),
                ("media_caption", words()),
            ],
        ),
        Table::sometimes(
            "message_vcard",
            2,
            vec![("message_row_id", row()), ("vcard", one_of(CARD))],
        ),
        Table::sometimes(
            "message_location",
            3,
            vec![
                ("message_row_id", row()),
                ("latitude", number(-90..90)),
                ("longitude", number(-180..180)),
                ("place_name", words()),
                ("url", words()),
            ],
        ),
        Table::sometimes(
            "message_poll_option",
            3,
            vec![
                ("_id INTEGER PRIMARY KEY", next()),
                ("message_row_id", row()),
                ("option_name", words()),
            ],
        ),
        Table::sometimes(
            "message_template",
            2,
            vec![
                ("message_row_id", row()),
                ("content_text_data", words()),
                ("footer_text_data", words()),
            ],
        ),
        Table::sometimes(
            "message_ui_elements",
            3,
            vec![
                ("_id INTEGER PRIMARY KEY", next()),
                ("message_row_id", row()),
                ("element_content", words()),
            ],
        ),
        Table::sometimes(
            "message_order",
            1,
            vec![
                ("message_row_id", row()),
                ("order_title", words()),
                ("item_count", number(0..9)),
                ("total_amount_1000", number(0..9_000)),
                ("currency_code", one_of(&["EUR"])),
            ],
        ),
    ]
}

fn modern() -> impl Strategy<Value = Vec<Table>> {
    let base = vec![
        Table::random(
            "jid",
            2,
            vec![
                ("_id INTEGER PRIMARY KEY", next()),
                ("raw_string", one_of(JIDS)),
            ],
            5..9,
        ),
        Table::random(
            "chat",
            2,
            vec![
                ("_id INTEGER PRIMARY KEY", next()),
                ("jid_row_id", number(1..9)),
                ("subject", words()),
            ],
            3..8,
        ),
        Table::random(
            "message",
            5,
            vec![
                ("_id INTEGER PRIMARY KEY", next()),
                ("chat_row_id", number(-1..8)),
                ("from_me", number(0..2)),
                ("key_id", id()),
                ("timestamp", time()),
                ("sender_jid_row_id", number(0..9)),
                ("message_type", types()),
                ("text_data", words()),
                ("origin", number(0..2)),
            ],
            1..20,
        ),
    ];
    let more = vec![
        Table::sometimes(
            "message_quoted",
            1,
            vec![
                ("message_row_id", row()),
                ("key_id", id()),
                ("text_data", words()),
                ("from_me", number(0..2)),
                ("sender_jid_row_id", number(0..9)),
                ("parent_message_chat_row_id", number(0..8)),
            ],
        ),
        Table::sometimes(
            "message_revoked",
            1,
            vec![("message_row_id", row()), ("revoked_key_id", id())],
        ),
        Table::sometimes(
            "message_edit_info",
            1,
            vec![("message_row_id", row()), ("original_key_id", id())],
        ),
        Table::sometimes(
            "message_system",
            1,
            vec![("message_row_id", row()), ("action_type", number(60..80))],
        ),
    ];
    (base, more, of_both()).prop_map(|(base, more, both)| {
        let further = more.into_iter().chain(both).flatten();
        base.into_iter().chain(further).collect()
    })
}

fn legacy() -> impl Strategy<Value = Vec<Table>> {
    let base = vec![Table::random(
        "messages",
        5,
        vec![
            ("_id INTEGER PRIMARY KEY", next()),
            ("key_remote_jid", one_of(JIDS)),
            ("key_from_me", number(0..2)),
            ("key_id", id()),
            ("timestamp", time()),
            ("media_wa_type", types()),
            ("data", words()),
            ("media_caption", words()),
            ("media_name", words()),
            ("media_mime_type", one_of(MIMES)),
            ("remote_resource", one_of(JIDS)),
            ("status", number(0..7)),
            ("edit_version", number(0..8)),
            ("quoted_row_id", number(0..5)),
            ("latitude", number(-90..90)),
            ("longitude", number(-180..180)),
        ],
        1..20,
    )];
    let more = vec![Table::sometimes(
        "messages_quotes",
        2,
        vec![
            ("_id INTEGER PRIMARY KEY", next()),
            ("key_id", id()),
            ("data", words()),
            ("key_from_me", number(0..2)),
            ("remote_resource", one_of(JIDS)),
            ("key_remote_jid", one_of(JIDS)),
        ],
    )];
    (base, more)
        .prop_map(|(base, more)| base.into_iter().chain(more.into_iter().flatten()).collect())
}

/// Rows of messages, and a database of these tables as a phone writes it, each schema with its placeholder.
fn counted(tables: &[Table]) -> Result<(), TestCaseError> {
    let is_messages = |table: &&Table| matches!(table.name, "message" | "messages");
    let rows: usize = (tables.iter().filter(is_messages))
        .map(|table| table.rows.len())
        .sum();
    let placeholder = |table: &Table| match table.name {
        "message" => {
            "INSERT INTO message (_id, chat_row_id, from_me, key_id, timestamp) VALUES (99, -1, 0, '-1', 0);"
        }
        _ => {
            "INSERT INTO messages (_id, key_remote_jid, key_from_me, key_id, timestamp) VALUES (99, '-1', 0, '-1', 0);"
        }
    };
    let more: String = tables.iter().filter(is_messages).map(placeholder).collect();
    let store = read(&Msgstore, |folder| {
        let path = folder.join("msgstore.db");
        write(&path, tables, &more);
        path
    });
    let store = store.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(accounted(&store), rows as u64, "{:?}", store.left_out);
    check(&store)
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn rows_of_the_new_schema_are_messages_or_counted(tables in modern()) {
        counted(&tables)?;
    }

    #[test]
    fn rows_of_the_old_schema_are_messages_or_counted(
        tables in legacy(),
        has_new in any::<bool>(),
        media in of_both(),
    ) {
        let more = media.into_iter().flatten().filter(|_| has_new);
        counted(&tables.into_iter().chain(more).collect::<Vec<_>>())?;
    }

    #[test]
    fn rows_of_both_schemas_are_messages_or_counted(new in modern(), old in legacy()) {
        counted(&new.into_iter().chain(old).collect::<Vec<_>>())?;
    }
}
