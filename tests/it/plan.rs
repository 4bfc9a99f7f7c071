//! `plan` changes nothing and announces what `import` does.

use std::collections::HashMap;

use chatferry::sandbox::{Seed, StoredMessage};
use serde_json::Value;

use crate::kit::{Built, Running, World, scenes};

#[test]
fn plan_writes_nothing_and_only_reads() {
    let world = World::new(scenes::rich());
    let before = world.listing();
    for arguments in [&["plan"][..], &["plan", "--json"], &["plan", "--payloads"]] {
        world.run(arguments).exits(0);
    }
    assert_eq!(world.server.writes(), 0);
    assert!(world.listing() == before, "files changed");
    world.import().exits(0);
    let (before, writes) = (world.listing(), world.server.writes());
    let output = world.run(&["plan", "--json"]).exits(0);
    assert_eq!(output.number("created"), 0);
    assert_eq!(output.number("unchanged"), 14);
    assert_eq!(world.server.writes(), writes);
    let after = world.listing();
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    assert!(after == before, "files changed");
}

#[test]
fn payloads_are_what_import_posts() {
    let world = World::new(scenes::rich());
    let output = world.run(&["plan", "--payloads"]).exits(0);
    world.import().exits(0);
    let stored = world.server.state.messages();
    let lines: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), stored.len());
    let by_id: HashMap<&str, &StoredMessage> =
        stored.iter().map(|m| (m.external_id.as_str(), m)).collect();
    let external: HashMap<&str, &str> = stored
        .iter()
        .map(|m| (m.id.as_str(), m.external_id.as_str()))
        .collect();
    for line in &lines {
        let id = line["external_whatsapp_message_id"].as_str().expect("id");
        let message = by_id[id];
        assert_eq!(line["message_markdown"], message.markdown.as_str());
        assert_eq!(line["lead_id"], message.lead_id.as_str());
        assert_eq!(line["direction"], message.direction.as_str());
        assert_eq!(line["local_phone"], message.local_phone.as_str());
        assert_eq!(line["remote_phone"], message.remote_phone.as_str());
        let at: chrono::DateTime<chrono::Utc> = line["activity_at"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time");
        assert_eq!(at, message.activity_at);
        let names: Vec<&str> = line["attachments"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|name| name.as_str().expect("a name"))
            .collect();
        let files: Vec<&str> = message
            .attachments
            .iter()
            .map(|file| file.filename.as_str())
            .collect();
        assert_eq!(names, files);
        let target = message.response_to_id.as_deref().map(|id| external[id]);
        assert_eq!(line["response_to_external_id"].as_str(), target);
    }
}

#[test]
fn messages_are_posted_in_plan_order() {
    // One post at a time, and three messages under way at most.
    let mut built = crate::kit::Built::new(vec![scenes::ben(), scenes::plain("Edda", 9, 30)]);
    built.limits += "concurrency = 1\nupload_concurrency = 1\n";
    let world = built.world();
    let output = world.run(&["plan", "--payloads"]).exits(0);
    world.import().exits(0);
    let stored = world.server.state.messages();
    for chat in &world.chats {
        let planned: Vec<String> = output
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .filter(|line| line["lead_id"] == chat.lead.as_str())
            .map(|line| line["activity_at"].as_str().expect("time").to_owned())
            .collect();
        let mut sorted = planned.clone();
        sorted.sort();
        assert_eq!(planned, sorted, "the plan goes by time");
        let posted: Vec<_> = stored.iter().filter(|m| m.lead_id == chat.lead).collect();
        // Replies may come after their targets' neighbours, and files take their time to go up.
        // Of the others none starts before all but two of those in front of it have ended.
        let plain: Vec<_> = posted
            .iter()
            .filter(|m| m.response_to_id.is_none() && m.attachments.is_empty())
            .map(|m| m.activity_at)
            .collect();
        let mut ordered = plain.clone();
        ordered.sort_unstable();
        for (arrived, time) in plain.iter().enumerate() {
            let place = ordered
                .iter()
                .position(|other| other == time)
                .expect("there");
            assert!(place <= arrived + 2, "{plain:?}");
        }
    }
}

#[test]
fn offline_plan_needs_neither_key_nor_network() {
    let world = World::new(scenes::rich());
    let output = Running::start(&["plan", "--offline", "--json"], world.path(), &[])
        .wait()
        .exits(0);
    assert_eq!(output.number("created"), 14);
    assert!(world.server.state.requests().is_empty());
}

#[test]
fn selected_plan_equals_selected_import() {
    let world = World::new(scenes::rich());
    for selection in [
        &["--chat", "Cleo Marsh"][..],
        &["--lead", "lead_03"],
        &["--limit", "3"],
    ] {
        let with = |head: &[&str]| {
            let arguments = [head, selection].concat();
            world.run(&arguments).exits(0)
        };
        let plan = with(&["plan", "--json"]);
        let run = with(&["import", "--yes", "--json"]);
        for name in ["created", "unchanged", "skipped", "held", "uploads"] {
            assert_eq!(plan.number(name), run.number(name), "{name}, {selection:?}");
        }
        assert!(run.number("created") > 0, "{selection:?}");
    }
    world.import().exits(0);
    world.assert_whole("part by part");
}

#[test]
fn selection_without_match_is_an_error() {
    let world = World::new(scenes::rich());
    for command in [&["plan"][..], &["import", "--yes"]] {
        let run = |more: &[&str]| world.run(&[command, more].concat());
        run(&["--chat", "Ben Coper"])
            .exits(2)
            .says("no chat \"Ben Coper\"; did you mean \"Ben Cooper\"?");
        run(&["--device", "nobody"])
            .exits(2)
            .says("no device is named \"nobody\"");
        run(&["--lead", "lead_of_nobody"])
            .exits(2)
            .says("goes to the lead \"lead_of_nobody\"");
    }
    assert_eq!(world.server.writes(), 0);
    // As names match: blanks aside.
    world.run(&["plan", "--chat", " Ben  Cooper"]).exits(0);
}

#[test]
fn backslash_in_a_path_is_explained() {
    let world = World::new(vec![scenes::ben()]);
    let text = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("read");
    let text = text.replace("[\"exports\"]", "[\"C:\\temp\"]");
    world.write("chatferry.toml", &text);
    let output = world.run(&["plan", "--offline"]).exits(2);
    output.says("put the path between single quotes");
}

/// Quiet is no excuse for silence about what matters.
#[test]
fn quiet_import_prints_the_result_only() {
    let world = World::new(scenes::rich());
    let output = world.run(&["import", "--yes", "--quiet"]).exits(0);
    assert!(!output.stderr.contains("To import"), "{}", output.stderr);
    output.says("14 created");
    world.assert_whole("quietly");
    let again = world.run(&["import", "--yes", "--quiet"]).exits(0);
    again.says("0 created, 14 unchanged");
}

#[test]
fn completions_and_man_pages_list_the_commands() {
    let world = World::new(Vec::new());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = world.run(&["completions", shell]).exits(0);
        assert!(output.stdout.contains("retry-failed"), "{shell}");
    }
    let page = world.run(&["man"]).exits(0).stdout;
    assert!(page.contains(".TH chatferry") && page.contains("retry\\-failed"));
    for command in [
        "inspect", "init", "match", "plan", "import", "doctor", "sandbox",
    ] {
        let help = world.run(&[command, "--help"]).exits(0).stdout;
        assert!(help.contains("Examples:") && help.contains(&format!("chatferry {command}")));
    }
}

/// Lead, contact or user in Close contradict a row: the plan holds the chat as the import does, with the same reason.
#[test]
fn plan_holds_chats_whose_ids_do_not_belong_together() {
    for (right, wrong, reason, fitting) in [
        ("lead_01", "lead_98", "Close has no lead lead_98", 3),
        ("cont_01", "cont_98", "Close has no contact cont_98", 3),
        (
            "cont_01",
            "cont_88",
            "does not belong to the lead lead_01",
            3,
        ),
        ("user_anna", "user_98", "Close has no user user_98", 0),
    ] {
        let chats = vec![
            scenes::plain("Ben Cooper", 1, 6),
            scenes::plain("Cleo Marsh", 2, 3),
        ];
        let table = crate::kit::world::contacts(&chats);
        let other = "Dora,Dora,contact,+353861234588,lead_88,cont_88,,\n";
        let mut built = Built::new(chats);
        built.seed = Some(Seed::from_contacts_csv(&format!("{table}{other}")).expect("a seed"));
        let world = built.world();
        world.write("contacts.csv", &table.replace(right, wrong));
        let plan = world.run(&["plan", "--json"]).exits(0);
        let planned = (plan.number("created"), plan.number("held"));
        assert_eq!(planned, (fitting, 9 - fitting), "{wrong}");
        world.run(&["plan", "--details"]).exits(0).says(reason);
        let pilot = world.run(&["import", "--pilot", "--yes", "--json"]);
        assert_eq!(pilot.number("held"), 9 - fitting, "{wrong}");
        let piloted = pilot.number("created");
        let run = world.import().exits(0);
        run.says(reason);
        let done = (run.number("created"), run.number("held"));
        assert_eq!(done, (fitting - piloted, 9 - fitting), "{wrong}");
        let again = world.run(&["plan", "--json"]).exits(0);
        let left = (again.number("created"), again.number("held"));
        assert_eq!(left, (0, 9 - fitting), "{wrong}");
    }
}

/// One request for the lead and one for the contact of each chat, in the plan and in the import.
#[test]
fn lead_and_contact_of_a_chat_are_checked_once_by_an_import() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Cleo Marsh", 2, 3),
    ]);
    let read = || ["/lead/{id}/", "/contact/{id}/"].map(|path| world.server.count("GET", path));
    world.run(&["plan", "--json"]).exits(0);
    assert_eq!(read(), [2, 2], "by the plan");
    world.import().exits(0);
    assert_eq!(read(), [4, 4], "by the import");
    // Nothing is to be sent.
    world.run(&["plan", "--json"]).exits(0);
    world.import().exits(0);
    assert_eq!(read(), [4, 4], "without operations");
}
