//! Messages move to a corrected lead, and replies to them, which no archive has any more, stay where they
//! are and are linked to the moved messages. The run is interrupted at every request.
//!
//! After the fault and another import, each message is on exactly one lead and each reply is linked to its
//! target.

use serde_json::json;

use super::history::{assert_idle, clear};
use super::lost_checkpoint::ALLOWED;
use super::moves::{Interruption, interrupt, interruptions};
use crate::kit::Side::{Me, They};
use crate::kit::pool::at_once;
use crate::kit::{Chat, World, archive, scenes};
use crate::moves::{NEW_LEAD, correct_lead, world};

const OLD_LEAD: &str = "lead_01";

/// Each question with its answer.
const PAIRS: [(&str, &str); 2] = [
    ("Which day suits you?", "Monday"),
    ("Which ladder is it?", "The long one"),
];

fn chat() -> Chat {
    Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, PAIRS[0].0)
        .say("2024-03-13 10:16", They, PAIRS[1].0)
        .answer("2024-03-13 10:17", Me, 0, PAIRS[0].1)
        .answer("2024-03-13 10:18", Me, 1, PAIRS[1].1)
}

/// Everything is in Close; the new export has the questions alone, and they go to another lead.
pub(crate) fn about_to_move() -> World {
    let world = world(chat(), "");
    world.import().exits(0);
    let mut shorter = chat();
    shorter.lines.truncate(PAIRS.len());
    archive::put_zip(&shorter, &world.exports());
    correct_lead(&world);
    world
}

/// What is wrong in Close: messages on no lead or two, links to anything but their question.
pub(crate) fn wrong(world: &World) -> Option<String> {
    let messages = world.server.state.messages();
    let find = |text: &str, lead: &str| {
        let mut found = messages.iter().filter(|m| m.markdown.ends_with(text));
        let one = found.next().filter(|m| m.lead_id == lead);
        one.filter(|_| found.next().is_none())
    };
    PAIRS.iter().find_map(|(question, answer)| {
        let pair = find(question, NEW_LEAD).zip(find(answer, OLD_LEAD));
        match pair {
            None => Some(format!("{question} or {answer} is not on one lead")),
            Some((to, from)) if from.response_to_id.as_ref() != Some(&to.id) => {
                Some(format!("{answer} is not linked"))
            }
            Some(_) => None,
        }
    })
}

fn open(world: &World) -> i64 {
    world.recorded("SELECT count(*) FROM operation WHERE open = 1")
}

fn after(method: &'static str, from: usize, interruption: Interruption) -> Option<String> {
    let world = about_to_move();
    interrupt(&world, method, from, interruption);
    let when = format!("{method} {from}, {interruption:?}");
    world.run(ALLOWED);
    world.run(ALLOWED).exits(0);
    if let Some(wrong) = wrong(&world) {
        return Some(format!("{when}: {wrong}"));
    }
    assert_idle(&world.import().exits(0), &when);
    let open = open(&world);
    (open > 0).then(|| format!("{when}: {open} operations are open"))
}

#[track_caller]
fn recovers(method: &'static str) {
    let results = at_once(interruptions(PAIRS.len()), |(interruption, from)| {
        after(method, from, interruption)
    });
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn links_are_right_after_an_interruption_at_a_post() {
    recovers("POST");
}

#[test]
fn links_are_right_after_an_interruption_at_a_delete() {
    recovers("DELETE");
}

#[test]
fn links_are_right_after_an_interruption_at_a_put() {
    recovers("PUT");
}

/// The row is all that is necessary: the next run reads no archive of the chat.
#[test]
fn interrupted_relink_is_finished_without_archives() {
    for interruption in [
        Interruption::Refused(400),
        Interruption::KilledBefore,
        Interruption::KilledAfter,
    ] {
        let world = about_to_move();
        interrupt(&world, "PUT", 1, interruption);
        assert!(open(&world) > 0, "{interruption:?}");
        clear(&world.exports());
        archive::put_zip(&scenes::dora(), &world.exports());
        let plan = world.run(&["plan"]).exits(0);
        plan.says("of replies, begun by an earlier run");
        world.import().exits(0);
        // A kill may have left the other question between POST and DELETE: this run ends its move,
        // which begins its relink.
        world.import().exits(0);
        assert_eq!((wrong(&world), open(&world)), (None, 0), "{interruption:?}");
    }
}

/// A person deleted the question in between: its answer stays as it is, and nothing fails.
#[test]
fn relink_ends_when_its_target_is_removed() {
    let world = about_to_move();
    // No kill: it could leave the other question's POST without an answer, to be posted again.
    interrupt(&world, "PUT", 1, Interruption::Refused(400));
    assert!(open(&world) > 0);
    for message in world.server.state.messages() {
        if message.lead_id == NEW_LEAD {
            let path = format!("/activity/whatsapp_message/{}/", message.id);
            assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
        }
    }
    world.import().exits(0);
    assert_eq!(open(&world), 0);
    assert_idle(&world.import().exits(0), "the questions are gone");
    let left = world.server.state.messages();
    assert!(left.iter().all(|message| message.lead_id == OLD_LEAD));
    assert_eq!(left.len(), PAIRS.len());
}
