//! The log of the program: `--log-file F` and `-v`.
//!
//! Events have no content: endpoints as templates, codes, counts and indexes in a plan. Modules below emit
//! them with `tracing`; only this module decides where they go.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::args::Log;
use crate::app::{Error, Result};
use crate::version;

/// Starts the log. Without flags nothing is logged.
///
/// # Errors
///
/// A usage error: the file cannot be written.
pub(super) fn start(log: &Log) -> Result<()> {
    if log.log_file.is_none() && log.verbose == 0 {
        return Ok(());
    }
    let file = log.log_file.as_deref().map(|path| {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|error| {
            Error::usage(format!("{}: cannot be written: {error}", path.display()))
        })
    });
    let file = file.transpose()?.map(|file| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .with_filter(LevelFilter::DEBUG)
    });
    let printed = match log.verbose {
        0 => None,
        1 => Some(LevelFilter::INFO),
        _ => Some(LevelFilter::DEBUG),
    };
    let printed = printed.map(|level| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .with_filter(level)
    });
    let only_own = tracing_subscriber::filter::filter_fn(|metadata| {
        metadata.target().starts_with(env!("CARGO_PKG_NAME"))
    });
    let started = tracing_subscriber::registry()
        .with(file.with_filter(only_own.clone()))
        .with(printed.with_filter(only_own))
        .try_init();
    // A second start, in a test, keeps the first.
    drop(started);
    tracing::info!(
        version = version::VERSION,
        commit = version::COMMIT,
        "chatferry starts"
    );
    Ok(())
}
