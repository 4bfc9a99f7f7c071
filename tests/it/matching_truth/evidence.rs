//! Records of a true conversation as observations of the engine: what the program's adapters make
//! of an archive (`transform::observe`), of a desired message and of a row of the checkpoint
//! (`plan::evidence`), and of a line of Close's list. Never here: what an answer should be.

use std::collections::HashMap;

use chatferry::internals::matching::sequence::Key;
use chatferry::internals::matching::{
    Class, FileKind, Files, Id, Observation, Person, Precision, Program, Repeat, State, Timeline,
    Wording,
};

use crate::truth::conversation;
use crate::truth::recorded::{self, Recorded, Side};

/// Which adapter reads a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An archive that is compared with another one.
    Archive,
    /// An archive that is compared with what was imported.
    Desired,
    /// The checkpoint.
    Rows,
    /// Close's list.
    Listed,
}

/// A source as the engine gets it.
pub(super) struct Read {
    pub(super) timeline: Timeline,
    /// The place of each observation among the records.
    pub(super) places: Vec<usize>,
    /// The name or number of each author.
    pub(super) people: Vec<String>,
}

/// What the forms leave of a source's records: the oracle must not see what the program does not.
pub(super) fn kept(records: Vec<Recorded>, form: Form, by: Form) -> Vec<Recorded> {
    let mut records = records;
    if form == Form::Rows {
        // Rows have no order of their own.
        records.sort_by_key(|record| record.at);
        for (place, record) in records.iter_mut().enumerate() {
            record.place = place;
        }
    }
    if form == Form::Desired {
        // What is left out as deleted is known by its instant alone.
        let (deleted, mut placed): (Vec<Recorded>, Vec<Recorded>) =
            (records.into_iter()).partition(|record| record.state == recorded::State::Deleted);
        for record in deleted {
            let later = placed.iter().position(|other| {
                other.at > record.at || (other.at == record.at && other.place > record.place)
            });
            placed.insert(later.unwrap_or(placed.len()), record);
        }
        records = placed;
        for (place, record) in records.iter_mut().enumerate() {
            record.place = place;
        }
    }
    for record in &mut records {
        if form != Form::Archive || by != Form::Archive {
            // Neither a row nor a line of Close's list holds the author, and a desired message is
            // compared with these alone.
            record.author = None;
        }
        let is_named = record.ids.iter().any(|id| !id.starts_with("cf1-"));
        // A list shows only the instant.
        if form == Form::Listed && !is_named && record.at.rem_euclid(60_000) < 1_000 {
            record.precision = recorded::Precision::Minute;
        }
        // Programs write cards in words of their own.
        if record.class == recorded::Class::Card {
            record.body = None;
        }
    }
    let files = |record: &&mut Recorded| record.class == recorded::Class::File;
    for record in records.iter_mut().filter(files) {
        // A row holds one hash of size and checksum, and neither kind nor caption.
        if form == Form::Rows {
            record.kind = None;
        }
        if by == Form::Rows || form == Form::Rows {
            record.body = None;
        }
        if by == Form::Rows || form == Form::Rows {
            record.files.retain(|file| file.crc.is_some());
        }
        if form == Form::Rows && by == Form::Listed {
            record.files.clear();
        }
    }
    records
}

/// Reads `records`. `owner` is the number of the owner of the phone; `is_group` says whether
/// authors are recorded at all.
pub(super) fn read(records: &[Recorded], form: Form, owner: &str, is_group: bool) -> Read {
    let mut places: Vec<usize> = (0..records.len()).collect();
    if form == Form::Desired {
        // What is left out as deleted comes last.
        places.sort_by_key(|place| records[*place].state == recorded::State::Deleted);
    }
    let deleted = |record: &&Recorded| record.state == recorded::State::Deleted;
    if form == Form::Rows {
        places.sort_by_key(|place| &records[*place].ids);
    }
    let mut read = Read {
        timeline: Timeline {
            unplaced: match form {
                Form::Desired => records.iter().filter(deleted).count(),
                Form::Archive | Form::Rows | Form::Listed => 0,
            },
            ..Timeline::default()
        },
        places,
        people: Vec::new(),
    };
    let mut stamps: HashMap<i64, i64> = HashMap::new();
    let at: Vec<i64> = (records.iter())
        .map(|record| {
            // Rows have the milliseconds of equal stamps already.
            if record.imported {
                return record.at;
            }
            let same = stamps.entry(record.at).or_default();
            *same += 1;
            record.at + *same - 1
        })
        .collect();
    for (number, place) in (0u32..).zip(read.places.clone()) {
        let record = &records[place];
        let author = (is_group && form == Form::Archive).then(|| {
            let name = match record.side {
                Side::Outgoing => owner.to_owned(),
                Side::Incoming => record.author.clone().unwrap_or_default(),
            };
            let known = read.people.iter().position(|other| *other == name);
            known.unwrap_or_else(|| {
                read.people.push(name);
                read.people.len() - 1
            })
        });
        let native = record.ids.iter().filter(|id| !id.starts_with("cf1-"));
        read.timeline.ids.extend(native.map(|id| Id {
            key: key(id),
            index: number,
            is_own: true,
        }));
        read.timeline.files.extend(details(record, form, number));
        let author = author.map(|author| u32::try_from(author).expect("few people"));
        let observation = observation(record, at[place], form, author);
        read.timeline.observations.push(observation);
    }
    read
}

fn observation(record: &Recorded, at: i64, form: Form, author: Option<u32>) -> Observation {
    let is_named = record.ids.iter().any(|id| !id.starts_with("cf1-"));
    let is_exact = record.precision == recorded::Precision::Exact;
    let is_file = record.class == recorded::Class::File;
    Observation {
        at,
        precision: match record.precision {
            recorded::Precision::Minute => Precision::Minute,
            recorded::Precision::Second => Precision::Second,
            recorded::Precision::Exact => Precision::Exact,
        },
        repeats: match record.in_repeated_hour {
            true => Repeat::of_millis(3_600_000),
            false => Repeat::NEVER,
        },
        outgoing: Some(record.side == Side::Outgoing),
        author,
        class: match record.class {
            recorded::Class::Text => Some(Class::Text),
            recorded::Class::File => Some(Class::File),
            recorded::Class::Place => Some(Class::Location),
            recorded::Class::Card => Some(Class::Card),
            recorded::Class::Poll => Some(Class::Poll),
            recorded::Class::Unknown => None,
        },
        body: body(record),
        wording: match form {
            Form::Archive | Form::Desired => Wording::Fixed,
            Form::Rows | Form::Listed => Wording::Unknown,
        },
        files: (form != Form::Listed).then(|| files(record)).flatten(),
        name: (form == Form::Archive && is_file)
            .then(|| record.files.first().map(|file| key(&file.name)))
            .flatten(),
        state: match record.state {
            recorded::State::Deleted => State::Deleted,
            recorded::State::Edited => State::Edited,
            _ if !record.marks_edits => State::Unmarked,
            recorded::State::Plain | recorded::State::Omitted => State::Plain,
        },
        program: match (form, is_exact) {
            (Form::Listed, _) => None,
            (_, true) => Some(Program::Database),
            (_, false) => Some(Program::Export),
        },
        is_named,
        hint: None,
    }
}

fn key(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    key
}

fn body(record: &Recorded) -> Option<Key> {
    let words = record.body.as_deref();
    match record.class {
        recorded::Class::Text => Some(key(&format!("text:{}", words?))),
        recorded::Class::Poll => Some(key(&format!("poll:{}", words?))),
        recorded::Class::Place => {
            let decimals = |number: &str| {
                let point = number.find('.')?;
                number.get(..point + 5).map(str::to_owned)
            };
            let (latitude, longitude) = words?.split_once(',')?;
            let (latitude, longitude) = (decimals(latitude)?, decimals(longitude)?);
            Some(key(&format!("place:{latitude},{longitude}")))
        }
        // A caption is no body, and programs write cards in words of their own.
        recorded::Class::File | recorded::Class::Card | recorded::Class::Unknown => None,
    }
}

/// The sizes and checksums of all files, where they are known.
fn files(record: &Recorded) -> Option<Key> {
    let all: Option<Vec<String>> = (record.files.iter())
        .map(|file| Some(format!("{}:{}", file.size, file.crc?)))
        .collect();
    all.filter(|all| !all.is_empty())
        .map(|all| key(&all.join(",")))
}

/// What is known of files beside checksums; a row of the checkpoint has no more than these.
fn details(record: &Recorded, form: Form, place: u32) -> Option<Files> {
    let is_file = record.class == recorded::Class::File && form != Form::Rows;
    is_file.then(|| Files {
        index: place,
        kind: record.kind.map(|kind| match kind {
            conversation::FileKind::Image => FileKind::Image,
            conversation::FileKind::Video => FileKind::Video,
            conversation::FileKind::Voice => FileKind::Audio,
            conversation::FileKind::Document => FileKind::Document,
        }),
        sizes: (!record.files.is_empty()).then(|| {
            let sizes = record.files.iter().map(|file| file.size.to_string());
            key(&sizes.collect::<Vec<_>>().join(","))
        }),
        caption: record.body.as_deref().map(key),
    })
}

/// Whether the authors of two sources are one person, from names and numbers alone.
pub(super) fn compare(one: &Read, other: &Read, author: u32, with: u32) -> Person {
    let (name, named) = (&one.people[author as usize], &other.people[with as usize]);
    let is_number = |name: &str| name.starts_with('+');
    if name == named {
        Person::Same
    } else if (is_number(name) && is_number(named))
        || one.people.contains(named)
        || other.people.contains(name)
    {
        Person::Different
    } else {
        Person::Unknown
    }
}
