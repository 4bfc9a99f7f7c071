//! One file without scripts and external resources, whatever names and texts contain.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::page;
use crate::kit::Side::{Me, They};
use crate::kit::{Chat, World, scenes};

/// Both kinds of page of a migration.
fn pages(world: &World, chat: &str) -> [String; 2] {
    [page(world, &[], 0), page(world, &["--chat", chat], 0)]
}

#[test]
fn policy_allows_this_style_and_nothing_else() {
    let world = World::new(vec![scenes::cleo()]);
    for page in pages(&world, "Cleo Marsh") {
        let style = page.split("<style>").nth(1).expect("a style");
        let style = style.split("</style>").next().expect("a style");
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        let policy = page.split("Content-Security-Policy\" content=\"").nth(1);
        let policy = policy
            .and_then(|rest| rest.split('"').next())
            .expect("a policy");
        assert_eq!(
            policy.replace("&#39;", "'"),
            format!(
                "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'"
            )
        );
        for forbidden in [
            "<script",
            " style=\"",
            " onerror=",
            "<iframe",
            "<object",
            "javascript:",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for attribute in ["src=\"", "href=\""] {
            for value in page.split(attribute).skip(1) {
                let is_own = value.starts_with("data:image/jpeg;base64,")
                    || value.starts_with("https://app.close.com/lead/lead_");
                assert!(is_own, "{attribute}{}", &value[..40]);
            }
        }
    }
}

#[test]
fn templates_escape_every_value() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: &str| fs::read_dir(root.join(folder)).expect("a folder");
    let mut templates = 0;
    for item in files("templates/report").chain(files("templates/sandbox")) {
        let path = item.expect("a file").path();
        let text = fs::read_to_string(&path).expect("text");
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for forbidden in ["|safe", "|escape(", "|e(", "escape=", "{%raw", "<script"] {
            assert!(
                !plain.contains(forbidden),
                "{}: {forbidden}",
                path.display()
            );
        }
        templates += 1;
    }
    assert!(templates >= 9, "{templates} templates");
    for item in files("src/report/html").chain(files("src/sandbox/page")) {
        let text = fs::read_to_string(item.expect("a file").path()).expect("text");
        assert!(
            !text.contains("escape =")
                && !text.contains("HtmlSafe")
                && !text.contains("filters::Safe")
        );
    }
}

#[test]
fn hostile_names_and_texts_stay_text() {
    let name = "<script>alert(1)</script>";
    let chat = Chat::android("Ben", 1)
        .say("2024-03-13 10:15", They, "<script>alert(2)</script>")
        .say("2024-03-13 10:16", Me, "\u{202e}abc \u{2066}def\u{7}")
        .say(
            "2024-03-13 10:17",
            They,
            "</article></main><img src=x onerror=alert(3)>",
        )
        .say("2024-03-13 10:18", Me, &"x".repeat(10_000))
        .say("2024-03-13 10:19", They, "*<b>bold</b>* _\"'&_ {{ 1 }}");
    let world = World::new(vec![chat]);
    let text = world.exports().join("WhatsApp Chat with Ben.zip");
    fs::remove_file(text).expect("removed");
    let mut hostile = crate::kit::archive::transcript(&world.chats[0]);
    hostile = hostile.replace("- Ben: ", &format!("- {name}: "));
    world.write("exports/WhatsApp Chat with Ben.txt", &hostile);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write(
        "contacts.csv",
        &table.replace("Ben,Ben,", &format!("Ben,{name},")),
    );
    for page in pages(&world, "Ben") {
        let body = page.split_once("<body>").expect("a body").1;
        for tag in ["<script", "<img src=x", "<b>"] {
            assert!(!body.contains(tag), "{tag}");
        }
        assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{7}']));
        assert_eq!(super::count(&page, "</main>"), 1);
    }
    let conversation = page(&world, &["--chat", "Ben"], 0);
    assert_eq!(super::count(&conversation, "<article"), 5);
    let shown = super::text(&conversation);
    assert!(shown.contains("<script>alert(2)</script>"), "{shown}");
    assert!(shown.contains(&"x".repeat(10_000)));
}
