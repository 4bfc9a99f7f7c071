//! The details of `inspect`: a block per archive.

use std::fmt::{Result, Write};

use super::InspectView;
use super::view::{StoreView, View};
use crate::chat::{Kind, LineCount};
use crate::intake;
use crate::native::IdCounts;
use crate::parser::text::is_you;
use crate::quantity::{bytes, count, number};

/// The number of lines listed per kind of oddity, and of missing files.
const SHOWN: usize = 5;

/// The archives, each with everything that is known of it.
pub(super) fn text(view: &InspectView) -> String {
    let InspectView {
        phones,
        archives,
        stores,
        failures: _,
        devices: _,
    } = view;
    let mut text = String::new();
    for misplaced in phones {
        let _ = writeln!(text, "LOOK  {}", misplaced.says);
    }
    if !phones.is_empty() {
        text.push('\n');
    }
    for view in archives {
        // Writing to a string does not fail.
        let _ = archive(view, &mut text);
        text.push('\n');
    }
    for store in stores.iter().filter(|store| store.has_more()) {
        let _ = native_archive(store, &mut text);
        text.push('\n');
    }
    text
}

/// Format, chats and messages of a native archive.
pub(super) fn describe_native(store: &StoreView) -> String {
    let IdCounts {
        native,
        cut,
        derived,
    } = store.ids;
    format!(
        "{}: {}: {} with {}",
        store.archive,
        store.description,
        count(store.chats as u64, "chat"),
        count(native + cut + derived, "message")
    )
}

/// A native archive that contains several chats, or none.
fn native_archive(store: &StoreView, text: &mut String) -> Result {
    writeln!(text, "{}", store.archive)?;
    let description = describe_native(store);
    let description = description.trim_start_matches(&store.archive);
    writeln!(
        text,
        "  is            {}",
        description.trim_start_matches(": ")
    )?;
    if store.chats > 0 {
        writeln!(text, "  ids           {}", id_origins(store.ids))?;
    }
    if !store.left_out.is_empty() {
        let each = (store.left_out.iter()).map(|(what, count)| (what.as_ref(), *count));
        writeln!(text, "  left out      {}", intake::describe_counts(each))?;
    }
    for remark in &store.remarks {
        writeln!(text, "  LOOK          {remark}")?;
    }
    Ok(())
}

/// The number of messages by the origin of their id.
fn id_origins(ids: IdCounts) -> String {
    let parts = [
        (ids.native, "of WhatsApp's own"),
        (ids.cut, "cut short, so derived in Close"),
        (ids.derived, "derived"),
    ];
    intake::describe_counts(
        parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| (what, count)),
    )
}

fn lines(lines: LineCount, text: &mut String) -> Result {
    writeln!(
        text,
        "  lines         {} = {} + {} + {}",
        number(u64::from(lines.total)),
        count(u64::from(lines.headers), "header"),
        count(u64::from(lines.continuations), "continuation"),
        if lines.oddities == 1 {
            "1 oddity".to_owned()
        } else {
            format!("{} oddities", number(u64::from(lines.oddities)))
        }
    )
}

fn archive(view: &View, text: &mut String) -> Result {
    format(view, text)?;
    messages(view, text)?;
    people(view, text)?;
    files(view, text)?;
    warnings(view, text)
}

/// Name, kind, dates and lines.
fn format(view: &View, text: &mut String) -> Result {
    writeln!(text, "{}", view.archive)?;
    let doubt = if view.name_certain {
        ""
    } else {
        "  (the full file name, which has no form that WhatsApp uses)"
    };
    writeln!(text, "  chat          {}{doubt}", view.chat)?;
    if let Some(device) = &view.device {
        writeln!(text, "  folder        {device}")?;
    }
    if view.archives_of_chat > 1 {
        writeln!(
            text,
            "                {} archives of this chat; an import merges them",
            view.archives_of_chat
        )?;
    }
    if let Some(phone) = &view.phone {
        writeln!(text, "  phone         {phone}")?;
    }
    let kind = if view.group { "a group" } else { "one-to-one" };
    match view.date_order {
        Some(order) => {
            writeln!(
                text,
                "  kind          {kind}, {} export, {}",
                view.platform, view.format
            )?;
            let evidence = &view.date_order_evidence;
            writeln!(text, "  date order    {order}: {evidence}")?;
        }
        None => writeln!(
            text,
            "  kind          {kind}, of {}, {}",
            view.platform, view.format
        )?,
    }
    if !view.date_order_settled {
        writeln!(text, "  HELD          {}", view.remedy)?;
    }
    if let (Some(first), Some(last)) = (&view.first, &view.last) {
        let clock = match view.date_order {
            Some(_) => "the phone's local time",
            None => "UTC",
        };
        writeln!(text, "  from, to      {first}  {last}  ({clock})")?;
    }
    if view.date_order.is_some() {
        lines(view.lines, text)?;
    }
    Ok(())
}

fn messages(view: &View, text: &mut String) -> Result {
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .filter_map(|kind| {
            view.kinds
                .get(kind.word())
                .map(|messages| format!("{} {}", number(u64::from(*messages)), kind.word()))
        })
        .collect();
    writeln!(
        text,
        "  messages      {}: {}",
        number(view.messages as u64),
        kinds.join(", ")
    )?;
    if let Some(ids) = view.ids {
        writeln!(text, "  ids           {}", id_origins(ids))?;
    }
    if view.reactions > 0 {
        writeln!(
            text,
            "  reactions     {}, left out unless reactions = \"text\"",
            number(view.reactions as u64)
        )?;
    }
    Ok(())
}

fn people(view: &View, text: &mut String) -> Result {
    for (index, sender) in view.participants.iter().enumerate() {
        let label = if index == 0 { "participants" } else { "" };
        let unsaved = if sender.unsaved {
            ", not in the address book"
        } else {
            ""
        };
        writeln!(
            text,
            "  {label:<13} {} ({}{unsaved})",
            if sender.name.is_empty() {
                "(without a name)"
            } else {
                &sender.name
            },
            count(u64::from(sender.messages), "message")
        )?;
    }
    if let Some(owner) = &view.owner_hint {
        let by = if view.ids.is_some() {
            "from the archive"
        } else if is_you(owner) {
            "from its name"
        } else {
            "from a WhatsApp phrase with \"you\""
        };
        writeln!(text, "  owner         {owner}, {by}")?;
    }
    Ok(())
}

fn files(view: &View, text: &mut String) -> Result {
    let media = &view.media;
    writeln!(
        text,
        "  files         {} present ({}), {} missing, {} omitted, {} that no message names",
        number(u64::from(media.present)),
        bytes(media.bytes),
        number(u64::from(media.missing)),
        number(u64::from(media.omitted)),
        number(u64::from(media.unused))
    )?;
    names("missing", &view.missing, text)?;
    names("unused", &view.unused, text)
}

/// The first names of a list, and the number of those that follow.
fn names(label: &str, names: &[String], text: &mut String) -> Result {
    if names.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {} more", number(more as u64)),
    };
    writeln!(text, "  {label:<13} {}{more}", shown.join(", "))
}

/// Doubts and oddities.
fn warnings(view: &View, text: &mut String) -> Result {
    for doubt in &view.doubts {
        writeln!(text, "  LOOK          {}", doubt.says)?;
    }
    for oddity in &view.oddities {
        let lines: Vec<String> = oddity
            .lines
            .iter()
            .take(SHOWN)
            .map(u32::to_string)
            .collect();
        let more = if oddity.count > SHOWN {
            format!(" and {} more", number((oddity.count - SHOWN) as u64))
        } else {
            String::new()
        };
        let word = if oddity.count == 1 { "line" } else { "lines" };
        writeln!(
            text,
            "  odd           {word} {}{more}: {}",
            lines.join(", "),
            oddity.says
        )?;
    }
    Ok(())
}
