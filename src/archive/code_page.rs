//! Code page detection for entry names that are not valid UTF-8.
//!
//! WhatsApp writes UTF-8. Windows programs that repack an export write names in the code page of the
//! computer and do not record which one (APPNOTE.TXT 4.4.4, appendix D). This module decodes the
//! names with every candidate code page and chooses one for the whole archive, because one program
//! wrote all of its names. The choice is for display. Whether a file is the one that a message names
//! is decided by any decoding of its name, and only if exactly one file matches (`MediaIndex`).

use encoding_rs::Encoding;
use oem_cp::code_table as oem;

/// A code page and its decoding table.
struct Page {
    name: &'static str,
    table: Table,
}

enum Table {
    /// The characters for the bytes 0x80 to 0xff of a DOS code page.
    Dos(&'static [char; 128]),
    Windows(&'static Encoding),
}

/// Candidate code pages by preference: where names decode equally well, the first one wins. The
/// default of the zip format (437) comes first, then western, then other single-byte code pages,
/// multi-byte ones last.
static PAGES: &[Page] = &[
    dos("CP437", &oem::DECODING_TABLE_CP437),
    dos("CP850", &oem::DECODING_TABLE_CP850),
    windows("Windows-1252", encoding_rs::WINDOWS_1252),
    dos("CP852", &oem::DECODING_TABLE_CP852),
    windows("Windows-1250", encoding_rs::WINDOWS_1250),
    dos("CP866", &oem::DECODING_TABLE_CP866),
    windows("Windows-1251", encoding_rs::WINDOWS_1251),
    windows("Windows-1254", encoding_rs::WINDOWS_1254),
    dos("CP737", &oem::DECODING_TABLE_CP737),
    windows("Windows-1253", encoding_rs::WINDOWS_1253),
    dos("CP862", &oem::DECODING_TABLE_CP862),
    windows("Windows-1255", encoding_rs::WINDOWS_1255),
    dos("CP720", &oem::DECODING_TABLE_CP720),
    windows("Windows-1256", encoding_rs::WINDOWS_1256),
    dos("CP775", &oem::DECODING_TABLE_CP775),
    windows("Windows-1257", encoding_rs::WINDOWS_1257),
    windows("Windows-1258", encoding_rs::WINDOWS_1258),
    windows("Shift_JIS", encoding_rs::SHIFT_JIS),
    windows("GBK", encoding_rs::GBK),
    windows("Big5", encoding_rs::BIG5),
    windows("EUC-KR", encoding_rs::EUC_KR),
    windows("Windows-874", encoding_rs::WINDOWS_874),
];

const fn dos(name: &'static str, table: &'static [char; 128]) -> Page {
    Page {
        name,
        table: Table::Dos(table),
    }
}

const fn windows(name: &'static str, encoding: &'static Encoding) -> Page {
    Page {
        name,
        table: Table::Windows(encoding),
    }
}

impl Page {
    /// The name decoded with this code page; `None` if a byte is undefined or decodes to a control character.
    fn decode(&self, raw: &[u8]) -> Option<String> {
        let text = match self.table {
            Table::Dos(table) => raw
                .iter()
                .map(|byte| match byte {
                    0..0x80 => char::from(*byte),
                    _ => table[usize::from(*byte) - 0x80],
                })
                .collect(),
            Table::Windows(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(raw)?
                .into_owned(),
        };
        let broken = text.chars().any(|c| !c.is_ascii() && c.is_control());
        (!broken).then_some(text)
    }
}

/// Decoded names of an archive.
pub(super) struct DecodedNames {
    /// The chosen code page, for display.
    pub(super) page: &'static str,
    /// The decoded names, in the order of the input.
    pub(super) names: Vec<String>,
}

/// Decodes all names with the code page that makes them most plausible. The first candidate defines
/// every byte, so there is always a result.
pub(super) fn decode(raw: &[&[u8]]) -> DecodedNames {
    PAGES
        .iter()
        .filter_map(|page| {
            let names: Vec<String> = raw
                .iter()
                .map(|raw| page.decode(raw))
                .collect::<Option<_>>()?;
            let score: u32 = names.iter().map(|name| implausibility(name)).sum();
            let page = page.name;
            Some((score, DecodedNames { page, names }))
        })
        .min_by_key(|(score, _)| *score)
        .map_or_else(
            || DecodedNames {
                page: PAGES[0].name,
                names: raw
                    .iter()
                    .map(|raw| String::from_utf8_lossy(raw).into_owned())
                    .collect(),
            },
            |(_, decoded)| decoded,
        )
}

/// All decodings of a name other than `chosen`, without duplicates.
pub(super) fn other_decodings(raw: &[u8], chosen: &str) -> Vec<String> {
    let mut others: Vec<String> = PAGES
        .iter()
        .filter_map(|page| page.decode(raw))
        .filter(|name| name != chosen)
        .collect();
    others.sort_unstable();
    others.dedup();
    others
}

/// How implausible a decoded name is: symbols among letters, an upper-case letter after a lower-case
/// one, adjacent letters of different scripts, runs of accented Latin letters (what Cyrillic decodes
/// to), and half-width katakana (what Chinese decodes to).
fn implausibility(name: &str) -> u32 {
    let latin = |c: char| c < '\u{250}';
    let mut score = 0;
    let mut before = ' ';
    let mut accents = 0;
    for c in name.chars() {
        if !c.is_ascii() && (!c.is_alphanumeric() || ('\u{ff61}'..='\u{ff9f}').contains(&c)) {
            score += 1;
        }
        let accented = !c.is_ascii() && c.is_alphabetic() && latin(c);
        accents = if accented { accents + 1 } else { 0 };
        score += u32::from(accents > 2);
        let beyond_ascii = !c.is_ascii() || !before.is_ascii();
        if beyond_ascii && c.is_alphabetic() && before.is_alphabetic() {
            let capital_inside = before.is_lowercase() && c.is_uppercase();
            score += u32::from(latin(c) != latin(before) || capital_inside);
        }
        before = c;
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_decodes(raw: &[&[u8]], page: &str, names: &[&str]) {
        let decoded = decode(raw);
        assert_eq!(
            (decoded.page, decoded.names.as_slice()),
            (page, owned(names).as_slice())
        );
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn western_code_pages_are_distinguished() {
        // The same byte in both DOS code pages.
        assert_decodes(&[b"Ren\x82.txt"], "CP437", &["Ren\u{e9}.txt"]);
        // A box-drawing character in 437.
        assert_decodes(
            &[b"Jo\xc6o.txt", b"Ren\x82.pdf"],
            "CP850",
            &["Jo\u{e3}o.txt", "Ren\u{e9}.pdf"],
        );
        // A theta among Latin letters in 437, a capital after small letters in 850.
        assert_decodes(
            &[b"Ren\xe9 M\xfcller.txt"],
            "Windows-1252",
            &["Ren\u{e9} M\u{fc}ller.txt"],
        );
    }

    #[test]
    fn code_pages_of_other_scripts_are_distinguished() {
        assert_decodes(
            &[b"\x88\xa2\xa0\xad.txt"],
            "CP866",
            &["\u{418}\u{432}\u{430}\u{43d}.txt"],
        );
        assert_decodes(&[b"\xc4\xe3\xba\xc3.txt"], "GBK", &["\u{4f60}\u{597d}.txt"]);
        assert_decodes(
            &[b"\x83\x74\x83\x40\x83\x43\x83\x8b.pdf"],
            "Shift_JIS",
            &["\u{30d5}\u{30a1}\u{30a4}\u{30eb}.pdf"],
        );
    }

    #[test]
    fn every_byte_sequence_decodes() {
        let all: Vec<u8> = (0x80..=0xff).collect();
        assert_eq!(decode(&[&all]).names[0].chars().count(), 128);
        let others = other_decodings(b"Ren\xe9.txt", "Ren\u{e9}.txt");
        assert!(others.contains(&"Ren\u{398}.txt".to_owned()), "{others:?}");
        assert!(!others.contains(&"Ren\u{e9}.txt".to_owned()));
    }
}
