//! What the text of an external id shows: whether the id is native or derived.
//!
//! A native id is WhatsApp's own and stands for a message everywhere. A derived id is computed
//! from the message by [`crate::transform::identity`] where no source has a native one. This
//! module is the only one that looks at the beginning of an id. It never makes an id, and it knows
//! no message.

/// The beginning of every derived id of version 1.
pub const DERIVED_PREFIX: &str = "cf1-";

/// True for an id that was derived from its message.
pub fn is_derived(external_id: &str) -> bool {
    external_id.starts_with(DERIVED_PREFIX)
}

/// True for an id that WhatsApp or another program gave to its message.
pub fn is_native(external_id: &str) -> bool {
    !is_derived(external_id)
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
            assert_eq!(is_derived(id), derived, "{id}");
            assert_ne!(is_derived(id), is_native(id), "{id}");
        }
    }
}
