//! never.txt, exclude.csv, decisions.csv and the answers about phones.

use std::fs;

use chatferry::sandbox::Seed;

use super::in_one_minute;
use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, World, archive, scenes};

#[test]
fn person_is_added_to_the_list_of_those_never_imported() {
    let world = World::new(vec![scenes::ben(), scenes::cleo()]);
    let page = world.page();
    let shown = page.settled("/left-out").is(200);
    let fields = [
        ("seen", shown.field("seen")),
        ("who", "+353861234501".to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    page.post("/left-out/never", &fields).is(303);
    let list = fs::read_to_string(world.path().join("never.txt")).expect("never.txt");
    assert_eq!(list, "+353861234501\n");
    page.settled("/left-out")
        .is(200)
        .shows("1 private chat")
        .hides("Ben Cooper");
    // The same form again adds nothing; it is refused once another program has written the file.
    page.post("/left-out/never", &fields).is(303);
    let again = fs::read_to_string(world.path().join("never.txt")).expect("never.txt");
    assert_eq!(again, list);
    world.write("never.txt", &format!("# family\n{list}"));
    page.post("/left-out/never", &fields).is(409);
    world.import().exits(0);
    world.assert_rows(&scenes::cleo().rows(), "without the person");
}

#[test]
fn period_is_left_out() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let period = |seen: &str, from: &str| {
        let fields = [("seen", seen), ("chat", "Ben Cooper"), ("from", from)];
        page.post("/left-out/exclude", &fields).status
    };
    assert_eq!(period("none", "13.3.2024"), 422);
    for (chat, device, why) in [
        ("Ben Coper", "", "did you mean &#34;Ben Cooper&#34;?"),
        ("Ben Cooper", "nobody", "unknown device"),
    ] {
        let fields = [
            ("seen", "none"),
            ("chat", chat),
            ("device", device),
            ("from", "2024-03-13"),
        ];
        page.post("/left-out/exclude", &fields).is(422).shows(why);
    }
    assert!(!world.path().join("exclude.csv").exists());
    assert_eq!(period("none", "2024-03-13"), 303);
    let table = fs::read_to_string(world.path().join("exclude.csv")).expect("exclude.csv");
    assert_eq!(
        table,
        "device,chat,from,until,reason\n,Ben Cooper,2024-03-13,,\n"
    );
    let shown = page.settled("/left-out");
    let shown = shown.shows("in an excluded period of exclude.csv");
    // The form of another tab adds the same row: it is there. A new one is refused.
    assert_eq!(period("none", "2024-03-13"), 303);
    let text = shown.text();
    let seen = text
        .rsplit("name=\"seen\" value=\"")
        .next()
        .expect("a form");
    let seen = seen.split('"').next().expect("a digest");
    assert_eq!(period(seen, "2024-03-13"), 422);
    let again = fs::read_to_string(world.path().join("exclude.csv")).expect("exclude.csv");
    assert_eq!(again, table);
    // As the commands see it.
    world.write(
        "exclude.csv",
        &format!("{table},Ben Cooper,2024-03-13,,again\n"),
    );
    let refused = world.run(&["plan", "--offline"]).exits(2);
    refused.says("exclude.csv:3: is the same as line 2");
}

/// A message that was edited beyond recognition between two exports.
#[test]
fn undecided_message_is_decided() {
    let chat = |texts: [&str; 2]| {
        texts.iter().fold(
            Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before"),
            |chat, text| chat.say("2024-03-13 10:20", They, text),
        )
    };
    let world = World::new(vec![chat(["one", "two"]).say(
        "2024-03-13 10:30",
        Me,
        "after",
    )]);
    world.import().exits(0);
    let edited = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "quite different <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&edited, &world.exports());
    let page = world.page();
    page.settled("/undecided")
        .shows("They are known once a plan was made");
    page.submit("/plan", &[]);
    page.settled("/plan").shows("undecided");
    let shown = page.settled("/undecided").is(200).shows("quite different");
    let shown = shown.shows("In Close").shows(">one</p>").shows(">two</p>");
    let names = ["seen", "place", "message", "decision", "of"];
    let values = names.map(|name| shown.field(name));
    let fields: Vec<(&str, &str)> = names
        .into_iter()
        .zip(values.iter().map(String::as_str))
        .collect();
    let after = page.submit("/undecided", &fields).is(200);
    after.shows("1 decided").hides("quite different");
    let table = fs::read_to_string(world.path().join("decisions.csv")).expect("decisions.csv");
    assert!(
        table.starts_with("message,decision,of\n") && table.contains(",same,acti_"),
        "{table}"
    );
    // The same form again adds nothing; another decision about the message is refused.
    page.post("/undecided", &fields).is(303);
    let other: Vec<(&str, &str)> = (fields.iter())
        .map(|(name, value)| match *name {
            "decision" => ("decision", "leave"),
            "of" => ("of", ""),
            name => (name, *value),
        })
        .collect();
    page.post("/undecided", &other).is(409);
    let again = fs::read_to_string(world.path().join("decisions.csv")).expect("decisions.csv");
    assert_eq!(again, table);
    assert_eq!(world.import().exits(0).number("undecided"), 0);
}

/// The export from before the edit is in the same folder, as it is where every export is kept.
#[test]
fn undecided_message_has_the_texts_of_its_candidates() {
    let world = World::new(vec![in_one_minute(&["apples", "pears"])]);
    world.import().exits(0);
    let edited = archive::zip(&in_one_minute(&[
        "quite different <This message was edited>",
    ]));
    let newer = "WhatsApp Chat with Ben Cooper (2).zip";
    fs::write(world.exports().join(newer), edited).expect("written");
    let page = world.page();
    // What waits for a person is the next step, not a comparison with Close.
    let start = page.settled("/").shows("1 message undecided");
    start
        .shows("href=\"/undecided\"")
        .hides("Compare them with Close");
    page.submit("/plan", &[]);
    page.settled("/plan").shows("undecided");
    let shown = page.settled("/undecided").is(200).shows("quite different");
    let shown = shown.shows(">apples</p>").shows(">pears</p>");
    shown.shows("In another archive");
}

/// Anna's archive is among those of the office, which has a chat with Ben of its own.
#[test]
fn held_archive_of_a_ready_chat_is_counted_everywhere() {
    let ben = scenes::ben();
    let office = "*,Berta Office,me,+4915112345679,,,user_berta,\n";
    let rows = [
        format!("anna,{}", me()),
        format!(",{}", ben.contact_row()),
        format!("office,{office}"),
    ];
    let seed = contacts(std::slice::from_ref(&ben)) + office;
    let table = format!("device,{HEADER}{}", rows.concat());
    let world = Built {
        contacts: Some(table),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(vec![ben.clone()])
    }
    .world();
    let device = |name: &str, archives: &str, owner: &str, phone: &str| {
        format!(
            "[[device]]\nname = \"{name}\"\narchives = [\"{archives}\"]\ntimezone = \"Europe/Berlin\"\n\
             date_order = \"dmy\"\nowner = [\"{owner}\"]\nlocal_phone = \"{phone}\"\n"
        )
    };
    let devices = [
        device("anna", "exports", "Anna Example", "+4915112345678"),
        device("office", "office", "Berta Office", "+4915112345679"),
    ];
    let limits = "settle_seconds = 0.0\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n";
    let config = format!(
        "{}[import]\ncontacts = \"contacts.csv\"\n[limits]\n{limits}",
        devices.concat()
    );
    world.write("chatferry.toml", &config);
    let folder = world.path().join("office");
    fs::create_dir(&folder).expect("made");
    let own = "14/05/2024, 09:00 - Ben Cooper: the lamp is here\n\
        14/05/2024, 09:01 - Berta Office: thank you\n";
    let own = archive::zip_of(&[(
        "WhatsApp Chat with Ben Cooper.txt".to_owned(),
        own.to_owned(),
    )]);
    fs::write(folder.join("WhatsApp Chat with Ben Cooper.zip"), own).expect("written");
    let copy = folder.join("WhatsApp Chat with Ben Cooper (1).zip");
    fs::write(copy, archive::zip(&ben)).expect("written");
    assert!(world.import().exits(0).number("held") > 0);
    let page = world.page();
    let queue = page.settled("/people?state=held").is(200);
    queue.shows("Held (1)").shows("<bdi>Ben Cooper</bdi>");
    let start = page.settled("/").shows("1 chat held: see why");
    start
        .shows("1 ready, 1 held")
        .shows("href=\"/people?state=held\"")
        .hides("Compare them with Close");
    page.submit("/plan", &[]);
    let plan = page.settled("/plan").shows("Decide the held chats");
    assert!(plan.text().contains("/people?state=waiting"));
    page.settled("/people?state=waiting")
        .shows("Waiting for you (1)")
        .shows("<bdi>Ben Cooper</bdi>");
}

#[test]
fn rejected_answers_about_a_phone_are_shown_again() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let before = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    let shown = page.settled("/archives").is(200);
    let typed = [
        ("owner", "Anna Typed"),
        ("local_phone", "11 91234"),
        ("timezone", "Europe/Vienna"),
        ("date_order", "mdy"),
    ];
    let again = page.press(&shown, "Save", &typed).is(422);
    let again = again.shows("Nothing was saved");
    let again = again
        .shows("value=\"Anna Typed\"")
        .shows("value=\"11 91234\"")
        .shows("value=\"Europe/Vienna\"")
        .shows("value=\"mdy\" selected");
    // The error is that of one field.
    assert_eq!(again.text().matches("aria-invalid").count(), 1);
    again.shows(
        "value=\"11 91234\" placeholder=\"+4915112345678\" autocomplete=\"off\" aria-invalid",
    );
    let now = || fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    assert_eq!(now(), before);
    // The form that came back can be sent.
    let again = page.press(&shown, "Save", &typed);
    let corrected = [("local_phone", "+4915112345679")];
    page.press(&again, "Save", &corrected).is(303);
    assert!(
        now().contains("Anna Typed") && now().contains("Europe/Vienna"),
        "{}",
        now()
    );
}

/// The row of the owner names nobody, as a database does, and the user in Close has another name.
#[test]
fn user_of_an_owner_is_chosen_from_those_of_close() {
    let ben = scenes::ben();
    let owner = "*,You,me,+4915112345678,,,,\n";
    let seed =
        contacts(std::slice::from_ref(&ben)) + "*,Berta Office,me,+4915112345679,,,user_berta,\n";
    let world = Built {
        contacts: Some(format!("{HEADER}{owner}{}", ben.contact_row())),
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(vec![ben])
    }
    .world();
    let page = world.page();
    let queue = page.settled("/people").is(200);
    page.press(&queue, "Look up the chats", &[]).is(303);
    page.settled("/match")
        .shows("choose the user of each phone on the page Archives");
    let shown = page.settled("/archives").is(200);
    let shown = shown.shows("<option value=\"user_berta\">Berta Office");
    page.press(&shown, "Save", &[("user_id", "user_berta")])
        .is(303);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    assert!(config.contains("user_id = \"user_berta\""), "{config}");
    page.settled("/archives")
        .shows("<option value=\"user_berta\" selected>");
    world.import().exits(0);
    let messages = world.server.state.messages();
    let is_hers = messages
        .iter()
        .any(|message| message.user_id.as_deref() == Some("user_berta"));
    assert!(is_hers, "{messages:?}");
}

/// Without the key, the id can be typed.
#[test]
fn user_of_an_owner_is_typed_without_the_key() {
    let world = World::new(vec![scenes::ben()]);
    let page = crate::kit::page::Page::open(world.path(), &[]);
    let shown = page.settled("/archives").is(200);
    shown
        .shows("Id of its owner's user in Close")
        .hides("<option value=\"user_");
}

#[test]
fn answers_about_a_phone_are_written_into_the_configuration() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let before = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    let shown = page.settled("/archives").is(200);
    let shown = shown
        .shows("WhatsApp Chat with Ben Cooper.zip")
        .shows("value=\"Europe/Berlin\"");
    let (seen, device) = (shown.field("seen"), shown.field("device"));
    let answers = |zone: &'static str| {
        let fields = [
            ("seen", seen.as_str()),
            ("device", &device),
            ("owner", "Anna Example"),
            ("local_phone", "+4915112345678"),
            ("timezone", zone),
            ("date_order", "dmy"),
        ];
        page.post("/archives", &fields).status
    };
    assert_eq!(answers("Mars/Olympus"), 422);
    assert_eq!(answers("Europe/Vienna"), 303);
    let after = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    let expected = before.replace("Europe/Berlin", "Europe/Vienna").replace(
        "owner = [\"Anna Example\"]\n",
        "owner = [\"Anna Example\"]\nlocal_phone = \"+4915112345678\"\n",
    );
    assert_eq!(after, expected);
    assert_eq!(answers("Europe/Rome"), 409);
    page.settled("/archives").shows("value=\"Europe/Vienna\"");
}

#[test]
fn groups_are_imported_once_the_page_says_so() {
    let world = World::new(vec![scenes::ben()]);
    let group = "13/03/2024, 10:14 - Anna Example created group \"Walks\"\n\
                 13/03/2024, 10:15 - Ben Cooper: one\n13/03/2024, 10:16 - Cleo Marsh: two\n\
                 13/03/2024, 10:17 - Anna Example: three\n";
    let folder = world.exports().join("WhatsApp Chat with Walks");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("WhatsApp Chat with Walks.txt"), group).expect("written");
    let page = world.page();
    let shown = page.settled("/archives").is(200).shows("leave out");
    page.settled("/people?state=left_out").shows("Walks");
    let seen = shown.field("seen");
    let post = |groups: &str| {
        page.post("/groups", &[("seen", &seen), ("groups", groups)])
            .status
    };
    assert_eq!(post("some"), 422);
    assert_eq!(post("anchor"), 303);
    let after = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    assert!(after.contains("groups = \"anchor\""), "{after}");
    page.settled("/people")
        .shows("Number of the contact whose lead gets this group");
}

/// A line of never.txt that begins with # is a comment.
#[test]
fn name_that_begins_with_a_number_sign_is_an_entry() {
    let world = World::new(vec![
        Chat::android("#Ben", 1).say("2024-03-13 10:10", They, "before"),
        scenes::cleo(),
    ]);
    let page = world.page();
    let shown = page.settled("/left-out").is(200);
    page.press(&shown, "Add", &[("who", "#Ben")]).is(303);
    page.settled("/left-out")
        .shows("1 private chat")
        .hides("#Ben");
}

#[test]
fn text_that_is_not_one_entry_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let shown = page.settled("/left-out").is(200);
    let before = world.listing();
    for who in ["", " ", "Ben Cooper\nCleo Marsh", "Ben Cooper\n# Cleo"] {
        let refused = page.press(&shown, "Add", &[("who", who)]);
        refused.is(422).shows("one name or number");
    }
    assert_eq!(world.listing(), before);
}

/// `[source]` gives both phones an order of dates, and a person chooses to find it out.
#[test]
fn answer_of_a_device_outweighs_the_inherited_one() {
    let world = World::new(vec![scenes::ben()]);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    let device = "timezone = \"Europe/Berlin\"\ndate_order = \"mdy\"\n\
                  [[device]]\nname = \"anna\"\narchives = [\"exports\"]\n";
    let config = config.replace("archives = [\"exports\"]\n", "").replace(
        "timezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n",
        device,
    );
    world.write("chatferry.toml", &config);
    let page = world.page();
    let shown = page.settled("/archives").is(200);
    let shown = shown.shows("<option value=\"mdy\" selected>");
    page.press(&shown, "Save", &[("date_order", "auto")])
        .is(303);
    let after = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    assert!(after.contains("date_order = \"auto\"\n"), "{after}");
    page.settled("/archives")
        .shows("<option value=\"auto\" selected>");
}

/// Two phones are answered on one page; the button of one stores what was typed for both.
#[test]
fn answers_about_one_phone_keep_those_about_another() {
    let world = World::new(vec![scenes::ben()]);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    let second = "[[device]]\nname = \"second\"\narchives = [\"second\"]\ntimezone = \"Europe/Rome\"\n\n[import]";
    let first = "[[device]]\nname = \"first\"\n";
    let config = config
        .replacen("[source]\n", first, 1)
        .replacen("[import]", second, 1);
    fs::create_dir(world.path().join("second")).expect("made");
    world.write("chatferry.toml", &config);
    let page = world.page();
    let shown = page.settled("/archives").is(200);
    let seen = shown.field("seen");
    let fields = [
        ("seen", seen.as_str()),
        ("device", "first"),
        ("owner", "Anna Example"),
        ("local_phone", ""),
        ("timezone", "Europe/Vienna"),
        ("date_order", "auto"),
        ("user_id", ""),
        ("device", "second"),
        ("owner", ""),
        ("local_phone", "+4915112345678"),
        ("timezone", "Europe/Rome"),
        ("date_order", "auto"),
        ("user_id", ""),
        ("confirmed", "first"),
    ];
    page.post("/archives", &fields).is(303);
    let after = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    assert!(after.contains("timezone = \"Europe/Vienna\""), "{after}");
    assert!(
        after.contains("local_phone = \"+4915112345678\""),
        "{after}"
    );
}
