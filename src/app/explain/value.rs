//! An explanation of one message: plain data, whose fields are the keys of `explain --json`.
//!
//! Content, that is texts, names and archive names, is only in fields that [`Explanation::each_name`] visits or that are
//! documented as content. Telephone numbers are never complete.

use serde::Serialize;

use crate::app::checkpoint_commands::OpenOperation;

/// Everything that is known of a message.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Explanation {
    /// The id, or the archive and line, that the person gave.
    pub asked: String,
    /// The external id in Close; `None` for a line that belongs to no message, or of a chat that is not imported.
    pub external_id: Option<String>,
    /// The ids of WhatsApp under which archives have it.
    pub native_ids: Vec<String>,
    /// Whether it is of a private chat. Then nothing else of it is shown.
    pub private: bool,
    /// The lines of archives that contain it, the one that gives the text first.
    pub lines: Vec<SourceLine>,
    /// The participant who sent it; `None` for a notice, or where no archive has the message.
    pub sender: Option<SenderView>,
    /// The decision about its chat; `None` where no archive has the chat.
    pub routing: Option<RoutingView>,
    /// What its external id is made of; `None` where no archive has the message.
    pub identity: Option<IdentityView>,
    /// Its counterpart in the checkpoint or in Close; `None` if there is none, or no archive has
    /// the message.
    pub paired: Option<PairedView>,
    /// What the checkpoint records, on every lead.
    pub records: Vec<RecordView>,
    /// Unfinished operations on it.
    pub open_operations: Vec<OpenOperation>,
    /// What the next import does with it.
    pub next: NextView,
    /// What Close holds of it; `None` without `--ask`.
    pub close: Option<CloseView>,
    /// A sentence about the absence of the checkpoint; `None` if there is one.
    pub no_checkpoint: Option<String>,
}

/// A line of an archive, or a record of a native archive.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SourceLine {
    /// The archive's path as other commands print it.
    pub archive: String,
    /// The name of its device in chatferry.toml.
    pub device: String,
    /// The chat's name as contacts.csv has it; content.
    pub chat: String,
    /// The program that wrote the archive.
    pub platform: String,
    /// The line that was asked for, or that of the header; in a native archive the position of the record.
    pub line: u32,
    /// `header`, `continuation`, `oddity` or `record`.
    pub role: &'static str,
    /// The line of the header; `None` for a line that belongs to no message.
    pub header_line: Option<u32>,
    /// The number of lines of the message, the header included.
    pub line_count: u32,
    /// The format of the archive's timestamps as a pattern, such as `[DD.MM.YY, HH:MM:SS]`; `None`
    /// for a native archive.
    pub form: Option<String>,
    /// The order of day, month and year in the archive: `dmy`, `mdy` or `ymd`; `None` for a native
    /// archive.
    pub date_order: Option<String>,
    /// The evidence for that order, in words.
    pub date_order_evidence: Option<String>,
    /// The local time of the message on the phone, as `2024-03-13T10:10:00`; `None` for a line that
    /// belongs to no message.
    pub local_time: Option<String>,
    /// The message's kind, as in the output of `parse`; `None` for a line that belongs to no
    /// message.
    pub kind: Option<&'static str>,
    /// Whether the archive marks it as edited.
    pub edited: bool,
    /// The number of files that the message names.
    pub files: u32,
    /// The number of these files that the archive has.
    pub files_present: u32,
    /// Oddities of its lines.
    pub oddities: Vec<OddityView>,
    /// What this copy and the first line's message have in common: `id`, `content` or `position`;
    /// `None` for the first line itself.
    pub copy_by: Option<&'static str>,
    /// How much later this copy is than the one that it was paired with, in milliseconds; `None`
    /// for the first line itself.
    pub copy_difference_ms: Option<i64>,
    /// The text as read, which is content: only at a terminal. `None` without content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A line that was not read as expected.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OddityView {
    /// The number of the line in the transcript, from 1.
    pub line: u32,
    /// The stable code of the oddity (docs/reference/rules.md).
    pub code: &'static str,
    /// What is odd about the line, in words; the line is the subject.
    pub what: &'static str,
}

/// The participant of a message.
#[derive(Debug, Serialize)]
pub(crate) struct SenderView {
    /// The name in the archive.
    pub name: String,
    /// `owner`, `contact`, `participant` of a group, or `ignored`.
    pub role: &'static str,
    /// The number by which external ids identify the participant, abbreviated; `None`: the name
    /// identifies.
    pub number: Option<String>,
    /// The lines of contacts.csv that map the participant, from 1.
    pub contacts_lines: Vec<u32>,
}

/// The decision about the chat, and the rule that leaves the message out.
#[derive(Debug, Serialize)]
pub(crate) struct RoutingView {
    /// The name of the device in chatferry.toml.
    pub device: String,
    /// The chat's name, as contacts.csv has it.
    pub chat: String,
    /// Whether it is a group.
    pub group: bool,
    /// `ready`, `held` or `left_out`.
    pub decision: &'static str,
    /// The stable code of the reason why the chat is held, or of the rule that leaves it out;
    /// `None` for a ready chat.
    pub code: Option<&'static str>,
    /// The same reason in words; `None` for a ready chat.
    pub why: Option<String>,
    /// The lines of contacts.csv that give lead, contact and number.
    pub contacts_lines: Vec<u32>,
    /// The lead that its messages are posted to; `None` unless the chat is ready.
    pub lead_id: Option<String>,
    /// The contact of that lead who sends or receives them, `cont_…`; `None` unless the chat is
    /// ready.
    pub contact_id: Option<String>,
    /// The user of Close who owns them, `user_…`; `None` unless the chat is ready, or if the key's
    /// user owns them.
    pub user_id: Option<String>,
    /// The stable word of the rule that leaves this message of the chat out; `None` if none does.
    pub message_rule: Option<&'static str>,
}

/// The parts of an external id. All fields from `chat` on are `None` for a native id.
#[derive(Debug, Serialize)]
pub(crate) struct IdentityView {
    /// `native` or `derived`.
    pub kind: &'static str,
    /// The id that the archives give the message.
    pub id: String,
    /// Whether it is recorded, or will be, under another id.
    pub differs_from_record: bool,
    /// The chat: two abbreviated numbers in the form `A and B`, or `group`.
    pub chat: Option<String>,
    /// The key of the group; `None` for a one-to-one chat.
    pub group_key: Option<String>,
    /// The sender: an abbreviated number, `name` or `none`.
    pub sender: Option<String>,
    /// The minute of the message, in UTC, RFC 3339.
    pub minute: Option<String>,
    /// The class of the content: the first word of the canonical body.
    pub class: Option<String>,
    /// The ordinal among messages with equal fields; `None` if it was not found.
    pub ordinal: Option<u32>,
    /// The copy that the fields are taken from, as `archive:line`.
    pub origin: Option<String>,
}

/// The counterpart of a message.
#[derive(Debug, Serialize)]
pub(crate) struct PairedView {
    /// `recorded` or `listed` in Close.
    pub with: &'static str,
    /// The external id under which the counterpart is recorded or listed.
    pub external_id: String,
    /// The activity id of the counterpart; `None` if it is recorded as not in Close.
    pub activity_id: Option<String>,
    /// The evidence: `id`, `alternate_id`, `content` or `position`.
    pub by: &'static str,
    /// How much later the message is in the archive than in the record, in milliseconds; `None`
    /// without a record.
    pub difference_ms: Option<i64>,
}

/// A run and when it began.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunView {
    /// The run's number in the checkpoint, from 1.
    pub run: u32,
    /// The run's command; `None` for a run of a version that did not record it.
    pub command: Option<String>,
    /// The start of the run, in UTC, RFC 3339.
    pub started_at: String,
}

/// What the checkpoint records of a message on one lead.
#[derive(Debug, Serialize)]
pub(crate) struct RecordView {
    /// The external id of the record.
    pub external_id: String,
    /// The lead of the record, `lead_…`.
    pub lead_id: String,
    /// The stable word of the recorded state, such as `done` or `absent`.
    pub state: &'static str,
    /// The stable word of the origin in Close: created by a run, or found there.
    pub origin: &'static str,
    /// The message's activity id in Close; `None` unless it is there.
    pub activity_id: Option<String>,
    /// The message's time in Close, in UTC, RFC 3339.
    pub activity_at: String,
    /// The run that created the message in Close; `None` if it was found there, or the run is not
    /// recorded.
    pub created: Option<RunView>,
    /// The last run that changed the message in Close; `None` if none did.
    pub updated: Option<RunView>,
    /// The run that last changed the record; `None` if that run is no longer recorded.
    pub recorded: Option<RunView>,
    /// The run of `undo` that deleted the message; `None` if none did, or a later run recorded it
    /// again.
    pub undone: Option<RunView>,
    /// The number of attempts to post it.
    pub attempts: u32,
    /// The code with which Close rejected the message; `None` unless its state is a failure.
    pub failure: Option<String>,
    /// The code with which Close rejected a change or deletion; `None` if there is no unresolved
    /// one.
    pub refused: Option<String>,
    /// Whether an update was sent whose outcome is unknown.
    pub changing: bool,
    /// The external id of its reply target; `None` if it is no reply.
    pub reply_to: Option<String>,
    /// Whether Close links the message to its reply target.
    pub linked: bool,
    /// The number of files that the message has in Close.
    pub files: u32,
    /// The alternate ids of the message.
    pub alternate_ids: Vec<String>,
}

/// What the next import does.
#[derive(Debug, Default, Serialize)]
pub(crate) struct NextView {
    /// The stable word of the action.
    pub action: &'static str,
    /// The stable words for the reasons of an update; empty for any other action.
    pub fields: Vec<&'static str>,
    /// What the next import does, in words; may contain a name.
    pub what: String,
    /// The activity that the action concerns; `None` if there is none yet.
    pub activity_id: Option<String>,
}

/// What Close holds of a message.
#[derive(Debug, Serialize)]
pub(crate) struct CloseView {
    /// Whether Close has the activity.
    pub found: bool,
    /// The activity that was requested; `None` if no activity of the message is known.
    pub activity_id: Option<String>,
    /// The lead that Close has the activity on, `lead_…`; `None` if Close has no such activity, or
    /// does not show its lead.
    pub lead_id: Option<String>,
    /// The time of the activity, in UTC, RFC 3339; `None` if Close has no such activity, or no time
    /// of it.
    pub activity_at: Option<String>,
    /// The number of files of the activity.
    pub files: u32,
    /// The fields that differ from what was sent and from what the archives want.
    pub differs: Vec<&'static str>,
    /// Why nothing was compared, in words; `None` if the activity was compared.
    pub not_compared: Option<String>,
}

impl Explanation {
    /// Passes every text that may contain a name to `change`.
    pub(crate) fn each_name(&mut self, mut change: impl FnMut(&mut String)) {
        change(&mut self.asked);
        for line in &mut self.lines {
            change(&mut line.archive);
            change(&mut line.device);
            change(&mut line.chat);
        }
        if let Some(sender) = &mut self.sender {
            change(&mut sender.name);
        }
        if let Some(routing) = &mut self.routing {
            change(&mut routing.device);
            change(&mut routing.chat);
            routing.why.iter_mut().for_each(&mut change);
        }
        if let Some(identity) = &mut self.identity {
            identity.group_key.iter_mut().for_each(&mut change);
            identity.origin.iter_mut().for_each(&mut change);
        }
        change(&mut self.next.what);
    }

    /// Removes texts and the name of the participant, who may be in no table; `chat` stands for the name of the chat.
    pub(crate) fn without_content(&mut self, chat: &str) {
        self.without_texts();
        for line in &mut self.lines {
            chat.clone_into(&mut line.chat);
        }
        if let Some(sender) = &mut self.sender {
            "[name]".clone_into(&mut sender.name);
        }
        if let Some(routing) = &mut self.routing {
            chat.clone_into(&mut routing.chat);
        }
    }

    /// Removes the text of every line.
    pub(crate) fn without_texts(&mut self) {
        for line in &mut self.lines {
            line.text = None;
        }
    }
}
