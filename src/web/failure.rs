//! Errors as pages.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::frame::{self, Frame, shown};
use super::site::Site;
use super::words::of_pages;
use crate::app::{Error, Exit};
use crate::display_text;

#[derive(Template)]
#[template(path = "review/failure.html")]
struct Page {
    frame: Frame,
    /// What happened, and what to do.
    lines: Vec<String>,
    /// The page where it can be resolved.
    link: Option<(&'static str, &'static str)>,
    code: String,
}

/// A use case that ended without a result, as a page.
pub(super) fn failed(site: &Site, error: &Error) -> Response {
    let status = match error.exit {
        Exit::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Exit::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(site, status, (&error.message, &error.code), None)
}

/// A form that does not fit what is there now, as a page. `text`: why, and what to do.
pub(super) fn conflict(site: &Site, text: &str) -> Response {
    conflict_with(site, text, None)
}

/// As [`conflict`], with a link to the page where it can be resolved: its address and name.
pub(super) fn conflict_with(
    site: &Site,
    text: &str,
    link: Option<(&'static str, &'static str)>,
) -> Response {
    page(site, StatusCode::CONFLICT, (text, "conflict"), link)
}

/// The page of an address that does not exist.
pub(super) async fn not_found(State(site): State<Arc<Site>>) -> Response {
    page(
        &site,
        StatusCode::NOT_FOUND,
        ("there is no page at this address", "not_found"),
        None,
    )
}

/// The page of a method that an address does not have.
pub(super) async fn no_such_method(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    let text = "this address takes no such request";
    not_understood(&site, StatusCode::METHOD_NOT_ALLOWED, uri.path(), text)
}

/// A request that no page of this one sends, as a page that leads to the one of its address.
pub(super) fn not_understood(site: &Site, status: StatusCode, path: &str, text: &str) -> Response {
    let text = format!("{text}\nLoad the page again, and send it from there.");
    page(site, status, (&text, "request"), frame::page_of(path))
}

fn page(
    site: &Site,
    status: StatusCode,
    (text, code): (&str, &str),
    link: Option<(&'static str, &'static str)>,
) -> Response {
    let page = Page {
        frame: Frame::of(site, "This did not work"),
        lines: text
            .lines()
            .map(|line| of_pages(&display_text::line(line)))
            .collect(),
        link,
        code: code.to_owned(),
    };
    (status, shown(&page)).into_response()
}
