//! The beginning of a migration in an empty folder: which folder has the archives.
//!
//! The page lists folders of this computer; nothing is uploaded, since the archives stay where they are and may be many
//! gigabytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::failure::failed;
use super::form::{Form, Query};
use super::frame::{Frame, shown};
use super::site::Site;
use super::text::{address, clean};
use super::words::of_pages;
use super::work::apart;
use crate::app::{self, Error, InitReport, InitRequest, KnownOfDevice};
use crate::native::NoKeys;

/// The most entries of a folder that are listed.
const LISTED: usize = 300;

#[derive(Template)]
#[template(path = "review/setup.html")]
struct Page {
    frame: Frame,
    here: String,
    parent: Option<String>,
    folders: Vec<(String, String)>,
    files: u64,
    examples: Vec<String>,
    is_cut: bool,
    target: String,
}

#[derive(Template)]
#[template(path = "review/setup_done.html")]
struct DonePage {
    frame: Frame,
    first: Vec<String>,
    done: Vec<String>,
    notes: Vec<String>,
    failures: Vec<String>,
}

/// The folder that is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Looked {
    at: String,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>, Query(looked): Query<Looked>) -> Response {
    if site.has_configuration() {
        return Redirect::to("/").into_response();
    }
    let at = match looked.at.trim() {
        "" => folder_of(&site),
        at => PathBuf::from(at),
    };
    let at = match at.canonicalize() {
        Ok(at) if at.is_dir() => at,
        Ok(at) => at.parent().map(Path::to_owned).unwrap_or(at),
        Err(error) => {
            let text = format!("{}: cannot be opened: {error}", at.display());
            return failed(&site, &Error::usage(text));
        }
    };
    let entries = match fs::read_dir(&at) {
        Ok(entries) => entries.flatten(),
        Err(error) => {
            let text = format!("{}: cannot be opened: {error}", at.display());
            return failed(&site, &Error::usage(text));
        }
    };
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        match (name.starts_with('.'), entry.path().is_dir()) {
            (true, _) => {}
            (false, true) => folders.push((name, entry.path())),
            (false, false) => files.push(name),
        }
    }
    folders.sort();
    files.sort();
    let there = |path: &Path| address("/setup", &[("at", &path.to_string_lossy())]);
    let mut frame = Frame::of(&site, "Choose the archives");
    frame.links.clear();
    shown(&Page {
        frame,
        here: at.display().to_string(),
        parent: at.parent().map(there),
        is_cut: folders.len() > LISTED,
        folders: (folders.iter().take(LISTED))
            .map(|(name, path)| (clean(name), there(path)))
            .collect(),
        files: files.len() as u64,
        examples: files.iter().take(5).map(|name| clean(name)).collect(),
        target: folder_of(&site)
            .canonicalize()
            .unwrap_or_default()
            .display()
            .to_string(),
    })
}

/// The folder of the migration.
pub(super) fn folder_of(site: &Site) -> PathBuf {
    match site.place.file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The folder that was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SetupForm {
    path: String,
}

/// Writes chatferry.toml and contacts.csv from the archives of a folder.
pub(super) async fn begin(State(site): State<Arc<Site>>, Form(form): Form<SetupForm>) -> Response {
    if form.path.trim().is_empty() {
        return Redirect::to("/setup").into_response();
    }
    let (dir, zone) = (folder_of(&site), site.place.zone);
    let paths = vec![PathBuf::from(form.path.trim())];
    let written = apart(move || async move {
        app::init(&InitRequest {
            paths: &paths,
            dir: &dir,
            config: &app::default_configuration(&dir),
            update: false,
            zone,
            known: KnownOfDevice {
                books: &[],
                local_phone: None,
                device: None,
            },
            limits: &|limits| limits,
            keys: &NoKeys,
        })
    });
    let report = match written.await {
        Ok(report) => report,
        Err(error) => return failed(&site, &error),
    };
    if !site.has_configuration() {
        let text = report.failures.join("\n");
        return failed(&site, &Error::usage(text));
    }
    let all = |lines: &[String]| lines.iter().map(|line| of_pages(&clean(line))).collect();
    shown(&DonePage {
        frame: Frame::of(&site, "The archives were read"),
        first: all(&report.first),
        done: all(&done_lines(&report)),
        notes: all(&report.notes),
        failures: all(&report.failures),
    })
}

/// What was written. What comes next is on the pages, and not in the words for a terminal.
pub(super) fn done_lines(report: &InitReport) -> Vec<String> {
    let words = ["Wrote ", "Added "];
    let is_for_page = |line: &&String| {
        words.iter().any(|word| line.starts_with(word))
            || line.contains("already contains every chat")
    };
    report.done.iter().filter(is_for_page).cloned().collect()
}
