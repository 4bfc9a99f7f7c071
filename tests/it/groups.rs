//! Groups: `groups = "anchor"` imports them on the lead of the contact in their row with participant `*`.

use std::fs;

use crate::kit::databases::{self, Android};
use crate::kit::{Built, World, archive};

const CREATED: &str = "13/03/2024, 09:00 - Rita Sol created group \"Roof\"\n";

/// What Anna's phone exports: Theo is known by his number, Rita is not.
fn annas(more: &str) -> String {
    format!(
        "{CREATED}13/03/2024, 10:00 - Theo Marsh: who brings the ladder?\n\
         13/03/2024, 10:01 - Anna Example: me\n\
         13/03/2024, 10:01 - Rita Sol: me\n\
         13/03/2024, 10:02 - Ben Ortiz: and I the *rope*\n{more}"
    )
}

fn contacts(key: &str) -> String {
    format!(
        "device,chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n\
         anna,*,Anna Example,me,+4915112345678,,,user_anna,\n\
         ben,*,Ben Ortiz,me,+12025550123,,,user_ben,\n\
         ,Roof,*,contact,+353861230001,lead_01,cont_01,,{key}\n\
         ,Roof,Theo Marsh,contact,+447700900101,,,,\n"
    )
}

fn world(import: &str, contacts: &str) -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(contacts.to_owned());
    let world = built.world();
    fs::create_dir(world.path().join("ben")).expect("made");
    configure(&world, &format!("{DEVICE_OF_ANNA}{DEVICE_OF_BEN}"), import);
    world
}

const DEVICE_OF_ANNA: &str =
    "[[device]]\nname = \"anna\"\narchives = [\"exports\"]\nowner = [\"Anna Example\"]\n";
const DEVICE_OF_BEN: &str =
    "[[device]]\nname = \"ben\"\narchives = [\"ben\"]\nowner = [\"Ben Ortiz\"]\n";

fn configure(world: &World, devices: &str, import: &str) {
    let config = format!(
        "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n{devices}\
         [import]\ncontacts = \"contacts.csv\"\n{import}\n\
         [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n"
    );
    world.write("chatferry.toml", &config);
}

/// The table with Anna's phone alone, in which Ben is a member like the others.
fn contacts_of_anna() -> String {
    let is_of_ben = |line: &&str| line.starts_with("ben,");
    let all = contacts("roof");
    let lines: Vec<&str> = all.lines().filter(|line| !is_of_ben(line)).collect();
    lines.join("\n") + "\n"
}

fn put(world: &World, folder: &str, subject: &str, text: &str) {
    let name = format!("WhatsApp Chat with {subject}");
    let zip = archive::zip_of(&[(format!("{name}.txt"), text.to_owned())]);
    fs::write(world.path().join(folder).join(format!("{name}.zip")), zip).expect("written");
}

/// Direction, number of the other side, own number, user, text.
fn held(world: &World) -> Vec<(String, String, String, String, String)> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages
        .into_iter()
        .map(|m| {
            let user = m.user_id.unwrap_or_default();
            (m.direction, m.remote_phone, m.local_phone, user, m.markdown)
        })
        .collect()
}

fn row(values: [&str; 5]) -> (String, String, String, String, String) {
    let [direction, remote, local, user, text] = values.map(str::to_owned);
    (direction, remote, local, user, text)
}

const ANCHOR: &str = "+353861230001";
const ANNA: &str = "+4915112345678";

fn expected() -> Vec<(String, String, String, String, String)> {
    vec![
        row([
            "incoming",
            "+447700900101",
            ANNA,
            "user_anna",
            "*Theo Marsh*\nwho brings the ladder?",
        ]),
        row(["outgoing", ANCHOR, ANNA, "user_anna", "me"]),
        row(["incoming", ANCHOR, ANNA, "user_anna", "*Rita Sol*\nme"]),
        row([
            "outgoing",
            ANCHOR,
            "+12025550123",
            "user_ben",
            "and I the *rope*",
        ]),
    ]
}

#[test]
fn group_is_imported_on_the_lead_of_its_anchor() {
    let world = world("groups = \"anchor\"", &contacts("roof"));
    put(&world, "exports", "Roof", &annas(""));
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 4, "{}", run.stderr);
    assert_eq!(held(&world), expected());
    let messages = world.server.state.messages();
    assert!(messages.iter().all(|m| m.lead_id == "lead_01"));
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
    // A newer export appends.
    let more = "14/03/2024, 08:00 - Rita Sol: done\n";
    put(&world, "exports", "Roof", &annas(more));
    assert_eq!(world.import().exits(0).number("created"), 1);
}

/// Ben's phone shows the same messages, under the names that he has given, and himself as owner.
#[test]
fn group_of_two_devices_is_posted_once() {
    let bens = "13/03/2024, 09:00 - Rita created group \"Roof\"\n\
                13/03/2024, 10:00 - +44 7700 900101: who brings the ladder?\n\
                13/03/2024, 10:01 - Anna Example: me\n\
                13/03/2024, 10:01 - Rita (roofer): me\n\
                13/03/2024, 10:02 - Ben Ortiz: and I the *rope*\n\
                13/03/2024, 10:05 - Rita (roofer): bring gloves\n";
    let world = world("groups = \"anchor\"", &contacts("roof"));
    put(&world, "exports", "Roof", &annas(""));
    put(&world, "ben", "Roof", bens);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 5, "{}", run.stderr);
    let texts: Vec<String> = held(&world).into_iter().map(|row| row.4).collect();
    let said = |text: &str| texts.iter().filter(|held| held.ends_with(text)).count();
    assert_eq!((said("ladder?"), said("rope*"), said("gloves")), (1, 1, 1));
    assert_eq!(said("me"), 2);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// Rita has another name on each phone; only the database of the second one has her number. In the minutes of the text exports
/// each of her words has a namesake, so that no text identified her there, and her messages were posted twice.
#[test]
fn member_known_by_number_in_a_database_is_one_person() {
    let table = contacts("roof") + ",Rita Sol,Rita Sol,contact,+447700900321,lead_02,cont_02,,\n";
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    let bens = annas("").replace("Rita Sol:", "Rita (roofer):");
    put(&world, "ben", "Roof", &bens);
    let mut database = Android::new(&world.path().join("ben"));
    let roof = database.chat("120363000000000001@g.us", Some("Roof"));
    let rita = Some("447700900321@s.whatsapp.net");
    for (sender, at, text) in [
        (
            Some("447700900101@s.whatsapp.net"),
            0,
            "who brings the ladder?",
        ),
        (Some("4915112345678@s.whatsapp.net"), 1, "me"),
        (rita, 1, "me"),
        (None, 2, "and I the *rope*"),
        (rita, 9, "done"),
    ] {
        let row = database.row_by(roof, 0, Some(text), sender);
        // From 10:00 in Berlin.
        let at: i64 = (1_710_320_407 + at * 60) * 1000;
        let from_me = i32::from(sender.is_none());
        database.sql(&format!(
            "UPDATE message SET timestamp = {at}, from_me = {from_me} WHERE _id = {row}"
        ));
    }
    databases::database(
        &world.path().join("ben/wa.db"),
        "CREATE TABLE wa_contacts(jid TEXT, display_name TEXT, wa_name TEXT, number TEXT);
         INSERT INTO wa_contacts VALUES ('447700900321@s.whatsapp.net', 'Rita (roofer)', NULL, NULL);",
    );
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 5, "{}", run.stderr);
    let of_rita: Vec<_> = held(&world)
        .into_iter()
        .filter(|row| row.1 == "+447700900321")
        .collect();
    assert_eq!(of_rita.len(), 2, "{of_rita:?}");
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// A row gives Rita the number of Theo by mistake: each message still shows who wrote it.
#[test]
fn members_with_one_number_by_mistake_keep_their_names() {
    let table = format!(
        "{},Roof,Rita Sol,contact,+447700900101,,,,\n",
        contacts("roof")
    );
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    let more = "13/03/2024, 11:00 - Rita Sol: done\n";
    put(&world, "ben", "Roof", &annas(more));
    world.import().exits(0);
    let texts: Vec<String> = held(&world).into_iter().map(|row| row.4).collect();
    for text in [
        "*Theo Marsh*\nwho brings the ladder?",
        "*Rita Sol*\nme",
        "*Rita Sol*\ndone",
    ] {
        assert!(texts.iter().any(|held| held == text), "{texts:?}");
    }
}

/// The owner writes a member's words in the member's minute, and the member's message is left out or deleted in the newer
/// export: the member's activity became the owner's.
#[test]
fn record_of_a_member_is_never_taken_for_the_owners_message() {
    let members = "13/03/2024, 11:00 - Rita Sol: Congratulations!\n";
    let own = "13/03/2024, 11:00 - Anna Example: Congratulations!\n";
    let deleted = "13/03/2024, 11:00 - Rita Sol: This message was deleted\n";
    let ignored = format!("{},Roof,Rita Sol,ignore,,,,,\n", contacts("roof"));
    for (newer, table) in [
        (format!("{deleted}{own}"), contacts("roof")),
        (format!("{members}{own}"), ignored),
        (format!("{members}{own}"), contacts("roof")),
    ] {
        let world = world("groups = \"anchor\"", &contacts("roof"));
        put(&world, "exports", "Roof", &annas(members));
        assert_eq!(world.import().exits(0).number("created"), 5);
        world.write("contacts.csv", &table);
        put(&world, "exports", "Roof", &annas(&newer));
        let run = world.import().exits(0);
        let counts = (run.number("created"), run.number("updated"));
        assert_eq!(counts, (1, 0), "{newer} {}", run.stderr);
        let held = held(&world);
        let of = |text: &str| held.iter().filter(|row| row.4 == text).count();
        assert_eq!(
            (of("Congratulations!"), of("*Rita Sol*\nCongratulations!")),
            (1, 1)
        );
    }
}

/// Theo writes Rita's words in her minute, and her message is left out or deleted in the newer export. Records have no author:
/// Theo's message took hers, and was never posted.
#[test]
fn words_of_a_member_that_another_one_writes_in_the_same_minute_are_two_messages() {
    let rita = "13/03/2024, 11:00 - Rita Sol: Congratulations!\n";
    let theo = "13/03/2024, 11:00 - Theo Marsh: Congratulations!\n";
    let deleted = "13/03/2024, 11:00 - Rita Sol: This message was deleted\n";
    let ignored = format!("{},Roof,Rita Sol,ignore,,,,,\n", contacts("roof"));
    let anchor = "groups = \"anchor\"";
    let as_text = "groups = \"anchor\"\ndeleted_before_import = \"text\"";
    for (newer, table, import) in [
        (format!("{deleted}{theo}"), contacts("roof"), anchor),
        (format!("{theo}{deleted}"), contacts("roof"), anchor),
        (format!("{theo}{deleted}"), contacts("roof"), as_text),
        (format!("{rita}{theo}"), ignored.clone(), anchor),
        (format!("{deleted}{theo}"), ignored, anchor),
    ] {
        for is_lost in [false, true] {
            let world = world(import, &contacts("roof"));
            put(&world, "exports", "Roof", &annas(rita));
            assert_eq!(world.import().exits(0).number("created"), 5);
            world.write("contacts.csv", &table);
            put(&world, "exports", "Roof", &annas(&newer));
            if is_lost {
                world.forget();
            }
            let run = world.import().exits(0);
            assert_eq!(run.number("created"), 1, "{newer} {}", run.stderr);
            let held = held(&world);
            for text in [
                "*Theo Marsh*\nCongratulations!",
                "*Rita Sol*\nCongratulations!",
            ] {
                let number = held.iter().filter(|row| row.4 == text).count();
                assert_eq!(number, 1, "{text} {newer}");
            }
            assert_eq!(world.import().exits(0).number("created"), 0);
        }
    }
}

/// Nothing of what Ben wrote has the recorded content: his photo was exported without files, and his text is edited since.
#[test]
fn photo_and_edited_text_of_a_colleague_whose_phone_is_added_are_corrected() {
    let world = world("groups = \"anchor\"", &contacts("roof"));
    configure(&world, DEVICE_OF_ANNA, "groups = \"anchor\"");
    world.write("contacts.csv", &contacts_of_anna());
    let older = annas("").replace("Ben Ortiz: and I the *rope*", "Ben Ortiz: <Media omitted>")
        + "13/03/2024, 10:09 - Ben Ortiz: at nine\n";
    put(&world, "exports", "Roof", &older);
    assert_eq!(world.import().exits(0).number("created"), 5);
    let both = format!("{DEVICE_OF_ANNA}{DEVICE_OF_BEN}");
    configure(&world, &both, "groups = \"anchor\"");
    world.write("contacts.csv", &contacts("roof"));
    let newer = older.replace("at nine", "at ten <This message was edited>");
    put(&world, "exports", "Roof", &newer);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 0, "{}", run.stderr);
    let of_ben = held(&world)
        .into_iter()
        .filter(|row| row.2 == "+12025550123");
    assert_eq!(of_ben.count(), 2);
}

/// Ben is a member when the group is imported. Then his phone is added: his messages become his own.
#[test]
fn messages_of_a_colleague_whose_phone_is_added_are_corrected() {
    for is_lost in [false, true] {
        let world = world("groups = \"anchor\"", &contacts("roof"));
        configure(&world, DEVICE_OF_ANNA, "groups = \"anchor\"");
        world.write("contacts.csv", &contacts_of_anna());
        put(&world, "exports", "Roof", &annas(""));
        assert_eq!(world.import().exits(0).number("created"), 4);
        assert_eq!(held(&world)[3].0, "incoming");

        let both = format!("{DEVICE_OF_ANNA}{DEVICE_OF_BEN}");
        configure(&world, &both, "groups = \"anchor\"");
        world.write("contacts.csv", &contacts("roof"));
        if is_lost {
            world.forget();
        }
        let run = world.import().exits(0);
        let counts = (run.number("created"), run.number("updated"));
        assert_eq!(counts, (0, 1), "{is_lost} {}", run.stderr);
        assert_eq!(held(&world), expected(), "{is_lost}");
        let again = world.import().exits(0);
        assert_eq!((again.number("created"), again.number("updated")), (0, 0));
        let verdict = world.run(&["verify", "--json"]).exits(0);
        assert_eq!(verdict.number("same"), 4, "{}", verdict.stderr);
    }
}

/// Without his phone in the configuration, Ben looks like a member. A person has to say who he is.
#[test]
fn messages_of_a_colleague_whose_phone_is_removed_are_not_posted_as_a_members() {
    for is_lost in [false, true] {
        let world = world("groups = \"anchor\"", &contacts("roof"));
        put(&world, "exports", "Roof", &annas(""));
        assert_eq!(world.import().exits(0).number("created"), 4);

        configure(&world, DEVICE_OF_ANNA, "groups = \"anchor\"");
        world.write("contacts.csv", &contacts_of_anna());
        if is_lost {
            world.forget();
        }
        let run = world.import();
        // With the notice of the group's beginning.
        assert_eq!(run.number("held"), 5, "{is_lost} {}", run.stderr);
        assert_eq!(held(&world), expected(), "{is_lost}");
    }
}

/// With a key of its own a group stays the same when its subject changes.
#[test]
fn renamed_group_with_a_chat_key_is_one_chat() {
    let table = contacts("roof");
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    world.import().exits(0);
    fs::remove_file(world.exports().join("WhatsApp Chat with Roof.zip")).expect("removed");
    let more = "14/03/2024, 08:00 - Rita Sol: done\n";
    put(&world, "exports", "Roof and gutter", &annas(more));
    world.write(
        "contacts.csv",
        &table.replace(",Roof,", ",Roof and gutter,"),
    );
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (1, 4));
}

/// Without one it is found again by what it says, and another group of the same anchor is not
/// taken for it.
#[test]
fn renamed_group_without_a_chat_key_is_one_chat() {
    let table = contacts("");
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    world.import().exits(0);
    fs::remove_file(world.exports().join("WhatsApp Chat with Roof.zip")).expect("removed");
    let more = "14/03/2024, 08:00 - Rita Sol: done\n";
    put(&world, "exports", "Roof and gutter", &annas(more));
    let cellar = "13/03/2024, 09:30 - Rita Sol created group \"Cellar\"\n\
                  13/03/2024, 10:00 - Theo Marsh: who has the key?\n\
                  13/03/2024, 10:01 - Anna Example: me\n\
                  13/03/2024, 10:02 - Rita Sol: no\n\
                  13/03/2024, 10:03 - Theo Marsh: fine\n";
    put(&world, "exports", "Cellar", cellar);
    let anchor = table
        .lines()
        .find(|line| line.starts_with(",Roof,*"))
        .expect("a row");
    let cellar = anchor.replace(",Roof,", ",Cellar,");
    let renamed = table.replace(",Roof,", ",Roof and gutter,");
    world.write("contacts.csv", &format!("{renamed}{cellar}\n"));
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (1 + 4, 4));
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// Someone unknown is renamed in the address book: the messages are the same ones.
#[test]
fn renamed_participant_duplicates_nothing() {
    let world = world("groups = \"anchor\"", &contacts("roof"));
    put(&world, "exports", "Roof", &annas(""));
    world.import().exits(0);
    put(
        &world,
        "exports",
        "Roof",
        &annas("").replace("Rita Sol", "Rita Roofer"),
    );
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (0, 4));
}

#[test]
fn group_without_a_row_is_held_and_by_default_left_out() {
    let bare = contacts("").replace(",Roof,*,contact", ",Shed,*,contact");
    let held_world = world("groups = \"anchor\"", &bare);
    put(&held_world, "exports", "Roof", &annas(""));
    let run = held_world.import().exits(0);
    run.says("a group without an anchor");
    assert_eq!((run.number("created"), run.number("held")), (0, 5));
    // A row for every chat makes nobody everybody's anchor.
    held_world.write(
        "contacts.csv",
        &bare.replace(",Shed,*,contact", ",*,*,contact"),
    );
    assert_eq!(held_world.import().exits(0).number("created"), 0);
    let skipped = world("", &contacts("roof"));
    put(&skipped, "exports", "Roof", &annas(""));
    let run = skipped.import().exits(0);
    assert_eq!((run.number("created"), run.number("skipped")), (0, 5));
}

/// Two people write, the notices are gone, and it is named after neither: the row says what it is.
#[test]
fn group_is_recognized_by_its_row() {
    let world = world("groups = \"anchor\"", &contacts("roof"));
    let text = "13/03/2024, 10:00 - Theo Marsh: who brings the ladder?\n\
                13/03/2024, 10:01 - Anna Example: me\n";
    put(&world, "exports", "Roof", text);
    world.import().exits(0);
    assert_eq!(held(&world), expected()[..2]);
}

/// An ignored participant is left out, and a photo without words bears its sender's name.
#[test]
fn ignored_participants_and_their_photos_are_left_out() {
    let table = format!("{},Roof,Rita Sol,ignore,,,,,\n", contacts("roof"));
    let world = world("groups = \"anchor\"", &table);
    let more = "13/03/2024, 10:09 - Theo Marsh: \u{200e}IMG-20240313-WA0001.jpg (file attached)\n";
    let folder = world.exports().join("WhatsApp Chat with Roof");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("WhatsApp Chat with Roof.txt"), annas(more)).expect("written");
    let photo = archive::jpeg(900, 1);
    fs::write(folder.join("IMG-20240313-WA0001.jpg"), photo).expect("written");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("uploads")), (4, 1));
    let last = held(&world).pop().expect("a message");
    assert_eq!(last.4, "*Theo Marsh*\n[image]");
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// A row with another role gave the participant no number, so that the messages had other ids and nothing listed them.
#[test]
fn messages_of_a_participant_who_is_ignored_later_are_listed() {
    let row = |role: &str| {
        format!(
            "{},Roof,Rita Sol,{role},+447700900321,,,,\n",
            contacts("roof")
        )
    };
    let world = world("groups = \"anchor\"", &row("contact"));
    put(&world, "exports", "Roof", &annas(""));
    let created = world.import().exits(0).number("created");
    world.write("contacts.csv", &row("ignore"));
    let plan = world.run(&["plan"]).exits(0);
    plan.says("In Close, although left out now");
    assert_eq!(world.import().exits(0).number("deleted"), 0);
    assert_eq!(held(&world).len() as u64, created);
}

/// The row of the group is not filled in, and there is one for everybody else: the group is held.
#[test]
fn anchor_that_is_not_filled_in_holds_the_group() {
    let table = contacts("").replace(
        ",Roof,*,contact,+353861230001,lead_01,cont_01,,\n",
        ",Roof,*,contact,,,,,\n,*,*,contact,+353861230001,lead_01,cont_01,,\n",
    );
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    let run = world.import().exits(0);
    run.says("a group without an anchor");
    assert_eq!(run.number("created"), 0);
}

/// The anchor's own chat says the same in the same minute, and is imported in another run.
#[test]
fn group_and_its_anchors_chat_are_two_chats() {
    let chat = "13/03/2024, 10:00 - Theo Marsh: who brings the ladder?\n\
                13/03/2024, 10:01 - Anna Example: me\n";
    let table = contacts("roof").replace("+353861230001", "+447700900101")
        + ",Theo Marsh,Theo Marsh,contact,+447700900101,lead_01,cont_01,,\n";
    for order in [["Theo Marsh", "Roof"], ["Roof", "Theo Marsh"]] {
        let world = world("groups = \"anchor\"", &table);
        for name in order {
            for file in fs::read_dir(world.exports()).expect("listed").flatten() {
                fs::remove_file(file.path()).expect("removed");
            }
            let text = if name == "Roof" {
                annas("")
            } else {
                chat.to_owned()
            };
            put(&world, "exports", name, &text);
            world.import().exits(0);
        }
        assert_eq!(held(&world).len(), 6, "{order:?}");
    }
}

/// In a group the messages of whoever is on never.txt are left out, and the others are not.
#[test]
fn participant_on_never_txt_is_left_out_of_a_group() {
    for list in ["anna: Ben Ortiz\nRita Sol\n", "+447700900101\n"] {
        let world = world("groups = \"anchor\"", &contacts(""));
        put(&world, "exports", "Roof", &annas(""));
        world.write("never.txt", list);
        let output = world.run(&["import", "--yes", "--json"]).exits(0);
        let texts: Vec<String> = held(&world).into_iter().map(|row| row.4).collect();
        let is_named = |name: &str| texts.iter().any(|text| text.contains(name));
        let by_name = list.contains("Rita");
        assert_eq!(is_named("Rita"), !by_name, "{texts:?}");
        assert_eq!(is_named("ladder"), by_name, "{texts:?}");
        assert_eq!(output.number("created"), texts.len() as u64);
    }
}

/// The anchor's own chat is on the same lead, under the same number.
#[test]
fn group_and_anchors_chat_are_adopted_after_the_checkpoint_was_lost() {
    let own = ",Rita Sol,Rita Sol,contact,+353861230001,lead_01,cont_01,,\n";
    let world = world("groups = \"anchor\"", &format!("{}{own}", contacts("roof")));
    put(&world, "exports", "Roof", &annas(""));
    let chat = "13/03/2024, 10:01 - Rita Sol: me\n13/03/2024, 10:05 - Anna Example: see you\n";
    put(&world, "exports", "Rita Sol", chat);
    let first = world.import().exits(0).number("created");
    let before = held(&world);
    for _ in 0..2 {
        world.forget();
        let again = world.import().exits(0);
        assert_eq!((again.number("created"), again.number("updated")), (0, 0));
    }
    assert_eq!((first, held(&world)), (6, before));
}

#[test]
fn group_is_found_on_its_former_lead_after_the_checkpoint_was_lost() {
    let other = ",Cleo Hart,Cleo Hart,contact,+353861230077,lead_77,cont_77,,\n";
    let table = contacts("roof") + other;
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    let first = world.import().exits(0).number("created");
    world.forget();
    world.write(
        "contacts.csv",
        &table.replace("lead_01,cont_01", "lead_77,cont_77"),
    );
    let moves = ["import", "--yes", "--json", "--allow-deletes", "99"];
    world.run(&moves).exits(0);
    let messages = world.server.state.messages();
    let leads = messages.iter().map(|message| message.lead_id.as_str());
    assert_eq!(leads.collect::<Vec<_>>(), vec!["lead_77"; first as usize]);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// A row of a member's own chat gives the number of a member of a group.
#[test]
fn corrected_number_of_a_member_updates_the_group() {
    let own = ",Rita Sol,Rita Sol,contact,+353861230077,lead_02,cont_02,,\n";
    let table = format!("{}{own}", contacts("roof"));
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    world.import().exits(0);
    world.write(
        "contacts.csv",
        &table.replace("+353861230077", "+353861230078"),
    );
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("held")), (1, 0));
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// The group's row still has the anchor's former number, which names no chat of two.
#[test]
fn corrected_number_of_the_anchor_after_the_checkpoint_was_lost() {
    let own = ",Rita Sol,Rita Sol,contact,+353861230001,lead_01,cont_01,,\n";
    let table = format!("{}{own}", contacts("roof"));
    let world = world("groups = \"anchor\"", &table);
    put(&world, "exports", "Roof", &annas(""));
    let chat = "13/03/2024, 10:03 - Rita Sol: me\n13/03/2024, 10:05 - Anna Example: see you\n\
                13/03/2024, 10:07 - Rita Sol: bring the long one\n";
    put(&world, "exports", "Rita Sol", chat);
    let first = world.import().exits(0).number("created");
    world.forget();
    let corrected = own.replace("+353861230001", "+353861230009");
    world.write("contacts.csv", &table.replace(own, &corrected));
    let again = world.import().exits(0);
    assert_eq!((first, again.number("created")), (7, 0));
    assert_eq!(held(&world).len(), 7);
    assert_eq!(world.import().exits(0).number("updated"), 0);
}
