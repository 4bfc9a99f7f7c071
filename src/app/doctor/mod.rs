//! Checks what an import needs. Reads, and writes nothing.
//!
//! Here belongs what is checked, in which order, and the remedy of each finding. What needs no key comes first. It
//! never reports something as correct that it did not check.

mod chats;
mod facts;
mod finding;
mod phones;
mod users;
mod visibility;
mod watched;
mod webhooks;
mod zone;

pub(crate) use finding::Progress;
pub use finding::{Check, Finding, Grade};

use tokio::sync::mpsc;

use self::finding::{Checkup, Findings};
use self::watched::Reported;
use super::desired::ReadChats;
use super::error::{Error, Result};
use super::{Account, Migration, Observer, account, contact_numbers};
use crate::checkpoint::Checkpoint;
use crate::close::Client;
use crate::config;
use crate::policy::{Policy, RunFlags};
use crate::quantity::{bytes, count};
use crate::transform::desired::Desired;

/// Checks archives, zones, disk and checkpoint, then key, users, webhooks and chats. Each finding is reported as soon
/// as it is known. `unopened`: why no archive is opened. `client`: why there is none, without a usable key.
///
/// # Errors
///
/// An archive that was changed while it was read.
pub(crate) async fn check(
    migration: &mut Migration,
    unopened: Option<Error>,
    client: Result<Client>,
    observer: &mut dyn Observer,
) -> Result<Checkup> {
    let (sender, coming) = mpsc::unbounded_channel();
    let findings = Findings(sender);
    let mut reported = Reported {
        coming,
        findings: Vec::new(),
    };
    let policy = migration.policy(RunFlags::default());
    let read = match &unopened {
        None => Some(migration.desired(&policy, observer)?),
        Some(_) => None,
    };
    match (&read, &unopened) {
        (Some(read), _) => of_read_files(migration, &read.desired, &findings),
        (None, Some(error)) => of_no_archives(migration, error, &findings),
        (None, None) => {}
    }
    of_files(
        migration,
        read.as_ref().map(|read| &read.desired),
        &findings,
    );
    reported.catch_up(observer);
    let mut progress = Progress::default();
    let stopped = match client {
        Err(error) => {
            findings.failed(Check::Key, &error);
            reported.catch_up(observer);
            Some(error)
        }
        Ok(client) => {
            let read = read.map(|read| (read, &policy));
            let checks = of_close(migration, read, &client, (&findings, &mut progress));
            reported.during(&client, observer, checks).await
        }
    };
    Ok(Checkup {
        findings: reported.findings,
        stopped,
        progress,
    })
}

/// What the archives show without Close.
fn of_read_files(migration: &Migration, desired: &Desired, findings: &Findings) {
    phones::check(desired, findings);
    phones::check_owners(migration, findings);
    of_archives(migration, desired, findings);
    of_excluded_periods(migration, findings);
    if let Some(says) = migration.unnamed() {
        findings.add(Check::Archives, Grade::Look, says);
    }
    zone::check(migration, desired, findings);
}

/// In place of what the archives show: that none was opened, and what was not checked for that reason.
fn of_no_archives(migration: &Migration, error: &Error, findings: &Findings) {
    let says = format!("{error}; chats, zones and rows of tables were not checked");
    findings.add(Check::Archives, Grade::Bad, says);
    if !migration.contacts.exclude().is_empty() {
        let says = "exclude.csv was read; its rows could not be compared with archives";
        findings.add(Check::Exclude, Grade::Look, says);
    }
}

/// Rows of exclude.csv with which an import ends.
fn of_excluded_periods(migration: &Migration, findings: &Findings) {
    if migration.contacts.exclude().is_empty() {
        return;
    }
    let problems = migration.exclude_problems();
    for problem in problems {
        findings.add(Check::Exclude, Grade::Bad, problem);
    }
    if problems.is_empty() {
        let says = "every row of exclude.csv matches a chat";
        findings.add(Check::Exclude, Grade::Ok, says);
    }
}

/// What needs no key.
fn of_files(migration: &Migration, desired: Option<&Desired>, findings: &Findings) {
    let file = migration.settings.import.contacts.display().to_string();
    for says in contact_numbers::shared_by_creations(&file, &migration.contacts) {
        findings.add(Check::Numbers, Grade::Look, says);
    }
    of_disk(migration, desired, findings);
    of_checkpoint(migration, findings);
    if migration.settings.import.policy.send_to_inbox {
        findings.add(
            Check::Inbox,
            Grade::Look,
            "send_to_inbox = true: every incoming message will create an Inbox notification; set it to false for a history",
        );
    }
}

/// What needs Close; returns why it could not be checked completely, or refuses the key.
async fn of_close(
    migration: &Migration,
    read: Option<(ReadChats, &Policy)>,
    client: &Client,
    (findings, progress): (&Findings, &mut Progress),
) -> Option<Error> {
    let account = match account::examine(client, &migration.settings).await {
        Ok(account) => account,
        Err(error) => {
            match check_of(&error) {
                Check::Close => {
                    let says = format!(
                        "{}: {error} [{}]",
                        migration.settings.close.base_url, error.code
                    );
                    findings.add(Check::Close, Grade::Bad, says);
                }
                what => findings.failed(what, &error),
            }
            return Some(error);
        }
    };
    of_account(&account, migration, client, findings);
    of_its_checkpoint(&account, migration, findings);
    let mut stopped = account.sees_some_leads.then(account::sees_some_leads);
    let result = users::check(migration, client, findings).await;
    if ends(Check::Users, result, findings, &mut stopped) {
        return stopped;
    }
    let result = webhooks::check(client, findings).await;
    if ends(Check::Webhooks, result, findings, &mut stopped) {
        return stopped;
    }
    let result = numbers(migration, client, findings).await;
    if ends(Check::Numbers, result, findings, &mut stopped) {
        return stopped;
    }
    let Some((read, policy)) = read else {
        return stopped;
    };
    let result = chats::check(migration, &read.desired, client, findings).await;
    if ends(Check::Chats, result, findings, &mut stopped) {
        return stopped;
    }
    let result = visibility::check(migration, (read, policy), (client, &account), findings).await;
    let result = result.map(|found| *progress = found);
    ends(Check::Lists, result, findings, &mut stopped);
    stopped
}

/// Rows with which `plan` and `import` end.
async fn numbers(migration: &Migration, client: &Client, findings: &Findings) -> Result<()> {
    for problem in contact_numbers::problems(migration, client).await? {
        findings.add(Check::Numbers, Grade::Bad, problem.to_string());
    }
    Ok(())
}

/// Which check an error about the account belongs to.
fn check_of(error: &Error) -> Check {
    match &*error.code {
        "close_401" | "close_403" => Check::Key,
        code if code.starts_with("close_") => Check::Close,
        _ => Check::Organization,
    }
}

/// Adds why a check could not be finished; whether the others cannot be made either. `stopped`: the first such error.
fn ends(what: Check, result: Result<()>, findings: &Findings, stopped: &mut Option<Error>) -> bool {
    let Err(error) = result else {
        return false;
    };
    findings.failed(what, &error);
    let ends = [
        "close_exhausted",
        "close_out",
        "close_untrusted",
        "close_401",
    ];
    let ends = ends.contains(&&*error.code);
    stopped.get_or_insert(error);
    ends
}

fn of_account(account: &Account, migration: &Migration, client: &Client, findings: &Findings) {
    let Account {
        organization,
        organization_id,
        user,
        host,
        ..
    } = account;
    findings.add(
        Check::Key,
        Grade::Ok,
        format!("{organization} ({organization_id}) as {user}, at {host}"),
    );
    // Close does not return what else uses a key. A token has an OAuth application of its own.
    if client.expiry().is_none() {
        findings.add(
            Check::Key,
            Grade::Look,
            "use a key that only the import uses: Close limits the requests of each key, and this one can be deleted afterwards",
        );
    }
    if account.sees_some_leads {
        findings.add(Check::Rights, Grade::Bad, account::SEES_SOME_LEADS);
    }
    if migration.settings.close.organization_id.is_none() {
        findings.add(
            Check::Organization,
            Grade::Look,
            format!(
                "set organization_id = \"{organization_id}\" in {}, so that keys of other organisations are refused",
                migration.settings.file.display()
            ),
        );
    }
    if !config::is_close(&migration.settings.close) {
        findings.add(
            Check::Close,
            Grade::Look,
            format!("{host} is not Close itself"),
        );
    }
}

fn of_checkpoint(migration: &Migration, findings: &Findings) {
    let (import, close) = (&migration.settings.import, &migration.settings.close);
    let path = &import.checkpoint;
    let organization = close.organization_id.as_deref();
    let tried = Checkpoint::peek(path, organization, &close.base_url)
        .and_then(|there| Checkpoint::try_out(path).map(|()| there));
    match tried {
        Err(error) => findings.add(Check::Checkpoint, Grade::Bad, error.to_string()),
        Ok(there) => {
            let first = match there {
                None => ": none yet, so this is a first import",
                Some(_) => "",
            };
            let says = format!("{path}{first}");
            findings.add(Check::Checkpoint, Grade::Ok, says);
            facts::check(there.as_ref(), findings);
        }
    }
}

/// Whether the checkpoint belongs to the organisation of the key, where the configuration does not name one.
fn of_its_checkpoint(account: &Account, migration: &Migration, findings: &Findings) {
    let (import, close) = (&migration.settings.import, &migration.settings.close);
    if close.organization_id.is_some() {
        return;
    }
    let without = Checkpoint::peek(&import.checkpoint, None, &close.base_url);
    let organization = Some(account.organization_id.as_str());
    let with = Checkpoint::peek(&import.checkpoint, organization, &close.base_url);
    if let (Ok(_), Err(error)) = (without, with) {
        findings.add(Check::Checkpoint, Grade::Bad, error.to_string());
    }
}

fn of_archives(migration: &Migration, desired: &Desired, findings: &Findings) {
    let failed = migration.failures().len() as u64;
    let read: usize = desired.chats.iter().map(|chat| chat.archives.len()).sum();
    let none = read == 0;
    let read = count(read as u64, "archive");
    match failed {
        0 if none => findings.add(
            Check::Archives,
            Grade::Bad,
            format!(
                "no archive was found; correct `archives` in {}, or export some chats",
                migration.settings.file.display()
            ),
        ),
        0 => findings.add(Check::Archives, Grade::Ok, format!("{read} read")),
        failed => findings.add(
            Check::Archives,
            Grade::Bad,
            format!("{read} read, {failed} failed: see the errors above; the others are imported"),
        ),
    }
}

fn of_disk(migration: &Migration, desired: Option<&Desired>, findings: &Findings) {
    let chats = desired.into_iter().flat_map(|desired| &desired.chats);
    let messages: usize = chats.map(|chat| chat.messages.len()).sum();
    let needed = Checkpoint::bytes_for(messages as u64);
    let temporary = std::env::temp_dir().join("checkpoint.db");
    let location = &migration.settings.import.checkpoint;
    match Checkpoint::free_bytes(location.file().unwrap_or(&temporary)) {
        Ok(free) if free < needed => findings.add(
            Check::Disk,
            Grade::Bad,
            format!(
                "{} free, {} needed; free some space",
                bytes(free),
                bytes(needed)
            ),
        ),
        Ok(free) => findings.add(Check::Disk, Grade::Ok, format!("{} free", bytes(free))),
        Err(error) => findings.add(
            Check::Disk,
            Grade::Look,
            format!("the free space could not be determined: {error}"),
        ),
    }
}
