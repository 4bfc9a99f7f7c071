//! Conversion of one body, with its entry in `chat.md`, to the parts of a message.

use std::borrow::Cow;

use super::align::Pair;
use super::attached::File;
use super::body::{self, Body};
use super::files;
use super::markdown;
use crate::chat::{Attachment, Extra, Kind, MediaKind};
use crate::parser::MediaIndex;
use crate::parser::text::{marks, media};

/// The parts of a message that its body determines.
#[derive(Debug)]
pub(super) struct Parts<'b> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'b, str>,
    pub(super) extra: Option<Box<Extra<'b>>>,
    /// Whether it is a marker that is in no word list.
    pub(super) unknown: bool,
    /// The kind of a file that has no name, and whether it is a video note.
    pub(super) wanted: Option<(Option<MediaKind>, bool)>,
}

impl Parts<'_> {
    /// The same with owned data.
    pub(super) fn into_owned(self) -> Parts<'static> {
        Parts {
            kind: self.kind,
            text: Cow::Owned(self.text.into_owned()),
            extra: self.extra.map(|extra| Box::new(extra.into_owned())),
            unknown: self.unknown,
            wanted: self.wanted,
        }
    }
}

/// Classifies a body whose lines are joined by `\n`.
pub(super) fn read<'b>(body: &'b str, pair: Option<&Pair<'_>>, index: &MediaIndex) -> Parts<'b> {
    let mut read = body::read(body, index);
    let in_markdown = pair.map(|pair| body::strip_forwarded(pair.body).0);
    let linked = in_markdown.and_then(|text| markdown::link(text, |name| index.contains(name)));
    // chat.md links every file that is present. Words that are the same in both files were typed.
    if matches!(read.file, Some(File::Named(_) | File::Word(..)))
        && linked.is_none()
        && pair.is_some_and(|pair| pair.body.replace('\r', "") == body)
    {
        read = Body {
            kind: Kind::Text,
            text: body::strip_forwarded(body).0,
            file: None,
            ..read
        };
    }
    let mut parts = Parts {
        kind: read.kind,
        text: Cow::Borrowed(read.text),
        extra: None,
        unknown: read.unknown,
        wanted: None,
    };
    let mut extra = Extra {
        forwarded: read.forwarded,
        ..Extra::default()
    };
    match (read.file, linked) {
        (Some(File::Omitted(kind)), _) => extra.omitted = kind,
        (Some(File::Named(name)), _) => extra.attachments.push(named(name, index)),
        (Some(File::Word(word, kind)), Some(link)) => {
            let file = attachment(link, index.find(link), kind);
            extra.attachments.push(if file.entry.is_some() {
                file.into_owned()
            } else {
                attachment(word, None, kind)
            });
        }
        (Some(File::Word(word, kind)), None) => {
            extra.attachments.push(attachment(word, None, kind));
            let note = matches!(word.to_lowercase().as_str(), "video message" | "ptv");
            parts.wanted = Some((kind, note));
        }
        // In an unknown language.
        (None, Some(link)) if read.kind == Kind::Text && index.contains(link) => {
            extra
                .attachments
                .push(attachment(link, index.find(link), None).into_owned());
            parts.kind = Kind::Media;
            let caption = in_markdown.and_then(|text| text.split_once(&format!("{link})")));
            parts.text = Cow::Owned(caption.map_or("", |(_, text)| text.trim()).to_owned());
        }
        (None, _) => {}
    }
    if let (Kind::Text, Cow::Borrowed(text)) = (parts.kind, &parts.text)
        && text.contains("@\u{2068}")
    {
        (parts.text, extra.mentions) = marks::body(text);
    }
    let is_empty = !extra.forwarded
        && extra.omitted.is_none()
        && extra.attachments.is_empty()
        && extra.mentions.is_empty();
    parts.extra = (!is_empty).then(|| Box::new(extra));
    parts
}

fn named<'b>(name: &'b str, index: &MediaIndex) -> Attachment<'b> {
    let entry = index
        .find(name)
        .or_else(|| index.find(&files::stored(name)));
    attachment(name, entry, None)
}

fn attachment<'b>(name: &'b str, entry: Option<u32>, kind: Option<MediaKind>) -> Attachment<'b> {
    let name = marks::without(name.trim());
    let media = kind
        .or_else(|| files::named(&name).map(|named| named.media))
        .unwrap_or_else(|| media::kind_of(&name));
    Attachment { name, entry, media }
}

/// Assigns a file to an attachment that was just a word.
pub(super) fn assign_file(attachment: &mut Attachment<'_>, entry: u32, name: &str) {
    // A GIF is stored as a video, and stays a GIF.
    if attachment.media != MediaKind::Gif
        && let Some(named) = files::named(name)
    {
        attachment.media = named.media;
    }
    attachment.name = Cow::Owned(name.to_owned());
    attachment.entry = Some(entry);
}
