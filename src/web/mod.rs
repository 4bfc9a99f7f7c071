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
//! | `assets`  | style, script and icon                                           |
//! | `frame`   | what surrounds the content of every page                         |
//! | `failure` | errors as pages                                                  |
//! | `work`    | use cases on a thread of their own                               |
//! | `start`   | the first page: where the migration is, the key, the next step   |

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

mod assets;
mod failure;
mod frame;
mod guard;
mod idle;
mod server;
mod session;
mod site;
mod start;
mod work;

pub(crate) use server::Server;
pub(crate) use site::Place;
