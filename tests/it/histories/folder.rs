//! The migration of a story: archives, tables, configuration and checkpoint, and its runs.
//!
//! Never here: what Close must hold.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Seed};
use chrono::{Datelike as _, TimeDelta, Timelike as _};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use super::story::{How, Interruption, NAMES, SUBJECTS};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::{Built, Output, When, World};
use crate::truth::sources::{Program, wall};
use crate::truth::{Conversation, Export, archive, msgstore};

pub(super) const LEADS: [&str; 2] = ["lead_01", "lead_77"];
/// By lead, and by [`Tables::contact`].
pub(super) const CONTACTS: [[&str; 2]; 2] = [["cont_01", "cont_02"], ["cont_77", "cont_78"]];
pub(super) const NUMBER: &str = "+353861234501";
pub(super) const WRONG_NUMBER: &str = "+353861234599";

const HEADER: &str = "chat,participant,role,phone,lead_id,contact_id,user_id,import,chat_key\n";
const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "9999"];

/// What contacts.csv and chatferry.toml hold.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) is_group: bool,
    pub(super) lead: usize,
    pub(super) contact: usize,
    pub(super) wrong_number: bool,
    pub(super) wrong_zone: bool,
    pub(super) delete: bool,
    /// The names that the chat has had.
    pub(super) names: Vec<usize>,
}

/// An archive in the folder.
#[derive(Debug, Clone)]
pub(super) struct Archive {
    pub(super) export: Export,
    /// The chat's name on the phone at that moment.
    pub(super) name: usize,
    /// Archives of a later step have a later date.
    pub(super) dated: usize,
}

pub(super) struct Folder {
    pub(super) world: World,
    /// For the name of the next archive's directory.
    count: usize,
}

impl Tables {
    pub(super) fn contact_id(&self) -> &'static str {
        CONTACTS[self.lead][self.contact]
    }

    pub(super) fn number(&self) -> &'static str {
        match self.wrong_number {
            true => WRONG_NUMBER,
            false => NUMBER,
        }
    }

    fn rows(&self) -> String {
        let mut text = format!("{HEADER}*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},,\n");
        for name in &self.names {
            let (chat, participant) = match self.is_group {
                true => (SUBJECTS[*name], "*"),
                false => (NAMES[*name], NAMES[*name]),
            };
            let (lead, contact, number) = (LEADS[self.lead], self.contact_id(), self.number());
            text.push_str(&format!(
                "{chat},{participant},contact,{number},{lead},{contact},,,key\n"
            ));
        }
        text
    }
}

impl Folder {
    pub(super) fn new(tables: &Tables) -> Folder {
        let contacts: String = (0..4)
            .map(|n| {
                let (lead, contact) = (LEADS[n / 2], CONTACTS[n / 2][n % 2]);
                format!("Somebody {n},Somebody {n},contact,{NUMBER},{lead},{contact},,,\n")
            })
            .collect();
        let all = format!("{}{contacts}", tables.rows());
        let mut built = Built::new(Vec::new());
        built.seed = Some(Seed::from_contacts_csv(&all).expect("a seed"));
        built.contacts = Some(all);
        let folder = Folder {
            world: built.world(),
            count: 0,
        };
        folder.write(tables);
        folder
    }

    /// Writes both tables.
    pub(super) fn write(&self, tables: &Tables) {
        let zone = if tables.wrong_zone {
            "London"
        } else {
            "Berlin"
        };
        let since = if tables.delete { "delete" } else { "keep" };
        let groups = if tables.is_group { "anchor" } else { "skip" };
        let config = format!(
            "[source]\narchives = [\"exports\"]\ntimezone = \"Europe/{zone}\"\ndate_order = \"dmy\"\n\
             owner = [\"{OWNER}\"]\n[import]\ncontacts = \"contacts.csv\"\ngroups = \"{groups}\"\n\
             deleted_since = \"{since}\"\n\
             [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n"
        );
        self.world.write("contacts.csv", &tables.rows());
        self.world.write("chatferry.toml", &config);
    }

    /// Takes all archives away.
    pub(super) fn clear(&self) {
        fs::remove_dir_all(self.world.exports()).expect("removed");
        fs::create_dir(self.world.exports()).expect("made");
    }

    /// Adds an archive, in a directory of its own.
    pub(super) fn put(&mut self, archive: &Archive, truth: &Conversation) {
        self.count += 1;
        let directory = self.world.exports().join(self.count.to_string());
        fs::create_dir(&directory).expect("made");
        let of = named(truth, archive.name);
        if archive.export.program == Program::Msgstore {
            msgstore::put(&archive.export, &of, &directory);
            return;
        }
        let name = archive::name(&archive.export, &of);
        fs::write(directory.join(name), zip(archive, &of)).expect("written");
    }

    pub(super) fn import(&self) -> Output {
        self.world.run(ALLOWED)
    }

    /// An import that is interrupted.
    pub(super) fn import_interrupted(&self, interruption: Interruption) -> Output {
        let received = AtomicUsize::new(0);
        self.world.run_under(ALLOWED, move |seen, when, running| {
            let is_chosen = seen.method == interruption.method
                && seen.path.contains("/activity/whatsapp_message/");
            if !is_chosen {
                return Fault::None;
            }
            let is_before = when == When::Received;
            let number = received.fetch_add(usize::from(is_before), Ordering::SeqCst)
                + usize::from(is_before);
            let is_final = interruption.how == How::Refused(400);
            if number != interruption.at && !(is_final && number > interruption.at) {
                return Fault::None;
            }
            match (interruption.how, is_before) {
                (How::Refused(status), true) => Fault::Status(status, "{}".to_owned()),
                (How::NoAnswer, true) | (How::AnswerLost, false) => Fault::Drop,
                (How::KilledBefore, true) | (How::KilledAfter, false) => {
                    running.kill();
                    Fault::Drop
                }
                _ => Fault::None,
            }
        })
    }

    /// The files of the checkpoint with their bytes.
    pub(super) fn checkpoint(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.world.path()).expect("a folder");
        let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("a name");
        let names = entries.map(|entry| name(entry.expect("an entry")));
        names
            .filter(|name| name.starts_with("chatferry.db"))
            .map(|name| {
                let bytes = fs::read(self.world.path().join(&name)).expect("bytes");
                (name, bytes)
            })
            .collect()
    }

    /// Puts these in place of the checkpoint.
    pub(super) fn restore(&self, files: &[(String, Vec<u8>)]) {
        self.world.forget();
        for (name, bytes) in files {
            fs::write(self.world.path().join(name), bytes).expect("written");
        }
    }
}

/// The conversation as a phone shows it that has this name for the chat.
fn named(truth: &Conversation, name: usize) -> Conversation {
    let mut of = truth.clone();
    match &mut of.subject {
        Some(subject) => SUBJECTS[name].clone_into(subject),
        None => NAMES[name].clone_into(&mut of.people[1].names[0]),
    }
    of
}

/// The zip, its entries dated an hour later for each step.
fn zip(archive: &Archive, of: &Conversation) -> Vec<u8> {
    let transcript = match archive.export.program {
        Program::Iphone => "_chat.txt".to_owned(),
        _ => archive::name(&archive.export, of).replace(".zip", ".txt"),
    };
    let mut entries = vec![(
        transcript,
        archive::transcript(&archive.export, of).into_bytes(),
    )];
    entries.extend(archive::files(&archive.export, of));
    let last = of.messages.iter().map(|message| message.at).max();
    let date = wall(last.unwrap_or(0)) + TimeDelta::hours(archive.dated as i64 + 30);
    let part = |number: u32| u8::try_from(number).expect("a part of a date");
    let date = DateTime::from_date_and_time(
        u16::try_from(date.year()).expect("a year"),
        part(date.month()),
        part(date.day()),
        part(date.hour()),
        part(date.minute()),
        part(date.second()),
    )
    .expect("a date");
    let options = SimpleFileOptions::default().last_modified_time(date);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut names = BTreeSet::new();
    for (name, bytes) in entries {
        // Two cards of one name are one file.
        if !names.insert(name.clone()) {
            continue;
        }
        zip.start_file(name, options).expect("an entry");
        zip.write_all(&bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}
