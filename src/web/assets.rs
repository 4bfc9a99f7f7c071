//! Style, script and icon: compiled in, so that no page needs a network.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// The style of reports, so that a conversation looks the same in both, and what pages have beyond it.
const STYLE: &str = concat!(
    include_str!("../../templates/page/style.css"),
    include_str!("../../templates/review/style.css")
);
const SCRIPT: &str = include_str!("../../templates/review/review.js");
const ICON: &str = include_str!("../../templates/review/icon.svg");

pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

pub(super) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

pub(super) async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], ICON)
}
