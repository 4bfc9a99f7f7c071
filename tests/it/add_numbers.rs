//! `chatferry match --add-numbers`: the contact that a person chose gets the number of its chat.

use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Seed};

use crate::kit::chat::OWNER_PHONE;
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Answer, Built, Chat, When, World, scenes};

const ADD: &[&str] = &["match", "--add-numbers", "--yes", "--json"];
const WOULD: &[&str] = &["match", "--add-numbers", "--dry-run", "--json"];
const OFFICE: &str = "+35312345678";

/// A world with a filled-in row for each chat, and a Close whose contacts have these numbers in place of theirs.
fn world(chats: &[Chat], held: &str) -> World {
    let mut built = Built::new(chats.to_vec());
    let mut seed = contacts(chats);
    for chat in chats {
        seed = seed.replace(&chat.phone, held);
    }
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    built.contacts = Some(contacts(chats));
    built.world()
}

/// The numbers of a contact with their types.
fn numbers(world: &World, contact: &str) -> Vec<String> {
    let leads = world.server.state.leads().into_iter();
    let mut all = leads.flat_map(|lead| lead.contacts);
    let found = all.find(|held| held.id == contact);
    found.map(|held| held.phones).expect("a contact")
}

fn puts(world: &World) -> usize {
    world.server.count("PUT", "/contact/{id}/")
}

#[test]
fn number_is_added_once_after_the_numbers_of_the_contact() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let before = world.listing();
    let would = world.run(WOULD).exits(0);
    assert_eq!((would.number("added"), puts(&world)), (1, 0));
    would.says(&format!(
        "contacts.csv:3: Ben Cooper: {}, {}",
        ben.phone, ben.contact
    ));
    would.says("1 number would be added to contacts");
    assert_eq!(world.listing(), before);

    let run = world.run(ADD).exits(0);
    assert_eq!((run.number("added"), run.number("not_added")), (1, 0));
    let both = [format!("{OFFICE} mobile"), format!("{} mobile", ben.phone)];
    assert_eq!(numbers(&world, &ben.contact), both);
    // The next live message, and the next search, find the contact.
    world.write(
        "contacts.csv",
        &contacts(&[]).replace(
            &me(),
            &format!("{}Ben Cooper,Ben Cooper,contact,{},,,,\n", me(), ben.phone),
        ),
    );
    assert_eq!(world.run(&["match", "--json"]).exits(0).number("filled"), 1);
    let again = world.run(ADD).exits(0);
    assert_eq!((again.number("added"), puts(&world)), (0, 1));
    assert_eq!(numbers(&world, &ben.contact), both);
}

#[test]
fn number_that_close_writes_in_another_form_is_not_added() {
    let ben = scenes::ben();
    for form in ["353 86 123 4501", "00353861234501", "+353 (0)86 1234501"] {
        let world = World::new(vec![ben.clone()]);
        world.proxy().change(move |asked, close| {
            let is_contact = asked.path.starts_with("/contact/");
            let mut answer = close(asked);
            if is_contact {
                answer.body["phones"][0]["phone"] = form.into();
            }
            answer
        });
        let run = world.run(ADD).exits(0);
        assert_eq!((run.number("added"), puts(&world)), (0, 0), "{form}");
    }
}

#[test]
fn nothing_is_added_without_confirmation() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let refused = world.run(&["match", "--add-numbers"]).exits(2);
    refused.says("pass `--yes` to add numbers without it");
    assert!(world.server.state.requests().is_empty());
    world.run(&["match", "--json"]).exits(0);
    assert_eq!(puts(&world), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn person_is_asked_before_the_first_number_is_added() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let ask = ["match", "--add-numbers"];
    let declined = world.run_at_terminal(&ask, "n\n").exits(0);
    declined.says(&format!("Ben Cooper: {} to {}", ben.phone, ben.contact));
    declined.says("Add 1 number to contacts? [y/N]");
    declined.says("No number was added.");
    assert_eq!(puts(&world), 0);
    world.run_at_terminal(&ask, "y\n").exits(0);
    assert_eq!(numbers(&world, &ben.contact).len(), 2);
}

#[test]
fn refusal_is_of_one_row_and_the_others_go_on() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    for status in [403, 404] {
        for method in ["GET", "PUT"] {
            let world = world(&[ben.clone(), cleo.clone()], OFFICE);
            let path = format!("/api/v1/contact/{}/", ben.contact);
            let hits = AtomicUsize::new(0);
            world.server.rule(move |seen, when| {
                let is_it = seen.method == method && seen.path == path;
                match is_it && when == When::Received {
                    true => {
                        hits.fetch_add(1, Ordering::SeqCst);
                        Fault::Status(status, "{\"error\": \"no\"}".to_owned())
                    }
                    false => Fault::None,
                }
            });
            let run = world.run(ADD).exits(3);
            run.says("contacts.csv:3: the number was not added: ");
            assert!(!run.stderr.contains(&ben.phone), "{}", run.stderr);
            let numbers_of = ["added", "not_added"].map(|name| run.number(name));
            assert_eq!(numbers_of, [1, 1], "{method} {status}");
            assert_eq!(numbers(&world, &cleo.contact).len(), 2);
            assert_eq!(numbers(&world, &ben.contact).len(), 1);
            // Later it is added, and the other one not again.
            world.server.calm();
            assert_eq!(world.run(ADD).exits(0).number("added"), 1);
            assert_eq!(numbers(&world, &cleo.contact).len(), 2);
        }
    }
}

/// A contact on another lead, a number of another contact: nobody knows which of the two is right.
#[test]
fn number_is_not_added_to_a_contact_that_may_be_wrong() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let sold = ben.contact_row().replace(&ben.lead, "lead_elsewhere");
    let world = world(&[ben.clone(), cleo.clone()], OFFICE);
    world.write("contacts.csv", &format!("{HEADER}{}{sold}", me()));
    let run = world.run(ADD).exits(3);
    run.says("the contact is on another lead than lead_id");
    let row = ben.contact_row().replace(&ben.contact, &cleo.contact);
    let row = row.replace(&ben.lead, &cleo.lead);
    let owned = World::new(vec![ben.clone(), cleo.clone()]);
    owned.write("contacts.csv", &format!("{HEADER}{}{row}", me()));
    let run = owned.run(ADD).exits(3);
    run.says(&format!("another contact has the number ({})", ben.contact));
    assert_eq!((puts(&world), puts(&owned)), (0, 0));
}

#[test]
fn private_contact_gets_no_number() {
    let ben = scenes::ben();
    for never in [ben.phone.as_str(), "Ben Cooper"] {
        let world = world(std::slice::from_ref(&ben), OFFICE);
        world.write("never.txt", &format!("{never}\n"));
        let run = world.run(ADD).exits(0);
        assert_eq!((run.number("added"), puts(&world)), (0, 0), "{never}");
    }
    // The same where only the contact's name in Close shows who it is.
    let world = world(std::slice::from_ref(&ben), OFFICE);
    world.proxy().change(|asked, close| {
        let is_contact = asked.path.starts_with("/contact/");
        let answer = close(asked);
        match is_contact {
            true => {
                let mut body = answer.body;
                body["name"] = "Doctor Benjamin".into();
                Answer::new(answer.status, body)
            }
            false => answer,
        }
    });
    world.write("never.txt", "Doctor Benjamin\n");
    let run = world.run(ADD).exits(0);
    assert_eq!((run.number("added"), puts(&world)), (0, 0));
}

/// Rows that give one contact two numbers: one of them is a mistake, until Close has both.
#[test]
fn number_of_a_contact_that_rows_give_two_is_not_added() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let world = world(&[ben.clone(), cleo.clone()], OFFICE);
    let mistaken = cleo.contact_row().replace(&cleo.contact, &ben.contact);
    let mistaken = mistaken.replace(&cleo.lead, &ben.lead);
    world.write(
        "contacts.csv",
        &format!("{HEADER}{}{}{mistaken}", me(), ben.contact_row()),
    );
    let why = format!(
        "lines 3, 4 give {} different numbers; settle the rows first, or add the number to the contact in Close",
        ben.contact
    );
    for arguments in [WOULD, ADD] {
        let run = world.run(arguments).exits(3);
        for line in [3, 4] {
            run.says(&format!(
                "contacts.csv:{line}: the number was not added: {why}"
            ));
        }
        let numbers_of = ["added", "not_added"].map(|name| run.number(name));
        assert_eq!((numbers_of, puts(&world)), ([0, 2], 0));
    }
    world.run(&["plan"]).exits(2);
    // Without Close it is not known which of them is a mistake.
    world
        .run(&["plan", "--offline"])
        .exits(0)
        .says("contacts.csv: lines 3 and 4 give one contact_id several numbers");
    // Nor is a mistake added to a contact that has the right number.
    let known = World::new(vec![ben.clone(), cleo]);
    known.write(
        "contacts.csv",
        &format!("{HEADER}{}{}{mistaken}", me(), ben.contact_row()),
    );
    let run = known.run(ADD).exits(3);
    run.says(&format!("contacts.csv:4: the number was not added: {why}"));
    assert_eq!((run.number("not_added"), puts(&known)), (1, 0));
}

/// The number of a group's row is the group's.
#[test]
fn number_of_a_group_is_not_added() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let row = format!(
        "Roof,*,contact,{},{},{},,\n",
        ben.phone, ben.lead, ben.contact
    );
    world.write("contacts.csv", &format!("{HEADER}{}{row}", me()));
    let run = world.run(ADD).exits(0);
    assert_eq!((run.number("added"), puts(&world)), (0, 0));
}

/// The number of a `me` row wins over that of the configuration, and is nobody's else.
#[test]
fn number_of_an_owner_is_not_added() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let owners = "+353861239999";
    let me = me().replace(OWNER_PHONE, owners);
    world.write(
        "contacts.csv",
        &format!(
            "{HEADER}{me}{}",
            ben.contact_row().replace(&ben.phone, owners)
        ),
    );
    let run = world.run(ADD).exits(3);
    assert_eq!((run.number("added"), puts(&world)), (0, 0));
    run.says("the number is that of a phone's owner");
}

/// Killed after Close has added it: the next run finds it there.
#[test]
fn number_is_not_added_again_after_a_kill() {
    let ben = scenes::ben();
    let world = world(std::slice::from_ref(&ben), OFFICE);
    let killed = world.run_under(ADD, |seen, when, running| {
        if seen.method == "PUT" && when == When::Processed(200) {
            running.kill();
        }
        Fault::None
    });
    assert_eq!(killed.code, None);
    let next = world.run(ADD).exits(0);
    assert_eq!((next.number("added"), puts(&world)), (0, 1));
    assert_eq!(numbers(&world, &ben.contact).len(), 2);
}
