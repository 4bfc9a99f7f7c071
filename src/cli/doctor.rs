//! `chatferry doctor`: is everything as an import needs it? Reads, and writes nothing.
//!
//! For: what goes wrong in the first hour, found in the first minute. Each finding says what it is
//! and what to do. It must never say that something is well that it did not look at.

use std::collections::BTreeMap;

use super::connect::{self, Account};
use super::exit::Exit;
use super::out::Out;
use super::setup::Setup;
use super::{args, signals};
use crate::checkpoint::Checkpoint;
use crate::clock;
use crate::close::{Client, Failure};
use crate::execute;
use crate::ids::{ContactId, UserId};
use crate::name::name_key;
use crate::report::{bytes, count};
use crate::transform::desired::{Desired, DesiredChat, Destination, Standing};
use crate::transform::settings::{CloseSettings, InactiveUser, OnMerged};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    /// As it should be.
    Ok,
    /// Worth a look; an import works.
    Look,
    /// An import would not work, or not whole.
    Bad,
}

/// What was looked at, and what was found.
#[derive(Debug, serde::Serialize)]
struct Finding {
    /// A stable word.
    what: &'static str,
    grade: Grade,
    /// What was found, and what to do about it.
    says: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, what: &'static str, grade: Grade, says: impl Into<String>) {
        let says = says.into();
        self.0.push(Finding { what, grade, says });
    }
}

pub(super) fn run(arguments: &args::Doctor, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let mut setup = Setup::configured(configured, out)?;
    let clock = clock::System::shared();
    let client = setup.client(configured.api_key_file.as_deref(), &clock, out)?;
    setup.tell_failures(out);
    let runtime = signals::runtime()?;
    let result = runtime.block_on(look(&mut setup, &client, out));
    signals::end(runtime);
    let findings = result?;
    for finding in &findings.0 {
        if arguments.json {
            out.json(&serde_json::to_string(finding)?)?;
        } else {
            let mark = match finding.grade {
                Grade::Ok => "ok",
                Grade::Look => "look",
                Grade::Bad => "BAD",
            };
            out.line(&format!("{mark:<5}{:<14}{}", finding.what, finding.says))?;
        }
    }
    let is_bad = findings.0.iter().any(|finding| finding.grade == Grade::Bad);
    Ok(if is_bad { Exit::Partial } else { Exit::Done })
}

async fn look(setup: &mut Setup, client: &Client, out: &mut Out) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    // Without an account there is nothing to look at in Close.
    let account = connect::account(client, &setup.settings).await?;
    of_account(&account, setup, &mut findings);
    of_checkpoint(&account, setup, &mut findings);
    let desired = setup.desired(out);
    of_archives(setup, &desired, &mut findings);
    of_disk(setup, &desired, &mut findings);
    of_users(setup, client, &mut findings).await?;
    of_chats(setup, &desired, client, &mut findings).await?;
    of_webhooks(client, &mut findings).await?;
    if setup.settings.import.send_to_inbox {
        findings.add(
            "inbox",
            Grade::Look,
            "send_to_inbox = true: every incoming message will make an Inbox notification; set it to false for a history",
        );
    }
    Ok(findings)
}

fn of_account(account: &Account, setup: &Setup, findings: &mut Findings) {
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
    if setup.settings.close.organization_id.is_none() {
        findings.add(
            "organization",
            Grade::Look,
            format!("write organization_id = \"{organization_id}\" into chatferry.toml, and a key of any other organisation is refused"),
        );
    }
    if setup.settings.close.base_url != CloseSettings::BASE_URL {
        findings.add("close", Grade::Look, format!("{host} is not Close itself"));
    }
}

fn of_checkpoint(account: &Account, setup: &Setup, findings: &mut Findings) {
    let import = &setup.settings.import;
    let path = import.checkpoint.display();
    let organization = Some(account.organization_id.as_str());
    match Checkpoint::peek(
        &import.checkpoint,
        organization,
        &setup.settings.close.base_url,
    ) {
        Err(error) => findings.add("checkpoint", Grade::Bad, error.to_string()),
        Ok(there) => match Checkpoint::try_out(&import.checkpoint) {
            Err(error) => findings.add("checkpoint", Grade::Bad, error.to_string()),
            Ok(()) => {
                let first = match there {
                    None => ": none yet, so this is a first import",
                    Some(_) => "",
                };
                findings.add("checkpoint", Grade::Ok, format!("{path}{first}"));
            }
        },
    }
}

fn of_archives(setup: &Setup, desired: &Desired, findings: &mut Findings) {
    let failed = setup.failures().len() as u64;
    let read: usize = desired.chats.iter().map(|chat| chat.archives.len()).sum();
    let none = read == 0;
    let read = count(read as u64, "archive");
    match failed {
        0 if none => findings.add(
            "archives",
            Grade::Bad,
            "none is there; correct `archives` in chatferry.toml, or export some chats",
        ),
        0 => findings.add("archives", Grade::Ok, format!("{read} read")),
        failed => findings.add(
            "archives",
            Grade::Bad,
            format!("{read} read, {failed} not: see the errors above; the others are imported all the same"),
        ),
    }
    for device in &setup.settings.devices {
        let says = format!(
            "{}: times are read in {}: compare the time of one message with the phone",
            device.name, device.timezone
        );
        findings.add("zone", Grade::Look, says);
    }
}

fn of_disk(setup: &Setup, desired: &Desired, findings: &mut Findings) {
    let messages: usize = desired.chats.iter().map(|chat| chat.messages.len()).sum();
    let needed = Checkpoint::room_for(messages as u64);
    match Checkpoint::room(&setup.settings.import.checkpoint) {
        Ok(room) if room < needed => findings.add(
            "disk",
            Grade::Bad,
            format!(
                "{} are free and {} are needed; make room",
                bytes(room),
                bytes(needed)
            ),
        ),
        Ok(room) => findings.add("disk", Grade::Ok, format!("{} free", bytes(room))),
        Err(error) => findings.add("disk", Grade::Look, format!("cannot be told: {error}")),
    }
}

async fn of_users(setup: &Setup, client: &Client, findings: &mut Findings) -> anyhow::Result<()> {
    let rows = setup
        .contacts
        .rows()
        .iter()
        .filter_map(|row| row.user_id.as_ref());
    let devices = (setup.settings.devices.iter()).filter_map(|device| device.user_id.as_ref());
    let mut wanted: Vec<&UserId> = rows.chain(devices).collect();
    if let InactiveUser::Instead(user) = &setup.settings.import.inactive_user {
        wanted.push(user);
    }
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        findings.add(
            "users",
            Grade::Look,
            "no user_id anywhere: the messages will stand in the name of the key's user; give the row `me` one",
        );
        return Ok(());
    }
    // Close lists those who are active; one who left is still found by the id.
    let active = client.active_users().await.map_err(connect::failure)?;
    for id in wanted {
        match active.iter().find(|user| user.id == *id) {
            Some(user) => findings.add("users", Grade::Ok, format!("{id}: {}", user.name())),
            None => {
                let (grade, says) = match client.user(id).await.map_err(connect::failure)? {
                    Some(left) => {
                        let name = left.name();
                        match &setup.settings.import.inactive_user {
                            InactiveUser::Hold => (
                                Grade::Bad,
                                format!(
                                    "{name}, is not active any more: the chats are held; set inactive_user to the id of somebody in whose name the messages shall be"
                                ),
                            ),
                            InactiveUser::Instead(instead)
                                if !active.iter().any(|user| user.id == *instead) =>
                            {
                                (
                                    Grade::Bad,
                                    format!(
                                        "{name}, is not active any more, and neither is {instead}, whom inactive_user names; set it to the id of somebody who is"
                                    ),
                                )
                            }
                            InactiveUser::Instead(instead) => (
                                Grade::Ok,
                                format!(
                                    "{name}, is not active any more: the messages go in the name of {instead}"
                                ),
                            ),
                        }
                    }
                    None => (
                        Grade::Bad,
                        "is no user of this organisation; correct user_id".to_owned(),
                    ),
                };
                findings.add("users", grade, format!("{id} {says}"));
            }
        }
    }
    Ok(())
}

async fn of_chats(
    setup: &Setup,
    desired: &Desired,
    client: &Client,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let follows = setup.settings.import.on_merged == OnMerged::Follow;
    let (mut fine, mut held) = (0u64, 0u64);
    let mut checks = execute::Checks::new(&setup.settings.import.inactive_user);
    // Whose chats go to each contact.
    let mut of_contact: BTreeMap<&str, Vec<Numbered<'_>>> = BTreeMap::new();
    for chat in &desired.chats {
        match &chat.standing {
            Standing::Ready(to) => match checks.pair(client, to, follows).await {
                Ok(None) => {
                    fine += 1;
                    if !chat.is_group {
                        let lacks = checks.lacks_number(client, to).await;
                        let lacks = lacks.map_err(connect::failure)?;
                        let others = match lacks {
                            false => Vec::new(),
                            true => client
                                .contacts_with_phone(to.remote_phone.e164())
                                .await
                                .map_err(connect::failure)?,
                        };
                        of_contact
                            .entry(to.contact_id.as_str())
                            .or_default()
                            .push(Numbered {
                                chat,
                                to,
                                lacks,
                                other: others.into_iter().next().map(|contact| contact.id),
                            });
                    }
                }
                Ok(Some(why)) => {
                    findings.add(
                        "chats",
                        Grade::Bad,
                        format!("{}: {}: {why}", chat.device, chat.name),
                    );
                }
                Err(refused @ Failure::Rejected { .. }) => {
                    findings.add(
                        "chats",
                        Grade::Bad,
                        format!("{}: {}: {refused}", chat.device, chat.name),
                    );
                }
                Err(failure) => return Err(connect::failure(failure)),
            },
            Standing::Held(_) => held += 1,
            Standing::LeftOut(_) => {}
        }
    }
    let is_bad = findings.0.iter().any(|finding| finding.what == "chats");
    of_numbers(&of_contact, findings);
    if fine > 0 {
        findings.add(
            "chats",
            Grade::Ok,
            format!(
                "of {} lead, contact and user go together",
                count(fine, "chat")
            ),
        );
    } else if !is_bad {
        findings.add(
            "chats",
            Grade::Bad,
            "none is ready: an import would post nothing; `chatferry match`, and fill in contacts.csv",
        );
    }
    if held > 0 {
        findings.add(
            "chats",
            Grade::Look,
            format!(
                "{} held; `chatferry plan` says why each",
                count(held, "chat")
            ),
        );
    }
    Ok(())
}

/// A chat that goes to a contact, and what Close knows of its number.
struct Numbered<'d> {
    chat: &'d DesiredChat,
    to: &'d Destination,
    /// The contact does not have it.
    lacks: bool,
    /// Who has it instead.
    other: Option<ContactId>,
}

/// Whether each contact has the number of its chats in Close. It may only be missing there; but
/// where somebody else has it, and this contact has the number of another chat that goes there, the
/// row is wrong.
fn of_numbers(of_contact: &BTreeMap<&str, Vec<Numbered<'_>>>, findings: &mut Findings) {
    for (contact, chats) in of_contact {
        let own = chats.iter().find(|chat| !chat.lacks);
        for one in chats.iter().filter(|chat| chat.lacks) {
            let named = format!("{}: {}", one.chat.device, one.chat.name);
            let own = own.filter(|own| name_key(&own.chat.name) != name_key(&one.chat.name));
            let (grade, says) = match (own, &one.other) {
                (Some(own), Some(other)) => (
                    Grade::Bad,
                    format!(
                        "goes to {contact}, who has the number of {} in Close; this number is that of {other}: correct lead_id and contact_id of its row",
                        own.chat.name
                    ),
                ),
                (_, Some(other)) => (
                    Grade::Look,
                    format!(
                        "{contact} on {} does not have this number in Close, and {other} has it: is it the right person?",
                        one.to.lead_id
                    ),
                ),
                (_, None) => (
                    Grade::Look,
                    format!(
                        "{contact} on {} does not have this number in Close: is it the right person?",
                        one.to.lead_id
                    ),
                ),
            };
            findings.add("numbers", grade, format!("{named}: {says}"));
        }
    }
}

async fn of_webhooks(client: &Client, findings: &mut Findings) -> anyhow::Result<()> {
    match client.webhooks().await {
        Ok(webhooks) => {
            let mut hosts: Vec<String> = (webhooks.iter())
                .filter(|webhook| webhook.fires())
                .map(crate::close::Webhook::host)
                .collect();
            hosts.sort_unstable();
            hosts.dedup();
            match hosts.as_slice() {
                [] => findings.add("webhooks", Grade::Ok, "none is told of new messages"),
                hosts => findings.add(
                    "webhooks",
                    Grade::Look,
                    format!("{} will be told of every message that is created; pause them in Close if old messages should set nothing off", hosts.join(", ")),
                ),
            }
        }
        Err(Failure::Denied { .. } | Failure::Rejected { .. }) => findings.add(
            "webhooks",
            Grade::Look,
            "this key may not see them: ask an administrator whether something listens for new messages",
        ),
        Err(failure) => return Err(connect::failure(failure)),
    }
    Ok(())
}
