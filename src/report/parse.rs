//! The lines of `chatferry parse`: one JSON object per message.
//!
//! Besides `plan --payloads` the only output that contains message text; the user requests it.

use std::io::{self, Write};
use std::mem;

use chrono::{DateTime, Datelike, NaiveDateTime, SecondsFormat, Timelike, Utc};
use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::chat::{Attachment, Chat, Message, Quoted};
use crate::display_text;

/// One message as `parse` prints it; the fields are the JSON keys.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    chat: &'a str,
    archive: &'a str,
    seq: u32,
    local_time: Option<IsoTime>,
    utc: Option<String>,
    sender: Option<&'a str>,
    kind: &'a str,
    text: &'a str,
    #[serde(serialize_with = "files")]
    attachments: &'a [Attachment<'a>],
    edited: bool,
    native_id: Option<&'a str>,
    #[serde(serialize_with = "quote")]
    quoted: Option<&'a Quoted>,
}

/// Bytes before which a string of JSON has a backslash, or with which a control may begin ([`display_text`]).
fn may_be_escaped(byte: u8) -> bool {
    (byte < 0x20)
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == 0x7F)
        | (byte == 0xC2)
        | (byte == 0xD8)
        | (byte == 0xE2)
        | (byte == 0xEF)
}

/// Writes a string. Most have nothing to escape, and are copied.
fn string(to: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    // Without a branch a byte, which compilers turn into wide instructions.
    let is_plain = !(text.bytes()).fold(false, |any, byte| any | may_be_escaped(byte));
    if is_plain {
        to.push(b'"');
        to.extend_from_slice(text.as_bytes());
        to.push(b'"');
        return Ok(());
    }
    let start = to.len();
    serde_json::to_writer(&mut *to, text)?;
    display_text::escape_json(to, start);
    Ok(())
}

/// Writes a string, or `null`.
fn optional(to: &mut Vec<u8>, text: Option<&str>) -> serde_json::Result<()> {
    match text {
        Some(text) => string(to, text),
        None => {
            to.extend_from_slice(b"null");
            Ok(())
        }
    }
}

impl<'a> Line<'a> {
    /// The line of `message`, the `seq`-th of `chat` counted from 0, with the names of chat and archive.
    /// `utc` is the instant where it is known; `zoneless`: the local time is not known.
    pub fn new(
        (name, archive): (&'a str, &'a str),
        chat: &'a Chat<'_>,
        seq: u32,
        message: &'a Message<'_>,
        utc: Option<DateTime<Utc>>,
        zoneless: bool,
    ) -> Self {
        Line {
            chat: name,
            archive,
            seq,
            local_time: (!zoneless).then_some(IsoTime(message.local_time)),
            utc: utc.map(|utc| utc.to_rfc3339_opts(SecondsFormat::Secs, true)),
            sender: chat.sender_of(message).map(|p| p.name.as_ref()),
            kind: message.kind.word(),
            text: &message.text,
            attachments: message.attachments(),
            edited: message.edited,
            native_id: message.native_id(),
            quoted: message.quoted(),
        }
    }

    /// Writes what its serialisation gives, with escapes for all controls. The keys are copied, and so are most strings: a
    /// third faster than serde_json, which looks at each byte of both.
    fn write(&self, to: &mut Vec<u8>) -> serde_json::Result<()> {
        to.extend_from_slice(b"{\"chat\":");
        string(to, self.chat)?;
        to.extend_from_slice(b",\"archive\":");
        string(to, self.archive)?;
        to.extend_from_slice(b",\"seq\":");
        serde_json::to_writer(&mut *to, &self.seq)?;
        to.extend_from_slice(b",\"local_time\":");
        match self.local_time.as_ref().map(|time| (time, time.digits())) {
            Some((_, Some(digits))) => {
                to.push(b'"');
                to.extend_from_slice(&digits);
                to.push(b'"');
            }
            Some((time, None)) => serde_json::to_writer(&mut *to, time)?,
            None => to.extend_from_slice(b"null"),
        }
        to.extend_from_slice(b",\"utc\":");
        optional(to, self.utc.as_deref())?;
        to.extend_from_slice(b",\"sender\":");
        optional(to, self.sender)?;
        to.extend_from_slice(b",\"kind\":");
        string(to, self.kind)?;
        to.extend_from_slice(b",\"text\":");
        string(to, self.text)?;
        to.extend_from_slice(b",\"attachments\":[");
        for (number, attachment) in self.attachments.iter().enumerate() {
            to.extend_from_slice(if number > 0 {
                b",{\"name\":"
            } else {
                b"{\"name\":"
            });
            string(to, &attachment.name)?;
            to.extend_from_slice(b",\"present\":");
            to.extend_from_slice(word(attachment.entry.is_some()));
            to.push(b'}');
        }
        to.extend_from_slice(b"],\"edited\":");
        to.extend_from_slice(word(self.edited));
        to.extend_from_slice(b",\"native_id\":");
        optional(to, self.native_id)?;
        match self.quoted {
            None => to.extend_from_slice(b",\"quoted\":null}"),
            Some(quoted) => {
                to.extend_from_slice(b",\"quoted\":{\"id\":");
                optional(to, quoted.id.as_deref())?;
                to.extend_from_slice(b",\"text\":");
                optional(to, quoted.text.as_deref())?;
                to.extend_from_slice(b"}}");
            }
        }
        Ok(())
    }
}

fn word(is: bool) -> &'static [u8] {
    if is { b"true" } else { b"false" }
}

/// Messages that one thread serialises at a time.
const CHUNK: usize = 4 * 1024;

/// Writes the line of every message, serialised on all cores and written in order. `utc` returns the
/// instant of the message at an index of the chat, for sources with local times; it is called only if the
/// message has no instant of its own. `zoneless`: the source contains instants, and no time zone for
/// display is set.
///
/// # Errors
///
/// Those of `to`.
pub fn lines(
    to: &mut impl Write,
    name: &str,
    archive: &str,
    chat: &Chat<'_>,
    zoneless: bool,
    utc: impl Fn(usize) -> Option<DateTime<Utc>> + Sync,
) -> io::Result<()> {
    let write =
        |number: usize, messages: &[Message<'_>], mut chunk: Vec<u8>| -> io::Result<Vec<u8>> {
            chunk.clear();
            for (index, message) in (number * CHUNK..).zip(messages) {
                let utc = message.instant().or_else(|| utc(index));
                // A transcript under 2 GiB has fewer messages than fit.
                let seq = u32::try_from(index).unwrap_or(u32::MAX);
                let line = Line::new((name, archive), chat, seq, message, utc, zoneless);
                line.write(&mut chunk)?;
                chunk.push(b'\n');
            }
            Ok(chunk)
        };
    // A few chunks at a time, so that memory does not grow with the chat.
    let mut chunks = vec![Vec::new(); 2 * rayon::current_num_threads()];
    let chunk_count = chunks.len();
    for (round, messages) in chat.messages.chunks(CHUNK * chunk_count).enumerate() {
        let used = messages.len().div_ceil(CHUNK);
        chunks[..used]
            .par_iter_mut()
            .zip(messages.par_chunks(CHUNK))
            .enumerate()
            .try_for_each(|(number, (chunk, messages))| {
                // Taken out while it is written: cores that write to adjacent elements of one vector would
                // share cache lines.
                *chunk = write(round * chunk_count + number, messages, mem::take(chunk))?;
                Ok::<(), io::Error>(())
            })?;
        for chunk in &chunks[..used] {
            to.write_all(chunk)?;
        }
    }
    Ok(())
}

fn files<S: Serializer>(attachments: &[Attachment<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct File<'a> {
        name: &'a str,
        present: bool,
    }
    serializer.collect_seq(attachments.iter().map(|attachment| File {
        name: &attachment.name,
        present: attachment.entry.is_some(),
    }))
}

fn quote<S: Serializer>(quoted: &Option<&Quoted>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        id: Option<&'a str>,
        text: Option<&'a str>,
    }
    quoted
        .map(|quoted| Shown {
            id: quoted.id.as_deref(),
            text: quoted.text.as_deref(),
        })
        .serialize(serializer)
}

/// A local time as `2020-12-31T21:45:00`.
///
/// Formatted digit by digit: chrono's formatting by pattern took a third of the time of the whole command
/// for a million messages.
#[derive(Debug)]
struct IsoTime(NaiveDateTime);

impl IsoTime {
    /// Its text; `None` if the year has not four digits.
    fn digits(&self) -> Option<[u8; 19]> {
        let Ok(year @ 0..=9999) = u32::try_from(self.0.year()) else {
            return None;
        };
        let mut text = *b"0000-00-00T00:00:00";
        for (at, number) in [
            (0, year / 100),
            (2, year % 100),
            (5, self.0.month()),
            (8, self.0.day()),
            (11, self.0.hour()),
            (14, self.0.minute()),
            (17, self.0.second()),
        ] {
            // Every number is under 100, so its digits fit into a byte.
            text[at] += (number / 10) as u8;
            text[at + 1] += (number % 10) as u8;
        }
        Some(text)
    }
}

impl Serialize for IsoTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.digits() {
            Some(text) => serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_as_by_chrono() {
        for (text, seconds) in [
            ("2020-12-31T21:45:07", 1_609_451_107),
            ("1999-01-02T00:00:00", 915_235_200),
        ] {
            let time = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            assert_eq!(
                serde_json::to_string(&IsoTime(time)).unwrap(),
                format!("\"{text}\"")
            );
        }
    }

    proptest::proptest! {
        /// The line is that of serde_json, with escapes for controls.
        #[test]
        fn written_line_is_the_serialised_one(
            texts in proptest::collection::vec("[ -~\n\t\u{1}\u{7f}\u{80}-\u{a5}é\u{61c}\u{620}’\u{200e}\u{2028}\u{feff}👍]{0,40}", 9),
            year in -2000..12_000,
            (is_there, is_edited) in (proptest::bool::ANY, proptest::bool::ANY),
        ) {
            let quoted = Quoted {
                id: Some(texts[6].clone()),
                text: is_there.then(|| texts[7].clone()),
                sender: None,
                elsewhere: false,
            };
            let files: Vec<Attachment<'_>> = (texts[4..6].iter())
                .map(|name| Attachment {
                    name: name.as_str().into(),
                    entry: is_there.then_some(1),
                    media: crate::chat::MediaKind::Image,
                })
                .collect();
            let date = chrono::NaiveDate::from_ymd_opt(year, 2, 3).and_then(|day| day.and_hms_opt(4, 5, 6));
            let line = Line {
                chat: &texts[0],
                archive: &texts[1],
                seq: year.unsigned_abs(),
                local_time: date.map(IsoTime),
                utc: is_there.then(|| texts[8].clone()),
                sender: Some(&texts[2]),
                kind: "text",
                text: &texts[3],
                attachments: if is_there { &files } else { &[] },
                edited: is_edited,
                native_id: None,
                quoted: is_there.then_some(&quoted),
            };
            let mut written = Vec::new();
            line.write(&mut written).unwrap();
            let serialised = serde_json::to_string(&line).unwrap();
            let expected = display_text::json(&serialised);
            proptest::prop_assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }
}
