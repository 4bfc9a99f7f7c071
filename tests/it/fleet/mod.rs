//! A checkpoint in PostgreSQL that several machines share, and workers that run migrations by schedule (feature `cloud`).
//!
//! The tests start a server of their own in a temporary folder. Where PostgreSQL is not installed they print that they are
//! skipped; with `CHATFERRY_POSTGRES_REQUIRED`, which `.ci/run` sets, its absence is a failure.

#[cfg(not(feature = "cloud"))]
mod absent;
#[cfg(feature = "cloud")]
mod attacks;
#[cfg(feature = "cloud")]
mod cut;
#[cfg(feature = "cloud")]
mod jobs;
#[cfg(feature = "cloud")]
mod line;
#[cfg(feature = "cloud")]
mod moving;
#[cfg(feature = "cloud")]
mod plain;
#[cfg(feature = "cloud")]
mod pooler;
#[cfg(feature = "cloud")]
mod postgres;
#[cfg(feature = "cloud")]
mod refused;
#[cfg(feature = "cloud")]
mod restart;
#[cfg(feature = "cloud")]
mod setting;
#[cfg(feature = "cloud")]
mod snapshots;
#[cfg(feature = "cloud")]
mod takeover;
