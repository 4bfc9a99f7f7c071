//! Groups whose archives can be mistaken: for a private chat, for two groups, for one group.
//!
//! Here: the phones, the tables and the conversations. The tests are in the modules, one for each
//! mistake.

mod keys;
mod names;
mod owner;
mod renamed;
mod subjects;
mod young;

use std::fmt::Write as _;
use std::fs;

use super::history::{Said, android, put_android, row, said};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::{Built, World};

const RITA: &str = "Rita Sol";
const THEO: &str = "Theo Marsh";
const COLLEAGUE: &str = "Ben Ortiz";
const COLLEAGUES_PHONE: &str = "+12025550123";

/// Twelve messages of a group with two phones in it, Anna's and her colleague's.
const TEAM: [Said; 12] = [
    said(5, THEO, "Who brings the ladder?"),
    said(64, OWNER, "I can bring one"),
    said(119, RITA, "I have the gloves"),
    said(185, COLLEAGUE, "And I the rope"),
    said(239, THEO, "Then we start at eight"),
    said(299, RITA, "Eight is too early"),
    said(359, OWNER, "For me as well"),
    said(425, COLLEAGUE, "Half past eight?"),
    said(479, THEO, "Half past is fine"),
    said(539, OWNER, "Agreed"),
    said(605, RITA, "I bring coffee"),
    said(659, COLLEAGUE, "Good, see you there"),
];

/// Another group in the same minutes, of which no text is one of `TEAM`.
const OTHER: [Said; 8] = [
    said(90, RITA, "The cellar is wet again"),
    said(125, OWNER, "Since when?"),
    said(150, THEO, "Since the rain on Monday"),
    said(210, RITA, "Somebody has to look at it"),
    said(300, OWNER, "I will call a plumber"),
    said(400, THEO, "Please do it today"),
    said(470, RITA, "He can have my key"),
    said(650, OWNER, "He comes at four"),
];

const HEADER: &str = "device,chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n";

fn owners() -> String {
    format!(
        "{HEADER}anna,*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n\
         ben,*,{COLLEAGUE},me,{COLLEAGUES_PHONE},,,user_ben,\n"
    )
}

/// The anchor's row of a group, on both phones or on one.
fn anchor(device: &str, chat: &str, number: u32, key: &str) -> String {
    format!(
        "{device},{chat},*,contact,+3538612345{number:02},lead_{number:02},cont_{number:02},,{key}\n"
    )
}

/// A world of these phones, each with its folder; Close has the leads 01 to 03.
fn world(policy: &str, devices: &[(&str, &str)], table: &str) -> World {
    let mut built = Built::new(Vec::new());
    let leads: String = (1..=3).map(|n| anchor("", &n.to_string(), n, "")).collect();
    built.contacts = Some(format!("{}{leads}", owners()));
    let world = built.world();
    let mut text = "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n".to_owned();
    for (name, owner) in devices {
        fs::create_dir(world.path().join(name)).expect("made");
        write!(
            text,
            "[[device]]\nname = \"{name}\"\narchives = [\"{name}\"]\nowner = [\"{owner}\"]\n"
        )
        .expect("a string");
    }
    let import = format!("[import]\ncontacts = \"contacts.csv\"\ngroups = \"{policy}\"\n");
    let limits = "[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n";
    world.write("chatferry.toml", &format!("{text}{import}{limits}"));
    world.write("contacts.csv", table);
    world
}

const ANNAS: &[(&str, &str)] = &[("anna", OWNER)];
const BOTH: &[(&str, &str)] = &[("anna", OWNER), ("ben", COLLEAGUE)];

fn put(world: &World, device: &str, chat: &str, text: &str) {
    put_android(&world.path().join(device), chat, text);
}

/// What Close must hold of a message of a group on the lead with this number.
fn of_group(said: &Said, lead: u32) -> Row {
    let mut row = row(said);
    row.lead = format!("lead_{lead:02}");
    row.contact = format!("cont_{lead:02}");
    row.remote = format!("+3538612345{lead:02}");
    match said.by {
        OWNER => {}
        COLLEAGUE => {
            "outgoing".clone_into(&mut row.direction);
            "user_ben".clone_into(&mut row.user);
            COLLEAGUES_PHONE.clone_into(&mut row.local);
        }
        member => row.text = format!("*{member}*\n{}", said.text),
    }
    row
}

fn group_rows(talk: &[Said], lead: u32) -> Vec<Row> {
    talk.iter().map(|said| of_group(said, lead)).collect()
}

/// The group as the colleague's phone shows it, with other names for some.
fn on_his_phone(talk: &[Said], names: &[(&'static str, &'static str)]) -> String {
    let shown = |one: &Said| {
        let name = names.iter().find(|(name, _)| *name == one.by);
        said(one.at, name.map_or(one.by, |(_, shown)| shown), one.text)
    };
    let talk: Vec<Said> = talk.iter().map(shown).collect();
    android(&talk, &[])
}
