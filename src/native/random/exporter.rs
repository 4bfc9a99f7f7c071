//! Random JSON of WhatsApp-Chat-Exporter, in both of its formats.

use std::fs;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{accounted, cases, check, read};
use crate::native::exporter::Exporter;
use crate::native::{Error, Store};

const JIDS: [&str; 7] = [
    "353861234501@s.whatsapp.net",
    "353861234502@s.whatsapp.net",
    "120363041234567890@g.us",
    "184069530861739@lid",
    "status@broadcast",
    "ExportedChat",
    "000000000000000",
];
const TEXTS: [&str; 10] = [
    "hello",
    "one <br>two",
    "Message deleted",
    "The media is missing",
    "Media/a.jpg",
    "Location shared: (52.52, 13.405)",
    "Location shared: (",
    "This media include the following vCard file(s): <br><a href=\"vCards/C.vcf\">Carl</a>",
    "A voice call was missed",
    "see @184069530861739",
];

/// Any JSON.
pub(super) fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,10}".prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,9}", inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    nested.boxed()
}

/// Mostly this.
pub(super) fn mostly(usual: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![12 => usual, 1 => any_json()].boxed()
}

/// An object with most of these fields.
pub(super) fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<&'static str>, Vec<BoxedStrategy<Value>>) =
        fields.into_iter().unzip();
    let lacks = prop::collection::vec(prop::bool::weighted(0.08), names.len());
    (values, lacks)
        .prop_map(move |(values, lacks)| {
            let all = names.iter().zip(values).zip(lacks);
            let kept = all.filter(|(_, lacks)| !lacks);
            let fields: Map<String, Value> = kept
                .map(|((name, value), _)| ((*name).to_owned(), value))
                .collect();
            Value::Object(fields)
        })
        .boxed()
}

pub(super) fn text(texts: &'static [&'static str]) -> BoxedStrategy<Value> {
    mostly(prop::sample::select(texts).prop_map(Value::from))
}

fn truth() -> BoxedStrategy<Value> {
    mostly(any::<bool>().prop_map(Value::from))
}

fn number(range: std::ops::Range<i64>) -> BoxedStrategy<Value> {
    mostly(range.prop_map(Value::from))
}

fn id() -> BoxedStrategy<Value> {
    mostly((0i64..30).prop_map(|number| json!(format!("3A00000000000000AA{number:02}"))))
}

fn message() -> BoxedStrategy<Value> {
    mostly(object(vec![
        ("from_me", truth()),
        ("timestamp", number(1_735_732_800..1_735_999_999)),
        ("media", truth()),
        ("key_id", id()),
        ("meta", truth()),
        ("data", text(&TEXTS)),
        ("sender", text(&["Ben", "Cleo", "184069530861739", "You"])),
        ("mime", text(&["image/jpeg", "text/x-vcard", "media"])),
        ("message_type", number(-1..125)),
        ("reply", id()),
        ("quoted_data", text(&["what", "cut..."])),
        ("caption", text(&["a caption", " "])),
        ("sticker", truth()),
        (
            "reactions",
            mostly(Just(json!({"You": "x", "353861234502": "y"}))),
        ),
    ]))
}

/// The messages of a chat by row, or as a list.
fn messages() -> BoxedStrategy<Value> {
    let by_row = prop::collection::vec(message(), 0..8).prop_map(|messages| {
        let rows = (2..).zip(messages);
        let fields: Map<String, Value> = rows
            .map(|(row, message): (u32, Value)| (row.to_string(), message))
            .collect();
        Value::Object(fields)
    });
    let listed = prop::collection::vec(message(), 0..4).prop_map(Value::from);
    mostly(prop_oneof![6 => by_row, 1 => listed])
}

fn chats() -> BoxedStrategy<Vec<(&'static str, Value)>> {
    let chat = mostly(object(vec![
        ("name", text(&["Ben", "Cleo", "Roof", "You", " "])),
        ("type", text(&["android", "ios", "exported"])),
        ("media_base", text(&["", "WhatsApp/"])),
        ("messages", messages()),
    ]));
    prop::collection::vec((prop::sample::select(&JIDS[..]), chat), 1..5).boxed()
}

fn read_json(json: &Value) -> Result<Store, Error> {
    read(&Exporter, |folder| {
        let path = folder.join("result.json");
        fs::write(&path, json.to_string()).expect("written");
        path
    })
}

/// The rows of a chat. What is no chat is counted as one.
fn rows(chat: &Value) -> u64 {
    let messages = chat.as_object().map(|fields| fields.get("messages"));
    let count = match messages {
        None => 1,
        Some(Some(Value::Object(rows))) => rows.len(),
        Some(Some(Value::Array(rows))) => rows.len(),
        Some(_) => 0,
    };
    count as u64
}

fn telegram() -> BoxedStrategy<Value> {
    let message = mostly(object(vec![
        ("id", number(1..20)),
        ("type", text(&["message"])),
        ("date_unixtime", number(1_735_732_800..1_735_999_999)),
        ("from", text(&["Ben", "Cleo"])),
        ("from_id", text(&["user00000", "userBen", "user"])),
        ("reply_to_message_id", number(1..20)),
        ("text", text(&TEXTS)),
    ]));
    object(vec![
        ("id", number(353_861_234_501..353_861_234_509)),
        ("name", text(&["Ben", "Roof"])),
        ("type", text(&["private_group", "personal_chat", "calls"])),
        (
            "messages",
            prop::collection::vec(message, 0..10)
                .prop_map(Value::from)
                .boxed(),
        ),
    ])
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn rows_are_messages_or_counted(chats in chats()) {
        let json = Value::Object(chats.iter().map(|(jid, chat)| ((*jid).to_owned(), chat.clone())).collect());
        let expected: u64 = json.as_object().into_iter().flatten().map(|(_, chat)| rows(chat)).sum();
        let store = read_json(&json).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(accounted(&store), expected, "{:?}", store.left_out);
        check(&store)?;
    }

    #[test]
    fn rows_of_the_telegram_like_format_are_messages_or_counted(chat in telegram()) {
        // What distinguishes the format is in every file.
        let mut chat = chat;
        chat["about"] = json!({"text_entities": [], "date_unixtime": 1, "from_id": "user"});
        let expected = chat.get("messages").and_then(Value::as_array).map_or(0, Vec::len);
        let store = read_json(&chat).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(accounted(&store), expected as u64, "{:?}", store.left_out);
        check(&store)?;
    }
}
