//! restraint
