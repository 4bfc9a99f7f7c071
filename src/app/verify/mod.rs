//! Verifies that Close holds what the plan wants and what the checkpoint records, message by message. Writes nothing but
//! the table that is requested. With a repair, what is found is corrected ([`mod@repair`]).
//!
//! Belongs here: the order of the steps, which leads are read, and the exit status. Never here: the comparison itself
//! ([`crate::plan::compare`]).
//!
//! | file      | contains                                                       |
//! |-----------|----------------------------------------------------------------|
//! | `run`     | lead after lead                                                |
//! | `across`  | activities with the external id of a message of another lead    |
//! | `left_out`| messages that rules leave out                                  |
//! | `items`   | the messages to verify on a lead, from plan and checkpoint     |
//! | `records` | the checkpoint's records by lead                               |
//! | `lead`    | the comparison with a lead's list                              |
//! | `list`    | that list, and its activities as they are compared             |
//! | `expected`| what is expected of a message, and of its link                 |
//! | `lead_result` | the result for one lead                                    |
//! | `copies`  | several activities of one message                              |
//! | `absent`  | messages that the list lacks                                   |
//! | `bytes`   | bytes of files                                                 |
//! | `integration_link` | links of the template                                  |
//! | `found`   | a finding and its next step                                    |
//! | `result`  | the result as a whole                                          |
//! | `table`   | verify.csv                                                     |
//! | `repair`  | the correction of what was found                               |

mod absent;
mod across;
mod bytes;
mod copies;
mod expected;
mod found;
mod integration_link;
mod items;
mod lead;
mod lead_result;
mod left_out;
mod list;
mod records;
mod repair;
mod result;
mod run;
mod table;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

pub(crate) use bytes::FilesToRead;
pub(in crate::app) use bytes::streamed;
pub(crate) use found::{Found, Next};
pub(in crate::app) use list::{for_lead, in_close, read_one};
pub(in crate::app) use records::Record;
pub use repair::{MessagePlace, PlannedRepair, RepairOperation, Unrepaired};
pub(crate) use repair::{RepairOrder, RepairResult, Repaired, repair};
pub(crate) use result::Verification;
pub(crate) use table::check_table_target;

use self::items::Leads;
use self::lead::{Changed, Verifier};
use self::left_out::LeftOut;
use self::result::exit_of;
use self::run::{OfLeads, Run};
use super::account::{Account, account};
use super::desired::ReadChats;
use super::error::{Error, Exit, Result};
use super::lead_names::LeadNames;
use super::planning::{self, Known, Settling};
use super::redact::Redactor;
use super::{
    Migration, Notice, Observer, Unattended, atomic_write, contact_numbers, people, selection,
};
use crate::checkpoint::{Checkpoint, Snapshot, fingerprint};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::ids::LeadId;
use crate::plan::compare::Finding;
use crate::plan::repair::OnLead;
use crate::plan::{Fingerprint, Plan, Selection};
use crate::policy::{Policy, RunFlags};

/// The options of a verification.
pub(crate) struct VerifyOrder<'o> {
    /// The chats and messages to verify; its limit is a number of messages.
    pub(crate) selection: Selection,
    /// The files whose bytes are downloaded and compared.
    pub(crate) files: FilesToRead,
    /// The path of the table of findings to write; `None`: none is written.
    pub(crate) out: Option<&'o Path>,
    /// Whether output that is kept may contain names.
    pub(crate) show_content: bool,
}

/// Verifies a migration. `unopened`: why no archive is there; then the checkpoint alone is compared.
///
/// # Errors
///
/// Mistakes in the files of the migration or in the selection; Close denied access; nothing is there to compare with.
/// A verification that ends early is a [`Verification`].
pub(crate) async fn verify(
    migration: &mut Migration,
    unopened: Option<Error>,
    order: &VerifyOrder<'_>,
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Verification> {
    let began = clock.elapsed();
    begin(migration, order, observer);
    let account = account(client, &migration.settings).await?;
    let snapshot = peek(migration, &account)?;
    let sources = Sources {
        client,
        clock,
        snapshot: snapshot.as_ref(),
        account: &account,
        only: None,
        bytes_of: None,
        keeps: false,
    };
    let compared = compare(migration, unopened, order, &sources, observer).await?;
    let mut result = compared.result;
    result.requests = client.stats().requests;
    result.seconds = (clock.elapsed() - began).as_secs_f64();
    result.exit = exit_of(&result);
    write_table(order.out, &result, observer)?;
    Ok(result)
}

/// Redacts names, and reports the archives that cannot be read.
fn begin(migration: &Migration, order: &VerifyOrder<'_>, observer: &mut dyn Observer) {
    if !order.show_content {
        let people = people::of_contacts(&migration.contacts).into_iter();
        redact(people.chain(people::of_archives(migration)), observer);
    }
    migration.report_failures(observer);
}

/// The checkpoint for reading, if there is one.
fn peek(migration: &Migration, account: &Account) -> Result<Option<Snapshot>> {
    Ok(Checkpoint::peek(
        &migration.settings.import.checkpoint,
        Some(&account.organization_id),
        &migration.settings.close.base_url,
    )?)
}

/// What a comparison reads.
#[derive(Clone, Copy)]
struct Sources<'s> {
    client: &'s Client,
    clock: &'s SharedClock,
    snapshot: Option<&'s Snapshot>,
    account: &'s Account,
    /// Only these leads.
    only: Option<&'s BTreeSet<LeadId>>,
    /// Messages whose bytes are compared in any case.
    bytes_of: Option<&'s HashSet<OnLead>>,
    /// Whether a repair may follow.
    keeps: bool,
}

/// A comparison.
struct Compared {
    result: Verification,
    /// If Close could be read: the plan that it was compared with, and the results for leads.
    plan: Option<(Plan, OfLeads)>,
    /// If a repair may follow: the chats of the archives.
    read: Option<ReadChats>,
    policy: Policy,
    left_out: LeftOut,
}

/// Compares a migration with Close.
async fn compare(
    migration: &mut Migration,
    unopened: Option<Error>,
    order: &VerifyOrder<'_>,
    sources: &Sources<'_>,
    observer: &mut dyn Observer,
) -> Result<Compared> {
    let Sources {
        client,
        snapshot,
        account,
        ..
    } = *sources;
    if let Some(error) = unopened {
        // Without archives and without a checkpoint there is nothing to compare with.
        if snapshot.is_none() {
            return Err(error);
        }
        observer.notice(Notice::NoArchives(error.message));
    }
    match contact_numbers::check(migration, client).await {
        // Without an answer there is no verdict, which the comparison states.
        Err(error) if matches!(error.exit, Exit::Stopped | Exit::Denied) => {}
        checked => checked?,
    }
    let policy = migration.policy(RunFlags::default());
    let read = read(migration, order, snapshot, &policy, observer)?;
    let kept = sources.keeps.then(|| read.clone());
    let left_out = LeftOut::of(&read.desired);
    let wanted: u64 = (read.desired.chats.iter())
        .filter(|chat| order.selection.includes(chat))
        .map(|chat| chat.messages.len() as u64)
        .sum();
    let selection = Selection {
        limit: None,
        ..order.selection.clone()
    };
    let known = Known {
        checkpoint: snapshot,
        close: Some((client, &account.user_id)),
        settle: migration.settings.limits.settle(),
    };
    let mut result = Verification {
        account: account.label(),
        account_name: account.name(),
        is_sandbox: account.is_here(),
        lead_names: LeadNames::of(&migration.settings, &migration.contacts),
        unreadable: migration.failures().len() as u64,
        reads_files: matches!(order.files, FilesToRead::All),
        ..Verification::default()
    };
    let mut plan = None;
    let settling = Settling {
        clock: Some(sources.clock),
        observer: &mut *observer,
    };
    match planning::build_settled((read, true), &selection, &policy, known, settling).await {
        Ok(made) => {
            planning::report_unrecorded(&made, observer);
            let basis = (&made, &policy, &left_out);
            let verifier = verifier(migration, sources, basis, (Changed::default(), order.files))?;
            let run = Run {
                verifier: &verifier,
                clock: sources.clock,
                order,
                only: sources.only,
            };
            let of_leads = run.run(Vec::new(), &mut result, observer).await?;
            drop(verifier);
            plan = Some((made, of_leads));
        }
        // Close could not be read before anything was compared.
        Err(error) if matches!(error.exit, Exit::Stopped | Exit::Denied) => {
            result.tally.planned = wanted;
            result.tally.add(Finding::NotChecked, wanted);
            result.stopped = Some(error);
        }
        Err(error) => return Err(error),
    }
    result.tally.check()?;
    Ok(Compared {
        result,
        plan,
        read: kept,
        policy,
        left_out,
    })
}

/// What the archives want, for the selected chats; names of all are redacted from then on.
fn read(
    migration: &mut Migration,
    order: &VerifyOrder<'_>,
    snapshot: Option<&Snapshot>,
    policy: &Policy,
    observer: &mut dyn Observer,
) -> Result<ReadChats> {
    // Without archives, every row of every table matches nothing.
    let mut silent = Unattended::default();
    let read = match migration.intake.archives.is_empty() {
        true => migration.desired(policy, &mut silent)?,
        false => migration.desired(policy, observer)?,
    };
    check_selection(migration, &order.selection, &read, snapshot, observer)?;
    selection::report_devices(&order.selection, &read.desired, observer);
    if !order.show_content {
        let people = people::of_chats(&read.desired).into_iter();
        let people = people.chain(people::of_contacts(&migration.contacts));
        redact(people.chain(people::of_archives(migration)), observer);
    }
    Ok(read)
}

fn write_table(
    out: Option<&Path>,
    result: &Verification,
    observer: &mut dyn Observer,
) -> Result<()> {
    let Some(file) = out else { return Ok(()) };
    let bytes = table::csv(result, observer)?;
    atomic_write::write(file, &bytes)
        .map_err(|error| Error::usage(format!("{}: cannot be written: {error}", file.display())))
}

/// The comparison with a plan. `changed`: what this run has changed in Close.
fn verifier<'v>(
    migration: &Migration,
    sources: &Sources<'v>,
    (plan, policy, left_out): (&'v Plan, &'v Policy, &'v LeftOut),
    (changed, files): (Changed, FilesToRead),
) -> Result<Verifier<'v>> {
    let mut users = match sources.snapshot {
        Some(snapshot) => snapshot.users_of_runs()?,
        None => BTreeSet::new(),
    };
    users.insert(sources.account.user_id.clone());
    Ok(Verifier {
        client: sources.client,
        plan,
        snapshot: sources.snapshot,
        fingerprint: sources.snapshot.map(hasher),
        policy,
        settle: migration.settings.limits.settle(),
        files,
        bytes_of: sources.bytes_of.cloned().unwrap_or_default(),
        deletions: absent::Deletions::default(),
        left_out,
        users,
        keeps: sources.keeps,
        changed,
    })
}

/// The keyed hashes of a checkpoint.
fn hasher(snapshot: &Snapshot) -> Fingerprint {
    let key = snapshot.key();
    Fingerprint(Arc::new(move |kind, text| {
        fingerprint::keyed(&key, kind, text)
    }))
}

/// Refuses a selection without a match. A lead may be known to the checkpoint alone.
fn check_selection(
    migration: &Migration,
    chosen: &Selection,
    read: &ReadChats,
    snapshot: Option<&Snapshot>,
    observer: &mut dyn Observer,
) -> Result<()> {
    let (settings, contacts) = (&migration.settings, &migration.contacts);
    let checked = selection::check(chosen, &read.desired, settings, contacts);
    let is_recorded = match (&chosen.lead, &chosen.device, &chosen.chat, snapshot) {
        (Some(lead), None, None, Some(snapshot)) => {
            Leads::of(&Plan::default(), Some(snapshot), false)?.has(lead)
        }
        _ => false,
    };
    match checked {
        Err(mistake) if !is_recorded => {
            // A mistyped name can only be explained with names.
            observer.redact(None);
            Err(mistake)
        }
        _ => Ok(()),
    }
}

fn redact(people: impl Iterator<Item = (String, String)>, observer: &mut dyn Observer) {
    observer.redact(Redactor::new(people).map(Arc::new));
}
