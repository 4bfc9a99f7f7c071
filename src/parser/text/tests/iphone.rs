//! Lines of an iPhone that begin with a direction mark: WhatsApp's own, and what people paste.

use super::{decoded, read};
use crate::chat::{Kind, OddityKind};

/// Kind, sender (`-` for none) and text of a message.
type Parsed = (Kind, String, String);

/// The messages of an iPhone export, and the lines with an oddity about marks.
fn parsed(lines: &[&str], chat: &str) -> (Vec<Parsed>, Vec<(u32, OddityKind)>) {
    let text: String = (1..)
        .zip(lines)
        .map(|(minute, line)| match line.strip_prefix("\u{200e}[") {
            Some(rest) => format!("\u{200e}[13/03/2024, 10:{minute:02}:00] {rest}\r\n"),
            None => format!("[13/03/2024, 10:{minute:02}:00] {line}\r\n"),
        })
        .collect();
    let decoded = decoded(text);
    let read = read(&decoded, chat, &[], None);
    let messages = read.messages.iter().map(|message| {
        let sender = read.sender_of(message).map_or("-", |p| p.name.as_ref());
        (message.kind, sender.to_owned(), message.text.to_string())
    });
    let is_about_marks =
        |kind: &OddityKind| matches!(kind, OddityKind::UnknownMark | OddityKind::GuessedNotice);
    let odd = read.oddities.iter().map(|odd| (odd.line, odd.kind));
    (
        messages.collect(),
        odd.filter(|(_, kind)| is_about_marks(kind)).collect(),
    )
}

fn kinds(lines: &[&str], chat: &str) -> Vec<Kind> {
    let (messages, _) = parsed(lines, chat);
    messages.into_iter().map(|(kind, ..)| kind).collect()
}

/// Numbers, Hebrew and answers of bots, copied from where a mark comes first.
#[test]
fn texts_of_people_that_begin_with_a_mark_stay_messages() {
    let lines = [
        "Rita Sol: \u{200e}+44 7700 900113",
        "Rita Sol: \u{202a}\u{200e}+44 7700 900113",
        "Rita Sol: \u{200e}+44 7700 900114",
        "Ben: \u{200e}+44 7700 900115",
        "Rita Sol: \u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5dc}\u{5da}",
        "Ben: \u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5dc}\u{5da}",
        "Rita Sol: \u{200f}Missed voice call",
        "Ben: \u{200f}image omitted",
        "Shop Bot: \u{200e}Order 12 is on its way: https://shop.example/12",
        "Shop Bot: \u{200e}Order 13 is on its way: https://shop.example/13",
        "Shop Bot: \u{200e}Order 14 is on its way: https://shop.example/14",
        "Shop Bot: \u{200e}Choose:\n1. Chairs\n2. Tables",
        "Shop Bot: \u{200e}Which colour would you like?",
        "Ben: \u{200e}I think she left",
        "Rita Sol: Missed voice call",
        "Ben: Voice call. 2 min is all I need",
        "Rita Sol: You created the group: thanks!",
    ];
    for chat in ["Rita Sol", "Shop Bot", "Roof repair"] {
        let (messages, _) = parsed(&lines, chat);
        for ((kind, sender, _), line) in messages.iter().zip(lines) {
            assert_eq!(*kind, Kind::Text, "{chat}: {line:?}");
            assert!(line.starts_with(sender.as_str()), "{chat}: {line:?}");
        }
    }
    // Right-to-left marks mean nothing in this file.
    let (_, odd) = parsed(&lines, "Roof repair");
    let lines: Vec<u32> = odd.iter().map(|(line, _)| *line).collect();
    assert!(
        lines.contains(&1) && !lines.contains(&5) && !lines.contains(&7),
        "{lines:?}"
    );
    assert!(odd.iter().all(|(_, kind)| *kind == OddityKind::UnknownMark));
}

/// In a file with Hebrew phrases, phones put the same mark before what people type.
#[test]
fn hebrew_texts_that_begin_with_a_mark_stay_messages() {
    let lines = [
        "\u{5e0}\u{5d5}\u{5e2}\u{5d4}: \u{200f}\u{5ea}\u{5d5}\u{5d3}\u{5d4} \u{5e8}\u{5d1}\u{5d4}",
        "Ben: \u{200f}\u{5ea}\u{5d5}\u{5d3}\u{5d4} \u{5e8}\u{5d1}\u{5d4}",
        "\u{5e0}\u{5d5}\u{5e2}\u{5d4}: \u{200f}\u{5ea}\u{5d5}\u{5d3}\u{5d4} \u{5e8}\u{5d1}\u{5d4}",
        "Dana: \u{200f}\u{5de}\u{5d6}\u{5dc} \u{5d8}\u{5d5}\u{5d1}",
        "Ben: \u{200f}\u{5d4}\u{5ea}\u{5de}\u{5d5}\u{5e0}\u{5d4} \u{5d4}\u{5d5}\u{5e9}\u{5de}\u{5d8}\u{5d4}",
        "Ben: \u{200f}\u{5e7}\u{5d5}\u{5d3} \u{5d4}\u{5d0}\u{5d1}\u{5d8}\u{5d7}\u{5d4} \u{5e2}\u{5dd} Ben \u{5e9}\u{5d5}\u{5e0}\u{5d4}.",
    ];
    let expected = [
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::MediaOmitted,
        Kind::System,
    ];
    assert_eq!(kinds(&lines, "Roof"), expected);
}

/// A bot writes nothing but marked lines, in a chat of two.
#[test]
fn only_other_person_of_a_chat_is_not_silent() {
    let lines = [
        "Shop Bot: \u{200e}Your order is on its way",
        "Shop Bot: \u{200e}Please rate our service",
        "Ben: thanks",
    ];
    let (messages, odd) = parsed(&lines, "Shop Bot");
    assert!(messages.iter().all(|(kind, ..)| *kind == Kind::Text));
    assert_eq!(odd.len(), 2);
}

#[test]
fn unknown_marked_line_with_a_second_sign_is_a_notice() {
    // It begins with the name of its sender, or contains it in a form that occurs for two senders or three times.
    for lines in [
        &[
            "Rita Sol: \u{200e}Mpya: Rita Sol kaingia",
            "Ben: \u{200e}Mpya: Ben kaingia",
            "Rita Sol: ok",
        ][..],
        &[
            "Ben: ok",
            "Rita Sol: \u{200e}Namba ya Rita imebadilika 1",
            "Rita Sol: \u{200e}Namba ya Rita imebadilika 2",
            "Rita Sol: \u{200e}Namba ya Rita imebadilika 3",
            "Rita Sol: ok",
        ],
        &[
            "Rita Sol: \u{200e}Rita Sol kabadili picha",
            "Rita Sol: ok",
            "Ben: ok",
        ],
    ] {
        let (messages, odd) = parsed(lines, "Rita Sol");
        for ((kind, sender, _), line) in messages.iter().zip(lines) {
            let is_marked = line.contains('\u{200e}');
            assert_eq!(*kind == Kind::System, is_marked, "{line}");
            assert_eq!(sender == "-", is_marked, "{line}");
        }
        assert!(
            odd.iter()
                .all(|(_, kind)| *kind == OddityKind::GuessedNotice)
        );
    }
    // The group itself, and a former subject of it.
    let lines = [
        "Roof repair: \u{200e}Mpya kabisa hapa",
        "Old roof: \u{200e}Kundi limebadilika jina",
        "Rita Sol: hi",
        "Ben: ok",
        "Anna: ok",
    ];
    assert_eq!(
        kinds(&lines, "Roof repair")[..2],
        [Kind::System, Kind::System]
    );
}

/// Every chat begins with a notice under the contact's name, which is no sign that the contact writes nothing.
#[test]
fn contact_whose_texts_all_begin_with_a_mark_is_not_silent() {
    let notice = "\u{200e}Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.";
    let hebrew = "\u{200f}\u{5d4}\u{5d4}\u{5d5}\u{5d3}\u{5e2}\u{5d5}\u{5ea} \u{5d5}\u{5d4}\u{5e9}\u{5d9}\u{5d7}\u{5d5}\u{5ea} \u{5de}\u{5d5}\u{5e6}\u{5e4}\u{5e0}\u{5d5}\u{5ea} \u{5de}\u{5e7}\u{5e6}\u{5d4} \u{5dc}\u{5e7}\u{5e6}\u{5d4}";
    for (notice, text) in [
        (notice, "\u{200e}Garden Street 12, 10115 Berlin"),
        (notice, "\u{200e}Your pizza is on its way"),
        (
            hebrew,
            "\u{200f}\u{5e8}\u{5d7}\u{5d5}\u{5d1} \u{5d4}\u{5d2}\u{5df} \u{5e9}\u{5ea}\u{5d9}\u{5dd} \u{5e2}\u{5e9}\u{5e8}\u{5d4}",
        ),
    ] {
        for chat in ["Rita Sol", "Export"] {
            let lines = [
                &format!("Rita Sol: {notice}"),
                "Tom: Hello, what is your address",
                &format!("Rita Sol: {text}"),
                "Tom: thanks",
            ];
            let (messages, odd) = parsed(&lines, chat);
            let (first, third) = (&messages[0], &messages[2]);
            assert_eq!(first.0, Kind::System, "{notice}");
            assert_eq!(
                (third.0, third.1.as_str()),
                (Kind::Text, "Rita Sol"),
                "{text}"
            );
            assert_eq!(odd, [(3, OddityKind::UnknownMark)], "{text}");
        }
    }
}

/// Several pasted texts, each with its mark, and words of calls in sentences.
#[test]
fn marks_in_a_text_of_a_person_make_no_call() {
    for text in [
        "\u{200e}Passt so, \u{200e}bis morgen",
        "\u{200e}Harbour Street. \u{200e}Berlin",
        "\u{200f}\u{5db}\u{5df}, \u{200f}\u{5de}\u{5d7}\u{5e8}",
        "\u{200e}Rita Sol, \u{200e}Garden Street",
        "\u{200e}For Rita. \u{200e}Order ready",
        "\u{200e}Video call. Tomorrow at ten I will show you the forty chairs and the tables",
        "\u{200e}Sprachanruf \u{200e}geht heute nicht, ich rufe morgen um zehn an",
        "\u{200e}Voice call, \u{200e}tomorrow",
        "\u{200e}Voice call. 2 min is all I need",
    ] {
        for sender in ["Rita Sol", "Tom"] {
            let line = format!("{sender}: {text}");
            // The second line makes right-to-left marks count.
            let lines = [
                "Rita Sol: hi",
                "Tom: \u{200f}\u{5d4}\u{5ea}\u{5de}\u{5d5}\u{5e0}\u{5d4} \u{5d4}\u{5d5}\u{5e9}\u{5de}\u{5d8}\u{5d4}",
                &line,
                "Tom: ok",
            ];
            let (messages, odd) = parsed(&lines, "Rita Sol");
            assert_eq!(messages[2].0, Kind::Text, "{line}");
            assert_eq!(messages[2].1, sender, "{line}");
            assert!(
                odd.contains(&(3, OddityKind::UnknownMark)),
                "{line}: {odd:?}"
            );
        }
    }
}

#[test]
fn texts_that_people_repeat_stay_messages() {
    for lines in [
        &[
            "Rita Sol: \u{200e}Order 11 is ready for pick-up",
            "Rita Sol: \u{200e}Order 12 is ready for pick-up",
            "Rita Sol: \u{200e}Order 13 is ready for pick-up",
        ][..],
        &[
            "Rita Sol: \u{200e}Good morning",
            "Tom: \u{200e}Good morning",
        ],
        &[
            "Rita Sol: \u{200e}Garden Street 1",
            "Rita Sol: \u{200e}Garden Street 2",
            "Rita Sol: \u{200e}Garden Street 3",
        ],
        &[
            "Tom: \u{200e}Hello Rita, order 1 is ready",
            "Tom: \u{200e}Hello Rita, order 2 is ready",
            "Tom: \u{200e}Hello Rita, order 3 is ready",
        ],
    ] {
        let all = [&["Rita Sol: hi", "Tom: ok"], lines].concat();
        let (messages, odd) = parsed(&all, "Rita Sol");
        assert!(
            messages.iter().all(|(kind, ..)| *kind == Kind::Text),
            "{lines:?}"
        );
        assert!(
            odd.iter().all(|(_, kind)| *kind == OddityKind::UnknownMark),
            "{lines:?}"
        );
        assert_eq!(odd.len(), lines.len(), "{lines:?}");
    }
}

#[test]
fn guess_by_the_own_name_is_reported() {
    let lines = [
        "Tom: ok",
        "Rita Sol: \u{200e}Rita Sol from Harbour Walks, I would like to order 40 chairs",
        "Rita Sol: hi",
    ];
    let (messages, odd) = parsed(&lines, "Rita Sol");
    assert_eq!(messages[1].0, Kind::System);
    assert_eq!(odd, [(2, OddityKind::GuessedNotice)]);
}

#[test]
fn unknown_marked_line_without_a_second_sign_stays_a_message() {
    for line in [
        "Rita Sol: \u{200e}Namba imebadilika",
        "Rita Sol: \u{200e}Ben kaingia",
        "Rita Sol: \u{200e}Rita said so",
    ] {
        let (messages, odd) = parsed(
            &["Rita Sol: hi", "Ben: ok", line, "Rita Sol: bye"],
            "Rita Sol",
        );
        assert_eq!(messages[2].0, Kind::Text, "{line}");
        assert_eq!(odd, [(3, OddityKind::UnknownMark)], "{line}");
    }
}

/// WhatsApp's own strings, in languages of which no export was seen to hold them.
#[test]
fn security_and_group_notices_in_many_languages() {
    for (line, is_of_group) in [
        (
            "Bezpe\u{10d}nostn\u{ed} k\u{f3}d mezi v\u{e1}mi a u\u{17e}ivatelem Rita Sol byl zm\u{11b}n\u{11b}n. \u{200e}V\u{ed}ce",
            false,
        ),
        ("Din s\u{e4}kerhetskod med Rita Sol har \u{e4}ndrats", false),
        (
            "Din sikkerhedskode for Rita Sol har \u{e6}ndret sig.",
            false,
        ),
        (
            "\u{39f} \u{3ba}\u{3c9}\u{3b4}\u{3b9}\u{3ba}\u{3cc}\u{3c2} \u{3b1}\u{3c3}\u{3c6}\u{3b1}\u{3bb}\u{3b5}\u{3af}\u{3b1}\u{3c2} \u{3c3}\u{3b1}\u{3c2} \u{3bc}\u{3b5} Rita Sol \u{3ac}\u{3bb}\u{3bb}\u{3b1}\u{3be}\u{3b5}",
            false,
        ),
        ("Vytvo\u{159}il/a jste skupinu Roof.", true),
        ("Du har tilf\u{f8}jet Anna", true),
        (
            "\u{60a8}\u{5df2}\u{5efa}\u{7acb}\u{300c}Roof\u{300d}\u{7fa4}\u{7d44}",
            true,
        ),
    ] {
        let lines = [
            "Rita Sol: hi",
            "Ben: ok",
            &format!("Rita Sol: \u{200e}{line}"),
            "Rita Sol: bye",
        ];
        let decoded = decoded(
            (0..)
                .zip(lines)
                .map(|(n, line)| format!("[13/03/2024, 10:0{n}:00] {line}\n"))
                .collect::<String>(),
        );
        let chat = read(&decoded, "Rita Sol", &[], None);
        assert_eq!(chat.messages[2].kind, Kind::System, "{line}");
        assert_eq!(chat.group_notices > 0, is_of_group, "{line}");
    }
}

#[test]
fn calls_in_every_form() {
    for call in [
        "Voice call. \u{200e}2 min",
        "Voice call, \u{200e}4 min",
        "Voice call",
        "Missed voice call. \u{200e}Tap to call back",
        "Silenced voice call. \u{200e}Focus mode",
        "Call failed, \u{200e}Try again",
        "Call failed. \u{200e}Try again",
        "Hlasov\u{fd} hovor. \u{200e}2 min",
        "\u{8a9e}\u{97f3}\u{901a}\u{8a71}\u{3002}\u{200e}2 \u{5206}",
        "Taleopkald, \u{200e}Intet svar",
        "Appel vocal. \u{200e}15 s",
        // No string of these is known: the second mark is the sign.
        "Telepon suara, \u{200e}Tak terjawab",
        "Simu ya sauti, \u{200e}dak 4",
    ] {
        let line = format!("Rita Sol: \u{200e}{call}");
        let (messages, _) = parsed(&["Rita Sol: hi", &line, "Ben: ok"], "Rita Sol");
        assert_eq!(
            (messages[1].0, messages[1].1.as_str()),
            (Kind::Call, "Rita Sol"),
            "{call}"
        );
        // Typed.
        let line = format!("Rita Sol: {}", call.replace('\u{200e}', ""));
        assert_eq!(
            kinds(&["Rita Sol: hi", &line, "Ben: ok"], "Rita Sol")[1],
            Kind::Text,
            "{call}"
        );
    }
}

/// Files are marked before the marker, before the timestamp, or not at all but by their place.
#[test]
fn attachment_after_every_kind_of_mark() {
    for line in [
        "Rita Sol: \u{200e}<attached: 00000003-PHOTO.jpg>",
        "\u{200e}[Rita Sol: <attached: 00000003-PHOTO.jpg>",
        "\u{200e}[Rita Sol: <pi\u{e8}ce jointe : 00000003-PHOTO.jpg>",
        "\u{200e}[Rita Sol: < pi\u{e8}ce jointe\u{a0}: 00000003-PHOTO.jpg >",
        "Rita Sol:\u{200e}<attached: 00000003-PHOTO.jpg>",
        "\u{200e}[Rita Sol:<attached: 00000003-PHOTO.jpg>",
        "\u{200e}[Rita Sol:<pi\u{e8}ce jointe : 00000003-PHOTO.jpg>",
    ] {
        let (messages, _) = parsed(&["Rita Sol: hi", line, "Ben: ok"], "Rita Sol");
        let (kind, sender, _) = &messages[1];
        assert_eq!(
            (*kind, sender.as_str()),
            (Kind::Media, "Rita Sol"),
            "{line:?}"
        );
    }
    for line in [
        "Rita Sol: <attached: 00000003-PHOTO.jpg>",
        "Rita Sol: so:<b>: no",
    ] {
        assert_eq!(
            kinds(&["Rita Sol: hi", line], "Rita Sol")[1],
            Kind::Text,
            "{line}"
        );
    }
}

#[test]
fn owner_who_created_the_group_is_a_notice() {
    let lines = [
        "Roof: \u{200e}Messages and calls are end-to-end encrypted.",
        "Ben: \u{200e}You created the group: Harbour // Walks",
        "Ben: \u{200e}You created the group",
        "Rita Sol: You created the group: thanks!",
    ];
    let expected = [Kind::System, Kind::System, Kind::System, Kind::Text];
    assert_eq!(kinds(&lines, "Roof"), expected);
}
