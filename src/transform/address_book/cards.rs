//! vCards of the versions 2.1, 3.0 and 4.0.

use calcard::vcard::{VCardEntry, VCardProperty, VCardValue};

use super::{Card, NotOne, is_machine};

/// True for a text that begins as a vCard does.
pub(super) fn are_in(text: &str) -> bool {
    let head = text.trim_start().get(..11);
    head.is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCARD"))
}

/// Every card of the text. Each is read by itself, so that one that is damaged takes nothing of its
/// neighbours with it.
///
/// # Errors
///
/// [`NotOne::Card`]: a card that has no end or cannot be read. It would be a person who is missing,
/// and the namesake of somebody else.
pub(super) fn read(text: &str) -> Result<Vec<Card>, NotOne> {
    let mut cards = Vec::new();
    // The line and the place where the card that is open began.
    let mut open: Option<(u32, usize)> = None;
    let (mut line, mut place) = (0u32, 0);
    for raw in text.split_inclusive(['\n', '\r']) {
        let begin = place;
        place += raw.len();
        // The second half of a line's end.
        if raw == "\n" && text[..begin].ends_with('\r') {
            continue;
        }
        line = line.saturating_add(1);
        let word = raw.trim_end();
        if word.eq_ignore_ascii_case("BEGIN:VCARD") {
            if let Some((line, _)) = open {
                return Err(NotOne::Card { line });
            }
            open = Some((line, begin));
        } else if word.eq_ignore_ascii_case("END:VCARD") {
            let Some((line, begin)) = open.take() else {
                return Err(NotOne::Card { line });
            };
            cards.push(card(&text[begin..place]).ok_or(NotOne::Card { line })?);
        }
    }
    match open {
        Some((line, _)) => Err(NotOne::Card { line }),
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
            // Family name, given name, and what stands around them.
            VCardProperty::N => {
                let part = |place: usize| texts.get(place).copied().unwrap_or_default();
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

fn texts(entry: &VCardEntry) -> Vec<&str> {
    (entry.values.iter())
        .flat_map(|value| match value {
            VCardValue::Text(text) => vec![text.as_str()],
            VCardValue::Component(parts) => parts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// A number as text or as `tel:` (RFC 3966): there it may be a local one, with what it is local to.
/// An extension is no part of a number that WhatsApp has.
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
