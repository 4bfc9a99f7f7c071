//! What an export records of each message that it shows, field by field. Which messages these are
//! belongs into `sources`, how they are spelled into the files of the programs.

use chrono::Timelike as _;

use super::conversation::{Content, Conversation, FileKind, Media, Shown};
use super::recorded::{Class, Precision, Recorded, RecordedFile, Side, State};
use super::sources::{Export, Line, Program, read_at_home};

impl Export {
    /// What it records, in its order.
    pub(crate) fn recorded(&self, of: &Conversation) -> Vec<Recorded> {
        let lines = self.lines(of);
        lines.iter().map(|line| self.record(of, line)).collect()
    }

    fn record(&self, of: &Conversation, line: &Line<'_>) -> Recorded {
        let precision = match self.program {
            Program::Android => Precision::Minute,
            Program::Iphone | Program::Web => Precision::Second,
            Program::Msgstore => Precision::Exact,
        };
        let local = match precision {
            Precision::Minute => line.local.with_second(0),
            Precision::Second => Some(line.local),
            Precision::Exact => None,
        };
        let (at, in_repeated_hour) = local.map_or((line.at, false), read_at_home);
        let marks_edits = self.program != Program::Web;
        let (content, state) = match &line.shown {
            Shown::Nothing | Shown::Deleted => (None, State::Deleted),
            Shown::Edited(content) if marks_edits => (Some(content), State::Edited),
            Shown::Plain(content) | Shown::Edited(content) => (Some(content), State::Plain),
        };
        let mut record = Recorded {
            truth: line.truth,
            ids: self.ids(line),
            at,
            local,
            precision,
            in_repeated_hour,
            side: match line.author == self.by {
                true => Side::Outgoing,
                false => Side::Incoming,
            },
            author: self.author(of, line),
            class: Class::Unknown,
            kind: None,
            body: None,
            files: Vec::new(),
            state,
            marks_edits,
            imported: false,
            place: line.place,
        };
        if let Some(content) = content {
            self.fill(&mut record, content, line);
        }
        record
    }

    fn fill(&self, record: &mut Recorded, content: &Content, line: &Line<'_>) {
        (record.class, record.body) = match content {
            Content::Text(text) => (Class::Text, Some(text.clone())),
            Content::Poll { question, .. } => (Class::Poll, Some(question.clone())),
            Content::Place { .. } => (Class::Place, Some(self.coordinates(content))),
            Content::Card { name } => {
                let shown = match self.program {
                    Program::Android | Program::Msgstore => true,
                    Program::Iphone => self.media,
                    Program::Web => false,
                };
                if !shown {
                    record.state = State::Omitted;
                }
                (Class::Card, shown.then(|| name.clone()))
            }
            Content::File(media) => {
                self.fill_file(record, media, line);
                (Class::File, self.caption(media))
            }
        };
    }

    fn fill_file(&self, record: &mut Recorded, media: &Media, line: &Line<'_>) {
        if !self.media {
            record.state = State::Omitted;
        }
        // "<Media omitted>" names no kind (reference 3.1).
        if self.media || self.program != Program::Android {
            record.kind = Some(media.kind);
        }
        // A database knows the size of a file that is gone (native sources 2.2).
        if self.media || self.program == Program::Msgstore {
            let bytes = media.bytes();
            record.files.push(RecordedFile {
                name: line.file_name.clone(),
                size: bytes.len() as u64,
                crc: self.media.then(|| crc32fast::hash(&bytes)),
            });
        }
    }

    /// The words with a file.
    pub(crate) fn caption(&self, media: &Media) -> Option<String> {
        // In an Android transcript the title of an omitted document looks like a caption (3.1).
        let titled = self.program == Program::Android && media.kind == FileKind::Document;
        match self.program {
            Program::Android if titled && !self.media => Some(media.title()),
            Program::Iphone if !self.captions => None,
            _ => media.caption.clone(),
        }
    }

    /// Latitude and longitude: an iPhone cuts them after seven digits, the others write all: `51.5021456`
    /// for `51.50214569326172` (reference 7).
    pub(crate) fn coordinates(&self, place: &Content) -> String {
        let Content::Place {
            latitude,
            longitude,
        } = place
        else {
            return String::new();
        };
        match self.program {
            Program::Iphone => {
                let cut = |number: &f64| {
                    let digits = format!("{number:.14}");
                    let end = digits.find('.').map_or(digits.len(), |point| point + 8);
                    digits[..end].to_owned()
                };
                format!("{},{}", cut(latitude), cut(longitude))
            }
            Program::Android | Program::Web | Program::Msgstore => {
                format!("{latitude},{longitude}")
            }
        }
    }

    fn ids(&self, line: &Line<'_>) -> Vec<String> {
        if self.program != Program::Msgstore {
            return Vec::new();
        }
        let mut ids = vec![line.id.to_owned()];
        ids.extend(line.key());
        ids
    }

    fn author(&self, of: &Conversation, line: &Line<'_>) -> Option<String> {
        let own = line.author == self.by;
        match self.program {
            // "You", and a number for the others.
            Program::Web if own => None,
            Program::Msgstore if own => None,
            Program::Msgstore => Some(of.people[line.author].phone.clone()),
            _ => Some(self.shown_name(of, line.author)),
        }
    }

    /// A person's name in a transcript (reference 2.8).
    pub(crate) fn shown_name(&self, of: &Conversation, who: usize) -> String {
        match (self.program, who == self.by) {
            (Program::Web, true) => "You".to_owned(),
            (_, true) => of.people[who].profile.clone(),
            (_, false) => of.people[who].names[self.by].clone(),
        }
    }
}
