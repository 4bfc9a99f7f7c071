//! Uploads one file: streamed from its archive to Close's storage.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;

use super::content_type::{HEAD, content_type};
use crate::archive::{self, Container};
use crate::clock::SharedClock;
use crate::close::{Client, Failure, FileLink, backoff};
use crate::coded::Coded;
use crate::transform::desired::File;

/// The maximum number of attempts before the message fails.
const MAX_ATTEMPTS: u32 = 5;

/// The capacity, in chunks of 64 KiB, of the channel between the archive and the network.
const CHANNEL_CAPACITY: usize = 4;

/// The result of an upload.
pub(super) enum Uploaded {
    /// Uploaded: a message may refer to it.
    File(FileLink),
    /// Its bytes are damaged in the archive.
    Damaged,
}

/// The reason why a file was not uploaded.
pub(super) enum UploadError {
    /// Close or its storage refuses it permanently or is unreachable.
    Close(Failure),
    /// The archive cannot be read at present; the file itself may be intact.
    Archive(archive::Error),
    /// The reading thread ended without a result: a bug.
    Internal,
}

/// The error of the thread that reads an archive.
type ReadError = Arc<Mutex<Option<archive::Error>>>;

/// Uploads one file. Each attempt requests an upload ticket right before the transfer, since Close's
/// tickets expire after 60 seconds (documented); an interrupted transfer restarts from the archive.
///
/// # Errors
///
/// [`UploadError`]. A file whose own bytes are damaged is not an error: its message is posted without it.
pub(super) async fn upload(
    client: &Client,
    container: &Arc<Container>,
    file: &File,
    clock: &SharedClock,
) -> Result<Uploaded, UploadError> {
    let name = file.name.reveal();
    let head = match head(container, file).await? {
        Ok(head) => head,
        Err(error) => return damaged_or(error),
    };
    let mime = content_type(&head, name);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let ticket = client
            .ticket(name, &mime)
            .await
            .map_err(UploadError::Close)?;
        let read_error = ReadError::default();
        let body = stream(Arc::clone(container), file.entry, Arc::clone(&read_error));
        match client.upload(&ticket, name, file.size, body).await {
            Ok(_) => {
                return Ok(Uploaded::File(FileLink {
                    url: ticket.download_url,
                    filename: name.to_owned(),
                    content_type: mime,
                }));
            }
            Err(Failure::Body { .. }) => {
                let error = read_error
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                return error.map_or(Err(UploadError::Internal), damaged_or);
            }
            Err(failure) if failure.is_retryable_upload() && attempt < MAX_ATTEMPTS => {
                clock.sleep(backoff(attempt, clock.chance())).await;
            }
            Err(failure) => return Err(UploadError::Close(failure)),
        }
    }
}

/// Whether the bytes of a file are intact in the archive: reads all of them.
///
/// # Errors
///
/// As [`upload`], without those of Close.
pub(super) async fn is_intact(
    container: &Arc<Container>,
    file: &File,
) -> Result<bool, UploadError> {
    let (container, entry) = (Arc::clone(container), file.entry);
    let read = tokio::task::spawn_blocking(move || container.stream(entry, &mut |_| true)).await;
    match read.map_err(|_| UploadError::Internal)? {
        Ok(_) => Ok(true),
        Err(error) if error.is_damage() => Ok(false),
        Err(error) => Err(UploadError::Archive(error)),
    }
}

fn damaged_or(error: archive::Error) -> Result<Uploaded, UploadError> {
    if error.is_damage() {
        Ok(Uploaded::Damaged)
    } else {
        Err(UploadError::Archive(error))
    }
}

/// The first bytes of a file.
async fn head(
    container: &Arc<Container>,
    file: &File,
) -> Result<Result<Vec<u8>, archive::Error>, UploadError> {
    let container = Arc::clone(container);
    let entry = file.entry;
    tokio::task::spawn_blocking(move || container.head(entry, HEAD))
        .await
        .map_err(|_| UploadError::Internal)
}

/// The bytes of an entry as a stream, read on a blocking thread. Reading ends when the receiver is
/// dropped. An error is left in `read_error`.
fn stream(
    container: Arc<Container>,
    entry: u32,
    read_error: ReadError,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static {
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, io::Error>>(CHANNEL_CAPACITY);
    tokio::task::spawn_blocking(move || {
        let result = container.stream(entry, &mut |piece| {
            sender.blocking_send(Ok(piece.into())).is_ok()
        });
        if let Err(error) = result {
            let code = error.code().to_owned();
            *read_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            let _ = sender.blocking_send(Err(io::Error::new(io::ErrorKind::InvalidData, code)));
        }
    });
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}
