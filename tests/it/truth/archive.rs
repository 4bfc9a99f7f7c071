//! An export as bytes: the transcript and its files in a zip. What stands in the transcript belongs
//! into `android`, `iphone` and `web`; a database belongs into `msgstore`.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::conversation::{Content, Conversation, Shown};
use super::sources::{Export, Program};
use super::{android, iphone, web};

/// The transcript.
pub(crate) fn transcript(export: &Export, of: &Conversation) -> String {
    let mut text = String::new();
    if export.program == Program::Web {
        text.push_str(web::PREAMBLE);
        let whole = Export {
            newest: None,
            ..export.clone()
        };
        if export.lines(of).len() < whole.lines(of).len() {
            text.push_str(web::CUT);
        }
    }
    for line in export.lines(of) {
        text.push_str(&match export.program {
            Program::Android | Program::Msgstore => android::lines(export, of, &line),
            Program::Iphone => iphone::lines(export, of, &line),
            Program::Web => web::lines(export, of, &line),
        });
    }
    text
}

/// The name of the zip.
pub(crate) fn name(export: &Export, of: &Conversation) -> String {
    let stem = match export.program {
        Program::Android | Program::Msgstore => android::stem(export, of),
        Program::Iphone => iphone::stem(export, of),
        Program::Web => of.title(export.by),
    };
    format!("{stem}.zip")
}

/// The zip.
pub(crate) fn zip(export: &Export, of: &Conversation) -> Vec<u8> {
    let transcript_name = match export.program {
        Program::Android | Program::Msgstore => format!("{}.txt", android::stem(export, of)),
        Program::Iphone => "_chat.txt".to_owned(),
        Program::Web => "chat.txt".to_owned(),
    };
    let mut entries = vec![(transcript_name, transcript(export, of).into_bytes())];
    if export.program == Program::Web {
        entries.push(("chat.md".to_owned(), web::markdown(export, of).into_bytes()));
    }
    entries.extend(files(export, of));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default())
            .expect("an entry");
        zip.write_all(&bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

/// The files that the archive holds, with their names there.
pub(crate) fn files(export: &Export, of: &Conversation) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for line in export.lines(of) {
        let (Shown::Plain(content) | Shown::Edited(content)) = &line.shown else {
            continue;
        };
        let bytes = match content {
            Content::File(media) if export.media => media.bytes(),
            Content::Card { name } if export.media || export.program == Program::Android => {
                format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEND:VCARD\n").into_bytes()
            }
            _ => continue,
        };
        let name = match export.program {
            Program::Web if line.file_name.is_empty() => continue,
            Program::Web => format!("media/{}", line.file_name),
            Program::Android | Program::Iphone | Program::Msgstore => line.file_name,
        };
        files.push((name, bytes));
    }
    files
}
