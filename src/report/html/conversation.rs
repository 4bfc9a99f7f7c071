//! The report of one conversation, written day by day: no more than one section of it is in memory as HTML.

use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;

use super::markup::{self, Line};
use super::policy::policy;
use super::text::{clean, counted, grouped, phone};
use crate::app::{Bubble, BubbleState, Conversation, Entry, Omitted};
use crate::quantity::bytes;
use crate::report::without_file::without_file;
use crate::transform::desired::File;

/// The most messages of one section: browsers lay out a section as a whole.
const SECTION: usize = 200;

#[derive(Template)]
#[template(path = "report/conversation_head.html")]
struct Head {
    policy: String,
    title: String,
    name: String,
    grade: &'static str,
    verdict: String,
    device: String,
    dates: String,
    zone: &'static str,
    made_at: String,
    other_server: Option<String>,
    lead_url: Option<String>,
    sum: String,
}

#[derive(Template)]
#[template(path = "report/conversation_day.html")]
struct Day<'c> {
    day: String,
    items: Vec<Item<'c>>,
}

#[derive(Template)]
#[template(path = "report/conversation_foot.html")]
struct Foot;

enum Item<'c> {
    Omitted(OmittedView),
    Bubble(Box<BubbleView<'c>>),
}

struct OmittedView {
    time: String,
    why: String,
    place: String,
}

struct BubbleView<'c> {
    outgoing: bool,
    /// `None` where the text begins with the name, as in a group.
    sender: Option<String>,
    time: String,
    reply: Option<ReplyView>,
    images: Vec<ImageView>,
    files: Vec<FileView>,
    lines: Vec<Line<'c>>,
    reactions: String,
    edited: bool,
    grade: &'static str,
    state: String,
    lead_url: Option<&'c str>,
    activity_id: Option<&'c str>,
}

struct ReplyView {
    sender: String,
    words: String,
}

struct ImageView {
    name: String,
    media_type: &'static str,
    base64: String,
}

struct FileView {
    name: String,
    size: String,
}

/// Writes the report of one conversation as an HTML file without scripts.
///
/// # Errors
///
/// Those of `to`; a message that would be missing in the report, which is a bug.
pub(crate) fn write_conversation(
    conversation: &Conversation,
    to: &mut dyn Write,
) -> io::Result<()> {
    (head(conversation).write_into(to)).map_err(io::Error::other)?;
    let mut written = 0;
    let mut from = 0;
    let mut former = None;
    while let Some(first) = conversation.entries.get(from) {
        let day = conversation.at(first).date_naive();
        let rest = &conversation.entries[from..];
        let of_day = (rest.iter().take(SECTION))
            .take_while(|entry| conversation.at(entry).date_naive() == day);
        let entries = &rest[..of_day.count()];
        let section = Day {
            day: title(day, former == Some(day)),
            items: entries
                .iter()
                .filter_map(|entry| item(conversation, entry))
                .collect(),
        };
        written += section.items.len();
        (section.write_into(to)).map_err(io::Error::other)?;
        former = Some(day);
        from += entries.len();
    }
    if written != conversation.entries.len() {
        return Err(io::Error::other(
            "a message of the conversation is missing in the report; this is a bug in chatferry",
        ));
    }
    (Foot.write_into(to)).map_err(io::Error::other)
}

fn head(conversation: &Conversation) -> Head {
    let name = clean(conversation.name());
    let sums = &conversation.sums;
    let omitted = conversation.entries.len() as u64 - conversation.bubbles();
    let ends = (conversation.entries.first()).zip(conversation.entries.last());
    let day = |entry: &Entry| conversation.at(entry).format("%Y-%m-%d").to_string();
    let (grade, verdict) = verdict(conversation);
    Head {
        policy: policy(),
        title: format!("{name}: WhatsApp conversation"),
        name,
        grade,
        verdict,
        device: phone(conversation.device()),
        dates: ends.map_or_else(
            || "no message".to_owned(),
            |(first, last)| format!("{} to {}", day(first), day(last)),
        ),
        zone: (conversation.entries.first())
            .map_or("UTC", |entry| conversation.at(entry).timezone().name()),
        made_at: format!("{} UTC", conversation.made_at.format("%Y-%m-%d %H:%M")),
        other_server: conversation.other_server.as_deref().map(clean),
        lead_url: conversation.lead_url.clone(),
        sum: format!(
            "{} in {}: {} here, {} left out or held and shown in their place, {} found again in another archive or part of another message.",
            counted(conversation.messages, "message"),
            counted(sums.archives, "archive"),
            grouped(conversation.bubbles()),
            grouped(omitted),
            grouped(conversation.copies),
        ),
    }
}

fn verdict(conversation: &Conversation) -> (&'static str, String) {
    let sums = &conversation.sums;
    if let Some(held) = &conversation.held {
        return ("wait", format!("This chat is held: {}.", clean(held)));
    }
    let parts = [
        (sums.removed, "removed there since"),
        (sums.to_change, "to change"),
        (sums.to_post, "to post"),
        (sums.failed, "failed"),
        (sums.unknown, "with an unknown outcome"),
        (sums.undecided, "undecided"),
    ];
    let mut parts: Vec<String> = (parts.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", grouped(*number)))
        .collect();
    let lacking = conversation.without_file;
    if lacking > 0 {
        parts.push(format!("{} {}", grouped(lacking), without_file(lacking)));
    }
    let first = format!(
        "{} of {} that belong in Close are recorded there",
        grouped(sums.in_close + sums.removed),
        counted(sums.desired(), "message")
    );
    match parts.as_slice() {
        [] => ("", format!("{first}.")),
        parts => {
            let is_bad = sums.failed + sums.unknown > 0;
            (
                if is_bad { "bad" } else { "wait" },
                format!("{first}; {}.", parts.join(", ")),
            )
        }
    }
}

fn title(day: NaiveDate, is_continued: bool) -> String {
    let weekday = day.weekday();
    let continued = if is_continued { ", continued" } else { "" };
    format!("{weekday}, {}{continued}", day.format("%Y-%m-%d"))
}

fn item<'c>(conversation: &'c Conversation, entry: &Entry) -> Option<Item<'c>> {
    let at = conversation.at(entry);
    let omitted = match entry.message {
        Ok(index) => {
            let bubble = conversation.bubble(index)?;
            return Some(Item::Bubble(Box::new(view(conversation, bubble, at))));
        }
        Err(omitted) => omitted,
    };
    let (archive, line) = conversation.place(entry);
    Some(Item::Omitted(OmittedView {
        time: time(at),
        why: match omitted {
            Omitted::Rule(rule) => format!("left out: {}", rule.describe()),
            Omitted::Held => "held".to_owned(),
        },
        place: format!("{}:{line}", clean(archive)),
    }))
}

fn view<'c>(
    conversation: &'c Conversation,
    bubble: Bubble<'c>,
    at: DateTime<Tz>,
) -> BubbleView<'c> {
    let sender = |name: &str, side: &str| match name {
        "" => side.to_owned(),
        name => clean(name),
    };
    let (mut images, mut files) = (Vec::new(), Vec::new());
    for file in bubble.files {
        match conversation.image(file) {
            Some(image) => images.push(ImageView {
                name: clean(file.name.reveal()),
                media_type: image.media_type,
                base64: STANDARD.encode(&image.bytes),
            }),
            None => files.push(file_view(file)),
        }
    }
    let is_on_lead = matches!(bubble.state, BubbleState::InClose | BubbleState::ToChange);
    let (grade, state) = state(bubble.state);
    let reactions: Vec<String> = (bubble.reactions.iter())
        .map(|(sign, number)| match number {
            1 => clean(sign),
            number => format!("{} {number}", clean(sign)),
        })
        .collect();
    BubbleView {
        outgoing: bubble.outgoing,
        sender: (!bubble.has_name_line).then(|| {
            let side = if bubble.outgoing { "Owner" } else { "Contact" };
            sender(bubble.sender, side)
        }),
        time: time(at),
        reply: bubble.reply.map(|reply| ReplyView {
            words: clean(
                reply
                    .words
                    .as_deref()
                    .unwrap_or("a message of another chat"),
            ),
            sender: clean(reply.sender),
        }),
        images,
        files,
        lines: markup::lines(bubble.text),
        reactions: reactions.join(", "),
        edited: bubble.edited,
        grade,
        state,
        lead_url: conversation.lead_url.as_deref().filter(|_| is_on_lead),
        activity_id: bubble.activity_id.map(|id| id.as_str()),
    }
}

fn file_view(file: &File) -> FileView {
    FileView {
        name: clean(file.name.reveal()),
        size: bytes(file.size),
    }
}

fn time(at: DateTime<Tz>) -> String {
    at.format("%H:%M").to_string()
}

fn state(state: BubbleState) -> (&'static str, String) {
    let (grade, text) = match state {
        BubbleState::InClose => ("in", "in Close"),
        BubbleState::ToChange => ("wait", "in Close, to be changed"),
        BubbleState::ToMove => ("wait", "in Close on another lead"),
        BubbleState::ToPost => ("wait", "to post"),
        BubbleState::Failed => ("bad", "failed"),
        BubbleState::Unknown => ("bad", "outcome unknown"),
        BubbleState::Removed => ("wait", "removed in Close"),
        BubbleState::Undecided(why) => return ("wait", format!("undecided: {}", why.describe())),
    };
    (grade, text.to_owned())
}
