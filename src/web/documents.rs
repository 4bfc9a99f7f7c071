//! The report and the timeline of a chat: documents of their own, as `report` writes them, with a policy of their own.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::failure::failed;
use super::form::Query;
use super::frame::{Frame, shown};
use super::kept::{Got, Patience};
use super::opened_chat::OpenedChat;
use super::reading::{self, Read};
use super::site::{Place, Site};
use super::text::{address, clean};
use super::waiting;
use super::work::apart;
use crate::app::{self, Error, Exit, Migration, ReportOrder, Unattended};
use crate::clock::SharedClock;
use crate::native::NoKeys;
use crate::plan::Selection;
use crate::quantity::bytes;
use crate::report::html;

#[derive(Template)]
#[template(path = "review/report.html")]
struct Page {
    frame: Frame,
    verdict: String,
    document: String,
    file: String,
    /// The same with other messages to compare.
    others: String,
}

#[derive(Template)]
#[template(path = "review/chat.html")]
struct ChatPage {
    frame: Frame,
    document: String,
    files: Vec<FileView>,
}

/// Which messages a report has for a comparison.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportQuery {
    /// The seed that chooses them; empty: 0.
    seed: String,
}

impl ReportQuery {
    fn seed(&self) -> u64 {
        self.seed.parse().unwrap_or_default()
    }

    fn address(path: &str, seed: u64) -> String {
        address(path, &[("seed", &seed.to_string())])
    }
}

/// The page of the report.
pub(super) async fn report_page(
    State(site): State<Arc<Site>>,
    Query(query): Query<ReportQuery>,
) -> Response {
    let seed = query.seed();
    let mut got = report(&site, seed, Patience::Short).await;
    // A run changes the checkpoint all the time: until it ends, the report is the one before it.
    if let (Got::Pending, true, Some(last)) = (&got, site.is_busy(), site.report.last()) {
        got = Got::Now(last);
    }
    match got {
        Got::Now(report) => shown(&Page {
            frame: Frame::of(&site, "Report"),
            verdict: html::verdict(&report),
            document: ReportQuery::address("/report/document", seed),
            file: ReportQuery::address("/report/file", seed),
            others: ReportQuery::address("/report", seed.wrapping_add(1)),
        }),
        Got::Pending => waiting::page(&site, "Report"),
        Got::Failed(error) => failed(&site, &error),
    }
}

/// The report as a document.
pub(super) async fn report_document(
    State(site): State<Arc<Site>>,
    Query(query): Query<ReportQuery>,
) -> Response {
    match written(&site, query.seed()).await {
        Ok(text) => document(text),
        Err(error) => failed(&site, &error),
    }
}

/// The report as a file.
pub(super) async fn report_file(
    State(site): State<Arc<Site>>,
    Query(query): Query<ReportQuery>,
) -> Response {
    match written(&site, query.seed()).await {
        Ok(text) => (
            [(
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"chatferry-report.html\"",
            )],
            document(text),
        )
            .into_response(),
        Err(error) => failed(&site, &error),
    }
}

async fn written(site: &Site, seed: u64) -> Result<String, Arc<Error>> {
    let report = match report(site, seed, Patience::Long).await {
        Got::Now(report) => report,
        Got::Failed(error) => return Err(error),
        Got::Pending => return Err(Arc::new(being_read())),
    };
    let mut bytes = Vec::new();
    html::write_migration(&report, &mut bytes).map_err(|error| Arc::new(error.into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The report of the files as they are now. The sample is another one with another seed.
async fn report(site: &Site, seed: u64, patience: Patience) -> Got<app::MigrationReport> {
    let stamp = match reading::stamp(site).await {
        Ok(stamp) => stamp,
        Err(error) => return Got::Failed(Arc::new(error)),
    };
    let (place, clock) = (site.place.clone(), SharedClock::clone(&site.clock));
    let make = move || {
        let (place, clock) = (place.clone(), SharedClock::clone(&clock));
        async move {
            let mut observer = Unattended::default();
            let mut migration = open(&place, &mut observer)?;
            let order = ReportOrder {
                selection: Selection::default(),
                seed,
                now: clock.now(),
            };
            app::migration_report(&mut migration, &order, &mut observer).await
        }
    };
    let key = format!("{stamp} {seed}");
    site.report.get(&key, patience, make).await
}

fn being_read() -> Error {
    let text = "the archives are being read; load this page again";
    Error::with(Exit::Stopped, text)
}

fn open(place: &Place, observer: &mut Unattended) -> app::Result<Migration> {
    let opened = Migration::open_or_empty(&place.file, &place.overrides, &NoKeys, observer)?;
    Ok(opened.0)
}

/// A document with the policy that it states itself. It may run nothing and load nothing.
fn document(text: String) -> Response {
    let policy = format!(
        "{}; frame-ancestors 'self'; sandbox allow-popups",
        html::policy()
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(text)).into_response()
}

/// The chat of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChatQuery {
    chat: String,
    /// The index of a file; empty on other pages.
    file: String,
}

/// A file of a chat.
struct FileView {
    name: String,
    size: String,
    address: String,
}

/// The page of a chat.
pub(super) async fn chat_page(
    State(site): State<Arc<Site>>,
    Query(query): Query<ChatQuery>,
) -> Response {
    let chat = match of_chat(&site, &query.chat, Patience::Short).await {
        Got::Now(chat) => chat,
        Got::Pending => return waiting::page(&site, "Timeline"),
        Got::Failed(error) => return failed(&site, &error),
    };
    let files = chat.files().iter().enumerate();
    let views = files.map(|(index, (name, size))| FileView {
        name: clean(name),
        size: bytes(*size),
        address: address(
            "/chat/file",
            &[("chat", &query.chat), ("file", &index.to_string())],
        ),
    });
    shown(&ChatPage {
        frame: Frame::of(&site, "Timeline"),
        document: address("/chat/document", &[("chat", &query.chat)]),
        files: views.collect(),
    })
}

/// The timeline of a chat, before and after an import.
pub(super) async fn chat_document(
    State(site): State<Arc<Site>>,
    Query(query): Query<ChatQuery>,
) -> Response {
    match of_chat(&site, &query.chat, Patience::Long).await {
        Got::Now(chat) => document(chat.timeline().to_owned()),
        Got::Pending => failed(&site, &being_read()),
        Got::Failed(error) => failed(&site, &error),
    }
}

/// A file of a chat: never shown, whatever it is, but saved.
pub(super) async fn chat_file(
    State(site): State<Arc<Site>>,
    Query(query): Query<ChatQuery>,
) -> Response {
    let chat = match of_chat(&site, &query.chat, Patience::Long).await {
        Got::Now(chat) => chat,
        Got::Pending => return failed(&site, &being_read()),
        Got::Failed(error) => return failed(&site, &error),
    };
    let index = query.file.parse::<usize>().ok();
    let read = apart(move || async move {
        let conversation = chat.conversation();
        let files = conversation.files();
        let file = index.and_then(|index| files.get(index).copied());
        let file = file.ok_or_else(|| Error::usage("this file is not in the archives any more"))?;
        Ok((file.name.reveal().to_owned(), conversation.bytes_of(file)?))
    });
    match read.await {
        Ok((name, bytes)) => saved(&name, bytes),
        Err(error) => failed(&site, &error),
    }
}

/// A file to save. As a document it could run nothing.
fn saved(name: &str, bytes: Vec<u8>) -> Response {
    let name: String = form_urlencoded::byte_serialize(clean(name).as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    (headers, bytes).into_response()
}

/// A chat by its id on these pages.
async fn of_chat(site: &Arc<Site>, id: &str, patience: Patience) -> Got<OpenedChat> {
    let reading = match reading::read_with_decisions(site).await {
        Read::Now(reading) | Read::Before(reading) => reading,
        Read::Pending => return Got::Pending,
        Read::Failed(error) => return Got::Failed(error),
    };
    let mut chats = reading.list.chats.iter();
    let Some(chat) = chats.find(|chat| site.id_of(chat) == id) else {
        let text = "this chat is not in the archives any more; open the page again";
        return Got::Failed(Arc::new(Error::usage(text)));
    };
    let stamp = match reading::stamp(site).await {
        Ok(stamp) => stamp,
        Err(error) => return Got::Failed(Arc::new(error)),
    };
    let selection = Selection {
        device: Some(chat.device.clone()),
        chat: Some(chat.name.clone()),
        ..Selection::default()
    };
    let (place, clock) = (site.place.clone(), SharedClock::clone(&site.clock));
    let make = move || {
        let (place, selection) = (place.clone(), selection.clone());
        let order = ReportOrder {
            selection,
            seed: 0,
            now: clock.now(),
        };
        async move {
            let mut observer = Unattended::default();
            let mut migration = open(&place, &mut observer)?;
            OpenedChat::of(app::conversation(&mut migration, &order, &mut observer).await?)
        }
    };
    let key = format!("{stamp} {id}");
    site.chat.get(&key, patience, make).await
}
