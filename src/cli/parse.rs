//! `chatferry parse`: every message as one JSON object a line, in file order.

use std::io::Write;

use super::args;
use super::exit::{self, Exit};
use super::out::Out;
use crate::archive::Limits;
use crate::chat::{Chat, Evidence};
use crate::intake::{self, Opened};
use crate::report::parse::Line;
use crate::transform::time::{self, Instants};

pub(super) fn run(arguments: &args::Parse, out: &mut Out) -> anyhow::Result<Exit> {
    let intake = intake::open(&arguments.paths, &Limits::default());
    let chats = intake::parse(&intake.opened, |_| arguments.date_order.told());
    for ignored in &intake.ignored {
        out.warn(&format!("{}; it is left alone", ignored.error));
    }
    let mut failures = intake.failures;
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
                let instants = arguments.timezone.map(|zone| time::instants(&chat, zone));
                write(opened, &chat, instants.as_ref(), out)?;
            }
        }
    }
    out.flush()?;
    Ok(exit::after(&failures, out))
}

fn write(
    opened: &Opened,
    chat: &Chat<'_>,
    instants: Option<&Instants>,
    out: &mut Out,
) -> anyhow::Result<()> {
    for (seq, message) in (0u32..).zip(&chat.messages) {
        let utc = message
            .instant()
            .or_else(|| instants.map(|list| list.times[seq as usize]));
        let line = Line::new(&opened.name.chat, &opened.label, chat, seq, message, utc);
        serde_json::to_writer(out.data(), &line)?;
        out.data().write_all(b"\n")?;
    }
    Ok(())
}
