//! Look-up and new leads on the page: contacts.csv has one writer at a time, and a choice can be declined.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Barrier, Mutex};

use chatferry::sandbox::{Fault, Seed};

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, When, World, archive, scenes};

/// The rows of these chats, without lead and contact.
fn rows(chats: &[Chat], import: &str) -> String {
    let row = |chat: &Chat| {
        let (name, phone) = (&chat.name, &chat.phone);
        format!("{name},{name},contact,{phone},,,,{import}\n")
    };
    let rows: String = chats.iter().map(row).collect();
    format!("{HEADER}{}{rows}", me())
}

/// Ben and Cleo, who are not in Close or were not looked up, by the column `import`.
fn world(import: &str, is_in_close: bool) -> World {
    let chats = vec![scenes::ben(), scenes::cleo()];
    let seed = match is_in_close {
        true => crate::kit::world::contacts(&chats),
        false => format!("{HEADER}{}", me()),
    };
    Built {
        contacts: Some(rows(&chats, import)),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world()
}

fn table(world: &World) -> String {
    fs::read_to_string(world.path().join("contacts.csv")).expect("contacts.csv")
}

/// Holds the next request until the test lets it go on.
fn held(world: &World) -> (Receiver<()>, Sender<()>) {
    let (reached, is_reached) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let state = Mutex::new(Some((reached, may_go_on)));
    world.server.rule(move |_, when| {
        let first = (when == When::Received).then(|| state.lock().expect("state").take());
        if let Some((reached, may_go_on)) = first.flatten() {
            reached.send(()).expect("the test waits");
            may_go_on.recv().ok();
        }
        Fault::None
    });
    (is_reached, go_on)
}

#[test]
fn decision_during_a_look_up_is_refused() {
    let world = world("", true);
    let page = world.page();
    let shown = page.settled("/people").is(200);
    let before = table(&world);
    let (is_reached, go_on) = held(&world);
    page.press(&shown, "Look up the chats", &[]).is(303);
    is_reached.recv().expect("a request");
    let refused = page.press(&shown, "Do not import", &[]);
    refused.is(409).shows("Look-up in Close is running");
    assert_eq!(table(&world), before);
    go_on.send(()).expect("held");
    page.settled("/match").shows("2 rows filled in");
    let ids = [",lead_01,cont_01,", ",lead_02,cont_02,"];
    let table = table(&world);
    assert!(ids.iter().all(|ids| table.contains(ids)), "{table}");
}

#[test]
fn decision_is_not_taken_back_during_a_look_up() {
    let world = world("", true);
    let page = world.page();
    let shown = page.settled("/people").is(200);
    page.press(&shown, "Do not import", &[]).is(303);
    let shown = page.get("/people").is(200);
    let before = table(&world);
    let (is_reached, go_on) = held(&world);
    page.press(&shown, "Look up the chats", &[]).is(303);
    is_reached.recv().expect("a request");
    page.press(&shown, "Take back", &[]).is(409);
    assert_eq!(table(&world), before);
    go_on.send(()).expect("held");
    page.settled("/match").shows("1 row filled in");
    page.get("/people").shows("Take back");
}

/// Each tab has a chat of its own and the same table. Without a lock, both report their decision as stored, and one is
/// not; neither is refused for the other.
#[test]
fn decisions_at_once_are_not_lost() {
    let world = world("", true);
    let page = world.page();
    for round in 0..20 {
        world.write("contacts.csv", &rows(&[scenes::ben(), scenes::cleo()], ""));
        let queue = page.settled("/people").is(200);
        let first = queue.field("chat");
        let (_, fields) = queue.form("Do not import");
        let text = queue.text();
        let ids = text
            .match_indices("chat=")
            .map(|(at, word)| text[at + word.len()..].chars().take(16).collect::<String>());
        let second = ids.into_iter().find(|id| *id != first).expect("another");
        let barrier = Barrier::new(2);
        let decide = |chat: &str| {
            let fields: Vec<(&str, &str)> = (fields.iter())
                .map(|(name, value)| match name.as_str() {
                    "chat" => ("chat", chat),
                    "phone" => ("phone", ""),
                    name => (name, value.as_str()),
                })
                .collect();
            barrier.wait();
            page.post("/people", &fields).status
        };
        let statuses = std::thread::scope(|scope| {
            let other = scope.spawn(|| decide(&second));
            [decide(&first), other.join().expect("a status")]
        });
        assert_eq!(statuses, [303; 2], "round {round}");
        let written = table(&world).matches(",no\n").count();
        assert_eq!(written, 2, "round {round}: {}", table(&world));
        page.get("/people").shows("To decide (0)");
    }
}

/// The card was shown before a look-up of the same page filled in the row of another chat.
#[test]
fn decision_after_a_look_up_is_not_refused_for_it() {
    let world = world("", true);
    world.write(
        "contacts.csv",
        &table(&world).replace(
            "Ben Cooper,Ben Cooper,contact,+353861234501,,,,",
            "Ben Cooper,Ben Cooper,contact,,,,,",
        ),
    );
    let page = world.page();
    let shown = page.settled("/people?q=Ben").is(200);
    let cleo = page.settled("/people?q=Cleo").is(200);
    page.press(&shown, "Look up the chats", &[]).is(303);
    page.settled("/match").shows("1 row filled in");
    page.press(&shown, "Do not import", &[]).is(303);
    let now = table(&world);
    assert!(
        now.contains("Ben Cooper,Ben Cooper,contact,,,,,no\n"),
        "{now}"
    );
    assert!(now.contains(",lead_02,cont_02,"), "{now}");
    // What the look-up filled in for this chat was not seen.
    page.press(&cleo, "Do not import", &[])
        .is(409)
        .shows("lead_02");
    assert_eq!(table(&world), now);
    page.settled("/people?state=all")
        .shows("Ready (1)")
        .shows("Not imported (1)");
}

/// An archive that was added after contacts.csv was written, of a person whose number no export has.
#[test]
fn chat_of_a_new_archive_gets_its_row_and_is_looked_up_by_name() {
    let (chats, dora) = (vec![scenes::ben(), scenes::cleo()], scenes::dora());
    let everyone = [chats.clone(), vec![dora.clone()]].concat();
    let seed = || Seed::from_contacts_csv(&crate::kit::world::contacts(&everyone)).expect("a seed");
    let build = || {
        let world = Built {
            contacts: Some(rows(&chats, "")),
            seed: Some(seed()),
            ..Built::new(chats.clone())
        }
        .world();
        archive::put_zip(&dora, &world.exports());
        world
    };
    let world = build();
    let page = world.page();
    let shown = page.settled("/people").is(200);
    let shown = shown.shows("1 chat without a row in contacts.csv");
    page.press(&shown, "Look up the chats", &[]).is(303);
    page.settled("/match")
        .shows("2 rows filled in")
        .hides("Dora");
    let shown = page.settled("/people").is(200);
    page.press(&shown, "Add their rows", &[]).is(303);
    page.settled("/people/rows")
        .is(200)
        .shows("Added 1 chat to contacts.csv: Dora Quist");
    // The same row as that of the command.
    let other = build();
    other.run(&["init", "--update"]).exits(0);
    let row = |table: &str| {
        table
            .lines()
            .find(|row| row.starts_with("Dora"))
            .map(str::to_owned)
    };
    assert_eq!(row(&table(&world)), row(&table(&other)));
    assert!(row(&table(&world)).is_some(), "{}", table(&world));
    let shown = page.settled("/people").is(200).hides("without a row");
    page.press(&shown, "Look up the chats", &[]).is(303);
    page.settled("/match")
        .shows("1 row with candidates, for you to decide");
    let shown = page.settled("/people").is(200);
    let shown = shown.shows("the same name; the number of the chat is not known");
    page.press(&shown, "Choose Dora Quist", &[]).is(303);
    let now = table(&world);
    let ids = format!(
        "Dora Quist,Dora Quist,contact,{},lead_03,cont_03,",
        dora.phone
    );
    assert!(now.contains(&ids), "{now}");
    let shown = page.settled("/match").is(200);
    page.press(&shown, "Add rows for the chats of new archives", &[])
        .is(303);
    page.settled("/people/rows")
        .shows("already contains every chat");
    assert_eq!(table(&world), now);
}

#[test]
fn choice_can_be_declined() {
    let world = world("create", false);
    let page = world.page();
    let shown = page.settled("/people?state=create").is(200);
    page.press(&shown, "Create the leads of 2 chats", &[])
        .is(303);
    let asked = page.settled("/leads").shows("The status of the new leads");
    page.press(&asked, "Stop here", &[]).is(303);
    page.settled("/leads").shows("no lead was created");
    assert_eq!(world.server.count("POST", "/lead/"), 0);
}

#[test]
fn chosen_status_is_that_of_the_leads() {
    let world = world("create", false);
    let page = world.page();
    let shown = page.settled("/people?state=create").is(200);
    page.press(&shown, "Create the leads of 2 chats", &[])
        .is(303);
    let asked = page.settled("/leads").shows("The status of the new leads");
    page.press(&asked, "Choose", &[("option", "1")]).is(303);
    let asked = page.settled("/leads").shows("Your answer is needed");
    page.press(&asked, "Yes", &[]).is(303);
    page.settled("/leads").shows("2 rows created in Close");
    let leads = world.server.state.leads();
    assert_eq!(leads.len(), 2, "{leads:?}");
    let table = table(&world);
    let rows = table.lines().skip(1);
    let filled_in = rows.filter(|row| row.contains(",lead_")).count();
    assert_eq!(filled_in, 2, "{table}");
}

/// As `undo --leads`: all runs, and the leads that were created.
#[test]
fn created_leads_are_undone() {
    let world = world("create", false);
    let page = world.page();
    page.settled("/undo").is(200).hides("with the leads");
    let shown = page.settled("/people?state=create").is(200);
    page.press(&shown, "Create the leads of 2 chats", &[])
        .is(303);
    let asked = page.settled("/leads").shows("The status of the new leads");
    page.press(&asked, "Choose", &[("option", "0")]).is(303);
    let asked = page.settled("/leads").shows("Your answer is needed");
    page.press(&asked, "Yes", &[]).is(303);
    page.settled("/leads").shows("2 rows created in Close");
    world.import().exits(0);
    assert!(world.server.state.message_count() > 0);
    let begin = || {
        let shown = page.settled("/undo").is(200).shows("All runs, and 2 leads");
        page.press(&shown, "Show what would be deleted of all runs", &[])
            .is(303);
        page.settled("/undo").shows("Your answer is needed")
    };
    let asked = begin();
    page.press(&asked, "Continue", &[("typed", "Somebody else")])
        .is(303);
    page.settled("/undo").shows("Nothing was deleted.");
    assert_eq!(world.server.state.leads().len(), 2);
    let asked = begin();
    let text = asked.text();
    let (_, name) = text
        .split_once("name of the organisation, ")
        .expect("a name");
    let (name, _) = name.split_once(", to continue").expect("a name");
    page.press(&asked, "Continue", &[("typed", name)]).is(303);
    page.settled("/undo").hides("All runs, and");
    assert_eq!(world.server.state.message_count(), 0);
    assert!(world.server.state.leads().is_empty());
}
