//! Download of an activity's file: its size and checksum, or a text.
//!
//! `go/file` at the API's host redirects to the storage (observed, not documented). The credential is sent to the API's
//! host only, never to the redirect's target. Bytes are kept of texts only.

use std::sync::atomic::Ordering;

use reqwest::header::{AUTHORIZATION, LOCATION};
use reqwest::{StatusCode, Url};

use super::client::Client;
use super::error::Failure;

/// Maximum size of a text that is read, in bytes: Close's limit for the files of a message (assumption A20).
const MAX_TEXT_FILE: usize = 25 * 1024 * 1024;

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
    /// Close does not have it, or it is none that can be read: another kind of address, no text.
    Absent,
    /// The download failed, for this reason; it may succeed later.
    Failed(String),
}

impl Client {
    /// Downloads the file at a `go/file` address. The inner error concerns this file alone.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when Close has been unreachable for too long.
    pub async fn file_sum(&self, url: &str) -> Result<Result<FileChecksum, Unread>, Failure> {
        let (mut bytes, mut crc) = (0, crc32fast::Hasher::new());
        let read = self.download(url, |chunk| {
            bytes += chunk.len() as u64;
            crc.update(chunk);
            true
        });
        Ok(read.await?.map(|()| FileChecksum {
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
        let mut text = Vec::new();
        let read = self.download(url, |chunk| {
            text.extend_from_slice(chunk);
            text.len() <= MAX_TEXT_FILE
        });
        let read = read.await?;
        Ok(read.and_then(|()| String::from_utf8(text).map_err(|_| Unread::Absent)))
    }

    /// Passes the bytes of a file to `take`, until it refuses more.
    async fn download(
        &self,
        url: &str,
        take: impl FnMut(&[u8]) -> bool,
    ) -> Result<Result<(), Unread>, Failure> {
        const ENDPOINT: &str = "GET /go/file/";
        let Some(path) = url.strip_prefix("https://app.close.com/") else {
            return Ok(Err(Unread::Absent));
        };
        let _permit = self.acquire_permit(ENDPOINT).await?;
        self.inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.fetch(path, take).await)
    }

    async fn fetch(&self, path: &str, mut take: impl FnMut(&[u8]) -> bool) -> Result<(), Unread> {
        let inner = &*self.inner;
        let root = inner.base.join("/").and_then(|root| root.join(path));
        // Whatever the address is, the credential is sent to its own host only.
        let at = root.ok().filter(|at| at.origin() == inner.base.origin());
        let request = (inner.api.get(at.ok_or(Unread::Absent)?))
            .header(AUTHORIZATION, inner.authorization.clone())
            .timeout(inner.read_timeout);
        let response = request.send().await.map_err(|error| failed(&error))?;
        let to = response.headers().get(LOCATION).map(|to| to.to_str());
        let Some(Ok(to)) = to else {
            return Err(refused(response.status()));
        };
        let to: Url = self.storage_url(to).map_err(|_| Unread::Absent)?;
        inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        let request = inner.storage.get(to).timeout(inner.read_timeout * 4);
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        if !response.status().is_success() {
            return Err(refused(response.status()));
        }
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if !take(&chunk) {
                return Err(Unread::Absent);
            }
        }
        Ok(())
    }
}

/// A response without the file.
fn refused(status: StatusCode) -> Unread {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Unread::Absent,
        status => Unread::Failed(format!("a download ended with status {}", status.as_u16())),
    }
}

/// A request without a response, or with a part of one.
fn failed(error: &reqwest::Error) -> Unread {
    let what = match error.is_timeout() {
        true => "a download took too long",
        false => "a download broke off",
    };
    Unread::Failed(what.to_owned())
}
