//! Builds the plan from desired chats and the known messages of each.
//!
//! In scope: selection, the order of the steps, and what concerns the whole chat. Out of scope: the action
//! for one message ([`Decider`]) and pairing ([`reconcile`]).

use std::collections::HashSet;

use chrono::TimeDelta;

use super::contested;
use super::counts::count;
use super::coverage::{is_recorded_in_close, kept};
use super::decide::Decider;
use super::decided::{Rows, candidates, settle};
use super::deletions::{adopted_deletions, deleted_on_other_leads, deletions_learned, removals};
use super::draft::{Draft, Drafts};
use super::edit::Comparison;
use super::existing::existing_ids;
use super::group_owner;
use super::links::{Link, link, link_across, recorded};
use super::missing::Missing;
use super::reconcile::reconcile;
use super::removed::{follow, follow_deletions};
use super::repeated_hour;
use super::selection::Selection;
use super::steady::{Differences, Inputs, differences};
use super::unfinished;
use super::unmarked_edits;
use super::{
    Action, Candidate, Counts, Known, Learned, Plan, Planned, PlannedChat, Question, Record,
    RecordFacts,
};
use crate::ids::{ActivityId, ExternalId};
use crate::matching::Class;
use crate::packed_vec::PackedVec;
use crate::transform::decision_table::Target;
use crate::transform::desired::{DesiredChat, DesiredMessage, Held, Note, Rule, Standing};
use crate::transform::policy::{Existing, Policy};

/// The number of messages after which freed memory is released.
const RELEASE_INTERVAL: usize = 1 << 16;

/// Builds the plan. Calls `known` once for every chat that is ready and selected.
pub fn build(
    mut drafts: Drafts,
    selection: &Selection,
    policy: &Policy,
    mut known: impl FnMut(&DesiredChat) -> Known,
) -> Plan {
    let mut budget = selection.limit.unwrap_or(u64::MAX);
    let mut plan = Plan {
        chats: Vec::with_capacity(drafts.chats.len()),
        containers: drafts.containers,
        problems: drafts.decisions.problems.clone(),
        ..Plan::default()
    };
    // Unrecorded activities that are paired with messages of earlier chats.
    let mut claimed: HashSet<ActivityId> = HashSet::new();
    let decisions = drafts.decisions;
    let mut rows = Rows::default();
    // Replies whose reply target is in another chat.
    let mut across = Vec::new();
    for (chat_index, draft) in drafts.chats.into_iter().enumerate() {
        let Draft { mut chat, inputs } = draft;
        let (before, links_across) = (budget, across.len());
        if !selection.includes(&chat) {
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
        let notes = drafts.reply_targets.apply(chat_index, &mut wanted);
        chat.notes.extend(notes);
        if let Some(to) = destination.as_ref().filter(|_| chat.is_group)
            && !group_owner::identify(&mut wanted, to, &known)
        {
            hold((chat, inputs), Held::OwnerName, &mut plan);
            continue;
        }
        let mut found = reconcile(&wanted, &chat.deleted, &known);
        if let Some(why) = found.held.take() {
            hold((chat, inputs), why, &mut plan);
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
        // The archives were made in another zone than the imported ones.
        for (message, shift) in wanted.iter_mut().zip(&found.shifts) {
            message.activity_at -= TimeDelta::milliseconds(*shift);
        }
        repeated_hour::follow_records(&mut wanted, |message| found.facts(message, &known));
        let decided = settle(
            chat_index,
            &mut wanted,
            &mut found,
            &known,
            &decisions,
            &mut rows,
        );
        // A message that decisions.csv pairs with a record may also be edited.
        unmarked_edits::note(&mut wanted, &found, &known, &chat.sources);
        let mut offered = candidates(&wanted, &found, &known);
        let existing_ids = existing_ids(&wanted, &known, &found);
        let existing = count(existing_ids.len());
        if policy.existing == Existing::Hold && !existing_ids.is_empty() {
            hold((chat, inputs), Held::Existing(existing), &mut plan);
            continue;
        }
        let left_out = if policy.existing == Existing::Skip {
            existing_ids
        } else {
            HashSet::new()
        };
        let mut removals = removals(&chat, &wanted, &found, &known, policy, selection.failed);
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
        // Ids that must not be given to a message whose own id is in use.
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
            policy,
            unfinished: unfinished::to_finish(&known, destination.as_ref()),
            elsewhere: unfinished::elsewhere(&known),
            leaving: unfinished::leaving(&known, destination.as_ref()),
            budget: &mut budget,
            failed: selection.failed,
        };
        // For each message, the state of its recorded link to its reply target.
        let mut links = Vec::with_capacity(wanted.len());
        let mut messages: Vec<Planned> = Vec::with_capacity(wanted.len());
        let (mut questions, mut removed) = (Vec::new(), Vec::new());
        let mut learned = deletions_learned(&chat, &found);
        let mut followed = match &destination {
            Some(to) => follow_deletions(&chat.deleted, &found, &to.lead_id, &known),
            None => Vec::new(),
        };
        // Reversed and popped, so that a million messages are not in memory twice.
        wanted.reverse();
        while let Some(message) = wanted.pop() {
            if wanted.len() % RELEASE_INTERVAL == 0 {
                wanted.shrink_to_fit();
            }
            let index = messages.len();
            let decision = decided.get(&index);
            let record = found.matched.get(&message.external_id);
            let is_reused = found.reused_ids.contains(&message.external_id);
            let (planned, facts) = if found.superseded.contains_key(&index) {
                (Planned::idle(message, Action::LeftOut(Rule::Decided)), None)
            } else if known.parts.contains(&count(index)) {
                (Planned::idle(message, Action::LeftOut(Rule::Pasted)), None)
            } else if left_out.contains(&message.external_id) {
                (
                    Planned::idle(message, Action::LeftOut(Rule::Existing)),
                    None,
                )
            } else {
                decider.decide(message, decision)
            };
            if matches!(planned.action, Action::Undecided(_)) {
                let offered = offered.remove(&index);
                questions.push(question(
                    index,
                    &planned.message,
                    offered,
                    record,
                    is_reused,
                ));
            }
            if planned.action == Action::Gone
                && is_recorded_in_close(&planned.message, record, &known)
            {
                removed.push(planned.message.external_id.clone());
            }
            links.push(facts.map(Link::of));
            if let (Action::Gone, Some(to)) = (&planned.action, &destination) {
                followed.extend(follow(&planned.message, record, &to.lead_id, &known));
            }
            let lead_id = record.and_then(|record| record.lead_id.clone());
            let is_of_former_key = || {
                let to = destination.as_ref().map(|to| &to.lead_id);
                let lead = lead_id.as_ref().or(to);
                lead.is_some_and(|lead| known.is_of_former_key(&planned.message.external_id, lead))
            };
            let is_learned = match &planned.action {
                Action::Unchanged(_) => {
                    facts.is_some_and(|facts| known.learns_content || lacks_class_or_body(&facts))
                        || is_of_former_key()
                }
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
        // Deletions count against the limit too.
        removals.truncate(usize::try_from(budget).unwrap_or(usize::MAX));
        budget -= removals.len() as u64;
        let adopted_deletions = adopted_deletions(&found, &removals);
        let kept = absent.saturating_sub(count(removals.len()));
        let tombstones = (chat.deleted.iter().enumerate())
            .filter(|(index, _)| !found.maybe_imported.contains(index))
            .filter(|(index, _)| !found.known_tombstones.contains(index))
            .filter(|(_, message)| !known.recorded.contains(&message.external_id))
            .map(|(index, _)| index)
            .collect();
        let number = plan.chats.len();
        let recorded = recorded(&known);
        across.extend((messages.iter().zip(&links).enumerate()).filter_map(
            |(index, (planned, link))| {
                planned.message.answers.as_ref()?;
                let to = recorded.get(&planned.message.external_id);
                Some((number, index, (*link)?, to.map(|to| (*to).clone())))
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
        if known.inputs == Inputs::Same && differences.count > 0 && !policy.accepts_unsteady {
            budget = before;
            across.truncate(links_across);
            hold(
                (chat, inputs),
                Held::Unsteady(differences.places),
                &mut plan,
            );
            continue;
        }
        // With a limit, a message may be unchanged only because the limit was reached.
        let resolved = match selection.limit {
            None => resolved(&messages, &links),
            Some(_) => Vec::new(),
        };
        let counts = Counts::of(&messages);
        let mut messages = PackedVec::like(&chat.messages, messages);
        messages.close();
        plan.chats.push(PlannedChat {
            chat,
            inputs,
            destination,
            messages,
            counts,
            kept,
            removals,
            relinks,
            resolved,
            tombstones,
            learned,
            followed,
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

/// An undecided message with the values for its row in decisions.csv.
fn question(
    index: usize,
    message: &DesiredMessage,
    offered: Option<Vec<Candidate>>,
    record: Option<&Record>,
    is_reused: bool,
) -> Question {
    // Without a canonical body, the same derived id may mean another message in the next archive; an id
    // under which another message is recorded does not identify this one.
    let is_lasting = !is_reused && (message.evidence.content.is_some() || record.is_some());
    let of_record = || {
        record.map(|record| Candidate {
            id: record.activity_id.to_string(),
            at: record.facts.at,
            outgoing: record.facts.outgoing,
            source: None,
        })
    };
    Question {
        index: count(index),
        id: is_lasting.then(|| message.external_id.clone()),
        candidates: offered.unwrap_or_else(|| of_record().into_iter().collect()),
    }
}

/// Whether a record, written in an older format, lacks the class of the message or the canonical body of
/// a text.
fn lacks_class_or_body(facts: &RecordFacts) -> bool {
    let lacks_body = facts.class == Some(Class::Text) && facts.content.is_none();
    (facts.class.is_none() || lacks_body) && !facts.deleted
}

/// The indexes of messages whose update Close rejected and which now need no update.
fn resolved(messages: &[Planned], links: &[Option<Link>]) -> Vec<u32> {
    (0u32..)
        .zip(messages.iter().zip(links))
        .filter(|(_, (planned, link))| {
            matches!(planned.action, Action::Unchanged(_)) && link.is_some_and(|link| link.refused)
        })
        .map(|(index, _)| index)
        .collect()
}

/// Adds the chat to the plan as held: nothing of it is planned, and messages that rules left out are held
/// too.
fn hold((mut chat, inputs): (DesiredChat, Option<[u8; 32]>), why: Held, plan: &mut Plan) {
    chat.standing = Standing::Held(why);
    chat.left_out.clear();
    chat.notes.clear();
    chat.deleted.clear();
    plan.chats.push(PlannedChat {
        chat,
        inputs,
        destination: None,
        messages: PackedVec::default(),
        counts: Counts::default(),
        kept: 0,
        removals: Vec::new(),
        relinks: Vec::new(),
        resolved: Vec::new(),
        tombstones: Vec::new(),
        learned: Vec::new(),
        followed: Vec::new(),
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

fn leave_out(chat: &mut DesiredChat) {
    chat.standing = Standing::LeftOut(Rule::NotSelected);
    chat.left_out.clear();
    chat.left_out.insert(Rule::NotSelected, chat.distinct());
    chat.messages = PackedVec::default();
    chat.notes = Vec::new();
}
