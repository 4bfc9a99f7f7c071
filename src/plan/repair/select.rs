//! The corrections that the wishes need, selected from a plan.

use std::collections::{HashMap, HashSet};

use super::fix::{Fix, FixKind, Stage, Unfixed};
use super::wish::{Copy, OnLead, Wish};
use super::{Repair, correction, stages};
use crate::ids::LeadId;
use crate::plan::compare::Field;
use crate::plan::{Action, Plan, Planned, PlannedChat, RedundantCopy, target_of};
use crate::transform::desired::{Decision, Destination};

impl Repair {
    /// Selects from a plan what the wishes need. `plan` was made with `gone = "restore"` and keeps texts and files.
    /// `finishes`: also what an earlier run began.
    pub fn of(mut plan: Plan, wishes: &HashMap<OnLead, Wish>, finishes: bool) -> Repair {
        let mut repair = Repair {
            finishes,
            ..Repair::default()
        };
        let mut open: HashSet<&OnLead> = wishes.keys().collect();
        for chat in 0..plan.chats.len() {
            let planned = &plan.chats[chat];
            let Some(to) = planned.destination.clone() else {
                continue;
            };
            let leads: Vec<&LeadId> = std::iter::once(&to.lead_id)
                .chain(&planned.chat.merged_from)
                .collect();
            planned.messages.with(|messages| {
                let scope = Scope {
                    chat,
                    messages,
                    to: &to,
                };
                let posts = scope.posts(&leads, wishes);
                for (index, message) in messages.iter().enumerate() {
                    let found = scope.wish(message, &leads, wishes);
                    if let Some((on_lead, _)) = found {
                        open.remove(on_lead);
                    }
                    repair.add(&scope, (index, message), found, (planned, &posts));
                }
            });
        }
        for on_lead in open {
            let chat = wishes[on_lead].chat.and_then(|chat| plan.chats.get(chat));
            repair.unfixed.push(Unfixed {
                on_lead: on_lead.clone(),
                why: why_unplanned(chat),
                is_over: false,
            });
        }
        repair.unfixed.sort_by(|a, b| a.on_lead.cmp(&b.on_lead));
        (repair.fixes).sort_by_key(|fix| (fix.stage, fix.kind, fix.chat, fix.message));
        for (index, fix) in repair.fixes.iter().enumerate() {
            let of_chat = repair.indexes.entry((fix.stage, fix.chat)).or_default();
            of_chat.push(index);
        }
        let needed = repair.needed_chats(&plan);
        stages::strip(&mut plan, &needed);
        repair.base = plan;
        repair
    }

    /// Adds the corrections of a message.
    fn add(
        &mut self,
        scope: &Scope<'_>,
        (index, message): (usize, &Planned),
        found: Option<(&OnLead, &Wish)>,
        (planned, posts): (&PlannedChat, &HashSet<usize>),
    ) {
        let Some((on_lead, wish)) = found else {
            let is_zone_corrected = planned.zone_corrected && planned.times_to_correct() > 0;
            if let Some(kind) = (self.kind_without_wish(message)).filter(|_| !is_zone_corrected) {
                let on_lead = (
                    scope.to.lead_id.clone(),
                    message.message.external_id.clone(),
                );
                self.push(scope, (index, message), &on_lead, kind);
            }
            return;
        };
        // Operations on the chat would record its new zone.
        if planned.zone_corrected && planned.times_to_correct() > 0 {
            let why = "the times of its chat are to be corrected; import first";
            return self.unfix(on_lead, why.to_owned(), false);
        }
        for copy in &wish.copies {
            self.add_copy(scope, (index, message), on_lead, copy);
        }
        if wish.post || wish.elsewhere {
            match kind_of(message, wish) {
                Ok((stage, kind)) => self.push(scope, (index, message), on_lead, (stage, kind)),
                Err((why, is_over)) => self.unfix(on_lead, why, is_over),
            }
        }
        if wish.fields.is_empty() {
            return;
        }
        let target = target_of(scope.chat, &message.message);
        let waits =
            target.is_some_and(|(chat, target)| chat == scope.chat && posts.contains(&target));
        let (corrected, edit) = match correction::corrected(message, wish, waits) {
            Ok(corrected) => corrected,
            Err(why) => return self.unfix(on_lead, why.to_owned(), false),
        };
        let is_link = wish.fields == [Field::Link];
        let (stage, kind) = match (waits && edit.link, is_link) {
            (true, true) => (Stage::Post, FixKind::Link),
            (true, false) => (Stage::Post, FixKind::Update),
            (false, true) => (Stage::Link, FixKind::Link),
            (false, false) => (Stage::Update, FixKind::Update),
        };
        // Only a record can be changed.
        if matches!(message.action, Action::Adopt(_)) {
            self.keep(Stage::Link, (scope.chat, index), message.clone());
        }
        self.fixes.push(Fix {
            fields: wish.fields.clone(),
            activity_id: Some(edit.activity_id.clone()),
            ..fix(scope, (index, message), on_lead, (stage, kind))
        });
        self.keep(stage, (scope.chat, index), corrected);
    }

    fn add_copy(
        &mut self,
        scope: &Scope<'_>,
        (index, message): (usize, &Planned),
        on_lead: &OnLead,
        copy: &Copy,
    ) {
        self.fixes.push(Fix {
            activity_id: Some(copy.activity_id.clone()),
            ..fix(
                scope,
                (index, message),
                on_lead,
                (Stage::Delete, FixKind::Delete),
            )
        });
        (self.copies.entry(scope.chat).or_default()).push(RedundantCopy {
            message: u32::try_from(index).unwrap_or(u32::MAX),
            external_id: on_lead.1.clone(),
            activity_id: copy.activity_id.clone(),
            kept: copy.kept.clone(),
            record: copy.record,
        });
    }

    /// How a message without a wish is handled that an earlier run began to change.
    fn kind_without_wish(&self, message: &Planned) -> Option<(Stage, FixKind)> {
        match &message.action {
            Action::Settle => Some((Stage::Link, FixKind::Record)),
            _ if !self.finishes || !is_begun(message) => None,
            Action::Update(_) => Some((Stage::Update, FixKind::Update)),
            _ => Some((Stage::Post, FixKind::Move)),
        }
    }

    /// Adds an operation as the plan has it.
    fn push(
        &mut self,
        scope: &Scope<'_>,
        (index, message): (usize, &Planned),
        on_lead: &OnLead,
        (stage, kind): (Stage, FixKind),
    ) {
        if let Action::Replace(replacement) = &message.action {
            self.former_leads.insert(replacement.lead_id.clone());
        }
        self.fixes.push(Fix {
            is_begun: is_begun(message),
            ..fix(scope, (index, message), on_lead, (stage, kind))
        });
        self.keep(stage, (scope.chat, index), message.clone());
    }

    fn keep(&mut self, stage: Stage, (chat, index): (usize, usize), message: Planned) {
        let of_stage = self.changed.entry(stage).or_default();
        of_stage.entry(chat).or_default().push((index, message));
    }

    fn unfix(&mut self, on_lead: &OnLead, why: String, is_over: bool) {
        self.unfixed.push(Unfixed {
            on_lead: on_lead.clone(),
            why,
            is_over,
        });
    }

    /// The chats with corrections, and those with reply targets of corrected messages.
    fn needed_chats(&self, plan: &Plan) -> HashSet<usize> {
        let mut needed: HashSet<usize> = self.fixes.iter().map(|fix| fix.chat).collect();
        let targets = self.fixes.iter().filter_map(|fix| {
            let message = plan.chats.get(fix.chat)?.messages.get(fix.message)?;
            Some(target_of(fix.chat, &message.message)?.0)
        });
        needed.extend(targets);
        needed
    }
}

/// The chat whose messages are looked at.
struct Scope<'s> {
    chat: usize,
    messages: &'s [Planned],
    to: &'s Destination,
}

impl<'s> Scope<'s> {
    /// The wish for a message, and its key.
    fn wish<'w>(
        &self,
        message: &Planned,
        leads: &[&LeadId],
        wishes: &'w HashMap<OnLead, Wish>,
    ) -> Option<(&'w OnLead, &'w Wish)> {
        let id = &message.message.external_id;
        let mut leads = leads.iter();
        leads.find_map(|lead| wishes.get_key_value(&((*lead).clone(), id.clone())))
    }

    /// The messages that are posted.
    fn posts(&self, leads: &[&LeadId], wishes: &HashMap<OnLead, Wish>) -> HashSet<usize> {
        let wished = self.messages.iter().enumerate().filter(|(_, message)| {
            let wish = self.wish(message, leads, wishes);
            wish.is_some_and(|(_, wish)| {
                kind_of(message, wish)
                    .is_ok_and(|(_, kind)| matches!(kind, FixKind::Post | FixKind::Move))
            })
        });
        wished.map(|(index, _)| index).collect()
    }
}

fn fix(
    scope: &Scope<'_>,
    (index, message): (usize, &Planned),
    on_lead: &OnLead,
    (stage, kind): (Stage, FixKind),
) -> Fix {
    Fix {
        stage,
        kind,
        chat: scope.chat,
        message: index,
        location: (message.message.archive, message.message.line),
        on_lead: on_lead.clone(),
        activity_id: match &message.action {
            Action::Restore(activity) | Action::Moved(activity, _) => Some(activity.clone()),
            Action::Replace(replacement) => Some(replacement.activity_id.clone()),
            Action::Update(edit) => Some(edit.activity_id.clone()),
            _ => None,
        },
        fields: Vec::new(),
        is_begun: false,
    }
}

/// Whether an earlier run began to move, to update or to post a message.
fn is_begun(message: &Planned) -> bool {
    match &message.action {
        Action::Replace(replacement) => replacement.begun,
        Action::Update(edit) => edit.again,
        Action::Settle => true,
        _ => false,
    }
}

/// How the plan posts, moves or records a message; else why it does not, and whether its finding no longer holds.
fn kind_of(message: &Planned, wish: &Wish) -> Result<(Stage, FixKind), (String, bool)> {
    if !wish.post && !wish.elsewhere {
        return Err((String::new(), false));
    }
    match &message.action {
        Action::Create | Action::Restore(_) => Ok((Stage::Post, FixKind::Post)),
        // Every run looks up what is open, so that it belongs to the first one.
        Action::Settle => Ok((Stage::Link, FixKind::Post)),
        Action::Replace(_) => Ok((Stage::Post, FixKind::Move)),
        Action::Moved(..) => Ok((Stage::Link, FixKind::Record)),
        // The record of its lead follows the merge.
        Action::Unchanged(_) | Action::Adopt(_) | Action::Update(_) if wish.elsewhere => {
            Ok((Stage::Link, FixKind::Record))
        }
        Action::Unchanged(_) | Action::Adopt(_) | Action::Update(_) => {
            Err(("it is in Close".to_owned(), true))
        }
        Action::Undecided(why) => Err((why.describe().to_owned(), false)),
        Action::LeftOut(rule) => Err((rule.describe().to_owned(), false)),
        Action::Gone => Err(("decisions.csv leaves it removed".to_owned(), false)),
    }
}

/// Why the plan has no operation for a message.
fn why_unplanned(chat: Option<&PlannedChat>) -> String {
    match chat.map(|chat| &chat.chat.standing) {
        Some(Decision::Held(why)) => format!("its chat is held: {why}"),
        _ => "no archive has it any more; put its archive back".to_owned(),
    }
}
