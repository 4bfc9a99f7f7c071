//! What surrounds the content of every page: title, links to the other pages, what is going on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::site::Site;

/// The pages, in the order of a migration: address and name.
const PAGES: [(&str, &str); 10] = [
    ("/", "Start"),
    ("/archives", "Archives"),
    ("/people", "People"),
    ("/left-out", "Left out"),
    ("/plan", "Plan"),
    ("/undecided", "Undecided"),
    ("/run", "Run"),
    ("/verify", "Verify"),
    ("/undo", "Undo"),
    ("/report", "Report"),
];

/// Forms at other addresses than those of their pages: the beginning of the address, and the address of the page.
const OTHER_FORMS: [(&str, &str); 7] = [
    ("/key", "/"),
    ("/groups", "/archives"),
    ("/match", "/people"),
    ("/leads", "/people"),
    ("/chat", "/people"),
    ("/pilot", "/run"),
    ("/repair", "/verify"),
];

/// The page that an address belongs to: its address and name; `None` for one that belongs to none.
pub(super) fn page_of(path: &str) -> Option<(&'static str, &'static str)> {
    let mut others = OTHER_FORMS.iter();
    let other = others.find(|(form, _)| path.starts_with(form));
    let path = other.map_or(path, |(_, page)| *page);
    let mut pages = PAGES.iter().rev();
    let found = pages.find(|(address, _)| match *address {
        "/" => path == "/",
        address => path.starts_with(address),
    });
    found.copied()
}

/// The surroundings of a page.
pub(super) struct Frame {
    pub(super) title: &'static str,
    pub(super) links: Vec<Link>,
    /// The job that runs, on another page: its address and name.
    pub(super) running: Option<(&'static str, &'static str)>,
    /// Seconds after which a browser without JavaScript loads the page again.
    pub(super) refresh: Option<u32>,
    /// Something may be typed on the page: without the script it is not loaded again by itself.
    pub(super) has_fields: bool,
}

/// A link to a page.
pub(super) struct Link {
    pub(super) address: &'static str,
    pub(super) name: &'static str,
    pub(super) is_current: bool,
}

impl Frame {
    /// The frame of the page with this name.
    pub(super) fn of(site: &Site, title: &'static str) -> Frame {
        let pages = PAGES.iter().filter(|_| site.has_configuration());
        let links = pages.map(|(address, name)| Link {
            address,
            name,
            is_current: *name == title,
        });
        Frame {
            title,
            links: links.collect(),
            running: (site.jobs.running())
                .filter(|job| job.kind.title() != title)
                .map(|job| (job.kind.address(), job.kind.title())),
            refresh: None,
            has_fields: false,
        }
    }
}

/// A page as a response.
pub(super) fn shown(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "this page could not be made",
        )
            .into_response(),
    }
}
