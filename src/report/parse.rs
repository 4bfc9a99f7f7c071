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

/// One message; the fields are the JSON keys.
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
                serde_json::to_writer(&mut chunk, &line)?;
                chunk.push(b'\n');
            }
            display_text::escape_json(&mut chunk, 0);
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

impl Serialize for IsoTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Ok(year @ 0..=9999) = u32::try_from(self.0.year()) else {
            return serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S"));
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
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
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
}
