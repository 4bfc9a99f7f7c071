//! One file: from its archive to Close's storage, streamed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;

use super::content_type::{HEAD, content_type};
use crate::archive::Container;
use crate::clock::SharedClock;
use crate::close::{Client, Failure, FileLink};
use crate::transform::desired::File;

/// How often a file is sent before its message is given up.
const ATTEMPTS: u32 = 5;

/// Pieces of 64 KiB that may wait between the archive and the network.
const PIECES: usize = 4;

/// What became of a file.
pub(super) enum Sent {
    /// It is up, and a message may refer to it.
    Up(FileLink),
    /// Its archive does not give its bytes.
    Damaged,
}

/// Uploads one file. A ticket is asked for right before each attempt, since it lapses after 60
/// seconds (`close-api.md` 2.2); a transfer that breaks off starts over from the archive.
///
/// # Errors
///
/// [`Failure`] when Close or its storage refuses it for good or is out of reach.
pub(super) async fn upload(
    client: &Client,
    container: &Arc<Container>,
    file: &File,
    clock: &SharedClock,
) -> Result<Sent, Failure> {
    let name = file.name.reveal();
    let Some(head) = head(container, file).await else {
        return Ok(Sent::Damaged);
    };
    let mime = content_type(&head, name);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let ticket = client.ticket(name, &mime).await?;
        let body = stream(Arc::clone(container), file.entry);
        match client.upload(&ticket, name, file.size, body).await {
            Ok(_) => {
                return Ok(Sent::Up(FileLink {
                    url: ticket.download_url,
                    filename: name.to_owned(),
                    content_type: mime,
                }));
            }
            Err(Failure::Body { .. }) => return Ok(Sent::Damaged),
            Err(failure) if failure.may_try_again() && attempt < ATTEMPTS => {
                let longest = Duration::from_millis(500) * 2u32.pow(attempt.min(6));
                clock.sleep(longest.mul_f64(clock.chance())).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// The first bytes of a file; `None` when its archive does not give them.
async fn head(container: &Arc<Container>, file: &File) -> Option<Vec<u8>> {
    let container = Arc::clone(container);
    let entry = file.entry;
    tokio::task::spawn_blocking(move || container.head(entry, HEAD))
        .await
        .ok()?
        .ok()
}

/// The bytes of an entry as a stream, read on a thread that may block. When the receiving side
/// goes away the reading ends.
fn stream(
    container: Arc<Container>,
    entry: u32,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static {
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, io::Error>>(PIECES);
    tokio::task::spawn_blocking(move || {
        let result = container.stream(entry, &mut |piece| {
            sender.blocking_send(Ok(piece.into())).is_ok()
        });
        if let Err(error) = result {
            // The text of the error names a path; the kind is all that the other side needs.
            let _ = sender.blocking_send(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                error.code(),
            )));
        }
    });
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}
