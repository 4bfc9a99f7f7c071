//! Names and numbers of contact cards (vCard 2.1, 3.0 and 4.0), as the text of a message.

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue};

use super::people::one_line;

/// What separates several cards in one column of an iPhone's database (observed).
const SEPARATOR: &str = "_$!<VCard-Separator>!$_";

/// The names and numbers of the cards in a text, each on its own line; empty if there are none.
pub(crate) fn card_text(vcards: &str) -> String {
    let lines = vcards
        .split(SEPARATOR)
        .flat_map(cards)
        .flat_map(|card| lines(&card));
    lines.collect::<Vec<_>>().join("\n")
}

fn cards(vcards: &str) -> Vec<VCard> {
    let mut parser = calcard::Parser::new(vcards);
    let mut cards = Vec::new();
    loop {
        match parser.entry() {
            calcard::Entry::VCard(card) => cards.push(card),
            calcard::Entry::Eof => return cards,
            _ => {}
        }
    }
}

/// The name, and the numbers.
fn lines(card: &VCard) -> Vec<String> {
    let of = |wanted: &VCardProperty| {
        let wanted = wanted.clone();
        let entries = card.entries.iter();
        entries.filter(move |entry| entry.name == wanted)
    };
    let first = |wanted: &VCardProperty, text: &dyn Fn(&VCardEntry) -> String| {
        of(wanted).map(text).find(|text| !text.is_empty())
    };
    let name = first(&VCardProperty::Fn, &|entry| joined(&texts(entry)))
        .or_else(|| first(&VCardProperty::N, &full_name))
        .or_else(|| first(&VCardProperty::Org, &|entry| joined(&texts(entry))))
        .or_else(|| first(&VCardProperty::Nickname, &|entry| joined(&texts(entry))));
    let numbers = of(&VCardProperty::Tel).flat_map(|entry| texts(entry).into_iter().map(number));
    let lines = name.into_iter().chain(numbers);
    lines.filter(|line| !line.is_empty()).collect()
}

/// Prefix, given name, additional names, family name and suffix of `N`, whose order is another one.
fn full_name(entry: &VCardEntry) -> String {
    let texts = texts(entry);
    let parts = [3, 1, 2, 0, 4].map(|part| texts.get(part).copied().unwrap_or_default());
    joined(&parts)
}

fn joined(texts: &[&str]) -> String {
    one_line(&texts.join(" "))
}

/// The texts of a property, in the order in which it has them.
pub(crate) fn texts(entry: &VCardEntry) -> Vec<&str> {
    (entry.values.iter())
        .flat_map(|value| match value {
            VCardValue::Text(text) => vec![text.as_str()],
            VCardValue::Component(parts) => parts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// A number as text or as `tel:` URI (RFC 3966).
fn number(text: &str) -> String {
    let scheme = text
        .get(..4)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("tel:"));
    one_line(&text[if scheme { 4 } else { 0 }..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    #[test]
    fn card_becomes_name_and_numbers() {
        for (card, expected) in [
            (
                "VERSION:3.0\r\nN:Card;Carl;;;\r\nFN:Carl Card\r\nitem1.TEL;waid=1:+1 555",
                "Carl Card\n+1 555",
            ),
            // Folded lines, escapes, an organisation, two numbers.
            (
                "VERSION:3.0\r\nFN:Sol\\, Rita\\; roo\r\n fs\r\nORG:Sol Ltd;Roofs\r\nTEL;type=CELL:+44 7700 \r\n 900113\r\nTEL:+44 7700 900114",
                "Sol, Rita; roofs\n+44 7700 900113\n+44 7700 900114",
            ),
            (
                "VERSION:3.0\r\nN:Sol;Rita;;Dr.;\r\nTEL:1",
                "Dr. Rita Sol\n1",
            ),
            (
                "VERSION:3.0\r\nN:;;;;\r\nFN:\r\nORG:Harbour Works;\r\nTEL:1",
                "Harbour Works\n1",
            ),
            (
                "VERSION:4.0\r\nFN:Rita Sol\r\nTEL;VALUE=uri:tel:+44-7700-900113",
                "Rita Sol\n+44-7700-900113",
            ),
            (
                "VERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=C3=B6=72=67=20=4D=C3=BC=\r\n=6C=6C=65=72\r\nTEL;CELL:+44 7700 900113",
                "Jörg Müller\n+44 7700 900113",
            ),
            ("VERSION:3.0\r\nTEL:+44 7700 900113", "+44 7700 900113"),
        ] {
            let whole = format!("BEGIN:VCARD\r\n{card}\r\nEND:VCARD\r\n");
            assert_eq!(card_text(&whole), expected, "{card}");
            // With line feeds only, and without its end.
            assert_eq!(card_text(&whole.replace("\r\n", "\n")), expected, "{card}");
            assert_eq!(
                card_text(&format!("BEGIN:VCARD\r\n{card}\r\n")),
                expected,
                "{card}"
            );
        }
    }

    /// An export's file and the column of a database may differ in everything but names and numbers.
    #[test]
    fn equal_cards_have_one_canonical_form() {
        let of = |card: &str| {
            canonical::card(
                &card_text(&format!("BEGIN:VCARD\n{card}\nEND:VCARD\n")),
                true,
            )
        };
        let file = of(
            "VERSION:3.0\nN:;Carl  Card;;;\nFN:Carl  Card\nTEL;type=CELL;waid=12025550100:+1 202 555 0100",
        );
        assert!(file.is_some());
        assert_eq!(
            file,
            of("VERSION:4.0\nFN:Carl Card\nTEL;VALUE=uri:tel:+1-202-555-0100")
        );
        for other in [
            "FN:Carl Card\nTEL:+1 202 555 0101",
            "FN:Dana Oak\nTEL:+1 202 555 0100",
        ] {
            let other = of(&format!("VERSION:3.0\n{other}"));
            assert!(other.is_some() && other != file, "{other:?}");
        }
        // The order of the numbers is the program's.
        let two = "VERSION:3.0\nFN:Carl Card\nTEL:+1 202 555 0101\nTEL:+1 202 555 0100";
        let turned = "VERSION:3.0\nFN:Carl Card\nTEL:+1 202 555 0100\nTEL:+1 202 555 0101";
        assert_eq!(of(two), of(turned));
        assert_ne!(of(two), file);
        // A file has all that a card has; the text of other sources may lack the numbers.
        let without = of("VERSION:3.0\nFN:Carl Card");
        assert!(without.is_some() && without != file);
        assert_eq!(canonical::card("Carl Card", false), None);
    }

    #[test]
    fn several_cards() {
        let card = |name: &str| format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:1\nEND:VCARD");
        for separator in ["\n", SEPARATOR] {
            let both = [card("Rita"), card("Theo")].join(separator);
            assert_eq!(card_text(&both), "Rita\n1\nTheo\n1");
        }
        assert_eq!(card_text("no card"), "");
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(text in "(BEGIN:VCARD\r\n)?(FN|N|TEL|ORG)?[;:=\\PC\r\n]{0,120}(END:VCARD)?") {
            let _ = card_text(&text);
        }
    }
}
