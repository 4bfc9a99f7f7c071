//! The plan, as a page: what an import would do, and the undecided messages of it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{Step, start};
use crate::app::{self, Migration, PlanOrder, Planned, Result, Unattended, unless_stopped};
use crate::close::Client;
use crate::ids::ActivityId;
use crate::native::NoKeys;
use crate::plan::Selection;
use crate::policy::{Gone, RunFlags};
use crate::quantity::count;
use crate::report;
use crate::report::plan::PlanView;
use crate::web::form::{Form, Query};
use crate::web::job::{Kind, ended};
use crate::web::plan_shown::{self, Inputs, Questions, ShownPlan};
use crate::web::shown::Shown;
use crate::web::site::Site;
use crate::web::work_page::{Action, Input, InputForm, Page, Paged, of_kind};

/// The number of messages whose text in Close is read for a comparison.
const COMPARED: usize = 100;

/// The page of a plan.
pub(in crate::web) async fn plan_page(
    State(site): State<Arc<Site>>,
    Query(paged): Query<Paged>,
) -> Response {
    let mut page = of_kind(&site, Kind::Plan, &paged).await;
    page.intro = vec![
        "What an import would do, message by message, compared with what Close has now. Making a plan changes nothing.",
    ];
    page.outdated = plan_shown::outdated(&site).await;
    if page.is_free() {
        match site.plan().as_ref() {
            None => page.actions.push(Action {
                address: "/plan",
                button: "Make the plan".to_owned(),
                is_main: true,
                ..Action::default()
            }),
            Some(plan) => after(plan, &mut page),
        }
    }
    page.shown()
}

/// What can be done once there is a plan.
fn after(plan: &ShownPlan, page: &mut Page) {
    let is_outdated = page.outdated.is_some();
    if !is_outdated {
        page.links.push(("/run", "Go on to the run"));
    }
    if plan.held > 0 {
        page.links
            .push(("/people?state=waiting", "Decide the held chats"));
    }
    if !plan.questions.questions.is_empty() {
        let link = ("/undecided", "Decide the undecided messages");
        page.links.push(link);
    }
    page.actions.push(Action {
        address: "/plan",
        text: (plan.missing > 0).then(|| {
            format!(
                "Missing in Close, cause unknown: {}. Decide each of them on the page Undecided, or all of them here, for this plan.",
                count(plan.missing, "message")
            )
        }),
        inputs: gone(plan).into_iter().collect(),
        button: "Make the plan again".to_owned(),
        is_main: is_outdated,
        ..Action::default()
    });
}

/// What becomes of messages that Close lacks, if there are some.
fn gone(plan: &ShownPlan) -> Option<Input> {
    let options = [
        (
            "",
            "as the configuration has it; where the cause is not known, you decide",
        ),
        ("respect", "they stay removed"),
        (
            "restore",
            "post them again, also those that were removed on purpose",
        ),
    ];
    let options = options.map(|(value, text)| (value.to_owned(), text.to_owned()));
    let label = "Messages that were posted and that Close does not have any more";
    let input = Input {
        value: match plan.gone {
            None => String::new(),
            Some(Gone::Respect) => "respect".to_owned(),
            Some(Gone::Restore) => "restore".to_owned(),
        },
        ..Input::new("gone", label, InputForm::Choice(options.to_vec()))
    };
    (plan.missing + plan.removed > 0 || plan.gone.is_some()).then_some(input)
}

/// What a plan decides for all messages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct PlanForm {
    /// `respect`, `restore`, or empty: as configured.
    gone: String,
}

/// Makes a plan.
pub(in crate::web) async fn plan(
    State(site): State<Arc<Site>>,
    Form(form): Form<PlanForm>,
) -> Response {
    let flags = RunFlags {
        gone: match form.gone.as_str() {
            "respect" => Some(Gone::Respect),
            "restore" => Some(Gone::Restore),
            _ => None,
        },
        ..RunFlags::default()
    };
    start(
        &site,
        Kind::Plan,
        move |step, job, mut watcher| async move {
            step.site.set_plan(None);
            let inputs = Inputs::of(&step.site.place)?;
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
                flags,
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
                is_first: planned.totals.unchanged == 0,
                deletes: planned.totals.deletes(),
                held: view.held(),
                missing: view.missing(),
                removed: view.removed(),
                gone: flags.gone,
                questions: questions(&step, &client, &view).await?,
                inputs,
            };
            job.state().shown = Shown::Plan(Arc::new(view));
            step.site.set_plan(Some(plan));
            Ok(ended(outcome.exit, None))
        },
    )
}

/// The undecided messages of a plan with their texts, here and in Close.
async fn questions(step: &Step, client: &Client, view: &PlanView) -> Result<Questions> {
    let questions = report::plan::open_questions(view);
    if questions.is_empty() {
        return Ok(Questions::default());
    }
    let candidates = || questions.iter().flat_map(|one| &one.candidates);
    // A candidate of another archive, which may be in Close too, is shown as it is there.
    let others = candidates().filter_map(|one| one.location.clone());
    let own = questions.iter().map(|one| one.location.clone());
    let places = own.chain(others).collect();
    let mut silent = Unattended::default();
    let place = &step.site.place;
    let mut migration = Migration::open(&place.file, &place.overrides, &NoKeys, &mut silent)?;
    let archived = app::texts_at(&mut migration, &places, &mut silent)?;
    let ids = candidates().filter(|one| one.id.starts_with("acti_"));
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
