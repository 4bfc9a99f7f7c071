//! The numbers and keys from which external ids of a chat are derived. The derivation itself belongs to
//! [`crate::transform::identity`].

use crate::phone::Phone;
use crate::settings::Device;

/// The numbers from which external ids are derived. The owner's number is the earliest one of the device
/// (`former_phones` in the configuration), so that a new number changes no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// The owner's number: the earliest one of the device.
    pub owner: Phone,
    /// The contact's number; for a group, its anchor's.
    pub other: Phone,
    /// The key of a group, which replaces the two numbers in ids; `None` for a one-to-one chat.
    pub group: Option<String>,
}

impl Numbers {
    /// The numbers of a chat on a device. The owner's earliest number keeps ids stable when the number changes.
    pub(super) fn new(
        device: &Device,
        local: &Phone,
        other: &Phone,
        group: Option<String>,
    ) -> Self {
        Numbers {
            owner: device.former_phones.first().unwrap_or(local).clone(),
            other: other.clone(),
            group,
        }
    }
}
