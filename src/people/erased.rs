//! Persons erased by `forget`, as the checkpoint records them: by the keyed hash of the number.
//!
//! An erased person is treated like one on never.txt, in every table and archive. Never here: where the hashes come from.

use std::fmt;
use std::sync::Arc;

use crate::phone::Phone;

type HasNumber = dyn Fn(&Phone) -> bool + Send + Sync;

/// The erased persons; empty by default.
#[derive(Clone, Default)]
pub(crate) struct Erased {
    has: Option<Arc<HasNumber>>,
    digested: Vec<u8>,
}

impl Erased {
    /// The persons with a number for which `has` is true; `digested` stands for all of them in a digest of a plan's inputs.
    pub(crate) fn new(
        has: impl Fn(&Phone) -> bool + Send + Sync + 'static,
        digested: Vec<u8>,
    ) -> Self {
        Erased {
            has: Some(Arc::new(has)),
            digested,
        }
    }

    /// Whether no person is erased.
    pub(crate) fn is_empty(&self) -> bool {
        self.has.is_none()
    }

    /// Whether the person with this number is erased. WhatsApp has the numbers of some countries in
    /// two forms: either one counts.
    pub(crate) fn has(&self, number: &Phone) -> bool {
        self.has
            .as_ref()
            .is_some_and(|has| has(number) || number.twin().as_ref().is_some_and(|twin| has(twin)))
    }

    /// The bytes that stand for all of them.
    pub(crate) fn digested(&self) -> &[u8] {
        &self.digested
    }
}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_empty() {
            true => "Erased(none)",
            false => "Erased(some)",
        })
    }
}
