//! Archives in the folder of another phone: nothing is imported under the wrong owner.

use super::{ANNA, BEN, Phone, in_close, migration, transcript};

const RITA: &str = "Rita Sol,Rita Sol,contact,+12025550147,lead_rita,cont_rita,,,\n";
const NINA: &str = ",Nina Vogt,Nina Vogt,contact,+12025550148,lead_nina,cont_nina,,,\n";

fn rita_with_ben() -> String {
    transcript(
        "13/03/2023",
        &[("Rita Sol", "Hi Ben"), ("Ben Ortiz", "Hi Rita")],
    )
}

#[test]
fn archive_of_another_phone_is_held() {
    let export = rita_with_ben();
    let world = migration(
        &[ANNA, BEN],
        "",
        &[("ben", "Rita Sol", &export), ("anna", "Rita Sol", &export)],
        &format!("ben,{RITA}anna,{RITA}"),
    );
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("anna: Rita Sol");
    plan.says("written by Ben Ortiz, the owner of ben, not of anna");
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [2, 2]);
    let expected = [("user_ben", "Hi Ben"), ("user_ben", "Hi Rita")];
    assert_eq!(
        in_close(&world),
        expected.map(|(user, text)| (user.into(), text.into()))
    );
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// The configured owner does not write, and nobody knows who does.
#[test]
fn unknown_writers_are_named_once_with_their_archives() {
    let names = ["Nina Vogt", "Omar Diaz", "Pia Lind"];
    let exports =
        names.map(|name| transcript("13/03/2023", &[(name, "hello"), ("Jonas Weber", "hi")]));
    let exports: Vec<(&str, &str, &str)> = (names.iter().zip(&exports))
        .map(|(name, text)| ("anna", *name, text.as_str()))
        .collect();
    let world = migration(&[ANNA], "", &exports, NINA);
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [0, 6]);
    // Names are left out of logs, also those that are in no table.
    assert!(!output.stderr.contains("Jonas"), "{}", output.stderr);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    let words = "Jonas Weber writes in 3 archives of anna and is not its owner: add the name to `owner` of anna";
    assert_eq!(plan.stdout.matches(words).count(), 1, "{}", plan.stdout);
    for name in names {
        plan.says(&format!("anna: {name} (2 messages)"));
    }
}

/// Three owners' exports under one device without a configured owner: whose phone it is cannot be inferred.
#[test]
fn archives_of_several_owners_are_held_without_a_configured_owner() {
    let nina = transcript(
        "13/03/2023",
        &[("Nina Vogt", "hello"), ("Jonas Weber", "hi")],
    );
    let omar = transcript(
        "14/03/2023",
        &[("Omar Diaz", "hello"), ("Emily Carter", "hi")],
    );
    let phone = Phone { owner: "", ..ANNA };
    let world = migration(
        &[phone],
        "",
        &[("anna", "Nina Vogt", &nina), ("anna", "Omar Diaz", &omar)],
        NINA,
    );
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [0, 4]);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("Jonas Weber writes in 1 archive of anna");
}

#[test]
fn chats_in_which_only_the_customer_writes_are_imported() {
    let export = transcript(
        "13/03/2023",
        &[("Nina Vogt", "hello"), ("Nina Vogt", "are you there?")],
    );
    let world = migration(&[ANNA, BEN], "", &[("anna", "Nina Vogt", &export)], NINA);
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [2, 0]);
    assert!(in_close(&world).iter().all(|(user, _)| user == "user_anna"));
}

/// The other side is the owner of another phone: a chat between colleagues stays internal.
#[test]
fn chat_with_a_colleague_is_left_out_and_not_held() {
    let export = transcript("13/03/2023", &[("Ben Ortiz", "lunch?")]);
    let row = ",Ben Ortiz,Ben Ortiz,contact,+4915111111113,lead_ben,cont_ben,,,\n";
    // ben has an archive of his own.
    let own = rita_with_ben();
    let exports = [
        ("anna", "Ben Ortiz", export.as_str()),
        ("ben", "Rita Sol", &own),
    ];
    let world = migration(&[ANNA, BEN], "", &exports, &format!("{row}ben,{RITA}"));
    let output = world.import().exits(0);
    output.says("internal");
    assert_eq!([output.number("created"), output.number("held")], [2, 0]);
}

/// The row of the group.
const ROOF: &str = ",Roof repair,*,contact,+12025550148,lead_nina,cont_nina,,,\n";

fn group(lines: &[(&str, &str)]) -> String {
    let notice = "13/03/2023, 08:00 - Anna Keller created group \"Roof repair\"\n";
    format!("{notice}{}", transcript("13/03/2023", lines))
}

/// A customer group in which the phone's owner is silent and a colleague writes.
#[test]
fn group_with_a_silent_owner_is_imported() {
    let export = group(&[
        ("Nina Vogt", "when?"),
        ("Ben Ortiz", "today"),
        ("Omar Diaz", "fine"),
    ]);
    let world = migration(
        &[ANNA, BEN],
        "groups = \"anchor\"",
        &[("anna", "Roof repair", &export)],
        ROOF,
    );
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [3, 0]);
}

/// The number and user of the row would be those of what Anna wrote.
#[test]
fn colleague_marked_as_owner_of_a_group_without_writing_is_reported() {
    let lines = [("Nina Vogt", "when?"), ("Anna Keller", "today")];
    let row = format!("{ROOF}anna,Roof repair,Ben Ortiz,me,+4915112345672,,,user_ben,,\n");
    let says = "\"Ben Ortiz\" is the owner of ben and writes nothing in this chat";
    let plan = |lines: &[(&str, &str)], row: &str| {
        let export = group(lines);
        let exports = [("anna", "Roof repair", export.as_str())];
        let world = migration(&[ANNA, BEN], "groups = \"anchor\"", &exports, row);
        world.run(&["plan", "--offline"]).exits(0)
    };
    plan(&lines, &row).says(says);
    // The phone's owner may be silent, and so may a colleague with a row of a contact.
    let owner = row.replace("Ben Ortiz", "Anna Keller");
    let contact = row.replace(",me,", ",contact,").replace("user_ben", "");
    for row in [owner, contact] {
        let plan = plan(&lines[..1], &row);
        assert!(!plan.stderr.contains("writes nothing"), "{}", plan.stderr);
    }
    let written = [lines[0], lines[1], ("Ben Ortiz", "I come")];
    let plan = plan(&written, &row);
    assert!(!plan.stderr.contains("writes nothing"), "{}", plan.stderr);
}

#[test]
fn one_archive_of_a_group_on_two_devices_is_held() {
    let export = group(&[
        ("Nina Vogt", "when?"),
        ("Ben Ortiz", "today"),
        ("Omar Diaz", "fine"),
    ]);
    let exports = [
        ("anna", "Roof repair", export.as_str()),
        ("ben", "Roof repair", &export),
    ];
    let world = migration(&[ANNA, BEN], "groups = \"anchor\"", &exports, ROOF);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("the same archive is among those of anna and ben");
}

/// "You deleted this message" is in the transcript of the owner's own phone only.
#[test]
fn group_of_another_phone_is_held_by_lines_that_only_its_owner_has() {
    let lines = [
        ("Nina Vogt", "when?"),
        ("Ben Ortiz", "You deleted this message"),
        ("Omar Diaz", "fine"),
    ];
    let export = group(&lines);
    let world = migration(
        &[ANNA, BEN],
        "groups = \"anchor\"",
        &[("anna", "Roof repair", &export)],
        ROOF,
    );
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("written by Ben Ortiz, the owner of ben, not of anna");
}

/// A chat marked private or no after its import: what is in Close is counted, and not named where it is private.
#[test]
fn messages_of_chats_that_are_left_out_later_are_counted() {
    let export = transcript(
        "13/03/2023",
        &[("Nina Vogt", "hello"), ("Anna Keller", "hi")],
    );
    let world = migration(&[ANNA], "", &[("anna", "Nina Vogt", &export)], NINA);
    assert_eq!(world.import().exits(0).number("created"), 2);
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    for (import, named) in [
        ("no", "anna: Nina Vogt (2 messages on "),
        ("private", "a private chat (2 messages on "),
    ] {
        let row = ",+12025550148,lead_nina,cont_nina,,";
        world.write(
            "contacts.csv",
            &table.replace(&format!("{row},"), &format!("{row}{import},")),
        );
        let plan = world.run(&["plan", "--offline"]).exits(0);
        assert!(plan.stdout.contains(named), "{}", plan.stdout);
        assert!(
            plan.stdout.contains("/_sandbox/lead/lead_nina"),
            "{}",
            plan.stdout
        );
        assert!(
            import == "no" || !plan.stdout.contains("Nina"),
            "{}",
            plan.stdout
        );
    }
    world.write("contacts.csv", &table);
    world.write("never.txt", "Nina Vogt\n");
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    assert!(
        plan.stdout.contains("a private chat: 2 messages on "),
        "{}",
        plan.stdout
    );
}

/// One person with two phones writes on both under one name: nothing shows which of the two exported the archive.
#[test]
fn copy_on_two_phones_of_one_owner_is_held_on_both() {
    let export = transcript(
        "13/03/2023",
        &[("Nina Vogt", "hello"), ("Anna Keller", "hi")],
    );
    let second = Phone {
        owner: ANNA.owner,
        ..BEN
    };
    let exports = [
        ("anna", "Nina Vogt", export.as_str()),
        ("ben", "Nina Vogt", &export),
    ];
    let world = migration(&[ANNA, second], "", &exports, NINA);
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [0, 4]);
}

/// A name that another device declares as its owner's is not inferred for this one.
#[test]
fn owner_of_another_device_is_not_inferred() {
    let export = rita_with_ben();
    let newer = format!("{export}14/03/2023, 10:00 - Ben Ortiz: and today\n");
    let phone = Phone { owner: "", ..ANNA };
    let exports = [
        ("ben", "Rita Sol", export.as_str()),
        ("anna", "Rita Sol", &newer),
    ];
    let world = migration(
        &[phone, BEN],
        "",
        &exports,
        &format!("ben,{RITA}anna,{RITA}"),
    );
    let output = world.import().exits(0);
    assert_eq!([output.number("created"), output.number("held")], [2, 3]);
}

/// Two names of one number, of which one is left out: what the other one imports is not left behind.
#[test]
fn messages_that_another_row_imports_are_not_left_behind() {
    let nina = transcript(
        "13/03/2023",
        &[("Nina Vogt", "hello"), ("Anna Keller", "hi")],
    );
    let old = transcript("13/02/2023", &[("Nina", "earlier"), ("Anna Keller", "yes")]);
    let exports = [("anna", "Nina Vogt", nina.as_str()), ("anna", "Nina", &old)];
    let rows = format!("{NINA},Nina,Nina,contact,+12025550148,lead_nina,cont_nina,,no,\n");
    let world = migration(&[ANNA], "", &exports, &rows);
    world.import().exits(0);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    assert!(
        !plan.stdout.contains("although left out now"),
        "{}",
        plan.stdout
    );
}

/// Both owners have the customer: the archive of the other phone is named as such, and is no second person.
#[test]
fn archive_of_another_phone_explains_two_chats_of_one_name() {
    let own = transcript(
        "13/03/2023",
        &[
            ("Rita Sol", "Hi Anna"),
            ("Anna Keller", "Hi Rita"),
            ("Rita Sol", "when?"),
        ],
    );
    let other = transcript(
        "13/03/2023",
        &[
            ("Rita Sol", "Dear Ben"),
            ("Ben Ortiz", "hello"),
            ("Rita Sol", "invoice"),
        ],
    );
    let exports = [
        ("anna", "Rita Sol", own.as_str()),
        ("anna/more", "Rita Sol", &other),
        ("ben", "Rita Sol", &other),
    ];
    let world = migration(
        &[ANNA, BEN],
        "",
        &exports,
        &format!("ben,{RITA}anna,{RITA}"),
    );
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("written by Ben Ortiz, the owner of ben, not of anna");
}

/// An iPhone writes what its owner did as "You …" under the owner's name, also where the owner writes nothing else.
#[test]
fn group_with_another_owners_acts_on_an_iphone_is_held() {
    const ROOF: &str = ",Roof,*,contact,+12025550148,lead_nina,cont_nina,,,\n";
    let acts = [
        "You created the group: Roof",
        "You added Theo",
        "You changed the subject to \u{201c}Roof\u{201d}",
        "You removed Theo",
        "You turned off disappearing messages.",
        "You changed this group\u{2019}s icon",
        "You joined using this group\u{2019}s invite link",
        "Du hast diese Gruppe erstellt.",
        "Vous avez ajout\u{e9} Theo",
        "You deleted this message.",
    ];
    let export = |act: &str, more: &str| {
        format!(
            "[13.03.25, 14:00:00] Roof: \u{200e}Messages and calls are end-to-end encrypted.\n\
             [13.03.25, 14:00:01] Ben Ortiz: \u{200e}{act}\n\
             [13.03.25, 14:01:00] Rita Sol: hello\n{more}\
             [13.03.25, 14:03:00] Theo Marsh: fine\n\
             [13.03.25, 14:04:00] Omar Diaz: fine\n"
        )
    };
    for act in acts {
        for more in ["", "[13.03.25, 14:02:00] Ben Ortiz: yes\n"] {
            let text = export(act, more);
            let exports = [("anna", "Roof", text.as_str())];
            let world = migration(&[ANNA, BEN], "groups = \"anchor\"", &exports, ROOF);
            let plan = world.run(&["plan", "--offline"]).exits(0);
            plan.says("written by Ben Ortiz, the owner of ben, not of anna");
            let output = world.import().exits(0);
            assert_eq!(output.number("created"), 0, "{act}: {}", output.stderr);
            assert_eq!(in_close(&world), []);
        }
    }
    // What another member does to the owner shows nothing, nor does what the owner does on the own phone.
    for act in ["You were added", "You're now an admin"] {
        let text = export(act, "");
        let exports = [("anna", "Roof", text.as_str())];
        let world = migration(&[ANNA, BEN], "groups = \"anchor\"", &exports, ROOF);
        assert_eq!(world.import().exits(0).number("created"), 3, "{act}");
    }
    let text = export(acts[1], "");
    let exports = [("ben", "Roof", text.as_str())];
    let world = migration(&[ANNA, BEN], "groups = \"anchor\"", &exports, ROOF);
    assert_eq!(world.import().exits(0).number("created"), 3);
}

/// Ben's export of his chat with Anna lies in Anna's folder: `plan` and `inspect` give one answer.
#[test]
fn export_of_a_colleague_named_after_the_owner_is_of_the_colleagues_phone() {
    let lines = [("Anna Keller", "hello"), ("Ben Ortiz", "hi")];
    let text = transcript("13/03/2023", &lines);
    let ola = transcript("13/03/2023", &[("Ola Berg", "a"), ("Anna Keller", "b")]);
    let exports = [
        ("anna", "Anna Keller", text.as_str()),
        ("anna", "Ola Berg", &ola),
    ];
    let row = ",Anna Keller,Anna Keller,contact,+12025550149,lead_other,cont_other,,,\n";
    let world = migration(&[ANNA, BEN], "", &exports, row);
    let words = "written by Ben Ortiz, the owner of ben, not of anna";
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says(words);
    assert!(!plan.stdout.contains("set `owner`"), "{}", plan.stdout);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
    assert_eq!(in_close(&world), []);
}
