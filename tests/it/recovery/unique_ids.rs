//! A corrected lead where Close keeps external ids unique in the organisation, so that it refuses the second copy of
//! a message: the message is deleted on the old lead and then posted on the new one.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chatferry::sandbox::Fault;
use serde_json::json;

use crate::kit::Side::{Me, They};
use crate::kit::pool::at_once;
use crate::kit::setting::some_of;
use crate::kit::{Answer, Asked, Chat, When, World, archive, scenes};
use crate::moves::{NEW_LEAD, correct_lead, import_allowing, on_new_lead, world};

/// Dora's chat, with two files and an answer, is in Close on its old lead; its row names the new one.
pub(super) fn about_to_move() -> (World, u64) {
    let world = world(scenes::dora(), "");
    world.proxy().unique_ids();
    let count = world.expected().len() as u64;
    assert_eq!(world.import().exits(0).number("created"), count);
    correct_lead(&world);
    (world, count)
}

#[track_caller]
pub(super) fn assert_moved(world: &World, when: &str) {
    world.assert_rows(&on_new_lead(world), when);
    let writes = world.server.writes();
    let again = world.import().exits(0);
    assert_eq!(
        again.number("unchanged") as usize,
        world.expected().len(),
        "{when}"
    );
    assert_eq!(world.server.writes(), writes, "{when}");
}

#[test]
fn messages_move_with_permission_to_delete() {
    let (world, count) = about_to_move();
    let before = world.server.writes();
    import_allowing(&world, count - 1).exits(2);
    assert_eq!(world.server.writes(), before, "nothing was sent");
    let run = import_allowing(&world, count).exits(0);
    let numbers = ["created", "replaced", "failed"].map(|name| run.number(name));
    assert_eq!(numbers, [0, count, 0], "{}", run.stderr);
    assert_moved(&world, "moved");
}

/// The requests about messages, in their order.
#[derive(Clone, Default)]
struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("requests").clone()
    }

    fn note(&self, asked: &Asked) {
        let is_message = asked.path.starts_with("/activity/whatsapp_message/");
        if is_message && !asked.is_list() {
            let mut all = self.0.lock().expect("requests");
            all.push(asked.method.clone());
        }
    }
}

/// The first message is deleted, posted and read back before another one is deleted.
#[test]
fn first_message_goes_through_alone() {
    let (world, count) = about_to_move();
    let requests = Requests::default();
    let seen = requests.clone();
    world.proxy().unique_ids_unless(move |asked| {
        seen.note(asked);
        None
    });
    import_allowing(&world, count).exits(0);
    let all = requests.all();
    let first = all.iter().position(|method| method == "DELETE");
    let after = &all[first.expect("a deletion") + 1..];
    let next = after.iter().position(|method| method == "DELETE");
    let alone = &after[..next.expect("another deletion")];
    let posted = alone
        .iter()
        .position(|method| method == "POST")
        .expect("posted");
    assert!(alone[posted..].contains(&"GET".to_owned()), "{all:?}");
    assert_moved(&world, "moved");
}

/// Close takes the first message neither on the new lead nor anywhere else: no other one is deleted. Nothing is lost
/// once it does.
#[test]
fn other_messages_stay_where_the_first_is_not_confirmed() {
    let (world, count) = about_to_move();
    let is_deleted = Arc::new(AtomicUsize::new(0));
    let deleted = Arc::clone(&is_deleted);
    world.proxy().unique_ids_unless(move |asked| {
        if asked.method == "DELETE" {
            deleted.fetch_add(1, Ordering::SeqCst);
        }
        let is_refused = asked.is_post() && deleted.load(Ordering::SeqCst) > 0;
        is_refused.then(|| Answer::field("local_phone", "Invalid phone number."))
    });
    let run = import_allowing(&world, count).exits(3);
    assert_eq!(is_deleted.load(Ordering::SeqCst), 1);
    assert_eq!(run.number("failed"), count, "{}", run.stderr);
    assert_eq!(world.server.state.message_count() as u64, count - 1);
    world.run(&["status"]).says("failed");
    world.proxy().unique_ids();
    import_allowing(&world, count).exits(0);
    assert_moved(&world, "once Close takes it");
}

/// The contact is removed after the chat was checked: nothing is deleted.
#[test]
fn contact_is_checked_before_the_deletion() {
    let (world, count) = about_to_move();
    let before = world.server.state.messages();
    let refused = Arc::new(AtomicUsize::new(0));
    world.proxy().unique_ids_unless(move |asked| {
        refused.fetch_add(usize::from(asked.is_post()), Ordering::SeqCst);
        let is_gone = asked.path.starts_with("/contact/") && refused.load(Ordering::SeqCst) > 0;
        is_gone.then(|| Answer::new(404, json!({"error": "not found"})))
    });
    let run = import_allowing(&world, count).exits(3);
    assert_eq!(run.number("failed"), count, "{}", run.stderr);
    assert_eq!(world.server.state.messages(), before);
    world.proxy().unique_ids();
    import_allowing(&world, count).exits(0);
    assert_moved(&world, "with the contact");
}

/// Another activity has the id of a message: a deletion would not make Close take it.
#[test]
fn message_whose_id_another_activity_has_stays() {
    let (world, count) = about_to_move();
    world.proxy().calm();
    let taken = world.server.state.messages()[1].clone();
    let copy = json!({
        "lead_id": scenes::dora().lead, "contact_id": scenes::dora().contact, "direction": "incoming",
        "activity_at": "2020-01-01T00:00:00Z", "message_markdown": "of another program",
        "external_whatsapp_message_id": taken.external_id,
        "local_phone": "+4915112345678", "remote_phone": "+4915112345679",
    });
    let status = world
        .server
        .call("POST", "/activity/whatsapp_message/", &copy);
    assert_eq!(status, 200);
    world.proxy().unique_ids();
    import_allowing(&world, count);
    let messages = world.server.state.messages();
    let is_old = |m: &&chatferry::sandbox::StoredMessage| m.id == taken.id;
    assert_eq!(messages.iter().filter(is_old).count(), 1, "it stays");
}

/// The archive has a message as it was before its edit: what Close has could not be posted again.
#[test]
fn message_that_the_archives_lack_in_full_stays_and_is_listed() {
    let said = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "Which day suits you?")
            .say("2024-03-13 10:16", Me, text)
            .say("2024-03-13 10:17", They, "Good")
    };
    let world = world(said("Friday <This message was edited>"), "");
    world.proxy().unique_ids();
    assert_eq!(world.import().exits(0).number("created"), 3);
    archive::put_zip(&said("Monday"), &world.exports());
    correct_lead(&world);
    let run = import_allowing(&world, 9).exits(3);
    let numbers = ["replaced", "failed"].map(|name| run.number(name));
    assert_eq!(numbers, [2, 1], "{}", run.stderr);
    let messages = world.server.state.messages();
    let stayed: Vec<&str> = (messages.iter())
        .filter(|message| message.lead_id != NEW_LEAD)
        .map(|message| message.markdown.as_str())
        .collect();
    assert_eq!(stayed, ["Friday"]);
    let table = fs::read_to_string(world.path().join("failures.csv")).expect("a table");
    assert!(table.contains("external_whatsapp_message_id"), "{table}");
}

/// Killed before or after Close carries out each DELETE and each POST: nothing is lost or doubled, and what was
/// begun is finished without another permission.
#[test]
fn killed_move_is_finished_from_its_row() {
    let case = |(kill_at, after): (usize, bool)| {
        let (world, _) = about_to_move();
        let writes = AtomicUsize::new(0);
        let all = ["import", "--yes", "--json", "--allow-deletes", "9"];
        world.run_under(&all, move |seen, when, running| {
            let is_write = seen.path.contains("/activity/whatsapp_message/")
                && (seen.method == "POST" || seen.method == "DELETE");
            let is_before = when == When::Received;
            if !is_write {
                return Fault::None;
            }
            let number =
                writes.fetch_add(usize::from(is_before), Ordering::SeqCst) + usize::from(is_before);
            match (number.cmp(&kill_at), is_before == after) {
                (std::cmp::Ordering::Less, _) => Fault::None,
                (std::cmp::Ordering::Equal, true) => Fault::None,
                (std::cmp::Ordering::Equal, false) => {
                    running.kill();
                    Fault::Drop
                }
                // On its way when the program died: nothing of it happens after the test has looked.
                (std::cmp::Ordering::Greater, _) => Fault::Drop,
            }
        });
        let when = format!("killed at write {kill_at}, after: {after}");
        import_allowing(&world, 9).exits(0);
        assert_moved(&world, &when);
    };
    let moments = (1..=8).flat_map(|kill_at| [(kill_at, false), (kill_at, true)]);
    at_once(some_of(3, moments), case);
}

/// The program is killed when the first message is deleted; the next run neither has nor needs a permission to delete
/// it, since that was given.
#[test]
fn begun_deletion_needs_no_further_permission() {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "Which day suits you?");
    for after in [false, true] {
        let world = world(chat.clone(), "");
        world.proxy().unique_ids();
        world.import().exits(0);
        correct_lead(&world);
        let all = ["import", "--yes", "--json", "--allow-deletes", "1"];
        world.run_under(&all, move |seen, when, running| {
            let is_chosen = seen.method == "DELETE" && (when == When::Received) != after;
            if is_chosen {
                running.kill();
                return Fault::Drop;
            }
            Fault::None
        });
        assert_eq!(world.server.state.message_count(), usize::from(!after));
        world.import().exits(0);
        assert_moved(&world, &format!("after: {after}"));
    }
}
