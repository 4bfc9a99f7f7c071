//! Literal texts and their readings.

use super::*;
use crate::chat::{Extra, Message};

const ALONE: Context = Context {
    is_group: false,
    files: 0,
};
const GROUP: Context = Context {
    is_group: true,
    files: 0,
};

fn with_files(files: usize) -> Context {
    Context { files, ..ALONE }
}

fn plain(body: Body<'_>) -> Reading<'_> {
    Reading {
        sender: None,
        quotation: None,
        body,
        reactions: None,
        damaged: Vec::new(),
    }
}

fn files<'t>(caption: &'t str, absent: &[Absent<'t>]) -> Body<'t> {
    Body::Files {
        caption,
        absent: absent.to_vec(),
    }
}

fn bodies(text: &str, context: Context) -> Vec<Body<'_>> {
    let readings = split(text, context).into_iter();
    readings.map(|reading| reading.body).collect()
}

#[test]
fn plain_text_has_one_reading() {
    for text in [
        "Hello there",
        "*bold* and _italic_",
        "a\n\nb",
        "- one\n- two",
        "",
        "\\*no\\*",
    ] {
        assert_eq!(split(text, ALONE), [plain(Body::Text(text))]);
        assert_eq!(split(text, GROUP), [plain(Body::Text(text))]);
    }
}

#[test]
fn parts_around_the_body_are_removed() {
    let text =
        "*Rita Sol*\n> When?\n> Where?\nAt 8, here\n\n\u{1f44d} Theo, \u{2764}\u{fe0f} Ann Lee";
    let wanted = Reading {
        sender: Some("Rita Sol"),
        quotation: Some("> When?\n> Where?"),
        reactions: Some("\u{1f44d} Theo, \u{2764}\u{fe0f} Ann Lee"),
        ..plain(Body::Text("At 8, here"))
    };
    let readings = split(text, GROUP);
    assert_eq!(readings[0], wanted);
    assert_eq!(canonical_body(&readings[0]), "text:At 8, here");
    // A name with a comma is a less probable reaction.
    let readings = split("yes\n\n\u{1f44d} Sol, Rita", ALONE);
    let read: Vec<_> = readings.iter().map(|reading| reading.reactions).collect();
    assert_eq!(read, [None, Some("\u{1f44d} Sol, Rita")]);
}

#[test]
fn bold_line_is_a_name_in_groups_only() {
    let text = "*Price list*\nsee below";
    assert_eq!(split(text, ALONE), [plain(Body::Text(text))]);
    let named = Reading {
        sender: Some("Price list"),
        ..plain(Body::Text("see below"))
    };
    assert_eq!(split(text, GROUP), [named, plain(Body::Text(text))]);
}

#[test]
fn quotation_may_be_typed() {
    let readings = split("> a\n> b\nc", ALONE);
    let read: Vec<_> = (readings.iter())
        .map(|reading| (reading.quotation, &reading.body))
        .collect();
    assert_eq!(
        read,
        [
            (Some("> a\n> b"), &Body::Text("c")),
            (None, &Body::Text("> a\n> b\nc")),
            (Some("> a"), &Body::Text("> b\nc")),
        ]
    );
    // A reply is never empty.
    assert_eq!(split("> a\n", ALONE)[0], plain(Body::Text("> a\n")));
}

#[test]
fn trailing_emoji_is_text_or_a_reaction() {
    let readings = split("Thanks\n\n\u{1f44d}", ALONE);
    assert_eq!(readings[0].body, Body::Text("Thanks\n\n\u{1f44d}"));
    assert_eq!(readings[1].body, Body::Text("Thanks"));
    let readings = split("Thanks\n\n\u{1f44d} Rita", ALONE);
    assert_eq!(readings[0].body, Body::Text("Thanks"));
    assert_eq!(readings[0].reactions, Some("\u{1f44d} Rita"));
    assert_eq!(split("Thanks\n\n- 1", ALONE).len(), 1);
}

#[test]
fn attachments_decide_the_meaning_of_brackets() {
    assert_eq!(
        bodies("[image]", with_files(1)),
        [files("", &[]), files("[image]", &[])]
    );
    // Two are named and one is attached.
    assert_eq!(
        bodies("[2 images]", with_files(1)),
        [files("[2 images]", &[]), files("", &[])]
    );
    assert_eq!(bodies("[2 images, GIF]", with_files(3))[0], files("", &[]));
    assert_eq!(bodies("look", with_files(1)), [files("look", &[])]);
    assert_eq!(
        bodies("[images]", ALONE),
        [
            Body::Text("[images]"),
            Body::Call("images"),
            Body::Notice("images")
        ]
    );
    assert!(bodies("[image]", ALONE).contains(&Body::Text("[image]")));
}

#[test]
fn placeholders_of_absent_files_are_parsed() {
    let text = "look\n[image missing in the export]\n[video too large for Close (31 MB): v.mp4]\
                \n[audio file not imported: a\nb.mp3]";
    let absent = [
        Absent {
            media: MediaKind::Image,
            why: Why::Missing,
            name: None,
        },
        Absent {
            media: MediaKind::Video,
            why: Why::TooLarge(31),
            name: Some("v.mp4"),
        },
        Absent {
            media: MediaKind::Audio,
            why: Why::NotWanted,
            name: Some("a\nb.mp3"),
        },
    ];
    let readings = split(text, ALONE);
    assert_eq!(readings[0], plain(files("look", &absent)));
    assert_eq!(canonical_body(&readings[0]), "media");
    assert!(readings.contains(&plain(Body::Text(text))));
}

#[test]
fn placeholder_of_damaged_file_follows_reactions() {
    let text = "[image]\n\n\u{1f44d} Rita\n[image damaged in the archive: a.jpg]";
    let damaged = Absent {
        media: MediaKind::Image,
        why: Why::Damaged,
        name: Some("a.jpg"),
    };
    let wanted = Reading {
        reactions: Some("\u{1f44d} Rita"),
        damaged: vec![damaged],
        ..plain(files("", &[]))
    };
    assert_eq!(split(text, ALONE)[0], wanted);
}

#[test]
fn each_kind_is_read_from_its_form() {
    let omitted = |media, caption| Body::Omitted { media, caption };
    for (text, body, canonical) in [
        ("[message deleted by its sender]", Body::Deleted, "deleted"),
        (
            "[live location shared]",
            Body::LiveLocation,
            "live_location",
        ),
        (
            "[view once message, not included in the export]",
            Body::ViewOnce { caption: "" },
            "media",
        ),
        (
            "for you\n[view once message, not included in the export]",
            Body::ViewOnce { caption: "for you" },
            "media",
        ),
        (
            "[message not yet received when the phone exported]",
            Body::Waiting,
            "waiting",
        ),
        (
            "[message that the export does not show]",
            Body::Unsupported(None),
            "unsupported",
        ),
        (
            "[message that the export does not show: <product message>]",
            Body::Unsupported(Some("<product message>")),
            "unsupported",
        ),
        (
            "see\n[voice message not included in the export]",
            omitted(Some(MediaKind::Voice), "see"),
            "media",
        ),
        (
            "[file not included in the export]",
            omitted(None, ""),
            "media",
        ),
        (
            "[contact card: Rita Sol]\n+44 7700 900123",
            Body::Card("[contact card: Rita Sol]\n+44 7700 900123"),
            "contact",
        ),
        (
            "her\n[contact card not included in the export]",
            Body::Card("her\n[contact card not included in the export]"),
            "contact",
        ),
        (
            "*Poll: Which  day?*\n- Mon (2 votes)\n- Tue",
            Body::Poll {
                question: "Which  day?",
                options: "- Mon (2 votes)\n- Tue",
            },
            "poll:Which day?",
        ),
        (
            "*Event: Walk*\nStarts: 2025-12-09 11:30 UTC",
            Body::Event {
                title: "Walk",
                fields: "Starts: 2025-12-09 11:30 UTC",
            },
            "event",
        ),
        (
            "location: https://maps.google.com/?q=52.5,13.4",
            Body::Location("location: https://maps.google.com/?q=52.5,13.4"),
            "location",
        ),
        (
            "Location: 52.5, 13.4",
            Body::Location("Location: 52.5, 13.4"),
            "location",
        ),
    ] {
        let readings = split(text, ALONE);
        assert_eq!(readings[0], plain(body), "{text}");
        assert_eq!(canonical_body(&readings[0]), canonical);
        // It may have been typed.
        assert!(readings.contains(&plain(Body::Text(text))), "{text}");
    }
}

#[test]
fn link_is_text_and_may_be_a_location() {
    let text = "https://example.com/a";
    assert_eq!(
        bodies(text, ALONE),
        [Body::Text(text), Body::Location(text)]
    );
}

#[test]
fn notice_in_brackets_may_be_a_call() {
    let text = "[Missed voice call]";
    let readings = split(text, ALONE);
    let canonical: Vec<String> = readings.iter().map(canonical_body).collect();
    assert_eq!(
        canonical,
        [
            "text:[Missed voice call]",
            "call",
            "system:Missed voice call"
        ]
    );
}

#[test]
fn names_of_mentions_are_part_of_the_text() {
    let text = "hi @Theo Marsh ok?";
    let message = Message {
        line: 1,
        sender: Some(0),
        local_time: chrono::NaiveDateTime::default(),
        kind: Kind::Text,
        edited: false,
        text: text.into(),
        extra: Some(Box::new(Extra {
            mentions: Vec::from([std::ops::Range { start: 4, end: 14 }]),
            ..Extra::default()
        })),
    };
    let listed = canonical_body(&split(text, ALONE)[0]);
    assert_eq!(listed, canonical::listed_body(&message));
    assert_ne!(listed, canonical::body(&message));
}
