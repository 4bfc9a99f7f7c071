//! Recovery: a checkpoint that is lost or outdated, a move that is interrupted, a chat or a
//! participant under two names. Afterwards Close holds every true message once, on the right lead.
//!
//! | module             | what it proves                                                       |
//! |--------------------|----------------------------------------------------------------------|
//! | `history`          | no test: the true conversation, its exports, what Close must hold     |
//! | `migration`        | no test: one chat in a folder, before and after something changed     |
//! | `moves`            | a move to a corrected lead, interrupted at every request              |
//! | `moved_ids`        | ids and instants that a moved message brings along                   |
//! | `relinks`          | answers of moved messages, interrupted at every request               |
//! | `begun`            | what an interrupted move left, after something else changed           |
//! | `lost_checkpoint`  | the checkpoint is deleted, and something else changed                 |
//! | `stale_checkpoint` | an old copy of the checkpoint is put back, and something else changed |
//! | `late_lists`       | the same right after a run, whose messages no list shows yet          |
//! | `two_checkpoints`  | two migrations for one Close; duplicates that are there already       |
//! | `groups`           | groups with one writer, two subjects, or other names on another phone |
//! | `pasted`           | a message whose text looks like headers of messages                   |
//! | `two_rows`         | one contact under two rows with two numbers                           |
//! | `corrected_rows`   | several columns of a row are corrected at once                        |
//! | `corrected_rows_lost` | the same, and the checkpoint is lost                               |
//! | `equal_chats`      | several customers have equal chats, and the checkpoint is lost        |
//! | `exchanged_numbers` | a row had the number that another row has now                    |
//! | `exchanged_rows_killed` | two rows exchange everything, killed at every request            |
//! | `removed`          | a person removed messages in Close, and the checkpoint is lost or outdated |
//! | `removed_corrected` | a person removed messages in Close, and a row or the zone is corrected |
//! | `moved_deletions`  | a lead is corrected, and a message was deleted by its sender          |
//! | `unique_ids`       | a move where Close keeps external ids unique in the organisation      |
//! | `unique_ids_resumed` | such a move is interrupted, and something else changed              |
//!
//! Expectations come from the true conversation and what each source records of it, never from what
//! the program does.

mod begun;
mod corrected_rows;
mod corrected_rows_lost;
mod equal_chats;
mod exchanged_numbers;
mod exchanged_rows_killed;
mod groups;
mod history;
mod late_lists;
mod lost_checkpoint;
mod migration;
mod moved_deletions;
mod moved_ids;
mod moved_placeholders;
mod moves;
mod pasted;
pub(crate) mod relinks;
mod removed;
mod removed_corrected;
mod stale_checkpoint;
mod two_checkpoints;
mod two_rows;
mod unique_ids;
mod unique_ids_resumed;
