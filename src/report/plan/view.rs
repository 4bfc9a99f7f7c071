//! A plan as a serializable view: chats, what waits for a person, totals, cost.
//!
//! Made from the plan, its totals and its estimate, here alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::counts::{Cost, Counts, Group, kinds, rules};
use super::questions::{Labels, Questions};
use crate::app::{Account, Numbers, Planned, lead_page};
use crate::ids::LeadId;
use crate::plan::{LeftBehind, Plan, PlannedChat, Totals, Undecided};
use crate::report::places::Places;
use crate::routing::{Gap, Rule};
use crate::settings::CloseSettings;
use crate::transform::desired::{Decision, Note, SharedNumber};
use crate::transform::device_zones;
use crate::transform::doubts::Doubt;

/// The number of locations that are kept per remark.
const SHOWN: usize = 5;

/// Everything that output shows of a plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanView {
    /// The summary object of `--json`.
    pub(crate) summary: Numbers,
    /// The organisation, user and server that it goes to; `None` offline.
    pub(super) into: Option<String>,
    /// The same by name, in one line.
    #[serde(skip)]
    pub(super) into_name: Option<String>,
    /// Whether leads have no address for a browser.
    #[serde(skip)]
    pub(super) is_sandbox: bool,
    /// Messages that are not selected are imported after it.
    pub(super) is_pilot: bool,
    /// Chats to import.
    pub(super) chats: Vec<ChatView>,
    /// Chats that wait for a decision.
    pub(super) held: Vec<HeldView>,
    pub(super) left_out: LeftOut,
    /// Messages in Close of chats that are left out.
    pub(super) left_behind: Vec<LeftBehindView>,
    /// Doubts about whole archives.
    pub(super) doubts: Vec<DoubtView>,
    /// Messages imported with a placeholder or read with doubts, by cause.
    pub(super) to_check: Vec<ToCheck>,
    pub(super) totals: Counts,
    /// Rows of native archives that their readers left out: label and number.
    pub(super) rows_left_out: Vec<(String, u64)>,
    /// Distinct messages by the word of their kind.
    pub(super) kinds: Vec<Group>,
    /// Distinct messages that are left out, by the word of the rule.
    pub(super) rules: Vec<Group>,
    /// The same by the description of the rule.
    #[serde(skip)]
    pub(super) rules_described: Vec<Group>,
    pub(super) unfinished: Unfinished,
    /// Deletions in Close, those of replaced messages included.
    pub(super) deletes: u64,
    /// Operations that exist only because this version reads the archives differently.
    pub(super) read_differently: u64,
    pub(super) cost: Cost,
    /// The configuration file.
    #[serde(skip)]
    pub(super) configuration: String,
    /// Carrying it out changes nothing, in Close or in the checkpoint.
    pub(super) is_empty: bool,
}

/// A chat to import.
#[derive(Debug, Serialize)]
pub(super) struct ChatView {
    pub(super) device: String,
    pub(super) name: String,
    pub(super) lead_id: LeadId,
    pub(super) counts: Counts,
    /// Updates by reason.
    pub(super) update_reasons: Vec<Group>,
    /// Messages that another integration also created in Close.
    pub(super) existing: u64,
    /// Activities of ours that repeat another one of the lead.
    pub(super) duplicates: u64,
    /// Activities of ours on other leads that repeat one on the lead.
    pub(super) repeated_elsewhere: u64,
    pub(super) questions: Questions,
    /// Its lead in contacts.csv, if that was merged into `lead_id`.
    pub(super) merged_from: Option<LeadId>,
    /// Names to which contacts.csv gives one number, if it is one chat for that reason.
    pub(super) shared_number: Option<String>,
    /// These names and the number, in a few words.
    #[serde(skip)]
    pub(super) shared_names: Option<String>,
    /// Milliseconds by which the times of the archives are later than the imported ones.
    pub(super) zone_shift: Option<i64>,
    /// The devices whose `timezone` may be the cause of a shift, with their zones.
    #[serde(skip)]
    pub(super) zones: String,
    /// Deleted messages whose counterpart in Close could not be determined.
    pub(super) undecided_deletions: u64,
    /// Deleted messages that stay on another lead.
    pub(super) deleted_on_other_leads: Places,
    /// Messages whose local time occurs twice.
    pub(super) ambiguous_times: u64,
}

/// A chat that waits for a decision.
#[derive(Debug, Serialize)]
pub(super) struct HeldView {
    pub(super) device: String,
    pub(super) name: String,
    pub(super) messages: u64,
    pub(super) code: &'static str,
    /// The cause and the remedy.
    pub(super) why: String,
    /// The same in two parts, if other chats may be held for the same kind of cause.
    #[serde(skip)]
    pub(super) gap: Option<Gap>,
}

/// Messages in Close of one chat that are left out now, on one lead.
#[derive(Debug, Serialize)]
pub(super) struct LeftBehindView {
    /// Device and name; a private chat is not named.
    pub(super) chat: String,
    pub(super) messages: u64,
    /// The rule that leaves these messages out; `None`: the whole chat is left out.
    pub(super) why: Option<&'static str>,
    /// The address of the lead; its id where it has no page.
    pub(super) lead: String,
    /// The first external ids.
    pub(super) examples: String,
    /// The command that shows what of the lead can be deleted.
    #[serde(skip)]
    pub(super) undo: String,
}

impl LeftBehindView {
    fn of(plan: &Plan, left: &LeftBehind, close: &CloseSettings) -> LeftBehindView {
        let chat = plan.chats.get(left.chat).map(|planned| &planned.chat);
        let chat = match chat {
            Some(chat) if !chat.private => format!("{}: {}", chat.device, chat.name),
            _ => "a private chat".to_owned(),
        };
        let examples: Vec<&str> = left.examples.iter().map(|id| id.as_str()).collect();
        let more = if left.messages > examples.len() as u64 {
            ", …"
        } else {
            ""
        };
        LeftBehindView {
            chat,
            messages: left.messages,
            why: left.rule.map(Rule::describe),
            lead: lead_page(close, &left.lead_id),
            examples: format!("{}{more}", examples.join(", ")),
            undo: format!("chatferry undo --lead {} --dry-run", left.lead_id),
        }
    }
}

/// Chats that a rule leaves out as a whole.
#[derive(Debug, Default, Serialize)]
pub(super) struct LeftOut {
    pub(super) chats: Vec<LeftOutView>,
    pub(super) private: Tally,
    pub(super) not_selected: Tally,
}

/// A chat that a rule leaves out, except private ones and those that are not selected.
#[derive(Debug, Serialize)]
pub(super) struct LeftOutView {
    pub(super) device: String,
    pub(super) name: String,
    pub(super) messages: u64,
    pub(super) rule: &'static str,
    pub(super) why: &'static str,
}

/// Chats and their messages.
#[derive(Debug, Default, Serialize)]
pub(super) struct Tally {
    pub(super) chats: u64,
    pub(super) messages: u64,
}

impl Tally {
    fn add(&mut self, chat: &PlannedChat) {
        self.chats += 1;
        self.messages += u64::from(chat.chat.read);
    }
}

/// A doubt about an archive as a whole.
#[derive(Debug, Serialize)]
pub(super) struct DoubtView {
    pub(super) archive: String,
    pub(super) code: &'static str,
    pub(super) text: String,
    /// The doubt in a few words.
    #[serde(skip)]
    pub(super) what: &'static str,
    /// Device and name of its chat.
    #[serde(skip)]
    pub(super) chat: String,
    /// The devices of which one may have the wrong `timezone`, with their zones; empty: none.
    #[serde(skip)]
    pub(super) zones: String,
}

/// Messages with the same remark.
#[derive(Debug, Serialize)]
pub(super) struct ToCheck {
    pub(super) why: &'static str,
    pub(super) places: Places,
}

/// Multi-step operations of earlier runs whose messages no archive has, or not as they were.
#[derive(Debug, Serialize)]
pub(super) struct Unfinished {
    pub(super) moves: u64,
    pub(super) links: u64,
}

impl PlanView {
    /// The view of a plan.
    pub(crate) fn of(planned: &Planned<'_>) -> PlanView {
        let (plan, totals, estimate) = (planned.plan, &planned.totals, &planned.estimate);
        let labels = Labels::of(plan);
        let configuration = planned.configuration.display().to_string();
        PlanView {
            summary: Numbers::of_plan(totals, estimate),
            into: planned.account.map(Account::label),
            into_name: planned.account.map(Account::name),
            is_sandbox: planned.account.is_some_and(Account::is_here),
            is_pilot: plan.is_pilot,
            chats: (plan.chats.iter())
                .filter_map(|chat| ChatView::of(&labels, chat))
                .collect(),
            held: plan.chats.iter().filter_map(HeldView::of).collect(),
            left_out: LeftOut::of(plan),
            left_behind: (plan.left_behind.iter())
                .map(|left| LeftBehindView::of(plan, left, planned.close))
                .collect(),
            doubts: doubts(plan, &configuration),
            to_check: to_check(plan),
            totals: Counts::of(totals),
            rows_left_out: plan.rows_left_out.clone(),
            kinds: kinds(totals),
            rules: rules(totals, Rule::word),
            rules_described: rules(totals, Rule::describe),
            unfinished: Unfinished {
                moves: totals.unfinished,
                links: totals.unfinished_links,
            },
            deletes: totals.deletes(),
            read_differently: plan.read_differently(),
            cost: Cost::of(planned),
            configuration,
            is_empty: planned.is_empty(),
        }
    }
}

impl PlanView {
    /// The number of messages that Close lacks for an unknown reason.
    pub(crate) fn missing(&self) -> u64 {
        let causes = self.chats.iter().flat_map(|chat| &chat.questions.causes);
        let missing = causes.filter(|cause| cause.code == Undecided::Missing.word());
        missing.map(|cause| cause.places.count()).sum()
    }

    /// The number of messages that were removed in Close and stay removed.
    pub(crate) fn removed(&self) -> u64 {
        self.totals.gone
    }

    /// The number of chats that wait for a decision.
    pub(crate) fn held(&self) -> u64 {
        self.held.len() as u64
    }
}

impl ChatView {
    /// The number of updates for this reason ([`crate::plan::Edit::reasons`]).
    pub(super) fn updates(&self, reason: &str) -> u64 {
        let own = self.update_reasons.iter();
        let own = own.filter(|group| group.what == reason);
        own.map(|group| group.messages).sum()
    }

    /// The view of a chat that has a destination.
    fn of(labels: &Labels, planned: &PlannedChat) -> Option<ChatView> {
        let to = planned.destination.as_ref()?;
        let chat = &planned.chat;
        let deletions = planned.deleted_on_other_leads.iter();
        Some(ChatView {
            device: chat.device.clone(),
            name: chat.name.clone(),
            lead_id: to.lead_id.clone(),
            counts: Counts::of(&Totals::of_chat(planned)),
            update_reasons: (planned.counts().reasons.iter())
                .map(|(reason, messages)| Group::of(reason, *messages))
                .collect(),
            existing: u64::from(planned.existing),
            duplicates: u64::from(planned.duplicates),
            repeated_elsewhere: u64::from(planned.repeated_elsewhere),
            questions: Questions::of(labels, planned),
            merged_from: chat.merged_from.first().cloned(),
            shared_number: chat.shared_number.as_ref().map(SharedNumber::describe),
            shared_names: chat.shared_number.as_ref().map(SharedNumber::brief),
            zone_shift: planned.shift,
            zones: device_zones::describe(&device_zones::devices(chat)),
            undecided_deletions: u64::from(planned.undecided_deletions),
            deleted_on_other_leads: Places::of(
                SHOWN,
                deletions.map(|(archive, line)| location(planned, *archive, *line)),
            ),
            ambiguous_times: u64::from(chat.ambiguous_times),
        })
    }
}

impl HeldView {
    fn of(planned: &PlannedChat) -> Option<HeldView> {
        let Decision::Held(why) = &planned.chat.standing else {
            return None;
        };
        Some(HeldView {
            device: planned.chat.device.clone(),
            name: planned.chat.name.clone(),
            messages: u64::from(planned.chat.held()),
            code: why.code(),
            why: why.to_string(),
            gap: why.gap(),
        })
    }
}

impl LeftOut {
    fn of(plan: &Plan) -> LeftOut {
        let mut all = LeftOut::default();
        for planned in &plan.chats {
            let chat = &planned.chat;
            match &chat.standing {
                Decision::LeftOut(Rule::NotSelected) => all.not_selected.add(planned),
                Decision::LeftOut(_) if chat.private => all.private.add(planned),
                Decision::LeftOut(rule) => all.chats.push(LeftOutView {
                    device: chat.device.clone(),
                    name: chat.name.clone(),
                    messages: u64::from(chat.read),
                    rule: rule.word(),
                    why: rule.describe(),
                }),
                Decision::Ready(_) | Decision::Held(_) => {}
            }
        }
        all
    }
}

/// Doubts about archives. Chats that contacts.csv leaves out and chats outside the selection are omitted;
/// private chats are among the former, so that no name of one appears.
fn doubts(plan: &Plan, configuration: &str) -> Vec<DoubtView> {
    let is_wanted = |planned: &&PlannedChat| match planned.chat.standing {
        Decision::LeftOut(rule) => rule == Rule::Groups && !planned.chat.private,
        Decision::Ready(_) | Decision::Held(_) => !planned.chat.private,
    };
    let of_chat = |planned: &PlannedChat| -> Vec<DoubtView> {
        let doubts = planned.chat.doubts.iter();
        let views = doubts.map(|(archive, doubt)| {
            let zones = match doubt {
                Doubt::OtherZone(_) => device_zones::doubtful(&planned.chat),
                _ => Vec::new(),
            };
            let zones = device_zones::describe(&zones);
            DoubtView {
                archive: label(planned, *archive).to_owned(),
                code: doubt.code(),
                text: doubt.describe() + &zones_to_check(&zones, configuration),
                what: doubt.brief(),
                chat: format!("{}: {}", planned.chat.device, planned.chat.name),
                zones,
            }
        });
        views.collect()
    };
    let wanted = plan.chats.iter().filter(is_wanted);
    wanted.flat_map(of_chat).collect()
}

/// What to do if one of these devices has the wrong `timezone`.
fn zones_to_check(zones: &str, configuration: &str) -> String {
    match zones.is_empty() {
        true => String::new(),
        false => format!(
            "; if no phone was in another zone, `timezone` in {configuration} is wrong for one of {zones}; compare the time of one message with the phone (`chatferry doctor`)"
        ),
    }
}

/// The remarks on chats of which something is sent.
fn to_check(plan: &Plan) -> Vec<ToCheck> {
    let mut by_note: BTreeMap<Note, Places> = BTreeMap::new();
    let is_shown = |planned: &&PlannedChat| planned.counts().sends() && !planned.chat.private;
    for planned in plan.chats.iter().filter(is_shown) {
        for (archive, line, note) in &planned.chat.notes {
            let places = by_note.entry(*note).or_default();
            places.add(SHOWN, || location(planned, *archive, *line));
        }
    }
    let views = by_note.into_iter().map(|(note, places)| ToCheck {
        why: note.describe(),
        places,
    });
    views.collect()
}

/// The label of an archive of a chat; empty for an unknown index.
fn label(planned: &PlannedChat, archive: u32) -> &str {
    let label = planned.chat.archives.get(archive as usize);
    label.map_or("", String::as_str)
}

/// `archive:line`.
pub(super) fn location(planned: &PlannedChat, archive: u32, line: u32) -> String {
    format!("{}:{line}", label(planned, archive))
}
