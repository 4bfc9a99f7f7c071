//! `chatferry match`: who the people of `contacts.csv` are in Close.
//!
//! For: filling in numbers, leads, contacts and users where there is no doubt: one card of the name
//! with one number, one contact that has the very number, one user of the very name. Everything else
//! is a question, in `candidates.csv`. Whom Close does not have is made, where a row and the command
//! both say so (`missing`). It must never write over what somebody filled in, never go by a name
//! alone, and never ask Close about somebody who is private.

pub(super) mod book;
mod candidates;
mod found;
mod missing;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use book::Book;
use candidates::Candidate;
use found::{Found, Listed, Numbers};
use missing::{Order, With};

use super::out::Out;
use super::terminal::require_terminal;
use super::{args, environment, exit, signals};
use crate::app::{self, Account, Error, Exit, atomic_write, unless_stopped};
use crate::clock;
use crate::close::{Client, Contact, User};
use crate::name::name_key;
use crate::phone::Phone;
use crate::report::count;
use crate::transform::contacts::{Cell, Contacts, ImportChoice, Mapping, Name, Role, Row, fill};
use crate::transform::settings::Settings;

pub(super) fn run(arguments: &args::Match, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let (settings, contacts) = environment::settings_and_contacts(configured)?;
    for warning in contacts.warnings() {
        out.warn(&warning.to_string());
    }
    let clock = clock::System::shared();
    let client = environment::client(&settings, configured.api_key_file.as_deref(), &clock, out)?;
    let book = Book::read(
        &arguments.address_book,
        arguments.device.as_deref(),
        &settings,
        out,
    )?;
    if arguments.create_missing && !arguments.dry_run && !arguments.yes {
        require_terminal("make leads")?;
    }
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let order = arguments.create_missing.then(|| Order {
            dry_run: arguments.dry_run,
            yes: arguments.yes,
            stop: signals::listen(),
        });
        let looked = async {
            let account = app::account(&client, &settings).await?;
            let (found, asked) =
                look_up(&client, &account, &settings, &contacts, &book, out).await?;
            anyhow::Ok((account, found, asked))
        };
        let (account, mut found, asked) = match &order {
            Some(order) => unless_stopped(&order.stop, looked).await??,
            None => looked.await?,
        };
        let with = With {
            client: &client,
            account: &account,
            settings: &settings,
            contacts: &contacts,
            clock: &clock,
        };
        let missing = missing::see_to(&asked, order.as_ref(), &with, out).await?;
        for asked in &asked {
            found.decide(asked, &missing);
        }
        found.numbers.created = missing.created;
        found.candidates.sort_by_key(Candidate::line);
        anyhow::Ok((found, missing, account.organization_id))
    });
    let result = result.map(|(found, missing, organization)| {
        let mut written = write(&settings, &contacts, &found, arguments.dry_run, out);
        if written.is_ok() && arguments.create_missing && !arguments.dry_run {
            written = runtime.block_on(missing::finish(&settings, &organization, &clock));
        }
        (found, missing, written)
    });
    signals::end(runtime);
    let (found, missing, written) = result?;
    if missing.marked > 0 && !arguments.create_missing {
        out.note(&format!(
            "{} marked `create` and not in Close: `chatferry match --create-missing` makes their leads",
            count(missing.marked, "row"),
        ));
    }
    // Why it stopped comes first: the same command goes on from there, and fills in what is missing.
    let (stopped, written) = match (missing.stopped, written) {
        (Some(stopped), written) => (Some(stopped), written.err()),
        (None, written) => (written.err(), None),
    };
    if let Some(stopped) = stopped {
        if let Some(also) = written {
            out.error(&format!("{also:#}"));
        }
        if !arguments.json {
            return Err(stopped);
        }
        let status = exit::report(&stopped, out);
        out.json(&serde_json::to_string(&found.numbers)?)?;
        return Ok(status);
    }
    if arguments.json {
        out.json(&serde_json::to_string(&found.numbers)?)?;
    }
    match found.numbers.failed {
        0 => Ok(Exit::Done),
        _ => Ok(Exit::Partial),
    }
}

/// Somebody of contacts.csv, and whom Close has of that number and of that name.
struct Asked<'c> {
    row: &'c Row,
    phone: Option<Phone>,
    contacts: Vec<Contact>,
    named: Vec<Contact>,
}

async fn look_up<'c>(
    client: &Client,
    account: &Account,
    settings: &Settings,
    contacts: &'c Contacts,
    book: &Book,
    out: &mut Out,
) -> anyhow::Result<(Found, Vec<Asked<'c>>)> {
    out.note(&format!("Looking in {}", account.label()));
    let mut found = Found::default();
    let mut everybody = Vec::new();
    let mut by_number: HashMap<String, Vec<Contact>> = HashMap::new();
    let mut users: Option<Vec<User>> = None;
    for row in contacts.rows() {
        match row.role {
            Role::Contact if is_left_out(row, settings, contacts) => found.numbers.left_out += 1,
            Role::Contact if row.lead_id.is_some() || row.contact_id.is_some() => {
                found.numbers.complete += 1;
            }
            // A number of a group's member, or a row that is about everybody.
            Role::Contact if row.chat.is_any() => everybody.extend(missing::of_every_chat(row)),
            Role::Contact if is_filled_in_elsewhere(row, settings, contacts) => {
                found.numbers.complete += 1;
            }
            Role::Contact => {
                let phone = match found.phone(row, book, contacts) {
                    Ok(phone) => phone,
                    Err(Listed) => {
                        found.numbers.left_out += 1;
                        continue;
                    }
                };
                let with_number = match &phone {
                    None => Vec::new(),
                    Some(phone) => match by_number.get(phone.e164()) {
                        Some(known) => known.clone(),
                        None => {
                            let asked = client.contacts_with_phone(phone.e164()).await;
                            let asked = asked.map_err(Error::from)?;
                            by_number.insert(phone.e164().to_owned(), asked.clone());
                            asked
                        }
                    },
                };
                let named = match (with_number.is_empty(), name_of(row)) {
                    (true, Some(name)) => namesakes(client, name).await?,
                    _ => Vec::new(),
                };
                let open = |who: &[Contact]| -> Vec<Contact> {
                    let open = who.iter();
                    open.filter(|contact| !is_listed(contact, row, settings, contacts))
                        .cloned()
                        .collect()
                };
                let (open_number, open_named) = (open(&with_number), open(&named));
                let dropped =
                    with_number.len() + named.len() > open_number.len() + open_named.len();
                match (open_number.len() + open_named.len(), dropped) {
                    // Whoever the row means, nothing is said about them.
                    (0, true) => {
                        found.take_back(row);
                        found.numbers.left_out += 1;
                    }
                    // Nor is anything filled in or made on a guess who of them it is not.
                    (_, true) => found.question(row, &open_number, &open_named),
                    (_, false) => everybody.push(Asked {
                        row,
                        phone,
                        contacts: with_number,
                        named,
                    }),
                }
            }
            Role::Me if row.user_id.is_some() || has_user(row, settings) => {
                found.numbers.complete += 1;
            }
            Role::Me => {
                if users.is_none() {
                    users = Some(client.active_users().await.map_err(Error::from)?);
                }
                found.user(row, settings, users.as_deref().unwrap_or_default());
            }
            Role::Ignore => {}
        }
    }
    Ok((found, everybody))
}

/// True for a row of somebody who is not imported: nobody is asked about them.
fn is_left_out(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    let is_out = |choice: Option<ImportChoice>| {
        matches!(choice, Some(ImportChoice::No | ImportChoice::Private))
    };
    let number = row.phone.as_ref();
    if is_out(row.import) || number.is_some_and(|number| contacts.is_secret(number)) {
        return true;
    }
    let Name::Is { text: chat, .. } = &row.chat else {
        return false;
    };
    let devices = settings.devices.iter().map(|device| device.name.as_str());
    devices
        .filter(|device| row.device.as_deref().is_none_or(|own| own == *device))
        .any(|device| {
            let participant = match &row.participant {
                Name::Is { text, .. } => text,
                Name::Any => chat,
            };
            is_out(contacts.choice(device, chat))
                || contacts.is_never_participant(device, chat, participant)
        })
}

/// True for a contact of Close whom never.txt names: by name, or by any number that Close has.
fn is_listed(contact: &Contact, row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    let numbers = contact
        .phones
        .iter()
        .filter_map(|phone| Phone::parse(phone));
    let mut devices = (settings.devices.iter())
        .map(|device| device.name.as_str())
        .filter(|device| row.device.as_deref().is_none_or(|own| own == *device));
    numbers
        .into_iter()
        .any(|number| contacts.is_never_number(Some(&number)))
        || devices.any(|device| contacts.is_listed(device, &contact.name))
}

/// True where the configuration says whose user it is: a row would win over it.
fn has_user(row: &Row, settings: &Settings) -> bool {
    let mut own = (settings.devices.iter())
        .filter(|device| row.device.as_deref().is_none_or(|own| own == device.name));
    own.any(|device| device.user_id.is_some())
}

/// True where another row gives lead and contact to the chat already: one that is more exact would
/// win over what a person has filled in.
fn is_filled_in_elsewhere(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    let Name::Is { text: chat, .. } = &row.chat else {
        return false;
    };
    let other = name_of(row).unwrap_or(chat);
    let is_whole = |mapping: Option<Mapping>| {
        mapping.is_some_and(|mapping| mapping.lead_id.is_some() && mapping.contact_id.is_some())
    };
    let mut devices = (settings.devices.iter())
        .map(|device| device.name.as_str())
        .filter(|device| row.device.as_deref().is_none_or(|own| own == *device));
    devices.any(|device| is_whole(contacts.contact_for(device, chat, &[other])))
}

/// The person that a row is about; a row with `*` is a group's, whose subject is nobody's name.
fn name_of(row: &Row) -> Option<&str> {
    match &row.participant {
        Name::Is { text, .. } => Some(text),
        Name::Any => None,
    }
}

/// The contacts of exactly this name.
async fn namesakes(client: &Client, name: &str) -> anyhow::Result<Vec<Contact>> {
    let key = name_key(name).to_lowercase();
    // A number in place of a name was searched for as one.
    if !key.chars().any(char::is_alphabetic) {
        return Ok(Vec::new());
    }
    let mut named = client.contacts_named(name).await.map_err(Error::from)?;
    named.retain(|contact| name_key(&contact.name).to_lowercase() == key);
    Ok(named)
}

fn write(
    settings: &Settings,
    contacts: &Contacts,
    found: &Found,
    dry_run: bool,
    out: &mut Out,
) -> anyhow::Result<()> {
    let path = &settings.import.contacts;
    let table = path.with_file_name(candidates::FILE);
    if !dry_run {
        let put = || {
            unchanged(settings, contacts, "nothing was filled in")?;
            // The questions first: where they cannot be written nothing else is.
            candidates::write(&table, &found.candidates)?;
            fill_in(path, &found.cells)
        };
        put().map_err(|error| match found.numbers.created {
            0 => error,
            made => error.context(format!(
                "{} made and not filled in; `chatferry match --create-missing` fills in what is made already",
                count(made, "lead")
            )),
        })?;
    }
    for row in contacts.rows() {
        let mut of_row: Vec<&str> = (found.cells.iter())
            .filter(|cell| cell.line == row.line)
            .map(|cell| cell.value.as_str())
            .collect();
        of_row.extend(found.to_make.get(&row.line));
        if !of_row.is_empty() {
            let name = name_of(row).unwrap_or("*");
            out.line(&format!(
                "{}:{}: {name}: {}",
                path.display(),
                row.line,
                of_row.join(", ")
            ))?;
        }
    }
    let Numbers {
        filled,
        phones,
        questions,
        not_found,
        open,
        complete,
        left_out,
        created,
        failed,
    } = &found.numbers;
    out.flush()?;
    let verb = if dry_run {
        "would be filled in"
    } else {
        "filled in"
    };
    out.note(&format!(
        "{} {verb}, {phones} with a number of the address book, {complete} filled in before, {questions} to decide, {not_found} not found in Close, {left_out} not asked about",
        count(*filled, "row"),
    ));
    if *created > 0 || *failed > 0 {
        let verb = if dry_run { "would be made" } else { "made" };
        out.note(&format!(
            "{} {verb}, {} whose lead could not be made",
            count(*created, "lead"),
            count(*failed, "row"),
        ));
    }
    if !found.candidates.is_empty() && !dry_run {
        out.note(&format!(
            "{} holds who it may be; copy the ids of the right one into {}",
            table.display(),
            path.display()
        ));
    }
    if *not_found > 0 {
        out.note("For those who are not found, correct `phone`, or make the lead and contact in Close, and run it again; or write `create` into their column `import`, and `chatferry match --create-missing` makes both.");
    }
    if *open > 0 {
        out.note(&format!(
            "{} of owners and groups to fill in by hand: the owner's `user_id`, the lead and contact that a group goes to",
            count(*open, "row")
        ));
    }
    Ok(())
}

/// Makes sure that contacts.csv holds the same rows as it did: they are known by their lines, and
/// asking takes its time. A table that was sorted meanwhile would get one customer's ids into
/// another one's row.
///
/// # Errors
///
/// A usage error, which says what was not done.
fn unchanged(settings: &Settings, contacts: &Contacts, what: &str) -> anyhow::Result<()> {
    let path = &settings.import.contacts;
    match app::contacts(path)?.rows() == contacts.rows() {
        true => Ok(()),
        false => anyhow::bail!(Error::usage(format!(
            "{}: was changed while Close was asked; {what}: save it, close it, and run match again",
            path.display()
        ))),
    }
}

/// Fills the cells in, whole or not at all.
fn fill_in(path: &Path, cells: &[Cell]) -> anyhow::Result<()> {
    if cells.is_empty() {
        return Ok(());
    }
    let bytes = fs::read(path)
        .map_err(|error| Error::usage(format!("{}: cannot be read: {error}", path.display())))?;
    let new = fill(&bytes, &path.display().to_string(), cells).map_err(Error::from)?;
    Ok(atomic_write::replace(path, &new)?)
}
