//! The text of an [`Explanation`], which is its own view. The last line is what the next import does.

use crate::app::{
    CloseView, Explanation, IdentityView, PairedView, RecordView, RoutingView, SenderView,
    SourceLine,
};
use crate::quantity::{count, duration};

/// The lines of a text that are shown.
const TEXT_LINES: usize = 20;

/// An explanation of one message as text, in sections.
pub(crate) fn text(explanation: &Explanation) -> String {
    if explanation.private {
        return "The message is of a private chat: nothing of it is shown, and nothing of it is imported.".to_owned();
    }
    let mut lines = vec![format!("Message    {}", head(explanation))];
    for line in &explanation.lines {
        source(line, &mut lines);
    }
    lines.extend(explanation.sender.as_ref().map(sender));
    lines.extend(explanation.routing.as_ref().map(routing));
    lines.extend(explanation.identity.as_ref().map(identity));
    lines.extend(explanation.paired.as_ref().map(paired));
    match explanation.records.as_slice() {
        [] => lines.push(match &explanation.no_checkpoint {
            Some(absent) => format!("Recorded   not known: {absent}"),
            None => "Recorded   no".to_owned(),
        }),
        records => records.iter().for_each(|one| record(one, &mut lines)),
    }
    for operation in &explanation.open_operations {
        lines.push(format!(
            "Unfinished {} begun by run {}, last step {}; the next import finishes it first",
            operation.kind, operation.run, operation.step
        ));
    }
    lines.extend(explanation.close.as_ref().map(close));
    lines.push(format!("Next       the import {}", explanation.next.what));
    lines.join("\n")
}

fn head(explanation: &Explanation) -> String {
    let id = match (&explanation.external_id, explanation.lines.first()) {
        (Some(id), _) => id.clone(),
        (None, Some(line)) if line.header_line.is_none() => {
            format!("{}: a line of no message", explanation.asked)
        }
        (None, _) => format!("{}: without an id", explanation.asked),
    };
    match explanation.native_ids.as_slice() {
        [] => id,
        native => format!("{id}, in archives also {}", native.join(", ")),
    }
}

fn source(line: &SourceLine, lines: &mut Vec<String>) {
    let header = match (line.role, line.header_line) {
        ("continuation", Some(header)) => {
            format!(": a continuation of the message at line {header}")
        }
        ("oddity", _) => ": belongs to no message".to_owned(),
        ("record", _) => ": a record".to_owned(),
        _ => String::new(),
    };
    let length = match line.line_count {
        0 | 1 => String::new(),
        number => format!(", {}", count(u64::from(number), "line")),
    };
    lines.push(format!(
        "Read from  {}:{}{header}{length} ({}, {}, chat \"{}\")",
        line.archive, line.line, line.platform, line.device, line.chat
    ));
    let of_message = [
        line.kind.map(str::to_owned),
        line.edited.then(|| "edited".to_owned()),
        line.local_time
            .as_ref()
            .map(|at| format!("{at} on the phone")),
        (line.files > 0).then(|| {
            let files = count(u64::from(line.files), "file");
            format!("{files}, {} in the archive", line.files_present)
        }),
    ];
    let of_message: Vec<String> = of_message.into_iter().flatten().collect();
    if !of_message.is_empty() {
        lines.push(format!("           {}", of_message.join(", ")));
    }
    if let (Some(form), Some(order)) = (&line.form, &line.date_order) {
        let evidence = line.date_order_evidence.as_deref().unwrap_or_default();
        lines.push(format!("           form {form}"));
        lines.push(format!("           date order {order}: {evidence}"));
    } else if let Some(evidence) = &line.date_order_evidence {
        lines.push(format!("           times: {evidence}"));
    }
    if let (Some(by), Some(difference)) = (line.copy_by, line.copy_difference_ms) {
        lines.push(format!(
            "           the same message by {by}{}",
            apart(difference)
        ));
    }
    for odd in &line.oddities {
        lines.push(format!("           line {} {}", odd.line, odd.what));
    }
    if let Some(text) = &line.text {
        let shown = text.lines().take(TEXT_LINES);
        lines.extend(shown.map(|text| format!("           | {text}")));
        if let Some(more @ 1..) = text.lines().count().checked_sub(TEXT_LINES) {
            lines.push(format!(
                "           | and {}",
                count(more as u64, "more line")
            ));
        }
    }
}

/// `, times 2 h apart`; nothing for equal times.
fn apart(difference_ms: i64) -> String {
    match difference_ms {
        0 => String::new(),
        difference => {
            #[expect(clippy::cast_precision_loss, reason = "for display")]
            let seconds = difference.unsigned_abs() as f64 / 1000.0;
            format!(", times {} apart", duration(seconds))
        }
    }
}

fn rows(lines: &[u32]) -> String {
    match lines {
        [] => "no row of contacts.csv".to_owned(),
        lines => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            format!("contacts.csv:{}", lines.join(", "))
        }
    }
}

fn sender(sender: &SenderView) -> String {
    let number = sender.number.as_ref();
    format!(
        "Sender     {}, {}{}; {}",
        sender.name,
        match sender.role {
            "unknown" => "participant",
            role => role,
        },
        number.map_or_else(String::new, |number| format!(", {number}")),
        rows(&sender.contacts_lines)
    )
}

fn routing(routing: &RoutingView) -> String {
    let kind = match routing.group {
        true => "group",
        false => "chat",
    };
    let mut text = format!(
        "Routing    {kind} \"{}\" of {}: {}",
        routing.chat,
        routing.device,
        routing.decision.replace('_', " ")
    );
    if let Some(why) = &routing.why {
        text.push_str(&format!(": {why}"));
    }
    if let Some(lead) = &routing.lead_id {
        let contact = routing.contact_id.as_deref().unwrap_or("no contact");
        let user = routing.user_id.as_deref().unwrap_or("the key's user");
        text.push_str(&format!(", to {lead}, {contact}, as {user}"));
    }
    text.push_str(&format!("; {}", rows(&routing.contacts_lines)));
    if let Some(rule) = routing.message_rule {
        text.push_str(&format!("; rule for this message: {rule}"));
    }
    text
}

fn identity(identity: &IdentityView) -> String {
    let mut text = match (&identity.chat, &identity.minute, &identity.class) {
        (Some(chat), Some(minute), Some(class)) => {
            let ordinal = identity
                .ordinal
                .map_or_else(|| "unknown".to_owned(), |ordinal| ordinal.to_string());
            let chat = match &identity.group_key {
                Some(key) => format!("group key \"{key}\""),
                None => chat.clone(),
            };
            format!(
                "Id         derived from: chat {chat}; sender {}; minute {minute}; class {class} and its content; ordinal {ordinal}",
                identity.sender.as_deref().unwrap_or("none")
            )
        }
        _ => "Id         WhatsApp's own".to_owned(),
    };
    if let Some(origin) = &identity.origin {
        text.push_str(&format!("; from {origin}"));
    }
    if identity.differs_from_record {
        text.push_str(&format!(
            "\n           the archives give it {}; the id of its record stays",
            identity.id
        ));
    }
    text
}

fn paired(paired: &PairedView) -> String {
    let by = match paired.by {
        "id" => "the same external id",
        "alternate_id" => "an alternate id",
        "content" => "content, direction and time",
        _ => "its position between paired messages",
    };
    let with = match paired.with {
        "listed" => "an activity that Close lists",
        _ => "the checkpoint's record",
    };
    format!(
        "Paired     with {with} {}, by {by}{}",
        paired.external_id,
        paired.difference_ms.map_or_else(String::new, apart)
    )
}

fn record(record: &RecordView, lines: &mut Vec<String>) {
    let activity = match &record.activity_id {
        Some(activity) => format!(" as {activity}"),
        None => String::new(),
    };
    lines.push(format!(
        "Recorded   {} on {}{activity}, {}, {}",
        record.state, record.lead_id, record.origin, record.activity_at
    ));
    let runs = [
        ("created", &record.created),
        ("updated", &record.updated),
        ("last recorded", &record.recorded),
    ];
    let runs: Vec<String> = (runs.iter())
        .filter_map(|(what, run)| {
            let run = run.as_ref()?;
            Some(format!("{what} by run {} of {}", run.run, run.started_at))
        })
        .collect();
    let attempts = match record.attempts {
        0 => "no attempt".to_owned(),
        attempts => count(u64::from(attempts), "attempt"),
    };
    lines.push(format!("           {}; {attempts}", runs.join(", ")));
    let others = [
        (record.undone.as_ref()).map(|run| format!("deleted by `undo`, run {}", run.run)),
        record
            .failure
            .as_ref()
            .map(|code| format!("Close rejected it: {code}")),
        (record.refused.as_ref()).map(|code| format!("Close rejected a change of it: {code}")),
        (record.changing).then(|| "an update was sent whose outcome is unknown".to_owned()),
        record.reply_to.as_ref().map(|to| match record.linked {
            true => format!("a reply to {to}, linked"),
            false => format!("a reply to {to}, not linked"),
        }),
        (record.files > 0).then(|| count(u64::from(record.files), "file")),
        (!record.alternate_ids.is_empty())
            .then(|| format!("alternate ids {}", record.alternate_ids.join(", "))),
    ];
    lines.extend((others.into_iter().flatten()).map(|text| format!("           {text}")));
}

fn close(close: &CloseView) -> String {
    let activity = close.activity_id.as_deref().unwrap_or_default();
    let lead = close.lead_id.as_deref().unwrap_or("no lead");
    match (&close.not_compared, close.found) {
        (Some(why), false) => format!("In Close   no: {why} {activity}")
            .trim_end()
            .to_owned(),
        (Some(why), true) => format!("In Close   {activity} on {lead}; not compared: {why}"),
        (None, _) if close.differs.is_empty() => {
            format!("In Close   {activity} on {lead}, as sent")
        }
        (None, _) => format!(
            "In Close   {activity} on {lead}; differs in: {}",
            close.differs.join(", ")
        ),
    }
}
