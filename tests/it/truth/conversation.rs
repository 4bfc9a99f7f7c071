//! A true conversation: participants, what was sent at which instant, and what happened to each message
//! afterwards. Never here: what a source records of it.

use chrono_tz::Tz;

/// The zone that the configuration names; stamps without a zone are read in it.
pub(crate) const HOME: Tz = chrono_tz::Europe::Berlin;

/// A minute in milliseconds.
pub(crate) const MINUTE: i64 = 60_000;

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    /// E.164.
    pub(crate) phone: String,
    /// The name that the person gave to himself: exports of his own phone show it (reference 2.8).
    pub(crate) profile: String,
    /// How the address book of each person shows him, by that person's place.
    pub(crate) names: Vec<String>,
}

/// A conversation of two people, or of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conversation {
    /// The first one is the owner of the migration.
    pub(crate) people: Vec<Person>,
    /// The subject of a group.
    pub(crate) subject: Option<String>,
    /// In the order of their instants.
    pub(crate) messages: Vec<Message>,
}

/// A message and its fate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// When it was sent: milliseconds since the epoch.
    pub(crate) at: i64,
    /// The stanza id, which every phone stores (native sources 6.1).
    pub(crate) id: String,
    /// The place of its author among the people.
    pub(crate) author: usize,
    /// As first sent.
    pub(crate) content: Content,
    /// In the order of their instants.
    pub(crate) history: Vec<Event>,
}

/// What a message consists of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Text(String),
    File(Media),
    Place {
        latitude: f64,
        longitude: f64,
    },
    Card {
        name: String,
    },
    Poll {
        question: String,
        options: Vec<String>,
    },
}

/// A file, made from its seed: equal seed, kind and size give equal bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Media {
    pub(crate) kind: FileKind,
    pub(crate) seed: u64,
    pub(crate) size: usize,
    pub(crate) caption: Option<String>,
}

/// The kinds of files that all sources distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Image,
    Video,
    Voice,
    Document,
}

/// What happened to a message after it was sent. `on` is the place of the phone's owner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// Its author changed the text. The stamp stays that of sending (reference 4.2).
    Edited { at: i64, text: String },
    /// Its author took it back: a notice stands in its place (reference 4.1).
    DeletedForEveryone { at: i64 },
    /// One phone's owner removed it there: no trace is left on that phone.
    DeletedLocally { at: i64, on: usize },
    /// It reached one phone late: it keeps its stamp and stands later in the file (reference 7).
    ReceivedLate { at: i64, on: usize },
}

/// What one phone shows of a message at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shown {
    Nothing,
    Deleted,
    Plain(Content),
    Edited(Content),
}

impl Conversation {
    /// A conversation of the owner with one contact, without messages.
    pub(crate) fn private() -> Conversation {
        Conversation::among(2, None)
    }

    /// A conversation of so many people, of a group if it has a subject.
    pub(crate) fn among(people: usize, subject: Option<&str>) -> Conversation {
        const PROFILES: [&str; 4] = ["Anna Example", "Ben C.", "cleo", "Dora 🌿"];
        const KNOWN: [&str; 4] = ["Anna Example", "Ben Cooper", "Cleo Marsh", "Dora Quist"];
        const BY_OTHERS: [&str; 4] = ["Anna (Example & Co)", "Ben", "Cleo M.", "Dora"];
        let person = |who: usize| Person {
            phone: match who {
                0 => "+4915112345678".to_owned(),
                _ => format!("+3538612345{who:02}"),
            },
            profile: PROFILES[who].to_owned(),
            names: (0..people)
                .map(|viewer| match viewer {
                    0 => KNOWN[who].to_owned(),
                    _ => BY_OTHERS[who].to_owned(),
                })
                .collect(),
        };
        Conversation {
            people: (0..people).map(person).collect(),
            subject: subject.map(str::to_owned),
            messages: Vec::new(),
        }
    }

    /// Adds a message.
    pub(crate) fn send(mut self, at: i64, author: usize, content: Content) -> Conversation {
        let number = self.messages.len() as u64 + 1;
        self.messages.push(Message {
            at,
            id: stanza_id(author, number),
            author,
            content,
            history: Vec::new(),
        });
        self
    }

    /// Adds a text.
    pub(crate) fn text(self, at: i64, author: usize, text: &str) -> Conversation {
        self.send(at, author, Content::Text(text.to_owned()))
    }

    /// Adds a picture without words.
    pub(crate) fn picture(self, at: i64, author: usize, seed: u64) -> Conversation {
        let media = Media {
            kind: FileKind::Image,
            seed,
            size: 300 + seed as usize % 50,
            caption: None,
        };
        self.send(at, author, Content::File(media))
    }

    /// Something happens to the message at this place.
    pub(crate) fn then(mut self, message: usize, event: Event) -> Conversation {
        self.messages[message].history.push(event);
        self
    }

    /// The other side as the phone of `viewer` names the chat: the subject or the contact.
    pub(crate) fn title(&self, viewer: usize) -> String {
        match &self.subject {
            Some(subject) => subject.clone(),
            None => self.people[1 - viewer].names[viewer].clone(),
        }
    }
}

impl Message {
    /// When the message came to the phone of this person.
    pub(crate) fn arrival(&self, on: usize) -> i64 {
        let late = self.history.iter().find_map(|event| match event {
            Event::ReceivedLate { at, on: phone } if *phone == on => Some(*at),
            _ => None,
        });
        late.unwrap_or(self.at)
    }

    /// What the phone of this person shows of it at `now`.
    pub(crate) fn shown(&self, on: usize, now: i64) -> Shown {
        if self.arrival(on) > now {
            return Shown::Nothing;
        }
        let mut shown = Shown::Plain(self.content.clone());
        for event in &self.history {
            match event {
                Event::DeletedLocally { at, on: phone } if *phone == on && *at <= now => {
                    return Shown::Nothing;
                }
                Event::DeletedForEveryone { at } if *at <= now => shown = Shown::Deleted,
                Event::Edited { at, text } if *at <= now => {
                    shown = Shown::Edited(Content::Text(text.clone()));
                }
                _ => {}
            }
        }
        shown
    }
}

impl Media {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = match self.kind {
            FileKind::Image => b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(),
            FileKind::Video | FileKind::Voice | FileKind::Document => Vec::new(),
        };
        let mut rng = fastrand::Rng::with_seed(self.seed);
        while bytes.len() < self.size {
            bytes.push(rng.u8(..));
        }
        bytes
    }

    /// The name that the author gave to a document.
    pub(crate) fn title(&self) -> String {
        format!("offer {}.pdf", self.seed)
    }
}

/// An id as the author's phone makes it: iPhone, Android, linked browser (native sources 6.1).
fn stanza_id(author: usize, number: u64) -> String {
    let digits = |count: usize| {
        let mut rng = fastrand::Rng::with_seed(number * 31 + author as u64);
        (0..count)
            .map(|_| rng.digit(16).to_ascii_uppercase())
            .collect::<String>()
    };
    match author % 3 {
        0 => format!("3A{}", digits(18)),
        1 => digits(32),
        _ => format!("3EB0{}", digits(18)),
    }
}
