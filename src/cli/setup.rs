//! What plan and import have in common: configuration, contacts, archives, desired activities.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args;
use super::exit::{Ended, Exit};
use super::out::Out;
use super::{chat_inputs, connect, keys, lists};
use crate::checkpoint::Snapshot;
use crate::clock::{SharedClock, System};
use crate::close::{self, Auth, Client};
use crate::config::{self, Credentials, Overrides};
use crate::intake::{self, DeviceIntake, Failure, Opened};
use crate::native::NativeChat;
use crate::parser::text::archive_name;
use crate::phone::Phone;
use crate::plan::Plan;
use crate::transform::contacts::{Contacts, ImportChoice};
use crate::transform::decision_table::{self, DecisionTable, is_archive};
use crate::transform::desired::{Desired, Rule, Standing};
use crate::transform::never;
use crate::transform::reply_table::{self, ReplyTable};
use crate::transform::settings::{Device, Gone, Problem, Settings};
use crate::transform::{Source, exclude, transform};

/// Everything local, read and checked.
pub(super) struct Setup {
    pub(super) settings: Settings,
    pub(super) contacts: Contacts,
    replies: ReplyTable,
    decisions: DecisionTable,
    pub(super) intake: DeviceIntake,
    /// The configuration.
    pub(super) file: PathBuf,
    /// What of exclude.csv leaves nothing out, once the archives were read: an import refuses it.
    exclude_problems: Vec<String>,
}

impl Setup {
    /// What the flags, the environment and the configuration say.
    ///
    /// # Errors
    ///
    /// Usage errors.
    pub(super) fn configured(said: &args::Configured, out: &mut Out) -> anyhow::Result<Setup> {
        let (file, overrides) = where_and_what(said);
        Setup::load(&file, &overrides, out)
    }

    /// Reads the configuration, the contacts and the archives.
    ///
    /// # Errors
    ///
    /// Usage errors; archives that cannot be read are kept as failures.
    pub(super) fn load(file: &Path, overrides: &Overrides, out: &mut Out) -> anyhow::Result<Setup> {
        let (settings, contacts) = read(file, overrides)?;
        for warning in contacts.warnings() {
            out.warn(&warning.to_string());
        }
        let devices: Vec<(&str, &[String])> = settings
            .devices
            .iter()
            .map(|d| (d.name.as_str(), d.archives.as_slice()))
            .collect();
        let intake = intake::open_devices_with(
            &devices,
            &settings.dir,
            &settings.limits.archives,
            &keys::terminal(),
        )
        .map_err(|error| {
            let mut patterns = devices.iter().flat_map(|(_, patterns)| *patterns);
            let hint = patterns.find_map(|pattern| escape_hint(pattern));
            Ended::usage(format!("{error}{}", hint.unwrap_or_default()))
        })?;
        let replies = lists::replies(&settings.dir)?;
        let decisions = lists::decisions(&settings.dir)?;
        Ok(Setup {
            settings,
            contacts,
            replies,
            decisions,
            intake,
            file: file.to_owned(),
            exclude_problems: Vec::new(),
        })
    }

    /// Parses the archives and says what should be in Close. Archives that turn out not to be
    /// transcripts join the failures.
    pub(super) fn desired(&mut self, out: &mut Out) -> Desired {
        let (mut opened, devices): (Vec<Opened>, Vec<usize>) =
            std::mem::take(&mut self.intake.archives)
                .into_iter()
                .map(|archive| (archive.opened, archive.device))
                .unzip();
        let orders: Vec<_> = devices
            .iter()
            .map(|device| self.settings.devices[*device].date_order)
            .collect();
        let mut chats = intake::parse(&opened, |place| orders[place], |place| devices[place]);
        for (chat, device) in chats.iter_mut().zip(&devices) {
            if let Ok(chat) = chat {
                chat.in_zone(self.settings.devices[*device].timezone);
            }
        }
        let mut sources = Vec::with_capacity(opened.len());
        for ((opened, device), chat) in opened.iter().zip(&devices).zip(&chats) {
            match chat {
                Ok(chat) => sources.push(Source {
                    device: &self.settings.devices[*device],
                    opened,
                    chat,
                }),
                Err(failure) => out.error(&self.says(failure)),
            }
        }
        let mut desired = transform(
            &sources,
            &self.settings.import,
            &self.contacts,
            &self.settings.devices,
        );
        for (line, why) in self.replies.apply(&mut desired.chats) {
            out.warn(&format!(
                "{}:{line}: {why}; it is left alone",
                reply_table::FILE
            ));
        }
        desired.decisions = self.decisions.resolve(&desired.chats, |file, line| {
            sources.iter().any(|source| {
                is_archive(file, &source.opened.place())
                    && (source.chat.messages.iter()).any(|message| message.line == line)
            })
        });
        for line in &desired.decisions.unused {
            out.warn(&format!(
                "{}:{line}: this message is left out, held, or read from another archive; the row has no effect",
                decision_table::FILE
            ));
        }
        chat_inputs::set(self, &sources, &mut desired);
        let known: Vec<(&str, &str)> = sources
            .iter()
            .map(|source| (source.device.name.as_str(), source.opened.chat_name()))
            .collect();
        // A chat is private by whoever writes in it too.
        let private: BTreeSet<&str> = (desired.chats.iter())
            .filter(|chat| chat.private)
            .flat_map(|chat| chat.archives.iter().map(String::as_str))
            .collect();
        let hidden: BTreeSet<(&str, &str)> = (sources.iter())
            .filter(|source| private.contains(source.opened.label.as_str()))
            .map(|source| (source.device.name.as_str(), source.opened.chat_name()))
            .collect();
        let is_hidden = |device: &str, chat: &str| hidden.contains(&(device, chat));
        for unmatched in self.contacts.unmatched(&known, is_hidden) {
            out.warn(&unmatched.to_string());
        }
        // What cannot be read has a name too, and a passage may be of it.
        let failed: Vec<String> = (self.intake.failures.iter())
            .chain(chats.iter().filter_map(|chat| chat.as_ref().err()))
            .flat_map(|failure| chats_of(&failure.label))
            .collect();
        let may_be = failed.iter().flat_map(|chat| {
            let devices = self.settings.devices.iter();
            devices.map(move |device| (device.name.as_str(), chat.as_str()))
        });
        let known: Vec<(&str, &str)> = known.into_iter().chain(may_be).collect();
        let devices: Vec<&str> = (self.settings.devices.iter())
            .map(|device| device.name.as_str())
            .collect();
        let problems = self.contacts.exclude().unmatched(&known, &devices);
        self.exclude_problems = problems.iter().map(ToString::to_string).collect();
        for problem in &self.exclude_problems {
            out.warn(problem);
        }
        let people: Vec<(&str, &str)> = sources
            .iter()
            .flat_map(|source| {
                let device = source.device.name.as_str();
                let writers = source.chat.participants.iter().map(|p| p.name.as_ref());
                writers
                    .chain([source.opened.chat_name(), source.opened.name.chat.as_str()])
                    .map(move |name| (device, name))
            })
            .collect();
        let numbers: Vec<Phone> = sources
            .iter()
            .flat_map(|source| {
                let writers = source.chat.participants.iter();
                let native = source.opened.native.as_ref();
                // Whoever is in a group and writes nothing has a number too.
                let parties = native.into_iter().flat_map(|native| &native.parties);
                writers
                    .filter_map(|writer| writer.number.as_deref())
                    .chain(parties.filter_map(|party| party.phone.as_deref()))
                    .chain(native.and_then(|native| native.phone.as_deref()))
                    .filter_map(Phone::parse)
            })
            .collect();
        let nobody = self.contacts.never_unmatched(&people, &numbers);
        if !nobody.is_empty() {
            let lines: Vec<String> = nobody.iter().map(u32::to_string).collect();
            out.warn(&format!(
                "{}: nobody in these archives and in contacts.csv is meant by line {}; write names as `inspect` prints them",
                never::FILE,
                lines.join(", ")
            ));
            for line in self.contacts.never_colons(&nobody) {
                let there = match devices.as_slice() {
                    [Device::ALONE] => {
                        "without [[device]] blocks a line names a phone by nothing".to_owned()
                    }
                    devices => format!("the devices are {}", devices.join(", ")),
                };
                out.warn(&format!(
                    "{}:{line}: what stands before the colon is no device, so the whole line is taken as a name; {there}",
                    never::FILE,
                ));
            }
        }
        drop(sources);
        // Millions of small texts are given back by all cores, and by another one while this goes on.
        let failures: Vec<Failure> = (chats.into_par_iter()).filter_map(Result::err).collect();
        self.intake.failures.extend(failures);
        let natives: Vec<NativeChat> = (opened.iter_mut())
            .filter_map(|opened| opened.native.take())
            .collect();
        rayon::spawn(move || drop(natives));
        desired
    }

    /// Refuses an exclude.csv with a row that is about no chat, after [`Setup::desired`]: what it
    /// was to leave out would be imported.
    ///
    /// # Errors
    ///
    /// A usage error.
    pub(super) fn require_excluded(&self) -> anyhow::Result<()> {
        match self.exclude_problems.as_slice() {
            [] => Ok(()),
            problems => Err(Ended::coded(
                Exit::Usage,
                "exclude",
                format!(
                    "{}\nnothing was sent: what such a row is to leave out would be imported; correct it, or take it out",
                    problems.join("\n")
                ),
            )),
        }
    }

    /// Sets what becomes of removed messages in this run (`--gone`).
    pub(super) fn set_gone(&mut self, gone: Option<Gone>) {
        if let Some(gone) = gone {
            self.settings.import.gone = gone;
            self.settings.import.gone_in_run = Some(gone);
        }
    }

    /// Refuses a decisions.csv with a row that cannot be followed: it names no message, or
    /// contradicts what is certain. `checkpoint` knows messages of chats that are not planned.
    ///
    /// # Errors
    ///
    /// A usage error with the lines.
    pub(super) fn require_decided(
        &self,
        plan: &Plan,
        checkpoint: Option<&Snapshot>,
        out: &mut Out,
    ) -> anyhow::Result<()> {
        let mut problems = plan.problems.clone();
        // Messages of a chat that is held or not selected have no ids yet.
        let is_partial = plan.chats.iter().any(|chat| {
            matches!(
                chat.chat.standing,
                Standing::Held(_) | Standing::LeftOut(Rule::NotSelected)
            )
        });
        for (line, id) in &plan.unused {
            let recorded = checkpoint.map(|snapshot| snapshot.done_as(id)).transpose();
            let recorded = recorded.map_err(|error| connect::checkpoint_error(&error))?;
            let file = self.settings.dir.join(decision_table::FILE);
            let text = "no message has this id; copy the row that the plan prints";
            if recorded.is_some_and(|found| !found.is_empty()) {
                continue;
            } else if is_partial {
                out.warn(&format!(
                    "{}:{line}: no message of the chats of this plan has this id; the row has no effect",
                    decision_table::FILE
                ));
            } else {
                problems.push(Problem {
                    file: file.display().to_string(),
                    line: Some(*line),
                    text: text.to_owned(),
                });
            }
        }
        problems.sort();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(usage(&problems)),
        }
    }

    /// The archives that could not be read.
    pub(super) fn failures(&self) -> &[Failure] {
        &self.intake.failures
    }

    /// Says which archives could not be opened, and what a person has to know of those with native
    /// ids. Called before [`Setup::desired`], which says its
    /// own.
    pub(super) fn tell_failures(&self, out: &mut Out) {
        for ignored in &self.intake.ignored {
            match self.is_private(ignored) {
                false => out.warn(&format!("{}; it is left alone", ignored.error)),
                true => out.warn(&format!(
                    "something that has the name of a private chat is left alone ({})",
                    ignored.error.code()
                )),
            }
        }
        for failure in &self.intake.failures {
            out.error(&self.says(failure));
        }
        for remark in intake::remarks(&self.intake.stores) {
            out.note(&remark);
        }
    }

    /// A failure for people. Its path is the name of a chat, and that of a private one appears
    /// nowhere.
    fn says(&self, failure: &Failure) -> String {
        match self.is_private(failure) {
            true => {
                let code = failure.error.code();
                format!("an archive of a private chat cannot be read ({code})")
            }
            false => failure.error.to_string(),
        }
    }

    /// True where what cannot be read, or is left alone, may be of a private chat, by its name.
    fn is_private(&self, failure: &Failure) -> bool {
        let error = failure.error.to_string();
        let is_private = |chat: &str| self.contacts.is_private_anywhere(chat);
        let named = names_any(&error, is_private) || names_any(&failure.label, is_private);
        // A row with `*` is about every chat, and not about the folders above an archive.
        let [own, _] = chats_of(&failure.label);
        named
            || self.settings.devices.iter().any(|device| {
                self.contacts.choice(&device.name, &own) == Some(ImportChoice::Private)
            })
    }

    /// What an archive's failure says, and the archive as it may be named.
    pub(super) fn shown(&self, failure: &Failure) -> (String, String) {
        let says = self.says(failure);
        if says == failure.error.to_string() {
            (says, failure.label.clone())
        } else {
            (says, "an archive of a private chat".to_owned())
        }
    }

    /// The client of Close, with the credential of the environment or of a file.
    ///
    /// # Errors
    ///
    /// Usage errors.
    pub(super) fn client(
        &self,
        key_file: Option<&Path>,
        clock: &SharedClock,
        out: &mut Out,
    ) -> anyhow::Result<Client> {
        client_for(&self.settings, key_file, clock, out)
    }
}

/// The configuration and the people, for commands that need no archives.
///
/// # Errors
///
/// Usage errors.
pub(super) fn files(said: &args::Configured) -> anyhow::Result<(Settings, Contacts)> {
    let (file, overrides) = where_and_what(said);
    read(&file, &overrides)
}

/// Where the configuration is, and what wins over it.
fn where_and_what(said: &args::Configured) -> (PathBuf, Overrides) {
    let file = said.config.clone();
    let overrides = Overrides::gather(said.base_url.clone(), &environment);
    (
        file.unwrap_or_else(|| config::DEFAULT_FILE.into()),
        overrides,
    )
}

fn read(file: &Path, overrides: &Overrides) -> anyhow::Result<(Settings, Contacts)> {
    let mut settings = config::load(file).map_err(|problems| usage(&problems))?;
    config::overlay(&mut settings, overrides).map_err(|problems| usage(&problems))?;
    settings.import.today = Some(System::shared().now().date_naive());
    let mut contacts = contacts(&settings.import.contacts)?;
    let names: Vec<&str> = settings.devices.iter().map(|d| d.name.as_str()).collect();
    lists::load(&settings.dir, &names, &mut contacts)?;
    Ok((settings, contacts))
}

/// The client of Close for these settings, with the credential of the environment or of a file.
///
/// # Errors
///
/// Usage errors.
pub(super) fn client_for(
    settings: &Settings,
    key_file: Option<&Path>,
    clock: &SharedClock,
    out: &mut Out,
) -> anyhow::Result<Client> {
    let loaded = config::credentials(&environment, key_file)
        .map_err(|error| Ended::usage(error.to_string()))?;
    if let Some(warning) = &loaded.warning {
        out.warn(warning);
    }
    let auth = match loaded.credentials {
        Credentials::Key(key) => Auth::Key(key),
        Credentials::Token(token) => Auth::Token(token),
    };
    client(settings, auth, clock)
}

/// The client of Close for these settings.
pub(super) fn client(
    settings: &Settings,
    auth: Auth,
    clock: &SharedClock,
) -> anyhow::Result<Client> {
    let mut close = close::Settings::new(
        settings.close.base_url.clone(),
        auth,
        SharedClock::clone(clock),
    );
    close.requests_per_second = settings.limits.requests_per_second;
    close.max_rate = settings.limits.max_rate;
    close.outage = std::time::Duration::from_secs_f64(settings.limits.outage_seconds);
    Client::new(close).map_err(|error| Ended::usage(error.to_string()))
}

/// Reads one variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the room that reads the environment"
)]
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads a contacts.csv.
pub(super) fn contacts(path: &Path) -> anyhow::Result<Contacts> {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let bytes = fs::read(path).map_err(|error| {
        Ended::usage(format!(
            "{}: cannot be read: {error}; `chatferry init PATH...` makes one{}",
            path.display(),
            escape_hint(&path.to_string_lossy()).unwrap_or_default()
        ))
    })?;
    Contacts::from_bytes(&bytes, &name).map_err(|problems| usage(&problems))
}

/// What else to say of a path that is not there and holds a control character: hardly anybody
/// types one, but `"C:\temp"` in TOML holds a tab.
fn escape_hint(path: &str) -> Option<&'static str> {
    path.contains(char::is_control).then_some(
        "; the path holds a control character: between double quotes a backslash and a letter mean one; write / instead of \\, or put the path between single quotes",
    )
}

/// The chats that a file of this name may be an export of: as its name says, and with the marks
/// of a copy or of a mail program taken off a name that a person gave.
fn chats_of(file: &str) -> [String; 2] {
    // WhatsApp-Chat-Exporter calls the file of a chat like the chat, with `-` for a blank; an error
    // adds the line.
    if let Some((stem, _)) = file.rsplit_once(".json") {
        return [stem.to_owned(), stem.replace('-', " ").trim().to_owned()];
    }
    let lower = file.to_ascii_lowercase();
    let stem = if lower.ends_with(".zip") || lower.ends_with(".txt") {
        &file[..file.len() - ".zip".len()]
    } else {
        file
    };
    let as_given = format!("WhatsApp Chat with {}", stem.replace('_', " "));
    [archive_name(stem).chat, archive_name(&as_given).chat]
}

/// True where a path, or an error that begins with one, has the name of such a chat. Folders may be
/// called like the chat too, and a name may hold what ends the path.
pub(super) fn names_any(text: &str, is_such: impl Fn(&str) -> bool) -> bool {
    let paths = text.match_indices(": ").map(|(end, _)| &text[..end]);
    paths
        .chain([text])
        .flat_map(|path| Path::new(path).components())
        .flat_map(|part| chats_of(&part.as_os_str().to_string_lossy()))
        .any(|chat| is_such(&chat) || is_such(without_number(&chat)))
}

/// A name without the number that a Mac gives to a copy: it may be part of the name as well.
fn without_number(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((own, number)) if number.bytes().all(|b| b.is_ascii_digit()) => own,
        _ => name,
    }
}

/// Problems of a file that a person writes, as one usage error. Its code is that of the file.
pub(super) fn usage(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let file = problems.first().map(|problem| Path::new(&problem.file));
    let name = file.and_then(Path::file_name).unwrap_or_default();
    let code = match name.to_str() {
        Some(never::FILE) => "never",
        Some(exclude::FILE) => "exclude",
        Some(reply_table::FILE) => "replies",
        Some(decision_table::FILE) => "decisions",
        Some(name) if name.ends_with(".toml") => "configuration",
        Some(name) if name.ends_with(".csv") => "contacts",
        _ => "usage",
    };
    Ended::coded(Exit::Usage, code, lines.join("\n"))
}
