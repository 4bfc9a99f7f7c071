//! A plan as it is shown before anything is done.

use std::path::Path;

use super::account::Account;
use crate::plan::{Estimate, Plan, Totals};
use crate::settings::{CloseSettings, Settings};

/// A plan with its totals and cost.
pub struct Planned<'p> {
    /// The operations and messages, chat by chat.
    pub plan: &'p Plan,
    /// The sums over all its chats.
    pub totals: Totals,
    /// The expected requests, uploads, bytes and seconds.
    pub estimate: Estimate,
    /// The pace that the estimate assumes, in requests per second.
    pub pace: f64,
    /// The account that the plan goes to; `None` offline.
    pub account: Option<&'p Account>,
    /// The path of the configuration file.
    pub configuration: &'p Path,
    /// The server that the plan is made for.
    pub close: &'p CloseSettings,
}

impl<'p> Planned<'p> {
    /// Sums up a plan, and estimates its cost at the configured pace.
    pub fn of(plan: &'p Plan, settings: &'p Settings, account: Option<&'p Account>) -> Self {
        let pace = settings.limits.requests_per_second;
        Planned {
            plan,
            totals: Totals::of_plan(plan),
            estimate: Estimate::of(plan, pace),
            pace,
            account,
            configuration: &settings.file,
            close: &settings.close,
        }
    }

    /// Whether it goes to a sandbox whose requests are not paced, so that the estimate does not hold for it.
    pub fn is_unpaced(&self) -> bool {
        self.account.is_some_and(|account| !account.is_paced)
    }

    /// Whether carrying it out changes nothing, in Close or in the checkpoint.
    pub fn is_empty(&self) -> bool {
        self.totals.operations() + self.totals.adopt == 0
    }
}
