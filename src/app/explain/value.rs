//! An explanation of one message: plain data, whose fields are the keys of `explain --json`.
//!
//! Content, that is texts, names and archive names, is only in fields that [`Explanation::each_name`] visits or that are
//! documented as content. Telephone numbers are never complete.

use serde::Serialize;

use crate::app::checkpoint_commands::OpenOperation;

/// Everything that is known of a message.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Explanation {
    /// The id or place that was asked for.
    pub asked: String,
    /// The external id in Close; `None` for a line that belongs to no message, or of a chat that is not imported.
    pub external_id: Option<String>,
    /// The ids of WhatsApp under which archives have it.
    pub native_ids: Vec<String>,
    /// Whether it is of a private chat. Then nothing else of it is shown.
    pub private: bool,
    /// The lines of archives that contain it, the one that gives the text first.
    pub lines: Vec<SourceLine>,
    /// Its participant.
    pub sender: Option<SenderView>,
    /// Where its chat goes.
    pub routing: Option<RoutingView>,
    /// What its id is made of.
    pub identity: Option<IdentityView>,
    /// Its counterpart in the checkpoint or in Close.
    pub paired: Option<PairedView>,
    /// What the checkpoint records, on every lead.
    pub records: Vec<RecordView>,
    /// Unfinished operations on it.
    pub open_operations: Vec<OpenOperation>,
    /// What the next import does with it.
    pub next: NextView,
    /// What Close holds, with `--ask`.
    pub close: Option<CloseView>,
    /// If there is no checkpoint: what follows.
    pub no_checkpoint: Option<String>,
}

/// A line of an archive, or a record of a native archive.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SourceLine {
    /// The archive's path as other commands print it.
    pub archive: String,
    /// The name of its device in chatferry.toml.
    pub device: String,
    /// The chat's name.
    pub chat: String,
    /// The program that wrote the archive.
    pub platform: String,
    /// The line that was asked for, or that of the header; in a native archive the position of the record.
    pub line: u32,
    /// `header`, `continuation`, `oddity` or `record`.
    pub role: &'static str,
    /// The line of the header; `None` for a line that belongs to no message.
    pub header_line: Option<u32>,
    /// The number of lines of the message.
    pub line_count: u32,
    /// The form of the header.
    pub form: Option<String>,
    /// The order of day and month: `dmy`, `mdy` or `ymd`.
    pub date_order: Option<String>,
    /// The evidence for that order.
    pub date_order_evidence: Option<String>,
    /// The time as written, local to the phone.
    pub local_time: Option<String>,
    /// The kind of message.
    pub kind: Option<&'static str>,
    /// Whether the archive marks it as edited.
    pub edited: bool,
    /// The number of files that it names, and of those that the archive has.
    pub files: u32,
    /// See `files`.
    pub files_present: u32,
    /// Oddities of its lines.
    pub oddities: Vec<OddityView>,
    /// How it was recognised as a copy of the first line's message.
    pub copy_by: Option<&'static str>,
    /// The difference of its time from the known copy's, in milliseconds.
    pub copy_difference_ms: Option<i64>,
    /// The text as read; content: only at a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A line that was not read as expected.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OddityView {
    /// The number of the line in the transcript, from 1.
    pub line: u32,
    /// The code of the oddity, as in docs/reference.
    pub code: &'static str,
    /// In words; the line is the subject.
    pub what: &'static str,
}

/// The participant of a message.
#[derive(Debug, Serialize)]
pub(crate) struct SenderView {
    /// The name in the archive.
    pub name: String,
    /// `owner`, `contact`, `participant` of a group, or `ignored`.
    pub role: &'static str,
    /// The number by which it is identified, abbreviated.
    pub number: Option<String>,
    /// The lines of contacts.csv that are about the participant.
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
    /// The code of the hold or the rule.
    pub code: Option<&'static str>,
    /// The hold or the rule in words.
    pub why: Option<String>,
    /// The lines of contacts.csv that give lead, contact and number.
    pub contacts_lines: Vec<u32>,
    /// The lead that its messages are posted to; `None` unless the chat is ready.
    pub lead_id: Option<String>,
    /// The contact of that lead who sends or receives them.
    pub contact_id: Option<String>,
    /// The user of Close who owns them.
    pub user_id: Option<String>,
    /// The rule that leaves this message of the chat out.
    pub message_rule: Option<&'static str>,
}

/// The parts of an external id.
#[derive(Debug, Serialize)]
pub(crate) struct IdentityView {
    /// `native` or `derived`.
    pub kind: &'static str,
    /// The id that the archives give the message.
    pub id: String,
    /// Whether it is recorded, or will be, under another id.
    pub differs_from_record: bool,
    /// The chat: two abbreviated numbers, or `group`.
    pub chat: Option<String>,
    /// The key of a group.
    pub group_key: Option<String>,
    /// The sender: an abbreviated number, `name` or `none`.
    pub sender: Option<String>,
    /// The minute, RFC 3339.
    pub minute: Option<String>,
    /// The class of the content.
    pub class: Option<String>,
    /// The ordinal among messages with equal fields.
    pub ordinal: Option<u32>,
    /// The copy that the fields are taken from.
    pub origin: Option<String>,
}

/// The counterpart of a message.
#[derive(Debug, Serialize)]
pub(crate) struct PairedView {
    /// `recorded` or `listed` in Close.
    pub with: &'static str,
    /// Its external id.
    pub external_id: String,
    /// Its activity.
    pub activity_id: Option<String>,
    /// The evidence: `id`, `alternate_id`, `content` or `position`.
    pub by: &'static str,
    /// The difference of the times, in milliseconds.
    pub difference_ms: Option<i64>,
}

/// A run and when it began.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunView {
    /// Its number.
    pub run: u32,
    /// Its command, if recorded.
    pub command: Option<String>,
    /// Its start, RFC 3339.
    pub started_at: String,
}

/// A record of the checkpoint.
#[derive(Debug, Serialize)]
pub(crate) struct RecordView {
    /// The external id.
    pub external_id: String,
    /// The lead.
    pub lead_id: String,
    /// The state.
    pub state: &'static str,
    /// The origin.
    pub origin: &'static str,
    /// The activity.
    pub activity_id: Option<String>,
    /// The time, RFC 3339.
    pub activity_at: String,
    /// The run that created it in Close.
    pub created: Option<RunView>,
    /// The last run that changed it in Close.
    pub updated: Option<RunView>,
    /// The run that last changed the record.
    pub recorded: Option<RunView>,
    /// The run of `undo` that deleted it, if it is not in Close since.
    pub undone: Option<RunView>,
    /// The number of attempts to post it.
    pub attempts: u32,
    /// Why Close rejected it.
    pub failure: Option<String>,
    /// Why Close rejected a change or deletion of it.
    pub refused: Option<String>,
    /// Whether an update was sent whose outcome is unknown.
    pub changing: bool,
    /// The external id of its reply target.
    pub reply_to: Option<String>,
    /// Whether Close links it to that.
    pub linked: bool,
    /// The number of its files.
    pub files: u32,
    /// Its alternate ids.
    pub alternate_ids: Vec<String>,
}

/// What the next import does.
#[derive(Debug, Default, Serialize)]
pub(crate) struct NextView {
    /// A stable word.
    pub action: &'static str,
    /// For an update: the reasons.
    pub fields: Vec<&'static str>,
    /// In words.
    pub what: String,
    /// The activity that it concerns.
    pub activity_id: Option<String>,
}

/// What Close holds.
#[derive(Debug, Serialize)]
pub(crate) struct CloseView {
    /// Whether it has the message.
    pub found: bool,
    /// The activity that was read.
    pub activity_id: Option<String>,
    /// Its lead.
    pub lead_id: Option<String>,
    /// The time, RFC 3339.
    pub activity_at: Option<String>,
    /// The number of its files.
    pub files: u32,
    /// The fields that differ from what was sent and from what the archives want.
    pub differs: Vec<&'static str>,
    /// Why nothing was compared.
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

    /// Removes texts.
    pub(crate) fn without_texts(&mut self) {
        for line in &mut self.lines {
            line.text = None;
        }
    }
}
