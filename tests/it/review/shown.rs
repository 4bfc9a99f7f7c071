//! What a plan, a verification, a repair and an undo show: tables with names and numbers.

use chatferry::sandbox::{Fault, Seed};
use serde_json::{Value, json};

use crate::kit::Side::Me;
use crate::kit::page::{Page, Response};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, When, World, archive, scenes};

/// The cells of the row of a table that begins with this text, without markup.
#[track_caller]
pub(super) fn row(page: &Response, first: &str) -> Vec<String> {
    let text = page.text();
    let start = format!("<bdi>{first}</bdi>");
    let mut rows = text.split("<tr>").skip(1);
    let row = rows.find(|row| {
        row.split("</th>")
            .next()
            .is_some_and(|th| th.contains(&start))
    });
    let row = row.unwrap_or_else(|| panic!("no row {first} in\n{text}"));
    let row = row.split("</tr>").next().unwrap_or_default();
    let cells = row.split("</th>").flat_map(|part| part.split("</td>"));
    let cells = cells.map(|cell| {
        let parts = cell
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        parts
            .collect::<Vec<_>>()
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    });
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// Makes the plan.
#[track_caller]
fn planned(page: &Page, fields: &[(&str, &str)]) -> Response {
    page.submit("/plan", fields);
    page.settled("/plan").is(200).shows("Go on to the run")
}

fn change(world: &World, text: &str, patch: &Value) {
    let messages = world.server.state.messages();
    let message = messages.iter().find(|message| message.markdown == text);
    let id = &message.expect("a message").id;
    let path = format!("/activity/whatsapp_message/{id}/");
    let method = if patch.is_null() { "DELETE" } else { "PUT" };
    assert_eq!(world.server.call(method, &path, patch), 200);
}

#[test]
fn plan_has_a_row_for_each_chat() {
    let world = World::new(scenes::rich());
    let page = world.page();
    let shown = planned(&page, &[]).hides("<pre");
    for chat in scenes::rich() {
        let posts = chat.rows().len().to_string();
        let cells = row(&shown, &chat.name);
        assert_eq!(cells[..2], [chat.name.clone(), posts], "{cells:?}");
    }
    let all = world.expected().len().to_string();
    assert_eq!(row(&shown, "Post")[1], all);
    // The page of the run shows the same before it asks.
    let run = page.settled("/run");
    page.press(&run, "Start the run", &[]).is(303);
    let asked = page.settled("/run").shows("Your answer is needed");
    assert_eq!(row(&asked, "Post")[1], all);
}

#[test]
fn plan_names_why_a_chat_is_held() {
    let built = Built {
        contacts: Some(crate::kit::world::contacts(&[scenes::ben()])),
        ..Built::new(vec![scenes::ben(), scenes::cleo()])
    };
    let world = built.world();
    let page = world.page();
    let shown = planned(&page, &[]).shows("Held, until you decide");
    let shown = shown.shows("Decide the held chats");
    // Which messages of a held chat rules leave out is not known: its notice counts too.
    let held = (scenes::cleo().rows().len() + 1).to_string();
    assert_eq!(row(&shown, "Held")[1..], [held, "in 1 chat".to_owned()]);
    shown.shows("Cleo Marsh (");
}

#[test]
fn plan_is_shown_in_pages() {
    let chats: Vec<Chat> = (0..230)
        .map(|n| {
            Chat::android(&format!("Contact {n:03}"), n + 1).chatter("2024-02-14 09:00", 1, "word")
        })
        .collect();
    let world = World::new(chats);
    let page = world.page();
    let first = planned(&page, &[]).shows("230 chats, 230 messages to post");
    let pages = [first, page.get("/plan?page=2"), page.get("/plan?page=3")];
    let all: String = pages.iter().map(Response::text).collect();
    for n in 0..230 {
        let name = format!("<bdi>Contact {n:03}</bdi>");
        assert_eq!(all.matches(&name).count(), 1, "{name}");
    }
    let [_, second, third] = pages;
    second
        .shows("Contact 100")
        .hides("Contact 099")
        .hides("Contact 200");
    assert_eq!(third.text().matches("<bdi>Contact ").count(), 30);
}

/// Three findings of different harm: the most harmful first, each with its place and what to do.
fn damaged() -> World {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 6)]);
    world.import().exits(0);
    change(&world, "word1 number 2", &Value::Null);
    change(
        &world,
        "word1 number 4",
        &json!({"message_markdown": "another text"}),
    );
    // A second activity of one message: Close creates it, as another program would.
    let messages = world.server.state.messages();
    let message = messages.iter().find(|one| one.markdown == "word1 number 5");
    let message = message.expect("a message");
    let body = json!({
        "activity_at": message.activity_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "contact_id": message.contact_id, "lead_id": message.lead_id, "user_id": message.user_id,
        "direction": message.direction, "local_phone": message.local_phone,
        "remote_phone": message.remote_phone, "message_markdown": message.markdown,
        "external_whatsapp_message_id": message.external_id,
    });
    let status = world
        .server
        .call("POST", "/activity/whatsapp_message/", &body);
    assert!(matches!(status, 200 | 201), "{status}");
    world
}

#[test]
fn verification_shows_findings_in_order_of_harm() {
    let world = damaged();
    let page = world.page();
    page.submit("/verify", &[]);
    let shown = page.settled("/verify").is(200).hides("<pre");
    let text = shown.text();
    let place = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words} is not in {text}"))
    };
    let order = [
        "several activities are one message",
        "not in Close",
        "differs from what was sent",
    ];
    let places = order.map(|meaning| place(&format!("): {meaning}")));
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(row(&shown, "missing")[1], "1");
    let shown = shown.shows("WhatsApp Chat with Ben Cooper.zip:3");
    let shown = shown
        .shows("WhatsApp Chat with Ben Cooper.zip:5")
        .shows("lead_01");
    shown.shows(">repair<").shows("Show the steps of a repair");
}

#[test]
fn repair_requires_the_number_of_deletions() {
    let world = damaged();
    let page = world.page();
    page.submit("/verify", &[]);
    page.settled("/verify").shows("Show the steps of a repair");
    let before = world.server.writes();
    let begin = || {
        page.submit("/repair", &[]);
        page.settled("/verify")
            .is(200)
            .shows("Your answer is needed")
    };
    // A wrong number, and none.
    for typed in ["2", ""] {
        typed_answer(&page, &begin(), typed);
        page.settled("/verify").shows("Nothing was sent.");
        assert_eq!(world.server.writes(), before, "{typed}");
    }
    let asked = begin()
        .shows("Repair, in this order")
        .shows("1 of them is a deletion");
    assert_eq!(row(&asked, "post what Close lacks")[1], "1");
    typed_answer(&page, &asked, "1");
    let done = page.settled("/verify").is(200).shows("Repair: 3 done");
    done.shows("All 6 messages of 1 chat are in Close, each once; 0 differences")
        .shows("Verified in chatferry sandbox")
        .hides("Show the steps of a repair");
    world.assert_whole("a repair of the page");
}

fn typed_answer(page: &Page, asked: &Response, typed: &str) {
    let fields = [
        ("kind", asked.field("kind")),
        ("number", asked.field("number")),
        ("answer", "typed".to_owned()),
        ("typed", typed.to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    page.post("/answer", &fields).is(303);
}

/// A message that was removed and that the log of Close does not have: a person decides for all of them.
#[test]
fn plan_decides_what_becomes_of_missing_messages() {
    let chat = || scenes::plain("Ben Cooper", 1, 30);
    for (gone, left) in [("respect", 30), ("restore", 31)] {
        let world = World::new(vec![chat()]);
        world.import().exits(0);
        let newer = chat().say("2024-03-14 10:00", Me, "more");
        archive::put_zip(&newer, &world.exports());
        change(&world, "word1 number 7", &Value::Null);
        world.server.rule(|seen, when| {
            match seen.path.ends_with("/event/") && when == When::Received {
                true => Fault::Status(200, json!({"data": [], "cursor_next": null}).to_string()),
                false => Fault::None,
            }
        });
        let page = world.page();
        let shown = planned(&page, &[]).shows("Missing in Close, cause unknown: 1 message");
        assert_eq!(row(&shown, "Undecided")[1], "1");
        let shown = planned(&page, &[("gone", gone)]).hides("Undecided messages");
        shown.shows(&format!("<option value=\"{gone}\" selected>"));
        let run = page.settled("/run");
        page.press(&run, "Start the run", &[]).is(303);
        let asked = page.settled("/run").shows("Your answer is needed");
        let fields = [
            ("kind", asked.field("kind")),
            ("number", asked.field("number")),
        ];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        page.post("/answer", &[&fields[..], &[("answer", "0")]].concat());
        page.settled("/run").shows("created");
        assert_eq!(world.server.state.message_count(), left, "{gone}");
    }
}

#[test]
fn undo_shows_what_stays_and_why() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Cleo Marsh", 2, 4),
    ]);
    world.import().exits(0);
    change(
        &world,
        "word1 number 4",
        &json!({"message_markdown": "another text"}),
    );
    let page = world.page();
    let run = page
        .settled("/undo")
        .shows("10 messages in Close")
        .field("run");
    page.submit("/undo", &[("run", &run)]);
    let shown = page.settled("/undo").is(200).hides("<pre");
    assert_eq!(row(&shown, "&#34;Cleo Marsh&#34;")[1], "4");
    let ben = row(&shown, "&#34;Ben Cooper&#34;");
    assert_eq!(ben[1..3], ["5", "1 kept, changed in Close since"]);
    let shown = shown.shows("Messages that stay (1)");
    shown
        .shows("changed in Close since (text)")
        .shows("9 to delete, 1 kept");
}

/// The messages with a record stay, since they were changed; those of a later run have no record, as after an old copy of the
/// checkpoint was put back.
#[test]
fn undo_of_nothing_names_what_records_the_rest() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    for message in world.server.state.messages() {
        change(
            &world,
            &message.markdown,
            &json!({"message_markdown": format!("{} changed", message.markdown)}),
        );
    }
    let checkpoint = world.path().join("chatferry.db");
    let copy = std::fs::read(&checkpoint).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    world.forget();
    std::fs::write(&checkpoint, copy).expect("put back");
    let page = world.page();
    let run = page.settled("/undo").field("run");
    page.submit("/undo", &[("run", &run)]);
    page.settled("/undo")
        .shows("Nothing to do: ")
        .shows("Messages that stay (4)")
        .shows("2 messages of ours in Close without a record")
        .shows("the command recover in a terminal");
}

/// Chats that an export shows by name only, and the address book of their phone.
#[test]
fn look_up_uses_an_address_book() {
    let chats = vec![scenes::ben()];
    let seed = Seed::from_contacts_csv(&crate::kit::world::contacts(&chats)).expect("a seed");
    let world = Built {
        contacts: Some(format!(
            "{HEADER}{}Ben Cooper,Ben Cooper,contact,,,,,\n",
            me()
        )),
        seed: Some(seed),
        ..Built::new(chats)
    }
    .world();
    world.write(
        "phone.vcf",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ben Cooper\r\nTEL;TYPE=CELL:+353 86 123 4501\r\nEND:VCARD\r\n",
    );
    let page = world.page();
    page.settled("/people")
        .shows("Look up with an address book");
    let shown = page.settled("/match").is(200);
    let file = world
        .path()
        .join("phone.vcf")
        .canonicalize()
        .expect("a file");
    let file = file.to_string_lossy().into_owned();
    let shown = shown.shows(&format!("<option value=\"{file}\">"));
    shown.hides("Phone that it is of");
    let missing = format!("{file}.missing");
    page.submit("/match", &[("book", &missing)]);
    page.settled("/match").shows("cannot be read");
    page.submit("/match", &[("book", &file)]);
    page.settled("/match").shows("1 row filled in");
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("contacts.csv");
    let row = "Ben Cooper,Ben Cooper,contact,+353861234501,lead_01,cont_01,,\n";
    assert!(table.contains(row), "{table}");
    page.settled("/people").shows("To decide (0)");
}
