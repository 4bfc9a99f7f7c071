//! Rows of contacts.csv with each other's contact: each contact has in Close the number of the other row.
//!
//! Such rows are complete and consistent, since lead and contact belong together, and would put two people's
//! conversations on each other's lead. Never here: one contact in several rows ([`super::contact_numbers`]).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::error::Result;
use super::{Migration, Notice, Observer, contact_numbers};
use crate::close::{Client, ContactNumbers};
use crate::ids::ContactId;
use crate::people::contacts::{Role, Row};
use crate::plan::{Plan, Totals};

/// The maximum number of contacts that are read for a plan: one request each, at 10 requests a second half a minute.
/// `doctor` reads all.
const MAX_CONTACTS: usize = 300;

/// The number of requests at once; the client's pace limits them further.
const CONCURRENCY: usize = 8;

/// Reports rows whose contacts seem to be exchanged, among the contacts of chats of which nothing is in Close yet.
///
/// # Errors
///
/// Close cannot be reached.
pub(super) async fn report(
    migration: &Migration,
    plan: &Plan,
    client: &Client,
    observer: &mut dyn Observer,
) -> Result<()> {
    let new: BTreeSet<&ContactId> = (plan.chats.iter())
        .filter(|planned| {
            let totals = Totals::of_chat(planned);
            !planned.chat.is_group && totals.create > 0 && totals.unchanged == 0
        })
        .filter_map(|planned| Some(&planned.destination.as_ref()?.contact_id))
        .collect();
    if new.len() > MAX_CONTACTS {
        return Ok(());
    }
    let file = migration.settings.import.contacts.display().to_string();
    for (one, other) in exchanged(migration, &new, client).await? {
        observer.notice(Notice::Row(text(&file, one, other)));
    }
    Ok(())
}

/// A sentence about two rows, by their lines.
fn text(file: &str, one: u32, other: u32) -> String {
    format!(
        "{file}:{one}: seems to be exchanged with line {other}: the contact of each has in Close the number of the other; exchange lead_id and contact_id of the two rows, or their phones"
    )
}

/// The lines of two rows each whose contacts, among `contacts`, have in Close each other's number and lack their own.
async fn exchanged(
    migration: &Migration,
    contacts: &BTreeSet<&ContactId>,
    client: &Client,
) -> Result<Vec<(u32, u32)>> {
    let is_one = |row: &&Row| {
        row.role == Role::Contact
            && !row.participant.is_any()
            && row.phone.is_some()
            && row
                .contact_id
                .as_ref()
                .is_some_and(|id| contacts.contains(id))
    };
    let rows: Vec<&Row> = contact_numbers::imported(migration)
        .filter(is_one)
        .collect();
    let ids: BTreeSet<&ContactId> = rows
        .iter()
        .filter_map(|row| row.contact_id.as_ref())
        .collect();
    if ids.len() < 2 {
        return Ok(Vec::new());
    }
    let read = stream::iter(ids).map(|id| async move {
        match client.contact_numbers(id).await {
            Ok(numbers) => Ok(numbers.map(|numbers| (id.clone(), numbers))),
            Err(failure) if failure.is_network() && !failure.is_of_one_request() => Err(failure),
            // A contact that cannot be read is reported with its chat.
            Err(_) => Ok(None),
        }
    });
    let read: Vec<Option<(ContactId, ContactNumbers)>> =
        read.buffer_unordered(CONCURRENCY).try_collect().await?;
    let numbers: BTreeMap<ContactId, ContactNumbers> = read.into_iter().flatten().collect();
    let wrong: Vec<(&Row, &ContactNumbers)> = (rows.into_iter())
        .filter_map(|row| {
            let own = numbers.get(row.contact_id.as_ref()?)?;
            (!own.contains(row.phone.as_ref()?)).then_some((row, own))
        })
        .collect();
    Ok(pairs(&wrong))
}

/// The pairs among rows whose contacts lack their numbers.
fn pairs(wrong: &[(&Row, &ContactNumbers)]) -> Vec<(u32, u32)> {
    let has = |numbers: &ContactNumbers, row: &Row| {
        (row.phone.as_ref()).is_some_and(|number| numbers.contains(number))
    };
    let mut found = Vec::new();
    for (place, (one, own)) in wrong.iter().enumerate() {
        let other =
            (wrong[place + 1..].iter()).find(|(other, others)| has(own, other) && has(others, one));
        found.extend(other.map(|(other, _)| (one.line, other.line)));
    }
    found
}
