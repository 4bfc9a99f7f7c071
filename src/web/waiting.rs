//! A page that waits until the archives are read.

use askama::Template;
use axum::response::Response;

use super::frame::{Frame, shown};
use super::site::Site;

#[derive(Template)]
#[template(path = "review/waiting.html")]
struct Page {
    frame: Frame,
}

/// The page, which loads itself again.
pub(super) fn page(site: &Site, title: &'static str) -> Response {
    let mut frame = Frame::of(site, title);
    frame.refresh = Some(1);
    shown(&Page { frame })
}
