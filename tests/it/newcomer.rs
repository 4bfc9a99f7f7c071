//! The journey of a new user, from README: init, match, fill in, doctor, plan, pilot, import, status, a
//! later archive, import again.

use std::fs;
use std::io::Write as _;

use chatferry::sandbox::{Fault, Seed};

use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, contacts};
use crate::kit::{Built, When, World, archive, scenes};

fn edit(world: &World, name: &str, changes: &[(&str, &str)]) {
    let path = world.path().join(name);
    let mut text = fs::read_to_string(&path).expect("a file");
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in {name}:\n{text}");
        text = text.replacen(from, to, 1);
    }
    fs::write(path, text).expect("written");
}

#[test]
fn newcomer_journey() {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo()]);
    let late = scenes::dora();
    // Close knows no user of the owner's name.
    let everybody = contacts(&scenes::rich()).replace("Anna Example", "Anna E.");
    built.seed = Some(Seed::from_contacts_csv(&everybody).expect("a seed"));
    let mut world = built.world();
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("the kit's own");
    }
    let run = |arguments: &[&str]| world.run(arguments);
    run(&["init", "exports"]).exits(0).says("contacts.csv");
    // The zone is whatever this machine has; the number is nobody's yet.
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    let (before, zone) = config
        .lines()
        .zip(config.lines().skip(1))
        .find(|(_, line)| line.starts_with("timezone = "))
        .expect("a zone");
    let zone = &format!("{before}\n{zone}");
    assert!(zone.contains("THIS"), "a person confirms the zone: {zone}");
    edit(
        &world,
        "chatferry.toml",
        &[
            (zone, "timezone = \"Europe/Berlin\""),
            ("local_phone = \"\"", "local_phone = \"+4915112345678\""),
            ("settle_seconds = 60", "settle_seconds = 0"),
            ("requests_per_second = 10", "requests_per_second = 1000"),
        ],
    );
    run(&["status"]).exits(0).says("0 ready, 2 to decide");
    run(&["plan", "--offline"]).exits(0).says("held");
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL:+353 86 123 4501\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Cleo Marsh\nTEL:+353 86 123 4502\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Dora Quist\nTEL:+353 86 123 4503\nEND:VCARD\n",
    );
    let matched = run(&["match", "--address-book", "book.vcf", "--json"]).exits(0);
    assert_eq!((matched.number("filled"), matched.number("phones")), (2, 2));
    // Whom the messages are of in Close is for a person to say.
    edit(&world, "contacts.csv", &[(",me,,,,,", ",me,,,,user_anna,")]);
    run(&["doctor"]).exits(0).says("of 2 chats are consistent");
    run(&["plan"])
        .exits(0)
        .says("Plan: 10 to post, 0 to change");
    let look = run(&["import", "--yes", "--json", "--limit", "3"]).exits(0);
    assert_eq!(look.number("created"), 3);
    let all = world.import().exits(0);
    assert_eq!((all.number("created"), all.number("unchanged")), (7, 3));
    world.assert_whole("after the first import");
    run(&["status"]).exits(0).says("10 messages of 2 chats");
    // A chat that is exported later.
    archive::put_zip(&late, &world.exports());
    run(&["plan"]).exits(0).says("held");
    run(&["init", "exports", "--update"])
        .exits(0)
        .says("Dora Quist");
    run(&["match", "--address-book", "book.vcf"]).exits(0);
    let later = world.import().exits(0);
    assert_eq!(
        (later.number("created"), later.number("unchanged")),
        (4, 10)
    );
    world.chats.push(late);
    world.assert_whole("after the second");
    world
        .run(&["status"])
        .exits(0)
        .says("all there; `chatferry verify` compares them; run `chatferry import` when");
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// One text, one file, one reply with what it answers; read back, and then the rest.
#[test]
fn pilot_posts_a_few_messages_and_reads_them_back() {
    let world = World::new(scenes::rich());
    let pilot = world
        .run(&["import", "--yes", "--json", "--pilot", "--details"])
        .exits(0);
    let created = pilot.number("created");
    assert_eq!(created, 3, "{}", pilot.stderr);
    for says in [
        "a text is correct in Close",
        "a reply is",
        "a message with files is",
        "3 of 3 messages",
    ] {
        pilot.says(says);
    }
    let held = world.server.state.messages();
    assert_eq!(
        held.iter()
            .filter(|message| message.response_to_id.is_some())
            .count(),
        1
    );
    assert_eq!(
        held.iter()
            .filter(|message| !message.attachments.is_empty())
            .count(),
        1
    );
    let all = world.import().exits(0);
    assert_eq!(
        all.number("created"),
        world.expected().len() as u64 - created
    );
    world.assert_whole("after the pilot and the rest");
    // With nothing left to post there is nothing to pilot.
    let again = world
        .run(&["import", "--yes", "--json", "--pilot"])
        .exits(0);
    assert_eq!(again.number("created"), 0);
    again.says("default: nothing is left to post");
}

/// What a pilot could not try is said, and a line in place of something is not taken for a text.
#[test]
fn pilot_reports_kinds_it_did_not_cover() {
    let world = World::new(vec![
        crate::kit::Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:00", They, "<Media omitted>")
            .say("2024-03-13 10:01", They, "words")
            .say("2024-03-13 10:02", Me, "more words"),
    ]);
    let pilot = world
        .run(&["import", "--yes", "--json", "--pilot", "--details"])
        .exits(0);
    assert_eq!(pilot.number("created"), 1, "{}", pilot.stderr);
    assert_eq!(world.server.state.messages()[0].markdown, "words");
    pilot.says("2 later, after the pilot");
    assert!(!pilot.stderr.contains("--limit"), "{}", pilot.stderr);
    pilot.says("default: not covered, since there is no message with a file and no reply to a message of the pilot");
    let limited = world.run(&["plan", "--limit", "1", "--details"]).exits(0);
    limited.says("1 later (`--limit`)");
}

/// A Close that holds something else than was sent is not gone on with unseen.
#[test]
fn pilot_reports_differences() {
    let world = World::new(vec![scenes::ben()]);
    world.server.rule(|seen, when| {
        let is_read = seen.method == "GET" && seen.path.contains("/whatsapp_message/acti_");
        match is_read && when == When::Received {
            true => Fault::Status(
                200,
                r#"{"id": "acti_1", "date_created": "2024-01-01T00:00:00Z", "message_markdown": "else"}"#.to_owned(),
            ),
            false => Fault::None,
        }
    });
    let output = world.run(&["import", "--yes", "--pilot"]).exits(3);
    output.says("differs in Close");
    output.says("message_markdown");
    assert!(!output.stderr.contains("secret-alpha"));
}

/// One folder a phone: init makes a device of each, where the owners tell them apart.
#[test]
fn folders_of_two_owners_are_two_devices() {
    let world = World::new(Vec::new());
    let put = |folder: &str, name: &str, owner: &str| {
        let folder = world.path().join("phones").join(folder);
        fs::create_dir_all(&folder).expect("made");
        let text =
            format!("13/03/2024, 10:00 - {name}: hello\n13/03/2024, 10:01 - {owner}: hello\n");
        fs::write(folder.join(format!("WhatsApp Chat with {name}.txt")), text).expect("written");
    };
    put("anna", "Theo Marsh", "Anna Example");
    put("anna", "Rita Sol", "Anna Example");
    put("ben", "Theo Marsh", "Ben Ortiz");
    put("ben", "Zoe Hart", "Ben Ortiz");
    let made = |dir: &str| {
        world.run(&["init", "phones", "--dir", dir]).exits(0);
        let read =
            |name: &str| fs::read_to_string(world.path().join(dir).join(name)).expect("a file");
        (read("chatferry.toml"), read("contacts.csv"))
    };
    let (config, table) = made("two");
    for block in [
        "name = \"anna\"\n",
        "owner = [\"Anna Example\"]",
        "name = \"ben\"\n",
        "owner = [\"Ben Ortiz\"]",
    ] {
        assert!(config.contains(block), "{config}");
    }
    assert!(
        table.contains("anna,Theo Marsh") && table.contains("ben,Theo Marsh"),
        "{table}"
    );
    let plan = world
        .run(&[
            "plan",
            "--offline",
            "--config",
            "two/chatferry.toml",
            "--details",
        ])
        .exits(0);
    plan.says("ben: Zoe Hart");
    // Two batches of one phone are one phone, and that is said.
    put("batch", "Ida Moor", "Anna Example");
    let (config, table) = made("three");
    assert!(!config.contains("name = \"batch\""), "{config}");
    assert!(config.contains("phones/batch\"]"), "{config}");
    assert!(table.contains("anna,Ida Moor"), "{table}");
    fs::remove_dir_all(world.path().join("phones/ben")).expect("removed");
    let (config, table) = made("one");
    assert!(!config.contains("[[device]]\nname"), "{config}");
    assert!(table.contains(",Ida Moor"), "{table}");
    world
        .run(&["init", "phones", "--dir", "said"])
        .exits(0)
        .says("The folders anna, batch are treated as one phone");
}

/// An export of a chat, as text.
fn put(world: &World, folder: &str, name: &str, lines: &str) {
    let folder = world.path().join(folder);
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join(format!("WhatsApp Chat with {name}.txt")), lines).expect("written");
}

fn read(world: &World, name: &str) -> String {
    fs::read_to_string(world.path().join(name)).expect(name)
}

/// A world in which nothing is made yet but what a test puts there.
fn fresh() -> World {
    let world = World::new(Vec::new());
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("the kit's own");
    }
    world
}

/// A folder with archives in it is a phone, although nothing tells its owner, or tells the same
/// one: two people called Ben are not put on one lead.
#[test]
fn folders_with_indistinguishable_owners_are_devices() {
    let ben = "13/03/2024, 10:01 - Ben: hello anna\n13/03/2024, 10:02 - Anna: hi ben\n";
    for (other, says) in [
        (
            "14/03/2024, 10:01 - Ben: another Ben\n",
            "whose owner could not be inferred",
        ),
        (
            "13/03/2024, 10:01 - Ben: another Ben\n13/03/2024, 10:05 - Anna: yes\n",
            "although the owner is \"Anna\" in all of them",
        ),
    ] {
        let world = fresh();
        put(&world, "phones/anna", "Ben", ben);
        put(&world, "phones/carl", "Ben", other);
        world.run(&["init", "phones"]).exits(0).says(says);
        let (config, table) = (read(&world, "chatferry.toml"), read(&world, "contacts.csv"));
        assert!(
            config.contains("name = \"anna\"") && config.contains("name = \"carl\""),
            "{config}"
        );
        assert!(
            table.contains("anna,Ben,Ben,contact") && table.contains("carl,Ben,Ben,contact"),
            "{table}"
        );
    }
    // `You` is the owner of every phone.
    let world = fresh();
    put(&world, "phones/anna", "Ben", &ben.replace("Anna", "You"));
    put(
        &world,
        "phones/carl",
        "Zoe",
        &ben.replace("Anna", "You").replace("Ben", "Zoe"),
    );
    let made = world.run(&["init", "phones"]).exits(0);
    made.says("The folder carl is treated as a separate phone, which shows its owner as \"You\" only; if it is");
    assert!(
        !made.stdout.contains("fill in owner in its")
            && !made.stderr.contains("fill in owner in its")
    );
    assert!(read(&world, "chatferry.toml").contains("owner = [\"You\"]"));
    assert!(read(&world, "contacts.csv").contains("carl,Zoe,Zoe"));
    // The same chat in both: two batches of one phone, whose owner one does not tell.
    let world = fresh();
    put(&world, "phones/old", "Ben", ben);
    put(
        &world,
        "phones/new",
        "Ben",
        &format!("{ben}15/03/2024, 10:02 - Anna: later\n"),
    );
    put(
        &world,
        "phones/new",
        "Zoe",
        "15/03/2024, 10:02 - Zoe: hello\n",
    );
    world
        .run(&["init", "phones"])
        .exits(0)
        .says("are treated as one phone");
    let table = read(&world, "contacts.csv");
    assert_eq!(table.matches(",Ben,Ben,contact").count(), 1, "{table}");
    // Archives beside a folder, of another owner.
    let world = fresh();
    put(&world, "phones", "Ben", ben);
    put(&world, "phones/carl", "Ben", &ben.replace("Anna", "Carl"));
    (world.run(&["init", "phones"]).exits(0))
        .says("phones: 2 owners write here: Anna (1 archive), Carl (1)");
    // A chat that was unpacked is none.
    let world = fresh();
    for name in ["Ben", "Zoe"] {
        let folder = world.path().join("phones").join(name);
        fs::create_dir_all(&folder).expect("made");
        let text = format!("13/03/2024, 10:01 - {name}: hello\n");
        fs::write(folder.join("_chat.txt"), text).expect("written");
    }
    world.run(&["init", "phones"]).exits(0);
    let config = read(&world, "chatferry.toml");
    assert!(!config.contains("[[device]]\nname"), "{config}");
}

/// Two chats of one name on two phones keep it; on one they are told apart.
#[test]
fn equal_name_on_two_phones_gets_no_suffix() {
    let chat = |owner: &str, word: &str| -> String {
        let line = |n: u32, who: &str| format!("13/03/2024, 10:0{n} - {who}: {word} {n}\n");
        (1..9)
            .map(|n| line(n, if n % 2 == 0 { owner } else { "Sam" }))
            .collect()
    };
    let world = fresh();
    put(&world, "phones/anna", "Sam", &chat("Anna", "alpha"));
    put(&world, "phones/carl", "Sam", &chat("Carl", "beta"));
    world.run(&["init", "phones"]).exits(0);
    let table = read(&world, "contacts.csv");
    assert!(table.contains("carl,Sam,Sam,contact"), "{table}");
    assert!(!table.contains('#'), "{table}");
}

/// A second phone that comes later: its Ben may be another one.
#[test]
fn device_added_later_gets_its_own_rows() {
    let world = fresh();
    let text = |owner: &str| {
        format!("13/03/2024, 10:01 - Ben: hello {owner}\n13/03/2024, 10:02 - {owner}: hi\n")
    };
    put(&world, "exports/anna", "Ben", &text("Anna"));
    world
        .run(&["init", "exports", "--local-phone", "+4915112345678"])
        .exits(0);
    edit(
        &world,
        "contacts.csv",
        &[(
            ",Ben,Ben,contact,,,,,",
            ",Ben,Ben,contact,+353861234501,lead_b,cont_b,,",
        )],
    );
    let old = read(&world, "contacts.csv");
    put(&world, "exports/carl", "Ben", &text("Carl"));
    put(
        &world,
        "exports/carl",
        "Zoe",
        &text("Carl").replace("Ben", "Zoe"),
    );
    let update = || world.run(&["init", "exports", "--update"]).exits(0);
    let output = update();
    output.says("exports/carl: the owner of the phone is \"Carl\"");
    output.says("[[device]] block for each phone");
    assert_eq!(read(&world, "contacts.csv"), old);
    world.write(
        "chatferry.toml",
        "[source]\ntimezone = \"Europe/Berlin\"\n\
         [[device]]\nname = \"carl\"\narchives = [\"exports/carl\"]\nlocal_phone = \"+4915112345679\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"exports/anna\"]\nlocal_phone = \"+4915112345678\"\n\
         [import]\ncontacts = \"contacts.csv\"\n",
    );
    let output = update();
    output.says("a row with its device was added");
    output.says("Ben (carl)");
    let table = read(&world, "contacts.csv");
    assert_eq!(
        table,
        format!("{old}carl,Ben,Ben,contact,,,,,\ncarl,Zoe,Zoe,contact,,,,,\n")
    );
    // The row of the other phone does not fill it in.
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("anna: Ben  to lead_b");
    plan.says("carl: Ben (2 messages)");
    update().says("already contains every chat");
    assert_eq!(read(&world, "contacts.csv"), table);
    // A table that has no place for the device is left alone.
    let narrow: String = (old.lines())
        .filter_map(|line| line.split_once(','))
        .map(|(_, rest)| format!("{rest}\n"))
        .collect();
    world.write("contacts.csv", &narrow);
    let output = update();
    output.says("has no column device");
    assert!(read(&world, "contacts.csv").starts_with(&narrow));
    assert_eq!(read(&world, "contacts.csv").matches("Ben,Ben").count(), 1);
    // Rows without a device that were written when both phones were there are about both.
    let both = old.replace(",*,Anna,me", "anna,*,Anna,me");
    let both = format!("{both}carl,*,Carl,me,,,,,\n,Zoe,Zoe,contact,,,,,\n");
    world.write("contacts.csv", &both);
    update().says("already contains every chat");
}

/// `init --update` fills in rows that it adds, and claims nothing about those that are there.
#[test]
fn update_reports_what_it_does_not_change() {
    let world = fresh();
    let text = |name: &str, owner: &str| {
        format!("13/03/2024, 10:01 - {name}: hello\n13/03/2024, 10:02 - {owner}: hi\n")
    };
    put(&world, "exports/anna", "Ben", &text("Ben", "Anna"));
    put(&world, "exports/carl", "Ben", &text("Ben", "Carl"));
    world.write(
        "carl.csv",
        "Name,Phone\nBen,+353861234502\nZoe,+353861234503\n",
    );
    world
        .run(&["init", "exports"])
        .exits(0)
        .says("chatferry match --device \"anna\" --address-book FILE` fills in the numbers of that phone's chats; likewise for carl");
    let old = read(&world, "contacts.csv");
    let update = |more: &[&str]| {
        let arguments = ["init", "exports", "--update", "--device", "carl"];
        world.run(&[&arguments[..], more].concat())
    };
    let config = read(&world, "chatferry.toml");
    let number = ["--local-phone", "+4915112345679"];
    update(&number)
        .exits(2)
        .says("`--update` does not change it");
    let book = ["--address-book", "carl.csv"];
    let output = update(&book).exits(0);
    output.says("every new chat has a number");
    output.says("Existing rows are not changed");
    assert_eq!(read(&world, "contacts.csv"), old);
    put(&world, "exports/carl", "Zoe", &text("Zoe", "Carl"));
    put(&world, "exports/carl", "Mia", &text("Mia", "Carl"));
    update(&book).exits(0).says("1 of 2 new chats got a number");
    assert_eq!(
        read(&world, "contacts.csv"),
        format!("{old}carl,Mia,Mia,contact,,,,,\ncarl,Zoe,Zoe,contact,+353861234503,,,,\n")
    );
    assert_eq!(read(&world, "chatferry.toml"), config);
}

/// A number of two people, and a name of two chats, are questions: nothing is filled in, and why
/// is said.
#[test]
fn init_fills_no_ambiguous_number() {
    let world = fresh();
    let chat = |name: &str, word: &str| -> String {
        let line = |n: u32, who: &str| format!("13/03/2024, 10:0{n} - {who}: {word} {n}\n");
        (1..9)
            .map(|n| line(n, if n % 2 == 0 { "Anna" } else { name }))
            .collect()
    };
    put(&world, "exports", "Ben Cooper", &chat("Ben Cooper", "a"));
    put(&world, "exports", "Cleo", &chat("Cleo", "b"));
    put(&world, "exports", "Dora", &chat("Dora", "c"));
    put(&world, "exports", "Sam", &chat("Sam", "d"));
    put(&world, "exports/more", "Sam", &chat("Sam", "e"));
    world.write(
        "book.csv",
        "First Name,Last Name,Business Phone,Mobile Phone,Company Main Phone\n\
         Ben,Cooper,+4930123456,,\nCleo,,+4930123456,,\nSam,,,+353861234501,\nDora,,,,+4930123400\n",
    );
    let output = world
        .run(&["init", "exports", "--address-book", "book.csv"])
        .exits(0);
    output.says("0 of 5 chats got a number");
    output.says("since the address book has the number for other people too: Ben Cooper, Cleo");
    output.says("and the address book does not distinguish them: Sam, Sam #2");
    let table = read(&world, "contacts.csv");
    assert!(!table.contains('+'), "{table}");
}

/// What init knows beside the archives: numbers from an address book, the owner's own card, and a
/// zone by the country of the number, each said to be checked where it is a guess.
#[test]
fn init_takes_numbers_from_an_address_book_and_guesses_the_zone() {
    let built = Built::new(vec![scenes::ben(), scenes::cleo(), scenes::dora()]);
    let world = built.world();
    let write = |name: &str, text: &str| world.write(name, text);
    write(
        "book.csv",
        "First Name,Last Name,Phone 1 - Value\nBen,Cooper,+353 86 123 4501\nCleo,Marsh,+353 86 123 4502\nCleo,Marsh,+353 86 123 4599\nAnna,Keller,+44 7700 900123\n",
    );
    write("never.txt", "+353861234501\n");
    fs::create_dir(world.path().join("made")).expect("made");
    fs::copy(
        world.path().join("never.txt"),
        world.path().join("made/never.txt"),
    )
    .expect("copied");
    let output = world
        .run(&[
            "init",
            "exports",
            "--dir",
            "made",
            "--address-book",
            "book.csv",
            "--local-phone",
            "+351 912 345 678",
        ])
        .exits(0);
    output.says("Cleo Marsh");
    let read = |name: &str| fs::read_to_string(world.path().join("made").join(name)).expect(name);
    let (config, table) = (read("chatferry.toml"), read("contacts.csv"));
    assert!(config.contains("timezone = \"Europe/Lisbon\""), "{config}");
    assert!(config.contains("CHECK THIS: guessed from the country"));
    assert!(config.contains("local_phone = \"+351912345678\""));
    // The number by which never.txt names him is known from the book alone.
    assert!(!table.contains("Ben Cooper"), "{table}");
    // Two cards of one name with two numbers: a question, and no guess.
    assert!(table.contains("Cleo Marsh,Cleo Marsh,contact,,"), "{table}");
    let wrong = world.run(&[
        "init",
        "exports",
        "--dir",
        "other",
        "--local-phone",
        "0151 1234",
    ]);
    wrong.exits(2).says("with country code");
}

/// A user who left: held by default, and in another one's name if the configuration says whose.
#[test]
fn chats_of_an_inactive_user_are_held_until_replaced() {
    let mut built = Built::new(scenes::rich());
    let mut seed = Seed::from_contacts_csv(&contacts(&scenes::rich())).expect("a seed");
    seed.add_user("user_bella");
    built.seed = Some(seed);
    let world = built.world();
    world.server.state.deactivate_user("user_anna");
    world
        .run(&["doctor"])
        .exits(3)
        .says("is no longer active: the chats are held");
    let held = world.import().exits(0);
    assert_eq!((held.number("created"), world.server.writes()), (0, 0));
    held.says("the user user_anna is no longer active");
    let set = |user: &str| {
        edit(
            &world,
            "chatferry.toml",
            &[(
                "[import]\n",
                &format!("[import]\ninactive_user = \"{user}\"\n"),
            )],
        );
    };
    set("user_bella");
    world
        .run(&["doctor"])
        .exits(0)
        .says("user_bella will own the messages");
    let pilot = world
        .run(&["import", "--yes", "--json", "--pilot"])
        .exits(0);
    assert_eq!(pilot.number("created"), 3);
    let all = world.import().exits(0);
    assert_eq!(
        all.number("created") + 3,
        world.server.state.message_count() as u64
    );
    for message in world.server.state.messages() {
        assert_eq!(message.user_id.as_deref(), Some("user_bella"));
    }
    // Nothing is changed because of it.
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
}

/// A world whose storage gives files back.
fn keeping() -> World {
    let mut built = Built::new(vec![scenes::dora()]);
    built.options = Box::new(|options| options.keep_bytes = true);
    built.world()
}

/// The bytes of a pilot's file are read back and compared.
#[test]
fn pilot_compares_the_bytes_of_a_file() {
    let world = keeping();
    let pilot = world.run(&["import", "--yes", "--pilot", "--details"]);
    let pilot = pilot.exits(0);
    pilot.says("a message with files is correct in Close");
    assert!(!pilot.stderr.contains("cannot be read back"));
    assert!(world.server.count("GET", "/go/file/") > 0);

    let world = keeping();
    world.server.rule(|seen, when| {
        // The storage gives other bytes than it got.
        let is_read = seen.method == "GET" && seen.path.starts_with("/_storage/");
        match is_read && when == When::Received {
            true => Fault::Status(200, "other bytes".to_owned()),
            false => Fault::None,
        }
    });
    let pilot = world.run(&["import", "--yes", "--pilot"]).exits(3);
    pilot.says("the bytes of a file");

    let world = keeping();
    world.server.rule(|seen, when| {
        let is_read = seen.method == "GET" && seen.path.starts_with("/go/file/");
        match is_read && when == When::Received {
            true => Fault::Status(400, "{}".to_owned()),
            false => Fault::None,
        }
    });
    let pilot = world.run(&["import", "--yes", "--pilot", "--details"]);
    let pilot = pilot.exits(0);
    pilot.says("the bytes of its files cannot be read back");
}

/// Runs `chatferry sandbox` with further arguments and passes its base URL to `work`.
fn with_sandbox<T>(world: &World, arguments: &[&str], work: impl FnOnce(&str) -> T) -> T {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_chatferry"))
        .args(["sandbox", "--port", "0", "--contacts", "contacts.csv"])
        .args(arguments)
        .current_dir(world.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a sandbox");
    let mut url = String::new();
    let out = sandbox.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut url).expect("an address");
    let result = work(url.trim());
    sandbox.kill().expect("ended");
    sandbox.wait().expect("ended");
    result
}

/// The sandbox that README has people rehearse with gives files back too.
#[test]
fn pilot_against_the_sandbox_of_the_program_compares_bytes() {
    let world = World::new(vec![scenes::dora()]);
    let pilot = with_sandbox(&world, &[], |url| {
        world.run(&["import", "--yes", "--pilot", "--details", "--base-url", url])
    });
    let pilot = pilot.exits(0);
    pilot.says("a message with files is correct in Close");
    assert!(
        !pilot.stderr.contains("cannot be read back"),
        "{}",
        pilot.stderr
    );
}

/// What a discarding sandbox forgets, a second import does not read.
#[test]
fn second_import_into_a_discarding_sandbox_creates_nothing() {
    let world = World::new(vec![scenes::ben(), scenes::dora()]);
    let messages = world.expected().len() as u64;
    let [first, second] = with_sandbox(&world, &["--rate", "0", "--discard"], |url| {
        [(); 2].map(|()| world.run(&["import", "--yes", "--json", "--base-url", url]))
    });
    let (first, second) = (first.exits(0), second.exits(0));
    assert_eq!(first.number("created"), messages);
    assert_eq!(second.number("unchanged"), messages);
    assert_eq!(second.number("created") + second.number("updated"), 0);
}

/// Two reps, one customer, one word, one minute: two messages, and two activities.
#[test]
fn equal_text_from_two_phones_is_two_activities() {
    let world = World::new(vec![scenes::ben()]);
    let put = |folder: &str, owner: &str| {
        let folder = world.path().join(folder);
        fs::create_dir_all(&folder).expect("made");
        let text = format!(
            "13/03/2024, 10:00 - Ben Cooper: Hello\n13/03/2024, 10:15 - {owner}: Thanks\n13/03/2024, 10:16 - Ben Cooper: Thanks\n"
        );
        fs::write(folder.join("WhatsApp Chat with Ben Cooper.txt"), text).expect("written");
    };
    put("anna", "Anna Example");
    put("bella", "Bella Stone");
    world.write(
        "chatferry.toml",
        "[source]\ntimezone = \"Europe/Berlin\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"anna\"]\nowner = [\"Anna Example\"]\nlocal_phone = \"+4915112345678\"\n\
         [[device]]\nname = \"bella\"\narchives = [\"bella\"]\nowner = [\"Bella Stone\"]\nlocal_phone = \"+4915112345679\"\n\
         [import]\ncontacts = \"contacts.csv\"\n[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n",
    );
    let ben = scenes::ben().contact_row();
    world.write(
        "contacts.csv",
        &format!(
            "device,{HEADER}anna,*,Anna Example,me,+4915112345678,,,user_anna,\nbella,*,Bella Stone,me,+4915112345679,,,user_anna,\nanna,{ben}bella,{ben}"
        ),
    );
    let first = world.import().exits(0);
    assert_eq!((first.number("created"), first.number("held")), (6, 0));
    let held = world.server.state.messages();
    let of = |phone: &str| {
        held.iter()
            .filter(|message| message.local_phone == phone)
            .count()
    };
    assert_eq!((of("+4915112345678"), of("+4915112345679")), (3, 3));
    assert_eq!(world.server.state.duplicates(), 0);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// A table that a spreadsheet program has opened and saved is read as before. Where there is no
/// LibreOffice and no way to install it, the test says that it was skipped.
#[test]
fn table_saved_by_libreoffice_is_accepted() {
    let office = |arguments: &[&str], folder: &std::path::Path| {
        std::process::Command::new("soffice")
            .args([
                "--headless",
                &format!(
                    "-env:UserInstallation=file://{}",
                    folder.join("profile").display()
                ),
            ])
            .args(arguments)
            .current_dir(folder)
            .output()
    };
    let world = World::new(scenes::rich());
    if office(&["--version"], world.path()).is_err() {
        // Shown with --nocapture; .ci/run installs it where it can.
        let mut out = std::io::stdout();
        let _ = writeln!(
            out,
            "skipped: there is no LibreOffice (soffice) on this machine"
        );
        return;
    }
    let before = world.run(&["plan", "--offline", "--json"]).exits(0);
    // CSV, UTF-8, as the program writes it by itself; then back, with a semicolon.
    for (filter, folder) in [
        ("csv:Text - txt - csv (StarCalc):44,34,76", "a"),
        ("csv:Text - txt - csv (StarCalc):59,34,76", "b"),
    ] {
        let saved = office(
            &[
                "--convert-to",
                filter,
                "--outdir",
                folder,
                "--infilter=CSV:44,34,76",
                "contacts.csv",
            ],
            world.path(),
        )
        .expect("ran");
        assert!(
            saved.status.success(),
            "{}",
            String::from_utf8_lossy(&saved.stderr)
        );
        let text =
            fs::read_to_string(world.path().join(folder).join("contacts.csv")).expect("saved");
        world.write("contacts.csv", &text);
        let after = world.run(&["plan", "--offline", "--json"]);
        if after.code == Some(2) {
            // What the program has done to a number is named by its cell.
            after.says("contacts.csv:2: ");
            after.says("phone");
        } else {
            assert_eq!(after.exits(0).number("created"), before.number("created"));
        }
        world.write("contacts.csv", &contacts(&scenes::rich()));
    }
}
