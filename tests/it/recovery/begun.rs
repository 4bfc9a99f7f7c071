//! A move that was interrupted is finished from its row in the checkpoint, whatever the archives
//! and the tables hold by the next run.
//!
//! Here belong changes after the interruption; those before it are in `moves`.

use std::fs;

use serde_json::json;

use super::history::{TALK, android, assert_holds, assert_idle, clear, put_android, put_database};
use super::lost_checkpoint::ALLOWED;
use super::migration::{Change, migration, replace};
use super::moves::{Interruption, about_to_move, interrupt, leads, moved};
use crate::kit::world::HEADER;
use crate::kit::{Output, World, archive, scenes};

/// No message may be deleted that was not allowed to be when its move began.
fn import(world: &World) -> Output {
    world.import().exits(0)
}

/// Three messages are on both leads, since Close refused each DELETE.
fn on_both_leads() -> World {
    let world = about_to_move(Change::Nothing);
    interrupt(&world, "DELETE", 1, Interruption::Refused(400));
    assert_eq!(leads(&world), (3, 3));
    world
}

#[track_caller]
fn assert_moved(world: &World, when: &str) {
    assert_eq!(leads(world), (0, 3), "{when}");
    assert_holds(world, &moved(Change::Nothing), when);
}

#[test]
fn plan_counts_the_move_and_needs_no_new_permission() {
    let world = on_both_leads();
    let plan = world.run(&["plan", "--json", "--details"]).exits(0);
    assert_eq!(
        (plan.number("replaced"), plan.number("created")),
        (3, 0),
        "{}",
        plan.stderr
    );
    plan.says("3 of those begun by an earlier run");
    let deletes = "/activity/whatsapp_message/{id}/";
    let (read, deleted) = (
        world.server.count("GET", deletes),
        world.server.count("DELETE", deletes),
    );
    assert_eq!(import(&world).number("replaced"), 3);
    assert_moved(&world, "finished");
    // The last step is all that was left.
    assert_eq!(world.server.count("GET", deletes), read);
    assert_eq!(world.server.count("DELETE", deletes), deleted + 3);
    assert_idle(&import(&world), "finished");
}

#[test]
fn archives_contain_one_of_the_messages() {
    let world = on_both_leads();
    clear(&world.exports());
    put_android(&world.exports(), "Ben Cooper", &android(&TALK[..1], &[]));
    let plan = world.run(&["plan", "--json"]).exits(0);
    assert_eq!(plan.number("replaced"), 3, "{}", plan.stderr);
    plan.says("To finish first: 2 moves");
    assert_eq!(import(&world).number("replaced"), 3);
    assert_moved(&world, "one message is read");
    assert_idle(&import(&world), "one message is read");
}

#[test]
fn archives_contain_another_chat() {
    let world = on_both_leads();
    clear(&world.exports());
    archive::put_zip(&scenes::dora(), &world.exports());
    assert_eq!(import(&world).number("replaced"), 3);
    assert_moved(&world, "another chat is read");
}

#[test]
fn database_replaces_the_text_export() {
    let world = on_both_leads();
    clear(&world.exports());
    put_database(&world.exports(), &TALK[..3]);
    assert_eq!(import(&world).number("replaced"), 3);
    assert_eq!(leads(&world), (0, 3));
    assert_moved(&world, "a database");
    // The database tells the seconds.
    import(&world);
    assert_idle(&import(&world), "a database");
    assert_moved(&world, "a database, and again");
}

#[test]
fn number_is_corrected() {
    let world = migration();
    Change::Number.put(&world, false, 3);
    import(&world);
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    interrupt(&world, "DELETE", 2, Interruption::KilledBefore);
    Change::Number.put(&world, true, 3);
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    world.run(ALLOWED).exits(0);
    world.run(ALLOWED).exits(0);
    assert_moved(&world, "another number");
    assert_idle(&import(&world), "another number");
}

#[test]
fn chat_is_held() {
    let world = on_both_leads();
    let text = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let owner = text.lines().nth(1).expect("the owner's row");
    world.write("contacts.csv", &format!("{HEADER}{owner}\n"));
    let run = import(&world);
    assert_eq!((run.number("replaced"), run.number("held")), (3, 3));
    assert_moved(&world, "held");
}

#[test]
fn lead_is_corrected_back() {
    let world = on_both_leads();
    replace(&world, "contacts.csv", "lead_77,cont_77", "lead_01,cont_01");
    world.run(ALLOWED).exits(0);
    assert_moved(&world, "finished first");
    world.run(ALLOWED).exits(0);
    assert_eq!(leads(&world), (3, 0));
    assert_holds(&world, &Change::Nothing.truth()[..3], "back again");
    assert_idle(&import(&world), "back again");
}

/// The copy does not know of the move: what it records on the old lead is there still, and on the new
/// lead as well.
#[test]
fn checkpoint_is_older_than_the_move() {
    let world = about_to_move(Change::Nothing);
    let old = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    interrupt(&world, "DELETE", 2, Interruption::Refused(503));
    assert_eq!(leads(&world), (2, 3));
    world.forget();
    fs::write(world.path().join("chatferry.db"), old).expect("put back");
    let run = world.run(ALLOWED).exits(0);
    assert_eq!(run.number("replaced"), 2, "{}", run.stderr);
    assert_moved(&world, "older than the move");
    assert_idle(&import(&world), "older than the move");
}

/// Nothing records what a deletion would be allowed by, so that the messages on the old lead stay.
#[test]
fn messages_on_two_leads_are_reported_after_the_checkpoint_was_lost() {
    let world = about_to_move(Change::Nothing);
    interrupt(&world, "DELETE", 2, Interruption::Refused(503));
    world.forget();
    let run = world.run(&[ALLOWED, &["--details"]].concat()).exits(0);
    run.says("2 duplicates in Close: on a former lead as well");
    assert_idle(&run, "two leads, lost");
    assert_eq!(leads(&world), (2, 3), "nothing is taken away");
    assert_idle(&import(&world), "two leads, lost, second run");
    assert_eq!(leads(&world), (2, 3), "nothing is taken away");
}

#[test]
fn another_part_is_selected() {
    let world = on_both_leads();
    world
        .run(&["import", "--yes", "--json", "--limit", "0"])
        .exits(0);
    assert_eq!(leads(&world), (3, 3), "nothing is wanted");
    let one = world
        .run(&["import", "--yes", "--json", "--limit", "1"])
        .exits(0);
    assert_eq!((one.number("replaced"), leads(&world)), (1, (2, 3)));
    assert_eq!(import(&world).number("replaced"), 2);
    assert_moved(&world, "finished");
}

#[test]
fn message_removed_on_the_old_lead() {
    let world = on_both_leads();
    for message in world.server.state.messages() {
        if message.lead_id == "lead_01" {
            let path = format!("/activity/whatsapp_message/{}/", message.id);
            assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
        }
    }
    assert_eq!(import(&world).number("replaced"), 3);
    assert_moved(&world, "removed there");
    assert_idle(&import(&world), "removed there");
}

/// The row says that a request left and nothing else: Close is asked, and then the message is
/// deleted where it was.
#[test]
fn response_to_a_post_is_lost_and_archives_are_gone() {
    for from in 1..=3 {
        let world = about_to_move(Change::Nothing);
        interrupt(&world, "POST", from, Interruption::KilledAfter);
        let (old, new) = leads(&world);
        clear(&world.exports());
        archive::put_zip(&scenes::dora(), &world.exports());
        import(&world);
        // What was posted is moved, and the rest stays where it was.
        assert_eq!(leads(&world), (3 - new, new), "from {from}: {old}, {new}");
        Change::Nothing.put(&world, true, 3);
        replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
        world.run(ALLOWED).exits(0);
        assert_moved(&world, "the archives are back");
    }
}

/// Close refuses again and again: the row stays open, and the run says so.
#[test]
fn rejection_leaves_the_move_open() {
    let world = on_both_leads();
    clear(&world.exports());
    archive::put_zip(&scenes::dora(), &world.exports());
    for _ in 0..2 {
        interrupt(&world, "DELETE", 1, Interruption::Refused(400));
        assert_eq!(leads(&world), (3, 3));
    }
    let retry = ["import", "--yes", "--json", "--retry-failed"];
    assert_eq!(world.run(&retry).exits(0).number("replaced"), 3);
    assert_moved(&world, "tried again");
    assert!(!world.path().join("failures.csv").exists());
}

/// A message is posted again that somebody removed. The program is killed once it knows that it is
/// gone; by the next run `gone` is `respect` again.
#[test]
fn message_that_is_being_restored() {
    let world = migration();
    Change::Nothing.put(&world, false, 3);
    import(&world);
    let removed = world.server.state.messages()[1].id.clone();
    let path = format!("/activity/whatsapp_message/{removed}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
    let text = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    let restore = text.replace("[import]", "[import]\ngone = \"restore\"");
    assert_ne!(restore, text);
    world.write("chatferry.toml", &restore);
    interrupt(&world, "POST", 1, Interruption::KilledBefore);
    world.write("chatferry.toml", &text);
    import(&world);
    assert_holds(&world, &Change::Nothing.truth()[..3], "restored");
    assert_idle(&import(&world), "restored");
}
