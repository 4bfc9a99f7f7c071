//! The name that a person types to confirm what cannot be reverted.

/// Whether a typed text is the name. Case and blanks around and between words do not matter.
pub(crate) fn is_name_typed(name: &str, typed: &str) -> bool {
    let key = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    !typed.trim().is_empty() && key(typed) == key(name)
}

#[cfg(test)]
mod tests {
    use super::is_name_typed;

    #[test]
    fn case_and_blanks_do_not_matter() {
        for (typed, is_it) in [
            ("Example Ltd", true),
            (" example  LTD\n", true),
            ("Example", false),
            ("", false),
        ] {
            assert_eq!(is_name_typed("Example Ltd", typed), is_it, "{typed:?}");
        }
        assert!(!is_name_typed("", " "));
    }
}
