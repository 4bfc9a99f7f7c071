//! Undoes imports: deletes the messages that runs created, from the checkpoint alone.
//!
//! Two steps, so that a person can look at the first before the second: [`prepare()`] reads checkpoint and Close and writes
//! nothing; [`carry_out()`] deletes. A message is kept if Close has another value than was sent and than Close returned then,
//! or if an activity that stays replies to it. The final state of a message is *absent*, so that a later import posts it
//! again. Never here: the deletion of one message ([`crate::execute::undo`]), or texts of output.
//!
//! | file        | contains                                                        |
//! |-------------|-----------------------------------------------------------------|
//! | `select`    | the messages that an undo concerns                               |
//! | `names`     | the names of recorded chats                                      |
//! | `person`    | the person erased by `forget`                                    |
//! | `examine`   | messages as Close has them, compared with what was sent          |
//! | `unrecorded` | activities of ours that the checkpoint does not record         |
//! | `replies`   | which messages stay since a reply stays                          |
//! | `prepare`   | what would be deleted and what stays: verdicts and their preview |
//! | `estimate`  | requests and time                                                |
//! | `carry_out` | the run that deletes: its loop and its queue                     |
//! | `lookup`    | requests whose outcome is unknown                                |
//! | `begun`     | deletions that an earlier run began                              |
//! | `leads`     | leads that `match` created                                       |
//! | `result`    | what a person gets to see                                        |

mod begun;
mod carry_out;
mod estimate;
mod examine;
mod leads;
mod lookup;
mod names;
mod person;
mod prepare;
mod replies;
mod result;
mod select;
mod unrecorded;

pub(crate) use begun::finish_begun;
pub(crate) use carry_out::carry_out;
pub(crate) use person::Person;
pub(crate) use prepare::{Prepared, UndoOrder, prepare};
pub(crate) use result::{
    ChatPreview, Kept, KeptWhy, LeadPreview, Removed, UndoNumbers, UndoOutcome,
};
