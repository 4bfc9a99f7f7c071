//! What is left out, by which rule, and adding to the lists of people and periods that are never imported.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::changed;
use super::failure::failed;
use super::form::{Form, Query};
use super::frame::{Frame, shown};
use super::reading::{self, Read};
use super::site::Site;
use super::table_lock;
use super::text::{address, clean, counted, device};
use super::waiting;
use crate::app::{self, ChatState, KnownChats, SeenTable, Written};
use crate::people::{exclude, never};
use crate::quantity;

/// The most chats that are listed.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "review/left_out.html")]
struct Page {
    frame: Frame,
    /// What was added.
    added: Option<&'static str>,
    reasons: Vec<(&'static str, String)>,
    chats: Vec<(String, String, &'static str)>,
    more: Option<String>,
    private: String,
    devices: Vec<String>,
    names: Vec<String>,
    never_seen: String,
    exclude_seen: String,
}

/// What the address of the page shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Added {
    /// The table that a line was added to.
    added: String,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>, Query(shown_as): Query<Added>) -> Response {
    let reading = match reading::read(&site).await {
        Read::Now(reading) | Read::Before(reading) => reading,
        Read::Pending => return waiting::page(&site, "Left out"),
        Read::Failed(error) => return failed(&site, &error),
    };
    let tables = [never::FILE, exclude::FILE].map(|name| SeenTable::read(&dir(&site).join(name)));
    let [Ok(never), Ok(exclude)] = &tables else {
        let error = tables.into_iter().find_map(Result::err);
        return error.map_or_else(
            || Redirect::to("/").into_response(),
            |error| failed(&site, &error),
        );
    };
    let left_out = reading
        .list
        .chats
        .iter()
        .filter_map(|chat| match &chat.state {
            ChatState::No => Some((chat, "not imported: your decision in contacts.csv")),
            ChatState::LeftOut(rule) => Some((chat, rule.describe())),
            _ => None,
        });
    let all: Vec<_> = left_out
        .map(|(chat, why)| (clean(&chat.name), device(&chat.device), why))
        .collect();
    let devices = &reading.settings.devices;
    shown(&Page {
        frame: Frame::of(&site, "Left out"),
        added: [never::FILE, exclude::FILE]
            .into_iter()
            .find(|name| *name == shown_as.added),
        reasons: (reading.left_out.iter())
            .map(|(why, messages)| (*why, quantity::number(*messages)))
            .collect(),
        more: more(all.len()),
        chats: all.into_iter().take(LISTED).collect(),
        private: counted(reading.list.private, "private chat"),
        devices: match devices.as_slice() {
            [_] => Vec::new(),
            devices => devices.iter().map(|device| device.name.clone()).collect(),
        },
        names: reading
            .list
            .chats
            .iter()
            .map(|chat| chat.name.clone())
            .collect(),
        never_seen: site.seen(never),
        exclude_seen: site.seen(exclude),
    })
}

/// The number of chats beyond those that are listed.
fn more(chats: usize) -> Option<String> {
    let more = chats.saturating_sub(LISTED) as u64;
    (more > 0).then(|| quantity::number(more))
}

/// The folder of the migration.
fn dir(site: &Site) -> PathBuf {
    let dir = site.place.file.parent().unwrap_or(Path::new(""));
    dir.to_owned()
}

/// A person who is never imported.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NeverForm {
    seen: String,
    who: String,
    device: String,
}

/// Adds to never.txt.
pub(super) async fn add_never(
    State(site): State<Arc<Site>>,
    Form(form): Form<NeverForm>,
) -> Response {
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    let settings = app::settings_and_contacts(&site.place.file, &site.place.overrides);
    let settings = match settings {
        Ok((settings, _)) => settings,
        Err(error) => return failed(&site, &error),
    };
    let devices: Vec<&str> = settings
        .devices
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let device = (!form.device.is_empty()).then_some(form.device.as_str());
    let written = app::add_never(&dir(&site), &form.seen, (device, &form.who), &devices);
    added(&site, (never::FILE, &form.seen), written)
}

/// A period of a chat that is not imported.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExcludeForm {
    seen: String,
    device: String,
    chat: String,
    from: String,
    until: String,
    reason: String,
}

/// Adds to exclude.csv.
pub(super) async fn add_excluded(
    State(site): State<Arc<Site>>,
    Form(form): Form<ExcludeForm>,
) -> Response {
    let cells = [
        ("device", form.device.as_str()),
        ("chat", &form.chat),
        ("from", &form.from),
        ("until", &form.until),
        ("reason", &form.reason),
    ];
    let reading = match reading::read_for_form(&site).await {
        Ok(reading) => reading,
        Err(error) => return failed(&site, &error),
    };
    let of_rows = match app::chats_of_rows(&site.place.file, &site.place.overrides) {
        Ok(of_rows) => of_rows,
        Err(error) => return failed(&site, &error),
    };
    let devices = reading.settings.devices.iter();
    let devices: Vec<&str> = devices.map(|device| device.name.as_str()).collect();
    let chats = reading.list.chats.iter();
    let mut known = KnownChats {
        chats: chats
            .map(|chat| (chat.device.as_str(), chat.name.as_str()))
            .collect(),
        devices,
    };
    for (own, chat) in &of_rows {
        let of = known.devices.iter();
        let of = of.filter(|device| own.is_empty() || own == **device);
        known
            .chats
            .extend(of.map(|device| (*device, chat.as_str())));
    }
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    let written = app::add_excluded(&dir(&site), &form.seen, &cells, &known);
    added(&site, (exclude::FILE, &form.seen), written)
}

fn added(site: &Site, (file, seen): (&str, &str), written: app::Result<Written>) -> Response {
    match written {
        Ok(Written::Done(_)) => {
            site.readings.outdate();
            Redirect::to(&address("/left-out", &[("added", file)])).into_response()
        }
        Ok(Written::Changed(now)) => changed::page(site, seen, &now, "Left out"),
        Err(error) => failed(site, &error),
    }
}
