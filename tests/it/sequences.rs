//! Random histories of one chat: it is exported, imported, changed, exported again in another
//! way, and imported again. After each import Close holds every message once, as the newest export
//! that has it says, and each under the activity that it had before.
//!
//! Here is the history; what Close must hold after each import is in `played`.

#[cfg(feature = "fault-points")]
mod played;

use std::fs;

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::America::New_York;
use chrono_tz::Europe::{Berlin, London};
use chrono_tz::Tz;
use fastrand::Rng;

use crate::kit::Side::{Me, They};
use crate::kit::chat::{Line, Style};
use crate::kit::world::contacts;
use crate::kit::{Chat, Side, World, archive};

/// A message as it is, apart from any export.
#[derive(Debug, Clone)]
struct Message {
    at: NaiveDateTime,
    side: Side,
    text: String,
    photo: Option<u8>,
    edited: bool,
    deleted: bool,
    /// What Close should hold of it; `None` before its first import.
    #[cfg(feature = "fault-points")]
    there: Option<played::There>,
}

/// How an export is made.
#[derive(Debug, Clone)]
struct Export {
    ios: bool,
    german: bool,
    media: bool,
    /// Messages that are cut off at the oldest end.
    cut: usize,
    /// One in so many stamps is a second off, on iPhone.
    jitter: bool,
    /// What the numbers in the names of files begin with.
    numbering: u32,
    /// How the phone's owner has named the contact.
    name: usize,
    month_first: bool,
    /// Messages of one stamp stand the other way round.
    turned: bool,
    /// The export comes in two files that overlap.
    split: bool,
    /// The zone that the configuration says.
    zone: Tz,
    /// The contact's number, as contacts.csv says.
    number: u32,
}

const NAMES: [&str; 3] = ["Ben Cooper", "Ben C. (Cooper & Co)", "Benjamin"];
const ZONES: [Tz; 3] = [Berlin, London, New_York];

/// A chat with its messages as they are now, and how the next export of it is made.
pub(crate) struct History {
    rng: Rng,
    messages: Vec<Message>,
    export: Export,
}

impl History {
    pub(crate) fn new(seed: u64) -> Self {
        let mut history = History {
            rng: Rng::with_seed(seed),
            messages: Vec::new(),
            export: Export {
                ios: seed.is_multiple_of(2),
                german: false,
                media: seed.is_multiple_of(3),
                cut: 0,
                jitter: false,
                numbering: 1,
                name: 0,
                month_first: false,
                turned: false,
                split: false,
                zone: Berlin,
                number: 1,
            },
        };
        for _ in 0..history.rng.usize(4..12) {
            history.append();
        }
        history
    }

    /// A message some time after the last one, often in the same minute and with the same words.
    fn append(&mut self) {
        let first = "2024-03-13T10:15:20".parse().expect("a time");
        let last = self.messages.last().map_or(first, |m: &Message| m.at);
        let steps = [0, 1, 20, 61, 200, 4_000, 90_000];
        let at = last + TimeDelta::seconds(steps[self.rng.usize(0..steps.len())]);
        let words = ["ok", "yes", "see you", "a longer text", "what else?"];
        let n = self.messages.len();
        let text = if self.rng.bool() {
            words[self.rng.usize(0..words.len())].to_owned()
        } else {
            format!("text number {n}")
        };
        let photo = self.rng.u8(0..4) == 0;
        self.messages.push(Message {
            at,
            side: if self.rng.bool() { Me } else { They },
            text: if photo { String::new() } else { text },
            // Different bytes each, as photos are.
            photo: photo.then(|| u8::try_from(n + 1).expect("few messages")),
            edited: false,
            deleted: false,
            #[cfg(feature = "fault-points")]
            there: None,
        });
    }

    /// One thing that happens between two exports.
    fn change(&mut self) -> &'static str {
        match self.rng.u8(0..16) {
            0 => {
                let shown = self.messages.len() - self.export.cut;
                self.export.cut += self.rng.usize(0..=shown / 2);
                "cut"
            }
            1 | 2 => {
                for _ in 0..self.rng.usize(1..5) {
                    self.append();
                }
                "append"
            }
            3 => {
                // One at a time, with a time of its own: of several in one minute nothing tells
                // which is which.
                if let Some(at) = self.alone() {
                    let n = self.rng.u16(..);
                    self.messages[at].text = format!("corrected {n}");
                    self.messages[at].edited = true;
                }
                "edit"
            }
            4 => {
                if let Some(at) = self.alone() {
                    self.messages[at].deleted = true;
                }
                "delete"
            }
            5 => {
                self.export.media = !self.export.media;
                "media"
            }
            6 => {
                self.export.numbering += 7;
                "renumber"
            }
            7 => {
                self.export.german = !self.export.german;
                "language"
            }
            8 => {
                self.export.ios = !self.export.ios;
                "platform"
            }
            9 => {
                self.export.jitter = true;
                "jitter"
            }
            10 => {
                self.export.name = self.rng.usize(0..NAMES.len());
                "rename"
            }
            11 => {
                self.export.month_first = !self.export.month_first;
                "date order"
            }
            12 => {
                self.export.turned = !self.export.turned;
                "turned"
            }
            13 => {
                self.export.split = !self.export.split;
                "split"
            }
            14 => {
                self.export.zone = ZONES[self.rng.usize(0..ZONES.len())];
                "zone"
            }
            _ => {
                self.export.number = self.rng.u32(1..3);
                "number"
            }
        }
    }

    /// A text that no other message is within two minutes of.
    fn alone(&mut self) -> Option<usize> {
        let far = |a: &Message, b: &Message| (a.at - b.at).num_seconds().abs() > 120;
        let alone: Vec<usize> = (0..self.messages.len())
            .filter(|at| {
                let own = &self.messages[*at];
                own.photo.is_none()
                    && !own.deleted
                    && (self.messages.iter().enumerate())
                        .all(|(other, m)| other == *at || far(m, own))
            })
            .collect();
        self.rng.choice(alone)
    }

    /// The world of the first export.
    pub(crate) fn world(&mut self) -> World {
        World::new(vec![self.render()])
    }

    /// One or two changes and the next export, which takes the place of the one before; the names
    /// of the changes.
    pub(crate) fn advance(&mut self, world: &World) -> Vec<&'static str> {
        let changes = (0..self.rng.usize(1..3)).map(|_| self.change()).collect();
        let chat = self.render();
        self.put(chat, world);
        changes
    }

    fn render(&mut self) -> Chat {
        let Export {
            ios,
            german,
            media,
            cut,
            jitter,
            numbering,
            name,
            month_first,
            ..
        } = self.export;
        let mut chat = if ios {
            Chat::ios(NAMES[name], 1)
        } else {
            Chat::android(NAMES[name], 1)
        };
        chat.month_first = month_first;
        let mark = if ios { "\u{200e}" } else { "" };
        let mut last = None;
        for (n, message) in self.messages.iter().enumerate().skip(cut) {
            let mut at = message.at;
            // Lines stay in their order.
            if ios && jitter && self.rng.u8(0..4) == 0 {
                at += TimeDelta::seconds(1);
            }
            at = last.map_or(at, |last: NaiveDateTime| at.max(last));
            last = Some(at);
            let stamp = at.format("%Y-%m-%d %H:%M:%S").to_string();
            let side = message.side;
            chat = match (message.deleted, message.photo) {
                (true, _) => {
                    let words = match (side == Me, german) {
                        (true, false) => "You deleted this message",
                        (true, true) => "Du hast diese Nachricht gel\u{f6}scht",
                        (false, false) => "This message was deleted",
                        (false, true) => "Diese Nachricht wurde gel\u{f6}scht",
                    };
                    chat.say(&stamp, side, &format!("{mark}{words}"))
                }
                (false, Some(photo)) if media => {
                    let number = numbering + u32::try_from(n).expect("few");
                    let name = if ios {
                        format!("{number:08}-PHOTO-2024-03-13-10-15-20.jpg")
                    } else {
                        format!("IMG-20240313-WA{number:04}.jpg")
                    };
                    chat.send(
                        &stamp,
                        side,
                        &name,
                        archive::jpeg(900 + usize::from(photo), photo),
                    )
                }
                (false, Some(_)) => {
                    let words = match (ios, german) {
                        (true, false) => "image omitted",
                        (true, true) => "Bild weggelassen",
                        (false, false) => "<Media omitted>",
                        (false, true) => "<Medien ausgeschlossen>",
                    };
                    chat.say(&stamp, side, &format!("{mark}{words}"))
                }
                (false, None) => {
                    let suffix = match (message.edited, german) {
                        (false, _) => String::new(),
                        (true, false) => format!(" {mark}<This message was edited>"),
                        (true, true) => {
                            format!(" {mark}<Diese Nachricht wurde bearbeitet.>")
                        }
                    };
                    chat.say(&stamp, side, &format!("{}{suffix}", message.text))
                }
            };
        }
        chat
    }

    /// Puts the export, contacts.csv and the configuration into the world.
    fn put(&self, mut chat: Chat, world: &World) {
        let exports = world.exports();
        for file in fs::read_dir(&exports).expect("listed").flatten() {
            fs::remove_file(file.path()).expect("removed");
        }
        chat.phone = phone(self.export.number);
        world.write("contacts.csv", &contacts(std::slice::from_ref(&chat)));
        let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
        let lines: Vec<String> = (config.lines())
            .map(|line| match line.split_once(" = ") {
                Some(("timezone", _)) => format!("timezone = \"{}\"", self.export.zone.name()),
                Some(("date_order", _)) if chat.month_first => "date_order = \"mdy\"".to_owned(),
                Some(("date_order", _)) => "date_order = \"dmy\"".to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        world.write("chatferry.toml", &lines.join("\n"));
        if self.export.turned {
            turn(&mut chat);
        }
        if self.export.split && chat.lines.len() > 3 {
            // The first file has the first two thirds, the second one the last two thirds.
            let third = chat.lines.len() / 3;
            let mut first = chat.clone();
            first.lines.truncate(chat.lines.len() - third);
            chat.lines.drain(..third);
            archive::put_zip(&first, &exports);
            let name = format!("{} (1).zip", archive::name(&chat));
            fs::write(exports.join(name), archive::zip(&chat)).expect("written");
        } else {
            archive::put_zip(&chat, &exports);
        }
    }
}

fn phone(number: u32) -> String {
    format!("+3538612345{number:02}")
}

/// Messages of one stamp, the other way round. Photos keep their order among themselves: where an
/// export leaves them out, nothing tells one of them from another.
fn turn(chat: &mut Chat) {
    let ios = chat.style == Style::Ios;
    let stamp = |line: &Line| match ios {
        true => line.at.and_utc().timestamp(),
        false => line.at.and_utc().timestamp() / 60,
    };
    for run in chat.lines.chunk_by_mut(|a, b| stamp(a) == stamp(b)) {
        run.reverse();
        let is_photo = |line: &Line| {
            let left_out = ["omitted", "weggelassen", "ausgeschlossen"];
            line.media.is_some() || left_out.iter().any(|word| line.text.contains(word))
        };
        let photos: Vec<usize> = (0..run.len()).filter(|n| is_photo(&run[*n])).collect();
        for pair in 0..photos.len() / 2 {
            run.swap(photos[pair], photos[photos.len() - 1 - pair]);
        }
    }
}
