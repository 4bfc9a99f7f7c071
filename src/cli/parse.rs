//! `chatferry parse`: every message as one JSON object per line, in file order.

use super::exit;
use super::out::Out;
use super::{args, named};
use crate::app::{Exit, Misread};
use crate::archive::Limits;
use crate::chat::Evidence;
use crate::intake;
use crate::report::parse::lines;
use crate::transform::time;

pub(super) fn run(arguments: &args::Parse, out: &mut Out) -> anyhow::Result<Exit> {
    let limits = arguments.archives.limits.with_defaults(Limits::default());
    let mut named = named::open(&arguments.archives.paths, &limits, out);
    for remark in intake::remarks(&named.stores) {
        out.note(&remark);
    }
    let order = arguments.archives.date_order.order();
    let mut failures = named.take_failures();
    let chats = named.parse(order);
    let mut odd = Misread::default();
    for (opened, chat) in named.opened.iter().zip(chats) {
        match chat {
            Err(failure) => failures.push(failure),
            Ok(mut chat) => {
                if let Some(zone) = arguments.timezone {
                    chat.in_zone(zone);
                }
                let zoneless = chat.platform.is_native() && arguments.timezone.is_none();
                if chat.format.evidence == Evidence::NoYear {
                    out.warn(&format!(
                        "{}: its dates have no year, which could not be determined; the years shown are guesses",
                        opened.label,
                    ));
                }
                if chat.format.evidence == Evidence::Open {
                    out.warn(&format!(
                        "{}: the date order could not be determined; read as {}; \
                         say --date-order dmy or mdy to be sure",
                        opened.label, chat.format.date_order,
                    ));
                }
                odd.add(&chat);
                let instants = arguments.timezone.map(|zone| time::instants(&chat, zone));
                let utc = |index: usize| instants.as_ref().map(|list| list.times[index]);
                lines(
                    out.data(),
                    opened.chat_name(),
                    &opened.label,
                    &chat,
                    zoneless,
                    utc,
                )?;
            }
        }
    }
    out.flush()?;
    let exit = exit::after(&failures, out);
    Ok(exit::judged(odd, arguments.archives.strict, exit, out))
}
