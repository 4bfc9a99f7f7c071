//! Rows of contacts.csv for the chats of archives that were added later, as a page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::begin;
use crate::app::{self, Exit, InitRequest, KnownOfDevice};
use crate::native::NoKeys;
use crate::web::job::{Kind, ended};
use crate::web::setup::{done_lines, folder_of};
use crate::web::site::Site;
use crate::web::work_page::{Paged, of_kind};

/// The page.
pub(in crate::web) async fn rows_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Rows, &Paged::default()).await;
    // It sends nothing to Close.
    page.blocked = page.blocked.filter(|_| site.auth().is_some());
    page.intro = vec![
        "Adds a row to contacts.csv for each chat that has none; what is there stays as it is. A look-up in Close is about chats with a row.",
    ];
    page.links = vec![("/people", "To the chats")];
    page.shown()
}

/// Adds the rows, as `init --update` does.
pub(in crate::web) async fn add_rows(State(site): State<Arc<Site>>) -> Response {
    let own = Arc::clone(&site);
    begin(&site, (Kind::Rows, true), move |job, _| async move {
        let (dir, file) = (folder_of(&own), own.place.file.as_path());
        let paths = app::configured_paths(file, &dir)?;
        let report = app::init(&InitRequest {
            paths: &paths,
            dir: &dir,
            config: file,
            update: true,
            zone: own.place.zone,
            known: KnownOfDevice {
                books: &[],
                local_phone: None,
                device: None,
            },
            limits: &|limits| limits,
            keys: &NoKeys,
        })?;
        own.readings.outdate();
        let mut state = job.state();
        state.result = done_lines(&report);
        for lines in [&report.first, &report.notes, &report.failures] {
            state.result.extend(lines.iter().cloned());
        }
        Ok(ended(
            match report.failures.is_empty() {
                true => Exit::Done,
                false => Exit::Partial,
            },
            None,
        ))
    })
}
