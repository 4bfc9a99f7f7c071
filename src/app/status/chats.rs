//! The chats and messages of a plan without Close, by state.

use crate::checkpoint::{self, RunRow, Snapshot, State};
use crate::plan::{Plan, PlannedChat, Totals};
use crate::survey::recorded_as;
use crate::transform::desired::Decision;

/// The numbers of chats by state. Every chat is ready, held, to decide, excluded or private.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Chats {
    /// Ready: an import posts the chat, or has posted it.
    pub ready: u64,
    /// Held for a reason outside contacts.csv, which the last run may have found in Close.
    pub held: u64,
    /// Ready chats without a message in Close.
    pub waiting: u64,
    /// Held until its row in contacts.csv is complete.
    pub to_decide: u64,
    /// Left out by a rule.
    pub excluded: u64,
    /// `import` is `private`, or never.txt names them.
    pub private: u64,
    /// Ready chats of which every message is in Close.
    pub done: u64,
    /// Ready chats of several names to which contacts.csv gives one number.
    pub several_names: u64,
    /// Ready chats that an import would change.
    #[serde(skip)]
    pub incomplete: u64,
    /// Chats of which something local was changed since they were imported completely.
    #[serde(skip)]
    pub changed: u64,
}

/// The numbers of messages, as a plan has them.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Messages {
    /// Messages in all archives, copies in several archives of a chat counted once.
    pub distinct: u64,
    /// Messages that a rule leaves out.
    pub left_out: u64,
    /// Messages of held chats.
    pub held: u64,
    /// Messages that should be in Close.
    pub desired: u64,
    /// Messages that are not in Close and would be posted.
    pub create: u64,
    /// Messages in Close that differ and would be updated.
    pub update: u64,
    /// Messages in Close on another lead, which would be replaced.
    pub replace: u64,
    /// Messages in Close as desired, and messages that were removed there and stay removed.
    pub unchanged: u64,
    /// The number among `unchanged` that were removed in Close.
    pub removed: u64,
    /// Messages whose counterpart in Close is uncertain: a person decides.
    pub undecided: u64,
}

impl Messages {
    /// The messages of a plan.
    pub(super) fn of(plan: &Plan) -> Messages {
        let totals = Totals::of_plan(plan);
        Messages {
            distinct: totals.distinct(),
            left_out: totals.skipped(),
            held: totals.held,
            desired: totals.desired,
            create: totals.create,
            update: totals.update,
            replace: totals.replace,
            unchanged: totals.unchanged,
            removed: totals.gone,
            undecided: totals.undecided,
        }
    }
}

impl Chats {
    /// The chats of a plan that was made without Close.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn of(plan: &Plan, snapshot: Option<&Snapshot>) -> Result<Chats, checkpoint::Error> {
        let mut chats = Chats::default();
        for planned in &plan.chats {
            match &planned.chat.standing {
                _ if planned.chat.private => chats.private += 1,
                Decision::LeftOut(_) => chats.excluded += 1,
                Decision::Held(why) if why.is_mapping_problem() => chats.to_decide += 1,
                Decision::Held(_) => chats.held += 1,
                Decision::Ready(_) => chats.add_ready(planned, snapshot)?,
            }
        }
        Ok(chats)
    }

    fn add_ready(
        &mut self,
        planned: &PlannedChat,
        snapshot: Option<&Snapshot>,
    ) -> Result<(), checkpoint::Error> {
        let totals = Totals::of_chat(planned);
        let has_operations = totals.operations() + totals.adopt > 0;
        let is_new = totals.create - totals.settle - totals.restore == totals.desired;
        self.ready += 1;
        self.several_names += u64::from(planned.chat.shared_number.is_some());
        self.incomplete += u64::from(has_operations);
        self.waiting += u64::from(has_operations && is_new);
        self.done += u64::from(!has_operations && totals.undecided == 0);
        if !has_operations && let Some(snapshot) = snapshot {
            self.changed += u64::from(is_changed(planned, snapshot)?);
        }
        Ok(())
    }

    /// The chats of a checkpoint, where no archive can be read: a chat is done if its last import was
    /// complete.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn recorded(snapshot: &Snapshot) -> Result<Chats, checkpoint::Error> {
        let mut chats = Chats::default();
        for row in snapshot.all_chats()? {
            let (mut is_there, mut is_open) = (false, false);
            snapshot.each_message_of(row.id, |message| {
                is_there |= message.state == State::Done;
                is_open |= matches!(
                    message.state,
                    State::Intent | State::Unknown | State::Failed
                );
            })?;
            let is_complete = !is_open && snapshot.digest_of(row.id)?.is_some();
            chats.ready += 1;
            chats.waiting += u64::from(!is_there);
            chats.done += u64::from(is_complete);
        }
        Ok(chats)
    }

    /// Moves the chats that a run held for what it found in Close from ready to held.
    pub(super) fn hold(&mut self, run: &RunRow) {
        let of_run = |name: &str| run.counts.get(name).copied().unwrap_or(0);
        let waiting = of_run("held_chats_waiting").min(self.waiting);
        let held = (waiting + of_run("held_chats_recorded")).min(self.ready - self.done);
        self.held += held;
        self.ready -= held;
        self.waiting -= waiting.min(held);
        self.incomplete = self.incomplete.saturating_sub(held);
    }
}

/// Whether the inputs of a chat are other ones than at its last complete import.
fn is_changed(planned: &PlannedChat, snapshot: &Snapshot) -> Result<bool, checkpoint::Error> {
    let now = recorded_as(&snapshot.key(), &planned.chat, planned.inputs.as_ref());
    let Some((handle, now)) = now else {
        return Ok(false);
    };
    let Some(row) = snapshot.chat(&handle)? else {
        return Ok(false);
    };
    let then = snapshot.digest_of(row.id)?;
    Ok(then.is_some_and(|(then, _)| then.digest != now.digest))
}
