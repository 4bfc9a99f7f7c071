//! The bytes of the archives, line by line as the references quote them.

use super::{Content, Conversation, Event, at, between, export};
use crate::truth::archive;
use crate::truth::conversation::{FileKind, Media};
use crate::truth::sources::{Export, Language, Program};

/// One of each thing, from 2023-03-29 21:05:07 on, a minute each.
fn of_everything() -> Conversation {
    let start = at("2023-03-29T21:05:07+02:00");
    let mut minute = 0;
    let mut next = || {
        minute += 1;
        start + (minute - 1) * 60_000
    };
    let file = |kind, caption: Option<&str>| {
        Content::File(Media {
            kind,
            seed: 7,
            size: 300,
            caption: caption.map(str::to_owned),
        })
    };
    let place = Content::Place {
        latitude: 51.502_145_69,
        longitude: -0.127_397,
    };
    let card = Content::Card {
        name: "Rita Sol".to_owned(),
    };
    let poll = Content::Poll {
        question: "Which day?".to_owned(),
        options: vec!["Mon".to_owned(), "Tue".to_owned()],
    };
    Conversation::private()
        .text(next(), 1, "morning\nall of you")
        .send(next(), 0, file(FileKind::Image, Some("the gate")))
        .send(next(), 1, file(FileKind::Document, None))
        .send(next(), 1, place)
        .send(next(), 1, card)
        .send(next(), 0, poll)
        .text(next(), 0, "wrong")
        .text(next(), 1, "gone")
        .text(next(), 0, "gone too")
        .then(
            6,
            Event::Edited {
                at: between(),
                text: "corrected text".to_owned(),
            },
        )
        .then(7, Event::DeletedForEveryone { at: between() })
        .then(8, Event::DeletedForEveryone { at: between() })
}

fn transcript(export: &Export) -> String {
    archive::transcript(export, &of_everything()).replace('\u{200e}', "~")
}

#[test]
fn android_phone_writes_minutes_and_its_own_markers() {
    let lines = "29/03/2023, 21:05 - Ben Cooper: morning\nall of you\n\
        29/03/2023, 21:06 - Anna Example: IMG-20230329-WA0000.jpg (file attached)\nthe gate\n\
        29/03/2023, 21:07 - Ben Cooper: offer 7.pdf (file attached)\n\
        29/03/2023, 21:08 - Ben Cooper: location: https://maps.google.com/?q=51.50214569,-0.127397\n\
        29/03/2023, 21:09 - Ben Cooper: Rita Sol.vcf (file attached)\n\
        29/03/2023, 21:10 - Anna Example: POLL:\nWhich day?\nOPTION: Mon (0 votes)\nOPTION: Tue (0 votes)\n\n\
        29/03/2023, 21:11 - Anna Example: corrected text <This message was edited>\n\
        29/03/2023, 21:12 - Ben Cooper: This message was deleted\n\
        29/03/2023, 21:13 - Anna Example: You deleted this message\n";
    assert_eq!(transcript(&export(Program::Android)), lines);
}

#[test]
fn german_android_export_without_files() {
    let export = Export {
        language: Language::German,
        media: false,
        ..export(Program::Android)
    };
    let text = transcript(&export);
    for line in [
        "29.03.23, 21:05 - Ben Cooper: morning\n",
        "29.03.23, 21:06 - Anna Example: <Medien ausgeschlossen>\nthe gate\n",
        "29.03.23, 21:07 - Ben Cooper: <Medien ausgeschlossen>\noffer 7.pdf\n",
        "29.03.23, 21:08 - Ben Cooper: Standort: https://maps.google.com/",
        "29.03.23, 21:09 - Ben Cooper: Rita Sol.vcf (Datei angehängt)\n",
        "29.03.23, 21:11 - Anna Example: corrected text <Diese Nachricht wurde bearbeitet.>\n",
        "29.03.23, 21:12 - Ben Cooper: Diese Nachricht wurde gelöscht\n",
        "29.03.23, 21:13 - Anna Example: Du hast diese Nachricht gelöscht\n",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let name = archive::name(&export, &of_everything());
    assert_eq!(name, "WhatsApp-Chat mit Ben Cooper.zip");
}

#[test]
fn iphone_writes_seconds_marks_and_its_numbers() {
    let text = transcript(&export(Program::Iphone));
    let lines = "[29/03/2023, 21:05:07] Ben Cooper: morning\nall of you\r\n\
        ~[29/03/2023, 21:06:07] Anna Example: the gate ~<attached: 00000002-PHOTO-2023-03-29-21-06-07.jpg>\r\n\
        ~[29/03/2023, 21:07:07] Ben Cooper: offer 7.pdf ~<attached: 00000003-offer 7.pdf>\r\n\
        [29/03/2023, 21:08:07] Ben Cooper: ~Location: https://maps.google.com/?q=51.5021456,-0.1273970\r\n\
        ~[29/03/2023, 21:09:07] Ben Cooper: ~<attached: 00000005-Rita Sol.vcf>\r\n\
        [29/03/2023, 21:10:07] Anna Example: ~POLL:\nWhich day?\n~OPTION: Mon (~0 votes)\n~OPTION: Tue (~0 votes)\n\r\n\
        [29/03/2023, 21:11:07] Anna Example: corrected text ~<This message was edited>\r\n\
        [29/03/2023, 21:12:07] Ben Cooper: ~This message was deleted.\r\n\
        [29/03/2023, 21:13:07] Anna Example: ~You deleted this message.\r\n";
    assert_eq!(text, lines);
    let german = Export {
        language: Language::German,
        media: false,
        captions: false,
        ..export(Program::Iphone)
    };
    let text = transcript(&german);
    for line in [
        "~[29.03.23, 21:06:07] Anna Example: ~Bild weggelassen\r\n",
        "~[29.03.23, 21:07:07] Ben Cooper: offer 7.pdf ~Dokument weggelassen\r\n",
        "~[29.03.23, 21:09:07] Ben Cooper: ~Kontaktkarte ausgelassen\r\n",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[test]
fn whatsapp_web_writes_english_timestamps_you_and_kind_words() {
    let cut = Export {
        newest: Some(8),
        ..export(Program::Web)
    };
    let text = transcript(&cut);
    let lines = "Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.\n\
        Some earlier messages may not be available.\n\
        [3/29/23, 9:06:07 PM] You: image (file attached) the gate\n\
        [3/29/23, 9:07:07 PM] Ben Cooper: offer 7.pdf (file attached)\n\
        [3/29/23, 9:08:07 PM] Ben Cooper: Location: 51.50214569, -0.127397 - https://maps.google.com/?q=51.50214569,-0.127397\n\
        [3/29/23, 9:09:07 PM] Ben Cooper: <Contact card omitted>\n\
        [3/29/23, 9:10:07 PM] You: Poll: Which day?\n    - Mon\n    - Tue\n\
        [3/29/23, 9:11:07 PM] You: corrected text\n\
        [3/29/23, 9:12:07 PM] Ben Cooper: This message was deleted\n\
        [3/29/23, 9:13:07 PM] You: You deleted this message\n";
    assert_eq!(text, lines);
    let files = archive::files(&cut, &of_everything());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let image = "media/WhatsApp Image 2023-03-29 at 9.06.07 PM.jpeg";
    assert_eq!(names, [image, "media/offer 7.pdf"]);
}

#[test]
fn options_change_their_timestamps_and_names() {
    let abroad = Export {
        ahead: 60,
        stored_later: 2,
        numbering: 40,
        ..export(Program::Android)
    };
    let text = transcript(&abroad);
    assert!(
        text.starts_with("29/03/2023, 22:05 - Ben Cooper: morning"),
        "{text}"
    );
    assert!(text.contains("IMG-20230331-WA0040.jpg"), "{text}");
    let jittered = |seed| {
        transcript(&Export {
            jitter: Some(seed),
            ..export(Program::Iphone)
        })
    };
    let seconds = |text: &str, second: &str| text.matches(&format!(":{second}] ")).count();
    let text = jittered(1);
    assert_eq!(seconds(&text, "07") + seconds(&text, "08"), 9, "{text}");
    assert!(
        seconds(&text, "08") > 0 && seconds(&text, "07") > 0,
        "{text}"
    );
    assert_ne!(text, jittered(2));
    // Ben's own phone: his profile's name, and Anna as his address book has her.
    let bens = Export {
        by: 1,
        ..export(Program::Android)
    };
    let text = transcript(&bens);
    assert!(text.contains(" - Ben C.: morning"), "{text}");
    assert!(text.contains(" - Anna (Example & Co): corrected"), "{text}");
}

#[test]
fn android_counts_files_by_the_day_and_an_iphone_by_the_export() {
    let sent = at("2024-03-13T10:15:20+01:00");
    let of = Conversation::private()
        .picture(sent, 1, 1)
        .picture(sent + 1_000, 1, 2)
        .text(sent + 2_000, 1, "more tomorrow")
        .picture(sent + 86_400_000, 1, 3);
    let names = |program, newest| {
        let export = Export {
            newest,
            ..export(program)
        };
        let files = archive::files(&export, &of);
        files.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let stored = [
        "IMG-20240313-WA0000.jpg",
        "IMG-20240313-WA0001.jpg",
        "IMG-20240314-WA0000.jpg",
    ];
    assert_eq!(names(Program::Android, None), stored);
    assert_eq!(names(Program::Android, Some(3)), stored[1..]);
    let last = |number| format!("{number}-PHOTO-2024-03-14-10-15-20.jpg");
    assert_eq!(names(Program::Iphone, None)[2], last("00000004"));
    assert_eq!(names(Program::Iphone, Some(3))[1], last("00000003"));
}
