//! Two names to which contacts.csv gives one number: one contact who was renamed, or two people.

use std::fs;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::kit::Side::{Me, They};
use crate::kit::archive::{put_zip, transcript, transcript_name};
use crate::kit::world::me;
use crate::kit::{Built, Chat, Output, World};

fn table(keys: [&str; 2]) -> String {
    format!(
        "chat,participant,role,phone,lead_id,contact_id,user_id,import,chat_key\n\
         {}\
         Ben Cooper,Ben Cooper,contact,+353861234501,lead_01,cont_01,,,{}\n\
         Cleo,Cleo,contact,+353861234501,lead_01,cont_01,,,{}\n",
        me().replace('\n', ",\n"),
        keys[0],
        keys[1]
    )
}

fn world() -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(table(["", ""]));
    built.world()
}

/// Three messages on three days of March 2024, from this one on.
fn chat(name: &str, day: u32, texts: [&str; 3]) -> Chat {
    (texts.iter().zip(day..)).fold(Chat::android(name, 1), |chat, (text, day)| {
        let side = if day % 2 == 0 { Me } else { They };
        chat.say(&format!("2024-03-{day:02} 10:01"), side, text)
    })
}

/// The export, written on this day of March 2024 at five in the afternoon.
fn put(world: &World, chat: &Chat, exported: Option<u8>) {
    let Some(day) = exported else {
        return put_zip(chat, &world.exports());
    };
    let when = DateTime::from_date_and_time(2024, 3, day, 17, 0, 0).expect("a date");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(when);
    zip.start_file(transcript_name(chat), options)
        .expect("entry");
    zip.write_all(transcript(chat).as_bytes()).expect("bytes");
    let bytes = zip.finish().expect("a zip").into_inner();
    let path = format!("WhatsApp Chat with {}.zip", chat.name);
    fs::write(world.exports().join(path), bytes).expect("written");
}

const BEN: [&str; 3] = ["the boiler is cold", "I come on Friday", "thank you"];
const CLEO: [&str; 3] = ["is the roof done?", "by Tuesday", "good news"];

fn counts(run: &Output) -> (u64, u64) {
    (run.number("created"), run.number("held"))
}

const SAYS: &str = "\"Ben Cooper\" and \"Cleo\" are one chat, since lines 3 and 4 of contacts.csv have one phone (+353…01)";

/// The older name was exported before the newer chat begins.
#[test]
fn renamed_contact_is_one_chat_and_named_with_both_rows() {
    for dates in [(Some(8), Some(22)), (None, None), (Some(8), None)] {
        let world = world();
        put(&world, &chat("Ben Cooper", 4, BEN), dates.0);
        put(&world, &chat("Cleo", 18, CLEO), dates.1);
        let plan = world.run(&["plan", "--details"]).exits(0);
        plan.says(SAYS)
            .says("if they are several people, correct these lines");
        let status = world.run(&["status"]).exits(0);
        status.says("1 chat of several names with one phone in contacts.csv");
        world.run(&["doctor"]).says(SAYS);
        assert_eq!(counts(&world.import().exits(0)), (6, 0));
        assert_eq!(world.import().exits(0).number("unchanged"), 6);
        // Somebody says that they are one.
        world.write("contacts.csv", &table(["ben", "ben"]));
        let plan = world.run(&["plan"]).exits(0);
        assert!(!plan.stdout.contains("are one chat"), "{}", plan.stdout);
    }
}

#[test]
fn short_plan_names_people_with_one_number() {
    let world = world();
    put(&world, &chat("Ben Cooper", 4, BEN), Some(8));
    put(&world, &chat("Cleo", 18, CLEO), Some(22));
    let shown = "One number, several names: \"Ben Cooper\" and \"Cleo\" (+353…01)";
    world.run(&["plan"]).exits(0).says(shown);
    world.import().exits(0);
    world.run(&["plan"]).exits(0).says(shown);
    world.write("contacts.csv", &table(["ben", "ben"]));
    let plan = world.run(&["plan"]).exits(0);
    assert!(!plan.stdout.contains("several names"), "{}", plan.stdout);
}

/// Whoever was renamed has the history under the new name too.
#[test]
fn shared_history_of_two_names_is_named_as_well() {
    let world = world();
    put(&world, &chat("Ben Cooper", 4, BEN), None);
    let newer = chat("Cleo", 4, BEN).say("2024-03-18 10:01", They, "one more thing");
    put(&world, &newer, None);
    world.run(&["plan", "--details"]).exits(0).says(SAYS);
    assert_eq!(counts(&world.import().exits(0)), (4, 0));
}

/// On the day of both exports the number had one name.
#[test]
fn two_names_exported_on_one_day_are_held() {
    let world = world();
    put(&world, &chat("Ben Cooper", 4, BEN), Some(22));
    put(&world, &chat("Cleo", 18, CLEO), Some(22));
    let plan = world.run(&["plan"]).exits(0);
    plan.says(
        "\"Ben Cooper\" and \"Cleo\" have the same phone in contacts.csv (lines 3 and 4: +353…01)",
    );
    plan.says("were exported on the same day and have no message in common");
    plan.says("give both rows the same chat_key");
    assert_eq!(counts(&world.import().exits(0)), (0, 6));
    assert_eq!(world.server.state.message_count(), 0);
    // A person decides.
    world.write("contacts.csv", &table(["ben", "ben"]));
    assert_eq!(counts(&world.import().exits(0)), (6, 0));
}

/// The export of one name would have the messages of the other one.
#[test]
fn name_that_was_exported_after_the_other_chat_began_is_held() {
    for (ben, cleo) in [(19, 25), (25, 21)] {
        let world = world();
        put(&world, &chat("Ben Cooper", 4, BEN), Some(ben));
        put(&world, &chat("Cleo", 18, CLEO), Some(cleo));
        let plan = world.run(&["plan"]).exits(0);
        plan.says("although one was exported when the other had begun");
        assert_eq!(counts(&world.import().exits(0)), (0, 6));
    }
}
