//! Whether lead, contact, user and number of each chat are consistent.

use std::collections::BTreeSet;

use super::finding::{Check, Findings, Grade};
use crate::app::{Migration, Result, exchanged_contacts};
use crate::close::{Client, Contact, Failure};
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
    let mut numbered = Vec::new();
    for chat in &desired.chats {
        let to = match &chat.standing {
            Decision::Ready(to) => to,
            Decision::Held(_) => {
                held += 1;
                continue;
            }
            Decision::LeftOut(_) => continue,
        };
        let paired = match checks.pair(client, to, policy).await {
            Ok(paired) => paired.map_err(|why| why.to_string()),
            Err(refused @ Failure::Rejected { .. }) => Err(refused.to_string()),
            Err(failure) => return Err(failure.into()),
        };
        let contact = match paired {
            Ok(contact) => contact,
            Err(problem) => {
                let says = format!("{}: {}: {problem}", chat.device, chat.name);
                findings.add(Check::Chats, Grade::Bad, says);
                is_bad = true;
                continue;
            }
        };
        fine += 1;
        if let Some(names) = chat.shared_number.as_ref().filter(|_| !chat.private) {
            findings.add(Check::Numbers, Grade::Look, names.describe());
        }
        if !chat.is_group {
            numbered.push(Numbered { chat, to, contact });
        }
    }
    of_numbers(numbered, client, findings).await?;
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

/// A chat with its contact as Close has it.
struct Numbered<'d> {
    chat: &'d DesiredChat,
    to: &'d Destination,
    contact: Contact,
}

/// Whether each contact has the number of its chats in Close. It may just be missing there; but if another
/// contact has it, and this contact has the number of another chat, the row is wrong: of one that goes there too, or of one
/// that goes to that other contact, if the two rows are exchanged.
async fn of_numbers(
    mut chats: Vec<Numbered<'_>>,
    client: &Client,
    findings: &Findings,
) -> Result<()> {
    chats.sort_by_key(|one| &one.to.contact_id);
    let named = |one: &Numbered<'_>| format!("{}: {}", one.chat.device, one.chat.name);
    let exchanged = exchanged_contacts::exchanged(
        (chats.iter().enumerate()).map(|(index, one)| (&one.to.remote_phone, &one.contact, index)),
    );
    for (one, other) in &exchanged {
        let (one, other) = (&chats[*one], &chats[*other]);
        let says = format!(
            "{}: its row seems to be exchanged with that of {}: {} has the number of {} in Close, and {} has this one; exchange lead_id and contact_id of the two rows, or their phones",
            named(one),
            other.chat.name,
            one.contact.id,
            other.chat.name,
            other.contact.id
        );
        findings.add(Check::Numbers, Grade::Bad, says);
    }
    let exchanged: BTreeSet<usize> = (exchanged.into_iter())
        .flat_map(|(one, other)| [one, other])
        .collect();
    let lacks = |one: &Numbered<'_>| !one.contact.has_number(&one.to.remote_phone);
    let numbered: Vec<(usize, Numbered<'_>)> = chats.into_iter().enumerate().collect();
    for of_contact in numbered.chunk_by(|(_, one), (_, two)| one.contact.id == two.contact.id) {
        let own = of_contact.iter().find(|(_, chat)| !lacks(chat));
        let lacking = of_contact.iter().filter(|(_, chat)| lacks(chat));
        for (_, one) in lacking.filter(|(index, _)| !exchanged.contains(index)) {
            let others = client
                .contacts_with_phone(one.to.remote_phone.e164())
                .await?;
            let other = others.first().map(|other| &other.id);
            let own = own.filter(|(_, own)| name_key(&own.chat.name) != name_key(&one.chat.name));
            let (grade, says) = lacking_number(one, own.map(|(_, own)| own.chat), other);
            findings.add(Check::Numbers, grade, format!("{}: {says}", named(one)));
        }
    }
    Ok(())
}

/// The finding about a chat whose contact lacks its number, without the name of the chat. `own`: a chat of another name
/// whose number that contact has; `other`: another contact with the number.
fn lacking_number(
    one: &Numbered<'_>,
    own: Option<&DesiredChat>,
    other: Option<&ContactId>,
) -> (Grade, String) {
    let (contact, lead) = (&one.to.contact_id, &one.to.lead_id);
    match (own, other) {
        (Some(own), Some(other)) => (
            Grade::Bad,
            format!(
                "goes to {contact}, who has the number of {} in Close, while {other} has this number; correct lead_id and contact_id of its row",
                own.name
            ),
        ),
        (_, Some(other)) => (
            Grade::Look,
            format!(
                "{contact} on {lead} does not have this number in Close, but {other} does; check that the contact is right"
            ),
        ),
        (_, None) => (
            Grade::Look,
            format!(
                "{contact} on {lead} does not have this number in Close; check that the contact is right"
            ),
        ),
    }
}
