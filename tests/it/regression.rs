//! One test for each fault that was found and belongs to no area.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use chatferry::sandbox::Fault;

use crate::kit::Side::{Me, They};
use crate::kit::program::WATCHDOG;
use crate::kit::{Built, Chat, When, World, is_post, scenes};
use crate::moves;

fn refusal(status: u16) -> Fault {
    Fault::Status(
        status,
        r#"{"errors": [], "field-errors": {"message_markdown": "No."}}"#.to_owned(),
    )
}

fn question_and_answer() -> Chat {
    Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day?")
        .answer("2024-03-13 10:16", Me, 0, "Monday")
}

/// A reply whose outcome was unknown, and which turned out not to be there, went out at once and
/// without its link, though its target was on its way.
#[test]
fn lost_reply_waits_for_its_target_in_the_next_run() {
    let world = World::new(vec![question_and_answer()]);
    // The target is refused; with the reply under way the program is killed.
    let posts = AtomicU32::new(0);
    let output = world.import_under(move |seen, when, running| {
        if !is_post(seen) || when != When::Received {
            return Fault::None;
        }
        if posts.fetch_add(1, Ordering::SeqCst) == 0 {
            return refusal(400);
        }
        running.kill();
        Fault::Drop
    });
    assert_eq!(output.code, None, "killed");
    assert_eq!(world.server.state.message_count(), 0);
    // The target's post is held until Close has said that the reply is not there.
    let asked = Arc::new((Mutex::new(false), Condvar::new()));
    let output = world.import_under(move |seen, when, _| {
        let (state, changed) = &*asked;
        let mut state = state.lock().expect("state");
        if seen.query.contains("external_whatsapp_message_id=") && when != When::Received {
            *state = true;
            changed.notify_all();
        } else if is_post(seen) && when == When::Received {
            let held = changed.wait_timeout_while(state, WATCHDOG, |asked| !*asked);
            assert!(!held.expect("state").1.timed_out(), "nobody asked");
        }
        Fault::None
    });
    assert_eq!(output.exits(0).number("created"), 2);
    world.assert_whole("the reply with its link");
}

/// A reply that was begun twice was counted twice among those without a link.
#[test]
fn reply_without_a_link_is_counted_once() {
    let world = World::new(vec![question_and_answer()]);
    let posts = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        if !is_post(seen) || when != When::Received {
            return Fault::None;
        }
        match posts.fetch_add(1, Ordering::SeqCst) {
            0 => refusal(400),
            1 | 2 => Fault::Drop,
            _ => Fault::None,
        }
    });
    let output = world.import().exits(3);
    output.says("1 without a link to their reply target");
    assert_eq!(world.server.state.message_count(), 1);
}

/// A lead that is there and whose list was refused counted as empty: without its checkpoint an
/// import posted everything a second time.
#[test]
fn lead_with_rejected_list_is_held_not_treated_as_empty() {
    for status in [400, 404] {
        let mut world = World::new(vec![scenes::ben(), scenes::dora()]);
        world.import().exits(0);
        world.assert_whole("first");
        world.forget();
        world.server.rule(move |seen, when| {
            let list = seen.path.ends_with("/activity/whatsapp_message/")
                && seen.method == "GET"
                && seen.query.contains("lead_01");
            if list && when == When::Received {
                return refusal(status);
            }
            Fault::None
        });
        let output = world.import().exits(3);
        world.assert_whole("nothing twice");
        assert_eq!(output.number("held"), 7, "{status}");
        output.says("Held, until you decide");
        world.server.calm();
        assert_eq!(world.import().exits(0).number("created"), 0);
        world.chats.clear();
    }
}

/// What Close responds for the list of one lead cannot be read: that stopped the run for all chats.
#[test]
fn lead_with_an_unreadable_list_is_held_and_others_go_on() {
    for response in ["<html>sorry</html>", "{}", r#"{"data": null}"#] {
        let world = World::new(vec![scenes::ben(), scenes::dora()]);
        world.server.rule(move |seen, when| {
            let list = seen.path.ends_with("/activity/whatsapp_message/")
                && seen.method == "GET"
                && seen.query.contains("lead_01");
            match list && when == When::Received {
                true => Fault::Status(200, response.to_owned()),
                false => Fault::None,
            }
        });
        let output = world.import().exits(3);
        assert_eq!(output.number("held"), 7, "{response}");
        assert_ne!(output.number("created"), 0, "{response}");
        world.server.calm();
        world.import().exits(0);
        world.assert_whole(response);
    }
}

/// A proxy answers every list with its page: each chat was held after minutes, in place of an outage.
#[test]
fn page_in_place_of_every_list_is_an_outage() {
    let mut built = Built::new(scenes::rich());
    built.limits =
        "settle_seconds = 0.0\nrequests_per_second = 1000.0\noutage_seconds = 1.0\n".to_owned();
    let world = built.world();
    world.server.rule(|seen, when| {
        let list = seen.path.ends_with("/activity/whatsapp_message/") && seen.method == "GET";
        match list && when == When::Received {
            true => Fault::Status(200, "<html>log in</html>".to_owned()),
            false => Fault::None,
        }
    });
    world.import().exits(4).says("Close could not be reached");
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after the outage");
}

/// The checkpoint is lost, and the row names another lead. What cannot be read about Close as a whole was taken for nothing, so
/// that every message was posted again.
#[test]
fn absence_is_never_concluded_from_a_response_that_cannot_be_read() {
    for (status, body) in [(200, "<html>log in</html>"), (500, "{}")] {
        let world = moves::world(scenes::plain("Ben Cooper", 1, 9), "");
        world.import().exits(0);
        moves::correct_lead(&world);
        let before = world.server.state.message_count();
        world.forget();
        world.server.rule(move |seen, when| {
            let is_list = seen.path.ends_with("/activity/whatsapp_message/");
            let is_wide = is_list && seen.method == "GET" && !seen.query.contains("lead_id=");
            match is_wide && when == When::Received {
                true => Fault::Status(status, body.to_owned()),
                false => Fault::None,
            }
        });
        world.import().exits(4);
        assert_eq!(world.server.state.message_count(), before, "{status}");
    }
}

/// Messages were removed in Close, and its log cannot be read: they were posted again.
#[test]
fn removed_messages_are_not_posted_again_where_the_log_cannot_be_read() {
    for (status, body) in [(200, "<html>log in</html>"), (500, "{}")] {
        let world = World::new(vec![scenes::plain("Ben Cooper", 1, 9)]);
        world.import().exits(0);
        for message in world.server.state.messages().iter().take(4) {
            let path = format!("/activity/whatsapp_message/{}/", message.id);
            let deleted = world.server.call("DELETE", &path, &serde_json::Value::Null);
            assert_eq!(deleted, 200);
        }
        world.forget();
        world.server.rule(move |seen, when| {
            let is_log = seen.path.ends_with("/event/") && when == When::Received;
            match is_log {
                true => Fault::Status(status, body.to_owned()),
                false => Fault::None,
            }
        });
        world.import().exits(4);
        assert_eq!(world.server.state.message_count(), 5, "{status}");
    }
}

/// An error in the command line printed no object, although the contract of `--json` is one for every error.
#[test]
fn error_in_the_command_line_is_an_object_with_json() {
    let world = World::new(vec![scenes::ben()]);
    for arguments in [
        &["plan", "--nope", "--json"][..],
        &["import", "--json", "--gone", "perhaps"],
        &["import", "--limit", "-1", "--json"],
    ] {
        let output = world.run(arguments).exits(2);
        let object: serde_json::Value =
            serde_json::from_str(output.stdout.trim()).expect("one object");
        assert_eq!(object["error"]["code"], "usage", "{arguments:?}");
        assert_eq!(object["error"]["exit"], 2);
    }
    let output = world.run(&["plan", "--nope"]).exits(2);
    assert_eq!(output.stdout, "");
}

/// Ctrl-C was not heard before the first write: not while Close was asked what it holds, and not
/// at the question.
#[test]
fn ctrl_c_works_during_the_survey() {
    for path in ["/me/", "/activity/whatsapp_message/"] {
        let world = World::new(scenes::rich());
        let output = world.import_until(
            move |seen, when| seen.path.ends_with(path) && when == When::Received,
            |running| {
                running.signal("INT");
                // The answer never comes while the program lives.
                running.wait();
                Fault::Drop
            },
        );
        output.exits(4).says("Stopped; run the same command again");
        assert_eq!(world.server.writes(), 0, "{path}");
        world.import().exits(0);
        world.assert_whole(path);
    }
}

/// Commands that only read ended by the signal, without a word and with the shell's status; a repair did not end while the first
/// response was awaited.
#[test]
fn ctrl_c_ends_every_command_that_waits_for_close() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    for arguments in [
        &["plan"][..],
        &["plan", "--json"],
        &["verify"],
        &["verify", "--repair", "--yes"],
        &["doctor"],
    ] {
        let output = world.run_under(arguments, |seen, when, running| {
            if seen.path.ends_with("/me/") && when == When::Received {
                running.signal("INT");
                running.wait();
                return Fault::Drop;
            }
            Fault::None
        });
        let output = output.exits(4);
        match arguments.contains(&"--json") {
            true => output.says("\"interrupted\""),
            false => output.says("Stopped; run the same command again"),
        };
    }
}

/// Reads that lag behind writes, lost answers and a kill together.
#[test]
fn list_that_lags_makes_no_duplicates() {
    let mut built = Built::new(scenes::rich());
    built.limits = "settle_seconds = 0.6\nrequests_per_second = 1000.0\n".to_owned();
    built.options = Box::new(|options| options.list_lag = std::time::Duration::from_millis(300));
    let world = built.world();
    let posts = AtomicU32::new(0);
    world.import_under(move |seen, when, running| {
        if !is_post(seen) || when == When::Received {
            return Fault::None;
        }
        match posts.fetch_add(1, Ordering::SeqCst) {
            1 | 4 => Fault::Drop,
            8 => {
                running.kill();
                Fault::None
            }
            _ => Fault::None,
        }
    });
    let posts = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        if is_post(seen) && when != When::Received && posts.fetch_add(1, Ordering::SeqCst) == 1 {
            return Fault::Drop;
        }
        Fault::None
    });
    world.import().exits(0);
    world.assert_whole("with a lag");
}

/// Two chats of one lead: one customer with two numbers.
#[test]
fn two_chats_of_one_lead_are_distinguished() {
    let mut other = scenes::plain("Ben mobile", 7, 6);
    other.lead = scenes::ben().lead;
    let world = World::new(vec![scenes::ben(), other]);
    world.import().exits(0);
    world.assert_whole("two chats of one lead");
    world.forget();
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
}

/// Transcripts that lie in one folder, without zips.
#[test]
fn loose_transcripts_in_one_folder_are_all_read() {
    let world = Built::new(scenes::rich()).world();
    for chat in &world.chats {
        let zip = format!("exports/{}.zip", crate::kit::archive::name(chat));
        std::fs::remove_file(world.path().join(zip)).expect("removed");
    }
    let chats = [
        scenes::ben(),
        scenes::plain("Cleo Marsh", 2, 4),
        scenes::plain("Dora Quist", 3, 5),
    ];
    for chat in &chats {
        let name = format!("exports/{}", crate::kit::archive::transcript_name(chat));
        world.write(&name, &crate::kit::archive::transcript(chat));
    }
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 6 + 4 + 5);
    let mut rows: Vec<_> = chats.iter().flat_map(Chat::rows).collect();
    rows.sort();
    world.assert_rows(&rows, "loose transcripts");
}

/// A storage that refuses a file for good fails that message and no other.
#[test]
fn file_rejected_by_storage_fails_its_message_only() {
    for status in [400, 403, 413] {
        let world = World::new(vec![scenes::dora()]);
        world.server.rule(move |seen, when| {
            if seen.path.starts_with("/_storage/") && when == When::Received {
                return Fault::Status(
                    status,
                    "<Error><Code>EntityTooLarge</Code></Error>".to_owned(),
                );
            }
            Fault::None
        });
        let output = world.import();
        world.server.calm();
        let output = output.exits(3);
        assert_eq!(output.number("failed"), 2, "{status}");
        assert_eq!(output.number("created"), 2, "{status}");
        world.import().exits(0);
        assert_eq!(world.server.state.message_count(), 4);
    }
}

/// What waited for its turn got it from what was broken off at the end of a run: a message more
/// was begun, and left unknown.
#[test]
fn stopped_run_starts_nothing() {
    for _ in 0..3 {
        let world = World::new(vec![scenes::plain("Ben Cooper", 1, 30)]);
        let posts = Arc::new(AtomicU32::new(0));
        let begun = Arc::clone(&posts);
        let output = world.import_under(move |seen, when, running| {
            if !is_post(seen) || when != When::Received {
                return Fault::None;
            }
            if posts.fetch_add(1, Ordering::SeqCst) == 7 {
                // All eight are held: nothing but signals can end this run.
                while running.is_alive() {
                    running.signal("INT");
                }
            }
            running.wait();
            Fault::Drop
        });
        let output = output.exits(4);
        assert_eq!(output.number("unknown"), 8, "{output:#?}");
        assert_eq!(begun.load(Ordering::SeqCst), 8);
        world.import().exits(0);
        world.assert_whole("after it was broken off");
    }
}

/// A browser puts the number of a copy behind the extension, and the zip alone has the chat's name.
#[test]
fn zip_with_a_copy_number_behind_its_extension_has_the_name_of_its_chat() {
    let chat = Chat::ios("Cleo Marsh", 2)
        .say("2024-05-20 18:00:02", They, "Is the gate open?")
        .say("2024-05-20 18:01:10", Me, "I close it now");
    let world = World::new(vec![chat]);
    let path = world.exports().join("WhatsApp Chat - Cleo Marsh.zip");
    std::fs::rename(&path, path.with_extension("zip (1)")).expect("renamed");
    assert_eq!(world.import().exits(0).number("created"), 2);
    world.assert_whole("a copy's number");
}
