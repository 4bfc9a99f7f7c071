//! Checks what an import needs. Reads, and writes nothing.
//!
//! Here belongs what is checked, and the remedy of each finding. It never reports something as correct that
//! it did not check.

mod chats;
mod facts;
mod finding;
mod phones;
mod users;
mod visibility;

pub(crate) use finding::{Finding, Findings, Grade};

use super::error::Result;
use super::{Account, Migration, Observer, account};
use crate::checkpoint::Checkpoint;
use crate::close::{Client, Failure};
use crate::config;
use crate::policy::RunFlags;
use crate::quantity::{bytes, count};
use crate::transform::desired::Desired;

/// Checks account, checkpoint, archives, disk, users, chats and webhooks.
///
/// # Errors
///
/// Close is unreachable, or rejected the key: then nothing can be checked.
pub(crate) async fn check(
    migration: &mut Migration,
    client: &Client,
    observer: &mut dyn Observer,
) -> Result<Findings> {
    let mut findings = Findings::default();
    let account = account::examine(client, &migration.settings).await?;
    of_account(&account, migration, &mut findings);
    of_checkpoint(&account, migration, &mut findings);
    let policy = migration.policy(RunFlags::default());
    let read = migration.desired(&policy, observer)?;
    let desired = &read.desired;
    of_archives(migration, desired, &mut findings);
    phones::check(desired, &mut findings);
    of_disk(migration, desired, &mut findings);
    users::check(migration, client, &mut findings).await?;
    chats::check(migration, desired, client, &mut findings).await?;
    of_webhooks(client, &mut findings).await?;
    visibility::check(
        migration,
        (read, &policy),
        (client, &account),
        &mut findings,
    )
    .await?;
    if migration.settings.import.policy.send_to_inbox {
        findings.add(
            "inbox",
            Grade::Look,
            "send_to_inbox = true: every incoming message will create an Inbox notification; set it to false for a history",
        );
    }
    Ok(findings)
}

fn of_account(account: &Account, migration: &Migration, findings: &mut Findings) {
    let Account {
        organization,
        organization_id,
        user,
        host,
        ..
    } = account;
    findings.add(
        "key",
        Grade::Ok,
        format!("{organization} ({organization_id}) as {user}, at {host}"),
    );
    if account.sees_some_leads {
        findings.add("rights", Grade::Bad, account::SEES_SOME_LEADS);
    }
    if migration.settings.close.organization_id.is_none() {
        findings.add(
            "organization",
            Grade::Look,
            format!("set organization_id = \"{organization_id}\" in chatferry.toml, so that keys of other organisations are refused"),
        );
    }
    if !config::is_close(&migration.settings.close) {
        findings.add("close", Grade::Look, format!("{host} is not Close itself"));
    }
}

fn of_checkpoint(account: &Account, migration: &Migration, findings: &mut Findings) {
    let import = &migration.settings.import;
    let path = import.checkpoint.display();
    let organization = Some(account.organization_id.as_str());
    match Checkpoint::peek(
        &import.checkpoint,
        organization,
        &migration.settings.close.base_url,
    ) {
        Err(error) => findings.add("checkpoint", Grade::Bad, error.to_string()),
        Ok(there) => {
            match Checkpoint::try_out(&import.checkpoint) {
                Err(error) => findings.add("checkpoint", Grade::Bad, error.to_string()),
                Ok(()) => {
                    let first = match there {
                        None => ": none yet, so this is a first import",
                        Some(_) => "",
                    };
                    findings.add("checkpoint", Grade::Ok, format!("{path}{first}"));
                }
            }
            facts::check(there.as_ref(), findings);
        }
    }
}

fn of_archives(migration: &Migration, desired: &Desired, findings: &mut Findings) {
    let failed = migration.failures().len() as u64;
    let read: usize = desired.chats.iter().map(|chat| chat.archives.len()).sum();
    let none = read == 0;
    let read = count(read as u64, "archive");
    match failed {
        0 if none => findings.add(
            "archives",
            Grade::Bad,
            "no archive was found; correct `archives` in chatferry.toml, or export some chats",
        ),
        0 => findings.add("archives", Grade::Ok, format!("{read} read")),
        failed => findings.add(
            "archives",
            Grade::Bad,
            format!("{read} read, {failed} failed: see the errors above; the others are imported"),
        ),
    }
    for device in &migration.settings.devices {
        let says = format!(
            "{}: times are read in {}: compare the time of one message with the phone",
            device.name, device.timezone
        );
        findings.add("zone", Grade::Look, says);
    }
}

fn of_disk(migration: &Migration, desired: &Desired, findings: &mut Findings) {
    let messages: usize = desired.chats.iter().map(|chat| chat.messages.len()).sum();
    let needed = Checkpoint::room_for(messages as u64);
    match Checkpoint::room(&migration.settings.import.checkpoint) {
        Ok(room) if room < needed => findings.add(
            "disk",
            Grade::Bad,
            format!(
                "{} free, {} needed; free some space",
                bytes(room),
                bytes(needed)
            ),
        ),
        Ok(room) => findings.add("disk", Grade::Ok, format!("{} free", bytes(room))),
        Err(error) => findings.add(
            "disk",
            Grade::Look,
            format!("the free space could not be determined: {error}"),
        ),
    }
}

async fn of_webhooks(client: &Client, findings: &mut Findings) -> Result<()> {
    match client.webhooks().await {
        Ok(webhooks) => {
            let mut hosts: Vec<String> = (webhooks.iter())
                .filter(|webhook| webhook.fires())
                .map(crate::close::Webhook::host)
                .collect();
            hosts.sort_unstable();
            hosts.dedup();
            match hosts.as_slice() {
                [] => findings.add("webhooks", Grade::Ok, "no webhook is notified of messages"),
                hosts => findings.add(
                    "webhooks",
                    Grade::Look,
                    format!("{} will be notified of the messages that an import creates, updates or deletes; pause them in Close if old messages must not trigger anything", hosts.join(", ")),
                ),
            }
        }
        Err(Failure::Denied { .. } | Failure::Rejected { .. }) => findings.add(
            "webhooks",
            Grade::Look,
            "this key is not permitted to list webhooks; ask an administrator whether one is notified of messages",
        ),
        Err(failure) => return Err(failure.into()),
    }
    Ok(())
}
