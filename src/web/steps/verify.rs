//! The verification, as a page.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::start;
use crate::app::{self, FilesToRead, VerifyOrder, unless_stopped};
use crate::plan::Selection;
use crate::report;
use crate::report::verify::VerifyView;
use crate::web::job::{Kind, ended};
use crate::web::site::Site;
use crate::web::work_page::{Action, of_kind};

/// The page of a verification.
pub(in crate::web) async fn verify_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Verify);
    page.intro = vec![
        "Reads every message back from Close and compares it with the archives. Nothing is changed.",
    ];
    if page.is_free() {
        let is_done = page.job.is_some();
        page.actions.push(Action {
            address: "/verify",
            check: Some(("files", "also download and compare every file".to_owned())),
            button: if is_done { "Verify again" } else { "Verify" }.to_owned(),
            is_main: !is_done,
            ..Action::default()
        });
        if is_done {
            page.links.push(("/report", "Go on to the report"));
        }
    }
    page.shown()
}

/// What a verification reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct VerifyForm {
    /// Not empty: files too.
    files: String,
}

/// Compares Close with the archives.
pub(in crate::web) async fn verify(
    State(site): State<Arc<Site>>,
    Form(form): Form<VerifyForm>,
) -> Response {
    start(
        &site,
        Kind::Verify,
        move |step, job, mut watcher| async move {
            let (mut migration, unopened) = step.open(&mut watcher)?;
            let client = step.client(&migration)?;
            let order = VerifyOrder {
                selection: Selection::default(),
                files: match form.files.is_empty() {
                    true => FilesToRead::None,
                    false => FilesToRead::All,
                },
                out: None,
                show_content: true,
                flags: "",
            };
            let close = (&client, &step.site.clock);
            let verified = app::verify(&mut migration, unopened, &order, close, &mut watcher);
            let result = unless_stopped(&job.stop_signal(), verified).await??;
            let text = report::verify::page(&VerifyView::of(&result), "", true).plain();
            // The next command is for a terminal.
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !line.starts_with("Next:"))
                .collect();
            let (verdict, before) = lines.split_last().unwrap_or((&"", &[]));
            let mut state = job.state();
            state.shown = before.join("\n");
            // The flag is a box on this page.
            state.result = vec![verdict.replace(": add `--files`", "")];
            drop(state);
            Ok(ended(result.exit, result.stopped.as_ref()))
        },
    )
}
