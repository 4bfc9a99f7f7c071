//! Whether lead, contact, user and number of each chat are consistent.

use std::collections::BTreeMap;

use super::finding::{Check, Findings, Grade};
use crate::app::{Migration, Result, contact_numbers};
use crate::close::{Client, Failure};
use crate::execute::Checks;
use crate::ids::ContactId;
use crate::name::name_key;
use crate::quantity::count;
use crate::transform::desired::{Decision, Desired, DesiredChat, Destination};

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
            Decision::Ready(to) => to,
            Decision::Held(_) => {
                held += 1;
                continue;
            }
            Decision::LeftOut(_) => continue,
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
            let numbered = numbered(chat, to, client).await?;
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
    client: &Client,
) -> Result<Numbered<'d>> {
    let lacks = contact_numbers::lacks(client, &to.contact_id, &to.remote_phone).await?;
    let others: Vec<ContactId> = match lacks {
        false => Vec::new(),
        true => {
            let others = client.contacts_with_phone(to.remote_phone.e164()).await?;
            others.into_iter().map(|contact| contact.id).collect()
        }
    };
    Ok(Numbered {
        chat,
        to,
        lacks,
        others,
    })
}

/// A chat with its contact, and the contacts in Close that have its number.
struct Numbered<'d> {
    chat: &'d DesiredChat,
    to: &'d Destination,
    /// Whether the contact lacks it.
    lacks: bool,
    /// Other contacts that have it, if this one lacks it.
    others: Vec<ContactId>,
}

/// Whether each contact has the number of its chats in Close. It may just be missing there; but if another
/// contact has it, and this contact has the number of another chat, the row is wrong: of one that goes there too, or of one
/// that goes to that other contact, if the two rows are exchanged.
fn of_numbers(of_contact: &BTreeMap<&str, Vec<Numbered<'_>>>, findings: &Findings) {
    for (contact, chats) in of_contact {
        let own = chats.iter().find(|chat| !chat.lacks);
        for one in chats.iter().filter(|chat| chat.lacks) {
            let named = format!("{}: {}", one.chat.device, one.chat.name);
            if let Some((other, two)) = exchanged(one, of_contact) {
                // Once a pair.
                if (contact, one.chat.name.as_str()) < (&two.to.contact_id.as_str(), &two.chat.name)
                {
                    let says = format!(
                        "{named}: its row seems to be exchanged with that of {}: {contact} has the number of {} in Close, and {other} has this one; exchange lead_id and contact_id of the two rows, or their phones",
                        two.chat.name, two.chat.name
                    );
                    findings.add(Check::Numbers, Grade::Bad, says);
                }
                continue;
            }
            let own = own.filter(|own| name_key(&own.chat.name) != name_key(&one.chat.name));
            let (grade, says) = match (own, one.others.first()) {
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

/// The contact that has the number of a chat, and its chat, whose number the contact of this chat has.
fn exchanged<'n, 'd>(
    one: &'n Numbered<'d>,
    of_contact: &'n BTreeMap<&str, Vec<Numbered<'d>>>,
) -> Option<(&'n ContactId, &'n Numbered<'d>)> {
    one.others.iter().find_map(|other| {
        let theirs = of_contact.get(other.as_str())?;
        let two = theirs
            .iter()
            .find(|two| two.others.contains(&one.to.contact_id))?;
        Some((other, two))
    })
}
