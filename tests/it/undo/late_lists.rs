//! Lists and look-ups that still contain what was just deleted.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{all, undo};
use crate::kit::{Answer, Asked, Built, Chat, World, scenes};
use serde_json::{Value, json};

/// A world in which a list may be late by some seconds.
fn world(chats: Vec<Chat>) -> World {
    let mut built = Built::new(chats);
    built.limits = "settle_seconds = 4.0\nrequests_per_second = 1000.0\n".to_owned();
    let world = built.world();
    world.proxy();
    world
}

/// From now on lists contain rows for a while after their deletion, as they were.
fn haunt(world: &World, time: Duration) {
    let gone: Arc<Mutex<Vec<(Instant, Value)>>> = Arc::default();
    world.proxy().change(move |asked: Asked, close| {
        let is_deletion = asked.method == "DELETE";
        if is_deletion {
            let row = close(asked.to_read()).body;
            let answer = close(asked);
            gone.lock().expect("rows").push((Instant::now(), row));
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
            let ghosts = ghosts.iter().filter(|(at, _)| at.elapsed() < time);
            let mut ghosts: Vec<Value> = (ghosts.map(|(_, row)| row))
                .filter(is_of_list)
                .cloned()
                .collect();
            ghosts.append(rows);
            ghosts.sort_by_key(|row| std::cmp::Reverse(row["date_created"].to_string()));
            *rows = ghosts;
        }
        answer
    });
}

#[test]
fn ghost_in_a_list_is_not_adopted() {
    let world = world(scenes::rich());
    world.import().exits(0);
    haunt(&world, Duration::from_secs(3));
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 14);
    world.assert_whole("import after undo");
}

#[test]
fn ghost_is_not_what_an_unanswered_request_posted() {
    let world = world(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    haunt(&world, Duration::from_secs(3));
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

/// What Close lists when the settle time has passed is real, whichever command deleted it once.
#[test]
fn activity_that_is_listed_long_after_its_deletion_is_not_hidden() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.proxy();
    world.import().exits(0);
    haunt(&world, Duration::from_secs(3600));
    undo(&world, &[]).exits(0);
    let output = world.run(&["plan", "--json"]).exits(0);
    assert_eq!(output.number("created"), 0, "{}", output.stderr);
    assert_eq!(output.number("unchanged"), 4);
}
