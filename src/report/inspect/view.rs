//! Archives as a serializable view: what `inspect` shows of each.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Serialize, Serializer};

use super::contents::{Media, OddityView, files_without_chat, kinds, media, oddities, unused};
use super::date_order;
use crate::app::{Misplaced, SeenPhone};
use crate::canonical;
use crate::chat::{Chat, DateOrder, LineCount, Message, Platform};
use crate::coded::Coded;
use crate::intake::{Failure, NativeArchive, Opened};
use crate::name::name_key;
use crate::native::IdCounts;
use crate::transform::doubts;

/// Everything that `inspect` shows; the fields are the JSON keys.
#[derive(Debug, Serialize)]
pub struct InspectView {
    /// Archives of another phone than the others of their folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) phones: Vec<Misplaced>,
    pub(super) archives: Vec<View>,
    /// Native archives, each of which may contain many chats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stores: Vec<StoreView>,
    pub(super) failures: Vec<FailureView>,
    /// The phones; `View::phone_index` is an index of it.
    #[serde(skip)]
    pub(super) devices: Vec<SeenPhone>,
}

/// A native archive.
#[derive(Debug, Serialize)]
pub(super) struct StoreView {
    pub(super) archive: String,
    pub(super) path: String,
    pub(super) kind: &'static str,
    /// The kind in words.
    #[serde(skip)]
    pub(super) description: &'static str,
    pub(super) chats: usize,
    pub(super) ids: IdCounts,
    pub(super) remarks: Vec<&'static str>,
    /// What is left out, each with its number.
    #[serde(serialize_with = "by_word")]
    pub(super) left_out: Vec<(Cow<'static, str>, u64)>,
}

impl StoreView {
    /// Whether it is more than its one chat, with which it is described.
    pub(super) fn has_more(&self) -> bool {
        self.chats != 1 || !self.left_out.is_empty() || !self.remarks.is_empty()
    }
}

/// An archive that could not be read.
#[derive(Debug, Serialize)]
pub(super) struct FailureView {
    archive: String,
    code: String,
    error: String,
}

/// Everything that `inspect` shows of one archive; the fields are the JSON keys.
#[derive(Debug, Serialize)]
pub struct View {
    pub(super) archive: String,
    pub(super) path: String,
    pub(super) chat: String,
    pub(super) name_certain: bool,
    /// The folder of the phone, if archives of several were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<String>,
    /// The index of its phone.
    #[serde(skip)]
    pub(super) device_index: usize,
    /// The contact's number, where the archive contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<String>,
    /// The number of archives of this chat, this one included; an import merges them.
    pub(super) archives_of_chat: usize,
    pub(super) platform: Platform,
    pub(super) format: String,
    /// Null for native archives, whose times are instants.
    pub(super) date_order: Option<DateOrder>,
    pub(super) date_order_settled: bool,
    /// What to do if the date order could not be determined.
    #[serde(skip)]
    pub(super) remedy: &'static str,
    pub(super) date_order_evidence: String,
    pub(super) group: bool,
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    pub(super) lines: LineCount,
    pub(super) messages: usize,
    /// The number of these that archives above have: an import has each once.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) seen_again: usize,
    /// A hash of minute and content of each message, until the archives of a chat are counted together.
    #[serde(skip)]
    contents: Vec<u64>,
    /// The number of messages with native ids, where the archive has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ids: Option<IdCounts>,
    /// Number of reactions.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) reactions: usize,
    pub(super) kinds: BTreeMap<&'static str, u32>,
    pub(super) participants: Vec<Sender>,
    pub(super) owner_hint: Option<String>,
    pub(super) media: Media,
    /// The files of `media.missing` by name.
    pub(super) missing: Vec<String>,
    /// The files of `media.unused` by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unused: Vec<String>,
    pub(super) oddities: Vec<OddityView>,
    pub(super) doubts: Vec<DoubtView>,
}

/// A doubt about the archive as a whole, or a remark on its container.
#[derive(Debug, Serialize)]
pub(super) struct DoubtView {
    pub(super) code: &'static str,
    pub(super) says: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) messages: u32,
    pub(super) unsaved: bool,
}

impl InspectView {
    /// The view of archives, native archives and failures, and of the phones that the archives are of.
    pub(crate) fn new(
        phones: Vec<Misplaced>,
        archives: Vec<View>,
        stores: &[NativeArchive],
        failures: &[Failure],
        devices: Vec<SeenPhone>,
    ) -> Self {
        let stores = stores.iter().map(|store| StoreView {
            archive: store.label.clone(),
            path: store.path.display().to_string(),
            kind: store.format.word,
            description: store.format.description,
            chats: store.chats,
            ids: store.ids,
            remarks: store.remarks.clone(),
            left_out: store.left_out.clone(),
        });
        let failures = failures.iter().map(|failure| FailureView {
            archive: failure.label.clone(),
            code: failure.error.code().to_owned(),
            error: failure.error.to_string(),
        });
        InspectView {
            phones,
            archives,
            stores: stores.collect(),
            failures: failures.collect(),
            devices,
        }
    }
}

impl View {
    /// The view of one archive.
    pub fn new(opened: &Opened, chat: &Chat<'_>) -> Self {
        let times = || chat.messages.iter().map(|m| m.local_time);
        let stamp = |t: chrono::NaiveDateTime| t.format("%Y-%m-%d %H:%M").to_string();
        View {
            archive: opened.label.clone(),
            path: opened.path.display().to_string(),
            chat: opened.chat_name().to_owned(),
            name_certain: opened.name.certain,
            device: None,
            device_index: 0,
            phone: opened.native.as_ref().and_then(|chat| chat.phone.clone()),
            archives_of_chat: 1,
            platform: chat.platform,
            format: chat.format.pattern.clone(),
            date_order: (!chat.platform.is_native()).then_some(chat.format.date_order),
            date_order_settled: chat.format.evidence.is_settled(),
            date_order_evidence: date_order::evidence(chat),
            remedy: date_order::remedy(chat),
            group: chat.is_group(),
            first: times().min().map(stamp),
            last: times().max().map(stamp),
            lines: chat.lines,
            messages: chat.messages.len(),
            seen_again: 0,
            contents: contents(chat),
            ids: opened.native.as_ref().map(|chat| chat.ids()),
            reactions: chat.messages.iter().map(|m| m.reactions().len()).sum(),
            kinds: kinds(chat),
            participants: chat
                .participants
                .iter()
                .map(|p| Sender {
                    name: p.name.to_string(),
                    messages: p.messages,
                    unsaved: p.unsaved,
                })
                .collect(),
            owner_hint: chat
                .owner
                .map(|at| chat.participants[at as usize].name.to_string()),
            media: media(opened, chat),
            missing: chat
                .messages
                .iter()
                .flat_map(|message| message.attachments())
                .filter(|attachment| attachment.entry.is_none())
                .map(|attachment| attachment.name.to_string())
                .collect(),
            unused: unused(opened, chat),
            oddities: oddities(chat),
            doubts: doubts::of(
                &opened.name.chat,
                chat,
                doubts::Extent::of(chat, &opened.transcript),
            )
            .into_iter()
            .map(|doubt| DoubtView {
                code: doubt.code(),
                says: doubt.describe(),
            })
            .chain(opened.container.remarks().iter().map(|remark| DoubtView {
                code: remark.code(),
                says: remark.describe(),
            }))
            .chain(files_without_chat(opened))
            .collect(),
        }
    }

    /// The view of an archive that is on the phone of this index, and its name, if several were given.
    #[must_use]
    pub fn on_device(mut self, index: usize, name: Option<&str>) -> Self {
        self.device_index = index;
        self.device = name.map(str::to_owned);
        self
    }

    /// The number of its messages that no archive above has.
    pub(super) fn distinct(&self) -> u64 {
        (self.messages - self.seen_again.min(self.messages)) as u64
    }

    /// Equal for the archives of one chat: name and device are the same, as in a plan.
    pub(super) fn chat_key(&self) -> (usize, String) {
        (self.device_index, name_key(&self.chat))
    }
}

/// Counts the archives of each chat, and the messages that several of them have.
pub fn count_together(views: &mut [View]) {
    let mut chats: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for (index, view) in views.iter().enumerate() {
        chats.entry(view.chat_key()).or_default().push(index);
    }
    for indexes in chats.into_values() {
        let is_one = indexes.len() == 1;
        let mut most: HashMap<u64, u32> = HashMap::new();
        for index in &indexes {
            let view = &mut views[*index];
            let contents = std::mem::take(&mut view.contents);
            view.archives_of_chat = indexes.len();
            if !is_one {
                view.seen_again = seen_again(&contents, &mut most);
            }
        }
    }
}

/// The number of messages of an archive that archives before it have. `most`: the largest number of messages of each
/// content in one archive, to which those of this one are added.
fn seen_again(contents: &[u64], most: &mut HashMap<u64, u32>) -> usize {
    let mut own: HashMap<u64, u32> = HashMap::new();
    for content in contents {
        *own.entry(*content).or_default() += 1;
    }
    let mut again = 0;
    for (content, count) in own {
        let most = most.entry(content).or_default();
        again += (*most).min(count) as usize;
        *most = count.max(*most);
    }
    again
}

/// A hash of minute and content of each message. An archive of another program has other words for files and notices, and
/// the same minute.
fn contents(chat: &Chat<'_>) -> Vec<u64> {
    let hash = |message: &Message<'_>| {
        let mut hasher = DefaultHasher::new();
        let minute = message.local_time.and_utc().timestamp().div_euclid(60);
        (minute, canonical::body(message)).hash(&mut hasher);
        hasher.finish()
    };
    chat.messages.iter().map(hash).collect()
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Counts as a map with sorted keys.
fn by_word<S: Serializer>(
    counts: &[(Cow<'_, str>, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let counts: BTreeMap<_, _> = counts.iter().map(|(word, count)| (word, count)).collect();
    counts.serialize(serializer)
}
