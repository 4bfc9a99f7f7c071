//! Webhook logs: where the webhook is in the JSON, ids that are missing, what the words of a message are, and what is
//! counted instead of read.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::World;
use crate::kit::world::{HEADER, me};

pub(super) const OWN: &str = "4915112345678";
const NUMBER: &str = "447700900101";

/// A world with the owner's row, and no archive.
pub(super) fn world() -> World {
    let world = super::world();
    world.write("contacts.csv", &format!("{HEADER}{}", me()));
    world
}

/// A row for the customer.
fn rita(world: &World) {
    let row = "Rita Sol,Rita Sol,contact,+44 7700 900101,lead_2,cont_2,,\n";
    world.write("contacts.csv", &format!("{HEADER}{}{row}", me()));
}

/// The seconds of a minute, as webhooks write them.
pub(super) fn at(minute: i64) -> String {
    (1_782_000_000 + minute * 60).to_string()
}

/// A text without a sender.
pub(super) fn text(id: &str, minute: i64, words: &str) -> Value {
    json!({"id": id, "timestamp": at(minute), "type": "text", "text": {"body": words}})
}

/// A value with these lists.
pub(super) fn value(mut lists: Value) -> Value {
    lists["messaging_product"] = "whatsapp".into();
    lists["metadata"] = json!({"display_phone_number": OWN, "phone_number_id": "9"});
    lists
}

fn envelope(value: &Value) -> Value {
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
}

/// A webhook with one message of the customer.
fn webhook(message: &Value) -> Value {
    let mut message = message.clone();
    if message["from"].is_null() {
        message["from"] = NUMBER.into();
    }
    envelope(&value(json!({"messages": [message],
        "contacts": [{"profile": {"name": "Rita Sol"}, "wa_id": NUMBER}]})))
}

/// Replaces the archives by logs of these values, a webhook a line.
pub(super) fn log(world: &World, files: &[Vec<&Value>]) {
    let exports = world.exports();
    fs::remove_dir_all(&exports).expect("removed");
    fs::create_dir(&exports).expect("made");
    for (number, values) in files.iter().enumerate() {
        let lines: Vec<String> = (values.iter())
            .map(|value| match value.get("entry") {
                Some(_) => value.to_string(),
                None => envelope(value).to_string(),
            })
            .collect();
        let path = exports.join(format!("{number}.jsonl"));
        fs::write(path, lines.join("\n")).expect("written");
    }
}

/// Replaces the archives by one file with this text.
fn file(world: &World, text: &str) {
    log(world, &[]);
    fs::write(world.exports().join("log.json"), text).expect("written");
}

pub(super) fn parsed(world: &World) -> Vec<Value> {
    let output = world.run(&["parse", "exports"]).exits(0);
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

pub(super) fn inspected(world: &World) -> Value {
    let output = world.run(&["inspect", "exports", "--json"]).exits(0);
    serde_json::from_str(&output.stdout).expect("JSON")
}

fn texts(world: &World) -> Vec<String> {
    let texts = parsed(world).into_iter();
    texts
        .map(|line| line["text"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn webhook_is_read_at_any_depth() {
    let world = world();
    let bare = value(json!({"messages": [text("wamid.A", 1, "hello")],
        "contacts": [{"profile": {"name": "Rita Sol"}, "wa_id": NUMBER}]}));
    for inner in [webhook(&text("wamid.A", 1, "hello")), bare] {
        let string = inner.to_string();
        for json in [
            json!({"headers": {"host": "x"}, "params": {}, "query": {}, "body": inner}),
            json!([{"headers": {}, "body": inner}]),
            json!({"payload": inner}),
            json!({"data": [{"body_params": inner}]}),
            json!({"event": {"payload": {"data": {"body": [inner]}}}}),
            json!({"httpMethod": "POST", "body": string}),
            json!({"Records": [{"messageId": "1", "body": json!({"payload": string}).to_string()}]}),
            json!({"body": inner, "rawBody": string}),
        ] {
            file(&world, &json.to_string());
            let read = parsed(&world);
            assert_eq!(read.len(), 1, "{json}");
            assert_eq!(read[0]["text"], "hello", "{json}");
            assert_eq!(read[0]["chat"], "Rita Sol", "{json}");
        }
    }
}

#[test]
fn json_without_a_webhook_is_refused_with_what_it_seems_to_be() {
    let world = world();
    for (json, seems) in [
        (
            json!({"messaging_product": "whatsapp", "to": NUMBER, "type": "text", "text": {"body": "hi"}}),
            "requests to the Cloud API",
        ),
        (
            json!({"object": "whatsapp_business_account", "entry": []}),
            "a webhook of the Cloud API without changes",
        ),
        (
            json!({"settings": {"messaging_product": "whatsapp"}}),
            "JSON of another program",
        ),
        (json!([{"role": "user", "content": "words"}]), "JSON"),
    ] {
        file(&world, &json.to_string());
        for command in ["parse", "inspect"] {
            let output = world.run(&[command, "exports/log.json"]).exits(3);
            output.says(seems);
            assert!(!output.stderr.contains(NUMBER), "{}", output.stderr);
        }
    }
}

/// Lists of a webhook in which a message may lack its id.
fn lists(messages: &[Value]) -> Vec<(&'static str, Value)> {
    let of = |fields: Value| {
        let each = messages.iter().map(|message| {
            let mut message = message.clone();
            for (field, value) in fields.as_object().expect("fields") {
                message[field] = value.clone();
            }
            message
        });
        Value::Array(each.collect())
    };
    let thread = json!({"id": NUMBER, "messages": of(json!({"from": NUMBER}))});
    vec![
        (
            "messages",
            value(json!({"messages": of(json!({"from": NUMBER}))})),
        ),
        (
            "message_echoes",
            value(json!({"message_echoes": of(json!({"from": OWN, "to": NUMBER}))})),
        ),
        (
            "history",
            value(json!({"history": [{"threads": [thread]}]})),
        ),
    ]
}

#[test]
fn messages_without_ids_are_never_folded() {
    for id in [None, Some(json!("")), Some(json!(" ")), Some(Value::Null)] {
        let of = |words: &str| {
            let mut message = text("", 1, words);
            match &id {
                Some(id) => message["id"] = id.clone(),
                None => drop(message.as_object_mut().expect("fields").remove("id")),
            }
            message
        };
        let messages = [of("one"), of("two"), of("two"), text("wamid.A", 1, "two")];
        for (list, value) in lists(&messages) {
            let world = world();
            log(&world, &[vec![&value]]);
            let case = format!("{list}, {id:?}");
            assert_eq!(texts(&world), ["one", "two", "two", "two"], "{case}");
            // One webhook a file.
            let files: Vec<Value> = (messages.iter())
                .map(|message| lists(std::slice::from_ref(message)))
                .filter_map(|all| all.into_iter().find(|(name, _)| *name == list))
                .map(|(_, value)| value)
                .collect();
            log(
                &world,
                &files.iter().map(|value| vec![value]).collect::<Vec<_>>(),
            );
            let row = format!("+{NUMBER},+{NUMBER},contact,+{NUMBER},lead_2,cont_2,,\n");
            world.write("contacts.csv", &format!("{HEADER}{}{row}", me()));
            let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
            assert_eq!(plan.stdout.lines().count(), 4, "{case}: {}", plan.stdout);
            let mut ids: Vec<&str> = (plan.stdout.split("\"external_whatsapp_message_id\":\""))
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 4, "{case}: {}", plan.stdout);
        }
    }
}

/// A whole log that is there twice is one log, although its messages have no ids.
#[test]
fn copy_of_a_log_without_ids_is_seen_again() {
    let world = world();
    rita(&world);
    let lines = [webhook(&text("", 1, "one")), webhook(&text("", 2, "two"))];
    let lines: Vec<&Value> = lines.iter().collect();
    log(&world, &[lines.clone(), lines]);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("4 read = 2 distinct + 2 seen again");
}

/// Ids that are derived are the same in every run.
#[test]
fn import_of_messages_without_ids_is_repeatable() {
    let world = world();
    world.write(
        "contacts.csv",
        &format!(
            "{HEADER}{}{}",
            me(),
            crate::kit::scenes::ben().contact_row()
        ),
    );
    let from = json!({"profile": {"name": "Ben Cooper"}, "wa_id": "353861234501"});
    let each: Vec<Value> = ["one", "two", "two"]
        .iter()
        .map(|words| {
            let mut message = text("", 1, words);
            message["from"] = "353861234501".into();
            value(json!({"messages": [message], "contacts": [from]}))
        })
        .collect();
    log(
        &world,
        &each.iter().map(|value| vec![value]).collect::<Vec<_>>(),
    );
    assert_eq!(world.import().exits(0).number("created"), 3);
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("unchanged")), (0, 3));
}

#[test]
fn answers_orders_buttons_and_cards_keep_their_words() {
    let world = world();
    for (kind, content, has) in [
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent",
                "response_json": "{\"visit_day\": \"2026-07-01\", \"guests\": 4, \"flow_token\": \"x\"}"}}),
            vec!["visit_day: 2026-07-01", "guests: 4"],
        ),
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "address_message", "body": "Sent",
                "response_json": {"values": {"city": "Cork", "name": "Rita"}}}}),
            vec!["city: Cork", "name: Rita"],
        ),
        (
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "1", "title": "At noon", "description": "12:00"}}),
            vec!["At noon"],
        ),
        (
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "1", "title": "Call me"}}),
            vec!["Call me"],
        ),
        (
            "button",
            json!({"text": "Stop", "payload": "STOP"}),
            vec!["Stop"],
        ),
        (
            "order",
            json!({"catalog_id": "7", "text": "as last time", "product_items": [
                {"product_retailer_id": "CHAIR-2", "quantity": 2, "item_price": 40, "currency": "GBP"}]}),
            vec!["as last time", "2 x CHAIR-2", "40 GBP"],
        ),
        (
            "order",
            json!({"catalog_id": "7", "product_items": [{"product_retailer_id": "LAMP-1", "quantity": "1"}]}),
            vec!["1 x LAMP-1"],
        ),
        (
            "contacts",
            json!([{"name": {"first_name": "Carl", "last_name": "Card"}, "phones": [{"phone": "+1 555 0100"}]}]),
            vec!["Carl Card", "+1 555 0100"],
        ),
        (
            "contacts",
            json!([{"org": {"company": "Card Works"}}]),
            vec!["Card Works"],
        ),
        (
            "template",
            json!({"name": "ready", "components": [{"type": "BODY", "text": "Your chairs are ready."}]}),
            vec!["Your chairs are ready."],
        ),
        (
            "new_kind_of_text",
            json!({"body": "some words"}),
            vec!["some words"],
        ),
    ] {
        rita(&world);
        let message = json!({"id": "wamid.A", "timestamp": at(1), "type": kind, kind: content});
        log(&world, &[vec![&webhook(&message)]]);
        let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
        let posted: Value = serde_json::from_str(plan.stdout.trim()).expect("one activity");
        let words = posted["message_markdown"].as_str().expect("text");
        let plain = words.replace('\\', "");
        for part in has {
            assert!(plain.contains(part), "{kind}: {words}");
        }
        for wrong in ["cannot be shown", "does not show", "flow_token"] {
            assert!(!words.contains(wrong), "{kind}: {words}");
        }
    }
}

/// What is no message of the customer has a name and a number.
#[test]
fn everything_that_is_not_read_is_counted_under_a_name() {
    let world = world();
    rita(&world);
    let first = webhook(&text("wamid.A", 1, "hello"));
    let named = |what: &str, lists: Value| (what.to_owned(), envelope(&value(lists)));
    let of_customer = |fields: Value| {
        let mut message = fields;
        message["from"] = NUMBER.into();
        json!({"messages": [message]})
    };
    let cases = [
        ("delivered again".to_owned(), first.clone()),
        named(
            "reports of delivery",
            json!({"statuses": [{"id": "wamid.A", "status": "read"}]}),
        ),
        named(
            "reports of calls",
            json!({"calls": [{"id": "wacid.A", "event": "connect"}]}),
        ),
        named("reports of errors", json!({"errors": [{"code": 1}]})),
        named(
            "histories that the business did not share",
            json!({"history": [{"errors": [{"code": 2_593_109}]}]}),
        ),
        named(
            "with an impossible time",
            of_customer(json!({"id": "wamid.B", "type": "text", "text": {"body": "x"}})),
        ),
        named(
            "answers of the API to requests",
            json!({"messages": [{"id": "wamid.C"}]}),
        ),
        named(
            "without a customer",
            json!({"messages": [text("wamid.D", 2, "x")]}),
        ),
        named(
            "of groups without numbers",
            of_customer(
                json!({"id": "wamid.E", "group_id": "g", "timestamp": at(3), "type": "text", "text": {"body": "x"}}),
            ),
        ),
        named(
            "texts without content",
            of_customer(
                json!({"id": "wamid.K", "timestamp": at(9), "type": "text", "text": {"body": " "}}),
            ),
        ),
        named(
            "of unknown types without a text",
            of_customer(
                json!({"id": "wamid.F", "timestamp": at(4), "type": "novel", "novel": {"n": 1}}),
            ),
        ),
        named(
            "interactive messages, orders and templates without a text",
            of_customer(
                json!({"id": "wamid.J", "timestamp": at(8), "type": "interactive", "interactive":
                    {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}}),
            ),
        ),
        named(
            "of customers who opened the chat without writing",
            of_customer(json!({"id": "wamid.G", "timestamp": at(5), "type": "request_welcome"})),
        ),
        named(
            "edits, deletions and reactions that name no message",
            of_customer(
                json!({"id": "wamid.H", "timestamp": at(6), "type": "reaction", "reaction": {}}),
            ),
        ),
        named(
            "edits, deletions and reactions of messages that are not here",
            of_customer(
                json!({"id": "wamid.I", "timestamp": at(7), "type": "revoke", "revoke": {"original_message_id": "wamid.Z"}}),
            ),
        ),
        (
            "webhooks about other things than messages".to_owned(),
            json!({"object": "whatsapp_business_account",
            "entry": [{"changes": [{"field": "account_update", "value": {"event": "X"}}]}]}),
        ),
        (
            "JSON values without a webhook".to_owned(),
            json!({"note": "rotated"}),
        ),
    ];
    let everything: Vec<&Value> = std::iter::once(&first)
        .chain(cases.iter().map(|(_, value)| value))
        .collect();
    let lines: Vec<String> = everything.iter().map(|value| value.to_string()).collect();
    file(&world, &lines.join("\n"));
    assert_eq!(texts(&world), ["hello"]);
    let seen = inspected(&world);
    for (what, json) in &cases {
        assert_eq!(seen["stores"][0]["left_out"][what], 1, "{what}: {json}");
        world
            .run(&["plan", "--offline"])
            .exits(0)
            .says(&format!("1 {what}"));
    }
}

/// One id with two texts is two messages; a file that comes after its placeholder is one.
#[test]
fn one_id_with_two_texts_is_two_messages() {
    let world = world();
    let placeholder = json!({"id": "wamid.B", "timestamp": at(2), "type": "media_placeholder"});
    let file = json!({"id": "wamid.B", "timestamp": at(2), "type": "document", "document": {"id": "1", "filename": "plan.pdf"}});
    let values = [
        webhook(&text("wamid.A", 1, "one")),
        webhook(&text("wamid.A", 1, "other")),
        webhook(&placeholder),
        webhook(&file),
    ];
    log(&world, &[values.iter().collect()]);
    let read = parsed(&world);
    assert_eq!(read.len(), 3, "{read:?}");
    assert_eq!(read[0]["native_id"], "wamid.A");
    assert_eq!(read[1]["native_id"], Value::Null);
    assert_eq!(read[2]["attachments"][0]["name"], "plan.pdf");
}

/// Programs keep one file for each webhook.
#[test]
fn time_of_a_plan_grows_with_the_number_of_files() {
    let world = world();
    rita(&world);
    let took = |files: usize| -> Duration {
        let values: Vec<Value> = (0..files)
            .map(|number| webhook(&text(&format!("wamid.{number}"), number as i64, "words")))
            .collect();
        log(
            &world,
            &values.iter().map(|value| vec![value]).collect::<Vec<_>>(),
        );
        let plan = || {
            let begin = Instant::now();
            let output = world.run(&["plan", "--offline", "--details"]).exits(0);
            let shown = files.to_string().replace("3200", "3,200");
            output.says(&format!("{shown} desired = {shown} to create"));
            begin.elapsed()
        };
        plan().min(plan())
    };
    let (few, many) = (took(400), took(3200));
    assert!(many < few * 16, "{few:?} for 400 files, {many:?} for 3200");
}

/// Logs of several numbers of the business in one device: named with the remedy, as a device has one number.
#[test]
fn logs_of_several_business_numbers_are_named() {
    let world = world();
    rita(&world);
    let first = webhook(&text("wamid.A", 1, "one"));
    let mut second = webhook(&text("wamid.B", 2, "two"));
    log(&world, &[vec![&first, &first], vec![&first]]);
    let named = "webhooks of several numbers of the business";
    let output = world.run(&["plan", "--offline"]).exits(0);
    assert!(!output.stderr.contains(named), "{}", output.stderr);
    let metadata = "/entry/0/changes/0/value/metadata/display_phone_number";
    *second.pointer_mut(metadata).expect("a number") = "4915112345679".into();
    for files in [
        vec![vec![&first, &second]],
        vec![vec![&first], vec![&second]],
    ] {
        log(&world, &files);
        for arguments in [
            &["plan", "--offline"][..],
            &["doctor"],
            &["inspect", "exports"],
        ] {
            let output = world.run(arguments);
            output.says(named).says("make each number a [[device]]");
        }
    }
}
