//! Content is shown only at a terminal, or with --show-content; of private chats and people, nowhere.

use serde_json::Value;

use super::{explain, json};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World, archive, scenes};

const PLACE: &str = "WhatsApp Chat with Ben Cooper.zip:2";

fn imported() -> World {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world
}

#[test]
fn pipe_and_json_have_no_content() {
    let world = imported();
    for flags in [
        &["explain", PLACE][..],
        &["explain", PLACE, "--json"],
        &["explain", PLACE, "--ask"],
    ] {
        let output = world.run(flags).exits(0);
        for content in [
            "secret-alpha",
            "Good morning",
            "Ben",
            "Cooper",
            "+3538612",
            "15112345678",
        ] {
            assert!(
                !output.stdout.contains(content),
                "{content}: {}",
                output.stdout
            );
            assert!(
                !output.stderr.contains(content),
                "{content}: {}",
                output.stderr
            );
        }
    }
}

#[test]
fn errors_in_a_pipe_have_no_names() {
    let world = imported();
    let output = world
        .run(&["explain", "WhatsApp Chat with Ben Cooper.zip:99"])
        .exits(2);
    assert!(!output.stderr.contains("Cooper"), "{}", output.stderr);
}

#[test]
fn show_content_shows_names_and_text() {
    let world = imported();
    let output = world.run(&["explain", PLACE, "--show-content"]).exits(0);
    output.says("secret-alpha").says("Ben Cooper");
    let value = json(
        &world
            .run(&["explain", PLACE, "--show-content", "--json"])
            .exits(0),
    );
    let text = value["lines"][0]["text"].as_str().expect("a text");
    assert!(
        text.ends_with("Ben Cooper: Good morning, secret-alpha"),
        "{text}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn terminal_shows_names_and_text() {
    let world = imported();
    let output = world
        .run_at_terminal(&["explain", &format!("'{PLACE}'")], "")
        .exits(0);
    output.says("secret-alpha").says("Ben Cooper");
    // Telephone numbers are abbreviated everywhere.
    assert!(!output.stdout.contains("+353861"), "{}", output.stdout);
    let json = world
        .run_at_terminal(&["explain", &format!("'{PLACE}'"), "--json"], "")
        .exits(0);
    assert!(!json.stdout.contains("secret-alpha") && !json.stdout.contains("Cooper"));
}

/// A participant of a group who is in no table.
#[test]
fn name_that_is_in_no_table_is_redacted() {
    let mut built = Built::new(Vec::new());
    let row = "Roof repair,*,contact,+353861234501,lead_01,cont_01,,\n";
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.import = "groups = \"anchor\"".to_owned();
    let world = built.world();
    let text = "[13.03.24, 10:00:00] Roof repair: \u{200e}Messages and calls are end-to-end encrypted.\n\
                [13.03.24, 10:01:00] Annegret Vale: one\n[13.03.24, 10:02:00] Bob: two\n[13.03.24, 10:03:00] Cid: three\n";
    let zip = archive::zip_of(&[("_chat.txt".to_owned(), text.to_owned())]);
    std::fs::write(world.exports().join("WhatsApp Chat - Roof repair.zip"), zip).expect("written");
    let value = explain(&world, "WhatsApp Chat - Roof repair.zip:2");
    assert_eq!(value["sender"]["name"], "[name]");
    assert_eq!(
        (&value["routing"]["group"], &value["identity"]["sender"]),
        (&true.into(), &"name".into())
    );
    let all = value.to_string();
    assert!(!all.contains("Annegret") && !all.contains("Roof"), "{all}");
}

#[test]
fn private_chat_is_shown_nowhere() {
    let mut built = Built::new(vec![scenes::ben()]);
    let row = scenes::ben().contact_row().replace(",\n", ",private\n");
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    let world = built.world();
    let output = world
        .run(&["explain", PLACE, "--json", "--show-content"])
        .exits(0);
    let value = json(&output);
    assert_eq!(value["private"], true);
    assert_eq!(
        (&value["lines"], &value["sender"], &value["routing"]),
        (&serde_json::json!([]), &Value::Null, &Value::Null)
    );
    assert!(
        !output.stdout.contains("Ben") && !output.stdout.contains("secret-alpha"),
        "{}",
        output.stdout
    );
    let text = world.run(&["explain", PLACE, "--show-content"]).exits(0);
    text.says("of a private chat");
    assert!(!text.stdout.contains("Ben"));
}

#[test]
fn participant_on_never_txt_is_not_named() {
    let mut built = Built::new(Vec::new());
    let row = "Roof repair,*,contact,+353861234501,lead_01,cont_01,,\n";
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.import = "groups = \"anchor\"".to_owned();
    let world = built.world();
    world.write("never.txt", "Annegret Vale\n");
    let text = "[13.03.24, 10:00:00] Roof repair: \u{200e}Messages and calls are end-to-end encrypted.\n\
                [13.03.24, 10:01:00] Annegret Vale: secret-delta\n[13.03.24, 10:02:00] Bob: two\n[13.03.24, 10:03:00] Cid: three\n";
    let zip = archive::zip_of(&[("_chat.txt".to_owned(), text.to_owned())]);
    std::fs::write(world.exports().join("WhatsApp Chat - Roof repair.zip"), zip).expect("written");
    let place = "WhatsApp Chat - Roof repair.zip:2";
    let output = world.run(&["explain", place, "--show-content"]).exits(0);
    output.says("rule for this message: ignored");
    assert!(
        !output.stdout.contains("Annegret") && !output.stdout.contains("secret-delta"),
        "{}",
        output.stdout
    );
}

/// The keys of the object: scripts read them.
#[test]
fn object_has_these_keys() {
    let world = imported();
    let value = explain(&world, PLACE);
    let keys = |value: &Value| -> String {
        let object = value.as_object().expect("an object");
        object
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        keys(&value),
        "asked close external_id identity lines native_ids next no_checkpoint open_operations paired private records routing sender"
    );
    assert_eq!(
        keys(&value["lines"][0]),
        "archive chat copy_by copy_difference_ms date_order date_order_evidence device edited files files_present form header_line kind line line_count local_time oddities platform role"
    );
    assert_eq!(keys(&value["sender"]), "contacts_lines name number role");
    assert_eq!(
        keys(&value["routing"]),
        "chat code contact_id contacts_lines decision device group lead_id message_rule user_id why"
    );
    assert_eq!(
        keys(&value["identity"]),
        "chat class differs_from_record group_key id kind minute ordinal origin sender"
    );
    assert_eq!(
        keys(&value["paired"]),
        "activity_id by difference_ms external_id with"
    );
    assert_eq!(
        keys(&value["records"][0]),
        "activity_at activity_id alternate_ids attempts changing created external_id failure files lead_id linked origin recorded refused reply_to state undone updated"
    );
    assert_eq!(keys(&value["next"]), "action activity_id fields what");
}
