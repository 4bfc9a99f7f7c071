//! `chatferry import --pilot`: what it compares and shows, and what is known of Close afterwards.

use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Scope};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::kit::Side::{Me, They};
use crate::kit::{Answer, Built, Chat, Output, When, World, is_post, scenes};

const PILOT: &[&str] = &["import", "--yes", "--json", "--pilot"];
const PROBE: &[&str] = &["import", "--yes", "--json", "--pilot", "--probe"];

/// A world whose Close returns single messages otherwise.
fn returning(change: impl Fn(&mut Value) + Send + Sync + 'static) -> World {
    let world = World::new(scenes::rich());
    world.proxy().change(move |asked, close| {
        let is_read =
            asked.method == "GET" && asked.path.starts_with("/activity/whatsapp_message/acti_");
        let answer = close(asked);
        let mut body = answer.body;
        if is_read {
            change(&mut body);
        }
        Answer::new(answer.status, body)
    });
    world
}

fn facts(world: &World, names: [&str; 4]) -> [String; 4] {
    names.map(|name| world.fact(name).unwrap_or_default())
}

const FORMS: [&str; 4] = ["text", "numbers", "names", "times"];

#[test]
fn number_in_another_form_is_no_difference() {
    for (from, to) in [("+", ""), ("+49", "+49 "), ("+", "00")] {
        let world = returning(move |message| {
            for field in ["local_phone", "remote_phone"] {
                let number = message[field].as_str().expect("a number");
                message[field] = json!(number.replacen(from, to, 1));
            }
        });
        let pilot = world.run(PILOT).exits(0);
        pilot.says("3 of 3 messages correct");
        assert_eq!(world.fact("numbers").as_deref(), Some("other_form"), "{to}");
        world
            .run(&["doctor"])
            .says("numbers are returned in another form");
    }
}

#[test]
fn another_number_is_a_difference() {
    let world = returning(|message| message["remote_phone"] = json!("+353861234599"));
    let pilot = world.run(PILOT).exits(3);
    pilot.says("remote_phone; find the cause");
    assert_eq!(world.fact("numbers").as_deref(), Some("changed"));
}

/// What `doctor` grades as harmless is no difference.
#[test]
fn text_without_outer_blanks_and_time_in_whole_seconds_are_no_differences() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Good morning")
        .answer("2024-03-13 10:15", Me, 0, "Hello");
    let world = World::new(vec![chat]);
    world.proxy().change(|asked, close| {
        let is_read =
            asked.method == "GET" && asked.path.starts_with("/activity/whatsapp_message/acti_");
        let mut answer = close(asked);
        if is_read {
            let text = answer.body["message_markdown"].as_str().expect("a text");
            answer.body["message_markdown"] = json!(format!("{text}\n"));
            let at = answer.body["activity_at"].as_str().expect("a time");
            let at = format!("{}Z", &at[.."2024-03-13T10:15:00".len()]);
            answer.body["activity_at"] = json!(at);
        }
        answer
    });
    world.run(PILOT).exits(0).says("2 of 2 messages correct");
    assert_eq!(
        facts(&world, FORMS),
        ["trimmed", "as_sent", "", "whole_seconds"]
    );
    let doctor = world.run(&["doctor"]).exits(0);
    doctor.says("ok   facts         texts lose white space at their ends");
    doctor.says("ok   facts         times are returned without milliseconds");
}

/// The example with everything as it was sent; facts are not part of a plan.
#[test]
fn pilot_records_how_close_returns_messages() {
    let world = World::new(scenes::rich());
    let doctor = world.run(&["doctor"]).exits(0);
    doctor.says("nothing is known yet of how this Close returns");
    world.run(PILOT).exits(0);
    assert_eq!(facts(&world, FORMS), ["as_sent"; 4]);
    assert_eq!(world.fact("list_order").as_deref(), Some("newest_first"));
    let fields = world.fact("membership_fields").expect("fields");
    assert!(
        fields.contains("organization_id") && fields.contains("role_id"),
        "{fields}"
    );
    assert!(
        !fields.contains("user_anna") && !fields.contains('@'),
        "{fields}"
    );
    let before = world.listing();
    let doctor = world.run(&["doctor"]).exits(0);
    for words in [
        "ok   facts         lists of messages come newest first (learned on 2",
        "texts are returned as they were sent",
        "memberships have the fields ",
    ] {
        doctor.says(words);
    }
    assert_eq!(world.listing(), before);
    world.import().exits(0);
    world.assert_whole("after the pilot");
}

#[test]
fn pilot_records_a_close_that_differs() {
    let world = returning(|message| {
        let text = message["message_markdown"].as_str().expect("a text");
        message["message_markdown"] = json!(format!(" {text}\n"));
        message["activity_at"] = json!("2020-01-01T00:00:00Z");
        message["attachments"] = json!([]);
    });
    world.run(PILOT).exits(3);
    assert_eq!(
        facts(&world, FORMS),
        ["trimmed", "as_sent", "changed", "changed"]
    );
    let doctor = world.run(&["doctor"]);
    doctor.says("texts lose white space at their ends");
    doctor.says("look facts         times are returned changed");
}

#[test]
fn pilot_learns_the_order_of_lists() {
    let world = World::new(scenes::rich());
    world.proxy().list_oldest_first();
    world.run(PILOT).exits(0);
    assert_eq!(world.fact("list_order").as_deref(), Some("oldest_first"));
}

/// A log has neither names nor words.
#[test]
fn pilot_shows_words_only_where_output_is_not_kept() {
    let world = World::new(scenes::rich());
    let log = world.run(PILOT).exits(0);
    for hidden in ["Ben Cooper", "Good morning", "secret-alpha", "Which day"] {
        assert!(!log.stderr.contains(hidden), "{}", log.stderr);
    }
    log.says("  2024-03-13 10:1");
    let world = World::new(scenes::rich());
    let shown = [PILOT, &["--show-content", "--details"]].concat();
    let shown = world.run(&shown).exits(0);
    shown.says("pilot: Ben Cooper, 2024-03-13 10:16, \"Which day suits you? Any is fine.\": a text is correct in Close (acti_");
    shown.says("10:17, \"Monday\": a reply is correct");
    shown.says("/_sandbox/lead/lead_01");
}

#[cfg(target_os = "linux")]
#[test]
fn pilot_shows_chat_time_and_words_at_a_terminal() {
    let world = World::new(scenes::rich());
    let pilot = world
        .run_at_terminal(&["import", "--pilot", "--details"], "y\n")
        .exits(0);
    pilot.says(
        "pilot: Ben Cooper, 2024-03-13 10:16, \"Which day suits you? Any is fine.\": a text is correct",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn pilot_is_a_table_with_words_at_a_terminal_and_without_in_a_log() {
    let row = |text: &str| -> Vec<String> {
        let row = text.lines().find(|line| line.contains("2024-03-13 10:16"));
        let row = row.unwrap_or_else(|| panic!("no row in {text}"));
        let cells = row
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    };
    let world = World::new(scenes::rich());
    let log = world.run(&["import", "--yes", "--pilot"]).exits(0);
    let cells = row(&log.stderr);
    assert_eq!(cells[1..], ["2024-03-13 10:16", "text", "correct"]);
    assert!(!cells[0].contains("Ben"), "{cells:?}");
    let place = format!(
        "{}/_sandbox/lead/lead_01\n",
        world.server.base_url.replace("/api/v1", "")
    );
    log.says(&place);
    let world = World::new(scenes::rich());
    let shown = ["import", "--pilot", "--show-content"];
    let shown = world.run_at_terminal(&shown, "y\n").exits(0);
    let text = shown.stdout.clone() + &shown.stderr;
    let cells = row(&text);
    assert_eq!(
        cells[..3],
        ["default: Ben Cooper", "2024-03-13 10:16", "text"]
    );
    assert!(cells[3].starts_with("\"Which day"), "{cells:?}");
}

fn probed(scope: Option<Scope>) -> (World, Output) {
    let mut built = Built::new(scenes::rich());
    built.options = Box::new(move |options| options.strict_unique = scope);
    let world = built.world();
    let run = world.run(PROBE).exits(0);
    (world, run)
}

#[test]
fn probe_finds_where_ids_are_unique_and_leaves_nothing() {
    for (scope, fact, words) in [
        (None, "nowhere", "external ids need not be unique"),
        (
            Some(Scope::Lead),
            "on_lead",
            "external ids are unique on a lead",
        ),
        (
            Some(Scope::Organization),
            "in_organization",
            "external ids are unique in the organisation",
        ),
    ] {
        let (world, run) = probed(scope);
        run.says(&format!("probe: {words}"));
        run.says("listeners in Close are notified");
        assert_eq!(run.number("created"), 3);
        assert_eq!(world.server.state.message_count(), 3, "{fact}");
        assert_eq!(world.fact("unique_ids").as_deref(), Some(fact));
        assert_eq!(world.fact("open_probe").as_deref(), Some("none"));
        world.run(&["doctor"]).says(words);
        world.import().exits(0);
        world.assert_whole("after the probe");
    }
}

#[test]
fn probe_needs_a_pilot() {
    let world = World::new(scenes::rich());
    world
        .run(&["import", "--yes", "--probe"])
        .exits(2)
        .says("--pilot");
    assert_eq!(world.server.writes(), 0);
}

/// Killed at any of its requests: the next import deletes what is left, and nothing else.
#[test]
fn killed_probe_leaves_nothing_after_the_next_import() {
    // The pilot posts three messages before.
    for (method, nth) in [("POST", 4), ("POST", 5), ("DELETE", 1), ("DELETE", 2)] {
        for when in [When::Received, When::Processed(200)] {
            let world = World::new(scenes::rich());
            let seen_so_far = std::sync::Mutex::new(0);
            let killed = world.run_under(PROBE, move |seen, now, running| {
                let is_it = match method {
                    "POST" => is_post(seen),
                    _ => seen.method == "DELETE",
                };
                if !is_it || now != when {
                    return Fault::None;
                }
                let mut so_far = seen_so_far.lock().expect("a number");
                *so_far += 1;
                if *so_far == nth {
                    running.kill();
                    return Fault::Drop;
                }
                Fault::None
            });
            let moment = format!("{method} {nth} {when:?}");
            assert_eq!(killed.code, None, "{moment}");
            let open = world.fact("open_probe").expect("an intent");
            assert!(open.starts_with("chatferry-probe-"), "{moment}: {open}");
            world
                .run(&["doctor"])
                .says("the next `chatferry import` deletes them");
            world.import().exits(0);
            world.assert_whole(&moment);
            assert_eq!(
                world.fact("open_probe").as_deref(),
                Some("none"),
                "{moment}"
            );
        }
    }
}

/// A look-up may miss what was created a moment ago: it is looked for until it would be found.
#[test]
fn killed_probe_is_looked_for_until_settled() {
    let mut built = Built::new(scenes::rich());
    built.limits = built
        .limits
        .replace("settle_seconds = 0.0", "settle_seconds = 3600.0");
    let world = built.world();
    let killed = world.run_under(PROBE, |seen, now, running| {
        if seen.method == "DELETE" && now == When::Received {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(killed.code, None);
    let next = world.import().exits(0);
    next.says("2 messages of an earlier probe deleted in Close");
    world.assert_whole("after the probe");
    let open = world.fact("open_probe").expect("an intent");
    assert!(open.starts_with("chatferry-probe-"), "{open}");
}

/// A look-up misses the message of a killed probe: its id stays recorded until a later import finds it.
#[test]
fn second_probe_does_not_forget_the_messages_of_a_killed_one() {
    let mut built = Built::new(scenes::rich());
    built.limits = built
        .limits
        .replace("settle_seconds = 0.0", "settle_seconds = 3600.0");
    let world = built.world();
    world.proxy();
    // The pilot posts three messages before.
    let so_far = AtomicUsize::new(0);
    let killed = world.run_under(PROBE, move |seen, now, running| {
        let is_it = is_post(seen) && now == When::Processed(200);
        if is_it && so_far.fetch_add(1, Ordering::SeqCst) == 3 {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(killed.code, None);
    let open = world.fact("open_probe").expect("an intent");
    let of_probe = || {
        let messages = world.server.state.messages().into_iter();
        let own = messages.filter(|message| message.external_id.starts_with("chatferry-probe-"));
        own.map(|message| message.id).collect::<Vec<_>>()
    };
    let left = of_probe();
    assert_eq!(left.len(), 1);
    world.proxy().hide_from_lists(left.clone());
    let second = world.run(PROBE).exits(3);
    second.says("the messages of an earlier probe may still appear in Close; repeat the command");
    assert_eq!(of_probe(), left, "no second probe");
    assert_eq!(world.fact("open_probe"), Some(open));
    world.proxy().calm();
    let next = world.import().exits(0);
    next.says("1 message of an earlier probe deleted in Close");
    world.assert_whole("after the probe");
}

/// A pilot of one lead cannot show that another lead may have the id.
#[test]
fn probe_on_one_lead_does_not_replace_what_is_known_of_two() {
    for known in [None, Some("in_organization")] {
        let mut built = Built::new(vec![scenes::ben()]);
        built.options = Box::new(|options| options.strict_unique = Some(Scope::Organization));
        let world = built.world();
        if let Some(known) = known {
            world.run(&["import", "--yes", "--limit", "1"]).exits(0);
            let path = world.path().join("chatferry.db");
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
            let file = Connection::open_with_flags(path, flags).expect("a database");
            let insert = "INSERT INTO facts (name, value, learned_at) VALUES ('unique_ids', ?1, 1)";
            file.execute(insert, [known]).expect("written");
        }
        let run = world.run(PROBE).exits(0);
        run.says("not tried on another lead");
        assert_eq!(world.fact("unique_ids").as_deref(), known);
        assert_eq!(world.fact("open_probe").as_deref(), Some("none"));
        world.import().exits(0);
        world.assert_whole("after the probe");
    }
}

/// A message that was removed in Close meanwhile does not count as correct.
#[test]
fn removed_message_of_a_pilot_is_not_counted_as_in_close() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Good morning")
        .answer("2024-03-13 10:15", Me, 0, "Hello");
    let world = Built::new(vec![chat]).world();
    let removed = std::sync::OnceLock::new();
    world.proxy().change(move |asked, close| {
        let is_read =
            asked.method == "GET" && asked.path.starts_with("/activity/whatsapp_message/acti_");
        let path = asked.path.clone();
        let mut answer = close(asked);
        if is_read && *removed.get_or_init(|| path.clone()) == path {
            answer.status = 404;
            answer.body = json!({"error": "not found"});
        }
        answer
    });
    let pilot = world.run(PILOT);
    pilot.says("1 of 2 messages correct. 1 is not in Close any more.");
    pilot.says("`chatferry undo --run latest` deletes them");
}
