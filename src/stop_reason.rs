//! Why a run, or the survey before it, stops before its end.
//!
//! A failure of a single message, lead or archive does not stop a run and is reported with it.

use crate::close::Failure;

/// Why a run ended before its plan.
#[derive(Debug)]
pub enum StopReason {
    /// A person interrupted the run.
    Interrupted,
    /// The network or Close's servers did not respond usably.
    Network(Failure),
    /// Close does not accept the key, or it lacks a permission.
    Denied(Failure),
    /// The checkpoint cannot be read or written, so that nothing more may be sent.
    Checkpoint(crate::checkpoint::Error),
    /// An archive can no longer be read.
    Archive(crate::archive::Error),
    /// A bug in chatferry; contains the cause.
    Internal(String),
}

impl StopReason {
    /// Why a run stops after this failure.
    pub fn of(failure: Failure) -> StopReason {
        match failure {
            denied if denied.is_denied() => StopReason::Denied(denied),
            internal @ Failure::Internal { .. } => StopReason::Internal(internal.to_string()),
            other => StopReason::Network(other),
        }
    }
}

/// The reason to stop the run; `None` if the failure concerns one request or message alone.
pub(crate) fn stops(failure: &Failure) -> Option<StopReason> {
    let is_network = failure.is_network() && !failure.is_of_one_request();
    let is_bug = matches!(failure, Failure::Internal { .. });
    let stops = is_network || is_bug || failure.is_denied();
    stops.then(|| StopReason::of(failure.clone()))
}

/// As [`stop_for`], for a read that proves an absence, as of activities or deletions: what was not read proves nothing, so that
/// every other failure than a rejection stops the survey. A rejection is returned as `Ok`.
///
/// # Errors
///
/// The reason to stop: access denied, or no usable response.
pub(crate) fn stop_unless_rejected(failure: Failure) -> Result<Failure, StopReason> {
    match failure {
        rejected @ Failure::Rejected { .. } => Ok(rejected),
        other => Err(StopReason::of(other)),
    }
}

/// Separates failures that stop the survey from failures of one lead alone, which are returned as
/// `Ok`.
///
/// # Errors
///
/// The reason to stop: access denied, or no network.
pub(crate) fn stop_for(failure: Failure) -> Result<Failure, StopReason> {
    match failure {
        denied if denied.is_denied() => Err(StopReason::Denied(denied)),
        network if network.is_network() && !network.is_of_one_request() => {
            Err(StopReason::Network(network))
        }
        other => Ok(other),
    }
}
