//! Pages name pages: no command and no flag of the terminal is on any of them, in whatever state the migration is.

use std::fs;

use chatferry::sandbox::{Fault, Seed};

use crate::kit::page::{Page, Response};
use crate::kit::server::is_post;
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, When, World, archive, scenes};

const PAGES: [&str; 16] = [
    "/",
    "/archives",
    "/people",
    "/people?state=all",
    "/people?state=held",
    "/match",
    "/people/rows",
    "/leads",
    "/left-out",
    "/plan",
    "/undecided",
    "/run",
    "/verify",
    "/undo",
    "/report",
    "/nowhere",
];

/// The words of a page, without its tags.
fn words_of(page: &Response) -> String {
    let text = page.text();
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + " " + part.split_once('>').map_or("", |(_, rest)| rest)
    })
}

/// What of a text only a terminal has: a flag, a command, a key to end a program.
fn of_a_terminal(words: &str) -> Option<String> {
    let around = |at: usize| {
        let (before, after) = words.split_at(at);
        let before: String = before.chars().rev().take(60).collect();
        let before: String = before.chars().rev().collect();
        before + &after.chars().take(80).collect::<String>()
    };
    let is_flag = |at: &usize| {
        let is_begun = words[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '-');
        let mut after = words[at + 2..].chars();
        is_begun && after.next().is_some_and(|c| c.is_ascii_lowercase())
    };
    let flags = words.match_indices("--").map(|(at, _)| at).find(is_flag);
    let commands = [
        "`chatferry",
        "Ctrl-C",
        "CLOSE_API_KEY",
        "run the same command",
    ];
    let command = commands.iter().find_map(|command| words.find(command));
    flags.or(command).map(around)
}

/// Every page as it is now.
#[track_caller]
fn assert_pages(page: &Page, state: &str) {
    for path in PAGES {
        let words = words_of(&page.settled(path));
        if let Some(found) = of_a_terminal(&words) {
            panic!("{state}: {path} has words of a terminal: {found}");
        }
    }
}

#[track_caller]
fn assert_shown(shown: Response, state: &str) -> Response {
    if let Some(found) = of_a_terminal(&words_of(&shown)) {
        panic!("{state}: words of a terminal: {found}");
    }
    shown
}

/// Answers the question of the page with its button.
#[track_caller]
fn answered(page: &Page, path: &str, button: &str) {
    let asked = page.settled(path).shows("Your answer is needed");
    page.press(&asked, button, &[]).is(303);
}

#[test]
fn words_of_a_terminal_are_recognised() {
    for words in [
        "add --files",
        "`chatferry plan`",
        "(--details)",
        "Ctrl-C ends it",
    ] {
        assert!(of_a_terminal(words).is_some(), "{words}");
    }
    for words in ["2024 -- 2025", "a---b", "chatferry", "data-refresh"] {
        assert_eq!(of_a_terminal(words), None);
    }
}

#[test]
fn pages_of_a_migration_name_pages() {
    let world = World::new(scenes::rich());
    let page = world.page();
    assert_pages(&page, "at the beginning");
    page.submit("/plan", &[]);
    assert_pages(&page, "planned");
    let shown = page.settled("/run");
    page.press(&shown, "Start the run", &[]).is(303);
    assert_shown(page.settled("/run"), "asked");
    answered(&page, "/run", "Yes");
    assert_pages(&page, "imported");
    page.submit("/verify", &[]);
    assert_pages(&page, "verified");
    archive::put_zip(&scenes::plain("Eve Long", 9, 3), &world.exports());
    world.write("never.txt", "nobody\n");
    assert_pages(&page, "a new archive, and a row without effect");
    page.submit("/plan", &[]);
    assert_pages(&page, "planned again");
    fs::remove_dir_all(world.exports()).expect("removed");
    page.submit("/verify", &[]);
    assert_pages(&page, "no archive is left");
}

/// Nothing is decided, and Close knows nobody.
#[test]
fn pages_of_an_undecided_migration_name_pages() {
    let chats = scenes::rich();
    let row = |chat: &crate::kit::Chat, import: &str| {
        format!("{0},{0},contact,{1},,,,{import}\n", chat.name, chat.phone)
    };
    let rows = [
        row(&chats[0], ""),
        row(&chats[1], "create"),
        row(&chats[2], "no"),
    ];
    let world = Built {
        contacts: Some(format!(
            "{HEADER}*,You,me,+4915112345678,,,,\n{}",
            rows.concat()
        )),
        seed: Some(Seed::from_contacts_csv(&format!("{HEADER}{}", me())).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    let page = world.page();
    assert_pages(&page, "undecided");
    page.submit("/match", &[]);
    assert_pages(&page, "looked up");
    page.submit("/plan", &[]);
    assert_pages(&page, "planned with held chats");
    page.submit("/match", &[("book", "nowhere.vcf")]);
    assert_pages(&page, "an address book that is not there");
    page.submit("/leads", &[]);
    answered(&page, "/leads", "Stop here");
    assert_pages(&page, "declined");
}

/// Without the key, and with one that is refused.
#[test]
fn pages_without_a_key_name_pages() {
    let world = World::new(scenes::rich());
    let url = [("CLOSE_BASE_URL", world.server.base_url.as_str())];
    let page = Page::open(world.path(), &url);
    assert_pages(&page, "no key");
    for key in ["without-a-dot", "api_wrong.key"] {
        assert_shown(page.post("/key", &[("key", key)]).is(422), key);
    }
    let wrong = [url[0], ("CLOSE_API_KEY", "api_wrong.key")];
    let page = Page::open(world.path(), &wrong);
    assert_pages(&page, "a key that is refused");
    page.submit("/plan", &[]);
    assert_pages(&page, "a plan with a key that is refused");
}

/// Posts are rejected, and messages are changed and removed in Close.
#[test]
fn pages_of_failures_name_pages() {
    let world = World::new(scenes::rich());
    world
        .server
        .rule(|seen, when| match is_post(seen) && when == When::Received {
            true => Fault::Status(
                422,
                r#"{"field-errors": {"message_markdown": "no"}}"#.to_owned(),
            ),
            false => Fault::None,
        });
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan");
    let shown = page.settled("/run");
    page.press(&shown, "Start the run", &[]).is(303);
    answered(&page, "/run", "Yes");
    assert_pages(&page, "rejected");
    page.submit("/verify", &[]);
    assert_pages(&page, "verified with failures");
    world.server.calm();
    world.import().exits(0);
    let messages = world.server.state.messages();
    let path = format!("/activity/whatsapp_message/{}/", messages[0].id);
    assert_eq!(
        world.server.call("DELETE", &path, &serde_json::Value::Null),
        200
    );
    page.submit("/verify", &[]);
    assert_pages(&page, "verified with a message that is missing");
    let shown = page.settled("/verify");
    page.press(&shown, "Show the steps of a repair", &[("gone", "1")])
        .is(303);
    assert_pages(&page, "a repair");
    page.post("/stop", &[("kind", "verify")]).is(303);
    page.settled("/verify");
    page.submit("/plan", &[]);
    assert_pages(&page, "planned with a message that is missing");
    let runs = page.settled("/undo");
    page.press(&runs, "Show what would be deleted", &[]).is(303);
    assert_shown(page.settled("/undo"), "an undo");
    let asked = page.settled("/undo").shows("Your answer is needed");
    page.press(&asked, "No, stop here", &[]).is(303);
    assert_pages(&page, "declined");
}

/// Tables and a configuration with mistakes, and an archive that cannot be read.
#[test]
fn pages_of_mistakes_name_pages() {
    let world = World::new(scenes::rich());
    fs::write(
        world.exports().join("WhatsApp Chat with Eve.zip"),
        b"PK\x03\x04 cut",
    )
    .expect("written");
    let page = world.page();
    assert_pages(&page, "an archive that cannot be read");
    page.submit("/plan", &[]);
    assert_pages(&page, "planned");
    for (file, text) in [
        ("exclude.csv", "chat,from,until\nBen,,\n"),
        ("exclude.csv", "chat,from,until\nBen Coper,2024-01-01,\n"),
        ("decisions.csv", "message,decision,of\nx,perhaps,\n"),
        ("never.txt", "*\n"),
        ("contacts.csv", "chat,participant,role\nBen,Ben,friend\n"),
    ] {
        let path = world.path().join(file);
        let before = fs::read(&path).ok();
        world.write(file, text);
        assert_pages(&page, file);
        page.submit("/plan", &[]);
        assert_pages(&page, file);
        match before {
            Some(bytes) => fs::write(&path, bytes).expect("written"),
            None => fs::remove_file(&path).expect("removed"),
        }
    }
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("it is there");
    for text in [
        "[source\n".to_owned(),
        config.replace("timezone", "timezon"),
        format!("{config}\n[close]\nbase_url = \"https://example.org\"\n"),
    ] {
        world.write("chatferry.toml", &text);
        assert_pages(&page, &text);
    }
}
