//! Makes the checkpoint that an import of everything would leave, without Close: for measuring what
//! a plan costs that has nothing to do.
//!
//! ```sh
//! cargo run --release --example fill -- chatferry.toml
//! chatferry plan --offline
//! ```
//!
//! Every message is recorded as found in Close, under a made-up activity id. Not for a real
//! migration: nothing is in Close afterwards.

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use chatferry::internals::checkpoint::{Binding, Checkpoint};
use chatferry::internals::clock::System;
use chatferry::internals::close::{Auth, Client, Settings as Close};
use chatferry::internals::execute::{Checks, Event, Executor, Limits, Stopper, run};
use chatferry::internals::ids::{ActivityId, ExternalId};
use chatferry::internals::intake;
use chatferry::internals::people::contacts::Contacts;
use chatferry::internals::plan::{Drafts, Known, Selection, build};
use chatferry::internals::transform::{MessageTables, Source, TransformInputs, transform};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args()
        .nth(1)
        .ok_or("usage: fill chatferry.toml")?;
    let settings =
        chatferry::internals::config::load(Path::new(&file)).map_err(|p| format!("{p:?}"))?;
    let contacts = Contacts::from_bytes(&std::fs::read(&settings.import.contacts)?, "contacts.csv")
        .map_err(|problems| format!("{problems:?}"))?;
    let devices: Vec<_> = settings
        .devices
        .iter()
        .map(|device| (device.name.as_str(), device.archives.as_slice()))
        .collect();
    let intake = intake::open_devices(&devices, &settings.dir, &settings.limits.archives)?;
    let of: Vec<usize> = intake.archives.iter().map(|a| a.device).collect();
    let opened: Vec<_> = intake.archives.into_iter().map(|a| a.opened).collect();
    let order = |place: usize| settings.devices[of[place]].date_order;
    let chats = intake::parse(&opened, order, |place| of[place]);
    let sources: Vec<Source<'_>> = (opened.iter().zip(&of).zip(&chats))
        .filter_map(|((opened, device), chat)| {
            let device = &settings.devices[*device];
            Some(Source::new(device, opened, chat.as_ref().ok()?))
        })
        .collect();
    let desired = transform(&TransformInputs {
        sources: &sources,
        policy: &settings.import.policy,
        contacts: &contacts,
        devices: &settings.devices,
        tables: &MessageTables::default(),
        unread: &[],
        trace: None,
    });
    let selection = Selection::default();
    let mut number = 0u64;
    let plan = build(
        Drafts::of(desired, &[]),
        &selection,
        &settings.import.policy,
        |chat| {
            let listed: HashMap<ExternalId, ActivityId> = (chat.messages.iter())
                .map(|message| {
                    number += 1;
                    (message.external_id.clone(), format!("acti_{number}").into())
                })
                .collect();
            Known {
                listed,
                ..Known::default()
            }
        },
    );
    let clock = System::shared();
    let auth = Auth::Key("none".to_owned().into());
    let client = Client::new(Close::new(
        settings.close.base_url.clone(),
        auth,
        clock.clone(),
    ))?;
    let binding = Binding::new("orga_none", &settings.close.base_url);
    let checkpoint = Checkpoint::open(&settings.import.checkpoint, &binding, clock.clone())?;
    let executor = Executor {
        client,
        checkpoint: &checkpoint,
        clock,
        limits: Limits {
            concurrency: 1,
            upload_concurrency: 1,
            settle: Duration::ZERO,
            drain: Limits::DRAIN,
            refusals: Limits::REFUSALS,
        },
        policy: &settings.import.policy,
        checks: Checks::new(&settings.import.policy),
    };
    let (_stopper, stop) = Stopper::new();
    let mut events: Vec<Event> = Vec::new();
    let (summary, _) = run(executor, plan, &mut events, stop).await;
    writeln!(std::io::stdout(), "{} recorded", summary.adopted)?;
    checkpoint.close()?;
    Ok(())
}
