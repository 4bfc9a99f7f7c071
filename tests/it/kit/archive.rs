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
        Style::Web => chat.name.clone(),
    }
}

/// The name of the transcript in it.
pub(crate) fn transcript_name(chat: &Chat) -> String {
    match chat.style {
        Style::Android => format!("WhatsApp Chat with {}.txt", chat.name),
        Style::Ios => "_chat.txt".to_owned(),
        Style::Web => "chat.txt".to_owned(),
    }
}

/// The transcript.
pub(crate) fn transcript(chat: &Chat) -> String {
    let mut text = String::new();
    if chat.style == Style::Web {
        text.push_str("Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.\n");
    }
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
            // The trap of section 3.6: only a word for the kind.
            (Style::Web, Some(media)) => {
                let name = if media.name.starts_with("WhatsApp Image ") {
                    "image"
                } else {
                    &media.name
                };
                format!("{name} (file attached) {}", line.text)
                    .trim_end()
                    .to_owned()
            }
        };
        header(chat, line, &mut text);
        text.push_str(&body);
        text.push_str(match chat.style {
            Style::Android | Style::Web => "\n",
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
    let day = at.format(if chat.month_first {
        "%m/%d/%Y"
    } else {
        "%d/%m/%Y"
    });
    let (minute, second) = (at.format("%H:%M"), at.format("%H:%M:%S"));
    match (chat.style, line.side) {
        (Style::Android, Side::Notice) => write!(text, "{day}, {minute} - "),
        (Style::Android, _) => write!(text, "{day}, {minute} - {sender}: "),
        (Style::Ios, Side::Notice) => write!(text, "[{day}, {second}] {}: {MARK}", chat.name),
        (Style::Ios, _) => write!(text, "[{day}, {second}] {sender}: "),
        (Style::Web, Side::Notice) => {
            write!(text, "[{}] - ", at.format("%-m/%-d/%y, %-I:%M:%S %p"))
        }
        (Style::Web, side) => {
            let sender = if side == Side::Me { "You" } else { sender };
            write!(
                text,
                "[{}] {sender}: ",
                at.format("%-m/%-d/%y, %-I:%M:%S %p")
            )
        }
    }
    .expect("a string takes all");
}

/// The `chat.md` of a Web export: the same messages, and what they answer.
pub(crate) fn markdown(chat: &Chat) -> String {
    let mut text = format!("# WhatsApp Chat Export: {}\n\n---\n\n---\n", chat.name);
    let mut day = None;
    let sender = |line: &Line| match line.side {
        Side::Me => "You".to_owned(),
        _ => chat.name.clone(),
    };
    for line in &chat.lines {
        if day.replace(line.at.date()) != Some(line.at.date()) {
            write!(text, "\n## {}\n\n", line.at.format("%B %-d, %Y")).expect("a string");
        }
        let time = line.at.format("%-I:%M %p");
        if line.side == Side::Notice {
            write!(text, "[{time}] __{}__\n\n", line.text).expect("a string");
            continue;
        }
        write!(text, "[{time}] **{}:**", sender(line)).expect("a string");
        match line.answers.map(|target| &chat.lines[target]) {
            Some(target) => {
                write!(text, "\n> _{}: {}_\n", sender(target), target.text).expect("a string");
            }
            None => text.push(' '),
        }
        if let Some(media) = &line.media {
            write!(text, "[File](media/{}) ", media.name).expect("a string");
        }
        text.push_str(&line.text);
        text.push_str("\n\n");
    }
    text
}

/// The name of a file's entry.
fn entry_name(chat: &Chat, file: &str) -> String {
    match chat.style {
        Style::Web => format!("media/{file}"),
        Style::Android | Style::Ios => file.to_owned(),
    }
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
    if chat.style == Style::Web {
        zip.start_file("chat.md", text).expect("entry");
        zip.write_all(markdown(chat).as_bytes()).expect("bytes");
    }
    for media in chat.lines.iter().filter_map(|line| line.media.as_ref()) {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(large);
        zip.start_file(entry_name(chat, &media.name), options)
            .expect("entry");
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
    if chat.style == Style::Web {
        fs::write(folder.join("chat.md"), markdown(chat)).expect("written");
        fs::create_dir_all(folder.join("media")).expect("made");
    }
    for media in chat.lines.iter().filter_map(|line| line.media.as_ref()) {
        fs::write(folder.join(entry_name(chat, &media.name)), &media.bytes).expect("written");
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
