//! The report and the timeline of a chat: documents of their own, as `report` writes them, with a policy of their own.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::failure::failed;
use super::frame::{Frame, shown};
use super::reading::{self, Read};
use super::site::{Place, Site};
use super::text::{address, clean};
use super::work::apart;
use crate::app::{self, Conversation, Error, Exit, Migration, ReportOrder, Unattended};
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
}

#[derive(Template)]
#[template(path = "review/chat.html")]
struct ChatPage {
    frame: Frame,
    document: String,
    files: Vec<FileView>,
}

/// The page of the report.
pub(super) async fn report_page(State(site): State<Arc<Site>>) -> Response {
    match report(&site, |report| Ok(html::verdict(report))).await {
        Ok(verdict) => shown(&Page {
            frame: Frame::of(&site, "Report"),
            verdict,
        }),
        Err(error) => failed(&site, &error),
    }
}

/// The report as a document.
pub(super) async fn report_document(State(site): State<Arc<Site>>) -> Response {
    match report(&site, written).await {
        Ok(text) => document(text),
        Err(error) => failed(&site, &error),
    }
}

/// The report as a file.
pub(super) async fn report_file(State(site): State<Arc<Site>>) -> Response {
    match report(&site, written).await {
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

fn written(report: &app::MigrationReport) -> app::Result<String> {
    let mut bytes = Vec::new();
    html::write_migration(report, &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn report<T: Send + 'static>(
    site: &Site,
    view: impl FnOnce(&app::MigrationReport) -> app::Result<T> + Send + 'static,
) -> app::Result<T> {
    let (place, clock) = (site.place.clone(), SharedClock::clone(&site.clock));
    apart(move || async move {
        let mut observer = Unattended::default();
        let mut migration = open(&place, &mut observer)?;
        let order = ReportOrder {
            selection: Selection::default(),
            // The sample is another one each time.
            seed: clock.now().timestamp().unsigned_abs(),
            now: clock.now(),
        };
        let report = app::migration_report(&mut migration, &order, &mut observer).await?;
        view(&report)
    })
    .await
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
    file: usize,
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
    let files = of_chat(&site, &query.chat, |conversation| {
        let files = conversation.files();
        let named = files
            .iter()
            .map(|file| (file.name.reveal().to_owned(), file.size));
        Ok(named.collect::<Vec<_>>())
    });
    let files = match files.await {
        Ok(files) => files,
        Err(error) => return failed(&site, &error),
    };
    let views = files
        .iter()
        .enumerate()
        .map(|(index, (name, size))| FileView {
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
    let text = of_chat(&site, &query.chat, |conversation| {
        let mut bytes = Vec::new();
        html::write_conversation(conversation, &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    });
    match text.await {
        Ok(text) => document(text),
        Err(error) => failed(&site, &error),
    }
}

/// A file of a chat: never shown, whatever it is, but saved.
pub(super) async fn chat_file(
    State(site): State<Arc<Site>>,
    Query(query): Query<ChatQuery>,
) -> Response {
    let file = query.file;
    let read = of_chat(&site, &query.chat, move |conversation| {
        let files = conversation.files();
        let file = files.get(file).copied();
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

/// A view of a conversation.
async fn of_chat<T: Send + 'static>(
    site: &Arc<Site>,
    id: &str,
    view: impl FnOnce(&Conversation) -> app::Result<T> + Send + 'static,
) -> app::Result<T> {
    let absent = || Error::usage("this chat is not in the archives any more; open the page again");
    let reading = match reading::read_with_decisions(site).await {
        Read::Now(reading) | Read::Before(reading) => reading,
        Read::Pending => {
            let text = "the archives are being read; load this page again";
            return Err(Error::with(Exit::Stopped, text));
        }
        Read::Failed(error) => return Err(Error::usage(error.message.clone())),
    };
    let mut chats = reading.list.chats.iter();
    let chat = chats
        .find(|chat| site.id_of(chat) == id)
        .ok_or_else(absent)?;
    let order = ReportOrder {
        selection: Selection {
            device: Some(chat.device.clone()),
            chat: Some(chat.name.clone()),
            ..Selection::default()
        },
        seed: 0,
        now: site.clock.now(),
    };
    let place = site.place.clone();
    apart(move || async move {
        let mut observer = Unattended::default();
        let mut migration = open(&place, &mut observer)?;
        view(&app::conversation(&mut migration, &order, &mut observer).await?)
    })
    .await
}
