//! Lines of an iPhone export after a direction mark: notices and calls are left out, texts of people are posted.

use std::fs;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World};

const LRM: &str = "\u{200e}";
const RLM: &str = "\u{200f}";

/// A world with an iPhone export of a chat with Ben Cooper; each line gets its minute, `{L}` and `{R}` stand for marks.
fn world(lines: &[&str]) -> World {
    let mut built = Built::new(Vec::new());
    let row = crate::kit::scenes::ben().contact_row();
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    let world = built.world();
    let text: String = (0..)
        .zip(lines)
        .map(|(minute, line)| {
            let line = line.replace("{L}", LRM).replace("{R}", RLM);
            format!("[13/03/2024, 10:{minute:02}:00] {line}\r\n")
        })
        .collect();
    let path = world.exports().join("WhatsApp Chat - Ben Cooper.txt");
    fs::write(path, text).expect("written");
    world
}

/// The texts that a plan posts, in order.
fn posted(world: &World) -> Vec<String> {
    let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
    let lines = plan.stdout.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| {
            let activity: serde_json::Value = serde_json::from_str(line).expect("JSON");
            activity["message_markdown"]
                .as_str()
                .expect("text")
                .to_owned()
        })
        .collect()
}

/// The lines of the only archive with each oddity.
fn oddities(world: &World) -> Vec<(String, Vec<u64>)> {
    let output = world.run(&["inspect", "exports", "--json"]).exits(0);
    let seen: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let oddities = seen["archives"][0]["oddities"].as_array().expect("a list");
    (oddities.iter())
        .map(|odd| {
            let lines = odd["lines"].as_array().expect("lines").iter();
            let lines = lines.filter_map(serde_json::Value::as_u64).collect();
            (odd["code"].as_str().expect("a code").to_owned(), lines)
        })
        .collect()
}

#[test]
fn pasted_numbers_hebrew_and_bots_are_posted_and_reported() {
    let world = world(&[
        "Ben Cooper: hi",
        "Anna Example: {L}+44 7700 900113",
        "Ben Cooper: {R}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5dc}\u{5da}",
        "Ben Cooper: {L}Order 12 has left: https://shop.example/12",
        "Ben Cooper: {L}Tack for maten",
        "Anna Example: ok",
    ]);
    let texts = posted(&world);
    assert_eq!(texts.len(), 6, "{texts:?}");
    assert!(
        texts.iter().any(|text| text.contains("900113")),
        "{texts:?}"
    );
    assert!(
        texts.iter().any(|text| text.contains("\u{5e9}\u{5dc}")),
        "{texts:?}"
    );
    assert_eq!(
        oddities(&world),
        [("unknown_mark".to_owned(), vec![2, 4, 5])]
    );
}

#[test]
fn notices_and_calls_with_a_second_sign_are_left_out() {
    for lines in [
        // The same form for both people, with their names.
        [
            "Ben Cooper: {L}Simu ya Ben Cooper 2",
            "Anna Example: {L}Simu ya Anna Example 14",
            "Ben Cooper: ok",
        ],
        // The sender's own name.
        [
            "Ben Cooper: {L}Ben Cooper kabadili namba",
            "Ben Cooper: ok",
            "Anna Example: ok",
        ],
        // A second mark before the length or the action.
        [
            "Ben Cooper: {L}Telepon suara, {L}Tak terjawab",
            "Ben Cooper: ok",
            "Anna Example: ok",
        ],
        // WhatsApp's own strings.
        [
            "Ben Cooper: {L}Hlasov\u{fd} hovor. {L}2 min",
            "Ben Cooper: {L}Call failed, {L}Try again",
            "Ben Cooper: ok",
        ],
        [
            "Ben Cooper: {L}Voice call. {L}2 min",
            "Ben Cooper: {L}Silenced voice call. {L}Focus mode",
            "Anna Example: ok",
        ],
        [
            "Ben Cooper: {L}Bezpe\u{10d}nostn\u{ed} k\u{f3}d mezi v\u{e1}mi a u\u{17e}ivatelem Ben Cooper byl zm\u{11b}n\u{11b}n.",
            "Ben Cooper: {L}\u{60a8}\u{8207}Ben Cooper\u{4e4b}\u{9593}\u{7684}\u{5b89}\u{5168}\u{4ee3}\u{78bc}\u{5df2}\u{8b8a}\u{66f4}",
            "Ben Cooper: ok",
        ],
    ] {
        let world = world(&[&["Ben Cooper: hi", "Anna Example: hello"], &lines[..]].concat());
        let texts = posted(&world);
        let is_marked = |line: &&&str| line.contains("{L}");
        let plain = lines.iter().filter(|line| !is_marked(line)).count();
        assert_eq!(texts.len(), 2 + plain, "{lines:?}: {texts:?}");
    }
}

/// Nothing but the mark, a second mark, words of a call, or a repetition: all of it is the words of people.
#[test]
fn texts_after_marks_without_a_second_sign_are_posted_and_reported() {
    let notice = "Ben Cooper: {L}Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.";
    for (texts, marked) in [
        (
            &[
                "Anna Example: Hello, what is your address",
                "Ben Cooper: {L}Garden Street 12, 10115 Berlin",
                "Anna Example: thanks",
            ][..],
            &[3][..],
        ),
        (
            &[
                "Ben Cooper: hi",
                "Ben Cooper: {L}Passt so, {L}bis morgen",
                "Anna Example: {L}For Ben. {L}Order ready",
                "Ben Cooper: {L}Video call. Tomorrow at ten I will show you the forty chairs",
                "Anna Example: {L}Sprachanruf {L}geht heute nicht, ich rufe morgen an",
                "Anna Example: ok",
            ],
            &[3, 4, 5, 6],
        ),
        (
            &[
                "Ben Cooper: {L}Order 11 is ready for pick-up",
                "Ben Cooper: {L}Order 12 is ready for pick-up",
                "Ben Cooper: {L}Order 13 is ready for pick-up",
                "Ben Cooper: {L}Good morning",
                "Anna Example: {L}Good morning",
                "Ben Cooper: hi",
                "Anna Example: ok",
            ],
            &[2, 3, 4, 5, 6],
        ),
    ] {
        let world = world(&[&[notice], texts].concat());
        assert_eq!(posted(&world).len(), texts.len(), "{texts:?}");
        let expected = [("unknown_mark".to_owned(), marked.to_vec())];
        assert_eq!(oddities(&world), expected, "{texts:?}");
    }
}

/// `Tom: Order` is a subject, and Tom a member.
#[test]
fn member_named_as_the_first_part_of_a_subject_keeps_all_messages() {
    let world = world(&[]);
    let file = "WhatsApp Chat with Team.txt";
    let text = "13/03/2024, 10:00 - Rita changed the subject from \"Orders\" to \"Tom: Order\"\n\
        13/03/2024, 10:01 - Tom: a: b\n\
        13/03/2024, 10:02 - Tom: Order: 5 chairs\n\
        13/03/2024, 10:03 - Tom: hello\n\
        13/03/2024, 10:04 - Rita: ok\n";
    fs::write(world.path().join(file), text).expect("written");
    let output = world.run(&["parse", file]).exits(0);
    let rows = output.stdout.lines().skip(1).map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = row["text"].as_str().expect("text").to_owned();
        (row["sender"].as_str().expect("a sender").to_owned(), text)
    });
    let expected = [
        ("Tom", "a: b"),
        ("Tom", "Order: 5 chairs"),
        ("Tom", "hello"),
        ("Rita", "ok"),
    ];
    let expected = expected.map(|(sender, text)| (sender.to_owned(), text.to_owned()));
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

#[test]
fn call_settings_apply_to_calls_of_every_language() {
    let world = world(&[
        "Ben Cooper: hi",
        "Ben Cooper: {L}Taleopkald. {L}2 min",
        "Anna Example: ok",
    ]);
    assert_eq!(posted(&world).len(), 2);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a configuration");
    world.write(
        "chatferry.toml",
        &config.replace("[import]\n", "[import]\ncalls = \"text\"\n"),
    );
    assert_eq!(posted(&world).len(), 3);
}

#[test]
fn attachment_is_found_after_every_kind_of_mark() {
    for line in [
        "Ben Cooper: {L}<attached: 00000002-PHOTO.jpg>",
        "Ben Cooper:{L}<attached: 00000002-PHOTO.jpg>",
        "Ben Cooper:<attached: 00000002-PHOTO.jpg>",
        "Ben Cooper: <pi\u{e8}ce jointe : 00000002-PHOTO.jpg>",
    ] {
        let world = world(&["Ben Cooper: hi", "Anna Example: ok"]);
        let path = world.exports().join("WhatsApp Chat - Ben Cooper.txt");
        let text = fs::read_to_string(&path).expect("text");
        let line = line.replace("{L}", LRM);
        fs::write(
            &path,
            format!("{text}{LRM}[13/03/2024, 10:05:00] {line}\r\n"),
        )
        .expect("written");
        fs::write(
            world.exports().join("00000002-PHOTO.jpg"),
            [0xff, 0xd8, 0xff],
        )
        .expect("written");
        let output = world.run(&["parse", "exports"]).exits(0);
        let last: serde_json::Value =
            serde_json::from_str(output.stdout.lines().last().expect("a line")).expect("JSON");
        assert_eq!(last["sender"], "Ben Cooper", "{line:?}");
        assert_eq!(
            last["attachments"][0]["name"], "00000002-PHOTO.jpg",
            "{line:?}"
        );
        assert_eq!(last["attachments"][0]["present"], true, "{line:?}");
    }
}

/// Names with a colon, from the chat's name and from notices.
#[test]
fn name_with_colon_is_one_sender() {
    for (file, lines) in [
        (
            "WhatsApp Chat with ACME_ Support.txt",
            "13/03/2024, 10:00 - ACME: Support: hello\n13/03/2024, 10:01 - Ben: hi\n13/03/2024, 10:02 - ACME: Support: bye: now\n",
        ),
        (
            "WhatsApp Chat with ACME_ Support.txt",
            "13/03/2024, 10:00 - ACME: Support changed their phone number to a new number. Tap to message or add the new number.\n13/03/2024, 10:01 - ACME: Support: hello\n13/03/2024, 10:02 - Ben: hi\n",
        ),
        (
            "renamed.txt",
            "13/03/2024, 10:00 - ACME: Support: hello\n13/03/2024, 10:01 - Ben: hi\n13/03/2024, 10:02 - Your security code with ACME: Support changed. Tap to learn more.\n",
        ),
    ] {
        let world = world(&[]);
        fs::write(world.path().join(file), lines).expect("written");
        let output = world.run(&["parse", file]).exits(0);
        let rows = output.stdout.lines().map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            (
                row["sender"].clone(),
                row["text"].as_str().expect("text").to_owned(),
            )
        });
        let rows: Vec<_> = rows.collect();
        let hello = rows.iter().find(|(_, text)| text == "hello");
        assert!(
            hello.is_some_and(|(sender, _)| sender == "ACME: Support"),
            "{file}: {rows:?}"
        );
        assert!(
            rows.iter().all(|(sender, _)| sender != "ACME"),
            "{file}: {rows:?}"
        );
    }
}
