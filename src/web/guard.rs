//! Which requests are answered, and the headers of every response.
//!
//! A page on this computer is reachable for every website that the browser opens, so a request is answered only if it is
//! addressed to this very address (a name that was rebound to it is not), comes from a page of it where it may change
//! something, and has its cookie.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::site::Site;

/// The policy of every page. A response with another one, as that of a report, sets it itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every response. With `no-referrer`, browsers send `Origin: null` with forms of this page (observed).
const HEADERS: [(HeaderName, &str); 6] = [
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::CONTENT_SECURITY_POLICY, POLICY),
];

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// It is addressed to another host.
    Host,
    /// It would change something and comes from elsewhere.
    Origin,
    /// It has no cookie of this page.
    Cookie,
}

impl Refused {
    fn status(self) -> StatusCode {
        match self {
            Refused::Host => StatusCode::MISDIRECTED_REQUEST,
            Refused::Origin => StatusCode::FORBIDDEN,
            Refused::Cookie => StatusCode::UNAUTHORIZED,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Refused::Host => "This page answers at its own address only.\n",
            Refused::Origin => "This form was not sent from this page.\n",
            Refused::Cookie => {
                "Open the address that the program printed when it started. It works once; for a new one, end the program in its window and start it again.\n"
            }
        }
    }
}

/// Answers a request if it may be answered.
pub(super) async fn guard(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let mut response = match admitted(&site, method, uri, headers) {
        Ok(Admitted::Request) => next.run(request).await,
        Ok(Admitted::Token) => entered(&site, request.headers()),
        Err(refused) => refused_with(refused),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The answer to a request that is not answered. A browser that was sent here by another site may have the page all the same.
fn refused_with(refused: Refused) -> Response<Body> {
    let text = refused.text();
    match refused {
        Refused::Cookie => {
            let page = format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>chatferry</title></head><body>\
                 <p>{text}</p><p><a href=\"/\">Open the page, if this browser has it already</a></p></body></html>\n"
            );
            (refused.status(), Html(page)).into_response()
        }
        Refused::Host | Refused::Origin => (refused.status(), text).into_response(),
    }
}

/// How a request is admitted.
enum Admitted {
    /// By the cookie.
    Request,
    /// By the token: it gets the cookie.
    Token,
}

/// Admits a request, and notes that the page is used: one that is refused does not keep it open.
fn admitted(
    site: &Site,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Admitted, Refused> {
    let admitted = admit(site, method, uri, headers)?;
    site.idle.touch(&site.clock);
    Ok(admitted)
}

fn admit(
    site: &Site,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Admitted, Refused> {
    let is_here = only(headers, &header::HOST).is_some_and(|host| host == site.host)
        && uri
            .authority()
            .is_none_or(|authority| authority.as_str() == site.host);
    if !is_here {
        return Err(Refused::Host);
    }
    let is_safe = matches!(*method, Method::GET | Method::HEAD);
    let is_from_here = match is_safe {
        true => !is_part_of_another_page(headers),
        false => is_own_form(site, headers),
    };
    if !is_from_here {
        return Err(Refused::Origin);
    }
    let mut cookies = headers.get_all(header::COOKIE).iter();
    let has_cookie =
        cookies.any(|header| (header.to_str()).is_ok_and(|header| site.session.has_cookie(header)));
    let token = (uri.path() == "/" && *method == Method::GET)
        .then(|| uri.query()?.strip_prefix("token="))
        .flatten();
    match token {
        // The address may be opened again in the browser that has the page.
        Some(token) if site.session.redeem(token) || has_cookie => Ok(Admitted::Token),
        None if has_cookie => Ok(Admitted::Request),
        _ => Err(Refused::Cookie),
    }
}

/// Whether another page requests an image, a frame or a script from this one, or fetches it. Pages at other ports of this
/// computer are of the same site, so that their requests have the cookie.
fn is_part_of_another_page(headers: &HeaderMap) -> bool {
    let [fetch, dest] = ["sec-fetch-site", "sec-fetch-dest"].map(HeaderName::from_static);
    let is_other = |site: &str| matches!(site, "same-site" | "cross-site");
    only(headers, &fetch).is_some_and(is_other) && only(headers, &dest) != Some("document")
}

/// Whether a form is one of this page.
fn is_own_form(site: &Site, headers: &HeaderMap) -> bool {
    let own = format!("http://{}", site.host);
    let fetch = HeaderName::from_static("sec-fetch-site");
    only(headers, &header::ORIGIN).is_some_and(|origin| origin == own)
        // Older browsers do not send it.
        && (!headers.contains_key(&fetch)
            || only(headers, &fetch).is_some_and(|site| site == "same-origin"))
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok(),
        Some(_) => None,
    }
}

/// A page that leads on by itself. A redirection would be part of a navigation that another site began, with which a browser does
/// not send a cookie that is `SameSite=Strict`; what this page begins is a navigation of its own.
const ENTRANCE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>chatferry</title>\
<meta http-equiv=\"refresh\" content=\"0; url=/\"></head><body><p><a href=\"/\">Open the page</a></p></body></html>\n";

/// Sets the cookie and leads to the page, without the token in the address.
fn entered(site: &Site, headers: &HeaderMap) -> Response<Body> {
    let cookie = site.session.set_cookie();
    let fetch = HeaderName::from_static("sec-fetch-site");
    let is_from_elsewhere =
        only(headers, &fetch).is_some_and(|site| matches!(site, "same-site" | "cross-site"));
    if is_from_elsewhere {
        return ([(header::SET_COOKIE, cookie)], Html(ENTRANCE)).into_response();
    }
    let headers = [
        (header::LOCATION, "/".to_owned()),
        (header::SET_COOKIE, cookie),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::System;
    use crate::config::Overrides;
    use crate::web::Place;
    use crate::web::session::Session;

    #[test]
    fn refused_request_does_not_keep_the_page_open() {
        let session = Session::new(1).unwrap();
        let cookie = session.set_cookie();
        let place = Place {
            file: "chatferry.toml".into(),
            overrides: Overrides::default(),
            zone: None,
        };
        let host = "127.0.0.1:1".to_owned();
        let site = Site::new(place, None, (host, session), &System::shared());
        let last_after = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:1"));
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            let uri = Uri::from_static("/");
            let is_admitted = admitted(&site, &Method::GET, &uri, &headers).is_ok();
            (is_admitted, site.idle.last())
        };
        assert_eq!(last_after("chatferry_1=0"), (false, Duration::ZERO));
        let (is_admitted, last) = last_after(cookie.split(';').next().unwrap());
        assert!(is_admitted && last > Duration::ZERO);
    }
}
