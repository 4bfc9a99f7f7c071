//! Senders: names of every form, notices that look like messages, and the owner.

use super::{decoded, read};
use crate::chat::{Kind, OddityKind};

/// The sender of each message, `-` for none, and its text.
fn senders_and_texts(text: &str, chat: &str) -> Vec<(String, String)> {
    let decoded = decoded(text);
    let chat = read(&decoded, chat, &[], None);
    chat.messages
        .iter()
        .map(|m| {
            let sender = chat.sender_of(m).map_or("-", |p| p.name.as_ref());
            (sender.to_owned(), m.text.to_string())
        })
        .collect()
}

/// The sender of a line in a one-to-one chat, in Android's format.
fn android(line: &str) -> (String, String) {
    let text = format!(
        "13/03/2023, 09:05 - Anna: hi\n13/03/2023, 09:05 - Ben K: ho\n13/03/2023, 09:06 - {line}\n\
         13/03/2023, 09:07 - Anna: hi\n13/03/2023, 09:07 - Ben K: ho\n"
    );
    senders_and_texts(&text, "Ben K").swap_remove(2)
}

/// The same in iPhone's format.
fn iphone(line: &str) -> (String, String) {
    let text = format!("[13/03/2023, 09:05:00] Anna: hi\r\n[13/03/2023, 09:06:00] {line}\r\n");
    senders_and_texts(&text, "").swap_remove(1)
}

#[test]
fn names_of_every_form() {
    for (written, name) in [
        ("Anna - Flat 3", "Anna - Flat 3"),
        ("[Work] Ben", "[Work] Ben"),
        (" Leading", "Leading"),
        ("Trailing ", "Trailing"),
        ("\u{1f984}\u{1f984}", "\u{1f984}\u{1f984}"),
        (
            "\u{200f}\u{645}\u{62d}\u{645}\u{62f}",
            "\u{645}\u{62d}\u{645}\u{62f}",
        ),
        ("Cem:", "Cem:"),
        (
            "Harbour Caf\u{e9} & Co. (Sales)",
            "Harbour Caf\u{e9} & Co. (Sales)",
        ),
        ("Deleted Account", "Deleted Account"),
        ("+91 98281 00000", "+91 98281 00000"),
        (
            "\u{202a}+1\u{a0}(777)\u{a0}777\u{2011}7777\u{202c}",
            "+1 (777) 777-7777",
        ),
        ("~\u{202f}Nev", "Nev"),
        ("", ""),
    ] {
        let expected = (name.to_owned(), "it is 9: or so".to_owned());
        assert_eq!(android(&format!("{written}: it is 9: or so")), expected);
        assert_eq!(iphone(&format!("{written}: it is 9: or so")), expected);
    }
}

/// Some versions write no blank between the colon and a file.
#[test]
fn file_right_after_the_colon_is_a_message_of_its_sender() {
    let text = "13/03/2025, 10:00 - Anna: hi\n\
        13/03/2025, 10:01 - Anna:IMG-1.jpg (file attached)\n\
        13/03/2025, 10:02 - Rita:\u{200e}IMG-20250313-WA0002.jpg (file attached)\nlook\n\
        13/03/2025, 10:03 - Rita: \u{200e}IMG-3.jpg (file attached)\n\
        13/03/2025, 10:04 - Rita:My plan.pdf (file attached)\n\
        13/03/2025, 10:05 - Rita: at 10:30 (file attached)\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "Rita", &[], None);
    let found: Vec<_> = (chat.messages.iter())
        .map(|m| {
            let sender = chat.sender_of(m).map_or("-", |p| p.name.as_ref());
            let file = m.attachments().first().map_or("-", |a| a.name.as_ref());
            (sender, m.kind, file)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("Anna", Kind::Text, "-"),
            ("Anna", Kind::Media, "IMG-1.jpg"),
            ("Rita", Kind::Media, "IMG-20250313-WA0002.jpg"),
            ("Rita", Kind::Media, "IMG-3.jpg"),
            ("Rita", Kind::Media, "My plan.pdf"),
            ("Rita", Kind::Text, "-"),
        ]
    );
    assert_eq!(chat.messages[2].text, "look");
}

#[test]
fn empty_name_is_a_sender() {
    let text =
        "13/03/2023, 09:05 - Anna: hi\n13/03/2023, 09:06 - : who am I\n13/03/2023, 09:07 - :\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.messages.len(), 3);
    let unnamed: Vec<_> = chat
        .participants
        .iter()
        .map(|p| (p.name.as_ref(), p.messages))
        .collect();
    assert_eq!(unnamed, [("Anna", 1), ("", 2)]);
    assert_eq!(chat.messages[1].text, "who am I");
}

#[test]
fn subjects_with_colons_in_the_languages_of_android() {
    for line in [
        "Anna hat den Betreff von \u{201e}Haus: alt\u{201c} zu \u{201e}Haus: neu\u{201c} ge\u{e4}ndert.",
        "Anna cambi\u{f3} el asunto de \"Casa: a\" a \"Casa: b\"",
        "Anna mudou o assunto para \"Casa: b\"",
        "Anna a chang\u{e9} le sujet de \u{ab} Maison: a \u{bb} \u{e0} \u{ab} Maison: b \u{bb}",
        "Hai cambiato l'oggetto in \u{201c}Casa: b\u{201d}",
        "Anna heeft het onderwerp gewijzigd naar \"Huis: b\"",
        "Anna konuyu \"Ev: b\" olarak de\u{11f}i\u{15f}tirdi",
        "Anna \u{438}\u{437}\u{43c}\u{435}\u{43d}\u{438}\u{43b}(-\u{430}) \u{442}\u{435}\u{43c}\u{443} \u{43d}\u{430} \u{ab}\u{414}\u{43e}\u{43c}: b\u{bb}",
        "Anna zmieni\u{142}(a) temat na \u{201e}Dom: b\u{201d}",
        "Anna \u{e4}ndrade \u{e4}mnet till \u{201d}Hus: b\u{201d}",
        "Anna \u{5c07}\u{7fa4}\u{7d44}\u{540d}\u{7a31}\u{8b8a}\u{66f4}\u{70ba}\u{300c}a: b\u{300d}",
        "Anna \u{5c06}\u{7fa4}\u{7ec4}\u{540d}\u{79f0}\u{66f4}\u{6539}\u{4e3a}\u{201c}a: b\u{201d}",
        "Du hast ACME: Support hinzugef\u{fc}gt",
        "Anna l\u{e9}trehozott egy csoportot: \u{201c}H\u{e1}z\u{201d}",
        "Tu c\u{f3}digo de seguridad con ACME: Support cambi\u{f3}. Toca para saber m\u{e1}s.",
    ] {
        assert_eq!(android(line), ("-".to_owned(), line.to_owned()));
    }
}

#[test]
fn unlisted_notice_is_recognised_and_reported() {
    let line = "Anna skipti um heiti \u{ed} \u{201e}H\u{fa}s: n\u{fd}tt\u{201c}";
    let text = format!(
        "13/03/2023, 09:05 - Anna: hi\n13/03/2023, 09:05 - Anna: ho\n13/03/2023, 09:06 - {line}\n\
         13/03/2023, 09:07 - Ben: ha\n"
    );
    let decoded = decoded(text);
    let chat = read(&decoded, "Ben", &[], None);
    assert_eq!(chat.messages[2].kind, Kind::System);
    assert_eq!(chat.messages[2].text, line);
    assert_eq!(chat.participants.len(), 2);
    let odd: Vec<_> = chat.oddities.iter().map(|o| (o.line, o.kind)).collect();
    assert_eq!(odd, [(3, OddityKind::GuessedNotice)]);
}

#[test]
fn message_like_a_notice_stays_a_message() {
    for (line, sender) in [
        // From a sender who writes.
        ("Anna: Ben changed the subject to \"a: b\"", "Anna"),
        ("Ben K: Du hast Anna: die Nette hinzugef\u{fc}gt", "Ben K"),
        // Names with which no notice begins.
        ("Anna (new number): she said \"no\"", "Anna (new number)"),
        ("Anna Maria Example: hi", "Anna Maria Example"),
        ("Maria von der Au: my code: 12", "Maria von der Au"),
        ("Cem \"the: Boss\" K: hi", "Cem \"the"),
    ] {
        assert_eq!(android(line).0, sender, "{line}");
    }
    // The owner's text is not a notice on iPhone without the mark.
    assert_eq!(iphone("Ben: Anna hat die Gruppe verlassen").0, "Ben");
}

#[test]
fn notice_with_group_subject_as_sender() {
    let text = "\
[3/18/22, 15:00:00] Garten: \u{200e}Anna hat die Gruppe \u{201e}Garten\u{201c} erstellt.\r
[3/18/22, 15:00:01] Garten: \u{200e}Anna hat dich hinzugef\u{fc}gt.\r
[3/18/22, 15:00:02] Anna: hi\r
";
    let decoded = decoded(text);
    let chat = read(&decoded, "Garten", &[], None);
    assert_eq!(chat.group_notices, 2);
    assert_eq!(chat.participants.len(), 1);
}

#[test]
fn notices_of_iphone_in_the_main_languages() {
    for (line, group) in [
        ("Anna hat die Nummer gewechselt. X", None),
        ("Anna a \u{e9}pingl\u{e9} un message", Some(0)),
        ("Anna ha abbandonato il gruppo", Some(1)),
        (
            "Anna \u{434}\u{43e}\u{431}\u{430}\u{432}\u{438}\u{43b}(\u{430}) Ben",
            Some(1),
        ),
        (
            "Hai attivato i messaggi effimeri. I nuovi messaggi spariranno.",
            Some(0),
        ),
        (
            "Anna\u{304c}\u{9000}\u{51fa}\u{3057}\u{307e}\u{3057}\u{305f}",
            Some(1),
        ),
        (
            "Anna\u{b2d8}\u{c774} \u{b098}\u{ac14}\u{c2b5}\u{b2c8}\u{b2e4}.",
            Some(1),
        ),
    ] {
        let text = format!(
            "[13/03/2023, 09:05:00] Ben: \u{200e}{line}\r\n[13/03/2023, 09:05:01] Ben: hi\r\n"
        );
        let decoded = decoded(text);
        let chat = read(&decoded, "", &[], None);
        let kind = chat.messages[0].kind;
        assert_eq!(kind == Kind::System, group.is_some(), "{line}");
        assert_eq!(chat.group_notices, group.unwrap_or(0), "{line}");
    }
}

#[test]
fn participant_named_you_is_the_owner() {
    let owner = |lines: &str, name: &str| {
        let decoded = decoded(lines);
        let chat = read(&decoded, name, &[], None);
        chat.owner
            .map(|at| chat.participants[at as usize].name.to_string())
    };
    for you in [
        "You",
        "Du",
        "T\u{fa}",
        "Voc\u{ea}",
        "\u{412}\u{44b}",
        "\u{623}\u{646}\u{62a}",
        "\u{3042}\u{306a}\u{305f}",
        "\u{60a8}",
    ] {
        let text = format!("13/03/2023, 09:05 - {you}: hi\n13/03/2023, 09:06 - Ben: ho\n");
        assert_eq!(owner(&text, "Ben").as_deref(), Some(you));
        // A participant with this name.
        assert_eq!(owner(&text, you), None);
    }
    // On Android anyone can type the words; then nothing is concluded.
    let typed = "13/03/2023, 09:05 - You: hi\n13/03/2023, 09:06 - Ben: You deleted this message\n";
    assert_eq!(owner(typed, "Ben"), None);
    let two = "13/03/2023, 09:05 - You: hi\n13/03/2023, 09:06 - Du: ho\n";
    assert_eq!(owner(two, "export"), None);
}

#[test]
fn hundred_thousand_names_take_linear_time() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..100_000 {
        let _ = writeln!(text, "13/03/2023, 09:05 - Name {n} \u{201c}: a\u{201d}");
        if n % 2 == 0 {
            let _ = writeln!(text, "13/03/2023, 09:05 - Name {n} \u{201c}: b\u{201d}");
        }
    }
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.messages.len(), 150_000);
    assert_eq!(chat.participants.len(), 100_000);
}

#[test]
fn hundred_thousand_subjects_and_names_take_linear_time() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..50_000 {
        let _ = writeln!(
            text,
            "13/03/2023, 09:05 - Rita changed the subject from \"G{n}: A\" to \"G{n}: B\""
        );
    }
    for n in 0..100_000 {
        let _ = writeln!(text, "13/03/2023, 09:05 - S{n}: hello there");
    }
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.messages.len(), 150_000);
    assert_eq!(chat.participants.len(), 100_000);
}

#[test]
fn group_named_like_member_keeps_other_members() {
    let lines = "Ann added Ben|Ann: hi|Ben: ok|der nette nachbar von oben: hallo|Ann: a|Ben: b";
    let text: String = (lines.split('|'))
        .map(|line| format!("31/12/2020, 21:45 - {line}\n"))
        .collect();
    let text = decoded(text);
    let chat = read(&text, "Ann", &[], None);
    let message = &chat.messages[3];
    assert_eq!(message.text, "hallo");
    assert_eq!(
        chat.sender_of(message).unwrap().name,
        "der nette nachbar von oben"
    );
}

#[test]
fn text_with_leading_colon_is_not_part_of_name() {
    let text =
        decoded("13/03/2023, 09:05 - Ann: : !\n13/03/2023, 09:06 - Ann: : <Media omitted>\n");
    let chat = read(&text, "Ann", &[], None);
    let found: Vec<_> = (chat.messages.iter())
        .map(|m| (chat.sender_of(m).map(|p| p.name.as_ref()), m.text.as_ref()))
        .collect();
    assert_eq!(
        found,
        [(Some("Ann"), ": !"), (Some("Ann"), ": <Media omitted>")]
    );
}

/// The senders of a chat on Android.
fn senders(lines: &[&str], chat: &str) -> Vec<String> {
    let text: String = (0..)
        .zip(lines)
        .map(|(minute, line)| format!("13/03/2024, 10:{minute:02} - {line}\n"))
        .collect();
    let read = senders_and_texts(&text, chat);
    read.into_iter().map(|(sender, _)| sender).collect()
}

#[test]
fn name_with_colon_is_found_in_the_name_of_the_chat() {
    for chat in ["ACME: Support", "ACME_ Support", "ACME Support"] {
        // She writes first, after a notice about her, or later.
        for lines in [
            &["ACME: Support: hello", "Ben: hi", "ACME: Support: bye: now"][..],
            &[
                "ACME: Support changed their phone number. Tap to message or add the new number.",
                "ACME: Support: hello",
                "Ben: hi",
            ],
            &["Ben: hi", "ACME: Support: hello", "Ben: ok"],
            &["ACME: Support: hello"],
        ] {
            let named = senders(lines, chat);
            for (sender, line) in named.iter().zip(lines) {
                let is = match line.split(' ').next() {
                    Some("Ben:") => "Ben",
                    _ if line.contains("changed") => "-",
                    _ => "ACME: Support",
                };
                assert_eq!(sender, is, "{chat}: {line}");
            }
        }
    }
    assert_eq!(
        senders(
            &["ACME: Support: UK: hello", "Ben: hi"],
            "ACME_ Support_ UK"
        ),
        ["ACME: Support: UK", "Ben"]
    );
}

#[test]
fn name_with_colon_is_found_in_notices() {
    let lines = [
        "Ben created group \"Roof\"",
        "Ben added ACME: Sales",
        "ACME: Support was added",
        "ACME: Support: hello",
        "ACME: Sales: bye",
        "Ben: ACME: Sales is quick",
        "Your security code with ACME: Support changed. Tap to learn more.",
    ];
    assert_eq!(
        senders(&lines, "Roof"),
        ["-", "-", "-", "ACME: Support", "ACME: Sales", "Ben", "-"]
    );
}

#[test]
fn person_who_begins_with_a_word_has_no_longer_name() {
    let lines = [
        "Ann: Note: milk",
        "Ben: ok",
        "Ann: Note: bread",
        "Ben: Theo left",
        "Ben: Ann: see above",
    ];
    assert_eq!(senders(&lines, "Ann"), ["Ann", "Ben", "Ann", "Ben", "Ben"]);
}
