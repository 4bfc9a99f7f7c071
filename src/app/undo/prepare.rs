//! What an undo would delete and what stays. Reads checkpoint and Close, and writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::estimate::{Cost, Estimate};
use super::examine::{Examiner, List, Seen};
use super::leads;
use super::names::Names;
use super::person::Person;
use super::replies::keep_targets;
use super::result::{ChatPreview, Kept, KeptWhy, LeadPreview, UndoNumbers, round};
use super::select::{Message, Scope, Selected};
use super::unrecorded::Unrecorded;
use crate::app::account::{Account, account};
use crate::app::error::{Exit, Result};
use crate::app::redact::Redactor;
use crate::app::{Notice, Observer, absent_checkpoint, people, runs};
use crate::checkpoint::{Checkpoint, OperationRow, RunId, Snapshot, State, fingerprint};
use crate::clock::SharedClock;
use crate::close::{Client, Direction, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::people::contacts::Contacts;
use crate::plan::Selection;
use crate::plan::compare::Forms;
use crate::settings::Settings;
use crate::stop_reason::StopReason;
use crate::transform::id_form::read as read_id;

/// The number of activities of a lead that are looked up one by one where its list lacks them. Nothing is concluded about
/// others: each is read before its deletion.
const MAX_LOOK_UPS: usize = 20;

/// The options of an undo.
pub(crate) struct UndoOrder<'o> {
    /// The run, by its name; `None`: every run.
    pub(crate) run: Option<&'o str>,
    /// Which chats; the limit is one of messages.
    pub(crate) selection: Selection,
    /// Also delete leads that `match` created.
    pub(crate) leads: bool,
    /// The person who is erased.
    pub(crate) person: Option<&'o Person>,
}

/// What is to become of a message.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// Deleted: its activity.
    Delete(ActivityId),
    /// It is no longer in Close; recorded as absent.
    Gone,
    /// The list of its lead lacks it, and it was not read: decided before its deletion.
    Unread(ActivityId),
    /// Its outcome is unknown, and Close does not list it: looked up.
    Unsettled,
    /// It stays.
    Keep(Option<ActivityId>, KeptWhy),
    /// It is beyond the limit.
    BeyondLimit,
    /// In a group, by another sender than the person who is erased.
    OfOther,
}

/// An undo that can be carried out.
pub(crate) struct Prepared<'p> {
    pub(super) settings: &'p Settings,
    pub(super) contacts: &'p Contacts,
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
    /// The run that is undone.
    pub(crate) run: Option<u32>,
    /// The chats with something to show.
    pub(crate) chats: Vec<ChatPreview>,
    /// The messages that stay.
    pub(crate) kept: Vec<Kept>,
    /// The leads of `match`; empty without `--leads`.
    pub(crate) leads: Vec<LeadPreview>,
    /// Leads of `match` that `--leads` would include.
    pub(crate) leads_left: u64,
    /// Messages that the run moved here from another lead, which is not reverted.
    pub(crate) replaced: u64,
    /// The totals, as they are expected.
    pub(crate) numbers: UndoNumbers,
}

impl Prepared<'_> {
    /// Organisation, user and server.
    pub(crate) fn account(&self) -> String {
        self.account.label()
    }

    /// The organisation's name, which a person types to confirm.
    pub(crate) fn organization(&self) -> &str {
        &self.account.organization
    }

    /// Why there is nothing to do; `None`: there is something.
    pub(crate) fn nothing(&self) -> Option<&str> {
        self.numbers.nothing.as_deref()
    }

    /// Messages whose run is not recorded.
    pub(crate) fn unknown_run(&self) -> u64 {
        self.selected.unknown_run
    }

    /// Deletions that an interrupted undo began.
    pub(crate) fn begun(&self) -> u64 {
        self.selected.begun
    }

    /// Chats that stay since the device that was asked for is not recorded of them.
    pub(crate) fn unclear(&self) -> &[String] {
        &self.selected.unclear
    }

    /// The exit status where nothing is carried out.
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
    let people = people::of_contacts(contacts).into_iter();
    observer.redact(Redactor::new(people).map(Arc::new));
    let account = account(client, settings).await?;
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
    let devices = &prepared.selected.devices;
    if order.selection.chat.is_some() && order.selection.device.is_none() && devices.len() > 1 {
        observer.notice(Notice::SeveralDevices(devices.clone()));
    }
    if let Some(person) = order.person {
        let number = fingerprint::number(&snapshot.key(), person.number().e164());
        prepared.was_erased = snapshot.erased(&number)?;
        prepared.not_ours = std::mem::take(&mut prepared.selected.found_activities);
    }
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
        prepared.leads = leads::preview(&prepared).await?;
    }
    prepared.count();
    prepared.numbers.nothing = prepared.cause(&snapshot, run)?;
    Ok(prepared)
}

impl Prepared<'_> {
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

    /// Compares every message with Close, and decides.
    async fn examine(
        &mut self,
        order: &UndoOrder<'_>,
        clock: &SharedClock,
        unrecorded: &Unrecorded<'_>,
    ) -> Result<()> {
        let mut links = std::mem::take(&mut self.selected.links);
        let mut by_lead: BTreeMap<LeadId, Vec<usize>> = BTreeMap::new();
        for (index, message) in self.selected.messages.iter().enumerate() {
            by_lead.entry(message.lead.clone()).or_default().push(index);
        }
        // What was deleted before may have left something that is not recorded.
        if order.run.is_none() {
            for lead in std::mem::take(&mut self.selected.leads) {
                by_lead.entry(lead).or_default();
            }
        }
        self.verdicts = (self.selected.messages.iter())
            .map(
                |message| match message.is_of_group && !self.is_by_archives(message) {
                    true => Verdict::OfOther,
                    false => Verdict::Gone,
                },
            )
            .collect();
        let mut seen: HashMap<usize, Seen> = HashMap::new();
        let mut listed_ids: HashSet<ActivityId> = HashSet::new();
        let mut forms = Forms::default();
        let (began, before) = (clock.elapsed(), self.examiner.client.stats().requests);
        for (lead, indexes) in &by_lead {
            let listed = self.examiner.list(lead).await.map_err(StopReason::of)?;
            let list = match listed {
                Ok(list) => list,
                Err(failure) => {
                    self.skip(indexes, &failure);
                    continue;
                }
            };
            add_links(&list, &mut links, &mut listed_ids);
            let (mut of_lead, unlisted) = self.of_lead(indexes, &list);
            let elsewhere = self.look_up(lead, unlisted, &mut of_lead).await?;
            for list in &elsewhere {
                add_links(list, &mut links, &mut listed_ids);
            }
            self.note_anchor(lead, &list);
            let without_record = unrecorded.on(lead, &list)?;
            self.note_not_ours(lead, (indexes, &without_record), &list);
            if !without_record.is_empty() {
                let number = without_record.len() as u64;
                self.unrecorded.push((lead.clone(), number));
            }
            for (index, one) in of_lead {
                forms.add(&one.fields, one.has_files);
                seen.insert(index, one);
            }
        }
        self.examiner.forms = forms.of_all().into_iter().map(|(field, _)| field).collect();
        for (index, one) in seen {
            self.verdicts[index] = self.verdict(index, one);
            self.note_changed(index);
        }
        self.drop_absent_replies(&mut links, &listed_ids).await?;
        if self.person.is_none() {
            self.keep_moving();
            self.keep_replied(&links);
        }
        self.limit(order.selection.limit, &links);
        self.selected.links = links;
        let requests = self.examiner.client.stats().requests - before;
        let took = clock.elapsed() - began;
        self.estimate(by_lead.len() as u64, requests, took).await;
        Ok(())
    }

    /// The messages of a lead as its list has them, and those that it lacks.
    fn of_lead(&mut self, indexes: &[usize], list: &List) -> (Vec<(usize, Seen)>, Vec<usize>) {
        let by_activity: HashMap<&ActivityId, usize> = (list.activities.iter().enumerate())
            .map(|(at, activity)| (&activity.id, at))
            .collect();
        let mut by_id: HashMap<ExternalId, Vec<usize>> = HashMap::new();
        for (at, activity) in list.activities.iter().enumerate() {
            by_id
                .entry(read_id(&activity.external_id))
                .or_default()
                .push(at);
        }
        let mut found = Vec::new();
        let mut open = Vec::new();
        for index in indexes {
            let message = &self.selected.messages[*index];
            if self.is_of_other(message, &by_activity, list) {
                continue;
            }
            let at = match (message.state, &message.activity_id) {
                (State::Done, Some(activity)) => {
                    let at = by_activity.get(activity).copied();
                    if at.is_none() {
                        open.push(*index);
                    }
                    at
                }
                (State::Intent | State::Unknown, _) => {
                    self.verdicts[*index] = Verdict::Unsettled;
                    let same = by_id.get(&message.key.external_id).into_iter().flatten();
                    // Always the same one of several copies.
                    same.copied().min_by_key(|at| &list.activities[*at].id)
                }
                _ => None,
            };
            if let Some(at) = at {
                let activity = &list.activities[at];
                found.push((*index, self.examiner.compare(message, activity, list)));
            }
        }
        (found, open)
    }

    /// Looks up messages that the list of their lead lacks, and adds them to `found`. Those on another lead, as after a merge,
    /// are of that lead from now on; its list is returned.
    async fn look_up(
        &mut self,
        lead: &LeadId,
        mut open: Vec<usize>,
        found: &mut Vec<(usize, Seen)>,
    ) -> Result<Vec<List>> {
        let unread = open.split_off(open.len().min(MAX_LOOK_UPS));
        let mut moved: BTreeMap<LeadId, Vec<(usize, Seen)>> = BTreeMap::new();
        for (index, seen) in self.read(&open).await? {
            match seen.lead.clone().filter(|on| on != lead) {
                Some(on) => moved.entry(on).or_default().push((index, seen)),
                None => found.push((index, seen)),
            }
        }
        for index in &unread {
            if let Some(activity) = &self.selected.messages[*index].activity_id {
                self.verdicts[*index] = Verdict::Unread(activity.clone());
            }
        }
        let mut lists = Vec::new();
        for (on, read) in moved {
            let listed = self.examiner.list(&on).await.map_err(StopReason::of)?;
            let list = match listed {
                Ok(list) => list,
                Err(failure) => {
                    let read: Vec<usize> = read.into_iter().map(|(index, _)| index).collect();
                    self.skip(&read, &failure);
                    continue;
                }
            };
            let (of_list, _) = self.of_lead(&unread, &list);
            for (index, seen) in read.into_iter().chain(of_list) {
                // Nothing else holds the messages before they are deleted.
                if let Some(message) = Arc::get_mut(&mut self.selected.messages[index]) {
                    message.lead = on.clone();
                }
                found.push((index, seen));
            }
            lists.push(list);
        }
        Ok(lists)
    }

    /// Reads messages one by one; those that Close does not have are left out.
    async fn read(&self, indexes: &[usize]) -> Result<Vec<(usize, Seen)>> {
        let read = stream::iter(indexes)
            .map(|index| async move {
                let message = &self.selected.messages[*index];
                let Some(activity) = &message.activity_id else {
                    return Ok(None);
                };
                let seen = self.examiner.read(message, activity).await;
                Ok::<_, Failure>(seen?.map(|seen| (*index, seen)))
            })
            .buffer_unordered(self.settings.limits.concurrency.max(1))
            .try_collect::<Vec<_>>()
            .await
            .map_err(StopReason::of)?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Removes recorded replies that are no longer in Close. One that a list lacks may be younger than the list.
    async fn drop_absent_replies(
        &self,
        links: &mut HashMap<ActivityId, Vec<ActivityId>>,
        listed: &HashSet<ActivityId>,
    ) -> Result<()> {
        let gone = self.selected.messages.iter().zip(&self.verdicts);
        for (message, verdict) in gone {
            if let (Verdict::Gone, Some(activity)) = (verdict, &message.activity_id) {
                links.remove(activity);
            }
        }
        let deleted = self.to_delete();
        let open: Vec<ActivityId> = (links.iter())
            .filter(|(reply, targets)| {
                let is_known = listed.contains(*reply) || deleted.contains(*reply);
                !is_known && targets.iter().any(|target| deleted.contains(target))
            })
            .map(|(reply, _)| reply.clone())
            .collect();
        for reply in open.into_iter().take(MAX_LOOK_UPS) {
            let found = self.examiner.client.get_message(&reply).await;
            if found.map_err(StopReason::of)?.is_none() {
                links.remove(&reply);
            }
        }
        Ok(())
    }

    /// Keeps the messages of a lead that cannot be read.
    fn skip(&mut self, indexes: &[usize], failure: &Failure) {
        for index in indexes {
            let activity = self.selected.messages[*index].activity_id.clone();
            let why = KeptWhy::NotRead(failure.reason());
            self.verdicts[*index] = Verdict::Keep(activity, why);
        }
    }

    fn verdict(&self, index: usize, seen: Seen) -> Verdict {
        let message = &self.selected.messages[index];
        let mut fields = seen.fields;
        fields.retain(|field| !self.examiner.forms.contains(field));
        let activity = seen.activity_id;
        match (fields.is_empty(), message.changing) {
            (true, _) => Verdict::Delete(activity),
            (false, true) => Verdict::Keep(Some(activity), KeptWhy::UpdateUnfinished),
            (false, false) => Verdict::Keep(Some(activity), KeptWhy::Changed(fields)),
        }
    }

    /// An erasure outweighs a change in Close: the message is deleted, and shown as changed.
    fn note_changed(&mut self, index: usize) {
        if self.person.is_none() {
            return;
        }
        if let Verdict::Keep(Some(activity), KeptWhy::Changed(_) | KeptWhy::UpdateUnfinished) =
            &self.verdicts[index]
        {
            self.verdicts[index] = Verdict::Delete(activity.clone());
            self.changed.insert(index);
        }
    }

    /// Whether archives attribute a message of a group to the person who is erased.
    fn is_by_archives(&self, message: &Message) -> bool {
        (self.person).is_some_and(|person| person.has(&message.key.external_id))
    }

    /// Whether a message of a group is not by the person who is erased, as far as Close shows.
    fn is_of_other(
        &self,
        message: &Message,
        by_activity: &HashMap<&ActivityId, usize>,
        list: &List,
    ) -> bool {
        let Some(person) = self.person.filter(|_| message.is_of_group) else {
            return false;
        };
        let at = (message.activity_id.as_ref()).and_then(|id| by_activity.get(id));
        let is_anchor = self.anchored.contains(&message.lead);
        let wrote = |at: &usize| person.wrote(&list.activities[*at], is_anchor);
        !self.is_by_archives(message) && !at.is_some_and(wrote)
    }

    /// Notes a lead on which our own activities of a group have the person's number.
    fn note_anchor(&mut self, lead: &LeadId, list: &List) {
        let Some(person) = self.person else { return };
        let of_group: HashSet<&ActivityId> = (self.selected.messages.iter())
            .filter(|message| message.is_of_group && message.lead == *lead)
            .filter_map(|message| message.activity_id.as_ref())
            .collect();
        let is_sent_to = |activity: &Listed| {
            of_group.contains(&activity.id)
                && activity.direction == Some(Direction::Outgoing)
                && person.is_in(activity)
        };
        if list.activities.iter().any(is_sent_to) {
            self.anchored.insert(lead.clone());
        }
    }

    /// Notes activities with the person's number that no import created.
    fn note_not_ours(
        &mut self,
        lead: &LeadId,
        (indexes, without_record): (&[usize], &[ActivityId]),
        list: &List,
    ) {
        let Some(person) = self.person else { return };
        let messages = indexes.iter().map(|index| &self.selected.messages[*index]);
        let ours: HashSet<&ActivityId> = messages
            .filter_map(|message| message.activity_id.as_ref())
            .chain(self.not_ours.iter().map(|(activity, _)| activity))
            .chain(without_record)
            .collect();
        let others = (list.activities.iter())
            .filter(|activity| person.is_in(activity) && !ours.contains(&activity.id))
            .map(|activity| (activity.id.clone(), lead.clone()))
            .collect::<Vec<_>>();
        self.not_ours.extend(others);
    }

    /// Keeps messages of which an interrupted import moves one half that is not deleted.
    fn keep_moving(&mut self) {
        if self.selected.moves.is_empty() {
            return;
        }
        let index_of: HashMap<_, usize> = (self.selected.messages.iter().enumerate())
            .map(|(index, message)| (message.key.clone(), index))
            .collect();
        let is_deleted = |verdict: &Verdict| {
            matches!(
                verdict,
                Verdict::Delete(_) | Verdict::Gone | Verdict::Unread(_) | Verdict::Unsettled
            )
        };
        for (source, target) in std::mem::take(&mut self.selected.moves) {
            let both = [index_of.get(&source), index_of.get(&target)];
            let deleted = both.map(|index| index.is_some_and(|at| is_deleted(&self.verdicts[*at])));
            if deleted == [true, true] {
                continue;
            }
            for index in both.into_iter().flatten() {
                if let Verdict::Delete(activity) | Verdict::Unread(activity) =
                    &self.verdicts[*index]
                {
                    let activity = Some(activity.clone());
                    self.verdicts[*index] = Verdict::Keep(activity, KeptWhy::Moving);
                }
            }
        }
    }

    /// Keeps messages that an activity which stays replies to.
    fn keep_replied(&mut self, links: &HashMap<ActivityId, Vec<ActivityId>>) {
        let mut deleted = self.to_delete();
        let kept: HashSet<ActivityId> = keep_targets(&mut deleted, links).into_iter().collect();
        for verdict in &mut self.verdicts {
            if let Verdict::Delete(activity) | Verdict::Unread(activity) = verdict
                && kept.contains(activity)
            {
                *verdict = Verdict::Keep(Some(activity.clone()), KeptWhy::Replied);
            }
        }
    }

    fn to_delete(&self) -> HashSet<ActivityId> {
        let all = self.verdicts.iter();
        all.filter_map(|verdict| match verdict {
            Verdict::Delete(activity) | Verdict::Unread(activity) => Some(activity.clone()),
            _ => None,
        })
        .collect()
    }

    /// Leaves all but `limit` messages. Replies come before what they reply to, so that no reply loses its target.
    fn limit(&mut self, limit: Option<u64>, links: &HashMap<ActivityId, Vec<ActivityId>>) {
        let Some(limit) = limit else { return };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let order = self.order();
        let is_used = |verdict: &Verdict| !matches!(verdict, Verdict::Keep(..));
        let used = order
            .into_iter()
            .filter(|index| is_used(&self.verdicts[*index]));
        for index in used.skip(limit).collect::<Vec<_>>() {
            self.verdicts[index] = Verdict::BeyondLimit;
        }
        let mut deleted = self.to_delete();
        let kept: HashSet<ActivityId> = keep_targets(&mut deleted, links).into_iter().collect();
        for verdict in &mut self.verdicts {
            if matches!(verdict, Verdict::Delete(activity) | Verdict::Unread(activity) if kept.contains(activity))
            {
                *verdict = Verdict::BeyondLimit;
            }
        }
    }

    /// The messages in the order of their deletion: lead after lead, the newest first.
    pub(super) fn order(&self) -> Vec<usize> {
        let messages = &self.selected.messages;
        let mut order: Vec<usize> = (0..messages.len()).collect();
        let key = |message: &Message| {
            let at = std::cmp::Reverse(message.at);
            (message.lead.clone(), at, message.key.external_id.clone())
        };
        order.sort_by_cached_key(|index| key(&messages[*index]));
        order
    }

    async fn estimate(&mut self, leads: u64, requests: u64, took: std::time::Duration) {
        let deleted = self.verdicts.iter().filter(|verdict| {
            matches!(
                verdict,
                Verdict::Delete(_) | Verdict::Unread(_) | Verdict::Unsettled
            )
        });
        let messages = deleted.count() as u64;
        let latency = match requests {
            0 => 0.0,
            requests => took.as_secs_f64() / super::estimate::to_f64(requests),
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

    /// Counts what is to be shown.
    fn count(&mut self) {
        let chats = self.selected.chats.iter().map(|chat| ChatPreview {
            chat: chat.label.clone(),
            updated: chat.updated,
            ..ChatPreview::default()
        });
        let mut chats: Vec<ChatPreview> = chats.collect();
        let mut numbers = UndoNumbers::default();
        for (index, (message, verdict)) in (self.selected.messages.iter())
            .zip(&self.verdicts)
            .enumerate()
        {
            if matches!(verdict, Verdict::OfOther) {
                continue;
            }
            let chat = &mut chats[message.chat];
            if !chat.leads.contains(&message.lead) {
                chat.leads.push(message.lead.clone());
            }
            match verdict {
                Verdict::Delete(_) => {
                    chat.delete += 1;
                    numbers.deleted += 1;
                    chat.changed += u64::from(self.changed.contains(&index));
                    chat.unsettled += u64::from(message.state != State::Done);
                }
                Verdict::Unread(_) => {
                    chat.unread += 1;
                    numbers.unknown += 1;
                }
                Verdict::Unsettled => {
                    chat.unsettled += 1;
                    numbers.unknown += 1;
                }
                Verdict::Gone => {
                    chat.gone += 1;
                    numbers.already_gone += 1;
                }
                Verdict::BeyondLimit => numbers.not_reached += 1,
                Verdict::OfOther => {}
                Verdict::Keep(activity_id, why) => {
                    match why {
                        KeptWhy::Changed(_) => chat.changed += 1,
                        KeptWhy::Replied => chat.replied += 1,
                        _ => chat.unfinished += 1,
                    }
                    numbers.keep(why);
                    self.kept.push(Kept {
                        chat: chat.chat.clone(),
                        lead_id: message.lead.clone(),
                        activity_id: activity_id.clone(),
                        why: why.clone(),
                    });
                }
            }
        }
        let deleted = self.leads.iter().filter(|lead| lead.kept.is_none());
        numbers.leads_deleted = deleted.count() as u64;
        numbers.leads_kept = self.leads.len() as u64 - numbers.leads_deleted;
        numbers.unchanged = chats.iter().map(|chat| chat.updated).sum();
        numbers.unrecorded = self.unrecorded.iter().map(|(_, number)| number).sum();
        numbers.requests = self.estimate.requests;
        numbers.seconds = round(self.estimate.seconds);
        numbers.estimated_requests = numbers.requests;
        numbers.estimated_seconds = numbers.seconds;
        self.numbers = numbers;
        // A group is examined whether or not the person wrote in it.
        chats.retain(|chat| self.person.is_none() || !chat.leads.is_empty());
        self.chats = chats;
    }

    /// Why nothing is to be done; `None` if something is.
    fn cause(&self, snapshot: &Snapshot, run: Option<RunId>) -> Result<Option<String>> {
        let numbers = &self.numbers;
        let acts = numbers.deleted
            + numbers.unknown
            + numbers.already_gone
            + numbers.leads_deleted
            + self.selected.begun
            + self.selected.purged.left
            + u64::from(self.person.is_some() && !self.was_erased);
        if acts > 0 {
            return Ok(None);
        }
        if numbers.kept > 0 {
            let kept = match numbers.kept {
                1 => "1 message stays".to_owned(),
                kept => format!("{kept} messages stay"),
            };
            let cause = format!("{kept}, for the reasons above, and nothing else is left");
            return Ok(Some(cause));
        }
        if self.person.is_some() {
            let cause = "this person is erased already, and nothing of theirs is recorded any more";
            return Ok(Some(cause.to_owned()));
        }
        if numbers.not_reached > 0 {
            return Ok(Some("the limit is 0".to_owned()));
        }
        let Some(run) = run else {
            return Ok(Some(match (self.selected.found, self.selected.others) {
                (0, 0) => "no message that an import created is in Close any more".to_owned(),
                (found, 0) => format!(
                    "{} recorded in Close, and no import of this checkpoint created them",
                    is_or_are(found)
                ),
                _ => "the selection includes no message that an import created".to_owned(),
            }));
        };
        let number = run.number();
        let all = snapshot.all_runs()?;
        let counted = all.iter().find(|one| one.row.id == run);
        let counted = counted.and_then(|one| one.row.counts.get("created").copied());
        let created = snapshot
            .posted_by_runs()?
            .iter()
            .any(|(one, _)| *one == run);
        let unknown = match counted {
            Some(1..) => self.selected.unknown_run,
            _ => 0,
        };
        Ok(Some(match (created, unknown) {
            (true, _) => format!(
                "what run {number} created is not in Close any more, or not in this selection"
            ),
            (false, 0) => {
                format!("run {number} created no message; `chatferry runs` shows which run did")
            }
            (false, unknown) => format!(
                "run {number} is older than the record of which run created a message ({}); select by `--chat` or `--lead` in place of `--run`",
                is_or_are(unknown)
            ),
        }))
    }
}

/// Adds what a list shows: which activities are in it, and what they reply to. Close knows better than the checkpoint.
fn add_links(
    list: &List,
    links: &mut HashMap<ActivityId, Vec<ActivityId>>,
    listed: &mut HashSet<ActivityId>,
) {
    for activity in &list.activities {
        listed.insert(activity.id.clone());
        if let Some(target) = &activity.response_to_id {
            links.insert(activity.id.clone(), vec![target.clone()]);
        }
    }
}

fn is_or_are(messages: u64) -> String {
    match messages {
        1 => "1 message is".to_owned(),
        _ => format!("{messages} messages are"),
    }
}
