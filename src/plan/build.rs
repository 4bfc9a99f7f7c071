//! Builds the plan from drafts and the known messages of each chat.
//!
//! In scope: the order of the steps, the limit on operations, and what concerns several chats. Out of scope: pairing
//! ([`super::paired`]), the messages of a chat ([`super::decided_messages`]), and the action for one message ([`Decider`]).

use std::collections::HashSet;

use super::changed_in_close::Corrections;
use super::counts::{Counts, count};
use super::coverage::{kept, left_out_in_close};
use super::decide::Decider;
use super::decided::Rows;
use super::decided_messages::{DecidedMessages, Pass};
use super::deletions::{adopted_deletions, deleted_on_other_leads, removals};
use super::draft::{Draft, Drafts};
use super::edit::Comparison;
use super::held::held;
use super::known::Known;
use super::left_behind::LeftBehind;
use super::links::{Link, link, link_across, recorded};
use super::missing::Missing;
use super::paired::{Paired, PairingState, pair};
use super::planned::{Planned, PlannedChat};
use super::reconciled::Reconciled;
use super::selection::Selection;
use super::steady::{Differences, Inputs, differences};
use super::{Action, Plan, compare, unfinished};
use crate::ids::ExternalId;
use crate::packed_vec::PackedVec;
use crate::policy::{Existing, Policy};
use crate::routing::Rule;
use crate::transform::decision_table::Target;
use crate::transform::desired::{Decision, DesiredChat, DesiredMessage, Destination, Held, Note};

/// Builds the plan. Calls `known` once for every chat that is ready and selected.
pub fn build(
    mut drafts: Drafts,
    selection: &Selection,
    policy: &Policy,
    mut known: impl FnMut(&DesiredChat) -> Known,
) -> Plan {
    let decisions = std::mem::take(&mut drafts.decisions);
    let mut builder = Builder {
        selection,
        policy,
        shared: PairingState {
            decisions: &decisions,
            rows: Rows::default(),
            claimed: HashSet::new(),
        },
        budget: selection.limit.unwrap_or(u64::MAX),
        keeps_content: drafts.keeps_content,
        plan: Plan {
            chats: Vec::with_capacity(drafts.chats.len()),
            containers: drafts.containers,
            problems: decisions.problems.clone(),
            ..Plan::default()
        },
        across: Vec::new(),
        adopted: compare::Forms::default(),
    };
    for (number, draft) in drafts.chats.into_iter().enumerate() {
        let Draft { mut chat, inputs } = draft;
        if !selection.includes(&chat) {
            leave_out(&mut chat);
        }
        let known = match &chat.standing {
            Decision::Ready(_) => known(&chat),
            _ => Known::default(),
        };
        let mut wanted = chat.messages.take();
        let notes = drafts.reply_targets.apply(number, &mut wanted);
        chat.notes.extend(notes);
        builder.add((number, chat, inputs), wanted, known);
    }
    builder.finish()
}

/// A plan in the making.
struct Builder<'b> {
    selection: &'b Selection,
    policy: &'b Policy,
    shared: PairingState<'b>,
    /// The number of operations left.
    budget: u64,
    /// As [`Drafts::keeps_content`].
    keeps_content: bool,
    plan: Plan,
    /// Replies in Close whose reply target may be in another chat: chat, index, recorded link, recorded target.
    across: Vec<(usize, usize, Link, Option<ExternalId>)>,
    /// What the texts of activities without a record show.
    adopted: compare::Forms,
}

/// Counts the texts of activities without a record. An empty text has no form, and one that is updated shows none.
fn add_adopted(forms: &mut compare::Forms, messages: &[Planned]) {
    for planned in messages {
        let is_rewritten = matches!(&planned.action, Action::Update(edit) if edit.text);
        let has_text = !planned.message.markdown.reveal().is_empty();
        let adoption = planned.adoption.as_ref();
        if let Some(adoption) = adoption.filter(|_| has_text && !is_rewritten) {
            let in_close = adoption.record.facts.body;
            forms.add_text(adoption.sent_body.map(|sent| (sent, in_close)));
        }
    }
}

impl Builder<'_> {
    /// Plans a chat. `number` is its index among the desired ones, `wanted` its messages.
    fn add(
        &mut self,
        (number, mut chat, inputs): (usize, DesiredChat, Option<[u8; 32]>),
        wanted: Vec<DesiredMessage>,
        mut known: Known,
    ) {
        let (before, links_across) = (self.budget, self.across.len());
        let destination = match &chat.standing {
            Decision::Ready(destination) => Some(destination.clone()),
            _ => None,
        };
        let claimed = &self.shared.claimed;
        (known.unrecorded).retain(|record| !claimed.contains(&record.activity_id));
        let paired = pair(
            (number, &chat),
            wanted,
            destination.as_ref(),
            &known,
            &mut self.shared,
        );
        let paired = match paired {
            Ok(paired) => paired,
            Err(why) => return hold((chat, inputs), why, &mut self.plan),
        };
        let existing = count(paired.existing.len());
        if self.policy.existing == Existing::Hold && existing > 0 {
            return hold((chat, inputs), Held::Existing(existing), &mut self.plan);
        }
        let (found, wanted) = (&paired.found, &paired.wanted);
        let failed = self.selection.failed;
        let mut removals = removals(&chat, wanted, found, &known, self.policy, failed);
        let deleted_on_other_leads = deleted_on_other_leads(&chat, wanted, found, &removals);
        let absent = kept(wanted, &known, found);
        let left_out = std::mem::take(&mut chat.left_out_ids);
        let left_out = left_out_in_close(left_out, wanted, &known, found);
        let (decided, found, conflicts) = self.decide(&chat, paired, destination.as_ref(), &known);
        let DecidedMessages {
            mut messages,
            links,
            questions,
            removed,
            learned,
            followed,
        } = decided;
        for (archive, line) in conflicts {
            chat.notes.push((archive, line, Note::EditConflict));
        }
        self.plan
            .unfinished
            .extend(unfinished::beyond(&messages, &known, &mut self.budget));
        // Deletions count against the limit too.
        removals.truncate(usize::try_from(self.budget).unwrap_or(usize::MAX));
        self.budget -= removals.len() as u64;
        let tombstones = (chat.deleted.iter().enumerate())
            .filter(|(index, _)| !found.maybe_imported.contains(index))
            .filter(|(index, _)| !found.known_tombstones.contains(index))
            .filter(|(_, message)| !known.recorded.contains(&message.external_id))
            .map(|(index, _)| index)
            .collect();
        self.note_across(&messages, &links, &known);
        let relinks = link(&mut messages, &links, &known, &mut self.budget, failed);
        let open_links = unfinished::links(&messages, &relinks, &known, &mut self.budget);
        self.plan.unfinished_links.extend(open_links);
        let differences = match failed {
            true => Differences::default(),
            false => differences(&chat, &messages, &removals, &known),
        };
        let is_same = known.inputs == Inputs::Same;
        if is_same && differences.count > 0 && !self.policy.accepts_unsteady {
            self.budget = before;
            self.across.truncate(links_across);
            let why = Held::Unsteady(differences.places);
            return hold((chat, inputs), why, &mut self.plan);
        }
        let still_read: usize = left_out.values().map(Vec::len).sum();
        if let Some(to) = &destination {
            let left = left_out.into_iter().map(|(rule, ids)| {
                let mut left = LeftBehind::new(self.plan.chats.len(), Some(rule), &to.lead_id);
                ids.into_iter().for_each(|id| left.add(id));
                left
            });
            self.plan.left_behind.extend(left.collect::<Vec<_>>());
        }
        let counts = Counts::of(&messages);
        add_adopted(&mut self.adopted, &messages);
        // With a limit, a message may be unchanged only because the limit was reached.
        let resolved = match self.selection.limit {
            None => resolved(&messages, &links),
            Some(_) => Vec::new(),
        };
        let mut messages = PackedVec::like(&chat.messages, messages);
        messages.close();
        self.plan.chats.push(PlannedChat {
            chat,
            inputs,
            destination,
            messages,
            counts,
            kept: absent.saturating_sub(count(removals.len() + still_read)),
            adopted_deletions: adopted_deletions(&found, &removals),
            removals,
            relinks,
            copies: Vec::new(),
            resolved,
            tombstones,
            learned,
            followed,
            duplicates: found.duplicates,
            repeated_elsewhere: known.repeated_elsewhere,
            removed,
            read_differently: match known.inputs {
                Inputs::OtherVersion => differences.count,
                Inputs::Incomplete | Inputs::Lacking | Inputs::Changed | Inputs::Same => 0,
            },
            questions,
            undecided_deletions: found.ambiguous_deletions,
            deleted_on_other_leads,
            existing,
            shift: found.shift(),
            zone_corrected: known.zone_corrected,
        });
    }

    /// Decides about the messages of a chat. Returns the pairing as well, and the archive and line of each message whose
    /// archives contradict each other about an edit.
    fn decide(
        &mut self,
        chat: &DesiredChat,
        paired: Paired,
        destination: Option<&Destination>,
        known: &Known,
    ) -> (DecidedMessages, Reconciled, Vec<(u32, u32)>) {
        let Paired {
            wanted,
            found,
            decided,
            offered,
            existing,
        } = paired;
        let failed = self.selection.failed;
        let comparison = known.fingerprint.as_ref().zip(destination);
        let comparison = comparison.map(|(fingerprint, to)| {
            let sources = (chat.sources.as_slice(), known.sources.as_slice());
            Comparison::new(fingerprint, to, sources)
        });
        // Ids that must not be given to a message whose own id is in use.
        let is_renaming = !found.reused_ids.is_empty() || !known.taken.is_empty();
        let own_ids: HashSet<ExternalId> = match !is_renaming {
            true => HashSet::new(),
            false => wanted.iter().map(|m| m.external_id.clone()).collect(),
        };
        let mut decider = Decider {
            known,
            found: &found,
            wanted: &own_ids,
            comparison: comparison.as_ref(),
            missing: Missing::of(&wanted, &found, known),
            policy: self.policy,
            unfinished: unfinished::to_finish(chat, known, destination),
            elsewhere: unfinished::elsewhere(known),
            leaving: unfinished::leaving(chat, known, destination),
            budget: &mut self.budget,
            failed,
            corrections: Corrections::of(&wanted, &found),
            keeps_content: self.keeps_content,
        };
        let pass = Pass {
            chat,
            lead: destination.map(|to| &to.lead_id),
            decided,
            offered,
            left_out: match self.policy.existing {
                Existing::Skip => existing,
                Existing::Hold | Existing::Ignore => HashSet::new(),
            },
        };
        let decided = pass.run(wanted, &mut decider);
        let conflicts = comparison.map(|comparison| comparison.conflicts.into_inner());
        let conflicts = conflicts.into_iter().flatten().collect();
        (decided, found, conflicts)
    }

    /// Notes the replies of the next chat whose reply target is not in it.
    fn note_across(&mut self, messages: &[Planned], links: &[Option<Link>], known: &Known) {
        let number = self.plan.chats.len();
        let recorded = recorded(known);
        let messages = messages.iter().zip(links).enumerate();
        self.across
            .extend(messages.filter_map(|(index, (planned, link))| {
                planned.message.answers.as_ref()?;
                let to = recorded.get(&planned.message.external_id);
                Some((number, index, (*link)?, to.map(|to| (*to).clone())))
            }));
    }

    /// Links replies across chats, and reports what of decisions.csv was not used.
    fn finish(mut self) -> Plan {
        let failed = self.selection.failed;
        link_across(&mut self.plan.chats, &self.across, &mut self.budget, failed);
        unfinished::keep_beyond(&mut self.plan);
        // Close stores every text in another form than was sent, so that none shows a change.
        if self.adopted.is_of_texts(self.selection.is_everything()) {
            for chat in &mut self.plan.chats {
                for planned in chat.messages.open().iter_mut() {
                    if let Some(adoption) = &mut planned.adoption {
                        adoption.sent_body = None;
                    }
                }
                chat.messages.close();
            }
        }
        let PairingState {
            decisions, rows, ..
        } = self.shared;
        self.plan.problems.extend(rows.problems);
        self.plan.unused = (decisions.rows.iter())
            .filter(|row| !rows.used.contains(&row.line))
            .filter_map(|row| match &row.target {
                Target::Id(id) => Some((row.line, id.clone())),
                Target::Place(..) => None,
            })
            .collect();
        self.plan
    }
}

/// The indexes of messages whose update Close rejected and which now need no update.
fn resolved(messages: &[Planned], links: &[Option<Link>]) -> Vec<u32> {
    (0u32..)
        .zip(messages.iter().zip(links))
        .filter(|(_, (planned, link))| {
            matches!(planned.action, Action::Unchanged(_)) && link.is_some_and(Link::is_resolved)
        })
        .map(|(index, _)| index)
        .collect()
}

/// Adds the chat to the plan as held: messages that rules left out are held too.
fn hold((mut chat, inputs): (DesiredChat, Option<[u8; 32]>), why: Held, plan: &mut Plan) {
    chat.left_out.clear();
    plan.chats.push(held((chat, inputs), why));
}

fn leave_out(chat: &mut DesiredChat) {
    chat.standing = Decision::LeftOut(Rule::NotSelected);
    chat.left_out.clear();
    chat.left_out.insert(Rule::NotSelected, chat.distinct());
    chat.messages = PackedVec::default();
    chat.notes = Vec::new();
}
