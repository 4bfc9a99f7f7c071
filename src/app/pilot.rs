//! `import --pilot`: reads back the posted messages and compares them field by field.

use std::sync::Arc;

use super::error::{Error, Exit, Result};
use super::{Notice, Observer};
use crate::archive::Container;
use crate::checkpoint::Snapshot;
use crate::close::{self, Client, FileChecksum, Message};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Plan;
use crate::plan::pilot::MessageIndex;
use crate::policy::{InactiveUser, Policy};
use crate::transform::desired::{Answers, DesiredMessage, Destination, Direction, File};
use crate::transform::id_form::read;

/// A message as it should be in Close.
pub(super) struct Expected {
    message: DesiredMessage,
    to: Destination,
    /// The external id of its reply target.
    answers: Option<ExternalId>,
    /// Where the bytes of its files are.
    containers: Vec<Arc<Container>>,
}

/// The context of the comparison.
pub(super) struct Comparison<'a> {
    pub(super) client: &'a Client,
    pub(super) reader: &'a Snapshot,
    pub(super) base_url: &'a str,
    pub(super) policy: &'a Policy,
}

/// The expected messages of a pilot, collected before the plan is carried out.
pub(super) fn expected(plan: &Plan, chosen: &[MessageIndex]) -> Vec<Expected> {
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

/// Reads each message back and reports differences. Whether all are correct.
///
/// # Errors
///
/// Close or the checkpoint cannot be read.
pub(super) async fn compare(
    expected: &[Expected],
    comparison: &Comparison<'_>,
    observer: &mut dyn Observer,
) -> Result<bool> {
    let (mut same, mut activities) = (0u64, Vec::new());
    for one in expected {
        let lead = &one.to.lead_id;
        let Some(id) = comparison.recorded(&one.message.external_id, lead)? else {
            observer.notice(Notice::PilotAbsent(lead.clone()));
            continue;
        };
        let (fields, unread) = differing(one, &id, comparison).await?;
        let place = address(comparison.base_url, lead);
        let what = match (one.message.files.is_empty(), one.answers.is_some()) {
            (false, _) => "a message with files",
            (true, true) => "a reply",
            (true, false) => "a text",
        };
        activities.push(id.clone());
        same += u64::from(fields.is_empty());
        observer.notice(match fields.is_empty() {
            true => Notice::PilotSame {
                place,
                what,
                id,
                has_unread_files: unread > 0,
            },
            false => Notice::PilotDiffers {
                place,
                what,
                id,
                fields,
            },
        });
    }
    let all = expected.len() as u64;
    observer.notice(Notice::PilotResult {
        same,
        all,
        activities,
    });
    Ok(same == all)
}

impl Comparison<'_> {
    fn recorded(&self, external_id: &ExternalId, lead: &LeadId) -> Result<Option<ActivityId>> {
        let row = self.reader.lookup(external_id, lead)?;
        Ok(row.and_then(|row| row.activity_id))
    }
}

/// The fields in which an activity differs from its message, and the number of files whose bytes cannot
/// be read back.
async fn differing(
    one: &Expected,
    id: &ActivityId,
    comparison: &Comparison<'_>,
) -> Result<(Vec<&'static str>, usize)> {
    let answers = match &one.answers {
        Some(target) => comparison.recorded(target, &one.to.lead_id)?,
        None => match one.message.answers.as_deref() {
            Some(Answers::InClose { activity_id, .. }) => Some(activity_id.clone()),
            _ => None,
        },
    };
    let Some(held) = comparison.client.get_message(id).await? else {
        return Ok((vec!["it is not in Close"], 0));
    };
    let mut fields = differences(one, answers.as_ref(), &held, comparison.policy);
    let mut unread = 0;
    for (file, container) in one.message.files.iter().zip(&one.containers) {
        match is_same(file, container, &held, comparison.client).await? {
            Some(true) => {}
            Some(false) => fields.push("the bytes of a file"),
            None => unread += 1,
        }
    }
    Ok((fields, unread))
}

/// The names of the differing fields.
fn differences(
    one: &Expected,
    answers: Option<&ActivityId>,
    held: &Message,
    policy: &Policy,
) -> Vec<&'static str> {
    let Expected { message, to, .. } = one;
    let direction = match message.direction {
        Direction::Incoming => close::Direction::Incoming,
        Direction::Outgoing => close::Direction::Outgoing,
    };
    let mut files: Vec<(&str, u64)> = (message.files.iter())
        .map(|file| (file.name.reveal(), file.size))
        .collect();
    let of_held = |file: &close::StoredFile, wanted: &[(&str, u64)]| {
        // A size that Close does not return is not compared.
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
                let instead = match &policy.inactive_user {
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

/// Whether Close has exactly the bytes of a file; `None` if they cannot be read back.
async fn is_same(
    file: &File,
    container: &Arc<Container>,
    held: &Message,
    client: &Client,
) -> Result<Option<bool>> {
    let name = file.name.reveal();
    let there = (held.attachments.iter()).find(|there| there.filename == *name);
    // A missing file is reported by its name already.
    let Some(there) = there else {
        return Ok(None);
    };
    let sum = client.file_sum(&there.url).await;
    let Some(sum) = sum? else {
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
        read.map(|()| FileChecksum {
            bytes,
            crc: crc.finalize(),
        })
    });
    // A damaged file was omitted, with a placeholder.
    let own = own
        .await
        .map_err(|error| Error::with(Exit::Internal, error.to_string()))?;
    Ok(own.ok().map(|own| own == sum))
}

/// The address of a lead for a browser.
fn address(base_url: &str, lead: &LeadId) -> String {
    match base_url.contains("api.close.com") {
        true => format!("https://app.close.com/lead/{lead}/"),
        false => lead.to_string(),
    }
}
