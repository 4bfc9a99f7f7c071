//! A true conversation from a seed: scenes that are hard to pair, as often as a profile wants them.
//! Nothing here knows of sources.

use fastrand::Rng;

use super::conversation::{Content, Conversation, Event, FileKind, MINUTE, Media};

/// 2024-03-13T09:15:20Z, a Wednesday.
const ORDINARY_DAY: i64 = 1_710_321_320_000;

/// 2024-10-27T01:00:00Z: at home, the clock goes back from three to two.
pub(crate) const CLOCK_GOES_BACK: i64 = 1_729_990_800_000;

/// What a conversation is like. The weights say how often a scene comes, relative to the others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    /// At most so many messages.
    pub(crate) messages: usize,
    /// Two, or more in a group.
    pub(crate) people: usize,
    /// Single texts, each with its own words.
    pub(crate) texts: u8,
    /// Two to five files of one author within a minute.
    pub(crate) albums: u8,
    /// Two to four equal short texts within a minute.
    pub(crate) repeats: u8,
    /// Two places, or two contact cards, within a minute.
    pub(crate) twins: u8,
    /// Polls and single files with words.
    pub(crate) others: u8,
    /// The conversation lies around the autumn hour that comes twice.
    pub(crate) autumn: bool,
    /// Of a hundred pauses between scenes, how many are hours or days instead of seconds.
    pub(crate) sparse: u8,
    /// Of a hundred messages, how many meet each kind of event.
    pub(crate) edited: u8,
    pub(crate) deleted: u8,
    pub(crate) deleted_locally: u8,
    pub(crate) late: u8,
}

impl Profile {
    /// Everything happens in it.
    pub(crate) fn lively(messages: usize) -> Profile {
        Profile {
            messages,
            people: 2,
            texts: 5,
            albums: 3,
            repeats: 3,
            twins: 2,
            others: 2,
            autumn: false,
            sparse: 30,
            edited: 10,
            deleted: 10,
            deleted_locally: 8,
            late: 5,
        }
    }

    /// Nothing happens to its messages.
    pub(crate) fn calm(messages: usize) -> Profile {
        Profile {
            edited: 0,
            deleted: 0,
            deleted_locally: 0,
            late: 0,
            ..Profile::lively(messages)
        }
    }

    /// The conversation of a seed.
    pub(crate) fn conversation(&self, seed: u64) -> Conversation {
        let subject = (self.people > 2).then_some("Garden fence");
        let mut author = Writer {
            profile: self,
            rng: Rng::with_seed(seed),
            now: match self.autumn {
                true => CLOCK_GOES_BACK - 90 * MINUTE,
                false => ORDINARY_DAY,
            },
            made: Conversation::among(self.people, subject),
        };
        while author.made.messages.len() < self.messages {
            author.scene();
        }
        author.made.messages.truncate(self.messages);
        author.fates();
        author.made
    }
}

struct Writer<'a> {
    profile: &'a Profile,
    rng: Rng,
    now: i64,
    made: Conversation,
}

impl Writer<'_> {
    fn scene(&mut self) {
        let profile = self.profile;
        self.pause();
        let author = self.rng.usize(0..profile.people);
        let weights = [
            profile.texts,
            profile.albums,
            profile.repeats,
            profile.twins,
            profile.others,
        ];
        match self.choose(&weights) {
            0 => {
                let text = format!("text number {}", self.made.messages.len());
                self.send(author, Content::Text(text));
            }
            1 => self.album(author),
            2 => self.repeat(author),
            3 => self.twins(author),
            _ => self.other(author),
        }
    }

    /// One of these, by weight; the first if all weigh nothing.
    fn choose(&mut self, weights: &[u8]) -> usize {
        let all: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
        let mut left = self.rng.usize(0..all.max(1));
        for (place, weight) in weights.iter().enumerate() {
            if left < usize::from(*weight) {
                return place;
            }
            left -= usize::from(*weight);
        }
        0
    }

    fn chance(&mut self, of_a_hundred: u8) -> bool {
        self.rng.u8(0..100) < of_a_hundred
    }

    fn pause(&mut self) {
        self.now += match (self.profile.autumn, self.chance(self.profile.sparse)) {
            (true, _) => self.rng.i64(5..25) * MINUTE,
            (false, true) => self.rng.i64(1..50) * 60 * MINUTE,
            (false, false) => self.rng.i64(3_000..90_000),
        };
    }

    fn send(&mut self, author: usize, content: Content) {
        let made = std::mem::replace(&mut self.made, Conversation::private());
        self.made = made.send(self.now, author, content);
        self.now += self.rng.i64(800..6_000);
    }

    /// Goes on to the next minute if the running one is nearly over.
    fn settle(&mut self) {
        if self.now.rem_euclid(MINUTE) > MINUTE / 2 {
            self.now += MINUTE - self.now.rem_euclid(MINUTE) + self.rng.i64(0..9_000);
        }
    }

    fn file(&mut self, kind: FileKind, caption: Option<String>) -> Content {
        Content::File(Media {
            kind,
            seed: self.rng.u64(1..1_000_000),
            size: self.rng.usize(200..900),
            caption,
        })
    }

    fn album(&mut self, author: usize) {
        self.settle();
        let count = self.rng.usize(2..6);
        for place in 0..count {
            let caption = (place == 0 && self.chance(20)).then(|| "the gate".to_owned());
            let video = self.chance(15);
            let kind = if video {
                FileKind::Video
            } else {
                FileKind::Image
            };
            let file = self.file(kind, caption);
            self.send(author, file.clone());
            // Now and then the same file twice.
            if self.chance(8) {
                self.send(author, file);
            }
        }
    }

    fn repeat(&mut self, author: usize) {
        self.settle();
        let words = ["ok", "yes", "thanks", "👍"][self.rng.usize(0..4)];
        for _ in 0..self.rng.usize(2..5) {
            let by_another = self.chance(20);
            let author = match by_another {
                true => self.rng.usize(0..self.profile.people),
                false => author,
            };
            self.send(author, Content::Text(words.to_owned()));
        }
    }

    fn twins(&mut self, author: usize) {
        self.settle();
        let places = self.rng.bool();
        for place in 0..2 {
            let number = self.made.messages.len() + place;
            let content = match places {
                true => Content::Place {
                    latitude: 52.5 + self.rng.f64() / 10.0,
                    longitude: 13.4 + self.rng.f64() / 10.0,
                },
                false => Content::Card {
                    name: format!("Mechanic {number}"),
                },
            };
            self.send(author, content);
        }
    }

    fn other(&mut self, author: usize) {
        let number = self.made.messages.len();
        let content = match self.rng.u8(0..4) {
            0 => Content::Poll {
                question: format!("Which day, {number}?"),
                options: vec!["Mon".to_owned(), "Tue".to_owned()],
            },
            1 => self.file(FileKind::Voice, None),
            2 => self.file(FileKind::Document, None),
            _ => self.file(FileKind::Image, Some(format!("words of {number}"))),
        };
        self.send(author, content);
    }

    /// What happens to the messages afterwards.
    fn fates(&mut self) {
        let profile = self.profile;
        for place in 0..self.made.messages.len() {
            let sent = self.made.messages[place].at;
            let mut happens = Vec::new();
            if self.chance(profile.late) {
                let at = sent + self.rng.i64(5_000..10 * MINUTE);
                let on = self.rng.usize(0..profile.people);
                if on != self.made.messages[place].author {
                    happens.push(Event::ReceivedLate { at, on });
                }
            }
            let is_text = matches!(self.made.messages[place].content, Content::Text(_));
            if is_text && self.chance(profile.edited) {
                let at = sent + self.rng.i64(5_000..14 * MINUTE);
                let text = format!("corrected {place}");
                happens.push(Event::Edited { at, text });
            }
            if self.chance(profile.deleted) {
                let at = sent + self.rng.i64(15 * MINUTE..300 * MINUTE);
                happens.push(Event::DeletedForEveryone { at });
            }
            if self.chance(profile.deleted_locally) {
                let at = sent + self.rng.i64(MINUTE..300 * MINUTE);
                let on = self.rng.usize(0..profile.people);
                happens.push(Event::DeletedLocally { at, on });
            }
            self.made.messages[place].history = happens;
        }
    }
}
