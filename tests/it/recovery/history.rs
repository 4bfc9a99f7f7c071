//! The true conversation, what each source records of it, and what Close must hold of it.
//!
//! Here belong texts, exports and the comparison with Close. Never here: tests, configuration, or
//! anything that is read from the program.

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER, at};
use crate::kit::model::{self, Row};
use crate::kit::{Output, World, archive, store};

pub(super) const BEN: &str = "Ben Cooper";
pub(super) const NUMBER: &str = "+353861234501";
const JID: &str = "353861234501@s.whatsapp.net";

/// One true message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// Seconds from 13:00 in Berlin on the first of January 2025.
    pub(super) at: i64,
    /// The participant; [`OWNER`] for the phone's owner.
    pub(super) by: &'static str,
    pub(super) text: &'static str,
}

pub(super) const fn said(at: i64, by: &'static str, text: &'static str) -> Said {
    Said { at, by, text }
}

/// Twelve messages. Nine are sent in the last second of a minute, two in a row are equal.
pub(super) const TALK: [Said; 12] = [
    said(5, BEN, "Good morning Anna"),
    said(64, OWNER, "Good morning, how is the roof?"),
    said(119, BEN, "Two tiles are loose"),
    said(179, BEN, "ok"),
    said(239, BEN, "ok"),
    said(299, OWNER, "Shall I send somebody on Friday?"),
    said(359, BEN, "Friday suits me"),
    said(425, OWNER, "Then Friday at nine"),
    said(479, BEN, "Bring the long ladder"),
    said(539, OWNER, "The long one is rented out"),
    said(599, BEN, "Then the short one"),
    said(659, OWNER, "See you on Friday"),
];

/// The conversation after the sender of the message at this place has edited its text.
pub(super) fn edited(talk: &[Said], place: usize, text: &'static str) -> Vec<Said> {
    let mut talk = talk.to_vec();
    talk[place].text = text;
    talk
}

fn local(seconds: i64) -> chrono::NaiveDateTime {
    at("2025-01-01 13:00") + TimeDelta::seconds(seconds)
}

/// The transcript of an Android phone: minutes only. `mark` stands behind the text at these places.
pub(super) fn android(talk: &[Said], marks: &[(usize, &str)]) -> String {
    let line = |(place, said): (usize, &Said)| {
        let mark = marks.iter().find(|(marked, _)| *marked == place);
        let mark = mark.map_or("", |(_, mark)| mark);
        let stamp = local(said.at).format("%d/%m/%Y, %H:%M");
        format!("{stamp} - {}: {}{mark}\n", said.by, said.text)
    };
    talk.iter().enumerate().map(line).collect()
}

/// The transcript of an iPhone; `later` seconds are what it adds to each stamp.
pub(super) fn iphone(talk: &[Said], later: i64) -> String {
    let line = |said: &Said| {
        let stamp = local(said.at + later).format("%d/%m/%Y, %H:%M:%S");
        format!("[{stamp}] {}: {}\r\n", said.by, said.text)
    };
    talk.iter().map(line).collect()
}

/// Puts an Android transcript as a zip into `folder`.
pub(super) fn put_android(folder: &Path, chat: &str, text: &str) {
    let name = format!("WhatsApp Chat with {chat}");
    let zip = archive::zip_of(&[(format!("{name}.txt"), text.to_owned())]);
    fs::write(folder.join(format!("{name}.zip")), zip).expect("written");
}

/// Puts an iPhone transcript as a zip into `folder`.
pub(super) fn put_iphone(folder: &Path, chat: &str, text: &str) {
    let zip = archive::zip_of(&[("_chat.txt".to_owned(), text.to_owned())]);
    let name = format!("WhatsApp Chat - {chat}.zip");
    fs::write(folder.join(name), zip).expect("written");
}

/// Puts a `msgstore.db` with a chat of Ben's into `folder`.
pub(super) fn put_database(folder: &Path, talk: &[Said]) {
    let row = |(place, said): (usize, &Said)| {
        let id: &'static str = format!("3A00000000000000BB{place:02}").leak();
        match said.by {
            OWNER => store::Row::i(JID, id, said.at, said.text),
            _ => store::Row::they(JID, id, said.at, said.text),
        }
    };
    let rows: Vec<store::Row> = talk.iter().enumerate().map(row).collect();
    store::msgstore(folder, &rows, &[(JID, BEN)]);
}

/// Takes all exports out of `folder`.
pub(super) fn clear(folder: &Path) {
    fs::remove_dir_all(folder).expect("removed");
    fs::create_dir(folder).expect("made");
}

/// What Close must hold of a message between Anna and Ben.
pub(super) fn row(said: &Said) -> Row {
    let utc: DateTime<Utc> = local(said.at).and_utc() - TimeDelta::hours(1);
    Row {
        lead: "lead_01".to_owned(),
        at: utc,
        contact: "cont_01".to_owned(),
        user: OWNER_USER.to_owned(),
        direction: match said.by {
            OWNER => "outgoing",
            _ => "incoming",
        }
        .to_owned(),
        local: OWNER_PHONE.to_owned(),
        remote: NUMBER.to_owned(),
        text: said.text.to_owned(),
        files: Vec::new(),
        answers: None,
    }
}

pub(super) fn rows(talk: &[Said]) -> Vec<Row> {
    talk.iter().map(row).collect()
}

/// An Android phone cuts the seconds off, an iPhone may be two seconds late.
fn is_near(one: DateTime<Utc>, other: DateTime<Utc>) -> bool {
    (one - other).abs() <= TimeDelta::seconds(62)
}

/// Close holds each of these once and nothing else; times may differ by what a source cuts off.
#[track_caller]
pub(super) fn assert_holds(world: &World, expected: &[Row], when: &str) {
    let mut extra = model::found(&world.server.state);
    let count = extra.len();
    let mut missing = Vec::new();
    let mut sorted: Vec<&Row> = expected.iter().collect();
    sorted.sort_by_key(|row| row.at);
    for wanted in sorted {
        let is_wanted = |found: &Row| {
            let mut same = found.clone();
            same.at = wanted.at;
            same == *wanted && is_near(found.at, wanted.at)
        };
        match extra.iter().position(is_wanted) {
            Some(place) => drop(extra.remove(place)),
            None => missing.push(wanted),
        }
    }
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{when}: {count} in Close, {} true\n{} missing: {:#?}\n{} too many: {:#?}",
        expected.len(),
        missing.len(),
        missing.iter().take(2).collect::<Vec<_>>(),
        extra.len(),
        extra.iter().take(2).collect::<Vec<_>>()
    );
    assert_eq!(world.server.state.duplicates(), 0, "{when}: duplicates");
}

/// Nothing waits for a person and nothing failed.
#[track_caller]
pub(super) fn assert_clear(run: &Output, when: &str) {
    for number in ["held", "undecided", "failed"] {
        assert_eq!(run.number(number), 0, "{when}: {number}\n{}", run.stderr);
    }
}

/// The run changed nothing, and nothing waits.
#[track_caller]
pub(super) fn assert_idle(run: &Output, when: &str) {
    for number in ["created", "updated", "replaced", "deleted"] {
        assert_eq!(run.number(number), 0, "{when}: {number}\n{}", run.stderr);
    }
    assert_clear(run, when);
}

/// Runs `arguments`: Close holds what is expected, nothing waits, and a second run is empty.
#[track_caller]
pub(super) fn assert_recovers(world: &World, arguments: &[&str], expected: &[Row], when: &str) {
    let run = world.run(arguments);
    let summary = run.stdout.lines().last().unwrap_or_default();
    let state = format!("{when}: status {:?}, {summary}", run.code);
    assert_holds(world, expected, &state);
    assert_clear(&run.exits(0), when);
    let second = world.run(arguments).exits(0);
    assert_idle(&second, &format!("{when}, second run"));
    assert_holds(world, expected, &format!("{when}, second run"));
}
