//! Verifies that Close holds what the plan wants and what the checkpoint records, message by message. Writes nothing but
//! the table that is requested.
//!
//! Belongs here: the order of the steps, which leads are read, and the exit status. Never here: the comparison itself
//! ([`crate::plan::compare`]), or a correction of what is found.
//!
//! | file      | contains                                                       |
//! |-----------|----------------------------------------------------------------|
//! | `items`   | the messages to verify on a lead, from plan and checkpoint     |
//! | `records` | the checkpoint's records by lead                               |
//! | `lead`    | the comparison with a lead's list                              |
//! | `absent`  | messages that the list lacks                                   |
//! | `bytes`   | bytes of files                                                 |
//! | `found`   | a finding and its next step                                    |
//! | `table`   | verify.csv                                                     |

mod absent;
mod bytes;
mod found;
mod items;
mod lead;
mod records;
mod table;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use bytes::FilesToRead;
pub(crate) use found::Found;
use found::Next;
pub(crate) use table::check_table_target;

use self::items::{Leads, OfLead};
use self::lead::{OfOneLead, Verifier};
use super::account::account;
use super::desired::ReadChats;
use super::error::{Error, Exit, Result};
use super::planning::{self, Known};
use super::redact::Redactor;
use super::{Migration, Notice, Observer, Unattended, atomic_write, people, selection};
use crate::checkpoint::{Checkpoint, Snapshot, fingerprint};
use crate::clock::SharedClock;
use crate::close::{Client, Failure};
use crate::ids::LeadId;
use crate::plan::compare::{Field, Finding, Forms, Tally};
use crate::plan::{Fingerprint, Plan, PlannedChat, Selection, Totals};
use crate::policy::{Policy, RunFlags};
use crate::stop_reason::StopReason;
use crate::transform::desired::{Held, Standing};

/// The wait before a list that may be late is read again; doubled each time.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Why messages after the end of a verification were not checked.
const NOT_REACHED: &str = "not reached before it stopped";

/// The longest of these waits.
const MAX_DELAY: Duration = Duration::from_secs(15);

/// The options of a verification.
pub(crate) struct VerifyOrder<'o> {
    /// Which chats; the limit is one of messages.
    pub(crate) selection: Selection,
    /// Which files are downloaded.
    pub(crate) files: FilesToRead,
    /// The file that the findings are written to.
    pub(crate) out: Option<&'o Path>,
    /// Show names also in output that is kept.
    pub(crate) show_content: bool,
    /// The flags that select the same migration in the next command, each after a blank.
    pub(crate) flags: &'o str,
}

/// The result of a verification.
#[derive(Default)]
pub(crate) struct Verification {
    /// Organisation, user and server.
    pub(crate) account: String,
    /// Whether the server is on this machine: its leads have no address for a browser.
    pub(crate) is_sandbox: bool,
    /// The totals.
    pub(crate) tally: Tally,
    /// The chats with compared messages.
    pub(crate) chats: u64,
    /// The findings, the most harmful first.
    pub(crate) found: Vec<Found>,
    /// Fields in which every message differs, each with the number of messages.
    pub(crate) forms: Vec<(Field, u64)>,
    /// What was not checked, by chat or lead, with the reason.
    pub(crate) unchecked: Vec<Unchecked>,
    /// Files of messages in Close.
    pub(crate) files: u64,
    /// Files whose bytes were compared.
    pub(crate) files_compared: u64,
    /// Messages that are in Close as they were sent, and that the next import updates.
    pub(crate) outdated: u64,
    /// Messages that the plan leaves undecided, and those of held chats: not in Close as far as known, not compared.
    pub(crate) undecided: u64,
    /// Messages of held chats.
    pub(crate) held: u64,
    /// Messages beyond the limit.
    pub(crate) beyond_limit: u64,
    /// Archives that could not be read.
    pub(crate) unreadable: u64,
    /// Requests to Close.
    pub(crate) requests: u64,
    /// The duration in seconds.
    pub(crate) seconds: f64,
    /// Why the verification ended early.
    pub(crate) stopped: Option<Error>,
    /// The exit status.
    pub(crate) exit: Exit,
    names: Vec<ChatNames>,
    flags: String,
    /// Deletions that moves on each lead need.
    moves: HashMap<LeadId, u64>,
}

/// Messages that were not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unchecked {
    /// The lead; `None` for a chat whose lead could not be listed while the plan was made.
    pub(crate) lead_id: Option<LeadId>,
    /// The number of messages.
    pub(crate) messages: u64,
    /// Why.
    pub(crate) why: String,
}

/// The names of a chat of the plan.
struct ChatNames {
    device: String,
    name: String,
    is_private: bool,
    archives: Vec<String>,
}

/// Where the message of a finding is read: device, chat, archive and line; empty or 0 if unknown or private.
pub(crate) struct Place<'p> {
    /// The device.
    pub(crate) device: &'p str,
    /// The chat's name.
    pub(crate) chat: &'p str,
    /// The archive.
    pub(crate) archive: &'p str,
    /// The line.
    pub(crate) line: u32,
}

impl Verification {
    /// The place of a finding's message.
    pub(crate) fn place(&self, found: &Found) -> Place<'_> {
        let chat = found.chat.and_then(|chat| self.names.get(chat));
        match chat.filter(|chat| !chat.is_private) {
            None => Place {
                device: "",
                chat: "",
                archive: "",
                line: 0,
            },
            Some(chat) => {
                let (archive, line) = found.location.unwrap_or((u32::MAX, 0));
                Place {
                    device: &chat.device,
                    chat: &chat.name,
                    archive: chat
                        .archives
                        .get(archive as usize)
                        .map_or("", String::as_str),
                    line,
                }
            }
        }
    }

    /// The next step for a finding.
    pub(crate) fn next(&self, found: &Found) -> String {
        let deletions = self.moves.get(&found.lead_id).copied().unwrap_or_default();
        found.next.text(&found.lead_id, &self.flags, deletions)
    }

    /// Whether every message was checked.
    pub(crate) fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.unchecked.is_empty()
    }
}

/// Verifies a migration. `unopened`: why no archive is there; then the checkpoint alone is compared.
///
/// # Errors
///
/// Mistakes in the files of the migration or in the selection; Close refused the account; nothing is there to compare with.
/// A verification that ends early is a [`Verification`].
pub(crate) async fn verify(
    migration: &mut Migration,
    unopened: Option<Error>,
    order: &VerifyOrder<'_>,
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Verification> {
    let began = clock.elapsed();
    if !order.show_content {
        let people = people::of_contacts(&migration.contacts).into_iter();
        redact(people.chain(people::of_archives(migration)), observer);
    }
    migration.report_failures(observer);
    let account = account(client, &migration.settings).await?;
    let snapshot = Checkpoint::peek(
        &migration.settings.import.checkpoint,
        Some(&account.organization_id),
        &migration.settings.close.base_url,
    )?;
    let snapshot = snapshot.as_ref();
    if let Some(error) = unopened {
        // Without archives and without a checkpoint there is nothing to compare with.
        if snapshot.is_none() {
            return Err(error);
        }
        observer.notice(Notice::NoArchives(error.message));
    }
    let policy = migration.policy(RunFlags::default());
    let read = read(migration, order, snapshot, &policy, observer)?;
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
        is_sandbox: account.is_here(),
        unreadable: migration.failures().len() as u64,
        flags: order.flags.to_owned(),
        ..Verification::default()
    };
    match planning::build_with_content(read, &selection, &policy, known).await {
        Ok(plan) => {
            let verifier = verifier(migration, (client, snapshot), (&plan, &policy), order.files);
            let run = Run {
                verifier: &verifier,
                clock,
                order,
            };
            run.run(&mut result, observer).await?;
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
    result.requests = client.stats().requests;
    result.seconds = (clock.elapsed() - began).as_secs_f64();
    result.exit = exit_of(&result);
    write_table(order.out, &result, observer)?;
    Ok(result)
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

fn verifier<'v>(
    migration: &Migration,
    (client, snapshot): (&'v Client, Option<&'v Snapshot>),
    (plan, policy): (&'v Plan, &'v Policy),
    files: FilesToRead,
) -> Verifier<'v> {
    Verifier {
        client,
        plan,
        snapshot,
        fingerprint: snapshot.map(|snapshot| {
            let key = snapshot.key();
            Fingerprint(Arc::new(move |kind, text| {
                fingerprint::keyed(&key, kind, text)
            }))
        }),
        policy,
        settle: migration.settings.limits.settle(),
        files,
        deletions: absent::Deletions::default(),
    }
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

/// A verification whose plan is made.
struct Run<'r> {
    verifier: &'r Verifier<'r>,
    clock: &'r SharedClock,
    order: &'r VerifyOrder<'r>,
}

/// The state between two leads.
struct Progress {
    /// Messages that may still be compared.
    rest: usize,
    /// The number of the next message.
    next: u64,
    chats: HashSet<ChatKey>,
    forms: Forms,
}

/// A chat: of the plan, or of the checkpoint alone.
type ChatKey = (Option<usize>, Option<i64>);

impl Run<'_> {
    async fn run(&self, result: &mut Verification, observer: &mut dyn Observer) -> Result<()> {
        let plan = self.verifier.plan;
        let chosen = &self.order.selection;
        result.names = names(plan);
        result
            .unchecked
            .extend(plan.chats.iter().filter_map(unlisted));
        result.held = plan
            .chats
            .iter()
            .map(|chat| Totals::of_chat(chat).held)
            .sum();
        let is_limited = chosen.device.is_some() || chosen.chat.is_some();
        let leads = Leads::of(plan, self.verifier.snapshot, is_limited)?;
        let limit = chosen
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut progress = Progress {
            rest: limit.unwrap_or(usize::MAX),
            next: 0,
            chats: HashSet::new(),
            forms: Forms::default(),
        };
        let mut again = Vec::new();
        for lead in leads.all(chosen.lead.as_ref()) {
            let of_lead = leads.of_lead(&lead, self.verifier.snapshot)?;
            let part = (progress.rest.min(of_lead.items.len()), progress.next);
            result.undecided += of_lead.undecided;
            result.beyond_limit += (of_lead.items.len() - part.0) as u64;
            progress.rest -= part.0;
            progress.next += part.0 as u64;
            progress
                .chats
                .extend(of_lead.items[..part.0].iter().map(key_of));
            if part.0 == 0 {
                continue;
            }
            let of_one = match &result.stopped {
                Some(_) => unreached(&lead, &of_lead, part, NOT_REACHED),
                None => match self.verifier.lead(&lead, &of_lead, part, false).await {
                    Ok(of_one) => of_one,
                    Err(failure) => stop(&lead, &of_lead, part, failure, result),
                },
            };
            match of_one.wait {
                Some(wait) => again.push((lead, of_lead, part, wait)),
                None => add(&lead, of_one, &mut progress.forms, result),
            }
        }
        self.ask_again(again, &mut progress, result, observer).await;
        result.chats = progress.chats.len() as u64;
        finish(&progress.forms, result);
        Ok(())
    }

    /// Reads the leads whose lists may be late again, until they are complete or cannot be late any more.
    async fn ask_again(
        &self,
        leads: Vec<(LeadId, OfLead, (usize, u64), Duration)>,
        progress: &mut Progress,
        result: &mut Verification,
        observer: &mut dyn Observer,
    ) {
        let Some(mut left) = leads.iter().map(|(.., wait)| *wait).max() else {
            return;
        };
        observer.notice(Notice::ListsLate {
            leads: leads.len() as u64,
            wait: left,
        });
        let (mut leads, mut delay) = (leads, FIRST_DELAY);
        while !leads.is_empty() {
            let wait = delay.min(left);
            self.clock.sleep(wait).await;
            left -= wait;
            delay = (delay * 2).min(MAX_DELAY);
            for (lead, of_lead, part, _) in std::mem::take(&mut leads) {
                let read = self
                    .verifier
                    .lead(&lead, &of_lead, part, left.is_zero())
                    .await;
                let of_one = match read {
                    Ok(of_one) => of_one,
                    Err(failure) => stop(&lead, &of_lead, part, failure, result),
                };
                match of_one.wait {
                    Some(wait) => leads.push((lead, of_lead, part, wait)),
                    None => add(&lead, of_one, &mut progress.forms, result),
                }
            }
        }
    }
}

fn key_of(item: &items::Item) -> ChatKey {
    let recorded = item.record.as_ref().map(|record| record.row.chat.number());
    match item.chat {
        Some(chat) => (Some(chat), None),
        None => (None, recorded),
    }
}

/// The result for a lead that is not read, since an earlier one could not be.
fn unreached(
    lead: &LeadId,
    of_lead: &OfLead,
    (limit, first): (usize, u64),
    why: &str,
) -> OfOneLead {
    let mut of_one = OfOneLead::default();
    for (number, item) in (first..).zip(&of_lead.items[..limit]) {
        of_one.tally.planned += 1;
        of_one.not_checked(&lead::OfItem { lead, item, number }, why);
    }
    of_one.unchecked = Some(why.to_owned());
    of_one
}

/// The result for a lead at which the verification ends.
fn stop(
    lead: &LeadId,
    of_lead: &OfLead,
    part: (usize, u64),
    failure: Failure,
    result: &mut Verification,
) -> OfOneLead {
    let why = failure.reason();
    result.stopped = Some(StopReason::of(failure).into());
    unreached(lead, of_lead, part, &why)
}

/// Adds the result for a lead.
fn add(lead: &LeadId, of_one: OfOneLead, forms: &mut Forms, result: &mut Verification) {
    if let Some(why) = of_one.unchecked {
        result.unchecked.push(Unchecked {
            lead_id: Some(lead.clone()),
            messages: of_one.tally.of(Finding::NotChecked),
            why,
        });
    }
    if of_one.is_denied && result.exit < Exit::Denied {
        result.exit = Exit::Denied;
    }
    let moves = of_one.found.iter().filter(|found| found.next == Next::Move);
    let moves = moves.count() as u64;
    if moves > 0 {
        result.moves.insert(lead.clone(), moves);
    }
    forms.join(&of_one.forms);
    result.tally.join(&of_one.tally);
    result.found.extend(of_one.found);
    result.files += of_one.files;
    result.files_compared += of_one.files_compared;
    result.outdated += of_one.outdated;
}

/// Removes differences that every message has, and orders the findings.
fn finish(forms: &Forms, result: &mut Verification) {
    result.forms = forms.of_all();
    let is_form = |found: &Found| {
        let field = found.field;
        field.is_some_and(|field| result.forms.iter().any(|(form, _)| *form == field))
    };
    let mut is_drifted = HashSet::new();
    let mut is_doubled = HashSet::new();
    let mut had_drifted = HashSet::new();
    for found in &result.found {
        match found.finding {
            Finding::Double => drop(is_doubled.insert(found.message)),
            Finding::Drifted => {
                had_drifted.insert(found.message);
                if !is_form(found) {
                    is_drifted.insert(found.message);
                }
            }
            _ => {}
        }
    }
    let same = had_drifted.difference(&is_drifted);
    let same = same
        .filter(|message| !is_doubled.contains(*message))
        .count() as u64;
    result.tally.replace(Finding::Drifted, Finding::Same, same);
    let mut found = std::mem::take(&mut result.found);
    found.retain(|found| !is_form(found));
    found.sort_by(|one, other| {
        (one.finding, one.field, one.message).cmp(&(other.finding, other.field, other.message))
    });
    result.found = found;
}

fn exit_of(result: &Verification) -> Exit {
    let is_denied = (result.stopped.as_ref()).is_some_and(|error| error.exit == Exit::Denied);
    if is_denied || result.exit == Exit::Denied {
        Exit::Denied
    } else if !result.is_complete() {
        Exit::Stopped
    } else if result.tally.differing() > 0 || result.unreadable > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}

/// The messages of a chat that is held since its lead could not be listed.
fn unlisted(planned: &PlannedChat) -> Option<Unchecked> {
    match &planned.chat.standing {
        Standing::Held(Held::Unlisted(why)) => Some(Unchecked {
            lead_id: None,
            messages: u64::from(planned.chat.held()),
            why: why.clone(),
        }),
        _ => None,
    }
}

fn names(plan: &Plan) -> Vec<ChatNames> {
    let chats = plan.chats.iter().map(|planned| ChatNames {
        device: planned.chat.device.clone(),
        name: planned.chat.name.clone(),
        is_private: planned.chat.private,
        archives: planned.chat.archives.clone(),
    });
    chats.collect()
}

fn redact(people: impl Iterator<Item = (String, String)>, observer: &mut dyn Observer) {
    observer.redact(Redactor::new(people).map(Arc::new));
}
