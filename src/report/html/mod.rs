//! Reports as one HTML file each, which opens anywhere without a network.
//!
//! Belongs here: the views of the templates in `templates/report`, and the policy that forbids scripts and external
//! resources. The templates escape every value; nothing is marked as safe. Never here: what is counted
//! ([`crate::app`]), or writing files.

mod chart;
mod conversation;
mod markup;
mod migration;
mod policy;
mod sections;
mod text;

pub(crate) use conversation::write_conversation;
pub(crate) use migration::{verdict, write_migration};
pub(crate) use policy::policy;
pub(crate) use sections::{Cell, Section, Sections, page_of, pages};
