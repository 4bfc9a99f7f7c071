//! Generated messages of every kind, with all parts around the body, and the parts that [`super::split`]
//! must return.

use chrono::DateTime;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::chat::{Attachment, Extra, Message};
use crate::transform::markdown::Fate;
use crate::transform::phrases::KINDS;

/// A message, and the parts around its body.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// In a group, the name of a displayed sender.
    pub(super) group: Option<Option<String>>,
    pub(super) quotation: String,
    kind: Kind,
    text: String,
    is_exact: bool,
    omitted: Option<MediaKind>,
    files: Vec<GivenFile>,
    pub(super) reactions: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(super) struct GivenFile {
    pub(super) media: MediaKind,
    pub(super) name: String,
    fate: GivenFate,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum GivenFate {
    Uploaded,
    Damaged,
    Absent(Why),
}

/// Lines that chatferry or WhatsApp could have written.
const ALIKE: [&str; 22] = [
    "> yes",
    "> ",
    ">",
    "*Rita Sol*",
    "*Poll: which?*",
    "*Event: walk*",
    "- one",
    "Start: now",
    "[image]",
    "[2 images, GIF]",
    "[image missing in the export: a.jpg]",
    "[document damaged in the archive: a.pdf]",
    "[video too large for Close (31 MB): v.mp4]",
    "[file not included in the export]",
    "[contact card: Rita Sol]",
    "[message deleted by its sender]",
    "[message that the export does not show: ?]",
    "https://maps.google.com/?q=1,2",
    "\u{1f44d} Rita",
    "\u{1f44d}",
    "[Missed voice call]",
    "",
];

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "\\PC{0,12}",
        2 => "[ \t\u{a0}\u{200e}*_~`>@#\\[\\]:.,a-c0-3e\u{301}\u{1f44d}-]{0,12}",
        3 => select(&ALIKE[..]).prop_map(str::to_owned),
    ]
}

pub(super) fn lines(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..=most).prop_map(|lines| lines.join("\n"))
}

fn name() -> impl Strategy<Value = String> {
    let names = [
        "You",
        "Rita *Sol*",
        "~ Theo",
        "A: B",
        "***",
        "> Theo",
        "[image]",
        "Sol, Rita",
        "- Theo",
        "_x_ `y`",
        "\u{1f44d}",
        "+49 151 12345678",
        "Poll: x",
    ];
    prop_oneof!["\\PC{1,12}", select(names.to_vec()).prop_map(str::to_owned)]
}

fn file() -> impl Strategy<Value = GivenFile> {
    let fates = [
        GivenFate::Uploaded,
        GivenFate::Uploaded,
        GivenFate::Damaged,
        GivenFate::Absent(Why::Missing),
        GivenFate::Absent(Why::NotWanted),
        GivenFate::Absent(Why::TooLarge(31)),
    ];
    let names = [
        "a.jpg",
        "00000042-b.pdf",
        "image",
        "Video",
        "x]",
        "a\nb.png",
        "] [",
        "c: d",
    ];
    let name = prop_oneof!["\\PC{0,12}", select(names.to_vec()).prop_map(str::to_owned)];
    (select(KINDS.to_vec()), name, select(fates.to_vec()))
        .prop_map(|(media, name, fate)| GivenFile { media, name, fate })
}

/// Text of the form that messages of a kind have.
fn text_of(kind: Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Location => (
            lines(2),
            select(
                &[
                    "location: https://maps.google.com/?q=52.5,13.4",
                    "https://foursquare.com/v/4b0588f1",
                    "Location: 52.5, 13.4 - https://maps.google.com/?q=52.5,13.4",
                    "Cafe: Location: 52.5, -13.4",
                ][..],
            ),
        )
            .prop_map(|(before, place)| match before.as_str() {
                "" => place.to_owned(),
                before => format!("{before}\n{place}"),
            })
            .boxed(),
        Kind::Poll => (line(), prop::collection::vec(line(), 0..3), any::<bool>())
            .prop_map(|(question, options, of_web)| {
                let head = if of_web { "Poll: " } else { "POLL:\n" };
                let option = if of_web { "    - " } else { "OPTION: " };
                let options = options
                    .iter()
                    .map(|text| format!("\n{option}{text} (1 vote)"));
                let options: String = options.collect();
                format!("{head}{question}{options}")
            })
            .boxed(),
        Kind::Event => (line(), line())
            .prop_map(|(title, what)| {
                format!("EVENT: {title}\nStarts: 1765279800000\nDescription: {what}\nEnds: ")
            })
            .boxed(),
        _ => lines(3).boxed(),
    }
}

pub(super) fn given() -> impl Strategy<Value = Given> {
    let signs = [
        "\u{1f44d}",
        "\u{2764}\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "\u{2139}\u{fe0f}",
    ];
    let by = prop_oneof![Just(String::new()), Just("1@lid".to_owned()), name()];
    let by = by.prop_map(|by| by.trim().to_owned());
    let reaction = (by, select(signs.to_vec()).prop_map(str::to_owned));
    let kind =
        prop_oneof![3 => Just(Kind::Text), 4 => Just(Kind::Media), 6 => select(&Kind::ALL[..])];
    kind.prop_flat_map(move |kind| {
        let files = match kind {
            Kind::Media => prop::collection::vec(file(), 1..=3),
            Kind::Contact => prop::collection::vec(file(), 0..=3),
            _ => prop::collection::vec(file(), 0..=0),
        };
        let quotation = prop_oneof![Just(String::new()), lines(3)];
        let reactions = prop_oneof![
            Just(Vec::new()),
            prop::collection::vec(reaction.clone(), 1..=3)
        ];
        let omitted = prop::option::of(select(KINDS.to_vec()));
        let around = (
            prop::option::of(prop::option::of(name())),
            quotation,
            reactions,
        );
        (around, text_of(kind), any::<bool>(), omitted, files).prop_map(
            move |((group, quotation, reactions), text, is_exact, omitted, files)| Given {
                group,
                quotation,
                kind,
                text,
                is_exact,
                omitted,
                files,
                reactions,
            },
        )
    })
}

impl Given {
    pub(super) fn message(&self) -> Message<'_> {
        let attachments = self.files.iter().map(|file| Attachment {
            name: file.name.as_str().into(),
            entry: None,
            media: file.media,
        });
        Message {
            line: 1,
            sender: Some(0),
            local_time: chrono::NaiveDateTime::default(),
            kind: self.kind,
            edited: false,
            text: self.text.as_str().into(),
            extra: Some(Box::new(Extra {
                attachments: attachments.collect(),
                omitted: self.omitted,
                instant: self.is_exact.then_some(DateTime::UNIX_EPOCH),
                ..Extra::default()
            })),
        }
    }

    pub(super) fn fates(&self) -> Vec<Fate<'_>> {
        let fate = |file: &'_ GivenFile| match file.fate {
            GivenFate::Absent(Why::Missing) => |media, name| Fate::Missing(media, name),
            GivenFate::Absent(Why::NotWanted) => |media, name| Fate::NotWanted(media, name),
            GivenFate::Absent(_) => |media, name| Fate::TooLarge(media, name, 31_200_000),
            _ => |media, _| Fate::Uploaded(media),
        };
        let files = self.files.iter();
        files
            .map(|file| fate(file)(file.media, file.name.as_str()))
            .collect()
    }

    pub(super) fn damaged(&self) -> impl Iterator<Item = &GivenFile> {
        self.files
            .iter()
            .filter(|file| file.fate == GivenFate::Damaged)
    }

    pub(super) fn context(&self) -> Context {
        let uploaded = self
            .files
            .iter()
            .filter(|file| file.fate == GivenFate::Uploaded);
        Context {
            is_group: self.group.is_some(),
            files: uploaded.count(),
        }
    }

    fn absent(&self) -> Vec<Absent<'_>> {
        let absent = self.files.iter().filter_map(|file| match file.fate {
            GivenFate::Absent(why) => Some(Absent {
                media: file.media,
                why,
                name: Some(file.name.as_str()).filter(|name| {
                    why != Why::Missing || !name.eq_ignore_ascii_case(file.media.word())
                }),
            }),
            _ => None,
        });
        absent.collect()
    }

    /// The expected body; `markdown` is the rendered one.
    pub(super) fn body<'g>(&'g self, markdown: &'g str) -> Body<'g> {
        let text = self.text.trim_end();
        let (first, rest) = markdown.split_once('\n').unwrap_or((markdown, ""));
        let inside = |head: &str| &first[head.len()..first.len() - 1];
        match self.kind {
            Kind::Text => Body::Text(text),
            Kind::Media => Body::Files {
                caption: text,
                absent: self.absent(),
            },
            Kind::MediaOmitted => Body::Omitted {
                media: self.omitted,
                caption: text,
            },
            Kind::ViewOnce => Body::ViewOnce { caption: text },
            Kind::Deleted => Body::Deleted,
            Kind::Location => Body::Location(text),
            Kind::LiveLocation => Body::LiveLocation,
            Kind::Contact => Body::Card(markdown),
            Kind::Poll => Body::Poll {
                question: inside("*Poll: "),
                options: rest,
            },
            Kind::Event => Body::Event {
                title: inside("*Event: "),
                fields: rest,
            },
            Kind::Call => Body::Call(text),
            Kind::Waiting => Body::Waiting,
            Kind::System => Body::Notice(text),
            Kind::Unsupported => Body::Unsupported(Some(text).filter(|text| !text.is_empty())),
        }
    }
}
