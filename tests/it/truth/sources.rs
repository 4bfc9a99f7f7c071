//! Which messages a source shows at a moment, in which order, with which stamp, and what it records
//! of each. How an export spells it belongs into `android`, `iphone`, `web` and `msgstore`; what an
//! import makes of it belongs into `close`.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};

use super::conversation::{Conversation, HOME, MINUTE, Shown};
use super::recorded::Recorded;
use super::{android, close, iphone, web};

/// Something that records a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    /// An archive.
    Export(Export),
    /// Close's list after the import of an archive into an empty lead.
    Close(Export),
    /// The checkpoint after the import of an archive.
    Checkpoint(Export),
}

impl Source {
    /// What it records, in its order.
    pub(crate) fn recorded(&self, of: &Conversation) -> Vec<Recorded> {
        match self {
            Source::Export(export) => export.recorded(of),
            Source::Close(export) => close::listed(of, export),
            Source::Checkpoint(export) => close::checkpoint(of, export),
        }
    }
}

/// The program that writes an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Android,
    Iphone,
    Web,
    /// The database of an Android phone.
    Msgstore,
}

/// The language of the phone; WhatsApp Web keeps English stamps and names (reference 2.1, 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// British: day first.
    English,
    German,
}

/// An archive, as a person makes it at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Export {
    pub(crate) program: Program,
    /// Whose phone, by place among the people.
    pub(crate) by: usize,
    /// When: milliseconds since the epoch.
    pub(crate) taken: i64,
    /// With files, or with placeholders. A database without: its folder of files is missing.
    pub(crate) media: bool,
    pub(crate) language: Language,
    /// WhatsApp keeps only so many of the newest messages (reference 1.5). A database has all.
    pub(crate) newest: Option<usize>,
    /// The wall clock of the phone is ahead of the home zone by so many minutes, a multiple of 15.
    pub(crate) ahead: i64,
    /// An iPhone shows some stamps a second later, which ones differs by export (reference 7).
    pub(crate) jitter: Option<u64>,
    /// Older iPhones leave out captions (reference 3.4).
    pub(crate) captions: bool,
    /// Added to the numbers in names of files: of the phone's storage, or of an iPhone's re-export.
    pub(crate) numbering: usize,
    /// An Android phone stored its files so many days later, which their names show (1.4).
    pub(crate) stored_later: i64,
}

/// A message as an export shows it.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    pub(crate) truth: usize,
    pub(crate) author: usize,
    pub(crate) id: &'a str,
    /// The instant that the phone stored.
    pub(crate) at: i64,
    /// The wall clock of the phone for it, to the second.
    pub(crate) local: NaiveDateTime,
    pub(crate) shown: Shown,
    /// The name of its file in the archive.
    pub(crate) file_name: String,
    pub(crate) place: usize,
}

impl Export {
    /// With files, whole, in English, at home.
    pub(crate) fn new(program: Program, taken: i64) -> Export {
        Export {
            program,
            by: 0,
            taken,
            media: true,
            language: Language::English,
            newest: None,
            ahead: 0,
            jitter: None,
            captions: true,
            numbering: 0,
            stored_later: 0,
        }
    }

    /// The messages that it shows, in its order.
    pub(crate) fn lines<'a>(&self, of: &'a Conversation) -> Vec<Line<'a>> {
        let mut jitter = self.jitter.map(fastrand::Rng::with_seed);
        let mut lines: Vec<Line<'a>> = Vec::new();
        for (truth, message) in of.messages.iter().enumerate() {
            let late = jitter.as_mut().is_some_and(|rng| rng.u8(0..3) == 0);
            let stamped = message.at + if late { 1000 } else { 0 };
            let shown = message.shown(self.by, self.taken);
            if shown != Shown::Nothing {
                lines.push(Line {
                    truth,
                    author: message.author,
                    id: &message.id,
                    at: message.at,
                    local: wall(stamped) + TimeDelta::minutes(self.ahead),
                    shown,
                    file_name: String::new(),
                    place: 0,
                });
            }
        }
        // Phones write in the order of storing; Web sorts by the second (reference 2.1), and a
        // database is read by its instants (native sources 2.2).
        match self.program {
            Program::Android | Program::Iphone => {
                lines.sort_by_key(|line| of.messages[line.truth].arrival(self.by));
            }
            Program::Web => lines.sort_by_key(|line| line.at.div_euclid(1000)),
            Program::Msgstore => lines.sort_by_key(|line| line.at),
        }
        if let (Some(newest), false) = (self.newest, self.program == Program::Msgstore) {
            lines.drain(..lines.len().saturating_sub(newest));
        }
        for place in 0..lines.len() {
            lines[place].place = place;
            lines[place].file_name = self.file_name(of, &lines[..=place]);
        }
        lines
    }

    /// The name of the file of the last of these lines.
    fn file_name(&self, of: &Conversation, lines: &[Line<'_>]) -> String {
        let Some(line) = lines.last() else {
            return String::new();
        };
        match self.program {
            Program::Android | Program::Msgstore => android::file_name(self, of, line),
            Program::Iphone => iphone::file_name(self, line),
            Program::Web => web::file_name(line, lines),
        }
    }
}

impl Line<'_> {
    /// An edit or a deletion travels under an id of its own, which a database takes for the key of
    /// the row (native sources 2.4).
    pub(crate) fn key(&self) -> Option<String> {
        let suffix = match self.shown {
            Shown::Edited(_) => "edit",
            Shown::Deleted => "revoke",
            Shown::Nothing | Shown::Plain(_) => return None,
        };
        let hash = blake3::hash(format!("{}{suffix}", self.id).as_bytes());
        Some(hash.to_hex().to_ascii_uppercase()[..32].to_owned())
    }
}

/// The wall clock of the home zone, to the second.
pub(crate) fn wall(at: i64) -> NaiveDateTime {
    let instant: DateTime<Utc> = DateTime::from_timestamp_millis(at).expect("a time of our days");
    let local = instant.with_timezone(&HOME).naive_local();
    local.with_nanosecond(0).expect("a whole second")
}

/// The instant of a stamp in the home zone, and whether there are two.
pub(crate) fn read_at_home(local: NaiveDateTime) -> (i64, bool) {
    match HOME.from_local_datetime(&local) {
        LocalResult::Single(at) => (at.timestamp_millis(), false),
        LocalResult::Ambiguous(earlier, _) => (earlier.timestamp_millis(), true),
        LocalResult::None => {
            let (before, _) = read_at_home(local - TimeDelta::hours(2));
            (before + 120 * MINUTE, false)
        }
    }
}
