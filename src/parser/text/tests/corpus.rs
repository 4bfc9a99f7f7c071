//! Every observed line of the corpus that WhatsApp writes, or wrote before 2018, in a file of its own.

use serde_json::Value;

use super::{decoded, read};
use crate::chat::{Chat, DateOrder, Kind, MediaKind, Message};
use crate::parser::text::marks;

const LINES: &str = include_str!("../../../../tests/data/export-lines.jsonl");

fn order(case: &Value) -> Option<DateOrder> {
    match case["date_order"].as_str()? {
        "dmy" => Some(DateOrder::Dmy),
        "mdy" => Some(DateOrder::Mdy),
        _ => Some(DateOrder::Ymd),
    }
}

fn text_of(case: &Value) -> String {
    let mut text = case["header_line"].as_str().unwrap().to_owned();
    for line in case["continuation"].as_array().into_iter().flatten() {
        text.push('\n');
        text.push_str(line.as_str().unwrap());
    }
    text.push('\n');
    text
}

fn check(id: &str, expect: &Value, chat: &Chat<'_>, message: &Message<'_>) {
    let wanted = match expect["kind"].as_str().unwrap() {
        "empty" => "unsupported",
        kind => kind,
    };
    assert_eq!(message.kind.word(), wanted, "{id}: kind");
    let sender = chat.sender_of(message);
    assert_eq!(
        sender.map(|p| p.name.as_ref()),
        expect["sender"].as_str(),
        "{id}: sender"
    );
    if let Some(unsaved) = expect["sender_unsaved"].as_bool() {
        assert_eq!(sender.is_some_and(|p| p.unsaved), unsaved, "{id}: unsaved");
    }
    let time = message.local_time.format("%Y-%m-%dT%H:%M:%S").to_string();
    let local = expect["local_datetime"].as_str().unwrap();
    // A timestamp without a year: the corpus gives month and day.
    let time = match local.strip_prefix("--") {
        Some(_) => format!("--{}", &time[5..]),
        None => time,
    };
    assert!(
        time == local || time == format!("{local}:00"),
        "{id}: {time} is not {local}"
    );
    assert_eq!(
        message.edited,
        expect["edited"].as_bool().unwrap_or(false),
        "{id}: edited"
    );
    if let Some(wanted) = expect["media_type"].as_str() {
        let omitted = message.omitted().into_iter();
        let attached = message.attachments().iter().map(|file| file.media);
        let kinds: Vec<&str> = omitted.chain(attached).map(MediaKind::word).collect();
        let wanted = match wanted {
            "photo" => "image",
            "video_note" => "video",
            wanted => wanted,
        };
        assert_eq!(kinds, [wanted], "{id}: media");
    }
    if expect["outgoing"] == true {
        assert_eq!(chat.owner, message.sender, "{id}: owner");
    }
    let text = marks::without(&message.text);
    if let Some(file) = expect["file"].as_str() {
        assert_eq!(message.attachments().len(), 1, "{id}: one file");
        assert_eq!(message.attachments()[0].name, file, "{id}: file");
        assert_eq!(
            text,
            expect["caption"].as_str().unwrap_or(""),
            "{id}: caption"
        );
    } else if matches!(
        message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::Contact
    ) {
        assert_eq!(
            text,
            expect["caption"].as_str().unwrap_or(""),
            "{id}: caption"
        );
    } else if let Some(body) = expect["body"].as_str().or(expect["full_body"].as_str()) {
        assert_eq!(text, body, "{id}: body");
    }
    if let Some(mentions) = expect["mentions"].as_array() {
        let found: Vec<&str> = message
            .mentions()
            .iter()
            .map(|m| &message.text[m.start as usize..m.end as usize])
            .collect();
        let wanted: Vec<&str> = mentions.iter().filter_map(Value::as_str).collect();
        assert_eq!(found, wanted, "{id}: mentions");
    }
}

/// Name of the archive: notices of a group have its subject as sender.
fn chat_name(expect: &Value) -> &str {
    match expect["header_sender"].as_str() {
        Some("Harbour Walks") => "Harbour Walks",
        _ => "",
    }
}

/// The lines of transcripts; lines of a `chat.md` have a test of their own.
fn cases() -> Vec<Value> {
    every_case()
        .filter(|case| case["locale"] != "any (chat.md)")
        .collect()
}

fn every_case() -> impl Iterator<Item = Value> {
    LINES
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
}

#[test]
fn every_line_reads_as_observed() {
    let mut checked = 0;
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        let expect = &case["expect"];
        if matches!(expect["kind"].as_str(), Some("not_header" | "preamble")) {
            continue;
        }
        let text = decoded(text_of(&case));
        let chat = read(&text, chat_name(expect), &[], order(&case));
        assert_eq!(chat.messages.len(), 1, "{id}");
        check(id, expect, &chat, &chat.messages[0]);
        checked += 1;
    }
    assert_eq!(checked, 525);
}

/// The same in the middle of a file: the lines around it do not matter.
#[test]
fn every_line_reads_the_same_between_others() {
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        if matches!(
            case["expect"]["kind"].as_str(),
            Some("not_header" | "preamble")
        ) {
            continue;
        }
        let line = text_of(&case);
        let text = decoded(format!("{line}{line}{line}"));
        let chat = read(&text, chat_name(&case["expect"]), &[], order(&case));
        assert_eq!(chat.messages.len(), 3, "{id}");
        for message in &chat.messages {
            check(id, &case["expect"], &chat, message);
        }
    }
}

#[test]
fn line_of_other_shape_is_text() {
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        if case["expect"]["kind"] != "not_header" {
            continue;
        }
        let pasted = case["header_line"].as_str().unwrap();
        let (before, after) = match case["platform"].as_str().unwrap() {
            "ios" => (
                "[20/07/2023, 11:21:09] Anna: before",
                "[21/07/2023, 11:21:09] Ben: after",
            ),
            _ => (
                "20/07/2023, 11:21 - Anna: before",
                "21/07/2023, 11:21 - Ben: after",
            ),
        };
        let text = decoded(format!("{before}\n{pasted}\n{after}\n"));
        let chat = read(&text, "", &[], None);
        assert_eq!(chat.messages.len(), 2, "{id}");
        assert_eq!(chat.messages[0].text, format!("before\n{pasted}"), "{id}");
        assert_eq!(chat.messages[0].kind, Kind::Text, "{id}");
        assert_eq!(chat.messages[1].text, "after", "{id}");
        assert_eq!(
            (chat.lines.headers, chat.lines.continuations),
            (2, 1),
            "{id}"
        );
    }
}

/// The lines of a `chat.md`, each in a file of its own.
#[test]
fn every_line_of_a_markdown_reads_as_observed() {
    let mut checked = 0;
    for case in every_case().filter(|case| case["locale"] == "any (chat.md)") {
        let id = case["id"].as_str().unwrap();
        let expect = &case["expect"];
        let day = "# WhatsApp Chat Export: Harbour Walks\n\n## September 18, 2026\n\n";
        let text = decoded(format!("{day}{}", text_of(&case)));
        let chat = read(&text, "", &[], None);
        let [message] = chat.messages.as_slice() else {
            panic!("{id}: one message");
        };
        let time = message.local_time.format("T%H:%M").to_string();
        assert_eq!(
            Some(time.as_str()),
            expect["local_datetime"].as_str(),
            "{id}"
        );
        let sender = chat.sender_of(message).map(|p| p.name.as_ref());
        assert_eq!(sender, expect["sender"].as_str(), "{id}");
        assert_eq!(
            Some(message.text.as_ref()),
            expect["full_body"].as_str(),
            "{id}"
        );
        let quoted = message.quoted().and_then(|quoted| quoted.text.as_deref());
        assert_eq!(quoted, expect["reply_to_text"].as_str(), "{id}");
        checked += 1;
    }
    assert_eq!(checked, 1);
}
