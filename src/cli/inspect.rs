//! `chatferry inspect`: inspects archives before a plan.

use rayon::prelude::*;

use super::exit;
use super::out::Out;
use super::{args, named};
use crate::app::{Exit, InspectedPhones, Misread};
use crate::archive::Limits;
use crate::intake;
use crate::report::inspect::{self, InspectView, View};

pub(super) fn run(arguments: &args::Inspect, out: &mut Out) -> anyhow::Result<Exit> {
    let limits = arguments.archives.limits.with_defaults(Limits::default());
    let named = named::open(&arguments.archives.paths, &limits, out);
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
    let mut failures = named.failures;
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
    let mut devices_of_views = Vec::new();
    let mut odd = Misread::default();
    for (index, looked_at) in looked_at.into_iter().enumerate() {
        match looked_at {
            Ok((view, found)) => {
                odd.join(found);
                views.push(view.on_device(phones.name(index)));
                devices_of_views.push(phones.device(index));
            }
            Err(failure) => failures.push(failure),
        }
    }
    inspect::count_together(&mut views, &devices_of_views);
    let view = InspectView::new(misplaced, views, &named.stores, &failures);
    match arguments.json {
        true => out.json(&serde_json::to_string(&view)?)?,
        false => out.line(inspect::text(&view).trim_end())?,
    }
    out.flush()?;
    let exit = exit::after(&failures, out);
    Ok(exit::judged(odd, arguments.archives.strict, exit, out))
}
