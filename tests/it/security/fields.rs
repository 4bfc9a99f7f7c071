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
                "Quillon": "Field required",
                "contacts.353861234501": "Field required",
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
    output.says("[field]: Field required");
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

/// A Close that repeats the text of a message in its refusal, without quotes and without a colon before it.
#[test]
fn unknown_wording_of_an_error_is_not_shown() {
    let secret = "secret-alpha";
    for (body, shown) in [
        (
            json!({"field-errors": {"message_markdown": "Good morning, secret-alpha is not valid"}}),
            "message_markdown: [wording]",
        ),
        (
            json!({"field-errors": {"message_markdown": "Value (Good morning, secret-alpha) is not allowed"}}),
            "message_markdown: [wording]",
        ),
        (
            json!({"error": "Invalid text Good morning, secret-alpha"}),
            "status 400 ([wording])",
        ),
        (
            json!({"errors": ["Good morning, secret-alpha"]}),
            "status 400 ([wording])",
        ),
    ] {
        let world = World::new(vec![scenes::ben()]);
        let refusal = body.clone();
        (world.proxy()).change(move |asked, close| match asked.is_post() {
            true => Answer::new(400, refusal.clone()),
            false => close(asked),
        });
        let output = world
            .run(&["import", "--yes", "--json", "-vv", "--log-file", "log.txt"])
            .exits(3);
        output.says(shown);
        let read = |name: &str| std::fs::read_to_string(world.path().join(name)).expect("a file");
        for text in [
            &output.stdout,
            &output.stderr,
            &read("failures.csv"),
            &read("log.txt"),
        ] {
            assert!(!text.contains(secret), "{body}: {text}");
        }
    }
}
