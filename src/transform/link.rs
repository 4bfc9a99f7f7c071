//! Integration links: the template `integration_link`, filled in for one message.

use crate::ids::ExternalId;
use crate::policy::Policy;

/// The link made from the template `integration_link` for one message; `None` if it would exceed Close's limit
/// ([`Policy::LINK_LIMIT`]).
pub(super) fn link(template: &str, chat: &str, external_id: &ExternalId) -> Option<String> {
    let link = template
        .replace("{chat}", &percent_encode(chat))
        .replace("{external_id}", &percent_encode(external_id.as_str()));
    (link.chars().count() <= Policy::LINK_LIMIT).then_some(link)
}

/// Percent-encodes all bytes except the unreserved characters (RFC 3986, section 2.3).
fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
