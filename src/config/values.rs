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
            "the base URL holds a user name or password; remove it: the key comes from CLOSE_API_KEY or `--api-key-file`"
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

/// Hosts of Close's API: today's, that of the web application, and both under the company's former name.
const CLOSE: [&str; 4] = [
    "api.close.com",
    "app.close.com",
    "api.close.io",
    "app.close.io",
];

/// Whether a base URL is one of Close's.
pub(super) fn is_close(base_url: &str) -> bool {
    let url = Url::parse(base_url);
    url.is_ok_and(|url| url.host_str().is_some_and(|host| CLOSE.contains(&host)))
}

/// A base URL that a file may contain: Close's, or one of this machine. A person who can write the file must not learn the key.
///
/// # Errors
///
/// The host is another one.
pub(super) fn base_url_of_file(base_url: &str) -> Result<(), String> {
    match Url::parse(base_url) {
        Ok(url) if is_close(base_url) || is_loopback(&url) => Ok(()),
        Ok(url) => Err(format!(
            "base_url names the host {}, which is neither Close's nor this machine, and the key would be sent there; to do that, pass the URL with `--base-url` or in CLOSE_BASE_URL",
            url.host_str().unwrap_or_default()
        )),
        Err(_) => Err("base_url is no URL".to_owned()),
    }
}

/// Whether a checked base URL is that of this machine.
pub(super) fn is_local(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| is_loopback(&url))
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
