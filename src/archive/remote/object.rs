//! Objects as sources of bytes at a position.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::ObjectMeta;

use super::cache::{Cache, Wanted};
use super::stores::Store;
use super::transfer;
use super::{Need, StorageProblem};

/// An object as it was listed. Cheap to clone; reads are independent.
#[derive(Clone)]
pub(in crate::archive) struct Object(Arc<Inner>);

struct Inner {
    /// Distinguishes versions of objects in the cache.
    number: u64,
    store: Store,
    meta: ObjectMeta,
    cache: Arc<Cache>,
    /// The last problem since the object was listed.
    problem: Mutex<Option<StorageProblem>>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("size", &self.0.meta.size)
            .finish_non_exhaustive()
    }
}

impl Object {
    pub(super) fn new(number: u64, store: Store, meta: ObjectMeta, cache: Arc<Cache>) -> Object {
        Object(Arc::new(Inner {
            number,
            store,
            meta,
            cache,
            problem: Mutex::default(),
        }))
    }

    /// Whether a listing shows the same version of the object.
    pub(super) fn is_version(&self, meta: &ObjectMeta) -> bool {
        let own = &self.0.meta;
        (own.size, &own.e_tag, own.last_modified) == (meta.size, &meta.e_tag, meta.last_modified)
    }

    /// Size in bytes.
    pub(in crate::archive) fn length(&self) -> u64 {
        self.0.meta.size
    }

    /// Reads bytes at a position; 0 at the end. Blocks until they are here.
    ///
    /// # Errors
    ///
    /// A [`StorageProblem`] in an [`io::Error`]. Once the object has changed, no further request is sent.
    pub(in crate::archive) fn read_at(
        &self,
        buffer: &mut [u8],
        at: u64,
        need: Need,
    ) -> io::Result<usize> {
        let inner = &*self.0;
        if let Some(changed @ StorageProblem::Changed) = self.problem() {
            return Err(changed.into());
        }
        let wanted = Wanted {
            object: inner.number,
            size: inner.meta.size,
            until: need.until.min(inner.meta.size),
            again: need.again,
        };
        let read = inner.cache.read(wanted, at, buffer, &|range| {
            transfer::get(&inner.store, &inner.meta, range)
        });
        read.map_err(|problem| {
            *inner.lock() = Some(problem.clone());
            problem.into()
        })
    }

    /// Why a read failed since the object was listed, even if a later one succeeded. Readers of zips try other places in a
    /// file that they cannot read, and files that only add to a transcript may be absent: both lose the reason.
    pub(in crate::archive) fn problem(&self) -> Option<StorageProblem> {
        self.0.lock().clone()
    }

    /// The object was listed again.
    pub(super) fn forget_problem(&self) {
        *self.0.lock() = None;
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Option<StorageProblem>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
