//! Phones and archives: what was read, and what only a person knows: owner, number, time zone, date order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use super::changed;
use super::failure::failed;
use super::form::Form;
use super::frame::{Frame, shown};
use super::reading::{self, Read, Reading};
use super::site::Site;
use super::table_lock;
use super::text::{clean, counted, days, device};
use super::waiting;
use super::words::of_pages;
use super::work::apart;
use crate::app::{self, Error, ListedArchive, PhoneAnswers, Written};
use crate::chat::DateOrder;
use crate::clock::SharedClock;
use crate::phone::Phone;
use crate::policy::Groups;
use crate::quantity::number;
use crate::settings::Device;

/// The time that the page waits for Close.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most archives of a phone that are listed.
const LISTED: usize = 1000;

#[derive(Template)]
#[template(path = "review/archives.html")]
struct Page {
    frame: Frame,
    /// Why what was typed was not saved.
    error: Option<String>,
    seen: String,
    zones: Vec<&'static str>,
    phones: Vec<PhoneView>,
    unreadable: Vec<String>,
    private: Option<String>,
    has_groups: bool,
    imports_groups: bool,
}

struct PhoneView {
    /// The field that was not accepted, and why.
    wrong: Option<(&'static str, String)>,
    /// A name for ids of fields.
    index: usize,
    name: String,
    title: String,
    owner: String,
    local_phone: String,
    timezone: String,
    is_zone_guessed: bool,
    date_order: String,
    user_id: String,
    /// The users of Close to choose from; none if they are not known.
    users: Vec<(String, String)>,
    /// What a day would be with either order.
    open_dates: Vec<String>,
    number: String,
    archives: Vec<ArchiveView>,
    more: usize,
}

struct ArchiveView {
    label: String,
    chat: String,
    dates: String,
    messages: String,
    files: String,
    remarks: Vec<String>,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>) -> Response {
    let reading = match reading::read(&site).await {
        Read::Now(reading) | Read::Before(reading) => reading,
        Read::Pending => return waiting::page(&site, "Archives"),
        Read::Failed(error) => return failed(&site, &error),
    };
    read_users(&site, &reading).await;
    shown(&view_of(&site, &reading))
}

/// Reads the users of Close, for the choice of owners. Without them their ids can be typed.
async fn read_users(site: &Site, reading: &Reading) {
    let (Some(auth), None) = (site.auth(), site.users()) else {
        return;
    };
    let (settings, clock) = (
        Arc::clone(&reading.settings),
        SharedClock::clone(&site.clock),
    );
    let users = apart(move || async move {
        let client = app::client_for_checks(&settings, auth, &clock)?;
        app::list_users(&client).await
    });
    tokio::select! {
        users = users => users.into_iter().for_each(|users| site.set_users(users)),
        () = site.clock.sleep(PATIENCE) => {}
    }
}

/// The users of Close as options: id and name. A user of the configuration who is none of them is one as well.
fn options(site: &Site, own: &str) -> Vec<(String, String)> {
    let Some(users) = site.users() else {
        return Vec::new();
    };
    let mut options = vec![(String::new(), "found by name, by the look-up".to_owned())];
    let is_listed = own.is_empty() || users.iter().any(|user| user.id == own);
    options.extend(users.into_iter().map(|user| {
        let name = clean(&user.name);
        (user.id, name)
    }));
    options
        .extend((!is_listed).then(|| (own.to_owned(), format!("{}, no active user", clean(own)))));
    options
}

fn view_of(site: &Site, reading: &Reading) -> Page {
    let devices = reading.settings.devices.iter().enumerate();
    Page {
        frame: Frame::of(site, "Archives"),
        error: None,
        seen: site.seen(&reading.configuration),
        zones: chrono_tz::TZ_VARIANTS
            .iter()
            .map(|zone| zone.name())
            .collect(),
        phones: devices
            .map(|(index, device)| phone(site, reading, index, device))
            .collect(),
        unreadable: reading
            .list
            .unreadable
            .iter()
            .map(|text| of_pages(&clean(text)))
            .collect(),
        has_groups: reading
            .list
            .chats
            .iter()
            .any(|chat| chat.participant.is_none()),
        imports_groups: reading.settings.import.policy.groups == Groups::Anchor,
        private: (reading.list.private > 0).then(|| {
            let chats = counted(reading.list.private, "private chat");
            format!("Archives of {chats} are not listed.")
        }),
    }
}

fn phone(site: &Site, reading: &Reading, index: usize, of: &Device) -> PhoneView {
    let archives: Vec<&ListedArchive> = (reading.list.archives.iter())
        .filter(|archive| archive.device == of.name)
        .collect();
    let open_dates = archives.iter().filter_map(|archive| {
        let open = archive.open_date?;
        Some(format!(
            "{}: is its first such day {} (day first) or {} (month first)?",
            clean(&archive.label),
            written(open.day_first),
            written(open.month_first)
        ))
    });
    let [owner, local_phone, timezone, date_order, user_id] = fields_of(of).map(|(_, value)| value);
    PhoneView {
        wrong: None,
        index,
        name: of.name.clone(),
        title: device(&of.name),
        owner,
        local_phone,
        timezone,
        is_zone_guessed: of.zone_is_default,
        date_order,
        users: options(site, &user_id),
        user_id,
        open_dates: open_dates.take(5).collect(),
        number: counted(archives.len() as u64, "archive"),
        archives: archives
            .iter()
            .take(LISTED)
            .map(|archive| view(archive))
            .collect(),
        more: archives.len().saturating_sub(LISTED),
    }
}

fn written(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

fn view(archive: &ListedArchive) -> ArchiveView {
    let mut remarks: Vec<String> = archive
        .doubts
        .iter()
        .map(|doubt| of_pages(&clean(doubt)))
        .collect();
    if archive.odd_lines > 0 {
        let lines = counted(u64::from(archive.odd_lines), "line");
        remarks.push(format!("{lines} may have been misread"));
    }
    ArchiveView {
        label: clean(&archive.label),
        chat: clean(&archive.chat),
        dates: match (archive.first, archive.last) {
            (Some(first), Some(last)) => days(first, last),
            _ => "no message".to_owned(),
        },
        messages: number(archive.messages),
        files: match (archive.files, archive.missing) {
            (0, 0) => "none".to_owned(),
            (files, 0) => number(files),
            (files, missing) => format!("{}, {} missing", number(files), number(missing)),
        },
        remarks,
    }
}

/// The fields of the form.
#[derive(Debug, Default)]
struct PhonesForm {
    /// The digest of the configuration.
    seen: String,
    /// The device of the button that was pressed.
    confirmed: String,
    phones: Vec<PhoneAnswers>,
}

impl PhoneView {
    /// Why this field was not accepted.
    fn problem(&self, field: &str) -> Option<&str> {
        let (name, why) = self.wrong.as_ref()?;
        (*name == field).then_some(why.as_str())
    }
}

impl PhonesForm {
    /// Reads the fields in their order: a phone begins with `device`.
    fn of(fields: Vec<(String, String)>) -> PhonesForm {
        let mut form = PhonesForm::default();
        for (name, value) in fields {
            match name.as_str() {
                "seen" => form.seen = value,
                "confirmed" => form.confirmed = value,
                "device" => form.phones.push(PhoneAnswers {
                    device: value,
                    ..PhoneAnswers::default()
                }),
                _ => {
                    if let Some(phone) = form.phones.last_mut() {
                        set(phone, &name, value.trim());
                    }
                }
            }
        }
        form
    }

    /// The values of a phone's fields, as they were typed.
    fn typed(&self, device: &str) -> Option<&PhoneAnswers> {
        self.phones.iter().find(|phone| phone.device == device)
    }

    /// The answers to write: those of the phone whose button was pressed, which confirms a guessed zone, and those that
    /// were changed for others.
    fn changes(&self, devices: &[Device]) -> Vec<PhoneAnswers> {
        let is_new = |phone: &PhoneAnswers| {
            let device = devices.iter().find(|device| device.name == phone.device);
            phone.device == self.confirmed
                || device.is_none_or(|device| answers_of(device) != *phone)
        };
        let phones = self.phones.iter().filter(|phone| is_new(phone));
        phones.cloned().collect()
    }
}

/// The answers about a phone that the configuration has.
fn answers_of(device: &Device) -> PhoneAnswers {
    let mut there = PhoneAnswers {
        device: device.name.clone(),
        ..PhoneAnswers::default()
    };
    for (name, value) in fields_of(device) {
        set(&mut there, name, &value);
    }
    there
}

/// The fields of a phone, as the page shows them.
fn fields_of(device: &Device) -> [(&'static str, String); 5] {
    let order = match device.date_order {
        None => "auto",
        Some(DateOrder::Dmy) => "dmy",
        Some(DateOrder::Mdy) => "mdy",
        Some(DateOrder::Ymd) => "ymd",
    };
    let phone = device.local_phone.as_ref().map_or("", Phone::e164);
    let user = device.user_id.as_ref();
    [
        ("owner", device.owner.join("; ")),
        ("local_phone", phone.to_owned()),
        ("timezone", device.timezone.name().to_owned()),
        ("date_order", order.to_owned()),
        (
            "user_id",
            user.map_or_else(String::new, ToString::to_string),
        ),
    ]
}

fn set(phone: &mut PhoneAnswers, name: &str, value: &str) {
    let value = value.to_owned();
    match name {
        "owner" => {
            let names = value.split(';').map(str::trim);
            let names = names.filter(|name| !name.is_empty());
            phone.owner = names.map(str::to_owned).collect();
        }
        "local_phone" => phone.local_phone = value,
        "timezone" => phone.timezone = value,
        "date_order" => phone.date_order = value,
        "user_id" => phone.user_id = value,
        _ => {}
    }
}

/// Stores the answers about all phones of the form: what was typed for one is not lost when another is saved.
pub(super) async fn answer(
    State(site): State<Arc<Site>>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let form = PhonesForm::of(fields);
    let seen = form.seen.clone();
    let reading = match reading::read_for_form(&site).await {
        Ok(reading) => reading,
        Err(error) => return failed(&site, &error),
    };
    let phones = form.changes(&reading.settings.devices);
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    match app::answer_phones(&site.place.file, &seen, &phones) {
        Ok(Written::Done(_)) => {
            site.readings.outdate();
            Redirect::to("/archives").into_response()
        }
        Ok(Written::Changed(now)) => changed::page(&site, &seen, &now, "Archives"),
        Err(error) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            shown(&typed_again(&site, &reading, &form, &error)),
        )
            .into_response(),
    }
}

/// The page with what was typed, and why it was not saved.
fn typed_again(site: &Site, reading: &Reading, form: &PhonesForm, error: &Error) -> Page {
    let mut page = view_of(site, reading);
    page.seen.clone_from(&form.seen);
    page.error = Some(of_pages(&clean(&error.message)));
    for (view, device) in page.phones.iter_mut().zip(&reading.settings.devices) {
        let Some(typed) = form.typed(&device.name) else {
            continue;
        };
        view.wrong = wrong_field(&site.place.file, device, typed);
        view.owner = typed.owner.join("; ");
        view.local_phone.clone_from(&typed.local_phone);
        view.timezone.clone_from(&typed.timezone);
        view.date_order.clone_from(&typed.date_order);
        view.user_id.clone_from(&typed.user_id);
        view.users = options(site, &typed.user_id);
    }
    page
}

/// The first field of a phone that cannot be saved as it was typed, and why.
fn wrong_field(
    file: &Path,
    device: &Device,
    typed: &PhoneAnswers,
) -> Option<(&'static str, String)> {
    let problem = |answers: &PhoneAnswers| app::problem_of_phone(file, answers);
    problem(typed)?;
    fields_of(device).into_iter().find_map(|(name, _)| {
        let mut answers = answers_of(device);
        match name {
            "owner" => answers.owner.clone_from(&typed.owner),
            "local_phone" => answers.local_phone.clone_from(&typed.local_phone),
            "timezone" => answers.timezone.clone_from(&typed.timezone),
            "date_order" => answers.date_order.clone_from(&typed.date_order),
            _ => answers.user_id.clone_from(&typed.user_id),
        }
        let error = problem(&answers)?;
        Some((name, of_pages(&clean(&error.message))))
    })
}

/// Whether groups are imported.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GroupsForm {
    seen: String,
    groups: String,
}

/// Stores whether groups are imported.
pub(super) async fn answer_groups(
    State(site): State<Arc<Site>>,
    Form(form): Form<GroupsForm>,
) -> Response {
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    match app::answer_groups(&site.place.file, &form.seen, &form.groups) {
        Ok(Written::Done(_)) => {
            site.readings.outdate();
            Redirect::to("/archives").into_response()
        }
        Ok(Written::Changed(now)) => changed::page(&site, &form.seen, &now, "Archives"),
        Err(error) => failed(&site, &error),
    }
}
