//! Comparison of the messages that should be in Close with the activities that a lead's list contains.
//!
//! Pure: a caller reads archives, checkpoint and Close, and passes plain values. [`match_listed`] finds the activity of
//! each message and its copies, [`differences`] compares one message field by field, [`Tally`] counts the findings and
//! checks that they add up, [`Forms`] recognises a difference that every message has in one way. Never here: a request, the wording
//! of a finding, or what is done about one.
//!
//! | file     | contains                                                        |
//! |----------|-----------------------------------------------------------------|
//! | `field`  | the compared fields of one message                              |
//! | `people` | contact, user and numbers                                       |
//! | `files`  | names and sizes of files                                        |
//! | `listed` | which activity of a list is which message                       |
//! | `copies` | which of several activities of one message stays                |
//! | `tally`  | findings and their totals                                       |
//! | `forms`  | differences that every message has                              |

mod copies;
mod field;
mod files;
#[cfg(test)]
mod fixture;
mod forms;
mod listed;
mod people;
#[cfg(test)]
mod properties;
mod tally;
#[cfg(test)]
mod tests;

pub use copies::{KeptCopies, ListedCopy, is_repetition, keep};
pub use field::{
    Answered, Comparison, Expected, ExpectedLink, Field, InClose, Sent, Wanted, differences,
};
pub use files::{FileInClose, files_answered};
pub use forms::{Forms, Shown};
pub use listed::{Match, Matches, match_listed};
pub use people::{PeopleInClose, numbers_answered};
pub use tally::{Finding, Tally};
