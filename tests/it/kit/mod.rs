//! The kit: a world of archives, configuration and a local Close; the real program; the model.
//!
//! | file      | holds                                                               |
//! |-----------|---------------------------------------------------------------------|
//! | `chat`    | [`Chat`]: what was said, as an export and as what Close should hold  |
//! | `archive` | the export as zip or folder, whole or damaged                       |
//! | `world`   | [`World`]: a temporary migration with its sandbox                   |
//! | `server`  | [`Server`]: a sandbox on its own thread, and its programmable faults |
//! | `proxy`   | [`Proxy`]: a Close that differs from the sandbox in one thing       |
//! | `program` | [`Running`], [`Output`]: the real binary, in a clean environment     |
//! | `model`   | [`Row`]: one message in Close, expected or found                    |
//! | `databases` | WhatsApp's databases with chosen rows                          |
//! | `sparse`  | a zip with a file of any size that takes no room (Linux)            |
//! | `folder`  | a temporary folder, in memory where there is room                   |
//! | `pool`    | cases of one test at the same time, as many as there are cores      |
//! | `peak`    | the peak memory of a run (Linux)                                    |
//! | `setting` | what a person asks for in the environment                           |
//! | `terminal` | the program at a terminal, with what a person types (Linux) |
//! | `terminator` | TLS in front of the sandbox, with a private authority |
//! | `page`    | [`page::Page`]: the local page, and a browser that opens it         |
//! | `scenes`  | conversations that several areas use                                |

pub(crate) mod archive;
pub(crate) mod chat;
pub(crate) mod databases;
pub(crate) mod folder;
pub(crate) mod model;
pub(crate) mod page;
#[cfg(target_os = "linux")]
pub(crate) mod peak;
pub(crate) mod pool;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod scenes;
pub(crate) mod server;
pub(crate) mod setting;
#[cfg(target_os = "linux")]
pub(crate) mod sparse;
pub(crate) mod store;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;
pub(crate) mod terminator;
pub(crate) mod world;

pub(crate) use chat::{Chat, Side};
pub(crate) use folder::folder;
pub(crate) use program::{Output, Running};
pub(crate) use proxy::{Answer, Asked, Proxy};
pub(crate) use server::{Server, When, is_post};
pub(crate) use setting::setting;
pub(crate) use world::{Built, World};
