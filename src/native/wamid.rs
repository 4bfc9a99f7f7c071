//! `wamid.…`: message ids of the business platform, which contain the native id (stanza id).
//!
//! See docs/reference/native-sources.md, "Ids of the business platform".

use data_encoding::{BASE64, BASE64_NOPAD};

const PREFIX: &str = "wamid.";

/// The stanza id in a wamid, which is its last string; `None` if it is not a wamid or contains none. The first string is
/// the customer's number, which is all that is left of a wamid that was cut, and no id.
pub fn stanza(wamid: &str) -> Option<String> {
    let encoded = wamid.strip_prefix(PREFIX)?.trim_end_matches('=');
    let bytes = BASE64_NOPAD.decode(encoded.as_bytes()).ok()?;
    let (mut last, mut is_first) = (None, true);
    let mut at = 0;
    // A string is a tag (8), its length, and its bytes.
    while at < bytes.len() {
        let length = bytes.get(at + 1).map(|length| usize::from(*length));
        let text = length.and_then(|length| bytes.get(at + 2..at + 2 + length));
        let is_text = bytes[at] & 0x0f == 8
            && text.is_some_and(|text| text.len() >= 5 && text.iter().all(u8::is_ascii_graphic));
        if is_text {
            is_first = last.is_none();
            last = text;
            at += 2 + text.map_or(0, <[u8]>::len);
        } else {
            at += 1;
        }
    }
    let id = std::str::from_utf8(last?).ok()?;
    if is_first && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    (10..=40).contains(&id.len()).then(|| id.to_owned())
}

/// The wamid of a message, from the customer's E.164 number, whether the business sent it, and the stanza id. `None` if
/// one of them does not fit.
pub fn of_stanza(customer: &str, outgoing: bool, stanza: &str) -> Option<String> {
    let address = customer.trim_start_matches('+').as_bytes();
    let (address_length, length) = (
        u8::try_from(address.len()).ok()?,
        u8::try_from(stanza.len()).ok()?,
    );
    // Lengths above 127 would take two bytes.
    if address_length > 0x7f || length > 0x7f {
        return None;
    }
    let mut bytes = vec![0x1c, 0x18, address_length];
    bytes.extend_from_slice(address);
    bytes.extend([0x15, 0x02, 0x00, if outgoing { 0x11 } else { 0x12 }]);
    bytes.extend([0x18, length]);
    bytes.extend_from_slice(stanza.as_bytes());
    bytes.push(0);
    Some(format!("{PREFIX}{}", BASE64.encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wamid_round_trip() {
        let wamid = of_stanza("+917506080480", false, "3A147ACFD8475480CC39").unwrap();
        assert_eq!(stanza(&wamid).as_deref(), Some("3A147ACFD8475480CC39"));
        assert_eq!(
            stanza(wamid.trim_end_matches('=')).as_deref(),
            Some("3A147ACFD8475480CC39")
        );
        assert_eq!(stanza("3A147ACFD8475480CC39"), None);
        assert_eq!(stanza("wamid.####"), None);
    }

    /// As by a column of a log: the customer's number would be the id of all their messages.
    #[test]
    fn number_of_a_cut_wamid_is_no_id() {
        let wamid = of_stanza("+353861234501", false, "3A147ACFD8475480CC39").unwrap();
        for length in 7..wamid.len() {
            let id = stanza(&wamid[..length]);
            assert!(id.as_deref() != Some("353861234501"), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(text in ".{0,80}", number in "[0-9]{7,15}", id in "[0-9A-F]{16,32}") {
            let _ = stanza(&format!("wamid.{text}"));
            let wamid = of_stanza(&number, true, &id).unwrap();
            prop_assert_eq!(stanza(&wamid), Some(id));
        }
    }
}
