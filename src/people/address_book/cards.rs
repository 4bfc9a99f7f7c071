//! vCards of the versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350).

use calcard::vcard::VCardProperty;

use super::{BookError, Card, is_machine};
use crate::native::card::texts;

/// Whether a text starts as a vCard does.
pub(super) fn is_vcard(text: &str) -> bool {
    let head = text.trim_start().get(..11);
    head.is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCARD"))
}

/// All cards of the text. Each is read separately, so that a damaged one does not affect its neighbours.
///
/// # Errors
///
/// [`BookError::Card`]: a card has no end or cannot be read. It would be a missing person, who may be the
/// namesake of another one.
pub(super) fn read(text: &str) -> Result<Vec<Card>, BookError> {
    let mut cards = Vec::new();
    // Line and byte offset of the start of the open card.
    let mut open: Option<(u32, usize)> = None;
    let (mut line, mut index) = (0u32, 0);
    for raw in text.split_inclusive(['\n', '\r']) {
        let begin = index;
        index += raw.len();
        // The second half of CRLF.
        if raw == "\n" && text[..begin].ends_with('\r') {
            continue;
        }
        line = line.saturating_add(1);
        let word = raw.trim_end();
        if word.eq_ignore_ascii_case("BEGIN:VCARD") {
            if let Some((line, _)) = open {
                return Err(BookError::Card { line });
            }
            open = Some((line, begin));
        } else if word.eq_ignore_ascii_case("END:VCARD") {
            let Some((line, begin)) = open.take() else {
                return Err(BookError::Card { line });
            };
            cards.push(card(&text[begin..index]).ok_or(BookError::Card { line })?);
        }
    }
    match open {
        Some((line, _)) => Err(BookError::Card { line }),
        None => Ok(cards),
    }
}

fn card(text: &str) -> Option<Card> {
    let calcard::Entry::VCard(card) = calcard::Parser::new(text).entry() else {
        return None;
    };
    let labels: Vec<(&str, String)> = (card.entries.iter())
        .filter(|entry| {
            matches!(&entry.name, VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-ABLABEL"))
        })
        .filter_map(|entry| Some((entry.group.as_deref()?, texts(entry).concat())))
        .collect();
    let mut new = Card::default();
    for entry in &card.entries {
        let texts = texts(entry);
        match entry.name {
            VCardProperty::Fn => new.names.extend(texts.iter().map(|&name| name.to_owned())),
            // Family name, given name, additional names, prefixes and suffixes.
            VCardProperty::N => {
                let part = |index: usize| texts.get(index).copied().unwrap_or_default();
                new.names.push(format!("{} {}", part(1), part(0)));
            }
            VCardProperty::Tel => {
                let label = (labels.iter())
                    .find(|(group, _)| entry.group.as_deref() == Some(group))
                    .map(|(_, label)| label.as_str());
                let mut types = (entry.params.iter()).map(|param| format!("{param:?}"));
                if label.is_some_and(is_machine) || types.any(|of| is_machine(&of)) {
                    continue;
                }
                new.numbers.extend(texts.iter().map(|&text| number(text)));
            }
            _ => {}
        }
    }
    Some(new)
}

/// A number as text or as `tel:` URI (RFC 3966), which may be local with a context. An extension is not
/// part of a number on WhatsApp.
fn number(text: &str) -> String {
    let scheme = text
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("tel:"));
    let mut parts = text[if scheme { 4 } else { 0 }..].split(';');
    let number = parts.next().unwrap_or_default();
    let context = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.eq_ignore_ascii_case("phone-context") && value.starts_with('+')).then_some(value)
    });
    match context {
        Some(context) if !number.starts_with('+') => format!("{context} {number}"),
        _ => number.to_owned(),
    }
}
