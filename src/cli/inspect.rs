//! `chatferry inspect`: inspects archives before a plan.

use std::path::Path;

use rayon::prelude::*;

use super::exit;
use super::next_command::word;
use super::out::Out;
use super::{args, named};
use crate::app::{Exit, InspectedPhones, Misread};
use crate::archive::Limits;
use crate::config;
use crate::intake;
use crate::report::inspect::{self, InspectView, View};

pub(super) fn run(arguments: &args::Inspect, out: &mut Out) -> anyhow::Result<Exit> {
    let limits = arguments.archives.limits.with_defaults(Limits::default());
    let mut named = named::open(&arguments.archives.paths, &limits, out);
    let mut failures = named.take_failures();
    let order = arguments.archives.date_order.order();
    let parse = |phones: &InspectedPhones| {
        intake::parse(&named.opened, |_| order, |index| phones.device(index))
    };
    let mut phones = InspectedPhones::by_path(&arguments.archives.paths, &named.opened);
    let mut chats = parse(&phones);
    if let Some(others) = phones.by_contents(&named.opened, &chats) {
        phones = others;
        // Archives of one phone determine each other's date order.
        chats = parse(&phones);
    }
    let misplaced = phones.misplaced(&named.opened, &chats);
    let devices = phones.described(&named.opened, &chats);
    // Building and dropping a view costs a fifth of parsing the chat: done on all cores as well.
    let looked_at: Vec<_> = (named.opened.par_iter())
        .zip(chats)
        .map(|(opened, chat)| {
            let chat = chat?;
            let mut odd = Misread::default();
            odd.add(&chat);
            Ok((View::new(opened, &chat), odd))
        })
        .collect();
    let mut views = Vec::new();
    let mut odd = Misread::default();
    for (index, looked_at) in looked_at.into_iter().enumerate() {
        match looked_at {
            Ok((view, found)) => {
                odd.join(found);
                views.push(view.on_device(phones.device(index), phones.name(index)));
            }
            Err(failure) => failures.push(failure),
        }
    }
    inspect::count_together(&mut views);
    let view = InspectView::new(misplaced, views, &named.stores, &failures, devices);
    match arguments.json {
        true => out.json(&serde_json::to_string(&view)?)?,
        false => out.page(&inspect::page(&view, &next(arguments), out.details()))?,
    }
    out.flush()?;
    let exit = exit::after(&failures, out);
    Ok(exit::judged(odd, arguments.archives.strict, exit, out))
}

/// The next command: the first one that writes files, or the one that adds to them.
fn next(arguments: &args::Inspect) -> String {
    let paths = arguments.archives.paths.iter();
    let paths: Vec<String> = paths
        .map(|path| word(&path.display().to_string()))
        .collect();
    let update = match Path::new(config::DEFAULT_FILE).exists() {
        true => " --update",
        false => "",
    };
    format!("`chatferry init{update} {}`", paths.join(" "))
}
