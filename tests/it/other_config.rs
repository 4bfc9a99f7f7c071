//! A configuration under another name: messages name the file in use, and no other one.

use std::fs;

use serde_json::Value;

use crate::kit::{Output, World, scenes};

/// A world whose configuration is other.toml, with the second text in place of the first.
fn world(from: &str, to: &str) -> World {
    let world = World::new(scenes::rich());
    let path = world.path().join("chatferry.toml");
    let text = fs::read_to_string(&path).expect("a configuration");
    assert!(text.contains(from), "{text}");
    fs::remove_file(path).expect("removed");
    world.write("other.toml", &text.replace(from, to));
    world
}

/// Runs a command with `--config other.toml`.
#[track_caller]
fn run(world: &World, arguments: &[&str]) -> Output {
    let output = world.run(&[arguments, &["--config", "other.toml"]].concat());
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains("chatferry.toml"), "{arguments:?}: {text}");
    }
    output
}

#[test]
fn commands_name_the_configuration_in_use() {
    let world = world("", "");
    run(&world, &["doctor"])
        .says("set organization_id = \"orga_sandbox")
        .says("in other.toml, so that keys of other organisations are refused");
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL:+353861234501\nEND:VCARD\n",
    );
    let activity = |world: &World| world.server.state.messages()[0].id.clone();
    for arguments in [
        &["status"][..],
        &["match", "--dry-run"],
        &["checklist", "--address-book", "book.vcf"],
        &["plan", "--details"],
        &["import", "--yes", "--pilot"],
        &["import", "--yes", "--details"],
        &["plan"],
        &["status"],
        &["verify", "--details"],
        &["verify", "--repair", "--yes"],
        &["runs"],
        &["recover", "--dry-run"],
        &["checkpoint", "check"],
        &["report", "--out", "report.html"],
        &["undo", "--dry-run", "--details"],
        &["forget", "--phone", "+353861234501", "--dry-run"],
    ] {
        let output = run(&world, arguments);
        assert!(
            matches!(output.code, Some(0 | 3)),
            "{arguments:?}: {}",
            output.stderr
        );
    }
    run(&world, &["explain", "nothing"]).exits(2);
    run(&world, &["explain", &activity(&world), "--ask"]).exits(0);
    let path = format!("/activity/whatsapp_message/{}/", activity(&world));
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    run(&world, &["verify", "--details"]).exits(3);
}

#[test]
fn errors_name_the_configuration_in_use() {
    let other = world(
        "[import]\n",
        "[close]\norganization_id = \"orga_other\"\n[import]\n",
    );
    run(&other, &["plan"])
        .exits(5)
        .says("or correct other.toml");

    let empty = world("\"exports\"", "\"empty\"");
    fs::create_dir(empty.path().join("empty")).expect("made");
    run(&empty, &["doctor"])
        .exits(3)
        .says("correct `archives` in other.toml");
    run(&empty, &["status"]).says("where `archives` in the configuration names them");

    let one = world(
        "\"exports\"",
        "\"exports/WhatsApp Chat with Ben Cooper.zip\"",
    );
    run(&one, &["plan"]).says("other.toml names the archives next to them one by one");

    for (file, text, says) in [
        (
            "never.txt",
            "*\n",
            "remove a whole device from the configuration",
        ),
        (
            "never.txt",
            "benn: Ben\n",
            "needs [[device]] blocks in the configuration",
        ),
        (
            "exclude.csv",
            "device,chat,from,until,reason\nzoe,Ben Cooper,2024-01-01,2024-02-01,private\n",
            "exclude.csv:2: unknown device",
        ),
        (
            "chatferry.db",
            "no database",
            "give `checkpoint` in the configuration another path",
        ),
        ("other.toml", "[source]\n", "other.toml"),
    ] {
        let world = world("", "");
        world.write(file, text);
        run(&world, &["plan"]).says(says);
    }
}

#[test]
fn remarks_on_time_zones_name_the_configuration_in_use() {
    let world = world(
        "[source]\narchives = [\"exports\"]\ntimezone = \"Europe/Berlin\"\n",
        "[[device]]\nname = \"ben\"\narchives = [\"ben\"]\ntimezone = \"Europe/London\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"exports\"]\ntimezone = \"Europe/Berlin\"\n",
    );
    let text = fs::read_to_string(world.path().join("other.toml")).expect("a configuration");
    let (owner, import) = text.split_once("[import]").expect("a section");
    let groups = format!("{owner}[import]\ngroups = \"anchor\"{import}");
    world.write("other.toml", &groups);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let roof = "Roof,*,contact,+353861234501,lead_01,cont_01,\n";
    world.write("contacts.csv", &(table + roof));
    let lines = [
        "13/03/2024, 11:00 - Rita Sol created group \"Roof\"",
        "13/03/2024, 11:01 - Rita Sol: is the roof done?",
        "13/03/2024, 11:09 - Theo Marsh: by Tuesday",
        "13/03/2024, 11:15 - Rita Sol: and the windows?",
        "13/03/2024, 11:30 - Theo Marsh: the week after",
        "13/03/2024, 11:48 - Omar Diaz: thank you both",
    ];
    fs::create_dir(world.path().join("ben")).expect("made");
    for folder in ["exports", "ben"] {
        let file = format!("{folder}/WhatsApp Chat with Roof.txt");
        world.write(&file, &(lines.join("\n") + "\n"));
    }
    let says =
        "`timezone` in other.toml is wrong for one of anna (Europe/Berlin) and ben (Europe/London)";
    run(&world, &["plan", "--details"]).says(says);
    run(&world, &["doctor"]).says(says);
}

/// A newer export of a migration under another name could not be added: `init` had no `--config`.
#[test]
fn init_update_adds_to_the_configuration_in_use() {
    let world = world("", "");
    let export = "13/03/2024, 10:15 - Zora Quill: hello\n13/03/2024, 10:16 - Anna Example: hi\n";
    let file = world.exports().join("WhatsApp Chat with Zora Quill.txt");
    fs::write(file, export).expect("written");
    run(&world, &["init", "--update"]).exits(0);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    assert!(table.contains("Zora Quill"), "{table}");
    assert!(!world.path().join("chatferry.toml").exists());
    world
        .run(&["init", "--update", "--config", "missing.toml"])
        .exits(2)
        .says("missing.toml: is no file");
}
