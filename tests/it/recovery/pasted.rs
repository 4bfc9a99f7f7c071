//! A contact's message contains pasted lines that look like headers of messages.
//!
//! In a text export nothing but their times gives them away. The true conversation is at 13:00, the
//! message that quotes or forges it is of 16:00, unless a test has other times.

use serde_json::Value;

use super::history::{
    BEN, Said, TALK, android, assert_clear, assert_holds, assert_idle, assert_recovers, clear,
    iphone, put_android, put_database, put_iphone, row, rows, said,
};
use super::migration::{Change, migration};
use crate::kit::chat::OWNER;
use crate::kit::world::IMPORT;
use crate::kit::{Output, World};

/// 16:00 in Berlin.
const LATER: i64 = 10_800;

/// The true conversation, and afterwards this message and an answer to it.
fn with(message: Said) -> Vec<Said> {
    let answer = match message.by {
        OWNER => said(LATER + 125, BEN, "I have read it"),
        _ => said(LATER + 125, OWNER, "I have read it"),
    };
    [&TALK[..], &[message, answer]].concat()
}

/// A world with this conversation as a text export of one of the phones.
fn exported(talk: &[Said], is_iphone: bool) -> World {
    let world = migration();
    Change::Nothing.put(&world, true, 0);
    clear(&world.exports());
    if is_iphone {
        put_iphone(&world.exports(), BEN, &iphone(talk, 0));
    } else {
        put_android(&world.exports(), BEN, &android(talk, &[]));
    }
    world
}

/// Text that begins with `opening` and goes on with a copy of these messages out of an export.
fn copied(opening: &str, talk: &[Said], is_iphone: bool) -> &'static str {
    let lines = match is_iphone {
        true => iphone(talk, 0).replace("\r\n", "\n"),
        false => android(talk, &[]),
    };
    format!("{opening}\n{}", lines.trim_end()).leak()
}

fn inspected(world: &World) -> Value {
    let output = world
        .run(&["inspect", "exports", "--date-order", "dmy", "--json"])
        .exits(0);
    let line = output.stdout.lines().last().expect("a line");
    serde_json::from_str(line).expect("JSON")
}

/// How many oddities of the archives stop `--strict`.
fn oddities(world: &World) -> usize {
    let json = inspected(world);
    let archives = json["archives"].as_array().expect("archives").iter();
    let odd = archives.flat_map(|archive| archive["oddities"].as_array().expect("a list").clone());
    odd.filter(|odd| odd["harmless"] == false).count()
}

fn inspect_strictly(world: &World) -> Output {
    world.run(&["inspect", "exports", "--date-order", "dmy", "--strict"])
}

/// `import --strict` sends nothing and ends with status 3.
#[track_caller]
fn strict_refuses(world: &World) {
    let writes = world.server.writes();
    inspect_strictly(world).exits(3);
    world.run(&["import", "--yes", "--strict"]).exits(3);
    assert_eq!(world.server.writes(), writes, "nothing is sent");
}

#[track_caller]
fn strict_accepts(world: &World) {
    assert_eq!(oddities(world), 0);
    inspect_strictly(world).exits(0);
    world.run(&["import", "--yes", "--strict"]).exits(0);
}

/// Two, three or eight messages in a row, repeated by the contact or by the owner.
#[test]
fn copy_of_earlier_messages_is_text_of_the_message_that_has_it() {
    for is_iphone in [false, true] {
        for (by, from, to) in [(BEN, 5, 7), (OWNER, 6, 9), (BEN, 0, 8)] {
            let text = copied("This is what we agreed:", &TALK[from..to], is_iphone);
            let talk = with(said(LATER, by, text));
            let world = exported(&talk, is_iphone);
            let when = format!("copy by {by}, {from} to {to}, iPhone: {is_iphone}");
            assert_recovers(&world, IMPORT, &rows(&talk), &when);
        }
    }
}

/// The message goes on after the copy.
#[test]
fn copy_followed_by_text_is_text_up_to_its_end() {
    let copy = copied("This is what we agreed:", &TALK[5..8], false);
    let text: &'static str = format!("{copy}\nIs that still true?").leak();
    let talk = with(said(LATER, BEN, text));
    let world = exported(&talk, false);
    assert_recovers(&world, IMPORT, &rows(&talk), "words after the copy");
}

/// The export came alone at first, without the copy: the newer one adds the message and its answer.
#[test]
fn copy_in_a_newer_export_adds_its_message_alone() {
    let text = copied("This is what we agreed:", &TALK[5..8], false);
    let talk = with(said(LATER, BEN, text));
    let world = exported(&TALK, false);
    world.import().exits(0);
    put_android(&world.exports(), BEN, &android(&talk, &[]));
    assert_recovers(&world, IMPORT, &rows(&talk), "a copy in a newer export");
}

/// What Ben forges: the owner's promise and his own thanks, at minutes in which nobody wrote.
const FORGED: [Said; 2] = [
    said(1205, OWNER, "I agree to pay 9000 EUR"),
    said(1265, BEN, "Thank you Anna"),
];

/// The database of that time has the text whole, and no message at the forged times.
#[track_caller]
fn a_database_refutes(forged: &[Said]) {
    let text = copied("Do you remember?", forged, false);
    let talk = with(said(LATER, BEN, text));
    let world = exported(&talk, false);
    put_database(&world.exports(), &talk);
    let when = format!("{} forged lines next to a database", forged.len());
    assert_recovers(&world, IMPORT, &rows(&talk), &when);
}

#[test]
fn one_forged_line_that_a_database_refutes_is_text() {
    a_database_refutes(&FORGED[..1]);
}

#[test]
fn two_forged_lines_that_a_database_refutes_are_text() {
    a_database_refutes(&FORGED);
}

/// The database came first and was imported; the text export is put next to it later.
#[test]
fn forged_lines_in_a_text_export_that_comes_later_are_text() {
    let talk = with(said(LATER, BEN, copied("Do you remember?", &FORGED, false)));
    let world = exported(&talk, false);
    clear(&world.exports());
    put_database(&world.exports(), &talk);
    assert_eq!(world.import().exits(0).number("created"), 14);
    put_android(&world.exports(), BEN, &android(&talk, &[]));
    assert_recovers(&world, IMPORT, &rows(&talk), "database first");
}

/// The database came first and is gone when the text export comes.
#[track_caller]
fn a_recorded_database_refutes(text: &'static str, is_iphone: bool, when: &str) {
    let talk = with(said(LATER, BEN, text));
    let world = exported(&talk, is_iphone);
    clear(&world.exports());
    put_database(&world.exports(), &talk);
    assert_eq!(world.import().exits(0).number("created"), 14, "{when}");
    clear(&world.exports());
    match is_iphone {
        // An iPhone export that went through a program which changed its line ends.
        true => put_iphone(
            &world.exports(),
            BEN,
            &iphone(&talk, 0).replace("\r\n", "\n"),
        ),
        false => put_android(&world.exports(), BEN, &android(&talk, &[])),
    }
    assert_recovers(&world, IMPORT, &rows(&talk), when);
    // And a newer one, with a message more.
    let newer = [&talk[..], &[said(LATER + 605, BEN, "Well?")]].concat();
    match is_iphone {
        true => put_iphone(
            &world.exports(),
            BEN,
            &iphone(&newer, 0).replace("\r\n", "\n"),
        ),
        false => put_android(&world.exports(), BEN, &android(&newer, &[])),
    }
    assert_recovers(&world, IMPORT, &rows(&newer), &format!("{when}, newer"));
}

#[test]
fn forged_lines_of_a_text_export_alone_that_records_refute_are_text() {
    for is_iphone in [false, true] {
        for count in [1, 2] {
            let text = copied("Do you remember?", &FORGED[..count], is_iphone);
            let when = format!("{count} forged lines, iPhone: {is_iphone}");
            a_recorded_database_refutes(text, is_iphone, &when);
        }
    }
}

#[test]
fn copied_line_of_a_text_export_alone_that_records_refute_is_text() {
    let text = copied("You wrote:", &TALK[7..8], false);
    a_recorded_database_refutes(text, false, "a copied line");
}

#[test]
fn forged_lines_followed_by_text_that_records_refute_are_text() {
    let forged = copied("Do you remember?", &FORGED, false);
    let text: &'static str = format!("{forged}\n\nIs that still true?").leak();
    a_recorded_database_refutes(text, false, "words after forged lines");
}

/// The lines of one text in which each has a later time than the one before.
#[test]
fn forged_lines_around_a_true_minute_that_records_refute_are_text() {
    let forged = [
        said(425, OWNER, "Then Friday at nine, for 9000 EUR"),
        said(LATER - 60, BEN, "Thank you Anna"),
    ];
    let text = copied("Do you remember?", &forged, false);
    a_recorded_database_refutes(text, false, "around a true minute");
}

/// What a text export alone makes of a message with these lines: they stay messages, but those in
/// the owner's name wait.
#[track_caller]
fn undecided(forged: &[Said], is_iphone: bool) {
    let mut text = copied("Do you remember?", forged, is_iphone);
    if is_iphone {
        // An iPhone ends its messages so: with LF alone they are lines of one.
        text = text.replace('\n', "\r\n").leak();
    }
    let whole = with(said(LATER, BEN, text));
    let world = exported(&whole, is_iphone);
    let when = format!("{} forged lines alone, iPhone: {is_iphone}", forged.len());
    assert!(oddities(&world) > 0, "{when}: an oddity");
    strict_refuses(&world);
    let mut seen = with(said(LATER, BEN, "Do you remember?"));
    seen.extend(forged.iter().filter(|one| one.by == BEN));
    let waiting = forged.iter().filter(|one| one.by == OWNER).count();
    for turn in 1..=2 {
        let run = world.import();
        let summary = run.stdout.lines().last().unwrap_or_default().to_owned();
        assert_holds(&world, &rows(&seen), &format!("{when}: {summary}"));
        let run = run.exits(0);
        assert_eq!(run.number("undecided"), waiting as u64, "{when}");
        assert_eq!(run.number("held"), 0, "{when}");
        let created = if turn == 1 { seen.len() } else { 0 };
        assert_eq!(run.number("created"), created as u64, "{when}, run {turn}");
    }
}

#[test]
fn two_forged_lines_alone_leave_the_owners_undecided() {
    undecided(&FORGED, false);
    undecided(&FORGED, true);
}

/// An iPhone ends lines inside a message with LF alone, and messages with CR LF.
#[test]
fn forged_lines_after_bare_line_feeds_of_an_iphone_are_text() {
    let text = copied("Do you remember?", &FORGED, true);
    let talk = with(said(LATER, BEN, text));
    let world = exported(&talk, true);
    assert_recovers(&world, IMPORT, &rows(&talk), "bare line feeds");
}

#[test]
fn two_forged_lines_of_the_owner_are_both_undecided() {
    let owners = [FORGED[0], said(1325, OWNER, "And I pay it in May")];
    undecided(&owners, false);
}

/// Nobody but the contact speaks in them: an oddity, and nothing waits.
#[test]
fn two_forged_lines_of_the_contact_stay_messages() {
    let contacts = [said(1205, BEN, "I knew it"), FORGED[1]];
    undecided(&contacts, false);
}

/// Both lines run back further than seventy minutes, or neither does.
#[test]
fn two_lines_going_back_more_than_seventy_minutes_are_an_oddity() {
    for (minutes, is_odd) in [(75, true), (68, false)] {
        let from = LATER - minutes * 60;
        let late = [
            said(from, BEN, "I am on the train"),
            said(from + 60, BEN, "It is late"),
        ];
        let mut talk = with(said(LATER, BEN, "And now?"));
        let answer = talk.pop().expect("an answer");
        talk.extend(late);
        talk.push(answer);
        let world = exported(&talk, false);
        assert_eq!(oddities(&world) > 0, is_odd, "{minutes} minutes");
    }
}

/// The checkpoint is lost and no decision is there: still not posted.
#[test]
fn undecided_lines_stay_undecided_after_the_checkpoint_was_lost() {
    let whole = with(said(LATER, BEN, copied("Do you remember?", &FORGED, false)));
    let world = exported(&whole, false);
    world.import();
    world.forget();
    let run = world.import().exits(0);
    assert_eq!(run.number("undecided"), 1, "{}", run.stderr);
    let is_forged = |text: &str| text.contains("9000");
    let messages = world.server.state.messages();
    assert!(!messages.iter().any(|message| is_forged(&message.markdown)));
}

/// Messages that a phone got late stand where they came in, with the time at which they were sent.
#[track_caller]
fn is_no_oddity(late: &[Said]) {
    let mut talk = with(said(LATER, BEN, "And now?"));
    let answer = talk.pop().expect("an answer");
    talk.extend(late);
    talk.push(answer);
    let world = exported(&talk, false);
    strict_accepts(&world);
    let run: Output = world.import().exits(0);
    let when = format!("{} late messages", late.len());
    assert_holds(&world, &rows(&talk), &when);
    assert_clear(&run, &when);
    assert_idle(&world.import().exits(0), &when);
}

#[test]
fn one_line_is_no_oddity() {
    is_no_oddity(&[said(1205, BEN, "I am on the train")]);
    is_no_oddity(&[said(1205, OWNER, "I am on the train")]);
}

/// The database has the late messages as messages: nothing is left undecided.
#[test]
fn late_messages_that_a_database_has_are_posted() {
    let late = [
        said(1205, OWNER, "I am on the train"),
        said(1265, OWNER, "It is late"),
    ];
    let mut talk = with(said(LATER, BEN, "And now?"));
    let answer = talk.pop().expect("an answer");
    talk.extend(late);
    talk.push(answer);
    let world = exported(&talk, false);
    put_database(&world.exports(), &talk);
    assert_recovers(
        &world,
        IMPORT,
        &rows(&talk),
        "late messages next to a database",
    );
}

/// They run back an hour, which a clock that is put back does as well.
#[test]
fn lines_going_back_seventy_minutes_at_most_are_no_oddity() {
    let hour_before = LATER - 3600;
    is_no_oddity(&[
        said(hour_before, BEN, "I am on the train"),
        said(hour_before + 65, OWNER, "Which one?"),
    ]);
}

/// One line that repeats one message is a message like any other.
#[test]
fn copy_of_one_message_is_no_oddity() {
    let text = copied("You wrote:", &TALK[7..8], false);
    let whole = with(said(LATER, BEN, text));
    let world = exported(&whole, false);
    strict_accepts(&world);
    let run = world.import().exits(0);
    assert_clear(&run, "a copy of one message");
    assert_idle(&world.import().exits(0), "a copy of one message");
    let texts: Vec<String> = (world.server.state.messages().into_iter())
        .map(|message| message.markdown)
        .collect();
    assert!(texts.iter().any(|text| text.starts_with("You wrote:")));
    assert!(texts.contains(&row(&TALK[7]).text));
}
