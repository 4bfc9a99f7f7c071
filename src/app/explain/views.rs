//! Lines, routing, identity and counterpart of a message as views.

use super::next;
use super::people::{Where, lines_of_chat};
use super::sources::Located;
use super::target::activity_of;
use super::value::{IdentityView, NextView, PairedView, RoutingView, SourceLine};
use crate::app::output_time;
use crate::checkpoint::{MessageRow, Snapshot, fingerprint};
use crate::ids::ExternalId;
use crate::people::contacts::Contacts;
use crate::plan::{Action, Planned, PlannedChat};
use crate::routing::Rule;
use crate::transform::desired::Decision;
use crate::transform::trace::Traced;

/// The lines with the evidence that connects them, each message of an archive once.
pub(super) fn lines(located: &[Located], traced: Option<&Traced>) -> Vec<SourceLine> {
    let mut lines: Vec<SourceLine> = Vec::new();
    for located in located {
        let mut line = located.line.clone();
        let header = line.header_line;
        let is_shown = |other: &SourceLine| {
            other.archive == line.archive && header.is_some() && other.header_line == header
        };
        if lines.iter().any(is_shown) {
            continue;
        }
        let copies = traced.map_or(&[][..], |traced| &traced.copies);
        let copy = (copies.iter())
            .find(|copy| copy.path == line.archive && Some(copy.line) == line.header_line);
        if let Some(pairing) = copy.and_then(|copy| copy.pairing) {
            line.copy_by = Some(pairing.by.word());
            line.copy_difference_ms = Some(pairing.difference_ms);
        }
        lines.push(line);
    }
    // The copy that gives the text first.
    lines.sort_by_key(|line| line.copy_by.is_some());
    lines
}

/// The decision about the chat and the message.
pub(super) fn routing(
    chat: &PlannedChat,
    planned: Option<&Planned>,
    rule: Option<Rule>,
    contacts: &Contacts,
) -> RoutingView {
    let of = &chat.chat;
    let (decision, code, why) = match &of.standing {
        Decision::Ready(_) => ("ready", None, None),
        Decision::Held(held) => ("held", Some(held.code()), Some(held.to_string())),
        Decision::LeftOut(rule) => (
            "left_out",
            Some(rule.word()),
            Some(rule.describe().to_owned()),
        ),
    };
    let of_plan = planned.and_then(|planned| match planned.action {
        Action::LeftOut(rule) => Some(rule),
        _ => None,
    });
    let to = (chat.destination.as_ref().or(of.standing.destination())).map(|to| {
        let between = planned.and_then(|planned| planned.message.between.as_deref());
        to.between(between)
    });
    let at = Where {
        device: &of.device,
        chat: &of.name,
        is_group: of.is_group,
    };
    RoutingView {
        device: of.device.clone(),
        chat: of.name.clone(),
        group: of.is_group,
        decision,
        code,
        why,
        contacts_lines: lines_of_chat(at, contacts),
        lead_id: to.as_ref().map(|to| to.lead_id.to_string()),
        contact_id: to.as_ref().map(|to| to.contact_id.to_string()),
        user_id: (to.as_ref()).and_then(|to| to.user_id.as_ref().map(ToString::to_string)),
        message_rule: rule.or(of_plan).map(Rule::word),
    }
}

/// The parts of the id that the archives give a message; `known` is the one of its record.
pub(super) fn identity(traced: &Traced, known: &ExternalId) -> IdentityView {
    let view = IdentityView {
        kind: "native",
        id: traced.external_id.to_string(),
        differs_from_record: traced.external_id != *known,
        chat: None,
        group_key: None,
        sender: None,
        minute: None,
        class: None,
        ordinal: None,
        origin: None,
    };
    let Some(parts) = &traced.ingredients else {
        return view;
    };
    let sender = match (&parts.sender, parts.is_named) {
        (Some(number), _) => number.to_string(),
        (None, true) => "name".to_owned(),
        (None, false) => "none".to_owned(),
    };
    let chat = parts.numbers.as_ref();
    let chat = chat.map(|(one, other)| format!("{one} and {other}"));
    let (path, line) = &parts.origin;
    IdentityView {
        kind: "derived",
        chat: chat.or_else(|| Some("group".to_owned())),
        group_key: parts.group_key.clone(),
        sender: Some(sender),
        minute: Some(output_time(parts.minute * 60_000)),
        class: Some(parts.class.clone()),
        ordinal: parts.ordinal,
        origin: Some(format!("{path}:{line}")),
        ..view
    }
}

/// The counterpart of a message in the checkpoint, or in Close's list.
pub(super) fn paired(
    traced: Option<&Traced>,
    planned: Option<&Planned>,
    rows: &[MessageRow],
    snapshot: Option<&Snapshot>,
) -> Option<PairedView> {
    let traced = traced?;
    let activity = planned.and_then(|planned| activity_of(&planned.action));
    let row = (rows.iter())
        .find(|row| row.activity_id.as_ref().map(|id| id.as_str()) == activity)
        .or(rows.last());
    let id = planned.map_or(&traced.external_id, |planned| &planned.message.external_id);
    let with = match (row, activity) {
        (Some(_), _) => "recorded",
        (None, Some(_)) => "listed",
        (None, None) => return None,
    };
    Some(PairedView {
        with,
        external_id: id.to_string(),
        activity_id: activity.map(str::to_owned),
        by: evidence(traced, planned, row, (id, snapshot)),
        difference_ms: row.map(|row| traced.activity_at.timestamp_millis() - row.activity_at),
    })
}

fn evidence(
    traced: &Traced,
    planned: Option<&Planned>,
    row: Option<&MessageRow>,
    (id, snapshot): (&ExternalId, Option<&Snapshot>),
) -> &'static str {
    if traced.external_id == *id {
        return "id";
    }
    let is_recognized = planned
        .and_then(|planned| planned.message.ids.as_ref())
        .is_some_and(|ids| ids.recognized);
    let is_alias = |snapshot: &Snapshot, row: &MessageRow| {
        let aliases = snapshot.aliases_of_message(row.id).unwrap_or_default();
        aliases
            .iter()
            .any(|alias| traced.native_ids.contains(alias))
    };
    let has_alias = row
        .zip(snapshot)
        .is_some_and(|(row, snapshot)| is_alias(snapshot, row));
    if is_recognized || has_alias || traced.native_ids.contains(id) {
        return "alternate_id";
    }
    let content = planned.and_then(|planned| planned.message.evidence.content);
    let own = content.zip(snapshot).map(|(body, snapshot)| {
        let text = data_encoding::HEXLOWER.encode(&body);
        fingerprint::keyed(&snapshot.key(), "content", &text)
    });
    match own.is_some() && own == row.and_then(|row| row.content) {
        true => "content",
        false => "position",
    }
}

/// What happens to a message that is not planned: its deletion, a rule leaves it out, or its chat is not imported.
pub(super) fn next_of_traced(traced: &Traced, id: &ExternalId, chat: &PlannedChat) -> NextView {
    let deletion = next::of_deletion(chat, id);
    deletion.unwrap_or_else(|| match traced.rule {
        Some(rule) => next::of_rule(rule),
        None => next::of_standing(&chat.chat.standing),
    })
}
