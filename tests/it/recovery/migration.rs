//! A migration with one chat of Ben's or one group, before and after something about it changed.
//!
//! Here belong the folder, its tables and the changes. Never here: faults, checkpoints, assertions.

use std::fs;

use chatferry::sandbox::Seed;

use super::history::{
    BEN, NUMBER, Said, TALK, android, clear, edited, iphone, put_android, put_database, put_iphone,
    row, rows, said,
};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::world::HEADER;
use crate::kit::{Built, World};

/// What changes between the first import and the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// `timezone` was an hour west.
    Zone,
    /// The contact's number was wrong.
    Number,
    /// The owner's number was wrong.
    OwnNumber,
    /// A database takes the place of the text export.
    Database,
    /// A text export takes the place of the database.
    Text,
    /// An iPhone exports again: each stamp is a second later, nine of twelve in the next minute.
    Stamps,
    /// The sender edited the message at this place.
    Edit(usize),
    /// The chat belongs to another lead.
    Lead,
}

const WRONG_NUMBER: &str = "+353861239999";
const WRONG_OWN: &str = "+4915112340000";

/// Starts with an empty folder of exports; Close has both leads.
pub(super) fn migration() -> World {
    let mut built = Built::new(Vec::new());
    let other_lead = format!("Somebody Else,Somebody Else,contact,{NUMBER},lead_77,cont_77,,\n");
    let all = format!(
        "{}{other_lead}",
        table(OWNER_PHONE, NUMBER, "lead_01,cont_01")
    );
    built.seed = Some(Seed::from_contacts_csv(&all).expect("a seed"));
    built.contacts = Some(all);
    built.world()
}

fn table(own: &str, number: &str, lead: &str) -> String {
    format!("{HEADER}*,{OWNER},me,{own},,,{OWNER_USER},\n{BEN},{BEN},contact,{number},{lead},,\n")
}

/// Replaces `from`, which has to be there, in a file of the migration.
pub(super) fn replace(world: &World, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(world.path().join(file)).expect("a file");
    assert!(text.contains(from), "{file} does not hold {from}");
    world.write(file, &text.replace(from, to));
}

impl Change {
    /// Writes tables and configuration, and an export of the first `count` messages.
    pub(super) fn put(self, world: &World, is_changed: bool, count: usize) {
        let was = |change: Change| change == self && !is_changed;
        let own = if was(Change::OwnNumber) {
            WRONG_OWN
        } else {
            OWNER_PHONE
        };
        let number = if was(Change::Number) {
            WRONG_NUMBER
        } else {
            NUMBER
        };
        let is_moved = self == Change::Lead && is_changed;
        let lead = if is_moved {
            "lead_77,cont_77"
        } else {
            "lead_01,cont_01"
        };
        world.write("contacts.csv", &table(own, number, lead));
        let (from, to) = ("Europe/London", "Europe/Berlin");
        let text = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
        let text = text.replace(from, to);
        let zone = if was(Change::Zone) { from } else { to };
        world.write("chatferry.toml", &text.replace(to, zone));
        self.export(world, is_changed, &TALK[..count]);
    }

    fn export(self, world: &World, is_changed: bool, talk: &[Said]) {
        let exports = world.exports();
        clear(&exports);
        match self {
            Change::Database | Change::Text if (self == Change::Database) == is_changed => {
                put_database(&exports, talk);
            }
            Change::Stamps => put_iphone(&exports, BEN, &iphone(talk, i64::from(is_changed))),
            Change::Edit(place) if is_changed && place < talk.len() => {
                let marks = [(place, " <This message was edited>")];
                put_android(&exports, BEN, &android(&self.talk(talk), &marks));
            }
            _ => put_android(&exports, BEN, &android(talk, &[])),
        }
    }

    /// The conversation as it is after the change.
    fn talk(self, talk: &[Said]) -> Vec<Said> {
        match self {
            Change::Edit(place) => edited(talk, place, "What I wanted to write is this"),
            _ => talk.to_vec(),
        }
    }

    /// What Close must hold in the end.
    pub(super) fn truth(self) -> Vec<Row> {
        let mut rows = rows(&self.talk(&TALK));
        if self == Change::Lead {
            for row in &mut rows {
                "lead_77".clone_into(&mut row.lead);
                "cont_77".clone_into(&mut row.contact);
            }
        }
        rows
    }
}

const THEO: &str = "Theo Marsh";
const RITA: &str = "Rita Sol";
const THEOS_NUMBER: &str = "+447700900101";

/// Twelve messages of a group, five of them Theo's.
const CREW: [Said; 12] = [
    said(5, THEO, "Who brings the ladder?"),
    said(64, OWNER, "I can bring one"),
    said(119, RITA, "I have the gloves"),
    said(179, THEO, "ok"),
    said(239, THEO, "Then we start at eight"),
    said(299, RITA, "ok"),
    said(359, OWNER, "Eight is early for me"),
    said(425, THEO, "Half past eight?"),
    said(479, RITA, "Half past is fine"),
    said(539, OWNER, "Agreed"),
    said(599, RITA, "I bring coffee as well"),
    said(659, THEO, "Good, see you there"),
];

/// Starts a migration with `groups = "anchor"`.
pub(super) fn group_migration() -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(group_table(true));
    built.import = "groups = \"anchor\"\n".to_owned();
    built.world()
}

fn group_table(has_number: bool) -> String {
    let number = if has_number { THEOS_NUMBER } else { "" };
    format!(
        "{HEADER}*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n\
         Roof,*,contact,{NUMBER},lead_01,cont_01,,\nRoof,{THEO},contact,{number},,,,\n"
    )
}

/// Writes the group's table, with Theo's number or without, and its first `count` messages.
pub(super) fn put_group(world: &World, has_number: bool, count: usize) {
    world.write("contacts.csv", &group_table(has_number));
    let created = "01/01/2025, 12:58 - Rita Sol created group \"Roof\"\n";
    let text = format!("{created}{}", android(&CREW[..count], &[]));
    clear(&world.exports());
    put_android(&world.exports(), "Roof", &text);
}

/// What Close must hold of the group once Theo's number is known.
pub(super) fn group_truth() -> Vec<Row> {
    let of_member = |said: &Said| {
        let mut row = row(said);
        if said.by != OWNER {
            row.text = format!("*{}*\n{}", said.by, said.text);
        }
        if said.by == THEO {
            THEOS_NUMBER.clone_into(&mut row.remote);
        }
        row
    };
    CREW.iter().map(of_member).collect()
}
