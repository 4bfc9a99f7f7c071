//! The plan, as a page: what an import would do, and the undecided messages of it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Step, start};
use crate::app::{self, Migration, PlanOrder, Planned, Result, Unattended, unless_stopped};
use crate::close::Client;
use crate::ids::ActivityId;
use crate::native::NoKeys;
use crate::plan::Selection;
use crate::policy::RunFlags;
use crate::report;
use crate::report::plan::PlanView;
use crate::web::job::{Kind, ended};
use crate::web::plan_shown::{Questions, ShownPlan};
use crate::web::site::Site;
use crate::web::work_page::{Action, of_kind};

/// The number of messages whose text in Close is read for a comparison.
const COMPARED: usize = 100;

/// The page of a plan.
pub(in crate::web) async fn plan_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Plan);
    page.intro = vec![
        "What an import would do, message by message, compared with what Close has now. Making a plan changes nothing.",
    ];
    let undecided = (site.plan().as_ref()).map(|plan| plan.questions.questions.len());
    let has_plan = undecided.is_some();
    if page.is_free() {
        if has_plan {
            page.links.push(("/run", "Go on to the run"));
        }
        if undecided.is_some_and(|messages| messages > 0) {
            let link = ("/undecided", "Decide the undecided messages");
            page.links.push(link);
        }
        page.actions.push(Action {
            address: "/plan",
            button: if has_plan {
                "Make the plan again"
            } else {
                "Make the plan"
            }
            .to_owned(),
            is_main: !has_plan,
            ..Action::default()
        });
    }
    page.shown()
}

/// Makes a plan.
pub(in crate::web) async fn plan(State(site): State<Arc<Site>>) -> Response {
    start(&site, Kind::Plan, |step, job, mut watcher| async move {
        step.site.set_plan(None);
        let (mut migration, unopened) = step.open(&mut watcher)?;
        if let Some(error) = unopened {
            return Err(error);
        }
        migration.report_failures(&mut watcher);
        app::report_settings(&migration, &mut watcher);
        let client = step.client(&migration)?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("plan.jsonl");
        let order = PlanOrder {
            flags: RunFlags::default(),
            selection: Selection::default(),
            out: Some(&file),
            offline: false,
        };
        let planned = app::plan(&mut migration, order, Some(&client), &mut watcher);
        let outcome = unless_stopped(&job.stop_signal(), planned).await??;
        let planned = Planned::of(&outcome.plan, &migration.settings, outcome.account.as_ref());
        let view = PlanView::of(&planned);
        let plan = ShownPlan {
            number: step.site.next_plan(),
            file,
            _folder: folder,
            operations: planned.totals.operations() + planned.totals.adopt,
            deletes: planned.totals.deletes(),
            questions: questions(&step, &client, &view).await?,
        };
        job.state().shown = report::plan::before_question(&view, true).plain();
        step.site.set_plan(Some(plan));
        Ok(ended(outcome.exit, None))
    })
}

/// The undecided messages of a plan with their texts, here and in Close.
async fn questions(step: &Step, client: &Client, view: &PlanView) -> Result<Questions> {
    let questions = report::plan::open_questions(view);
    if questions.is_empty() {
        return Ok(Questions::default());
    }
    let places = questions.iter().map(|one| one.location.clone()).collect();
    let mut silent = Unattended::default();
    let place = &step.site.place;
    let mut migration = Migration::open(&place.file, &place.overrides, &NoKeys, &mut silent)?;
    let archived = app::texts_at(&mut migration, &places, &mut silent)?;
    let candidates = questions.iter().flat_map(|one| &one.candidates);
    let ids = candidates.filter(|one| one.id.starts_with("acti_"));
    let ids: Vec<ActivityId> = ids
        .map(|one| one.id.as_str().into())
        .take(COMPARED)
        .collect();
    let in_close = app::texts_in_close(client, &ids).await?;
    let in_close = in_close
        .into_iter()
        .map(|(id, text)| (id.to_string(), text));
    Ok(Questions {
        questions,
        archived,
        in_close: in_close.collect(),
    })
}
