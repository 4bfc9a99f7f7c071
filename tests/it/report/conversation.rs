//! `report --chat`: one conversation, message by message.

use std::fs;

use super::{count, page, text, written};
use crate::kit::Side::{Me, Notice, They};
use crate::kit::archive::jpeg;
use crate::kit::{Built, Chat, Running, World, scenes};

/// Bubbles and omitted messages of a page.
fn items(page: &str) -> (usize, usize) {
    (count(page, "<article"), count(page, "<div class=\"o\">"))
}

#[test]
fn bubbles_and_omitted_messages_are_all_messages_of_the_archive() {
    let world = World::new(vec![scenes::ben()]);
    let (output, page) = written(&world, &["--chat", "Ben Cooper"], 0);
    output.says("6 messages, 1 omitted with the reason");
    assert_eq!(items(&page), (6, world.chats[0].lines.len() - 6));
    assert!(page.contains("left out: notices by WhatsApp"), "{page}");
    assert!(
        page.contains("7 messages in 1 archive: 6 here, 1 left out"),
        "{page}"
    );
}

#[test]
fn message_has_side_sender_time_and_state() {
    let world = World::new(vec![scenes::ben()]);
    let before = text(&page(&world, &["--chat", "Ben Cooper"], 0));
    assert!(
        before.contains("Ben Cooper Good morning, secret-alpha 10:15 · to post"),
        "{before}"
    );
    world.import().exits(0);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    let after = text(&page);
    let stored = world.server.state.messages();
    let first = stored
        .iter()
        .find(|message| message.markdown.contains("secret-alpha"));
    let id = &first.expect("a message").id;
    assert!(after.contains(&format!("10:15 · in Close {id}")), "{after}");
    assert_eq!(count(&page, "<article class=\"b me\">"), 2);
    assert_eq!(count(&page, "href=\""), 0);
}

/// The leads of a rehearsal were linked to Close, which does not have them; those of Close are linked.
#[test]
fn only_leads_of_close_are_linked() {
    let world = World::new(vec![scenes::ben()]);
    let close = ("CLOSE_BASE_URL", "https://api.close.com/api/v1");
    let environment = [world.environment().as_slice(), &[close]].concat();
    for arguments in [
        &["report", "--out", "all.html"][..],
        &["report", "--chat", "Ben Cooper", "--out", "one.html"],
    ] {
        Running::start(arguments, world.path(), &environment)
            .wait()
            .exits(0);
    }
    for file in ["all.html", "one.html"] {
        let page = fs::read_to_string(world.path().join(file)).expect("a report");
        let links = count(&page, "href=\"https://app.close.com/lead/lead_01/\"");
        assert_eq!(links, 1, "{file}");
    }
    let rehearsal = page(&world, &[], 0);
    assert_eq!(count(&rehearsal, "href=\""), 0);
    assert!(text(&rehearsal).contains("lead_01"), "{rehearsal}");
}

#[test]
fn conversation_of_a_rehearsal_names_its_server() {
    let world = World::new(vec![scenes::ben()]);
    let shown = text(&page(&world, &["--chat", "Ben Cooper"], 0));
    let note = "which is not Close: leads have no links.";
    assert!(shown.contains(note), "{shown}");
    assert!(shown.contains("This migration goes to http://127.0.0.1:"));
}

#[test]
fn reply_shows_its_target() {
    let world = World::new(vec![scenes::ben()]);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    let replies: Vec<&str> = page.split("<p class=\"reply\">").skip(1).collect();
    assert_eq!(replies.len(), 2);
    let first = text(&format!(
        "<body>{}",
        replies[0].split("</p>").next().expect("a reply")
    ));
    assert_eq!(first, "Anna Example Which day suits you? Any is fine.");
}

#[test]
fn markdown_is_formatted_as_in_close() {
    let chat = Chat::android("Ben Cooper", 1).say(
        "2024-03-13 10:15",
        They,
        "*Bold* and _soft_ ```x*y*```",
    );
    let world = World::new(vec![chat]);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    for span in [
        "<span class=\"strong\">Bold</span> and ",
        "<span class=\"em\">soft</span>",
        "<span class=\"code\">x*y*</span>",
    ] {
        assert!(page.contains(span), "{span}: {page}");
    }
}

#[test]
fn real_images_are_shown_and_other_files_named() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let chat = Chat::android("Ben Cooper", 1)
        .send(
            "2024-03-13 10:15",
            They,
            "IMG-20240313-WA0001.jpg",
            jpeg(2_000, 1),
        )
        .send(
            "2024-03-13 10:16",
            They,
            "IMG-20240313-WA0002.jpg",
            svg.to_vec(),
        )
        .send(
            "2024-03-13 10:17",
            Me,
            "IMG-20240313-WA0003.jpg",
            jpeg(400_000, 2),
        )
        .send(
            "2024-03-13 10:18",
            Me,
            "offer.pdf",
            b"%PDF-1.7 offer".to_vec(),
        );
    let world = World::new(vec![chat]);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    assert_eq!(count(&page, "<img "), 1);
    assert_eq!(count(&page, "src=\"data:image/jpeg;base64,"), 1);
    let text = text(&page);
    assert!(
        text.contains("File IMG-20240313-WA0002.jpg , 71 bytes"),
        "{text}"
    );
    assert!(
        text.contains("File IMG-20240313-WA0003.jpg , 400.0 kB"),
        "{text}"
    );
    assert!(text.contains("File offer.pdf , 14 bytes"), "{text}");
}

#[test]
fn held_chat_shows_places_without_texts() {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo()]);
    built.contacts = Some(crate::kit::world::contacts(&[scenes::cleo()]));
    let world = built.world();
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    assert_eq!(items(&page), (0, 7));
    assert!(page.contains("This chat is held"), "{page}");
    assert!(!page.contains("secret-alpha"), "{page}");
}

/// Two archives of one chat: what both have is a bubble once, and counted as a copy.
#[test]
fn copies_in_another_archive_are_counted() {
    let chat = scenes::plain("Ben Cooper", 1, 8);
    let world = World::new(vec![chat.clone()]);
    let mut older = chat;
    older.lines.truncate(5);
    let folder = world.exports().join("older");
    fs::create_dir(&folder).expect("made");
    crate::kit::archive::put_zip(&older, &folder);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    assert_eq!(items(&page), (8, 0));
    assert!(
        text(&page).contains("13 messages in 2 archives: 8 here, 0 left out or held and shown in their place, 5 found again"),
        "{page}"
    );
}

#[test]
fn each_day_is_a_section() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 23:59", They, "one")
        .say("2024-03-14 00:01", Notice, "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them. Tap to learn more.")
        .chatter("2024-03-14 09:00", 250, "word");
    let world = World::new(vec![chat]);
    let page = page(&world, &["--chat", "Ben Cooper"], 0);
    let days: Vec<&str> = (page.split("<section class=\"day\">").skip(1))
        .filter_map(|section| section.split("<h2>").nth(1)?.split("</h2>").next())
        .collect();
    assert_eq!(
        days,
        [
            "Wed, 2024-03-13",
            "Thu, 2024-03-14",
            "Thu, 2024-03-14, continued"
        ]
    );
}

#[test]
fn limit_leaves_messages_in_their_place() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 9)]);
    let page = page(&world, &["--chat", "Ben Cooper", "--limit", "4"], 0);
    assert_eq!(items(&page), (4, 5));
    assert_eq!(count(&page, "not selected on the command line"), 5);
}

#[test]
fn unknown_chat_is_a_usage_error() {
    let world = World::new(scenes::rich());
    let flags = ["report", "--chat", "Ben Coper", "--out", "c.html"];
    world
        .run(&flags)
        .exits(2)
        .says("did you mean \"Ben Cooper\"?");
    assert!(!world.path().join("c.html").exists());
}
