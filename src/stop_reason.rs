//! Why a run, or the survey before it, stops before its end.
//!
//! What went wrong with one message, one lead or one archive alone is no reason and stays with it.

use crate::close::Failure;

/// Why a run ended before its plan.
#[derive(Debug)]
pub enum StopReason {
    /// Somebody asked for it.
    Interrupted,
    /// The network or Close's servers.
    Network(Failure),
    /// The key or its permissions.
    Denied(Failure),
    /// The checkpoint cannot be written.
    Checkpoint(crate::checkpoint::Error),
    /// An archive cannot be read any more.
    Archive(crate::archive::Error),
    /// A bug.
    Internal(String),
}

impl StopReason {
    /// Why a run stops after this failure.
    pub fn of(failure: Failure) -> StopReason {
        match failure {
            denied @ Failure::Denied { .. } => StopReason::Denied(denied),
            internal @ Failure::Internal { .. } => StopReason::Internal(internal.to_string()),
            other => StopReason::Network(other),
        }
    }
}

/// The reason to stop the run, if a failure is one.
pub(crate) fn stops(failure: &Failure) -> Option<StopReason> {
    let stops = failure.is_network()
        || matches!(failure, Failure::Denied { .. } | Failure::Internal { .. });
    stops.then(|| StopReason::of(failure.clone()))
}

/// Separates a failure that stops the survey from one of this lead alone, which it gives back.
pub(crate) fn stop_for(failure: Failure) -> Result<Failure, StopReason> {
    match failure {
        denied @ Failure::Denied { .. } => Err(StopReason::Denied(denied)),
        network if network.is_network() => Err(StopReason::Network(network)),
        other => Ok(other),
    }
}
