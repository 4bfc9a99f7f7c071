//! The wording of notices before the first write: who reads the key, the checkpoint and what is written, and for how long.

use std::fmt;

use super::Notice;
use crate::quantity::{count, duration};

/// Undelivered events at which Close pauses a webhook (Close's documentation of webhooks).
const QUEUE: &str = "100,000";

impl Notice {
    pub(super) fn before_writes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::OtherServer(url) => {
                write!(f, "The key is sent to {url}, which is not Close.")
            }
            Notice::CheckpointMode {
                path,
                mode,
                is_changed,
            } => {
                let path = path.display();
                match is_changed {
                    true => write!(
                        f,
                        "The mode of {path} was {mode:o} and is now 600: only you can read it."
                    ),
                    false => write!(
                        f,
                        "the mode of {path} is {mode:o} and could not be changed to 600; others may read it: put it on a disk that has modes, or make it your own file"
                    ),
                }
            }
            Notice::Listeners(hosts) => {
                let hosts = hosts.iter().map(|(host, events)| format!("{host} of {}", count(*events, "event")));
                let hosts: Vec<String> = hosts.collect();
                write!(
                    f,
                    "webhooks will be notified of what this import writes: {}. If old messages must not trigger anything, pause them in Close first. Close pauses a webhook itself once {QUEUE} of its events are not delivered; it stays paused until it is resumed through the API, and missed events are not sent again",
                    hosts.join(", ")
                )
            }
            Notice::TokenExpires {
                left,
                is_known,
                seconds,
            } => {
                let needs = duration(*seconds);
                match is_known {
                    true => write!(f, "the access token expires in {}", duration(*left))?,
                    false => write!(
                        f,
                        "an access token of Close expires {} after it was issued",
                        duration(*left)
                    )?,
                }
                write!(
                    f,
                    ", and this import takes about {needs}: it will stop with status 5, and the same command with a new token resumes it; an API key does not expire"
                )
            }
            Notice::ListenersUnknown {
                unreadable: Some(why),
            } => write!(
                f,
                "Whether webhooks will be notified of what this import writes is not known, since their list could not be read ({why}); ask an administrator."
            ),
            _ => f.write_str(
                "Whether webhooks will be notified of what this import writes is not known, since this key is not permitted to list them; ask an administrator.",
            ),
        }
    }
}
