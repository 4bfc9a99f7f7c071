//! The archives of each device: patterns to paths, and every archive on one device only.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, Intake, Opened, StoreSeen, open_with};
use crate::archive::Limits;
use crate::native::{Keys, NoTerminal};

/// The archives of one device.
#[derive(Debug)]
pub struct OfDevice {
    /// The place of the device in the list that was given.
    pub device: usize,
    /// The archive.
    pub opened: Opened,
}

/// All archives of all devices.
#[derive(Debug, Default)]
pub struct DeviceIntake {
    /// Those that opened, device by device.
    pub archives: Vec<OfDevice>,
    /// Those that did not.
    pub failures: Vec<Failure>,
    /// See [`Intake::ignored`].
    pub ignored: Vec<Failure>,
    /// See [`Intake::stores`].
    pub stores: Vec<StoreSeen>,
}

/// Why the archives cannot be given to their devices; each is a mistake in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// A pattern that does not read.
    #[error("the device \"{device}\": \"{pattern}\" is no path and no glob: {reason}")]
    Pattern {
        /// The device's name.
        device: String,
        /// The pattern as written.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A pattern without a match.
    #[error(
        "the device \"{device}\": nothing is there for archives = \"{pattern}\" (looked for {path}); correct the path"
    )]
    NoMatch {
        /// The device's name.
        device: String,
        /// The pattern as written.
        pattern: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// An archive that two devices claim.
    #[error(
        "{archive}: belongs to the device \"{one}\" and to \"{other}\"; an archive belongs to exactly one: make their archives differ"
    )]
    Claimed {
        /// The archive.
        archive: PathBuf,
        /// The first device.
        one: String,
        /// The second device.
        other: String,
    },
}

/// Opens the archives of all devices: `(name, patterns)`, patterns relative to `folder`. Nobody is
/// asked for a key.
///
/// # Errors
///
/// [`DeviceError`] for the first mistake in the configuration; archives that cannot be read are
/// failures in the result.
pub fn open_devices(
    devices: &[(&str, &[String])],
    folder: &Path,
    limits: &Limits,
) -> Result<DeviceIntake, DeviceError> {
    open_devices_with(devices, folder, limits, &NoTerminal)
}

/// The same; `keys` are asked for those of encrypted backups.
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
    let mut result = DeviceIntake::default();
    let mut claimed: HashMap<(PathBuf, String), usize> = HashMap::new();
    for (number, (name, patterns)) in devices.iter().enumerate() {
        let mut paths = Vec::new();
        for pattern in *patterns {
            paths.extend(expand(name, pattern, folder)?);
        }
        let Intake {
            opened,
            failures,
            ignored,
            stores,
        } = open_with(&paths, limits, keys);
        result.ignored.extend(ignored);
        result.stores.extend(stores);
        for archive in opened {
            // The same transcript by whatever way: named itself, in its folder, in its zip.
            let container = archive.container.path();
            let real = container
                .canonicalize()
                .unwrap_or_else(|_| container.to_owned());
            match claimed.insert((real, archive.entry.clone()), number) {
                None => {}
                // Twice by the same device: two patterns that overlap.
                Some(same) if same == number => continue,
                Some(other) => {
                    return Err(DeviceError::Claimed {
                        archive: archive.path,
                        one: devices[other].0.to_owned(),
                        other: (*name).to_owned(),
                    });
                }
            }
            result.archives.push(OfDevice {
                device: number,
                opened: archive,
            });
        }
        result.failures.extend(failures);
    }
    Ok(result)
}

fn expand(device: &str, pattern: &str, folder: &Path) -> Result<Vec<PathBuf>, DeviceError> {
    let path = folder.join(pattern);
    // A name with brackets or a star in it is taken as it is where such a file exists.
    if path.exists() {
        return Ok(vec![path]);
    }
    let no_match = || DeviceError::NoMatch {
        device: device.to_owned(),
        pattern: pattern.to_owned(),
        path: path.clone(),
    };
    if !pattern.contains(['*', '?', '[']) {
        return Err(no_match());
    }
    // Only the pattern is one: a folder called `[old]` above it is none.
    let escaped = glob::Pattern::escape(&folder.to_string_lossy());
    let full = Path::new(&escaped).join(pattern);
    let wrong = |reason: String| DeviceError::Pattern {
        device: device.to_owned(),
        pattern: pattern.to_owned(),
        reason,
    };
    let full = full.to_string_lossy();
    let find = |pattern: &str| -> Result<Vec<PathBuf>, DeviceError> {
        let found = glob::glob(pattern).map_err(|error| wrong(error.msg.to_owned()))?;
        (found.map(|path| path.map_err(|error| wrong(error.to_string())))).collect()
    };
    let mut paths = find(&full)?;
    if let Some((folders, name)) = full.rsplit_once('/') {
        let name = glob::Pattern::new(name).map_err(|error| wrong(error.msg.to_owned()))?;
        for folder in find(folders)? {
            paths.extend(not_unicode(&folder, &name));
        }
    }
    paths.sort();
    if paths.is_empty() {
        Err(no_match())
    } else {
        Ok(paths)
    }
}

/// The files of `folder` that match `pattern` and whose names are not UTF-8: glob skips them.
fn not_unicode(folder: &Path, pattern: &glob::Pattern) -> Vec<PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = items.map(|item| item.file_name());
    names
        .filter(|name| name.to_str().is_none() && pattern.matches(&name.to_string_lossy()))
        .map(|name| folder.join(name))
        .collect()
}
