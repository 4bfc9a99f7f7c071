//! The tables while a step works by them: until it ends, no decision is written.
//!
//! A step reads the tables when it begins. A chat that is made private after that would be posted all the same, and a row
//! that is written while a look-up fills in the table would stop it.

use std::sync::MutexGuard;

use axum::response::Response;

use super::failure::conflict_with;
use super::job::{Job, Kind};
use super::site::Site;

/// The lock under which a decision is written: no step begins meanwhile.
///
/// # Errors
///
/// A page in place of the decision: a step works by the tables.
pub(super) fn lock(site: &Site) -> Result<MutexGuard<'_, ()>, Box<Response>> {
    let guard = site.writing();
    match site.jobs.running().filter(|job| job.uses_tables) {
        None => Ok(guard),
        Some(job) => {
            let link = (job.kind.address(), job.kind.title());
            Err(Box::new(conflict_with(site, &text(&job), Some(link))))
        }
    }
}

fn text(job: &Job) -> String {
    let step = match job.kind {
        Kind::Verify => "Repair",
        kind => kind.title(),
    };
    match job.kind {
        Kind::Match | Kind::Leads | Kind::Rows => format!(
            "{step} is running, which fills in contacts.csv; decide once it has ended, or stop it on its page"
        ),
        _ => format!(
            "{step} is running, by the decisions as they were when it began\nTo decide now, stop it on its page first; what it has not posted by then is posted by the next plan and run, as you decide."
        ),
    }
}
