//! A name that is the owner's of one phone, in archives of another one: what is offered, and what `doctor` finds.

use super::{ANNA, BEN, Phone, migration, transcript};
use crate::kit::World;

const NINA: &str = ",Nina Vogt,*,contact,+12025550148,lead_nina,cont_nina,,,\n";

fn written_by(owner: &str) -> String {
    let lines = [
        ("Nina Vogt", "is Friday possible?"),
        (owner, "yes, at nine"),
        ("Nina Vogt", "see you then"),
    ];
    transcript("13/03/2023", &lines)
}

/// An archive that Ben writes in is among those of Anna's phone.
fn misplaced(ben: Phone, rows: &str) -> World {
    let text = written_by(BEN.owner);
    let exports = [("anna", "Nina Vogt", text.as_str())];
    migration(&[ANNA, ben], "", &exports, &format!("{NINA}{rows}"))
}

/// The configuration gives the name to Ben's phone: a second `owner` of that name would be wrong.
#[test]
fn name_of_another_owner_is_not_offered_for_a_second_phone() {
    let world = misplaced(BEN, "");
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("move the file to the archives of ben, or, if this is the owner of anna, move the name from `owner` of ben");
    assert!(
        !plan.stdout.contains("add the name to `owner`"),
        "{}",
        plan.stdout
    );
}

/// A row gives the name to Ben's phone: the row may be of the wrong device.
#[test]
fn row_that_names_the_owner_is_offered() {
    let ben = Phone { owner: "", ..BEN };
    let world = misplaced(ben, "ben,*,Ben Ortiz,me,,,,user_ben,,\n");
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("if this is the owner of anna, correct the device in line 3 of contacts.csv");
}

fn doctor_of(phones: [Phone; 2]) -> String {
    let [one, two] = [written_by(phones[0].owner), written_by(phones[1].owner)];
    let exports = [
        ("anna", "Nina Vogt", one.as_str()),
        ("ben", "Nina Vogt", &two),
    ];
    let world = migration(&phones, "", &exports, NINA);
    world.run(&["doctor"]).stdout
}

const SHARED: &str = "is the owner of anna and of ben";

#[test]
fn doctor_names_an_owner_of_two_phones() {
    let ben = Phone {
        owner: ANNA.owner,
        ..BEN
    };
    let doctor = doctor_of([ANNA, ben]);
    let line = doctor.lines().find(|line| line.contains(SHARED));
    assert!(
        line.is_some_and(|line| line.starts_with("look")),
        "{doctor}"
    );
    assert!(!doctor_of([ANNA, BEN]).contains(SHARED));
}

/// One phone followed the other.
#[test]
fn owner_of_two_phones_one_after_the_other_is_no_finding() {
    let anna = Phone {
        more: "until = \"2023-03-14\"\n",
        ..ANNA
    };
    let ben = Phone {
        owner: ANNA.owner,
        more: "from = \"2023-03-14\"\n",
        ..BEN
    };
    assert!(!doctor_of([anna, ben]).contains(SHARED));
    let ben = Phone {
        owner: ANNA.owner,
        more: "from = \"2023-03-13\"\n",
        ..BEN
    };
    let anna = Phone {
        more: "until = \"2023-03-14\"\n",
        ..ANNA
    };
    assert!(doctor_of([anna, ben]).contains(SHARED));
}
