//! What each source records of a conversation: [`Export`] is the archive of either phone, [`database`]
//! a `msgstore.db`. What the program does with them is never described here.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::conversation::{Body, Line};
use crate::kit::Side::Me;
use crate::kit::archive;
use crate::kit::chat::OWNER;
use crate::kit::store::{Row, msgstore};
use crate::native::build::{Told, store};

/// The participant of every conversation here.
pub(super) const BEN: &str = "Ben Cooper";

const BEN_JID: &str = "353861234501@s.whatsapp.net";

/// The instant from which the rows of a `msgstore.db` of the kit count, in seconds.
const STORE_BEGIN: i64 = 1_735_732_800;

const CARDS: [&str; 4] = ["Carl Card", "Dana Oak", "Emil Reed", "Fay Stone"];

pub(super) fn photo_bytes(number: u8) -> Vec<u8> {
    archive::jpeg(900 + usize::from(number), number)
}

/// The coordinates of a location, which no other one has.
pub(super) fn place_mark(number: u8) -> String {
    format!("52.51{number:02}00,13.405000")
}

pub(super) fn card_name(number: u8) -> &'static str {
    CARDS[usize::from(number)]
}

/// The numbers on a card: the third one has an address alone, the fourth one two numbers, which each program lists in its own
/// order.
fn card_numbers(number: u8) -> Vec<String> {
    match number {
        2 => Vec::new(),
        3 => vec!["+1 202 555 0103".to_owned(), "+1 202 555 0193".to_owned()],
        _ => vec![format!("+1 202 555 01{number:02}")],
    }
}

/// Which phone wrote an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phone {
    /// No seconds.
    Android,
    /// Seconds, and file names that are numbered anew by every export.
    Iphone,
}

/// The archive that a phone writes of a conversation.
pub(super) struct Export<'l> {
    phone: Phone,
    lines: &'l [Line],
    zone: Tz,
    shift: TimeDelta,
    zipped: Option<NaiveDateTime>,
}

pub(super) fn export(phone: Phone, lines: &[Line]) -> Export<'_> {
    Export {
        phone,
        lines,
        zone: Berlin,
        shift: TimeDelta::zero(),
        zipped: None,
    }
}

pub(super) fn android(lines: &[Line]) -> Export<'_> {
    export(Phone::Android, lines)
}

pub(super) fn iphone(lines: &[Line]) -> Export<'_> {
    export(Phone::Iphone, lines)
}

impl Export<'_> {
    /// Made while the phone was in this zone.
    pub(super) fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// Made while the phone stood so many hours east of Berlin: every time of the file is later.
    pub(super) fn east(mut self, hours: i64) -> Self {
        self.shift = TimeDelta::hours(hours);
        self
    }

    /// The date that every entry of the zip has; without it they have that of 1980.
    pub(super) fn zipped(mut self, when: NaiveDateTime) -> Self {
        self.zipped = Some(when);
        self
    }

    /// Writes the zip into a folder under the name that the phone gives.
    pub(super) fn put(&self, folder: &Path) {
        let name = match self.phone {
            Phone::Android => format!("WhatsApp Chat with {BEN}.zip"),
            Phone::Iphone => format!("WhatsApp Chat - {BEN}.zip"),
        };
        fs::create_dir_all(folder).expect("made");
        self.put_as(&folder.join(name));
    }

    /// Writes the zip under another name.
    pub(super) fn put_as(&self, path: &Path) {
        fs::write(path, self.zip()).expect("written");
    }

    fn zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut options = SimpleFileOptions::default();
        if let Some(when) = self.zipped {
            options = options.last_modified_time(dos(when));
        }
        let (transcript, files) = self.transcript();
        let name = match self.phone {
            Phone::Android => format!("WhatsApp Chat with {BEN}.txt"),
            Phone::Iphone => "_chat.txt".to_owned(),
        };
        let mut written = HashSet::new();
        for (name, bytes) in [(name, transcript.into_bytes())].into_iter().chain(files) {
            // A file that is sent again has one name and is there once.
            if !written.insert(name.clone()) {
                continue;
            }
            zip.start_file(name, options).expect("entry");
            zip.write_all(&bytes).expect("bytes");
        }
        zip.finish().expect("a zip").into_inner()
    }

    fn transcript(&self) -> (String, Vec<(String, Vec<u8>)>) {
        let (mut text, mut files) = (String::new(), Vec::new());
        for (place, line) in self.lines.iter().enumerate() {
            let local = line.at.with_timezone(&self.zone).naive_local() + self.shift;
            let sender = if line.side == Me { OWNER } else { BEN };
            let file = self.file(place, line, local);
            let is_file = file.is_some();
            let body = match file {
                Some((name, bytes)) => {
                    let body = match self.phone {
                        Phone::Android => format!("{name} (file attached)"),
                        Phone::Iphone => format!("\u{200e}<attached: {name}>"),
                    };
                    files.push((name, bytes));
                    body
                }
                None => self.words(line),
            };
            match self.phone {
                Phone::Android => {
                    let stamp = local.format("%d/%m/%Y, %H:%M");
                    writeln!(text, "{stamp} - {sender}: {body}").expect("a string");
                }
                Phone::Iphone => {
                    let stamp = local.format("%d/%m/%Y, %H:%M:%S");
                    let mark = if is_file { "\u{200e}" } else { "" };
                    write!(text, "{mark}[{stamp}] {sender}: {body}\r\n").expect("a string");
                }
            }
        }
        (text, files)
    }

    fn file(&self, place: usize, line: &Line, local: NaiveDateTime) -> Option<(String, Vec<u8>)> {
        let number = place + 1;
        match (&line.body, self.phone) {
            (Body::Photo(photo), Phone::Android) => {
                let day = local.format("%Y%m%d");
                Some((format!("IMG-{day}-WA{photo:04}.jpg"), photo_bytes(*photo)))
            }
            (Body::Photo(photo), Phone::Iphone) => {
                let stamp = local.format("%Y-%m-%d-%H-%M-%S");
                let name = format!("{number:08}-PHOTO-{stamp}.jpg");
                Some((name, photo_bytes(*photo)))
            }
            (Body::Card(card), phone) => {
                let name = card_name(*card);
                let numbers: String = (card_numbers(*card).iter())
                    .map(|number| format!("TEL:{number}\n"))
                    .collect();
                let bytes = format!(
                    "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEMAIL:{card}@cards.example\n{numbers}END:VCARD\n"
                );
                let name = match phone {
                    Phone::Android => format!("{name}.vcf"),
                    Phone::Iphone => format!("{number:08}-{name}.vcf"),
                };
                Some((name, bytes.into_bytes()))
            }
            _ => None,
        }
    }

    fn words(&self, line: &Line) -> String {
        let is_android = self.phone == Phone::Android;
        let mark = if is_android { "" } else { "\u{200e}" };
        let stop = if is_android { "" } else { "." };
        match (&line.body, line.side) {
            (Body::Text(text), _) => text.clone(),
            (Body::Edited(text), _) => format!("{text} {mark}<This message was edited>"),
            (Body::Omitted, _) if is_android => "<Media omitted>".to_owned(),
            (Body::Omitted, _) => format!("{mark}image omitted"),
            (Body::Place(place), _) => {
                let word = if is_android { "location" } else { "Location" };
                let url = format!("https://maps.google.com/?q={}", place_mark(*place));
                format!("{mark}{word}: {url}")
            }
            (Body::Deleted, Me) => format!("{mark}You deleted this message{stop}"),
            (Body::Deleted, _) => format!("{mark}This message was deleted{stop}"),
            (Body::Photo(_) | Body::Card(_), _) => unreachable!("a file"),
        }
    }
}

fn dos(when: NaiveDateTime) -> zip::DateTime {
    let part = |code: &str| -> u8 {
        let text = when.format(code).to_string();
        text.parse().expect("a number")
    };
    let year = u16::try_from(when.year()).expect("a year");
    let (month, day) = (part("%m"), part("%d"));
    let made =
        zip::DateTime::from_date_and_time(year, month, day, part("%H"), part("%M"), part("%S"));
    made.expect("a date of a zip")
}

/// Writes a `msgstore.db` of a conversation of texts and contact cards. The id of a message is made from its instant, so
/// it stays when the message is edited or deleted.
pub(super) fn database(folder: &Path, lines: &[Line]) {
    let rows: Vec<Row> = lines.iter().map(row).collect();
    msgstore(folder, &rows, &[(BEN_JID, BEN)]);
}

/// Writes the `ChatStorage.sqlite` of a conversation of texts, which has the last wording of each and
/// no mark of an edit.
pub(super) fn chat_storage(folder: &Path, lines: &[Line]) {
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let told = lines.iter().map(|line| match &line.body {
        Body::Text(text) | Body::Edited(text) => Told::text(
            kept(native_id(line)),
            line.side == Me,
            line.at.timestamp(),
            kept(text.clone()),
        ),
        other => unreachable!("{other:?} in a database of texts"),
    });
    let told: Vec<Told> = told.collect();
    fs::create_dir_all(folder).expect("made");
    store(&folder.join("ChatStorage.sqlite"), &told);
}

/// The same, in which the message at one place answers that at another by its id.
pub(super) fn database_answering(folder: &Path, lines: &[Line], answer: usize, target: usize) {
    let mut rows: Vec<Row> = lines.iter().map(row).collect();
    rows[answer].quotes = Some((rows[target].id, rows[target].text, BEN_JID));
    msgstore(folder, &rows, &[(BEN_JID, BEN)]);
}

/// The id that WhatsApp gave to the message.
pub(super) fn native_id(line: &Line) -> String {
    format!("3A{:018X}", line.at.timestamp())
}

/// The row of one message.
fn row(line: &Line) -> Row {
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let id = kept(native_id(line));
    let seconds = line.at.timestamp() - STORE_BEGIN;
    let (text, edit, kind) = match &line.body {
        Body::Text(text) => (kept(text.clone()), None, 0),
        Body::Edited(text) => (kept(text.clone()), Some(kept(format!("{id}ED"))), 0),
        Body::Deleted => ("", None, 15),
        Body::Card(card) => {
            let name = card_name(*card).to_owned();
            let numbers = card_numbers(*card);
            let numbers = numbers.iter().rev().map(|n| n.replace(' ', "-"));
            let lines = [name].into_iter().chain(numbers);
            (kept(lines.map(|line| line + "\n").collect()), None, 4)
        }
        other => unreachable!("{other:?} in a database of texts"),
    };
    Row {
        mine: line.side == Me,
        edit,
        kind,
        ..Row::they(BEN_JID, id, seconds, text)
    }
}
