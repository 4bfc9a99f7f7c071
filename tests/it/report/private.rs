//! Nothing of a private or excluded chat, and no name of a person who is left out.

use std::fs;

use super::page;
use crate::kit::{Built, World, scenes};

/// Everything that the reports of a world contain.
fn all(world: &World) -> String {
    let mut all = page(world, &["--csv", "t.csv"], 0);
    all.push_str(&fs::read_to_string(world.path().join("t.csv")).expect("t.csv"));
    all.push_str(&page(world, &["--chat", "Ben Cooper"], 0));
    all
}

#[track_caller]
fn assert_absent(all: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!all.contains(secret), "{secret} in a report");
    }
    assert!(all.contains("Ben Cooper"));
}

const CLEO: [&str; 5] = ["Cleo", "Marsh", "secret-bravo", "861234502", "lead_02"];

#[test]
fn person_on_never_txt_is_counted_and_never_named() {
    let world = World::new(scenes::rich());
    world.write("never.txt", "Cleo Marsh\n");
    for _ in 0..2 {
        let all = all(&world);
        assert_absent(&all, &CLEO);
        assert!(all.contains("default,,,,,1,1,6,5,0,5,5,0,0,"), "{all}");
        world.import().exits(0);
    }
}

#[test]
fn chat_that_became_private_after_its_import_is_never_named() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(path).expect("a table");
    for word in ["private", "no"] {
        let table = table.replace("cont_02,,\n", &format!("cont_02,,{word}\n"));
        world.write("contacts.csv", &table);
        assert_absent(&all(&world), &CLEO);
    }
}

#[test]
fn private_chat_has_no_conversation() {
    let world = World::new(scenes::rich());
    world.write("never.txt", "Cleo Marsh\n");
    let flags = ["report", "--chat", "Cleo Marsh", "--out", "c.html"];
    world.run(&flags).exits(2).says("no chat \"Cleo Marsh\"");
    assert!(!world.path().join("c.html").exists());
}

#[test]
fn excluded_messages_have_their_place_and_no_text() {
    let world = World::new(vec![scenes::ben()]);
    world.write(
        "exclude.csv",
        "device,chat,from,until,reason\n,ben cooper,2024-03-13 10:16,2024-03-13 10:20,private\n",
    );
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    for secret in ["Which day", "Monday", "Agreed"] {
        assert!(!page.contains(secret), "{secret}");
    }
    assert_eq!(super::count(&page, "excluded period of exclude.csv"), 3);
    assert_eq!(super::count(&page, "<article"), 3);
}

/// A participant of a group who is left out: neither name nor text, and no notice that names the person.
#[test]
fn participant_who_is_left_out_is_not_named_in_a_group() {
    let mut built = Built::new(vec![scenes::ben()]);
    built.import = "groups = \"anchor\"\n".to_owned();
    let chats = [scenes::ben()];
    built.contacts = Some(format!(
        "{}Garden,*,contact,+353861234501,lead_01,cont_01,,\n",
        crate::kit::world::contacts(&chats)
    ));
    let world = built.world();
    let group = "13/03/2024, 10:15 - Anna Example created group \"Garden\"\n\
                 13/03/2024, 10:15 - Anna Example added Dora Quist\n\
                 13/03/2024, 10:16 - Ben Cooper: one\n\
                 13/03/2024, 10:17 - Dora Quist: secret-two\n";
    let folder = world.exports().join("WhatsApp Chat with Garden");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("WhatsApp Chat with Garden.txt"), group).expect("written");
    world.write("never.txt", "Dora Quist\n");
    let page = page(&world, &["--chat", "Garden"], 0);
    for secret in ["Dora", "Quist", "secret-two"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
    assert!(page.contains("listed in never.txt"), "{page}");
    assert_eq!(super::count(&page, "<article"), 1);
}
