//! Whether lead, contact, user and number of each chat are consistent.

use std::collections::BTreeMap;

use super::finding::{Check, Findings, Grade};
use crate::app::{Migration, Result};
use crate::close::{Client, Failure};
use crate::execute::Checks;
use crate::ids::ContactId;
use crate::name::name_key;
use crate::quantity::count;
use crate::transform::desired::{Desired, DesiredChat, Destination, Standing};

/// Checks the chats that are ready, and counts those that are held.
pub(super) async fn check(
    migration: &Migration,
    desired: &Desired,
    client: &Client,
    findings: &Findings,
) -> Result<()> {
    let policy = &migration.settings.import.policy;
    let (mut fine, mut held) = (0u64, 0u64);
    let mut is_bad = false;
    let checks = Checks::new(policy);
    let mut of_contact: BTreeMap<&str, Vec<Numbered<'_>>> = BTreeMap::new();
    for chat in &desired.chats {
        let to = match &chat.standing {
            Standing::Ready(to) => to,
            Standing::Held(_) => {
                held += 1;
                continue;
            }
            Standing::LeftOut(_) => continue,
        };
        let problem = match checks.pair(client, to, policy).await {
            Ok(None) => None,
            Ok(Some(why)) => Some(why.to_string()),
            Err(refused @ Failure::Rejected { .. }) => Some(refused.to_string()),
            Err(failure) => return Err(failure.into()),
        };
        if let Some(problem) = problem {
            let says = format!("{}: {}: {problem}", chat.device, chat.name);
            findings.add(Check::Chats, Grade::Bad, says);
            is_bad = true;
            continue;
        }
        fine += 1;
        if let Some(names) = chat.shared_number.as_ref().filter(|_| !chat.private) {
            findings.add(Check::Numbers, Grade::Look, names.describe());
        }
        if !chat.is_group {
            let numbered = numbered(chat, to, &checks, client).await?;
            let chats = of_contact.entry(to.contact_id.as_str()).or_default();
            chats.push(numbered);
        }
    }
    of_numbers(&of_contact, findings);
    if fine > 0 {
        let says = format!(
            "lead, contact and user of {} are consistent",
            count(fine, "chat")
        );
        findings.add(Check::Chats, Grade::Ok, says);
    } else if !is_bad {
        findings.add(
            Check::Chats,
            Grade::Bad,
            "none is ready: an import would create nothing; run `chatferry match`, then fill in contacts.csv",
        );
    }
    if held > 0 {
        let says = format!(
            "{} held; `chatferry plan --details` shows the reasons",
            count(held, "chat")
        );
        findings.add(Check::Chats, Grade::Look, says);
    }
    Ok(())
}

async fn numbered<'d>(
    chat: &'d DesiredChat,
    to: &'d Destination,
    checks: &Checks,
    client: &Client,
) -> Result<Numbered<'d>> {
    let lacks = checks.lacks_number(client, to).await?;
    let other = match lacks {
        false => None,
        true => {
            let others = client.contacts_with_phone(to.remote_phone.e164()).await?;
            others.into_iter().next().map(|contact| contact.id)
        }
    };
    Ok(Numbered {
        chat,
        to,
        lacks,
        other,
    })
}

/// A chat with its contact, and the contacts in Close that have its number.
struct Numbered<'d> {
    chat: &'d DesiredChat,
    to: &'d Destination,
    /// Whether the contact lacks it.
    lacks: bool,
    /// Another contact that has it.
    other: Option<ContactId>,
}

/// Whether each contact has the number of its chats in Close. It may just be missing there; but if another
/// contact has it, and this contact has the number of another chat that goes there, the row is wrong.
fn of_numbers(of_contact: &BTreeMap<&str, Vec<Numbered<'_>>>, findings: &Findings) {
    for (contact, chats) in of_contact {
        let own = chats.iter().find(|chat| !chat.lacks);
        for one in chats.iter().filter(|chat| chat.lacks) {
            let named = format!("{}: {}", one.chat.device, one.chat.name);
            let own = own.filter(|own| name_key(&own.chat.name) != name_key(&one.chat.name));
            let (grade, says) = match (own, &one.other) {
                (Some(own), Some(other)) => (
                    Grade::Bad,
                    format!(
                        "goes to {contact}, who has the number of {} in Close, while {other} has this number; correct lead_id and contact_id of its row",
                        own.chat.name
                    ),
                ),
                (_, Some(other)) => (
                    Grade::Look,
                    format!(
                        "{contact} on {} does not have this number in Close, but {other} does; check that the contact is right",
                        one.to.lead_id
                    ),
                ),
                (_, None) => (
                    Grade::Look,
                    format!(
                        "{contact} on {} does not have this number in Close; check that the contact is right",
                        one.to.lead_id
                    ),
                ),
            };
            findings.add(Check::Numbers, grade, format!("{named}: {says}"));
        }
    }
}
