//! A file of an activity, read back: for a pilot, which compares its bytes with the archive's.
//!
//! `go/file` at the API's host redirects to the storage (`close-api.md` 1.9, seen live, not
//! documented). The credential goes to the API's host alone and never to where that leads. The
//! bytes are counted and summed up, never kept.

use std::sync::atomic::Ordering;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, LOCATION};

use super::client::Client;
use super::error::Failure;

/// What a file's bytes come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// How many they are.
    pub bytes: u64,
    /// Their CRC-32.
    pub crc: u32,
}

impl Client {
    /// Fetches the file behind a `go/file` address. `None` where it cannot be had that way: a
    /// refusal, another kind of address, an answer that breaks off.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when Close has been out of reach for too long.
    pub async fn file_sum(&self, url: &str) -> Result<Option<Sum>, Failure> {
        const ENDPOINT: &str = "GET /go/file/";
        let Some(path) = url.strip_prefix("https://app.close.com/") else {
            return Ok(None);
        };
        let _leave = self.leave(ENDPOINT).await?;
        self.inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.fetch(path).await)
    }

    async fn fetch(&self, path: &str) -> Option<Sum> {
        let inner = &*self.inner;
        let at = inner.base.join("/").ok()?.join(path).ok()?;
        // Whatever the address says, the credential stays with the host that it is for.
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
        Some(Sum { bytes, crc })
    }
}
