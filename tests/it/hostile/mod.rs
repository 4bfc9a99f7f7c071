//! Archives that are hostile, damaged or odd, one kind a file: each is read rightly or refused with
//! what happened, where, and what to do, and the archives beside it go on.
//!
//! The archives are made here, with the zip crate or byte by byte ([`raw`]), and the whole output
//! of `inspect` is compared.

mod around;
mod bombs;
mod checksum;
mod cut;
mod devices;
mod discovery;
mod encrypted;
mod flipped;
mod imported;
mod inside;
mod kinds;
mod links;
mod lost;
mod names;
mod nothing;
mod old_names;
mod raw;
mod sizes;
mod twice;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::kit::{Output, Running};
use crate::snapshots::{settings, shown};

/// A folder `exports` with these files in it.
fn exports(files: &[(&str, &[u8])]) -> TempDir {
    let folder = crate::kit::folder();
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).expect("made");
    for (name, bytes) in files {
        fs::write(exports.join(name), bytes).expect("written");
    }
    folder
}

/// What `inspect --details` prints, run in `folder`.
fn inspect(folder: &Path, arguments: &[&str]) -> Output {
    let arguments: Vec<&str> = ["inspect", "--details"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    Running::start(&arguments, folder, &[]).wait()
}

/// Compares what `inspect exports` says of these archives.
#[track_caller]
fn golden(name: &str, archives: &[(&str, &[u8])]) {
    golden_with(name, archives, &[]);
}

/// The same with flags.
#[track_caller]
fn golden_with(name: &str, archives: &[(&str, &[u8])], flags: &[&str]) {
    let folder = exports(archives);
    let arguments: Vec<&str> = flags.iter().copied().chain(["exports"]).collect();
    compare(name, &inspect(folder.path(), &arguments));
}

#[track_caller]
fn compare(name: &str, output: &Output) {
    settings().bind(|| insta::assert_snapshot!(name, shown(output)));
}

/// The name of most archives here.
const ANN_ZIP: &str = "WhatsApp Chat with Ann.zip";
/// The name of the transcript in it.
const ANN_TXT: &str = "WhatsApp Chat with Ann.txt";
/// A transcript of three messages, one of them with a photo.
const ANN: &str = "13/03/2023, 09:05 - Ann: hi\n\
    13/03/2023, 09:06 - Ben: IMG-20230313-WA0001.jpg (file attached)\n\
    13/03/2023, 09:07 - Ann: nice\n";
/// The photo.
const PHOTO: &str = "IMG-20230313-WA0001.jpg";

/// A good archive that stands beside a bad one.
fn good() -> Vec<u8> {
    raw::zip(&[raw::Part::stored(
        "WhatsApp Chat with Zoe.txt",
        "14/03/2023, 10:00 - Zoe: still here\n",
    )])
}

/// The name of [`good`].
const ZOE_ZIP: &str = "WhatsApp Chat with Zoe.zip";
