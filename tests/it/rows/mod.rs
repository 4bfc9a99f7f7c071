//! Rows of databases and exporter JSON by their type: what is posted, what is left out and counted, and the texts that
//! are stored next to a message.

mod archives;
mod people;
mod texts;
mod types;

use std::path::Path;

use serde_json::{Value, json};

use crate::kit::databases::BEGIN;
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World, folder};

const RITA: &str = "447700900101@s.whatsapp.net";

/// A migration with one contact, whose chat is called after the number.
fn world(name: &str) -> World {
    let mut built = Built::new(Vec::new());
    let row = format!("{name},{name},contact,+447700900101,lead_rita,cont_rita,,\n");
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.world()
}

/// The messages of an archive, as `parse` prints them.
fn parsed(path: &Path) -> Vec<Value> {
    let scratch = folder();
    let arguments = ["parse", path.to_str().expect("text")];
    let running = crate::kit::Running::start(&arguments, scratch.path(), &[]);
    let output = running.wait().exits(0);
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// What `inspect` counts as left out of an archive, by label.
fn left_out(path: &Path) -> Value {
    let scratch = folder();
    let arguments = ["inspect", "--json", path.to_str().expect("text")];
    let running = crate::kit::Running::start(&arguments, scratch.path(), &[]);
    let output = running.wait();
    let view: Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
    view["stores"][0]["left_out"].clone()
}

/// The texts that an import of the archives of a world posts, in the order of their times.
fn posted(world: &World) -> Vec<String> {
    world.import().exits(0);
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    messages
        .into_iter()
        .map(|message| message.markdown)
        .collect()
}

/// An exporter's row: type number and text.
fn exported(number: i64, data: Option<&str>) -> Value {
    json!({"from_me": false, "media": false, "meta": false, "data": data, "sender": null, "safe": false,
        "mime": null, "message_type": number, "reply": null, "quoted_data": null, "caption": null,
        "thumb": null, "sticker": false, "reactions": {}})
}

/// JSON of WhatsApp-Chat-Exporter 0.13 with these rows in one chat.
fn exporter(path: &Path, platform: &str, rows: Vec<Value>) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let messages: serde_json::Map<String, Value> = (2i64..)
        .zip(rows)
        .map(|(number, mut row)| {
            let length = if platform == "ios" { 15 } else { 18 };
            row["key_id"] = format!("3A{:0length$X}", 0xC0000 + number).into();
            row["timestamp"] = (BEGIN + 60 * number).into();
            (number.to_string(), row)
        })
        .collect();
    let all = json!({RITA: {"name": "Rita Sol", "type": platform, "my_avatar": null, "their_avatar": null,
        "their_avatar_thumb": null, "status": null, "media_base": "", "messages": messages}});
    std::fs::write(path, all.to_string()).expect("written");
}
