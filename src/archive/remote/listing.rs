//! The objects of this run: listed once for each place, found again by the paths of archives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use object_store::ObjectMeta;

use super::cache::Cache;
use super::place::{Place, Service};
use super::stores::{Store, Stores};
use super::{Listed, StorageProblem, transfer};

pub(in crate::archive) use super::object::Object;

/// What is known of object storage. One for the process: what was read by one command of the review page is not read again
/// by the next one, unless the object changed.
#[derive(Default)]
struct Known {
    stores: Stores,
    cache: Arc<Cache>,
    objects: Mutex<Objects>,
}

#[derive(Default)]
struct Objects {
    /// By place, `s3://bucket/key`.
    by_place: BTreeMap<String, Object>,
    /// Folders whose objects are in `by_place`, `s3://bucket/anna/`.
    folders: Vec<String>,
    count: u64,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(Known::default)
}

fn parse(path: &Path) -> Result<Place, StorageProblem> {
    let text = path.to_str().unwrap_or_default();
    let not_a_place = || StorageProblem::Place("not a place in object storage");
    Place::parse(text).ok_or_else(not_a_place)?
}

/// The object at a path that [`objects_under`] returned, or another one.
///
/// # Errors
///
/// Problems of the place; [`StorageProblem::Empty`].
pub(in crate::archive) fn object_at(path: &Path) -> Result<Object, StorageProblem> {
    let place = parse(path)?;
    let url = place.url(&place.key);
    if let Some(object) = known().lock().by_place.get(&url) {
        return Ok(object.clone());
    }
    let store = known().stores.of(&place)?;
    let meta = transfer::head(&store, &place.key)?.ok_or(StorageProblem::Empty)?;
    Ok(known().lock().add(url, &store, meta))
}

/// The whole object at a place, read now: a small one that people write. `None` if there is none.
///
/// # Errors
///
/// Problems of the place and of the object; [`StorageProblem::Place`] if it is larger than `largest` bytes.
pub(crate) fn read_small(path: &Path, largest: u64) -> Result<Option<Vec<u8>>, StorageProblem> {
    let place = parse(path)?;
    let store = known().stores.of(&place)?;
    match transfer::head(&store, &place.key)? {
        None => Ok(None),
        Some(object) if object.size > largest => Err(StorageProblem::Place(
            "a file that is too large for a table of a migration",
        )),
        Some(object) if object.size == 0 => Ok(Some(Vec::new())),
        Some(object) => {
            transfer::get(&store, &object, 0..object.size).map(|bytes| Some(bytes.into()))
        }
    }
}

/// The object at a place, else all objects below it, sorted by key. A place may have wildcards. Always sends requests.
///
/// # Errors
///
/// Problems of the place; [`StorageProblem::Empty`].
pub(in crate::archive) fn objects_under(path: &Path) -> Result<Vec<Listed>, StorageProblem> {
    let place = parse(path)?;
    let store = known().stores.of(&place)?;
    let one = |store: &Store| -> Result<Option<Listed>, StorageProblem> {
        let found = transfer::head(store, &place.key)?;
        Ok(found.map(|meta| {
            let url = place.url(&place.key);
            let object = known().lock().add(url.clone(), store, meta);
            Listed {
                path: PathBuf::from(url),
                object,
            }
        }))
    };
    let is_web = place.service == Service::Web;
    let is_likely_one = is_web || (!place.is_folder && place.has_extension());
    if is_likely_one
        && !place.is_pattern()
        && let Some(found) = one(&store)?
    {
        return Ok(vec![found]);
    }
    let mut found = match is_web {
        true => Vec::new(),
        false => list(&place, &store)?,
    };
    if found.is_empty() && !is_likely_one && !place.is_folder && !place.is_pattern() {
        found.extend(one(&store)?);
    }
    match found.is_empty() {
        true => Err(StorageProblem::Empty),
        false => Ok(found),
    }
}

/// The files of a folder and of its `media` folder, with their names from the folder on.
///
/// # Errors
///
/// As [`objects_under`].
pub(in crate::archive) fn files_of_folder(
    path: &Path,
) -> Result<Vec<(String, Object)>, StorageProblem> {
    let place = parse(path)?;
    let folder = format!("{}/", place.url(&place.key));
    let is_listed = (known().lock().folders.iter()).any(|listed| folder.starts_with(listed));
    if !is_listed {
        list_folder(&place, &place.key, &known().stores.of(&place)?)?;
    }
    let known = known().lock();
    let files = (known.by_place.range(folder.clone()..))
        .map_while(|(url, object)| Some((url.strip_prefix(&folder)?, object)))
        .filter(|(name, _)| {
            let inner = name.strip_prefix("media/").unwrap_or(name);
            !inner.contains('/')
        });
    let files = files.map(|(name, object)| (name.to_owned(), object.clone()));
    Ok(files.collect())
}

/// The objects that a place means: those below it, or those that match it and those below them.
fn list(place: &Place, store: &Store) -> Result<Vec<Listed>, StorageProblem> {
    let listed = list_folder(place, place.fixed_folder(), store)?;
    if !place.is_pattern() {
        return Ok(listed);
    }
    let under = |name: &str| {
        let below = place.url(name);
        listed.iter().any(|one| one.path.starts_with(&below))
    };
    // A name that contains brackets or a star is taken literally if there is such an object.
    let pattern = match under(&place.key) {
        true => glob::Pattern::escape(&place.url(&place.key)),
        false => format!("{}/{}", glob::Pattern::escape(&place.root), place.key),
    };
    let pattern =
        glob::Pattern::new(&pattern).map_err(|_| StorageProblem::Place("not a valid pattern"))?;
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::new()
    };
    let is_meant = |one: &Listed| {
        let path = one.path.to_str().unwrap_or_default();
        let ends = path.match_indices('/').map(|(at, _)| at);
        (ends.chain([path.len()])).any(|end| pattern.matches_with(&path[..end], options))
    };
    Ok(listed.into_iter().filter(|one| is_meant(one)).collect())
}

fn list_folder(place: &Place, folder: &str, store: &Store) -> Result<Vec<Listed>, StorageProblem> {
    let objects = transfer::list(store, folder)?;
    let folder = format!("{}/", place.url(folder));
    let mut known = known().lock();
    let mut former = known.take_under(&folder);
    let mut found = Vec::with_capacity(objects.len());
    for meta in objects {
        let url = place.url(meta.location.as_ref());
        // Consoles create an empty object for a folder itself.
        if !url.starts_with(&folder) {
            continue;
        }
        if let Some(object) = former.remove(&url) {
            known.by_place.insert(url.clone(), object);
        }
        let object = known.add(url.clone(), store, meta);
        let path = PathBuf::from(url);
        found.push(Listed { path, object });
    }
    if !known.folders.contains(&folder) {
        known.folders.push(folder);
    }
    found.sort_by(|one, other| one.path.as_os_str().cmp(other.path.as_os_str()));
    Ok(found)
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Objects {
    /// The object of this version, so that what was read of it is not read again.
    fn add(&mut self, url: String, store: &Store, meta: ObjectMeta) -> Object {
        if let Some(object) = self.by_place.get(&url)
            && object.is_version(&meta)
        {
            object.forget_problem();
            return object.clone();
        }
        self.count += 1;
        let cache = Arc::clone(&known().cache);
        let object = Object::new(self.count, Arc::clone(store), meta, cache);
        self.by_place.insert(url, object.clone());
        object
    }

    /// Removes the objects of a folder: some may have been deleted since they were listed.
    fn take_under(&mut self, folder: &str) -> BTreeMap<String, Object> {
        let from_here = self.by_place.split_off(folder);
        let (under, others) = (from_here.into_iter()).partition(|(url, _)| url.starts_with(folder));
        let mut others: BTreeMap<String, Object> = others;
        self.by_place.append(&mut others);
        under
    }
}
