//! One file: from its archive to Close's storage, streamed.

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

/// How often a file is sent before its message is given up.
const ATTEMPTS: u32 = 5;

/// Pieces of 64 KiB that may wait between the archive and the network.
const PIECES: usize = 4;

/// What became of a file.
pub(super) enum Sent {
    /// It is up, and a message may refer to it.
    Up(FileLink),
    /// Its bytes are damaged in the archive.
    Damaged,
}

/// Why a file was not sent.
pub(super) enum Trouble {
    /// Close or its storage refuses it for good or is out of reach.
    Close(Failure),
    /// The archive cannot be read now; its bytes may be whole.
    Archive(archive::Error),
    /// A thread that read it ended without a word: a bug.
    Internal,
}

/// What went wrong while an archive was read on its own thread.
type Fault = Arc<Mutex<Option<archive::Error>>>;

/// Uploads one file. A ticket is asked for right before each attempt, since it lapses after 60
/// seconds (`close-api.md` 2.2); a transfer that breaks off starts over from the archive.
///
/// # Errors
///
/// [`Trouble`]; a file whose own bytes are damaged is none, its message goes without it.
pub(super) async fn upload(
    client: &Client,
    container: &Arc<Container>,
    file: &File,
    clock: &SharedClock,
) -> Result<Sent, Trouble> {
    let name = file.name.reveal();
    let head = match head(container, file).await? {
        Ok(head) => head,
        Err(error) => return damaged_or(error),
    };
    let mime = content_type(&head, name);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let ticket = client.ticket(name, &mime).await.map_err(Trouble::Close)?;
        let fault = Fault::default();
        let body = stream(Arc::clone(container), file.entry, Arc::clone(&fault));
        match client.upload(&ticket, name, file.size, body).await {
            Ok(_) => {
                return Ok(Sent::Up(FileLink {
                    url: ticket.download_url,
                    filename: name.to_owned(),
                    content_type: mime,
                }));
            }
            Err(Failure::Body { .. }) => {
                let error = fault.lock().unwrap_or_else(PoisonError::into_inner).take();
                return error.map_or(Err(Trouble::Internal), damaged_or);
            }
            Err(failure) if failure.is_retryable_upload() && attempt < ATTEMPTS => {
                clock.sleep(backoff(attempt, clock.chance())).await;
            }
            Err(failure) => return Err(Trouble::Close(failure)),
        }
    }
}

fn damaged_or(error: archive::Error) -> Result<Sent, Trouble> {
    if error.is_damage() {
        Ok(Sent::Damaged)
    } else {
        Err(Trouble::Archive(error))
    }
}

/// The first bytes of a file.
async fn head(
    container: &Arc<Container>,
    file: &File,
) -> Result<Result<Vec<u8>, archive::Error>, Trouble> {
    let container = Arc::clone(container);
    let entry = file.entry;
    tokio::task::spawn_blocking(move || container.head(entry, HEAD))
        .await
        .map_err(|_| Trouble::Internal)
}

/// The bytes of an entry as a stream, read on a thread that may block. When the receiving side
/// goes away the reading ends. What goes wrong is left in `fault`.
fn stream(
    container: Arc<Container>,
    entry: u32,
    fault: Fault,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static {
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, io::Error>>(PIECES);
    tokio::task::spawn_blocking(move || {
        let result = container.stream(entry, &mut |piece| {
            sender.blocking_send(Ok(piece.into())).is_ok()
        });
        if let Err(error) = result {
            let code = error.code().to_owned();
            *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            let _ = sender.blocking_send(Err(io::Error::new(io::ErrorKind::InvalidData, code)));
        }
    });
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}
