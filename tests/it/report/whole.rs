//! The report of a migration.

use std::fs;

use chatferry::sandbox::Fault;

use super::{count, page, text, written};
use crate::kit::{Chat, When, World, is_post, scenes};
use crate::samples::copy;
use crate::snapshots::settings;

#[test]
fn report_without_checkpoint_counts_messages_to_post() {
    let world = World::new(scenes::rich());
    let text = text(&page(&world, &[], 0));
    assert!(
        text.contains("What is in Close is not known without a checkpoint: 14 messages to post."),
        "{text}"
    );
    assert!(
        text.contains("There is no checkpoint (chatferry.db): either nothing was imported yet"),
        "{text}"
    );
    assert!(text.contains("`chatferry recover`"), "{text}");
    assert!(text.contains("there is none to check"), "{text}");
    assert!(!world.path().join("chatferry.db").exists());
}

#[test]
fn report_of_complete_import_begins_with_the_verdict() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let (output, page) = written(&world, &[], 0);
    let verdict = "All 14 messages that belong in Close are recorded there.";
    output.says(verdict);
    let main = page.split_once("<main>").expect("main").1;
    let first = main.split("</p>").next().expect("a paragraph");
    assert!(first.contains(verdict), "{first}");
    assert_eq!(count(&page, "<input type=\"checkbox\""), 14);
    assert!(text(&page).contains("Close rejected no message."));
}

/// After an import with nothing to do, its rate was `0.0 a second`, and the measured one was lost.
#[test]
fn rate_of_the_last_import_that_posted_stays() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let first = text(&page(&world, &[], 0));
    assert!(first.contains("UTC and posted 14 messages in "), "{first}");
    world.import().exits(0);
    let second = text(&page(&world, &[], 0));
    for words in [
        "UTC and posted no message. The one of ",
        "UTC posted 14 messages in ",
        " a second.",
    ] {
        assert!(second.contains(words), "{words}: {second}");
    }
    assert!(!second.contains("0.0 a second"), "{second}");
}

#[test]
fn file_is_for_its_owner_alone() {
    let world = World::new(vec![scenes::ben()]);
    page(&world, &[], 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = fs::metadata(world.path().join("r.html")).expect("r.html");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn default_file_is_in_the_current_folder() {
    let world = World::new(vec![scenes::ben()]);
    world
        .run(&["report"])
        .exits(0)
        .says("chatferry-report.html");
    assert!(world.path().join("chatferry-report.html").exists());
    // A conversation does not replace it.
    let before = fs::read(world.path().join("chatferry-report.html")).expect("read");
    world.run(&["report", "--chat", "Ben Cooper"]).exits(0);
    let after = fs::read(world.path().join("chatferry-report.html")).expect("read");
    assert_eq!(after, before);
    assert!(world.path().join("chatferry-conversation.html").exists());
}

#[test]
fn report_replaces_a_report_and_nothing_else() {
    let world = World::new(vec![scenes::ben()]);
    page(&world, &[], 0);
    page(&world, &[], 0);
    world.write("mine.html", "<p>mine</p>");
    let table = fs::read(world.path().join("contacts.csv")).expect("a table");
    for name in ["mine.html", "contacts.csv", "chatferry.toml"] {
        world.run(&["report", "--out", name]).exits(2);
        world.run(&["report", "--csv", name]).exits(2);
    }
    let mine = fs::read_to_string(world.path().join("mine.html")).expect("mine.html");
    assert_eq!(mine, "<p>mine</p>");
    assert_eq!(
        fs::read(world.path().join("contacts.csv")).ok(),
        Some(table)
    );
}

#[test]
fn failed_messages_are_grouped_by_cause_with_remedy() {
    let world = World::new(scenes::rich());
    world.server.rule(|seen, when| {
        let body =
            r#"{"errors": [], "field-errors": {"message_markdown": "Value cannot be changed."}}"#;
        match is_post(seen) && when == When::Received {
            true => Fault::Status(400, body.to_owned()),
            false => Fault::None,
        }
    });
    let failed = world.import().exits(3).number("failed");
    let page = page(&world, &[], 0);
    let text = text(&page);
    assert!(text.contains(&format!("{failed} failed")), "{text}");
    assert!(text.contains("Value cannot be changed."), "{text}");
    assert!(text.contains("import --retry-failed"), "{text}");
    let table = page
        .split("Failed messages by cause")
        .nth(1)
        .expect("a table");
    let table = table.split("</table>").next().expect("a table");
    assert!(table.contains(&format!(">{failed}</td>")), "{table}");
    for name in ["Ben Cooper", "Cleo Marsh", "Dora Quist"] {
        assert!(table.contains(name), "{table}");
    }
}

#[test]
fn sampled_messages_depend_on_the_seed_alone() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 300)]);
    world.import().exits(0);
    let sampled = |flags: &[&str]| {
        let page = page(&world, flags, 0);
        let rows = page.split("aria-label=\"Messages to check\"").nth(1);
        text(&format!("<body>{}", rows.expect("a table")))
    };
    let first = sampled(&[]);
    assert_eq!(first.matches("word1 number").count(), 20, "{first}");
    assert_eq!(sampled(&["--seed", "1"]), first);
    assert_ne!(sampled(&["--seed", "2"]), first);
}

#[test]
fn archive_at_the_limit_of_an_export_is_cut() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 10_000),
        scenes::plain("Dora Quist", 3, 5),
    ]);
    let page = page(&world, &[], 0);
    assert_eq!(count(&page, "Cut here: exactly 10,000 messages"), 1);
}

#[test]
fn months_are_bars_with_a_title_and_a_table() {
    let world = World::new(vec![
        Chat::android("Ben Cooper", 1)
            .chatter("2024-02-14 09:00", 4, "a")
            .chatter("2024-04-14 09:00", 2, "b"),
    ]);
    let page = page(&world, &[], 0);
    assert!(page.contains("<title>2024-02: 4 messages</title>"));
    assert!(page.contains("<title>2024-04: 2 messages</title>"));
    assert!(text(&page).contains("2024-02 4 0 0.1 4 2024-03 0 0 0.0 4 2024-04 2 0 0.1 6"));
}

#[test]
fn unreadable_archive_is_listed() {
    let world = World::new(vec![scenes::ben()]);
    world.write("exports/WhatsApp Chat with Hugo.zip", "PK\u{3}\u{4} no zip");
    let text = text(&page(&world, &[], 3));
    assert!(text.contains("1 archive could not be read."), "{text}");
    assert!(text.contains("WhatsApp Chat with Hugo.zip"), "{text}");
}

#[test]
fn selection_limits_the_report() {
    let world = World::new(scenes::rich());
    let text = text(&page(&world, &["--lead", "lead_01"], 0));
    assert!(text.contains("Ben Cooper"), "{text}");
    assert!(!text.contains("Cleo") && !text.contains("Dora"), "{text}");
    assert!(text.contains("2 chats outside the selection"), "{text}");
    world
        .run(&["report", "--device", "nobody", "--out", "s.html"])
        .exits(2);
    assert!(!world.path().join("s.html").exists());
}

#[test]
fn samples_match_snapshot() {
    let folder = crate::kit::folder();
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    copy(&samples, folder.path());
    let run = |arguments: &[&str]| {
        crate::kit::Running::start(arguments, folder.path(), &[])
            .wait()
            .exits(0)
    };
    run(&["report", "--out", "r.html"]);
    run(&["report", "--chat", "Harbour Walks", "--out", "c.html"]);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    let lines = |name: &str| {
        // One line for each row, item and paragraph.
        let page = read(name);
        let body = page.split_once("<body>").expect("a body").1;
        let mut rows: Vec<String> = Vec::new();
        for part in body.split_inclusive('>') {
            let is_end = [
                "</tr>", "</p>", "</li>", "</h1>", "</h2>", "</h3>", "</div>",
            ];
            let row = text(&format!("<body>{part}"));
            match rows.last_mut() {
                Some(last) => {
                    last.push(' ');
                    last.push_str(&row);
                }
                None => rows.push(row),
            }
            if is_end.iter().any(|end| part.ends_with(end)) {
                rows.push(String::new());
            }
        }
        let words = |row: &String| row.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = rows
            .iter()
            .map(words)
            .filter(|row| !row.is_empty())
            .collect();
        rows.join("\n")
    };
    let mut settings = settings();
    settings.add_filter(r"As of \d{4}-\d\d-\d\d \d\d:\d\d UTC", "As of NOW");
    settings.bind(|| {
        insta::assert_snapshot!("report", lines("r.html"));
        insta::assert_snapshot!("report_conversation", lines("c.html"));
    });
}

#[test]
fn report_lists_left_out_messages_and_files_by_reason() {
    let omitted = Chat::android("Edda Vale", 5)
        .say(
            "2024-03-13 10:10",
            crate::kit::Side::They,
            "<Media omitted>",
        )
        .say("2024-03-13 10:11", crate::kit::Side::They, "after");
    let world = World::new([scenes::rich(), vec![omitted]].concat());
    let before = text(&page(&world, &[], 0));
    assert!(
        before.contains("in the archives, and their messages are not in Close 4"),
        "{before}"
    );
    world.import().exits(0);
    let page = page(&world, &[], 0);
    let text = text(&page);
    let files = text
        .split_once("What became of it Files")
        .expect("a table")
        .1;
    for line in [
        "in the archives, and their messages are in Close 4",
        "the export left the file out 1",
    ] {
        assert!(files.contains(line), "{files}");
    }
    let reasons = text
        .split_once("Left out Reason Messages")
        .expect("a table")
        .1;
    assert!(
        reasons
            .trim_start()
            .starts_with("notices by WhatsApp (system = \"skip\")"),
        "{reasons}"
    );
}
