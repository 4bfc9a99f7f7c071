//! Desired chats and what is known of them become a plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::drift::{Drift, drift};
use super::edit::Comparison;
use super::links::{Link, link};
use super::{
    Action, Known, Plan, Planned, PlannedChat, Present, Record, Recorded, Removal, Replacement,
    Trace, Undecided,
};
use crate::chat::Kind;
use crate::transform::desired::{
    Content, Desired, DesiredChat, DesiredMessage, Held, Rule, Standing,
};
use crate::transform::identity;
use crate::transform::names::name_key;
use crate::transform::settings::{DeletedSince, Existing, Gone, ImportSettings};

/// What of the plan is wanted in this run (`--device`, `--chat`, `--lead`, `--limit`). Everything
/// else is counted under the rule `not_selected`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this device.
    pub device: Option<String>,
    /// Only chats of this name.
    pub chat: Option<String>,
    /// Only chats that go to this lead.
    pub lead: Option<String>,
    /// At most this many messages are posted.
    pub limit: Option<u64>,
}

impl Selection {
    /// True when the chat is wanted.
    pub fn takes(&self, chat: &DesiredChat) -> bool {
        let lead = match &chat.standing {
            Standing::Ready(destination) => Some(destination.lead_id.as_str()),
            _ => None,
        };
        self.device
            .as_ref()
            .is_none_or(|device| *device == chat.device)
            && self
                .chat
                .as_ref()
                .is_none_or(|name| name_key(name) == name_key(&chat.name))
            && (self.lead.as_deref()).is_none_or(|wanted| {
                lead == Some(wanted) || chat.merged_from.iter().any(|from| from == wanted)
            })
    }
}

/// True when the checkpoint tells of every message of the chat what became of it, so that Close
/// need not be asked what its lead holds.
pub fn is_whole(chat: &DesiredChat, known: &Known) -> bool {
    let is_recorded = |id: &str| known.recorded.get(id).is_some_and(Recorded::has_trace);
    let ids = || {
        chat.messages
            .iter()
            .map(|message| message.external_id.as_str())
    };
    if ids().all(is_recorded) {
        return true;
    }
    let drift = drift(&chat.messages, &chat.deleted, known);
    let is_found = |id: &str| {
        drift
            .found
            .get(id)
            .is_some_and(|record| record.lead_id.is_none())
    };
    drift.held.is_none() && ids().all(|id| is_recorded(id) || is_found(id))
}

/// So many messages at a time give back what they take of memory.
const PIECE: usize = 1 << 16;

/// Makes the plan. `known` is asked once for every chat that is ready and selected.
pub fn build(
    desired: Desired,
    selection: &Selection,
    settings: &ImportSettings,
    mut known: impl FnMut(&DesiredChat) -> Known,
) -> Plan {
    let mut budget = selection.limit.unwrap_or(u64::MAX);
    let mut plan = Plan {
        chats: Vec::with_capacity(desired.chats.len()),
        containers: desired.containers,
    };
    for mut chat in desired.chats {
        if !selection.takes(&chat) {
            leave_out(&mut chat);
        }
        let destination = match &chat.standing {
            Standing::Ready(destination) => Some(destination.clone()),
            _ => None,
        };
        let known = if destination.is_some() {
            known(&chat)
        } else {
            Known::default()
        };
        let mut wanted = std::mem::take(&mut chat.messages);
        let mut drift = drift(&wanted, &chat.deleted, &known);
        if let Some(why) = drift.held.take() {
            hold(chat, why, &mut plan);
            continue;
        }
        for message in &mut wanted {
            // Made in another zone than what was imported: all of it is as much too late.
            message.activity_at -= TimeDelta::milliseconds(drift.shift.unwrap_or(0));
        }
        let existing = settings.existing;
        let there = foreign(&wanted, &known, &drift);
        if existing == Existing::Hold && !there.is_empty() {
            hold(
                chat,
                Held::Existing(u32::try_from(there.len()).unwrap_or(u32::MAX)),
                &mut plan,
            );
            continue;
        }
        let left_out = if existing == Existing::Skip {
            there
        } else {
            HashSet::new()
        };
        let removals = removals(&chat, &wanted, &drift, settings);
        let kept = kept(&wanted, &known, &drift).saturating_sub(count(removals.len()));
        let comparison = match (&known.fingerprint, &destination) {
            (Some(fingerprint), Some(to)) => Some(Comparison::new(fingerprint, to)),
            _ => None,
        };
        let mut decider = Decider {
            known: &known,
            drift: &drift,
            comparison: comparison.as_ref(),
            settings,
            leftovers: (known.elsewhere.iter())
                .filter(|record| !record.trace.adopted && !record.trace.gone)
                .map(|record| (record.external_id.as_str(), record))
                .collect(),
            budget: &mut budget,
        };
        // What each message is recorded under, and whether it is linked to what it answers.
        let mut links = Vec::with_capacity(wanted.len());
        let mut messages: Vec<Planned> = Vec::with_capacity(wanted.len());
        // Taken from the end of the list turned round, so that a million of them need not be there
        // twice.
        wanted.reverse();
        while let Some(message) = wanted.pop() {
            if wanted.len() % PIECE == 0 {
                wanted.shrink_to_fit();
            }
            let (planned, trace) = if left_out.contains(&message.external_id) {
                (idle(message, Action::LeftOut(Rule::Existing)), None)
            } else {
                decider.decide(message)
            };
            links.push(trace.map(Link::of));
            messages.push(planned);
        }
        let relinks = link(&mut messages, &links, &known, &mut budget);
        plan.chats.push(PlannedChat {
            chat,
            destination,
            messages,
            kept,
            removals,
            relinks,
            unassigned: drift.unassigned,
            shift: drift.shift,
            zone_corrected: known.zone_corrected,
        });
    }
    plan
}

/// Recorded messages that nothing desired stands for any more.
fn kept(wanted: &[DesiredMessage], known: &Known, drift: &Drift) -> u32 {
    let is_done = |id: &str| matches!(known.recorded.get(id), Some(Recorded::Done { .. }));
    if drift.found.is_empty() && known.elsewhere.is_empty() {
        let stand = wanted.iter().filter(|m| is_done(&m.external_id)).count();
        return count(known.recorded.done().saturating_sub(stand));
    }
    let mut ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    ids.extend(
        drift
            .found
            .values()
            .map(|record| record.external_id.as_str()),
    );
    let kept = (known.recorded.iter())
        .filter(|(id, recorded)| matches!(recorded, Recorded::Done { .. }) && !ids.contains(id));
    let elsewhere = (known.elsewhere.iter())
        .filter(|record| !ids.contains(record.external_id.as_str()))
        .filter(|record| !known.recorded.contains(&record.external_id));
    count(kept.count() + elsewhere.count())
}

/// What is to be taken away in Close: messages that we posted and whose senders deleted them since.
fn removals(
    chat: &DesiredChat,
    wanted: &[DesiredMessage],
    drift: &Drift,
    settings: &ImportSettings,
) -> Vec<Removal> {
    if settings.deleted_since == DeletedSince::Keep {
        return Vec::new();
    }
    let left_out = (drift.deleted.iter())
        .map(|(place, record)| (&chat.deleted[*place], record))
        .map(|(deleted, record)| (record, deleted.archive, deleted.line));
    let shown = (wanted.iter())
        .filter(|message| message.kind == Kind::Deleted)
        .filter_map(|message| {
            let record = drift.found.get(&message.external_id)?;
            Some((record, message.archive, message.line))
        });
    (left_out.chain(shown))
        .filter(|(record, ..)| is_ours(record))
        .map(|(record, archive, line)| Removal {
            external_id: record.external_id.clone(),
            activity_id: record.activity_id.clone(),
            archive,
            line,
        })
        .collect()
}

/// What we posted on this lead and nobody has removed since.
fn is_ours(record: &Record) -> bool {
    record.lead_id.is_none() && !record.trace.adopted && !record.trace.gone
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What is decided about each message of a chat.
struct Decider<'d> {
    known: &'d Known,
    drift: &'d Drift,
    comparison: Option<&'d Comparison<'d>>,
    settings: &'d ImportSettings,
    /// Records on other leads, by their external id.
    leftovers: HashMap<&'d str, &'d Record>,
    /// How many may still be sent.
    budget: &'d mut u64,
}

impl Decider<'_> {
    /// The message as it is planned, and its record if it is in Close. A message that is recorded
    /// under another id has that one from here on: an id is fixed when it is first imported.
    fn decide(&mut self, mut message: DesiredMessage) -> (Planned, Option<Trace>) {
        let (action, trace) = self.action(&mut message);
        let action = match action {
            action if !action.is_sent() || *self.budget > 0 => action,
            // It stays as it is in this run.
            Action::Update(edit) => Action::Unchanged(edit.activity_id),
            Action::Replace(replacement) if replacement.there.is_some() => {
                Action::Unchanged(replacement.there.unwrap_or_default())
            }
            _ => Action::LeftOut(Rule::NotSelected),
        };
        *self.budget -= u64::from(action.is_sent());
        let planned = match action {
            // What is adopted is recorded with a hash of its text.
            Action::Adopt(_) | Action::Moved(..) => Planned {
                linked: self.known.linked.contains(&message.external_id),
                foreign: self.known.foreign.contains(&message.external_id),
                message,
                action,
            },
            action if action.is_sent() => Planned::new(message, action),
            action => idle(message, action),
        };
        (planned, trace)
    }

    fn action(&self, message: &mut DesiredMessage) -> (Action, Option<Trace>) {
        let (known, id) = (self.known, message.external_id.as_str());
        if let Some(record) = self.drift.found.get(id) {
            message.external_id.clone_from(&record.external_id);
            // Its sender deleted it: it stays as it was, or is one of the removals.
            if message.kind == Kind::Deleted {
                let deletes = self.settings.deleted_since == DeletedSince::Delete;
                let action = match record.trace.gone {
                    true => Action::Gone,
                    false if deletes && is_ours(record) => Action::LeftOut(Rule::Deleted),
                    false => Action::Unchanged(record.activity_id.clone()),
                };
                return (action, None);
            }
            if record.trace.gone {
                return (self.gone(), None);
            }
            return match &record.lead_id {
                None => self.there(message, &record.activity_id, &record.trace),
                Some(lead) if self.is_listed(record) => {
                    let activity = record.activity_id.clone();
                    (Action::Moved(activity, Arc::clone(lead)), None)
                }
                Some(lead) => {
                    let replacement = Replacement {
                        lead_id: Arc::clone(lead),
                        activity_id: record.activity_id.clone(),
                        there: None,
                        unsettled: false,
                    };
                    (replace(message, replacement, &record.trace), None)
                }
            };
        }
        if let Some(why) = self.drift.undecided.get(id) {
            return (Action::Undecided(*why), None);
        }
        // An earlier run was broken off before it took the old one away.
        let leftover = |there: Option<&str>| {
            let old = self.leftovers.get(id)?;
            Some(Action::Replace(Box::new(Replacement {
                lead_id: old.lead_id.clone()?,
                activity_id: old.activity_id.clone(),
                there: there.map(str::to_owned),
                unsettled: there.is_none(),
            })))
        };
        if message.undecided && !known.recorded.contains(id) && !known.listed.contains_key(id) {
            let why = if message.edited {
                Undecided::Edited
            } else {
                Undecided::Omitted
            };
            return (Action::Undecided(why), None);
        }
        let action = match known.recorded.get(id) {
            Some(Recorded::Done { activity_id, trace }) => match leftover(Some(activity_id)) {
                Some(action) => return (action, Some(*trace)),
                None => return self.there(message, activity_id, trace),
            },
            Some(Recorded::Unsettled) => leftover(None).unwrap_or(Action::Settle),
            recorded => match (known.listed.get(id), recorded) {
                (Some(activity), _) => Action::Adopt(activity.clone()),
                (None, Some(Recorded::Gone { .. })) => self.gone(),
                (None, _) => Action::Create,
            },
        };
        (action, None)
    }

    /// True when the list of this lead has the very activity.
    fn is_listed(&self, record: &Record) -> bool {
        let activities = self.known.activities.as_ref();
        activities.is_some_and(|ids| ids.contains(&record.activity_id))
    }

    /// What somebody removed in Close.
    fn gone(&self) -> Action {
        match self.settings.gone {
            Gone::Respect => Action::Gone,
            Gone::Restore => Action::Create,
        }
    }

    /// What Close holds: changed where the archives have more of it.
    fn there(
        &self,
        message: &DesiredMessage,
        activity: &str,
        trace: &Trace,
    ) -> (Action, Option<Trace>) {
        if trace.foreign {
            return (Action::Unchanged(activity.to_owned()), None);
        }
        let listed = self.known.activities.as_ref();
        if self.settings.gone == Gone::Restore && listed.is_some_and(|ids| !ids.contains(activity))
        {
            return (Action::Restore(activity.to_owned()), None);
        }
        let edit = self
            .comparison
            .and_then(|c| c.edit(message, activity, trace));
        let action = match edit {
            Some(edit) => Action::Update(Box::new(edit)),
            None => Action::Unchanged(activity.to_owned()),
        };
        (action, Some(*trace))
    }
}

/// Only what the archives have all of can be posted anew, and only what is ours is taken away.
fn replace(message: &DesiredMessage, replacement: Replacement, trace: &Trace) -> Action {
    if trace.adopted {
        Action::Undecided(Undecided::NotOurs)
    } else if trace.files as usize > message.files.len() {
        Action::Undecided(Undecided::NotRebuildable)
    } else {
        Action::Replace(Box::new(replacement))
    }
}

/// A message that nothing is sent of: its text and files are dropped to save memory.
fn idle(mut message: DesiredMessage, action: Action) -> Planned {
    message.markdown = Content::default();
    message.files = Vec::new();
    message.link = None;
    Planned::new(message, action)
}

/// A chat that turns out to be held: nothing of it is planned, and what rules left out is held
/// with the rest.
fn hold(mut chat: DesiredChat, why: Held, plan: &mut Plan) {
    chat.standing = Standing::Held(why);
    chat.left_out.clear();
    chat.notes.clear();
    chat.deleted.clear();
    plan.chats.push(PlannedChat {
        chat,
        destination: None,
        messages: Vec::new(),
        kept: 0,
        removals: Vec::new(),
        relinks: Vec::new(),
        unassigned: 0,
        shift: None,
        zone_corrected: false,
    });
}

/// The messages that are to be posted and that Close holds from elsewhere: the same side, minute
/// and text under an external id that is none of ours.
fn foreign(wanted: &[DesiredMessage], known: &Known, drift: &Drift) -> HashSet<String> {
    if known.present.is_empty() {
        return HashSet::new();
    }
    let ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    // Another chat of ours with the same person may be on the same lead.
    let ours = |id: &String| {
        id.starts_with(identity::PREFIX) || ids.contains(id.as_str()) || known.recorded.contains(id)
    };
    let to_post = |m: &&DesiredMessage| {
        !known.listed.contains_key(&m.external_id)
            && !drift.found.contains_key(&m.external_id)
            && matches!(
                known.recorded.get(&m.external_id),
                None | Some(Recorded::NotThere)
            )
    };
    let is_there = |m: &&DesiredMessage| {
        let present = Present {
            direction: m.direction,
            minute: m.activity_at.timestamp().div_euclid(60),
            text: m.markdown.reveal().trim().to_owned(),
        };
        known
            .present
            .get(&present)
            .is_some_and(|there| there.iter().any(|id| !ours(id)))
    };
    wanted
        .iter()
        .filter(to_post)
        .filter(is_there)
        .map(|m| m.external_id.clone())
        .collect()
}

fn leave_out(chat: &mut DesiredChat) {
    chat.standing = Standing::LeftOut(Rule::NotSelected);
    chat.left_out.clear();
    chat.left_out.insert(Rule::NotSelected, chat.distinct());
    chat.messages = Vec::new();
    chat.notes = Vec::new();
}
