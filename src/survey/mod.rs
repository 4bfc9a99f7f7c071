//! Survey: reads the checkpoint and Close before planning.
//!
//! Writes nothing. It does not decide what is to be done, and imports nothing of what carries a plan out.
//!
//! | file            | contains                                                                |
//! |-----------------|-------------------------------------------------------------------------|
//! | `surveyor`      | [`Surveyor`]: every chat in turn; late lists are read again              |
//! | `steps`         | the chat that is read at present, for a line of progress                 |
//! | `listed`        | one chat, and the list of its lead                                       |
//! | `recent`        | what was posted a moment ago and has no record                           |
//! | `lead_list`     | the list of one lead                                                    |
//! | `unrecorded`    | activities of ours without a record, as values of the plan              |
//! | `equal_texts`   | the messages of a chat by text, and which reading of an activity counts |
//! | `ours`          | all activities of ours on a lead, each read without an archive          |
//! | `former_leads`  | leads on which the chat's messages are without a record                 |
//! | `inputs`        | whether a chat's inputs are those of its last complete import           |
//! | `recorded`      | the checkpoint's records of a chat, as values of the plan               |
//! | `claims`        | which chat of the run each recorded message belongs to                  |
//! | `division`      | the evidence by which a recorded message belongs to a chat of the run   |
//! | `exchanged`     | records of two chats whose rows had each other's numbers                |
//! | `links`         | records that evidence links with a chat of the run                      |
//! | `chat_content`  | contents of recorded chats and of chats of the run                      |
//! | `listed_chats`  | chats that Close lists while nothing is recorded                        |
//! | `open_chats`    | the evidence that a chat that Close lists is a chat of the run          |
//! | `content`       | canonical bodies that older formats did not record                      |
//! | `unlisted`      | recorded messages that the list of their lead lacks                     |
//! | `reply_targets` | reply targets in no chat of the run                                     |
//! | `look_ups`      | look-ups by external id on any lead, bounded                            |
//! | `unfinished`    | open operations of earlier runs, by chat                                |
//! | `merged_leads`  | the leads that merged leads were merged into                            |
//!
//! See docs/design/planning.md, "Survey".

mod chat_content;
mod claims;
mod content;
mod division;
mod equal_texts;
mod exchanged;
mod former_leads;
mod inputs;
mod lead_list;
mod left_behind;
mod links;
mod listed;
mod listed_chats;
mod look_ups;
mod merged_leads;
mod open_chats;
mod ours;
mod recent;
mod recorded;
mod reply_targets;
mod steps;
mod surveyor;
mod unfinished;
mod unlisted;
mod unrecorded;
mod visibility;
mod wanted_again;

pub(crate) use inputs::{recorded_as, recorded_as_lacking};
pub(crate) use lead_list::whole_texts;
pub(crate) use left_behind::left_behind;
pub(crate) use merged_leads::{merged_into, present_lead};
pub(crate) use ours::{
    ChatKey, OursOnLead, Users, chat_of_id, is_by_another_user, numbers, read_alone, shows_sender,
};
pub(crate) use recorded::is_recorded;
pub(crate) use steps::{Steps, label};
pub(crate) use surveyor::{Survey, Surveyor};
pub(crate) use unrecorded::is_ours;
