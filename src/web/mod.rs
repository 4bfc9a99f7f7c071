//! The local page of a migration (`review`): what the commands do, as pages in a browser on this computer.
//!
//! Pages are made on the server and are plain forms; they work without JavaScript. A page shows values of [`crate::app`]
//! and calls its use cases, so that page and commands do the same things. Never here: decisions about messages, and state
//! of its own: what a person decides is stored in the tables of the migration.
//!
//! | file      | contains                                                        |
//! |-----------|-----------------------------------------------------------------|
//! | `server`  | the listener on the loopback interface, and when it ends         |
//! | `guard`   | which requests are answered at all, and headers of every response |
//! | `session` | the token of the first request and the cookie of all others      |
//! | `idle`    | the end after half an hour without a request                     |
//! | `site`    | what all pages share: the migration, the credential              |
//! | `reading`, `readings` | what the files contain, read once and kept until one changes |
//! | `kept`, `opened_chat` | a report or a timeline, made once and kept until a file changes |
//! | `plan_shown` | the plan that a person saw, which a run carries out           |
//! | `job`     | use cases that take long and may ask, on a thread of their own   |
//! | `nameable`, `showing` | whether a result that is kept may be shown: no chat of it is private now |
//! | `table_lock` | no decision is written while a step works by the tables |
//! | `observer`, `progress`, `shown` | what a job reports, asks and shows, and how far it is |
//! | `assets`  | style, script and icon                                           |
//! | `frame`   | what surrounds the content of every page                         |
//! | `failure`, `changed`, `waiting` | pages in place of the one that was requested |
//! | `form`    | the fields of forms and addresses                                |
//! | `work`    | use cases on a thread of their own                               |
//! | `text`, `words` | texts and addresses as pages show them; pages in place of commands |
//! | `start`, `next_step` | the first page: where the migration is, the key, the next step |
//! | `setup`   | choosing the archives in an empty folder                         |
//! | `archives` | phones and archives                                             |
//! | `people`, `card`, `decisions` | the queue of chats, and what a person decides   |
//! | `left_out`, `undecided` | what is left out; messages that need a decision       |
//! | `steps`, `work_page` | look-up, plan, run, verification, undo as pages          |
//! | `documents` | the report and the timeline of a chat                          |

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

mod archives;
mod assets;
mod card;
mod changed;
mod decisions;
mod documents;
mod failure;
mod form;
mod frame;
mod guard;
mod idle;
mod job;
mod kept;
mod left_out;
mod nameable;
mod next_step;
mod observer;
mod opened_chat;
mod people;
mod plan_shown;
mod progress;
mod reading;
mod readings;
mod server;
mod session;
mod setup;
mod showing;
mod shown;
mod site;
mod start;
mod steps;
mod table_lock;
mod text;
mod undecided;
mod waiting;
mod words;
mod work;
mod work_page;

pub(crate) use server::Server;
pub(crate) use site::Place;
