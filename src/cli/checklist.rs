//! `chatferry checklist`: the customers in Close whose numbers are in a phone's address book, so the
//! chats that its owner should export. Run again it ticks off what has arrived.
//!
//! It must not name whom never.txt names, or whose chat is private, and writes nothing but the table.

use std::collections::HashMap;
use std::io::Write as _;

use chrono::{DateTime, Utc};

use super::matching::book::Book;
use super::out::Out;
use super::terminal::Terminal;
use super::{args, environment, signals};
use crate::app::{self, Error, Exit, Migration};
use crate::chat::Kind;
use crate::clock;
use crate::close::Client;
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::phone::Phone;
use crate::report::count;
use crate::transform::contacts::{ImportChoice, Name};
use crate::transform::desired::{Desired, DesiredChat, Standing};
use crate::transform::doubts::Doubt;

/// A chat whose newest message is older than this may be exported again.
const OLD: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// A line of the table.
#[derive(Debug, serde::Serialize)]
struct Line {
    /// The name in the address book.
    name: String,
    phone: String,
    lead_id: Option<LeadId>,
    contact_id: ContactId,
    /// `yes` where an archive of the chat is there.
    exported: &'static str,
    /// What is to be seen to: cut, without media, old.
    look: String,
}

pub(super) fn run(arguments: &args::Checklist, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let mut migration = environment::migration(configured, &clock, out)?;
    let clock = clock::System::shared();
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let device = arguments.device.as_deref();
    let book = Book::read(&arguments.address_book, device, &migration.settings, out)?;
    let mut terminal = Terminal::new(out, &clock, false);
    migration.report_failures(&mut terminal);
    let desired = migration.desired(&mut terminal);
    let runtime = signals::runtime()?;
    let result = runtime.block_on(lines(&migration, &desired, &book, &client, clock.now()));
    signals::end(runtime);
    let lines = result?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in &lines {
        writer.serialize(line)?;
    }
    let table = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    out.data().write_all(&table)?;
    out.flush()?;
    let there = lines.iter().filter(|line| line.exported == "yes").count();
    let look = lines.iter().filter(|line| !line.look.is_empty()).count();
    out.note(&format!(
        "{} in Close, {there} exported, {} still to export, {look} to look at",
        count(lines.len() as u64, "customer"),
        lines.len() - there
    ));
    Ok(Exit::Done)
}

async fn lines(
    migration: &Migration,
    desired: &Desired,
    book: &Book,
    client: &Client,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Line>> {
    app::account(client, &migration.settings).await?;
    let device = book.device();
    let of_device = || desired.chats.iter().filter(|chat| chat.device == device);
    let by_name: HashMap<String, &DesiredChat> = of_device()
        .map(|chat| (name_key(&chat.name), chat))
        .collect();
    let by_number: HashMap<&Phone, &DesiredChat> = of_device()
        .filter_map(|chat| match &chat.standing {
            Standing::Ready(to) if !chat.is_group => Some((&to.remote_phone, chat)),
            _ => None,
        })
        .collect();
    let mut lines = Vec::new();
    let people = book.people();
    // How many numbers have each name.
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for name in people.iter().flat_map(|(_, names)| names) {
        *numbers.entry(name).or_default() += 1;
    }
    // The number that a chat is mapped to, also where its row lacks something else.
    let mapped = |chat: &DesiredChat| match &chat.standing {
        Standing::Ready(to) => Some(to.remote_phone.clone()),
        _ => (migration.contacts)
            .contact_for(&chat.device, &chat.name, &[])
            .and_then(|mapping| mapping.phone),
    };
    for (phone, names) in &people {
        let phone = *phone;
        let may_be = |chat: &&&DesiredChat| {
            !chat.is_group && mapped(chat).is_none_or(|number| number == *phone)
        };
        // Two people of one name: the chat of that name is of one of them.
        let own = names
            .iter()
            .filter(|name| numbers.get(name.as_str()) == Some(&1));
        let chat = by_number
            .get(phone)
            .or_else(|| own.filter_map(|name| by_name.get(name)).find(may_be))
            .or_else(|| by_name.get(phone.e164()))
            .copied();
        let is_hidden = migration.contacts.is_never_number(Some(phone))
            || names
                .iter()
                .any(|name| migration.contacts.is_private_anywhere(name))
            || chat.is_some_and(|chat| chat.private);
        if is_hidden {
            continue;
        }
        // Whoever is private under another name is so under this one.
        let rows = migration.contacts.rows().iter();
        let is_private_row = rows
            .filter(|row| row.phone.as_ref() == Some(phone))
            .any(|row| {
                let names = [&row.chat, &row.participant]
                    .into_iter()
                    .filter_map(Name::text);
                row.import == Some(ImportChoice::Private) || { names }
                    .any(|name| migration.contacts.is_private_anywhere(name))
            });
        if is_private_row {
            continue;
        }
        let found = client.contacts_with_phone(phone.e164()).await;
        for contact in found.map_err(Error::from)? {
            if migration.contacts.is_private_anywhere(&contact.name) {
                continue;
            }
            lines.push(Line {
                name: contact.name.clone(),
                phone: phone.e164().to_owned(),
                lead_id: contact.lead_id.clone(),
                contact_id: contact.id.clone(),
                exported: if chat.is_some() { "yes" } else { "no" },
                look: chat.map(|chat| look(chat, now)).unwrap_or_default(),
            });
        }
    }
    Ok(lines)
}

/// What is to be seen to of a chat that is there.
fn look(chat: &DesiredChat, now: DateTime<Utc>) -> String {
    let mut look = Vec::new();
    let is_cut = |doubt: &Doubt| matches!(doubt, Doubt::ProbablyCut(_) | Doubt::SaysCut);
    // Another archive may go further back.
    if chat.archives.len() == 1 && chat.doubts.iter().any(|(_, doubt)| is_cut(doubt)) {
        look.push("cut: its oldest messages are missing");
    }
    let of_kind = |kind| chat.kinds.get(&kind).copied().unwrap_or(0);
    if of_kind(Kind::MediaOmitted) > 0 && of_kind(Kind::Media) == 0 {
        look.push("exported without media");
    }
    let last = chat
        .messages
        .iter()
        .map(|message| message.activity_at)
        .max();
    if last.is_some_and(|last| now - last > OLD) {
        look.push("its newest message is more than 30 days old");
    }
    look.join("; ")
}
