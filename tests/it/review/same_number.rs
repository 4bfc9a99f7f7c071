//! Chats of one number: a decision about all of them means those that were shown, and a number that a person types wins.

use std::fs;

use chatferry::sandbox::Seed;

use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, World, scenes};

const BEN: &str = "+353861234501";
const CLEO: &str = "+353861234502";

/// Ben and Cleo, both in Close, with these rows.
fn world(rows: &str) -> World {
    let chats = vec![scenes::ben(), scenes::cleo()];
    let seed = Seed::from_contacts_csv(&contacts(&chats)).expect("a seed");
    Built {
        contacts: Some(format!("{HEADER}{}{rows}", me())),
        seed: Some(seed),
        ..Built::new(chats)
    }
    .world()
}

fn table(world: &World) -> String {
    fs::read_to_string(world.path().join("contacts.csv")).expect("contacts.csv")
}

fn row(chat: &Chat, rest: &str) -> String {
    format!("{0},{0},contact,{rest}\n", chat.name)
}

/// Ben's row has Cleo's number by mistake.
#[test]
fn corrected_number_is_that_of_one_chat() {
    let cleo = row(&scenes::cleo(), &format!("{CLEO},,,,"));
    let world = world(&format!(
        "{}{cleo}",
        row(&scenes::ben(), &format!("{CLEO},,,,"))
    ));
    let page = world.page();
    let card = page.settled("/people?q=Ben").is(200);
    let card = card.shows("Cleo Marsh, to decide");
    let corrected = [("phone", BEN), ("choice", "contact lead_01 cont_01")];
    page.press(&card, "Do not import", &corrected).is(303);
    let expected = row(&scenes::ben(), &format!("{BEN},lead_01,cont_01,,"));
    let table = table(&world);
    assert!(table.contains(&expected), "{table}");
    assert!(table.contains(&cleo), "{table}");
}

#[test]
fn decision_about_all_chats_of_a_number_leaves_decided_ones() {
    let cleo = row(&scenes::cleo(), &format!("{CLEO},lead_02,cont_02,,"));
    let world = world(&format!(
        "{}{cleo}",
        row(&scenes::ben(), &format!("{CLEO},,,,"))
    ));
    let page = world.page();
    let card = page.settled("/people?state=all&q=Ben").is(200);
    let card = card.shows("Cleo Marsh, decided");
    // Also where a form of another page has the box.
    page.press(&card, "Do not import", &[("all", "1")]).is(303);
    let table = table(&world);
    assert!(table.contains(&cleo), "{table}");
    let expected = row(&scenes::ben(), &format!("{CLEO},,,,no"));
    assert!(table.contains(&expected), "{table}");
}

#[test]
fn decision_about_all_chats_of_a_number_is_that_of_each() {
    let world = world(&format!(
        "{}{}",
        row(&scenes::ben(), &format!("{CLEO},,,,")),
        row(&scenes::cleo(), &format!("{CLEO},,,,"))
    ));
    let page = world.page();
    let card = page.settled("/people?q=Ben").is(200);
    page.press(&card, "Do not import", &[]).is(303);
    assert_eq!(
        table(&world).matches(",no\n").count(),
        2,
        "{}",
        table(&world)
    );
}

/// A contact that is found by name brings its number, unless the person typed another one.
#[test]
fn typed_number_outweighs_that_of_the_chosen_contact() {
    let world = world(&row(&scenes::ben(), ",,,,"));
    let page = world.page();
    let chat = page.settled("/people?q=Ben").field("chat");
    let found = page.get(&format!("/people?chat={chat}&find=Ben+Cooper"));
    let found = found.is(200).shows(&format!("lead_01 cont_01 {BEN}"));
    let typed = "+447700900123";
    page.press(&found, "Choose Ben Cooper", &[("phone", typed)])
        .is(303);
    let expected = row(&scenes::ben(), &format!("{typed},lead_01,cont_01,,"));
    assert!(table(&world).contains(&expected), "{}", table(&world));
}

/// Close has the number with its mobile digit, the chat has it without.
#[test]
fn contact_with_the_mobile_digit_is_a_candidate() {
    let chats = vec![scenes::ben()];
    let seed = contacts(&chats).replace(BEN, "+5511981234567");
    let world = Built {
        contacts: Some(format!(
            "{HEADER}{}{}",
            me(),
            row(&scenes::ben(), "+551181234567,,,,")
        )),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    page.submit("/match", &[]);
    page.settled("/match").shows("1 row with candidates");
    let card = page.settled("/people").is(200);
    let card = card.shows("the same number, with or without the mobile digit");
    assert_eq!(card.text().matches("lead_01 cont_01").count(), 1);
    // Also where a person looks for the number.
    let chat = card.field("chat");
    let found = page.get(&format!("/people?chat={chat}&find=%2B551181234567"));
    found.is(200).shows("value=\"contact lead_01 cont_01\"");
    page.press(&card, "Choose", &[]).is(303);
    let expected = row(&scenes::ben(), "+551181234567,lead_01,cont_01,,");
    assert!(table(&world).contains(&expected), "{}", table(&world));
}

/// The other chat of the number has the contact, and so has candidates.csv.
#[test]
fn contact_of_another_chat_is_one_candidate() {
    let ben = row(&scenes::ben(), &format!("{CLEO},,,,"));
    let cleo = row(&scenes::cleo(), &format!("{CLEO},lead_02,cont_02,,"));
    let world = world(&format!("{ben}{cleo}"));
    let columns = "line,device,chat,participant,why,lead_id,contact_id,user_id,name,phone";
    let found = "3,,Ben Cooper,Ben Cooper,the number,lead_02,cont_02,,Cleo Marsh,+353861234502";
    world.write("candidates.csv", &format!("{columns}\n{found}\n"));
    let page = world.page();
    let card = page.settled("/people?state=all&q=Ben").is(200);
    assert_eq!(card.text().matches("contact lead_02 cont_02").count(), 1);
}
