//! One contact with two numbers, each with a chat of its own: a message of one chat is never one of
//! the other, though both have a text in the same minute.

use std::fs;

use super::outcome::{clear, empty, import};
use crate::kit::Side::{Me, They};
use crate::kit::archive::put_zip;
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, World};

fn first_number() -> Chat {
    Chat::android("Ben Cooper", 1)
        .say("2024-03-13 09:00", They, "good morning to all of you")
        .say("2024-03-13 09:05", Me, "and to you")
        .say("2024-03-13 10:00", They, "ok")
}

fn second_number() -> Chat {
    let mut chat = Chat::android("Ben Private", 2)
        .say("2024-03-13 09:30", They, "this is my other number")
        .say("2024-03-13 10:00", They, "ok")
        .say("2024-03-13 10:30", Me, "fine, see you later");
    let first = first_number();
    (chat.lead, chat.contact) = (first.lead, first.contact);
    chat
}

fn world_of_both() -> World {
    let mut built = Built::new(Vec::new());
    let rows = [first_number(), second_number()].map(|chat| chat.contact_row());
    built.contacts = Some(format!("{HEADER}{}{}", me(), rows.concat()));
    built.world()
}

/// Number and text of everything in Close, sorted.
fn held(world: &World) -> Vec<(String, String)> {
    let messages = world.server.state.messages();
    let mut held: Vec<_> = (messages.iter())
        .map(|message| (message.remote_phone.clone(), message.markdown.clone()))
        .collect();
    held.sort();
    held
}

fn truth() -> Vec<(String, String)> {
    let mut truth: Vec<_> = [first_number(), second_number()]
        .into_iter()
        .flat_map(|chat| {
            let lines = chat.lines.into_iter();
            lines.map(move |line| (chat.phone.clone(), line.text))
        })
        .collect();
    truth.sort();
    truth
}

#[test]
fn chat_of_the_second_number_after_that_of_the_first_alone() {
    let world = world_of_both();
    put_zip(&first_number(), &world.exports());
    import(&world).exits(0);
    clear(&world);
    put_zip(&second_number(), &world.exports());
    import(&world).exits(0);
    assert_eq!(held(&world), truth());
    put_zip(&first_number(), &world.exports());
    empty(&world);
    assert_eq!(held(&world), truth());
}

#[test]
fn chat_of_the_second_number_alone_without_the_checkpoint() {
    let world = world_of_both();
    put_zip(&first_number(), &world.exports());
    import(&world).exits(0);
    clear(&world);
    fs::remove_file(world.path().join("chatferry.db")).expect("removed");
    put_zip(&second_number(), &world.exports());
    import(&world).exits(0);
    assert_eq!(held(&world), truth());
    put_zip(&first_number(), &world.exports());
    import(&world).exits(0);
    assert_eq!(held(&world), truth());
    empty(&world);
}
