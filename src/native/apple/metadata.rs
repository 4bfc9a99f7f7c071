//! Quotations in ZMETADATA and reactions in ZRECEIPTINFO (observed).
//!
//! See docs/reference/native-sources.md, "Quotations".

use super::fields::{Fields, Value};

/// A quotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) id: String,
    pub(super) text: Option<String>,
    /// Jid of the quoted message's sender; often absent in a one-to-one chat.
    pub(super) by: Option<String>,
}

/// The quotation of a reply, from the protobuf or, in old rows, the property list.
pub(super) fn quote(blob: &[u8]) -> Option<Quote> {
    if blob.starts_with(b"bplist00") {
        // Telephone numbers and checksums have the form of an id too. An id that contains letters is preferred,
        // then the longest.
        let has_letter = |text: &String| text.bytes().any(|b| b.is_ascii_alphabetic());
        let ids = strings(blob).filter(|text| is_id(text));
        let id = ids.max_by_key(|text| (has_letter(text), text.len()));
        return id.map(|id| Quote {
            id,
            text: None,
            by: None,
        });
    }
    let mut quote: Option<Quote> = None;
    let (mut text, mut by) = (None, None);
    for (field, value) in Fields::new(blob) {
        match (field, value) {
            (5, Value::Bytes(bytes)) => {
                let id = std::str::from_utf8(bytes).ok().filter(|id| is_id(id));
                quote = id.map(|id| Quote {
                    id: id.to_owned(),
                    text: None,
                    by: None,
                });
            }
            (6, Value::Bytes(bytes)) => {
                let jid = std::str::from_utf8(bytes).ok();
                by = jid.filter(|jid| jid.contains('@')).map(str::to_owned);
            }
            (19, Value::Bytes(bytes)) => {
                text = Fields::new(bytes).find_map(|(field, value)| match value {
                    Value::Bytes(text) if field == 1 => {
                        std::str::from_utf8(text).ok().map(str::to_owned)
                    }
                    _ => None,
                });
            }
            _ => {}
        }
    }
    quote.map(|quote| Quote {
        text: text.filter(|text| !text.trim().is_empty()),
        by,
        ..quote
    })
}

/// Reactions: jid of the sender (`None` for the owner) and the emoji.
pub(super) fn reactions(blob: &[u8]) -> impl Iterator<Item = (Option<String>, String)> {
    let mut found = Vec::new();
    let text = |value: Option<Value<'_>>| match value {
        Some(Value::Bytes(bytes)) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        _ => None,
    };
    for (field, value) in Fields::new(blob) {
        let (7, Value::Bytes(bytes)) = (field, value) else {
            continue;
        };
        for (field, value) in Fields::new(bytes) {
            let Value::Bytes(one) = value else { continue };
            let at = |wanted: u64| Fields::new(one).find(|(f, _)| *f == wanted).map(|(_, v)| v);
            let (by, sign) = match field {
                1 => (text(at(2)), text(at(3))),
                2 => (None, text(at(2))),
                _ => continue,
            };
            if let Some(sign) = sign.filter(|sign| !sign.is_empty() && sign.chars().count() <= 16) {
                found.push((by, sign));
            }
        }
    }
    found.into_iter()
}

/// Whether a text has the form of an id: 12 to 40 hexadecimal digits, or in the old form digits, a hyphen and a
/// number.
fn is_id(text: &str) -> bool {
    let hex = (12..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let old = text.split_once('-').is_some_and(|(time, number)| {
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        time.len() >= 9 && digits(time) && digits(number)
    });
    hex || old
}

/// The ASCII strings of a binary property list, in order. The length of up to 14 characters is in the marker
/// byte, a longer one in the integer after it.
fn strings(blob: &[u8]) -> impl Iterator<Item = String> + '_ {
    (8..blob.len()).filter_map(|at| {
        let mark = blob[at];
        if mark & 0xf0 != 0x50 {
            return None;
        }
        let (from, length) = match mark & 0x0f {
            0x0f => {
                let size = *blob.get(at + 1)?;
                match size {
                    0x10 => (at + 3, usize::from(*blob.get(at + 2)?)),
                    _ => return None,
                }
            }
            length => (at + 1, usize::from(length)),
        };
        let bytes = blob.get(from..from.checked_add(length)?)?;
        let text = std::str::from_utf8(bytes).ok()?;
        text.is_ascii().then(|| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_id_is_read() {
        let mut blob = vec![0x2a, 20];
        blob.extend(b"3A147ACFD8475480CC39");
        blob.extend([0x9a, 0x01, 7, 0x0a, 5]);
        blob.extend(b"Hello");
        let quote = quote(&blob).unwrap();
        assert_eq!(quote.id, "3A147ACFD8475480CC39");
        assert_eq!(quote.text.as_deref(), Some("Hello"));
    }

    #[test]
    fn metadata_without_quotation_is_none() {
        assert_eq!(quote(&[0xc0, 0x0d, 0x01]), None);
        let mut list = b"bplist00".to_vec();
        list.extend([0x5f, 0x10, 20]);
        list.extend(b"3A147ACFD8475480CC39");
        assert_eq!(
            quote(&list).map(|q| q.id).as_deref(),
            Some("3A147ACFD8475480CC39")
        );
    }

    #[test]
    fn telephone_number_is_not_an_id() {
        let mut list = b"bplist00".to_vec();
        list.push(0x5d);
        list.extend(b"4915112345678");
        list.extend([0x5f, 0x10, 20]);
        list.extend(b"3A00000000000000AA01");
        list.push(0x5d);
        list.extend(b"4915112345679");
        assert_eq!(
            quote(&list).map(|q| q.id).as_deref(),
            Some("3A00000000000000AA01")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = quote(&bytes);
            prop_assert!(reactions(&bytes).count() <= bytes.len());
            let mut list = b"bplist00".to_vec();
            list.extend(bytes);
            let _ = quote(&list);
        }
    }
}
