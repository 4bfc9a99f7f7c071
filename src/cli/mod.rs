//! What was typed and configured, and what is meant by it.

pub mod config;
