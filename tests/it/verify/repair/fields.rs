//! One scenario for each compared field: the update has that field alone.

use std::sync::{Arc, Mutex};

use chatferry::sandbox::{Seed, SeedContact, StoredMessage};
use serde_json::{Value, json};

use super::super::{change, copy, delete, imported_by_proxy, plain, stored};
use super::{
    activities, assert_clean, assert_counts, assert_others_untouched, assert_planned, repair,
};
use crate::kit::{Answer, Built, Chat, Side, World, archive, model, scenes};

/// A world of six texts, behind a proxy.
fn world() -> World {
    let mut built = Built::new(vec![plain()]);
    let contacts = crate::kit::world::contacts(&built.chats);
    let mut seed = Seed::from_contacts_csv(&contacts).expect("a seed");
    seed.contacts.push(SeedContact {
        id: "cont_91".to_owned(),
        lead_id: "lead_01".to_owned(),
        name: "Another".to_owned(),
        phones: Vec::new(),
    });
    seed.users.push(chatferry::sandbox::SeedUser {
        id: "user_other".to_owned(),
        first_name: "Ola".to_owned(),
        last_name: "Other".to_owned(),
        email: "ola@example.org".to_owned(),
        phones: Vec::new(),
    });
    built.seed = Some(seed);
    let world = built.world();
    world.proxy();
    world.import().exits(0);
    world
}

/// The bodies of the updates that the program sends from now on.
fn updates(world: &World) -> Arc<Mutex<Vec<Value>>> {
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&sent);
    world.proxy().change(move |asked, close| -> Answer {
        if asked.method == "PUT" {
            seen.lock().expect("sent").push(asked.body.clone());
        }
        close(asked)
    });
    sent
}

/// After `patch`, a repair sends one update with exactly these fields, and the message is as it was.
#[track_caller]
fn assert_repaired(patch: &Value, fields: &[&str]) {
    let world = world();
    let original = stored(&world, "word1 number 2");
    change(&world, "word1 number 2", patch);
    let before = activities(&world);
    let sent = updates(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("update", 1)]);
    assert_counts(&output, &[("same", 6)]);
    let bodies = sent.lock().expect("sent").clone();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let mut names: Vec<&str> = (bodies[0].as_object().expect("an object").keys())
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, fields);
    assert_others_untouched(&world, &before, &[&original.id]);
    let now = activities(&world)
        .remove(&original.id)
        .expect("the message");
    assert_eq!(now.markdown, original.markdown);
    assert_eq!(now.activity_at, original.activity_at);
    assert_eq!(now.direction, original.direction);
    assert_eq!(now.contact_id, original.contact_id);
    assert_eq!(now.user_id, original.user_id);
    assert_eq!(now.local_phone, original.local_phone);
    assert_eq!(now.remote_phone, original.remote_phone);
    assert_clean(&world);
}

#[test]
fn text() {
    assert_repaired(
        &json!({"message_markdown": "another text"}),
        &["message_markdown"],
    );
}

#[test]
fn time() {
    assert_repaired(
        &json!({"activity_at": "2024-02-14T11:00:00.000Z"}),
        &["activity_at"],
    );
}

#[test]
fn direction() {
    assert_repaired(&json!({"direction": "outgoing"}), &["direction"]);
}

#[test]
fn contact() {
    assert_repaired(&json!({"contact_id": "cont_91"}), &["contact_id"]);
}

#[test]
fn user() {
    assert_repaired(&json!({"user_id": "user_other"}), &["user_id"]);
}

#[test]
fn own_number() {
    assert_repaired(&json!({"local_phone": "+4915112345679"}), &["local_phone"]);
}

#[test]
fn number_of_the_contact() {
    assert_repaired(&json!({"remote_phone": "+353861234599"}), &["remote_phone"]);
}

#[test]
fn two_fields_in_one_update() {
    assert_repaired(
        &json!({"message_markdown": "another text", "direction": "outgoing"}),
        &["direction", "message_markdown"],
    );
}

#[test]
fn lost_link() {
    let world = imported_by_proxy(vec![scenes::ben()]);
    let original = stored(&world, "Monday");
    change(&world, "Monday", &json!({"response_to_id": null}));
    let before = activities(&world);
    let sent = updates(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("link", 1)]);
    let target = original.response_to_id.clone();
    assert_eq!(
        *sent.lock().expect("sent"),
        [json!({"response_to_id": target})]
    );
    assert_others_untouched(&world, &before, &[&original.id]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn link_to_another_message() {
    let world = imported_by_proxy(vec![scenes::ben()]);
    let other = stored(&world, "Agreed");
    change(&world, "Monday", &json!({"response_to_id": other.id}));
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("link", 1)]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn link_of_a_message_that_answers_nothing_is_removed() {
    let world = imported_by_proxy(vec![plain()]);
    let other = stored(&world, "word1 number 1");
    let message = change(
        &world,
        "word1 number 2",
        &json!({"response_to_id": other.id}),
    );
    let sent = updates(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("link", 1)]);
    assert_eq!(
        *sent.lock().expect("sent"),
        [json!({"response_to_id": null})]
    );
    let now = activities(&world).remove(&message.id).expect("the message");
    assert_eq!(now.response_to_id, None);
    assert_clean(&world);
}

#[test]
fn lost_file() {
    let world = imported_by_proxy(vec![scenes::dora()]);
    let message = change(&world, "[image]", &json!({"attachments": []}));
    let before = activities(&world);
    let sent = updates(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("update", 1)]);
    let bodies = sent.lock().expect("sent").clone();
    let names: Vec<&String> = bodies[0].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["attachments"]);
    assert_others_untouched(&world, &before, &[&message.id]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

/// Two images, the first of this size.
fn two_images(size: usize) -> Built {
    let chat = Chat::android("Dora Quist", 3)
        .send("2024-06-21 08:00", Side::Me, FIRST, archive::jpeg(size, 3))
        .send(
            "2024-06-21 08:02",
            Side::They,
            SECOND,
            archive::jpeg(400, 4),
        );
    let mut built = Built::new(vec![chat]);
    built.options = Box::new(|options| options.keep_bytes = true);
    built
}

const FIRST: &str = "IMG-20240621-WA0001.jpg";
const SECOND: &str = "IMG-20240621-WA0002.jpg";

/// The message with the first image.
fn with_first(world: &World) -> StoredMessage {
    let mut messages = world.server.state.messages().into_iter();
    let found = messages.find(|message| message.attachments[0].filename == FIRST);
    found.expect("the first image")
}

/// The file of the second image under the name of the first one, as an attachment of a request.
fn other_image(world: &World) -> Value {
    let hash = blake3::hash(&archive::jpeg(400, 4)).to_hex().to_string();
    let mut files = world.server.state.files().into_iter();
    let second = files.find(|file| file.blake3.as_deref() == Some(hash.as_str()));
    let url = second.expect("the second image").url;
    json!({"url": url, "filename": FIRST, "content_type": "image/jpeg"})
}

/// A person puts `file` in place of the first image; a repair with these flags puts it back and touches nothing else.
#[track_caller]
fn assert_file_repaired(world: &World, file: &Value, flags: &[&str]) {
    let message = with_first(world);
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    let patch = json!({"attachments": [file]});
    assert_eq!(world.server.call("PUT", &path, &patch), 200, "{patch}");
    let before = activities(world);
    assert_ne!(format!("{:?}", before[&message.id]), format!("{message:?}"));
    let output = repair(world, flags).exits(0);
    assert_planned(&output, &[("update", 1)]);
    assert_others_untouched(world, &before, &[&message.id]);
    world.assert_whole("repaired");
    assert_clean(world);
}

#[test]
fn name_of_a_file() {
    let world = two_images(400).world();
    world.proxy();
    world.import().exits(0);
    let sent = updates(&world);
    let url = with_first(&world).attachments[0].url.clone();
    let renamed = json!({"url": url, "filename": "other.jpg", "content_type": "image/jpeg"});
    assert_file_repaired(&world, &renamed, &[]);
    let bodies = sent.lock().expect("sent").clone();
    let names: Vec<&String> = bodies[0].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["attachments"]);
}

#[test]
fn size_of_a_file() {
    let world = two_images(700).world();
    world.import().exits(0);
    assert_file_repaired(&world, &other_image(&world), &[]);
}

/// Files of one name and size differ in their bytes only, which `--files` compares.
#[test]
fn bytes_of_a_file() {
    let world = two_images(400).world();
    world.import().exits(0);
    assert_file_repaired(&world, &other_image(&world), &["--files"]);
}

/// Messages of a group: of the owner, of the anchor and of another member, each with its own name and number.
#[test]
fn messages_of_a_group() {
    let world = crate::forget::imported();
    let whole = model::found(&world.server.state);
    delete(&world, "the ladder is mine");
    change(
        &world,
        "I bring the rope",
        &json!({"message_markdown": "nothing"}),
    );
    change(&world, "and I the nails", &json!({"direction": "outgoing"}));
    copy(&world, "who brings the ladder?");
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    assert_planned(&output, &[("delete", 1), ("post", 1), ("update", 2)]);
    model::assert_same(&model::found(&world.server.state), &whole, "repaired");
    assert_clean(&world);
}
