//! `chatferry parse`: every message as one JSON object a line, in file order.

use std::io::Write;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::args;
use super::exit::{self, Exit};
use super::out::Out;
use super::strict;
use crate::archive::Limits;
use crate::chat::{Chat, Evidence, Message};
use crate::intake::{self, Opened};
use crate::transform::time::{self, Instants};

/// The line of contract.md.
#[derive(Serialize)]
struct Line<'a> {
    chat: &'a str,
    archive: &'a str,
    seq: u32,
    local_time: Option<Stamp>,
    utc: Option<String>,
    sender: Option<&'a str>,
    kind: &'a str,
    text: &'a str,
    attachments: Vec<File<'a>>,
    edited: bool,
    native_id: Option<&'a str>,
    quoted: Option<Quoted<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    present: bool,
}

#[derive(Serialize)]
struct Quoted<'a> {
    id: Option<&'a str>,
    text: Option<&'a str>,
}

/// A local time as `2020-12-31T21:45:00`.
struct Stamp(NaiveDateTime);

impl Serialize for Stamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S"))
    }
}

pub(super) fn run(arguments: &args::Parse, out: &mut Out) -> anyhow::Result<Exit> {
    let intake = intake::open(&arguments.paths, &Limits::default());
    let paths = intake.opened.iter().map(|opened| opened.path.as_path());
    let devices = intake::device_of_path(&arguments.paths, paths);
    let told = arguments.date_order.told();
    let chats = intake::parse(&intake.opened, |_| told, |place| devices[place]);
    for ignored in &intake.ignored {
        out.warn(&format!("{}; it is left alone", ignored.error));
    }
    let mut failures = intake.failures;
    let mut odd = strict::Found::default();
    for (opened, chat) in intake.opened.iter().zip(chats) {
        match chat {
            Err(failure) => failures.push(failure),
            Ok(chat) => {
                if chat.format.evidence == Evidence::Open {
                    out.warn(&format!(
                        "{}: nothing in it says whether the day or the month comes first; read as {}; \
                         say --date-order dmy or mdy to be sure",
                        opened.label, chat.format.date_order,
                    ));
                }
                odd.add(&chat);
                let instants = arguments.timezone.map(|zone| time::instants(&chat, zone));
                write(opened, &chat, instants.as_ref(), out)?;
            }
        }
    }
    out.flush()?;
    let exit = exit::after(&failures, out);
    Ok(odd.judge(arguments.strict, exit, "", out))
}

fn write(
    opened: &Opened,
    chat: &Chat<'_>,
    instants: Option<&Instants>,
    out: &mut Out,
) -> anyhow::Result<()> {
    for (seq, message) in (0u32..).zip(&chat.messages) {
        let utc = message
            .instant
            .or_else(|| instants.map(|list| list.times[seq as usize]));
        serde_json::to_writer(out.data(), &line(opened, chat, seq, message, utc))?;
        out.data().write_all(b"\n")?;
    }
    Ok(())
}

fn line<'a>(
    opened: &'a Opened,
    chat: &'a Chat<'_>,
    seq: u32,
    message: &'a Message<'_>,
    utc: Option<DateTime<Utc>>,
) -> Line<'a> {
    let attachments = message.attachments().iter();
    Line {
        chat: &opened.name.chat,
        archive: &opened.label,
        seq,
        local_time: Some(Stamp(message.local_time)),
        utc: utc.map(|utc| utc.to_rfc3339_opts(SecondsFormat::Secs, true)),
        sender: chat
            .sender_of(message)
            .map(|participant| participant.name.as_ref()),
        kind: message.kind.word(),
        text: &message.text,
        attachments: attachments
            .map(|a| File {
                name: &a.name,
                present: a.entry.is_some(),
            })
            .collect(),
        edited: message.edited,
        native_id: message.native_id(),
        quoted: message.quoted().map(|q| Quoted {
            id: q.id.as_deref(),
            text: q.text.as_deref(),
        }),
    }
}
