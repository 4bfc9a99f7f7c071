//! Which text of a container is the transcript: by name where the name says it, by content else.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::chat_name::{chat_name, stem};
use super::layout::{Layout, Media};
use super::{Error, sent, web};
use crate::archive::{Container, Entry};
use crate::parser::text::{self, ArchiveName};
use crate::parser::{Context, MediaIndex, NotATranscript};

/// A transcript and the media that belong to it.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) transcript: u32,
    /// The file as a person named it, or the zip or folder.
    pub(super) path: PathBuf,
    /// The name of its entry, with folders.
    pub(super) entry_name: String,
    pub(super) name: ArchiveName,
    /// The files beside it, which it has in common with the other transcripts of its folder.
    pub(super) media: Arc<Media>,
    /// The `chat.md` beside a `chat.txt` of WhatsApp Web.
    pub(super) markdown: Option<u32>,
}

/// What a container holds.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) picks: Vec<Pick>,
    /// Texts that should have been transcripts, or the container that has none.
    pub(super) errors: Vec<Error>,
    /// How many files of a zip belong to none of its chats.
    pub(super) elsewhere: u32,
}

/// How much of a text is looked at.
const HEAD: usize = 64 * 1024;

/// Chooses the transcripts of a zip or folder: one for each folder of a zip, one or more for a
/// folder on disk in which several exports lie together.
///
/// A text that is an attachment of a chat (a document called `notes.txt`) is no transcript
/// (`whatsapp-export-format.md` 1.1).
pub(super) fn transcripts(container: &Container, path: &Path) -> Chosen {
    let layout = Layout::of(container);
    let mut transcripts = Vec::new();
    let mut errors = Vec::new();
    let mut looked_at = 0;
    for (folder, entries) in layout.folders() {
        // The Web export's `media/` holds attachments only.
        if folder == "media" || folder.ends_with("/media") {
            continue;
        }
        let texts = texts(&layout, entries);
        looked_at += texts.len();
        let mut chosen: HashSet<u32> = HashSet::new();
        match in_folder(&layout, path, &texts) {
            Ok(found) => {
                chosen.extend(&found.transcripts);
                transcripts.extend(found.transcripts);
                errors.extend(found.errors);
            }
            Err(error) => errors.push(error),
        }
        // On disk several exports lie side by side, and one that does not read must not vanish
        // behind those that do, whether it was sent in one of them or not.
        if !container.is_zip() {
            // One that was chosen says itself what is wrong with it, when it is parsed.
            let others = texts.iter().filter(|number| !chosen.contains(number));
            errors.extend(others.filter_map(|number| unread(container, path, *number)));
        }
    }
    if transcripts.is_empty() && errors.is_empty() {
        errors.push(Error::NoTranscript {
            path: path.to_owned(),
            texts: looked_at,
        });
    }
    let transcripts = transcripts.into_iter().map(|number| (number, path));
    let picks = picks(&layout, transcripts.collect());
    Chosen {
        elsewhere: elsewhere(container, &picks),
        picks,
        errors,
    }
}

/// Takes files that a person named, all of one folder.
pub(super) fn named(container: &Container, files: &[&Path]) -> Vec<Result<Pick, Error>> {
    let layout = Layout::of(container);
    let numbers: Vec<Result<u32, Error>> = (files.par_iter())
        .map(|path| named_file(&layout, path))
        .collect();
    let found = numbers.iter().zip(files);
    let found = found.filter_map(|(number, path)| Some((*number.as_ref().ok()?, *path)));
    let mut picks = picks(&layout, found.collect()).into_iter();
    let numbers = numbers.into_iter();
    let results = numbers.map(|number| number.map(|_| picks.next()));
    results.filter_map(Result::transpose).collect()
}

/// The texts of one folder, and its bare exports in Markdown: in a zip with a text such a one is a
/// document that somebody sent.
fn texts(layout: &Layout<'_>, entries: &[u32]) -> Vec<u32> {
    let container = layout.container();
    let is = |number: &u32, is: fn(&Entry) -> bool| container.entry(*number).is_some_and(is);
    let mut texts: Vec<u32> = entries.iter().copied().filter(|n| is(n, is_text)).collect();
    if texts.is_empty() || !container.is_zip() {
        let markdown = entries.iter().filter(|number| {
            is(number, web::is_markdown)
                && web::with_seconds(layout, **number).is_none()
                && web::title(container, **number).is_some()
        });
        texts.extend(markdown);
    }
    texts
}

/// How many files of a zip belong to none of its chats. On disk everything may lie in a folder.
fn elsewhere(container: &Container, picks: &[Pick]) -> u32 {
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

/// The error for a text that is called like a transcript and holds no message.
fn unread(container: &Container, folder: &Path, number: u32) -> Option<Error> {
    let name = container.entry(number)?.file_name();
    if !text::archive_name(stem(name)).certain
        || (container.head(number, HEAD))
            .and_then(|head| likeness(container, number, &head))
            .is_ok_and(|score| score > 0)
    {
        return None;
    }
    match whole(container, number) {
        Ok(Ok(())) => None,
        Ok(Err(reason)) => Some(Error::NotATranscript {
            path: folder.join(name),
            reason,
        }),
        Err(error) => Some(error.into()),
    }
}

/// How much a text looks like a transcript. One that is called like it gets a second look when
/// its head says nothing.
fn likeness(container: &Container, number: u32, head: &[u8]) -> Result<u32, crate::archive::Error> {
    let score = text::likeness(head);
    let named = container
        .entry(number)
        .is_some_and(|entry| text::archive_name(stem(entry.file_name())).certain);
    Ok(if score == 0 && named {
        u32::from(whole(container, number)?.is_ok())
    } else {
        score
    })
}

/// Reads the whole of a text as a transcript; the head may be one long message of another shape.
fn whole(
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
    let number = web::with_seconds(layout, number).unwrap_or(number);
    if text::likeness(&container.head(number, HEAD)?) == 0 {
        whole(container, number)?.map_err(|reason| Error::NotATranscript {
            path: path.to_owned(),
            reason,
        })?;
    }
    Ok(number)
}

/// A text that may be a transcript.
struct Candidate {
    number: u32,
    /// How many of its first lines begin a message.
    score: u32,
    /// Its name is one that WhatsApp gives.
    named: bool,
    /// Its first line begins a message.
    whole: bool,
}

/// What the texts of one folder are.
struct InFolder {
    transcripts: Vec<u32>,
    /// For texts that should have been transcripts.
    errors: Vec<Error>,
}

/// The transcripts among the texts of one folder.
///
/// Several may lie side by side, on disk and in a zip that a person made. Names do not settle it:
/// a transcript can be a document that somebody sent in another chat, which then names it.
///
/// # Errors
///
/// Where none of them can be had and one should.
fn in_folder(layout: &Layout<'_>, path: &Path, texts: &[u32]) -> Result<InFolder, Error> {
    let container = layout.container();
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    for number in texts {
        let head = container.head(*number, HEAD);
        match head.and_then(|head| Ok((likeness(container, *number, &head)?, head))) {
            Ok((score, head)) => found.push(Candidate {
                number: *number,
                score,
                named: is_named(layout, *number),
                whole: text::begins_like_one(&head),
            }),
            Err(error) => unreadable.push((*number, error)),
        }
    }
    // A transcript whose head is one long text is known by its name alone.
    let alone = texts.len() == 1;
    let (mut found, none): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|c| c.score > 0 || (c.named && alone));
    if found.is_empty() {
        return match unreadable.pop() {
            Some((_, error)) => Err(error.into()),
            None => Ok(InFolder {
                transcripts: Vec::new(),
                errors: Vec::new(),
            }),
        };
    }
    let mut errors = Vec::new();
    // On disk they are looked at by themselves.
    if container.is_zip() {
        let none = none.into_iter().map(|c| (c.number, None));
        let failed = unreadable.into_iter().map(|(at, why)| (at, Some(why)));
        let lost = none.chain(failed).filter(|(at, _)| is_named(layout, *at));
        errors = lost_transcripts(container, path, &found, lost.collect());
    }
    if found.len() > 1 {
        found = not_sent(container, found);
    }
    // What no transcript names was not sent in a chat, so it is a chat itself: by its name, or
    // because its first line begins a message. In a zip that has a transcript by name, a text
    // without one is a file all the same: a phone puts nothing else there.
    if found.iter().any(|c| c.named) {
        found.retain(|c| c.named || (c.whole && !container.is_zip()));
    } else if found.iter().any(|c| c.whole) {
        found.retain(|c| c.whole);
    } else {
        found.sort_by_key(|c| std::cmp::Reverse(c.score));
        found.truncate(1);
    }
    let is_one_of_two = |c: &Candidate| container.entry(c.number).is_some_and(|e| !e.unique);
    if found.iter().any(is_one_of_two) {
        return Err(crate::archive::Error::TwoOfOneName {
            path: container.path().to_owned(),
        }
        .into());
    }
    Ok(InFolder {
        transcripts: found.into_iter().map(|c| c.number).collect(),
        errors,
    })
}

/// True for a text whose name is one that WhatsApp gives to transcripts.
fn is_named(layout: &Layout<'_>, number: u32) -> bool {
    let name = layout
        .container()
        .entry(number)
        .map_or("", Entry::file_name);
    name == "_chat.txt"
        || text::archive_name(stem(name)).certain
        || web::beside(layout, number).is_some()
}

/// The errors for texts of a zip that are called like transcripts, do not read as any, and were
/// not sent in a chat that does: a chat must not vanish behind another one. `lost` holds them,
/// each with why its bytes could not be had, where that is why.
fn lost_transcripts(
    container: &Container,
    path: &Path,
    found: &[Candidate],
    lost: Vec<(u32, Option<crate::archive::Error>)>,
) -> Vec<Error> {
    let readers: Vec<u32> = found.iter().map(|c| c.number).collect();
    let names: Vec<u32> = lost.iter().map(|(number, _)| *number).collect();
    let sent = sent::sent(container, &readers, &names);
    let not_sent = lost.into_iter().zip(sent).filter(|(_, sent)| !sent);
    not_sent
        .filter_map(|((number, error), _)| match error {
            Some(error) => Some(error.into()),
            None => unread(container, path, number),
        })
        .collect()
}

/// Those candidates that no other one names as a file that was sent.
fn not_sent(container: &Container, found: Vec<Candidate>) -> Vec<Candidate> {
    let numbers: Vec<u32> = found.iter().map(|c| c.number).collect();
    // Whoever is sent in a chat was written before it, so a circle cannot be.
    let sent = sent::sent(container, &numbers, &numbers);
    if sent.iter().all(|sent| *sent) {
        return found;
    }
    let kept = found.into_iter().zip(sent).filter(|(_, sent)| !sent);
    kept.map(|(candidate, _)| candidate).collect()
}

/// The chosen transcripts, each with the path that a person named, and what lies beside them.
fn picks(layout: &Layout<'_>, chosen: Vec<(u32, &Path)>) -> Vec<Pick> {
    let container = layout.container();
    let markdown: Vec<Option<u32>> = (chosen.iter())
        .map(|(number, _)| web::beside(layout, *number))
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
            Pick {
                transcript,
                path: path.to_owned(),
                entry_name: own.name.clone(),
                // The zip's name lacks the characters that no file name may have.
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
