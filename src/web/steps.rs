//! The steps that take long: look-up, rows of new chats, plan, run, verification, undo. Each is a use case of a command, as a
//! job; all but the rows send requests to Close.

mod lookup;
mod plan;
mod rows;
mod run;
mod undo;
mod verify;

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};

pub(super) use lookup::{create_leads, leads_page, look_up, match_page};
pub(super) use plan::{plan, plan_page};
pub(super) use rows::{add_rows, rows_page};
pub(super) use run::{pilot, run, run_page};
pub(super) use undo::{undo, undo_page};
pub(super) use verify::{repair, verify, verify_page};

use super::job::{Ended, Job, Kind};
use super::observer::Watcher;
use super::showing;
use super::site::Site;
use super::work::here;
use super::work_page::started;
use crate::app::{self, Error, Migration, Result, unless_stopped};
use crate::close::{Auth, Client};
use crate::native::NoKeys;

/// What a job works with.
struct Step {
    site: Arc<Site>,
    auth: Auth,
}

impl Step {
    /// `None` without a credential.
    fn new(site: &Arc<Site>) -> Option<Step> {
        Some(Step {
            site: Arc::clone(site),
            auth: site.auth()?,
        })
    }

    fn open(&self, watcher: &mut Watcher) -> Result<(Migration, Option<Error>)> {
        let place = &self.site.place;
        Migration::open_or_empty(&place.file, &place.overrides, &NoKeys, watcher)
    }

    fn client(&self, migration: &Migration) -> Result<Client> {
        app::client(&migration.settings, self.auth.clone(), &self.site.clock)
    }
}

/// Starts a job that works with Close. A run, a look-up and new leads work by the tables as they are when they begin.
fn start<W>(
    site: &Arc<Site>,
    kind: Kind,
    work: impl FnOnce(Step, Arc<Job>, Watcher) -> W + Send + 'static,
) -> Response
where
    W: Future<Output = Result<Ended>>,
{
    let uses_tables = matches!(kind, Kind::Run | Kind::Match | Kind::Leads);
    start_with(site, (kind, uses_tables), work)
}

/// As [`start`]. `uses_tables`: no decision is written until the job ends.
fn start_with<W>(
    site: &Arc<Site>,
    (kind, uses_tables): (Kind, bool),
    work: impl FnOnce(Step, Arc<Job>, Watcher) -> W + Send + 'static,
) -> Response
where
    W: Future<Output = Result<Ended>>,
{
    let Some(step) = Step::new(site) else {
        return Redirect::to("/").into_response();
    };
    begin(site, (kind, uses_tables), move |job, watcher| {
        work(step, job, watcher)
    })
}

/// Starts a job, which shows nothing about a chat that becomes private meanwhile.
fn begin<W>(
    site: &Arc<Site>,
    (kind, uses_tables): (Kind, bool),
    work: impl FnOnce(Arc<Job>, Watcher) -> W + Send + 'static,
) -> Response
where
    W: Future<Output = Result<Ended>>,
{
    let _writing = site.writing();
    let own = Arc::clone(site);
    if matches!(kind, Kind::Run | Kind::Verify | Kind::Undo) && !site.is_busy() {
        site.set_verified(None);
    }
    let is_started = site.jobs.start((kind, uses_tables), move |job| {
        let watcher = Watcher::new(job, &own.clock);
        let job = Arc::clone(job);
        here(|| async move {
            let nameable = showing::now(&own);
            let nameable = unless_stopped(&job.stop_signal(), nameable).await??;
            job.state().nameable = Some(Arc::new(nameable));
            work(job, watcher).await
        })
    });
    started(site, kind, is_started)
}
