//! The report of a migration.

use std::io::{self, Write};

use askama::Template;
use chrono::{DateTime, Utc};

use super::chart::Chart;
use super::policy::policy;
use super::text::{clean, counted, grouped, phone};
use crate::app::{
    ByReason, ChatReport, DeviceReport, FailureGroup, MigrationReport, ReportRun as Run,
    ReportSums, SampledMessage,
};
use crate::quantity::duration;
use crate::report::without_file::without_file;

const MINUTES: &str = "%Y-%m-%d %H:%M";
const COLUMNS: [&str; 9] = [
    "Messages",
    "In Close",
    "Removed",
    "Left out",
    "Held",
    "Failed",
    "Unknown",
    "To post",
    "Undecided",
];

#[derive(Template)]
#[template(path = "report/migration.html")]
struct Page {
    policy: String,
    title: &'static str,
    grade: &'static str,
    verdict: String,
    proof: String,
    made_at: String,
    other_server: Option<String>,
    columns: Vec<&'static str>,
    devices: Vec<Device>,
    all: Device,
    not_selected: Option<String>,
    left_out: Vec<Reason>,
    files: Vec<Reason>,
    failures: Vec<Failure>,
    open: Vec<String>,
    chart: Chart,
    last_run: Option<String>,
    sample: Vec<Sampled>,
    sample_text: String,
}

/// A reason with the number of its messages or files.
struct Reason {
    why: &'static str,
    number: String,
}

impl Reason {
    fn of(one: &ByReason) -> Reason {
        Reason {
            why: one.why,
            number: grouped(one.number),
        }
    }
}

#[derive(Default)]
struct Device {
    name: String,
    caption: String,
    chats: Vec<Chat>,
    unnamed: Vec<Unnamed>,
    lines: String,
    numbers: Vec<String>,
}

struct Chat {
    name: String,
    cut: Option<String>,
    held: Option<String>,
    dates: String,
    lines: String,
    numbers: Vec<String>,
    lead_url: Option<String>,
    lead_id: Option<String>,
}

struct Unnamed {
    name: String,
    why: &'static str,
    lines: String,
    numbers: Vec<String>,
}

struct Failure {
    code: String,
    reason: String,
    remedy: String,
    messages: String,
    in_close: Option<String>,
    chats: String,
}

struct Sampled {
    at: String,
    device: String,
    chat: String,
    from: &'static str,
    words: String,
    lead_url: Option<String>,
}

/// Writes the report of a migration as an HTML file without scripts.
///
/// # Errors
///
/// Those of `to`.
pub(crate) fn write_migration(report: &MigrationReport, to: &mut dyn Write) -> io::Result<()> {
    let columns = Columns::of(&report.total);
    let page = Page {
        policy: policy(),
        title: "WhatsApp history in Close",
        grade: grade(report),
        verdict: verdict(report),
        proof: match &report.absent_checkpoint {
            None => "`chatferry verify` compares each message with Close.".to_owned(),
            Some(sentence) => clean(sentence),
        },
        made_at: format!("{} UTC", report.made_at.format(MINUTES)),
        other_server: report.other_server.as_deref().map(clean),
        devices: (report.devices.iter())
            .map(|of| device(of, &columns))
            .collect(),
        all: Device {
            caption: caption(&report.total),
            lines: lines(report.total.lines),
            numbers: columns.numbers(&report.total),
            ..Device::default()
        },
        columns: columns.names(),
        not_selected: (report.not_selected > 0).then(|| {
            format!(
                "{} outside the selection: not in this report.",
                counted(report.not_selected, "chat")
            )
        }),
        left_out: report.left_out.iter().map(Reason::of).collect(),
        files: files(report),
        failures: report.failures.iter().map(failure).collect(),
        open: open(report),
        chart: Chart::of(&report.months),
        last_run: last_run(report),
        sample: report.sample.iter().map(sampled).collect(),
        sample_text: format!(
            "{} that the checkpoint records in Close, chosen by chance with the seed {}. Compare each with the phone and with its lead; `--seed N` chooses others.",
            counted(report.sample.len() as u64, "message"),
            report.seed
        ),
    };
    page.write_into(to).map_err(io::Error::other)
}

/// The state of the migration in a sentence.
pub(crate) fn verdict(report: &MigrationReport) -> String {
    let total = &report.total;
    let wanted = total.desired();
    let settled = total.in_close + total.removed;
    let first = match (wanted, settled) {
        (0, _) => "No message of these archives belongs in Close yet".to_owned(),
        (_, 0) => {
            let ready = counted(total.to_post, "message");
            match report.absent_checkpoint {
                Some(_) => {
                    format!("What is in Close is not known without a checkpoint: {ready} to post")
                }
                None => format!("Nothing is recorded in Close yet: {ready} ready to post"),
            }
        }
        (wanted, _) if wanted == total.in_close && total.to_change == 0 => format!(
            "All {} that belong in Close are recorded there",
            counted(wanted, "message")
        ),
        (wanted, _) => format!(
            "{} of {} that belong in Close are recorded there",
            grouped(total.in_close),
            counted(wanted, "message")
        ),
    };
    let mut rest = Vec::new();
    let parts = [
        (
            total.removed,
            "removed there and not posted again (`--gone restore` does)",
        ),
        (total.to_change, "to change"),
        (if settled == 0 { 0 } else { total.to_post }, "to post"),
        (total.failed, "failed"),
        (total.unknown, "with an unknown outcome"),
        (total.undecided, "undecided"),
    ];
    rest.extend(
        (parts.iter())
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", grouped(*number))),
    );
    let lacking = report.without_file;
    if lacking > 0 {
        rest.push(format!("{} {}", grouped(lacking), without_file(lacking)));
    }
    let held = report.devices.iter().flat_map(|device| &device.chats);
    let held = held.filter(|chat| chat.held.is_some()).count() as u64;
    if held > 0 {
        rest.push(format!("{} held until you decide", counted(held, "chat")));
    }
    let unreadable = report.unreadable.len() as u64;
    if unreadable > 0 {
        rest.push(format!(
            "{} could not be read",
            counted(unreadable, "archive")
        ));
    }
    match rest.as_slice() {
        [] => format!("{first}."),
        rest => format!("{first}; {}.", rest.join(", ")),
    }
}

fn grade(report: &MigrationReport) -> &'static str {
    let total = &report.total;
    if total.failed + total.unknown > 0 || !report.unreadable.is_empty() {
        return "bad";
    }
    let is_done = total.to_post + total.undecided + total.to_change + total.held == 0;
    if is_done { "" } else { "wait" }
}

fn device(device: &DeviceReport, columns: &Columns) -> Device {
    Device {
        name: phone(&device.name),
        caption: caption(&device.total),
        chats: (device.chats.iter()).map(|of| chat(of, columns)).collect(),
        unnamed: (device.unnamed.iter())
            .map(|chats| Unnamed {
                name: counted(chats.sums.chats, "chat"),
                why: chats.what,
                lines: lines(chats.sums.lines),
                numbers: columns.numbers(&chats.sums),
            })
            .collect(),
        lines: lines(device.total.lines),
        numbers: columns.numbers(&device.total),
    }
}

fn chat(chat: &ChatReport, columns: &Columns) -> Chat {
    let day = |day: chrono::NaiveDate| day.format("%Y-%m-%d").to_string();
    Chat {
        name: clean(&chat.name),
        cut: chat.cut.as_deref().map(clean),
        held: chat.held.as_deref().map(clean),
        dates: match (chat.first, chat.last) {
            (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
            _ => "no message".to_owned(),
        },
        lines: lines(chat.sums.lines),
        numbers: columns.numbers(&chat.sums),
        lead_url: chat.lead_url.clone(),
        lead_id: chat.lead_id.as_ref().map(|id| clean(id.as_str())),
    }
}

fn caption(sums: &ReportSums) -> String {
    let again = match sums.seen_again {
        0 => String::new(),
        again => format!("; {} found again in another archive", grouped(again)),
    };
    format!(
        "{} in {}, {} read{again}",
        counted(sums.chats, "chat"),
        counted(sums.archives, "archive"),
        counted(sums.read, "message")
    )
}

/// Native archives have no lines.
fn lines(lines: u64) -> String {
    match lines {
        0 => "–".to_owned(),
        lines => grouped(lines),
    }
}

/// The columns that are shown: those with a number other than 0, and the two that everybody looks for.
struct Columns(Vec<usize>);

impl Columns {
    fn of(total: &ReportSums) -> Columns {
        let numbers = all_numbers(total).into_iter().enumerate();
        let shown = numbers.filter(|(at, number)| *at < 2 || *number > 0);
        Columns(shown.map(|(at, _)| at).collect())
    }

    fn names(&self) -> Vec<&'static str> {
        self.0
            .iter()
            .filter_map(|at| COLUMNS.get(*at).copied())
            .collect()
    }

    fn numbers(&self, sums: &ReportSums) -> Vec<String> {
        let all = all_numbers(sums);
        let shown = self.0.iter().filter_map(|at| all.get(*at));
        shown.map(|number| grouped(*number)).collect()
    }
}

fn all_numbers(sums: &ReportSums) -> [u64; COLUMNS.len()] {
    [
        sums.distinct(),
        sums.in_close,
        sums.removed,
        sums.left_out,
        sums.held,
        sums.failed,
        sums.unknown,
        sums.to_post,
        sums.undecided,
    ]
}

/// The files, those that arrived first.
fn files(report: &MigrationReport) -> Vec<Reason> {
    let there = [
        ByReason {
            why: "in the archives, and their messages are in Close",
            number: report.files.in_close,
        },
        ByReason {
            why: "in the archives, and their messages are not in Close",
            number: report.files.to_post,
        },
        ByReason {
            why: "damaged in the archives; their messages are in Close without them (archive_damaged_file)",
            number: report.files.damaged,
        },
    ];
    let all = there.iter().chain(&report.files.absent);
    let all = all.filter(|one| one.number > 0);
    all.map(Reason::of).collect()
}

fn failure(group: &FailureGroup) -> Failure {
    /// Chats that are named of one cause.
    const NAMED: usize = 5;
    let mut chats: Vec<String> = group
        .chats
        .iter()
        .take(NAMED)
        .map(|name| clean(name))
        .collect();
    if let more @ 1.. = group.chats.len().saturating_sub(NAMED) {
        chats.push(format!("{more} more"));
    }
    Failure {
        code: clean(&group.code),
        reason: clean(&group.reason),
        remedy: clean(&group.remedy),
        messages: grouped(group.messages),
        in_close: (group.in_close > 0)
            .then(|| format!("{} in Close without a change", grouped(group.in_close))),
        chats: chats.join(", "),
    }
}

/// What waits for a person.
fn open(report: &MigrationReport) -> Vec<String> {
    let mut lines = Vec::new();
    for device in &report.devices {
        for chat in &device.chats {
            if let Some(held) = &chat.held {
                let name = clean(&chat.name);
                let messages = counted(chat.sums.held, "message");
                lines.push(format!("{name}: {messages} held: {}", clean(held)));
            }
        }
    }
    let total = &report.total;
    let counts = [
        (total.to_post, "to post: `chatferry import` posts them"),
        (
            total.to_change,
            "in Close to be changed: `chatferry plan --details` shows why",
        ),
        (
            total.undecided,
            "undecided: `chatferry plan --details` prints the rows of decisions.csv that settle them",
        ),
        (
            total.unknown,
            "with an unknown outcome: `chatferry import` looks them up",
        ),
        (
            total.failed,
            "failed: correct the causes above, then `chatferry import --retry-failed`",
        ),
        (
            total.removed,
            "removed in Close since: they stay removed (`--gone restore` posts them again)",
        ),
        (
            report.left_behind,
            "in Close of chats that are left out now: `chatferry plan --details` lists them",
        ),
    ];
    lines.extend(
        (counts.iter())
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", counted(*number, "message"))),
    );
    lines.extend(report.unreadable.iter().map(|reason| clean(reason)));
    if report.unnamed > 0 {
        lines.push(format!(
            "{} of no device: `chatferry plan` names them",
            counted(report.unnamed, "archive")
        ));
    }
    lines
}

/// The last import, and how fast the last one was that posted messages.
fn last_run(report: &MigrationReport) -> Option<String> {
    let run = report.last_run?;
    let start = run.started_at.format(MINUTES);
    let created = counted(run.created, "message");
    let last = match (run.ended_at, run.created) {
        (None, _) => format!(
            "The last import began at {start} UTC and was interrupted; it posted {created}."
        ),
        (Some(_), 0) => format!("The last import began at {start} UTC and posted no message."),
        (Some(end), _) => {
            let posted = posted(&run, end);
            format!("The last import began at {start} UTC and {posted}.")
        }
    };
    let before = report.last_posting.and_then(|before| {
        let start = before.started_at.format(MINUTES);
        let posted = posted(&before, before.ended_at?);
        Some(format!(" The one of {start} UTC {posted}."))
    });
    Some(last + &before.unwrap_or_default())
}

/// `posted 120 messages in 12.0 s: 10.0 a second`.
fn posted(run: &Run, end: DateTime<Utc>) -> String {
    let seconds = (end - run.started_at).num_milliseconds().max(1) as f64 / 1000.0;
    format!(
        "posted {} in {}: {:.1} a second",
        counted(run.created, "message"),
        duration(seconds),
        run.created as f64 / seconds
    )
}

fn sampled(message: &SampledMessage) -> Sampled {
    let words = match (message.words.is_empty(), message.files) {
        (_, 0) => clean(&message.words),
        (true, files) => counted(files as u64, "file"),
        (false, files) => format!(
            "{} ({})",
            clean(&message.words),
            counted(files as u64, "file")
        ),
    };
    Sampled {
        at: message.at.format("%Y-%m-%d %H:%M:%S %:z").to_string(),
        device: clean(&message.device),
        chat: clean(&message.chat),
        from: if message.outgoing { "owner" } else { "contact" },
        words,
        lead_url: message.lead_url.clone(),
    }
}
