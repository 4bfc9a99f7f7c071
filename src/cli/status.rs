//! `chatferry status`: where a migration stands, from the checkpoint and the two files alone. Reads
//! no archive, asks nobody, writes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::exit::Exit;
use super::out::Out;
use super::{args, connect, setup};
use crate::checkpoint::{self, Checkpoint, RunOutcome, RunRow, Snapshot, Standing};
use crate::ids::ContactId;
use crate::name::name_key;
use crate::phone::Phone;
use crate::report::count;
use crate::survey;
use crate::transform::contacts::{Contacts, ImportChoice, Mapping, Name, Role, Row};
use crate::transform::identity;
use crate::transform::settings::{Device, Groups, Settings};

/// The chats of contacts.csv, by what becomes of them, and those that are in Close.
#[derive(Debug, Default, serde::Serialize)]
struct Chats {
    /// Lead, contact and both numbers are there, and the last run did not hold it.
    ready: u64,
    /// The last run held it although lead, contact and both numbers are there.
    held: u64,
    /// Of those, chats of which nothing is in Close yet.
    waiting: u64,
    /// Something of them is missing.
    to_decide: u64,
    /// `import` is `no`; or it is between two of our own numbers.
    excluded: u64,
    /// `import` is `private`, or never.txt names them.
    private: u64,
    /// Something of them is in Close.
    done: u64,
}

impl Chats {
    /// Takes the chats that a run held out of those that are ready.
    fn hold(&mut self, run: &RunRow) {
        let of_run = |name: &str| run.counts.get(name).copied().unwrap_or(0);
        let waiting = of_run("held_chats_waiting");
        self.held = (waiting + of_run("held_chats_recorded")).min(self.ready);
        self.ready -= self.held;
        self.waiting = self.waiting.saturating_sub(waiting).min(self.ready);
    }
}

/// What becomes of one chat, as far as the files tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Private,
    Excluded,
    /// The chat's own key of the external ids, and the contact.
    Ready(String, ContactId),
    ToDecide,
}

#[derive(Debug, serde::Serialize)]
struct Status {
    chats: Chats,
    chats_recorded: u64,
    in_close: u64,
    failed: u64,
    refused: u64,
    unknown: u64,
    removed: u64,
    last_run: Option<LastRun>,
    next: String,
}

#[derive(Debug, serde::Serialize)]
struct LastRun {
    started_at: String,
    ended: Option<String>,
    outcome: &'static str,
    created: u64,
    held: u64,
}

pub(super) fn run(arguments: &args::Status, out: &mut Out) -> anyhow::Result<Exit> {
    let (settings, contacts) = setup::files(&arguments.configured)?;
    let path = &settings.import.checkpoint;
    let organization = settings.close.organization_id.as_deref();
    let snapshot = Checkpoint::peek(path, organization, &settings.close.base_url)
        .map_err(|error| connect::checkpoint_error(&error))?;
    let (standing, last) = match &snapshot {
        Some(snapshot) => {
            let standing = snapshot
                .standing()
                .map_err(|error| connect::checkpoint_error(&error))?;
            let last = snapshot
                .last_run()
                .map_err(|error| connect::checkpoint_error(&error))?;
            (standing, last)
        }
        None => (Standing::default(), None),
    };
    let mut chats = chats(&settings, &contacts, snapshot.as_ref(), standing.chats)
        .map_err(|error| connect::checkpoint_error(&error))?;
    if let Some(last) = &last {
        chats.hold(last);
    }
    let status = Status {
        next: next(&chats, &standing, last.as_ref(), path),
        chats,
        chats_recorded: standing.chats,
        in_close: standing.done,
        failed: standing.failed,
        refused: standing.refused,
        unknown: standing.unknown,
        removed: standing.gone,
        last_run: last.as_ref().map(LastRun::of),
    };
    if arguments.json {
        out.json(&serde_json::to_string(&status)?)?;
        return Ok(Exit::Done);
    }
    say(&status, path, out)?;
    Ok(Exit::Done)
}

/// Counts each chat that a row names, on each device that the row is about.
fn chats(
    settings: &Settings,
    contacts: &Contacts,
    snapshot: Option<&Snapshot>,
    done: u64,
) -> Result<Chats, checkpoint::Error> {
    let mut chats = Chats {
        done,
        ..Chats::default()
    };
    let mut named: BTreeMap<(Option<&str>, &str), &str> = BTreeMap::new();
    for row in contacts
        .rows()
        .iter()
        .filter(|row| row.role == Role::Contact)
    {
        if let Name::Is { text, key } = &row.chat {
            named.entry((row.device.as_deref(), key)).or_insert(text);
        }
    }
    // A row for one device beside one for every device is about a chat that is counted there.
    let is_told = |device: &str, key: &str| named.contains_key(&(Some(device), key));
    let mut ready: Vec<(String, ContactId)> = Vec::new();
    for ((own, key), chat) in &named {
        let devices = (settings.devices.iter())
            .filter(|device| own.map_or(!is_told(&device.name, key), |own| own == device.name));
        // Which of the devices has it no file says: one counts, and what leaves it out wins.
        let fate = devices.map(|device| fate(settings, contacts, device, chat, key));
        match fate.min() {
            None => {}
            Some(Fate::Private) => chats.private += 1,
            Some(Fate::Excluded) => chats.excluded += 1,
            Some(Fate::ToDecide) => chats.to_decide += 1,
            Some(Fate::Ready(chat, contact)) => {
                chats.ready += 1;
                ready.push((chat, contact));
            }
        }
    }
    for (chat, contact) in &ready {
        let is_alone = ready.iter().filter(|(_, other)| other == contact).count() == 1;
        let is_there = match snapshot {
            None => false,
            Some(snapshot) => survey::is_recorded(snapshot, chat, is_alone.then_some(contact))?,
        };
        chats.waiting += u64::from(!is_there);
    }
    Ok(chats)
}

/// What becomes of one chat on one device, by the rules of the import.
fn fate(settings: &Settings, contacts: &Contacts, device: &Device, chat: &str, key: &str) -> Fate {
    let rows = || {
        let rows = contacts.rows().iter();
        rows.filter(|row| row.role == Role::Contact && row.chat.key() == Some(key))
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device.name))
    };
    let people: Vec<&str> = rows().filter_map(|row| row.participant.text()).collect();
    let is_never = |name: &&str| contacts.is_never_participant(&device.name, chat, name);
    match contacts.choice(&device.name, chat) {
        Some(ImportChoice::Private) => return Fate::Private,
        Some(ImportChoice::No) => return Fate::Excluded,
        Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
    }
    // As `init` writes the row of a group: with `*` for its participant. Members may have rows too.
    let is_group = rows().any(|row| row.participant.is_any())
        && !rows().any(|row| row.participant.key() == Some(key))
        && (people.len() != 1 || settings.import.groups == Groups::Anchor);
    let me = contacts.me_for(&device.name, chat).unwrap_or_default();
    let local = me.phone.or_else(|| device.local_phone.clone());
    if is_group && settings.import.groups == Groups::Anchor {
        let filled = contacts.anchor_for(&device.name, chat);
        let key = contacts.chat_key(&device.name, chat);
        return match (filled, local) {
            (
                Some(Mapping {
                    phone: Some(_),
                    contact_id: Some(contact),
                    ..
                }),
                Some(_),
            ) => Fate::Ready(
                key.map_or_else(|| format!("group:{}", name_key(chat)), str::to_owned),
                contact,
            ),
            _ => Fate::ToDecide,
        };
    }
    let is_filled = |row: &Row| row.lead_id.is_some() || row.contact_id.is_some();
    if is_group && !rows().any(is_filled) {
        return Fate::Excluded;
    }
    if people.iter().any(is_never) {
        return Fate::Private;
    }
    let mapping = contacts
        .contact_for(&device.name, chat, &people)
        .unwrap_or_default();
    let named = Phone::parse(chat);
    let Some(remote) = mapping.phone.clone().or_else(|| named.clone()) else {
        return Fate::ToDecide;
    };
    if contacts.is_never_number(Some(&remote)) {
        return Fate::Private;
    }
    let is_own = |device: &Device| {
        device.local_phone.as_ref() == Some(&remote) || device.former_phones.contains(&remote)
    };
    if settings.devices.iter().any(is_own) {
        return Fate::Excluded;
    }
    let is_other = named.is_some_and(|named| named != remote);
    match (mapping.lead_id, mapping.contact_id, local) {
        (Some(_), Some(contact), Some(local)) if mapping.conflict.is_none() && !is_other => {
            let first = device.former_phones.first().unwrap_or(&local);
            Fate::Ready(identity::chat_of_pair(first.e164(), remote.e164()), contact)
        }
        _ => Fate::ToDecide,
    }
}

impl LastRun {
    fn of(row: &RunRow) -> LastRun {
        LastRun {
            started_at: time(row.started_at),
            ended: row.ended.map(|(at, _)| time(at)),
            outcome: row
                .ended
                .map_or("broken off", |(_, outcome)| outcome.as_str()),
            created: row.counts.get("created").copied().unwrap_or(0),
            held: row.counts.get("held").copied().unwrap_or(0),
        }
    }
}

fn time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

/// What to do next: decisions first.
fn next(chats: &Chats, standing: &Standing, last: Option<&RunRow>, checkpoint: &Path) -> String {
    let rest = after_decisions(chats, standing, last, checkpoint);
    if chats.to_decide == 0 {
        return rest.unwrap_or_else(|| {
            "nothing; `chatferry import` again when there are newer exports".to_owned()
        });
    }
    let rest = rest.unwrap_or_else(|| "`chatferry plan` and `chatferry import`".to_owned());
    format!(
        "fill in contacts.csv for {} (`chatferry match` does what it can), or write no under import; then {rest}",
        count(chats.to_decide, "chat")
    )
}

fn after_decisions(
    chats: &Chats,
    standing: &Standing,
    last: Option<&RunRow>,
    checkpoint: &Path,
) -> Option<String> {
    let Some(last) = last else {
        return Some(match chats.ready + chats.to_decide {
            0 => "fill in contacts.csv (`chatferry match` does what it can), then `chatferry plan`",
            _ => "`chatferry plan`, and then `chatferry import`",
        }.to_owned());
    };
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let says = match last.ended.map(|(_, outcome)| outcome) {
        None | Some(RunOutcome::Stopped | RunOutcome::Aborted) => {
            "the last run did not get to its end: `chatferry import` goes on".to_owned()
        }
        _ if standing.unknown > 0 => {
            "`chatferry import`, which asks what became of the messages whose outcome is unknown"
                .to_owned()
        }
        _ if standing.failed + standing.refused > 0 => format!(
            "mend what {} tells, then `chatferry import --retry-failed`",
            super::failures::beside(checkpoint).display()
        ),
        _ if of_last("not_selected") > 0 => {
            "the last run took a part of what there is: `chatferry import` takes the rest"
                .to_owned()
        }
        _ if chats.waiting > 0 => format!(
            "{} ready and not in Close yet: `chatferry plan`, and then `chatferry import`",
            count(chats.waiting, "chat")
        ),
        _ => {
            let left = left_over(chats, last);
            return (!left.is_empty()).then(|| left.join("; "));
        }
    };
    Some(says)
}

/// What the last run left to a person.
fn left_over(chats: &Chats, last: &RunRow) -> Vec<String> {
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let mut left = Vec::new();
    if of_last("unreadable") > 0 {
        left.push(format!(
            "the last run could not read {}: copy them again, then `chatferry import` (`chatferry plan` says why each)",
            count(of_last("unreadable"), "archive")
        ));
    }
    // With decisions open, those are among them.
    if of_last("held") > 0 && chats.to_decide == 0 {
        left.push(format!(
            "the last run held {}: `chatferry plan` says why each",
            count(of_last("held"), "message")
        ));
    }
    if of_last("undecided") > 0 {
        left.push(format!(
            "the last run left {} undecided: `chatferry plan` prints the rows of decisions.csv that settle them",
            count(of_last("undecided"), "message")
        ));
    }
    left
}

fn say(status: &Status, path: &Path, out: &mut Out) -> anyhow::Result<()> {
    let Chats {
        ready,
        held,
        waiting,
        to_decide,
        excluded,
        private,
        done,
    } = status.chats;
    let waiting = match waiting {
        0 => String::new(),
        waiting => format!("; nothing of {waiting} of the ready ones is in Close yet"),
    };
    let held = match held {
        0 => String::new(),
        held => format!(", {held} held"),
    };
    out.line(&format!(
        "Chats                 {ready} ready{held}, {to_decide} to decide, {excluded} excluded, {private} private, {done} done{waiting}"
    ))?;
    out.line(&format!(
        "In Close              {} of {} ({})",
        count(status.in_close, "message"),
        count(status.chats_recorded, "chat"),
        path.display()
    ))?;
    let open = [
        (status.failed, "failed"),
        (status.refused, "not as they should be"),
        (status.unknown, "whose outcome is unknown"),
        (status.removed, "removed in Close since"),
    ];
    let open: Vec<String> = (open.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !open.is_empty() {
        out.line(&format!("Open                  {}", open.join(", ")))?;
    }
    let last = match &status.last_run {
        None => "none yet".to_owned(),
        Some(run) => format!(
            "{} to {}, {}, {} created{}",
            run.started_at,
            run.ended.as_deref().unwrap_or("?"),
            run.outcome,
            run.created,
            match run.held {
                0 => String::new(),
                held => format!(", {held} held"),
            }
        ),
    };
    out.line(&format!("Last run              {last}"))?;
    out.line(&format!("Next                  {}", status.next))?;
    Ok(())
}
