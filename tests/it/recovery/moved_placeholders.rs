//! The row of a chat is corrected as a whole, and the newer export has placeholders in place of files:
//! what cannot be rebuilt stays where it is, and stays known.

use super::migration::replace;
use crate::kit::Side::{Me, They};
use crate::kit::chat::Chat;
use crate::kit::{Built, Output, World, archive};

const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "9"];

const CORRECTED: &str = "+353861234577,lead_77,cont_77";

fn chat(has_files: bool) -> Chat {
    let omitted = "<Media omitted>";
    let file = |chat: Chat, when, side, name: &str, seed| match has_files {
        true => chat.send(when, side, name, archive::jpeg(700, seed)),
        false => chat.say(when, side, omitted),
    };
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:12", Me, "yes?")
        .say("2024-03-13 10:15", They, "here they are");
    let chat = file(chat, "2024-03-13 10:20", They, "IMG-20240313-WA0001.jpg", 1);
    let chat = chat.say("2024-03-13 10:30", Me, "one is missing");
    let chat = file(chat, "2024-03-13 10:41", Me, "IMG-20240313-WA0002.jpg", 2);
    chat.say("2024-03-13 10:50", They, "after")
}

/// The chat is in Close, and its row got another number, lead and contact.
fn corrected() -> World {
    let older = chat(true);
    let mut built = Built::new(vec![older.clone()]);
    let own = older.contact_row();
    built.contacts = Some(format!(
        "{}{}{own}Else,Else,contact,{CORRECTED},,\n",
        crate::kit::world::HEADER,
        crate::kit::world::me()
    ));
    let world = built.world();
    assert_eq!(world.import().exits(0).number("created"), 7);
    replace(
        &world,
        "contacts.csv",
        &format!("Else,Else,contact,{CORRECTED},,\n"),
        "",
    );
    replace(
        &world,
        "contacts.csv",
        "+353861234501,lead_01,cont_01",
        CORRECTED,
    );
    archive::put_zip(&chat(false), &world.exports());
    world
}

fn on(world: &World, lead: &str) -> usize {
    let messages = world.server.state.messages();
    messages.iter().filter(|m| m.lead_id == lead).count()
}

#[track_caller]
fn assert_stays(world: &World, run: &Output, replaced: u64) {
    let numbers = ["created", "replaced", "held", "undecided"].map(|name| run.number(name));
    assert_eq!(numbers, [0, replaced, 0, 2], "{}", run.stderr);
    assert_eq!((on(world, "lead_01"), on(world, "lead_77")), (2, 5));
}

#[test]
fn placeholders_of_a_moved_chat_stay_undecided_in_later_runs() {
    let world = corrected();
    for replaced in [5, 0, 0] {
        assert_stays(&world, &world.run(ALLOWED).exits(0), replaced);
    }
}

/// A filtered run records no complete import, and the one after it does.
#[test]
fn placeholders_of_a_moved_chat_stay_undecided_after_a_filtered_run() {
    let world = corrected();
    let limited = [ALLOWED, &["--limit", "9"]].concat();
    for (arguments, replaced) in [(limited.as_slice(), 5), (ALLOWED, 0), (ALLOWED, 0)] {
        assert_stays(&world, &world.run(arguments).exits(0), replaced);
    }
}
