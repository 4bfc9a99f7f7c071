//! What each source records of one message of each class, and what it leaves out.

use super::{Content, Conversation, Event, at, between, export};
use crate::truth::Recorded;
use crate::truth::conversation::{FileKind, Media};
use crate::truth::recorded::{Class, Precision, Side, State};
use crate::truth::sources::{Export, Program, Source};

/// A picture with words, a document, a card, an edited and a deleted text.
fn of_five() -> Conversation {
    let sent = at("2024-03-13T10:15:20.437Z");
    let file = |kind, caption: Option<&str>| {
        Content::File(Media {
            kind,
            seed: 5,
            size: 400,
            caption: caption.map(str::to_owned),
        })
    };
    let card = Content::Card {
        name: "Rita Sol".to_owned(),
    };
    let text = "right".to_owned();
    Conversation::private()
        .send(sent, 1, file(FileKind::Image, Some("the gate")))
        .send(sent + 1_000, 0, file(FileKind::Document, None))
        .send(sent + 2_000, 1, card)
        .text(sent + 3_000, 0, "wrong")
        .then(
            3,
            Event::Edited {
                at: between(),
                text,
            },
        )
        .text(sent + 4_000, 1, "gone")
        .then(4, Event::DeletedForEveryone { at: between() })
}

type Row<'a> = (Class, State, Option<FileKind>, Option<&'a str>, usize);

fn rows(records: &[Recorded]) -> Vec<Row<'_>> {
    records
        .iter()
        .map(|it| {
            (
                it.class,
                it.state,
                it.kind,
                it.body.as_deref(),
                it.files.len(),
            )
        })
        .collect()
}

const GONE: Row<'static> = (Class::Unknown, State::Deleted, None, None, 0);
const EDITED: Row<'static> = (Class::Text, State::Edited, None, Some("right"), 0);
const CARD: Row<'static> = (Class::Card, State::Plain, None, Some("Rita Sol"), 0);

const IMAGE: Option<FileKind> = Some(FileKind::Image);
const DOCUMENT: Option<FileKind> = Some(FileKind::Document);

#[test]
fn with_files_all_programs_have_kinds_and_bytes() {
    let of = of_five();
    let whole: [Row<'_>; 5] = [
        (Class::File, State::Plain, IMAGE, Some("the gate"), 1),
        (Class::File, State::Plain, DOCUMENT, None, 1),
        CARD,
        EDITED,
        GONE,
    ];
    for program in [Program::Android, Program::Iphone, Program::Msgstore] {
        let records = export(program).recorded(&of);
        assert_eq!(rows(&records), whole, "{program:?}");
        let sums: Vec<_> = records.iter().flat_map(|it| &it.files).collect();
        assert!(
            sums.iter()
                .all(|file| file.size == 400 && file.crc.is_some())
        );
        assert_ne!(sums[0].crc, sums[1].crc);
    }
    let web = export(Program::Web).recorded(&of);
    assert_eq!(rows(&web)[2], (Class::Card, State::Omitted, None, None, 0));
    assert_eq!(
        rows(&web)[3],
        (Class::Text, State::Plain, None, Some("right"), 0)
    );
    assert!(web.iter().all(|record| !record.marks_edits));
}

#[test]
fn programs_differ_in_what_they_leave_of_omitted_files() {
    let of = of_five();
    let omitted = |program| {
        let bare = Export {
            media: false,
            captions: false,
            ..export(program)
        };
        bare.recorded(&of)
    };
    let android = omitted(Program::Android);
    let expected: [Row<'_>; 3] = [
        (Class::File, State::Omitted, None, Some("the gate"), 0),
        (Class::File, State::Omitted, None, Some("offer 5.pdf"), 0),
        CARD,
    ];
    assert_eq!(rows(&android)[..3], expected);
    let iphone = omitted(Program::Iphone);
    let expected: [Row<'_>; 3] = [
        (Class::File, State::Omitted, IMAGE, None, 0),
        (Class::File, State::Omitted, DOCUMENT, None, 0),
        (Class::Card, State::Omitted, None, None, 0),
    ];
    assert_eq!(rows(&iphone)[..3], expected);
    let database = omitted(Program::Msgstore);
    let image: Row<'_> = (Class::File, State::Omitted, IMAGE, Some("the gate"), 1);
    assert_eq!(rows(&database)[0], image);
    assert_eq!(database[0].files[0].crc, None, "only the size is known");
}

#[test]
fn timestamps_authors_and_ids_are_those_of_the_program() {
    let of = of_five();
    let first = |program| export(program).recorded(&of).swap_remove(0);
    let sent = at("2024-03-13T10:15:20.437Z");
    for (program, precision, at, local, author) in [
        (
            Program::Android,
            Precision::Minute,
            sent - 20_437,
            "11:15:00",
            "Ben Cooper",
        ),
        (
            Program::Iphone,
            Precision::Second,
            sent - 437,
            "11:15:20",
            "Ben Cooper",
        ),
        (
            Program::Web,
            Precision::Second,
            sent - 437,
            "11:15:20",
            "Ben Cooper",
        ),
        (
            Program::Msgstore,
            Precision::Exact,
            sent,
            "",
            "+353861234501",
        ),
    ] {
        let record = first(program);
        let stamp = record.local.map(|it| it.format("%H:%M:%S").to_string());
        assert_eq!(record.precision, precision);
        assert_eq!(record.at, at, "{program:?}");
        assert_eq!(stamp.unwrap_or_default(), local, "{program:?}");
        assert_eq!(record.author.as_deref(), Some(author), "{program:?}");
        assert_eq!(record.side, Side::Incoming);
    }
    let database = export(Program::Msgstore).recorded(&of);
    let own = &database[3];
    assert_eq!((own.side, own.author.as_deref()), (Side::Outgoing, None));
    assert_eq!(own.ids[0], of.messages[3].id);
    assert_eq!(own.ids.len(), 2, "an edit has a key of its own");
    assert_ne!(own.ids[0], own.ids[1]);
    assert!(first(Program::Android).ids.is_empty());
    let row = &Source::Checkpoint(export(Program::Android)).recorded(&of)[0];
    assert!(row.imported && row.ids[0].starts_with("cf1-") && row.local.is_none());
    // Seen from the other phone, the sides change.
    let bens = Export {
        by: 1,
        ..export(Program::Android)
    };
    assert_eq!(bens.recorded(&of)[0].side, Side::Outgoing);
}
