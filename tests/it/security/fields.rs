//! Names of fields in Close's errors.

use serde_json::json;

use crate::kit::{Answer, World, scenes};

/// A Close that repeats what people wrote as the name of a field.
#[test]
fn unknown_field_of_an_error_is_not_named() {
    let world = World::new(vec![scenes::ben()]);
    world.proxy().change(|asked, close| match asked.is_post() {
        true => Answer::new(
            400,
            json!({"errors": [], "field-errors": {
                "Quillon": "Not allowed",
                "contacts.353861234501": "Not allowed",
                "lead_id": "Object does not exist."
            }}),
        ),
        false => close(asked),
    });
    let output = world
        .run(&[
            "import",
            "--yes",
            "--json",
            "-vv",
            "--log-file",
            "log.txt",
            "--show-content",
        ])
        .exits(3);
    output.says("[field]: Not allowed");
    output.says("lead_id: Object does not exist.");
    let read = |name: &str| std::fs::read_to_string(world.path().join(name)).expect("a file");
    let failures = read("failures.csv");
    assert!(failures.contains("close_400_field_lead_id"), "{failures}");
    for text in [&output.stdout, &output.stderr, &failures, &read("log.txt")] {
        for secret in ["Quillon", "353861234501"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert_eq!(world.server.writes(), 0);
}
