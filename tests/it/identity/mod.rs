//! The known faults of identity, each as an instance with the real program: is it the same message?
//!
//! Every test begins with one true conversation and what each source records of it. It asserts that Close
//! holds each true message once with its own bytes, exit status 0, nothing held and nothing
//! undecided, and that the same import again does nothing.
//!
//! | module      | what differs between the sources                                                 |
//! |-------------|----------------------------------------------------------------------------------|
//! | `albums`    | pictures, locations and cards of one minute: deleted, cut, vanished, without file |
//! | `abroad`    | the zone of the phone when it exported, imported twice                            |
//! | `edits`     | edited and deleted messages in the archive that looks older                       |
//! | `precision` | seconds cut or rounded, line ends, direction marks, late arrival                  |
//! | `autumn`    | the hour that comes twice                                                         |
//! | `restraint` | nothing differs, or others wrote it: pilots, other integrations, zips made anew   |
//! | `sources`   | the conversation, and what each source records of it                              |
//! | `outcome`   | what a run must leave in Close                                                    |

mod abroad;
mod albums;
mod autumn;
mod edits;
mod outcome;
mod precision;
mod restraint;
mod sources;
