//! Everything that is known of one message: where it is read, whose it is, why it is imported or not, what is recorded, and
//! what the next import does with it. Writes nothing; Close is asked only if a client is given.
//!
//! Belongs here: the order of the steps. Never here: a rule about messages, which `transform` and `plan` have, or layout.
//!
//! | file      | contains                                                      |
//! |-----------|---------------------------------------------------------------|
//! | `target`  | which message an id or a place names                          |
//! | `sources` | the lines of archives that contain it                         |
//! | `people`  | rows of contacts.csv about its participant                    |
//! | `views`   | routing, identity and counterpart as views                    |
//! | `records` | what the checkpoint records                                   |
//! | `next`    | what the next import does with it                             |
//! | `ask`     | what Close holds of it                                        |
//! | `value`   | the explanation as plain data                                 |

mod ask;
mod next;
mod people;
mod records;
mod sources;
mod target;
mod value;
mod views;

pub(crate) use value::{
    CloseView, Explanation, IdentityView, PairedView, RecordView, RoutingView, SenderView,
    SourceLine,
};

use self::ask::Ask;
use self::people::Where;
use self::sources::Located;
use self::target::{Resolved, Target};
use self::value::NextView;
use super::account::account_and_checkpoint;
use super::checkpoint_commands::OpenOperation;
use super::error::{Error, Result};
use super::planning::{self, Known};
use super::redact::Redactor;
use super::{Migration, Unattended};
use super::{absent_checkpoint, absent_checkpoint_of_asked};
use crate::checkpoint::{MessageRow, Snapshot, State};
use crate::close::Client;
use crate::ids::{ActivityId, ExternalId};
use crate::plan::{Plan, Planned, PlannedChat, Selection};
use crate::policy::{Policy, RunFlags};
use crate::routing::Rule;
use crate::transform::desired::Decision;
use crate::transform::id_form;
use crate::transform::trace::{Trace, Traced, Wanted};

/// The beginning of every activity id.
const ACTIVITY: &str = "acti_";

/// The options of an explanation.
pub(crate) struct ExplainOrder<'o> {
    /// The message as a person names it: an external id, WhatsApp id or activity id, or
    /// `archive:line`.
    pub(crate) target: &'o str,
    /// Whether the explanation has texts and names.
    pub(crate) shows_content: bool,
    /// Opens the migration a second time: its archives are consumed by reading them.
    pub(crate) reopen: &'o dyn Fn() -> Result<Migration>,
}

/// What was read of the migration.
struct Read {
    plan: Plan,
    traced: Vec<Traced>,
    located: Vec<Located>,
    /// The number of lines of each archive that a wanted line names.
    named: Vec<u32>,
    people: Vec<(String, String)>,
}

/// Explains one message. `unopened`: why no archive is there; then the checkpoint alone is read.
///
/// # Errors
///
/// Mistakes in the files of the migration; no message, or several, of that id or place; Close denied access.
pub(crate) async fn explain(
    mut migration: Migration,
    unopened: Option<Error>,
    order: &ExplainOrder<'_>,
    client: Option<&Client>,
) -> Result<Explanation> {
    let target = Target::parse(order.target)?.within(&migration.settings.dir);
    let (account, snapshot) = account_and_checkpoint(client, &migration.settings).await?;
    let snapshot = snapshot.as_ref();
    if let (Some(error), None) = (unopened, snapshot) {
        return Err(error);
    }
    let target = external_target(target, snapshot, client).await?;
    let policy = migration.policy(RunFlags::default());
    let wanted = target.wanted();
    let known = Known {
        checkpoint: snapshot,
        close: client.zip(account.as_ref().map(|account| &account.user_id)),
        settle: migration.settings.limits.settle(),
    };
    let mut read = read(&mut migration, &policy, &wanted, known).await?;
    let unread = migration.failures().len();
    let people = std::mem::take(&mut read.people);
    let resolved = resolve(&target, &read, snapshot).map_err(|error| {
        let asks = client.is_some() || matches!(target, Target::Line(..));
        let checkpoint = &migration.settings.import.checkpoint;
        let absent = snapshot.is_none().then(|| match client {
            Some(_) => absent_checkpoint_of_asked(checkpoint),
            None => absent_checkpoint(checkpoint),
        });
        target::completed(error, (unread as u64, absent), asks)
    });
    let resolved = resolved.map_err(|error| error.about(people.clone()))?;
    complete(&mut read, &resolved, &policy, order)?;
    let context = Context {
        migration: &migration,
        policy: &policy,
        snapshot,
        client,
        read: &read,
    };
    let mut explanation = context.explanation(&resolved, order.target).await?;
    if !order.shows_content {
        let number = read.plan.chats.iter().position(|chat| {
            let routing = explanation.routing.as_ref();
            routing.is_some_and(|to| to.chat == chat.chat.name && to.device == chat.chat.device)
        });
        let chat = number.map_or_else(|| "[chat]".to_owned(), |at| format!("[chat {}]", at + 1));
        explanation.without_content(&chat);
        if let Some(redactor) = Redactor::new(people) {
            explanation.each_name(|text| *text = redactor.redact(text).into_owned());
        }
    }
    Ok(explanation)
}

/// The external id of an activity that the checkpoint does not have, from Close.
async fn external_target(
    target: Target,
    snapshot: Option<&Snapshot>,
    client: Option<&Client>,
) -> Result<Target> {
    let (Target::Id(id), Some(client)) = (&target, client) else {
        return Ok(target);
    };
    let is_recorded = match snapshot {
        Some(snapshot) => !snapshot.begins_with(id, 1)?.is_empty(),
        None => false,
    };
    if !id.starts_with(ACTIVITY) || is_recorded {
        return Ok(target);
    }
    let message = client.get_message(&ActivityId::from(id.as_str())).await?;
    Ok(
        match message.filter(|message| !message.external_id.is_empty()) {
            Some(message) => Target::Id(id_form::read(&message.external_id).to_string()),
            None => target,
        },
    )
}

/// Reads the archives, traces the wanted messages, and plans.
async fn read(
    migration: &mut Migration,
    policy: &Policy,
    wanted: &Wanted,
    known: Known<'_>,
) -> Result<Read> {
    let mut people = super::people::of_contacts(&migration.contacts);
    people.extend(super::people::of_archives(migration));
    let (chats, traced, located, named) = trace(migration, policy, wanted)?;
    people.extend(super::people::of_chats(&chats.desired));
    let plan = planning::build_with_content(chats, &Selection::default(), policy, known).await?;
    Ok(Read {
        plan,
        traced,
        located,
        named,
        people,
    })
}

type Traces = (
    super::desired::ReadChats,
    Vec<Traced>,
    Vec<Located>,
    Vec<u32>,
);

fn trace(migration: &mut Migration, policy: &Policy, wanted: &Wanted) -> Result<Traces> {
    // What a plan reports about archives and tables, `chatferry plan` shows.
    let mut silent = Unattended::default();
    let trace = Trace::new(wanted.clone());
    let (mut located, mut named) = (Vec::new(), Vec::new());
    let chats = migration.desired_traced(
        policy,
        &mut silent,
        Some(&trace),
        &mut |sources, desired| {
            named = sources::lines_of_named(sources, desired, wanted);
            located = trace.with_found(|traced| sources::look(sources, desired, wanted, traced));
        },
    )?;
    Ok((chats, trace.into_found(), located, named))
}

fn resolve(target: &Target, read: &Read, snapshot: Option<&Snapshot>) -> Result<Resolved> {
    let (file, line) = match target {
        Target::Id(id) => {
            let archives = (read.traced.as_slice(), read.located.as_slice());
            return target::resolve_id(id, &read.plan, snapshot, archives);
        }
        Target::Line(file, line) => (file, *line),
    };
    let named: Vec<&Located> = read
        .located
        .iter()
        .filter(|located| located.is_exact)
        .collect();
    match named.as_slice() {
        [] => Err(target::no_line(file, line, &read.named, &read.plan)),
        [_] => {
            let Some(traced) = read.traced.first() else {
                return Ok(Resolved::default());
            };
            let place = target::Places::of(&read.plan).of_traced(traced);
            let planned = place.and_then(|place| target::planned_id(&read.plan, place));
            let removed =
                || target::removal_of(&read.plan, traced).map(|one| one.external_id.clone());
            let external_id = planned.or_else(removed);
            Ok(Resolved {
                external_id: external_id.unwrap_or_else(|| traced.external_id.clone()),
                place,
            })
        }
        _ => Err(target::several(file, line, &named, &read.plan)),
    }
}

/// Keeps the trace of the message, and traces one whose id is that of its record, which no archive has, by its line.
fn complete(
    read: &mut Read,
    resolved: &Resolved,
    policy: &Policy,
    order: &ExplainOrder<'_>,
) -> Result<()> {
    let plan = &read.plan;
    let is_its = |traced: &Traced| match resolved.place {
        Some(place) => target::is_copy(plan, place, traced),
        None => {
            let removal = target::removal_of(plan, traced);
            let id = removal.map_or(&traced.external_id, |removal| &removal.external_id);
            *id == resolved.external_id
        }
    };
    read.traced.retain(is_its);
    if !read.traced.is_empty() {
        return Ok(());
    }
    let line = match resolved.place {
        Some((chat, index)) => {
            let chat = &plan.chats[chat];
            chat.messages.with(|messages| {
                let message = &messages.get(index)?.message;
                let path = chat.chat.paths.get(message.archive as usize)?;
                Some((path.clone(), message.line))
            })
        }
        None => {
            let removal = target::line_of_removal(plan, &resolved.external_id);
            removal.map(|(_, path, line)| (path, line))
        }
    };
    let Some(line) = line else { return Ok(()) };
    let wanted = Wanted {
        lines: vec![line],
        id: None,
    };
    let mut migration = (order.reopen)()?;
    let (_, mut traced, located, _) = trace(&mut migration, policy, &wanted)?;
    traced.retain(is_its);
    read.traced = traced;
    read.located = located;
    Ok(())
}

/// What an explanation is made from.
struct Context<'c> {
    migration: &'c Migration,
    policy: &'c Policy,
    snapshot: Option<&'c Snapshot>,
    client: Option<&'c Client>,
    read: &'c Read,
}

impl Context<'_> {
    async fn explanation(&self, resolved: &Resolved, asked: &str) -> Result<Explanation> {
        let mut explanation = Explanation {
            asked: asked.to_owned(),
            ..Explanation::default()
        };
        let traced = self.read.traced.first();
        let chat = self.chat(resolved);
        if chat.is_some_and(|chat| chat.chat.private) {
            explanation.private = true;
            "[private]".clone_into(&mut explanation.asked);
            let standing = chat.map(|chat| &chat.chat.standing);
            explanation.next = next::of_rule(match standing {
                Some(Decision::LeftOut(Rule::Erased)) => Rule::Erased,
                _ => Rule::Private,
            });
            return Ok(explanation);
        }
        let (planned, planned_chat) = self.planned(resolved);
        let planned = planned.as_ref();
        explanation.lines = views::lines(&self.read.located, traced);
        let rows = self.rows(&resolved.external_id)?;
        let id = &resolved.external_id;
        explanation.external_id = (!id.is_empty()).then(|| id.to_string());
        explanation.native_ids = (traced.iter().flat_map(|traced| &traced.native_ids))
            .filter(|native| *native != id)
            .map(ToString::to_string)
            .collect();
        let at = chat.map(|chat| Where {
            device: &chat.chat.device,
            chat: &chat.chat.name,
            is_group: chat.chat.is_group,
        });
        let contacts = &self.migration.contacts;
        explanation.sender = at.and_then(|at| match traced {
            Some(traced) => Some(people::of_traced(traced.sender.as_ref()?, at, contacts)),
            None => {
                let name = self.read.located.first()?.sender.as_ref()?;
                Some(people::of_name(name, at, contacts))
            }
        });
        if at.is_some_and(|at| self.is_of_never(&explanation, at)) {
            explanation.without_texts();
            if let Some(sender) = &mut explanation.sender {
                "[private]".clone_into(&mut sender.name);
            }
        }
        let rule = traced.and_then(|traced| traced.rule);
        explanation.routing = chat.map(|chat| views::routing(chat, planned, rule, contacts));
        explanation.identity = traced.map(|traced| views::identity(traced, id));
        explanation.paired = views::paired(traced, planned, &rows, self.snapshot);
        explanation.next = next_import(&explanation, (planned, traced, chat), (id, &rows));
        if let Some(snapshot) = self.snapshot {
            explanation.records = records::views(snapshot, &rows)?;
            explanation.open_operations = (snapshot.open_operations_on(id)?.iter())
                .map(OpenOperation::of)
                .collect();
        }
        let activity = explanation.next.activity_id.as_deref();
        let of_plan = planned.zip(planned_chat);
        explanation.close = self.ask(of_plan, &rows, activity).await?;
        if let Some(close) = &explanation.close {
            let recorded = rows.iter().find(|row| row.state == State::Done);
            let lead = recorded.map(|row| &row.lead_id);
            next::with_close(&mut explanation.next, close, lead);
        }
        let undone = (explanation.records.iter()).find_map(|record| record.undone.as_ref());
        if let Some(run) = undone {
            next::with_undo(&mut explanation.next, run.run);
        }
        explanation.no_checkpoint = self.absent_checkpoint();
        Ok(explanation)
    }

    /// What the absence of a checkpoint means; `None` if there is one.
    fn absent_checkpoint(&self) -> Option<String> {
        let path = &self.migration.settings.import.checkpoint;
        match (self.snapshot, self.client) {
            (Some(_), _) => None,
            (None, Some(_)) => Some(absent_checkpoint_of_asked(path)),
            (None, None) => Some(absent_checkpoint(path)),
        }
    }

    /// What Close holds of it: of its record, else of the activity that the plan concerns. `None` without a client.
    async fn ask(
        &self,
        planned: Option<(&Planned, &PlannedChat)>,
        rows: &[MessageRow],
        activity: Option<&str>,
    ) -> Result<Option<CloseView>> {
        let Some(client) = self.client else {
            return Ok(None);
        };
        let record = rows.iter().find(|row| row.state == State::Done);
        let ask = Ask {
            client,
            policy: self.policy,
            snapshot: self.snapshot,
            planned,
            record,
        };
        let recorded = record.and_then(|row| row.activity_id.clone());
        let activity = recorded.or_else(|| activity.map(ActivityId::from));
        ask.read(activity.as_ref()).await.map(Some)
    }

    /// Whether its participant is on never.txt, or it is a notice that names such a person.
    fn is_of_never(&self, explanation: &Explanation, at: Where<'_>) -> bool {
        let contacts = &self.migration.contacts;
        let texts = explanation
            .lines
            .iter()
            .filter_map(|line| line.text.as_deref());
        match &explanation.sender {
            Some(sender) => {
                let is_listed = |device| {
                    contacts.is_never_participant(device, at.chat, &sender.name)
                        || contacts.is_listed(device, &sender.name)
                };
                is_listed(at.device)
                    || explanation
                        .lines
                        .iter()
                        .any(|line| is_listed(line.device.as_str()))
                    || sender.role == "ignored" && sender.contacts_lines.is_empty()
            }
            None => texts
                .into_iter()
                .any(|text| contacts.mentions_never(at.device, text)),
        }
    }

    /// The chat of the message: of its plan, or of the archive with its line.
    fn chat(&self, resolved: &Resolved) -> Option<&PlannedChat> {
        if let Some((chat, _)) = resolved.place {
            return self.read.plan.chats.get(chat);
        }
        self.read.plan.chats.get(self.read.located.first()?.chat?)
    }

    fn planned(&self, resolved: &Resolved) -> (Option<Planned>, Option<&PlannedChat>) {
        let Some((chat, index)) = resolved.place else {
            return (None, None);
        };
        let chat = self.read.plan.chats.get(chat);
        let planned = chat.and_then(|chat| chat.messages.with(|all| all.get(index).cloned()));
        (planned, chat)
    }

    fn rows(&self, id: &ExternalId) -> Result<Vec<MessageRow>> {
        match self.snapshot {
            Some(snapshot) if !id.is_empty() => Ok(snapshot.records_of(id)?),
            _ => Ok(Vec::new()),
        }
    }
}

/// What the next import does with the message.
fn next_import(
    explanation: &Explanation,
    (planned, traced, chat): (Option<&Planned>, Option<&Traced>, Option<&PlannedChat>),
    (id, rows): (&ExternalId, &[MessageRow]),
) -> NextView {
    match (planned, traced, chat) {
        (Some(planned), ..) => next::of_planned(planned),
        (None, Some(traced), Some(chat)) => views::next_of_traced(traced, id, chat),
        (None, None, Some(chat)) => match explanation.lines.first() {
            Some(line) if line.header_line.is_none() => next::of_no_message(),
            _ => next::of_standing(&chat.chat.standing),
        },
        (None, _, None) => next::of_record(rows),
    }
}
