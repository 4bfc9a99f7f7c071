//! A message that was about to be deleted on its old lead, where Close keeps external ids unique in the organisation:
//! it is deleted only where the same run posts it again, and posted once it is deleted.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chatferry::sandbox::Fault;
use serde_json::json;

use super::unique_ids::{about_to_move, assert_moved};
use crate::kit::Side::{Me, They};
use crate::kit::{Answer, Chat, When, World, archive, scenes};
use crate::moves::{NEW_CONTACT, NEW_LEAD, correct_lead, import_allowing, world};

fn edited(text: &str) -> Chat {
    Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", Me, text)
}

/// The import was killed when it sent the only message's deletion, before or after Close carried it out.
fn killed_at_the_deletion(after: bool) -> World {
    let world = world(edited("Friday <This message was edited>"), "");
    world.proxy().unique_ids();
    world.import().exits(0);
    correct_lead(&world);
    let all = ["import", "--yes", "--json", "--allow-deletes", "1"];
    world.run_under(&all, move |seen, when, running| {
        if seen.method == "DELETE" && (when == When::Received) != after {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(world.server.state.message_count(), usize::from(!after));
    world
}

/// What changes before the next import, so that it would not post the message.
#[derive(Debug, Clone, Copy)]
enum Change {
    RowSaysNo,
    ArchiveRemoved,
    OlderExport,
    ContactGone,
}

impl Change {
    fn make(self, world: &World) {
        match self {
            Change::RowSaysNo => {
                let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
                let row = format!("{NEW_LEAD},{},,", NEW_CONTACT);
                assert!(table.contains(&row), "{table}");
                world.write("contacts.csv", &table.replace(&row, &format!("{row}no")));
            }
            Change::ArchiveRemoved => {
                for entry in fs::read_dir(world.exports()).expect("a folder") {
                    fs::remove_file(entry.expect("an entry").path()).expect("removed");
                }
            }
            Change::OlderExport => archive::put_zip(&edited("Monday"), &world.exports()),
            Change::ContactGone => world.proxy().unique_ids_unless(|asked| {
                let is_contact = asked.path.starts_with("/contact/");
                is_contact.then(|| Answer::new(404, json!({"error": "not found"})))
            }),
        }
    }

    fn undo(self, world: &World) {
        match self {
            Change::RowSaysNo => {
                let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
                world.write("contacts.csv", &table.replace(",,no\n", ",,\n"));
            }
            Change::ArchiveRemoved | Change::OlderExport => {
                archive::put_zip(&world.chats[0], &world.exports());
            }
            Change::ContactGone => world.proxy().unique_ids(),
        }
    }
}

/// The message is on the new lead, once.
#[track_caller]
fn assert_on_new_lead(world: &World, change: Change) {
    let messages = world.server.state.messages();
    let found: Vec<(&str, &str)> = (messages.iter())
        .map(|message| (message.lead_id.as_str(), message.markdown.as_str()))
        .collect();
    assert_eq!(found, [(NEW_LEAD, "Friday")], "{change:?}");
}

#[test]
fn begun_deletion_is_not_sent_where_nothing_posts_the_message() {
    for change in [
        Change::RowSaysNo,
        Change::ArchiveRemoved,
        Change::ContactGone,
    ] {
        let world = killed_at_the_deletion(false);
        change.make(&world);
        let before = world.server.state.messages();
        let run = world.import();
        assert_eq!(world.server.state.messages(), before, "{change:?}");
        if !matches!(change, Change::ContactGone) {
            let run = run.exits(3);
            assert_eq!(run.number("failed"), 1, "{change:?}: {}", run.stderr);
        }
        change.undo(&world);
        import_allowing(&world, 1).exits(0);
        assert_on_new_lead(&world, change);
    }
}

/// The archive has the message as it was before its edit.
#[test]
fn begun_deletion_is_not_sent_where_the_archives_lack_the_message_in_full() {
    let world = killed_at_the_deletion(false);
    Change::OlderExport.make(&world);
    world.import().exits(3);
    let messages = world.server.state.messages();
    let stayed = messages
        .iter()
        .filter(|message| message.markdown == "Friday");
    assert_eq!(stayed.count(), 1);
}

#[test]
fn message_that_was_deleted_is_reported_until_it_is_posted() {
    for change in [Change::RowSaysNo, Change::ArchiveRemoved] {
        let world = killed_at_the_deletion(true);
        change.make(&world);
        let run = world.import().exits(3);
        assert_eq!(run.number("failed"), 1, "{change:?}: {}", run.stderr);
        change.undo(&world);
        import_allowing(&world, 1).exits(0);
        assert_on_new_lead(&world, change);
    }
}

/// Close answers each deletion with status 500: only the first message gets one.
#[test]
fn no_other_message_is_deleted_after_a_deletion_with_unknown_outcome() {
    let (world, count) = about_to_move();
    let before = world.server.state.messages();
    let deleted = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&deleted);
    world.proxy().unique_ids_unless(move |asked| {
        let is_deletion = asked.method == "DELETE";
        is_deletion.then(|| {
            seen.lock().expect("paths").insert(asked.path.clone());
            Answer::new(500, json!({"error": "Internal server error"}))
        })
    });
    let run = import_allowing(&world, count).exits(3);
    assert_eq!(run.number("failed"), count, "{}", run.stderr);
    assert_eq!(deleted.lock().expect("paths").len(), 1);
    assert_eq!(world.server.state.messages(), before);
    world.proxy().unique_ids();
    import_allowing(&world, count).exits(0);
    assert_moved(&world, "once Close deletes");
}

/// New messages of the chat are refused until the chat is stopped, while the message that moves is being deleted.
#[test]
fn deleted_message_is_posted_on_its_new_lead_though_its_chat_is_stopped() {
    const REFUSED: usize = 20;
    let said = |more: usize| {
        let chat =
            Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "Which day suits you?");
        (0..more).fold(chat, |chat, number| {
            let at = format!("2024-03-14 10:{number:02}");
            chat.say(&at, They, &format!("Question {number}"))
        })
    };
    let world = world(said(0), "");
    // More posts at once than wait for the deletion.
    let settings = fs::read_to_string(world.path().join("chatferry.toml")).expect("settings");
    let limits = "[limits]\n";
    assert!(settings.contains(limits), "{settings}");
    let more = settings.replace(limits, &format!("{limits}concurrency = 64\n"));
    world.write("chatferry.toml", &more);
    world.proxy().unique_ids();
    world.import().exits(0);
    let own = world.server.state.messages()[0].external_id.clone();
    correct_lead(&world);
    archive::put_zip(&said(2 * REFUSED), &world.exports());
    // Whether the deletion has arrived, and how many messages were refused since.
    let progress = Arc::new((Mutex::new((false, 0)), Condvar::new()));
    world.proxy().unique_ids_unless(move |asked| {
        let (progress, changed) = &*progress;
        let wait = |is_over: fn(&(bool, usize)) -> bool| {
            let guard = progress.lock().expect("progress");
            let limit = Duration::from_secs(60);
            let (guard, timeout) = changed
                .wait_timeout_while(guard, limit, |state| !is_over(state))
                .expect("progress");
            assert!(!timeout.timed_out(), "{guard:?}");
            guard
        };
        if asked.is_post() && asked.external_id() != own {
            wait(|(is_deleting, _)| *is_deleting).1 += 1;
            changed.notify_all();
            return Some(Answer::field("local_phone", "Invalid phone number."));
        }
        if asked.method == "DELETE" {
            progress.lock().expect("progress").0 = true;
            changed.notify_all();
            drop(wait(|(_, refused)| *refused >= REFUSED));
        }
        None
    });
    let run = import_allowing(&world, 1).exits(3);
    let leads: Vec<String> = (world.server.state.messages().iter())
        .map(|message| message.lead_id.to_string())
        .collect();
    assert_eq!(leads, [NEW_LEAD], "{}", run.stderr);
    assert_eq!(run.number("replaced"), 1, "{}", run.stderr);
}

/// A move teaches where ids are unique: the next one sends no post that Close would refuse.
#[test]
fn known_scope_of_ids_spares_the_refused_posts() {
    let (world, count) = about_to_move();
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    import_allowing(&world, count).exits(0);
    let doctor = world.run(&["doctor"]);
    doctor.says("external ids are unique in the organisation");
    let dora = scenes::dora();
    let table = table
        .replace(NEW_LEAD, &dora.lead)
        .replace(NEW_CONTACT, &dora.contact);
    world.write("contacts.csv", &table);
    let posts = Arc::new(AtomicUsize::new(0));
    let sent = Arc::clone(&posts);
    world.proxy().unique_ids_unless(move |asked| {
        sent.fetch_add(usize::from(asked.is_post()), Ordering::SeqCst);
        None
    });
    let run = import_allowing(&world, count).exits(0);
    assert_eq!(run.number("replaced"), count, "{}", run.stderr);
    assert_eq!(posts.load(Ordering::SeqCst) as u64, count);
    world.assert_rows(&world.expected(), "moved back");
}
