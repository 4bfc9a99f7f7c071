//! What an undo would delete and what stays. Reads checkpoint and Close, and writes nothing.
//!
//! Belongs here: an undo that can be carried out, and the order of reading. Never here: the verdict on a message (`verdict`,
//! `hidden`, `constraints`, `erasure`), and what is shown of it (`preview`).

mod constraints;
mod erasure;
mod hidden;
mod preview;
mod verdict;

pub(super) use verdict::Verdict;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::estimate::{Cost, Estimate, to_f64};
use super::examine::Examiner;
use super::leads;
use super::names::Names;
use super::person::Person;
use super::result::{ChatPreview, Kept, LeadPreview, UndoNumbers};
use super::select::{Scope, Selected};
use super::unrecorded::Unrecorded;
use crate::app::account::{Account, account};
use crate::app::error::{Exit, Result};
use crate::app::lead_names::LeadNames;
use crate::app::redact::Redactor;
use crate::app::{Notice, Observer, absent_checkpoint, people, runs};
use crate::checkpoint::{Checkpoint, OperationRow, RunId, Snapshot, fingerprint};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::ids::{ActivityId, LeadId};
use crate::people::contacts::Contacts;
use crate::plan::Selection;
use crate::settings::Settings;

/// The options of an undo.
pub(crate) struct UndoOrder<'o> {
    /// The run as a person names it: its number, the beginning of its plan's digest, or `latest`;
    /// `None`: every run.
    pub(crate) run: Option<&'o str>,
    /// The chats and messages to undo; its limit is a number of messages.
    pub(crate) selection: Selection,
    /// Whether leads that `match` created are deleted as well.
    pub(crate) leads: bool,
    /// The person to erase; `None` for an undo.
    pub(crate) person: Option<&'o Person>,
}

/// An undo that can be carried out.
pub(crate) struct Prepared<'p> {
    pub(super) settings: &'p Settings,
    pub(super) contacts: &'p Contacts,
    /// The names that contacts.csv has for leads.
    pub(crate) lead_names: LeadNames,
    pub(super) account: Account,
    pub(super) examiner: Examiner,
    pub(super) selected: Selected,
    /// The verdicts, in the order of the messages.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) created_leads: Vec<OperationRow>,
    /// The person who is erased.
    pub(super) person: Option<&'p Person>,
    /// Messages of that person that were changed in Close: deleted all the same.
    pub(super) changed: HashSet<usize>,
    /// Activities of that person that no import created.
    pub(crate) not_ours: Vec<(ActivityId, LeadId)>,
    /// The number of messages of ours without a record on each lead that has some.
    pub(crate) unrecorded: Vec<(LeadId, u64)>,
    /// The leads of groups with the person as anchor: activities of others have the person's number.
    pub(crate) anchored: BTreeSet<LeadId>,
    /// Whether the person was erased before.
    pub(crate) was_erased: bool,
    pub(super) estimate: Estimate,
    /// The number of the run that is undone; `None`: every run.
    pub(crate) run: Option<u32>,
    /// The chats with something to show.
    pub(crate) chats: Vec<ChatPreview>,
    /// The messages that stay.
    pub(crate) kept: Vec<Kept>,
    /// The leads of `match`; empty without `--leads`.
    pub(crate) leads: Vec<LeadPreview>,
    /// The number of leads of `match` that `--leads` would include.
    pub(crate) leads_left: u64,
    /// The number of messages that the run moved here from another lead, which is not reverted.
    pub(crate) replaced: u64,
    /// The totals, as they are expected.
    pub(crate) numbers: UndoNumbers,
}

impl Prepared<'_> {
    /// Reads what is recorded of the person whose messages are deleted, if the order names one.
    fn read_person(&mut self, snapshot: &Snapshot, order: &UndoOrder<'_>) -> Result<()> {
        if let Some(person) = order.person {
            let number = fingerprint::number(&snapshot.key(), person.number().e164());
            self.was_erased = snapshot.erased(&number)?;
            self.not_ours = std::mem::take(&mut self.selected.found_activities);
        }
        Ok(())
    }

    /// Organisation and user; with details, also their ids and the server.
    pub(crate) fn account(&self, has_details: bool) -> String {
        match has_details {
            true => self.account.label(),
            false => self.account.name(),
        }
    }

    /// Whether the server is on this machine: its leads have no address for a browser.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.account.is_here()
    }

    /// The organisation's name, which a person types to confirm.
    pub(crate) fn organization(&self) -> &str {
        &self.account.organization
    }

    /// Why there is nothing to do; `None`: there is something.
    pub(crate) fn nothing(&self) -> Option<&str> {
        self.numbers.nothing.as_deref()
    }

    /// The number of messages whose run is not recorded, so that an undo of one run leaves them.
    pub(crate) fn unknown_run(&self) -> u64 {
        self.selected.unknown_run
    }

    /// The number of deletions that an interrupted undo began.
    pub(crate) fn begun(&self) -> u64 {
        self.selected.begun
    }

    /// Chats that stay: the checkpoint does not record their device, and a device was selected.
    pub(crate) fn unclear(&self) -> &[String] {
        &self.selected.unclear
    }

    /// The exit status where nothing is carried out, as in a dry run.
    pub(crate) fn exit(&self) -> Exit {
        let is_kept = !self.kept.is_empty()
            || !self.selected.unclear.is_empty()
            || !self.unrecorded.is_empty()
            || self.leads.iter().any(|lead| lead.kept.is_some());
        match is_kept {
            true => Exit::Partial,
            false => Exit::Done,
        }
    }
}

/// Reads what an undo would do.
///
/// # Errors
///
/// An unknown run, chat or lead; Close denied access, or cannot be read.
pub(crate) async fn prepare<'p>(
    order: &UndoOrder<'p>,
    (settings, contacts): (&'p Settings, &'p Contacts),
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Prepared<'p>> {
    redact(std::iter::empty(), contacts, observer);
    let account = account(client, settings).await?;
    if client.is_unpaced() {
        observer.notice(Notice::Unpaced);
    }
    let base_url = &settings.close.base_url;
    let path = &settings.import.checkpoint;
    let snapshot = Checkpoint::peek(path, Some(&account.organization_id), base_url)?;
    let key = snapshot.as_ref().map(Snapshot::key);
    let examiner = Examiner::new(
        client,
        key.unwrap_or_else(|| crate::checkpoint::HashKey::from_bytes([0; 32])),
        &settings.import.policy,
    );
    let mut prepared = Prepared {
        settings,
        contacts,
        lead_names: LeadNames::of(settings, contacts),
        account,
        examiner,
        selected: Selected::default(),
        verdicts: Vec::new(),
        created_leads: Vec::new(),
        person: order.person,
        changed: HashSet::new(),
        not_ours: Vec::new(),
        unrecorded: Vec::new(),
        anchored: BTreeSet::new(),
        was_erased: false,
        estimate: Estimate::default(),
        run: None,
        chats: Vec::new(),
        kept: Vec::new(),
        leads: Vec::new(),
        leads_left: 0,
        replaced: 0,
        numbers: UndoNumbers::default(),
    };
    let Some(snapshot) = snapshot else {
        let cause = absent_checkpoint(path);
        prepared.numbers.nothing = Some(cause);
        return Ok(prepared);
    };
    if let Some(order) = snapshot.facts()?.list_order() {
        client.set_list_order(order);
    }
    client.know_deleted(snapshot.undone_activities()?);
    let run = (order.run)
        .map(|name| runs::find(&snapshot, name))
        .transpose()?;
    let names = Names::of(settings, contacts, &snapshot.key(), &order.selection)?;
    let scope = Scope {
        run,
        selection: &order.selection,
        of_person: (order.person).map(|person| person.chats(settings, contacts, &snapshot.key())),
    };
    prepared.selected = Selected::read(&snapshot, &names, &scope)?;
    redact(prepared.selected.names(), contacts, observer);
    report_devices(&prepared.selected.devices, &order.selection, observer);
    prepared.read_person(&snapshot, order)?;
    prepared.run = run.map(RunId::number);
    prepared.read_leads(&snapshot, run, order)?;
    if let Some(run) = run {
        prepared.replaced = snapshot.replaced_by(run)?;
    }
    let tables = (settings, contacts);
    let user = &prepared.account.user_id;
    let unrecorded = Unrecorded::new(&snapshot, tables, user, order.person)?;
    prepared.examine(order, clock, &unrecorded).await?;
    if order.leads {
        prepared.preview_leads(clock).await?;
    }
    prepared.count();
    prepared.numbers.nothing = prepared.cause(&snapshot, run)?;
    Ok(prepared)
}

/// Reports that a name without its device selects chats of several phones.
fn report_devices(devices: &BTreeSet<String>, selection: &Selection, observer: &mut dyn Observer) {
    if selection.chat.is_some() && selection.device.is_none() && devices.len() > 1 {
        observer.notice(Notice::SeveralDevices(devices.clone()));
    }
}

/// Redacts chats by their numbers, and everyone else of the table.
fn redact(
    chats: impl Iterator<Item = (String, String)>,
    contacts: &Contacts,
    observer: &mut dyn Observer,
) {
    let people = chats.chain(people::of_contacts(contacts));
    observer.redact(Redactor::new(people).map(Arc::new));
}

impl Prepared<'_> {
    /// Looks at the leads that `match` created, and adds their deletion to the estimate: each is looked at once more before.
    async fn preview_leads(&mut self, clock: &SharedClock) -> Result<()> {
        let (before, began) = (self.examiner.client.stats().requests, clock.elapsed());
        self.leads = leads::preview(self).await?;
        let requests = self.examiner.client.stats().requests - before;
        let took = clock.elapsed().saturating_sub(began);
        let deleted = self.leads.iter().filter(|lead| lead.kept.is_none());
        let part = (deleted.count() as u64, self.leads.len() as u64);
        self.estimate.add_leads(part, requests, took);
        Ok(())
    }

    /// Reads the leads that `match` created.
    fn read_leads(
        &mut self,
        snapshot: &Snapshot,
        run: Option<RunId>,
        order: &UndoOrder<'_>,
    ) -> Result<()> {
        let chosen = &order.selection;
        // A lead belongs to no device or chat, so these selections exclude it.
        if chosen.device.is_some() || chosen.chat.is_some() {
            return Ok(());
        }
        let mut created = snapshot.created_leads()?;
        created.retain(|row| {
            run.is_none_or(|run| row.created_run == run)
                && (chosen.lead.as_ref()).is_none_or(|lead| row.target_lead.as_ref() == Some(lead))
        });
        match order.leads {
            true => self.created_leads = created,
            false => self.leads_left = created.len() as u64,
        }
        Ok(())
    }

    /// Estimates the deletions: `leads` were read with this number of requests in this time.
    async fn estimate(&mut self, leads: u64, requests: u64, took: Duration) {
        let deleted = self.verdicts.iter().filter(|verdict| {
            matches!(
                verdict,
                Verdict::Delete(_) | Verdict::Unread(_) | Verdict::Unsettled
            )
        });
        let messages = deleted.count() as u64;
        let latency = match requests {
            0 => 0.0,
            requests => took.as_secs_f64() / to_f64(requests),
        };
        let cost = Cost {
            messages,
            // The lists are read again right before the deletions.
            others: match messages {
                0 => 0,
                _ => requests.max(leads),
            },
            latency,
            concurrency: self.settings.limits.concurrency as u64,
        };
        let client = &self.examiner.client;
        // Within one window its length does not matter.
        if let Some((limit, _)) = client.deleting_allowance().window
            && messages > limit
            && let Some(first) = self.selected.messages.first()
        {
            // What fails here fails again where it matters.
            let _ = client.learn_window(&first.key.external_id).await;
        }
        self.estimate = Estimate::of(cost, &client.deleting_allowance());
    }
}
