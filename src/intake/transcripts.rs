//! Identification of transcripts among the text files of a container, by name and by content.
//!
//! Never here: parsing of messages, and which folder contains which entries (`layout`).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::chat_name::{chat_name, stem};
use super::layout::{Layout, Media};
use super::{Error, attached_texts, web};
use crate::archive::{Container, Entry};
use crate::parser::text::{self, ArchiveName};
use crate::parser::{Context, MediaIndex, NotATranscript};

/// A transcript and the files that belong to it.
#[derive(Debug)]
pub(super) struct ChosenTranscript {
    pub(super) transcript: u32,
    /// The file that a person named, or the zip or folder.
    pub(super) path: PathBuf,
    /// The name of its entry, with folders.
    pub(super) entry_name: String,
    pub(super) name: ArchiveName,
    /// The files of its folder, shared with the other transcripts of the folder.
    pub(super) media: Arc<Media>,
    /// The `chat.md` next to a `chat.txt` of WhatsApp Web.
    pub(super) markdown: Option<u32>,
}

/// The transcripts of a container.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) picks: Vec<ChosenTranscript>,
    /// Text files that should have been transcripts, or the container if it has none.
    pub(super) errors: Vec<Error>,
    /// The number of files of a zip that belong to none of its chats.
    pub(super) files_without_chat: u32,
}

/// Bytes of a text file that are examined first.
const HEAD: usize = 64 * 1024;

/// Finds the transcripts of a zip or folder: at most one for each folder of a zip that WhatsApp made, one or
/// more for a folder on disk that contains several exports.
///
/// A text file that was sent in a chat (a document named `notes.txt`) is not a transcript.
pub(super) fn transcripts(container: &Container, path: &Path) -> Selected {
    let layout = Layout::of(container);
    let mut transcripts = Vec::new();
    let mut errors = Vec::new();
    let mut checked = Vec::new();
    for (folder, entries) in layout.folders() {
        // The Web export's `media/` contains only attachments.
        if folder == "media" || folder.ends_with("/media") {
            continue;
        }
        let texts = texts(&layout, entries);
        checked.extend_from_slice(&texts);
        let mut chosen: HashSet<u32> = HashSet::new();
        match in_folder(&layout, path, &texts) {
            Ok(found) => {
                chosen.extend(&found.transcripts);
                transcripts.extend(found.transcripts);
                errors.extend(found.errors);
            }
            Err(error) => errors.push(error),
        }
        // A folder on disk may contain several exports. One that cannot be read is reported even if others
        // can, and even if it was sent in one of them.
        if !container.is_zip() {
            // Parsing reports the errors of those that were chosen.
            let others = texts.iter().filter(|number| !chosen.contains(number));
            errors.extend(
                others.filter_map(|number| unreadable_transcript(container, path, *number)),
            );
        }
    }
    if transcripts.is_empty() && errors.is_empty() {
        let entries = checked.iter().filter(|_| !container.is_zip());
        let entries = entries.filter_map(|number| container.entry(*number));
        errors.push(Error::NoTranscript {
            path: path.to_owned(),
            texts: checked.len(),
            files: entries.map(|entry| path.join(&entry.name)).collect(),
        });
    }
    let transcripts = transcripts.into_iter().map(|number| (number, path));
    let picks = with_files(&layout, transcripts.collect());
    Selected {
        files_without_chat: files_without_chat(container, &picks),
        picks,
        errors,
    }
}

/// The transcripts for files that a person named, all of one folder.
pub(super) fn of_named_files(
    container: &Container,
    files: &[&Path],
) -> Vec<Result<ChosenTranscript, Error>> {
    let layout = Layout::of(container);
    let numbers: Vec<Result<u32, Error>> = (files.par_iter())
        .map(|path| named_file(&layout, path))
        .collect();
    let found = numbers.iter().zip(files);
    let found = found.filter_map(|(number, path)| Some((*number.as_ref().ok()?, *path)));
    let mut picks = with_files(&layout, found.collect()).into_iter();
    let numbers = numbers.into_iter();
    let results = numbers.map(|number| number.map(|_| picks.next()));
    results.filter_map(Result::transpose).collect()
}

/// The text files of one folder, and its Markdown exports. In a zip with a text file, a Markdown file is a
/// document that was sent in the chat.
fn texts(layout: &Layout<'_>, entries: &[u32]) -> Vec<u32> {
    let container = layout.container();
    let is = |number: &u32, is: fn(&Entry) -> bool| container.entry(*number).is_some_and(is);
    let mut texts: Vec<u32> = entries.iter().copied().filter(|n| is(n, is_text)).collect();
    if texts.is_empty() || !container.is_zip() {
        let markdown = entries.iter().filter(|number| {
            is(number, web::is_markdown)
                && web::text_of(layout, **number).is_none()
                && web::title(container, **number).is_some()
        });
        texts.extend(markdown);
    }
    texts
}

/// The number of files of a zip that belong to none of its chats; 0 on disk, where a folder may contain anything.
fn files_without_chat(container: &Container, picks: &[ChosenTranscript]) -> u32 {
    if !container.is_zip() {
        return 0;
    }
    let claimed: HashSet<u32> = picks
        .iter()
        .flat_map(|pick| {
            let own = [Some(pick.transcript), pick.markdown];
            let media = pick.media.numbers.iter().copied();
            media.chain(own.into_iter().flatten())
        })
        .collect();
    let others = (0u32..)
        .zip(container.entries())
        .filter(|(number, entry)| !claimed.contains(number) && !entry.is_system_file());
    u32::try_from(others.count()).unwrap_or(u32::MAX)
}

/// The error for a text file that is named like a transcript and contains no message.
fn unreadable_transcript(container: &Container, folder: &Path, number: u32) -> Option<Error> {
    let name = container.entry(number)?.file_name();
    if !text::archive_name(stem(name)).certain
        || (container.head(number, HEAD))
            .and_then(|head| likeness(container, number, &head))
            .is_ok_and(|score| score > 0)
    {
        return None;
    }
    match parse_in_full(container, number) {
        Ok(Ok(())) => None,
        Ok(Err(reason)) => Some(Error::NotATranscript {
            path: folder.join(name),
            reason,
        }),
        Err(error) => Some(error.into()),
    }
}

/// How likely a text file is a transcript; 0 if it is not. One that is named like a transcript is parsed in
/// full if its first bytes contain no header.
fn likeness(container: &Container, number: u32, head: &[u8]) -> Result<u32, crate::archive::Error> {
    let score = text::likeness(head);
    let named = container
        .entry(number)
        .is_some_and(|entry| text::archive_name(stem(entry.file_name())).certain);
    Ok(if score == 0 && named {
        u32::from(parse_in_full(container, number)?.is_ok())
    } else {
        score
    })
}

/// Parses all of a text file as a transcript: its first bytes may be a single long message.
fn parse_in_full(
    container: &Container,
    number: u32,
) -> Result<Result<(), NotATranscript>, crate::archive::Error> {
    let bytes = container.read(number)?;
    let decoded = match text::decode(bytes) {
        Ok(decoded) => decoded,
        Err(reason) => return Ok(Err(reason)),
    };
    let media = MediaIndex::default();
    Ok(text::parse(&decoded, &Context::new(&media)).map(|_| ()))
}

fn named_file(layout: &Layout<'_>, path: &Path) -> Result<u32, Error> {
    let container = layout.container();
    let wanted = path.file_name().unwrap_or_default();
    let number = match wanted.to_str() {
        Some(name) => layout.find(name),
        None => container.find_file(wanted),
    };
    let number = number.ok_or_else(|| crate::archive::Error::NotFound {
        path: path.to_owned(),
    })?;
    let number = web::text_of(layout, number).unwrap_or(number);
    if text::likeness(&container.head(number, HEAD)?) == 0 {
        parse_in_full(container, number)?.map_err(|reason| Error::NotATranscript {
            path: path.to_owned(),
            reason,
        })?;
    }
    Ok(number)
}

/// A text file that may be a transcript.
struct Candidate {
    number: u32,
    /// The number of its first lines that are headers.
    score: u32,
    /// Whether WhatsApp gives transcripts this name.
    has_export_name: bool,
    /// Whether its first line is a header.
    begins_with_header: bool,
}

/// The transcripts of one folder.
struct FolderTranscripts {
    transcripts: Vec<u32>,
    /// Text files that should have been transcripts.
    errors: Vec<Error>,
}

/// The transcripts among the text files of one folder.
///
/// There may be several, on disk and in a zip that a person made. Names do not decide: a transcript can
/// be a document that was sent in another chat, whose transcript then names it.
///
/// # Errors
///
/// When no transcript can be read and at least one file should have been one.
fn in_folder(layout: &Layout<'_>, path: &Path, texts: &[u32]) -> Result<FolderTranscripts, Error> {
    let container = layout.container();
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    for number in texts {
        let head = container.head(*number, HEAD);
        match head.and_then(|head| Ok((likeness(container, *number, &head)?, head))) {
            Ok((score, head)) => found.push(Candidate {
                number: *number,
                score,
                has_export_name: has_export_name(layout, *number),
                begins_with_header: text::begins_with_header(&head),
            }),
            Err(error) => unreadable.push((*number, error)),
        }
    }
    // A transcript whose first bytes are one long message is recognised by its name alone.
    let alone = texts.len() == 1;
    let (mut found, unlikely): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|c| c.score > 0 || (c.has_export_name && alone));
    if found.is_empty() {
        return match unreadable.pop() {
            Some((_, error)) => Err(error.into()),
            None => Ok(FolderTranscripts {
                transcripts: Vec::new(),
                errors: Vec::new(),
            }),
        };
    }
    let mut errors = Vec::new();
    // Files on disk are examined one by one.
    if container.is_zip() {
        let unlikely = unlikely.into_iter().map(|c| (c.number, None));
        let failed = unreadable.into_iter().map(|(at, why)| (at, Some(why)));
        let lost = unlikely
            .chain(failed)
            .filter(|(at, _)| has_export_name(layout, *at));
        errors = lost_transcripts(container, path, &found, lost.collect());
    }
    if found.len() > 1 {
        found = without_attachments(container, found);
    }
    // A text file that no transcript names as an attachment is a chat of its own, by its name or because
    // its first line is a header. In a zip that has a transcript by name, a text file without such a name
    // is an attachment: WhatsApp puts nothing else there.
    if found.iter().any(|c| c.has_export_name) {
        found.retain(|c| c.has_export_name || (c.begins_with_header && !container.is_zip()));
    } else if found.iter().any(|c| c.begins_with_header) {
        found.retain(|c| c.begins_with_header);
    } else {
        found.sort_by_key(|c| std::cmp::Reverse(c.score));
        found.truncate(1);
    }
    let has_namesake = |c: &Candidate| container.entry(c.number).is_some_and(|e| !e.unique);
    if found.iter().any(has_namesake) {
        return Err(crate::archive::Error::TwoOfOneName {
            path: container.path().to_owned(),
        }
        .into());
    }
    Ok(FolderTranscripts {
        transcripts: found.into_iter().map(|c| c.number).collect(),
        errors,
    })
}

/// Whether WhatsApp gives transcripts the name of this text file.
fn has_export_name(layout: &Layout<'_>, number: u32) -> bool {
    let name = layout
        .container()
        .entry(number)
        .map_or("", Entry::file_name);
    name == "_chat.txt"
        || text::archive_name(stem(name)).certain
        || web::markdown_of(layout, number).is_some()
}

/// The errors for text files of a zip that are named like transcripts, cannot be parsed, and were not sent in
/// a chat of the zip. Without them, such a chat would be missing silently. `lost` contains these files, with
/// the error of reading their bytes, if any.
fn lost_transcripts(
    container: &Container,
    path: &Path,
    found: &[Candidate],
    lost: Vec<(u32, Option<crate::archive::Error>)>,
) -> Vec<Error> {
    let readers: Vec<u32> = found.iter().map(|c| c.number).collect();
    let names: Vec<u32> = lost.iter().map(|(number, _)| *number).collect();
    let attached = attached_texts::attached(container, &readers, &names);
    let not_attached = lost
        .into_iter()
        .zip(attached)
        .filter(|(_, attached)| !attached);
    not_attached
        .filter_map(|((number, error), _)| match error {
            Some(error) => Some(error.into()),
            None => unreadable_transcript(container, path, number),
        })
        .collect()
}

/// The candidates that no other candidate names as an attachment.
fn without_attachments(container: &Container, found: Vec<Candidate>) -> Vec<Candidate> {
    let numbers: Vec<u32> = found.iter().map(|c| c.number).collect();
    // A file that was sent in a chat is older than that message, so no two of them can name each other.
    let attached = attached_texts::attached(container, &numbers, &numbers);
    if attached.iter().all(|attached| *attached) {
        return found;
    }
    let kept = found
        .into_iter()
        .zip(attached)
        .filter(|(_, attached)| !attached);
    kept.map(|(candidate, _)| candidate).collect()
}

/// The chosen transcripts, each with the path that a person named and the files of its folder.
fn with_files(layout: &Layout<'_>, chosen: Vec<(u32, &Path)>) -> Vec<ChosenTranscript> {
    let container = layout.container();
    let markdown: Vec<Option<u32>> = (chosen.iter())
        .map(|(number, _)| web::markdown_of(layout, *number))
        .collect();
    let transcripts: HashSet<u32> = (chosen.iter().map(|(number, _)| *number))
        .chain(markdown.iter().copied().flatten())
        .collect();
    let mut media: HashMap<&str, Arc<Media>> = HashMap::new();
    (chosen.into_iter().zip(markdown))
        .map(|((transcript, path), markdown)| {
            let own = &container.entries()[transcript as usize];
            let media = media
                .entry(own.folder())
                .or_insert_with(|| Arc::new(layout.media(own.folder(), &transcripts)));
            ChosenTranscript {
                transcript,
                path: path.to_owned(),
                entry_name: own.name.clone(),
                // The name of the zip lacks characters that are not allowed in file names.
                name: match web::title(container, markdown.unwrap_or(transcript)) {
                    Some(chat) => ArchiveName {
                        chat,
                        certain: true,
                    },
                    None => chat_name(container, path, own),
                },
                media: Arc::clone(media),
                markdown,
            }
        })
        .collect()
}

fn is_text(entry: &Entry) -> bool {
    entry
        .file_name()
        .rsplit_once('.')
        .is_some_and(|(_, e)| e.eq_ignore_ascii_case("txt"))
}
