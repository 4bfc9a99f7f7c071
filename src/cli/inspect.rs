//! `chatferry inspect`: looks into archives and says what a person has to know before a plan.

use super::args;
use super::exit::{self, Exit};
use super::out::Out;
use crate::archive::Limits;
use crate::intake;
use crate::report::inspect::{self, View};

pub(super) fn run(arguments: &args::Inspect, out: &mut Out) -> anyhow::Result<Exit> {
    let intake = intake::open(&arguments.paths, &Limits::default());
    let paths = intake.opened.iter().map(|opened| opened.path.as_path());
    let devices = intake::device_of_path(&arguments.paths, paths);
    let told = arguments.date_order.told();
    let chats = intake::parse(&intake.opened, |_| told, |place| devices[place]);
    for ignored in &intake.ignored {
        out.warn(&format!("{}; it is left alone", ignored.error));
    }
    let mut failures = intake.failures;
    let mut views = Vec::new();
    for (opened, chat) in intake.opened.iter().zip(chats) {
        match chat {
            Ok(chat) => views.push(View::new(opened, &chat)),
            Err(failure) => failures.push(failure),
        }
    }
    if arguments.json {
        out.json(&inspect::json(&views, &failures)?)?;
    } else {
        out.line(inspect::text(&views, &failures).trim_end())?;
    }
    out.flush()?;
    Ok(exit::after(&failures, out))
}
