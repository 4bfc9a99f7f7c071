//! What `match` may write to Close, and with what it does so.

use crate::app::Account;
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::Stop;
use crate::people::contacts::Contacts;
use crate::settings::Settings;

/// The order to write to Close.
#[derive(Clone)]
pub(crate) struct WriteOrder {
    /// Whether to show what would be written, and to write nothing.
    pub dry_run: bool,
    /// Whether to begin without asking the observer.
    pub yes: bool,
    /// Is set when a person asks to stop.
    pub stop: Stop,
}

/// The context of writing.
pub(super) struct Context<'a> {
    pub(super) client: &'a Client,
    pub(super) account: &'a Account,
    pub(super) settings: &'a Settings,
    pub(super) contacts: &'a Contacts,
    pub(super) clock: &'a SharedClock,
}
