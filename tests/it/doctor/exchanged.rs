//! Two rows of contacts.csv with each other's lead and contact: complete, consistent, and wrong.

use std::collections::BTreeSet;
use std::fs;

use crate::kit::chat::Chat;
use crate::kit::world::{HEADER, me};
use crate::kit::{World, scenes};

/// The row of a chat with the lead and contact of another one.
fn row(chat: &Chat, of: &Chat) -> String {
    (chat.contact_row())
        .replace(&chat.lead, &of.lead)
        .replace(&chat.contact, &of.contact)
}

/// Ben's row is on line 3, Dora's on line 4.
fn with_rows(ben: &str, dora: &str) -> World {
    let world = World::new(vec![scenes::ben(), scenes::dora()]);
    let table = format!("{HEADER}{}{ben}{dora}", me());
    fs::write(world.path().join("contacts.csv"), table).expect("written");
    world
}

#[test]
fn exchanged_rows_are_named_before_an_import() {
    let (ben, dora) = (scenes::ben(), scenes::dora());
    let world = with_rows(&row(&ben, &dora), &row(&dora, &ben));
    let doctor = world.run(&["doctor"]).exits(3);
    // At its place, and among the bad ones at the end.
    let bad: BTreeSet<&str> = (doctor.stdout.lines())
        .filter(|line| line.starts_with("BAD"))
        .collect();
    let bad: Vec<&str> = bad.into_iter().collect();
    assert!(
        matches!(bad.as_slice(), [one] if one.contains("seems to be exchanged with that of")),
        "{}",
        doctor.stdout
    );
    let line = "contacts.csv:3: seems to be exchanged with line 4";
    world.run(&["plan"]).exits(0).says(line);
    let import = world.import().exits(0);
    import.says(line);
    for name in ["Ben", "Dora"] {
        assert!(!import.stderr.contains(name), "{}", import.stderr);
    }
}

#[test]
fn right_rows_are_not_called_exchanged() {
    let (ben, dora) = (scenes::ben(), scenes::dora());
    // Also where one of them goes to the wrong contact, or has a number that Close lacks.
    for (ben, dora) in [
        (row(&ben, &ben), row(&dora, &dora)),
        (
            row(&ben, &ben).replace("+353861234501", "+353861234511"),
            row(&dora, &dora),
        ),
        (
            row(&ben, &ben).replace("+353861234501", "+353861234511"),
            row(&dora, &dora).replace("+353861234503", "+353861234513"),
        ),
    ] {
        let world = with_rows(&ben, &dora);
        for command in ["doctor", "plan"] {
            let output = world.run(&[command]);
            for text in [&output.stdout, &output.stderr] {
                assert!(!text.contains("exchanged"), "{text}");
            }
        }
    }
}
