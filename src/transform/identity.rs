//! External ids derived from messages.
//!
//! See docs/design/identity.md, "Messages".
//!
//! This is a contract. A message keeps the id that it was first imported with permanently, and two exports
//! of one message must give one id, on every machine and in every version. So nothing here may change; a
//! better derivation would be a second one, with the prefix `cf2-`.
//!
//! # Version 1
//!
//! The id is `cf1-` and 26 characters: the first 16 bytes of a BLAKE3 digest in base32 (RFC 4648 alphabet
//! in lower case, no padding). The digest is over six fields, each written as its length in bytes (u32,
//! little endian) and its UTF-8 bytes:
//!
//! 1. `chatferry/1`
//! 2. the chat: for a one-to-one chat the two E.164 numbers in byte order with `|` between them, so that
//!    the contact's export gives the same ids; for a group its chat key
//! 3. the sender: E.164; in groups, if no number is known, `name:` and the name in NFC and case-folded
//! 4. the UTC minute: Unix time divided by 60, decimal. Seconds differ between platforms and by one between
//!    exports (observed)
//! 5. the canonical body ([`crate::canonical`])
//! 6. the ordinal: decimal, from 0, among the messages whose first five fields are equal, in file order.
//!    Two genuine "ok" in one minute are two messages
//!
//! ```
//! use chatferry::internals::transform::identity::{Identity, chat_of_pair};
//!
//! let chat = chat_of_pair("+491511234567", "+353861234567");
//! assert_eq!(chat, "+353861234567|+491511234567");
//! let mut ids = Identity::new(&chat);
//! assert_eq!(ids.id("+353861234567", 27_000_000, "text:ok"), "cf1-hcgogbgen4yqg6qfytbmcmlwdq");
//! assert_eq!(ids.id("+353861234567", 27_000_000, "text:ok"), "cf1-aga4fw7xgbe3cpqhxmbdzdkweu");
//! ```

use std::hash::Hasher;

use data_encoding::{BASE32_NOPAD, Encoding};
use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use super::ordinals::Ordinals;
use crate::ids::{DERIVED_PREFIX, ExternalId};
use crate::routing::Numbers;

/// The version of the derivation of external ids; recorded in the checkpoint.
pub const VERSION: u16 = 1;

/// The first half of a BLAKE3 digest.
pub(super) type Digest = [u8; 16];

/// The first field.
const DOMAIN: &str = "chatferry/1";

/// The chat's field of a one-to-one chat, from two E.164 numbers in any order.
pub fn chat_of_pair(one: &str, other: &str) -> String {
    if one <= other {
        format!("{one}|{other}")
    } else {
        format!("{other}|{one}")
    }
}

/// The chat's field for these numbers: a group has its key.
pub(crate) fn chat(numbers: &Numbers) -> String {
    match &numbers.group {
        Some(key) => key.clone(),
        None => chat_of_pair(numbers.owner.e164(), numbers.other.e164()),
    }
}

/// The sender's field of a group's participant whose number is not known.
pub fn sender_by_name(name: &str) -> String {
    let composed: String = name.nfc().collect();
    format!("name:{}", UniCase::new(composed).to_folded_case())
}

/// The alternative id of a message whose own id is recorded for another message: a corrected time zone
/// gives a message the id that another one had before. A function of the id.
pub fn again(id: &ExternalId) -> ExternalId {
    let mut bytes = Vec::new();
    for field in [DOMAIN, "again", id.as_str()] {
        add(&mut bytes, field);
    }
    id_of_digest(&first_half(&bytes))
}

/// Assigns derived ids to the messages of one chat, in file order.
#[derive(Debug)]
pub struct Identity<'c> {
    chat: &'c str,
    ordinals: Ordinals,
    /// Buffer for the input of the digest.
    bytes: Vec<u8>,
}

impl<'c> Identity<'c> {
    /// Starts the ids of a chat. `chat` is the second field of what is hashed.
    pub fn new(chat: &'c str) -> Self {
        Identity {
            chat,
            ordinals: Ordinals::default(),
            bytes: Vec::new(),
        }
    }

    /// The second field.
    pub(super) fn chat(&self) -> &'c str {
        self.chat
    }

    /// The id of the next message: `sender` is the third field, `minute` the Unix time in whole
    /// minutes, `body` the canonical body.
    pub fn id(&mut self, sender: &str, minute: i64, body: &str) -> ExternalId {
        let first = first_digest(self.chat, (sender, minute, body), &mut self.bytes);
        self.id_from(first, (sender, minute), || body.to_owned())
    }

    /// [`Identity::id`], from the digest of [`first_digest`]. Nearly every message is the first with its
    /// five fields, and needs no second digest.
    pub(super) fn id_from(
        &mut self,
        first: Digest,
        (sender, minute): (&str, i64),
        body: impl FnOnce() -> String,
    ) -> ExternalId {
        let digest = match self.ordinals.next(minute, first) {
            0 => first,
            ordinal => {
                let body = body();
                digest(self.chat, (sender, minute, &body), ordinal, &mut self.bytes)
            }
        };
        id_of_digest(&digest)
    }
}

/// The digest of a message with the ordinal 0; `bytes` is a reused buffer.
pub(super) fn first_digest(chat: &str, fields: (&str, i64, &str), bytes: &mut Vec<u8>) -> Digest {
    digest(chat, fields, 0, bytes)
}

fn digest(
    chat: &str,
    (sender, minute, body): (&str, i64, &str),
    ordinal: u32,
    bytes: &mut Vec<u8>,
) -> Digest {
    bytes.clear();
    let (minute, ordinal) = (minute.to_string(), ordinal.to_string());
    for field in [DOMAIN, chat, sender, &minute, body, &ordinal] {
        add(bytes, field);
    }
    first_half(bytes)
}

/// The derived id with this digest.
fn id_of_digest(digest: &Digest) -> ExternalId {
    let mut id = String::with_capacity(DERIVED_PREFIX.len() + 26);
    id.push_str(DERIVED_PREFIX);
    encoding().encode_append(digest, &mut id);
    id.into()
}

fn add(bytes: &mut Vec<u8>, field: &str) {
    // A body is under 2 GiB, the limit of a transcript.
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(field.as_bytes());
}

fn first_half(bytes: &[u8]) -> Digest {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    half
}

/// Hasher for keys that are digests already, for maps whose keys cannot be chosen by an attacker.
#[derive(Debug, Clone, Copy, Default)]
pub struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn write_u128(&mut self, digest: u128) {
        self.0 = u64::from_le_bytes(std::array::from_fn(|at| digest.to_le_bytes()[at]));
    }
}

fn encoding() -> &'static Encoding {
    static LOWER: std::sync::LazyLock<Encoding> = std::sync::LazyLock::new(|| {
        let mut specification = BASE32_NOPAD.specification();
        specification.symbols.make_ascii_lowercase();
        // A constant alphabet; the test vectors would fail if this fell back.
        specification.encoding().unwrap_or(BASE32_NOPAD)
    });
    &LOWER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_has_the_documented_form() {
        let id = Identity::new("g").id("name:x", 0, "media");
        assert!(id.is_derived());
        let id = id.as_str();
        assert_eq!(id.len(), 30);
        assert!(
            id[4..]
                .bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
        );
    }

    /// Computed by an independent program (Python with `blake3` and `base64`) from the definition above.
    #[test]
    fn ids_match_test_vectors() {
        const PAIR: &str = "+353861234567|+491511234567";
        const GROUP: &str = "group-3f2a";
        const MINUTE: i64 = 27_000_000;
        #[rustfmt::skip]
        let vectors: [(&str, &str, i64, &str, u32, &str); 11] = [
            (PAIR, "+353861234567", MINUTE, "text:ok", 0, "cf1-hcgogbgen4yqg6qfytbmcmlwdq"),
            (PAIR, "+353861234567", MINUTE, "text:ok", 1, "cf1-aga4fw7xgbe3cpqhxmbdzdkweu"),
            (PAIR, "+353861234567", MINUTE, "text:ok", 2, "cf1-vuv3rhcilwzyah6bqvqobdj3b4"),
            (PAIR, "+491511234567", MINUTE, "text:ok", 0, "cf1-ciplmrziw6vkg7wh26j3weo4ci"),
            (PAIR, "+491511234567", MINUTE + 1, "text:Caf\u{e9} \u{1f44d}\u{1f3fd} at 8", 0, "cf1-c5jymmwveax37rfbwjnvtt7ure"),
            (PAIR, "+491511234567", MINUTE + 1, "media", 0, "cf1-fa3woltpz6zzknxiedcqrxmxpm"),
            (PAIR, "+353861234567", MINUTE - 1, "poll:Which day?", 0, "cf1-dsjnivmo6crokinm6qrpta3toq"),
            (PAIR, "+353861234567", 0, "location", 0, "cf1-ipmcu5j5xngbjqwgrdbkdtb7g4"),
            (PAIR, "", MINUTE, "system:Messages and calls are end-to-end encrypted", 0, "cf1-lnttuhwhyxuldulw5jwpwi6vya"),
            (GROUP, "name:jos\u{e9}", MINUTE, "text:", 0, "cf1-jukbcpkzvtjv6pqjosvhuczwta"),
            (GROUP, "+491511234567", -1, "media", 0, "cf1-6bmbh5qac46yobb2vkcqbmgmvm"),
        ];
        for (chat, sender, minute, body, ordinal, expected) in vectors {
            let mut ids = Identity::new(chat);
            for _ in 0..ordinal {
                ids.id(sender, minute, body);
            }
            assert_eq!(ids.id(sender, minute, body), expected, "{body} {ordinal}");
        }
    }

    #[test]
    fn exports_of_both_sides_give_equal_ids() {
        assert_eq!(chat_of_pair("+1", "+2"), chat_of_pair("+2", "+1"));
    }

    #[test]
    fn fields_are_separated() {
        let one = Identity::new("a").id("bc", 1, "text:x");
        let other = Identity::new("ab").id("c", 1, "text:x");
        assert_ne!(one, other);
    }

    #[test]
    fn sender_names_are_case_folded() {
        assert_eq!(sender_by_name("JOSE\u{301}"), sender_by_name("jos\u{e9}"));
        assert_eq!(sender_by_name("Jos\u{e9}"), "name:jos\u{e9}");
    }
}
