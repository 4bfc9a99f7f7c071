//! Texts in the protobufs of `ZMETADATA` and `ZRECEIPTINFO` (observed; field numbers as in the forensic program IPED,
//! 2026-06-12): templates, products, invitations, polls.

use super::fields::{Fields, Value};
use crate::native::parts::{choice, price};

/// Fields of a template in ZMETADATA: with buttons, as a list, and interactive.
const TEMPLATES: [u64; 3] = [24, 43, 51];
/// Fields of its heading, body and footer.
const BODIES: [u64; 3] = [2, 6, 7];
const PRODUCT: u64 = 26;
const INVITE: u64 = 28;
const POLL: u64 = 8;

/// A poll.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Poll {
    pub(super) question: String,
    pub(super) options: Vec<String>,
}

/// The texts of a template, product or invitation in ZMETADATA.
pub(super) fn texts(metadata: &[u8]) -> Vec<String> {
    let mut texts = of_templates(metadata);
    for (number, value) in Fields::new(metadata) {
        let Value::Bytes(bytes) = value else { continue };
        match number {
            PRODUCT => texts.extend(product(bytes)),
            INVITE => texts.extend(text(bytes, 4)),
            _ => {}
        }
    }
    texts
}

/// The texts of a template in ZMETADATA.
pub(super) fn of_templates(metadata: &[u8]) -> Vec<String> {
    let templates = Fields::new(metadata).filter_map(|(number, value)| match value {
        Value::Bytes(bytes) if TEMPLATES.contains(&number) => Some((number, message(bytes, 1)?)),
        _ => None,
    });
    templates
        .flat_map(|(number, content)| template(number, content))
        .collect()
}

fn template(kind: u64, content: &[u8]) -> Vec<String> {
    let mut texts: Vec<String> = BODIES.iter().filter_map(|at| text(content, *at)).collect();
    for (number, value) in Fields::new(content) {
        let Value::Bytes(part) = value else { continue };
        match (kind, number) {
            (24, 8) => texts.extend(
                messages(part)
                    .filter_map(|button| text(button, 1))
                    .map(|label| choice(&label)),
            ),
            (43, 5) | (51, 9) => texts.extend(
                (Fields::new(part))
                    .filter_map(|(number, value)| match value {
                        Value::Bytes(button) if number == 2 => text(button, 1),
                        _ => None,
                    })
                    .map(|label| choice(&label)),
            ),
            _ => {}
        }
    }
    texts
}

fn product(bytes: &[u8]) -> Vec<String> {
    let Some(product) = message(bytes, 1).and_then(|snapshot| message(snapshot, 1)) else {
        return Vec::new();
    };
    let amount = Fields::new(product).find_map(|(number, value)| match value {
        Value::Number(amount) if number == 6 => i64::try_from(amount).ok(),
        _ => None,
    });
    let price = price(amount, text(product, 5).as_deref());
    [text(product, 3), text(product, 4), price]
        .into_iter()
        .flatten()
        .collect()
}

/// The poll in ZRECEIPTINFO.
pub(super) fn poll(receipts: &[u8]) -> Option<Poll> {
    let poll = message(receipts, POLL)?;
    let question = text(poll, 2)?;
    let options = Fields::new(poll).filter_map(|(number, value)| match value {
        Value::Bytes(option) if number == 3 => text(option, 1),
        _ => None,
    });
    Some(Poll {
        question,
        options: options.collect(),
    })
}

/// The first field of a number as bytes.
fn message(bytes: &[u8], wanted: u64) -> Option<&[u8]> {
    Fields::new(bytes).find_map(|(number, value)| match value {
        Value::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

/// All fields that are bytes.
fn messages(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Fields::new(bytes).filter_map(|(_, value)| match value {
        Value::Bytes(bytes) => Some(bytes),
        Value::Number(_) => None,
    })
}

/// The first field of a number, if it is a text for people: an embedded message contains control characters.
fn text(bytes: &[u8], wanted: u64) -> Option<String> {
    let text = std::str::from_utf8(message(bytes, wanted)?).ok()?;
    let is_text = text
        .chars()
        .all(|c| !c.is_control() || "\n\r\t".contains(c));
    (is_text && !text.trim().is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (texts(&bytes), poll(&bytes));
        }
    }
}
