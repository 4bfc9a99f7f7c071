//! Doubts about archives: date orders, truncated exports, misread lines.

use std::fmt::Write as _;
use std::fs;

use chatferry::sandbox::Seed;
use serde_json::Value;

use crate::kit::Side::{Me, They};
use crate::kit::world::contacts;
use crate::kit::{Built, Chat, Output, World};

/// A chat of which only day and month are in doubt: the 3rd of April or the 4th of March.
fn open() -> Chat {
    Chat::android("Ada Open", 1)
        .say("2024-04-03 10:15", They, "hello")
        .say("2024-04-03 10:16", Me, "hello too")
}

fn settled() -> Chat {
    Chat::android("Ben Settled", 2)
        .say("2024-03-13 10:15", They, "hello")
        .say("2024-03-14 10:16", Me, "hello too")
}

/// A configuration with these devices, `(name, folder)`, that says nothing about dates.
fn devices(world: &World, list: &[(&str, &str)]) {
    let mut text = String::from(
        "[source]\ntimezone = \"Europe/Berlin\"\nowner = [\"Anna Example\"]\n\
         [import]\ncontacts = \"contacts.csv\"\n[limits]\nsettle_seconds = 0.0\n",
    );
    for (name, folder) in list {
        let _ = write!(
            text,
            "[[device]]\nname = \"{name}\"\narchives = [\"{folder}\"]\n"
        );
    }
    world.write("chatferry.toml", &text);
}

fn json(output: &Output) -> Value {
    serde_json::from_str(output.stdout.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn archives_of_one_device_settle_each_others_dates() {
    let world = World::new(vec![open(), settled()]);
    devices(&world, &[("phone", "exports")]);
    world
        .run(&["inspect", "exports", "--details"])
        .exits(0)
        .says("dmy: from one other archive of this device; not determined by the file itself");
    world.import().exits(0);
    world.assert_whole("settled by the other archive");
}

#[test]
fn other_device_does_not_settle_the_date_order() {
    let world = World::new(vec![open(), settled()]);
    fs::create_dir(world.path().join("other")).expect("made");
    let name = "WhatsApp Chat with Ben Settled.zip";
    fs::rename(
        world.exports().join(name),
        world.path().join("other").join(name),
    )
    .expect("moved");
    devices(&world, &[("phone", "exports"), ("office", "other")]);
    world
        .run(&["inspect", "exports", "other", "--details"])
        .exits(0)
        .says("could not be determined from the file\n");
    let output = world.run(&["plan", "--offline", "--json"]).exits(0);
    assert_eq!((output.number("held"), output.number("created")), (2, 2));
    // The user's word does.
    let output = world.run(&["inspect", "exports", "--details", "--date-order", "mdy"]);
    output.exits(0).says("mdy: set by you");
}

/// A transcript of Ben's, from one number of his messages to another.
fn part(from: u32, to: u32) -> String {
    let mut text = String::new();
    for n in from..to {
        let sender = if n % 2 == 0 {
            "Ben Cooper"
        } else {
            "Anna Example"
        };
        let _ = writeln!(text, "{:02}/03/2024, 10:15 - {sender}: number {n}", n + 1);
    }
    text
}

#[test]
fn parts_of_one_chat_are_one_chat() {
    let mut whole = Chat::android("Ben Cooper", 1);
    for n in 0..24 {
        let side = if n % 2 == 0 { They } else { Me };
        whole = whole.say(
            &format!("2024-03-{:02} 10:15", n + 1),
            side,
            &format!("number {n}"),
        );
    }
    let world = World::new(vec![whole]);
    fs::remove_file(world.exports().join("WhatsApp Chat with Ben Cooper.zip")).expect("removed");
    // Two that overlap, and one that goes on where they end.
    for (name, from, to) in [
        ("WhatsApp Chat with Ben Cooper.txt", 0, 12),
        ("WhatsApp Chat with Ben Cooper (1).txt", 8, 18),
        ("WhatsApp Chat with Ben Cooper (2).txt", 18, 24),
    ] {
        fs::write(world.exports().join(name), part(from, to)).expect("written");
    }
    world
        .run(&["inspect", "exports", "--details"])
        .exits(0)
        .says("3 archives of this chat; an import merges them");
    let inspected = json(&world.run(&["inspect", "exports", "--json"]).exits(0));
    assert_eq!(inspected["archives"][2]["archives_of_chat"], 3);
    world.import().exits(0);
    world.assert_whole("three parts");
}

#[test]
fn inspect_and_plan_warn_of_truncated_export() {
    let mut text = String::new();
    for n in 0..10_000 {
        let _ = writeln!(text, "13/03/2024, 10:15 - Ben Cooper: number {n}");
    }
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "x");
    let world = World::new(vec![chat]);
    let folder = world.exports();
    fs::remove_file(folder.join("WhatsApp Chat with Ben Cooper.zip")).expect("removed");
    fs::write(folder.join("WhatsApp Chat with Ben Cooper.txt"), &text).expect("written");
    let words = "exactly 10,000 messages, the maximum of an export";
    world.run(&["inspect", "exports"]).exits(0).says(words);
    world.run(&["plan", "--offline"]).exits(0).says(words);
    fs::write(
        folder.join("WhatsApp Chat with Ben Cooper.txt"),
        format!("{text}13/03/2024, 10:16 - Ben Cooper: one more\n"),
    )
    .expect("written");
    let output = world.run(&["inspect", "exports"]).exits(0);
    assert!(!output.stdout.contains("the maximum of an export"));
}

#[test]
fn strict_stops_where_a_line_may_have_been_misread() {
    let chat = Chat::android("Ben Cooper", 1)
        .say(
            "2024-03-13 10:15",
            They,
            "look:\n31/02/2024, 10:00 - that day",
        )
        .say("2024-03-13 10:16", Me, "ha");
    let world = World::new(vec![chat]);
    for command in [
        &["inspect", "exports"][..],
        &["parse", "exports"],
        &["plan", "--offline"],
    ] {
        world.run(command).exits(0);
        let strict = [command, &["--strict"]].concat();
        let output = world.run(&strict).exits(3);
        output.says("--strict: 1 line is doubtful; `chatferry inspect --details` lists them");
        assert!(!output.stdout.is_empty(), "{command:?} says what it has to");
    }
    let output = world
        .run(&["import", "--yes", "--json", "--strict"])
        .exits(3);
    output.says("nothing was sent");
    assert_eq!(output.number("created"), 0);
    assert_eq!(world.server.writes(), 0);
    world.import().exits(0);
    world.assert_whole("without --strict");
}

#[test]
fn strict_checks_imported_messages_and_open_date_orders() {
    // Files that were left out are said in the plan and stop nothing.
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "hi")
        .say("2024-03-13 10:16", They, "<Media omitted>");
    let odd = Chat::android("Cem Left", 2).say(
        "2024-03-13 10:15",
        They,
        "31/02/2024, 10:00 - x\n31/02/2024, 10:00 - x",
    );
    let mut built = Built::new(vec![chat, odd]);
    let rows = contacts(&built.chats);
    let rows = rows.replace("lead_02,cont_02,,", "lead_02,cont_02,,no");
    assert!(rows.contains(",no\n"));
    built.seed = Some(Seed::from_contacts_csv(&contacts(&built.chats)).expect("a seed"));
    built.contacts = Some(rows);
    let world = built.world();
    world.run(&["plan", "--offline", "--strict"]).exits(0);
    world.run(&["inspect", "exports", "--strict"]).exits(3);
    let world = World::new(vec![open()]);
    let output = world.run(&["parse", "exports", "--strict"]).exits(3);
    output.says("the date order of 1 archive could not be determined");
    world
        .run(&["parse", "exports", "--strict", "--date-order", "dmy"])
        .exits(0);
}

#[test]
fn inspect_warns_of_third_sender_and_of_chat_without_messages() {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "x");
    let world = World::new(vec![chat]);
    let text = "13/03/2024, 10:15 - Ada: hi\n13/03/2024, 10:16 - Anna Example: ho\n\
                13/03/2024, 10:17 - Ada (old phone): hi\n13/03/2024, 10:18 - : hm\n";
    fs::write(world.exports().join("WhatsApp Chat with Ada.txt"), text).expect("written");
    let notice = "13/03/2024, 10:15 - Messages and calls are end-to-end encrypted.\n";
    fs::write(world.exports().join("WhatsApp Chat with Bo.txt"), notice).expect("written");
    let output = world.run(&["inspect", "exports", "--details"]).exits(0);
    output.says("it is named after one person, and 4 people write in it");
    output.says("(without a name) (1 message)");
    output.says("no participant wrote a message in it");
    world
        .run(&["plan", "--offline"])
        .exits(0)
        .says("4 people write in it");
}

#[test]
fn doubt_about_a_private_chat_has_no_name() {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "x");
    let mut built = Built::new(vec![chat]);
    built.contacts = Some(format!(
        "{}Zoe Hidden,,contact,,,,,private\n",
        contacts(&built.chats)
    ));
    let world = built.world();
    let notice = "13/03/2024, 10:15 - Messages and calls are end-to-end encrypted.\n\
                  31/02/2024, 10:15 - Zoe Hidden: x\n";
    let path = world.exports().join("WhatsApp Chat with Zoe Hidden.txt");
    fs::write(path, notice).expect("written");
    let output = world.run(&["plan", "--offline", "--strict"]).exits(0);
    assert!(!format!("{}{}", output.stdout, output.stderr).contains("Zoe"));
    assert!(!output.stdout.contains("look at these archives"));
}

#[test]
fn evidence_of_one_file_name_is_in_the_singular() {
    let world = World::new(Vec::new());
    world.write(
        "exports/WhatsApp Chat with Zoe Lark.txt",
        "05/04/2024, 09:02 - Zoe Lark: IMG-20240405-WA0001.jpg (file attached)\n",
    );
    let output = world.run(&["inspect", "exports", "--details"]).exits(0);
    output.says("the dates in the names of 1 file\n");
}

/// The text of an Android export whose zip was made on 20 April 2024.
fn archive_of_april(world: &World, lines: &str) {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let made = zip::DateTime::from_date_and_time(2024, 4, 20, 12, 0, 0).expect("a time");
    let options = zip::write::SimpleFileOptions::default().last_modified_time(made);
    zip.start_file("WhatsApp Chat with Ben Settled.txt", options)
        .expect("entry");
    std::io::Write::write_all(&mut zip, lines.as_bytes()).expect("bytes");
    let bytes = zip.finish().expect("a zip").into_inner();
    let path = world.exports().join("WhatsApp Chat with Ben Settled.zip");
    fs::write(path, bytes).expect("written");
}

/// One date after the archive was made is read as written, and named; many mean that a clock was wrong.
#[test]
fn date_after_the_archive_is_an_oddity() {
    let world = World::new(vec![settled()]);
    let mut text = String::new();
    for minute in 10..20 {
        let _ = writeln!(text, "13/03/2024, 10:{minute} - Ben Settled: {minute}");
    }
    text.push_str("14/05/2024, 10:30 - Anna Example: later\n");
    archive_of_april(&world, &text);
    let output = world.run(&["inspect", "--json", "exports"]).exits(0);
    let oddity = &json(&output)["archives"][0]["oddities"][0];
    assert_eq!(oddity["code"], "after_archive");
    assert_eq!(oddity["lines"], serde_json::json!([11]));
    let named = "dated after the archive was made";
    (world.run(&["inspect", "exports", "--details"]).exits(0)).says(named);
    (world.run(&["plan", "--details"]).exits(0))
        .says(named)
        .says("WhatsApp Chat with Ben Settled.zip:11");
    world.run(&["plan", "--strict"]).exits(3);
    let done = world.import().exits(0);
    assert_eq!(done.number("created"), 11);

    archive_of_april(&world, &text.replace("13/03/2024", "13/05/2024"));
    let output = world.run(&["inspect", "--json", "exports"]).exits(0);
    let oddities = &json(&output)["archives"][0]["oddities"];
    assert_eq!(oddities, &serde_json::json!([]));
}
