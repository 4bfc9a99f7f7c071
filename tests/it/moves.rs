//! Chats that go to another lead than before: because contacts.csv was corrected, or because two
//! leads were merged in Close.

use std::fs;
use std::sync::Mutex;

use chatferry::sandbox::{Fault, Seed};
use serde_json::json;

use crate::kit::model::Row;
use crate::kit::setting::some_of;
use crate::kit::world::contacts;
use crate::kit::{Built, Chat, Output, When, World, archive, scenes};

pub(crate) const NEW_LEAD: &str = "lead_77";
pub(crate) const NEW_CONTACT: &str = "cont_77";

/// What a sandbox has that knows a second lead for the same person.
pub(crate) fn with_second_lead(chat: &Chat) -> Seed {
    let table = contacts(std::slice::from_ref(chat));
    let second = chat
        .contact_row()
        .replace(&chat.lead, NEW_LEAD)
        .replace(&chat.contact, NEW_CONTACT)
        .replace(&chat.name, "Somebody Else");
    Seed::from_contacts_csv(&format!("{table}{second}")).expect("a seed")
}

/// A world whose sandbox has a second lead for the same person.
pub(crate) fn world(chat: Chat, import: &str) -> World {
    let seed = with_second_lead(&chat);
    let mut built = Built::new(vec![chat]);
    built.seed = Some(seed);
    built.import = import.to_owned();
    built.world()
}

pub(crate) fn correct_lead(world: &World) {
    let path = world.path().join("contacts.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let chat = &world.chats[0];
    let text = text
        .replace(&chat.lead, NEW_LEAD)
        .replace(&chat.contact, NEW_CONTACT);
    world.write("contacts.csv", &text);
}

pub(crate) fn on_new_lead(world: &World) -> Vec<Row> {
    let mut rows = world.expected();
    for row in &mut rows {
        NEW_LEAD.clone_into(&mut row.lead);
        NEW_CONTACT.clone_into(&mut row.contact);
    }
    rows
}

pub(crate) fn import_allowing(world: &World, deletes: u64) -> Output {
    let number = deletes.to_string();
    world.run(&["import", "--yes", "--json", "--allow-deletes", &number])
}

/// A checkpoint that was lost and made again knows what chatferry put into Close: a corrected lead
/// moves that too.
#[test]
fn messages_of_a_lost_checkpoint_are_moved() {
    let world = world(scenes::dora(), "");
    world.import().exits(0);
    world.forget();
    let count = world.expected().len() as u64;
    assert_eq!(world.import().exits(0).number("unchanged"), count);
    correct_lead(&world);
    let run = import_allowing(&world, count).exits(0);
    assert_eq!(
        (run.number("replaced"), run.number("undecided")),
        (count, 0),
        "{}",
        run.stderr
    );
    world.assert_rows(&on_new_lead(&world), "after the move");
}

#[test]
fn corrected_lead_moves_every_message_with_permission() {
    let world = world(scenes::dora(), "");
    world.import().exits(0);
    let count = world.expected().len() as u64;
    correct_lead(&world);
    let before = world.server.writes();
    let plan = world.run(&["plan", "--json"]).exits(0);
    assert_eq!(
        (plan.number("replaced"), plan.number("created")),
        (count, 0)
    );
    // The deletions of a move are in the row of its chat as in the total.
    let screen = world.run(&["plan"]).exits(0).stdout;
    let row = screen.lines().find(|line| line.contains("to another lead"));
    let figures: Vec<&str> = row.expect("a row").split_whitespace().collect();
    let number = count.to_string();
    let shown = figures.iter().filter(|figure| **figure == number).count();
    assert_eq!(shown, 3, "changed, deleted, and the note: {screen}");
    for allowed in [0, count - 1] {
        let run = import_allowing(&world, allowed).exits(2);
        run.says(&format!("--allow-deletes {count}"));
    }
    assert_eq!(world.server.writes(), before, "nothing was sent");
    let run = import_allowing(&world, count).exits(0);
    assert_eq!((run.number("replaced"), run.number("created")), (count, 0));
    world.assert_rows(&on_new_lead(&world), "on the new lead");
    let again = world.import().exits(0);
    assert_eq!(again.number("unchanged"), count);
}

/// Killed after every single post and every single deletion: nothing is lost or doubled.
#[test]
fn killed_move_is_resumed() {
    for kill_at in some_of(3, 1..=8) {
        let world = world(scenes::dora(), "");
        world.import().exits(0);
        correct_lead(&world);
        let writes = Mutex::new(0);
        world.run_under(
            &["import", "--yes", "--json", "--allow-deletes", "9"],
            move |seen, when, running| {
                let is_write = seen.path.contains("/activity/whatsapp_message/")
                    && (seen.method == "POST" || seen.method == "DELETE");
                let mut writes = writes.lock().expect("count");
                *writes += u32::from(is_write && when == When::Processed(200));
                if *writes != kill_at || when == When::Received {
                    return Fault::None;
                }
                running.kill();
                Fault::Drop
            },
        );
        import_allowing(&world, 9).exits(0);
        world.assert_rows(&on_new_lead(&world), &format!("killed at write {kill_at}"));
        assert_eq!(world.import().exits(0).number("unchanged"), 4);
    }
}

/// An answer that the new export does not have any more stays where it is, and answers the message
/// that was posted anew.
#[test]
fn link_of_a_reply_outside_the_export_is_set_again() {
    use crate::kit::Side::{Me, They};
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day suits you?")
        .say("2024-03-13 10:16", They, "Any other question?")
        .answer("2024-03-13 10:17", Me, 0, "Monday");
    let world = world(chat.clone(), "");
    world.import().exits(0);
    let mut shorter = chat;
    shorter.lines.truncate(2);
    archive::put_zip(&shorter, &world.exports());
    correct_lead(&world);
    let run = import_allowing(&world, 2).exits(0);
    assert_eq!((run.number("replaced"), run.number("updated")), (2, 1));
    let messages = world.server.state.messages();
    let find = |text: &str| {
        let found = messages.iter().find(|m| m.markdown.ends_with(text));
        found.expect("a message")
    };
    assert_eq!(find("suits you?").lead_id, NEW_LEAD);
    assert_eq!(find("Monday").lead_id, "lead_01");
    assert_eq!(
        find("Monday").response_to_id.as_ref(),
        Some(&find("suits you?").id)
    );
    let again = world.import().exits(0);
    assert_eq!(again.number("updated"), 0);
}

/// This export leaves the photos out: they stay where they are.
#[test]
fn message_that_the_archive_cannot_rebuild_stays_on_the_old_lead() {
    let world = world(scenes::dora(), "");
    world.import().exits(0);
    let mut without = scenes::dora();
    for line in &mut without.lines {
        if line.media.take().is_some() {
            "<Media omitted>".clone_into(&mut line.text);
        }
    }
    archive::put_zip(&without, &world.exports());
    correct_lead(&world);
    let run = import_allowing(&world, 9).exits(0);
    assert_eq!((run.number("replaced"), run.number("undecided")), (2, 2));
    run.says("with files that these archives lack");
    let leads: Vec<(bool, bool)> = (world.server.state.messages().iter())
        .map(|m| (m.lead_id == NEW_LEAD, !m.attachments.is_empty()))
        .collect();
    assert!(leads.iter().all(|(is_new, has_file)| is_new != has_file));
    assert_eq!(world.server.state.duplicates(), 0);
}

/// Somebody removed a message before the lead was corrected: it is not brought back.
#[test]
fn removed_message_is_not_moved_to_the_new_lead() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    let gone = world.server.state.messages()[5].clone();
    let path = format!("/activity/whatsapp_message/{}/", gone.id);
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
    correct_lead(&world);
    import_allowing(&world, 6).exits(0);
    let mut expected = on_new_lead(&world);
    expected.retain(|row| row.at != gone.activity_at);
    world.assert_rows(&expected, "without the removed one");
    assert_eq!(world.import().exits(0).number("created"), 0);
    world.assert_rows(&expected, "still");
}

fn merge(world: &World) {
    let body = json!({"source": world.chats[0].lead, "destination": NEW_LEAD});
    assert_eq!(world.server.call("POST", "/lead/merge/", &body), 200);
}

/// What Close should hold after its leads were merged: the contact moved too.
pub(crate) fn merged(chat: &Chat) -> Vec<Row> {
    let mut rows = chat.rows();
    for row in &mut rows {
        NEW_LEAD.clone_into(&mut row.lead);
    }
    rows.sort();
    rows
}

#[test]
fn merged_lead_is_followed() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    merge(&world);
    let unchanged = world.import().exits(0).number("unchanged");
    assert_eq!(unchanged, 6, "nothing to do, nothing asked");
    let newer = scenes::ben().say("2024-03-14 08:00", crate::kit::Side::They, "and then?");
    archive::put_zip(&newer, &world.exports());
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("lead_01 was merged into lead_77");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (1, 6));
    world.assert_rows(&merged(&newer), "on the lead that is left");
    let asked = world.server.count("GET", "/activity/lead_merge/");
    let newest = newer.say("2024-03-14 08:01", crate::kit::Side::They, "nothing?");
    archive::put_zip(&newest, &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 1);
    world.assert_rows(&merged(&newest), "again");
    let asked_again = world.server.count("GET", "/activity/lead_merge/");
    assert_eq!(asked, asked_again, "the checkpoint remembers it");
}

/// The lead to which a chat was about to move is merged into a third one before the next run, which looks up the lost
/// posts of the move.
#[test]
fn lost_move_to_a_lead_that_was_merged_is_finished_on_the_lead_that_is_left() {
    let chat = scenes::dora();
    let row = |lead: &str, contact: &str, name: &str| {
        let row = chat.contact_row();
        let row = row
            .replace(&chat.lead, lead)
            .replace(&chat.contact, contact);
        row.replace(&chat.name, name)
    };
    let table = contacts(std::slice::from_ref(&chat))
        + &row(NEW_LEAD, NEW_CONTACT, "Somebody Else")
        + &row("lead_88", "cont_88", "A Third");
    let mut built = Built::new(vec![chat.clone()]);
    built.seed = Some(Seed::from_contacts_csv(&table).expect("a seed"));
    let world = built.world();
    world.import().exits(0);
    correct_lead(&world);
    let posts = Mutex::new(0);
    world.run_under(
        &["import", "--yes", "--json", "--allow-deletes", "9"],
        move |seen, when, running| {
            if when != When::Received || !crate::kit::is_post(seen) {
                return Fault::None;
            }
            let mut posts = posts.lock().expect("count");
            *posts += 1;
            if *posts == 2 {
                running.kill();
            }
            Fault::Drop
        },
    );
    let body = json!({"source": NEW_LEAD, "destination": "lead_88"});
    assert_eq!(world.server.call("POST", "/lead/merge/", &body), 200);
    // The list of a merged lead may show that nothing was posted there; then the next run follows.
    import_allowing(&world, 9);
    import_allowing(&world, 9).exits(0);
    let mut rows = on_new_lead(&world);
    for row in &mut rows {
        "lead_88".clone_into(&mut row.lead);
    }
    world.assert_rows(&rows, "on the lead that is left");
}

#[test]
fn short_plan_names_merged_and_corrected_leads() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    let path = world.path().join("contacts.csv");
    let text = fs::read_to_string(&path).expect("a file");
    correct_lead(&world);
    let plan = world.run(&["plan"]).exits(0);
    plan.says("To another lead: 6 messages of default: Ben Cooper");
    world.write("contacts.csv", &text);
    merge(&world);
    let newer = scenes::ben().say("2024-03-14 08:00", crate::kit::Side::They, "and then?");
    archive::put_zip(&newer, &world.exports());
    let plan = world.run(&["plan"]).exits(0);
    plan.says("Lead merged in Close: default: Ben Cooper; correct contacts.csv");
    plan.says("Plan: 1 to post");
}

/// Corrected by hand after the merge: everything is there already.
#[test]
fn mapping_corrected_after_a_merge_moves_nothing() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    merge(&world);
    let path = world.path().join("contacts.csv");
    let text = fs::read_to_string(&path).expect("a file");
    world.write("contacts.csv", &text.replace("lead_01", NEW_LEAD));
    let deletes = world
        .server
        .count("DELETE", "/activity/whatsapp_message/{id}/");
    let run = world.import().exits(0);
    assert_eq!((run.number("replaced"), run.number("unchanged")), (0, 6));
    world.assert_rows(&merged(&world.chats[0]), "as it was");
    let after = world
        .server
        .count("DELETE", "/activity/whatsapp_message/{id}/");
    assert_eq!(deletes, after);
    let again = world.import().exits(0);
    assert_eq!(again.number("unchanged"), 6);
}

#[test]
fn merged_lead_is_held_by_policy() {
    let world = world(scenes::ben(), "on_merged = \"hold\"\n");
    merge(&world);
    let before = world.server.writes();
    let run = world.import().exits(0);
    run.says("was merged into lead_77");
    assert_eq!((run.number("held"), run.number("created")), (6, 0));
    assert_eq!(world.server.writes(), before);
}

/// Merged in the middle of a run: the chat pauses, and the next run follows.
#[test]
fn lead_that_is_merged_during_a_run_is_followed_by_the_next() {
    let world = world(scenes::plain("Ben Cooper", 1, 40), "");
    let posts = Mutex::new(0);
    let (base, chat) = (world.server.base_url.clone(), world.chats[0].clone());
    let merged_now = Mutex::new(false);
    let call = crate::kit::server::caller(&base);
    world.server.rule(move |seen, when| {
        if crate::kit::is_post(seen) && when == When::Processed(200) {
            *posts.lock().expect("count") += 1;
        }
        let mut done = merged_now.lock().expect("flag");
        if *posts.lock().expect("count") == 10 && !*done {
            *done = true;
            drop(done);
            let body = json!({"source": chat.lead, "destination": NEW_LEAD});
            assert_eq!(call("POST", "/lead/merge/", &body), 200);
        }
        Fault::None
    });
    world.import().exits(3);
    world.server.calm();
    world.import().exits(0);
    world.assert_rows(&merged(&world.chats[0]), "after the next run");
}

/// Merged before anything was imported: the chat pauses, and the next run follows.
#[test]
fn first_import_onto_a_merged_lead_follows_in_the_next_run() {
    let world = world(scenes::ben(), "");
    merge(&world);
    let run = world.import().exits(0);
    run.says("the next run continues on");
    assert_eq!((run.number("held"), run.number("created")), (6, 0));
    world.import().exits(0);
    world.assert_rows(&merged(&world.chats[0]), "on the lead that is left");
}

/// The lead was corrected, and another machine has posted the messages there already.
#[test]
fn copy_on_the_new_lead_is_recorded_as_the_message() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    let path = world.path().join("chatferry.db");
    let before = fs::read(&path).expect("a checkpoint");
    correct_lead(&world);
    import_allowing(&world, 6).exits(0);
    // The checkpoint of the machine that does not know of it, and copies on both leads.
    fs::write(&path, before).expect("put back");
    let run = import_allowing(&world, 6).exits(0);
    assert_eq!(run.number("created"), 0);
    world.assert_rows(&on_new_lead(&world), "once");
    import_allowing(&world, 6).exits(0);
    world.assert_rows(&on_new_lead(&world), "and once more");
}

/// Refused on the new lead: the next run moves it still, and asks for leave to delete.
#[test]
fn rejected_move_is_retried_as_a_move() {
    let world = world(scenes::ben(), "");
    world.import().exits(0);
    correct_lead(&world);
    let refused = Mutex::new(false);
    world.server.rule(move |seen, when| {
        let mut refused = refused.lock().expect("flag");
        if crate::kit::is_post(seen) && when == When::Received && !*refused {
            *refused = true;
            return Fault::Status(400, "{}".to_owned());
        }
        Fault::None
    });
    import_allowing(&world, 6).exits(3);
    world.server.calm();
    let plan = world.run(&["plan", "--json"]).exits(0);
    assert_eq!((plan.number("replaced"), plan.number("created")), (1, 0));
    import_allowing(&world, 0)
        .exits(2)
        .says("--allow-deletes 1");
    import_allowing(&world, 1).exits(0);
    world.assert_rows(&on_new_lead(&world), "moved in the end");
}

/// Posted, and killed before the answer came; by the next run the stamp has crossed a minute, and in
/// the second case the lead is corrected as well.
#[test]
fn unknown_request_is_looked_up_under_its_sent_id() {
    for is_corrected in [false, true] {
        let chat = |minute: u32| {
            Chat::android("Ben Cooper", 1)
                .say("2024-03-13 10:10", crate::kit::Side::They, "before")
                .say(
                    &format!("2024-03-13 10:{minute}"),
                    crate::kit::Side::They,
                    "on my way",
                )
        };
        let world = world(chat(20), "");
        let posts = Mutex::new(0);
        world.import_until(
            move |seen, when| {
                let mut posts = posts.lock().expect("count");
                *posts += u32::from(crate::kit::is_post(seen) && when == When::Processed(200));
                *posts == 2
            },
            |running| {
                running.kill();
                Fault::Drop
            },
        );
        assert_eq!(world.server.state.messages().len(), 2);
        archive::put_zip(&chat(21), &world.exports());
        if is_corrected {
            correct_lead(&world);
        }
        for _ in 0..2 {
            import_allowing(&world, 9);
        }
        let messages = world.server.state.messages();
        assert_eq!(messages.len(), 2, "each once: {is_corrected}");
        let lead = if is_corrected { NEW_LEAD } else { "lead_01" };
        assert!(messages.iter().all(|m| m.lead_id == lead));
        assert_eq!(import_allowing(&world, 0).exits(0).number("unchanged"), 2);
    }
}

/// A lead that nobody ever saw and that no merge names is a slip of the pen: it is held, wherever the
/// contact is.
#[test]
fn mistyped_lead_is_not_a_merge() {
    let world = world(scenes::ben(), "");
    let path = world.path().join("contacts.csv");
    let text = fs::read_to_string(&path).expect("a file");
    world.write("contacts.csv", &text.replace("lead_01", "lead_011"));
    for _ in 0..2 {
        let run = world.import().exits(0);
        run.says("Close has no lead lead_011");
        assert_eq!((run.number("created"), run.number("held")), (0, 6));
    }
    // Nor is it one in a chat that is there.
    world.write("contacts.csv", &text);
    world.import().exits(0);
    world.write("contacts.csv", &text.replace("lead_01", "lead_011"));
    let run = import_allowing(&world, 9).exits(0);
    assert_eq!((run.number("created"), run.number("replaced")), (0, 0));
    world.assert_whole("as it was");
}
