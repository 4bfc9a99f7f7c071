//! The plan of a repair: the operations that correct what a comparison found, and no other.
//!
//! Pure. A repair is a part of the plan that an import with `gone = "restore"` would carry out, with two additions:
//! updates of fields that drifted, and deletions of activities that repeat another one. [`Repair::of`] selects that part
//! by the [`Wish`]es, one for each message with findings; [`Repair::stage`] returns it as plans for the executor, the
//! safest first. Never here: which findings there are ([`super::compare`]), requests, or wording of output.
//!
//! | file         | contains                                             |
//! |--------------|------------------------------------------------------|
//! | `correction` | the update of a message whose fields drifted         |
//! | `stages`     | the plans for the executor                           |

mod correction;
mod stages;

use std::collections::{HashMap, HashSet};

use super::compare::Field;
use super::{Action, CopyRecord, Plan, Planned, PlannedChat, RedundantCopy, target_of};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::transform::desired::{Decision, Destination};

/// A message on its lead.
pub type OnLead = (LeadId, ExternalId);

/// What is to be corrected about one message.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Its chat: index into [`Plan::chats`], as far as known.
    pub chat: Option<usize>,
    /// Post it: Close does not have it.
    pub post: bool,
    /// Move it to its lead, or record where it is.
    pub elsewhere: bool,
    /// The fields that drifted.
    pub fields: Vec<Field>,
    /// With `fields`: the compared activity.
    pub activity_id: Option<ActivityId>,
    /// With `fields`: what the checkpoint has of the message.
    pub sent: Option<SentFacts>,
    /// With [`Field::Link`]: the activity to link to; `None` removes the link.
    pub link: Option<(ExternalId, ActivityId)>,
    /// Activities to delete.
    pub copies: Vec<Copy>,
}

/// What was sent of a message, as far as a correction depends on it.
#[derive(Debug, Clone, Copy)]
pub struct SentFacts {
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// The number of its files.
    pub files: usize,
}

/// An activity that repeats another one.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The activity to delete.
    pub activity_id: ActivityId,
    /// The activity that stays.
    pub kept: ActivityId,
    /// What the checkpoint has of the message.
    pub record: CopyRecord,
}

/// Stages of a repair, in the order in which they are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Links of replies, and records of messages that Close has moved.
    Link,
    /// Updates.
    Update,
    /// Posts; a message on another lead is deleted there after its post.
    Post,
    /// Deletions of repeated activities.
    Delete,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 4] = [Stage::Link, Stage::Update, Stage::Post, Stage::Delete];
}

/// How a finding is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixKind {
    /// The checkpoint follows what Close did; nothing is sent.
    Record,
    /// The link of a reply is set or removed.
    Link,
    /// Fields are updated.
    Update,
    /// The message is posted.
    Post,
    /// The message is posted on its lead, and deleted on the other one.
    Move,
    /// A repeated activity is deleted.
    Delete,
}

impl FixKind {
    /// Every kind, in the order in which they are carried out.
    pub const ALL: [FixKind; 6] = [
        FixKind::Record,
        FixKind::Link,
        FixKind::Update,
        FixKind::Post,
        FixKind::Move,
        FixKind::Delete,
    ];

    /// The stable word for reports.
    pub fn word(self) -> &'static str {
        match self {
            FixKind::Record => "record",
            FixKind::Link => "link",
            FixKind::Update => "update",
            FixKind::Post => "post",
            FixKind::Move => "move",
            FixKind::Delete => "delete",
        }
    }
}

/// A planned correction.
#[derive(Debug, Clone)]
pub struct Fix {
    /// When it is carried out.
    pub stage: Stage,
    /// How.
    pub kind: FixKind,
    /// Its chat: index into the chats of the plan.
    pub chat: usize,
    /// The message: index into the messages of the chat.
    pub message: usize,
    /// Archive, as an index into the chat's archives, and line.
    pub location: (u32, u32),
    /// The message and its lead.
    pub on_lead: OnLead,
    /// The activity that is changed or deleted.
    pub activity_id: Option<ActivityId>,
    /// Of an update: the fields.
    pub fields: Vec<Field>,
    /// An earlier run began it.
    pub is_begun: bool,
}

/// A wish without a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfixed {
    /// The message and its lead.
    pub on_lead: OnLead,
    /// Why.
    pub why: String,
    /// The finding no longer holds.
    pub is_over: bool,
}

/// A repair.
#[derive(Debug, Default)]
pub struct Repair {
    /// The corrections, in the order in which they are carried out.
    pub fixes: Vec<Fix>,
    /// The wishes without a correction.
    pub unfixed: Vec<Unfixed>,
    /// Whether messages without a wish that an earlier run began to move or to update are finished.
    finishes: bool,
    /// The chats with their operations removed, and those of chats that no correction needs without messages.
    base: Plan,
    /// The corrected messages by stage, chat and index.
    changed: HashMap<Stage, HashMap<usize, Vec<(usize, Planned)>>>,
    copies: HashMap<usize, Vec<RedundantCopy>>,
    /// The leads that messages are moved from.
    former_leads: HashSet<LeadId>,
    /// The indexes in `fixes` by stage and chat, in order.
    indexes: HashMap<(Stage, usize), Vec<usize>>,
}

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

    /// Whether nothing is to be corrected.
    pub fn is_empty(&self) -> bool {
        self.fixes.is_empty()
    }

    /// The number of corrections of a kind.
    pub fn count(&self, kind: FixKind) -> u64 {
        self.fixes.iter().filter(|fix| fix.kind == kind).count() as u64
    }

    /// The number of activities that are deleted in Close and that no earlier run began to delete.
    pub fn deletions(&self) -> u64 {
        let deletes =
            |fix: &&Fix| matches!(fix.kind, FixKind::Move | FixKind::Delete) && !fix.is_begun;
        self.fixes.iter().filter(deletes).count() as u64
    }

    /// The corrections of a stage.
    pub fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &Fix> {
        self.fixes.iter().filter(move |fix| fix.stage == stage)
    }

    /// The number of corrections of a stage that only the checkpoint needs.
    pub fn records(&self, stage: Stage) -> u64 {
        let of_stage = self.of_stage(stage);
        of_stage.filter(|fix| fix.kind == FixKind::Record).count() as u64
    }

    /// The index in `fixes` of an operation of a stage, as the executor numbers it: messages, then copies.
    pub fn index_of(&self, stage: Stage, (chat, number): (usize, usize)) -> Option<usize> {
        let messages = self.base.chats.get(chat)?.messages.len();
        let mut indexes = self.indexes.get(&(stage, chat))?.iter();
        match number.checked_sub(messages) {
            Some(copy) => indexes.nth(copy).copied(),
            None => {
                let found = self.indexes.get(&(stage, chat))?.iter();
                let mut found = found.filter(|index| self.fixes[**index].message == number);
                found.next().copied()
            }
        }
    }

    /// The leads that the chats with corrections go to, and those that messages leave.
    pub fn leads(&self) -> HashSet<LeadId> {
        let chats = self
            .fixes
            .iter()
            .filter_map(|fix| self.base.chats.get(fix.chat));
        let mut leads: HashSet<LeadId> = chats
            .filter_map(|chat| Some(chat.destination.as_ref()?.lead_id.clone()))
            .collect();
        leads.extend(self.former_leads.iter().cloned());
        leads
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
