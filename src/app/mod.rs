//! Use cases: what the commands do, as functions over values.
//!
//! Belongs here: the order of steps, which files of the migration are read and written, and what
//! refuses to continue. A use case prints nothing: it returns a value, reports [`Notice`]s and asks
//! through an [`Observer`], so that a command line, a web page and a test can call it. Never here: flags,
//! the environment, the terminal, layout of output.
//!
//! | module          | contains                                                           |
//! |-----------------|--------------------------------------------------------------------|
//! | `archives`      | archives that are read without a configuration                     |
//! | `migration`     | configuration, tables and archives of a migration, opened          |
//! | `mapping`       | the chats that a person maps, and decisions about them            |
//! | `migration_report` | the report of a migration, or of one conversation (`report`)   |
//! | `desired`       | what the archives want to be in Close, and what is wrong with tables |
//! | `planning`      | the one sequence of plan and import: survey, plan, checks          |
//! | `import`        | carries out a plan: checks, question, run, records of the run      |
//! | `bug_report`    | versions, names of settings and counts, for maintainers            |
//! | `verify`        | whether Close holds what plan and checkpoint expect, message by message |
//! | `recover`       | a checkpoint in place of a lost, damaged or outdated one            |
//! | `forget`        | erases one person                                                  |
//! | `undo`          | deletes what imports created                                       |
//! | `runs`          | the runs of a checkpoint, and their names                          |
//! | `doctor`        | checks that everything is as an import needs it                    |
//! | `status`        | where a migration is                                               |
//! | `lookup`        | the leads, contacts and users of contacts.csv in Close (`match`)   |
//! | `checkpoint_commands` | the checkpoint by itself: info, check, export, prune         |
//! | `explain`       | everything that is known of one message                            |
//! | `checklist`     | the customers whose chats should be exported                       |
//! | `init`          | writes the first chatferry.toml and contacts.csv                   |
//! | `phones`        | which archives are of which phone, without a configuration         |
//! | `account`       | the organisation and user that a credential belongs to             |
//! | `keys_user`     | devices whose messages have no user, although others have one      |
//! | `lead_names`    | leads by the name that contacts.csv has for them                   |
//! | `exchanged_contacts` | rows of contacts.csv with each other's contact                |
//! | `plan_file`     | a plan as a file                                                   |
//! | `confirmation`  | the name that a person types to confirm                            |
//! | `pilot`         | what a pilot posted, read back and compared                        |
//! | `completed`     | the inputs with which chats were imported completely               |
//! | `failure_table` | which rows failures.csv has                                        |
//! | `failure_rows`  | the format of failures.csv                                         |
//! | `tables`        | never.txt, exclude.csv, replies.csv, decisions.csv                 |
//! | `chat_inputs`   | a digest of everything local that a chat's plan depends on         |
//! | `people`        | names and numbers that output which is kept must not contain       |
//! | `redact`        | replaces them                                                      |
//! | `selection`     | whether `--device`, `--chat` and `--lead` match anything           |
//! | `present_leads` | the lead that a recorded lead was merged into                       |
//! | `strict`        | what may have been misread                                         |
//! | `observer`      | the interface of the caller of a use case                           |
//! | `numbers`       | the totals of a plan or run: the summary object of `--json`        |
//! | `notice`        | what a use case reports, and its wording                           |
//! | `error`         | exit statuses and errors                                           |
//! | `atomic_write`  | files that are replaced as a whole                                 |
//! | `one_writer`    | one writer of tables at a time                                     |
//! | `own_writes`    | what this process itself wrote into tables                         |

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

mod absent_checkpoint;
mod account;
mod archives;
pub(crate) mod atomic_write;
mod bug_report;
mod chat_inputs;
mod checked_pairs;
mod checklist;
mod checkpoint_commands;
mod completed;
mod confirmation;
mod contact_numbers;
mod desired;
mod doctor;
mod erasures;
mod error;
mod exchanged_contacts;
mod explain;
mod failure_rows;
mod failure_table;
mod forget;
mod import;
mod init;
mod keys_user;
mod lead_names;
mod lead_page;
mod lookup;
mod mapping;
mod migration;
mod migration_report;
mod notice;
mod numbers;
mod observer;
mod one_writer;
mod output_file;
mod own_writes;
mod people;
mod phones;
mod pilot;
mod plan_file;
mod planned;
mod planning;
mod present_leads;
mod probe;
mod recover;
mod redact;
mod run_checkpoint;
mod runs;
mod selection;
mod status;
mod storage;
mod strict;
mod tables;
mod undo;
mod verify;

use chrono::{DateTime, SecondsFormat, Utc};

pub use account::{Account, account};
pub use archives::{ArchivedChat, Archives};
pub use doctor::{Check, Finding, Grade};
pub use error::{Error, Exit, Result};
pub(crate) use forget::{
    HeldByArchives, Receipt, find_quoting, held_by_archives, refuse_own_number, rewrite,
};
pub use import::{Import, Order, Outcome, import};
pub use migration::{Migration, client};
pub use notice::{Notice, PilotKind, PilotMessage, Severity};
pub use numbers::Numbers;
pub use observer::{Answer, Choice, Chosen, Finished, Observer, Question, Start, Unattended};
pub use plan_file::PlanFile;
pub use planned::Planned;
pub use planning::{PlanOrder, PlanOutcome, plan};
pub(crate) use recover::{
    Ending, Lines, Lost, Nothing, Recover, RecoverOrder, Recovery, number, recover,
};
pub use redact::Redactor;
pub(crate) use verify::{
    FilesToRead, Found, Next, RepairOrder, RepairResult, Repaired, Verification, VerifyOrder,
    check_table_target, repair, verify,
};
pub use verify::{MessagePlace, PlannedRepair, RepairOperation, Unrepaired};

pub(crate) use absent_checkpoint::{
    absence_of_checkpoint, absent_checkpoint, absent_checkpoint_of_asked,
    absent_checkpoint_sentence, recorded_address,
};
pub(crate) use bug_report::{BugReport, bug_report};
pub(crate) use checklist::{ChecklistLine, checklist};
pub(crate) use checkpoint_commands::{
    CheckpointCheck, CheckpointFinding, CheckpointInfo, PruneResult, check_checkpoint,
    checkpoint_info, copy_checkpoint, export_checkpoint, prune_checkpoint,
};
pub(crate) use confirmation::is_name_typed;
pub(crate) use doctor::{Progress, check};
pub(crate) use explain::{
    CloseView, ExplainOrder, Explanation, IdentityView, PairedView, RecordView, RoutingView,
    SenderView, SourceLine, explain,
};
pub(crate) use failure_table::table_of;
pub(crate) use import::unless_stopped;
use init::archive_folders;
pub(crate) use init::{
    Known as KnownOfDevice, Report as InitReport, Request as InitRequest, configured_paths,
    default_configuration, init,
};
pub(crate) use lead_names::NamedLead;
pub(crate) use lead_page::lead_page;
pub(crate) use lookup::{
    Book, Lookup, LookupNumbers, LookupResult, RowResult, WriteOrder, look_up,
};
pub(crate) use mapping::{
    ArchivedText, CandidateContact, ChatChoice, ChatDecision, ChatList, ChatState, DecidedChat,
    Excerpt, FoundContacts, KnownChats, ListedArchive, ListedChat, ListedUser, PhoneAnswers,
    SeenTable, Stamp, TableChange, TakeBack, Written, add_decision, add_excluded, add_never,
    address_books, answer_groups, answer_phones, candidates_of, chats_of_rows, checkpoint_stamp,
    decide_chats, difference, find_contacts, list_users, overview, problem_of_phone, settings_in,
    stamp, take_back, texts_at, texts_in_close,
};
pub(crate) use migration::{client_for_checks, contacts, settings_and_contacts};
pub(crate) use migration_report::{
    Bubble, BubbleState, ByReason, ChatReport, Conversation, DeviceReport, Entry, FailureGroup,
    MigrationReport, Month, Omitted, ReportOrder, Run as ReportRun, SampledMessage,
    Sums as ReportSums, check_report_table_target, check_report_target, conversation,
    migration_report, report_table,
};
pub(crate) use notice::{ENCODING_ASSUMED, outage_message};
pub(crate) use phones::{InspectedPhones, Misplaced, SeenPhone};
pub(crate) use plan_file::check_target;
pub(crate) use planning::report_settings;
pub(crate) use runs::{RunLine, created_leads, runs};
pub(crate) use status::{Chats, LastRun, Messages, Status, status};
pub(crate) use storage::storage_exit;
pub(crate) use strict::Misread;
pub(crate) use undo::{
    ChatPreview, Kept, KeptWhy, LeadPreview, Person, Prepared, UndoOrder, UndoOutcome,
    carry_out as carry_out_undo, prepare as prepare_undo,
};

/// A time for output, RFC 3339 with seconds; `milliseconds` since 1970. Empty if it is out of range.
fn output_time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}
