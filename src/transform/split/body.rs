//! Readings of a body. The inverse of [`crate::transform::markdown`].

use super::Body;
use super::files::{absent, named, omitted};
use crate::chat::MediaKind;
use crate::transform::phrases::{
    CARD, DELETED, EVENT, LIVE_LOCATION, NOT_SHOWN, OPTION, POLL, VIEW_ONCE, WAITING,
};

/// Every body that a text can be, the most probable first. `files` is the number of attached files.
pub(super) fn bodies(text: &str, files: usize) -> Vec<Body<'_>> {
    match files {
        0 => unattached(text),
        files => with_files(text, files),
    }
}

/// The text of an activity with attachments: of files or cards.
fn with_files(text: &str, files: usize) -> Vec<Body<'_>> {
    let mut bodies = Vec::new();
    let named = named(text);
    if named == Some(files) {
        bodies.push(uncaptioned());
    }
    // Deleted by its sender while the attachments stayed.
    bodies.extend(phrase(text));
    bodies.extend(is_card(text).then_some(Body::Card(text)));
    bodies.extend(captioned(text));
    // A person removed or added an attachment in Close.
    if named.is_some_and(|named| named != files) {
        bodies.push(uncaptioned());
    }
    bodies
}

/// The text of an activity without attachments.
fn unattached(text: &str) -> Vec<Body<'_>> {
    let mut bodies: Vec<Body<'_>> = phrase(text).into_iter().collect();
    bodies.extend(is_card(text).then_some(Body::Card(text)));
    if let Some((media, caption)) = omitted(text) {
        bodies.push(Body::Omitted { media, caption });
    }
    if named(text).is_some() {
        bodies.push(uncaptioned());
    }
    bodies.extend(captioned(text).filter(|body| match body {
        Body::Files { absent, .. } => !absent.is_empty(),
        _ => true,
    }));
    bodies.extend(poll(text));
    bodies.extend(event(text));
    let location = location(text);
    bodies.extend((location == Some(IsCertain(true))).then_some(Body::Location(text)));
    bodies.push(Body::Text(text));
    bodies.extend((location == Some(IsCertain(false))).then_some(Body::Location(text)));
    if let Some(inner) = in_brackets(text) {
        bodies.extend([Body::Call(inner), Body::Notice(inner)]);
    }
    bodies
}

/// Attached files without a caption, whose kinds the text names.
fn uncaptioned<'t>() -> Body<'t> {
    Body::Files {
        caption: "",
        absent: Vec::new(),
    }
}

/// A caption, and placeholders of absent files.
fn captioned(text: &str) -> impl Iterator<Item = Body<'_>> {
    let all = absent(text).into_iter();
    all.map(|(caption, absent)| Body::Files { caption, absent })
}

/// Phrases that are the whole text; before that of a view-once file there may be a caption.
fn phrase(text: &str) -> Option<Body<'_>> {
    if let Some(before) = text.strip_suffix(VIEW_ONCE) {
        let caption = match before {
            "" => "",
            before => before.strip_suffix('\n')?,
        };
        return Some(Body::ViewOnce { caption });
    }
    Some(match text {
        DELETED => Body::Deleted,
        LIVE_LOCATION => Body::LiveLocation,
        WAITING => Body::Waiting,
        _ => {
            let words = in_brackets(text)?.strip_prefix(NOT_SHOWN)?;
            match words {
                "" => Body::Unsupported(None),
                words => Body::Unsupported(Some(words.strip_prefix(": ")?)),
            }
        }
    })
}

fn in_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

/// Whether a text is a card with its contents; or a caption, placeholders for cards, and placeholders for
/// absent ones.
fn is_card(text: &str) -> bool {
    let first = text.split('\n').next().unwrap_or(text);
    if first.starts_with(CARD) && first.ends_with(']') {
        return true;
    }
    // A name may contain a line break, so a card's line ends at every closing bracket.
    let has_card = |before: &str| {
        let mut found = before.match_indices(CARD).map(|(at, _)| at);
        found.any(|at| at == 0 || before[..at].ends_with('\n'))
    };
    let is_left_out =
        |before: &str| omitted(before).is_some_and(|(media, _)| media == Some(MediaKind::Contact));
    (absent(text).into_iter())
        .any(|(before, _)| before.ends_with(']') && (has_card(before) || is_left_out(before)))
}

fn poll(text: &str) -> Option<Body<'_>> {
    let (first, options) = text.split_once('\n').unwrap_or((text, ""));
    let question = first.strip_prefix(POLL)?.strip_suffix('*')?;
    let mut lines = options.split('\n');
    let is_poll = options.is_empty() || lines.all(|line| line.starts_with(OPTION));
    is_poll.then_some(Body::Poll { question, options })
}

fn event(text: &str) -> Option<Body<'_>> {
    let (first, fields) = text.split_once('\n').unwrap_or((text, ""));
    let title = first.strip_prefix(EVENT)?.strip_suffix('*')?;
    let mut lines = fields.split('\n');
    let is_event = fields.is_empty() || lines.all(|line| line.contains(": "));
    is_event.then_some(Body::Event { title, fields })
}

/// Whether a person would not type such a text.
#[derive(Debug, PartialEq, Eq)]
struct IsCertain(bool);

/// A location has the text of its export: a URL at the end, mostly of a map, or two coordinates (observed).
/// People share links to locations too.
fn location(text: &str) -> Option<IsCertain> {
    const MAP: &str = "https://maps.google.com/?q=";
    let last = text.rsplit('\n').next().unwrap_or(text);
    let word = last.rsplit(char::is_whitespace).next().unwrap_or(last);
    if word.starts_with(MAP) {
        return Some(IsCertain(true));
    }
    if word.contains("://") {
        return Some(IsCertain(false));
    }
    let (_, numbers) = last.rsplit_once(": ")?;
    let (latitude, longitude) = numbers.split_once(',')?;
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    (is_number(latitude) && is_number(longitude)).then_some(IsCertain(true))
}
