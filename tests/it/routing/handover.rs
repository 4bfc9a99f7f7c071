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
