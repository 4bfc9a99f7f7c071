//! Classification of message bodies in the Web export.
//!
//! The Web export has no marks before its own words. Its notices are in a place where no sender can write (`[TS] -
//! text`) or have a form of their own. A phrase that phones write after a name (a missed call) is text here
//! (observed).

use super::attached::{self, ParsedFile};
use super::words;
use crate::chat::Kind;
use crate::parser::MediaIndex;
use crate::parser::text::body as of_phones;
use crate::parser::text::notices::{self, Notice};
use crate::parser::text::phrases::Whole;
use crate::parser::text::words::{fold, words as phone};

/// A classified body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Body<'b> {
    pub(super) kind: Kind,
    /// The rest of the body; the caption of a file.
    pub(super) text: &'b str,
    pub(super) file: Option<attached::File<'b>>,
    /// Whether it was forwarded.
    pub(super) forwarded: bool,
    /// Whether the sender is the owner: the phrase contains "you".
    pub(super) by_owner: bool,
    /// Whether it is a marker that is in no word list.
    pub(super) unknown: bool,
}

impl<'b> Body<'b> {
    fn plain(kind: Kind, text: &'b str) -> Self {
        Body {
            kind,
            text,
            file: None,
            forwarded: false,
            by_owner: false,
            unknown: false,
        }
    }
}

/// Classifies the body of a message with a sender. `body` has no line end at its end.
pub(super) fn read<'b>(body: &'b str, index: &MediaIndex) -> Body<'b> {
    let (body, forwarded) = strip_forwarded(body);
    Body {
        forwarded,
        ..unforwarded(body, index)
    }
}

/// The body without `[Forwarded] `, and whether it had it.
pub(super) fn strip_forwarded(body: &str) -> (&str, bool) {
    let marker = body
        .starts_with('[')
        .then(|| body.split_once("] "))
        .flatten();
    match marker {
        // The longest of the markers has forty characters.
        Some((marker, rest)) if marker.len() < 120 && is_forwarded(marker) => (rest, true),
        _ => (body, false),
    }
}

fn is_forwarded(unclosed: &str) -> bool {
    words::is_forwarded(&format!("{unclosed}]"))
}

fn unforwarded<'b>(body: &'b str, index: &MediaIndex) -> Body<'b> {
    if body.trim().is_empty() {
        return Body::plain(Kind::Unsupported, body.trim());
    }
    if let Some(ParsedFile { file, caption }) = attached::read(body, index) {
        return Body {
            file: Some(file),
            ..Body::plain(kind_of(file), caption.trim_end())
        };
    }
    let one_line = !body.contains('\n');
    if one_line && let Some(known) = phrase(body) {
        return known;
    }
    if one_line && is_place(body) {
        return Body::plain(Kind::Location, body);
    }
    if is_poll(body) {
        return Body::plain(Kind::Poll, body);
    }
    if (one_line && is_contact(body)) || body.starts_with("Contact: BEGIN:VCARD") {
        return Body::plain(Kind::Contact, body);
    }
    let mut text = Body::plain(Kind::Text, body);
    text.unknown = one_line && has_form_of_marker(body);
    text
}

fn kind_of(file: attached::File<'_>) -> Kind {
    use crate::chat::MediaKind::Contact;
    match file {
        attached::File::Omitted(Some(Contact)) | attached::File::Word(_, Some(Contact)) => {
            Kind::Contact
        }
        attached::File::Named(name) if name.to_ascii_lowercase().ends_with(".vcf") => Kind::Contact,
        attached::File::Omitted(_) => Kind::MediaOmitted,
        attached::File::Named(_) | attached::File::Word(..) => Kind::Media,
    }
}

/// Bodies that are a phrase: deleted, waiting, live locations, messages that the export does not show.
fn phrase(body: &str) -> Option<Body<'_>> {
    if body.starts_with('<') {
        if words::is_live_location(body) {
            return Some(Body::plain(Kind::LiveLocation, body));
        }
        // `<product message>`: a kind that the export cannot represent.
        let inside = body.strip_prefix('<')?.strip_suffix('>');
        if inside.is_some_and(|inside| inside.ends_with(" message") && !inside.contains(['<', '>']))
        {
            return Some(Body::plain(Kind::Unsupported, body));
        }
    }
    let (kind, by_owner) = match phone().phrases.find(body)? {
        Whole::Deleted => (Kind::Deleted, false),
        Whole::DeletedByOwner => (Kind::Deleted, true),
        Whole::ViewOnce => (Kind::ViewOnce, false),
        Whole::Waiting => (Kind::Waiting, false),
        Whole::LiveLocation => (Kind::LiveLocation, false),
        Whole::OmittedLine(kind) => {
            return Some(Body {
                file: Some(attached::File::Omitted(kind)),
                ..Body::plain(Kind::MediaOmitted, "")
            });
        }
        // The Web export writes calls as notices; after a name the text was typed.
        Whole::Call | Whole::CallMarked => return None,
    };
    Some(Body {
        by_owner,
        ..Body::plain(kind, body)
    })
}

/// `Location: 52.5, 13.4 - https://…`, with or without a name before it.
fn is_place(body: &str) -> bool {
    if of_phones::is_location(body) {
        return true;
    }
    let (before, url) = match body.split_once(" - http") {
        Some((before, url)) => (before, Some(url)),
        None => (body, None),
    };
    let Some((word, coordinates)) = before.rsplit_once(": ") else {
        return false;
    };
    let word = word.rsplit_once(": ").map_or(word, |(_, word)| word);
    let known = phone().location.contains(&fold(&format!("{word}:")));
    let to_a_map = url.is_some_and(|url| url.contains("maps") && !url.contains(' '));
    are_coordinates(coordinates) && (known || to_a_map)
}

fn are_coordinates(text: &str) -> bool {
    let number = |text: &str, most: f64| text.trim().parse().is_ok_and(|n: f64| n.abs() <= most);
    text.split_once(',')
        .is_some_and(|(latitude, longitude)| number(latitude, 90.0) && number(longitude, 180.0))
}

/// `Poll: question` and a line `    - option` for each option, and nothing else.
fn is_poll(body: &str) -> bool {
    let Some((first, options)) = body.split_once('\n') else {
        return false;
    };
    let word = first.split_once(": ").map(|(word, _)| word);
    word.is_some_and(|word| phone().poll.contains(&fold(&format!("{word}:"))))
        && options.lines().all(|line| line.starts_with(OPTION))
}

/// What the Web export writes before an option of a poll.
const OPTION: &str = "    - ";

/// `Contact: Rita Sol`, `3 contacts shared`.
fn is_contact(body: &str) -> bool {
    body.strip_prefix("Contact: ")
        .is_some_and(|name| !name.trim().is_empty())
        || body
            .strip_suffix(" contacts shared")
            .is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a body is `<…>` with words in it: probably a marker in an unknown language.
fn has_form_of_marker(body: &str) -> bool {
    let inside = body
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    inside.is_some_and(|inside| inside.contains(' ') && !inside.contains(['<', '>', '/', '=']))
}

/// Kind of the notice `[TS] - text`, and whether only groups have it. No sender can write there, so phrases need no
/// further evidence.
pub(super) fn notice(text: &str) -> (Kind, bool) {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if inside.is_some_and(|inside| inside == "Call" || inside.starts_with("Call: ")) {
        return (Kind::Call, false);
    }
    let kind = match phone().phrases.find(text) {
        Some(Whole::Deleted | Whole::DeletedByOwner) => Kind::Deleted,
        Some(Whole::Waiting) => Kind::Waiting,
        Some(Whole::Call | Whole::CallMarked) => Kind::Call,
        _ => Kind::System,
    };
    (kind, notices::notice(text) == Some(Notice::Group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        read(text, &MediaIndex::default()).kind
    }

    #[test]
    fn phrases_of_the_export_are_classified() {
        for (text, wanted) in [
            ("", Kind::Unsupported),
            ("<product message>", Kind::Unsupported),
            ("<AI message>", Kind::Unsupported),
            ("<Live location omitted>", Kind::LiveLocation),
            (
                "Live location: 52.5, 13.4 - https://maps.google.com/?q=52.5,13.4",
                Kind::LiveLocation,
            ),
            (
                "Location: 52.5, 13.4 - https://maps.google.com/?q=52.5,13.4",
                Kind::Location,
            ),
            (
                "Blue Cafe: Location: 52.5, -13.4 - https://maps.google.com/?q=52.5,-13.4",
                Kind::Location,
            ),
            ("Standort: 52.5, 13.4 - https://x.example/", Kind::Location),
            ("This message was deleted", Kind::Deleted),
            (
                "This message was deleted by admin Theo Marsh",
                Kind::Deleted,
            ),
            ("You deleted this message as admin", Kind::Deleted),
            (
                "Waiting for this message. This may take a while.",
                Kind::Waiting,
            ),
            ("<Contact card omitted>", Kind::Contact),
            ("Contact: Rita Sol", Kind::Contact),
            ("3 contacts shared", Kind::Contact),
            (
                "Contact: BEGIN:VCARD\nFN:Rita Sol\nEND:VCARD",
                Kind::Contact,
            ),
            ("Rita.vcf (file attached)", Kind::Contact),
            ("Poll: Which day?\n    - Mon\n    - Tue", Kind::Poll),
            ("Umfrage: Wann?\n    - Mo\n    - Di", Kind::Poll),
            ("<media omitted>", Kind::MediaOmitted),
            ("image (file attached)", Kind::Media),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }

    #[test]
    fn typed_text_is_text() {
        for text in [
            "Missed voice call",
            "[Call]",
            "Poll: Which day?",
            "Poll: Which day?\n- Mon\n- Tue",
            "Poll: Which day?\n    - Mon\nand more",
            "Location: near the station",
            "the price: 52.5, 13.4",
            "all contacts shared",
            "<3",
            "null",
            "[Forward] to you",
        ] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
        let unknown = |text| read(text, &MediaIndex::default()).unknown;
        assert!(unknown("<imagem n\u{e3}o inclu\u{ed}da>"));
        assert!(!unknown("<div class=\"a\">"));
        assert!(!unknown("<3 you>\nyes"));
    }

    #[test]
    fn forwarded_marker_is_removed_from_text() {
        let index = MediaIndex::default();
        for marker in ["[Forwarded]", "[Forwarded many times]", "[Weitergeleitet]"] {
            let body = format!("{marker} good news");
            let read = read(&body, &index);
            assert_eq!((read.text, read.forwarded), ("good news", true), "{marker}");
        }
        let read = read("[Forwarded] <image omitted> look", &index);
        assert_eq!((read.kind, read.text), (Kind::MediaOmitted, "look"));
    }

    #[test]
    fn notices() {
        assert_eq!(notice("[Call]"), (Kind::Call, false));
        assert_eq!(notice("[Call: 12 min]"), (Kind::Call, false));
        assert_eq!(notice("[System notification]"), (Kind::System, false));
        assert_eq!(notice("Theo Marsh added Nadia"), (Kind::System, true));
        assert_eq!(notice("anything else"), (Kind::System, false));
        assert_eq!(notice("This message was deleted"), (Kind::Deleted, false));
    }
}
