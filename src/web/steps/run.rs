//! The run of the plan that was shown, and a pilot, as a page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::start;
use crate::app::{self, Error, Import, Order, PlanFile};
use crate::plan::Selection;
use crate::policy::RunFlags;
use crate::quantity::count;
use crate::web::failure::{conflict, conflict_with, failed};
use crate::web::form::{Form, Query};
use crate::web::job::{Kind, ended};
use crate::web::plan_shown;
use crate::web::site::Site;
use crate::web::work_page::{Action, Input, InputForm, Paged, is_number, of_kind};

/// The page of a run.
pub(in crate::web) async fn run_page(
    State(site): State<Arc<Site>>,
    Query(paged): Query<Paged>,
) -> Response {
    let mut page = of_kind(&site, Kind::Run, &paged).await;
    page.intro = vec![
        "Carries out the plan that was shown, and nothing else: if anything has changed since, it is refused. A run that is stopped, or whose computer goes off, is continued by the next plan and run; no message is posted twice.",
    ];
    if !page.is_free() {
        return page.shown();
    }
    page.outdated = plan_shown::outdated(&site).await;
    if page.outdated.is_some() {
        page.links.push(("/plan", "To the plan"));
        return page.shown();
    }
    let job = page.job.as_ref();
    let is_done = job.is_some_and(|job| job.error.is_none());
    match site.plan().as_ref() {
        None => {
            if is_done {
                page.links.push(("/verify", "Go on to verify"));
            }
            page.links.push(("/plan", "Make a plan"));
        }
        Some(plan) if plan.operations == 0 => {
            page.links
                .push(("/verify", "Nothing to do: go on to verify"));
        }
        Some(plan) => {
            page.actions.push(Action {
                address: "/run",
                text: Some(format!(
                    "The plan has {}.",
                    count(plan.operations, "operation")
                )),
                fields: vec![
                    ("plan", plan.number.to_string()),
                    ("deletions", plan.deletes.to_string()),
                ],
                inputs: deletions(plan.deletes).into_iter().collect(),
                button: "Start the run".to_owned(),
                is_main: true,
            });
            page.actions.extend(plan.is_first.then(first_messages));
        }
    }
    page.shown()
}

/// A pilot, before the first message is posted.
fn first_messages() -> Action {
    Action {
        address: "/pilot",
        text: Some("If you want to see a few messages in Close first: a pilot posts a text, a file and a reply of each phone, reads them back and compares them. Then make the plan again.".to_owned()),
        button: "Pilot: post a few messages".to_owned(),
        ..Action::default()
    }
}

/// The field for the number of deletions, if there are some.
fn deletions(deletes: u64) -> Option<Input> {
    let label = format!(
        "The plan deletes {} in Close. Type their number to permit it",
        count(deletes, "message")
    );
    (deletes > 0).then(|| Input::new("deletes", label, InputForm::Number))
}

/// What a run may do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct RunForm {
    /// The number of the plan that was shown.
    plan: String,
    /// The number of its deletions that was shown.
    deletions: String,
    /// The number of deletions in Close that a person typed to permit them.
    deletes: String,
}

/// Carries out the plan that was shown.
pub(in crate::web) async fn run(
    State(site): State<Arc<Site>>,
    Form(form): Form<RunForm>,
) -> Response {
    let planned = site
        .plan()
        .as_ref()
        .map(|plan| (plan.number, plan.file.clone(), plan.deletes));
    let Some((number, file, deletes)) = planned else {
        return Redirect::to("/plan").into_response();
    };
    if form.plan != number.to_string() {
        let text = "another plan was made since this page was shown\nLook at the plan, then start its run.";
        return conflict(&site, text);
    }
    if form.deletions != deletes.to_string() {
        let text = "this form names another number of deletions than the plan has\nLook at the plan, then start its run.";
        return conflict(&site, text);
    }
    if let Some(text) = plan_shown::outdated(&site).await {
        return conflict_with(&site, &text, Some(("/plan", "Plan")));
    }
    let plan = match PlanFile::read(&file) {
        Ok(plan) => plan,
        Err(error) => return failed(&site, &error),
    };
    if deletes > 0 && !is_number(&form.deletes, deletes) {
        let text = format!(
            "the plan deletes {} in Close; type this number to permit it",
            count(deletes, "message")
        );
        return failed(&site, &Error::usage(text));
    }
    import(
        &site,
        Order {
            plan: Some(plan),
            allow_deletes: deletes,
            ..order()
        },
    )
}

/// Posts a few messages of each device.
pub(in crate::web) async fn pilot(State(site): State<Arc<Site>>) -> Response {
    import(
        &site,
        Order {
            pilot: true,
            ..order()
        },
    )
}

fn order() -> Order {
    Order {
        flags: RunFlags::default(),
        selection: Selection::default(),
        yes: false,
        plan: None,
        allow_deletes: 0,
        strict: false,
        show_content: true,
        pilot: false,
        probe: false,
    }
}

fn import(site: &Arc<Site>, order: Order) -> Response {
    start(site, Kind::Run, move |step, job, mut watcher| async move {
        let (mut migration, unopened) = step.open(&mut watcher)?;
        if let Some(error) = unopened {
            return Err(error);
        }
        let client = step.client(&migration)?;
        let import = Import {
            migration: &mut migration,
            client: &client,
            clock: &step.site.clock,
            order: &order,
            stop: job.stop_signal(),
        };
        let outcome = app::import(import, &mut watcher).await;
        // A plan is run once: afterwards Close is another one.
        step.site.set_plan(None);
        let outcome = outcome?;
        Ok(ended(outcome.exit, outcome.stopped.as_ref()))
    })
}
