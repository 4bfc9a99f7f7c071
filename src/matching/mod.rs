//! Decides which messages of two sources are the same. Pure: knows no archive, checkpoint, Close or
//! I/O.

pub mod sequence;
