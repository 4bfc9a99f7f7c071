//! The output of `inspect`: archives as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::chat::{Chat, DateOrder, Evidence, Kind, LineCount, OddityKind, Platform};
use crate::coded::Coded;
use crate::intake::{self, Failure, NativeArchive, Opened};
use crate::name::name_key;
use crate::native::IdCounts;
use crate::parser::text::is_you;
use crate::quantity::count;
use crate::transform::doubts;

/// Everything that `inspect` shows of one archive; the fields are the JSON keys.
#[derive(Debug, Serialize)]
pub struct View {
    archive: String,
    path: String,
    chat: String,
    name_certain: bool,
    /// The contact's number, where the archive contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The number of archives of this chat, this one included; an import merges them.
    archives_of_chat: usize,
    platform: Platform,
    format: String,
    /// Null for native archives, whose times are instants.
    date_order: Option<DateOrder>,
    date_order_settled: bool,
    /// What to do if the date order is not settled.
    #[serde(skip)]
    remedy: &'static str,
    date_order_evidence: String,
    group: bool,
    first: Option<String>,
    last: Option<String>,
    lines: LineCount,
    messages: usize,
    /// How many messages have native ids, where the archive has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<IdCounts>,
    /// Number of reactions.
    #[serde(skip_serializing_if = "is_zero")]
    reactions: usize,
    kinds: BTreeMap<&'static str, u32>,
    participants: Vec<Sender>,
    owner_hint: Option<String>,
    media: Media,
    /// The files of `media.missing` by name.
    missing: Vec<String>,
    oddities: Vec<OddityView>,
    doubts: Vec<DoubtView>,
}

/// A doubt about the archive as a whole, or a remark on its container.
#[derive(Debug, Serialize)]
struct DoubtView {
    code: &'static str,
    says: String,
}

#[derive(Debug, Serialize)]
struct Sender {
    name: String,
    messages: u32,
    unsaved: bool,
}

/// Counts of files that messages name or that are in the archive.
#[derive(Debug, Default, Serialize)]
struct Media {
    present: u32,
    missing: u32,
    omitted: u32,
    /// Files in the archive that no message names.
    unused: u32,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct OddityView {
    code: &'static str,
    says: &'static str,
    /// Whether `--strict` ignores it.
    harmless: bool,
    lines: Vec<u32>,
    count: usize,
}

/// The number of lines listed per kind of oddity, and of missing files.
const SHOWN: usize = 5;

impl View {
    /// The view of one archive.
    pub fn new(opened: &Opened, chat: &Chat<'_>) -> Self {
        let times = || chat.messages.iter().map(|m| m.local_time);
        let stamp = |t: chrono::NaiveDateTime| t.format("%Y-%m-%d %H:%M").to_string();
        View {
            archive: opened.label.clone(),
            path: opened.path.display().to_string(),
            chat: opened.chat_name().to_owned(),
            name_certain: opened.name.certain,
            phone: opened.native.as_ref().and_then(|chat| chat.phone.clone()),
            archives_of_chat: 1,
            platform: chat.platform,
            format: chat.format.pattern.clone(),
            date_order: (!chat.platform.is_native()).then_some(chat.format.date_order),
            date_order_settled: chat.format.evidence.is_settled(),
            date_order_evidence: evidence(chat),
            remedy: remedy(chat),
            group: chat.group_notices > 0 || chat.participants.len() > 2,
            first: times().min().map(stamp),
            last: times().max().map(stamp),
            lines: chat.lines,
            messages: chat.messages.len(),
            ids: opened.native.as_ref().map(|chat| chat.ids()),
            reactions: chat.messages.iter().map(|m| m.reactions().len()).sum(),
            kinds: kinds(chat),
            participants: chat
                .participants
                .iter()
                .map(|p| Sender {
                    name: p.name.to_string(),
                    messages: p.messages,
                    unsaved: p.unsaved,
                })
                .collect(),
            owner_hint: chat
                .owner
                .map(|at| chat.participants[at as usize].name.to_string()),
            media: media(opened, chat),
            missing: chat
                .messages
                .iter()
                .flat_map(|message| message.attachments())
                .filter(|attachment| attachment.entry.is_none())
                .map(|attachment| attachment.name.to_string())
                .collect(),
            oddities: oddities(chat),
            doubts: doubts::of(
                &opened.name.chat,
                chat,
                doubts::Extent::of(chat, &opened.transcript),
            )
            .into_iter()
            .map(|doubt| DoubtView {
                code: doubt.code(),
                says: doubt.describe(),
            })
            .chain(opened.container.remarks().iter().map(|remark| DoubtView {
                code: remark.code(),
                says: remark.describe(),
            }))
            .chain(files_without_chat(opened))
            .collect(),
        }
    }
}

/// Counts the archives of each chat: equal name and device mean the same chat, as in a plan. `devices`
/// numbers the device of each view.
pub fn count_together(views: &mut [View], devices: &[usize]) {
    let mut counts: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let key = |view: &View, device: &usize| (*device, name_key(&view.chat));
    for (view, device) in views.iter().zip(devices) {
        *counts.entry(key(view, device)).or_insert(0) += 1;
    }
    for (view, device) in views.iter_mut().zip(devices) {
        view.archives_of_chat = counts.get(&key(view, device)).copied().unwrap_or(1);
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn evidence(chat: &Chat<'_>) -> String {
    if chat.platform.is_native() {
        return "the archive contains instants".to_owned();
    }
    match chat.format.evidence {
        Evidence::Shape => "the shape of the dates allows no other".to_owned(),
        Evidence::OverTwelve { count, line } => {
            let dates = crate::quantity::count(u64::from(count), "date");
            format!("{dates} with a number over 12, the first in line {line}")
        }
        Evidence::LineOrder { chosen, other } => {
            format!("in the other order, time would go back {other} times; in this one, {chosen}")
        }
        Evidence::MediaNames { count } => format!("the dates in the names of {count} files"),
        Evidence::ExportDate { count } => {
            let messages = crate::quantity::count(u64::from(count), "message");
            format!("in the other order, {messages} would be later than the date of the zip")
        }
        Evidence::SameDevice { archives: 1 } => {
            "from one other archive of this device; not determined by the file itself".to_owned()
        }
        Evidence::SameDevice { archives } => format!(
            "from {archives} other archives of this device, which agree; not determined by the file itself"
        ),
        Evidence::ExactTimes { count } => {
            format!(
                "a native archive contains {} of the same day",
                crate::quantity::count(u64::from(count), "text")
            )
        }
        Evidence::Configured => "set by you".to_owned(),
        Evidence::Open => "could not be determined from the file".to_owned(),
        Evidence::NoYear => "the month is a word, but the year could not be determined".to_owned(),
    }
}

/// What to do about a date order that is not settled.
fn remedy(chat: &Chat<'_>) -> &'static str {
    match chat.format.evidence {
        Evidence::NoYear => "put the text into a zip whose entry has the date of the export",
        _ => {
            "set date_order = \"dmy\" or \"mdy\" for this device in chatferry.toml (here: --date-order)"
        }
    }
}

/// The number of messages of each kind, by the kind's word.
fn kinds(chat: &Chat<'_>) -> BTreeMap<&'static str, u32> {
    // Compares kinds as words once per kind, not once per message.
    let mut counts: Vec<(Kind, u32)> = Vec::new();
    for message in &chat.messages {
        match counts.iter_mut().find(|(kind, _)| *kind == message.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((message.kind, 1)),
        }
    }
    (counts.into_iter())
        .map(|(kind, count)| (kind.word(), count))
        .collect()
}

fn files_without_chat(opened: &Opened) -> Option<DoubtView> {
    (opened.files_without_chat > 0).then(|| DoubtView {
        code: "archive_elsewhere",
        says: format!(
            "{} of the zip without chat: in folders without a transcript",
            count(u64::from(opened.files_without_chat), "file")
        ),
    })
}

fn media(opened: &Opened, chat: &Chat<'_>) -> Media {
    let mut media = Media::default();
    let mut named = std::collections::BTreeSet::new();
    for message in &chat.messages {
        media.omitted += u32::from(
            message.kind == Kind::MediaOmitted
                || (message.kind == Kind::Contact && message.omitted().is_some()),
        );
        for attachment in message.attachments() {
            match attachment.entry {
                Some(entry) => {
                    media.present += 1;
                    if named.insert(entry) {
                        media.bytes += opened.container.entry(entry).map_or(0, |e| e.size);
                    }
                }
                None => media.missing += 1,
            }
        }
    }
    media.unused = opened
        .media_files()
        .saturating_sub(u32::try_from(named.len()).unwrap_or(u32::MAX));
    media
}

fn oddities(chat: &Chat<'_>) -> Vec<OddityView> {
    let mut by_kind: BTreeMap<OddityKind, Vec<u32>> = BTreeMap::new();
    for oddity in &chat.oddities {
        by_kind.entry(oddity.kind).or_default().push(oddity.line);
    }
    by_kind
        .into_iter()
        .map(|(kind, lines)| OddityView {
            code: kind.code(),
            says: kind.describe(),
            harmless: kind.is_harmless(),
            count: lines.len(),
            lines,
        })
        .collect()
}

/// One JSON object: `{"archives": […], "stores": […], "failures": […]}`. `stores` are native archives, each
/// of which may contain many chats.
///
/// # Errors
///
/// Those of serde; the values are plain, so none is expected.
pub fn json(
    views: &[View],
    stores: &[NativeArchive],
    failures: &[Failure],
) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Store<'a> {
        archive: &'a str,
        path: String,
        kind: &'static str,
        chats: usize,
        ids: IdCounts,
        remarks: &'a [&'static str],
        left_out: BTreeMap<&'static str, u64>,
    }
    #[derive(Serialize)]
    struct Failed<'a> {
        archive: String,
        code: &'a str,
        error: String,
    }
    #[derive(Serialize)]
    struct All<'a> {
        archives: &'a [View],
        #[serde(skip_serializing_if = "Vec::is_empty")]
        stores: Vec<Store<'a>>,
        failures: Vec<Failed<'a>>,
    }
    let failures = failures
        .iter()
        .map(|f| Failed {
            archive: f.label.clone(),
            code: f.error.code(),
            error: f.error.to_string(),
        })
        .collect();
    let stores = stores.iter().map(|store| Store {
        archive: &store.label,
        path: store.path.display().to_string(),
        kind: store.format.word,
        chats: store.chats,
        ids: store.ids,
        remarks: &store.remarks,
        left_out: store.left_out.iter().copied().collect(),
    });
    serde_json::to_string(&All {
        archives: views,
        stores: stores.collect(),
        failures,
    })
}

/// The same as text.
pub fn text(views: &[View], stores: &[NativeArchive], failures: &[Failure]) -> String {
    let mut text = String::new();
    for view in views {
        // Writing to a string does not fail.
        let _ = archive(view, &mut text);
        text.push('\n');
    }
    // A native archive of one chat without remarks is described with its chat.
    let has_more = |store: &&NativeArchive| {
        store.chats != 1 || !store.left_out.is_empty() || !store.remarks.is_empty()
    };
    for store in stores.iter().filter(has_more) {
        let _ = native_archive(store, &mut text);
        text.push('\n');
    }
    let messages: usize = views.iter().map(|v| v.messages).sum();
    let _ = write!(
        text,
        "{} with {} in all",
        count(views.len() as u64, "archive"),
        count(messages as u64, "message")
    );
    let left_out = stores.iter().flat_map(|store| &store.left_out);
    let left_out: u64 = left_out.map(|(_, count)| count).sum();
    if left_out > 0 {
        let _ = write!(text, "; {left_out} left out");
    }
    if !failures.is_empty() {
        let _ = write!(
            text,
            "; {} could not be read",
            count(failures.len() as u64, "archive")
        );
    }
    text
}

/// A native archive that contains several chats, or none.
fn native_archive(store: &NativeArchive, text: &mut String) -> std::fmt::Result {
    writeln!(text, "{}", store.label)?;
    let IdCounts {
        native,
        cut,
        derived,
    } = store.ids;
    writeln!(
        text,
        "  is            {}: {} with {}",
        store.format.description,
        count(store.chats as u64, "chat"),
        count(native + cut + derived, "message")
    )?;
    if store.chats > 0 {
        writeln!(text, "  ids           {}", id_origins(store.ids))?;
    }
    if !store.left_out.is_empty() {
        let each = store.left_out.iter().copied();
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

fn lines(lines: LineCount, text: &mut String) -> std::fmt::Result {
    writeln!(
        text,
        "  lines         {} = {} + {} + {}",
        lines.total,
        count(u64::from(lines.headers), "header"),
        count(u64::from(lines.continuations), "continuation"),
        if lines.oddities == 1 {
            "1 oddity".to_owned()
        } else {
            format!("{} oddities", lines.oddities)
        }
    )
}

fn archive(view: &View, text: &mut String) -> std::fmt::Result {
    format(view, text)?;
    messages(view, text)?;
    people(view, text)?;
    files(view, text)?;
    warnings(view, text)
}

/// Name, kind, dates and lines.
fn format(view: &View, text: &mut String) -> std::fmt::Result {
    writeln!(text, "{}", view.archive)?;
    let doubt = if view.name_certain {
        ""
    } else {
        "  (the full file name, which has no form that WhatsApp uses)"
    };
    writeln!(text, "  chat          {}{doubt}", view.chat)?;
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

fn messages(view: &View, text: &mut String) -> std::fmt::Result {
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .filter_map(|kind| {
            view.kinds
                .get(kind.word())
                .map(|n| format!("{n} {}", kind.word()))
        })
        .collect();
    writeln!(
        text,
        "  messages      {}: {}",
        view.messages,
        kinds.join(", ")
    )?;
    if let Some(ids) = view.ids {
        writeln!(text, "  ids           {}", id_origins(ids))?;
    }
    if view.reactions > 0 {
        writeln!(
            text,
            "  reactions     {}, left out unless reactions = \"text\"",
            view.reactions
        )?;
    }
    Ok(())
}

fn people(view: &View, text: &mut String) -> std::fmt::Result {
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

fn files(view: &View, text: &mut String) -> std::fmt::Result {
    let media = &view.media;
    writeln!(
        text,
        "  files         {} present ({}), {} missing, {} omitted, {} that no message names",
        media.present,
        crate::quantity::bytes(media.bytes),
        media.missing,
        media.omitted,
        media.unused
    )?;
    if !view.missing.is_empty() {
        let names: Vec<&str> = view
            .missing
            .iter()
            .take(SHOWN)
            .map(String::as_str)
            .collect();
        let more = match view.missing.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(text, "  missing       {}{more}", names.join(", "))?;
    }
    Ok(())
}

/// Doubts and oddities.
fn warnings(view: &View, text: &mut String) -> std::fmt::Result {
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
            format!(" and {} more", oddity.count - SHOWN)
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
