//! An undo before it is carried out as a serializable view: chats with their numbers, what stays and why, leads, totals.

use serde::Serialize;

use crate::app::{ChatPreview, Kept, KeptWhy, LeadPreview, NamedLead, Prepared};
use crate::ids::LeadId;
use crate::plan::compare::Field;
use crate::quantity::{count, number};

/// Everything that output shows of an undo, or of an erasure, before it is carried out.
#[derive(Debug, Serialize)]
pub(crate) struct UndoView {
    /// The run that is undone; `None`: every one.
    pub(super) run: Option<u32>,
    /// Organisation and user.
    #[serde(skip)]
    pub(super) organization: String,
    /// The same with their ids and the server.
    pub(super) account: String,
    /// Whether leads have no address for a browser.
    #[serde(skip)]
    pub(super) is_sandbox: bool,
    /// Deletions that an interrupted undo began.
    pub(super) begun: u64,
    /// Chats with something to show.
    pub(super) chats: Vec<ChatView>,
    /// Messages that stay.
    pub(super) kept: Vec<KeptView>,
    /// Messages that stay for reasons of the run and not of their own, each with the reason.
    pub(super) remarks: Vec<Remark>,
    /// Chats that stay because their device is not recorded.
    pub(super) unclear: Vec<String>,
    /// Leads with messages of ours that the checkpoint does not record, and the number of these.
    pub(super) unrecorded: Vec<(NamedLead, u64)>,
    /// Leads that `match` created.
    pub(super) leads: Vec<LeadView>,
    /// Leads that `match` created and that are not included.
    pub(super) leads_left: u64,
    /// Numbers of messages that are not 0, and that to delete, each with what becomes of them.
    pub(super) totals: Vec<(u64, &'static str)>,
    /// Leads to delete.
    pub(super) leads_deleted: u64,
    /// Messages that are no longer in Close.
    pub(super) already_gone: u64,
    pub(super) estimated_requests: u64,
    pub(super) estimated_seconds: f64,
    /// Why there is nothing to do.
    pub(super) nothing: Option<String>,
}

/// What may become of messages of a chat, besides that they are deleted.
pub(super) const NOTES: usize = 7;

/// A chat of an undo.
#[derive(Debug, Serialize)]
pub(super) struct ChatView {
    /// Its device and name, in a sentence.
    pub(super) chat: String,
    /// Its device, if known.
    pub(super) device: Option<String>,
    /// Its name, in a table.
    pub(super) name: String,
    pub(super) leads: Vec<LeadId>,
    /// To delete.
    pub(super) delete: u64,
    /// Other numbers of messages, each with what becomes of them; in the same order for each chat.
    pub(super) notes: [(u64, &'static str); NOTES],
}

/// A message that stays.
#[derive(Debug, Serialize)]
pub(super) struct KeptView {
    /// Its activity, or its lead if that is not known.
    pub(super) what: String,
    pub(super) chat: String,
    pub(super) lead_id: LeadId,
    pub(super) why: String,
}

/// Messages that an undo leaves as they are.
#[derive(Debug, Serialize)]
pub(super) struct Remark {
    pub(super) messages: u64,
    pub(super) why: &'static str,
}

/// A lead that `match` created.
#[derive(Debug, Serialize)]
pub(super) struct LeadView {
    pub(super) lead: NamedLead,
    /// Why it stays; `None`: it is deleted.
    pub(super) kept: Option<String>,
    /// The line of contacts.csv that names it.
    pub(super) line: Option<u32>,
}

impl UndoView {
    /// The view of an undo. `changed`: what becomes of messages that were changed in Close.
    pub(crate) fn of(prepared: &Prepared<'_>, changed: &'static str) -> UndoView {
        let numbers = &prepared.numbers;
        UndoView {
            run: prepared.run,
            organization: prepared.account(false),
            account: prepared.account(true),
            is_sandbox: prepared.is_sandbox(),
            begun: prepared.begun(),
            chats: (prepared.chats.iter())
                .map(|chat| ChatView::of(chat, changed))
                .collect(),
            kept: prepared.kept.iter().map(KeptView::of).collect(),
            remarks: remarks(prepared),
            unclear: prepared.unclear().to_vec(),
            unrecorded: (prepared.unrecorded.iter())
                .map(|(lead, messages)| (prepared.lead_names.named(lead), *messages))
                .collect(),
            leads: prepared.leads.iter().map(LeadView::of).collect(),
            leads_left: prepared.leads_left,
            totals: totals(prepared),
            leads_deleted: numbers.leads_deleted,
            already_gone: numbers.already_gone,
            estimated_requests: numbers.estimated_requests,
            estimated_seconds: numbers.estimated_seconds,
            nothing: prepared.nothing().map(str::to_owned),
        }
    }
}

impl ChatView {
    fn of(chat: &ChatPreview, changed: &'static str) -> ChatView {
        let notes = [
            (chat.changed, changed),
            (chat.replied, "kept, replied to by what stays"),
            (chat.unfinished, "kept, in doubt"),
            (chat.gone, "already gone"),
            (
                chat.unread,
                "not in the list of their lead, read before they are deleted",
            ),
            (
                chat.unsettled,
                "of them with unknown outcome, looked up first",
            ),
            (chat.updated, "updated only"),
        ];
        ChatView {
            chat: chat.chat.clone(),
            device: chat.device.clone(),
            name: chat.name.clone(),
            leads: chat.leads.clone(),
            delete: chat.delete,
            notes,
        }
    }

    /// The numbers besides those to delete that are not 0, each with what becomes of the messages.
    pub(super) fn others(&self) -> Vec<(u64, &'static str)> {
        let notes = self.notes.into_iter();
        notes.filter(|(number, _)| *number > 0).collect()
    }
}

impl KeptView {
    /// The view of a message that stays.
    pub(super) fn of(kept: &Kept) -> KeptView {
        KeptView {
            what: match &kept.activity_id {
                Some(activity) => activity.to_string(),
                None => format!("a message on {}", kept.lead_id),
            },
            chat: kept.chat.clone(),
            lead_id: kept.lead_id.clone(),
            why: why(&kept.why),
        }
    }
}

impl LeadView {
    /// The view of a lead.
    pub(super) fn of(lead: &LeadPreview) -> LeadView {
        LeadView {
            lead: lead.lead.clone(),
            kept: lead.kept.clone(),
            line: lead.line,
        }
    }
}

fn remarks(prepared: &Prepared<'_>) -> Vec<Remark> {
    let of_run = prepared.run.map_or(0, |_| prepared.unknown_run());
    let all = [
        Remark {
            messages: prepared.replaced,
            why: "moved to another lead by this run; deleting them here does not bring them back to the former lead",
        },
        Remark {
            messages: prepared.numbers.unchanged,
            why: "updated by this run and created by another; an update cannot be reverted, so they stay as they are",
        },
        Remark {
            messages: of_run,
            why: "of imports before runs were recorded; select them by `--chat` or `--lead`, or leave out `--run`",
        },
    ];
    all.into_iter().filter(|one| one.messages > 0).collect()
}

fn totals(prepared: &Prepared<'_>) -> Vec<(u64, &'static str)> {
    let numbers = &prepared.numbers;
    let all = [
        (numbers.deleted, "to delete"),
        (numbers.unknown, "to look up first"),
        (numbers.kept, "kept"),
        (numbers.already_gone, "already gone"),
        (numbers.not_reached, "beyond the limit"),
    ];
    all.into_iter()
        .filter(|(number, what)| *number > 0 || *what == "to delete")
        .collect()
}

fn why(why: &KeptWhy) -> String {
    match why {
        KeptWhy::Changed(fields) => {
            let fields: Vec<&str> = fields.iter().map(|field| name(*field)).collect();
            format!("changed in Close since ({})", fields.join(", "))
        }
        KeptWhy::UpdateUnfinished => {
            "an import was interrupted while it updated this message; `chatferry import` finishes that".to_owned()
        }
        KeptWhy::Replied => "an activity that stays replies to it".to_owned(),
        KeptWhy::Moving => {
            "an import was interrupted while it moved this message to another lead; `chatferry import` finishes that".to_owned()
        }
        KeptWhy::Refused(reason) => format!("Close rejects the deletion: {reason}"),
        KeptWhy::Unknown(reason) => {
            format!("no answer to the deletion ({reason}); the same command finishes it")
        }
        KeptWhy::ChatStopped => {
            "not tried, since Close did not carry out the deletions before it in this chat; the same command tries it again".to_owned()
        }
        KeptWhy::NotRead(reason) => format!("it could not be read: {reason}"),
        KeptWhy::OnOtherLead(lead) => {
            format!("it is on {lead}, probably after a merge; the same command follows it")
        }
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Text => "text",
        Field::Time => "time",
        Field::Direction => "direction",
        Field::Contact => "contact",
        Field::User => "user",
        Field::LocalPhone | Field::RemotePhone => "number",
        Field::People => "contact, user or number",
        Field::Link | Field::IntegrationLink => "link",
        Field::FileNames | Field::FileSizes | Field::FileBytes => "files",
    }
}

/// Each number with what it counts, separated by commas.
pub(super) fn parts(numbers: &[(u64, &'static str)]) -> String {
    let parts: Vec<String> = (numbers.iter())
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    parts.join(", ")
}

/// The number of messages of ours without a record, in a sentence.
pub(super) fn unrecorded(number: u64) -> String {
    format!(
        "{} of ours in Close without a record; the checkpoint is lost or older than the last import",
        count(number, "message")
    )
}
