//! The log of a run: its events, which have no content.

use crate::execute::{Event, Events, FollowUpEnd};

/// Logs the events of a run, which have no content, and passes them on.
pub(super) struct Logged(pub(super) Box<dyn Events>);

impl Events for Logged {
    fn event(&mut self, event: Event) {
        log(&event);
        self.0.event(event);
    }
}

/// Logs an event: indexes in the plan, counts and codes.
fn log(event: &Event) {
    match event {
        Event::ChatHeld { chat, why, .. } => tracing::info!(chat, why = why.code(), "chat held"),
        Event::ChatStopped { chat, code } => tracing::info!(chat, code, "chat stopped"),
        Event::Failed(failed) | Event::FollowUpEnded(FollowUpEnd::Failed(failed)) => {
            let (chat, code) = (failed.chat, &failed.code);
            tracing::info!(chat, place = failed.message, code, "message failed")
        }
        Event::Outage => tracing::info!("Close is unreachable"),
        Event::Back => tracing::info!("Close responds again"),
        Event::Stopping => tracing::info!("stopping"),
        Event::Settling {
            count,
            is_alone: true,
            ..
        } => tracing::info!(count, "settling"),
        Event::Settling { count, .. } => tracing::debug!(count, "looked up"),
        Event::ChatChecked { chat } => tracing::debug!(chat, "chat checked"),
        Event::Adopted { chat, count } => tracing::debug!(chat, count, "adopted"),
        Event::Uploaded { bytes, .. } => tracing::debug!(bytes, "file uploaded"),
        Event::Unlinked { chat, message } => {
            tracing::debug!(chat, place = message, "posted without its link")
        }
        Event::Replaced { chat, message } => tracing::debug!(chat, place = message, "replaced"),
        Event::Deleted { chat, message } => tracing::debug!(chat, place = message, "deleted"),
        Event::Created { chat, message } => tracing::debug!(chat, place = message, "created"),
        Event::Updated { chat, message } => tracing::debug!(chat, place = message, "updated"),
        Event::Gone { chat, message } => {
            tracing::debug!(chat, place = message, "no longer in Close")
        }
        Event::Found { chat, message, .. } => {
            tracing::debug!(chat, place = message, "found in Close")
        }
        Event::Unknown { chat, message } => {
            tracing::debug!(chat, place = message, "outcome unknown")
        }
        Event::FollowUpEnded(_) => tracing::debug!("operation of an earlier run ended"),
        Event::Planned { operations, .. } => tracing::debug!(operations, "planned"),
        Event::NotReached { count } => tracing::debug!(count, "not reached"),
        // The summary is logged.
        Event::Ended { .. } => {}
    }
}
