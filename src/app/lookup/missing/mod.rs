//! Contacts that Close lacks: rows marked `create`, and the lead that `--create-missing` creates for each
//! of their numbers.
//!
//! `which` decides which rows get one, `workflows` determines their status and what may start, `make` asks and
//! creates (the requests are in `execute/leads.rs`), `finish` completes operations whose numbers contacts.csv has a
//! row for. Nothing is ever created for a
//! row that is not marked, that is a group's or applies to everybody, or whose number a contact already
//! has.

mod finish;
mod make;
mod which;
mod workflows;

use std::collections::HashMap;

pub(super) use finish::finish;
use make::make;
use which::{Number, WhyNot, sort};

use super::order::{Context, WriteOrder};
use super::rows::LookedUp;
use crate::app::{Error, Notice, Observer, Result};
use crate::checkpoint::{Checkpoint, Snapshot};
use crate::close::{Client, Contact};
use crate::execute::lead_hash;
use crate::people::contacts::Row;
use crate::phone::Phone;
use crate::settings::Settings;

/// A row for every chat, if it is marked: only to report that no lead is created for it.
pub(super) fn of_every_chat(row: &Row) -> Option<LookedUp<'_>> {
    which::is_marked(row).then(|| LookedUp {
        row,
        phone: None,
        contacts: Vec::new(),
        other_form: Vec::new(),
        named: Vec::new(),
    })
}

/// The result for a number.
enum NumberResult {
    /// These contacts have it, regardless of who created them.
    Contacts(Vec<Contact>),
    /// A lead would be created.
    WouldBeMade,
    /// None was created, and why.
    Failed(String),
}

/// The results for all numbers.
#[derive(Default)]
pub(super) struct Missing {
    /// Leads that were created, or with `dry_run` would be.
    pub(super) created: u64,
    /// Marked rows whose lead could be created.
    pub(super) marked: u64,
    /// By number, both forms of one as one ([`key`]).
    answers: HashMap<String, NumberResult>,
    /// By line.
    why_not: HashMap<u32, WhyNot>,
    /// Why it stopped early.
    pub(super) stopped: Option<Error>,
}

/// The result for one row.
pub(super) enum Fate<'m> {
    /// These contacts have its number.
    Contacts(&'m [Contact]),
    /// It gets a lead.
    WouldBeMade,
    /// No lead could be created for it.
    Failed,
    /// It is marked, and a person has to decide.
    Question,
    /// No result: as without the flag.
    Nothing,
}

impl Missing {
    /// The result for a row with this number.
    pub(super) fn fate(&self, row: &Row, phone: Option<&Phone>) -> Fate<'_> {
        let answer = phone.and_then(|phone| self.answers.get(&key(phone)));
        match answer {
            Some(NumberResult::Contacts(contacts)) => Fate::Contacts(contacts),
            Some(NumberResult::WouldBeMade) => Fate::WouldBeMade,
            Some(NumberResult::Failed(_)) if which::is_marked(row) => Fate::Failed,
            _ if self.why_not.contains_key(&row.line) => Fate::Question,
            Some(NumberResult::Failed(_)) | None => Fate::Nothing,
        }
    }

    /// Reports the rows without a lead, and why.
    fn report(&self, asked: &[LookedUp<'_>], settings: &Settings, observer: &mut dyn Observer) {
        let file = settings.import.contacts.display();
        for LookedUp { row, phone, .. } in asked {
            match self.fate(row, phone.as_ref()) {
                Fate::Question => {
                    if let Some(why) = self.why_not.get(&row.line) {
                        let text = format!("{file}:{}: {why}", row.line);
                        observer.notice(Notice::RowNote(text));
                    }
                }
                Fate::Failed => {
                    let answer = phone.as_ref().and_then(|p| self.answers.get(&key(p)));
                    if let Some(NumberResult::Failed(text)) = answer {
                        let text = format!("{file}:{}: no lead was created: {text}", row.line);
                        observer.notice(Notice::RowFailed(text));
                    }
                }
                Fate::Contacts(_) | Fate::WouldBeMade | Fate::Nothing => {}
            }
        }
    }
}

/// The key of a number: equal for both of its forms.
fn key(phone: &Phone) -> String {
    phone.canonical().e164().to_owned()
}

/// Processes the marked rows. Without an order it only counts those for which a lead could be created.
///
/// # Errors
///
/// Any error before the first lead is created; later ones are in the result, so that created leads are
/// filled in.
pub(super) async fn process(
    asked: &[LookedUp<'_>],
    order: Option<&WriteOrder>,
    with: &Context<'_>,
    observer: &mut dyn Observer,
) -> Result<Missing> {
    let mut missing = Missing::default();
    let sorted = sort(asked, with.settings, with.contacts);
    missing.marked = (sorted.numbers.iter())
        .filter(|number| number.contacts.is_empty() && number.filled_in.is_none())
        .map(|number| number.rows.len() as u64)
        .sum();
    let Some(order) = order else {
        return Ok(missing);
    };
    missing.why_not = sorted.why_not;
    let path = &with.settings.import.checkpoint;
    let organization = with.account.organization_id.as_str();
    let base_url = &with.settings.close.base_url;
    let known = Checkpoint::peek(path, Some(organization), base_url)?;
    let mut to_make = Vec::new();
    let mut unsettled = 0;
    for number in &sorted.numbers {
        let before = before(number, known.as_ref(), with.client).await?;
        let why_not = match (before, number.filled_in) {
            (Before::Contacts(contacts), _) => {
                let answer = NumberResult::Contacts(contacts);
                missing.answers.insert(key(&number.phone), answer);
                continue;
            }
            (Before::Removed, _) => WhyNot::Removed,
            (Before::Unsettled | Before::Nothing, Some(line)) => WhyNot::FilledIn(line),
            (before, None) => {
                unsettled += u64::from(matches!(before, Before::Unsettled));
                to_make.push(number);
                continue;
            }
        };
        let rows = number.rows.iter();
        missing.why_not.extend(rows.map(|row| (row.line, why_not)));
    }
    if order.dry_run {
        // A contact that a search finds was created by the run that left it open, or by another person.
        to_make.retain(|number| number.contacts.is_empty());
        missing.created = to_make.len() as u64;
        if missing.created > 0 {
            let status = with.settings.import.new_lead_status.as_deref();
            workflows::report(missing.created, status, with, observer).await?;
        }
        let numbers = to_make.iter().map(|number| key(&number.phone));
        let would = numbers.map(|number| (number, NumberResult::WouldBeMade));
        missing.answers.extend(would);
    } else if !to_make.is_empty() {
        make(&to_make, unsettled, order, with, &mut missing, observer).await?;
    }
    missing.report(asked, with.settings, observer);
    Ok(missing)
}

/// What is known of a number before anything is created.
enum Before {
    /// These contacts have it.
    Contacts(Vec<Contact>),
    /// An earlier run created a lead for it, which was removed.
    Removed,
    /// An earlier run may have created one.
    Unsettled,
    /// No contact has it.
    Nothing,
}

/// A search may not find a lead of an earlier run yet (up to a minute, observed), so it is requested by its
/// id.
async fn before(number: &Number<'_>, known: Option<&Snapshot>, client: &Client) -> Result<Before> {
    let mut contacts = number.contacts.clone();
    let mut row = None;
    let ways = std::iter::once(number.phone.clone()).chain(number.phone.twin());
    for phone in ways {
        if let (Some(known), None) = (known, &row) {
            row = known.lead_created_for(&lead_hash(&known.key(), &phone))?;
        }
    }
    let ids = match row.map(|row| row.target_lead.zip(row.target_contact)) {
        Some(None) => return Ok(Before::Unsettled),
        Some(ids) => ids,
        None => None,
    };
    if let Some((lead_id, contact_id)) = ids
        && contacts.iter().all(|contact| contact.id != contact_id)
    {
        let lead = client.lead(&lead_id).await?;
        match lead {
            Some(lead) if lead.contacts.contains(&contact_id) => {
                contacts.push(Contact {
                    id: contact_id,
                    lead_id: Some(lead_id),
                    name: lead.display_name,
                    phones: vec![number.phone.e164().to_owned()],
                });
            }
            _ if contacts.is_empty() => return Ok(Before::Removed),
            _ => {}
        }
    }
    Ok(match contacts.is_empty() {
        true => Before::Nothing,
        false => Before::Contacts(contacts),
    })
}
