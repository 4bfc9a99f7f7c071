//! Pages for a browser: what arrived, lead by lead and conversation by conversation.
//!
//! Belongs here: the views of the templates in `templates/sandbox`. The templates escape every value, and the browser
//! isolates every name and text, so that each is shown exactly as it arrived. Never here: a change of the contents, or a
//! source other than the sandbox itself.
//!
//! None of it is part of Close's API.

mod bubble;
mod frame;
mod image;
mod index;
mod lead;
mod paging;

pub(super) use frame::only_here;
pub(super) use image::image;
pub(super) use index::index;
pub(super) use lead::{lead, message};
