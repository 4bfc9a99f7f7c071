//! [`Pages`]: bytes whose memory returns to the system when they are dropped.
//!
//! Transcripts and packed lists are made by the threads that read archives and freed by the one that plans.
//! An allocator keeps freed memory for the thread that it came from, so that a large migration would take
//! twice what it holds. Never here: what the bytes are.

use std::fmt;
use std::ops::Deref;

use memmap2::MmapMut;

/// From this number of bytes on, memory is mapped: smaller blocks waste a part of a page.
const MAPPED: usize = 64 * 1024;

/// Blocks of this size are mapped by every allocator, and are not copied.
const LARGE: usize = 32 * 1024 * 1024;

/// Bytes that do not change.
pub(crate) struct Pages(Memory);

enum Memory {
    Heap(Box<[u8]>),
    Mapped(MmapMut),
}

impl From<Vec<u8>> for Pages {
    fn from(bytes: Vec<u8>) -> Self {
        if (MAPPED..LARGE).contains(&bytes.len())
            // The system allows a process some tens of thousands of mappings.
            && let Ok(mut pages) = MmapMut::map_anon(bytes.len())
        {
            pages.copy_from_slice(&bytes);
            return Pages(Memory::Mapped(pages));
        }
        Pages(Memory::Heap(bytes.into()))
    }
}

impl Default for Pages {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Memory::Heap(bytes) => bytes,
            Memory::Mapped(pages) => pages,
        }
    }
}

impl Clone for Pages {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

/// The length alone: the bytes are content.
impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_in_a_block_and_in_pages() {
        for length in [0, 1, MAPPED - 1, MAPPED, 3 * MAPPED + 5] {
            let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
            let pages = Pages::from(bytes.clone());
            assert_eq!(matches!(pages.0, Memory::Mapped(_)), length >= MAPPED);
            assert_eq!(*pages, bytes[..]);
            assert_eq!(*pages.clone(), bytes[..]);
        }
    }
}
