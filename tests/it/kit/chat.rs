//! One conversation: written down once, and turned into an export and into what Close should hold.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Berlin;

use super::model::Row;

pub(crate) const OWNER: &str = "Anna Example";
pub(crate) const OWNER_PHONE: &str = "+4915112345678";
pub(crate) const OWNER_USER: &str = "user_anna";

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The phone's owner.
    Me,
    /// The other one.
    They,
    /// WhatsApp itself; left out by rule.
    Notice,
}

/// Which program wrote the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Android,
    Ios,
    /// WhatsApp Web: `chat.txt`, `chat.md` and `media/`.
    Web,
}

/// A file of a message.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: NaiveDateTime,
    pub(crate) side: Side,
    pub(crate) text: String,
    pub(crate) media: Option<Media>,
    /// What Close should hold as text.
    markdown: String,
    /// The instant, where it is not simply the one of Berlin.
    utc: Option<DateTime<Utc>>,
    /// The place of the line that it answers.
    pub(crate) answers: Option<usize>,
    /// The file should arrive.
    with_file: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub(crate) name: String,
    pub(crate) style: Style,
    pub(crate) phone: String,
    pub(crate) lead: String,
    pub(crate) contact: String,
    pub(crate) lines: Vec<Line>,
    /// The month stands before the day.
    pub(crate) month_first: bool,
}

/// The name as people know it: without the number that iPhones put before it.
fn shown(name: &str) -> String {
    match name.split_once('-') {
        Some((number, rest)) if number.len() == 8 && number.parse::<u32>().is_ok() => {
            rest.to_owned()
        }
        _ => name.to_owned(),
    }
}

/// Reads `2024-03-13 10:15` or `2024-03-13 10:15:30`.
pub(crate) fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
        .expect("a time")
}

impl Chat {
    pub(crate) fn android(name: &str, number: u32) -> Chat {
        Chat {
            name: name.to_owned(),
            style: Style::Android,
            phone: format!("+3538612345{number:02}"),
            lead: format!("lead_{number:02}"),
            contact: format!("cont_{number:02}"),
            lines: Vec::new(),
            month_first: false,
        }
    }

    pub(crate) fn ios(name: &str, number: u32) -> Chat {
        Chat {
            style: Style::Ios,
            ..Chat::android(name, number)
        }
    }

    pub(crate) fn web(name: &str, number: u32) -> Chat {
        Chat {
            style: Style::Web,
            ..Chat::android(name, number)
        }
    }

    fn push(mut self, when: &str, side: Side, text: &str) -> Chat {
        self.lines.push(Line {
            at: at(when),
            side,
            text: text.to_owned(),
            media: None,
            markdown: text.to_owned(),
            utc: None,
            answers: None,
            with_file: false,
        });
        self
    }

    /// A text.
    pub(crate) fn say(self, when: &str, side: Side, text: &str) -> Chat {
        self.push(when, side, text)
    }

    /// A text whose instant is told.
    pub(crate) fn say_at(mut self, when: &str, side: Side, text: &str, utc: &str) -> Chat {
        self = self.push(when, side, text);
        let last = self.lines.last_mut().expect("a line");
        last.utc = Some(utc.parse().expect("an instant"));
        self
    }

    /// `count` texts, one a minute from `when`, each by the other side of the one before.
    pub(crate) fn chatter(mut self, when: &str, count: u32, word: &str) -> Chat {
        for n in 0..count {
            let time = (at(when) + TimeDelta::minutes(i64::from(n))).to_string();
            let side = if n % 2 == 0 { Side::They } else { Side::Me };
            self = self.say(&time, side, &format!("{word} number {n}"));
        }
        self
    }

    /// A text that quotes the line at place `target` in full: in itself, or in `chat.md`.
    pub(crate) fn answer(mut self, when: &str, side: Side, target: usize, text: &str) -> Chat {
        if self.style == Style::Web {
            self = self.push(when, side, text);
            self.lines.last_mut().expect("a line").answers = Some(target);
            return self;
        }
        let quote: Vec<String> = self.lines[target]
            .text
            .lines()
            .map(|line| format!("> {line}"))
            .collect();
        self = self.push(when, side, &format!("{}\n{text}", quote.join("\n")));
        self.lines.last_mut().expect("a line").answers = Some(target);
        self
    }

    /// A file; without caption its text names its kind.
    pub(crate) fn send(mut self, when: &str, side: Side, name: &str, bytes: Vec<u8>) -> Chat {
        self = self.push(when, side, "");
        let last = self.lines.last_mut().expect("a line");
        let kind = match name.rsplit('.').next() {
            Some("jpg" | "jpeg") => "image",
            Some("opus") => "voice message",
            Some("mp4") => "video",
            _ => "document",
        };
        last.markdown = format!("[{kind}]");
        last.with_file = true;
        last.media = Some(Media {
            name: name.to_owned(),
            bytes,
        });
        self
    }

    /// The file of the last line comes with these words.
    pub(crate) fn caption(mut self, text: &str) -> Chat {
        let last = self.lines.last_mut().expect("a line");
        text.clone_into(&mut last.text);
        text.clone_into(&mut last.markdown);
        self
    }

    /// The file of the last line does not arrive: this text does.
    pub(crate) fn arrives_as(mut self, markdown: &str) -> Chat {
        let last = self.lines.last_mut().expect("a line");
        markdown.clone_into(&mut last.markdown);
        last.with_file = false;
        self
    }

    /// The messages that Close should hold, in order of the export. Android has no seconds.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let times = self.times();
        let mut rows = Vec::new();
        for (line, time) in self.lines.iter().zip(&times) {
            if line.side == Side::Notice {
                continue;
            }
            let files = line.media.iter().filter(|_| line.with_file);
            rows.push(Row {
                lead: self.lead.clone(),
                at: *time,
                contact: self.contact.clone(),
                user: OWNER_USER.to_owned(),
                direction: match line.side {
                    Side::Me => "outgoing",
                    _ => "incoming",
                }
                .to_owned(),
                local: OWNER_PHONE.to_owned(),
                remote: self.phone.clone(),
                text: line.markdown.clone(),
                files: files
                    .map(|media| {
                        let hash = blake3::hash(&media.bytes).to_hex().to_string();
                        (shown(&media.name), media.bytes.len() as u64, hash)
                    })
                    .collect(),
                answers: line.answers.map(|target| times[target]),
            });
        }
        rows
    }

    fn times(&self) -> Vec<DateTime<Utc>> {
        let mut times: Vec<DateTime<Utc>> = Vec::new();
        let mut stamps: Vec<DateTime<Utc>> = Vec::new();
        for line in &self.lines {
            let stamp = line.utc.unwrap_or_else(|| {
                let local = Berlin.from_local_datetime(&line.at);
                local.single().expect("a time that is once").to_utc()
            });
            let nth = stamps.iter().filter(|known| **known == stamp).count();
            stamps.push(stamp);
            times.push(stamp + TimeDelta::milliseconds(nth as i64));
        }
        times
    }

    /// The row of contacts.csv.
    pub(crate) fn contact_row(&self) -> String {
        format!(
            "{0},{0},contact,{1},{2},{3},,\n",
            self.name, self.phone, self.lead, self.contact
        )
    }
}
