//! Types of ids, and whether an external id is native or derived.
//!
//! Each kind of id has a type, so that a lead is never taken where a contact is meant. An id is an
//! opaque text. Ids that many messages share are cheap to clone.
//!
//! A native id is WhatsApp's own and stands for a message everywhere. A derived id is computed
//! from the message by [`crate::transform::identity`] where no source has a native one. This
//! module is the only one that looks at the beginning of an id. It computes no id and has no access
//! to messages.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($text:ty)) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        id!(@from $name, &str, String, Box<str>);

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map($name::from)
            }
        }
    };
    (@from $name:ident, $($text:ty),+) => {
        $(impl From<$text> for $name {
            fn from(text: $text) -> Self {
                $name(text.into())
            }
        })+
    };
}

id! {
    /// A lead of Close (`lead_…`).
    LeadId(Arc<str>)
}

id! {
    /// A contact of a lead (`cont_…`).
    ContactId(Arc<str>)
}

id! {
    /// A user of Close (`user_…`).
    UserId(Arc<str>)
}

id! {
    /// A status of leads in Close (`stat_…`).
    StatusId(Box<str>)
}

id! {
    /// An activity of a lead (`acti_…`): a message as Close holds it.
    ActivityId(Box<str>)
}

id! {
    /// The id of a message in WhatsApp or chatferry, native or derived. In Close it is unique only on its
    /// lead.
    ExternalId(Box<str>)
}

impl ExternalId {
    /// True for the id of a message of Close that has no external id.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// True for an id that was derived from its message.
    pub fn is_derived(&self) -> bool {
        !self.is_native()
    }

    /// True for an id that WhatsApp or another program gave to its message.
    pub fn is_native(&self) -> bool {
        is_native(self.as_str())
    }
}

impl Default for ExternalId {
    fn default() -> Self {
        ExternalId::from("")
    }
}

/// The beginning of every derived id of version 1.
pub const DERIVED_PREFIX: &str = "cf1-";

/// [`ExternalId::is_native`] of an id that is a part of a larger text.
pub fn is_native(external_id: &str) -> bool {
    !external_id.starts_with(DERIVED_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_either_derived_or_native() {
        for (id, derived) in [
            ("cf1-hcgogbgen4yqg6qfytbmcmlwdq", true),
            ("3EB0C767D26A1D8B2D3F", false),
            ("wamid.HBgLNDkxNTExMjM0NTY3", false),
            ("x-cf1-", false),
            ("", false),
        ] {
            let id = ExternalId::from(id);
            assert_eq!(id.is_derived(), derived, "{id}");
            assert_ne!(id.is_derived(), id.is_native(), "{id}");
        }
    }
}
