//! [`PackedVec`]: a list that is serialised and compressed while it is not in use.
//!
//! A migration of millions of messages plans and carries out one chat after another, and the messages of
//! all other chats wait. Belongs here: the representation of a waiting list, and of values in it that
//! chrono and serde would write as text. Never here: when a list waits, which its users decide, and what
//! is in it.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::pages::Pages;

/// A list that dereferences to a slice. [`PackedVec::close`] packs a list that may be packed, and the next
/// access unpacks it: closing is about memory alone and never changes what a user sees.
///
/// Packed, a list takes as many bytes as its items have in postcard's format after LZ4.
pub struct PackedVec<T> {
    /// Items, where the list is open.
    open: OnceLock<Vec<T>>,
    /// The packed items, valid until the items change.
    packed: Option<Packed>,
    /// Whether [`PackedVec::close`] packs.
    is_packable: bool,
}

#[derive(Clone)]
struct Packed {
    bytes: Pages,
    len: usize,
}

impl<T> PackedVec<T> {
    /// The list with these items and the waiting behaviour of `other`.
    pub fn like<U>(other: &PackedVec<U>, items: Vec<T>) -> Self {
        PackedVec {
            is_packable: other.is_packable,
            ..items.into()
        }
    }

    /// Lets [`PackedVec::close`] pack the list from now on.
    pub fn allow_packing(&mut self) {
        self.is_packable = true;
    }

    /// The number of items. Does not unpack.
    pub fn len(&self) -> usize {
        match (&self.packed, self.open.get()) {
            (Some(packed), _) => packed.len,
            (None, items) => items.map_or(0, Vec::len),
        }
    }

    /// Whether there is no item. Does not unpack.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Serialize + DeserializeOwned> PackedVec<T> {
    /// The items, for changes; unpacks them if they are packed.
    pub fn open(&mut self) -> &mut Vec<T> {
        self.unpack();
        self.packed = None;
        self.open.get_or_init(Vec::new);
        match self.open.get_mut() {
            Some(items) => items,
            None => unreachable!("the list was just opened"),
        }
    }

    /// Takes the items out and leaves an empty list.
    pub fn take(&mut self) -> Vec<T> {
        self.unpack();
        self.packed = None;
        self.open.take().unwrap_or_default()
    }

    /// Packs the items, where the list may be packed. Nothing is serialised if they have not changed since they
    /// were packed.
    pub fn close(&mut self) {
        if !self.is_packable {
            return;
        }
        if self.packed.is_none()
            && let Some(items) = self.open.get()
        {
            self.packed = pack(items);
        }
        if self.packed.is_some() {
            self.open = OnceLock::new();
        }
    }

    /// Calls `f` with the items and leaves a packed list packed.
    pub fn with<R>(&self, f: impl FnOnce(&[T]) -> R) -> R {
        match (&self.packed, self.open.get()) {
            (Some(packed), None) => f(&unpack(packed)),
            (_, items) => f(items.map_or(&[], Vec::as_slice)),
        }
    }

    fn unpack(&self) -> &[T] {
        match &self.packed {
            Some(packed) => self.open.get_or_init(|| unpack(packed)),
            None => self.open.get().map_or(&[], Vec::as_slice),
        }
    }
}

/// `None` where a value cannot be serialised; the list stays open then.
fn pack<T: Serialize>(items: &[T]) -> Option<Packed> {
    let plain = postcard::to_stdvec(items).ok()?;
    Some(Packed {
        bytes: lz4_flex::compress_prepend_size(&plain).into(),
        len: items.len(),
    })
}

fn unpack<T: DeserializeOwned>(packed: &Packed) -> Vec<T> {
    let plain = lz4_flex::decompress_size_prepended(&packed.bytes);
    // Only `pack` in this process writes it.
    let plain = plain.unwrap_or_else(|error| unreachable!("packed items are damaged: {error}"));
    let items = postcard::from_bytes(&plain);
    items.unwrap_or_else(|error| unreachable!("packed items are damaged: {error}"))
}

impl<T: Serialize + DeserializeOwned> Deref for PackedVec<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.unpack()
    }
}

impl<'v, T: Serialize + DeserializeOwned> IntoIterator for &'v PackedVec<T> {
    type Item = &'v T;
    type IntoIter = std::slice::Iter<'v, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> From<Vec<T>> for PackedVec<T> {
    fn from(items: Vec<T>) -> Self {
        PackedVec {
            open: items.into(),
            packed: None,
            is_packable: false,
        }
    }
}

impl<T> Default for PackedVec<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Clone> Clone for PackedVec<T> {
    fn clone(&self) -> Self {
        PackedVec {
            open: self.open.clone(),
            packed: self.packed.clone(),
            is_packable: self.is_packable,
        }
    }
}

impl<T> fmt::Debug for PackedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedVec({} items)", self.len())
    }
}

/// Serialises an instant as seconds and nanoseconds, for `#[serde(with = "packed_vec::instant")]`.
pub(crate) mod instant {
    use chrono::{DateTime, Utc};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Serialises the seconds and nanoseconds of an instant.
    ///
    /// # Errors
    ///
    /// Those of the serialiser.
    pub(crate) fn serialize<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
        (at.timestamp(), at.timestamp_subsec_nanos()).serialize(to)
    }

    /// Reads an instant from its seconds and nanoseconds.
    ///
    /// # Errors
    ///
    /// Those of the deserialiser; numbers that are no instant.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let (seconds, nanos) = <(i64, u32)>::deserialize(from)?;
        DateTime::from_timestamp(seconds, nanos).ok_or_else(|| D::Error::custom("no instant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_list_has_the_same_items() {
        // More than fit into a heap block.
        let items: Vec<(u64, String)> = (0..20_000)
            .map(|n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15), format!("text {n}")))
            .collect();
        let mut list = PackedVec::from(items.clone());
        list.close();
        assert!(list.open.get().is_some(), "packing was not allowed");
        list.allow_packing();
        list.close();
        assert!(list.open.get().is_none());
        assert_eq!(list.len(), 20_000);
        assert!(list.packed.is_some());
        assert!(list.with(|read| read == items));
        assert!(list.open.get().is_none(), "reading leaves it packed");
        assert_eq!(*list, items[..]);
        list.close();
        assert_eq!(list.clone().take(), items);
    }

    #[test]
    fn a_change_after_packing_is_kept() {
        let mut list = PackedVec::from(vec![1, 2, 3]);
        list.allow_packing();
        list.close();
        list.open().push(4);
        list.close();
        assert_eq!(*list, [1, 2, 3, 4]);
        assert_eq!(list.take(), [1, 2, 3, 4]);
        assert!(list.is_empty() && list.take().is_empty());
    }
}
