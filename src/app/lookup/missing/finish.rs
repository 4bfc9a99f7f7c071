//! The last step of a created lead: contacts.csv names it.

use std::collections::HashSet;

use super::make::end;
use crate::app::{self, Observer, Result, run_checkpoint};
use crate::checkpoint::{
    Binding, Change, Checkpoint, Hash, OperationKind, RunOutcome, Snapshot, Step, Subject,
};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::{creation, lead_hash};
use crate::settings::Settings;

/// Finishes the operations whose leads are in Close and whose numbers have a filled-in row meanwhile,
/// independent of which run created the leads and of who filled in the row.
///
/// # Errors
///
/// An unreadable table or checkpoint. The operations stay open, and the next run finishes them.
pub(in crate::app::lookup) async fn finish(
    settings: &Settings,
    organization: &str,
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<()> {
    let path = &settings.import.checkpoint;
    let base_url = &settings.close.base_url;
    let known = Checkpoint::peek(path, Some(organization), base_url)?;
    let Some(known) = known else {
        return Ok(());
    };
    let written = written(&known, settings)?;
    drop(known);
    if written.is_empty() {
        return Ok(());
    }
    let binding = Binding::new(organization.to_owned(), base_url);
    let checkpoint = run_checkpoint::open(path, &binding, (client, clock), observer)?;
    let steps = written.into_iter().map(|number| Change::OperationStep {
        operation: creation(number),
        step: Step::Written,
        target: None,
    });
    let recorded = checkpoint.recorder().record_all(steps.collect()).await;
    let ended = end(&checkpoint, RunOutcome::Complete, 0).await;
    let closed = checkpoint.close();
    recorded?;
    ended?;
    Ok(closed?)
}

/// The numbers, hashed, of open operations that contacts.csv has a filled-in row for.
fn written(known: &Snapshot, settings: &Settings) -> Result<Vec<Hash>> {
    let open = known.open_operations()?;
    let mut open: HashSet<Hash> = (open.into_iter())
        .filter(|row| row.step == Step::Created)
        .filter_map(|row| match (row.operation.kind, row.operation.subject) {
            (OperationKind::CreateLead, Subject::Number(number)) => Some(number),
            _ => None,
        })
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let table = app::contacts(&settings.import.contacts)?;
    let filled_in = (table.rows().iter())
        .filter(|row| row.lead_id.is_some() && row.contact_id.is_some())
        .filter_map(|row| row.phone.as_ref());
    let ways = filled_in.flat_map(|phone| std::iter::once(phone.clone()).chain(phone.twin()));
    let key = known.key();
    Ok(ways
        .map(|phone| lead_hash(&key, &phone))
        .filter(|number| open.remove(number))
        .collect())
}
