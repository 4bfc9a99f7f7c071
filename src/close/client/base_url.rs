//! Base URLs: https, or plain http to this machine.

use std::net::IpAddr;

use reqwest::Url;

use crate::close::error::Error;

/// Whether the host of `url` is this machine, by name or address. Names are compared completely, so
/// `127.0.0.1.example.org` is another host.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || number.is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn base_url(text: &str) -> Result<Url, Error> {
    let mut url = Url::parse(text.trim()).map_err(|_| Error::BaseUrl("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::BaseUrl("holds a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::BaseUrl("holds a query or fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(Error::PlainHttp),
        _ => return Err(Error::BaseUrl("is neither https nor http")),
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for good in [
            "https://api.close.com/api/v1",
            "https://api.close.com/api/v1/",
            "http://127.0.0.1:8080/api/v1",
            "http://127.9.9.9/x",
            "http://[::1]:1/api/v1",
            "http://localhost:1",
        ] {
            let url = base_url(good).unwrap();
            assert!(
                url.path().ends_with('/') && !url.path().ends_with("//"),
                "{good}"
            );
        }
        for bad in [
            "http://api.close.com/api/v1",
            "http://127.0.0.1.example.org/",
            "http://10.0.0.1/",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
        ] {
            assert!(matches!(base_url(bad), Err(Error::PlainHttp)), "{bad}");
        }
        for bad in [
            "",
            "api.close.com",
            "ftp://x/",
            "https://k:hush@x/",
            "https://k@x/",
            "https://x/?a",
            "https://x/#a",
        ] {
            let error = base_url(bad).unwrap_err();
            assert!(matches!(error, Error::BaseUrl(_)), "{bad}");
            assert!(!error.to_string().contains("hush"));
        }
    }
}
