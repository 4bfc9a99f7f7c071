//! No content in outputs, none in the checkpoint, and nothing at all of a private chat.

use std::sync::Mutex;

use chatferry::sandbox::Fault;

use crate::kit::chat::OWNER_PHONE;
use crate::kit::world::{HEADER, KEY, me};
use crate::kit::{Built, Output, When, World, is_post, scenes};

/// What people wrote, and numbers in full.
fn content(world: &World) -> Vec<String> {
    let mut secret: Vec<String> = [
        "secret-alpha",
        "secret-bravo",
        "secret-charlie",
        "Which day",
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    secret.push(KEY.to_owned());
    secret.push("Authorization".to_owned());
    let phones = world.chats.iter().map(|chat| chat.phone.clone());
    for phone in phones.chain([OWNER_PHONE.to_owned()]) {
        secret.push(phone.trim_start_matches('+').to_owned());
    }
    secret
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[track_caller]
fn assert_clean(output: &Output, secrets: &[String]) {
    for secret in secrets {
        assert!(!output.stdout.contains(secret), "{secret} on stdout");
        assert!(
            !output.stderr.contains(secret),
            "{secret} on stderr:\n{}",
            output.stderr
        );
    }
}

#[track_caller]
fn assert_checkpoint(world: &World, secrets: &[String]) {
    let mut files = 0;
    for (path, bytes) in world.listing() {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if !name.starts_with("chatferry.db") {
            continue;
        }
        files += 1;
        for secret in secrets {
            assert!(!holds(&bytes, secret), "{secret} in {name}");
        }
    }
    assert!(files > 0, "there is a checkpoint");
}

/// Every third post is lost, every fourth is refused with a body that repeats the content, as
/// Close's errors may.
fn trouble(world: &World) {
    let count = Mutex::new(0u32);
    let echo = r#"{"errors": ["Value 'secret-alpha' is too long for +353861234501"], "field-errors": {"message_markdown": "Not allowed here: secret-bravo"}}"#;
    world.server.rule(move |seen, when| {
        if !is_post(seen) || when != When::Received {
            return Fault::None;
        }
        let mut count = count.lock().expect("count");
        *count += 1;
        match *count % 4 {
            1 => Fault::Drop,
            3 => Fault::Status(400, echo.to_owned()),
            _ => Fault::None,
        }
    });
}

#[test]
fn failures_and_lost_answers_print_no_content() {
    let world = World::new(scenes::rich());
    let mut secrets = content(&world);
    trouble(&world);
    let names: Vec<String> = (world.chats.iter())
        .flat_map(|chat| [chat.name.clone(), chat.name.replace(' ', "_")])
        .chain([crate::kit::chat::OWNER.to_owned()])
        .collect();
    let output = world.import().exits(3);
    assert_clean(&output, &secrets);
    // A run's log and its table of failures name nobody either.
    assert_clean(&output, &names);
    output.says("default: [chat 1]");
    let failures = std::fs::read(world.path().join("failures.csv")).expect("a table");
    for secret in secrets.iter().chain(&names) {
        assert!(!holds(&failures, secret), "{secret} in failures.csv");
    }
    let named = world
        .run(&["import", "--yes", "--json", "--show-content"])
        .exits(3);
    assert_clean(&named, &secrets);
    assert!(named.stderr.contains("Ben Cooper"), "asked for");
    let plan = world.run(&["plan", "--details"]).exits(0);
    assert_clean(&plan, &secrets);
    assert!(plan.stdout.contains("Ben Cooper"));
    world.server.calm();
    assert_clean(&world.import().exits(0), &secrets);
    for chat in &world.chats {
        secrets.push(chat.name.clone());
    }
    secrets.extend(["IMG-20240621".to_owned(), "PHOTO-2024".to_owned()]);
    assert_checkpoint(&world, &secrets);
}

#[test]
fn checkpoint_of_a_killed_run_holds_no_content() {
    let world = World::new(scenes::rich());
    let mut secrets = content(&world);
    secrets.extend(world.chats.iter().map(|chat| chat.name.clone()));
    let output = world.import_until(
        |seen, when| is_post(seen) && seen.number > 20 && when == When::Received,
        |running| {
            running.kill();
            Fault::None
        },
    );
    assert_eq!(output.code, None, "it was killed");
    // With its journal: what was not yet merged is there too.
    assert_checkpoint(&world, &secrets);
}

#[test]
fn private_chat_is_counted_and_appears_nowhere() {
    let mut built = Built::new(scenes::rich());
    let ben = scenes::ben().contact_row();
    let private = "Cleo Marsh,Cleo Marsh,contact,,,,,private\n";
    built.contacts = Some(format!(
        "{HEADER}{}{ben}{private}{}",
        me(),
        scenes::dora().contact_row()
    ));
    built.seed = Some(
        chatferry::sandbox::Seed::from_contacts_csv(&crate::kit::world::contacts(&built.chats))
            .expect("a seed"),
    );
    let mut world = built.world();
    let secrets = ["Cleo", "Marsh", "secret-bravo"].map(str::to_owned);
    for arguments in [
        &["plan"][..],
        &["plan", "--json"],
        &["plan", "--payloads"],
        &["import", "--yes", "--json"],
        &["import", "--yes", "--json"],
        &["plan"],
    ] {
        let output = world.run(arguments).exits(0);
        for secret in &secrets {
            assert!(
                !output.stdout.contains(secret.as_str())
                    && !output.stderr.contains(secret.as_str()),
                "{secret} in {arguments:?}:\n{}\n{}",
                output.stdout,
                output.stderr
            );
        }
        if arguments[0] == "import" {
            // Four messages and the notice; the notices of the two others.
            assert_eq!(output.number("skipped"), 5 + 1);
        }
    }
    assert_checkpoint(&world, &secrets);
    world.chats.remove(1);
    world.assert_whole("all but the private chat");
}

/// Ben's chat goes to Close; Cleo's is private, and no archive of hers is there yet.
fn with_private_cleo() -> World {
    let mut built = Built::new(vec![scenes::ben()]);
    let private = "Cleo Marsh,Cleo Marsh,contact,,,,,private\n";
    built.contacts = Some(format!(
        "{HEADER}{}{}{private}",
        me(),
        scenes::ben().contact_row()
    ));
    built.world()
}

#[test]
fn damaged_private_chat_is_not_named() {
    let world = with_private_cleo();
    // Nothing of them can be read; the names of the files are all there is.
    let damaged = [
        "WhatsApp Chat with Cleo Marsh.zip",
        "WhatsApp Chat - Cleo Marsh (1).zip",
        "Cleo_Marsh.zip",
        "Cleo Marsh.txt",
        "WhatsApp Chat with Ben Cooper (1).zip",
    ];
    for name in damaged {
        std::fs::write(world.exports().join(name), "PK\u{3}\u{4} secret-bravo").expect("written");
    }
    let inner = world.exports().join("Cleo Marsh");
    std::fs::create_dir(&inner).expect("made");
    std::fs::write(inner.join("_chat.txt"), "secret-bravo").expect("written");
    let secrets = ["Cleo", "Marsh", "secret-bravo"].map(str::to_owned);
    for arguments in [&["plan"][..], &["import", "--yes", "--json"], &["plan"]] {
        let output = world.run(arguments).exits(3);
        assert_clean(&output, &secrets);
        output.says("an archive of a private chat cannot be read (archive_damaged)");
        // A log does not name who is not private either.
        let ben = match arguments[0] {
            "plan" => "Ben Cooper",
            _ => "[name]",
        };
        output.says(&format!("WhatsApp Chat with {ben} (1).zip: damaged zip"));
    }
    // Nor does a slip of the pen bring it out.
    let output = world.run(&["plan", "--chat", "Cleo Mars"]).exits(2);
    assert!(!output.stderr.contains("Marsh"), "{}", output.stderr);
    assert_checkpoint(&world, &secrets);
}

/// What is left alone has a name as well.
#[cfg(unix)]
#[test]
fn undecided_message_of_a_private_chat_is_not_named() {
    let world = with_private_cleo();
    for name in [
        "WhatsApp Chat with Cleo Marsh.zip",
        "Cleo Marsh",
        "WhatsApp Chat with Cleo Marsh 2",
        "WhatsApp Chat with Theo Hart.zip",
    ] {
        std::os::unix::fs::symlink("/etc/hosts", world.exports().join(name)).expect("a link");
    }
    let secrets = ["Cleo", "Marsh"].map(str::to_owned);
    for arguments in [
        &["plan", "--json"][..],
        &["plan", "--offline"],
        &["doctor"],
        &["import", "--yes", "--json"],
    ] {
        let output = world.run(arguments).exits(0);
        assert_clean(&output, &secrets);
        output.says("a file with the name of a private chat is ignored");
        if arguments[0] == "plan" {
            output.says("Theo Hart.zip");
        }
    }
}

/// Somebody whom no row knows is named by a damaged archive alone.
#[test]
fn damaged_archive_of_an_unknown_chat_is_not_named_in_a_log() {
    let world = World::new(vec![scenes::ben()]);
    for name in [
        "WhatsApp Chat with Zora Quill.zip",
        "WhatsApp Chat with Olaf_Berg.zip",
    ] {
        std::fs::write(world.exports().join(name), "PK\u{3}\u{4}").expect("written");
    }
    std::fs::write(
        world.exports().join("WhatsApp Chat with Nina Ost.txt"),
        "no transcript",
    )
    .expect("written");
    let names = ["Zora", "Quill", "Olaf", "Berg", "Nina"].map(str::to_owned);
    let output = world.import().exits(3);
    assert_clean(&output, &names);
    let failures = std::fs::read(world.path().join("failures.csv")).expect("a table");
    for name in &names {
        assert!(!holds(&failures, name), "{name} in failures.csv");
    }
    world.run(&["plan"]).exits(3).says("Zora Quill.zip");
}

/// The log has endpoints, places, codes and counts in it, also of requests that fail with an echo.
#[test]
fn log_has_no_content_and_no_names() {
    let world = Built::new(scenes::rich()).world();
    trouble(&world);
    let log = world.path().join("chatferry.log");
    let file = log.to_str().expect("text");
    let run = world.run(&["import", "--yes", "-vv", "--log-file", file]);
    let text = std::fs::read_to_string(&log).expect("a log");
    for word in [
        "POST /activity/whatsapp_message/",
        "planned",
        "the run ended",
    ] {
        assert!(text.contains(word), "{word} is not in the log:\n{text}");
        assert!(run.stderr.contains(word), "{word} is not printed");
    }
    let mut secrets = content(&world);
    secrets.extend(world.chats.iter().map(|chat| chat.name.clone()));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in the log:\n{text}");
    }
}

/// A log in a bug report ended without a word where the command failed.
#[test]
fn log_has_the_code_of_an_error_that_ends_the_command() {
    let world = Built::new(vec![scenes::ben()]).world();
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write("contacts.csv", &table.replace("lead_01", "Zora Quill"));
    world
        .run(&["import", "--yes", "--log-file", "chatferry.log"])
        .exits(2);
    let log = std::fs::read_to_string(world.path().join("chatferry.log")).expect("a log");
    assert!(log.contains("ERROR") && log.contains("exit=2"), "{log}");
    assert!(!log.contains("Quill"), "{log}");
}

#[test]
fn bug_report_has_no_names_numbers_and_ids() {
    let world = Built::new(scenes::rich()).world();
    world.import().exits(0);
    // A warning would name somebody.
    world.write("never.txt", "Somebody Else\n");
    std::fs::write(
        world.exports().join("WhatsApp Chat with Zoe Quay.zip"),
        "none",
    )
    .expect("written");
    let report = world.run(&["bug-report"]).exits(0);
    let read: serde_json::Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert!(read["in_close"].as_u64() > Some(0), "{}", report.stdout);
    assert!(read["doctor"]["key"]["ok"] == 1, "{}", report.stdout);
    let mut secrets = content(&world);
    secrets.extend(world.chats.iter().map(|chat| chat.name.clone()));
    secrets.extend(["lead_", "cont_", "user_anna", "orga_", "Zoe", "never.txt"].map(str::to_owned));
    assert_clean(&report, &secrets);
}
