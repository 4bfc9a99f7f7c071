//! Opening the archives of every device: glob patterns to paths, and each archive on one device only.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, Intake, NativeArchive, Opened, open_resolving, unnamed};
use crate::archive::{self, Limits, RealPaths};
use crate::native::{Keys, NoKeys};

/// An archive with the device that it belongs to.
#[derive(Debug)]
pub struct DeviceArchive {
    /// The index of the device in the list that was passed.
    pub device: usize,
    /// The archive, with its transcript in memory.
    pub opened: Opened,
}

/// The archives of all devices: those that were opened, and why others were not.
#[derive(Debug, Default)]
pub struct DeviceIntake {
    /// Archives that were opened, device by device.
    pub archives: Vec<DeviceArchive>,
    /// Archives that could not be opened.
    pub failures: Vec<Failure>,
    /// See [`Intake::ignored`].
    pub ignored: Vec<Failure>,
    /// See [`Intake::stores`].
    pub stores: Vec<NativeArchive>,
    /// Archives that no device has, next to archives that a device names one by one.
    pub unnamed: Vec<PathBuf>,
}

/// Why archives cannot be assigned to devices; each is an error in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// An invalid pattern.
    #[error(
        "device \"{device}\": \"{pattern}\" is neither a path nor a valid glob pattern: {reason}"
    )]
    Pattern {
        /// The name of the device.
        device: String,
        /// The pattern as the configuration has it.
        pattern: String,
        /// Why the pattern is invalid, in words.
        reason: String,
    },
    /// A pattern without a match.
    #[error(
        "device \"{device}\": no file matches archives = \"{pattern}\" (searched {path}); correct the path"
    )]
    NoMatch {
        /// The name of the device.
        device: String,
        /// The pattern as the configuration has it.
        pattern: String,
        /// The absolute pattern that was searched.
        path: PathBuf,
    },
    /// An archive that matches the patterns of two devices.
    #[error(
        "{archive}: belongs to the devices \"{one}\" and \"{other}\"; change their archives so that only one contains it"
    )]
    Claimed {
        /// The path of the archive.
        archive: PathBuf,
        /// The name of the first device.
        one: String,
        /// The name of the second device.
        other: String,
    },
}

impl DeviceError {
    /// The archive, or the pattern as written.
    pub fn path(&self) -> &Path {
        match self {
            DeviceError::Pattern { pattern, .. } | DeviceError::NoMatch { pattern, .. } => {
                Path::new(pattern)
            }
            DeviceError::Claimed { archive, .. } => archive,
        }
    }

    /// Whether [`DeviceError::path`] is that of an archive, not of a folder with archives.
    pub fn is_about_file(&self) -> bool {
        let is_archive = |ending: &OsStr| {
            ["zip", "txt"]
                .iter()
                .any(|e| ending.eq_ignore_ascii_case(e))
        };
        match self {
            DeviceError::Pattern { .. } | DeviceError::NoMatch { .. } => {
                self.path().extension().is_some_and(is_archive)
            }
            DeviceError::Claimed { .. } => true,
        }
    }
}

/// Opens the archives of all devices without prompting for keys. `devices` are pairs of a name and its patterns,
/// which are relative to `folder`.
///
/// # Errors
///
/// [`DeviceError`] for the first error in the configuration. Archives that cannot be read are failures in
/// the result.
pub fn open_devices(
    devices: &[(&str, &[String])],
    folder: &Path,
    limits: &Limits,
) -> Result<DeviceIntake, DeviceError> {
    open_devices_with(devices, folder, limits, &NoKeys)
}

/// As [`open_devices`]; `keys` provides the keys of encrypted backups.
///
/// # Errors
///
/// As [`open_devices`].
pub fn open_devices_with(
    devices: &[(&str, &[String])],
    folder: &Path,
    limits: &Limits,
    keys: &dyn Keys,
) -> Result<DeviceIntake, DeviceError> {
    open_shared(devices, folder, limits, keys, |_, _| false)
}

/// As [`open_devices_with`]; an archive may belong to two devices, given by their indexes, if `may_share` returns
/// true: two owners who had one phone one after the other.
///
/// # Errors
///
/// As [`open_devices`].
pub fn open_shared(
    devices: &[(&str, &[String])],
    folder: &Path,
    limits: &Limits,
    keys: &dyn Keys,
    may_share: impl Fn(usize, usize) -> bool,
) -> Result<DeviceIntake, DeviceError> {
    let mut result = DeviceIntake::default();
    let mut claimed: HashMap<(PathBuf, String), Vec<usize>> = HashMap::new();
    let mut real_paths = RealPaths::default();
    let (mut files, mut all) = (Vec::new(), Vec::new());
    for (number, (name, patterns)) in devices.iter().enumerate() {
        let mut paths = Vec::new();
        for pattern in *patterns {
            let (found, unreadable) = expand(name, pattern, folder)?;
            let literal = folder.join(pattern);
            files.extend(literal.is_file().then_some(literal));
            all.extend(found.iter().cloned());
            paths.extend(found);
            result.failures.extend(unreadable);
        }
        let Intake {
            opened,
            failures,
            ignored,
            stores,
        } = open_resolving(&paths, limits, keys, &mut real_paths);
        result.ignored.extend(ignored);
        result.stores.extend(stores);
        result.archives.reserve(opened.len());
        for archive in opened {
            // One transcript has one identity, whether it was named itself, by its folder or by its zip.
            let real = real_paths.resolve(archive.container.path());
            let owners = claimed.entry((real, archive.entry.clone())).or_default();
            // The same device again: two of its patterns overlap.
            if owners.contains(&number) {
                continue;
            }
            if let Some(other) = owners.iter().find(|other| !may_share(**other, number)) {
                return Err(DeviceError::Claimed {
                    archive: archive.path,
                    one: devices[*other].0.to_owned(),
                    other: (*name).to_owned(),
                });
            }
            owners.push(number);
            result.archives.push(DeviceArchive {
                device: number,
                opened: archive,
            });
        }
        result.failures.extend(failures);
    }
    result.unnamed = unnamed::next_to(&files, &all, &mut real_paths);
    Ok(result)
}

/// The paths that match a pattern, and the folders that could not be searched for them.
fn expand(
    device: &str,
    pattern: &str,
    folder: &Path,
) -> Result<(Vec<PathBuf>, Vec<Failure>), DeviceError> {
    // Wildcards of a place are matched where it is listed.
    if archive::is_remote(Path::new(pattern)) {
        return Ok((vec![PathBuf::from(pattern)], Vec::new()));
    }
    let path = folder.join(pattern);
    // A name that contains brackets or a star is taken literally if such a file exists.
    if path.exists() {
        return Ok((vec![path], Vec::new()));
    }
    let no_match = || DeviceError::NoMatch {
        device: device.to_owned(),
        pattern: pattern.to_owned(),
        path: path.clone(),
    };
    if !pattern.contains(['*', '?', '[']) {
        return Err(no_match());
    }
    // Only the pattern is a glob; a folder above it that is named `[old]` is literal.
    let escaped = glob::Pattern::escape(&folder.to_string_lossy());
    let full = Path::new(&escaped).join(pattern);
    let wrong = |reason: String| DeviceError::Pattern {
        device: device.to_owned(),
        pattern: pattern.to_owned(),
        reason,
    };
    let full = full.to_string_lossy();
    let find = |pattern: &str| {
        let found = glob::glob(pattern).map_err(|error| wrong(error.msg.to_owned()))?;
        let (mut paths, mut unreadable) = (Vec::new(), Vec::new());
        for path in found {
            match path {
                Ok(path) => paths.push(path),
                Err(error) => unreadable.push(unsearchable(error)),
            }
        }
        Ok::<_, DeviceError>((paths, unreadable))
    };
    let (mut paths, unreadable) = find(&full)?;
    if let Some((folders, name)) = full.rsplit_once('/') {
        let name = glob::Pattern::new(name).map_err(|error| wrong(error.msg.to_owned()))?;
        for folder in find(folders)?.0 {
            paths.extend(not_unicode(&folder, &name));
        }
    }
    paths.sort();
    match paths.is_empty() && unreadable.is_empty() {
        true => Err(no_match()),
        false => Ok((paths, unreadable)),
    }
}

/// A folder that a pattern leads into and that cannot be listed.
fn unsearchable(error: glob::GlobError) -> Failure {
    let path = error.path().to_owned();
    Failure {
        label: path.display().to_string(),
        error: archive::Error::Io {
            path,
            source: error.into(),
        }
        .into(),
    }
}

/// Files of `folder` that match `pattern` and whose names are not UTF-8, which the glob crate skips.
fn not_unicode(folder: &Path, pattern: &glob::Pattern) -> Vec<PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = items.map(|item| item.file_name());
    names
        .filter(|name| name.to_str().is_none() && pattern.matches(&name.to_string_lossy()))
        .map(|name| folder.join(name))
        .collect()
}
