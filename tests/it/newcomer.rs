//! The way of somebody new, from README: init, match, fill in, doctor, plan, a first look, import,
//! status, an archive that comes later, import again.

use std::fs;

use chatferry::sandbox::{Fault, Seed};

use crate::kit::world::contacts;
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
fn the_way_of_somebody_new() {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo()]);
    let late = scenes::dora();
    let everybody = contacts(&scenes::rich());
    built.seed = Some(Seed::from_contacts_csv(&everybody).expect("a seed"));
    let mut world = built.world();
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("the kit's own");
    }
    let run = |arguments: &[&str]| world.run(arguments);
    run(&["init", "exports"]).exits(0).says("contacts.csv");
    // The zone is whatever this machine has; the number is nobody's yet.
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    let zone = config
        .lines()
        .find(|line| line.starts_with("timezone = "))
        .expect("a zone");
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
    run(&["doctor"])
        .exits(0)
        .says("of 2 chats lead, contact and user go together");
    run(&["plan"]).exits(0).says("10 to create");
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
        .says("nothing; `chatferry import` again");
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// One text, one file, one reply with what it answers; read back, and then the rest.
#[test]
fn a_pilot_posts_a_few_and_reads_them_back() {
    let world = World::new(scenes::rich());
    let pilot = world
        .run(&["import", "--yes", "--json", "--pilot"])
        .exits(0);
    let created = pilot.number("created");
    assert_eq!(created, 3, "{}", pilot.stderr);
    for says in [
        "a text is as it should be",
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
}

/// A Close that holds something else than was sent is not gone on with unseen.
#[test]
fn a_pilot_that_reads_back_something_else_says_so() {
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
        .run(&["plan", "--offline", "--config", "two/chatferry.toml"])
        .exits(0);
    plan.says("ben: Zoe Hart");
    // Two batches of one phone are one phone.
    put("batch", "Ida Moor", "Anna Example");
    let (config, table) = made("one");
    assert!(!config.contains("[[device]]\nname"), "{config}");
    assert!(table.contains(",Ida Moor"), "{table}");
}
