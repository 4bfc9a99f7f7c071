//! Pilots: of each device one text, one message with a file and one reply.

use std::collections::BTreeSet;

use super::{Action, Plan, Planned, PlannedChat};
use crate::chat::Kind;
use crate::packed_vec::PackedVec;
use crate::routing::Rule;

/// A message of the plan: chat and index.
pub type MessageIndex = (usize, usize);

/// The messages that a pilot posts, and what it cannot cover.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pilot {
    /// The messages to post, in the plan's order.
    pub chosen: Vec<MessageIndex>,
    /// The missing kinds of each device that does not have all three.
    pub lacks: Vec<MissingKinds>,
}

/// The kinds of messages that a pilot cannot try on a device, because the device has none of them.
#[derive(Debug, PartialEq, Eq)]
pub struct MissingKinds {
    /// The name of the device.
    pub device: String,
    /// Whether the device has nothing left to post.
    pub everything: bool,
    /// Whether it has no text to post; a placeholder may be posted instead.
    pub text: bool,
    /// Whether it has no message with a file to post.
    pub file: bool,
    /// Whether it has no reply to post whose target is posted too.
    pub reply: bool,
}

/// Reduces the plan to the messages of a pilot. Updates, replacements and deletions are omitted.
pub fn pilot(plan: &mut Plan) -> Pilot {
    let mut lacks = Vec::new();
    plan.is_pilot = true;
    let mut chosen: BTreeSet<MessageIndex> = BTreeSet::new();
    let devices: BTreeSet<String> = (plan.chats.iter())
        .map(|planned| planned.chat.device.clone())
        .collect();
    for device in devices {
        let of_device = || {
            let chats = plan.chats.iter().enumerate();
            let chats = chats.filter(|(_, planned)| planned.chat.device == device);
            chats.flat_map(|(chat, planned)| {
                let messages = planned.messages.iter().enumerate();
                messages.map(move |(index, message)| ((chat, index), planned, message))
            })
        };
        let first = |is_wanted: &dyn Fn(&PlannedChat, &Planned) -> bool| {
            of_device()
                .find(|(_, chat, message)| {
                    message.action == Action::Create && is_wanted(chat, message)
                })
                .map(|(at, ..)| at)
        };
        let reply = first(&|chat, message| target(chat, message).is_some());
        let answered = reply.and_then(|(chat, index)| {
            let planned = &plan.chats[chat];
            Some((chat, target(planned, &planned.messages[index])?))
        });
        let has_files = |(chat, index): MessageIndex| {
            let message = &plan.chats[chat].messages[index].message;
            !message.files.is_empty()
        };
        // The reply target may be the text, or the message with the file.
        let file = answered
            .filter(|at| has_files(*at))
            .or_else(|| first(&|_, message| !message.message.files.is_empty()));
        let is_text = |message: &Planned| {
            message.message.kind == Kind::Text && message.message.files.is_empty()
        };
        let text = answered
            .filter(|(chat, index)| is_text(&plan.chats[*chat].messages[*index]))
            .or_else(|| first(&|_, message| is_text(message)));
        let (lacks_text, lacks_file, lacks_reply) =
            (text.is_none(), file.is_none(), reply.is_none());
        // Without a text message, one without files shows at least its placeholder.
        let text = text.or_else(|| first(&|_, message| message.message.files.is_empty()));
        if lacks_text || lacks_file || lacks_reply {
            lacks.push(MissingKinds {
                device: device.clone(),
                everything: text.is_none() && lacks_file,
                text: lacks_text,
                file: lacks_file,
                reply: lacks_reply,
            });
        }
        chosen.extend([reply, answered, file, text].into_iter().flatten());
    }
    plan.unfinished.clear();
    plan.unfinished_links.clear();
    for (chat, planned) in plan.chats.iter_mut().enumerate() {
        planned.kept += u32::try_from(planned.removals.len()).unwrap_or(u32::MAX);
        planned.removals.clear();
        planned.relinks.clear();
        planned.resolved.clear();
        let messages = planned.messages.take();
        let kept = messages.into_iter().enumerate().map(|(index, message)| {
            if !message.action.is_sent() || chosen.contains(&(chat, index)) {
                return message;
            }
            let action = match message.action {
                Action::Update(edit) => Action::Unchanged(edit.activity_id),
                Action::Replace(replacement) => match replacement.on_new_lead {
                    Some(there) => Action::Unchanged(there),
                    None => Action::LeftOut(Rule::NotSelected),
                },
                _ => Action::LeftOut(Rule::NotSelected),
            };
            Planned::idle(message.message, action)
        });
        planned.messages = PackedVec::like(&planned.messages, kept.collect());
        planned.recount();
        planned.messages.close();
    }
    Pilot {
        chosen: chosen.into_iter().collect(),
        lacks,
    }
}

/// The reply target of a message, if both are to be posted.
fn target(chat: &PlannedChat, message: &Planned) -> Option<usize> {
    let index = message.message.reply_to? as usize;
    let answered = chat.messages.get(index)?;
    (answered.action == Action::Create).then_some(index)
}
