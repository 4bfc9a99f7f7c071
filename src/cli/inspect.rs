//! `chatferry inspect`: looks into archives and says what a person has to know before a plan.

use rayon::prelude::*;

use super::args;
use super::exit::{self, Exit};
use super::out::Out;
use super::strict;
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
    // Looking at a chat, and taking it down, costs a fifth of reading it: on all cores as well.
    let looked_at: Vec<_> = (intake.opened.par_iter())
        .zip(chats)
        .map(|(opened, chat)| {
            let chat = chat?;
            let mut odd = strict::Found::default();
            odd.add(&chat);
            Ok((View::new(opened, &chat), odd))
        })
        .collect();
    let mut views = Vec::new();
    let mut devices_of_views = Vec::new();
    let mut odd = strict::Found::default();
    for (looked_at, device) in looked_at.into_iter().zip(devices) {
        match looked_at {
            Ok((view, found)) => {
                odd.join(found);
                views.push(view);
                devices_of_views.push(device);
            }
            Err(failure) => failures.push(failure),
        }
    }
    inspect::count_together(&mut views, &devices_of_views);
    if arguments.json {
        out.json(&inspect::json(&views, &failures)?)?;
    } else {
        out.line(inspect::text(&views, &failures).trim_end())?;
    }
    out.flush()?;
    let exit = exit::after(&failures, out);
    Ok(odd.judge(arguments.strict, exit, "", out))
}
