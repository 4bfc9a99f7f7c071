//! What all pages share: the place of the migration, the session, the credential, jobs, what was read.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono_tz::Tz;
use data_encoding::HEXLOWER;

use super::idle::Idle;
use super::job::{Job, Jobs};
use super::kept::Kept;
use super::opened_chat::OpenedChat;
use super::plan_shown::{Inputs, ShownPlan};
use super::readings::{Later, Reading, Readings};
use super::session::Session;
use crate::app::{ListedChat, ListedUser, MigrationReport, SeenTable, TableChange};
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::config::Overrides;

/// The size of all versions of tables that are kept, in bytes, to show what changed since a page was made.
const KEPT: usize = 64 * 1024 * 1024;
/// The number of versions that are kept whatever their size.
const VERSIONS: usize = 16;

/// The migration that the page is about, and what the environment determines.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The path of the configuration; it need not exist.
    pub(crate) file: PathBuf,
    /// Flags and environment variables that override the configuration.
    pub(crate) overrides: Overrides,
    /// The zone of this computer; `None` if it is not known.
    pub(crate) zone: Option<Tz>,
}

/// The last decision about chats, to be taken back.
pub(super) struct LastDecision {
    /// Its number among the decisions of this process.
    pub(super) number: u64,
    /// In words; a private chat is not named.
    pub(super) text: String,
    /// The chats that the words may name, by their ids on these pages.
    pub(super) chats: Vec<String>,
    pub(super) changes: Vec<TableChange>,
    /// What was read before it.
    pub(super) before: Arc<Reading>,
    /// The address of the list and the card from which it was made.
    pub(super) from: String,
}

/// The state of the page. Nothing of it outlives the process.
pub(super) struct Site {
    pub(super) place: Place,
    /// Address and port, as requests name them.
    pub(super) host: String,
    pub(super) session: Session,
    pub(super) idle: Idle,
    pub(super) clock: SharedClock,
    pub(super) jobs: Jobs,
    pub(super) readings: Arc<Readings>,
    pub(super) later: Later,
    /// The report that was made last.
    pub(super) report: Arc<Kept<MigrationReport>>,
    /// The chat whose timeline was opened last.
    pub(super) chat: Arc<Kept<OpenedChat>>,
    auth: Mutex<Option<Auth>>,
    /// Organisation and user that the credential belongs to, once Close has accepted it.
    account: Mutex<Option<String>>,
    /// The users of Close, once they were read.
    users: Mutex<Option<Vec<ListedUser>>>,
    plan: Mutex<Option<ShownPlan>>,
    /// The files with which a comparison found Close as it should be.
    verified: Mutex<Option<Inputs>>,
    plans: AtomicU64,
    decisions: AtomicU64,
    last: Mutex<Option<LastDecision>>,
    seen: Mutex<VecDeque<SeenTable>>,
    /// The places of messages that were decided since the plan.
    decided: Mutex<HashSet<String>>,
    /// Held while a decision is written, and while a step begins.
    writing: Mutex<()>,
    /// The key of ids of chats: a name in an address would stay in the browser's history.
    id_key: [u8; 32],
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    pub(super) fn new(
        place: Place,
        auth: Option<Auth>,
        (host, session): (String, Session),
        clock: &SharedClock,
    ) -> Site {
        Site {
            place,
            host,
            id_key: session.derived_key(),
            session,
            idle: Idle::default(),
            clock: SharedClock::clone(clock),
            jobs: Jobs::default(),
            readings: Arc::default(),
            later: Later::default(),
            report: Arc::default(),
            chat: Arc::default(),
            auth: Mutex::new(auth),
            account: Mutex::default(),
            users: Mutex::default(),
            plan: Mutex::default(),
            verified: Mutex::default(),
            plans: AtomicU64::default(),
            decisions: AtomicU64::default(),
            last: Mutex::default(),
            seen: Mutex::default(),
            decided: Mutex::default(),
            writing: Mutex::default(),
        }
    }

    /// The credential; `None` until a person gives it.
    pub(super) fn auth(&self) -> Option<Auth> {
        locked(&self.auth).clone()
    }

    /// The users of Close; `None` until they were read with this credential.
    pub(super) fn users(&self) -> Option<Vec<ListedUser>> {
        locked(&self.users).clone()
    }

    /// Keeps the users of Close.
    pub(super) fn set_users(&self, users: Vec<ListedUser>) {
        *locked(&self.users) = Some(users);
    }

    /// Keeps a credential that Close accepted.
    pub(super) fn set_auth(&self, auth: Auth, account: &str) {
        *locked(&self.auth) = Some(auth);
        *locked(&self.users) = None;
        *locked(&self.account) = Some(account.to_owned());
    }

    /// The account of the credential, if Close has accepted it.
    pub(super) fn account(&self) -> Option<String> {
        locked(&self.account).clone()
    }

    /// Whether the migration has a configuration.
    pub(super) fn has_configuration(&self) -> bool {
        self.place.file.symlink_metadata().is_ok()
    }

    /// Whether a job is running.
    pub(super) fn is_busy(&self) -> bool {
        self.jobs.running().is_some()
    }

    /// Whether a job is working. One that waits for an answer does not keep an unused page open.
    pub(super) fn is_working(&self) -> bool {
        self.jobs.running().is_some_and(|job| !job.is_waiting())
    }

    /// Stops the job that runs, if there is one.
    pub(super) fn stop_job(&self) {
        if let Some(job) = self.jobs.running() {
            Job::stop(&job);
        }
    }

    /// The plan that was shown.
    pub(super) fn plan(&self) -> MutexGuard<'_, Option<ShownPlan>> {
        locked(&self.plan)
    }

    /// A number for another plan.
    pub(super) fn next_plan(&self) -> u64 {
        self.plans.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Keeps a plan that was shown, or forgets it.
    pub(super) fn set_plan(&self, plan: Option<ShownPlan>) {
        *locked(&self.plan) = plan;
        locked(&self.decided).clear();
    }

    /// The files with which a comparison found Close as it should be; `None` if none did, or something was written to Close since.
    pub(super) fn verified(&self) -> Option<Inputs> {
        locked(&self.verified).clone()
    }

    /// Keeps the files of a comparison that found Close as it should be, or forgets them.
    pub(super) fn set_verified(&self, verified: Option<Inputs>) {
        *locked(&self.verified) = verified;
    }

    /// Notes that the message at this place was decided.
    pub(super) fn decide_message(&self, place: String) {
        locked(&self.decided).insert(place);
    }

    /// The places of messages that were decided since the plan.
    pub(super) fn decided_messages(&self) -> HashSet<String> {
        locked(&self.decided).clone()
    }

    /// The lock under which a decision is written or a step begins.
    pub(super) fn writing(&self) -> MutexGuard<'_, ()> {
        locked(&self.writing)
    }

    /// The number of the last decision, and the decision in words; without its chat, if that is none of these any more.
    pub(super) fn last_decision(&self, chats: &[ListedChat]) -> Option<(u64, String)> {
        let last = locked(&self.last);
        let last = last.as_ref()?;
        let is_listed = |id: &String| chats.iter().any(|chat| self.id_of(chat) == *id);
        let text = match last.chats.iter().all(is_listed) {
            true => last.text.clone(),
            false => "The last decision.".to_owned(),
        };
        Some((last.number, text))
    }

    /// The number of a new decision.
    pub(super) fn next_decision(&self) -> u64 {
        self.decisions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Keeps the last decision.
    pub(super) fn set_last(&self, last: LastDecision) {
        *locked(&self.last) = Some(last);
    }

    /// Takes the last decision, to take it back, if it has this number.
    pub(super) fn take_last(&self, number: u64) -> Option<LastDecision> {
        locked(&self.last).take_if(|last| last.number == number)
    }

    /// The digest of a table for a form, whose bytes are kept.
    pub(super) fn seen(&self, table: &SeenTable) -> String {
        let digest = table.digest();
        let mut seen = locked(&self.seen);
        seen.retain(|one| one != table);
        seen.push_back(table.clone());
        let mut size: usize = seen.iter().map(|table| table.text().len()).sum();
        while seen.len() > VERSIONS && size > KEPT {
            size -= seen.pop_front().map_or(0, |oldest| oldest.text().len());
        }
        digest
    }

    /// The table that had this digest.
    pub(super) fn seen_before(&self, digest: &str) -> Option<SeenTable> {
        let seen = locked(&self.seen);
        seen.iter().find(|table| table.digest() == digest).cloned()
    }

    /// The id of a chat on these pages.
    pub(super) fn id_of(&self, chat: &ListedChat) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.id_key);
        for text in [&chat.device, &chat.name] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        HEXLOWER.encode(&hasher.finalize().as_bytes()[..8])
    }
}
