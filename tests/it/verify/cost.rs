//! The cost in requests: one for 100 messages, whatever is found.

use super::{assert_counts, imported, verify};
use crate::kit::scenes;

#[test]
fn verification_costs_one_request_for_100_messages() {
    let chats = vec![
        scenes::plain("Ben Cooper", 1, 2_150),
        scenes::plain("Cleo Marsh", 2, 950),
    ];
    let world = imported(chats);
    let before = world.server.state.request_count();
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 3_100)]);
    let requests = world.server.state.request_count() - before;
    // 22 and 10 pages; the account and its role. Pages overlap by the messages of one millisecond.
    assert!((34..=38).contains(&requests), "{requests}");
    assert_eq!(output.number("requests"), requests);
}

#[test]
fn removal_of_all_messages_costs_a_bounded_number_of_look_ups() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 300)]);
    for message in world.server.state.messages() {
        let path = format!("/activity/whatsapp_message/{}/", message.id);
        let status = world.server.call("DELETE", &path, &serde_json::Value::Null);
        assert_eq!(status, 200);
    }
    let before = world.server.state.request_count();
    assert_counts(&verify(&world, &[]).exits(3), &[("missing", 300)]);
    // One page of the list, six of the event log, none for each message.
    let requests = world.server.state.request_count() - before;
    assert!(requests <= 12, "{requests}");
}
