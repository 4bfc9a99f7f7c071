//! abroad
