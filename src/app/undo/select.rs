//! The messages that an undo concerns, from the checkpoint.
//!
//! Concerned is what a run of this checkpoint created and what chatferry derived the id of, and nothing else that was found
//! in Close. Never here: Close.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::names::{Inclusion, Names};
use crate::app::error::{Error, Result};
use crate::app::present_leads::PresentLeads;
use crate::app::verify::Record;
use crate::checkpoint::{
    ChatRow, Hash, MessageKey, OperationKind, OperationRow, Origin, RunId, Snapshot, State, Subject,
};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Selection;
use crate::plan::compare::{Answered, Sent};
use crate::transform::desired::Content;

/// A recorded chat.
pub(super) struct Chat {
    /// Device and name as output shows them in a sentence.
    pub(super) label: String,
    /// Its device, if known and shown.
    pub(super) device: Option<String>,
    /// Its name alone.
    pub(super) name: String,
    /// Whether this is a name of people, which logs do not contain.
    pub(super) is_named: bool,
    /// Messages of it that the run updated and did not create.
    pub(super) updated: u64,
}

impl Chat {
    /// A recorded chat. `is_persons`: it is with the person who is erased, so it is not named.
    fn of(names: &Names, row: &ChatRow, is_persons: bool, updated: u64) -> Chat {
        let (device, name) = match is_persons {
            true => (None, "one-to-one chat".to_owned()),
            false => names.shown(row),
        };
        let is_named = !is_persons && names.is_named(row);
        let label = match is_persons {
            true => name.clone(),
            false => names.label(row),
        };
        Chat {
            label,
            device,
            name,
            is_named,
            updated,
        }
    }
}

/// A message that the undo concerns.
pub(super) struct Message {
    /// Its record's key.
    pub(super) key: MessageKey,
    /// The lead on which it is now.
    pub(super) lead: LeadId,
    /// Its chat: index into [`Selected::chats`].
    pub(super) chat: usize,
    /// The handle of its chat.
    pub(super) handle: Hash,
    /// Its state.
    pub(super) state: State,
    /// Its activity, if known.
    pub(super) activity_id: Option<ActivityId>,
    /// Its time, Unix milliseconds.
    pub(super) at: i64,
    /// The outcome of an update of it is unknown.
    pub(super) changing: bool,
    /// It is linked to its reply target.
    pub(super) linked: bool,
    /// A run of this checkpoint sent it, so that Close's answer is recorded where it differed.
    pub(super) is_created: bool,
    /// It is of a group: Close shows whether the person who is erased wrote it.
    pub(super) is_of_group: bool,
    /// What was sent.
    pub(super) sent: Sent,
    /// What Close answered then.
    pub(super) answered: Answered,
}

/// The selection of an undo.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) chats: Vec<Chat>,
    pub(super) messages: Vec<Arc<Message>>,
    /// Messages in Close whose run is not recorded, which `--run` therefore does not select.
    pub(super) unknown_run: u64,
    /// Messages in Close that were found there: they are never deleted.
    pub(super) found: u64,
    /// Messages in Close of other runs, chats or leads.
    pub(super) others: u64,
    /// Chats with messages that would be concerned if their device were known, as output shows them.
    pub(super) unclear: Vec<String>,
    /// For each activity on any lead: the activities that it is linked to, as far as recorded.
    pub(super) links: HashMap<ActivityId, Vec<ActivityId>>,
    /// The source and the target of each move that is not finished.
    pub(super) moves: Vec<(MessageKey, MessageKey)>,
    /// Deletions that an earlier undo began.
    pub(super) begun: u64,
    /// The devices of the chats with messages that are concerned, as far as they are known.
    pub(super) devices: BTreeSet<String>,
    /// The leads of the chats that the selection includes.
    pub(super) leads: BTreeSet<LeadId>,
    /// The chats with the person who is erased, and the records of their messages.
    pub(super) purged: Purged,
    /// The activities with the person who is erased that were found in Close.
    pub(super) found_activities: Vec<(ActivityId, LeadId)>,
    present: PresentLeads,
}

/// Records of an erased person.
#[derive(Default)]
pub(super) struct Purged {
    pub(super) chats: Vec<Hash>,
    pub(super) messages: Vec<MessageKey>,
    /// The number of messages that are not in Close, and of chats whose names are recorded.
    pub(super) left: u64,
}

/// What an undo concerns.
pub(super) struct Scope<'s> {
    pub(super) run: Option<RunId>,
    pub(super) selection: &'s Selection,
    /// The one-to-one chats of the person who is erased; `None`: no person is.
    pub(super) of_person: Option<HashSet<Hash>>,
}

impl Selected {
    /// Device and name of each chat, for a line at a terminal.
    pub(super) fn labels(&self) -> Vec<Content> {
        let labels = self.chats.iter().map(|chat| match &chat.device {
            Some(device) => format!("{device}: {}", chat.name),
            None => chat.name.clone(),
        });
        labels.map(Content::new).collect()
    }

    /// The names of chats with what a log has in their place.
    pub(super) fn names(&self) -> impl Iterator<Item = (String, String)> {
        let named = self.chats.iter().enumerate();
        let named = named.filter(|(_, chat)| chat.is_named);
        named.map(|(place, chat)| (chat.name.clone(), format!("[chat {}]", place + 1)))
    }

    /// Reads the selection.
    ///
    /// # Errors
    ///
    /// A usage error for a chat or lead without a record; the checkpoint cannot be read.
    pub(super) fn read(snapshot: &Snapshot, names: &Names, scope: &Scope<'_>) -> Result<Selected> {
        let (run, selection) = (scope.run, scope.selection);
        let mut selected = Selected::default();
        let updated: HashMap<_, u64> = match run {
            Some(run) => snapshot.updated_by(run)?.into_iter().collect(),
            None => HashMap::new(),
        };
        let chats = snapshot.all_chats()?;
        let wanted_lead = match &selection.lead {
            Some(lead) => Some(selected.present.follow(lead, snapshot)?),
            None => None,
        };
        let (mut is_chat_known, mut is_lead_known) = (false, false);
        let mut targets = Targets::default();
        for row in &chats {
            let of_person = scope.of_person.as_ref();
            let is_persons = of_person.map(|chats| chats.contains(&row.chat));
            let extent = match is_persons {
                // Only a group has no number pairs.
                Some(is_one) if is_one || row.pairs.is_empty() => Inclusion::Included,
                Some(_) => Inclusion::Excluded,
                None => names.scope(row),
            };
            let is_chosen = extent == Inclusion::Included;
            is_chat_known |= extent != Inclusion::Excluded;
            let mut is_unclear = false;
            if is_chosen {
                selected.note_lead(snapshot, &row.lead_id, wanted_lead.as_ref())?;
            }
            let index = selected.chats.len();
            let mut of_chat: Vec<Record> = Vec::new();
            Record::each_of(snapshot, row.id, |record| of_chat.push(record))?;
            let mut is_used = false;
            for record in of_chat {
                targets.add(&record);
                let lead = selected.present.follow(&record.row.lead_id, snapshot)?;
                let is_on_lead = wanted_lead.as_ref().is_none_or(|wanted| *wanted == lead);
                is_lead_known |= wanted_lead.is_some() && is_on_lead;
                let is_in_scope = is_chosen && is_on_lead;
                is_unclear |=
                    extent == Inclusion::Unclear && is_on_lead && is_in_close_by(&record, run);
                if is_persons == Some(true) {
                    selected.note_person(&record);
                }
                if selected.takes(&record, run, is_in_scope) {
                    is_used = true;
                    let mut message = message_of(&record, lead, (index, row.chat));
                    message.is_of_group = is_persons == Some(false);
                    selected.messages.push(Arc::new(message));
                }
            }
            if is_used {
                let devices = names.devices(row).map(str::to_owned);
                selected.devices.extend(devices);
            }
            if is_persons == Some(true) {
                selected.purged.chats.push(row.chat);
                selected.purged.left += u64::from(!row.pairs.is_empty());
            }
            let updated = updated.get(&row.id).copied().unwrap_or(0);
            if is_unclear {
                selected.unclear.push(names.label(row));
            }
            if is_used || (is_chosen && updated > 0 && wanted_lead.is_none()) {
                let is_persons = is_persons == Some(true);
                selected
                    .chats
                    .push(Chat::of(names, row, is_persons, updated));
            }
        }
        if let Some(chat) = selection.chat.as_ref().filter(|_| !is_chat_known) {
            return Err(names.unknown(chat));
        }
        if let Some(lead) = selection.lead.as_ref().filter(|_| !is_lead_known) {
            require_created(snapshot, lead)?;
        }
        selected.links = targets.links();
        selected.read_operations(&snapshot.open_operations()?);
        Ok(selected)
    }

    /// Notes the lead of a chat that the selection includes.
    fn note_lead(
        &mut self,
        snapshot: &Snapshot,
        lead: &LeadId,
        wanted: Option<&LeadId>,
    ) -> Result<()> {
        let lead = self.present.follow(lead, snapshot)?;
        if wanted.is_none_or(|wanted| *wanted == lead) {
            self.leads.insert(lead);
        }
        Ok(())
    }

    /// Whether the undo concerns a message; counts the others.
    fn takes(&mut self, record: &Record, run: Option<RunId>, is_in_scope: bool) -> bool {
        let row = &record.row;
        if matches!(row.state, State::Failed | State::Absent) {
            return false;
        }
        let is_there = row.state == State::Done;
        if !is_in_scope {
            self.others += u64::from(is_there);
            return false;
        }
        if row.origin != Origin::Created || is_found(record) {
            self.found += u64::from(is_there);
            return false;
        }
        match (run, row.created_run) {
            (Some(_), None) => {
                self.unknown_run += u64::from(is_there);
                false
            }
            (Some(run), Some(own)) if run != own => {
                self.others += u64::from(is_there);
                false
            }
            _ => true,
        }
    }

    /// Notes a record of a chat with the person who is erased.
    fn note_person(&mut self, record: &Record) {
        let row = &record.row;
        let key = MessageKey::new(&row.external_id, &row.lead_id);
        self.purged.messages.push(key);
        let is_out = matches!(row.state, State::Absent | State::Gone | State::Failed);
        self.purged.left += u64::from(is_out);
        let is_ours = row.origin == Origin::Created && !is_found(record);
        if let Some(activity) = row.activity_id.as_ref().filter(|_| !is_ours) {
            let found = (activity.clone(), row.lead_id.clone());
            self.found_activities.push(found);
        }
    }

    fn read_operations(&mut self, open: &[OperationRow]) {
        for row in open {
            let Subject::Message(key) = &row.operation.subject else {
                continue;
            };
            match row.operation.kind {
                OperationKind::Undo => self.begun += 1,
                OperationKind::Replace => {
                    let id = row
                        .target_id
                        .clone()
                        .unwrap_or_else(|| key.external_id.clone());
                    if let Some(lead) = &row.target_lead {
                        self.moves.push((key.clone(), MessageKey::new(id, lead)));
                    }
                }
                // The reply is about to be linked to its target.
                OperationKind::Relink => {
                    if let (Some(reply), Some(target)) =
                        (&row.source_activity, &row.target_activity)
                    {
                        let links = self.links.entry(reply.clone()).or_default();
                        links.push(target.clone());
                    }
                }
                OperationKind::Restore | OperationKind::CreateLead | OperationKind::Remove => {}
            }
        }
    }
}

/// Whether a run, or any, created a message that is in Close.
fn is_in_close_by(record: &Record, run: Option<RunId>) -> bool {
    let row = &record.row;
    let is_of_run = run.is_none() || row.created_run == run;
    row.state == State::Done && row.origin == Origin::Created && !is_found(record) && is_of_run
}

/// Whether an import found a message in Close under WhatsApp's own id: another integration may have posted it with the same
/// key. It is updated and moved like any message of this key, and deleted only if a run created it or a person claims it.
fn is_found(record: &Record) -> bool {
    let row = &record.row;
    !row.external_id.is_derived() && row.attempts == 0 && row.created_run.is_none()
}

/// Refuses a lead without a record of a message that `match` did not create.
fn require_created(snapshot: &Snapshot, lead: &LeadId) -> Result<()> {
    let created = snapshot.created_leads()?;
    let is_created = created
        .iter()
        .any(|row| row.target_lead.as_ref() == Some(lead));
    match is_created {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "no message is recorded on the lead \"{lead}\"; write a lead_id of contacts.csv"
        ))),
    }
}

/// The message of a record.
pub(super) fn message_of(record: &Record, lead: LeadId, (chat, handle): (usize, Hash)) -> Message {
    let row = &record.row;
    Message {
        key: MessageKey::new(&row.external_id, &row.lead_id),
        lead,
        chat,
        handle,
        state: row.state,
        activity_id: row.activity_id.clone(),
        at: row.activity_at,
        changing: row.changing,
        linked: row.linked,
        is_created: record.is_created(),
        is_of_group: false,
        sent: record.sent(),
        answered: record.answered,
    }
}

/// The recorded reply targets.
#[derive(Default)]
struct Targets {
    activities: HashMap<ExternalId, Vec<(LeadId, ActivityId)>>,
    replies: Vec<(ActivityId, LeadId, ExternalId)>,
}

impl Targets {
    fn add(&mut self, record: &Record) {
        let row = &record.row;
        let Some(activity) = &row.activity_id else {
            return;
        };
        let of_id = self.activities.entry(row.external_id.clone()).or_default();
        of_id.push((row.lead_id.clone(), activity.clone()));
        if let Some(target) = row.response_to.as_ref().filter(|_| row.linked) {
            self.replies
                .push((activity.clone(), row.lead_id.clone(), target.clone()));
        }
    }

    /// The targets of each reply: on its own lead, else on any.
    fn links(self) -> HashMap<ActivityId, Vec<ActivityId>> {
        let mut links = HashMap::with_capacity(self.replies.len());
        for (reply, lead, id) in self.replies {
            let all = self.activities.get(&id).map_or(&[][..], Vec::as_slice);
            let own = all.iter().filter(|(of, _)| *of == lead);
            let mut targets: Vec<ActivityId> = own.map(|(_, id)| id.clone()).collect();
            if targets.is_empty() {
                targets = all.iter().map(|(_, id)| id.clone()).collect();
            }
            links.insert(reply, targets);
        }
        links
    }
}
