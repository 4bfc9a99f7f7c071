//! `chatferry match`: who the people of `contacts.csv` are in Close.
//!
//! For: filling in numbers, leads, contacts and users where there is no doubt: one card of the name
//! with one number, one contact that has the very number, one user of the very name. Everything else is a question, in `candidates.csv`. It must
//! never write over what somebody filled in, never go by a name alone, and never ask Close about
//! somebody who is private.

pub(super) mod book;
mod candidates;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use book::Book;
use candidates::{Candidate, Why};

use super::exit::{Ended, Exit};
use super::out::Out;
use super::setup;
use super::{args, connect, signals, whole};
use crate::clock;
use crate::close::{Client, Contact, User};
use crate::report::count;
use crate::transform::address_book::Answer;
use crate::transform::contacts::{Cell, Contacts, ImportChoice, Mapping, Name, Role, Row, fill};
use crate::transform::names::name_key;
use crate::transform::phone::Phone;
use crate::transform::settings::{Device, Settings};

/// What came of it.
#[derive(Debug, Default, serde::Serialize)]
struct Numbers {
    /// Rows that were filled in.
    filled: u64,
    /// Rows that got a number from the address book.
    phones: u64,
    /// Rows that a person has to decide about.
    questions: u64,
    /// Rows that nothing was found for.
    not_found: u64,
    /// Rows that were filled in before.
    complete: u64,
    /// Rows that are not asked about: not imported, or private.
    left_out: u64,
}

pub(super) fn run(arguments: &args::Match, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let (settings, contacts) = setup::files(configured)?;
    let clock = clock::System::shared();
    let client = setup::client_for(&settings, configured.api_key_file.as_deref(), &clock, out)?;
    let book = Book::read(
        &arguments.address_book,
        arguments.device.as_deref(),
        &settings,
        out,
    )?;
    let runtime = signals::runtime()?;
    let result = runtime.block_on(look_up(&client, &settings, &contacts, &book, out));
    signals::end(runtime);
    let found = result?;
    write(&settings, &contacts, &found, arguments.dry_run, out)?;
    if arguments.json {
        out.json(&serde_json::to_string(&found.numbers)?)?;
    }
    Ok(Exit::Done)
}

/// Somebody turned out to be on never.txt.
struct Listed;

/// Everything that was found.
#[derive(Default)]
struct Found {
    cells: Vec<Cell>,
    candidates: Vec<Candidate>,
    numbers: Numbers,
}

async fn look_up(
    client: &Client,
    settings: &Settings,
    contacts: &Contacts,
    book: &Book,
    out: &mut Out,
) -> anyhow::Result<Found> {
    let account = connect::account(client, settings).await?;
    out.note(&format!(
        "Looking in {} ({}) as {}, at {}",
        account.organization, account.organization_id, account.user, account.host
    ));
    let mut found = Found::default();
    let mut by_number: HashMap<String, Vec<Contact>> = HashMap::new();
    let mut users: Option<Vec<User>> = None;
    for row in contacts.rows() {
        match row.role {
            Role::Contact if is_left_out(row, settings, contacts) => found.numbers.left_out += 1,
            Role::Contact if row.lead_id.is_some() || row.contact_id.is_some() => {
                found.numbers.complete += 1;
            }
            // A number of a group's member, or a row that is about everybody.
            Role::Contact if row.chat.is_any() => {}
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
                            let asked = asked.map_err(connect::failure)?;
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
                    (_, true) => found.question(row, &open_number, &open_named),
                    (_, false) => found.contact(row, &with_number, &named),
                }
            }
            Role::Me if row.user_id.is_some() || has_user(row, settings) => {
                found.numbers.complete += 1;
            }
            Role::Me => {
                if users.is_none() {
                    users = Some(client.active_users().await.map_err(connect::failure)?);
                }
                found.user(row, settings, users.as_deref().unwrap_or_default());
            }
            Role::Ignore => {}
        }
    }
    Ok(found)
}

/// True for a row of somebody who is not imported: nobody is asked about them.
fn is_left_out(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    let is_out = |choice: Option<ImportChoice>| {
        matches!(choice, Some(ImportChoice::No | ImportChoice::Private))
    };
    if is_out(row.import) || contacts.is_never_number(row.phone.as_ref()) {
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
    let mut named = client
        .contacts_named(name)
        .await
        .map_err(connect::failure)?;
    named.retain(|contact| name_key(&contact.name).to_lowercase() == key);
    Ok(named)
}

impl Found {
    /// The number of a row: its own, or that of the address book, where that knows one.
    ///
    /// # Errors
    ///
    /// One of the numbers is on never.txt: nothing more is asked.
    fn phone(
        &mut self,
        row: &Row,
        book: &Book,
        contacts: &Contacts,
    ) -> Result<Option<Phone>, Listed> {
        if row.phone.is_some() {
            return Ok(row.phone.clone());
        }
        let Some(name) = name_of(row) else {
            return Ok(None);
        };
        let is_listed = |phone: &Phone| contacts.is_never_number(Some(phone));
        let phone = match book.ask(row, name) {
            Answer::One(phone) if is_listed(&phone) => return Err(Listed),
            Answer::Several(phones) if phones.iter().any(is_listed) => return Err(Listed),
            Answer::One(phone) => phone,
            Answer::Several(phones) => {
                let shown = phones.iter().map(|phone| Candidate::of_phone(row, phone));
                self.candidates.extend(shown);
                return Ok(None);
            }
            Answer::Nobody => return Ok(None),
        };
        self.cells.push(Cell {
            line: row.line,
            column: "phone",
            value: phone.e164().to_owned(),
        });
        self.numbers.phones += 1;
        Ok(Some(phone))
    }

    fn contact(&mut self, row: &Row, with_number: &[Contact], named: &[Contact]) {
        if let [one] = with_number
            && let Some(lead) = &one.lead_id
        {
            let mut set = |column, value: &str| {
                self.cells.push(Cell {
                    line: row.line,
                    column,
                    value: value.to_owned(),
                });
            };
            set("lead_id", lead);
            set("contact_id", &one.id);
            self.numbers.filled += 1;
            return;
        }
        self.question(row, with_number, named);
    }

    /// Nothing of what the address book said of a row is written.
    fn take_back(&mut self, row: &Row) {
        let before = self.cells.len();
        self.cells.retain(|cell| cell.line != row.line);
        self.numbers.phones -= (before - self.cells.len()) as u64;
        self.candidates.retain(|known| !known.is_of(row));
    }

    fn question(&mut self, row: &Row, with_number: &[Contact], named: &[Contact]) {
        let (why, who) = match with_number {
            [] => (Why::SameName, named),
            several => (Why::SameNumber, several),
        };
        match who {
            [] if self.candidates.iter().any(|known| known.is_of(row)) => {
                self.numbers.questions += 1;
            }
            [] => self.numbers.not_found += 1,
            who => {
                self.numbers.questions += 1;
                self.candidates
                    .extend(who.iter().map(|contact| Candidate::of(row, why, contact)));
            }
        }
    }

    fn user(&mut self, row: &Row, settings: &Settings, users: &[User]) {
        let is_its = |device: &&Device| {
            (row.device.as_deref()).is_none_or(|own| own == device.name.as_str())
        };
        let owners = (settings.devices.iter())
            .filter(is_its)
            .flat_map(|device| &device.owner)
            .map(String::as_str);
        let own = match &row.participant {
            Name::Is { text, .. } => Some(text.as_str()),
            Name::Any => None,
        };
        // Whom several phones share a row for is nobody's name.
        let names: Vec<String> = match own {
            Some(name) => vec![name_key(name).to_lowercase()],
            None if settings.devices.iter().filter(is_its).count() == 1 => {
                owners.map(|name| name_key(name).to_lowercase()).collect()
            }
            None => Vec::new(),
        };
        let is_named = |user: &&User| {
            let full = name_key(&user.name()).to_lowercase();
            let mail = user.email.to_lowercase();
            names.iter().any(|name| *name == full || *name == mail)
        };
        let fitting: Vec<&User> = users.iter().filter(is_named).collect();
        match fitting.as_slice() {
            [one] => {
                self.cells.push(Cell {
                    line: row.line,
                    column: "user_id",
                    value: one.id.clone(),
                });
                self.numbers.filled += 1;
            }
            [] => self.numbers.not_found += 1,
            several => {
                self.numbers.questions += 1;
                self.candidates
                    .extend(several.iter().map(|user| Candidate::of_user(row, user)));
            }
        }
    }
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
        // Rows are known by their lines, and asking takes its time: a table that was sorted
        // meanwhile would get one customer's ids into another one's row.
        if setup::contacts(path)?.rows() != contacts.rows() {
            return Err(Ended::usage(format!(
                "{}: was changed while Close was asked; nothing was filled in: save it, close it, and run match again",
                path.display()
            )));
        }
        // The questions first: where they cannot be written nothing else is.
        candidates::write(&table, &found.candidates)?;
        fill_in(path, &found.cells)?;
    }
    for row in contacts.rows() {
        let of_row: Vec<&str> = (found.cells.iter())
            .filter(|cell| cell.line == row.line)
            .map(|cell| cell.value.as_str())
            .collect();
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
        complete,
        left_out,
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
    if *questions > 0 && !dry_run {
        out.note(&format!(
            "{} holds who it may be; copy the ids of the right one into {}",
            table.display(),
            path.display()
        ));
    }
    if *not_found > 0 {
        out.note("For those who are not found, correct `phone`, or make the lead and contact in Close, and run it again.");
    }
    Ok(())
}

/// Fills the cells in, whole or not at all.
fn fill_in(path: &Path, cells: &[Cell]) -> anyhow::Result<()> {
    if cells.is_empty() {
        return Ok(());
    }
    let bytes = fs::read(path)
        .map_err(|error| Ended::usage(format!("{}: cannot be read: {error}", path.display())))?;
    let new = fill(&bytes, &path.display().to_string(), cells)
        .map_err(|problems| setup::usage(&problems))?;
    whole::replace(path, &new)
}
