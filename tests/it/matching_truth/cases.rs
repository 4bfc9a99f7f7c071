//! Cases from a seed: a true conversation, and two sources of it as people make them. Never here:
//! what an answer should be.

use fastrand::Rng;

use super::evidence::{Form, kept};
use crate::truth::conversation::MINUTE;
use crate::truth::generate::CLOCK_GOES_BACK;
use crate::truth::sources::{Language, Program};
use crate::truth::{Conversation, Export, Profile, Recorded, Source};

/// The longest conversation whose histories are all enumerated.
pub(super) const SMALL: usize = 6;

/// Hours of an hour's worth of zones: one or nine hours, or those of Nepal.
const ZONES: [i64; 6] = [60, -60, 540, -540, 345, -345];

/// Two sources of one conversation.
pub(super) struct Case {
    pub(super) of: Conversation,
    sources: [Source; 2],
    pub(super) forms: [Form; 2],
    pub(super) records: [Vec<Recorded>; 2],
}

impl Case {
    /// The case of a seed: every second one is small.
    pub(super) fn of(seed: u64) -> Case {
        let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let is_small = seed.is_multiple_of(2);
        let messages = match is_small {
            true => rng.usize(1..=SMALL),
            false => rng.usize(10..=60),
        };
        let profile = profile(&mut rng, messages);
        let of = profile.conversation(rng.u64(..));
        let by = usize::from(rng.u8(0..4) == 0);
        let forms = forms(&mut rng);
        let sources = forms.map(|form| {
            let mut export = export(&mut rng, &of);
            export.by = by;
            match form {
                Form::Archive | Form::Desired => Source::Export(export),
                Form::Rows => Source::Checkpoint(export),
                Form::Listed => Source::Close(export),
            }
        });
        let records = [
            kept(sources[0].recorded(&of), forms[0], forms[1]),
            kept(sources[1].recorded(&of), forms[1], forms[0]),
        ];
        Case {
            of,
            sources,
            forms,
            records,
        }
    }

    /// True where the oracle can judge the sources as wholes.
    pub(super) fn is_small(&self) -> bool {
        self.records.iter().all(|records| records.len() <= SMALL)
    }

    /// The number of messages of both sources.
    pub(super) fn length(&self) -> usize {
        self.records.iter().map(Vec::len).sum()
    }

    pub(super) fn is_group(&self) -> bool {
        self.of.people.len() > 2
    }

    /// By how many minutes the wall clock of the second source is ahead of that of the first.
    pub(super) fn ahead(&self) -> i64 {
        let ahead = |source: &Source| {
            let (Source::Export(export) | Source::Close(export) | Source::Checkpoint(export)) =
                source;
            match export.program {
                Program::Msgstore => 0,
                _ => export.ahead,
            }
        };
        ahead(&self.sources[1]) - ahead(&self.sources[0])
    }

    /// True where the wall clocks of the two sources differ.
    pub(super) fn is_abroad(&self) -> bool {
        self.ahead() != 0
    }

    /// The phone number of the owner of both phones.
    pub(super) fn owner(&self) -> &str {
        let (Source::Export(export) | Source::Close(export) | Source::Checkpoint(export)) =
            &self.sources[0];
        &self.of.people[export.by].phone
    }

    /// All that a person needs to see a fault.
    pub(super) fn describe(&self) -> String {
        let mut text = String::new();
        for (number, source) in self.sources.iter().enumerate() {
            text.push_str(&format!("  {:?} {source:?}\n", self.forms[number]));
            for record in &self.records[number] {
                text.push_str(&line(record));
            }
        }
        text
    }
}

pub(super) fn line(record: &Recorded) -> String {
    format!(
        "    {:2} truth {:2} {} {:?}{} {:?} {:?} {:?} {:?} {:?} files {:?} {:?}\n",
        record.place,
        record.truth,
        record.at,
        record.precision,
        if record.in_repeated_hour {
            " twice"
        } else {
            ""
        },
        record.side,
        record.class,
        record.kind,
        record.body,
        record.state,
        (record.files.iter().map(|file| (file.size, file.crc))).collect::<Vec<_>>(),
        record.ids,
    )
}

fn profile(rng: &mut Rng, messages: usize) -> Profile {
    let mut profile = match rng.u8(0..4) {
        0 => Profile::calm(messages),
        _ => Profile::lively(messages),
    };
    profile.people = if rng.u8(0..5) == 0 { 3 } else { 2 };
    profile.autumn = rng.u8(0..8) == 0;
    profile.sparse = rng.u8(0..90);
    // Now and then one kind of scene, or one kind of event, makes most of the conversation.
    match rng.u8(0..12) {
        0 => profile.albums = 30,
        1 => profile.repeats = 30,
        2 => profile.twins = 30,
        3 => profile.edited = 40,
        4 => profile.deleted = 30,
        5 => profile.deleted_locally = 25,
        6 => profile.late = 30,
        _ => {}
    }
    profile
}

/// What is compared with what.
fn forms(rng: &mut Rng) -> [Form; 2] {
    let mut forms = match rng.u8(0..8) {
        0..4 => [Form::Archive, Form::Archive],
        4 | 5 => [Form::Desired, Form::Rows],
        6 => [Form::Desired, Form::Listed],
        _ => [Form::Rows, Form::Listed],
    };
    if rng.bool() {
        forms.reverse();
    }
    forms
}

fn export(rng: &mut Rng, of: &Conversation) -> Export {
    const PROGRAMS: [Program; 4] = [
        Program::Android,
        Program::Iphone,
        Program::Web,
        Program::Msgstore,
    ];
    let program = PROGRAMS[rng.usize(0..4)];
    let (first, last) = (of.messages[0].at, of.messages[of.messages.len() - 1].at);
    let taken = match rng.u8(0..3) {
        0 => rng.i64(first..last + 8 * 60 * MINUTE),
        _ => last + 300 * 24 * 60 * MINUTE,
    };
    let is_autumn = first > CLOCK_GOES_BACK - 100 * MINUTE && first < CLOCK_GOES_BACK;
    // A zone of its own puts the order of the hour that comes twice beyond repair.
    let journey = rng.u8(0..8) == 0 && !is_autumn;
    let messages = of.messages.len();
    Export {
        media: rng.u8(0..3) > 0,
        language: match rng.bool() {
            true => Language::English,
            false => Language::German,
        },
        newest: (rng.u8(0..3) == 0).then(|| rng.usize(1..=messages)),
        ahead: match journey {
            true => ZONES[rng.usize(0..ZONES.len())],
            false => 0,
        },
        jitter: (program == Program::Iphone && rng.bool()).then(|| rng.u64(..)),
        captions: rng.bool(),
        numbering: rng.usize(0..50),
        stored_later: rng.i64(0..2),
        ..Export::new(program, taken)
    }
}
