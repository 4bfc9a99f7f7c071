//! Exports as phones write them, and as they arrive when something went wrong.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::chat::{Chat, Line, OWNER, Side, Style};

const MARK: char = '\u{200e}';

/// The name of a chat's archive, without `.zip`.
pub(crate) fn name(chat: &Chat) -> String {
    match chat.style {
        Style::Android => format!("WhatsApp Chat with {}", chat.name),
        Style::Ios => format!("WhatsApp Chat - {}", chat.name),
    }
}

/// The name of the transcript in it.
pub(crate) fn transcript_name(chat: &Chat) -> String {
    match chat.style {
        Style::Android => format!("WhatsApp Chat with {}.txt", chat.name),
        Style::Ios => "_chat.txt".to_owned(),
    }
}

/// The transcript.
pub(crate) fn transcript(chat: &Chat) -> String {
    let mut text = String::new();
    for line in &chat.lines {
        let body = match (chat.style, &line.media) {
            (_, None) => line.text.clone(),
            (Style::Android, Some(media)) if line.text.is_empty() => {
                format!("{MARK}{} (file attached)", media.name)
            }
            (Style::Android, Some(media)) => {
                format!("{MARK}{} (file attached)\n{}", media.name, line.text)
            }
            (Style::Ios, Some(media)) if line.text.is_empty() => {
                format!("{MARK}<attached: {}>", media.name)
            }
            (Style::Ios, Some(media)) => {
                format!("{} {MARK}<attached: {}>", line.text, media.name)
            }
        };
        header(chat, line, &mut text);
        text.push_str(&body);
        text.push_str(match chat.style {
            Style::Android => "\n",
            Style::Ios => "\r\n",
        });
    }
    text
}

fn header(chat: &Chat, line: &Line, text: &mut String) {
    let sender = match line.side {
        Side::Me => OWNER,
        Side::They => chat.name.as_str(),
        Side::Notice => "",
    };
    let at = line.at;
    match (chat.style, line.side) {
        (Style::Android, Side::Notice) => write!(text, "{} - ", at.format("%d/%m/%Y, %H:%M")),
        (Style::Android, _) => write!(text, "{} - {sender}: ", at.format("%d/%m/%Y, %H:%M")),
        (Style::Ios, Side::Notice) => write!(
            text,
            "[{}] {}: {MARK}",
            at.format("%d/%m/%Y, %H:%M:%S"),
            chat.name
        ),
        (Style::Ios, _) => write!(text, "[{}] {sender}: ", at.format("%d/%m/%Y, %H:%M:%S")),
    }
    .expect("a string takes all");
}

/// The export as a zip.
pub(crate) fn zip(chat: &Chat) -> Vec<u8> {
    zip_with(chat, CompressionMethod::Deflated, false)
}

/// The export as a zip, with a method for its files and the 64-bit records if asked for.
pub(crate) fn zip_with(chat: &Chat, method: CompressionMethod, large: bool) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let text = SimpleFileOptions::default().large_file(large);
    zip.start_file(transcript_name(chat), text).expect("entry");
    zip.write_all(transcript(chat).as_bytes()).expect("bytes");
    for media in chat.lines.iter().filter_map(|line| line.media.as_ref()) {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(large);
        zip.start_file(media.name.as_str(), options).expect("entry");
        zip.write_all(&media.bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

/// A zip of these texts, by entry name.
pub(crate) fn zip_of(entries: &[(String, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        zip.start_file(name.as_str(), SimpleFileOptions::default())
            .expect("entry");
        zip.write_all(text.as_bytes()).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Puts the export as a zip into a folder.
pub(crate) fn put_zip(chat: &Chat, folder: &Path) {
    let path = folder.join(format!("{}.zip", name(chat)));
    fs::write(path, zip(chat)).expect("written");
}

/// Puts the export as an unpacked folder into a folder.
pub(crate) fn put_folder(chat: &Chat, folder: &Path) {
    let folder = folder.join(name(chat));
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join(transcript_name(chat)), transcript(chat)).expect("written");
    for media in chat.lines.iter().filter_map(|line| line.media.as_ref()) {
        fs::write(folder.join(&media.name), &media.bytes).expect("written");
    }
}

/// Bytes that look like a JPEG and differ with `seed`.
pub(crate) fn jpeg(size: usize, seed: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 0x10, b'J', b'F', b'I', b'F', 0];
    let mut state = u32::from(seed) + 1;
    while bytes.len() < size {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push((state >> 24) as u8);
    }
    bytes
}
