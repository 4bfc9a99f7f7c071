//! The address of a lead in Close's app: the only kind of link in a report.

use crate::ids::LeadId;

/// The address of a lead in Close's app; `None` for an id that is no plain word, and on a server that is not Close, whose
/// leads have no page there.
pub(super) fn lead_url(lead: &LeadId, is_close: bool) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_id = !lead.as_str().is_empty() && lead.as_str().chars().all(is_plain);
    (is_id && is_close).then(|| format!("https://app.close.com/lead/{lead}/"))
}

#[cfg(test)]
mod tests {
    use super::lead_url;

    #[test]
    fn only_plain_ids_are_linked() {
        let url = lead_url(&"lead_Ab1".into(), true);
        assert_eq!(url.as_deref(), Some("https://app.close.com/lead/lead_Ab1/"));
        for id in ["", "../x", "a?b", "a b", "javascript:x"] {
            assert_eq!(lead_url(&id.into(), true), None, "{id}");
        }
    }

    /// A report of a rehearsal linked leads of the sandbox to Close, which does not have them.
    #[test]
    fn lead_of_another_server_is_not_linked() {
        assert_eq!(lead_url(&"lead_Ab1".into(), false), None);
    }
}
