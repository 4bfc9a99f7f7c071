//! A text over Close's limit on its way: the cut text, and the whole as an uploaded file.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::job::{Job, Tools};
use crate::checkpoint::Change;
use crate::clock::Moment;
use crate::close::{Failure, FileLink, StoredFile, backoff};
use crate::organization::{self, Fact};
use crate::transform::desired::File;
use crate::transform::long_text::{FILE_NAME, MAX_TEXT, cut};

/// The MIME type of the file.
const TEXT_PLAIN: &str = "text/plain";

/// The maximum number of attempts of an upload.
const MAX_ATTEMPTS: u32 = 5;

/// The shortest limit that is believed: a cut text must say more than that it was cut.
const LEAST: usize = 100;

/// The longest text that Close takes, in characters: the assumed limit, or a lower one that a refusal of
/// this run or of an earlier one showed.
pub(super) struct TextLimit(AtomicUsize);

impl TextLimit {
    /// The limit at the beginning of a run.
    pub(super) fn new(known: Option<organization::TextLimit>) -> Self {
        let known = known.map_or(MAX_TEXT, |limit| limit.0);
        TextLimit(AtomicUsize::new(known.clamp(LEAST, MAX_TEXT)))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// The change that records the limit, so that the next run begins with it.
    pub(super) fn learned(&self) -> Change {
        Change::Fact(Fact::TextLimit(organization::TextLimit(self.get())))
    }

    /// Lowers the limit where Close rejects a text of this many characters for its length. False if that is
    /// not the cause, or nothing shorter is left to try.
    pub(super) fn lower(&self, failure: &Failure, characters: usize) -> bool {
        let Some(named) = failure.text_limit() else {
            return false;
        };
        // Without a number the limit is approached by halves, and so it is where Close counts other units.
        let named = named.filter(|limit| *limit < characters);
        let limit = named.unwrap_or(characters / 2);
        let is_lower = (LEAST..characters).contains(&limit);
        if is_lower {
            self.0.fetch_min(limit, Ordering::SeqCst);
        }
        is_lower
    }
}

/// A text as it is posted.
pub(super) struct Posted {
    /// The message's text in Close.
    pub(super) text: String,
    /// The whole text as a file, where it was cut.
    pub(super) whole: Option<FileLink>,
    /// Whether this call uploaded it.
    pub(super) is_uploaded: bool,
}

impl Posted {
    /// A text that is posted as it is.
    pub(super) fn uncut(text: String) -> Self {
        Posted {
            text,
            whole: None,
            is_uploaded: false,
        }
    }
}

/// Whether a text has to be cut.
pub(super) fn is_long(tools: &Tools, text: &str) -> bool {
    cut(text, tools.text_limit.get()).is_some()
}

/// Cuts a text that is too long, and uploads the whole, once for all attempts of its message.
///
/// # Errors
///
/// The failure of the upload.
pub(super) async fn posted(
    tools: &Tools,
    job: &Job,
    text: &str,
    began: &mut Moment,
) -> Result<Posted, Failure> {
    let Some(short) = cut(text, tools.text_limit.get()) else {
        let text = text.to_owned();
        return Ok(Posted::uncut(text));
    };
    let mut is_uploaded = false;
    let link = match tools.uploaded.get_text(&job.key(), &tools.clock) {
        Some((earlier, link)) => {
            if earlier.age(&tools.clock) > began.age(&tools.clock) {
                *began = earlier;
            }
            link
        }
        None => {
            let now = Moment::now(&tools.clock);
            let link = upload(tools, text).await?;
            tools.uploaded.keep_text(&job.key(), now, &link);
            is_uploaded = true;
            link
        }
    };
    Ok(Posted {
        text: short,
        whole: Some(link),
        is_uploaded,
    })
}

/// The files of an activity without that of an earlier text that was cut; `None` if it has none. `own` are the
/// files of its message.
pub(super) fn without_whole(mut stored: Vec<StoredFile>, own: &[File]) -> Option<Vec<FileLink>> {
    let last = stored.pop()?;
    (last.filename == FILE_NAME && stored.len() == own.len()).then(|| {
        let links = stored.into_iter().map(|file| FileLink {
            url: file.url,
            filename: file.filename,
            content_type: file.content_type,
        });
        links.collect()
    })
}

async fn upload(tools: &Tools, text: &str) -> Result<FileLink, Failure> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let size = bytes.len() as u64;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let ticket = tools.client.ticket(FILE_NAME, TEXT_PLAIN).await?;
        let body = futures_util::stream::iter([Ok(bytes.clone())]);
        match tools.client.upload(&ticket, FILE_NAME, size, body).await {
            Ok(()) => {
                return Ok(FileLink {
                    url: ticket.download_url,
                    filename: FILE_NAME.to_owned(),
                    content_type: TEXT_PLAIN.to_owned(),
                });
            }
            Err(failure) if failure.is_retryable_upload() && attempt < MAX_ATTEMPTS => {
                let clock = &tools.clock;
                clock.sleep(backoff(attempt, clock.chance())).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}
