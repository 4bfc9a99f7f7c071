//! One scenario for each compared field: exactly that one.

use std::sync::atomic::{AtomicBool, Ordering};

use chatferry::sandbox::{Fault, Seed, SeedContact};
use serde_json::json;

use super::{assert_counts, change, imported, plain, stored, table, verdict, verify, with_bytes};
use crate::kit::{Built, Chat, Side, When, World, archive, scenes};

/// The message of that text drifted in exactly these fields.
#[track_caller]
fn assert_drifted(world: &World, text_id: &str, fields: &[&str]) {
    let (output, rows) = table(world, &[]);
    let output = output.exits(3);
    assert_eq!(output.number("drifted"), 1, "{}", output.stderr);
    let found: Vec<&str> = rows.iter().map(|row| row["field"].as_str()).collect();
    assert_eq!(found, fields);
    for row in &rows {
        assert_eq!(row["finding"], "drifted");
        assert_eq!(row["severity"], "error");
        assert_eq!(row["external_id"], text_id);
        assert!(row["changed_by"].starts_with("user_sandbox"), "{row:?}");
        assert!(
            row["next"].ends_with("`chatferry verify --repair --lead lead_01`"),
            "{row:?}"
        );
    }
}

/// A world of six texts in which one is changed, and the external id of that one.
#[track_caller]
fn changed(patch: &serde_json::Value) -> (World, String) {
    let mut built = Built::new(vec![plain()]);
    let contacts = crate::kit::world::contacts(&built.chats);
    let mut seed = Seed::from_contacts_csv(&contacts).expect("a seed");
    seed.contacts.push(SeedContact {
        id: "cont_91".to_owned(),
        lead_id: "lead_01".to_owned(),
        name: "Another".to_owned(),
        phones: Vec::new(),
    });
    seed.users.push(chatferry::sandbox::SeedUser {
        id: "user_other".to_owned(),
        first_name: "Ola".to_owned(),
        last_name: "Other".to_owned(),
        email: "ola@example.org".to_owned(),
        phones: Vec::new(),
    });
    built.seed = Some(seed);
    let world = built.world();
    world.import().exits(0);
    let message = change(&world, "word1 number 2", patch);
    (world, message.external_id)
}

#[test]
fn edited_text_has_drifted() {
    let (world, id) = changed(&json!({"message_markdown": "another text"}));
    assert_drifted(&world, &id, &["text"]);
}

#[test]
fn changed_time_has_drifted() {
    let (world, id) = changed(&json!({"activity_at": "2024-02-14T11:00:00.000Z"}));
    assert_drifted(&world, &id, &["time"]);
}

#[test]
fn changed_direction_has_drifted() {
    let (world, id) = changed(&json!({"direction": "outgoing"}));
    assert_drifted(&world, &id, &["direction"]);
}

#[test]
fn changed_contact_has_drifted() {
    let (world, id) = changed(&json!({"contact_id": "cont_91"}));
    assert_drifted(&world, &id, &["contact"]);
}

#[test]
fn changed_user_has_drifted() {
    let (world, id) = changed(&json!({"user_id": "user_other"}));
    assert_drifted(&world, &id, &["user"]);
}

#[test]
fn changed_own_number_has_drifted() {
    let (world, id) = changed(&json!({"local_phone": "+4915112345679"}));
    assert_drifted(&world, &id, &["local_phone"]);
}

#[test]
fn changed_number_of_the_contact_has_drifted() {
    let (world, id) = changed(&json!({"remote_phone": "+353861234599"}));
    assert_drifted(&world, &id, &["remote_phone"]);
}

#[test]
fn lost_link_has_drifted() {
    let world = imported(vec![scenes::ben()]);
    let message = change(&world, "Monday", &json!({"response_to_id": null}));
    assert!(message.response_to_id.is_some());
    assert_drifted(&world, &message.external_id, &["link"]);
}

#[test]
fn link_to_another_message_has_drifted() {
    let world = imported(vec![scenes::ben()]);
    let other = stored(&world, "Agreed");
    let message = change(&world, "Monday", &json!({"response_to_id": other.id}));
    assert_drifted(&world, &message.external_id, &["link"]);
}

#[test]
fn two_fields_of_one_message_are_two_findings() {
    let patch = json!({"message_markdown": "another text", "direction": "outgoing"});
    let (world, id) = changed(&patch);
    assert_drifted(&world, &id, &["text", "direction"]);
}

#[test]
fn lost_file_has_drifted() {
    let world = imported(vec![scenes::dora()]);
    let message = change(&world, "[image]", &json!({"attachments": []}));
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 3)]);
    assert_eq!(rows[0]["field"], "file_names");
    assert_eq!(rows[0]["external_id"], message.external_id);
}

/// Close's list of one message with another name or size of its file.
#[track_caller]
fn assert_file_drifted(change: fn(&mut serde_json::Value), field: &str) {
    let world = super::imported_by_proxy(vec![scenes::dora()]);
    let id = stored(&world, "[image]").id;
    world.proxy().change(move |asked, close| {
        let mut answer = close(asked.clone());
        if asked.is_list()
            && let Some(rows) = answer.body["data"].as_array_mut()
        {
            let rows = rows.iter_mut().filter(|row| row["id"] == id.as_str());
            rows.for_each(|row| change(&mut row["attachments"][0]));
        }
        answer
    });
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 3)]);
    assert_eq!(rows[0]["field"], field);
}

#[test]
fn renamed_file_has_drifted() {
    assert_file_drifted(|file| file["filename"] = json!("other.jpg"), "file_names");
}

#[test]
fn file_of_another_size_has_drifted() {
    assert_file_drifted(|file| file["size"] = json!(17), "file_sizes");
}

#[test]
fn bytes_of_files_are_compared_on_request() {
    let world = with_bytes(vec![scenes::dora()]);
    let output = verify(&world, &["--files"]).exits(0);
    assert_eq!(output.number("files_compared"), 2);
    assert_eq!(
        verdict(&output),
        "All 4 messages of 1 chat are in Close, each once; 0 differences."
    );
    let sampled = verify(&world, &["--files-sample", "100%"]).exits(0);
    assert_eq!(sampled.number("files_compared"), 2);
}

/// The checkpoint has a checksum of each file that was sent; without archives it is all that is known of the bytes.
#[test]
fn file_with_other_bytes_has_drifted() {
    let world = with_bytes(vec![scenes::dora()]);
    std::fs::remove_dir_all(world.exports()).expect("removed");
    let output = verify(&world, &["--files"]).exits(0);
    assert_eq!(output.number("files_compared"), 2);
    let path = world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    let other = "UPDATE message_file SET file_hash = zeroblob(16) WHERE size = 400";
    assert_eq!(file.execute(other, []).expect("changed"), 1);
    drop(file);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 4)]);
    let (output, rows) = table(&world, &["--files"]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 3)]);
    assert_eq!(rows[0]["field"], "file_bytes");
}

/// Close lists files and does not have them: that is no result.
#[test]
fn absent_files_leave_a_verification_unfinished() {
    let world = imported(vec![scenes::dora()]);
    let output = verify(&world, &["--files"]).exits(4);
    assert_eq!(output.number("files_compared"), 0);
    let shown = verdict(&output);
    assert!(
        shown.starts_with(
            "No verdict: 2 files of 2 could not be compared since Close does not have"
        ),
        "{shown}"
    );
}

/// What becomes of the first request for a file; the second one is answered.
#[test]
fn download_is_tried_again() {
    for fault in [
        Fault::Status(429, "{}".to_owned()),
        Fault::Status(500, "{}".to_owned()),
        Fault::Status(200, "<html>".to_owned()),
        Fault::Drop,
    ] {
        for place in ["/go/file/", "/_storage/"] {
            let world = with_bytes(vec![scenes::dora()]);
            let is_first = AtomicBool::new(true);
            let (shown, fault) = (format!("{place} {fault:?}"), fault.clone());
            if place == "/_storage/" && matches!(fault, Fault::Status(200, _)) {
                continue;
            }
            world.server.rule(move |seen, when| {
                let is_download = seen.method == "GET" && seen.path.contains(place);
                let is_chosen = is_download && when == When::Received;
                match is_chosen && is_first.swap(false, Ordering::SeqCst) {
                    true => fault.clone(),
                    false => Fault::None,
                }
            });
            let output = verify(&world, &["--files"]).exits(0);
            assert_eq!(output.number("files_compared"), 2, "{shown}");
        }
    }
}

#[test]
fn key_that_is_not_accepted_for_a_file_denies_the_verification() {
    let world = with_bytes(vec![scenes::dora()]);
    world.server.rule(|seen, when| {
        let is_file = seen.path.contains("/go/file/") && when == When::Received;
        match is_file {
            true => Fault::Status(401, "{}".to_owned()),
            false => Fault::None,
        }
    });
    verify(&world, &["--files"]).exits(5);
}

/// Close has the files, and does not send them now: that is no result.
#[test]
fn failed_downloads_leave_a_verification_unfinished() {
    let world = with_bytes(vec![scenes::dora()]);
    world.server.rule(|seen, when| {
        let is_file = seen.path.contains("/go/file/") && when == When::Received;
        match is_file {
            true => Fault::Status(503, "{}".to_owned()),
            false => Fault::None,
        }
    });
    let output = verify(&world, &["--files"]).exits(4);
    assert_eq!(output.number("files_compared"), 0);
    let shown = verdict(&output);
    assert!(shown.starts_with("No verdict: 2 files of 2"), "{shown}");
    assert!(
        shown.contains("a download ended with status 503"),
        "{shown}"
    );
    world.server.calm();
    assert!(!verdict(&verify(&world, &["--files"]).exits(0)).contains("not compared"));
}

/// Two photos of one size, of which somebody put the second in place of the first, under its name.
fn exchanged_files() -> World {
    let photo = |n: u8| archive::jpeg(400, n);
    let chat = Chat::android("Dora Quist", 3)
        .send(
            "2024-06-21 08:00",
            Side::Me,
            "IMG-20240621-WA0001.jpg",
            photo(3),
        )
        .send(
            "2024-06-21 08:02",
            Side::They,
            "IMG-20240621-WA0002.jpg",
            photo(4),
        );
    let world = with_bytes(vec![chat]);
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    let [own, other] = messages.as_slice() else {
        panic!("{messages:?}");
    };
    let file = &own.attachments[0];
    let files = world.server.state.files();
    let hash = Some(&other.attachments[0].blake3);
    let uploaded = files.iter().find(|one| one.blake3.as_ref() == hash);
    let uploaded = uploaded.expect("the other file");
    let patch = json!({"attachments": [{
        "url": uploaded.url, "filename": file.filename, "content_type": file.content_type,
    }]});
    let path = super::path_of(own);
    assert_eq!(world.server.call("PUT", &path, &patch), 200);
    world
}

#[test]
fn next_command_for_other_bytes_compares_bytes() {
    let world = exchanged_files();
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 2)]);
    let (output, rows) = table(&world, &["--files"]);
    let output = output.exits(3);
    assert_counts(&output, &[("drifted", 1), ("same", 1)]);
    assert_eq!(rows[0]["field"], "file_bytes");
    let next = "`chatferry verify --repair --lead lead_03 --files`";
    assert_eq!(rows[0]["next"], next);
    output.says("--files --out verify.csv --repair --dry-run` shows how to correct this");
    let repair = [
        "verify", "--repair", "--lead", "lead_03", "--files", "--yes",
    ];
    world.run(&repair).exits(0);
    assert_counts(&verify(&world, &["--files"]).exits(0), &[("same", 2)]);
}

/// The rows name what was found with `--files`, so that the command does not need it.
#[test]
fn row_about_bytes_is_compared_again() {
    let world = exchanged_files();
    table(&world, &["--files"]).0.exits(3);
    let repair = [
        "verify",
        "--repair",
        "--from",
        "verify.csv",
        "--yes",
        "--json",
    ];
    world.run(&repair).exits(0);
    assert_counts(&verify(&world, &["--files"]).exits(0), &[("same", 2)]);
    let again = world.run(&repair).exits(0);
    again.says("No longer holds");
}

const TEMPLATE: &str = "integration_link = \"https://wa.example/{chat}/{external_id}\"\n";

#[test]
fn other_link_of_the_integration_has_drifted() {
    let mut built = Built::new(vec![plain()]);
    built.import = TEMPLATE.to_owned();
    let world = built.world();
    world.import().exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
    for link in [json!("https://other.example/"), json!(null)] {
        let patch = json!({"integration_link": link});
        let message = change(&world, "word1 number 2", &patch);
        let (output, rows) = table(&world, &[]);
        assert_counts(&output.exits(3), &[("drifted", 1), ("same", 5)]);
        assert_eq!(rows[0]["field"], "integration_link");
        assert_eq!(rows[0]["external_id"], message.external_id);
    }
    world.run(&["verify", "--repair", "--yes"]).exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

/// After a recovery nothing shows with which template a message was sent.
#[test]
fn link_of_a_recovered_message_is_not_compared() {
    let mut built = Built::new(vec![plain()]);
    built.import = TEMPLATE.to_owned();
    let world = built.world();
    world.import().exits(0);
    let other = json!({"integration_link": "https://other.example/"});
    for text in ["word1 number 2", "word1 number 3"] {
        change(&world, text, &other);
    }
    world.forget();
    world.run(&["recover", "--yes"]).exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

/// No record has the link that was sent.
#[test]
fn template_that_was_configured_later_is_no_difference() {
    let world = imported(vec![plain()]);
    let path = world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&path).expect("a configuration");
    world.write(
        "chatferry.toml",
        &text.replace("[import]\n", &format!("[import]\n{TEMPLATE}")),
    );
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}
