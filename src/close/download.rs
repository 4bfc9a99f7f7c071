//! Download of an activity's file: its size and checksum, or a text.
//!
//! `go/file` at the API's host redirects to the storage (observed, not documented). Both requests are one attempt, which is
//! repeated by the table of outcomes as any other one that changes nothing. The credential is sent to the API's host only,
//! never to the redirect's target. Bytes are kept of texts only.

use std::sync::atomic::Ordering;

use reqwest::header::{AUTHORIZATION, LOCATION};
use reqwest::{Method, Request, Url};

use super::client::{Attempted, Attempts, Client, trouble};
use super::error::{Failure, Trouble};
use super::outcome::{Outcome, Raw, RequestKind, classify};
use super::pace::Signals;

const ENDPOINT: &str = "GET /go/file/";

/// Maximum size of a text that is read, in bytes: Close's limit for the files of a message (assumption A20).
const MAX_TEXT_FILE: usize = 25 * 1024 * 1024;

/// Maximum number of attempts for one file: fewer than for other requests, since the storage has no circuit breaker, and
/// thousands of files may fail one after the other.
const ATTEMPTS: u32 = 4;

/// Size and checksum of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileChecksum {
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32 of the bytes.
    pub crc: u32,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Close does not have it.
    Absent,
    /// It cannot be read: its address is of another kind, or it is no text.
    Unreadable,
    /// The download failed in all attempts, for this reason; it may succeed later.
    Failed(String),
}

/// Why the storage did not give a whole file.
enum Broken {
    /// Its bytes are not wanted.
    Unwanted,
    /// The exchange.
    Exchange(Raw),
}

impl Client {
    /// Downloads the file at a `go/file` address. The inner error concerns this file alone.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when Close has been unreachable for too long; [`Failure::Denied`] when it does not accept the
    /// credential; [`Failure::Untrusted`].
    pub async fn file_sum(&self, url: &str) -> Result<Result<FileChecksum, Unread>, Failure> {
        let new = || (0, crc32fast::Hasher::new());
        let read = self.download(url, new, |(bytes, crc), chunk| {
            *bytes += chunk.len() as u64;
            crc.update(chunk);
            true
        });
        Ok(read.await?.map(|(bytes, crc)| FileChecksum {
            bytes,
            crc: crc.finalize(),
        }))
    }

    /// The text of the file at a `go/file` address. The inner error concerns this file alone.
    ///
    /// # Errors
    ///
    /// As [`Client::file_sum`].
    pub async fn file_text(&self, url: &str) -> Result<Result<String, Unread>, Failure> {
        let read = self.download(url, Vec::new, |text, chunk| {
            text.extend_from_slice(chunk);
            text.len() <= MAX_TEXT_FILE
        });
        let read = read.await?;
        Ok(read.and_then(|text| String::from_utf8(text).map_err(|_| Unread::Unreadable)))
    }

    /// Collects the bytes of a file by `take`, until it refuses more; each attempt begins with `new`.
    async fn download<T>(
        &self,
        url: &str,
        new: impl Fn() -> T,
        take: impl Fn(&mut T, &[u8]) -> bool,
    ) -> Result<Result<T, Unread>, Failure> {
        let inner = &*self.inner;
        let path = url.strip_prefix("https://app.close.com/");
        let at = path.and_then(|path| inner.base.join("/").ok()?.join(path).ok());
        // Whatever the address is, the credential is sent to its own host only.
        let Some(at) = at.filter(|at| at.origin() == inner.base.origin()) else {
            return Ok(Err(Unread::Unreadable));
        };
        let mut attempts = Attempts::at_most(ATTEMPTS);
        let in_progress = inner.in_flight.enter(ENDPOINT, inner.clock.elapsed());
        loop {
            let permit = self.permit_for(&mut attempts, ENDPOINT).await?;
            let (raw, to) = self.locate(&at).await?;
            let outcome = match &to {
                Some(_) => Outcome::Ok,
                None => classify(RequestKind::Read, &raw),
            };
            self.record_download(&raw);
            let is_lone = self.end_attempt(permit, &attempts, (outcome, &raw));
            let (outcome, raw) = match to {
                None => (outcome, raw),
                Some(to) => {
                    let Ok(to) = self.storage_url(&to) else {
                        return Ok(Err(Unread::Unreadable));
                    };
                    let mut taken = new();
                    match self.fetch(to, |chunk| take(&mut taken, chunk)).await {
                        Ok(()) => return Ok(Ok(taken)),
                        Err(Broken::Unwanted) => return Ok(Err(Unread::Unreadable)),
                        Err(Broken::Exchange(raw)) => (classify(RequestKind::Storage, &raw), raw),
                    }
                }
            };
            in_progress.attempt_ended(trouble(&raw));
            let unread = unread(&raw);
            match (outcome, &raw) {
                (Outcome::Limited { .. } | Outcome::Again, raw) => {
                    let attempted = Attempted {
                        endpoint: ENDPOINT,
                        outcome,
                        raw,
                        is_lone,
                    };
                    if self.wait_to_retry(&mut attempts, attempted).await.is_err() {
                        return Ok(Err(unread));
                    }
                }
                (Outcome::Untrusted, _) => return Err(Failure::Untrusted { endpoint: ENDPOINT }),
                // A 403 may concern this file alone.
                (Outcome::Denied, Raw::Answer { status: 401, .. }) => {
                    return Err(Failure::Denied {
                        endpoint: ENDPOINT,
                        status: 401,
                    });
                }
                _ => return Ok(Err(unread)),
            }
        }
    }

    /// Requests the file from Close: the response, and where the storage has the file.
    async fn locate(&self, at: &Url) -> Result<(Raw, Option<String>), Failure> {
        let inner = &*self.inner;
        inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = Request::new(Method::GET, at.clone());
        *request.timeout_mut() = Some(inner.read_timeout);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, inner.authorization.clone());
        let seen = match self.exchange_once(ENDPOINT, request).await? {
            Ok(seen) => seen,
            Err(raw) => return Ok((raw, None)),
        };
        let to = seen
            .headers
            .get(LOCATION)
            .filter(|_| (300..400).contains(&seen.status));
        let to = to.and_then(|to| Some(to.to_str().ok()?.to_owned()));
        Ok((inner.answer(&seen, false), to))
    }

    /// Passes the bytes of a file in the storage to `take`.
    async fn fetch(&self, to: Url, mut take: impl FnMut(&[u8]) -> bool) -> Result<(), Broken> {
        let inner = &*self.inner;
        inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        let storage = inner.connections.storage(&to);
        let storage = storage.map_err(|_| Broken::Exchange(Raw::Lost))?;
        let request = storage.get(to).timeout(inner.read_timeout * 4);
        let lost = |_| Broken::Exchange(Raw::Lost);
        let mut response = request.send().await.map_err(lost)?;
        if !response.status().is_success() {
            return Err(Broken::Exchange(Raw::Answer {
                status: response.status().as_u16(),
                signals: Signals::default(),
                readable: false,
            }));
        }
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if !take(&chunk) {
                return Err(Broken::Unwanted);
            }
        }
        Ok(())
    }
}

/// What the last attempt shows of a file.
fn unread(raw: &Raw) -> Unread {
    match trouble(raw) {
        Trouble::Status(404 | 410) => Unread::Absent,
        Trouble::Status(status) => Unread::Failed(format!("a download ended with status {status}")),
        Trouble::Unreadable => Unread::Failed("Close did not state where a file is".to_owned()),
        _ => Unread::Failed("a download broke off".to_owned()),
    }
}
