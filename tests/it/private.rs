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

/// A passage is left out by whatever archive says that it is one, also where a newer export was
/// made in another zone or under another name.
#[test]
fn a_passage_stays_left_out_when_another_export_comes() {
    let world = World::new(Vec::new());
    let export = |folder: &str, name: &str, hour: u32, more: &str| {
        let folder = world.exports().join(folder);
        fs::create_dir_all(&folder).expect("made");
        let lines: String = (13..16)
            .flat_map(|day| (10..14).map(move |minute| (day, minute)))
            .map(|(day, minute)| {
                let who = if minute % 2 == 0 {
                    name
                } else {
                    "Anna Example"
                };
                format!("{day}/03/2024, {hour:02}:{minute} - {who}: words of {day} {minute} here\n")
            })
            .collect();
        let file = folder.join(format!("WhatsApp Chat with {name}.txt"));
        fs::write(file, format!("{lines}{more}")).expect("written");
    };
    let ben = scenes::ben().contact_row();
    let other = ben.replace("Ben Cooper", "Ben C");
    world.write(
        "contacts.csv",
        &format!(
            "{}{}{ben}{other}",
            crate::kit::world::HEADER,
            crate::kit::world::me()
        ),
    );
    world.write(
        "exclude.csv",
        "chat,from,until\nBen Cooper,2024-03-14 09:00,2024-03-14 10:00\n",
    );
    export("home", "Ben Cooper", 9, "");
    let days = |world: &World| {
        let payloads = world
            .run(&["plan", "--offline", "--payloads"])
            .exits(0)
            .stdout;
        (
            payloads.contains("words of 13"),
            payloads.contains("words of 14"),
            payloads.contains("words of 15"),
        )
    };
    assert_eq!(days(&world), (true, false, true));
    // Two hours later by its stamps, and with one message more.
    let late = "16/03/2024, 11:00 - Ben Cooper: and one more\n";
    export("abroad", "Ben Cooper", 11, late);
    assert_eq!(days(&world), (true, false, true));
    fs::remove_dir_all(world.exports().join("abroad")).expect("removed");
    // The same person, under another name in the address book by now.
    export(
        "renamed",
        "Ben C",
        9,
        "16/03/2024, 09:00 - Ben C: and one more\n",
    );
    assert_eq!(days(&world), (true, false, true));
}

/// Whoever is listed is meant under every name that a row gives the number to, and a row about them
/// that matches nothing is not told by name.
#[test]
fn whom_never_txt_names_is_meant_under_other_names_too() {
    let world = World::new(scenes::rich());
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let alias = scenes::cleo()
        .contact_row()
        .replace("Cleo Marsh", "Mama Mobile");
    fs::write(&path, format!("{table}{alias}")).expect("written");
    world.write("never.txt", "mama mobile\n");
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("1 private chat");
    for secret in ["Cleo Marsh", "Mama"] {
        assert!(!plan.stdout.contains(secret) && !plan.stderr.contains(secret));
    }
    // A line that names nobody is told by its number.
    world.write("never.txt", "mama mobile\nSomebody Else\n");
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("is meant by line 2;");
    assert!(!plan.stderr.contains("Somebody"));
}
