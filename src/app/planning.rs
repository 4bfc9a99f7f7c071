//! The plan of a migration: the one sequence that `plan` and `import` share.
//!
//! Belongs here: the order of survey, plan and checks, and the use case that only plans. Never here:
//! carrying out a plan.

use std::path::Path;
use std::time::Duration;

use super::account::{Account, account_and_checkpoint, organization_id};
use super::desired::ReadChats;
use super::error::Result;
use super::migration::Migration;
use super::plan_file::{self, Inputs, Key, Made};
use super::{
    Exit, Notice, Observer, checked_pairs, contact_numbers, exchanged_contacts, keys_user,
    selection,
};
use crate::checkpoint::{ReadStore, Snapshot};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::Checks;
use crate::ids::UserId;
use crate::plan::{self, Drafts, Plan, Selection};
use crate::policy::{Policy, RunFlags};
use crate::survey::{self, Steps, Survey, Surveyor};

/// What the plan is compared with.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) checkpoint: Option<&'k Snapshot>,
    /// Close, and the user of the key; `None` offline.
    pub(super) close: Option<(&'k Client, &'k UserId)>,
    /// The age up to which an activity may be missing from a list.
    pub(super) settle: Duration,
}

/// What a plan waits with until lists of leads show everything that was written.
pub(super) struct Settling<'s> {
    /// Time; `None`: the plan is not carried out, and nothing is waited for.
    pub(super) clock: Option<&'s SharedClock>,
    /// Is notified of the wait, and of outages.
    pub(super) observer: &'s mut dyn Observer,
}

/// The number of times that late lists are read again. One is enough unless another run goes on posting.
const MAX_READINGS: u32 = 4;

/// Surveys checkpoint and Close, and plans.
///
/// # Errors
///
/// The survey stopped, or the numbers of the plan do not add up.
pub(super) async fn build(
    read: ReadChats,
    selection: &Selection,
    policy: &Policy,
    known: Known<'_>,
) -> Result<Plan> {
    let mut plan = build_from(
        Drafts::of(read.desired, &read.inputs),
        selection,
        policy,
        known,
        None,
    )
    .await?;
    plan.rows_left_out = read.rows_left_out;
    Ok(plan)
}

/// As [`build`]; messages for which nothing is sent keep their text and files.
///
/// # Errors
///
/// As [`build`].
pub(super) async fn build_with_content(
    read: ReadChats,
    selection: &Selection,
    policy: &Policy,
    known: Known<'_>,
) -> Result<Plan> {
    let mut drafts = Drafts::of(read.desired, &read.inputs);
    drafts.keeps_content = true;
    let mut plan = build_from(drafts, selection, policy, known, None).await?;
    plan.rows_left_out = read.rows_left_out;
    Ok(plan)
}

/// As [`build`], for a plan of which something may be posted: where lists may lack messages that would be posted a second
/// time, they are read again when the settle time has passed. `keeps_content`: as [`build_with_content`].
///
/// # Errors
///
/// As [`build`].
pub(super) async fn build_settled(
    (read, keeps_content): (ReadChats, bool),
    selection: &Selection,
    policy: &Policy,
    known: Known<'_>,
    settling: Settling<'_>,
) -> Result<Plan> {
    let mut drafts = Drafts::of(read.desired, &read.inputs);
    drafts.keeps_content = keeps_content;
    let mut plan = build_from(drafts, selection, policy, known, Some(settling)).await?;
    plan.rows_left_out = read.rows_left_out;
    Ok(plan)
}

async fn build_from(
    drafts: Drafts,
    selection: &Selection,
    policy: &Policy,
    known: Known<'_>,
    settling: Option<Settling<'_>>,
) -> Result<Plan> {
    let checkpoint = known.checkpoint.map(|snapshot| snapshot as &dyn ReadStore);
    if let (Some(checkpoint), Some((client, _))) = (checkpoint, known.close)
        && let Some(order) = checkpoint.facts()?.list_order()
    {
        client.set_list_order(order);
    }
    if let (Some(snapshot), Some((client, _))) = (known.checkpoint, known.close) {
        client.know_deleted(snapshot.undone_activities()?);
    }
    let mut survey = survey(drafts, selection, policy, known, settling).await?;
    let drafts = std::mem::take(&mut survey.drafts);
    let left_behind = match checkpoint {
        Some(checkpoint) => survey::left_behind(checkpoint, &drafts)?,
        None => Vec::new(),
    };
    let mut unreadable = None;
    let mut plan = plan::build(drafts, selection, policy, |chat| {
        let taken = survey.take(chat, checkpoint);
        taken.unwrap_or_else(|error| {
            unreadable = Some(error);
            plan::Known::default()
        })
    });
    if let Some(error) = unreadable {
        return Err(error.into());
    }
    plan.left_behind.splice(0..0, left_behind);
    plan.unfinished.append(&mut survey.unfinished);
    plan.unfinished_links.append(&mut survey.unfinished_links);
    plan.check()?;
    Ok(plan)
}

/// Surveys checkpoint and Close, and waits for lists that may be late.
async fn survey(
    drafts: Drafts,
    selection: &Selection,
    policy: &Policy,
    known: Known<'_>,
    settling: Option<Settling<'_>>,
) -> Result<Survey> {
    let checkpoint = known.checkpoint.map(|snapshot| snapshot as &dyn ReadStore);
    let timed = (policy, known.settle);
    let steps = Steps::default();
    let surveyor = Surveyor::begin(drafts, selection, timed, checkpoint, known.close, &steps);
    let (Some(Settling { clock, observer }), Some((client, _))) = (settling, known.close) else {
        return Ok(surveyor.await?.end().await?);
    };
    let mut surveyor = reporting(client, &steps, observer, surveyor).await?;
    for reading in 0..=MAX_READINGS {
        let late = reporting_outages(client, observer, surveyor.late()).await?;
        let Some(late) = late else { break };
        let Some(clock) = clock else {
            observer.notice(Notice::ListsUnsettled(late.leads));
            break;
        };
        if reading == MAX_READINGS {
            surveyor.hold();
            break;
        }
        observer.notice(Notice::ListsUnsettledWait {
            leads: late.leads,
            wait: late.wait,
        });
        clock.sleep(late.wait).await;
        reporting(client, &steps, observer, surveyor.read_again()).await?;
    }
    Ok(reporting_outages(client, observer, surveyor.end()).await?)
}

/// Waits for `work`, and reports when Close is unreachable, or back.
pub(super) async fn reporting_outages<T>(
    client: &Client,
    observer: &mut dyn Observer,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            is_out = client.outage_changed() => observer.notice(Notice::Outage { is_out }),
        }
    }
}

/// Time without a usable response after which the line of what is read names the wait.
const NAMED_AFTER: Duration = Duration::from_secs(3);

/// As [`reporting_outages`]; reports the chats that are read as well, and what takes long.
pub(super) async fn reporting<T>(
    client: &Client,
    steps: &Steps,
    observer: &mut dyn Observer,
    work: impl Future<Output = T>,
) -> T {
    let shown = Shown(observer);
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            is_out = client.outage_changed() => shown.0.notice(Notice::Outage { is_out }),
            chat = steps.next() => shown.0.reading(Some(&chat)),
            _ = client.slow_request(NAMED_AFTER) => shown.0.reading_waits(client.wait()),
        }
    }
}

/// An observer that shows what is read. At the end, also of work that is given up, nothing is read any more.
struct Shown<'o>(&'o mut dyn Observer);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.0.reading(None);
    }
}

/// The options of a plan.
pub struct PlanOrder<'o> {
    /// The flags that decide about messages.
    pub flags: RunFlags,
    /// The chats and messages to plan; the default is all.
    pub selection: Selection,
    /// The path of the plan file to write; `None`: none is written.
    pub out: Option<&'o Path>,
    /// Whether the plan is made without Close (`--offline`), as the plan file records.
    pub offline: bool,
}

/// A plan that is not carried out now.
pub struct PlanOutcome {
    /// The operations and messages, chat by chat.
    pub plan: Plan,
    /// The account that the plan goes to; `None` offline.
    pub account: Option<Account>,
    /// The number of operations in the plan file; `None` if none was written.
    pub written: Option<u64>,
    /// The exit status, without what `--strict` makes of it.
    pub exit: Exit,
}

/// Makes a plan, and writes nothing but the plan file of `order`. `client`: `None` plans without
/// Close. The archives are consumed.
///
/// # Errors
///
/// Mistakes in the files of the migration or in the selection; Close or the checkpoint cannot be
/// read.
pub async fn plan(
    migration: &mut Migration,
    order: PlanOrder<'_>,
    client: Option<&Client>,
    observer: &mut dyn Observer,
) -> Result<PlanOutcome> {
    report_unnamed(migration, observer);
    let (account, checkpoint) = account_and_checkpoint(client, &migration.settings).await?;
    let checkpoint = checkpoint.as_ref();
    let inputs = match order.out {
        Some(file) => {
            let key = Key::of(checkpoint)?;
            let inputs = Inputs::of(migration, checkpoint, file, key.hash())?;
            Some((file, inputs, key))
        }
        None => None,
    };
    check_numbers(migration, client, observer).await?;
    report_undo(checkpoint, observer)?;
    let policy = migration.policy(order.flags);
    let read = migration.desired(&policy, observer)?;
    let selection = &order.selection;
    selection::check(
        selection,
        &read.desired,
        &migration.settings,
        &migration.contacts,
    )?;
    selection::report_devices(selection, &read.desired, observer);
    let known = Known {
        checkpoint,
        close: client.zip(account.as_ref().map(|account| &account.user_id)),
        settle: migration.settings.limits.settle(),
    };
    let settling = Settling {
        clock: None,
        observer: &mut *observer,
    };
    let mut plan = build_settled((read, false), selection, &policy, known, settling).await?;
    let checks = Checks::new(&policy);
    if let Some(client) = client {
        let steps = Steps::default();
        let checked = checked_pairs::hold(&mut plan, &checks, (client, &policy, &steps), None);
        reporting(client, &steps, observer, checked).await?;
    }
    report_unrecorded(&plan, observer);
    keys_user::report(migration, &plan, account.as_ref(), observer);
    exchanged_contacts::report(migration, &plan, &checks, observer);
    migration.require_decided(&plan, checkpoint, observer)?;
    let mut written = None;
    if let Some((file, inputs, key)) = inputs {
        let made = Made {
            organization_id: organization_id(account.as_ref(), &migration.settings),
            offline: order.offline,
            selection,
            flags: order.flags,
            inputs,
        };
        let base_url = &migration.settings.close.base_url;
        written = Some(plan_file::write(file, &plan, made, &key, base_url)?);
    }
    let exit = exit_of(migration, is_open(&plan));
    Ok(PlanOutcome {
        plan,
        account,
        written,
        exit,
    })
}

/// Compares the numbers of contacts.csv with Close's, or reports which of them are not compared.
async fn check_numbers(
    migration: &mut Migration,
    client: Option<&Client>,
    observer: &mut dyn Observer,
) -> Result<()> {
    if let Some(client) = client {
        return contact_numbers::check(migration, client).await;
    }
    for sentence in contact_numbers::unchecked(migration) {
        observer.notice(Notice::Row(sentence));
    }
    Ok(())
}

/// Reports an undo that was interrupted.
fn report_undo(checkpoint: Option<&Snapshot>, observer: &mut dyn Observer) -> Result<()> {
    if let Some(snapshot) = checkpoint {
        match snapshot.unfinished_undos()? {
            0 => {}
            deletions => observer.notice(Notice::UndoUnfinished(deletions)),
        }
    }
    Ok(())
}

/// Whether a person has to decide about something that cannot stay as it is, or Close could not be read.
pub(super) fn is_open(plan: &Plan) -> bool {
    plan.has_missing() || plan.has_unsteady() || plan.has_unlisted()
}

/// The exit status where nothing failed but what `migration` could not read. `is_open`: [`is_open`].
pub(super) fn exit_of(migration: &Migration, is_open: bool) -> Exit {
    match is_open || !migration.failures().is_empty() {
        true => Exit::Partial,
        false => Exit::Done,
    }
}

/// Reports activities of ours that the checkpoint does not record.
pub(super) fn report_unrecorded(plan: &Plan, observer: &mut dyn Observer) {
    let unrecorded = plan.chats.iter().map(|chat| chat.counts().unrecorded);
    let messages: u64 = unrecorded.sum();
    if messages > 0 {
        observer.notice(Notice::Unrecorded(messages));
    }
}

/// Reports archives that no device has.
pub(super) fn report_unnamed(migration: &Migration, observer: &mut dyn Observer) {
    if let Some(text) = migration.unnamed() {
        observer.notice(Notice::Unnamed(text));
    }
}

/// Reports settings that a person should know of before any plan.
pub(crate) fn report_settings(migration: &Migration, observer: &mut dyn Observer) {
    if migration.settings.import.policy.send_to_inbox {
        observer.notice(Notice::Inbox);
    }
}
