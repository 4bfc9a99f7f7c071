//! Ids in the shape of Close's: a prefix and base62 characters.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generates ids that never repeat, not even in a sandbox that is started later.
#[derive(Debug)]
pub(super) struct Ids {
    start: i64,
    count: u64,
}

impl Ids {
    /// `start` distinguishes this sandbox from others: its start in microseconds.
    pub(super) fn new(start: i64) -> Self {
        Ids { start, count: 0 }
    }

    /// `prefix_` and 43 characters, the shape of ids of activities, leads, contacts and users.
    pub(super) fn long(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.token(43))
    }

    /// `prefix_` and 22 characters, the shape of ids of events and requests.
    pub(super) fn short(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.token(22))
    }

    /// Characters without prefix, as in file addresses.
    pub(super) fn token(&mut self, length: usize) -> String {
        self.count += 1;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.start.to_le_bytes());
        hasher.update(&self.count.to_le_bytes());
        characters(&hasher, length)
    }
}

/// A constant id for `name`, such as that of the default lead status.
pub(super) fn fixed(prefix: &str, name: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"chatferry sandbox ");
    hasher.update(name.as_bytes());
    format!("{prefix}_{}", characters(&hasher, 43))
}

fn characters(hasher: &blake3::Hasher, length: usize) -> String {
    let mut bytes = vec![0_u8; length];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(BASE62[usize::from(*byte) % BASE62.len()]))
        .collect()
}
