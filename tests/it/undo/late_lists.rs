//! Lists and look-ups that still contain what was just deleted.

use std::sync::{Arc, Mutex};

use super::{all, undo};
use crate::kit::{Answer, Asked, World, scenes};
use serde_json::{Value, json};

/// From now on lists contain rows that were deleted, as they were.
fn haunt(world: &World) {
    let gone: Arc<Mutex<Vec<Value>>> = Arc::default();
    world.proxy().change(move |asked: Asked, close| {
        let is_deletion = asked.method == "DELETE";
        if is_deletion {
            let row = close(asked.to_read()).body;
            let answer = close(asked);
            gone.lock().expect("rows").push(row);
            return answer;
        }
        let is_list = asked.is_list();
        let lead = asked.parameter("lead_id").map(str::to_owned);
        let id = asked
            .parameter("external_whatsapp_message_id")
            .map(str::to_owned);
        let mut answer: Answer = close(asked);
        if is_list && let Some(rows) = answer.body["data"].as_array_mut() {
            let is_of_list = |row: &&Value| {
                lead.as_ref()
                    .is_none_or(|lead| row["lead_id"] == json!(lead))
                    && id
                        .as_ref()
                        .is_none_or(|id| row["external_whatsapp_message_id"] == json!(id))
            };
            let ghosts = gone.lock().expect("rows");
            let mut ghosts: Vec<Value> = ghosts.iter().filter(is_of_list).cloned().collect();
            ghosts.append(rows);
            ghosts.sort_by_key(|row| std::cmp::Reverse(row["date_created"].to_string()));
            *rows = ghosts;
        }
        answer
    });
}

#[test]
fn ghost_in_a_list_is_not_adopted() {
    let world = World::new(scenes::rich());
    world.proxy();
    world.import().exits(0);
    haunt(&world);
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 14);
    world.assert_whole("import after undo");
}

#[test]
fn ghost_is_not_what_an_unanswered_request_posted() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.proxy();
    world.import().exits(0);
    haunt(&world);
    undo(&world, &[]).exits(0);
    // The answer to every second post is lost, and the post is not carried out.
    let count = Mutex::new(0);
    world.server.rule(move |seen, when| {
        let is_post = crate::kit::is_post(seen) && when == crate::kit::When::Received;
        let mut count = count.lock().expect("a number");
        *count += u32::from(is_post);
        match is_post && *count <= 2 {
            true => chatferry::sandbox::Fault::Drop,
            false => chatferry::sandbox::Fault::None,
        }
    });
    world.import().exits(0);
    world.server.calm();
    world.assert_whole("import after undo");
}
