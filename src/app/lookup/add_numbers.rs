//! `match --add-numbers`: the numbers of contacts.csv that the contacts of their rows lack in Close.
//!
//! Live messages find a contact by number, so a contact that a person chose by name gets the number of its chat. A
//! contact is read right before it is changed, and a number that it has, in any form, is never added. Nor is one of
//! several that rows give a contact: one of them may be another person's.

use std::collections::{BTreeSet, HashMap};

use super::order::{Context, WriteOrder};
use super::rows::{RowResult, is_left_out, is_listed, owners_numbers, unchanged};
use crate::app::contact_numbers::with_several_numbers;
use crate::app::{Error, Notice, Observer, Question, Result, unless_stopped};
use crate::close::{Client, ContactNumbers, Failure};
use crate::ids::ContactId;
use crate::people::contacts::{Role, Row};
use crate::phone::Phone;
use crate::stop_reason::StopReason;

/// The result.
#[derive(Default)]
pub(super) struct Added {
    /// The rows whose numbers were or would be added.
    pub(super) rows: Vec<RowResult>,
    /// Rows whose numbers could not be added.
    pub(super) failed: u64,
    /// Why it stopped early.
    pub(super) stopped: Option<Error>,
}

/// The numbers of one contact, each with the first row that gives it.
struct Wanted<'r> {
    contact_id: &'r ContactId,
    rows: Vec<(&'r Row, &'r Phone)>,
    /// The lines of the rows that give the contact different numbers; empty if all give the same.
    different: BTreeSet<u32>,
}

/// Adds the numbers, after a confirmation. Errors are in the result: what was done before stays done.
pub(super) async fn add(
    order: &WriteOrder,
    with: &Context<'_>,
    observer: &mut dyn Observer,
) -> Added {
    let mut added = Added::default();
    if let Err(error) = add_all(order, with, &mut added, observer).await {
        added.stopped = Some(error);
    }
    added
}

async fn add_all(
    order: &WriteOrder,
    with: &Context<'_>,
    added: &mut Added,
    observer: &mut dyn Observer,
) -> Result<()> {
    let mut to_add = Vec::new();
    for mut wanted in wanted(with) {
        let rows = std::mem::take(&mut wanted.rows);
        let lacking = unless_stopped(&order.stop, lacking(&wanted, rows, with)).await??;
        wanted.rows = lacking.rows;
        added.fail(lacking.failed, with, observer);
        if !wanted.rows.is_empty() {
            to_add.push(wanted);
        }
    }
    if order.dry_run {
        added.rows.extend(to_add.iter().flat_map(Wanted::results));
    } else if !to_add.is_empty() && agree(&to_add, order, with, observer).await? {
        // The question may have been open for an hour.
        unchanged(with.settings, with.contacts, "no number was added")?;
        for mut wanted in to_add {
            if order.stop.is_requested() {
                return Err(StopReason::Interrupted.into());
            }
            let failed = write(&mut wanted, with.client).await?;
            added.fail(failed, with, observer);
            added.rows.extend(wanted.results());
        }
    }
    Ok(())
}

/// The numbers by contact, in the order of the file. Rows of people who are left out are not among them, nor those of
/// groups: their number is the group's.
fn wanted<'r>(with: &Context<'r>) -> Vec<Wanted<'r>> {
    let mut all: Vec<Wanted<'r>> = Vec::new();
    let mut by_contact: HashMap<&ContactId, usize> = HashMap::new();
    for row in with.contacts.rows() {
        let (Role::Contact, Some(contact_id), Some(phone)) =
            (row.role, &row.contact_id, &row.phone)
        else {
            continue;
        };
        if row.participant.is_any() || is_left_out(row, with.settings, with.contacts) {
            continue;
        }
        let index = *by_contact.entry(contact_id).or_insert(all.len());
        if index == all.len() {
            all.push(Wanted {
                contact_id,
                rows: Vec::new(),
                different: BTreeSet::new(),
            });
        }
        let rows = &mut all[index].rows;
        if rows.iter().all(|(_, known)| !known.is_same_as(phone)) {
            rows.push((row, phone));
        }
    }
    // Rows that are left out here may contradict the others.
    let several = with_several_numbers(with.contacts.rows().iter());
    for wanted in &mut all {
        let given = several.get(wanted.contact_id).into_iter().flatten();
        let own = wanted.rows.iter().map(|(row, _)| row.line);
        let lines: BTreeSet<u32> = given.map(|row| row.line).chain(own).collect();
        if lines.len() > 1 {
            wanted.different = lines;
        }
    }
    all
}

/// Rows with the reason why their numbers cannot be added.
type Failed<'r> = Vec<(&'r Row, String)>;

/// The rows of a contact whose numbers Close lacks.
struct Lacking<'r> {
    rows: Vec<(&'r Row, &'r Phone)>,
    failed: Failed<'r>,
}

/// Compares the numbers of a contact with Close.
async fn lacking<'r>(
    wanted: &Wanted<'r>,
    rows: Vec<(&'r Row, &'r Phone)>,
    with: &Context<'r>,
) -> Result<Lacking<'r>> {
    let mut lacking = Lacking {
        rows: Vec::new(),
        failed: Vec::new(),
    };
    let contact = match with.client.contact_numbers(wanted.contact_id).await {
        Ok(Some(contact)) => contact,
        Ok(None) => {
            lacking.failed = all_failed(rows, NOT_THERE);
            return Ok(lacking);
        }
        Err(failure) => {
            lacking.failed = all_failed(rows, &refused(failure)?);
            return Ok(lacking);
        }
    };
    let known = contact.contact();
    for (row, phone) in rows {
        let is_listed = is_listed(&known, row, with.settings, with.contacts);
        if is_listed || known.has_number(phone) {
            continue;
        }
        let why = match wanted.contradiction() {
            Some(why) => Some(why),
            None => why_not(row, phone, &contact, with).await?,
        };
        match why {
            Some(why) => lacking.failed.push((row, why)),
            None => lacking.rows.push((row, phone)),
        }
    }
    Ok(lacking)
}

const NOT_THERE: &str = "the contact is not in Close; correct contact_id";

/// Why a number is not added to a contact that lacks it.
async fn why_not(
    row: &Row,
    phone: &Phone,
    contact: &ContactNumbers,
    with: &Context<'_>,
) -> Result<Option<String>> {
    if row.lead_id.is_some() && row.lead_id != contact.lead_id {
        let why = "the contact is on another lead than lead_id; correct one of them";
        return Ok(Some(why.to_owned()));
    }
    let mut owners = owners_numbers(with.settings, with.contacts);
    let is_owners = owners.any(|number| number.is_same_as(phone));
    if is_owners {
        return Ok(Some("the number is that of a phone's owner".to_owned()));
    }
    let others = match with.client.contacts_with_phone(phone.e164()).await {
        Ok(others) => others,
        Err(failure) => return refused(failure).map(Some),
    };
    let other = others.iter().find(|other| other.id != contact.id);
    Ok(other.map(|other| {
        format!(
            "another contact has the number ({}); remove it there, or correct contact_id",
            other.id
        )
    }))
}

/// Shows what is to be added and where, and asks, unless that was declined beforehand.
async fn agree(
    to_add: &[Wanted<'_>],
    order: &WriteOrder,
    with: &Context<'_>,
    observer: &mut dyn Observer,
) -> Result<bool> {
    let rows: Vec<RowResult> = to_add.iter().flat_map(Wanted::results).collect();
    if order.yes {
        return Ok(true);
    }
    let file = with.settings.import.contacts.display();
    for row in &rows {
        let text = format!(
            "{file}:{}: {}: {}",
            row.line,
            row.name,
            row.values.join(" to ")
        );
        observer.notice(Notice::RowNote(text));
    }
    observer.notice(Notice::Into(Box::new(with.account.clone())));
    let question = Question::AddNumbers(rows.len() as u64);
    let is_confirmed = unless_stopped(&order.stop, observer.confirm(&question)).await??;
    if !is_confirmed {
        observer.notice(Notice::NoNumberAdded);
    }
    Ok(is_confirmed)
}

/// Adds the numbers of one contact; those that it already has leave its rows, and rows that fail are returned.
async fn write<'r>(wanted: &mut Wanted<'r>, client: &Client) -> Result<Failed<'r>> {
    let failed = match client.contact_numbers(wanted.contact_id).await {
        Ok(Some(contact)) => {
            let known = contact.contact();
            (wanted.rows).retain(|(_, phone)| !known.has_number(phone));
            let numbers: Vec<Phone> = wanted
                .rows
                .iter()
                .map(|(_, phone)| (*phone).clone())
                .collect();
            match numbers.is_empty() {
                true => return Ok(Vec::new()),
                false => client.add_numbers(contact, &numbers).await.err(),
            }
        }
        Ok(None) => return Ok(all_failed(std::mem::take(&mut wanted.rows), NOT_THERE)),
        Err(failure) => Some(failure),
    };
    match failed {
        None => Ok(Vec::new()),
        Some(failure) => {
            let why = refused(failure)?;
            Ok(all_failed(std::mem::take(&mut wanted.rows), &why))
        }
    }
}

/// A failure of one row as text; any other one stops.
fn refused(failure: Failure) -> Result<String> {
    match failure {
        Failure::Rejected { .. } | Failure::Denied { status: 403, .. } => {
            Ok(format!("{failure} [{}]", failure.code()))
        }
        failure => Err(failure.into()),
    }
}

fn all_failed<'r>(rows: Vec<(&'r Row, &'r Phone)>, why: &str) -> Failed<'r> {
    let rows = rows.into_iter();
    rows.map(|(row, _)| (row, why.to_owned())).collect()
}

impl Wanted<'_> {
    fn results(&self) -> impl Iterator<Item = RowResult> {
        self.rows.iter().map(|(row, phone)| {
            let values = vec![phone.e164().to_owned(), self.contact_id.to_string()];
            RowResult::of(row, values)
        })
    }

    /// Why no number is added to a contact that rows give different numbers.
    fn contradiction(&self) -> Option<String> {
        if self.different.is_empty() {
            return None;
        }
        let lines: Vec<String> = self.different.iter().map(u32::to_string).collect();
        Some(format!(
            "lines {} give {} different numbers; settle the rows first, or add the number to the contact in Close",
            lines.join(", "),
            self.contact_id
        ))
    }
}

impl Added {
    /// Counts and reports rows that failed.
    fn fail(&mut self, failed: Failed<'_>, with: &Context<'_>, observer: &mut dyn Observer) {
        let file = with.settings.import.contacts.display();
        for (row, why) in failed {
            self.failed += 1;
            let text = format!("{file}:{}: the number was not added: {why}", row.line);
            observer.notice(Notice::RowFailed(text));
        }
    }
}
