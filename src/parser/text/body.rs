//! Classification of message bodies: text, file, marker, call, location, notice.
//!
//! iPhone writes a direction mark (U+200E or U+200F) before nearly every text of its own, so there a phrase
//! counts only after a mark. Android writes none, so there the phrase alone counts (observed).

use std::borrow::Cow;

use super::marked;
use super::marks;
use super::media;
use super::phrases::Whole;
use super::plain_text;
use super::words::{self, words};
use crate::chat::{Extra, Kind, MediaKind, Platform};
use crate::parser::MediaIndex;

/// A classified body.
#[derive(Debug)]
pub(super) struct Body<'t> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'t, str>,
    pub(super) edited: bool,
    pub(super) extra: Option<Box<Extra<'t>>>,
    /// Whether the sender is the owner: the phrase contains "you".
    pub(super) by_owner: bool,
    /// Whether it is a text after a mark, or a marker, that is in no word list.
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

/// Classifies the body of a message with a sender. `body` has no line end at its end, and its lines are joined
/// by `\n`.
///
/// `is_line_marked`: WhatsApp's mark comes before the timestamp, as in lines with files.
pub(super) fn read<'t>(
    body: &'t str,
    platform: Platform,
    index: &MediaIndex,
    is_line_marked: bool,
) -> Body<'t> {
    if plain_text::is_plain_text(body, false, platform) {
        return Body::plain(Kind::Text, Cow::Borrowed(body));
    }
    let (body, edited) = strip_edited(body);
    let mut read = read_unedited(body, platform, index, is_line_marked);
    read.edited = edited;
    read
}

fn read_unedited<'t>(
    body: &'t str,
    platform: Platform,
    index: &MediaIndex,
    is_line_marked: bool,
) -> Body<'t> {
    let marked = marks::is_led(body);
    let bare = marks::trim_start(body);
    // Android has no marks to require; on iPhone a phrase without a mark was typed.
    let trusted = marked || platform != Platform::Ios;
    if bare.trim().is_empty() || (platform == Platform::Android && bare == "null") {
        return Body::plain(Kind::Unsupported, Cow::Borrowed(bare.trim()));
    }
    let found = match platform {
        Platform::Ios => media::markers(body, index, is_line_marked),
        _ => media::lines(bare, index),
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
    if trusted && let Some(whole) = whole_body(first, rest, marked) {
        return whole;
    }
    if trusted && rest.is_none() && is_location(bare) {
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

fn attached(found: media::ParsedAttachments<'_>) -> Body<'_> {
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
    let text = text.trim_end_matches(|c: char| marks::is_whatsapp_mark(c) || c.is_whitespace());
    // Captions are not part of a message's identity, so their mentions need no ranges.
    marks::body(text.trim_start_matches('\n')).0
}

/// A body that ends with a mark and `image omitted`, preceded by the caption or title.
fn omitted_marked(body: &str) -> Option<Body<'_>> {
    // Rules out nearly all bodies: they do not contain the first byte of a mark.
    memchr::memrchr(0xe2, body.as_bytes())?;
    let at = body.rfind(marks::is_whatsapp_mark)?;
    let media = (words().omitted_marked.get(&words::fold(&body[at..])))
        .filter(|_| marks::is_led(&body[at..]))?;
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

/// The title of a document without the mark that WhatsApp writes before the number of pages.
fn title(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.find('\u{2022}') {
        Some(at) if text[at..].contains(marks::is_whatsapp_mark) => {
            Cow::Owned(marks::without(&text).into_owned())
        }
        _ => text,
    }
}

fn whole_body<'t>(first: &'t str, rest: Option<&'t str>, marked: bool) -> Option<Body<'t>> {
    let call = || marked.then(|| call_before_mark(first)).flatten();
    let meaning = words().phrases.find(first).or_else(call)?;
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

/// A call whose length or action follows after another mark: `Voice call. <mark>2 min`. Languages and versions write
/// different separators.
fn call_before_mark(first: &str) -> Option<Whole> {
    let (head, tail) = first.split_once(marks::is_whatsapp_mark)?;
    if !words().phrases.is_call_tail(tail) {
        return None;
    }
    let is_blank = |c: char| c.is_whitespace() || marks::is_blank(c);
    let head = head.trim_end_matches(is_blank);
    let head = head.trim_end_matches(marked::SEPARATORS);
    (words().phrases.find(head))
        .filter(|meaning| matches!(meaning, Whole::Call | Whole::CallMarked))
}

/// The text with LF as its only line end.
pub(super) fn unix_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    // CR first: it is a single byte, and nearly no text contains one.
    if memchr::memchr(b'\r', text.as_bytes()).is_some() && text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        text
    }
}

/// Whether WhatsApp writes this line after a name, and no sender does.
pub(super) fn is_by_whatsapp(line: &str, platform: Platform) -> bool {
    match platform {
        Platform::Ios => marks::is_led(line),
        _ => {
            let line = line.trim_end();
            media::before_attached(line).is_some_and(media::reads_as_file)
                || media::may_be_open(line)
                || words().phrases.find(line).is_some()
        }
    }
}

/// Polls and events: a first line of their own, followed by lines of a known form.
fn titled(first: &str, rest: &str) -> Option<Kind> {
    let any = |patterns: &[super::pattern::Pattern]| {
        rest.lines()
            .map(words::fold)
            .any(|line| patterns.iter().any(|p| p.matches_folded(&line)))
    };
    if first.ends_with(':')
        && words().poll.contains(&words::fold(first))
        && any(&words().poll_option)
    {
        return Some(Kind::Poll);
    }
    if !first.contains(": ") {
        return None;
    }
    let first = words::fold(first);
    let is_event = words().event.iter().any(|p| p.matches_folded(&first));
    (is_event && any(&words().event_field)).then_some(Kind::Event)
}

/// True for `location: https://…`.
pub(super) fn is_location(text: &str) -> bool {
    let Some(at) = memchr::memmem::find(text.as_bytes(), b"://") else {
        return false;
    };
    let before = text[..at]
        .strip_suffix("http")
        .or(text[..at].strip_suffix("https"));
    // All of the words end with a colon, and the longest has a third of this length.
    before.is_some_and(|before| {
        before.len() < 120
            && before.trim_end().ends_with([':', '\u{ff1a}'])
            && words().location.contains(&words::fold(before))
    })
}

/// The body without a final `<This message was edited>`, and whether it had one.
fn strip_edited(body: &str) -> (&str, bool) {
    let end = body.trim_end();
    if !end.ends_with('>') {
        return (body, false);
    }
    let Some(at) = end.rfind('<') else {
        return (body, false);
    };
    if !words().edited.contains(&words::unclosed(&end[at..])) {
        return (body, false);
    }
    let kept = end[..at].trim_end_matches(|c: char| marks::is_mark(c) || c == ' ' || c == '\n');
    (kept, true)
}

/// Whether a body ends with a mark and `<…>` that is neither a file nor a known marker.
fn ends_with_unknown_marker(body: &str) -> bool {
    let end = body.trim_end();
    end.ends_with('>')
        && end
            .rfind('<')
            .is_some_and(|at| at > 0 && end[..at].ends_with(marks::is_whatsapp_mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fragments of what WhatsApp writes, and of what people write.
    const PIECES: [&str; 22] = [
        "null",
        "<Media omitted>",
        "This message was deleted",
        "\u{200e}",
        "\u{200f}",
        "image omitted",
        " <This message was edited>",
        "location: https://maps.google.com/?q=1,2",
        "POLL:",
        "OPTION: a (1 vote)",
        "IMG-20240101-WA0001.jpg (file attached)",
        "@\u{2068}Theo\u{2069}",
        "<attached: 1-a.jpg>",
        "\u{0b87}\u{0ba3}\u{0bc8}\u{0b95}\u{0bcd}",
        "a.pdf",
        "\u{a0}",
        "\n",
        " ",
        ".",
        ")",
        "hello",
        "\u{2026}",
    ];

    proptest! {
        #[test]
        fn fast_path_agrees_with_classification(
            pieces in prop::collection::vec(prop_oneof![
                3 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
                1 => "\\PC{0,3}",
            ], 0..5),
            iphone in any::<bool>(),
        ) {
            let platform = if iphone { Platform::Ios } else { Platform::Android };
            let body = pieces.concat();
            if plain_text::is_plain_text(&body, false, platform) {
                let (bare, edited) = strip_edited(&body);
                prop_assert!(!edited);
                let read = read_unedited(bare, platform, &MediaIndex::default(), false);
                prop_assert_eq!(read.kind, Kind::Text);
                prop_assert_eq!(read.text, body.as_str());
                prop_assert!(read.extra.is_none() && !read.unknown);
            }
        }
    }
}
