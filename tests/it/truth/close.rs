//! What an import into an empty lead leaves behind: Close's list and the checkpoint. After the
//! contract and the design; the reading of Close's texts belongs into the program.

use std::collections::HashMap;

use chrono::DateTime;

use super::conversation::{Conversation, MINUTE};
use super::recorded::{Class, Recorded, State};
use super::sources::Export;

/// The rows of the checkpoint: what was imported, with all that the archive holds of it. A message
/// that was deleted before its import is left out (`deleted_before_import = "skip"`).
pub(super) fn checkpoint(of: &Conversation, export: &Export) -> Vec<Recorded> {
    let mut rows: Vec<Recorded> = export.recorded(of);
    rows.retain(|row| row.state != State::Deleted);
    let mut ordinals: HashMap<Vec<String>, usize> = HashMap::new();
    let mut stamps: HashMap<i64, i64> = HashMap::new();
    for (place, row) in rows.iter_mut().enumerate() {
        let id = match row.ids.first() {
            Some(id) => id.clone(),
            None => {
                let fields = fields(of, row);
                let ordinal = ordinals.entry(fields.clone()).or_default();
                *ordinal += 1;
                derived(&fields, *ordinal - 1)
            }
        };
        row.ids = vec![id];
        // `activity_at` is the instant, plus k milliseconds for the k-th line of the same stamp.
        let same = stamps.entry(row.at).or_default();
        row.at += *same;
        *same += 1;
        row.local = None;
        row.imported = true;
        row.place = place;
    }
    rows
}

/// Close's list: as the checkpoint, but no mark of an edit, no hash of a file, and an author only
/// where the text names one, in a group.
pub(super) fn listed(of: &Conversation, export: &Export) -> Vec<Recorded> {
    let mut rows = checkpoint(of, export);
    for row in &mut rows {
        row.marks_edits = false;
        if row.state == State::Edited {
            row.state = State::Plain;
        }
        if of.subject.is_none() {
            row.author = None;
        }
        for file in &mut row.files {
            file.crc = None;
        }
    }
    // A list has no order of its own but that of the instants.
    rows.sort_by_key(|row| row.at);
    for (place, row) in rows.iter_mut().enumerate() {
        row.place = place;
    }
    rows
}

/// The first five fields of a derived id (design, external ids). The spelling of the minute is this
/// file's own: only that equal fields give equal ids matters here.
fn fields(of: &Conversation, row: &Recorded) -> Vec<String> {
    let author = &of.people[of.messages[row.truth].author];
    let chat = match &of.subject {
        Some(subject) => subject.clone(),
        None => {
            let mut numbers: Vec<&str> = of.people.iter().map(|who| who.phone.as_str()).collect();
            numbers.sort_unstable();
            numbers.join("|")
        }
    };
    let minute = DateTime::from_timestamp_millis(row.at - row.at.rem_euclid(MINUTE));
    let words = row.body.as_deref().unwrap_or_default();
    let body = match row.class {
        Class::Text => format!("text:{words}"),
        Class::File => "media".to_owned(),
        Class::Poll => format!("poll:{words}"),
        Class::Place => "location".to_owned(),
        Class::Card => "contact".to_owned(),
        Class::Unknown => "deleted".to_owned(),
    };
    vec![
        "chatferry/1".to_owned(),
        chat,
        author.phone.clone(),
        minute
            .expect("a time of our days")
            .format("%Y-%m-%dT%H:%MZ")
            .to_string(),
        body,
    ]
}

fn derived(fields: &[String], ordinal: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for field in fields.iter().chain([&ordinal.to_string()]) {
        let length = u32::try_from(field.len()).expect("a short field");
        hasher.update(&length.to_le_bytes());
        hasher.update(field.as_bytes());
    }
    let hash = hasher.finalize();
    let text = data_encoding::BASE32_NOPAD.encode(&hash.as_bytes()[..16]);
    format!("cf1-{}", text.to_lowercase())
}
