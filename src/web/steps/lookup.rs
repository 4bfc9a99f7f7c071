//! The look-up of chats in Close and the creation of leads, as pages.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::start;
use crate::app::{self, Book, Exit, Lookup, WriteOrder, unless_stopped};
use crate::quantity::count;
use crate::report;
use crate::settings::Settings;
use crate::web::form::Form;
use crate::web::job::{Kind, ended};
use crate::web::shown::Shown;
use crate::web::site::Site;
use crate::web::work_page::{Action, Input, InputForm, Paged, of_kind};

/// The page of a look-up.
pub(in crate::web) async fn match_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Match, &Paged::default()).await;
    page.intro = vec![
        "Looks up the number of each chat in Close, and the name where no number is known. Where exactly one contact has the number, lead and contact are filled in; everything else stays for you to decide.",
        "A chat of an archive that was added later is looked up once it has a row in contacts.csv.",
    ];
    page.links = vec![
        ("/people", "To the chats"),
        ("/archives", "To the phones and their owners"),
    ];
    if page.is_free() {
        page.actions.push(Action {
            address: "/match",
            button: "Look up again".to_owned(),
            ..Action::default()
        });
        page.actions.push(Action {
            address: "/people/rows",
            button: "Add rows for the chats of new archives".to_owned(),
            ..Action::default()
        });
        let place = &site.place;
        if let Ok((settings, _)) = app::settings_and_contacts(&place.file, &place.overrides) {
            page.actions.push(with_book(&settings));
        }
    }
    page.shown()
}

/// A look-up with the address book of a phone.
fn with_book(settings: &Settings) -> Action {
    let found = app::address_books(settings).into_iter();
    let found = found.map(|path| path.display().to_string());
    let label =
        "File of the address book on this computer (.vcf, or CSV from Google Contacts or Outlook)";
    let mut inputs = vec![Input::new("book", label, InputForm::Text(found.collect()))];
    if let devices @ [_, _, ..] = settings.devices.as_slice() {
        let options = devices
            .iter()
            .map(|one| (one.name.clone(), one.name.clone()));
        let of = InputForm::Choice(options.collect());
        inputs.push(Input::new("device", "Phone that it is of", of));
    }
    Action {
        address: "/match",
        text: Some(
            "An export shows people in the phone's address book by name only. With that address book, the numbers of such chats are filled in, where one card has the name and one number."
                .to_owned(),
        ),
        inputs,
        button: "Look up with an address book".to_owned(),
        ..Action::default()
    }
}

/// The address book of a look-up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct LookupForm {
    /// Its file; empty: none.
    book: String,
    /// The device that it is of; empty: the only one.
    device: String,
}

/// Looks up the chats.
pub(in crate::web) async fn look_up(
    State(site): State<Arc<Site>>,
    Form(form): Form<LookupForm>,
) -> Response {
    lookup(&site, Kind::Match, form)
}

/// The page of new leads.
pub(in crate::web) async fn leads_page(State(site): State<Arc<Site>>) -> Response {
    let mut page = of_kind(&site, Kind::Leads, &Paged::default()).await;
    page.intro = vec![
        "Creates a lead and a contact in Close for each chat that you marked to be created, unless Close has the number already.",
    ];
    page.links = vec![("/people", "To the chats")];
    page.shown()
}

/// Creates the leads of chats that are marked.
pub(in crate::web) async fn create_leads(State(site): State<Arc<Site>>) -> Response {
    lookup(&site, Kind::Leads, LookupForm::default())
}

fn lookup(site: &Arc<Site>, kind: Kind, form: LookupForm) -> Response {
    start(site, kind, move |step, job, mut watcher| async move {
        let place = &step.site.place;
        let (settings, contacts) = app::settings_and_contacts(&place.file, &place.overrides)?;
        let client = app::client(&settings, step.auth.clone(), &step.site.clock)?;
        let files: Vec<PathBuf> = match form.book.trim() {
            "" => Vec::new(),
            file => vec![PathBuf::from(file)],
        };
        let device = (!form.device.is_empty()).then_some(form.device.as_str());
        let book = Book::read(&files, device, &settings, &mut watcher)?;
        let order = WriteOrder {
            dry_run: false,
            yes: false,
            stop: job.stop_signal(),
        };
        let lookup = Lookup {
            client: &client,
            settings: &settings,
            contacts: &contacts,
            book: &book,
            clock: &step.site.clock,
            dry_run: false,
            leads: (kind == Kind::Leads).then_some(order),
            numbers: None,
        };
        let looked = app::look_up(&lookup, &mut watcher);
        let result = match kind {
            Kind::Leads => looked.await?,
            _ => unless_stopped(&job.stop_signal(), looked).await??,
        };
        let table = settings.import.contacts.file_name().unwrap_or_default();
        let table = table.to_string_lossy();
        {
            let mut state = job.state();
            state.shown = Shown::Text(report::lookup::page(&result, &table, true).plain());
            state.result = vec![summary(&result)];
            if !result.users.is_empty() {
                state.result.push(OWNER.to_owned());
            }
        }
        let errors = [&result.stopped, &result.not_written, &result.not_finished];
        let error = errors.into_iter().flatten().next();
        Ok(ended(error.map_or(Exit::Done, |error| error.exit), error))
    })
}

/// What to do where no user has the name of an owner.
const OWNER: &str = "No user in Close has the name of an owner: choose the user of each phone on the page Archives, or the messages are posted by the key's user.";

/// What a look-up found, in a sentence.
fn summary(result: &app::LookupResult) -> String {
    let numbers = &result.numbers;
    let parts = [
        (numbers.filled, "filled in"),
        (numbers.created, "created in Close"),
        (numbers.questions, "with candidates, for you to decide"),
        (numbers.not_found, "not found in Close"),
        (numbers.failed, "failed"),
    ];
    let parts: Vec<String> = (parts.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(*number, "row")))
        .collect();
    match parts.as_slice() {
        [] => "Nothing was left to look up.".to_owned(),
        parts => format!("{}.", parts.join(", ")),
    }
}
