//! The first page: where the migration is, the key of Close, the next step.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::failure::failed;
use super::frame::{Frame, shown};
use super::site::{Place, Site};
use super::work::apart;
use crate::app::{self, Account, Error, Result};
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::config;
use crate::display_text;
use crate::native::NoKeys;
use crate::report;

#[derive(Template)]
#[template(path = "review/start.html")]
struct Page {
    frame: Frame,
    /// Name and value of each line of the status.
    state: Vec<(String, String)>,
    has_key: bool,
    account: Option<String>,
    /// Why there is no account.
    account_error: Option<String>,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>) -> Response {
    let place = site.place.clone();
    let status = apart(move || async move {
        let status = app::status(&place.file, &place.overrides, &NoKeys).await?;
        Ok(report::status::lines(&status))
    });
    let state = match status.await {
        Ok(state) => state,
        Err(error) => return failed(&site, &error),
    };
    let auth = site.auth();
    let has_key = auth.is_some();
    let (account, account_error) = match auth {
        None => (None, None),
        Some(auth) => match account(site.place.clone(), auth, &site.clock).await {
            Ok(account) => (Some(account.label()), None),
            Err(error) => (None, Some(error.message)),
        },
    };
    shown(&Page {
        frame: Frame::of(&site, "Start"),
        state,
        has_key,
        account: account.map(|text| display_text::line(&text).into_owned()),
        account_error: account_error.map(|text| display_text::line(&text).into_owned()),
    })
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
        Ok(key) => {
            let auth = Auth::Key(key);
            let account = account(site.place.clone(), auth.clone(), &site.clock).await;
            account.map(|_| auth)
        }
    };
    match accepted {
        Ok(auth) => {
            site.set_auth(auth);
            Redirect::to("/").into_response()
        }
        Err(error) => failed(&site, &error),
    }
}

/// The account that a credential belongs to.
async fn account(place: Place, auth: Auth, clock: &SharedClock) -> Result<Account> {
    let clock = SharedClock::clone(clock);
    apart(move || async move {
        let (settings, _) = app::settings_and_contacts(&place.file, &place.overrides)?;
        let client = app::client_for_checks(&settings, auth, &clock)?;
        app::account(&client, &settings).await
    })
    .await
}
