//! A worker: takes one job after the other until it is stopped.
//!
//! Here belongs which job is next, the connection to the store, and the end. Never here: what happens in a turn.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Event, Line};
use super::health::{self, Health};
use super::jobs::{Jobs, Taken};
use super::keys::Keys;
use super::turn::{self, TurnResult};
use crate::app::{Error, Result};
use crate::checkpoint::StoreProblem;
use crate::checkpoint_location::{StoreKey, StoreLocation};
use crate::clock::{Moment, SharedClock};
use crate::execute::Stop;

/// After how many polls a turn that did not come to its end is tried again, and a job that this worker cannot read.
const SOON: u32 = 12;

/// The longest wait between two tries to reach the store, in polls.
const SLOWEST: u32 = 6;

/// Receives the lines of a worker's log, without line ends.
pub(crate) type Sink = Box<dyn FnMut(&str) + Send>;

/// A worker of a fleet: its store, its keys and how it runs jobs.
pub(crate) struct Worker {
    /// The store with the jobs.
    pub(crate) store: StoreLocation,
    /// The key that seals the hash keys in the store.
    pub(crate) key: StoreKey,
    /// Where the API keys of organisations are.
    pub(crate) keys: Keys,
    /// The path of this program, which child processes run.
    pub(crate) program: PathBuf,
    /// The worker's name in the store and in the log.
    pub(crate) name: String,
    /// The wait between two searches for due jobs.
    pub(crate) poll: Duration,
    /// The port of `/health` on this machine; `None`: no page.
    pub(crate) health: Option<u16>,
    /// The source of time and waits.
    pub(crate) clock: SharedClock,
    /// Receives the lines of the log.
    pub(crate) sink: Mutex<Sink>,
}

impl Worker {
    /// When a turn that did not come to its end is tried again.
    pub(super) fn soon(&self) -> Duration {
        self.poll * SOON
    }

    pub(super) fn log(&self, event: Event<'_>) {
        let line = Line::new(self.clock.now(), &self.name, event);
        let text = serde_json::to_string(&line).unwrap_or_default();
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink(&text);
    }
}

/// Runs jobs of the store until `stop`: then it begins no further job, lets the current one finish
/// its requests, and stores its end.
///
/// # Errors
///
/// At the beginning only: the port is taken, or the store cannot be used as it is configured.
pub(crate) async fn serve(worker: &Worker, mut stop: Stop) -> Result<()> {
    let health = Health::new(worker.clock.clone());
    let port = match worker.health {
        None => None,
        Some(port) => Some(health::serve(health.clone(), port).await.map_err(|error| {
            Error::usage(format!(
                "/health cannot be served on port {port}: {error}; choose another --health-port"
            ))
        })?),
    };
    let mut jobs = match Jobs::open(&worker.store).await {
        Ok(jobs) => Some(jobs),
        Err(problem) if problem.is_passing() => {
            failed(worker, &problem);
            None
        }
        Err(problem) => return Err(problem.at(worker.store.shown()).into()),
    };
    worker.log(Event::Began { health: port });
    let mut left: Vec<(i32, Moment)> = Vec::new();
    let mut failures = 0u32;
    while !stop.is_requested() {
        left.retain(|(_, since)| since.age(&worker.clock) < worker.soon());
        let turn = Box::pin(next(worker, (&mut jobs, &health), &mut left, &mut stop)).await;
        let pause = match turn {
            Ok(true) => {
                failures = 0;
                continue;
            }
            Ok(false) => {
                failures = 0;
                worker.poll
            }
            Err(problem) => {
                jobs = None;
                failed(worker, &problem);
                failures = (failures + 1).min(SLOWEST);
                worker.poll * failures
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.requested(1) => {}
        }
    }
    worker.log(Event::Ended);
    Ok(())
}

/// Runs the next due job; false if none is due.
async fn next(
    worker: &Worker,
    (jobs, health): (&mut Option<Jobs>, &Health),
    left: &mut Vec<(i32, Moment)>,
    stop: &mut Stop,
) -> Result<bool, StoreProblem> {
    let open = match jobs.take() {
        Some(open) => open,
        None => Jobs::open(&worker.store).await?,
    };
    let without: Vec<i32> = left.iter().map(|(job, _)| *job).collect();
    let taken = open.take(&worker.name, &without).await?;
    health.reached();
    let Some(taken) = taken else {
        *jobs = Some(open);
        return Ok(false);
    };
    worker.log(Event::Taken {
        job: taken.id,
        folder: &taken.folder,
    });
    health.runs(Some(taken.id));
    let result = turn::run(worker, &taken, &worker.key, stop).await;
    if let TurnResult::Left(problem) = &result {
        worker.log(Event::Unreadable {
            job: taken.id,
            problem,
        });
        left.push((taken.id, Moment::now(&worker.clock)));
    }
    let stored = store(worker, open, &taken, &result, stop).await;
    health.runs(None);
    *jobs = Some(stored?);
    health.reached();
    Ok(true)
}

/// Stores the result of a turn. Where the connection ended during the turn, over a new one: until the store can be reached, or the
/// worker is stopped; then the job is due again, and its turn shows what the import recorded.
async fn store(
    worker: &Worker,
    mut jobs: Jobs,
    taken: &Taken,
    result: &TurnResult,
    stop: &mut Stop,
) -> Result<Jobs, StoreProblem> {
    let mut tries = 0;
    loop {
        let stored = match result {
            TurnResult::Ended(end) => jobs.end(taken, &worker.name, end).await,
            TurnResult::Left(problem) => jobs.leave(taken, &worker.name, problem).await,
        };
        let problem = match stored {
            Ok(()) => return Ok(jobs),
            Err(problem) => problem,
        };
        tries += 1;
        if !problem.is_passing() || (stop.is_requested() && tries > 1) {
            return Err(problem);
        }
        failed(worker, &problem);
        tokio::time::sleep(worker.poll).await;
        if let Ok(open) = Jobs::open(&worker.store).await {
            jobs = open;
        }
    }
}

fn failed(worker: &Worker, problem: &StoreProblem) {
    worker.log(Event::StoreFailed {
        code: problem.code(),
        problem: &problem.to_string(),
    });
}
