//! What comes from outside and what others could reach: names, cells, hosts, files.

mod checkpoint_files;
mod controls;
mod copies;
mod fields;
mod hashes;
mod hosts;
mod names;
#[cfg(unix)]
mod pipes;
mod tables;
