//! The plan: the difference between the desired messages and those known to be in Close.
//!
//! Pure: [`build()`] turns desired chats and the [`Known`] messages of each into a [`Plan`], a value that is
//! printed, counted and carried out unchanged. The command `plan` prints the same value that `import`
//! carries out. Out of scope: reading the checkpoint or Close (the survey), and sending requests (the
//! executor).
//!
//! See docs/design/planning.md.

mod action;
mod aliases;
mod build;
mod changed_in_close;
mod checksums;
pub mod compare;
mod contested;
mod counts;
mod coverage;
mod decide;
mod decided;
mod decided_messages;
mod deletions;
mod draft;
mod duplicates;
mod edit;
mod equal_records;
mod estimate;
mod evidence;
mod existing;
mod former_member;
mod group_owner;
mod held;
mod in_place;
mod indexed_pairing;
mod known;
mod known_authors;
mod known_deletions;
mod left_behind;
mod links;
mod locations;
mod missing;
mod packed;
mod paired;
mod pasted;
pub mod pilot;
mod planned;
mod reconcile;
mod reconciled;
mod record;
mod records;
mod removed;
pub mod repair;
mod repeated;
mod repeated_hour;
mod reply_targets;
mod same_id;
mod selection;
pub mod steady;
mod totals;
mod undecided_files;
mod unfinished;
mod unmarked_edits;
mod unrecorded;
mod vacant_timestamps;
mod zone_correction;

use std::sync::Arc;

use crate::archive::Container;
use crate::ids::ExternalId;
use crate::settings::Problem;
use crate::transform::desired::{Answers, DesiredMessage};

pub use action::{Action, Replacement, Undecided};
pub use build::build;
pub use counts::Counts;
pub use coverage::is_fully_recorded;
pub use draft::{Draft, Drafts};
pub use edit::{Edit, Incomplete, PeopleParts, files_text, people_text};
pub use estimate::Estimate;
pub use known::{Deletions, Known, Present, Unfinished, UnfinishedLink};
pub use left_behind::LeftBehind;
pub use locations::Locations;
pub use missing::{has_unrecorded_gap, is_never_posted, unlisted};
pub use planned::{
    Adoption, Candidate, CopyRecord, Learned, Planned, PlannedChat, Question, RedundantCopy,
    Relink, Removal,
};
pub use reconcile::unmatched;
pub use record::{Answer, Fingerprint, Followed, Hasher, Record, RecordFacts, Tombstone};
pub use records::{Recorded, Records};
pub use reply_targets::{ReplyTarget, ReplyTargets};
pub use selection::Selection;
pub use totals::{NotAddingUp, Totals};
pub use unrecorded::ListedPeople;

/// The reply target of `message` of chat number `chat`, if the plan contains it: chat, and index into
/// [`PlannedChat::messages`].
pub fn target_of(chat: usize, message: &DesiredMessage) -> Option<(usize, usize)> {
    match (message.reply_to, message.answers.as_deref()) {
        (Some(target), _) => Some((chat, target as usize)),
        (None, Some(Answers::Planned { chat, message, .. })) => {
            Some((*chat as usize, *message as usize))
        }
        (None, _) => None,
    }
}

/// The external id of the reply target of `message` of chat number `chat`, in the plan or in Close;
/// `None` if it is no reply, or its target is in neither.
pub fn reply_target_id<'p>(
    chats: &'p [PlannedChat],
    chat: usize,
    message: &'p DesiredMessage,
) -> Option<&'p ExternalId> {
    let planned = target_of(chat, message)
        .and_then(|(chat, index)| chats.get(chat)?.messages.get(index))
        .map(|target| &target.message.external_id);
    planned.or_else(|| message.answers.as_deref()?.external_id())
}

/// The plan of a run: chats with the operations on their messages, and what earlier runs began.
#[derive(Debug, Default)]
pub struct Plan {
    /// The chats, in the order in which they are carried out.
    pub chats: Vec<PlannedChat>,
    /// The containers of the files; [`crate::transform::desired::File::container`] is an index into this
    /// list.
    pub containers: Vec<Arc<Container>>,
    /// It is the plan of a pilot: messages that are not selected are imported after it.
    pub is_pilot: bool,
    /// Replacements that an earlier run began and that no [`Action::Replace`] of this plan finishes.
    pub unfinished: Vec<Unfinished>,
    /// Links that an earlier run began to set.
    pub unfinished_links: Vec<UnfinishedLink>,
    /// Rows of decisions.csv that cannot be applied; if there are any, nothing is sent.
    pub problems: Vec<Problem>,
    /// Rows of decisions.csv whose id no message of the plan has: the line, from 1, and the id.
    pub unused: Vec<(u32, ExternalId)>,
    /// Messages in Close that are left out now.
    pub left_behind: Vec<LeftBehind>,
    /// The rows of native archives that their readers left out: a label and a number each.
    pub rows_left_out: Vec<(String, u64)>,
}
