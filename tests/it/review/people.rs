//! The queue of chats: decisions are written into contacts.csv, and a private chat is named nowhere.

use std::fs;
use std::time::{Duration, Instant};

use chatferry::sandbox::Seed;

use crate::kit::page::{Page, encoded};
use crate::kit::setting::{is_thorough, skipped};
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, World, scenes};

/// Two chats whose contacts nobody has chosen, and a Close that has them.
fn world() -> World {
    let chats = vec![scenes::ben(), scenes::cleo()];
    let seed = Seed::from_contacts_csv(&contacts(&chats)).expect("a seed");
    let rows: String = chats.iter().map(open_row).collect();
    Built {
        contacts: Some(format!("{HEADER}{}{rows}", me())),
        seed: Some(seed),
        ..Built::new(chats)
    }
    .world()
}

fn open_row(chat: &Chat) -> String {
    let (name, phone) = (&chat.name, &chat.phone);
    format!("{name},{name},contact,{phone},,,,\n")
}

fn table(world: &World) -> String {
    fs::read_to_string(world.path().join("contacts.csv")).expect("contacts.csv")
}

/// Decides about the chat that a page of the queue shows.
fn decide(page: &Page, path: &str, choice: &str) -> u16 {
    let shown = page.settled(path).is(200);
    let (chat, seen) = (shown.field("chat"), shown.field("seen"));
    let fields = [("chat", chat.as_str()), ("seen", &seen), ("choice", choice)];
    page.post("/people", &fields).status
}

#[test]
fn choice_is_written_into_the_row() {
    let world = world();
    let page = world.page();
    let queue = page.settled("/people").is(200);
    let queue = queue.shows("To decide (2)").shows("<bdi>Ben Cooper</bdi>");
    let queue = queue.shows("needs a lead and a contact");
    queue.shows("Anna Example (2)").hides("secret-alpha");
    assert_eq!(decide(&page, "/people", "contact lead_01 cont_01"), 303);
    let row = "Ben Cooper,Ben Cooper,contact,+353861234501,lead_01,cont_01,,\n";
    assert!(table(&world).contains(row), "{}", table(&world));
    let next = page.get("/people").is(200).shows("To decide (1)");
    let next = next.shows("Ben Cooper: goes to lead lead_01.");
    next.shows("<h2 id=\"who\"><bdi>Cleo Marsh</bdi>");
    assert_eq!(decide(&page, "/people", "no"), 303);
    assert!(table(&world).contains("Cleo Marsh,Cleo Marsh,contact,+353861234502,,,,no\n"));
    page.settled("/people")
        .shows("To decide (0)")
        .shows("Not imported (1)");
    world.import().exits(0);
    world.assert_rows(&scenes::ben().rows(), "what the page decided");
}

/// Enter in the field of the number made the chat private, or chose the first contact: it presses the first button of the
/// form.
#[test]
fn number_is_saved_alone_by_the_first_button() {
    let mut chats = vec![scenes::ben(), scenes::cleo()];
    let seed = Seed::from_contacts_csv(&contacts(&chats)).expect("a seed");
    let ben = chats.remove(0);
    let row = format!("{0},{0},contact,,,,,\n", ben.name);
    let world = Built {
        contacts: Some(format!("{HEADER}{}{row}", me())),
        seed: Some(seed),
        ..Built::new(vec![ben])
    }
    .world();
    let page = world.page();
    let card = page.settled("/people").is(200);
    let text = card.text();
    let (_, form) = text.split_once("action=\"/people\">").expect("the form");
    let (_, first) = form.split_once("<button").expect("a button");
    assert!(first.contains("value=\"save\"") && first.find("value=\"save\"") < first.find('>'));
    page.press(&card, "Save the number", &[("phone", "")])
        .is(422);
    let saved = page.press(&card, "Save the number", &[("phone", "+353 86 123 4501")]);
    saved.is(303);
    let row = "Ben Cooper,Ben Cooper,contact,+353861234501,,,,\n";
    assert!(table(&world).contains(row), "{}", table(&world));
    let next = page.settled("/people").is(200).shows("To decide (1)");
    next.shows("Ben Cooper: the number is saved.")
        .shows("+353861234501");
}

#[test]
fn messages_are_shown_on_demand() {
    let world = world();
    let page = world.page();
    let shown = page.settled("/people").hides("secret-alpha");
    let chat = shown.field("chat");
    let lines = page.get(&format!("/people?chat={chat}&lines=1")).is(200);
    lines
        .shows("Good morning, secret-alpha")
        .hides("secret-bravo");
}

#[test]
fn candidates_of_a_look_up_have_reasons() {
    let chats = vec![scenes::ben()];
    let mut seed = contacts(&chats);
    // A second contact has the number, so nothing is certain.
    seed.push_str("Ben C.,Ben C.,contact,+353861234501,lead_77,cont_77,,\n");
    let rows: String = chats.iter().map(open_row).collect();
    let world = Built {
        contacts: Some(format!("{HEADER}{}{rows}", me())),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    page.settled("/people")
        .shows("No contact was found for this chat");
    page.submit("/match", &[]).is(200);
    page.settled("/match").shows("1 row with candidates");
    let queue = page.settled("/people").is(200);
    let queue = queue
        .shows("the same number")
        .shows("data-key=\"1\"")
        .shows("data-key=\"2\"");
    queue.shows("value=\"contact lead_77 cont_77\"");
    assert_eq!(decide(&page, "/people", "contact lead_77 cont_77"), 303);
    assert!(
        table(&world).contains(",lead_77,cont_77,,\n"),
        "{}",
        table(&world)
    );
}

#[test]
fn contact_is_found_by_name_and_by_lead() {
    let world = world();
    let page = world.page();
    let chat = page.settled("/people").field("chat");
    for text in [
        "Cleo Marsh",
        "+353861234502",
        "https://app.close.com/lead/lead_02/",
    ] {
        let found = page.get(&format!("/people?chat={chat}&find={}", encoded(text)));
        found.is(200).shows("value=\"contact lead_02 cont_02\"");
    }
    let found = page.get(&format!("/people?chat={chat}&find=nobody"));
    found.is(200).shows("No contact was found for this chat");
}

/// Twelve people have one name, and one of them is private.
#[test]
fn contacts_that_are_not_shown_are_counted() {
    let chats = vec![scenes::ben()];
    let others = (1..=12).map(|number| {
        format!("Ben {number},Ben Cooper,contact,+3538612345{number:02},lead_{number:02},cont_{number:02},,\n")
    });
    let others: Vec<String> = others.collect();
    let seed = format!("{HEADER}{}{}", me(), others.concat());
    let world = Built {
        contacts: Some(format!("{HEADER}{}{}", me(), open_row(&chats[0]))),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    page.settled("/people").is(200);
    let found = page.get("/people?find=Ben+Cooper").is(200);
    assert_eq!(
        found.text().matches(">Choose ").count(),
        9,
        "{}",
        found.text()
    );
    found.shows("Not shown: 3 more contacts in Close. Add a further name");
    page.get("/people?find=%2B353861234503")
        .is(200)
        .hides("Not shown:");
}

/// Names and texts of a chat are on no page once it is private.
#[test]
fn private_chat_is_named_nowhere() {
    let world = world();
    let page = world.page();
    assert_eq!(decide(&page, "/people", "private"), 303);
    assert!(table(&world).contains("Ben Cooper,Ben Cooper,contact,+353861234501,,,,private\n"));
    // Right after the decision, and after the archives were read again.
    for _ in 0..2 {
        for path in [
            "/people?state=all",
            "/people?state=all&q=ben",
            "/people?lines=1",
        ] {
            let shown = page
                .get(path)
                .is(200)
                .hides("Ben Cooper")
                .hides("secret-alpha");
            shown.shows("1 chat left out as private");
        }
        page.settled("/");
    }
    for path in [
        "/",
        "/archives",
        "/left-out",
        "/undecided",
        "/report/document",
    ] {
        page.settled(path)
            .is(200)
            .hides("Ben Cooper")
            .hides("secret-alpha");
    }
    page.submit("/plan", &[]).is(200);
    let plan = page.settled("/plan").shows("1 private chat");
    plan.hides("Ben Cooper").hides("secret-alpha");
}

#[test]
fn decision_is_taken_back() {
    let world = world();
    let page = world.page();
    let before = table(&world);
    for choice in ["private", "create", "no", "contact lead_01 cont_01"] {
        assert_eq!(decide(&page, "/people", choice), 303);
        assert_ne!(table(&world), before);
        let decision = page.settled("/people").field("decision");
        page.submit("/people/back", &[("decision", &decision)])
            .is(200)
            .shows("To decide (2)");
        assert_eq!(table(&world), before, "{choice}");
    }
}

/// It led to the first undecided chat, and the next key decided about that one.
#[test]
fn decision_that_is_taken_back_leads_to_its_list_and_chat() {
    let world = world();
    let page = world.page();
    let shown = page.settled("/people?state=all&q=cleo").is(200);
    let (chat, seen) = (shown.field("chat"), shown.field("seen"));
    let of_list = [("state", "all"), ("q", "cleo")];
    let decision = [("chat", chat.as_str()), ("seen", &seen), ("choice", "no")];
    let fields: Vec<(&str, &str)> = decision.into_iter().chain(of_list).collect();
    page.post("/people", &fields).is(303);
    let number = page.settled("/people?state=all&q=cleo").field("decision");
    let back = page.post("/people/back", &[("decision", &number)]).is(303);
    let address = back.header("location").to_owned();
    assert!(
        address.contains("state=all") && address.contains("q=cleo"),
        "{address}"
    );
    assert_eq!(page.settled(&address).field("chat"), chat);
}

/// A tab that still shows an earlier decision takes back that one or none.
#[test]
fn stale_tab_takes_back_no_other_decision() {
    let world = world();
    let page = world.page();
    assert_eq!(decide(&page, "/people", "no"), 303);
    let stale = page.settled("/people").field("decision");
    assert_eq!(decide(&page, "/people", "private"), 303);
    let after = table(&world);
    page.post("/people/back", &[("decision", stale.as_str())])
        .is(409)
        .shows("nothing was taken back");
    assert_eq!(table(&world), after);
}

#[test]
fn chat_that_is_put_off_comes_last() {
    let world = world();
    let page = world.page();
    let before = world.listing();
    assert_eq!(decide(&page, "/people", "later"), 303);
    page.settled("/people")
        .shows("<h2 id=\"who\"><bdi>Cleo Marsh</bdi>");
    assert_eq!(world.listing(), before);
}

#[test]
fn invalid_decision_changes_nothing() {
    let world = world();
    let page = world.page();
    let before = world.listing();
    for choice in [
        "",
        "contact",
        "contact lead_1",
        "contact x y",
        "contact lead_1 cont_1;x",
        "delete",
    ] {
        assert_eq!(decide(&page, "/people", choice), 422, "{choice}");
    }
    let shown = page.settled("/people");
    let (chat, seen) = (shown.field("chat"), shown.field("seen"));
    let wrong_number = [
        ("chat", chat.as_str()),
        ("seen", &seen),
        ("choice", "create"),
        ("phone", "0151 1"),
    ];
    page.post("/people", &wrong_number)
        .is(422)
        .shows("country code");
    let unknown = [("chat", "0"), ("seen", seen.as_str()), ("choice", "no")];
    page.post("/people", &unknown).is(422);
    assert_eq!(world.listing(), before);
}

/// The page of a browser that has it open, and a table that was edited meanwhile.
#[test]
fn decision_about_a_changed_table_is_refused_with_the_difference() {
    let world = world();
    let page = world.page();
    let shown = page.settled("/people").is(200);
    let (chat, seen) = (shown.field("chat"), shown.field("seen"));
    let edited = table(&world).replace(
        "Cleo Marsh,contact,+353861234502",
        "Cleo Marsh,contact,+353861234599",
    );
    world.write("contacts.csv", &edited);
    let fields = [("chat", chat.as_str()), ("seen", &seen), ("choice", "no")];
    let refused = page.post("/people", &fields);
    let refused = refused
        .is(409)
        .shows("was changed after this page was shown");
    refused
        .shows("+353861234599")
        .shows("+353861234502")
        .hides("Ben Cooper,contact");
    assert_eq!(table(&world), edited);
    assert_eq!(decide(&page, "/people", "no"), 303);
}

/// Twenty versions of the table later.
#[test]
fn difference_is_known_after_many_decisions() {
    let world = world();
    let page = world.page();
    let tab = page.settled("/people?q=Cleo").is(200);
    for _ in 0..10 {
        for choice in ["no", "open"] {
            assert_eq!(decide(&page, "/people?state=all&q=Ben", choice), 303);
        }
    }
    // All of it was written here: the form of the tab is not refused for it.
    page.press(&tab, "Do not import", &[]).is(303);
    page.press(&tab, "Do not import", &[]).is(303);
    let tab = page.settled("/people?state=all&q=Cleo").is(200);
    for _ in 0..10 {
        for choice in ["no", "open"] {
            assert_eq!(decide(&page, "/people?state=all&q=Ben", choice), 303);
        }
    }
    let edited = table(&world).replace("+353861234501", "+353861234599");
    world.write("contacts.csv", &edited);
    let refused = page.press(&tab, "Decide again", &[]).is(409);
    refused
        .shows("+353861234501")
        .shows("+353861234599")
        .hides("is not known");
    assert_eq!(table(&world), edited);
    // A version that the page never had.
    let unknown = "0".repeat(32);
    let refused = page
        .press(&tab, "Decide again", &[("seen", &unknown)])
        .is(409);
    refused
        .shows("What exactly changed is not known")
        .hides("What changed in");
}

#[test]
fn second_tab_does_not_overwrite_the_first() {
    let world = world();
    let page = world.page();
    let tab = page.settled("/people").is(200);
    let (chat, seen) = (tab.field("chat"), tab.field("seen"));
    assert_eq!(decide(&page, "/people", "no"), 303);
    let after = table(&world);
    let fields = [
        ("chat", chat.as_str()),
        ("seen", &seen),
        ("choice", "private"),
    ];
    page.post("/people", &fields).is(409).shows("What changed");
    assert_eq!(table(&world), after);
}

#[test]
fn names_and_texts_are_no_markup() {
    let name = "<script>alert(1)</script> \u{202e}x\"'&";
    let chat = Chat::android("Mallory", 1).say(
        "2024-03-13 10:15",
        crate::kit::Side::They,
        "<img src=x onerror=alert(1)>",
    );
    let world = World::new(vec![chat]);
    let rows = format!("{HEADER}{}Mallory,Mallory,contact,,,,,\n", me());
    world.write("contacts.csv", &rows);
    world.write("never.txt", "");
    let page = world.page();
    let chat = page.settled("/people").field("chat");
    let shown = page.get(&format!(
        "/people?chat={chat}&lines=1&q=&find={}",
        encoded(name)
    ));
    let shown = shown.is(200).shows("&#60;img src=x onerror=alert(1)&#62;");
    shown.hides("<img").hides("<script>alert");
    let shown = page.get(&format!("/people?q={}", encoded(name))).is(200);
    shown
        .hides("<script>alert")
        .shows("&#60;script&#62;alert(1)");
}

#[test]
fn queue_is_shown_in_pages() {
    let chats: Vec<Chat> = (0..230)
        .map(|n| {
            Chat::android(&format!("Contact {n:03}"), 1).chatter("2024-02-14 09:00", 1, "word")
        })
        .collect();
    let world = Built {
        contacts: Some(format!("{HEADER}{}", me())),
        seed: Some(Seed::default()),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    let rows = |path: &str| {
        page.settled(path)
            .is(200)
            .text()
            .matches("class=\"who\"")
            .count()
    };
    assert_eq!(rows("/people"), 100);
    assert_eq!(rows("/people?page=3"), 30);
    assert_eq!(rows("/people?page=9"), 30);
    assert_eq!(rows("/people?q=contact+22"), 10);
    page.get("/people?page=2")
        .shows("Contact 100")
        .hides("Contact 099");
}

/// A queue of 3,000 chats. The archives are read meanwhile, and no page waits for that.
#[test]
fn pages_of_a_large_queue_are_quick() {
    if !is_thorough() {
        return skipped("3,000 chats are read with CHATFERRY_THOROUGH alone");
    }
    let chats: Vec<Chat> = (0..3000)
        .map(|n| {
            Chat::android(&format!("Contact {n:04}"), 1).chatter("2024-02-14 09:00", 3, "word")
        })
        .collect();
    let row = |(n, chat): (usize, &Chat)| {
        let name = &chat.name;
        format!("{name},{name},contact,+35386{n:07},,,,\n")
    };
    let rows: String = chats.iter().enumerate().map(row).collect();
    let world = Built {
        contacts: Some(format!("{HEADER}{}{rows}", me())),
        seed: Some(Seed::default()),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    let paths = [
        "/",
        "/archives",
        "/people",
        "/people?page=30",
        "/people?state=all&q=contact+29",
        "/people?lines=1",
        "/match",
        "/left-out",
        "/plan",
        "/undecided",
        "/run",
        "/verify",
        "/undo",
        "/report",
    ];
    let timed = |path: &str| {
        let began = Instant::now();
        page.get(path).is(200);
        (began.elapsed(), path.to_owned())
    };
    // While the archives are read, and after that.
    let mut slowest = paths.map(timed).into_iter().max().expect("a page");
    page.settled("/people").shows("To decide (3,000)");
    slowest = paths
        .map(timed)
        .into_iter()
        .max()
        .expect("a page")
        .max(slowest);
    let began = Instant::now();
    assert_eq!(decide(&page, "/people", "no"), 303);
    let decided = (began.elapsed(), "a decision and its next page".to_owned());
    let (took, path) = slowest.max(decided);
    assert!(took < Duration::from_secs(1), "{path} took {took:?}");
}

#[test]
fn contact_is_looked_for_on_the_card_of_its_chat() {
    let world = world();
    let page = world.page();
    let chat = page.settled("/people").field("chat");
    // In another tab the chat was decided, so that it is not in the list any more.
    assert_eq!(decide(&page, "/people", "no"), 303);
    let found = page.get(&format!("/people?chat={chat}&find=Cleo+Marsh"));
    let found = found.is(200).shows("<h2 id=\"who\"><bdi>Ben Cooper</bdi>");
    assert_eq!(found.form("Choose Cleo Marsh").1[0].1, chat);
    let nobody = page.get("/people?chat=0123456789abcdef&find=Cleo+Marsh");
    nobody
        .is(200)
        .hides("<h2 id=\"who\">")
        .hides("data-key=\"1\"");
}

#[test]
fn queue_with_a_filter_goes_on_within_it() {
    let world = world();
    let page = world.page();
    for _ in 0..2 {
        assert_eq!(decide(&page, "/people", "no"), 303);
    }
    let shown = page.settled("/people?state=no").is(200);
    let next = page.press(&shown, "Decide again", &[]).is(303);
    let next = page.get(next.header("location")).is(200);
    next.shows("<h2 id=\"who\"><bdi>Cleo Marsh</bdi>")
        .shows("Not imported (1)");
}

/// One `[[device]]`, and rows with its name.
#[test]
fn row_with_the_name_of_the_only_device_is_changed() {
    let world = world();
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    world.write(
        "chatferry.toml",
        &config.replace("[source]\n", "[[device]]\nname = \"anna\"\n"),
    );
    let rows = format!(
        "device,{HEADER},{}anna,Ben Cooper,Ben Cooper,contact,+353861234501,,,,no\n",
        me()
    );
    world.write("contacts.csv", &rows);
    let page = world.page();
    let shown = page.settled("/people?state=no").is(200).shows("Ben Cooper");
    page.press(
        &shown,
        "Decide again",
        &[("choice", "contact lead_01 cont_01")],
    )
    .is(303);
    let expected = rows.replace(",,,,no\n", ",lead_01,cont_01,,\n");
    assert_eq!(table(&world), expected);
    page.settled("/people?state=ready").shows("Ben Cooper");
    // A new row needs no name of the only device.
    let shown = page.settled("/people?q=Cleo").is(200);
    page.press(&shown, "Do not import", &[]).is(303);
    let added = format!("{expected},Cleo Marsh,Cleo Marsh,contact,,,,,no\n");
    assert_eq!(table(&world), added);
}

/// What was read before the decision has a person who was added to never.txt since.
#[test]
fn take_back_names_nobody_who_was_added_to_never_txt() {
    let world = world();
    let page = world.page();
    let cleo = page.settled("/people?q=Cleo").is(200);
    page.press(&cleo, "Do not import", &[]).is(303);
    let list = page.settled("/left-out").is(200);
    page.press(&list, "Add", &[("who", "Ben Cooper")]).is(303);
    let back = page.get("/people").hides("Ben Cooper");
    let back = match back.text().contains("data-refresh") {
        true => page.settled("/people"),
        false => back,
    };
    page.press(&back, "Take back", &[]).is(303);
    page.get("/people?state=all").hides("Ben Cooper");
    page.settled("/people?state=all")
        .shows("Cleo Marsh")
        .shows("1 chat left out as private")
        .hides("Ben Cooper");
}

/// The copy from before the page was opened, which a person may need after a spreadsheet rounded the numbers.
#[test]
fn copy_of_contacts_is_that_from_before_the_first_decision() {
    let world = world();
    let page = world.page();
    let before = table(&world);
    for _ in 0..2 {
        assert_eq!(decide(&page, "/people", "no"), 303);
    }
    let copy = || fs::read_to_string(world.path().join("contacts.csv.1")).expect("a copy");
    assert_eq!(copy(), before);
    // What somebody else wrote is copied.
    let edited = table(&world).replace(",no\n", ",\n");
    world.write("contacts.csv", &edited);
    assert_eq!(decide(&page, "/people", "no"), 303);
    assert_eq!(copy(), edited);
}
