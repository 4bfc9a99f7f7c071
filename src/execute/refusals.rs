//! Refusals of one kind in a row: one cause, and going on only wastes the allowance.

use std::sync::{Mutex, PoisonError};

use crate::close::Failure;

/// Counts the refusals of one chat. Shared by its posts, so that the one after the last allowed
/// refusal is not sent any more, however many are waiting for their turn.
#[derive(Debug)]
pub(super) struct Refusals {
    most: u32,
    /// What the refusals say, and how many said it in a row.
    streak: Mutex<(String, u32)>,
}

impl Refusals {
    /// `most` refusals for one reason in a row close the chat.
    pub(super) fn new(most: u32) -> Self {
        Refusals {
            most,
            streak: Mutex::default(),
        }
    }

    /// A message was refused.
    pub(super) fn refused(&self, failure: &Failure) {
        let signature = failure.signature();
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        // Once closed it stays closed, whatever those still under way bring back.
        if streak.1 >= self.most {
            return;
        }
        if streak.0 == signature {
            streak.1 += 1;
        } else {
            *streak = (signature, 1);
        }
    }

    /// A message was taken.
    pub(super) fn taken(&self) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        if streak.1 < self.most {
            *streak = Default::default();
        }
    }

    /// True when nothing more of the chat is to be sent.
    pub(super) fn closed(&self) -> bool {
        self.streak.lock().unwrap_or_else(PoisonError::into_inner).1 >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str) -> Failure {
        Failure::Rejected {
            endpoint: "POST /activity/whatsapp_message/",
            status: 400,
            fields: vec![format!("{code}: no")],
            code: code.to_owned(),
        }
    }

    #[test]
    fn only_equal_ones_in_a_row_close() {
        let refusals = Refusals::new(2);
        refusals.refused(&refusal("a"));
        refusals.refused(&refusal("b"));
        refusals.taken();
        refusals.refused(&refusal("b"));
        assert!(!refusals.closed());
        refusals.refused(&refusal("b"));
        assert!(refusals.closed());
        refusals.taken();
        assert!(refusals.closed(), "a late success opens nothing");
    }
}
