//! `plan --payloads`: the activities as they would be posted, one JSON object per line.

use serde::Serialize;

use crate::ids::{ContactId, ExternalId, LeadId, UserId};
use crate::plan::{Action, Plan, PlannedChat, reply_target_id, target_of};
use crate::policy::IdForm;
use crate::transform::desired::{DesiredMessage, Destination, Direction};
use crate::transform::id_form::written;

/// The fields of Close's create request, with reply targets as external ids and files as names.
#[derive(Serialize)]
struct Payload<'p> {
    external_whatsapp_message_id: ExternalId,
    lead_id: &'p LeadId,
    contact_id: &'p ContactId,
    user_id: Option<&'p UserId>,
    direction: Direction,
    activity_at: String,
    local_phone: &'p str,
    remote_phone: &'p str,
    message_markdown: &'p str,
    attachments: Vec<&'p str>,
    response_to_external_id: Option<ExternalId>,
    integration_link: Option<&'p str>,
}

/// One line for every message that the plan would post, in posting order.
pub fn lines(plan: &Plan, form: IdForm) -> impl Iterator<Item = serde_json::Result<String>> + '_ {
    plan.chats
        .iter()
        .enumerate()
        .filter_map(|(number, chat)| Some((number, chat, chat.destination.as_ref()?)))
        .flat_map(move |(number, chat, to)| {
            chat.messages.with(|messages| {
                let posted = messages
                    .iter()
                    .filter(|planned| matches!(planned.action, Action::Create | Action::Settle));
                let lines =
                    posted.map(|planned| line(&plan.chats, number, &planned.message, to, form));
                lines.collect::<Vec<_>>()
            })
        })
}

fn line<'p>(
    chats: &'p [PlannedChat],
    chat: usize,
    message: &'p DesiredMessage,
    to: &Destination,
    form: IdForm,
) -> serde_json::Result<String> {
    // In the form in which it is sent, on any lead.
    let id_of = |chat: usize, message: &'p DesiredMessage| -> ExternalId {
        let planned = &chats[chat];
        let id = &message.external_id;
        match &planned.destination {
            Some(to) => {
                let to = to.between(message.between.as_deref());
                written(form, id, message.direction, &to, planned.chat.is_group)
            }
            None => id.clone(),
        }
    };
    let target = target_of(chat, message)
        .and_then(|(chat, place)| Some((chat, chats.get(chat)?.messages.get(place)?)));
    let answers = match target {
        Some((chat, target)) => Some(id_of(chat, &target.message)),
        None => reply_target_id(chats, chat, message).cloned(),
    };
    let to = &to.between(message.between.as_deref());
    serde_json::to_string(&Payload {
        external_whatsapp_message_id: id_of(chat, message),
        lead_id: &to.lead_id,
        contact_id: &to.contact_id,
        user_id: to.user_id.as_ref(),
        direction: message.direction,
        activity_at: message
            .activity_at
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        local_phone: to.local_phone.e164(),
        remote_phone: to.remote_phone.e164(),
        message_markdown: message.markdown.reveal(),
        attachments: message
            .files
            .iter()
            .map(|file| file.name.reveal())
            .collect(),
        response_to_external_id: answers,
        integration_link: message.link.as_deref(),
    })
}
