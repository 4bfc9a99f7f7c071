//! The lead of a chat is corrected, and a message was deleted by its sender since: both show in the
//! same newer export.

use chatferry::sandbox::Seed;

use super::history::{assert_clear, assert_idle};
use super::migration::replace;
use crate::kit::Side::{Me, They};
use crate::kit::chat::Chat;
use crate::kit::{Built, Output, World, archive};

const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "9"];

/// What the sender deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Text,
    Picture,
    /// One of two pictures of one minute.
    Album,
}

fn chat(what: What, is_deleted: bool) -> Chat {
    let notice = "This message was deleted";
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:12", Me, "yes?");
    let chat = match (what, is_deleted) {
        (_, true) => chat.say("2024-03-13 10:20", They, notice),
        (What::Text, false) => chat.say("2024-03-13 10:20", They, "a secret"),
        (_, false) => chat.send(
            "2024-03-13 10:20",
            They,
            "IMG-20240313-WA0001.jpg",
            archive::jpeg(700, 1),
        ),
    };
    let chat = match what {
        What::Album => chat.send(
            "2024-03-13 10:20",
            They,
            "IMG-20240313-WA0002.jpg",
            archive::jpeg(800, 2),
        ),
        _ => chat,
    };
    chat.say("2024-03-13 10:30", Me, "after")
}

const ALL: [What; 3] = [What::Text, What::Picture, What::Album];

/// The chat is in Close, its row names another lead, and the newer export has the deletion.
fn corrected(what: What, policy: &str) -> World {
    let older = chat(what, false);
    let mut built = Built::new(vec![older.clone()]);
    built.import = policy.to_owned();
    let table = format!(
        "{}{}{}",
        crate::kit::world::HEADER,
        crate::kit::world::me(),
        older.contact_row()
    );
    let right = older
        .contact_row()
        .replace("lead_01,cont_01", "lead_77,cont_77");
    built.seed = Seed::from_contacts_csv(&format!("{table}{right}")).ok();
    built.contacts = Some(table);
    let world = built.world();
    let count = chat(what, false).rows().len() as u64;
    assert_eq!(world.import().exits(0).number("created"), count);
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    archive::put_zip(&chat(what, true), &world.exports());
    world
}

fn on(world: &World, lead: &str) -> usize {
    let messages = world.server.state.messages();
    messages.iter().filter(|m| m.lead_id == lead).count()
}

#[test]
fn deletion_is_carried_out_on_the_former_lead() {
    for what in ALL {
        let world = corrected(what, "deleted_since = \"delete\"");
        let left = chat(what, false).rows().len() - 1;
        let run = world.run(ALLOWED).exits(0);
        let when = format!("{what:?}");
        assert_eq!(
            (on(&world, "lead_01"), on(&world, "lead_77")),
            (0, left),
            "{when}"
        );
        assert_eq!(
            (run.number("deleted"), run.number("created")),
            (1, 0),
            "{when}"
        );
        assert_clear(&run, &when);
        assert_idle(&world.run(ALLOWED).exits(0), &when);
    }
}

/// The checkpoint is lost as well: Close alone shows where the message is.
#[test]
fn deletion_is_carried_out_on_the_former_lead_after_the_checkpoint_was_lost() {
    for what in ALL {
        let world = corrected(what, "deleted_since = \"delete\"");
        world.forget();
        let left = chat(what, false).rows().len() - 1;
        let run = world.run(ALLOWED).exits(0);
        let when = format!("{what:?}, lost: {}", run.stderr);
        assert_eq!(
            (on(&world, "lead_01"), on(&world, "lead_77")),
            (0, left),
            "{when}"
        );
        assert_clear(&run, &when);
        assert_idle(&world.run(ALLOWED).exits(0), &when);
    }
}

/// The deletion is carried out on the former lead although the move was done by an earlier run.
#[test]
fn deletion_after_the_move_is_carried_out_on_the_former_lead() {
    let world = corrected(What::Picture, "");
    world.run(ALLOWED).exits(0);
    assert_eq!(on(&world, "lead_01"), 1);
    replace(
        &world,
        "chatferry.toml",
        "[import]",
        "[import]\ndeleted_since = \"delete\"",
    );
    let run = world.run(ALLOWED).exits(0);
    assert_eq!(run.number("deleted"), 1);
    assert_eq!((on(&world, "lead_01"), on(&world, "lead_77")), (0, 3));
    assert_idle(&world.run(ALLOWED).exits(0), "deleted later");
}

/// What is kept cannot be posted again from these archives: it stays, and the plan lists it.
#[test]
fn deleted_message_that_is_kept_on_the_former_lead_is_listed() {
    for what in ALL {
        let world = corrected(what, "");
        let plan: Output = world.run(&["plan", "--details"]).exits(0);
        plan.says("deleted by its sender since: stays on another lead");
        plan.says("WhatsApp Chat with Ben Cooper.zip:3");
        let run = world.run(ALLOWED).exits(0);
        let left = chat(what, false).rows().len() - 1;
        let when = format!("{what:?}");
        assert_eq!(
            (on(&world, "lead_01"), on(&world, "lead_77")),
            (1, left),
            "{when}"
        );
        assert_clear(&run, &when);
        assert_idle(&world.run(ALLOWED).exits(0), &when);
    }
}

/// A picture was deleted before the import, and the chat went to another lead: each lead has a record of
/// the deletion. An export that is cut still has the picture that follows the notice.
#[test]
fn deletion_recorded_on_two_leads_hides_no_picture() {
    let mut newer = chat(What::Album, true);
    newer.lines.pop();
    let world = crate::moves::world(newer.clone(), "");
    world.import().exits(0);
    crate::moves::correct_lead(&world);
    for moved in [3, 0] {
        let run = world.run(ALLOWED).exits(0);
        assert_eq!(run.number("replaced"), moved);
    }
    let mut cut = newer;
    cut.lines.remove(0);
    archive::put_zip(&cut, &world.exports());
    let run = world.run(ALLOWED).exits(0);
    assert_eq!(run.number("unchanged"), 2, "{}", run.stderr);
}
