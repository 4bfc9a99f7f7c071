//! The interface of the caller that knows the reason for each operation of a run.
//!
//! Never here: which operations are checked, and what becomes of one without a reason ([`super::recheck`]).

use std::future::Future;
use std::pin::Pin;

use crate::checkpoint::MessageKey;
use crate::close::Failure;
use crate::ids::ActivityId;

/// Whether the reason for an operation still holds.
pub type Rechecked<'r> = Pin<Box<dyn Future<Output = Result<bool, Failure>> + Send + 'r>>;

/// Compares a message with Close again.
pub trait Recheck: Send + Sync {
    /// Whether the activity of a message still differs from what is expected; true for one that was not compared.
    fn differs<'r>(&'r self, key: &'r MessageKey, activity: &'r ActivityId) -> Rechecked<'r>;

    /// Whether an activity on a lead that neither plan nor checkpoint has for a message has its external id.
    fn is_elsewhere<'r>(&'r self, key: &'r MessageKey) -> Rechecked<'r>;

    /// Whether Close has both activities as the same message, `copy` has no value of its own, and neither an activity of
    /// the lead nor a known reply is linked to it.
    fn is_redundant<'r>(
        &'r self,
        key: &'r MessageKey,
        copy: &'r ActivityId,
        kept: &'r ActivityId,
    ) -> Rechecked<'r>;
}
