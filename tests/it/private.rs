//! `never.txt` and `exclude.csv`: whom and what nothing brings in.

use std::fs;

use crate::kit::{World, scenes};

/// `contacts.csv` says yes to all of them; the list wins, by name or by number.
#[test]
fn whom_never_txt_names_is_counted_and_appears_nowhere() {
    for list in [
        "# family\nCleo Marsh\n",
        "default: Cleo Marsh\n",
        "+353 86 123 4502\n",
    ] {
        let mut world = World::new(scenes::rich());
        world.write("never.txt", list);
        for arguments in [
            &["plan"][..],
            &["plan", "--json"],
            &["plan", "--payloads"],
            &["import", "--yes", "--json"],
            &["plan"],
        ] {
            let output = world.run(arguments).exits(0);
            for secret in ["Cleo", "Marsh", "secret-bravo", "861234502"] {
                assert!(
                    !output.stdout.contains(secret) && !output.stderr.contains(secret),
                    "{list}: {secret} in {arguments:?}:\n{}\n{}",
                    output.stdout,
                    output.stderr
                );
            }
            if arguments[0] == "import" {
                assert_eq!(output.number("skipped"), 5 + 1);
            }
        }
        for (path, bytes) in world.listing() {
            let is_state = path.to_string_lossy().contains("chatferry.db");
            let text = String::from_utf8_lossy(&bytes);
            assert!(!is_state || !text.contains("Cleo"));
        }
        world.chats.remove(1);
        world.assert_whole(list);
    }
}

/// A list that cannot be understood stops everything: somebody is on it.
#[test]
fn a_list_that_cannot_be_understood_stops_everything() {
    for (name, text, word) in [
        ("never.txt", "Cleo Marsh\n0861 234502\n", "never.txt:2"),
        (
            "exclude.csv",
            "chat,from,until\nBen,1.3.24,\n",
            "exclude.csv:2",
        ),
        ("exclude.csv", "name,from\n", "exclude.csv:1"),
    ] {
        let world = World::new(scenes::rich());
        world.write(name, text);
        for arguments in [&["plan"][..], &["import", "--yes"]] {
            world.run(arguments).exits(2).says(word);
        }
        assert!(world.server.state.requests().is_empty());
    }
}

#[test]
fn a_passage_that_exclude_csv_names_is_left_out() {
    let world = World::new(vec![scenes::ben()]);
    world.write(
        "exclude.csv",
        "device,chat,from,until,reason\n,Ben Cooper,2024-03-13 10:16,2024-03-13 10:20,private\n,Nobody,2024-01-01,,\n",
    );
    let output = world.import().exits(0);
    output.says("exclude.csv:3: matches no chat");
    output.says("excluded");
    assert_eq!(output.number("created"), 3);
    let mut texts: Vec<String> = (world.server.state.messages().into_iter())
        .map(|message| message.markdown)
        .collect();
    texts.sort();
    assert_eq!(texts, ["Good morning, secret-alpha", "ok", "ok"]);
    // What is let in later comes in; what is there already stays.
    world.write(
        "exclude.csv",
        "chat,from,until\nBen Cooper,2024-03-13 10:20,\n",
    );
    assert_eq!(world.import().exits(0).number("created"), 3);
    assert_eq!(world.server.state.message_count(), 6);
}

/// Nobody who is on the list gets a row, in a new table or a later one.
#[test]
fn init_leaves_out_whom_never_txt_names() {
    let world = World::new(scenes::rich());
    fs::create_dir(world.path().join("new")).expect("made");
    world.write("new/never.txt", "Cleo Marsh\n+353861234503\n");
    let exports = world.exports();
    let paths = exports.to_str().expect("a path");
    for arguments in [
        &["init", paths, "--dir", "new"][..],
        &["init", paths, "--dir", "new", "--update"],
    ] {
        let output = world.run(arguments).exits(0);
        let table = fs::read_to_string(world.path().join("new/contacts.csv")).expect("a table");
        assert!(table.contains("Ben Cooper"), "{table}");
        assert!(
            !table.contains("Cleo") && !output.stdout.contains("Cleo"),
            "{table}"
        );
    }
}

/// A plan that was looked at is not run when the lists say something else by now.
#[test]
fn a_plan_is_refused_when_the_lists_have_changed() {
    let world = World::new(scenes::rich());
    world.run(&["plan", "--out", "a.plan"]).exits(0);
    world.write("never.txt", "Cleo Marsh\n");
    let run = world.run(&["import", "--yes", "--plan", "a.plan"]).exits(2);
    run.says("since the plan was made");
    assert_eq!(world.server.writes(), 0);
}
