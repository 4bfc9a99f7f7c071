//! The undo of a run, as a page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::start;
use crate::app::{self, Exit, UndoOrder, unless_stopped};
use crate::plan::Selection;
use crate::quantity::count;
use crate::report;
use crate::report::undo::UndoView;
use crate::web::failure::failed;
use crate::web::form::{Form, Query};
use crate::web::job::{AnswerForm, Kind, ended};
use crate::web::shown::Shown;
use crate::web::site::Site;
use crate::web::work_page::{Action, Paged, of_kind};

/// The page of an undo: the runs, and what would be deleted.
pub(in crate::web) async fn undo_page(
    State(site): State<Arc<Site>>,
    Query(paged): Query<Paged>,
) -> Response {
    let mut page = of_kind(&site, Kind::Undo, &paged).await;
    page.intro = vec![
        "Deletes in Close what a run created, unless it was changed there since. First it shows what would be deleted; then it asks.",
    ];
    if page.is_free() {
        let runs = match app::runs(&site.place.file, &site.place.overrides) {
            Ok(runs) => runs,
            Err(error) => return failed(&site, &error),
        };
        let leads = match app::created_leads(&site.place.file, &site.place.overrides) {
            Ok(leads) => leads,
            Err(error) => return failed(&site, &error),
        };
        let runs = runs.iter().rev().filter(|run| run.in_close > 0);
        page.actions.extend(runs.map(|run| Action {
            address: "/undo",
            text: Some(format!(
                "Run {} ({}), {}: {} in Close",
                run.id,
                run.command,
                run.started_at,
                count(run.in_close, "message")
            )),
            fields: vec![("run", run.id.to_string())],
            button: "Show what would be deleted".to_owned(),
            ..Action::default()
        }));
        if page.actions.is_empty() {
            page.intro
                .push("No run has created a message that is still in Close.");
        }
        page.actions
            .extend((leads > 0).then(|| of_every_run(leads)));
    }
    page.shown()
}

/// The undo of all runs with the leads that were created for chats.
fn of_every_run(leads: u64) -> Action {
    Action {
        address: "/undo",
        text: Some(format!(
            "All runs, and {} created for chats without a contact: a lead is deleted only if it holds nothing but what this undo deletes.",
            count(leads, "lead")
        )),
        fields: vec![("run", EVERY.to_owned()), ("leads", "1".to_owned())],
        button: "Show what would be deleted of all runs, with the leads".to_owned(),
        ..Action::default()
    }
}

/// In place of the number of a run: all of them.
const EVERY: &str = "all";

/// The run to undo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct UndoForm {
    /// Its number, or [`EVERY`].
    run: String,
    /// Not empty: also leads that were created.
    leads: String,
}

/// Shows what an undo would delete, asks, and deletes it.
pub(in crate::web) async fn undo(
    State(site): State<Arc<Site>>,
    Form(form): Form<UndoForm>,
) -> Response {
    if form.run != EVERY && form.run.parse::<u32>().is_err() {
        return Redirect::to("/undo").into_response();
    }
    start(
        &site,
        Kind::Undo,
        move |step, job, mut watcher| async move {
            let place = &step.site.place;
            let clock = &step.site.clock;
            let (settings, contacts) = app::settings_and_contacts(&place.file, &place.overrides)?;
            let client = app::client(&settings, step.auth.clone(), clock)?;
            let order = UndoOrder {
                run: (form.run != EVERY).then_some(form.run.as_str()),
                selection: Selection::default(),
                leads: !form.leads.is_empty(),
                person: None,
            };
            let tables = (&settings, &contacts);
            let prepared = app::prepare_undo(&order, tables, (&client, clock), &mut watcher);
            let prepared = unless_stopped(&job.stop_signal(), prepared).await??;
            let view = UndoView::of(&prepared, report::undo::CHANGED);
            job.state().shown = Shown::Undo(Arc::new(view));
            if prepared.nothing().is_some() {
                return Ok(ended(prepared.exit(), None));
            }
            let what = report::undo::question(&prepared);
            let name = prepared.organization().to_owned();
            if job.ask(what, AnswerForm::Type(name)).await.is_none() {
                let text = "Nothing was deleted. An undo needs the name of the organisation, typed as the page shows it.";
                job.state().result = vec![text.to_owned()];
                return Ok(ended(Exit::Done, None));
            }
            let stop = job.stop_signal();
            let outcome = app::carry_out_undo(prepared, clock, stop, &mut watcher).await?;
            step.site.set_plan(None);
            let text = report::undo::text(&outcome, "chatferry undo", true);
            // Other next steps are pages.
            let is_shown =
                |line: &&str| !line.starts_with("Next:") || line.contains("`chatferry recover");
            let lines = text.lines().filter(is_shown);
            job.state().result = lines.map(str::to_owned).collect();
            Ok(ended(outcome.exit, outcome.stopped.as_ref()))
        },
    )
}
