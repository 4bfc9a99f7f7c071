//! The archives and tables of the migration, read once and kept until a file changes.
//!
//! Reading takes long where there are thousands of chats. A page never waits for it: it is shown when the reading is there,
//! and shows until then that the archives are being read. A decision of a person is put into the reading at once, and the
//! next reading confirms it.

use std::sync::Arc;
use std::time::Duration;

pub(super) use super::readings::{Read, Reading};

use super::site::{Place, Site};
use super::work::{apart, here};
use crate::app::{self, Error, Result, SeenTable, Stamp};
use crate::native::NoKeys;

/// The time that a page waits for a reading that has begun.
const PATIENCE: Duration = Duration::from_millis(600);

/// What the files of the migration contain now. While another process writes the checkpoint, what they contained before.
pub(super) async fn read(site: &Arc<Site>) -> Read {
    match stamp(site).await {
        Ok(stamp) => read_as(site, &stamp).await,
        Err(error) => Read::Failed(Arc::new(error)),
    }
}

/// The stamp of the files of the migration.
pub(super) async fn stamp(site: &Site) -> Result<Stamp> {
    let place = site.place.clone();
    apart(move || async move { app::stamp(&place.file, &place.overrides) }).await
}

/// As [`read`], of files with this stamp, where another checkpoint is no other reading: what is read of chats is the same.
pub(super) async fn read_files(site: &Site, stamp: &Stamp) -> Read {
    match site.readings.before(stamp) {
        Some(read) => read,
        None => read_as(site, stamp).await,
    }
}

/// What files with this stamp contain.
async fn read_as(site: &Site, stamp: &Stamp) -> Read {
    if let Some(read) = site.readings.current(stamp) {
        return read;
    }
    let changed = site.readings.changed();
    tokio::pin!(changed);
    changed.as_mut().enable();
    begin(site, stamp);
    tokio::time::timeout(PATIENCE, changed).await.ok();
    let current = site.readings.current(stamp);
    let before = || site.readings.before(stamp);
    current.or_else(before).unwrap_or(Read::Pending)
}

/// As [`read`]; a reading with all decisions of this page is enough.
pub(super) async fn read_with_decisions(site: &Arc<Site>) -> Read {
    let stamp = match stamp(site).await {
        Ok(stamp) => stamp,
        Err(error) => return Read::Failed(Arc::new(error)),
    };
    let Some(reading) = site.readings.with_decisions(&stamp) else {
        return read_as(site, &stamp).await;
    };
    if !site.readings.is_busy(site.clock.elapsed()) {
        let site = Arc::clone(site);
        tokio::spawn(async move { read(&site).await });
    }
    Read::Now(reading)
}

/// As [`read_with_decisions`], for a form, which cannot be loaded again: waits until the files are read.
///
/// # Errors
///
/// They cannot be used.
pub(super) async fn read_for_form(site: &Arc<Site>) -> Result<Arc<Reading>, Arc<Error>> {
    let mut read = read_with_decisions(site).await;
    loop {
        match read {
            Read::Now(reading) | Read::Before(reading) => return Ok(reading),
            Read::Failed(error) => return Err(error),
            Read::Pending => read = self::read(site).await,
        }
    }
}

/// Begins to read, unless that has begun.
fn begin(site: &Site, stamp: &Stamp) {
    let Some(begun) = site.readings.begin() else {
        return;
    };
    let (place, stamp) = (site.place.clone(), stamp.clone());
    tokio::task::spawn_blocking(move || {
        let read = here(|| reading(&place, &stamp));
        let after = app::stamp(&place.file, &place.overrides);
        let is_sound = after.is_ok_and(|after| after.has_same_files(&stamp));
        begun.end(stamp, read, is_sound);
    });
}

async fn reading(place: &Place, stamp: &Stamp) -> Result<Reading> {
    let configuration = SeenTable::read(&place.file)?;
    let settings = app::settings_in(&configuration, &place.overrides)?;
    let contacts = SeenTable::read(&settings.import.contacts)?;
    let overview = app::overview(&place.file, &place.overrides, &NoKeys).await?;
    Ok(Reading {
        list: overview.list,
        status: Arc::new(overview.status),
        left_out: overview.left_out,
        settings: Arc::new(settings),
        contacts,
        configuration,
        stamp: stamp.clone(),
    })
}
