//! The known faults of identity, each as an instance with the real program: is it the same message?
//!
//! Every test begins with one true conversation and what each source records of it. It asserts that
//! Close holds each true message once with its own bytes, exit status 0, nothing held and nothing
//! undecided, and that the same import again does nothing.
//!
//! | module               | what differs between the sources                                        |
//! |----------------------|-------------------------------------------------------------------------|
//! | `albums`             | pictures, locations, cards of one minute: deleted, cut, missing         |
//! | `cards`              | which program wrote contact cards of one minute                         |
//! | `album_seconds`      | their stamps, by a second across the full minute                        |
//! | `checksums`          | whether they have checksums: a zip, a folder, a database                |
//! | `placeholders`       | their files, which a later export has                                   |
//! | `abroad`             | the zone of the phone when it exported, imported twice                  |
//! | `edits`              | an edited text in the archive that looks older                          |
//! | `edits_beside_others` | which messages an archive has beside an edited text: the checkpoint is lost |
//! | `unmarked_edits`     | an edited text in a source that marks no edits                          |
//! | `deletions`          | a deletion in the archive that looks older, and an older archive alone  |
//! | `sent_again`         | whether it was deleted before an equal one came                         |
//! | `precision`          | seconds cut or rounded, line ends, direction marks, late arrival        |
//! | `phones_in_turn`     | which phone exported each of two neighbours                              |
//! | `crossings`          | messages of one minute, and the checkpoint is lost                      |
//! | `autumn`             | the hour that comes twice                                               |
//! | `autumn_abroad`      | that hour, and the zone of the phone when it exported                    |
//! | `half_hour`          | the half hour that comes twice (Australia/Lord_Howe)                     |
//! | `clock_change`       | the zone, in nights in which clocks are put forward or back             |
//! | `restraint`          | nothing: pilots, limits, zips made again or renamed                     |
//! | `foreign`            | who wrote it: another integration                                       |
//! | `migrated`           | blanks and marks, where a checkpoint of an older format is compared     |
//! | `other_number`       | whose chat it is: a contact has two numbers                             |
//! | `contradicted_number` | its number, which a row gives otherwise than a database                |
//! | `shared_number`      | the name, and the number of both in contacts.csv                        |
//! | `shared_ids`         | which of several texts of one id a backup has                           |
//! | `group_zones`        | the configured zone of one of two phones                                |
//! | `sent_twice`         | nothing: one file is sent twice where one export ends and one begins     |
//! | `web_edits`          | an edit that WhatsApp Web does not mark                                 |
//! | `captions`           | which of a text and a caption has its words: the checkpoint is lost      |
//! | `young_chats`        | the zone, where they have few messages in common                        |
//! | `answers_to_removed` | what it answers, which a person removed in Close                        |
//!
//! `conversation` holds what is true, `sources` what each source records of it, `outcome` what a run must
//! leave in Close.

mod abroad;
mod album_seconds;
mod albums;
mod answers_to_removed;
mod autumn;
mod autumn_abroad;
mod captions;
mod cards;
mod checksums;
mod clock_change;
mod contradicted_number;
mod conversation;
mod crossings;
mod deletions;
mod edits;
mod edits_beside_others;
mod foreign;
mod group_zones;
mod half_hour;
mod migrated;
mod other_number;
mod outcome;
mod phones_in_turn;
mod placeholders;
mod precision;
mod restraint;
mod sent_again;
mod sent_twice;
mod shared_ids;
mod shared_number;
mod sources;
mod unmarked_edits;
mod web_edits;
mod young_chats;
