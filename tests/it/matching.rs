//! `chatferry match`: fills in the contacts that are certain, and lists candidates for the others.

use std::fs;

use chatferry::sandbox::{Fault, Seed};

use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, World, scenes};

/// The row of a chat with neither lead nor contact.
fn open(chat: &Chat) -> String {
    chat.contact_row()
        .replace(&chat.lead, "")
        .replace(&chat.contact, "")
}

/// A world whose contacts.csv lacks the ids of everybody, and whose Close has them.
fn world(rows: &str, more: &str) -> World {
    let mut built = Built::new(scenes::rich());
    let seed = format!("{}{more}", contacts(&built.chats));
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    built.contacts = Some(format!("{HEADER}{}{rows}", me()));
    built.world()
}

fn table(world: &World) -> String {
    fs::read_to_string(world.path().join("contacts.csv")).expect("a table")
}

fn searches(world: &World) -> usize {
    world.server.count("POST", "/data/search/")
}

#[test]
fn contact_with_the_number_is_filled_in_and_imported() {
    let rows: String = scenes::rich().iter().map(open).collect();
    let world = world(&rows, "");
    let before = table(&world);
    let would = world.run(&["match", "--dry-run", "--json"]).exits(0);
    assert_eq!(would.number("filled"), 3);
    assert_eq!(table(&world), before);
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!((run.number("filled"), run.number("questions")), (3, 0));
    let full: String = scenes::rich().iter().map(Chat::contact_row).collect();
    assert_eq!(table(&world), format!("{HEADER}{}{full}", me()));
    assert!(!world.path().join("candidates.csv").exists());
    assert_eq!(
        world.server.writes(),
        searches(&world),
        "nothing is written to Close"
    );
    let asked = searches(&world);
    let again = world.run(&["match", "--json"]).exits(0);
    assert_eq!((again.number("filled"), again.number("complete")), (0, 4));
    assert_eq!(searches(&world), asked, "nothing is left to ask");
    world.import().exits(0);
    world.assert_whole("after match");
}

/// What a spreadsheet or a look-up changed can be taken back.
#[test]
fn table_is_copied_before_it_is_changed() {
    let rows: String = scenes::rich().iter().map(open).collect();
    let world = world(&rows, "");
    let copy = world.path().join("contacts.csv.1");
    let before = table(&world);
    world.run(&["match", "--dry-run"]).exits(0);
    assert!(!copy.exists());
    world.run(&["match"]).exits(0);
    let matched = table(&world);
    assert_ne!(matched, before);
    assert_eq!(fs::read_to_string(&copy).expect("a copy"), before);
    // Without a change, the copy stays.
    world.run(&["match"]).exits(0);
    assert_eq!(fs::read_to_string(&copy).expect("a copy"), before);
    crate::kit::archive::put_zip(&scenes::plain("Edda Vale", 4, 2), &world.exports());
    world.run(&["init", "exports", "--update"]).exits(0);
    assert_ne!(table(&world), matched);
    assert_eq!(fs::read_to_string(&copy).expect("a copy"), matched);
}

/// Mobile and work are on one card, and Close has the mobile number.
#[test]
fn number_of_a_card_that_is_alone_in_close_is_filled_in() {
    let chats = [scenes::ben(), scenes::cleo(), scenes::dora()];
    let rows: String = (chats.iter())
        .map(|chat| open(chat).replace(&chat.phone, ""))
        .collect();
    let dora_at_work = scenes::dora()
        .contact_row()
        .replace(&scenes::dora().phone, "+353861234577");
    let world = world(&rows, &dora_at_work.replace("cont_03", "cont_77"));
    // Of Ben one number is in Close, of Cleo the card is not the only one, and Dora has both there.
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL:+353861234501\nTEL:+353861234588\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353861234502\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353861234599\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Dora Quist\nTEL:+353861234503\nTEL:+353861234577\nEND:VCARD\n",
    );
    let run = world
        .run(&["match", "--address-book", "book.vcf", "--json"])
        .exits(0);
    let numbers = ["filled", "phones", "questions"].map(|name| run.number(name));
    assert_eq!(numbers, [1, 1, 2], "{}", run.stdout);
    let table = table(&world);
    assert!(table.contains(&scenes::ben().contact_row()), "{table}");
    for open in [
        "Cleo Marsh,Cleo Marsh,contact,,,",
        "Dora Quist,Dora Quist,contact,,,",
    ] {
        assert!(table.contains(open), "{table}");
    }
    // A card with a number on never.txt is not reported.
    let fresh = format!("{HEADER}{}{rows}", me());
    world.write("contacts.csv", &fresh);
    world.write("never.txt", "+353861234588\n");
    let run = world.run(&["match", "--address-book", "book.vcf"]).exits(0);
    assert!(!run.stdout.contains("Ben"), "{}", run.stdout);
    assert!(!self::table(&world).contains("lead_01"));
}

/// A person decides by what Close shows of a lead.
#[test]
fn candidates_have_name_numbers_and_address_of_their_leads() {
    let ben = scenes::ben();
    let double = ben
        .contact_row()
        .replace(&ben.lead, "lead_88")
        .replace(&ben.contact, "cont_88")
        .replace("Ben Cooper", "Bea Cooper");
    let world = world(&open(&ben), &double);
    let message = serde_json::json!({
        "lead_id": "lead_88", "contact_id": "cont_88", "direction": "incoming",
        "activity_at": "2023-05-06T09:20:31Z", "external_whatsapp_message_id": "3EB0AAAA",
        "local_phone": "+4915112345678", "remote_phone": ben.phone, "message_markdown": "ok",
    });
    let path = "/activity/whatsapp_message/";
    assert_eq!(world.server.call("POST", path, &message), 200);
    // The table of an earlier version is replaced.
    let head = "line,device,chat,participant,why,lead_id,contact_id,user_id,name,phone\n";
    world.write("candidates.csv", head);
    world.run(&["match"]).exits(0);
    let text = fs::read_to_string(world.path().join("candidates.csv")).expect("a table");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<std::collections::HashMap<String, String>> = reader
        .deserialize()
        .map(|row| row.expect("a row"))
        .collect();
    let bea = rows.iter().find(|row| row["contact_id"] == "cont_88");
    let bea = bea.expect("a candidate");
    assert_eq!(bea["phone"], ben.phone, "{text}");
    assert_eq!(bea["last_activity"], "2023-05-06", "{text}");
    assert_eq!(bea["url"], "https://app.close.com/lead/lead_88/", "{text}");
    assert_eq!(bea["lead"], "Bea Cooper", "{text}");
    let other = rows.iter().find(|row| row["contact_id"] == ben.contact);
    assert_eq!(other.expect("a candidate")["last_activity"], "", "{text}");
}

/// The rows that a look-up filled in, those that need a decision, and those that Close does not have.
#[test]
fn rows_are_listed_by_name_and_result() {
    let (ben, cleo, dora) = (scenes::ben(), scenes::cleo(), scenes::dora());
    let rows = [
        open(&ben),
        open(&cleo).replace(&cleo.phone, ""),
        open(&dora)
            .replace(&dora.phone, "+353861234566")
            .replace("Dora Quist", "Nina Vogt"),
        "Mum,Mum,contact,+353861234555,,,,private\n".to_owned(),
    ];
    let mut built = Built::new(vec![ben.clone()]);
    // Close knows no user of the owner's name.
    let seed = contacts(&scenes::rich()).replace("Anna Example", "Anna E.");
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    let nobody = me().replace("user_anna", "");
    built.contacts = Some(format!("{HEADER}{nobody}{}", rows.concat()));
    let world = built.world();
    let run = world.run(&["match", "--dry-run", "--details"]).exits(0);
    let at = |text: &str| {
        let place = run.stdout.find(text);
        place.unwrap_or_else(|| panic!("{text}: {}", run.stdout))
    };
    let places = [
        at("Filled in"),
        at("Ben Cooper: "),
        at("Needs a decision"),
        at("Cleo Marsh"),
        at("Not found in Close"),
        at("Nina Vogt"),
        at("Users in Close"),
        at("user_anna"),
    ];
    assert!(places.is_sorted(), "{}", run.stdout);
    assert!(!run.stdout.contains("Mum") && !run.stderr.contains("Mum"));
    // A user is given: nothing to choose from.
    world.write(
        "contacts.csv",
        &format!("{HEADER}{}{}", me(), rows.concat()),
    );
    let run = world.run(&["match", "--dry-run", "--details"]).exits(0);
    assert!(!run.stdout.contains("Users in Close"), "{}", run.stdout);
}

/// Two people have one number: nobody is taken by guess.
#[test]
fn number_of_two_contacts_is_a_candidate() {
    let ben = scenes::ben();
    let double = ben
        .contact_row()
        .replace(&ben.lead, "lead_88")
        .replace(&ben.contact, "cont_88")
        .replace("Ben Cooper", "Bea Cooper");
    let world = world(&open(&ben), &double);
    let before = table(&world);
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!((run.number("filled"), run.number("questions")), (0, 1));
    assert_eq!(table(&world), before);
    let questions = fs::read_to_string(world.path().join("candidates.csv")).expect("a table");
    assert_eq!(questions.lines().count(), 3, "{questions}");
    for id in [&ben.lead, &ben.contact, "lead_88", "cont_88", "Bea Cooper"] {
        assert!(questions.contains(id), "{id}: {questions}");
    }
    // What was decided is a question no more.
    world.write(
        "contacts.csv",
        &before.replace(&open(&ben), &ben.contact_row()),
    );
    world.run(&["match"]).exits(0);
    assert!(!world.path().join("candidates.csv").exists());
}

/// A hundred people of whom twenty share a name: none is mapped by guess.
#[test]
fn name_alone_is_never_filled_in() {
    let mut rows = String::new();
    let mut people = String::new();
    for n in 10..110 {
        let name = match n % 5 {
            0 => "Sam Hill".to_owned(),
            _ => format!("Person {n}"),
        };
        people.push_str(&format!(
            "Chat {n},{name},contact,+3538612300{n:03},lead_x{n},cont_x{n},\n"
        ));
        // Of every other one the number is known.
        let phone = match n % 2 {
            0 => format!("+3538612300{n:03}"),
            _ => String::new(),
        };
        rows.push_str(&format!("Chat {n},{name},contact,{phone},,,\n"));
    }
    let world = world(&rows, &people);
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!(run.number("filled"), 50);
    assert_eq!(run.number("questions"), 50);
    let table = table(&world);
    for n in 10..110 {
        let line = table
            .lines()
            .find(|line| line.starts_with(&format!("Chat {n},")));
        let line = line.expect("a row");
        assert_eq!(
            line.contains(&format!("lead_x{n},cont_x{n}")),
            n % 2 == 0,
            "{line}"
        );
        assert_eq!(line.contains("lead_"), n % 2 == 0, "{line}");
    }
}

/// Nobody is asked about who is private, and what somebody filled in stays.
#[test]
fn private_contact_is_never_looked_up() {
    let rows = [
        open(&scenes::ben()).replace("\n", "private\n"),
        open(&scenes::cleo()),
        scenes::dora()
            .contact_row()
            .replace(&scenes::dora().contact, ""),
    ];
    let world = world(&rows.concat(), "");
    world.write("never.txt", "Cleo Marsh\n");
    let before = table(&world);
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!((run.number("filled"), run.number("left_out")), (0, 2));
    assert_eq!((searches(&world), table(&world)), (0, before));
    for name in ["Ben", "Cleo"] {
        assert!(
            !run.stdout.contains(name) && !run.stderr.contains(name),
            "{name}"
        );
    }
}

#[test]
fn foreign_file_stops_match_before_writing() {
    let ben = scenes::ben();
    let world = world(&open(&ben), "");
    world.write("candidates.csv", "name,vote\nMay,3\n");
    let before = table(&world);
    world
        .run(&["match"])
        .exits(2)
        .says("is not a table of candidates");
    assert_eq!(table(&world), before);
}

/// Numbers come from the phone's own address book, of three forms, and lead to Close.
#[test]
fn address_book_provides_numbers() {
    let nameless: String = (scenes::rich().iter())
        .map(|chat| open(chat).replace(&chat.phone, ""))
        .collect();
    for (name, book) in [
        (
            "book.vcf",
            "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL:+353 86 123 4501\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353 86 123 4502\nTEL:+353 86 123 4509\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nN:Quist;Dora;;;\nTEL:00353861234503\nEND:VCARD\n",
        ),
        (
            "google.csv",
            "First Name,Last Name,Phone 1 - Value,Phone 2 - Value\nBen,Cooper,+353861234501,\n\
             Cleo,Marsh,+353861234502,+353861234509\nDora,Quist,+353 86 1234503,\n",
        ),
        (
            "outlook.csv",
            "First Name,Last Name,Business Phone,Mobile Phone\nBen,Cooper,,+353861234501\n\
             Cleo,Marsh,+353861234502,+353861234509\nDora,Quist,,+353 86 1234503\n",
        ),
    ] {
        let world = world(&nameless, "");
        world.write(name, book);
        let run = world
            .run(&["match", "--address-book", name, "--json"])
            .exits(0);
        assert_eq!(
            (run.number("phones"), run.number("filled")),
            (3, 3),
            "{name}"
        );
        assert_eq!(run.number("questions"), 0, "{name}");
        let table = table(&world);
        // Of Cleo's two numbers one is in Close.
        for chat in scenes::rich() {
            assert!(table.contains(&chat.contact_row()), "{table}");
        }
    }
    let world = world(&nameless, "");
    world.write("x.csv", "a,b\n1,2\n");
    world
        .run(&["match", "--address-book", "x.csv"])
        .exits(2)
        .says("not a supported address book");
}

/// What a rep should export: who is a customer and in the phone; run again it ticks off.
#[test]
fn checklist_names_chats_to_export() {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo()]);
    let everybody = contacts(&scenes::rich());
    built.seed = Some(Seed::from_contacts_csv(&everybody).expect("a seed"));
    let world = built.world();
    // The last of them is no customer, and is not told to Close's users either.
    world.write(
        "book.csv",
        "Name,Phone\nBen,+353861234501\nCleo Marsh,+353861234502\nDora Q,+353861234503\nMum,+353861234599\n",
    );
    let list = || {
        let output = world
            .run(&["checklist", "--address-book", "book.csv"])
            .exits(0);
        output.stdout
    };
    let before = list();
    let lines: Vec<&str> = before.lines().collect();
    assert_eq!(lines.len(), 4, "{before}");
    for (line, name, exported) in [
        (lines[1], "Ben Cooper,+353861234501", "yes"),
        (lines[2], "Cleo Marsh,+353861234502", "yes"),
        (lines[3], "Dora Quist,+353861234503", "no"),
    ] {
        assert!(
            line.starts_with(name) && line.contains(&format!(",{exported},")),
            "{line}"
        );
    }
    assert!(lines[1].contains("more than 30 days old"), "{before}");
    crate::kit::archive::put_zip(&scenes::dora(), &world.exports());
    // Its row is there, and lacks a lead.
    let open = open(&scenes::dora());
    let rows = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write("contacts.csv", &format!("{rows}{open}"));
    world.write(
        "book.csv",
        "Name,Phone\nDora Quist,+353861234503\nCleo Marsh,+353861234502\n",
    );
    world.write("never.txt", "Cleo Marsh\n");
    let after = list();
    assert_eq!(after.lines().count(), 2, "{after}");
    assert!(
        after.contains(",yes,") && !after.contains("Cleo"),
        "{after}"
    );
    assert_eq!(world.server.state.message_count(), 0);
}

/// A group's subject is nobody's name; its anchor is found by number alone.
#[test]
fn group_subject_is_not_a_contact_name() {
    let ben = scenes::ben();
    let group = |phone: &str| format!("Ben Cooper,*,contact,{phone},,,,\n");
    let world = world(&group(""), "");
    world.write("book.csv", "Name,Phone\nBen Cooper,+353861234501\n");
    let run = world
        .run(&["match", "--address-book", "book.csv", "--json"])
        .exits(0);
    assert_eq!((run.number("phones"), run.number("questions")), (0, 0));
    let world = self::world(&group(&ben.phone), "");
    assert_eq!(world.run(&["match", "--json"]).exits(0).number("filled"), 1);
    assert!(table(&world).contains(&format!("{},{}", ben.lead, ben.contact)));
}

/// A table that is sorted while Close is asked would get one customer's ids into another one's row.
#[test]
fn table_changed_during_match_is_not_overwritten() {
    let rows: String = scenes::rich().iter().map(open).collect();
    let world = world(&rows, "");
    let mut turned: Vec<String> = scenes::rich().iter().map(open).collect();
    turned.reverse();
    let turned = format!("{HEADER}{}{}", me(), turned.concat());
    let (path, text) = (world.path().join("contacts.csv"), turned.clone());
    world.server.rule(move |seen, _| {
        if seen.path.contains("/data/search/") {
            fs::write(&path, &text).expect("written");
        }
        Fault::None
    });
    let output = world.run(&["match"]).exits(2);
    output.says("was changed during the look-ups");
    assert!(!output.stdout.contains("lead_"), "{}", output.stdout);
    assert_eq!(table(&world), turned);
}

/// What never.txt names by number is not looked up, and its number is written nowhere.
#[test]
fn number_on_never_txt_is_not_looked_up() {
    for second in ["", "TEL:+353861234599\n"] {
        let cleo = open(&scenes::cleo()).replace("+353861234502", "");
        let world = world(&cleo, "");
        world.write("never.txt", "+353861234502\n");
        world.write(
            "book.vcf",
            &format!(
                "BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353861234502\n{second}END:VCARD\n"
            ),
        );
        let run = world
            .run(&["match", "--address-book", "book.vcf", "--json"])
            .exits(0);
        assert_eq!(run.number("left_out"), 1);
        assert_eq!(searches(&world), 0);
        assert!(!world.path().join("candidates.csv").exists());
    }
}

/// What a person said in the configuration, or in another row of the chat, stays.
#[test]
fn filled_cells_stay() {
    let ben = scenes::ben();
    let whole = ben
        .contact_row()
        .replace("Ben Cooper,Ben Cooper", "Ben Cooper,*");
    let world = world(&format!("{whole}{}", open(&ben)), "");
    let before = table(&world);
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!(run.number("filled"), 0);
    assert_eq!(table(&world), before);
}

/// A card with a number that cannot be understood, a fax, an assistant: none of them is the one
/// number of a name.
#[test]
fn only_number_of_a_card_is_used() {
    let ben = scenes::ben();
    let empty = open(&ben).replace("+353861234501", "");
    for book in [
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL;TYPE=WORK:+353861234502\nTEL;TYPE=CELL:0151 x\nEND:VCARD\n",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL;TYPE=FAX:+353861234502\nEND:VCARD\n",
        "First Name,Last Name,Assistant's Phone\nBen,Cooper,+353861234502\nZoe,Hart,+353861234599\n",
    ] {
        let world = world(&empty, "");
        let before = table(&world);
        world.write("book.txt", book);
        world.run(&["match", "--address-book", "book.txt"]);
        assert_eq!(table(&world), before, "{book}");
    }
}

/// A number that people of several names have, and a name that several chats have: nobody is taken
/// by it, and candidates.csv says why.
#[test]
fn ambiguous_number_is_a_candidate() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let nameless = |chat: &Chat| open(chat).replace(&chat.phone, "");
    for (rows, book, why) in [
        (
            format!("{}{}", nameless(&ben), nameless(&cleo)),
            "First Name,Last Name,Business Phone,Company Main Phone\n\
             Ben,Cooper,+353861234501,\nCleo,Marsh,+353861234501,+353861234599\n",
            "\"the address book, for several people\"",
        ),
        (
            format!(
                "{}{}",
                nameless(&ben),
                nameless(&ben).replacen("Ben Cooper", "Ben Cooper #2", 1)
            ),
            "Name;Phone\nBen Cooper;+353861234501\n",
            "\"the address book, for several chats\"",
        ),
    ] {
        let world = world(&rows, "");
        let before = table(&world);
        world.write("book.csv", book);
        let run = world
            .run(&["match", "--address-book", "book.csv", "--json"])
            .exits(0);
        assert_eq!((run.number("phones"), run.number("filled")), (0, 0));
        assert_eq!(run.number("questions"), 2);
        assert_eq!(table(&world), before);
        let questions = fs::read_to_string(world.path().join("candidates.csv")).expect("a table");
        assert_eq!(questions.matches(why).count(), 2, "{questions}");
        let is_number = |line: &&str| line.contains(why) && line.contains("+353861234501");
        assert_eq!(
            questions.lines().filter(is_number).count(),
            2,
            "{questions}"
        );
        assert!(!questions.contains("+353861234599"), "{questions}");
    }
}

/// What a spreadsheet does to a table is undone where there is no doubt, and filled in beside.
#[test]
fn table_saved_by_a_spreadsheet_is_filled_in() {
    let ben = scenes::ben();
    let table_of =
        |phone: &str| format!("{HEADER}{}{}", me(), open(&ben).replace(&ben.phone, phone));
    let apostrophe = table_of(&format!("'{}", ben.phone));
    for text in [
        table_of(&ben.phone).replace('\n', "\r"),
        apostrophe,
        table_of(&format!("\"=\"\"{}\"\"\"", ben.phone)),
        table_of(&ben.phone[1..]),
        format!("sep=,\r\n{}", table_of(&ben.phone).replace('\n', "\r\n")),
        format!("sep=;\n{}", table_of(&ben.phone).replace(',', ";")),
        table_of(&ben.phone).replace("contact,+353861234501,,,,", "contact,+353861234501,,,,,,,"),
    ] {
        let world = world("", &ben.contact_row());
        world.write("contacts.csv", &text);
        let run = world.run(&["match", "--json"]).exits(0);
        assert_eq!(run.number("filled"), 1, "{text}");
        let ids = [&ben.lead, &ben.contact].map(String::as_str);
        let after = table(&world);
        assert!(ids.iter().all(|id| after.contains(id)), "{after}");
        assert_eq!(
            ids.iter()
                .fold(after.clone(), |text, id| text.replace(id, ""))
                .replace('"', ""),
            text.replace('"', "")
        );
    }
    // A number that is no whole one is named by its cell, and not shown.
    let world = world("", &ben.contact_row());
    world.write("contacts.csv", &table_of("15123456790"));
    let output = world.run(&["match"]).exits(2);
    output.says("contacts.csv:3: phone has no +");
    assert!(!output.stderr.contains("15123456790"));
}

/// A pilot is not the whole.
#[test]
fn status_after_a_pilot_reports_the_rest() {
    let world = crate::kit::World::new(scenes::rich());
    world.run(&["import", "--yes", "--pilot"]).exits(0);
    world.run(&["status"]).exits(0).says("imports the rest");
    world.import().exits(0);
    world
        .run(&["status"])
        .exits(0)
        .says("all there; `chatferry verify` compares them");
}

/// Nothing to import is no all-clear.
#[test]
fn doctor_reports_an_empty_migration() {
    let ben = open(&scenes::ben());
    let world = world(&ben, "");
    world.run(&["doctor"]).exits(3).says("none is ready");
}

/// Two chats whose rows have one phone, as when a row got its neighbour's: two people, unless their
/// archives have something in common.
#[test]
fn two_names_of_one_number_are_held_unless_they_are_one_person() {
    let table = |keys: [&str; 2]| {
        format!(
            "chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n\
             *,Anna Example,me,+4915112345678,,,user_anna,\n\
             Ben Cooper,Ben Cooper,contact,+353861234501,lead_01,cont_01,,{}\n\
             Cleo,Cleo,contact,+353861234501,lead_01,cont_01,,{}\n",
            keys[0], keys[1]
        )
    };
    let chat = |name: &str, texts: [&str; 3]| {
        Chat::android(name, 1)
            .say("2024-03-13 10:01", They, texts[0])
            .say("2024-03-14 10:02", Me, texts[1])
            .say("2024-03-16 10:02", They, texts[2])
    };
    let mut built = Built::new(vec![
        chat("Ben Cooper", ["b one", "b two", "b three"]),
        chat("Cleo", ["c one", "c two", "c three"]),
    ]);
    built.contacts = Some(table(["", ""]));
    let world = built.world();
    let plan = world.run(&["plan"]).exits(0);
    plan.says("\"Ben Cooper\" and \"Cleo\" have the same phone");
    plan.says("\"Cleo\" and \"Ben Cooper\" have the same phone");
    plan.says("give both rows the same chat_key");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("held")), (0, 6));
    // Somebody says that they are one.
    world.write("contacts.csv", &table(["ben", "ben"]));
    assert_eq!(world.import().exits(0).number("created"), 6);
    // An older name of the same person: the history is in both.
    let mut built = Built::new(vec![
        chat("Ben Cooper", ["one", "two", "three"]),
        chat("Cleo", ["one", "two", "else"]),
    ]);
    built.contacts = Some(table(["", ""]));
    let run = built.world().import().exits(0);
    assert_eq!((run.number("created"), run.number("held")), (4, 0));
}

/// A name leads to somebody whose number in Close is on never.txt: they are no candidate either.
#[test]
fn candidate_whose_number_in_close_is_listed_is_left_out() {
    let cleo = open(&scenes::cleo()).replace("+353861234502", "");
    let listed = world(&cleo, "");
    listed.write("never.txt", "+353861234502\n");
    let run = listed.run(&["match", "--json"]).exits(0);
    assert_eq!((run.number("left_out"), run.number("questions")), (1, 0));
    assert!(!listed.path().join("candidates.csv").exists());
    // Another one of that name stays a question.
    let other = scenes::cleo()
        .contact_row()
        .replace("+353861234502", "+353861234588")
        .replace("_02", "_88");
    let two = world(&cleo, &other.replacen("Cleo Marsh", "Cleo M", 1));
    two.write("never.txt", "+353861234502\n");
    let run = two.run(&["match", "--json"]).exits(0);
    assert_eq!((run.number("left_out"), run.number("questions")), (0, 1));
    let questions = fs::read_to_string(two.path().join("candidates.csv")).expect("a table");
    assert!(questions.contains("_88") && !questions.contains(&scenes::cleo().contact));
}

/// Two people of one name in the address book: the chat of that name ticks off the one whose number
/// it is mapped to, and nobody where that is not known.
#[test]
fn checklist_does_not_check_off_a_namesake() {
    let sam = |name: &str, n: u32| {
        format!("{name},{name},contact,+35386123450{n},lead_0{n},cont_0{n},,\n")
    };
    let mut built = Built::new(vec![
        Chat::android("Sam", 1)
            .say("2024-03-13 10:01", They, "one")
            .say("2024-03-13 10:02", Me, "two"),
    ]);
    let seed = format!("{HEADER}{}{}{}", me(), sam("Sam A", 1), sam("Sam B", 2));
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    built.contacts = Some(format!("{HEADER}{}{}", me(), sam("Sam", 1)));
    let world = built.world();
    world.write(
        "book.csv",
        "Name,Phone\nSam,+353861234501\nSam,+353861234502\n",
    );
    let ticked = |book: &str| {
        let list = world.run(&["checklist", "--address-book", book]).exits(0);
        let lines = list.stdout.lines().skip(1);
        let ticked: Vec<bool> = lines.map(|line| line.contains(",yes,")).collect();
        ticked
    };
    assert_eq!(ticked("book.csv"), [true, false]);
    // Not mapped: it may be either.
    world.write("contacts.csv", &format!("{HEADER}{}", me()));
    assert_eq!(ticked("book.csv"), [false, false]);
    // One number has the name, and the chat has none, or is mapped to another one.
    world.write("one.csv", "Name,Phone\nSam,+353861234502\n");
    assert_eq!(ticked("one.csv"), [false]);
    let list = world
        .run(&["checklist", "--address-book", "one.csv"])
        .exits(0);
    assert!(list.stdout.contains(",perhaps,"), "{}", list.stdout);
    let phone = "Sam,Sam,contact,+353861234501,,,,\n";
    world.write("contacts.csv", &format!("{HEADER}{}{phone}", me()));
    assert_eq!(ticked("one.csv"), [false]);
}

/// A card with two numbers, and a chat of that name whose row has none: it may be of either.
#[test]
fn checklist_reports_a_chat_without_a_number_as_perhaps() {
    let ben = scenes::ben();
    let mut built = Built::new(vec![ben.clone()]);
    built.seed = Some(Seed::from_contacts_csv(&contacts(&scenes::rich())).expect("a seed"));
    let open = open(&ben).replace(&ben.phone, "");
    built.contacts = Some(format!("{HEADER}{}{open}", me()));
    let world = built.world();
    world.write(
        "book.csv",
        "Name,Phone\nBen Cooper,+353861234501\nBen Cooper,+353861234577\nCleo Marsh,+353861234502\n",
    );
    let list = ["checklist", "--address-book", "book.csv"];
    let output = world.run(&list).exits(0);
    let lines: Vec<&str> = output.stdout.lines().skip(1).collect();
    assert!(
        lines[0].starts_with("Ben Cooper,") && lines[0].contains(",perhaps,"),
        "{}",
        output.stdout
    );
    assert!(lines[1].contains(",no,"), "{}", output.stdout);
    output.says("0 exported, 1 perhaps, 1 still to export");
    // Mapped to the other number.
    let other = open.replace(",contact,,", ",contact,+353861234577,");
    world.write("contacts.csv", &format!("{HEADER}{}{other}", me()));
    let output = world.run(&list).exits(0);
    assert!(!output.stdout.contains("perhaps"), "{}", output.stdout);
    // A private chat is not named.
    world.write(
        "contacts.csv",
        &format!("{HEADER}{}{}", me(), open.replace(",\n", ",private\n")),
    );
    let output = world.run(&list).exits(0);
    assert!(!output.stdout.contains("Ben"), "{}", output.stdout);
}
