//! The run of the plan that was shown, and a pilot, as a page.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::start;
use crate::app::{self, Import, Order, PlanFile};
use crate::plan::Selection;
use crate::policy::RunFlags;
use crate::quantity::count;
use crate::web::failure::{conflict, failed};
use crate::web::job::{Kind, ended};
use crate::web::site::Site;
use crate::web::work_page::{Action, of_kind};

/// The page of a run.
pub(in crate::web) async fn run_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Run);
    page.intro = vec![
        "Carries out the plan that was shown, and nothing else: if anything has changed since, it is refused. A run that is stopped, or whose computer goes off, is continued by the next plan and run; no message is posted twice.",
    ];
    if !page.is_free() {
        return page.shown();
    }
    let job = page.job.as_ref();
    let is_done = job.is_some_and(|job| job.error.is_none());
    let plan = site
        .plan()
        .as_ref()
        .map(|plan| (plan.number, plan.operations, plan.deletes));
    match plan {
        None => {
            if is_done {
                page.links.push(("/verify", "Go on to verify"));
            }
            page.links.push(("/plan", "Make a plan"));
            page.actions.push(Action {
                address: "/pilot",
                text: Some("A pilot posts a text, a file and a reply of each phone, reads them back and compares them.".to_owned()),
                button: "Pilot: post a few messages".to_owned(),
                ..Action::default()
            });
        }
        Some((_, 0, _)) => {
            page.links
                .push(("/verify", "Nothing to do: go on to verify"));
        }
        Some((number, operations, deletes)) => page.actions.push(Action {
            address: "/run",
            text: Some(format!("The plan has {}.", count(operations, "operation"))),
            fields: vec![
                ("plan", number.to_string()),
                ("deletions", deletes.to_string()),
            ],
            check: (deletes > 0).then(|| {
                let text = format!(
                    "{} in Close may be deleted, as the plan shows",
                    count(deletes, "message")
                );
                ("deletes", text)
            }),
            button: "Start the run".to_owned(),
            is_main: true,
        }),
    }
    page.shown()
}

/// What a run may do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct RunForm {
    /// The number of the plan that was shown.
    plan: String,
    /// The number of its deletions that was shown.
    deletions: String,
    /// Not empty: deletions of the plan are allowed.
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
    let plan = match PlanFile::read(&file) {
        Ok(plan) => plan,
        Err(error) => return failed(&site, &error),
    };
    let allow_deletes = if form.deletes.is_empty() { 0 } else { deletes };
    import(
        &site,
        Order {
            plan: Some(plan),
            allow_deletes,
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
