//! BLAKE3 of a sequence of fields, each preceded by its length, so that fields do not run into each
//! other.
//!
//! Belongs here: digests that compare inputs between runs. Never here: derived external ids, whose
//! form is fixed ([`crate::transform::identity`]), and keyed hashes ([`crate::checkpoint`]).

/// Short fields are hashed together: hashing each by itself costs five times as much.
const BLOCK: usize = 64 * 1024;

/// A BLAKE3 digest that is being made of a sequence of fields.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    hasher: blake3::Hasher,
    /// Bytes that are not hashed yet.
    block: Vec<u8>,
}

impl Digest {
    /// Adds a field.
    pub(crate) fn add(&mut self, field: impl AsRef<[u8]>) {
        let field = field.as_ref();
        self.block
            .extend_from_slice(&(field.len() as u64).to_le_bytes());
        if field.len() >= BLOCK {
            self.flush();
            self.hasher.update(field);
            return;
        }
        self.block.extend_from_slice(field);
        if self.block.len() >= BLOCK {
            self.flush();
        }
    }

    /// Adds a number as a field.
    pub(crate) fn number(&mut self, number: i64) {
        self.add(number.to_le_bytes());
    }

    /// The digest of all fields that were added, 32 bytes.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.flush();
        *self.hasher.finalize().as_bytes()
    }

    fn flush(&mut self) {
        self.hasher.update(&self.block);
        self.block.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> [u8; 32] {
        let mut digest = Digest::default();
        for field in fields {
            digest.add(field);
        }
        digest.finish()
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
    }

    #[test]
    fn blocks_do_not_show() {
        let long = "x".repeat(3 * BLOCK);
        let mut hasher = blake3::Hasher::new();
        for field in ["a", &long, "b"] {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        assert_eq!(of(&["a", &long, "b"]), *hasher.finalize().as_bytes());
    }
}
