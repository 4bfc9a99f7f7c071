//! Rehearsals: the page of the sandbox, its users, and its pace.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use chatferry::sandbox::Seed;
use serde_json::json;

use crate::kit::Side::{Me, They};
use crate::kit::chat::{OWNER, OWNER_USER};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, World, archive, scenes};

/// A response: its head and its body.
struct Response {
    head: String,
    body: Vec<u8>,
}

impl Response {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a text")
    }

    #[track_caller]
    fn has(&self, text: &str) {
        assert!(
            self.text().contains(text),
            "{text} is not in {}",
            self.text()
        );
    }
}

/// Requests a page as a browser does that believes the sandbox to be at `host`.
fn get_as(world: &World, host: Option<&str>, path: &str) -> Response {
    let address = world.server.base_url.replace("http://", "");
    let address = address.trim_end_matches("/api/v1");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let host = host.unwrap_or(address);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("a response");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.expect("a head");
    Response {
        head: String::from_utf8(bytes[..end].to_vec()).expect("a head"),
        body: bytes[end + 4..].to_vec(),
    }
}

fn get(world: &World, path: &str) -> Response {
    get_as(world, None, path)
}

/// The page of the lead of a chat.
fn lead_page(world: &World, chat: &Chat) -> Response {
    get(world, &format!("/_sandbox/lead/{}", chat.lead))
}

/// Without chunks, since a template is rendered as a whole.
fn bubbles(page: &Response) -> usize {
    page.text().matches("<article ").count()
}

#[test]
fn page_shows_every_message_lead_by_lead() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let index = get(&world, "/");
    let all = world.server.state.message_count();
    index.has(&format!(
        "{all} messages on {} leads; none is there twice.",
        world.chats.len()
    ));
    let mut shown = 0;
    for chat in &world.chats {
        index.has(&format!("href=\"/_sandbox/lead/{}\"", chat.lead));
        let page = lead_page(&world, chat);
        shown += bubbles(&page);
        for message in world.server.state.messages() {
            if message.lead_id == chat.lead {
                page.has(&format!("id=\"{}\"", message.id));
                page.has(&message.external_id);
            }
        }
    }
    assert_eq!(shown, all);
}

#[test]
fn page_shows_replies_files_and_images() {
    let chat = Chat::ios("Cleo Marsh", 2)
        .say("2024-03-13 10:10", They, "Which day suits you?")
        .send("2024-03-13 10:12", They, "photo.jpg", archive::jpeg(900, 7))
        .send(
            "2024-03-13 10:13",
            Me,
            "page.jpg",
            b"<!doctype html><script>".to_vec(),
        );
    let mut built = Built::new(vec![chat]);
    built.options = Box::new(|options| options.keep_bytes = true);
    let world = built.world();
    world.import().exits(0);
    let state = &world.server.state;
    let messages = state.messages();
    let is_question =
        |message: &&chatferry::sandbox::StoredMessage| message.markdown == "Which day suits you?";
    let first = messages.iter().find(is_question).expect("posted").clone();
    let reply = json!({
        "lead_id": first.lead_id, "contact_id": first.contact_id, "direction": "outgoing",
        "activity_at": "2024-03-14T10:10:00Z", "external_whatsapp_message_id": "r1",
        "local_phone": first.local_phone, "remote_phone": first.remote_phone,
        "message_markdown": "Monday", "response_to_id": first.id,
    });
    assert_eq!(
        world
            .server
            .call("POST", "/activity/whatsapp_message/", &reply),
        200
    );
    let page = lead_page(&world, &world.chats[0]);
    page.has("<bdi>Which day suits you?</bdi>");
    page.has("<bdi>photo.jpg</bdi>, 900 bytes");
    page.has("<bdi>page.jpg</bdi>, 23 bytes");
    let messages = state.messages();
    let id = |name: &str| {
        let with = |message: &&chatferry::sandbox::StoredMessage| {
            message.attachments.iter().any(|file| file.filename == name)
        };
        messages.iter().find(with).expect("a message").id.clone()
    };
    let image = format!("/_sandbox/file/{}/0", id("photo.jpg"));
    page.has(&format!("<img src=\"{image}\""));
    let image = get(&world, &image);
    assert!(
        image.head.contains("content-type: image/jpeg"),
        "{}",
        image.head
    );
    assert_eq!(image.body, archive::jpeg(900, 7));
    // A file is no image because of its name.
    let other = format!("/_sandbox/file/{}/0", id("page.jpg"));
    assert!(!page.text().contains(&other));
    assert!(get(&world, &other).head.starts_with("HTTP/1.1 404"));
    let target = get(&world, &format!("/_sandbox/message/{}", first.id));
    let location = format!(
        "location: /_sandbox/lead/{}?page=1#{}",
        first.lead_id, first.id
    );
    assert!(target.head.contains(&location), "{}", target.head);
}

#[test]
fn page_marks_duplicates() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    world.import().exits(0);
    let first = world.server.state.messages()[0].clone();
    let again = json!({
        "lead_id": first.lead_id, "contact_id": first.contact_id, "direction": first.direction,
        "activity_at": first.activity_at, "external_whatsapp_message_id": first.external_id,
        "local_phone": first.local_phone, "remote_phone": first.remote_phone,
        "message_markdown": first.markdown,
    });
    assert_eq!(
        world
            .server
            .call("POST", "/activity/whatsapp_message/", &again),
        200
    );
    get(&world, "/").has("4 messages on 1 lead, of which 1 is too many.");
    let page = lead_page(&world, &world.chats[0]);
    assert_eq!(page.text().matches("Duplicate of").count(), 1);
    page.has(&format!(
        "Duplicate of <a href=\"/_sandbox/message/{}\">",
        first.id
    ));
}

/// Names and texts come from customers.
#[test]
fn page_escapes_what_arrived() {
    let text = "<script>alert(1)</script> & </article> \u{202e}abc";
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, text);
    let world = World::new(vec![chat]);
    world.import().exits(0);
    let page = lead_page(&world, &world.chats[0]);
    assert!(!page.text().contains("<script"));
    page.has("&#60;script&#62;alert(1)");
    for header in [
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
    ] {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
}

/// A page of another site whose name resolves to this machine must not read conversations.
#[test]
fn page_is_refused_under_another_name() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 1)]);
    for path in ["/", "/_sandbox/state", "/_sandbox/messages"] {
        let refused = get_as(&world, Some("attacker.example"), path);
        assert!(refused.head.starts_with("HTTP/1.1 421"), "{}", refused.head);
        assert!(get(&world, path).head.starts_with("HTTP/1.1 200"));
    }
}

/// `match` fills in users by the names of `me` rows, which the sandbox knows from the same table.
#[test]
fn user_of_a_me_row_is_found_in_the_sandbox() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 2)]);
    let me = me().replace(OWNER_USER, "");
    let rows = format!("{HEADER}{me}{}", built.chats[0].contact_row());
    built.seed = Some(Seed::from_contacts_csv(&rows).expect("a seed"));
    built.contacts = Some(rows);
    let world = built.world();
    world.run(&["match"]).exits(0);
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let me = table.lines().nth(1).expect("a row");
    assert!(me.contains(",user_"), "{me}");
    world.import().exits(0);
    let user = world.server.state.messages()[0].user_id.clone();
    assert!(me.contains(&user.expect("a user")), "{me}");
    get(&world, "/").has(OWNER);
}

const UNPACED: &str = "Rehearsal in the sandbox: not paced";

/// A world without `requests_per_second`.
fn without_pace(count: u32) -> World {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, count)]);
    built.limits = "settle_seconds = 0.0\noutage_seconds = 0.0\n".to_owned();
    built.world()
}

#[test]
fn rehearsal_is_not_paced() {
    let world = without_pace(400);
    let began = std::time::Instant::now();
    let run = world.import().exits(0);
    run.says(UNPACED);
    // At 10 requests a second it takes 40 seconds.
    assert!(
        began.elapsed() < Duration::from_secs(35),
        "{:?}",
        began.elapsed()
    );
    world.assert_whole("without a pace");
}

/// An undo was as fast, and did not state why.
#[test]
fn undo_and_forget_of_a_rehearsal_are_not_paced() {
    let world = without_pace(3);
    world.import().exits(0);
    world.run(&["undo", "--dry-run"]).exits(0).says(UNPACED);
    let phone = scenes::plain("Ben Cooper", 1, 3).phone;
    let forget = ["forget", "--phone", phone.as_str(), "--dry-run"];
    // The line for never.txt is to be added.
    world.run(&forget).exits(3).says(UNPACED);
    let paced = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    paced.import().exits(0);
    let undo = paced.run(&["undo", "--dry-run"]).exits(0);
    assert!(!undo.stderr.contains(UNPACED), "{}", undo.stderr);
}

#[test]
fn plan_of_unpaced_rehearsal_estimates_for_close() {
    let shown = "at 10 requests a second";
    let unpaced = format!("; a rehearsal: not paced; about 40.0 s {shown} against Close");
    let world = without_pace(400);
    for details in [&["plan"][..], &["plan", "--details"]] {
        world.run(details).exits(0).says(&unpaced);
    }
    let offline = world.run(&["plan", "--offline"]).exits(0);
    offline.says(&format!("; about 40.0 s {shown}"));
    assert!(!offline.stdout.contains("rehearsal"), "{}", offline.stdout);
    // The proxy does not pass the sandbox's header on.
    let world = without_pace(400);
    world.proxy();
    let plan = world.run(&["plan"]).exits(0);
    assert!(!plan.stdout.contains("rehearsal"), "{}", plan.stdout);
    plan.says(shown);
}

#[test]
fn rehearsal_has_the_pace_that_is_set() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    let run = world.import().exits(0);
    assert!(!run.stderr.contains(UNPACED), "{}", run.stderr);
}

/// The proxy does not pass the sandbox's header on, as a tunnel to Close has none.
#[test]
fn server_without_the_header_is_paced() {
    let world = without_pace(12);
    world.proxy();
    let began = std::time::Instant::now();
    let run = world.import().exits(0);
    assert!(!run.stderr.contains(UNPACED), "{}", run.stderr);
    // Twelve posts, ten a second: eleven intervals.
    assert!(began.elapsed() >= Duration::from_millis(1_000));
}

/// A 429 of the sandbox is obeyed as one of Close.
#[test]
fn unpaced_rehearsal_obeys_429() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 30)]);
    built.limits = "settle_seconds = 0.0\n".to_owned();
    built.options = Box::new(|options| {
        options.limits_off = false;
        options.requests_per_second = 20.0;
        options.window_seconds = 1;
        options.rate_header = chatferry::sandbox::HeaderStyle::None;
    });
    let world = built.world();
    let run = world.import().exits(0);
    run.says(UNPACED);
    assert!(run.number("retries") > 0);
    world.assert_whole("after a 429");
}
