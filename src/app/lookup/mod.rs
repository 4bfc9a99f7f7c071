//! Looks up the rows of contacts.csv in Close (`match`).
//!
//! Fills in numbers, leads, contacts and users if they are certain: one card of the name with one number,
//! one contact with exactly the number, one user with exactly the name. Everything else is a candidate in
//! candidates.csv. Missing leads are created if both the row and the order request it ([`missing`]), and contacts
//! get numbers if the order requests it ([`add_numbers`]). It
//! never overwrites a cell, never relies on a name alone, and never looks up a private participant.

mod add_numbers;
mod address_books;
mod candidates;
mod found;
mod missing;
mod order;
mod rows;
mod shown_leads;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(crate) use address_books::Book;
pub(crate) use found::Numbers as LookupNumbers;
pub(crate) use order::WriteOrder;
pub(crate) use rows::RowResult;

use candidates::Candidate;
pub(super) use candidates::{FILE as CANDIDATES, LeadShown};
use found::{Listed, Results, RowNumber};
use missing::Missing;
use order::Context;
use rows::{
    LookedUp, has_user, is_colleague, is_filled_in_elsewhere, is_left_out, is_listed, name_of,
    unchanged,
};
pub(super) use shown_leads::look_up as shown_lead;

use super::error::{Error, Result};
use super::unless_stopped;
use super::{
    Account, Notice, Observer, account, atomic_write, contact_numbers, one_writer, own_writes,
};
use crate::clock::SharedClock;
use crate::close::{Client, Contact, User};
use crate::ids::UserId;
use crate::name::name_key;
use crate::people::contacts::{Cell, Contacts, Role, Row, fill};
use crate::phone::Phone;
use crate::quantity::count;
use crate::regular_file;
use crate::routing::Privacy;
use crate::settings::Settings;

/// What is looked up in Close, and the client and tables for it.
pub(crate) struct Lookup<'l> {
    /// The client of Close.
    pub client: &'l Client,
    /// The configuration of the migration.
    pub settings: &'l Settings,
    /// The rows to look up: contacts.csv.
    pub contacts: &'l Contacts,
    /// The address books of a device.
    pub book: &'l Book,
    /// The source of time and waits.
    pub clock: &'l SharedClock,
    /// Whether to leave contacts.csv as it is, and to write no candidates.csv.
    pub dry_run: bool,
    /// The order to create leads for marked rows; `None`: none is created.
    pub leads: Option<WriteOrder>,
    /// The order to add numbers of rows to the contacts that they name; `None`: none is added.
    pub numbers: Option<WriteOrder>,
}

/// The result of looking up the rows of contacts.csv in Close.
pub(crate) struct LookupResult {
    /// Counts of rows by result.
    pub numbers: LookupNumbers,
    /// The rows that got or would get something, in the order of the file.
    pub rows: Vec<RowResult>,
    /// The rows that a person has to decide about.
    pub questions: Vec<RowResult>,
    /// The rows whose person is not in Close.
    pub not_found: Vec<RowResult>,
    /// The rows whose numbers were or would be added to their contacts.
    pub added: Vec<RowResult>,
    /// Name and id of each active user, if none of them fits a `me` row.
    pub users: Vec<(String, UserId)>,
    /// The path of candidates.csv; `None` if there are no candidates.
    pub candidates: Option<PathBuf>,
    /// Rows that are marked `create` and were not requested to be created.
    pub marked: u64,
    /// Why contacts.csv was not written; `None` if it was, or nothing had to be.
    pub not_written: Option<Error>,
    /// Why the checkpoint does not record that contacts.csv was filled in; `None` if it does.
    pub not_finished: Option<Error>,
    /// Why creating leads, or reading the leads of candidates, stopped before its end; `None` if it
    /// did not.
    pub stopped: Option<Error>,
}

/// Looks up the rows, creates leads if that is ordered, and fills in contacts.csv.
///
/// # Errors
///
/// Close or the checkpoint cannot be read, before anything was created. What stops it later is in the
/// result, since leads that were created are filled in all the same.
pub(crate) async fn look_up(
    lookup: &Lookup<'_>,
    observer: &mut dyn Observer,
) -> Result<LookupResult> {
    let Lookup {
        client,
        settings,
        contacts,
        ..
    } = *lookup;
    let searched = async {
        let account = account(client, settings).await?;
        observer.notice(Notice::LookingIn(Box::new(account.clone())));
        let file = settings.import.contacts.display().to_string();
        for note in contact_numbers::shared_by_creations(&file, contacts) {
            observer.notice(Notice::RowNote(note));
        }
        let (found, asked) = search(client, settings, contacts, lookup.book).await?;
        Ok::<_, Error>((account, found, asked))
    };
    let order = lookup.leads.as_ref().or(lookup.numbers.as_ref());
    let (account, mut found, asked): (Account, Results, Vec<LookedUp<'_>>) = match order {
        Some(order) => unless_stopped(&order.stop, searched).await??,
        None => searched.await?,
    };
    let with = Context {
        client,
        account: &account,
        settings,
        contacts,
        clock: lookup.clock,
    };
    let missing = missing::process(&asked, lookup.leads.as_ref(), &with, observer).await?;
    for asked in &asked {
        found.decide(asked, &missing);
    }
    found.numbers.created = missing.created;
    let added = match &lookup.numbers {
        Some(order) => add_numbers::add(order, &with, observer).await,
        None => add_numbers::Added::default(),
    };
    found.numbers.added = added.rows.len() as u64;
    found.numbers.not_added = added.failed;
    found.candidates.sort_by_key(Candidate::line);
    let shown = match lookup.dry_run {
        true => Ok(()),
        false => shown_leads::show(&mut found.candidates, client, contacts).await,
    };
    let written = write(settings, contacts, &found, lookup.dry_run);
    let mut not_finished = None;
    if written.is_ok() && lookup.leads.is_some() && !lookup.dry_run {
        let organization = &account.organization_id;
        let finished = missing::finish(
            settings,
            organization,
            (lookup.client, lookup.clock),
            observer,
        )
        .await;
        not_finished = finished.err();
    }
    let result = result(lookup, found, missing, (written.err(), shown.err()));
    Ok(LookupResult {
        not_finished,
        added: added.rows,
        stopped: result.stopped.or(added.stopped),
        ..result
    })
}

fn result(
    lookup: &Lookup<'_>,
    found: Results,
    missing: Missing,
    (not_written, not_shown): (Option<Error>, Option<Error>),
) -> LookupResult {
    let of_lines = |lines: &[u32]| -> Vec<RowResult> {
        let rows = lookup.contacts.rows().iter();
        let rows = rows.filter(|row| lines.contains(&row.line));
        rows.map(|row| RowResult::of(row, Vec::new())).collect()
    };
    let privacy = Privacy::new(lookup.contacts);
    let users = found
        .users
        .iter()
        .map(|user| (user.name(), user.id.clone()));
    let rows = lookup.contacts.rows().iter().filter_map(|row| {
        let mut values: Vec<String> = (found.cells.iter())
            .filter(|cell| cell.line == row.line)
            .map(|cell| cell.value.clone())
            .collect();
        values.extend(found.to_make.get(&row.line).map(|what| (*what).to_owned()));
        (!values.is_empty()).then(|| RowResult::of(row, values))
    });
    let table = lookup
        .settings
        .import
        .contacts
        .with_file_name(candidates::FILE);
    let has_candidates = !found.candidates.is_empty() && !lookup.dry_run;
    LookupResult {
        rows: rows.collect(),
        questions: of_lines(&found.questions),
        not_found: of_lines(&found.not_found),
        users: users
            .filter(|(name, _)| !privacy.is_private_name(name))
            .collect(),
        numbers: found.numbers,
        added: Vec::new(),
        candidates: has_candidates.then_some(table),
        marked: match lookup.leads {
            None => missing.marked,
            Some(_) => 0,
        },
        not_written,
        not_finished: None,
        stopped: missing.stopped.or(not_shown),
    }
}

async fn search<'c>(
    client: &Client,
    settings: &Settings,
    contacts: &'c Contacts,
    book: &Book,
) -> Result<(Results, Vec<LookedUp<'c>>)> {
    let mut found = Results::default();
    let mut everybody: Vec<LookedUp<'c>> = Vec::new();
    let mut search = Search {
        client,
        settings,
        contacts,
        book,
        by_number: HashMap::new(),
    };
    let mut users: Option<Vec<User>> = None;
    for row in contacts.rows() {
        match row.role {
            Role::Contact if is_left_out(row, settings, contacts) => found.numbers.left_out += 1,
            Role::Contact if row.lead_id.is_some() || row.contact_id.is_some() => {
                found.numbers.complete += 1;
            }
            Role::Contact if is_colleague(row, settings, contacts) => {
                found.number_of_colleague(row, book, (settings, contacts));
                found.numbers.left_out += 1;
            }
            // A number of a group's member, or a row for everybody.
            Role::Contact if row.chat.is_any() => everybody.extend(missing::of_every_chat(row)),
            Role::Contact if is_filled_in_elsewhere(row, settings, contacts) => {
                found.numbers.complete += 1;
            }
            Role::Contact => everybody.extend(search.contact(row, &mut found).await?),
            Role::Me if row.user_id.is_some() || has_user(row, settings) => {
                found.numbers.complete += 1;
            }
            Role::Me => {
                if users.is_none() {
                    users = Some(client.active_users().await?);
                }
                found.user(row, settings, users.as_deref().unwrap_or_default());
            }
            Role::Ignore => {}
        }
    }
    Ok((found, everybody))
}

/// The context of looking up rows.
struct Search<'s> {
    client: &'s Client,
    settings: &'s Settings,
    contacts: &'s Contacts,
    book: &'s Book,
    /// What Close has of each number that was looked up.
    by_number: HashMap<String, Vec<Contact>>,
}

impl Search<'_> {
    /// Looks up the row of a contact. `None`: nothing more to do.
    async fn contact<'c>(
        &mut self,
        row: &'c Row,
        found: &mut Results,
    ) -> Result<Option<LookedUp<'c>>> {
        let Ok(number) = found.phone(row, self.book, self.contacts) else {
            found.numbers.left_out += 1;
            return Ok(None);
        };
        let phone = match number {
            RowNumber::Is(phone) => Some(phone),
            RowNumber::OneOf(phones) => match self.only_one_in_close(row, &phones, found).await? {
                Ok(phone) => phone,
                Err(Listed) => {
                    found.numbers.left_out += 1;
                    return Ok(None);
                }
            },
            RowNumber::Unknown => None,
        };
        let with_number = match &phone {
            None => Vec::new(),
            Some(phone) => self.with_number(phone).await?,
        };
        let twin = phone.as_ref().and_then(Phone::twin);
        let other_form = match twin.filter(|_| with_number.is_empty()) {
            Some(twin) => self.with_number(&twin).await?,
            None => Vec::new(),
        };
        let mut named = match (with_number.is_empty(), name_of(row)) {
            (true, Some(name)) => namesakes(self.client, name).await?,
            _ => Vec::new(),
        };
        // A contact with the other form of the number is not one of the name alone.
        named.retain(|contact| other_form.iter().all(|other| other.id != contact.id));
        let open = |all: &[Contact]| -> Vec<Contact> {
            let is_open =
                |contact: &&Contact| !is_listed(contact, row, self.settings, self.contacts);
            all.iter().filter(is_open).cloned().collect()
        };
        let all = [&with_number, &other_form, &named];
        let open = all.map(|contacts| open(contacts));
        let total = |contacts: &[usize]| contacts.iter().sum::<usize>();
        let left = total(&open.each_ref().map(Vec::len));
        match (left, total(&all.map(Vec::len)) > left) {
            // Everyone that the row may mean is on never.txt: nothing is reported.
            (0, true) => {
                found.take_back(row);
                found.numbers.left_out += 1;
                Ok(None)
            }
            // Nothing is filled in or created on a guess.
            (_, true) => {
                let [number, other_form, named] = &open;
                found.question(row, number, other_form, named);
                Ok(None)
            }
            (_, false) => Ok(Some(LookedUp {
                row,
                phone,
                contacts: with_number,
                other_form,
                named,
            })),
        }
    }

    /// The number of a card with several that alone is in Close; it is filled in. Otherwise they are candidates.
    ///
    /// # Errors
    ///
    /// One of the numbers is of a contact on never.txt.
    async fn only_one_in_close(
        &mut self,
        row: &Row,
        phones: &[Phone],
        found: &mut Results,
    ) -> Result<std::result::Result<Option<Phone>, Listed>> {
        let mut there = Vec::new();
        for phone in phones {
            let contacts = self.with_number(phone).await?;
            let is_listed = |one: &Contact| is_listed(one, row, self.settings, self.contacts);
            if contacts.iter().any(is_listed) {
                return Ok(Err(Listed));
            }
            if !contacts.is_empty() {
                there.push(phone.clone());
            }
        }
        if let [only] = there.as_slice() {
            found.set_phone(row, only);
            return Ok(Ok(Some(only.clone())));
        }
        found.numbers_of_card(row, phones);
        Ok(Ok(None))
    }

    async fn with_number(&mut self, phone: &Phone) -> Result<Vec<Contact>> {
        if let Some(known) = self.by_number.get(phone.e164()) {
            return Ok(known.clone());
        }
        let found = self.client.contacts_with_phone(phone.e164()).await?;
        self.by_number
            .insert(phone.e164().to_owned(), found.clone());
        Ok(found)
    }
}

/// The contacts of exactly this name.
async fn namesakes(client: &Client, name: &str) -> Result<Vec<Contact>> {
    let key = name_key(name).to_lowercase();
    // A number in place of a name was searched as a number.
    if !key.chars().any(char::is_alphabetic) {
        return Ok(Vec::new());
    }
    let mut named = client.contacts_named(name).await?;
    named.retain(|contact| name_key(&contact.name).to_lowercase() == key);
    Ok(named)
}

fn write(settings: &Settings, contacts: &Contacts, found: &Results, dry_run: bool) -> Result<()> {
    if dry_run {
        return Ok(());
    }
    let path = &settings.import.contacts;
    let put = || {
        let _writing = one_writer::lock();
        unchanged(settings, contacts, "nothing was filled in")?;
        // The candidates first: if they cannot be written nothing else is.
        candidates::write(&path.with_file_name(candidates::FILE), &found.candidates)?;
        fill_in(path, &found.cells)
    };
    put().map_err(|error: Error| match found.numbers.created {
        0 => error,
        made => Error {
            message: format!(
                "{} created and not filled in; `chatferry match --create-missing` fills in their rows: {}",
                count(made, "lead"),
                error.message
            ),
            ..error
        },
    })
}

/// Fills in the cells, atomically.
fn fill_in(path: &Path, cells: &[Cell]) -> Result<()> {
    if cells.is_empty() {
        return Ok(());
    }
    let bytes = regular_file::read(path)
        .map_err(|error| Error::usage(format!("{}: cannot be read: {error}", path.display())))?;
    let new = fill(&bytes, &path.display().to_string(), cells)?;
    atomic_write::replace(path, &new)?;
    own_writes::note(path, Some(&bytes), Some(&new));
    Ok(())
}
