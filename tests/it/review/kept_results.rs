//! Results that the page keeps, after a chat of them was made private: its name and texts are on no page.

use chatferry::sandbox::Seed;

use super::in_one_minute;
use crate::kit::page::Page;
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, World, archive, scenes};

/// Makes the chat of this name private, on the page.
fn make_private(page: &Page, name: &str) {
    let card = page.settled(&format!("/people?state=all&q={name}")).is(200);
    page.press(&card, "Private", &[]).is(303);
}

/// Right after the decision, and after the archives were read again.
#[track_caller]
fn assert_hidden(page: &Page, paths: &[&str], words: &[&str]) {
    for path in paths {
        for shown in [page.get(path), page.settled(path)] {
            let shown = shown.is(200);
            words.iter().fold(shown, |shown, words| shown.hides(words));
        }
    }
}

#[test]
fn results_name_no_chat_that_became_private() {
    let chats = scenes::rich();
    // Ben is not in Close, so that a look-up names the row.
    let rows: String = chats[1..].iter().map(Chat::contact_row).collect();
    let ben = format!("{0},{0},contact,{1},,,\n", chats[0].name, chats[0].phone);
    let seed = contacts(&chats[1..]);
    let world = Built {
        contacts: Some(format!("{HEADER}{}{ben}{rows}", me())),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    page.settled("/people").is(200);
    page.submit("/match", &[]);
    page.settled("/match").shows("Ben Cooper");
    page.submit("/plan", &[]);
    page.settled("/plan")
        .shows("Ben Cooper")
        .shows("Dora Quist");
    make_private(&page, "Ben");
    assert_hidden(
        &page,
        &["/match", "/plan", "/run", "/verify", "/undecided", "/"],
        &["Ben Cooper", "secret-alpha"],
    );
    // The result comes back with a new plan, without the chat.
    page.settled("/plan").shows("is private now");
    page.submit("/plan", &[]);
    let plan = page.settled("/plan").shows("Dora Quist");
    plan.hides("Ben Cooper").hides("is private now");
}

/// An undo names chats whose archives were moved away.
#[test]
fn result_names_no_private_chat_without_an_archive() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let chat = &world.chats[0];
    let archive = world.exports().join(format!("{}.zip", archive::name(chat)));
    std::fs::remove_file(archive).expect("moved away");
    let page = world.page();
    page.submit("/undo", &[("run", "1")]);
    page.settled("/undo").shows(&chat.name);
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let row = chat.contact_row();
    let private = format!("{}private\n", row.trim_end());
    world.write("contacts.csv", &table.replace(&row, &private));
    page.settled("/undo").hides(&chat.name);
}

/// A decision that makes nothing private hides no result.
#[test]
fn results_stay_after_another_decision() {
    let world = World::new(scenes::rich());
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan").shows("Ben Cooper");
    let card = page.settled("/people?state=all&q=Dora").is(200);
    page.press(&card, "Do not import", &[]).is(303);
    page.settled("/plan")
        .shows("Ben Cooper")
        .hides("is private now");
}

/// A person of an undecided message, who is added to never.txt outside of the page.
#[test]
fn undecided_messages_of_a_private_chat_are_hidden() {
    let world = World::new(vec![in_one_minute(&["apples", "pears"])]);
    world.import().exits(0);
    let edited = in_one_minute(&["quite different <This message was edited>"]);
    archive::put_zip(&edited, &world.exports());
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan").shows("undecided");
    let words = ["Ben Cooper", "quite different", "apples"];
    let shown = page.settled("/undecided").is(200);
    words.iter().fold(shown, |shown, words| shown.shows(words));
    world.write("never.txt", "Ben Cooper\n");
    assert_hidden(&page, &["/undecided", "/plan", "/run"], &words);
}

/// The line about the last decision names its chat, which may be private meanwhile.
#[test]
fn last_decision_names_no_private_chat() {
    let world = World::new(scenes::rich());
    let page = world.page();
    let card = page.settled("/people?state=all&q=Dora").is(200);
    page.press(&card, "Do not import", &[]).is(303);
    page.settled("/people").shows("Dora Quist: not imported.");
    world.write("never.txt", "Dora Quist\n");
    let shown = page.settled("/people?state=all").is(200);
    shown.shows("Take back").hides("Dora Quist");
}
