//! The page of a lead for a browser: in Close, or on the sandbox's own page.

use crate::config;
use crate::ids::LeadId;
use crate::settings::CloseSettings;

/// The address of a lead's page on this server; its id where the server has no pages.
pub(crate) fn lead_page(close: &CloseSettings, lead: &LeadId) -> String {
    if config::is_close(close) {
        return format!("https://app.close.com/lead/{lead}/");
    }
    let base_url = &close.base_url;
    // Plain http is for this machine alone.
    match base_url.starts_with("http://") {
        true => {
            let root = base_url.trim_end_matches('/').trim_end_matches("/api/v1");
            format!("{root}/_sandbox/lead/{lead}")
        }
        false => lead.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan of a rehearsal named leads of the sandbox by addresses in Close, which does not have them.
    #[test]
    fn lead_of_a_rehearsal_is_on_the_page_of_the_sandbox() {
        for (base_url, page) in [
            (
                "https://api.close.com/api/v1",
                "https://app.close.com/lead/lead_1/",
            ),
            (
                "http://127.0.0.1:8800/api/v1/",
                "http://127.0.0.1:8800/_sandbox/lead/lead_1",
            ),
            ("https://close.example.org/api/v1", "lead_1"),
        ] {
            let close = CloseSettings {
                base_url: base_url.to_owned(),
                ..CloseSettings::default()
            };
            assert_eq!(lead_page(&close, &"lead_1".into()), page);
        }
    }
}
