//! Routing: whether a chat is imported, to which lead and contact and under which user, and whether output may
//! name it.
//!
//! Pure: settings, tables and the facts about each archive in ([`Subject`]), one [`Decision`] per archive out.
//! Every command reads this decision; no other module consults the tables for it. Belongs here: precedence of
//! rows, privacy, owners, and which phone an archive belongs to. Never here: messages, archives as files, the
//! checkpoint and Close, which may hold a chat for other reasons later.
//!
//! | module      | answers                                                              |
//! |-------------|----------------------------------------------------------------------|
//! | `decision`  | the result: ready, held, left out                                    |
//! | `rule`      | the rules that leave messages and chats out                          |
//! | `held`      | the reasons that hold a chat                                         |
//! | `subject`   | the facts about one archive                                          |
//! | `owner`     | the names of an owner, and their inference from archives             |
//! | `owners`    | the owner of each device                                             |
//! | `colleague` | the owners of the other devices                                      |
//! | `writers`   | whether an archive was exported from the phone of its device         |
//! | `numbers`   | the numbers from which external ids are derived                      |
//! | `rules`     | the decision about a one-to-one chat                                 |
//! | `group`     | the decision about a group                                           |
//! | `silent_owner` | `me` rows that name a colleague who writes nothing in the chat     |
//! | `privacy`   | whether a name or number is private or left out, without an archive  |
//!
//! See docs/design/contacts.md, "One decision per archive".

mod colleague;
mod decision;
mod group;
mod held;
mod numbers;
mod owner;
mod owners;
mod privacy;
mod rule;
mod rules;
mod silent_owner;
mod subject;
mod writers;

pub use colleague::{Colleague, SharedName, shared_names};
pub use decision::{Decision, Destination};
pub(crate) use group::key_by_subject;
pub use held::{AnchorGap, Gap, Held, NamedBy, SameConversation, SameNumber, TwoPeople};
pub use numbers::Numbers;
pub use owner::Owner;
pub use owners::owners;
pub use rule::Rule;
pub use rules::{Routed, Rules};
pub use silent_owner::{SilentOwner, silent_owners};
pub use subject::{ExportId, Subject};
pub use writers::OtherArchives;

pub(crate) use privacy::Privacy;
