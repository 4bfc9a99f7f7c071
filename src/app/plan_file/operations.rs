//! A plan as lines of a plan file: operation, message, and a keyed hash of the payload. No text, name or
//! number.

use std::fmt::Write;

use serde::Serialize;

use crate::ids::{ExternalId, LeadId};
use crate::plan::{Action, Edit, Plan, Planned, files_text, reply_target_id};
use crate::transform::desired::{DesiredMessage, Destination};

/// Computes a keyed hash of 16 bytes.
pub(super) type Hasher<'h> = dyn Fn(&str) -> [u8; 16] + 'h;

#[derive(Serialize)]
struct Line<'l> {
    operation: &'static str,
    external_id: &'l str,
    lead_id: &'l LeadId,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_id: Option<&'l str>,
    /// The keyed hash of the payload, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

/// Passes one line per operation and per undecided message to `take`, in posting order.
///
/// # Errors
///
/// Those of serde; the values are plain, so none is expected.
pub(super) fn each_line(
    plan: &Plan,
    hash: &Hasher<'_>,
    take: &mut dyn FnMut(String),
) -> serde_json::Result<()> {
    for open in &plan.unfinished {
        take(serde_json::to_string(&Line {
            operation: "replace",
            external_id: open.target_id.as_str(),
            lead_id: &open.to,
            reasons: vec!["begun"],
            activity_id: Some(open.activity_id.as_str()),
            payload: None,
        })?);
    }
    for open in &plan.unfinished_links {
        take(serde_json::to_string(&Line {
            operation: "relink",
            external_id: open.external_id.as_str(),
            lead_id: &open.lead_id,
            reasons: vec!["begun"],
            activity_id: Some(open.activity_id.as_str()),
            payload: None,
        })?);
    }
    for (number, planned) in plan.chats.iter().enumerate() {
        let Some(to) = &planned.destination else {
            continue;
        };
        for from in &planned.chat.merged_from {
            take(serde_json::to_string(&Line {
                operation: "follow_merge",
                external_id: "",
                lead_id: from,
                reasons: Vec::new(),
                activity_id: Some(to.lead_id.as_str()),
                payload: None,
            })?);
        }
        let of_message = |message: &Planned| {
            let mut line = line(&message.action, &message.message, to)?;
            if message.action.is_sent() {
                let answers = reply_target_id(&plan.chats, number, &message.message);
                let payload = payload(answers, &message.message, &message.action, to);
                line.payload = Some(hex(&hash(&payload)));
            }
            Some(serde_json::to_string(&line))
        };
        let of_messages: serde_json::Result<Vec<String>> =
            (planned.messages).with(|messages| messages.iter().filter_map(of_message).collect());
        of_messages?.into_iter().for_each(&mut *take);
        let follow_up = |operation, external_id, lead_id, activity_id| Line {
            operation,
            external_id,
            lead_id,
            reasons: Vec::new(),
            activity_id: Some(activity_id),
            payload: None,
        };
        for removal in &planned.removals {
            let (id, activity) = (&removal.external_id, &removal.activity_id);
            let lead = removal.lead_id.as_ref().unwrap_or(&to.lead_id);
            let line = follow_up("delete", id.as_str(), lead, activity.as_str());
            take(serde_json::to_string(&line)?);
        }
        for relink in &planned.relinks {
            let answer = &relink.answer;
            let line = follow_up(
                "link",
                answer.external_id.as_str(),
                &answer.lead_id,
                answer.activity_id.as_str(),
            );
            take(serde_json::to_string(&line)?);
        }
    }
    Ok(())
}

fn line<'l>(
    action: &'l Action,
    message: &'l DesiredMessage,
    to: &'l Destination,
) -> Option<Line<'l>> {
    let line = |operation, reasons, activity_id| {
        Some(Line {
            operation,
            external_id: message.external_id.as_str(),
            lead_id: &to.lead_id,
            reasons,
            activity_id,
            payload: None,
        })
    };
    match action {
        Action::Create => line("create", Vec::new(), None),
        Action::Settle => line("create", vec!["asked_first"], None),
        Action::Restore(activity) => line("create", vec!["gone"], Some(activity.as_str())),
        Action::Adopt(activity) => line("adopt", Vec::new(), Some(activity.as_str())),
        Action::Moved(activity, _) => line("adopt", vec!["moved"], Some(activity.as_str())),
        Action::Update(edit) => line("update", edit.reasons(), Some(edit.activity_id.as_str())),
        Action::Replace(replacement) => {
            let activity = Some(replacement.activity_id.as_str());
            let begun = replacement.begun.then_some("begun");
            let reasons = std::iter::once("lead").chain(begun).collect();
            line("replace", reasons, activity)
        }
        Action::Undecided(why) => line("undecided", vec![why.word()], None),
        Action::Unchanged(_) | Action::Gone | Action::LeftOut(_) => None,
    }
}

/// All contents of the request for a message, as the input of its hash.
fn payload(
    answers: Option<&ExternalId>,
    message: &DesiredMessage,
    action: &Action,
    to: &Destination,
) -> String {
    let target = answers.map_or("", ExternalId::as_str);
    let edit: Option<&Edit> = match action {
        Action::Update(edit) => Some(edit),
        _ => None,
    };
    let mut payload = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        payload,
        "{}|{:?}|{}|{target}|{}|{}|{edit:?}|{}",
        message.activity_at.timestamp_millis(),
        message.direction,
        crate::plan::people_text(&to.between(message.between.as_deref())),
        files_text(&message.files),
        message.link.as_deref().unwrap_or(""),
        message.markdown.reveal(),
    );
    payload
}

/// Bytes in lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
