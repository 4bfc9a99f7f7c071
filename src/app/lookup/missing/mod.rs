//! Whom Close does not have: rows marked `create`, and the lead that `--create-missing` makes for
//! each number of theirs.
//!
//! For: saying for which rows one is made and for which not (`which`), finding again what an earlier
//! run has made, asking before the first write (`make`; what is sent is `execute/leads.rs`), and
//! finishing what contacts.csv has a row of by now (`finish`). It must
//! never make anything for a row that is not marked, that stands for a group or for everybody, or
//! whose number is known to be somebody's already.

mod finish;
mod make;
mod which;

use std::collections::HashMap;

pub(super) use finish::finish;
use make::make;
use which::{Number, WhyNot, sort};

use super::rows::Asked;
use crate::app::{Account, Error, Notice, Observer, Result};
use crate::checkpoint::{Checkpoint, Snapshot};
use crate::clock::SharedClock;
use crate::close::{Client, Contact};
use crate::execute::{Stop, lead_hash};
use crate::phone::Phone;
use crate::transform::contacts::{Contacts, Row};
use crate::transform::settings::Settings;

/// A row about every chat, if it is marked: only to say that nothing is made for it.
pub(super) fn of_every_chat(row: &Row) -> Option<Asked<'_>> {
    which::is_marked(row).then(|| Asked {
        row,
        phone: None,
        contacts: Vec::new(),
        named: Vec::new(),
    })
}

/// What is to be done about rows that are marked.
pub(crate) struct Order {
    /// Say what would be made, and write nothing.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// Set when a person asks to stop.
    pub stop: Stop,
}

/// What making leads is done with.
pub(super) struct With<'a> {
    pub(super) client: &'a Client,
    pub(super) account: &'a Account,
    pub(super) settings: &'a Settings,
    pub(super) contacts: &'a Contacts,
    pub(super) clock: &'a SharedClock,
}

/// What became of a number.
enum Answer {
    /// These have it, whoever made them.
    Contacts(Vec<Contact>),
    /// A lead would be made.
    WouldBeMade,
    /// None was made, and why.
    Failed(String),
}

/// What became of all of them.
#[derive(Default)]
pub(super) struct Missing {
    /// Leads that were made, or with `dry_run` would be.
    pub(super) created: u64,
    /// Rows that are marked and whose lead could be made.
    pub(super) marked: u64,
    /// By number, both ways of writing it as one ([`key`]).
    answers: HashMap<String, Answer>,
    /// By line.
    why_not: HashMap<u32, WhyNot>,
    /// Why it stopped before its end.
    pub(super) stopped: Option<Error>,
}

/// What became of one row, as far as it is known here.
pub(super) enum Fate<'m> {
    /// These have its number.
    Contacts(&'m [Contact]),
    /// It gets a lead.
    WouldBeMade,
    /// No lead could be made for it.
    Failed,
    /// It is marked, and a person has to decide.
    Question,
    /// Nothing: it is as without this.
    Nothing,
}

impl Missing {
    /// What became of a row with this number.
    pub(super) fn fate(&self, row: &Row, phone: Option<&Phone>) -> Fate<'_> {
        let answer = phone.and_then(|phone| self.answers.get(&key(phone)));
        match answer {
            Some(Answer::Contacts(contacts)) => Fate::Contacts(contacts),
            Some(Answer::WouldBeMade) => Fate::WouldBeMade,
            Some(Answer::Failed(_)) if which::is_marked(row) => Fate::Failed,
            _ if self.why_not.contains_key(&row.line) => Fate::Question,
            Some(Answer::Failed(_)) | None => Fate::Nothing,
        }
    }

    /// Reports what was not made, and why.
    fn report(&self, asked: &[Asked<'_>], settings: &Settings, observer: &mut dyn Observer) {
        let file = settings.import.contacts.display();
        for Asked { row, phone, .. } in asked {
            match self.fate(row, phone.as_ref()) {
                Fate::Question => {
                    if let Some(why) = self.why_not.get(&row.line) {
                        let text = format!("{file}:{}: {why}", row.line);
                        observer.notice(Notice::RowNote(text));
                    }
                }
                Fate::Failed => {
                    let answer = phone.as_ref().and_then(|p| self.answers.get(&key(p)));
                    if let Some(Answer::Failed(text)) = answer {
                        let text = format!("{file}:{}: no lead was made: {text}", row.line);
                        observer.notice(Notice::RowFailed(text));
                    }
                }
                Fate::Contacts(_) | Fate::WouldBeMade | Fate::Nothing => {}
            }
        }
    }
}

/// A number as answers are kept by it: of two ways of writing it always the same one.
fn key(phone: &Phone) -> String {
    let one = phone.twin().filter(|twin| twin < phone);
    one.as_ref().unwrap_or(phone).e164().to_owned()
}

/// Sees to the rows that are marked. Without an order it only counts those for which a lead could
/// be made.
///
/// # Errors
///
/// Whatever stops it before the first lead is made; from then on why it stopped is in what it
/// gives, so that what is made already gets into contacts.csv.
pub(super) async fn see_to(
    asked: &[Asked<'_>],
    order: Option<&Order>,
    with: &With<'_>,
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
                let answer = Answer::Contacts(contacts);
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
        // Whom a search finds already was made by the run that left it open, or by somebody else.
        to_make.retain(|number| number.contacts.is_empty());
        missing.created = to_make.len() as u64;
        let numbers = to_make.iter().map(|number| key(&number.phone));
        let would = numbers.map(|number| (number, Answer::WouldBeMade));
        missing.answers.extend(would);
    } else if !to_make.is_empty() {
        make(&to_make, unsettled, order, with, &mut missing, observer).await?;
    }
    missing.report(asked, with.settings, observer);
    Ok(missing)
}

/// What is known of a number before anything is made.
enum Before {
    /// These have it.
    Contacts(Vec<Contact>),
    /// An earlier run has made a lead for it, and somebody has removed that.
    Removed,
    /// An earlier run may have made one.
    Unsettled,
    /// Nobody has it.
    Nothing,
}

/// What an earlier run has made, a search may not find yet (`close-api.md` 5.6), so it is looked at
/// by its id.
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
