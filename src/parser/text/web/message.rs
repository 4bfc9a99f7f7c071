//! One body, with what `chat.md` says of it, as parts of a message.

use std::borrow::Cow;

use super::align::Pair;
use super::attached::File;
use super::body::{self, Body};
use super::files;
use super::markdown;
use crate::chat::{Attachment, Extra, Kind, MediaKind};
use crate::parser::MediaIndex;
use crate::parser::text::{marks, media};

/// What a body gives to its message.
#[derive(Debug)]
pub(super) struct Parts<'b> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'b, str>,
    pub(super) extra: Option<Box<Extra<'b>>>,
    /// A marker that no word list knows.
    pub(super) unknown: bool,
    /// The body says of its file only of what kind it is, and whether it is a video note.
    pub(super) wanted: Option<(Option<MediaKind>, bool)>,
}

impl Parts<'_> {
    /// The same, owning what it borrowed.
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

/// Reads a body whose lines are joined by `\n`.
pub(super) fn read<'b>(body: &'b str, pair: Option<&Pair<'_>>, index: &MediaIndex) -> Parts<'b> {
    let mut read = body::read(body, index);
    let in_markdown = pair.map(|pair| body::strip_forwarded(pair.body).0);
    let linked = in_markdown.and_then(|text| markdown::link(text, |name| index.holds(name)));
    // chat.md links every file that is there. What is the same words in both was typed.
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
        // In a language whose words are not known.
        (None, Some(link)) if read.kind == Kind::Text && index.holds(link) => {
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

/// Gives an attachment that was only a word its file.
pub(super) fn meet(attachment: &mut Attachment<'_>, entry: u32, name: &str) {
    // A GIF is stored as a film, and stays a GIF.
    if attachment.media != MediaKind::Gif
        && let Some(named) = files::named(name)
    {
        attachment.media = named.media;
    }
    attachment.name = Cow::Owned(name.to_owned());
    attachment.entry = Some(entry);
}
