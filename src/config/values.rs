//! Checks of single values.

use std::net::IpAddr;

use reqwest::Url;

use crate::policy::Policy;

/// A base URL without a slash at the end. Plain http would transmit the key unencrypted, so it is allowed for
/// loopback only.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    let Ok(url) = Url::parse(text) else {
        return Err(
            "the base URL is no URL; write one such as \"https://api.close.com/api/v1\"".to_owned(),
        );
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "the base URL holds a user name or password; remove it: the key comes from CLOSE_API_KEY or --api-key-file"
                .to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the base URL must end with its path, without \"?\" and \"#\"".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(
                "the base URL is plain http, which is for this machine only (127.0.0.1, localhost); use https"
                    .to_owned(),
            );
        }
        other => {
            return Err(format!(
                "the base URL begins with \"{other}:\"; it must begin with \"https://\""
            ));
        }
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A template that yields an http(s) URL that Close accepts; `None` if empty. Checked with ids of the length
/// of derived ones (30 characters).
pub(super) fn integration_link(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let sample = "x".repeat(30);
    let link = text
        .replace("{chat}", &sample)
        .replace("{external_id}", &sample);
    if link.contains(['{', '}']) {
        return Err(
            "integration_link holds a \"{…}\" other than {chat} and {external_id}; use only these"
                .to_owned(),
        );
    }
    let is_web = Url::parse(&link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_web {
        return Err(
            "integration_link gives no http(s) URL; begin it with \"https://\" and a host"
                .to_owned(),
        );
    }
    let length = link.chars().count();
    if length > Policy::LINK_LIMIT {
        return Err(format!(
            "integration_link gives {length} characters; Close takes at most {}",
            Policy::LINK_LIMIT
        ));
    }
    Ok(Some(text.to_owned()))
}
