//! What a body is: text, a file, a marker, a call, a place, a notice.
//!
//! iPhone writes a mark (U+200E or U+200F) in front of nearly every text of its own, so there a
//! phrase counts only after a mark; Android writes none, so there the phrase alone counts
//! (`whatsapp-export-format.md`, fact 3 and section 4).

use std::borrow::Cow;

use super::marks;
use super::media;
use super::pattern::Letters;
use super::words::{self, Notice, Whole, words};
use crate::chat::{Extra, Kind, MediaKind, Platform};
use crate::parser::MediaIndex;

/// A body, understood.
#[derive(Debug)]
pub(super) struct Body<'t> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'t, str>,
    pub(super) edited: bool,
    pub(super) extra: Option<Box<Extra<'t>>>,
    /// The owner of the phone is the sender: the phrase says "you".
    pub(super) by_owner: bool,
    /// A text after a mark, or a marker, that no word list knows.
    pub(super) unknown: bool,
}

impl<'t> Body<'t> {
    fn plain(kind: Kind, text: Cow<'t, str>) -> Self {
        Body {
            kind,
            text,
            edited: false,
            extra: None,
            by_owner: false,
            unknown: false,
        }
    }
}

/// Reads the body of a message that has a sender. `body` has no line end at its end, and lines
/// in it are joined by `\n`.
pub(super) fn read<'t>(body: &'t str, platform: Platform, index: &MediaIndex) -> Body<'t> {
    let (body, edited) = strip_edited(body);
    let mut read = read_unedited(body, platform, index);
    read.edited = edited;
    read
}

fn read_unedited<'t>(body: &'t str, platform: Platform, index: &MediaIndex) -> Body<'t> {
    let marked = body.starts_with(marks::is_sign);
    let bare = marks::trim_start(body);
    // Android has no marks to demand; on iPhone a phrase without one was typed.
    let trusted = marked || platform != Platform::Ios;
    if bare.trim().is_empty() || (platform == Platform::Android && bare == "null") {
        return Body::plain(Kind::Unsupported, Cow::Borrowed(bare.trim()));
    }
    let found = match platform {
        Platform::Ios => media::markers(body, index),
        Platform::Android | Platform::Web => media::lines(bare, index),
    };
    if let Some(found) = found {
        return attached(found);
    }
    if platform == Platform::Ios
        && let Some(omitted) = omitted_marked(body)
    {
        return omitted;
    }
    let (first, rest) = match bare.split_once('\n') {
        Some((first, rest)) => (first, Some(rest)),
        None => (bare, None),
    };
    if trusted && let Some(whole) = whole(first, rest, marked) {
        return whole;
    }
    if trusted
        && rest.is_none()
        // Looked for first: it is rare, and the patterns of sixty languages are not.
        && memchr::memmem::find(bare.as_bytes(), b"://").is_some()
        && words()
            .location
            .iter()
            .any(|p| p.capture(bare).is_some_and(is_url))
    {
        return Body::plain(Kind::Location, marks::without(bare));
    }
    if let Some(rest) = rest
        && let Some(kind) = titled(first, rest)
    {
        return Body::plain(kind, marks::without(body));
    }
    let (text, mentions) = marks::body(body);
    let mut text = Body::plain(Kind::Text, text);
    if !mentions.is_empty() {
        text.extra = Some(Box::new(Extra {
            mentions,
            ..Extra::default()
        }));
    }
    text.unknown = platform == Platform::Ios && ends_with_unknown_marker(body);
    text
}

fn attached(found: media::Found<'_>) -> Body<'_> {
    let only_cards = found
        .attachments
        .iter()
        .all(|a| a.media == MediaKind::Contact);
    let kind = if only_cards {
        Kind::Contact
    } else {
        Kind::Media
    };
    let text = match found.caption {
        Cow::Borrowed(text) => caption(text),
        Cow::Owned(text) => Cow::Owned(caption(&text).into_owned()),
    };
    let extra = Extra {
        attachments: found.attachments,
        ..Extra::default()
    };
    Body {
        extra: Some(Box::new(extra)),
        ..Body::plain(kind, text)
    }
}

fn caption(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(|c: char| marks::is_sign(c) || c.is_whitespace());
    // Captions have no part in a message's identity, so their mentions need no ranges.
    marks::body(text.trim_start_matches('\n')).0
}

/// A body that ends with a mark and `image omitted`; the caption or title stands before it.
fn omitted_marked(body: &str) -> Option<Body<'_>> {
    let at = body.rfind(marks::is_sign)?;
    let marker = words::fold(&body[at..]);
    let (_, media) = words()
        .omitted_marked
        .iter()
        .find(|(phrase, _)| *phrase == marker)?;
    let kind = if *media == MediaKind::Contact {
        Kind::Contact
    } else {
        Kind::MediaOmitted
    };
    let extra = Extra {
        omitted: Some(*media),
        ..Extra::default()
    };
    Some(Body {
        extra: Some(Box::new(extra)),
        ..Body::plain(kind, title(caption(&body[..at])))
    })
}

/// The title of a document without the mark that WhatsApp puts before the number of its pages.
fn title(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.find('\u{2022}') {
        Some(at) if text[at..].contains(marks::is_sign) => {
            Cow::Owned(marks::without(&text).into_owned())
        }
        _ => text,
    }
}

fn whole<'t>(first: &'t str, rest: Option<&'t str>, marked: bool) -> Option<Body<'t>> {
    let meaning = words().whole(first)?;
    if let Whole::OmittedLine(media) = meaning {
        let extra = media.map(|media| {
            Box::new(Extra {
                omitted: Some(media),
                ..Extra::default()
            })
        });
        return Some(Body {
            extra,
            ..Body::plain(Kind::MediaOmitted, caption(rest.unwrap_or("")))
        });
    }
    if rest.is_some_and(|rest| !rest.trim().is_empty()) || (meaning == Whole::CallMarked && !marked)
    {
        return None;
    }
    let kind = match meaning {
        Whole::Deleted | Whole::DeletedByOwner => Kind::Deleted,
        Whole::ViewOnce => Kind::ViewOnce,
        Whole::Waiting => Kind::Waiting,
        Whole::LiveLocation => Kind::LiveLocation,
        Whole::Call | Whole::CallMarked => Kind::Call,
        Whole::OmittedLine(_) => return None,
    };
    let mut body = Body::plain(kind, marks::without(first));
    body.by_owner = meaning == Whole::DeletedByOwner;
    Some(body)
}

/// True for a line that WhatsApp itself writes behind a name, and nobody behind a word of theirs.
pub(super) fn is_by_whatsapp(line: &str, platform: Platform) -> bool {
    match platform {
        Platform::Ios => line.starts_with(marks::is_sign),
        Platform::Android | Platform::Web => {
            let line = line.trim_end();
            words()
                .attached_line
                .iter()
                .any(|p| p.capture(line).is_some())
                || words().whole(line).is_some()
        }
    }
}

/// Polls and events: a first line of their own, and lines of a known form after it.
fn titled(first: &str, rest: &str) -> Option<Kind> {
    let any = |patterns: &[super::pattern::Pattern]| {
        rest.lines()
            .any(|line| patterns.iter().any(|p| p.matches(line)))
    };
    if first.ends_with(':')
        && words().poll.contains(&words::fold(first))
        && any(&words().poll_option)
    {
        return Some(Kind::Poll);
    }
    if first.contains(": ")
        && words().event.iter().any(|p| p.matches(first))
        && any(&words().event_field)
    {
        return Some(Kind::Event);
    }
    None
}

fn is_url(text: &str) -> bool {
    let text = marks::trim_start(text);
    text.starts_with("https://") || text.starts_with("http://")
}

/// The body without `<This message was edited>` at its end, and whether it was there.
fn strip_edited(body: &str) -> (&str, bool) {
    let end = body.trim_end();
    if !end.ends_with('>') {
        return (body, false);
    }
    let Some(at) = end.rfind('<') else {
        return (body, false);
    };
    // The full stop, where a language has one, stands inside the brackets.
    let marker = words::fold(&end[at..]);
    let bare = words::fold(marker.trim_end_matches('>'));
    let known = words()
        .edited
        .iter()
        .any(|known| *known == marker || words::fold(known.trim_end_matches('>')) == bare);
    if !known {
        return (body, false);
    }
    let kept = end[..at].trim_end_matches(|c: char| marks::is_mark(c) || c == ' ' || c == '\n');
    (kept, true)
}

/// A body that ends with a mark and `<…>` that is no file and no known marker.
fn ends_with_unknown_marker(body: &str) -> bool {
    let end = body.trim_end();
    end.ends_with('>')
        && end
            .rfind('<')
            .is_some_and(|at| at > 0 && end[..at].ends_with(marks::is_sign))
}

/// What a whole line without a sender, or an iPhone body after a mark, says as a notice.
pub(super) fn notice(text: &str) -> Option<Notice> {
    let folded = words::fold(text.lines().next().unwrap_or(text));
    let letters = Letters::of(&folded);
    words()
        .notices
        .iter()
        .find(|(p, _)| letters.allow(p) && p.matches_folded(&folded))
        .map(|(_, notice)| *notice)
}

/// True when `text` is a notice whose own words begin before its first `: `, so that what stands
/// before the colon is no sender: `You changed the subject from "A: B" to "C"`.
pub(super) fn notice_around_colon(text: &str) -> Option<Notice> {
    let folded = words::fold(text.lines().next().unwrap_or(text));
    let colon = folded.find(": ")?;
    let letters = Letters::of(&folded);
    words()
        .notices
        .iter()
        .find(|(p, _)| {
            letters.allow(p) && p.begins_before(&folded, colon) && p.matches_folded(&folded)
        })
        .map(|(_, notice)| *notice)
}
