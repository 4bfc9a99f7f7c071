//! The verification, and the repair of what it found, as a page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{start, start_with};
use crate::app::{
    self, Exit, FilesToRead, RepairOrder, Repaired, Result, Stamp, VerifyOrder, unless_stopped,
};
use crate::plan::Selection;
use crate::policy::Gone;
use crate::quantity::count;
use crate::report;
use crate::report::verify::{RepairPlanView, VerifyView};
use crate::web::form::{Form, Query};
use crate::web::job::{Ended, Job, Kind, ended};
use crate::web::plan_shown::Inputs;
use crate::web::shown::Shown;
use crate::web::site::Site;
use crate::web::work_page::{Action, Input, InputForm, Paged, of_kind};

/// The page of a verification.
pub(in crate::web) async fn verify_page(
    State(site): State<Arc<Site>>,
    Query(paged): Query<Paged>,
) -> Response {
    let mut page = of_kind(&site, Kind::Verify, &paged).await;
    page.intro = vec![
        "Reads every message back from Close and compares it with the archives. This changes nothing; a repair shows its steps and asks first.",
    ];
    if page.is_free() {
        let last = site.jobs.last(Kind::Verify);
        let shown = last.map(|job| job.state().shown.clone());
        let view = match &shown {
            Some(Shown::Verification(view, _)) => Some(view),
            _ => None,
        };
        let is_repairable = view.is_some_and(|view| view.is_repairable());
        if let Some(view) = view.filter(|_| is_repairable) {
            page.actions.push(repair_action(view));
        }
        page.actions.push(Action {
            address: "/verify",
            inputs: vec![Input::new(
                "files",
                "also download and compare every file",
                InputForm::Check,
            )],
            button: match shown {
                Some(_) => "Verify again".to_owned(),
                None => "Verify".to_owned(),
            },
            is_main: shown.is_none(),
            ..Action::default()
        });
        if shown.is_some() {
            page.links.push(("/report", "Go on to the report"));
        }
    }
    page.shown()
}

/// The beginning of a repair.
fn repair_action(view: &VerifyView) -> Action {
    let label = format!(
        "also post again what was removed in Close or taken back by an undo ({})",
        count(view.removed(), "message")
    );
    let restore = (view.removed() > 0).then(|| Input::new("gone", label, InputForm::Check));
    Action {
        address: "/repair",
        text: Some(
            "A repair corrects in Close what was found, and nothing else. It compares again, shows its steps and asks before the first one."
                .to_owned(),
        ),
        inputs: restore.into_iter().collect(),
        button: "Show the steps of a repair".to_owned(),
        is_main: true,
        ..Action::default()
    }
}

/// What a verification reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct VerifyForm {
    /// Not empty: files too.
    files: String,
}

fn order(files: FilesToRead) -> VerifyOrder<'static> {
    VerifyOrder {
        selection: Selection::default(),
        files,
        out: None,
        show_content: true,
    }
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
            let files = app::stamp(&step.site.place.file, &step.site.place.overrides)?;
            let (mut migration, unopened) = step.open(&mut watcher)?;
            let client = step.client(&migration)?;
            let order = order(match form.files.is_empty() {
                true => FilesToRead::None,
                false => FilesToRead::All,
            });
            let close = (&client, &step.site.clock);
            let verified = app::verify(&mut migration, unopened, &order, close, &mut watcher);
            let result = unless_stopped(&job.stop_signal(), verified).await??;
            let view = VerifyView::of(&result);
            job.state().shown = Shown::Verification(Arc::new(view), None);
            let ended = ended(result.exit, result.stopped.as_ref());
            drop(migration);
            note(&step.site, files, &ended)?;
            Ok(ended)
        },
    )
}

/// What a repair may do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct RepairForm {
    /// Not empty: what was removed in Close is posted again.
    gone: String,
}

/// Compares again, shows what a repair would do, asks, and does it.
pub(in crate::web) async fn repair(
    State(site): State<Arc<Site>>,
    Form(form): Form<RepairForm>,
) -> Response {
    // A repair posts by the tables, and a verification only reads.
    start_with(
        &site,
        (Kind::Verify, true),
        move |step, job, mut watcher| async move {
            let files = app::stamp(&step.site.place.file, &step.site.place.overrides)?;
            let (mut migration, unopened) = step.open(&mut watcher)?;
            let client = step.client(&migration)?;
            let order = order(FilesToRead::None);
            let repair = RepairOrder {
                from: None,
                yes: false,
                dry_run: false,
                allow_deletes: None,
                gone: (!form.gone.is_empty()).then_some(Gone::Restore),
                stop: job.stop_signal(),
            };
            let (orders, close) = ((&order, &repair), (&client, &step.site.clock));
            let repaired = app::repair(&mut migration, unopened, orders, close, &mut watcher);
            let repaired = repaired.await?;
            if repaired.result.is_some() {
                // The plan was compared with a Close that is another one now.
                step.site.set_plan(None);
            }
            show(&repaired, &job);
            let ended = ended(repaired.exit, repaired.stopped.as_ref());
            drop(migration);
            note(&step.site, files, &ended)?;
            Ok(ended)
        },
    )
}

/// Notes that Close is as it should be with these files: the next step is the report.
fn note(site: &Site, files: Stamp, ended: &Ended) -> Result<()> {
    if ended.exit == Exit::Done && ended.error.is_none() {
        let place = &site.place;
        let checkpoint = app::checkpoint_stamp(&place.file, &place.overrides)?;
        site.set_verified(Some(Inputs { files, checkpoint }));
    }
    Ok(())
}

/// Shows the last comparison, the steps, and what became of them.
fn show(repaired: &Repaired, job: &Job) {
    let view = VerifyView::of(&repaired.verification);
    let plan = repaired.planned.as_ref().map(RepairPlanView::of);
    let nothing = plan
        .as_ref()
        .and_then(|plan| Some(format!("{}.", plan.nothing()?)));
    let result = report::verify::result_text(repaired);
    let mut state = job.state();
    state.result = match (result.is_empty(), nothing) {
        (false, _) => result.lines().map(str::to_owned).collect(),
        (true, Some(nothing)) => vec![nothing],
        (true, None) => vec!["Nothing was changed.".to_owned()],
    };
    state.shown = Shown::Verification(Arc::new(view), plan.map(Arc::new));
}
