//! Archives on disk and in object storage: zips, folders and single text files. The only module that opens them.
//!
//! It returns names, sizes and bytes and knows nothing about the content of a transcript. It trusts
//! no archive: names never become paths, sizes are checked while reading, and a damaged entry or
//! archive does not affect the others. Media are streamed: never unpacked to disk, never held in
//! memory as a whole.

mod code_page;
mod container;
mod directory;
mod discover;
mod entry_name;
mod error;
mod folder;
mod limits;
mod remark;
mod remote;
mod shared_file;
mod zipped;

pub use container::{Container, Entry};
pub use discover::{Discovered, Discovery, RealPaths, Recognize, discover};
pub use error::Error;
pub use limits::{Limits, ranges};
pub use remark::Remark;
#[cfg(feature = "cloud")]
pub(crate) use remote::read_small;
pub use remote::{StorageProblem, check_place, folder_of_place, is_remote, place_in};
