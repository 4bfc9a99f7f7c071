//! Names of entries that are not in Unicode: which code page they were written in.
//!
//! WhatsApp writes UTF-8. Programs for Windows that pack an export again write names in the code
//! page of the computer and do not say which (APPNOTE.TXT 4.4.4, appendix D). This room reads such
//! a name in every page in which it can be read and chooses one for the whole archive, since one
//! program wrote all of its names. The choice is for people's eyes; whether a file is the one that
//! a message names is told by any reading, and only where it is the only one (`MediaIndex`).

use encoding_rs::Encoding;
use oem_cp::code_table as oem;

/// A page and how its bytes are read.
struct Page {
    name: &'static str,
    table: Table,
}

enum Table {
    /// The upper half of a page of DOS.
    Dos(&'static [char; 128]),
    Windows(&'static Encoding),
}

/// The pages of the systems that WhatsApp's users have, in the order in which one is taken where
/// names read equally well: what zip itself means (437), then western, then the others, the wide
/// ones last.
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
    /// The name in this page; `None` where a byte stands for nothing or for a control character.
    fn read(&self, raw: &[u8]) -> Option<String> {
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

/// Names that are not in UTF-8, read.
pub(super) struct Reading {
    /// The page that was chosen, for people.
    pub(super) page: &'static str,
    /// Each name in that page, in the order in which they were given.
    pub(super) names: Vec<String>,
}

/// Chooses the page in which all these names read best. The first page reads every byte, so there
/// always is one.
pub(super) fn read(raw: &[&[u8]]) -> Reading {
    PAGES
        .iter()
        .filter_map(|page| {
            let names: Vec<String> = raw
                .iter()
                .map(|raw| page.read(raw))
                .collect::<Option<_>>()?;
            let strange: u32 = names.iter().map(|name| strangeness(name)).sum();
            let page = page.name;
            Some((strange, Reading { page, names }))
        })
        .min_by_key(|(strange, _)| *strange)
        .map_or_else(
            || Reading {
                page: PAGES[0].name,
                names: raw
                    .iter()
                    .map(|raw| String::from_utf8_lossy(raw).into_owned())
                    .collect(),
            },
            |(_, reading)| reading,
        )
}

/// All readings of a name but `chosen`, each once.
pub(super) fn others(raw: &[u8], chosen: &str) -> Vec<String> {
    let mut others: Vec<String> = PAGES
        .iter()
        .filter_map(|page| page.read(raw))
        .filter(|name| name != chosen)
        .collect();
    others.sort_unstable();
    others.dedup();
    others
}

/// How little a name looks like one that a person gave: signs among its letters, a capital after a
/// small letter, letters of two scripts side by side, Latin words of accents only (what Cyrillic
/// turns into), and the narrow katakana that Chinese turns into.
fn strangeness(name: &str) -> u32 {
    let latin = |c: char| c < '\u{250}';
    let mut strange = 0;
    let mut before = ' ';
    let mut accents = 0;
    for c in name.chars() {
        if !c.is_ascii() && (!c.is_alphanumeric() || ('\u{ff61}'..='\u{ff9f}').contains(&c)) {
            strange += 1;
        }
        let accented = !c.is_ascii() && c.is_alphabetic() && latin(c);
        accents = if accented { accents + 1 } else { 0 };
        strange += u32::from(accents > 2);
        let beyond_ascii = !c.is_ascii() || !before.is_ascii();
        if beyond_ascii && c.is_alphabetic() && before.is_alphabetic() {
            let capital_inside = before.is_lowercase() && c.is_uppercase();
            strange += u32::from(latin(c) != latin(before) || capital_inside);
        }
        before = c;
    }
    strange
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(raw: &[&[u8]], page: &str, names: &[&str]) {
        let reading = read(raw);
        assert_eq!(
            (reading.page, reading.names.as_slice()),
            (page, owned(names).as_slice())
        );
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn western_names_are_told_apart() {
        // The same byte in both pages of DOS.
        reads(&[b"Ren\x82.txt"], "CP437", &["Ren\u{e9}.txt"]);
        // A box in 437.
        reads(
            &[b"Jo\xc6o.txt", b"Ren\x82.pdf"],
            "CP850",
            &["Jo\u{e3}o.txt", "Ren\u{e9}.pdf"],
        );
        // A theta among Latin letters in 437, a capital after small letters in 850.
        reads(
            &[b"Ren\xe9 M\xfcller.txt"],
            "Windows-1252",
            &["Ren\u{e9} M\u{fc}ller.txt"],
        );
    }

    #[test]
    fn other_scripts_are_told_apart() {
        reads(
            &[b"\x88\xa2\xa0\xad.txt"],
            "CP866",
            &["\u{418}\u{432}\u{430}\u{43d}.txt"],
        );
        reads(&[b"\xc4\xe3\xba\xc3.txt"], "GBK", &["\u{4f60}\u{597d}.txt"]);
        reads(
            &[b"\x83\x74\x83\x40\x83\x43\x83\x8b.pdf"],
            "Shift_JIS",
            &["\u{30d5}\u{30a1}\u{30a4}\u{30eb}.pdf"],
        );
    }

    #[test]
    fn every_name_has_a_reading() {
        let all: Vec<u8> = (0x80..=0xff).collect();
        assert_eq!(read(&[&all]).names[0].chars().count(), 128);
        let others = others(b"Ren\xe9.txt", "Ren\u{e9}.txt");
        assert!(others.contains(&"Ren\u{398}.txt".to_owned()), "{others:?}");
        assert!(!others.contains(&"Ren\u{e9}.txt".to_owned()));
    }
}
