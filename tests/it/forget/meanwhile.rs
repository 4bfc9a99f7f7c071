//! A person is erased while another command, which has read its tables, waits for Close.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

use serde_json::json;

use super::forget;
use crate::kit::world::{IMPORT, contacts};
use crate::kit::{Built, Output, World, scenes};
use crate::missing::CREATE;
use crate::undo::stored;

/// The messages of the world after the erasure.
const LEFT: usize = 5;

fn imported() -> World {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 4),
        scenes::plain("Cleo Marsh", 2, 5),
    ]);
    world.proxy();
    world.import().exits(0);
    world
}

/// Runs a command whose first request of this path waits until the person was erased.
fn run_across_erasure(world: &World, arguments: &[&str], path: &'static str) -> Output {
    let (arrive, arrived) = mpsc::channel();
    let (go_on, released) = mpsc::channel::<()>();
    let (is_first, released) = (AtomicBool::new(true), Mutex::new(released));
    world.proxy().change(move |asked, close| {
        if asked.path == path && is_first.swap(false, Ordering::SeqCst) {
            arrive.send(()).expect("the test waits");
            let released = released.lock().expect("released");
            released.recv().expect("the test goes on");
        }
        close(asked)
    });
    let running = world.spawn(arguments);
    arrived.recv().expect("a request");
    let erased = forget(world);
    assert_eq!(erased.number("deleted"), 4, "{}", erased.stderr);
    go_on.send(()).expect("the request waits");
    let output = running.wait();
    world.proxy().calm();
    output
}

#[test]
fn import_across_an_erasure_posts_nothing() {
    let world = imported();
    let output = run_across_erasure(&world, IMPORT, "/me/").exits(2);
    output.says("a person was erased");
    assert_eq!(world.server.state.message_count(), LEFT);
    let import = world.import().exits(0);
    assert_eq!(import.number("created"), 0, "{}", import.stderr);
    assert_eq!(world.server.state.message_count(), LEFT);
}

#[test]
fn repair_across_an_erasure_posts_nothing() {
    let world = imported();
    let message = stored(&world, "word2 number 3");
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    let patch = json!({"message_markdown": "another text"});
    assert_eq!(world.server.call("PUT", &path, &patch), 200);
    let repair = ["verify", "--repair", "--yes", "--json"];
    let output = run_across_erasure(&world, &repair, "/me/").exits(2);
    output.says("a person was erased");
    let messages = world.server.state.messages();
    assert_eq!(messages.len(), LEFT);
    assert_eq!(stored(&world, "another text").id, message.id);
}

#[test]
fn leads_are_not_created_across_an_erasure() {
    let chats = vec![
        scenes::plain("Ben Cooper", 1, 4),
        scenes::plain("Cleo Marsh", 2, 5),
    ];
    let mut built = Built::new(chats);
    let marked = "Dora Quist,Dora Quist,contact,+353861234503,,,,create\n";
    built.contacts = Some(contacts(&built.chats) + marked);
    built.import = "new_lead_status = \"Qualified\"".to_owned();
    let world = built.world();
    world.proxy();
    world.import();
    assert_eq!(world.server.state.message_count(), 9);
    let leads = world.server.state.leads().len();
    let output = run_across_erasure(&world, CREATE, "/me/").exits(2);
    output.says("a person was erased");
    assert_eq!(world.server.state.leads().len(), leads);
    world.run(CREATE).exits(0);
    assert_eq!(world.server.state.leads().len(), leads + 1);
}
