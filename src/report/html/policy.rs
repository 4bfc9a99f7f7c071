//! The content security policy of a report. Never here: a source other than the report itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style of all pages; `head.html` includes the same file.
const STYLE: &str = include_str!("../../../templates/page/style.css");

/// The value of `Content-Security-Policy`: permits the style of these pages by its hash, images of
/// the file itself, and nothing else.
pub(crate) fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.trim().as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::policy;

    #[test]
    fn policy_allows_no_script_and_no_host() {
        let policy = policy();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy.contains("http") && !policy.contains("unsafe"));
    }
}
