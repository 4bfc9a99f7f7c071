//! A phone that two owners had one after the other: `from` and `until` separate their devices.

use super::{ANNA, BEN, Phone, in_close, migration, transcript};

/// One export that both devices name is split at the date, and nothing of it is lost. WhatsApp exports all own
/// messages under the name of the present owner.
#[test]
fn export_of_two_owners_is_split_at_the_date() {
    let export = format!(
        "{}{}",
        transcript(
            "13/03/2023",
            &[("Nina Vogt", "first"), ("Ben Ortiz", "answer")]
        ),
        transcript(
            "13/04/2023",
            &[("Nina Vogt", "second"), ("Ben Ortiz", "reply")]
        ),
    );
    let number = ANNA.number;
    let phones = [
        Phone {
            more: "archives = [\"phone\"]\nuntil = \"2023-04-01\"\n",
            ..ANNA
        },
        Phone {
            more: "archives = [\"phone\"]\nfrom = \"2023-04-01\"\n",
            number,
            ..BEN
        },
    ];
    let row = ",Nina Vogt,Nina Vogt,contact,+12025550148,lead_nina,cont_nina,,,\n";
    let world = migration(&phones, "", &[("phone", "Nina Vogt", &export)], row);
    let output = world.import().exits(0);
    let numbers = ["created", "held", "skipped"].map(|name| output.number(name));
    assert_eq!(numbers, [4, 0, 0], "{}", output.stderr);
    let expected = [
        ("user_anna", "first"),
        ("user_anna", "answer"),
        ("user_ben", "second"),
        ("user_ben", "reply"),
    ];
    assert_eq!(
        in_close(&world),
        expected.map(|(user, text)| (user.into(), text.into()))
    );
    let again = world.import().exits(0);
    assert_eq!(
        ["created", "updated", "held"].map(|name| again.number(name)),
        [0, 0, 0]
    );
}

/// Devices whose days overlap may not name one archive.
#[test]
fn archive_of_two_devices_of_one_time_is_an_error() {
    let export = transcript("13/03/2023", &[("Nina Vogt", "first")]);
    let phones = [
        Phone {
            more: "archives = [\"phone\"]\nuntil = \"2023-04-02\"\n",
            ..ANNA
        },
        Phone {
            more: "archives = [\"phone\"]\nfrom = \"2023-04-01\"\n",
            ..BEN
        },
    ];
    let world = migration(&phones, "", &[("phone", "Nina Vogt", &export)], "");
    world
        .run(&["plan", "--offline"])
        .exits(2)
        .says("belongs to the devices \"anna\" and \"ben\"");
}

/// The export of a group that both devices name: both owners have the name that the export shows.
#[test]
fn group_of_two_owners_is_imported_once() {
    let notice = "13/03/2023, 08:00 - Anna Keller created group \"Roof repair\"\n";
    let lines = |date| {
        transcript(
            date,
            &[
                ("Nina Vogt", "when?"),
                ("Anna Keller", "today"),
                ("Omar Diaz", "fine"),
            ],
        )
    };
    let export = format!("{notice}{}{}", lines("13/03/2023"), lines("13/04/2023"));
    let phones = [
        Phone {
            more: "archives = [\"phone\"]\nuntil = \"2023-04-01\"\n",
            ..ANNA
        },
        Phone {
            owner: ANNA.owner,
            more: "archives = [\"phone\"]\nfrom = \"2023-04-01\"\n",
            ..BEN
        },
    ];
    let rows = ",Roof repair,*,contact,+12025550148,lead_nina,cont_nina,,,\n";
    let world = migration(
        &phones,
        "groups = \"anchor\"",
        &[("phone", "Roof repair", &export)],
        rows,
    );
    assert_eq!(world.import().exits(0).number("created"), 6);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

const GROUP: &str = ",Roof repair,*,contact,+12025550148,lead_nina,cont_nina,,,\n";

const CREATED: &str = "13/03/2023, 08:00 - Nina Vogt created group \"Roof repair\"\n";

/// What a phone has of the group in March and in April, under this name of its owner.
fn of_group(owner: &str, dates: &[&str]) -> String {
    let lines: String = (dates.iter())
        .map(|date| {
            let texts = ["when?", "today", "fine"].map(|text| format!("{text} {date}"));
            let names = ["Nina Vogt", owner, "Omar Diaz"];
            let lines = names.into_iter().zip(texts.iter().map(String::as_str));
            transcript(date, &lines.collect::<Vec<_>>())
        })
        .collect();
    format!("{CREATED}{lines}")
}

const MARCH: &str = "13/03/2023";
const APRIL: &str = "13/04/2023";

/// The users of these messages, by time: three of March, three of April.
fn users(world: &crate::kit::World) -> Vec<String> {
    in_close(world).into_iter().map(|(user, _)| user).collect()
}

fn six(march: &str, april: &str) -> Vec<String> {
    [[march; 3], [april; 3]]
        .concat()
        .iter()
        .map(|user| (*user).to_owned())
        .collect()
}

/// Ben's phone is imported from April on. Anna's phone has no dates, and the group of March too.
#[test]
fn group_message_that_another_device_has_is_not_outside_its_dates() {
    let phones = [
        ANNA,
        Phone {
            more: "from = \"2023-04-01\"\n",
            ..BEN
        },
    ];
    let annas = of_group(ANNA.owner, &[MARCH]);
    let bens = of_group(ANNA.owner, &[MARCH, APRIL]);
    let exports = [
        ("anna", "Roof repair", annas.as_str()),
        ("ben", "Roof repair", &bens),
    ];
    let world = migration(&phones, "groups = \"anchor\"", &exports, GROUP);
    let output = world.import().exits(0);
    let numbers = ["created", "held", "skipped"].map(|name| output.number(name));
    // Left out is the notice alone.
    assert_eq!(numbers, [6, 0, 1], "{}", output.stderr);
    assert_eq!(in_close(&world).len(), 6);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// Each owner's own export of the group, in a folder of their own: the messages of March are of the first owner's time.
#[test]
fn group_of_a_phone_that_was_handed_over_is_split_at_the_date() {
    let phones = [
        Phone {
            more: "until = \"2023-04-01\"\n",
            ..ANNA
        },
        Phone {
            number: ANNA.number,
            more: "from = \"2023-04-01\"\n",
            ..BEN
        },
    ];
    let annas = of_group(ANNA.owner, &[MARCH]);
    let bens = of_group(BEN.owner, &[MARCH, APRIL]);
    let exports = [
        ("anna", "Roof repair", annas.as_str()),
        ("ben", "Roof repair", &bens),
    ];
    let world = migration(&phones, "groups = \"anchor\"", &exports, GROUP);
    let output = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| output.number(name));
    assert_eq!(numbers, [6, 0], "{}", output.stderr);
    assert_eq!(users(&world), six("user_anna", "user_ben"));
    assert_eq!(in_close(&world)[1].1, format!("today {MARCH}"));
    let again = world.import().exits(0);
    assert_eq!(
        ["created", "updated"].map(|name| again.number(name)),
        [0, 0]
    );
}

/// One export that both devices name, whatever their order and numbers: its owner's messages belong to the owner of the
/// time.
#[test]
fn group_export_of_two_owners_is_split_at_the_date() {
    let export = of_group(BEN.owner, &[MARCH, APRIL]);
    let archives = "archives = [\"phone\"]\n";
    for number in [ANNA.number, BEN.number] {
        let (until, from) = (
            format!("{archives}until = \"2023-04-01\"\n").leak(),
            format!("{archives}from = \"2023-04-01\"\n").leak(),
        );
        let anna = Phone {
            more: until,
            ..ANNA
        };
        let ben = Phone {
            number,
            more: from,
            ..BEN
        };
        for swapped in [false, true] {
            let mut phones = [Phone { ..anna }, Phone { ..ben }];
            if swapped {
                phones.reverse();
            }
            let exports = [("phone", "Roof repair", export.as_str())];
            let world = migration(&phones, "groups = \"anchor\"", &exports, GROUP);
            let output = world.import().exits(0);
            assert_eq!(output.number("created"), 6, "{}", output.stderr);
            assert_eq!(
                users(&world),
                six("user_anna", "user_ben"),
                "{number}, swapped: {swapped}"
            );
            assert_eq!(world.import().exits(0).number("updated"), 0);
        }
    }
}
