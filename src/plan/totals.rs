//! Totals of a plan, and the check that they add up.

use std::collections::BTreeMap;

use super::{Counts, Plan, PlannedChat};
use crate::chat::Kind;
use crate::routing::Rule;
use crate::transform::desired::{Decision, Held};

/// The totals of a chat or of a whole plan, in messages unless stated otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages in all archives; one that several archives contain counts several times.
    pub read: u64,
    /// Rows of native archives that their readers left out; none of them is in `read`.
    pub rows_left_out: u64,
    /// Messages of which another archive of the same chat has a copy.
    pub seen_again: u64,
    /// Distinct messages by kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// Distinct messages that a rule leaves out.
    pub left_out: BTreeMap<Rule, u64>,
    /// Distinct messages of held chats.
    pub held: u64,
    /// Messages that should be in Close.
    pub desired: u64,
    /// Messages to be created, those of `settle` and `restore` included.
    pub create: u64,
    /// Messages in Close to be updated.
    pub update: u64,
    /// Messages in Close on another lead, to be created here and deleted there.
    pub replace: u64,
    /// The number among `replace` that an earlier run began.
    pub begun: u64,
    /// Interrupted moves of messages that are not read or now go elsewhere.
    pub unfinished: u64,
    /// Interrupted relinks, to be finished.
    pub unfinished_links: u64,
    /// Messages left alone because their counterpart in Close is uncertain.
    pub undecided: u64,
    /// Messages in Close as desired, those to be adopted included.
    pub unchanged: u64,
    /// The number among `unchanged` that are only to be recorded.
    pub adopt: u64,
    /// The number among `create` that an earlier run may have created: they are looked up first.
    pub settle: u64,
    /// The number among `unchanged` that were removed in Close.
    pub gone: u64,
    /// The number among `create` that were removed in Close (`gone = "restore"`).
    pub restore: u64,
    /// Messages that are recorded and that no archive has any more.
    pub kept: u64,
    /// Messages in Close that their senders deleted: to be deleted there.
    pub delete: u64,
    /// Activities in Close that repeat another one of their lead. They stay.
    pub duplicates: u64,
    /// Activities in Close that repeat one of another lead. They stay.
    pub repeated_elsewhere: u64,
    /// Relinks of replies that no archive has any more.
    pub relink: u64,
    /// The number of files to upload.
    pub files: u64,
    /// Total size of these files, in bytes.
    pub bytes: u64,
}

/// The totals of a plan do not add up: a bug.
#[derive(Debug, thiserror::Error)]
#[error(
    "the totals of the plan do not add up ({what}); this is a bug in chatferry, and nothing was sent"
)]
pub struct NotAddingUp {
    /// The sum that is wrong.
    pub what: &'static str,
}

impl Totals {
    /// The totals of one chat.
    pub fn of_chat(planned: &PlannedChat) -> Totals {
        let chat = &planned.chat;
        let mut totals = Totals {
            read: u64::from(chat.read),
            seen_again: u64::from(chat.seen_again),
            kinds: chat
                .kinds
                .iter()
                .map(|(kind, n)| (*kind, u64::from(*n)))
                .collect(),
            left_out: chat
                .left_out
                .iter()
                .map(|(rule, n)| (*rule, u64::from(*n)))
                .collect(),
            held: u64::from(chat.held()),
            kept: u64::from(planned.kept),
            delete: planned.removals.len() as u64,
            relink: planned.relinks.len() as u64,
            duplicates: u64::from(planned.duplicates),
            repeated_elsewhere: u64::from(planned.repeated_elsewhere),
            ..Totals::default()
        };
        totals.add_counts(planned.counts());
        totals
    }

    fn add_counts(&mut self, counts: &Counts) {
        self.desired += counts.desired;
        self.create += counts.create;
        self.settle += counts.settle;
        self.restore += counts.restore;
        self.update += counts.update;
        self.replace += counts.replace;
        self.begun += counts.begun;
        self.unchanged += counts.unchanged;
        self.adopt += counts.adopt;
        self.gone += counts.gone;
        self.undecided += counts.undecided;
        self.files += counts.files;
        self.bytes += counts.bytes;
        for (rule, number) in &counts.left_out {
            *self.left_out.entry(*rule).or_insert(0) += number;
        }
    }

    /// The number of operations that send requests.
    pub fn operations(&self) -> u64 {
        self.create
            + self.update
            + self.replace
            + self.unfinished
            + self.delete
            + self.relink
            + self.unfinished_links
    }

    /// Deletions in Close: they require `--allow-deletes`. An interrupted move was permitted when it began.
    pub fn deletes(&self) -> u64 {
        self.replace - self.begun + self.delete
    }

    /// The totals of a plan.
    pub fn of_plan(plan: &Plan) -> Totals {
        let mut sum = Totals::default();
        for chat in &plan.chats {
            sum.add(&Totals::of_chat(chat));
        }
        sum.rows_left_out = plan.rows_left_out.iter().map(|(_, rows)| rows).sum();
        sum.unfinished = plan.unfinished.len() as u64;
        sum.unfinished_links = plan.unfinished_links.len() as u64;
        sum
    }

    fn add(&mut self, other: &Totals) {
        self.read += other.read;
        self.seen_again += other.seen_again;
        for (kind, n) in &other.kinds {
            *self.kinds.entry(*kind).or_insert(0) += n;
        }
        for (rule, n) in &other.left_out {
            *self.left_out.entry(*rule).or_insert(0) += n;
        }
        self.held += other.held;
        self.desired += other.desired;
        self.create += other.create;
        self.update += other.update;
        self.replace += other.replace;
        self.begun += other.begun;
        self.undecided += other.undecided;
        self.gone += other.gone;
        self.restore += other.restore;
        self.delete += other.delete;
        self.relink += other.relink;
        self.duplicates += other.duplicates;
        self.repeated_elsewhere += other.repeated_elsewhere;
        self.unchanged += other.unchanged;
        self.adopt += other.adopt;
        self.settle += other.settle;
        self.kept += other.kept;
        self.files += other.files;
        self.bytes += other.bytes;
    }

    /// Distinct messages.
    pub fn distinct(&self) -> u64 {
        self.read.saturating_sub(self.seen_again)
    }

    /// Messages that rules leave out.
    pub fn skipped(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// Messages outside the selection: those of other chats, and those beyond `--limit`.
    pub fn not_selected(&self) -> u64 {
        self.left_out.get(&Rule::NotSelected).copied().unwrap_or(0)
    }

    /// Checks that the sums of all counts are equal to what was read.
    ///
    /// # Errors
    ///
    /// [`NotAddingUp`] names the first sum that is wrong, which is a bug.
    pub fn check(&self) -> Result<(), NotAddingUp> {
        let sums = [
            (
                "distinct = kinds",
                self.distinct() == self.kinds.values().sum::<u64>(),
            ),
            (
                "distinct = left out + held + desired",
                self.distinct() == self.skipped() + self.held + self.desired,
            ),
            (
                "desired = create + update + replace + unchanged + undecided",
                self.desired
                    == self.create + self.update + self.replace + self.unchanged + self.undecided,
            ),
        ];
        match sums.iter().find(|(_, right)| !right) {
            Some((what, _)) => Err(NotAddingUp { what }),
            None => Ok(()),
        }
    }
}

impl Plan {
    /// Checks the sums of every chat.
    ///
    /// # Errors
    ///
    /// [`NotAddingUp`] for the first chat whose totals do not add up.
    pub fn check(&self) -> Result<(), NotAddingUp> {
        for chat in &self.chats {
            Totals::of_chat(chat).check()?;
        }
        Ok(())
    }

    /// Whether recorded messages are missing in Close and a person has to decide about them.
    pub fn has_missing(&self) -> bool {
        self.chats.iter().any(|chat| chat.counts().missing > 0)
    }

    /// Whether a chat is unsteady.
    pub fn has_unsteady(&self) -> bool {
        (self.chats.iter())
            .any(|chat| matches!(chat.chat.standing, Decision::Held(Held::Unsteady(_))))
    }

    /// Whether a chat is held because Close could not be read.
    pub fn has_unlisted(&self) -> bool {
        (self.chats.iter())
            .any(|chat| matches!(chat.chat.standing, Decision::Held(Held::Unlisted(_))))
    }

    /// Operations that only a new version of parser or matching explains.
    pub fn read_differently(&self) -> u64 {
        let chats = self.chats.iter();
        chats.map(|chat| u64::from(chat.read_differently)).sum()
    }

    /// Number of held chats.
    pub fn held_chats(&self) -> usize {
        self.chats
            .iter()
            .filter(|chat| matches!(chat.chat.standing, Decision::Held(_)))
            .count()
    }
}
