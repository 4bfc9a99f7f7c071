//! The details of a plan: chats to import, held and left out, doubts, totals, cost.

use std::collections::HashMap;
use std::fmt::{Result, Write};

use super::PlanView;
use super::chat_text::chat;
use super::totals_text;
use super::view::{HeldView, LeftBehindView, LeftOut, LeftOutView, Tally, Unfinished};
use crate::quantity::count;

/// The plan with everything that is known of each chat.
pub(super) fn text(view: &PlanView) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_text(view, &mut text);
    text
}

fn write_text(view: &PlanView, text: &mut String) -> Result {
    heading("To import", view.chats.is_empty(), text)?;
    for one in &view.chats {
        chat(view, one, text)?;
    }
    heading("Held, until you decide", view.held.is_empty(), text)?;
    held_chats(&view.held, text)?;
    left_out(&view.left_out, text)?;
    left_behind(&view.left_behind, text)?;
    unfinished(&view.unfinished, text)?;
    let doubts = "Warning: look at these archives first";
    heading(doubts, view.doubts.is_empty(), text)?;
    for doubt in &view.doubts {
        writeln!(text, "  {}: {}", doubt.archive, doubt.text)?;
    }
    let to_check = "To check: imported with a placeholder, or read with doubts";
    heading(to_check, view.to_check.is_empty(), text)?;
    for group in &view.to_check {
        let times = count(group.places.count(), "time");
        writeln!(text, "  {times}: {}", group.why)?;
        writeln!(text, "      {}", group.places.text())?;
    }
    totals_text::write(view, text)
}

/// The heading of a list that is not empty.
fn heading(heading: &str, is_empty: bool, text: &mut String) -> Result {
    match is_empty {
        true => Ok(()),
        false => writeln!(text, "{heading}"),
    }
}

/// Held chats. Those that have one writer in common are listed together, above their one reason.
fn held_chats(all: &[HeldView], text: &mut String) -> Result {
    let mut groups: Vec<Vec<&HeldView>> = Vec::new();
    let mut by_reason: HashMap<&str, usize> = HashMap::new();
    for held in all {
        let known = by_reason.get(held.why.as_str()).copied();
        match known.filter(|_| held.code == "unknown_writer" || held.code == "not_of_this_device") {
            Some(group) => groups[group].push(held),
            None => {
                by_reason.insert(&held.why, groups.len());
                groups.push(vec![held]);
            }
        }
    }
    for group in groups {
        for HeldView {
            device,
            name,
            messages,
            ..
        } in &group
        {
            writeln!(text, "  {device}: {name} ({})", count(*messages, "message"))?;
        }
        writeln!(text, "      {}", group[0].why)?;
    }
    Ok(())
}

fn left_out(left_out: &LeftOut, text: &mut String) -> Result {
    let LeftOut {
        chats,
        private,
        not_selected,
    } = left_out;
    heading("Left out", chats.is_empty() && private.chats == 0, text)?;
    for chat in chats {
        let LeftOutView {
            device,
            name,
            messages,
            rule,
            why,
        } = chat;
        let messages = count(*messages, "message");
        writeln!(text, "  {device}: {name} ({messages}, {rule}): {why}")?;
    }
    let tally = |tally: &Tally, what| {
        let messages = count(tally.messages, "message");
        format!("{} ({messages})", count(tally.chats, what))
    };
    if private.chats > 0 {
        writeln!(text, "  {}", tally(private, "private chat"))?;
    }
    if not_selected.chats > 0 {
        writeln!(text, "Not selected: {}", tally(not_selected, "chat"))?;
    }
    Ok(())
}

fn left_behind(all: &[LeftBehindView], text: &mut String) -> Result {
    heading(
        "In Close, although left out now: they stay until you remove them",
        all.is_empty(),
        text,
    )?;
    for LeftBehindView {
        chat,
        messages,
        why,
        lead,
        examples,
        undo,
    } in all
    {
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let messages = count(*messages, "message");
        writeln!(text, "  {chat}: {messages} on {lead}{why}")?;
        writeln!(text, "      external ids: {examples}")?;
        writeln!(
            text,
            "      `{undo}` shows what a deletion of this lead's messages takes"
        )?;
    }
    Ok(())
}

fn unfinished(unfinished: &Unfinished, text: &mut String) -> Result {
    let Unfinished { moves, links } = *unfinished;
    if moves > 0 {
        let moves = count(moves, "move");
        writeln!(
            text,
            "To finish first: {moves} to another lead, begun by an earlier run"
        )?;
    }
    if links > 0 {
        let links = count(links, "link");
        writeln!(
            text,
            "To finish first: {links} of replies, begun by an earlier run"
        )?;
    }
    Ok(())
}
