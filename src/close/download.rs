//! Download of an activity's file: its size and checksum, or a text.
//!
//! `go/file` at the API's host redirects to the storage (observed, not documented). The credential is sent to the API's
//! host only, never to the redirect's target. Bytes are kept of texts only.

use std::sync::atomic::Ordering;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, LOCATION};

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

impl Client {
    /// Downloads the file at a `go/file` address. `None` if it is not available: a rejection, another kind of
    /// address, a truncated response.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when Close has been unreachable for too long.
    pub async fn file_sum(&self, url: &str) -> Result<Option<FileChecksum>, Failure> {
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

    /// The text of the file at a `go/file` address. `None` if it is not available, or no text.
    ///
    /// # Errors
    ///
    /// As [`Client::file_sum`].
    pub async fn file_text(&self, url: &str) -> Result<Option<String>, Failure> {
        let mut text = Vec::new();
        let read = self.download(url, |chunk| {
            text.extend_from_slice(chunk);
            text.len() <= MAX_TEXT_FILE
        });
        let read = read.await?;
        Ok(read.and_then(|()| String::from_utf8(text).ok()))
    }

    /// Passes the bytes of a file to `take`, until it refuses more.
    async fn download(
        &self,
        url: &str,
        take: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<()>, Failure> {
        const ENDPOINT: &str = "GET /go/file/";
        let Some(path) = url.strip_prefix("https://app.close.com/") else {
            return Ok(None);
        };
        let _permit = self.acquire_permit(ENDPOINT).await?;
        self.inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.fetch(path, take).await)
    }

    async fn fetch(&self, path: &str, mut take: impl FnMut(&[u8]) -> bool) -> Option<()> {
        let inner = &*self.inner;
        let at = inner.base.join("/").ok()?.join(path).ok()?;
        // Whatever the address is, the credential is sent to its own host only.
        if at.origin() != inner.base.origin() {
            return None;
        }
        let request = (inner.api.get(at))
            .header(AUTHORIZATION, inner.authorization.clone())
            .timeout(inner.read_timeout);
        let answer = request.send().await.ok()?;
        let to = answer.headers().get(LOCATION)?.to_str().ok()?;
        let to: Url = self.storage_url(to).ok()?;
        inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        let answer = inner.storage.get(to).timeout(inner.read_timeout * 4);
        let mut answer = answer.send().await.ok()?.error_for_status().ok()?;
        while let Some(chunk) = answer.chunk().await.ok()? {
            if !take(&chunk) {
                return None;
            }
        }
        Some(())
    }
}
