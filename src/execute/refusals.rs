//! Consecutive refusals of one kind: they have one cause, and going on only consumes the rate limit.

use std::sync::{Mutex, PoisonError};

use crate::close::Failure;

/// A count of the consecutive rejections of one chat. Its posts share it, so that no further
/// message is sent after the last permitted rejection, however many wait for a permit.
#[derive(Debug)]
pub(crate) struct Refusals {
    max: u32,
    /// The code of the latest refusal and the number of consecutive refusals with it.
    streak: Mutex<(String, u32)>,
}

impl Refusals {
    /// A count that stops the chat after `max` consecutive rejections for one reason.
    pub(crate) fn new(max: u32) -> Self {
        Refusals {
            max,
            streak: Mutex::default(),
        }
    }

    /// Records that a message was rejected, with this failure.
    pub(crate) fn refused(&self, failure: &Failure) {
        let signature = failure.signature();
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        // A stopped chat stays stopped, whatever the requests in flight return.
        if streak.1 >= self.max {
            return;
        }
        if streak.0 == signature {
            streak.1 += 1;
        } else {
            *streak = (signature, 1);
        }
    }

    /// Records that a message was accepted.
    pub(crate) fn accepted(&self) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        if streak.1 < self.max {
            *streak = Default::default();
        }
    }

    /// True when no further message of the chat is sent.
    pub(crate) fn is_stopped(&self) -> bool {
        self.streak.lock().unwrap_or_else(PoisonError::into_inner).1 >= self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::FieldError;

    fn refusal(code: &str) -> Failure {
        Failure::Rejected {
            endpoint: "POST /activity/whatsapp_message/",
            status: 400,
            fields: vec![FieldError::of(code, "no")],
            code: code.to_owned(),
        }
    }

    #[test]
    fn only_consecutive_equal_refusals_stop_a_chat() {
        let refusals = Refusals::new(2);
        refusals.refused(&refusal("a"));
        refusals.refused(&refusal("b"));
        refusals.accepted();
        refusals.refused(&refusal("b"));
        assert!(!refusals.is_stopped());
        refusals.refused(&refusal("b"));
        assert!(refusals.is_stopped());
        refusals.accepted();
        assert!(
            refusals.is_stopped(),
            "a late success does not reopen the chat"
        );
    }
}
