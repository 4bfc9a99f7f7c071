//! A table that was changed elsewhere since the page was made: the decision is refused, and the difference shown.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::frame::{Frame, shown};
use super::site::Site;
use super::text::clean;
use crate::app::{self, SeenTable};

#[derive(Template)]
#[template(path = "review/changed.html")]
struct Page {
    frame: Frame,
    file: String,
    lines: Vec<Line>,
    more: usize,
    is_known: bool,
    address: &'static str,
    name: &'static str,
}

/// A line that differs.
struct Line {
    sign: &'static str,
    meaning: &'static str,
    text: String,
}

/// The page. `seen`: the digest of the table that the person saw; `title`: the page to go back to.
pub(super) fn page(site: &Site, seen: &str, now: &SeenTable, title: &'static str) -> Response {
    let before = site.seen_before(seen);
    let (lines, all) = match &before {
        Some(before) => app::difference(before, now),
        None => (Vec::new(), 0),
    };
    let name = now.path.file_name().unwrap_or_default().to_string_lossy();
    let more = all.saturating_sub(lines.len());
    let page = Page {
        frame: Frame::of(site, "Not saved"),
        file: clean(&name),
        lines: lines
            .into_iter()
            .map(|line| Line {
                sign: if line.is_new { "+" } else { "-" },
                meaning: if line.is_new { "now" } else { "before" },
                text: match line.text {
                    Some(text) => clean(&text),
                    None => "[a line about a person who is named nowhere]".to_owned(),
                },
            })
            .collect(),
        more,
        is_known: before.is_some(),
        address: match title {
            "People" => "/people",
            "Undecided" => "/undecided",
            "Archives" => "/archives",
            _ => "/left-out",
        },
        name: title,
    };
    (StatusCode::CONFLICT, shown(&page)).into_response()
}
