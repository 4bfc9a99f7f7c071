//! What all pages share: the place of the migration, the session, the credential.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::idle::Idle;
use super::session::Session;
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::config::Overrides;

/// The migration that the page is about.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The configuration; it need not exist.
    pub(crate) file: PathBuf,
    /// What overrides it.
    pub(crate) overrides: Overrides,
}

/// The state of the page. Nothing of it outlives the process.
pub(super) struct Site {
    pub(super) place: Place,
    /// Address and port, as requests name them.
    pub(super) host: String,
    pub(super) session: Session,
    pub(super) idle: Idle,
    pub(super) clock: SharedClock,
    auth: Mutex<Option<Auth>>,
}

impl Site {
    pub(super) fn new(
        place: Place,
        auth: Option<Auth>,
        (host, session): (String, Session),
        clock: &SharedClock,
    ) -> Site {
        Site {
            place,
            host,
            session,
            idle: Idle::default(),
            clock: SharedClock::clone(clock),
            auth: Mutex::new(auth),
        }
    }

    /// The credential; `None` until a person gives it.
    pub(super) fn auth(&self) -> Option<Auth> {
        let auth = self.auth.lock().unwrap_or_else(PoisonError::into_inner);
        auth.clone()
    }

    /// Keeps a credential that Close accepted.
    pub(super) fn set_auth(&self, auth: Auth) {
        let mut own = self.auth.lock().unwrap_or_else(PoisonError::into_inner);
        *own = Some(auth);
    }

    /// Whether the migration has a configuration.
    pub(super) fn has_configuration(&self) -> bool {
        self.place.file.symlink_metadata().is_ok()
    }

    /// Whether a run is going, which keeps the page open.
    pub(super) fn is_busy(&self) -> bool {
        false
    }
}
