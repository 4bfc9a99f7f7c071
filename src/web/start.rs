//! The first page: where the migration is, the key of Close, the next step.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::failure::failed;
use super::form::Form;
use super::frame::{Frame, shown};
use super::next_step::NextStep;
use super::people;
use super::plan_shown::Inputs;
use super::reading::{self, Read, Reading};
use super::site::Site;
use super::text::clean;
use super::words::of_pages;
use super::work::apart;
use crate::app::{self, Error, Exit, Result};
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::config;
use crate::quantity;
use crate::report;

/// The time that the page waits for Close.
const PATIENCE: Duration = Duration::from_secs(10);

/// Seconds between two looks at a checkpoint that another process writes.
const REFRESH: u32 = 5;

#[derive(Template)]
#[template(path = "review/start.html")]
struct Page {
    frame: Frame,
    /// Name and value of each line of the status.
    state: Vec<(String, String)>,
    /// `None` while the archives are being read.
    next: Option<NextStep>,
    has_key: bool,
    account: Option<String>,
    /// Why there is no account.
    account_error: Option<String>,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>) -> Response {
    if !site.has_configuration() {
        return Redirect::to("/setup").into_response();
    }
    let (reading, refresh) = match reading::read(&site).await {
        Read::Now(reading) => (Some(reading), None),
        Read::Before(reading) => (Some(reading), Some(REFRESH)),
        Read::Pending => (None, Some(1)),
        Read::Failed(error) => return failed(&site, &error),
    };
    let auth = site.auth();
    let has_key = auth.is_some();
    let (account, account_error) = match (auth, site.account()) {
        (None, _) => (None, None),
        (Some(_), Some(account)) => (Some(account), None),
        (Some(auth), None) => match connect(&site, auth).await {
            Ok(account) => (Some(account), None),
            Err(error) => (None, Some(error.message)),
        },
    };
    // The next step is shown as a link; its words are for a terminal.
    let lines = reading
        .as_ref()
        .map(|reading| report::status::lines(&reading.status));
    let mut state = lines.unwrap_or_default();
    state.retain(|(name, _)| name != "Next");
    for (_, text) in &mut state {
        *text = of_pages(text);
    }
    // The page People lists chats by phone and name: both count the same ones.
    if let Some(reading) = &reading {
        let line = state.iter_mut().find(|(name, _)| name == "Chats");
        if let Some((_, text)) = line {
            *text = chats(reading);
        }
    }
    let is_connected = account.is_some();
    let is_verified = is_verified(&site).await;
    let next = reading.map(|reading| NextStep::of(&site, &reading, (is_connected, is_verified)));
    let mut frame = Frame::of(&site, "Start");
    frame.refresh = refresh;
    // The key can be typed meanwhile.
    frame.has_fields = !has_key;
    shown(&Page {
        frame,
        state,
        next,
        has_key,
        account: account.map(|text| clean(&text)),
        account_error: account_error.map(|text| of_pages(&clean(&text))),
    })
}

/// Whether a comparison found Close as it should be, and no file has changed since.
async fn is_verified(site: &Site) -> bool {
    let Some(then) = site.verified() else {
        return false;
    };
    let now = Inputs::now(site).await;
    now.is_ok_and(|now| then.changed(&now).is_empty())
}

/// The chats by state, as the page People counts them.
fn chats(reading: &Reading) -> String {
    let count = |state: &str, words: &str| (people::number(reading, state), words.to_owned());
    let parts = [
        count("ready", "ready"),
        count("undecided", "to decide"),
        count("create", "to create in Close"),
        count("held", "held"),
        count("no", "not imported"),
        count("left_out", "left out by a rule"),
        (reading.list.private, "private".to_owned()),
        (reading.status.chats.done, "done".to_owned()),
    ];
    let parts: Vec<String> = (parts.iter())
        .filter(|(number, words)| *number > 0 || words == "ready")
        .map(|(number, words)| format!("{} {words}", quantity::number(*number)))
        .collect();
    parts.join(", ")
}

/// The key that a person typed.
#[derive(Deserialize)]
pub(super) struct KeyForm {
    key: String,
}

/// Keeps the key if Close accepts it.
pub(super) async fn key(State(site): State<Arc<Site>>, Form(form): Form<KeyForm>) -> Response {
    let typed = SecretString::from(form.key);
    let key = config::typed_key(&typed).map_err(|error| Error::usage(error.to_string()));
    let accepted = match key {
        Err(error) => Err(error),
        Ok(key) => connect(&site, Auth::Key(key)).await,
    };
    match accepted {
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => failed(&site, &error),
    }
}

/// Looks up the account that a credential belongs to, and keeps both.
async fn connect(site: &Site, auth: Auth) -> Result<String> {
    let (place, clock) = (site.place.clone(), SharedClock::clone(&site.clock));
    let own = auth.clone();
    let account = apart(move || async move {
        let (settings, _) = app::settings_and_contacts(&place.file, &place.overrides)?;
        let client = app::client_for_checks(&settings, own, &clock)?;
        app::account(&client, &settings).await
    });
    let account = tokio::select! {
        account = account => account?.label(),
        () = site.clock.sleep(PATIENCE) => {
            let text = "Close does not respond; check the network, and load the page again";
            return Err(Error::with(Exit::Stopped, text));
        }
    };
    site.set_auth(auth, &account);
    Ok(account)
}
