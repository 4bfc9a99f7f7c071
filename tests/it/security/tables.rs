//! Cells that a spreadsheet would evaluate as formulas.

use std::fs;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, World, scenes};

/// Names of chats, and the cells that `init` writes for them.
const NAMES: [(&str, &str); 6] = [
    ("=SUM(A1)", "'=SUM(A1)"),
    ("-Mia", "'-Mia"),
    ("@home", "'@home"),
    ("+Zoe", "'+Zoe"),
    ("'Tis", "''Tis"),
    ("'t Jagertje", "''t Jagertje"),
];

fn chats() -> Vec<Chat> {
    (1..)
        .zip(NAMES)
        .map(|(n, (name, _))| scenes::plain(name, n, 4))
        .collect()
}

/// A world whose table has these cells as the names of the chats.
fn world(cell: impl Fn(&str, &str) -> String) -> World {
    let mut built = Built::new(chats());
    let plain: String = built.chats.iter().map(Chat::contact_row).collect();
    let seed = format!("{HEADER}{}{plain}", me());
    built.seed = Some(chatferry::sandbox::Seed::from_contacts_csv(&seed).expect("a seed"));
    let rows: String = (built.chats.iter().zip(NAMES))
        .map(|(chat, (name, written))| {
            let names = format!("{name},{name},");
            let cell = cell(name, written);
            chat.contact_row()
                .replace(&names, &format!("{cell},{cell},"))
        })
        .collect();
    built.contacts = Some(format!("{HEADER}{}{rows}", me()));
    built.world()
}

#[test]
fn init_writes_no_formula_and_plan_finds_the_chats() {
    let world = world(|_, written| written.to_owned());
    world.run(&["init", "exports", "--dir", "new"]).exits(0);
    let table = fs::read_to_string(world.path().join("new/contacts.csv")).expect("a table");
    for (name, cell) in NAMES {
        assert!(
            table.contains(&format!(",{cell},{cell},contact,")),
            "{name}: {table}"
        );
    }
    let output = world.import().exits(0);
    assert_eq!(output.number("held"), 0, "{}", output.stderr);
    world.assert_whole("found by marked cells");
    // The table knows them, so that nothing is added.
    let before = fs::read(world.path().join("contacts.csv")).expect("a table");
    world.run(&["init", "exports", "--update"]).exits(0);
    assert_eq!(
        fs::read(world.path().join("contacts.csv")).expect("a table"),
        before
    );
}

/// What a person wrote without a mark means itself, also where a name begins like a mark.
#[test]
fn unmarked_cells_are_read_as_they_are() {
    let world = world(|name, _| name.to_owned());
    let output = world.import().exits(0);
    assert_eq!(output.number("held"), 0, "{}", output.stderr);
    world.assert_whole("found by unmarked cells");
}

#[test]
fn numbers_are_written_without_a_mark() {
    let world = World::new(vec![Chat::android("+353 86 123 4501", 1).chatter(
        "2024-02-14 09:00",
        3,
        "word",
    )]);
    world.run(&["init", "exports", "--dir", "new"]).exits(0);
    let table = fs::read_to_string(world.path().join("new/contacts.csv")).expect("a table");
    assert!(!table.contains('\'') && table.contains("+353"), "{table}");
}

/// `match` fills in cells of a row, and changes no byte of the others.
#[test]
fn filled_row_keeps_the_cells_of_a_person() {
    let mut built = Built::new(vec![scenes::ben()]);
    let seed = crate::kit::world::contacts(&built.chats);
    built.seed = Some(chatferry::sandbox::Seed::from_contacts_csv(&seed).expect("a seed"));
    let head = format!("{}note\n{}", HEADER.replace("import\n", "import,"), me());
    let row = "\"Ben Cooper\", 'Ben Cooper,contact,+353861234501,,\"\",,,\"=1+1, \"\"mine\"\"\"\n";
    built.contacts = Some(format!("{head}{row}"));
    let world = built.world();
    world.run(&["match"]).exits(0);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let filled = row.replace(",,\"\",,,", ",lead_01,cont_01,,,");
    assert!(table.ends_with(&filled), "{table}");
    world.import().exits(0);
    world.assert_whole("filled in");
}

/// An excluded period applies to a chat by its name as written by a person and as written by chatferry.
#[test]
fn excluded_period_finds_a_name_with_and_without_mark() {
    for is_marked in [false, true] {
        let world = world(|name, _| name.to_owned());
        let cell = |(name, marked)| if is_marked { marked } else { name };
        let rows: String = NAMES
            .map(cell)
            .iter()
            .map(|name| format!("{name},2000-01-01,\n"))
            .collect();
        world.write("exclude.csv", &format!("chat,from,until\n{rows}"));
        let output = world.run(&["plan", "--json"]).exits(0);
        assert_eq!(output.number("created"), 0, "{}", output.stderr);
        assert_eq!(output.number("skipped"), 4 * NAMES.len() as u64);
        assert!(!output.stderr.contains("exclude.csv:"), "{}", output.stderr);
    }
}

/// A private chat is left out under both readings of its cell.
#[test]
fn private_chat_is_found_with_and_without_mark() {
    for name in ["'t Jagertje", "''t Jagertje", "' 't Jagertje"] {
        let mut built = Built::new(vec![scenes::plain("'t Jagertje", 1, 4)]);
        built.contacts = Some(format!("{HEADER}{}{name},*,contact,,,,,private\n", me()));
        let output = built.world().run(&["plan", "--json"]).exits(0);
        assert_eq!(output.number("skipped"), 4, "{name}: {}", output.stderr);
        assert!(!output.stderr.contains("Jagertje"), "{}", output.stderr);
    }
}
