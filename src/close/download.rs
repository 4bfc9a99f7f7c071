//! Download of an activity's file, for the pilot, which compares its bytes with those of the archive.
//!
//! `go/file` at the API's host redirects to the storage (observed, not documented). The credential is sent to the API's
//! host only, never to the redirect's target. The bytes are counted and hashed, never kept.

use std::sync::atomic::Ordering;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, LOCATION};

use super::client::Client;
use super::error::Failure;

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
        const ENDPOINT: &str = "GET /go/file/";
        let Some(path) = url.strip_prefix("https://app.close.com/") else {
            return Ok(None);
        };
        let _permit = self.acquire_permit(ENDPOINT).await?;
        self.inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.fetch(path).await)
    }

    async fn fetch(&self, path: &str) -> Option<FileChecksum> {
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
        let (mut bytes, mut crc) = (0, crc32fast::Hasher::new());
        while let Some(chunk) = answer.chunk().await.ok()? {
            bytes += chunk.len() as u64;
            crc.update(&chunk);
        }
        let crc = crc.finalize();
        Some(FileChecksum { bytes, crc })
    }
}
