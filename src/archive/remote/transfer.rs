//! Requests to object storage, made from threads that may block.
//!
//! Readers of archives are synchronous and run on threads of their own; the requests run on a small runtime.

use std::io;
use std::ops::Range;
use std::sync::{OnceLock, mpsc};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

use super::StorageProblem;
use super::errors::{Subject, problem_of};
use super::stores::Store;

/// The threads of the runtime, which only move bytes.
const THREADS: usize = 2;

fn runtime() -> Result<&'static Runtime, StorageProblem> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("object-storage")
            .enable_all()
            .build()
    });
    let failed = |error: &io::Error| StorageProblem::Unreachable(error.kind().to_string());
    runtime.as_ref().map_err(failed)
}

/// Runs a request to its end. The calling thread blocks, and may itself belong to another runtime.
fn wait<T: Send + 'static>(
    request: impl Future<Output = Result<T, StorageProblem>> + Send + 'static,
) -> Result<T, StorageProblem> {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        let _ = sender.send(request.await);
    });
    let ended = || StorageProblem::Unreachable("the request ended without a result".to_owned());
    receiver.recv().unwrap_or_else(|_| Err(ended()))
}

/// All objects below a folder of keys, or of the bucket.
///
/// # Errors
///
/// Problems of the place.
pub(super) fn list(store: &Store, folder: &str) -> Result<Vec<ObjectMeta>, StorageProblem> {
    let store = Store::clone(store);
    let prefix = (!folder.is_empty()).then(|| path(folder)).transpose()?;
    wait(async move {
        let listed = store.list(prefix.as_ref()).try_collect::<Vec<_>>().await;
        match listed {
            Ok(objects) => Ok(objects),
            Err(error) => problem_of(&error, Subject::Place).map_or_else(|| Ok(Vec::new()), Err),
        }
    })
}

/// The object with this key, if there is one.
///
/// # Errors
///
/// Problems of the place.
pub(super) fn head(store: &Store, key: &str) -> Result<Option<ObjectMeta>, StorageProblem> {
    let store = Store::clone(store);
    let path = path(key)?;
    wait(async move {
        match store.head(&path).await {
            Ok(object) => Ok(Some(object)),
            Err(error) => problem_of(&error, Subject::Place).map_or(Ok(None), Err),
        }
    })
}

/// The bytes of a range of an object.
///
/// # Errors
///
/// Problems of the object: [`StorageProblem::Changed`] if it is not `object` any more.
pub(super) fn get(
    store: &Store,
    object: &ObjectMeta,
    range: Range<u64>,
) -> Result<Bytes, StorageProblem> {
    let (store, object) = (Store::clone(store), object.clone());
    wait(async move {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            // Some services list the ETag without its quotes, in which form it is no valid condition.
            if_match: (object.e_tag.clone()).filter(|etag| etag.starts_with('"')),
            ..GetOptions::default()
        };
        let problem = |error: object_store::Error| {
            problem_of(&error, Subject::Object).unwrap_or(StorageProblem::Deleted)
        };
        let response = (store.get_opts(&object.location, options).await).map_err(problem)?;
        if !is_same(&response.meta, &object) {
            return Err(StorageProblem::Changed);
        }
        let is_range = response.range == range;
        let bytes = response.bytes().await.map_err(problem)?;
        match is_range && bytes.len() as u64 == range.end - range.start {
            true => Ok(bytes),
            false => Err(StorageProblem::Unreachable("a response was cut".to_owned())),
        }
    })
}

/// Whether a response is about the object that was listed.
fn is_same(response: &ObjectMeta, listed: &ObjectMeta) -> bool {
    let bare = |etag: &str| etag.trim_start_matches("W/").trim_matches('"').to_owned();
    let is_same_version = match (&response.e_tag, &listed.e_tag) {
        (Some(one), Some(other)) => bare(one) == bare(other),
        // A web server without ETags.
        _ => response.last_modified == listed.last_modified,
    };
    is_same_version && response.size == listed.size
}

fn path(key: &str) -> Result<Path, StorageProblem> {
    Path::parse(key).map_err(|_| StorageProblem::Place("the key has parts that are not supported"))
}
