//! `import --pilot`: what was posted is read back and compared, field by field.

use std::sync::Arc;

use super::out::Out;
use crate::archive::Container;
use crate::checkpoint::Snapshot;
use crate::close::{self, Client, Message, Sum};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Plan;
use crate::plan::pilot::{At, Lacks};
use crate::report::count;
use crate::transform::desired::{Answers, DesiredMessage, Destination, Direction, File};
use crate::transform::id_form::read;
use crate::transform::settings::InactiveUser;

/// A message as it should be in Close.
pub(super) struct Expected {
    message: DesiredMessage,
    to: Destination,
    /// The external id of the message that it answers.
    answers: Option<ExternalId>,
    /// Where the bytes of its files are.
    containers: Vec<Arc<Container>>,
}

/// What a pilot is compared with, and by what rules.
pub(super) struct Against<'a> {
    pub(super) client: &'a Client,
    pub(super) reader: &'a Snapshot,
    pub(super) base_url: &'a str,
    pub(super) inactive: &'a InactiveUser,
}

/// What a pilot is to find in Close, taken before the plan is carried out.
pub(super) fn expected(plan: &Plan, chosen: &[At]) -> Vec<Expected> {
    let each = chosen.iter().filter_map(|(chat, place)| {
        let planned = &plan.chats[*chat];
        let message = planned.messages.get(*place)?.message.clone();
        let answered = message
            .reply_to
            .and_then(|place| planned.messages.get(place as usize));
        Some(Expected {
            to: planned
                .destination
                .as_ref()?
                .between(message.between.as_deref()),
            answers: answered.map(|answered| answered.message.external_id.clone()),
            containers: (message.files.iter())
                .filter_map(|file| plan.containers.get(file.container as usize).cloned())
                .collect(),
            message,
        })
    });
    each.collect()
}

/// What a pilot could not try on a device.
pub(super) fn untested(lacks: &Lacks) -> String {
    if lacks.everything {
        return format!(
            "pilot: {}: nothing is left to post, so nothing was tried",
            lacks.device
        );
    }
    let which = [
        (lacks.text, "text"),
        (lacks.file, "message with a file"),
        (lacks.reply, "reply to a message that is to be posted too"),
    ];
    let which: Vec<&str> = (which.into_iter())
        .filter_map(|(is_lacking, what)| is_lacking.then_some(what))
        .collect();
    format!(
        "pilot: {}: there was no {}, so that is not tried",
        lacks.device,
        which.join(" and no ")
    )
}

/// Reads each back and says what differs. True when all are as they should be.
///
/// # Errors
///
/// Close cannot be asked, or the checkpoint not be read.
pub(super) async fn compare(
    expected: &[Expected],
    against: &Against<'_>,
    out: &mut Out,
) -> anyhow::Result<bool> {
    let Against {
        client,
        reader,
        base_url,
        ..
    } = *against;
    let id_of = |external_id: &ExternalId, lead: &LeadId| -> anyhow::Result<Option<ActivityId>> {
        let row = reader
            .lookup(external_id, lead)
            .map_err(|error| super::connect::checkpoint_error(&error))?;
        Ok(row.and_then(|row| row.activity_id))
    };
    let (mut fine, mut undo) = (0u64, Vec::new());
    for one in expected {
        let lead = &one.to.lead_id;
        let Some(id) = id_of(&one.message.external_id, lead)? else {
            out.note(&format!(
                "pilot: {lead}: a message did not get there; see above"
            ));
            continue;
        };
        let answers = match &one.answers {
            Some(target) => id_of(target, lead)?,
            None => match one.message.answers.as_deref() {
                Some(Answers::There { activity_id, .. }) => Some(activity_id.clone()),
                _ => None,
            },
        };
        let held = client
            .get_message(&id)
            .await
            .map_err(super::connect::failure)?;
        let (mut differs, mut unread) = (Vec::new(), 0);
        match &held {
            None => differs.push("it is not there"),
            Some(held) => {
                differs = differences(one, answers.as_ref(), held, against.inactive);
                for (file, container) in one.message.files.iter().zip(&one.containers) {
                    match is_same(file, container, held, client).await? {
                        Some(true) => {}
                        Some(false) => differs.push("the bytes of a file"),
                        None => unread += 1,
                    }
                }
            }
        }
        let unread = match unread {
            0 => "",
            _ => "; the bytes of its files cannot be read back, so look at them",
        };
        let what = match (one.message.files.is_empty(), one.answers.is_some()) {
            (false, _) => "a message with files",
            (true, true) => "a reply",
            (true, false) => "a text",
        };
        match differs.as_slice() {
            [] => {
                fine += 1;
                out.note(&format!("pilot: {}: {what} is as it should be ({id}){unread}", address(base_url, lead)));
            }
            differs => out.alarm(&format!(
                "pilot: {}: {what} differs in Close ({id}): {}; do not go on before it is clear why",
                address(base_url, lead),
                differs.join(", ")
            )),
        }
        undo.push(id);
    }
    out.note(&format!(
        "{} of {} as it should be. Look at them in Close. To undo: delete there what you do not want ({}); it stays away then.",
        fine,
        count(expected.len() as u64, "message"),
        undo.join(", ")
    ));
    Ok(fine == expected.len() as u64)
}

/// The names of the fields that are not as they should be.
fn differences(
    one: &Expected,
    answers: Option<&ActivityId>,
    held: &Message,
    inactive: &InactiveUser,
) -> Vec<&'static str> {
    let Expected { message, to, .. } = one;
    let direction = match message.direction {
        Direction::Incoming => close::Direction::Incoming,
        Direction::Outgoing => close::Direction::Outgoing,
    };
    let mut files: Vec<(&str, u64)> = (message.files.iter())
        .map(|file| (file.name.reveal(), file.size))
        .collect();
    let of_held = |file: &close::Held, wanted: &[(&str, u64)]| {
        // A size that Close does not tell is not compared.
        wanted.iter().position(|(name, size)| {
            file.filename == *name && file.size.is_none_or(|held| held == *size)
        })
    };
    for file in &held.attachments {
        if let Some(place) = of_held(file, &files) {
            files.remove(place);
        }
    }
    let checks = [
        ("lead_id", held.lead_id.as_ref() == Some(&to.lead_id)),
        (
            "contact_id",
            held.contact_id.as_ref() == Some(&to.contact_id),
        ),
        (
            "user_id",
            to.user_id.as_ref().is_none_or(|user| {
                let instead = match inactive {
                    InactiveUser::Instead(instead) => held.user_id.as_ref() == Some(instead),
                    InactiveUser::Hold => false,
                };
                instead || held.user_id.as_ref() == Some(user)
            }),
        ),
        (
            "external_whatsapp_message_id",
            read(&held.external_id) == message.external_id,
        ),
        ("direction", held.direction == Some(direction)),
        ("activity_at", held.activity_at == Some(message.activity_at)),
        (
            "message_markdown",
            held.message_markdown == *message.markdown.reveal(),
        ),
        (
            "local_phone",
            held.local_phone
                .as_deref()
                .is_none_or(|phone| phone == to.local_phone.e164()),
        ),
        (
            "remote_phone",
            held.remote_phone
                .as_deref()
                .is_none_or(|phone| phone == to.remote_phone.e164()),
        ),
        ("response_to_id", held.response_to_id.as_ref() == answers),
        (
            "attachments",
            files.is_empty() && held.attachments.len() == message.files.len(),
        ),
    ];
    let wrong = checks.into_iter().filter(|(_, is_right)| !is_right);
    wrong.map(|(name, _)| name).collect()
}

/// Whether Close holds the very bytes of a file; `None` where they cannot be read back.
async fn is_same(
    file: &File,
    container: &Arc<Container>,
    held: &Message,
    client: &Client,
) -> anyhow::Result<Option<bool>> {
    let name = file.name.reveal();
    let there = (held.attachments.iter()).find(|there| there.filename == *name);
    // One that is not there is told by its name already.
    let Some(there) = there else {
        return Ok(None);
    };
    let sum = client.file_sum(&there.url).await;
    let Some(sum) = sum.map_err(super::connect::failure)? else {
        return Ok(None);
    };
    let (container, entry) = (Arc::clone(container), file.entry);
    let own = tokio::task::spawn_blocking(move || {
        let (mut bytes, mut crc) = (0, crc32fast::Hasher::new());
        let read = container.stream(entry, &mut |piece| {
            bytes += piece.len() as u64;
            crc.update(&piece);
            true
        });
        read.map(|()| Sum {
            bytes,
            crc: crc.finalize(),
        })
    });
    // A damaged file was left out, and said so.
    Ok(own.await?.ok().map(|own| own == sum))
}

/// Where a person looks at a lead.
fn address(base_url: &str, lead: &LeadId) -> String {
    match base_url.contains("api.close.com") {
        true => format!("https://app.close.com/lead/{lead}/"),
        false => lead.to_string(),
    }
}
