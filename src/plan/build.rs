//! Desired chats and what is known of them become a plan.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::contested;
use super::decide::{Decider, is_tombstone};
use super::decided::{Rows, candidates, settle};
use super::edit::Comparison;
use super::group_owner;
use super::links::{Link, link, link_across, recorded};
use super::missing::Missing;
use super::reconcile::{Reconciled, reconcile};
use super::repeated_hour;
use super::steady::{Differences, Inputs, differences};
use super::unfinished;
use super::unmarked_edits;
use super::{
    Action, Candidate, Counts, Known, Learned, Plan, Planned, PlannedChat, Present, Question,
    Record, Recorded, Removal, Trace,
};
use crate::chat::Kind;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::matching::Class;
use crate::name::name_key;
use crate::packed_vec::PackedVec;
use crate::transform::decision_table::Target;
use crate::transform::desired::{
    Content, Desired, DesiredChat, DesiredMessage, Held, Note, Rule, Standing,
};
use crate::transform::settings::{DeletedSince, Existing, ImportSettings};

/// What of the plan is wanted in this run (`--device`, `--chat`, `--lead`, `--limit`). Everything
/// else is counted under the rule `not_selected`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this device.
    pub device: Option<String>,
    /// Only chats of this name.
    pub chat: Option<String>,
    /// Only chats that go to this lead.
    pub lead: Option<LeadId>,
    /// At most this many messages are posted, changed or taken away.
    pub limit: Option<u64>,
    /// Only what an earlier run failed to do, and what it left unsettled (`--retry-failed`).
    pub failed: bool,
}

impl Selection {
    /// True when the chat is wanted.
    pub fn takes(&self, chat: &DesiredChat) -> bool {
        let lead = match &chat.standing {
            Standing::Ready(destination) => Some(&destination.lead_id),
            _ => None,
        };
        self.device
            .as_ref()
            .is_none_or(|device| *device == chat.device)
            && self
                .chat
                .as_ref()
                .is_none_or(|name| name_key(name) == name_key(&chat.name))
            && (self.lead.as_ref()).is_none_or(|wanted| {
                lead == Some(wanted) || chat.merged_from.iter().any(|from| from == wanted)
            })
    }
}

/// True when the checkpoint tells of every message of the chat what became of it, so that Close
/// need not be asked what its lead holds.
pub fn is_whole(chat: &DesiredChat, known: &Known) -> bool {
    let is_recorded = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::has_trace);
    let ids = || {
        (0u32..)
            .zip(&chat.messages)
            .filter(|(place, _)| known.parts.is_empty() || !known.parts.contains(place))
            .map(|(_, message)| &message.external_id)
    };
    if !known.recorded.has_corrected_times() && ids().all(is_recorded) {
        return true;
    }
    let found = reconcile(&chat.messages, &chat.deleted, known);
    let is_recorded = |id: &ExternalId| is_recorded(id) && !found.reused_ids.contains(id);
    let is_found =
        |id: &ExternalId| (found.matched.get(id)).is_some_and(|record| record.lead_id.is_none());
    found.held.is_none() && ids().all(|id| is_recorded(id) || is_found(id))
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
        problems: desired.decisions.problems.clone(),
        ..Plan::default()
    };
    // Activities that are not recorded and that messages of earlier chats are.
    let mut claimed: HashSet<ActivityId> = HashSet::new();
    let decisions = desired.decisions;
    let mut rows = Rows::default();
    // Messages in Close that answer something beyond their chat.
    let mut across = Vec::new();
    for (place_of_chat, mut chat) in desired.chats.into_iter().enumerate() {
        let (before, links_across) = (budget, across.len());
        if !selection.takes(&chat) {
            leave_out(&mut chat);
        }
        let destination = match &chat.standing {
            Standing::Ready(destination) => Some(destination.clone()),
            _ => None,
        };
        let mut known = if destination.is_some() {
            known(&chat)
        } else {
            Known::default()
        };
        (known.unrecorded).retain(|record| !claimed.contains(&record.activity_id));
        let mut wanted = chat.messages.take();
        if let Some(to) = destination.as_ref().filter(|_| chat.is_group)
            && !group_owner::identify(&mut wanted, to, &known)
        {
            hold(chat, Held::OwnerName, &mut plan);
            continue;
        }
        let mut found = reconcile(&wanted, &chat.deleted, &known);
        if let Some(why) = found.held.take() {
            hold(chat, why, &mut plan);
            continue;
        }
        contested::undecide(&wanted, &mut found, &known);
        unmarked_edits::note(&mut wanted, &found, &known, &chat.sources);
        unmarked_edits::undecide(&wanted, &mut found, &known, &chat.sources);
        let matched = found.matched.values();
        let deleted = found.deleted.iter().map(|(_, record)| record);
        claimed.extend(
            (matched.chain(deleted))
                .filter(|record| record.listed.is_some())
                .map(|record| record.activity_id.clone()),
        );
        // Made in another zone than what was imported.
        for (message, shift) in wanted.iter_mut().zip(&found.shifts) {
            message.activity_at -= TimeDelta::milliseconds(*shift);
        }
        repeated_hour::follow_records(&mut wanted, |message| found.trace(message, &known));
        let decided = settle(
            place_of_chat,
            &mut wanted,
            &mut found,
            &known,
            &decisions,
            &mut rows,
        );
        // What a person decided to be one message may be an edit too.
        unmarked_edits::note(&mut wanted, &found, &known, &chat.sources);
        let mut offered = candidates(&wanted, &found, &known);
        let there = foreign(&wanted, &known, &found);
        let existing = count(there.len());
        if settings.existing == Existing::Hold && !there.is_empty() {
            hold(chat, Held::Existing(existing), &mut plan);
            continue;
        }
        let left_out = if settings.existing == Existing::Skip {
            there
        } else {
            HashSet::new()
        };
        let mut removals = removals(&chat, &wanted, &found, &known, settings, selection.failed);
        let deleted_on_other_leads = deleted_on_other_leads(&chat, &wanted, &found, &removals);
        let absent = kept(&wanted, &known, &found);
        let comparison = match (&known.fingerprint, &destination) {
            (Some(fingerprint), Some(to)) => Some(Comparison::new(
                fingerprint,
                to,
                selection.failed,
                (&chat.sources, &known.sources),
            )),
            _ => None,
        };
        // Ids that no renamed message may get.
        let is_renaming = !found.reused_ids.is_empty() || !known.taken.is_empty();
        let own_ids: HashSet<ExternalId> = match !is_renaming {
            true => HashSet::new(),
            false => wanted.iter().map(|m| m.external_id.clone()).collect(),
        };
        let mut decider = Decider {
            known: &known,
            found: &found,
            wanted: &own_ids,
            comparison: comparison.as_ref(),
            missing: Missing::of(&wanted, &found, &known),
            settings,
            unfinished: unfinished::to_finish(&known, destination.as_ref()),
            elsewhere: unfinished::elsewhere(&known),
            leaving: unfinished::leaving(&known, destination.as_ref()),
            budget: &mut budget,
            failed: selection.failed,
        };
        // What each message is recorded under, and whether it is linked to what it answers.
        let mut links = Vec::with_capacity(wanted.len());
        let mut messages: Vec<Planned> = Vec::with_capacity(wanted.len());
        let (mut questions, mut removed) = (Vec::new(), Vec::new());
        let mut learned = deletions_learned(&chat, &found);
        // Taken from the end of the list turned round, so that a million of them need not be there
        // twice.
        wanted.reverse();
        while let Some(message) = wanted.pop() {
            if wanted.len() % PIECE == 0 {
                wanted.shrink_to_fit();
            }
            let place = messages.len();
            let decision = decided.get(&place);
            let record = found.matched.get(&message.external_id);
            let is_reused = found.reused_ids.contains(&message.external_id);
            let (planned, trace) = if found.superseded.contains_key(&place) {
                (idle(message, Action::LeftOut(Rule::Decided)), None)
            } else if known.parts.contains(&count(place)) {
                (idle(message, Action::LeftOut(Rule::Pasted)), None)
            } else if left_out.contains(&message.external_id) {
                (idle(message, Action::LeftOut(Rule::Existing)), None)
            } else {
                decider.decide(message, decision)
            };
            if matches!(planned.action, Action::Undecided(_)) {
                let offered = offered.remove(&place);
                questions.push(question(
                    place,
                    &planned.message,
                    offered,
                    record,
                    is_reused,
                ));
            }
            if planned.action == Action::Gone && is_recorded_there(&planned.message, record, &known)
            {
                removed.push(planned.message.external_id.clone());
            }
            links.push(trace.map(Link::of));
            let lead_id = record.and_then(|record| record.lead_id.clone());
            let is_of_former_key = || {
                let to = destination.as_ref().map(|to| &to.lead_id);
                let lead = lead_id.as_ref().or(to);
                lead.is_some_and(|lead| known.is_of_former_key(&planned.message.external_id, lead))
            };
            let is_learned = match &planned.action {
                Action::Unchanged(_) => {
                    trace.is_some_and(|trace| known.learns_content || lacks_knowledge(&trace))
                        || is_of_former_key()
                }
                Action::Gone => is_of_former_key(),
                _ => false,
            };
            if is_learned {
                let message = &planned.message;
                learned.push(Learned {
                    external_id: message.external_id.clone(),
                    lead_id,
                    kind: message.kind,
                    edited: message.edited,
                    evidence: message.evidence,
                });
            }
            messages.push(planned);
        }
        let conflicts = comparison.map(|comparison| comparison.conflicts.into_inner());
        for (archive, line) in conflicts.into_iter().flatten() {
            chat.notes.push((archive, line, Note::EditConflict));
        }
        plan.unfinished
            .extend(unfinished::beyond(&messages, &known, &mut budget));
        // What is taken away counts against the limit too.
        removals.truncate(usize::try_from(budget).unwrap_or(usize::MAX));
        budget -= removals.len() as u64;
        let adopted_deletions = adopted_deletions(&found, &removals);
        let kept = absent.saturating_sub(count(removals.len()));
        let tombstones = (chat.deleted.iter().enumerate())
            .filter(|(place, _)| !found.maybe_imported.contains(place))
            .filter(|(place, _)| !found.known_tombstones.contains(place))
            .filter(|(_, message)| !known.recorded.contains(&message.external_id))
            .map(|(place, _)| place)
            .collect();
        let number = plan.chats.len();
        let recorded = recorded(&known);
        across.extend((messages.iter().zip(&links).enumerate()).filter_map(
            |(place, (planned, link))| {
                planned.message.answers.as_ref()?;
                let to = recorded.get(&planned.message.external_id);
                Some((number, place, (*link)?, to.map(|to| (*to).clone())))
            },
        ));
        let relinks = link(&mut messages, &links, &known, &mut budget, selection.failed);
        let open_links = unfinished::links(&messages, &relinks, &known, &mut budget);
        plan.unfinished_links.extend(open_links);
        let differences = match selection.failed {
            true => Differences::default(),
            false => differences(&chat, &messages, &removals, &known),
        };
        let read_differently = match known.inputs {
            Inputs::OtherVersion => differences.count,
            Inputs::Changed | Inputs::Same => 0,
        };
        if known.inputs == Inputs::Same && differences.count > 0 && !settings.accepts_unsteady {
            budget = before;
            across.truncate(links_across);
            hold(chat, Held::Unsteady(differences.places), &mut plan);
            continue;
        }
        // Where there is a limit, a message may stay as it is for that alone.
        let resolved = match selection.limit {
            None => resolved(&messages, &links),
            Some(_) => Vec::new(),
        };
        let counts = Counts::of(&messages);
        let mut messages = PackedVec::like(&chat.messages, messages);
        messages.close();
        plan.chats.push(PlannedChat {
            chat,
            destination,
            messages,
            counts,
            kept,
            removals,
            relinks,
            resolved,
            tombstones,
            learned,
            adopted_deletions,
            duplicates: found.duplicates,
            repeated_elsewhere: known.repeated_elsewhere,
            removed,
            read_differently,
            questions,
            undecided_deletions: found.ambiguous_deletions,
            deleted_on_other_leads,
            existing,
            shift: found.shift(),
            zone_corrected: known.zone_corrected,
        });
    }
    link_across(&mut plan.chats, &across, &mut budget, selection.failed);
    plan.problems.extend(rows.problems);
    plan.unused = (decisions.rows.into_iter())
        .filter(|row| !rows.used.contains(&row.line))
        .filter_map(|row| match row.target {
            Target::Id(id) => Some((row.line, id)),
            Target::Place(..) => None,
        })
        .collect();
    plan
}

/// Whether the checkpoint has a message, whose record may have another id, as in Close.
fn is_recorded_there(message: &DesiredMessage, record: Option<&Record>, known: &Known) -> bool {
    match record {
        Some(record) => !record.trace.gone,
        None => matches!(
            known.recorded.get(&message.external_id),
            Some(Recorded::Done { .. })
        ),
    }
}

/// An undecided message as people can settle it.
fn question(
    place: usize,
    message: &DesiredMessage,
    offered: Option<Vec<Candidate>>,
    record: Option<&Record>,
    is_reused: bool,
) -> Question {
    // The id of a body without content names the next such message in another export, and the id
    // of another message's record is not this one's.
    let is_lasting = !is_reused && (message.evidence.content.is_some() || record.is_some());
    let of_record = || {
        record.map(|record| Candidate {
            id: record.activity_id.to_string(),
            at: record.trace.at,
            outgoing: record.trace.outgoing,
            source: None,
        })
    };
    Question {
        index: count(place),
        id: is_lasting.then(|| message.external_id.clone()),
        candidates: offered.unwrap_or_else(|| of_record().into_iter().collect()),
    }
}

/// True for a record of an older format, which does not know what kind of message it is, or has no
/// canonical body of a text.
fn lacks_knowledge(trace: &Trace) -> bool {
    let lacks_body = trace.class == Some(Class::Text) && trace.content.is_none();
    (trace.class.is_none() || lacks_body) && !trace.deleted
}

/// Messages in Close of which these archives show that their senders deleted them: an older
/// archive does not bring back what they were.
fn deletions_learned(chat: &DesiredChat, found: &Reconciled) -> Vec<Learned> {
    (found.deleted.iter())
        .filter(|(_, record)| record.lead_id.is_none() && !record.trace.deleted)
        .filter(|(_, record)| record.listed.is_none())
        .filter_map(|(place, record)| {
            let deleted = chat.deleted.get(*place)?;
            Some(Learned {
                external_id: record.external_id.clone(),
                lead_id: None,
                kind: Kind::Deleted,
                edited: false,
                evidence: deleted.evidence,
            })
        })
        .collect()
}

/// Activities that Close lists of messages whose senders deleted them since, to be recorded: those of
/// the lead, and those of other leads that are about to be taken away.
fn adopted_deletions(found: &Reconciled, removals: &[Removal]) -> Vec<(usize, Record)> {
    let removed: HashSet<&ActivityId> = (removals.iter())
        .map(|removal| &removal.activity_id)
        .collect();
    (found.deleted.iter())
        .filter(|(_, record)| record.listed.is_some())
        .filter(|(_, record)| record.lead_id.is_none() || removed.contains(&record.activity_id))
        .cloned()
        .collect()
}

/// Recorded messages that nothing desired stands for any more.
fn kept(wanted: &[DesiredMessage], known: &Known, found: &Reconciled) -> u32 {
    let is_done = |id: &ExternalId| matches!(known.recorded.get(id), Some(Recorded::Done { .. }));
    if found.matched.is_empty() && known.elsewhere.is_empty() {
        let stand = wanted.iter().filter(|m| is_done(&m.external_id)).count();
        return count(known.recorded.done().saturating_sub(stand));
    }
    let ids = found.stand(wanted);
    let kept = (known.recorded.iter())
        .filter(|(id, recorded)| matches!(recorded, Recorded::Done { .. }) && !ids.contains(id));
    let elsewhere = (known.elsewhere.iter())
        .filter(|record| !record.trace.gone && !record.trace.unsettled)
        .filter(|record| !ids.contains(record.external_id.as_str()))
        .filter(|record| !known.recorded.contains(&record.external_id));
    count(kept.count() + elsewhere.count())
}

/// The messages that Close refused to change and that are as they should be by now.
fn resolved(messages: &[Planned], links: &[Option<Link>]) -> Vec<u32> {
    (0u32..)
        .zip(messages.iter().zip(links))
        .filter(|(_, (planned, link))| {
            matches!(planned.action, Action::Unchanged(_)) && link.is_some_and(|link| link.refused)
        })
        .map(|(place, _)| place)
        .collect()
}

/// What is to be taken away in Close: messages that we posted and whose senders deleted them since.
/// With `failed`, only those that Close refused to take away before.
fn removals(
    chat: &DesiredChat,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    known: &Known,
    settings: &ImportSettings,
    failed: bool,
) -> Vec<Removal> {
    if settings.deleted_since == DeletedSince::Keep {
        return Vec::new();
    }
    let left_out = (found.deleted.iter())
        .map(|(place, record)| (&chat.deleted[*place], record))
        .map(|(deleted, record)| (record, deleted.archive, deleted.line));
    let shown = (wanted.iter())
        .filter(|message| message.kind == Kind::Deleted)
        .filter_map(|message| {
            let record = found.matched.get(&message.external_id)?;
            let fingerprint = known.fingerprint.as_ref()?;
            // The line about the deletion, imported as text.
            let is_itself = is_tombstone(message, record, fingerprint);
            (!is_itself).then_some((record, message.archive, message.line))
        });
    (left_out.chain(shown))
        .filter(|(record, ..)| is_ours(record) && (!failed || record.trace.refused))
        .map(|(record, archive, line)| Removal {
            external_id: record.external_id.clone(),
            activity_id: record.activity_id.clone(),
            lead_id: record.lead_id.clone(),
            archive,
            line,
        })
        .collect()
}

/// Deletions of messages that stay on other leads: no archive has what they were.
fn deleted_on_other_leads(
    chat: &DesiredChat,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    removals: &[Removal],
) -> Vec<(u32, u32)> {
    let left_out = (found.deleted.iter())
        .filter_map(|(place, record)| Some((chat.deleted.get(*place)?, record)))
        .map(|(deleted, record)| (record, deleted.archive, deleted.line));
    let shown = (wanted.iter())
        .filter(|message| message.kind == Kind::Deleted)
        .filter_map(|message| {
            let record = found.matched.get(&message.external_id)?;
            Some((record, message.archive, message.line))
        });
    (left_out.chain(shown))
        .filter(|(record, ..)| record.lead_id.is_some() && !record.trace.gone)
        .filter(|(record, ..)| {
            let mut removed = removals.iter().map(|removal| &removal.activity_id);
            !removed.any(|activity| *activity == record.activity_id)
        })
        .map(|(_, archive, line)| (archive, line))
        .collect()
}

/// What we posted, on this lead or one that the chat went to before, and nobody has removed since.
pub(super) fn is_ours(record: &Record) -> bool {
    let trace = &record.trace;
    !trace.adopted && !trace.gone && !trace.unsettled
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A message that nothing is sent of: its text and files are dropped to save memory.
pub(super) fn idle(mut message: DesiredMessage, action: Action) -> Planned {
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
        messages: PackedVec::default(),
        counts: Counts::default(),
        kept: 0,
        removals: Vec::new(),
        relinks: Vec::new(),
        resolved: Vec::new(),
        tombstones: Vec::new(),
        learned: Vec::new(),
        adopted_deletions: Vec::new(),
        duplicates: 0,
        repeated_elsewhere: 0,
        removed: Vec::new(),
        read_differently: 0,
        questions: Vec::new(),
        undecided_deletions: 0,
        deleted_on_other_leads: Vec::new(),
        existing: 0,
        shift: None,
        zone_corrected: false,
    });
}

/// The messages that are to be posted and that Close holds from elsewhere: the same side, minute
/// and text under an external id that is none of ours.
fn foreign(wanted: &[DesiredMessage], known: &Known, found: &Reconciled) -> HashSet<ExternalId> {
    if known.present.is_empty() {
        return HashSet::new();
    }
    let ids: HashSet<&ExternalId> = wanted.iter().map(|m| &m.external_id).collect();
    // Another chat of ours with the same person may be on the same lead.
    let ours = |id: &ExternalId| id.is_derived() || ids.contains(id) || known.recorded.contains(id);
    let to_post = |m: &&DesiredMessage| {
        !known.listed.contains_key(&m.external_id)
            && !found.matched.contains_key(&m.external_id)
            && matches!(
                known.recorded.get(&m.external_id),
                None | Some(Recorded::NotThere)
            )
    };
    // Each of those in Close stands for one message.
    let mut left: HashMap<Present, usize> = HashMap::new();
    let is_there = |m: &&DesiredMessage| {
        let present = Present {
            direction: m.direction,
            minute: m.activity_at.timestamp().div_euclid(60),
            text: m.markdown.reveal().trim().to_owned(),
        };
        let Some(there) = known.present.get(&present) else {
            return false;
        };
        let left = left
            .entry(present)
            .or_insert_with(|| there.iter().filter(|id| !ours(id)).count());
        let is_left = *left > 0;
        *left = left.saturating_sub(1);
        is_left
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
    chat.messages = PackedVec::default();
    chat.notes = Vec::new();
}
