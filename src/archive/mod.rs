//! Zips, folders and bare files: the only room that opens archives.
//!
//! It gives out names, sizes and bytes, and knows nothing of what a transcript says. Nothing that
//! comes out of an archive is trusted: names never reach the file system, sizes are checked while
//! reading, and one bad entry or archive never takes its neighbours with it (design.md,
//! invariants 7 and 10). Media are streamed, never unpacked and never whole in memory.

mod code_page;
mod container;
mod directory;
mod discover;
mod entry_name;
mod error;
mod folder;
mod limits;
mod remark;
mod shared_file;
mod zipped;

pub use container::{Container, Entry};
pub use discover::{Discovered, Discovery, Recognize, discover};
pub use error::Error;
pub use limits::{Limits, ranges};
pub use remark::Remark;
