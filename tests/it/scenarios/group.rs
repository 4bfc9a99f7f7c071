//! A group of four on the phones of two owners, imported to the lead of its row.
//!
//! Here belongs how the group's talk grows and how each phone exports it.

use std::fmt::Write as _;
use std::fs;

use chrono::{NaiveDateTime, TimeDelta};
use fastrand::Rng;

use crate::kit::{Built, World, archive};

use super::Scenario;

const CONTACTS: &str = "device,chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n\
    anna,*,Anna Example,me,+4915112345678,,,user_anna,\n\
    ben,*,Ben Ortiz,me,+12025550123,,,user_ben,\n\
    ,SUBJECT,*,contact,+353861230001,lead_01,cont_01,,roof\n\
    ,SUBJECT,Theo Marsh,contact,+447700900101,,,,\n";

const CONFIG: &str = "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n\
    [[device]]\nname = \"anna\"\narchives = [\"exports\"]\nowner = [\"Anna Example\"]\n\
    [[device]]\nname = \"ben\"\narchives = [\"ben\"]\nowner = [\"Ben Ortiz\"]\n\
    [import]\ncontacts = \"contacts.csv\"\ngroups = \"anchor\"\n\
    [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n";

/// Each participant, as Anna's phone and as Ben's phone shows them.
const PEOPLE: [[&str; 2]; 4] = [
    ["Anna Example", "Anna Example"],
    ["Theo Marsh", "+44 7700 900101"],
    ["Rita Sol", "Rita (roofer)"],
    ["Ben Ortiz", "Ben Ortiz"],
];

/// One group.
pub(crate) struct Group {
    rng: Rng,
    /// Time, participant and text of each message.
    lines: Vec<(NaiveDateTime, usize, String)>,
    subject: &'static str,
    /// Ben's phone exports, too.
    both: bool,
}

impl Group {
    pub(crate) fn new(seed: u64) -> Group {
        let mut group = Group {
            rng: Rng::with_seed(seed),
            lines: Vec::new(),
            subject: "Roof",
            both: seed % 2 == 1,
        };
        group.grow();
        group.grow();
        group
    }

    fn grow(&mut self) {
        let first = "2024-03-13T10:00:00".parse().expect("a time");
        for _ in 0..self.rng.usize(2..6) {
            let last = self.lines.last().map_or(first, |line| line.0);
            let at = last + TimeDelta::minutes([0, 1, 3, 900][self.rng.usize(0..4)]);
            let text = match self.rng.u8(0..3) {
                0 => "me".to_owned(),
                1 => "and I the *rope*".to_owned(),
                _ => format!("line {}", self.lines.len()),
            };
            self.lines.push((at, self.rng.usize(0..4), text));
        }
    }

    fn transcript(&self, phone: usize) -> String {
        let mut text = format!(
            "13/03/2024, 09:00 - {} created group \"Roof\"\n",
            PEOPLE[2][phone]
        );
        for (at, who, words) in &self.lines {
            let stamp = at.format("%d/%m/%Y, %H:%M");
            writeln!(text, "{stamp} - {}: {words}", PEOPLE[*who][phone]).expect("a string");
        }
        text
    }

    fn put(&self, world: &World) {
        world.write("contacts.csv", &CONTACTS.replace("SUBJECT", self.subject));
        for (phone, folder) in ["exports", "ben"].into_iter().enumerate() {
            let folder = world.path().join(folder);
            fs::remove_dir_all(&folder).ok();
            fs::create_dir(&folder).expect("made");
            if phone == 1 && !self.both {
                continue;
            }
            let name = format!("WhatsApp Chat with {}", self.subject);
            let zip = archive::zip_of(&[(format!("{name}.txt"), self.transcript(phone))]);
            fs::write(folder.join(format!("{name}.zip")), zip).expect("written");
        }
    }
}

impl Scenario for Group {
    fn world(&mut self) -> World {
        let mut built = Built::new(Vec::new());
        built.contacts = Some(CONTACTS.replace("SUBJECT", self.subject));
        let world = built.world();
        world.write("chatferry.toml", CONFIG);
        self.put(&world);
        world
    }

    fn advance(&mut self, world: &World) -> Vec<&'static str> {
        self.grow();
        let change = match self.rng.u8(0..3) {
            0 => {
                self.subject = "Roof and gutter";
                "subject"
            }
            1 => {
                self.both = !self.both;
                "second phone"
            }
            _ => "group grows",
        };
        self.put(world);
        vec![change]
    }
}
