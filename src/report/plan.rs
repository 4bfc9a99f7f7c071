//! A plan as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::chat::Kind;
use crate::plan::{Estimate, Plan, PlannedChat, Totals};
use crate::quantity::{bytes, count, duration};
use crate::transform::desired::{Note, Rule, Standing};

/// The number of lines listed per kind of note.
const SHOWN: usize = 5;

/// The plan as text: chats to import, held and left out, totals, estimate.
pub fn text(plan: &Plan, totals: &Totals, estimate: &Estimate, requests_per_second: f64) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = chats(plan, &mut text);
    let _ = unfinished(totals, &mut text);
    let _ = super::doubts::write(plan, &mut text);
    let _ = notes(plan, &mut text);
    let _ = totals_text(totals, &mut text);
    let _ = deletes(totals, &mut text);
    let _ = upgrade(plan, &mut text);
    let _ = estimate_text(totals, estimate, requests_per_second, &mut text);
    text
}

/// Multi-step operations of earlier runs whose messages no archive has, or not as they were; and links.
fn unfinished(totals: &Totals, text: &mut String) -> std::fmt::Result {
    if totals.unfinished > 0 {
        writeln!(
            text,
            "To finish first: {} to another lead, begun by an earlier run",
            count(totals.unfinished, "move")
        )?;
    }
    if totals.unfinished_links > 0 {
        writeln!(
            text,
            "To finish first: {} of replies, begun by an earlier run",
            count(totals.unfinished_links, "link")
        )?;
    }
    Ok(())
}

fn chats(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let mut ready = (plan.chats.iter().filter(|c| c.destination.is_some())).peekable();
    if ready.peek().is_some() {
        writeln!(text, "To import")?;
    }
    for planned in ready {
        ready_chat(plan, planned, text)?;
    }
    held_chats(plan, text)?;
    left_out_chats(plan, text)
}

/// A chat to import: destination, operations and remarks.
fn ready_chat(plan: &Plan, planned: &PlannedChat, text: &mut String) -> std::fmt::Result {
    let totals = Totals::of_chat(planned);
    let to = planned
        .destination
        .as_ref()
        .map_or("", |to| to.lead_id.as_str());
    writeln!(
        text,
        "  {}: {}  to {to}",
        planned.chat.device, planned.chat.name
    )?;
    let mut parts = operations(planned, &totals);
    parts.extend(unchanged_counts(&totals, plan.is_pilot));
    writeln!(
        text,
        "      {}: {}",
        count(totals.read, "message"),
        parts.join(", ")
    )?;
    remarks(plan, planned, to, text)
}

/// The operations of a chat with their counts.
fn operations(planned: &PlannedChat, totals: &Totals) -> Vec<String> {
    let mut parts = vec![format!("{} to create", totals.create)];
    if totals.update > 0 {
        parts.push(format!(
            "{} to update ({})",
            totals.update,
            reasons(planned)
        ));
    }
    for (number, what) in [
        (
            totals.replace,
            "to replace (on another lead: posted here, then deleted there)",
        ),
        (totals.delete, "to delete (deleted by their senders)"),
        (totals.relink, "older replies to relink"),
        (totals.undecided, "undecided and left alone"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    if totals.begun > 0 {
        parts.push(format!(
            "{} of those begun by an earlier run and finished first",
            totals.begun
        ));
    }
    if totals.files > 0 {
        parts.push(format!(
            "with {} ({})",
            count(totals.files, "file"),
            bytes(totals.bytes)
        ));
    }
    if totals.settle > 0 {
        parts.push(format!("{} of them looked up first", totals.settle));
    }
    if totals.restore > 0 {
        parts.push(format!(
            "{} of them removed in Close and posted again",
            totals.restore
        ));
    }
    parts
}

/// The messages of a chat without operation, with their counts.
fn unchanged_counts(totals: &Totals, is_pilot: bool) -> Vec<String> {
    let mut parts = Vec::new();
    if totals.unchanged > 0 {
        let among: Vec<String> = [
            (totals.adopt, "found in Close"),
            (totals.gone, "removed in Close and not restored"),
        ]
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
        let among = match among.as_slice() {
            [] => String::new(),
            among => format!(" ({})", among.join(", ")),
        };
        parts.push(format!("{} unchanged{among}", totals.unchanged));
    }
    let later = totals.not_selected();
    if later > 0 {
        parts.push(match is_pilot {
            true => format!("{later} later, after the pilot"),
            false => format!("{later} later (--limit)"),
        });
    }
    if totals.skipped() > later {
        parts.push(format!("{} left out", totals.skipped() - later));
    }
    if totals.seen_again > 0 {
        parts.push(format!(
            "{} seen again in another archive",
            totals.seen_again
        ));
    }
    if totals.kept > 0 {
        parts.push(format!(
            "{} in Close that the archives no longer hold",
            totals.kept
        ));
    }
    parts
}

/// Remarks on a chat.
fn remarks(plan: &Plan, planned: &PlannedChat, to: &str, text: &mut String) -> std::fmt::Result {
    if planned.existing > 0 {
        writeln!(
            text,
            "      {} also in Close from another integration",
            count(u64::from(planned.existing), "message")
        )?;
    }
    if planned.duplicates > 0 {
        writeln!(
            text,
            "      {} in Close: the lead has the same message more than once; none is deleted",
            count(u64::from(planned.duplicates), "duplicate")
        )?;
    }
    if planned.repeated_elsewhere > 0 {
        writeln!(
            text,
            "      {} in Close: on a former lead as well, as after an interrupted move; none is deleted",
            count(u64::from(planned.repeated_elsewhere), "duplicate")
        )?;
    }
    super::undecided::write(plan, planned, text)?;
    if let Some(from) = planned.chat.merged_from.first() {
        writeln!(
            text,
            "      its lead {from} was merged into {to} in Close, which is used; set {to} in contacts.csv"
        )?;
    }
    if let Some(shift) = planned.shift {
        writeln!(
            text,
            "      exported in another time zone: its times are {} {} than those imported and are corrected",
            duration(Duration::from_millis(shift.unsigned_abs()).as_secs_f64()),
            if shift > 0 { "later" } else { "earlier" }
        )?;
    }
    if planned.undecided_deletions > 0 {
        writeln!(
            text,
            "      {}: the message in Close could not be determined; left alone",
            count(u64::from(planned.undecided_deletions), "deletion")
        )?;
    }
    deleted_on_other_leads(planned, text)?;
    if planned.chat.ambiguous_times > 0 {
        let times = count(u64::from(planned.chat.ambiguous_times), "time");
        writeln!(
            text,
            "      {times} in the hour that is repeated when clocks are set back: read as the first"
        )?;
    }
    Ok(())
}

fn held_chats(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let mut heading = "Held, until you decide";
    for planned in &plan.chats {
        let Standing::Held(why) = &planned.chat.standing else {
            continue;
        };
        if !heading.is_empty() {
            writeln!(text, "{}", std::mem::take(&mut heading))?;
        }
        let messages = count(u64::from(planned.chat.held()), "message");
        writeln!(
            text,
            "  {}: {} ({messages})",
            planned.chat.device, planned.chat.name
        )?;
        writeln!(text, "      {why}")?;
    }
    Ok(())
}

/// Messages that their senders deleted and that are on a lead other than the chat's.
fn deleted_on_other_leads(planned: &PlannedChat, text: &mut String) -> std::fmt::Result {
    if planned.deleted_on_other_leads.is_empty() {
        return Ok(());
    }
    let locations: Vec<String> = (planned.deleted_on_other_leads.iter().take(SHOWN))
        .map(|(archive, line)| {
            let label = planned.chat.archives.get(*archive as usize);
            format!("{}:{line}", label.map_or("", String::as_str))
        })
        .collect();
    writeln!(
        text,
        "      {}, deleted by its sender since: stays on another lead (deleted_since = \"delete\" deletes it there): {}{}",
        count(planned.deleted_on_other_leads.len() as u64, "message"),
        locations.join(", "),
        more(planned.deleted_on_other_leads.len())
    )
}

fn left_out_chats(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let mut heading = "Left out";
    let mut private = (0u64, 0u64);
    let mut other = (0u64, 0u64);
    for planned in &plan.chats {
        let Standing::LeftOut(rule) = &planned.chat.standing else {
            continue;
        };
        if *rule == Rule::NotSelected {
            other = (other.0 + 1, other.1 + u64::from(planned.chat.read));
            continue;
        }
        if planned.chat.private {
            private = (private.0 + 1, private.1 + u64::from(planned.chat.read));
            continue;
        }
        if !heading.is_empty() {
            writeln!(text, "{}", std::mem::take(&mut heading))?;
        }
        let messages = count(u64::from(planned.chat.read), "message");
        writeln!(
            text,
            "  {}: {} ({messages}, {}): {}",
            planned.chat.device,
            planned.chat.name,
            rule.word(),
            rule.describe()
        )?;
    }
    if private.0 > 0 {
        if !heading.is_empty() {
            writeln!(text, "{heading}")?;
        }
        writeln!(
            text,
            "  {} ({})",
            count(private.0, "private chat"),
            count(private.1, "message")
        )?;
    }
    if other.0 > 0 {
        writeln!(
            text,
            "Not selected: {} ({})",
            count(other.0, "chat"),
            count(other.1, "message")
        )?;
    }
    Ok(())
}

fn notes(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let mut by_note: BTreeMap<Note, Vec<String>> = BTreeMap::new();
    let to_create = |planned: &&PlannedChat| planned.counts().sends();
    for chat in plan
        .chats
        .iter()
        .filter(to_create)
        .map(|planned| &planned.chat)
        .filter(|chat| !chat.private)
    {
        for (archive, line, note) in &chat.notes {
            let label = chat
                .archives
                .get(*archive as usize)
                .map_or("", String::as_str);
            by_note
                .entry(*note)
                .or_default()
                .push(format!("{label}:{line}"));
        }
    }
    if !by_note.is_empty() {
        writeln!(
            text,
            "To check: imported with a placeholder, or read with doubts"
        )?;
    }
    for (note, locations) in by_note {
        writeln!(
            text,
            "  {}: {}",
            count(locations.len() as u64, "time"),
            note.describe()
        )?;
        writeln!(
            text,
            "      {}{}",
            locations
                .iter()
                .take(SHOWN)
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
            more(locations.len())
        )?;
    }
    Ok(())
}

fn more(locations: usize) -> String {
    if locations > SHOWN {
        format!(" and {} more", locations - SHOWN)
    } else {
        String::new()
    }
}

fn totals_text(totals: &Totals, text: &mut String) -> std::fmt::Result {
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .filter_map(|kind| {
            totals
                .kinds
                .get(kind)
                .map(|n| format!("{n} {}", kind.word()))
        })
        .collect();
    writeln!(text, "Messages")?;
    writeln!(
        text,
        "  {} read = {} distinct + {} seen again",
        totals.read,
        totals.distinct(),
        totals.seen_again
    )?;
    if !kinds.is_empty() {
        writeln!(text, "  by kind: {}", kinds.join(", "))?;
    }
    writeln!(
        text,
        "  {} distinct = {} left out + {} held + {} desired",
        totals.distinct(),
        totals.skipped(),
        totals.held,
        totals.desired
    )?;
    let rules: Vec<String> = totals
        .left_out
        .iter()
        .map(|(rule, n)| format!("{n} {}", rule.word()))
        .collect();
    if !rules.is_empty() {
        writeln!(text, "  left out by rule: {}", rules.join(", "))?;
    }
    writeln!(
        text,
        "  {} desired = {} to create{}{} + {} unchanged{}",
        totals.desired,
        totals.create,
        summand(totals.update, "to update"),
        summand(totals.replace, "to replace"),
        totals.unchanged,
        summand(totals.undecided, "undecided"),
    )
}

/// A summand, or nothing if it is zero.
fn summand(number: u64, what: &str) -> String {
    match number {
        0 => String::new(),
        number => format!(" + {number} {what}"),
    }
}

/// The flag that an import requires for the deletions of a plan.
fn deletes(totals: &Totals, text: &mut String) -> std::fmt::Result {
    match totals.deletes() {
        0 => Ok(()),
        number => writeln!(
            text,
            "Deletes {} in Close; import with `--allow-deletes {number}`",
            count(number, "message")
        ),
    }
}

/// Messages that this version reads differently than the version that imported them.
fn upgrade(plan: &Plan, text: &mut String) -> std::fmt::Result {
    match plan.read_differently() {
        0 => Ok(()),
        number => writeln!(
            text,
            "This version reads {} differently than the one that imported them",
            count(number, "message")
        ),
    }
}

fn estimate_text(
    totals: &Totals,
    estimate: &Estimate,
    requests_per_second: f64,
    text: &mut String,
) -> std::fmt::Result {
    if totals.operations() + totals.adopt == 0 {
        return write!(text, "Nothing to do{}.", why_nothing(totals));
    }
    write!(
        text,
        "About {} and {} ({}), {} at {} requests a second",
        count(estimate.requests, "request"),
        count(estimate.uploads, "upload"),
        bytes(estimate.bytes),
        duration(estimate.seconds),
        requests_per_second,
    )
}

/// The reasons of updates with their counts.
fn reasons(planned: &PlannedChat) -> String {
    let reasons = &planned.counts().reasons;
    let counts: Vec<String> = reasons
        .iter()
        .map(|(reason, n)| format!("{n} {reason}"))
        .collect();
    counts.join(", ")
}

/// Why there is nothing to do, per cause.
fn why_nothing(totals: &Totals) -> String {
    let mut causes = Vec::new();
    let not_selected = totals.not_selected();
    for (number, what) in [
        (totals.unchanged, "already in Close"),
        (totals.undecided, "undecided"),
        (totals.held, "held"),
        (totals.skipped() - not_selected, "left out by rule"),
        (not_selected, "not selected"),
    ] {
        if number > 0 {
            causes.push(format!("{number} {what}"));
        }
    }
    if causes.is_empty() {
        ": no messages were read".to_owned()
    } else {
        format!(": {}", causes.join(", "))
    }
}
