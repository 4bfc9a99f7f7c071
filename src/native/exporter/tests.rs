//! JSON of other versions, of the Telegram-like format, and truncated JSON.

use super::*;

fn read_text(name: &str, text: &str) -> Result<Store, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut store = read(&path)?;
    super::super::people::finalize(&mut store.chats);
    Ok(store)
}

/// Everything except an id, a direction, a time and a text may be absent or of another type.
#[test]
fn values_of_unexpected_types_do_not_lose_a_chat() {
    let usual = serde_json::json!({
        "from_me": false, "timestamp": 1_735_732_800.5, "time": "13:00", "media": false,
        "key_id": "3A00000000000000AA01", "meta": false, "data": "hello", "sender": null,
        "safe": false, "mime": null, "message_type": 0, "reply": null, "quoted_data": null,
        "caption": null, "thumb": null, "sticker": false, "reactions": {},
    });
    let with = |field: &str, value: serde_json::Value| {
        let mut odd = usual.clone();
        odd[field] = value;
        let chat = serde_json::json!({
            "353861234501@s.whatsapp.net": {"name": "Ben", "type": "android",
                "messages": {"2": odd, "3": usual, "4": null}},
            "353861234502@s.whatsapp.net": {"name": null, "messages": null},
            "353861234503@s.whatsapp.net": {"name": 5, "messages": []},
        });
        let store = read_text("result.json", &chat.to_string());
        store.unwrap_or_else(|error| panic!("{field}: {error}"))
    };
    for (field, value) in usual.as_object().unwrap() {
        let nothing = with(field, serde_json::Value::Null);
        let gone = usize::from(field == "timestamp");
        assert_eq!(nothing.chats[0].messages.len(), 2 - gone, "{field}");
        // The row that is null has no content.
        assert_eq!(nothing.left_out.len(), 1 + gone, "{field}");
        let number = with(field, serde_json::json!(5));
        assert_eq!(number.chats[0].messages.len(), 2 - gone, "{field}: {value}");
    }
    let number = with("data", serde_json::json!(5));
    assert_eq!(number.chats[0].messages[0].text, "5");
}

#[test]
fn messages_in_a_list_are_read() {
    let message = |at: i64| serde_json::json!({"from_me": true, "timestamp": 1_735_732_800 + at, "key_id": format!("3A0{at}"), "data": "x"});
    let chats =
        serde_json::json!({"353861234501@s.whatsapp.net": {"messages": [message(1), message(2)]}});
    let store = read_text("result.json", &chats.to_string()).unwrap();
    assert_eq!(store.chats[0].messages.len(), 2);
}

#[test]
fn chat_or_message_that_is_no_object_is_counted() {
    let chats = serde_json::json!({
        "353861234501@s.whatsapp.net": {"messages": {
            "1": "words", "2": {"from_me": true, "timestamp": 1_735_732_800, "key_id": "3A02", "data": "x"}}},
        "353861234502@s.whatsapp.net": 5,
    });
    let store = read_text("result.json", &chats.to_string()).unwrap();
    assert_eq!(store.chats[0].messages.len(), 1);
    assert_eq!(store.left_out, [("without content", 2)]);
}

#[test]
fn telegram_like_messages_without_a_number_are_all_kept() {
    let message = |text: &str| serde_json::json!({"date_unixtime": 1_735_732_800, "from_id": "userAl", "text": text, "text_entities": []});
    let chat = serde_json::json!({"name": "Al", "type": "personal_chat", "id": 1203,
        "messages": [message("one"), message("two"), null]});
    let store = read_text("Al.json", &chat.to_string()).unwrap();
    assert_eq!(store.chats[0].messages.len(), 2);
    assert_eq!(store.left_out, [("without content", 1)]);
}

#[test]
fn sender_with_ambiguous_name_has_no_number() {
    let message = |key: &str, sender: &str| {
        serde_json::json!({"from_me": false, "timestamp": 1_735_732_800, "key_id": key,
            "data": "hi", "sender": sender})
    };
    let chats = serde_json::json!({
        "353861234501@s.whatsapp.net": {"name": "Ben", "messages": {}},
        "353861234502@s.whatsapp.net": {"name": "Ben", "messages": {}},
        "353861234503@s.whatsapp.net": {"name": "Cara", "messages": {}},
        "120363041234567890@g.us": {"name": "Team", "messages": {
            "1": message("3A01", "Ben"), "2": message("3A02", "Cara")}},
    });
    let store = read_text("result.json", &chats.to_string()).unwrap();
    let participants = &store.chats[0].participants;
    assert_eq!(participants[1].phone, None);
    assert_eq!(participants[2].phone.as_deref(), Some("+353861234503"));
}

#[test]
fn telegram_like_format_reads_like_default_format() {
    let expected = [
        ("Message deleted", Kind::Deleted),
        ("The media is missing", Kind::MediaOmitted),
        ("WhatsApp/Media/WhatsApp Images/a b.jpg", Kind::Media),
        ("Location shared: (52.52, 13.405)", Kind::Location),
        (
            "This media include the following vCard file(s):<br><a href=\"WhatsApp/vCards/C.vcf\">Carl Card</a>",
            Kind::Contact,
        ),
        ("A voice call was missed", Kind::Call),
        ("Al created a group with name: \"Team\"", Kind::System),
        ("see http://x.y/Media/a.jpg", Kind::Text),
        ("one <br>two", Kind::Text),
    ];
    let messages: Vec<_> = (1..)
        .zip(expected)
        .map(|(id, (text, _))| {
            serde_json::json!({"id": id, "type": "message", "date_unixtime": 1_735_732_800 + id,
                "from": "Al", "from_id": "userAl", "reply_to_message_id": 1, "text": text,
                "text_entities": []})
        })
        .collect();
    let chat = serde_json::json!({"name": "Team", "type": "private_group", "id": 1203,
        "messages": messages});
    let store = read_text("Team.json", &chat.to_string()).unwrap();
    let chat = &store.chats[0];
    let kinds: Vec<Kind> = chat.messages.iter().map(|m| m.kind).collect();
    assert_eq!(kinds, expected.map(|(_, kind)| kind));
    assert_eq!(chat.messages[4].text, "Carl Card");
    assert_eq!(chat.messages[2].files[0].name, "a b.jpg");
    assert_eq!(chat.messages[8].text, "one\ntwo");
    assert_eq!(chat.ids().derived, 9);
    let read = chat.chat();
    assert!(read.messages.iter().all(|m| m.native_id().is_none()));
    // Replies are linked within the file.
    let first = read.messages[0].known_as()[0].clone();
    assert_eq!(
        read.messages[8].quoted().and_then(|q| q.id.clone()),
        Some(first)
    );
}

#[test]
fn captions_and_missing_files_are_kept() {
    let row = |number: i64, data: &str, caption: Option<&str>| {
        serde_json::json!({"from_me": false, "timestamp": 1_735_732_800, "key_id": format!("3A{number}"),
            "media": true, "mime": "media", "message_type": number, "data": data, "caption": caption})
    };
    let chats = serde_json::json!({"353861234501@s.whatsapp.net": {"name": "Ben", "messages": {
        "1": row(42, "The media is missing", Some("one <br>two")),
        "2": row(43, "Media/a.mp4", None),
        "3": row(120, "The media is missing", None),
    }}});
    let store = read_text("result.json", &chats.to_string()).unwrap();
    let read: Vec<_> = (store.chats[0].messages.iter())
        .map(|m| (m.kind, m.text.as_str(), m.files.len()))
        .collect();
    assert_eq!(
        read,
        [
            (Kind::ViewOnce, "one\ntwo", 0),
            (Kind::ViewOnce, "", 0),
            (Kind::MediaOmitted, "", 0)
        ]
    );
    assert_eq!(store.unknown_types.len(), 0);
}

#[test]
fn truncated_json_is_reported() {
    let cut = "{\"1@s.whatsapp.net\": {\"name\": \"Al\",\n \"messages\": {\"1\": {\"key_id\": \"3A";
    let error = read_text("Al.json", cut).unwrap_err();
    assert!(matches!(error, Error::CutJson { line: 2, .. }), "{error}");
}

/// A file with one chat of this platform, and these rows with their type numbers.
fn read_rows(platform: &str, jid: &str, rows: &[(i64, serde_json::Value)]) -> Vec<NativeMessage> {
    let rows: serde_json::Map<String, serde_json::Value> = (1..)
        .zip(rows)
        .map(|(row, (number, fields))| {
            let mut message = serde_json::json!({"from_me": false, "timestamp": 1_735_732_800 + row * 60,
                "key_id": format!("3A{row:018}"), "message_type": number});
            for (key, value) in fields.as_object().unwrap() {
                message[key] = value.clone();
            }
            (row.to_string(), message)
        })
        .collect();
    let chats = serde_json::json!({jid: {"name": "Ben", "type": platform, "messages": rows}});
    let mut store = read_text("result.json", &chats.to_string()).unwrap();
    store.chats.remove(0).messages
}

fn kinds_and_texts(messages: &[NativeMessage]) -> Vec<(Kind, &str)> {
    (messages.iter())
        .map(|m| (m.kind, m.text.as_str()))
        .collect()
}

#[test]
fn captions_of_rows_without_a_file_are_kept() {
    let rows = [
        (45, serde_json::json!({"data": null, "caption": "Our menu"})),
        (85, serde_json::json!({"caption": "words"})),
        (25, serde_json::json!({"data": "body", "caption": "footer"})),
        (85, serde_json::json!({"data": null, "caption": null})),
    ];
    let read = read_rows("android", "353861234501@s.whatsapp.net", &rows);
    let texts = [
        (Kind::Text, "Our menu"),
        (Kind::Text, "words"),
        (Kind::Text, "body\nfooter"),
    ];
    assert_eq!(kinds_and_texts(&read), texts);
}

#[test]
fn call_of_an_iphone_is_not_an_event() {
    let rows = [
        (59, serde_json::json!({"data": "A call", "meta": true})),
        (59, serde_json::json!({"data": "A call"})),
        (59, serde_json::json!({"data": "Summer party"})),
        (0, serde_json::json!({"data": "A call"})),
    ];
    let read = read_rows("ios", "353861234501@s.whatsapp.net", &rows);
    let kinds: Vec<Kind> = read.iter().map(|m| m.kind).collect();
    assert_eq!(kinds, [Kind::Call, Kind::Call, Kind::Event, Kind::Text]);
    let event = [(92, serde_json::json!({"data": "A call"}))];
    let read = read_rows("android", "353861234501@s.whatsapp.net", &event);
    assert_eq!(kinds_and_texts(&read), [(Kind::Event, "EVENT: A call")]);
}

#[test]
fn mention_of_a_hidden_id_is_shown_by_the_name_of_its_sender() {
    let rows = [
        (
            0,
            serde_json::json!({"data": "see @184069530861739", "sender": "Rita"}),
        ),
        (
            0,
            serde_json::json!({"data": "yes", "sender": "184069530861739"}),
        ),
    ];
    let read = read_rows("android", "120363041234567890@g.us", &rows);
    let shown = read[0].text.strip_prefix("see @Unknown participant ");
    assert!(
        shown.is_some_and(|code| code.len() == 6),
        "{}",
        read[0].text
    );
}
