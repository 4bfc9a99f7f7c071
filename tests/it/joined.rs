//! A text export and a database of one chat: message for message the same, in whatever order they
//! come, and in one run or one after the other.

use std::fs;

use crate::kit::store::{Row, msgstore};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Output, World, archive, scenes};

const BEN: &str = "353861234501@s.whatsapp.net";
const CARA: &str = "353861234502@s.whatsapp.net";
const GROUP: &str = "120363000000000001@g.us";
const NAMES: [(&str, &str); 3] = [(BEN, "Ben Cooper"), (CARA, "Cara Dean"), (GROUP, "Roof")];

fn world(rows: &str, import: &str) -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(format!("{HEADER}{}{rows}", me()));
    built.import = import.to_owned();
    built.world()
}

fn ben() -> World {
    world(&scenes::ben().contact_row(), "")
}

/// Lines of an Android export: hours and minutes of the first of January, who, what.
fn text(world: &World, chat: &str, lines: &[(&str, &str, &str)]) {
    let body: String = (lines.iter())
        .map(|(at, who, what)| format!("01/01/2025, {at} - {who}: {what}\n"))
        .collect();
    let name = format!("WhatsApp Chat with {chat}");
    let zip = archive::zip_of(&[(format!("{name}.txt"), body)]);
    fs::write(world.exports().join(format!("{name}.zip")), zip).expect("written");
}

fn nothing(world: &World) {
    fs::remove_dir_all(world.exports()).expect("removed");
    fs::create_dir(world.exports()).expect("made");
}

/// External id and text, by time.
fn held(world: &World) -> Vec<(String, String)> {
    let mut held = world.server.state.messages();
    held.sort_by_key(|message| (message.activity_at, message.external_id.clone()));
    let pairs = held
        .into_iter()
        .map(|message| (message.external_id, message.markdown));
    pairs.collect()
}

#[track_caller]
fn brings_nothing(run: &Output) {
    let numbers = (
        run.number("created"),
        run.number("replaced"),
        run.number("failed"),
    );
    assert_eq!(numbers, (0, 0, 0), "{}", run.stderr);
}

const OWNER: &str = "Anna Example";

fn words() -> ([Row; 5], [(&'static str, &'static str, &'static str); 5]) {
    let rows = [
        Row::they(BEN, "3A00000000000000AA01", 5, "hello there"),
        Row::they(BEN, "3A00000000000000AA02", 115, "ok"),
        Row::they(BEN, "3A00000000000000AA03", 170, "ok"),
        Row::they(BEN, "3A00000000000000AA04", 225, "ok"),
        Row::i(BEN, "AC00000000000000AA05", 300, "bye now"),
    ];
    let lines = [
        ("13:00", "Ben Cooper", "hello there"),
        ("13:01", "Ben Cooper", "ok"),
        ("13:02", "Ben Cooper", "ok"),
        ("13:03", "Ben Cooper", "ok"),
        ("13:05", OWNER, "bye now"),
    ];
    (rows, lines)
}

/// The third "ok" is nearer in time to the second line, and is of the third.
#[test]
fn equal_texts_of_successive_minutes_keep_their_ids() {
    let (rows, lines) = words();
    let world = ben();
    msgstore(&world.exports(), &rows, &NAMES);
    text(&world, "Ben Cooper", &lines);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 5, "{}", run.stderr);
    let ids: Vec<String> = held(&world).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, rows.map(|row| row.id.to_owned()));
}

#[test]
fn either_order_of_export_and_database_adds_nothing() {
    let (rows, lines) = words();
    let world = ben();
    text(&world, "Ben Cooper", &lines);
    world.import().exits(0);
    nothing(&world);
    msgstore(&world.exports(), &rows, &NAMES);
    brings_nothing(&world.import().exits(0));

    let world = ben();
    msgstore(&world.exports(), &rows, &NAMES);
    world.import().exits(0);
    nothing(&world);
    text(&world, "Ben Cooper", &lines);
    brings_nothing(&world.import().exits(0));
}

/// A place, a contact card and a mention have other words in every program.
#[test]
fn message_rendered_differently_is_one_message() {
    let place = Row {
        kind: 5,
        ..Row::they(BEN, "3A00000000000000AB02", 130, "Alexanderplatz")
    };
    let card = Row {
        kind: 4,
        ..Row::they(BEN, "3A00000000000000AB03", 190, "Carl Card")
    };
    let rows = [
        Row::they(BEN, "3A00000000000000AB01", 5, "hello there"),
        place,
        card,
        Row::they(
            BEN,
            "3A00000000000000AB04",
            250,
            "ask @353861234777 about it",
        ),
        Row::i(BEN, "AC00000000000000AB05", 310, "the end of it"),
    ];
    let lines = [
        ("13:00", "Ben Cooper", "hello there"),
        (
            "13:02",
            "Ben Cooper",
            "location: https://maps.google.com/?q=52.52,13.405",
        ),
        ("13:03", "Ben Cooper", "Carl Card.vcf (file attached)"),
        ("13:04", "Ben Cooper", "ask @\u{2068}Dora\u{2069} about it"),
        ("13:05", OWNER, "the end of it"),
    ];
    for text_first in [true, false] {
        let world = ben();
        let put = |is_text: bool| {
            nothing(&world);
            match is_text {
                true => text(&world, "Ben Cooper", &lines),
                false => msgstore(&world.exports(), &rows, &NAMES),
            }
        };
        put(text_first);
        assert_eq!(world.import().exits(0).number("created"), 5);
        put(!text_first);
        brings_nothing(&world.import().exits(0));
        // And both together.
        msgstore(&world.exports(), &rows, &NAMES);
        text(&world, "Ben Cooper", &lines);
        brings_nothing(&world.import().exits(0));
        assert_eq!(world.server.state.message_count(), 5);
    }
}

/// Two members say one word in one minute: ids and numbers stay with who said it.
#[test]
fn texts_of_two_group_members_are_not_confused() {
    let by = |id, at, text, by| Row {
        by: Some(by),
        ..Row::they(GROUP, id, at, text)
    };
    let rows = [
        by("3A00000000000000AC01", 5, "hello all", BEN),
        by("3A00000000000000AC02", 62, "ok", CARA),
        by("3A00000000000000AC03", 63, "ok", BEN),
        Row::i(GROUP, "AC00000000000000AC04", 300, "bye now"),
    ];
    let lines = [
        ("13:00", "Ben Cooper", "hello all"),
        ("13:01", "Ben Cooper", "ok"),
        ("13:01", "Cara Dean", "ok"),
        ("13:05", OWNER, "bye now"),
        ("13:20", OWNER, "after"),
    ];
    let anchor = scenes::ben()
        .contact_row()
        .replace("Ben Cooper,Ben Cooper", "Roof,*");
    let world = world(&anchor, "groups = \"anchor\"");
    msgstore(&world.exports(), &rows, &NAMES);
    text(&world, "Roof", &lines);
    world.import().exits(0);
    let held = world.server.state.messages();
    let of = |id: &str| held.iter().find(|m| m.external_id == id).expect("there");
    let cara = of("3A00000000000000AC02");
    assert_eq!(cara.markdown, "*Cara Dean*\nok");
    assert_eq!(cara.remote_phone, "+353861234502");
    assert_eq!(of("3A00000000000000AC03").markdown, "*Ben Cooper*\nok");
    assert_eq!(held.len(), 5);
    // The seconds stay, though the newer archive has none.
    assert_eq!(cara.activity_at.timestamp() % 60, 2);
}

/// An export that was made abroad is read as the database is, and not the other way round.
#[test]
fn export_from_another_zone_gets_the_times_of_the_database() {
    let texts = [
        "alpha one",
        "bravo two",
        "charlie three",
        "delta four",
        "echo five",
    ];
    let ids = [
        "3A00000000000000AD01",
        "3A00000000000000AD02",
        "3A00000000000000AD03",
        "3A00000000000000AD04",
        "3A00000000000000AD05",
    ];
    let rows: Vec<Row> = (0i64..)
        .zip(texts.iter().zip(ids))
        .map(|(n, (text, id))| Row::they(BEN, id, n * 600 + 5, text))
        .chain([Row::they(BEN, "3A00000000000000AD09", 86_400, "later")])
        .collect();
    let times = ["18:00", "18:10", "18:20", "18:30", "18:40"];
    let lines: Vec<(&str, &str, &str)> = (times.iter().zip(texts))
        .map(|(at, text)| (*at, "Ben Cooper", text))
        .collect();
    let world = ben();
    msgstore(&world.exports(), &rows, &NAMES);
    text(&world, "Ben Cooper", &lines);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 6, "{}", run.stderr);
    let first = &world.server.state.messages();
    let first = first
        .iter()
        .find(|m| m.external_id == ids[0])
        .expect("there");
    assert_eq!(first.activity_at.timestamp(), 1_735_732_805);
}

/// The checkpoint remembers the id by which the database knows a message that Close has under
/// another one: by it alone the message is found when all its words have changed.
#[test]
fn message_is_recognized_by_its_alias() {
    let (mut rows, lines) = words();
    let world = ben();
    text(&world, "Ben Cooper", &lines);
    world.import().exits(0);
    let before = held(&world);
    msgstore(&world.exports(), &rows, &NAMES);
    brings_nothing(&world.import().exits(0));
    nothing(&world);
    // Two were edited, and their rows bear the times of the edits by now.
    let edits = [
        ("AC000000000000EDAA02", "quite another thing"),
        ("AC000000000000EDAA03", "and one more"),
    ];
    for (row, (edit, words)) in rows[1..3].iter_mut().zip(edits) {
        (row.text, row.edit) = (words, Some(edit));
        row.at += 3_600;
    }
    rows[1..].sort_by_key(|row| row.at);
    msgstore(&world.exports(), &rows, &NAMES);
    let run = world.import().exits(0);
    brings_nothing(&run);
    assert_eq!(run.number("updated"), 2, "{}", run.stderr);
    let mut after: Vec<String> = held(&world).into_iter().map(|(id, _)| id).collect();
    let mut ids: Vec<String> = before.into_iter().map(|(id, _)| id).collect();
    after.sort();
    ids.sort();
    assert_eq!(after, ids);
}

/// A database without names has numbers: the row of that number is meant.
#[test]
fn number_finds_its_row() {
    let (rows, lines) = words();
    let world = ben();
    text(&world, "Ben Cooper", &lines);
    msgstore(&world.exports(), &rows, &[]);
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("held")),
        (5, 0),
        "{}",
        run.stderr
    );
}

/// Private is meant of the person, whatever an archive calls them.
#[test]
fn private_number_is_private_under_every_name() {
    let (rows, _) = words();
    let table = "Lover,Lover,contact,+353861234501,,,,private\n";
    for names in [&[][..], &NAMES[..1]] {
        let world = world(table, "");
        msgstore(&world.exports(), &rows, names);
        for arguments in [&["plan"][..], &["import", "--yes"], &["plan", "--json"]] {
            let run = world.run(arguments).exits(0);
            let told = format!("{}{}", run.stdout, run.stderr);
            for secret in ["353861234501", "Ben Cooper", "hello there"] {
                assert!(!told.contains(secret), "{secret} in {told}");
            }
        }
        assert_eq!(world.server.state.message_count(), 0);
    }
}

/// Two people of one name in one store: each is told by the number.
#[test]
fn two_chats_of_one_name_in_a_database_are_two() {
    let rows = [
        Row::they(BEN, "3A00000000000000AE01", 5, "I am the first"),
        Row::they(CARA, "3A00000000000000AE02", 9, "I am the second"),
    ];
    let names = [(BEN, "Ben Cooper"), (CARA, "Ben Cooper")];
    let world = ben();
    msgstore(&world.exports(), &rows, &names);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 1, "{}", run.stderr);
    assert_eq!(held(&world)[0].1, "I am the first");
}

/// Nothing in the export says whether day or month comes first: what the database says at exact times
/// does.
#[test]
fn database_settles_the_order_of_day_and_month() {
    let texts = [
        "shall we meet today?",
        "the offer is on its way",
        "thank you very much",
    ];
    let ids = [
        "3A00000000000000AF01",
        "3A00000000000000AF02",
        "3A00000000000000AF03",
    ];
    // The third, fifth and ninth of January.
    let rows: Vec<Row> = [2i64, 4, 8]
        .iter()
        .zip(texts.iter().zip(ids))
        .map(|(day, (text, id))| Row::they(BEN, id, day * 86_400 + 5, text))
        .collect();
    for (first, days) in [
        ("dmy", ["03/01", "05/01", "09/01"]),
        ("mdy", ["01/03", "01/05", "01/09"]),
    ] {
        let world = ben();
        let config = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("text");
        world.write(
            "chatferry.toml",
            &config.replace("date_order = \"dmy\"\n", ""),
        );
        let body: String = (days.iter().zip(texts))
            .map(|(day, text)| format!("{day}/2025, 13:00 - Ben Cooper: {text}\n"))
            .collect();
        let name = "WhatsApp Chat with Ben Cooper";
        let zip = archive::zip_of(&[(format!("{name}.txt"), body)]);
        fs::write(world.exports().join(format!("{name}.zip")), zip).expect("written");
        msgstore(&world.exports(), &rows, &NAMES);
        let inspect = world.run(&["inspect", "exports", "--details"]).exits(0);
        let told = format!("{first}: a native archive contains 3 texts of the same day");
        assert!(inspect.stdout.contains(&told), "{}", inspect.stdout);
        let run = world.import().exits(0);
        assert_eq!(
            (run.number("created"), run.number("held")),
            (3, 0),
            "{}",
            run.stderr
        );
    }
}

/// A database has as edited and as deleted what an export of before has as it was said.
#[test]
fn edited_or_deleted_message_is_not_a_second_message() {
    let edited = Row {
        edit: Some("AC000000000000EDBA02"),
        ..Row::they(BEN, "3A00000000000000BA02", 65, "see you at noon")
    };
    let deleted = Row {
        kind: 15,
        ..Row::they(BEN, "3A00000000000000BA03", 130, "")
    };
    let rows = [
        Row::they(BEN, "3A00000000000000BA01", 5, "hello there"),
        edited,
        deleted,
        Row::i(BEN, "AC00000000000000BA04", 600, "bye now"),
    ];
    let lines = [
        ("13:00", "Ben Cooper", "hello there"),
        ("13:01", "Ben Cooper", "see you"),
        ("13:02", "Ben Cooper", "I regret this"),
        ("13:10", OWNER, "bye now"),
    ];
    let world = ben();
    msgstore(&world.exports(), &rows, &NAMES);
    text(&world, "Ben Cooper", &lines);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 3, "{}", run.stderr);
    let texts: Vec<String> = held(&world).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello there", "see you at noon", "bye now"]);

    // The export first, and then both.
    let world = ben();
    text(&world, "Ben Cooper", &lines);
    assert_eq!(world.import().exits(0).number("created"), 4);
    msgstore(&world.exports(), &rows, &NAMES);
    let run = world.import().exits(0);
    brings_nothing(&run);
    assert_eq!(run.number("updated"), 1, "{}", run.stderr);
    assert_eq!(held(&world)[1].1, "see you at noon");
    assert_eq!(world.server.state.message_count(), 4);
}

/// An export ends with a place, told to the minute.
#[test]
fn last_message_of_an_export_may_be_a_location() {
    let place = Row {
        kind: 5,
        ..Row::they(BEN, "3A00000000000000BF02", 95, "Alexanderplatz")
    };
    let rows = [
        Row::they(BEN, "3A00000000000000BF01", 5, "hello there"),
        place,
    ];
    let world = ben();
    let url = "location: https://maps.google.com/?q=52.52,13.405";
    let lines = [
        ("13:00", "Ben Cooper", "hello there"),
        ("13:01", "Ben Cooper", url),
    ];
    text(&world, "Ben Cooper", &lines);
    world.import().exits(0);
    nothing(&world);
    msgstore(&world.exports(), &rows, &NAMES);
    brings_nothing(&world.import().exits(0));
}

/// A place that was sent after the last export is new, though a message of before was deleted on the
/// phone since and nothing stands for it any more.
#[test]
fn new_message_is_not_mistaken_for_a_removed_one() {
    let world = ben();
    let lines = [
        ("13:00", "Ben Cooper", "hello there"),
        ("13:01", "Ben Cooper", "my pin is 1234"),
    ];
    text(&world, "Ben Cooper", &lines);
    world.import().exits(0);
    nothing(&world);
    let place = Row {
        kind: 5,
        ..Row::they(BEN, "3A00000000000000BB02", 125, "Alexanderplatz")
    };
    let rows = [
        Row::they(BEN, "3A00000000000000BB01", 5, "hello there"),
        place,
    ];
    msgstore(&world.exports(), &rows, &NAMES);
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("unchanged")),
        (1, 1),
        "{}",
        run.stderr
    );
}

/// A mention has the name that an export shows.
#[test]
fn mention_is_shown_by_name() {
    let rows = [Row::they(
        BEN,
        "3A00000000000000BC01",
        5,
        "ask @353861234502 about it",
    )];
    let world = ben();
    msgstore(&world.exports(), &rows, &NAMES);
    world.import().exits(0);
    assert_eq!(held(&world)[0].1, "ask @Cara Dean about it");
    nothing(&world);
    text(
        &world,
        "Ben Cooper",
        &[(
            "13:00",
            "Ben Cooper",
            "ask @\u{2068}Cara Dean\u{2069} about it",
        )],
    );
    brings_nothing(&world.import().exits(0));
}

/// Whoever is private by the name that an export has is private in a database that calls them
/// otherwise.
#[test]
fn private_chat_is_private_under_another_name_in_a_database() {
    let (rows, lines) = words();
    let table = format!(
        "Ben Cooper,Ben Cooper,contact,,,,,private\n{}",
        scenes::ben().contact_row().replace("Ben Cooper", "Benny C")
    );
    let world = world(&table, "");
    text(&world, "Ben Cooper", &lines);
    msgstore(&world.exports(), &rows, &[(BEN, "Benny C")]);
    let plan = world.run(&["plan", "--payloads"]).exits(0);
    assert!(plan.stdout.is_empty(), "{}", plan.stdout);
    world.import().exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

/// A passage is left out of everything that is of the chat, whatever an archive calls it.
#[test]
fn excluded_period_applies_to_every_archive_of_the_chat() {
    let (mut rows, lines) = words();
    // Not in the export.
    rows[2].text = "an illness";
    let world = ben();
    text(&world, "Ben Cooper", &lines[..2]);
    msgstore(&world.exports(), &rows, &[]);
    world.write(
        "exclude.csv",
        "device,chat,from,until,reason\n,Ben Cooper,2025-01-01 13:02,2025-01-01 13:04,x\n",
    );
    world.import().exits(0);
    let texts: Vec<String> = held(&world).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello there", "ok", "bye now"]);
}

/// A member who is ignored by name is ignored in a database that knows the number alone, and reacts
/// to nothing.
#[test]
fn ignored_member_is_ignored_by_number_too() {
    let by = |id, at, text, by| Row {
        by: Some(by),
        ..Row::they(GROUP, id, at, text)
    };
    let rows = [
        Row {
            reaction: Some((CARA, "\u{1f44d}")),
            ..by("3A00000000000000BD01", 5, "hello all", BEN)
        },
        by("3A00000000000000BD02", 65, "cara says a secret", CARA),
        by("3A00000000000000BD03", 130, "and another secret", CARA),
        Row {
            reaction: Some((BEN, "\u{2764}")),
            ..Row::i(GROUP, "AC00000000000000BD04", 300, "bye now")
        },
    ];
    let lines = [
        ("13:00", "Ben Cooper", "hello all"),
        ("13:01", "Cara Dean", "cara says a secret"),
        ("13:05", OWNER, "bye now"),
    ];
    let anchor = scenes::ben()
        .contact_row()
        .replace("Ben Cooper,Ben Cooper", "Roof,*");
    for (table, list) in [
        ("Roof,Cara Dean,ignore,,,,,\n", None),
        ("", Some("Cara Dean\n")),
    ] {
        let world = world(
            &format!("{anchor}{table}"),
            "groups = \"anchor\"\nreactions = \"text\"",
        );
        if let Some(list) = list {
            world.write("never.txt", list);
        }
        msgstore(
            &world.exports(),
            &rows,
            &[(BEN, "Ben Cooper"), (GROUP, "Roof")],
        );
        text(&world, "Roof", &lines);
        world.import().exits(0);
        let texts: Vec<String> = held(&world).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert_eq!(texts[1], "bye now\n\n\u{2764} Ben Cooper");
        assert!(!texts.concat().contains("353861234502"), "{texts:?}");
        assert!(!texts.concat().contains("Cara"), "{texts:?}");
    }
}

/// Whoever has no name in a database is known by the number that the row gives.
#[test]
fn ignored_number_is_ignored_under_every_name() {
    let by = |id, at, text, by| Row {
        by: Some(by),
        ..Row::they(GROUP, id, at, text)
    };
    let rows = [
        by("3A00000000000000BE01", 5, "hello all", BEN),
        by("3A00000000000000BE02", 65, "cara says a secret", CARA),
    ];
    let anchor = (scenes::ben().contact_row()).replace("Ben Cooper,Ben Cooper", "Roof,*");
    let table = format!("{anchor}Roof,Cara Dean,ignore,+353861234502,,,,\n");
    let world = world(&table, "groups = \"anchor\"");
    msgstore(&world.exports(), &rows, &NAMES[2..]);
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("skipped")),
        (1, 1),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("no meaning"), "{}", run.stderr);
}
