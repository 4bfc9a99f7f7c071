//! The mapping of chats by a person: the list of chats, and decisions about them in the tables of the migration.
//!
//! A list names no private chat. A decision changes the table that the person saw, and no other: it is refused if the table
//! has changed since. Never here: which decision applies to a chat ([`crate::routing`]), or layout of output.
//!
//! | file         | contains                                                   |
//! |--------------|------------------------------------------------------------|
//! | `chats`      | the chats of the archives, with what a person recognises them by |
//! | `archives`   | the archives, with what should be known of each             |
//! | `tables`     | the tables as they were seen, and writing them              |
//! | `decide`     | decisions about chats in contacts.csv                       |
//! | `books`      | files that look like address books                          |
//! | `candidates` | possible contacts of a chat, from candidates.csv            |
//! | `find`       | contacts of Close that a person looks for                   |
//! | `phones`     | answers about phones, in chatferry.toml                     |
//! | `lists`      | entries of never.txt, exclude.csv and decisions.csv         |
//! | `rows`       | the chats that rows of contacts.csv name                    |
//! | `overview`   | chats, archives and progress, from one reading             |
//! | `stamp`      | whether a file of the migration changed                     |
//! | `texts`      | the texts of undecided messages                             |
//! | `users`      | users of Close, for the choice of owners              |
//! | `difference` | what changed in a table since it was seen                   |

mod archives;
mod books;
mod candidates;
mod chats;
mod decide;
mod difference;
mod find;
mod lists;
mod overview;
mod phones;
mod rows;
mod stamp;
mod tables;
mod texts;
mod users;

pub(crate) use archives::ListedArchive;
pub(crate) use books::address_books;
pub(crate) use candidates::{CandidateContact, candidates_of};
pub(crate) use chats::{ChatList, ChatState, Excerpt, ListedChat};
pub(crate) use decide::{ChatChoice, ChatDecision, DecidedChat, decide_chats};
pub(crate) use difference::difference;
pub(crate) use find::{FoundContacts, find_contacts};
pub(crate) use lists::{KnownChats, add_decision, add_excluded, add_never};
pub(crate) use overview::overview;
pub(crate) use phones::{PhoneAnswers, answer_groups, answer_phones, problem_of_phone};
pub(crate) use rows::chats_of_rows;
pub(crate) use stamp::{Stamp, checkpoint_stamp, stamp};
pub(crate) use tables::{SeenTable, TableChange, TakeBack, Written, settings_in, take_back};
pub(crate) use texts::{ArchivedText, texts_at, texts_in_close};
pub(crate) use users::{ListedUser, list_users};
