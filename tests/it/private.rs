//! Exclusion lists `never.txt` and `exclude.csv`, and private chats: left out, and named nowhere.

use std::fs;

use crate::kit::store::{self, Row};
use crate::kit::{World, archive, scenes};

/// `contacts.csv` says yes to all of them; the list wins, by name or by number.
#[test]
fn person_on_never_txt_is_counted_and_never_named() {
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
fn invalid_exclusion_list_stops_the_command() {
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
fn excluded_period_is_left_out() {
    let world = World::new(vec![scenes::ben()]);
    world.write(
        "exclude.csv",
        "device,chat,from,until,reason\n,ben cooper,2024-03-13 10:16,2024-03-13 10:20,private\n",
    );
    let output = world.import().exits(0);
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

/// A slip of the pen in a list must not let in what it was to keep out.
#[test]
fn mistyped_exclusion_list_imports_nothing() {
    let world = World::new(scenes::rich());
    for (rows, says) in [
        (
            "device,chat,from,until\r\n,Nobody,2024-01-01,\r\n",
            "exclude.csv:2: matches no chat",
        ),
        (
            "device,chat,from,until\r\n,Ben Cooper,2024-01-01,2024-01-02\r\nphone,*,2024-01-01,\r\n",
            "exclude.csv:3: unknown device",
        ),
    ] {
        world.write("exclude.csv", rows);
        world.run(&["plan"]).exits(0).says(says);
        world.import().exits(2).says(says).says("[exclude]");
    }
    fs::remove_file(world.path().join("exclude.csv")).expect("removed");
    for line in ["Cleo Marsh;", "Cleo Marsh, Ben Cooper", "*"] {
        world.write("never.txt", &format!("# ours\r\n{line}\r\n"));
        for arguments in [&["plan"][..], &["import", "--yes"]] {
            let output = world.run(arguments).exits(2);
            output
                .says("never.txt:2: ")
                .says("one name or number per line");
            assert!(!output.stderr.contains("Cleo"), "{}", output.stderr);
        }
    }
    // A colon may be part of a name; where nobody has that name it is said.
    world.write("never.txt", "ana: Cleo Marsh\n");
    world
        .run(&["plan"])
        .exits(0)
        .says("never.txt:1: no device before the colon");
    assert_eq!(world.server.writes(), 0);
}

/// Nobody who is on the list gets a row, in a new table or a later one.
#[test]
fn init_leaves_out_people_on_never_txt() {
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
fn plan_file_is_refused_after_exclusion_lists_changed() {
    let world = World::new(scenes::rich());
    world.run(&["plan", "--out", "a.plan"]).exits(0);
    world.write("never.txt", "Cleo Marsh\n");
    let run = world.run(&["import", "--yes", "--plan", "a.plan"]).exits(2);
    run.says("");
    assert_eq!(world.server.writes(), 0);
}

/// A passage is left out by whatever archive says that it is one, also where a newer export was
/// made in another zone or under another name.
#[test]
fn excluded_period_stays_left_out_in_another_export() {
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
fn person_on_never_txt_is_private_under_other_names() {
    let world = World::new(scenes::rich());
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let alias = scenes::cleo()
        .contact_row()
        .replace("Cleo Marsh", "Mama Mobile");
    fs::write(&path, format!("{table}{alias}")).expect("written");
    world.write("never.txt", "mama mobile\n");
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("1 private chat");
    for secret in ["Cleo Marsh", "Mama"] {
        assert!(!plan.stdout.contains(secret) && !plan.stderr.contains(secret));
    }
    // A line that names nobody is told by its number.
    world.write("never.txt", "mama mobile\nSomebody Else\n");
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("never.txt:2: matches no participant");
    assert!(!plan.stderr.contains("Somebody"));
}

fn put(world: &World, folder: &str, name: &str, text: &str) {
    let folder = world.exports().join(folder);
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join(format!("WhatsApp Chat with {name}.txt"));
    fs::write(file, text).expect("written");
}

#[track_caller]
fn says_nothing_of(output: &crate::kit::Output, secrets: &[&str], what: &str) {
    for secret in secrets {
        assert!(
            !output.stdout.contains(secret) && !output.stderr.contains(secret),
            "{secret} in {what}:\n{}\n{}",
            output.stdout,
            output.stderr
        );
    }
}

/// A number that a row makes private is private whatever the chat is called, and whatever the row of that other name
/// contains. The two rows are reported by their lines.
#[test]
fn number_that_a_row_makes_private_is_private_under_other_names() {
    let private = "Mum,Mum,contact,+353861234502,,,,private\n";
    let row = |name: &str, import: &str| {
        format!("{name},{name},contact,+353861234502,lead_c,cont_c,,{import}\n")
    };
    let text = |name: &str, words: &str| -> String {
        (1..7)
            .map(|minute| {
                let who = if minute % 2 == 0 {
                    name
                } else {
                    "Anna Example"
                };
                format!("13/03/2024, 10:0{minute} - {who}: {words} {minute}\n")
            })
            .collect()
    };
    let number = "+353 86 123 4502";
    for (rows, chats, lines) in [
        // The private chat, and one with other texts, or the same.
        (
            format!("{private}{}", row("Carl", "")),
            vec![("Mum", "hers"), ("Carl", "his")],
            (5, 4),
        ),
        (
            format!("{private}{}", row("Carl", "")),
            vec![("Mum", "hers"), ("Carl", "hers")],
            (5, 4),
        ),
        // Without an archive of the private chat.
        (
            format!("{private}{}", row("Carl", "yes")),
            vec![("Carl", "his")],
            (5, 4),
        ),
        (
            format!("{}{private}", row("Carl", "")),
            vec![("Carl", "his")],
            (4, 5),
        ),
        (
            format!("{private}{}", row(number, "yes")),
            vec![(number, "his")],
            (5, 4),
        ),
    ] {
        let world = World::new(vec![scenes::ben()]);
        let path = world.path().join("contacts.csv");
        let table = fs::read_to_string(&path).expect("a table");
        assert_eq!(table.lines().count(), 3, "{table}");
        fs::write(&path, format!("{table}{rows}")).expect("written");
        for (name, words) in &chats {
            put(&world, "", name, &text(name, words));
        }
        let output = world.import().exits(0);
        let (contact, private) = lines;
        output.says(&format!("contacts.csv:{contact}: "));
        output.says(&format!(
            "has the phone of line {private}, which makes this number private"
        ));
        let secrets = ["Mum", "Carl", "1234502", "123 4502"];
        says_nothing_of(&output, &secrets, "import");
        // A notice of Ben's chat too.
        assert_eq!(output.number("skipped"), 6 * chats.len() as u64 + 1);
        let texts = world.server.state.messages();
        assert_eq!(texts.len(), 6, "only Ben's: {texts:?}");
        let plan = world.run(&["plan", "--details"]).exits(0);
        says_nothing_of(&plan, &secrets, "plan");
    }
}

/// Two chats of one name that nobody has told apart: what the list says of the name is said of both.
#[test]
fn name_that_two_chats_have_is_listed_for_both() {
    let world = World::new(vec![scenes::ben()]);
    for (folder, words) in [("", "one"), ("other", "two")] {
        let lines: String = (13..18)
            .map(|day| format!("{day}/03/2024, 10:00 - Sam: {words} of {day}\n{day}/03/2024, 10:01 - Anna Example: my {words} of {day}\n"))
            .collect();
        put(&world, folder, "Sam", &lines);
    }
    world
        .run(&["plan"])
        .exits(0)
        .says("several chats are called \"Sam\"");
    world.write("never.txt", "Sam\n");
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("2 private chats");
    says_nothing_of(&plan, &["Sam"], "never.txt");
    fs::remove_file(world.path().join("never.txt")).expect("removed");
    // As with a row: which of them is the first is nobody's knowledge.
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    fs::write(&path, format!("{table}Sam,Sam,contact,,,,,private\n")).expect("written");
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("2 private chats");
    says_nothing_of(&plan, &["Sam"], "import = private");
}

/// `system = "text"`: WhatsApp's own lines name people too.
#[test]
fn notice_that_names_a_person_on_never_txt_is_left_out() {
    let world = World::new(Vec::new());
    put(
        &world,
        "",
        "Roof",
        "13/03/2024, 10:00 - You created group \"Roof\"\n13/03/2024, 10:00 - You added Mum\n\
         13/03/2024, 10:00 - You added +353 86 123 4599\n13/03/2024, 10:01 - Theo: hello\n\
         13/03/2024, 10:02 - Anna Example: hi\n13/03/2024, 10:03 - Mum: SECRET\n\
         13/03/2024, 10:04 - Zoe: x\n13/03/2024, 10:05 - You added Mumford\n13/03/2024, 10:06 - Mum left\n",
    );
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    let config = config.replace(
        "[limits]",
        "groups = \"anchor\"\nsystem = \"text\"\n[limits]",
    );
    world.write("chatferry.toml", &config);
    world.write(
        "contacts.csv",
        &format!(
            "{}{}Roof,*,contact,+353861234509,lead_r,cont_r,,\n",
            crate::kit::world::HEADER,
            crate::kit::world::me()
        ),
    );
    world.write("never.txt", "mum\n+353861234599\n");
    let payloads = world.run(&["plan", "--offline", "--payloads"]).exits(0);
    payloads.says("Mumford").says("You created group");
    for secret in ["Mum left", "added Mum\"", "Mum]", "4599", "SECRET"] {
        says_nothing_of(&payloads, &[secret], "payloads");
    }
}

/// A slip of the pen in a row is not answered with the name of a private chat, whatever it is
/// private by; nor does `init --update` ask about one.
#[test]
fn private_person_is_never_suggested_or_looked_up() {
    let world = World::new(vec![scenes::ben()]);
    put(
        &world,
        "",
        "Mutti",
        "13/03/2024, 10:01 - Mum: hello\n13/03/2024, 10:02 - Anna Example: hi\n",
    );
    put(
        &world,
        "",
        "Lover",
        "03/03/2024, 10:01 - Lover: hello\n03/03/2024, 10:02 - Anna Example: hi\n",
    );
    put(
        &world,
        "",
        "Secret Club",
        "13/03/2024, 10:00 - You created group \"Secret Club\"\n13/03/2024, 10:01 - Theo: a\n13/03/2024, 10:02 - Zoe: b\n",
    );
    fs::write(world.exports().join("WhatsApp Chat with Uncle.zip"), "PK").expect("written");
    fs::create_dir(world.path().join("late")).expect("made");
    fs::write(world.path().join("late/WhatsApp Chat with Uncle.zip"), "PK").expect("written");
    world.write("never.txt", "Mum\nUncle\n");
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let rows = "Muttt,Muttt,contact,,,,,\nSecret Club,*,contact,,,,,private\nLover,Lover,contact,,,,,private\n";
    fs::write(&path, format!("{table}{rows}")).expect("written");
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Lover\nTEL:+353861234502\nTEL:+353861234503\nEND:VCARD\n",
    );
    let secrets = ["Mutti", "Mum", "Lover", "Secret Club", "Uncle"];
    let plan = world.run(&["plan", "--offline"]);
    plan.says("no chat \"Muttt\"");
    says_nothing_of(&plan, &secrets, "plan");
    let chosen = world
        .run(&["plan", "--offline", "--chat", "Muttt"])
        .exits(2);
    says_nothing_of(&chosen, &secrets, "plan --chat");
    let before = fs::read_to_string(&path).expect("a table");
    for paths in [&["exports"][..], &["exports", "late"]] {
        let mut arguments = vec!["init", "--update", "--address-book", "book.vcf"];
        arguments.extend(paths);
        let update = world.run(&arguments);
        update.says("an archive of a private chat cannot be read");
        says_nothing_of(&update, &secrets, "init --update");
        assert_eq!(fs::read_to_string(&path).expect("a table"), before);
    }
}

/// Everything that is said and written about a migration with private chats, searched for their
/// names, numbers and texts: by never.txt, and by a row.
#[test]
fn no_output_contains_a_private_person() {
    use crate::kit::{When, is_post};
    use chatferry::sandbox::Fault;
    let world = World::new(scenes::rich());
    world.write("never.txt", "Cleo Marsh\n");
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let dora = scenes::dora().contact_row();
    let private = "Dora Quist,Dora Quist,contact,,,,,private\n";
    // Of Ben the ids are to be found, so that there is something to ask.
    let ben = scenes::ben();
    let open = (ben.contact_row())
        .replace(&ben.lead, "")
        .replace(&ben.contact, "");
    // Somebody of Ben's name in another chat is a question.
    let table = table.replace(&dora, &format!("{private}Zoe,Ben Cooper,contact,,,,,\n"));
    fs::write(&path, table.replace(&ben.contact_row(), &open)).expect("written");
    for name in ["Cleo Marsh", "Dora Quist"] {
        let file = format!("WhatsApp Chat with {name} (1).zip");
        fs::write(world.exports().join(file), "PK").expect("written");
    }
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353861234502\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Dora Quist\nTEL:+353861234503\nTEL:+353861234509\nEND:VCARD\n",
    );
    let secrets = [
        "Cleo",
        "Marsh",
        "secret-bravo",
        "Dora",
        "Quist",
        "secret-charlie",
        "61234502",
        "61234503",
        "61234509",
    ];
    let search = |arguments: &[&str]| {
        let output = world.run(arguments);
        says_nothing_of(&output, &secrets, &arguments.join(" "));
        // The tables of the person, and the copy of one.
        let own = ["contacts.csv", "contacts.csv.1", "never.txt", "book.vcf"];
        for (path, bytes) in world.listing() {
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.starts_with(world.exports()) || own.contains(&&*name) {
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            for secret in secrets {
                assert!(
                    !text.contains(secret),
                    "{secret} in {name} after {arguments:?}"
                );
            }
        }
        output
    };
    let all = || {
        search(&["init", "exports", "--update", "--address-book", "book.vcf"]);
        search(&["match", "--dry-run", "--address-book", "book.vcf"]);
        search(&["match", "--address-book", "book.vcf"]);
        for arguments in [
            &["status"][..],
            &["status", "--json"],
            &["doctor"],
            &["doctor", "--json"],
            &["checklist", "--address-book", "book.vcf"],
            &["plan"],
            &["plan", "--json"],
            &["plan", "--payloads"],
            &["plan", "--offline"],
            &["plan", "--out", "a.plan"],
        ] {
            search(arguments);
        }
    };
    all();
    assert!(
        fs::read_to_string(&path)
            .expect("a table")
            .contains(&ben.lead)
    );
    world
        .server
        .rule(|seen, when| match is_post(seen) && when == When::Received {
            true => Fault::Status(400, "{\"error\": \"no\"}".to_owned()),
            false => Fault::None,
        });
    assert!(world.path().join("candidates.csv").exists());
    search(&["import", "--yes", "--json", "--show-content"]);
    assert!(
        world.path().join("failures.csv").exists()
            || world.path().join("chatferry.failures.csv").exists()
    );
    world.server.calm();
    search(&["import", "--yes", "--pilot"]);
    search(&["import", "--yes", "--json"]);
    assert!(world.server.state.message_count() > 0);
    all();
}

/// Archives that know numbers tell whom a number on the list is of, also where no row does.
#[test]
fn number_known_from_an_archive_only_is_not_reported_unmatched() {
    let world = World::new(Vec::new());
    let (ben, dora) = ("353861234501@s.whatsapp.net", "353861234502@s.whatsapp.net");
    store::msgstore(
        &world.exports(),
        &[
            Row::they(ben, "3A00000000000000AA01", 5, "hello"),
            Row::they(dora, "3A00000000000000AA02", 65, "a secret"),
        ],
        &[(ben, "Ben Cooper"), (dora, "Dora Quist")],
    );
    world.write("never.txt", "+353861234502\n+353861234509\n");
    let output = world.run(&["plan", "--offline"]).exits(0);
    output.says("never.txt:2: matches no participant");
    assert!(!output.stderr.contains("Dora"), "{}", output.stderr);
}

/// A period that is excluded after the import leaves messages behind that the archives still hold.
#[test]
fn messages_excluded_after_the_import_are_named_as_in_close() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world.write(
        "exclude.csv",
        "device,chat,from,until,reason\n,Ben Cooper,2024-03-13 10:16,2024-03-13 10:20,private\n",
    );
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("In Close, although left out now: they stay until you remove them")
        .says("default: Ben Cooper: 3 messages on http://127.0.0.1:")
        .says("/_sandbox/lead/lead_01")
        .says("in an excluded period of exclude.csv")
        .says("`chatferry undo --lead lead_01 --dry-run`");
    let output = format!("{}{}", plan.stdout, plan.stderr);
    assert!(!output.contains("no longer contain"), "{output}");
    (world.run(&["status"]).exits(0)).says("3 messages in Close that are left out now");
    (world.run(&["doctor"]).exits(0)).says("3 messages that are left out now are in Close");
    let writes = world.server.writes();
    let again = world.import().exits(0);
    assert_eq!(
        (again.number("deleted"), world.server.writes()),
        (0, writes)
    );
    world.assert_whole("nothing was removed");
}

/// What `import` refuses, `doctor` names.
#[test]
fn doctor_checks_the_rows_of_exclude_csv() {
    let world = World::new(scenes::rich());
    world.write("exclude.csv", "chat,from,until\nBen Cooper,2024-03-14,\n");
    (world.run(&["doctor"]).exits(0)).says("ok   exclude       every row of exclude.csv matches");
    world.write("exclude.csv", "chat,from,until\nBen Copper,2024-03-14,\n");
    world.import().exits(2);
    (world.run(&["doctor"]).exits(3)).says("BAD  exclude       exclude.csv:2: matches no chat");
}

/// `init --update` decides as `plan` does: by the participant of a row for all chats, and by the content of copies.
#[test]
fn init_names_no_private_chat_and_no_copy_of_one() {
    let world = World::new(scenes::rich());
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let header = table.lines().next().expect("a header");
    let columns: Vec<&str> = header.split(',').collect();
    let place = |name: &str| columns.iter().position(|column| *column == name);
    let import = place("import").expect("a column of the kit's table");
    let (chat, participant) = (
        place("chat").expect("chat"),
        place("participant").expect("it"),
    );
    let hidden = "Cleo Marsh";
    let rows: Vec<String> = (table.lines().skip(1))
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells[chat] == hidden {
                (cells[chat], cells[participant], cells[import]) = ("*", hidden, "private");
            }
            cells.join(",")
        })
        .collect();
    world.write("contacts.csv", &format!("{header}\n{}\n", rows.join("\n")));
    let (path, bytes) = (world.listing().into_iter())
        .find(|(path, _)| path.to_string_lossy().contains(hidden))
        .expect("the archive");
    let extension = path
        .extension()
        .expect("a zip")
        .to_string_lossy()
        .into_owned();
    fs::write(world.exports().join(format!("my copy.{extension}")), bytes).expect("written");
    let before = fs::read(world.path().join("contacts.csv")).expect("a table");
    let output = world.run(&["init", "exports", "--update"]).exits(0);
    for secret in ["Cleo", "Marsh", "my copy"] {
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(fs::read(world.path().join("contacts.csv")).expect("a table") == before);
}

/// A chat that is private on one phone gets its row on another phone, whose chat of the same name is another person's.
#[test]
fn init_adds_chat_of_a_name_that_is_private_on_another_phone() {
    let world = World::new(vec![scenes::plain("Max", 1, 4)]);
    world.write(
        "chatferry.toml",
        "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"exports\"]\nowner = [\"Anna Example\"]\n\
         [[device]]\nname = \"ben\"\narchives = [\"ben\"]\nowner = [\"Ben Ortiz\"]\n\
         [import]\ncontacts = \"contacts.csv\"\n",
    );
    let table = "device,chat,participant,role,phone,lead_id,contact_id,user_id,import\n\
                 anna,*,Anna Example,me,+4915112345678,,,user_anna,\n\
                 ben,*,Ben Ortiz,me,+12025550123,,,user_ben,\n\
                 anna,Max,Max,contact,,,,,private\n";
    world.write("contacts.csv", table);
    fs::create_dir(world.path().join("ben")).expect("made");
    for name in ["Max", "Zoe"] {
        let text = format!(
            "13/03/2024, 10:00 - {name}: are you there?\n13/03/2024, 10:05 - Ben Ortiz: yes, {name}\n"
        );
        let title = format!("WhatsApp Chat with {name}");
        let zip = archive::zip_of(&[(format!("{title}.txt"), text)]);
        fs::write(world.path().join(format!("ben/{title}.zip")), zip).expect("written");
    }
    world.run(&["init", "exports", "ben", "--update"]).exits(0);
    let after = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let added: Vec<&str> = after
        .strip_prefix(table)
        .expect("rows stay")
        .lines()
        .collect();
    let names: Vec<String> = (added.iter())
        .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(names, ["ben,Max", "ben,Zoe"], "{after}");
}
