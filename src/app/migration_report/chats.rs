//! The chats of a report by device: those that may be named, and the numbers of all others.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::address::lead_url;
use super::archives::Archives;
use super::failed::Failures;
use super::sums::Sums;
use crate::app::Migration;
use crate::app::error::Result;
use crate::config;
use crate::ids::LeadId;
use crate::plan::{Plan, PlannedChat};
use crate::routing::{Privacy, Rule};
use crate::transform::desired::{Decision, Held};
use crate::transform::doubts::Doubt;

/// The chats of one device.
#[derive(Debug, Default)]
pub(crate) struct DeviceReport {
    /// The name of the device.
    pub(crate) name: String,
    /// Chats that are imported or held.
    pub(crate) chats: Vec<ChatReport>,
    /// All other chats, summed up by the reason why they are not named.
    pub(crate) unnamed: Vec<UnnamedChats>,
    /// The sums over all chats of the device.
    pub(crate) total: Sums,
}

/// A chat that is imported or held, as a row of the report.
#[derive(Debug)]
pub(crate) struct ChatReport {
    /// The name of the chat.
    pub(crate) name: String,
    /// The address of its lead in Close, for a browser; `None` without a destination, and for a
    /// lead of the sandbox.
    pub(crate) lead_url: Option<String>,
    /// Its lead; `None` without a destination.
    pub(crate) lead_id: Option<LeadId>,
    /// The first local day with a message; `None` without messages.
    pub(crate) first: Option<NaiveDate>,
    /// The last local day with a message; `None` without messages.
    pub(crate) last: Option<NaiveDate>,
    /// Why its oldest messages are missing in every archive, in words; `None` if they are not.
    pub(crate) cut: Option<String>,
    /// Why the chat is held, in words; `None` if it is ready.
    pub(crate) held: Option<String>,
    /// The numbers of the chat's messages.
    pub(crate) sums: Sums,
}

/// Chats that nothing names: private ones, and those that a rule leaves out.
#[derive(Debug)]
pub(crate) struct UnnamedChats {
    /// What these chats have in common, in words.
    pub(crate) what: &'static str,
    /// The sums over these chats.
    pub(crate) sums: Sums,
}

/// The chats of a migration.
pub(super) struct Chats {
    pub(super) devices: Vec<DeviceReport>,
    pub(super) total: Sums,
    pub(super) not_selected: u64,
}

/// The chats of a plan.
///
/// # Errors
///
/// An internal error: numbers do not add up.
pub(super) fn of(
    migration: &Migration,
    plan: &Plan,
    archives: &Archives,
    failures: &Failures,
) -> Result<Chats> {
    let is_close = config::is_close(&migration.settings.close);
    let mut devices: BTreeMap<&str, Device<'_>> = BTreeMap::new();
    let mut chats = Chats {
        devices: Vec::new(),
        total: Sums::default(),
        not_selected: 0,
    };
    for planned in &plan.chats {
        let chat = &planned.chat;
        if matches!(chat.standing, Decision::LeftOut(Rule::NotSelected)) {
            chats.not_selected += 1;
            continue;
        }
        let device = devices.entry(&chat.device).or_default();
        let read = archives.of_chat(chat);
        let lines = read.iter().flatten().map(|archive| archive.lines.total);
        let lines = lines.map(u64::from).sum();
        let sums = Sums::of(planned, lines, failures.of_chat(planned));
        sums.check()?;
        (read.iter().flatten()).try_for_each(|archive| archive.check())?;
        match (chat.private, &chat.standing) {
            (true, Decision::LeftOut(Rule::Erased)) => {
                device.add(Rule::Erased.describe(), &sums);
            }
            (true, _) => device.add(Rule::Private.describe(), &sums),
            (false, Decision::LeftOut(rule)) => device.add(rule.describe(), &sums),
            (false, standing) => device.chats.push(ChatReport {
                name: chat.name.clone(),
                lead_url: (planned.destination.as_ref())
                    .and_then(|to| lead_url(&to.lead_id, is_close)),
                lead_id: planned.destination.as_ref().map(|to| to.lead_id.clone()),
                first: read.iter().flatten().filter_map(|read| read.first).min(),
                last: read.iter().flatten().filter_map(|read| read.last).max(),
                cut: cut(planned),
                held: match standing {
                    Decision::Held(why) => Some(held(migration, why)),
                    Decision::Ready(_) | Decision::LeftOut(_) => None,
                },
                sums,
            }),
        }
    }
    for (name, device) in devices {
        let mut report = DeviceReport {
            name: name.to_owned(),
            chats: device.chats,
            ..DeviceReport::default()
        };
        for (what, sums) in device.unnamed {
            report.total.add(&sums);
            report.unnamed.push(UnnamedChats { what, sums });
        }
        for chat in &report.chats {
            report.total.add(&chat.sums);
        }
        report.total.check()?;
        chats.total.add(&report.total);
        chats.devices.push(report);
    }
    chats.total.check()?;
    Ok(chats)
}

#[derive(Default)]
struct Device<'p> {
    chats: Vec<ChatReport>,
    unnamed: BTreeMap<&'p str, Sums>,
}

impl Device<'_> {
    fn add(&mut self, what: &'static str, sums: &Sums) {
        self.unnamed.entry(what).or_default().add(sums);
    }
}

/// Why a chat is held. A writer who may not be named is not named.
pub(super) fn held(migration: &Migration, why: &Held) -> String {
    let is_private = |name: &str| Privacy::new(&migration.contacts).is_private_name(name);
    match why.writer() {
        Some(writer) if is_private(writer) => {
            format!(
                "held ({}); `chatferry plan --details` shows the reason",
                why.code()
            )
        }
        _ => why.to_string(),
    }
}

/// Why the oldest messages of a chat are missing: all its archives are cut.
fn cut(planned: &PlannedChat) -> Option<String> {
    let chat = &planned.chat;
    let is_cut = |doubt: &Doubt| {
        matches!(
            doubt,
            Doubt::ProbablyCut(_) | Doubt::ProbablyCutWithFiles(_) | Doubt::DeclaredIncomplete
        )
    };
    let of_archive = |at: usize| {
        let mut doubts = chat.doubts.iter();
        let found = doubts.find(|(archive, doubt)| *archive as usize == at && is_cut(doubt));
        found.map(|(_, doubt)| doubt.describe())
    };
    let cut: Option<Vec<String>> = (0..chat.archives.len()).map(of_archive).collect();
    cut?.into_iter().next()
}
