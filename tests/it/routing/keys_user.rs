//! A device without a Close user next to one that has a user: its messages would be in the name of the key's user.

use super::{ANNA, BEN, Phone, migration, transcript};
use crate::kit::World;

const ROWS: &str = ",Nina Vogt,Nina Vogt,contact,+12025550141,lead_1,cont_1,,,\n\
    ,Omar Diaz,Omar Diaz,contact,+12025550142,lead_2,cont_2,,,\n";

fn of(anna: &'static str) -> World {
    let anna = Phone { user: anna, ..ANNA };
    let ben = Phone { user: "", ..BEN };
    let nina = transcript("13/03/2023", &[("Nina Vogt", "hello"), (ANNA.owner, "hi")]);
    let omar = transcript("14/03/2023", &[("Omar Diaz", "hello"), (BEN.owner, "hi")]);
    let exports = [("anna", "Nina Vogt", &*nina), ("ben", "Omar Diaz", &*omar)];
    migration(&[anna, ben], "", &exports, ROWS)
}

#[test]
fn device_without_user_next_to_one_with_a_user_is_named() {
    let line =
        "2 messages of ben in the name of Sandbox User, the key's user: no user_id in its `me` row";
    let world = of(ANNA.user);
    for arguments in [
        &["plan"][..],
        &["plan", "--details"],
        &["plan", "--device", "ben"],
        &["import", "--yes", "--details"],
    ] {
        let output = world.run(arguments).exits(0);
        assert_eq!(
            output.stderr.matches(line).count(),
            1,
            "{arguments:?}: {}",
            output.stderr
        );
        assert!(
            !output.stderr.contains("of anna in the name"),
            "{}",
            output.stderr
        );
    }
    let world = of(ANNA.user);
    let offline = world.run(&["plan", "--offline"]).exits(0);
    offline.says("2 messages of ben in the name of the key's user: no user_id");
    world.import().exits(0).says(line);
}

#[test]
fn devices_without_any_user_are_not_named() {
    let world = of("");
    for arguments in [&["plan"][..], &["import", "--yes"]] {
        let output = world.run(arguments).exits(0);
        assert!(
            !output.stderr.contains("in the name of"),
            "{}",
            output.stderr
        );
    }
}
