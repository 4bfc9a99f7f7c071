//! Turns archives into desired chats: merges the archives of each chat, with each message once.
//!
//! In scope: grouping archives by chat, and building the messages of a merged chat. Out of scope: routing of
//! one archive (`resolve`), and the pairing of messages of several archives (`merge`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::age::Age;
use super::answers;
use super::contacts::Role;
use super::decision_table::is_archive;
use super::desired::{
    Answers, Content, Deleted, Desired, DesiredChat, DesiredMessage, Destination, Held, Note,
    OtherIds, PastedLines, Rule, SourceArchive, Standing,
};
use super::doubts::{self, Doubt};
use super::group_chats;
use super::identity;
use super::inputs::TransformInputs;
use super::merge::merge;
use super::message::{self, Item};
use super::observe;
use super::policy::{Policy, Reactions, Replies as ReplyPolicy};
use super::quotes::Quotes;
use super::render::{self, Parts};
use super::reply::Replies;
use super::resolve::{Numbers, Resolved, Rules, Source};
use super::same_contact;
use super::same_number;
use super::settings::Device;
use super::under_other_name;
use crate::archive::Container;
use crate::chat::{Chat, Message, OddityKind};
use crate::ids::ExternalId;
use crate::intake::Reread;
use crate::memory;
use crate::name::name_key;
use crate::packed_vec::PackedVec;
use crate::phone::Phone;

/// Turns archives into the activities that should be in Close.
///
/// The result depends neither on the order of [`TransformInputs::sources`] nor on the number of threads.
pub fn transform(inputs: &TransformInputs<'_>) -> Desired {
    let TransformInputs {
        sources,
        policy,
        contacts,
        devices,
        tables,
        unread,
    } = *inputs;
    let rules = Rules::new(policy, contacts, devices, sources);
    let mut resolved: Vec<Resolved<'_>> = sources
        .iter()
        .map(|source| rules.resolve(*source))
        .collect();
    under_other_name::hide(&mut resolved);
    // Groups are compared by their messages, which may have been released for a group with two senders.
    let texts: Vec<Option<Reread>> = (resolved.iter())
        .map(|r| r.is_group().then(|| r.source.reread()).flatten())
        .collect();
    let chats: Vec<Option<Chat<'_>>> = (resolved.iter().zip(&texts))
        .map(|(r, text)| r.source.parse_again(text.as_ref()?))
        .collect();
    let mut all = with_texts(&resolved, &texts, &chats);
    group_chats::settle(&mut all, contacts);
    same_contact::join(&mut all);
    let mut groups: BTreeMap<GroupKey, Vec<Resolved<'_>>> = BTreeMap::new();
    for resolved in all {
        groups
            .entry(group_key(&resolved))
            .or_default()
            .push(resolved);
    }
    let mut containers = Containers::default();
    let mut groups: Vec<(Vec<Resolved<'_>>, Vec<u32>)> = groups
        .into_values()
        .flat_map(|archives| same_number::apart(archives, contacts))
        .map(|mut archives| {
            // Oldest first: values of the newest archive take precedence.
            archives.sort_by_cached_key(|r| {
                let age = Age::of(r.source.last_time(), r.source.opened.exported, policy.today);
                (
                    age.order(),
                    r.source.last_time(),
                    r.source.opened.label.clone(),
                )
            });
            let numbers = archives
                .iter()
                .map(|r| containers.index_of(&r.source.opened.container))
                .collect();
            (archives, numbers)
        })
        .collect();
    // The order of outputs: by device and name, not by number.
    groups.sort_by_cached_key(|(archives, _)| {
        let first = archives[archives.len() - 1].source;
        (first.device.name.clone(), name_key(first.name()))
    });
    let read: usize = sources.iter().map(|source| source.count() as usize).sum();
    let packs = memory::packs_chats(read);
    let mut chats: Vec<DesiredChat> = groups
        .par_iter()
        .map(|(archives, numbers)| {
            let mut chat = chat_with_released(archives, numbers, &rules);
            if packs && memory::packs_chat(chat.messages.len()) {
                chat.messages.allow_packing();
                chat.messages.close();
            }
            chat
        })
        .collect();
    answers::across(&mut chats, sources);
    let unused_replies = tables.replies.apply(&mut chats);
    Desired {
        decisions: (tables.decisions)
            .resolve(&chats, |file, line| begins_at(file, line, sources, unread)),
        unused_replies,
        chats,
        containers: containers.all,
        rows: keys_of_rows(&rules, devices),
    }
}

/// Whether a message begins at this line of the archive that a row names, or the archive could not be read.
fn begins_at(file: &str, line: u32, sources: &[Source<'_>], unread: &[&str]) -> bool {
    let has_line = |chat: &Chat<'_>| chat.messages.iter().any(|message| message.line == line);
    let mut named = (sources.iter()).filter(|source| is_archive(file, &source.opened.place()));
    unread.iter().any(|label| is_archive(file, label))
        || named.any(|source| source.with_messages(has_line))
}

/// The keys of the one-to-one chats that contacts.csv names on each device.
fn keys_of_rows(rules: &Rules<'_>, devices: &[Device]) -> Vec<Content> {
    let contacts = rules.contacts;
    let mut keys = Vec::new();
    for device in devices {
        let rows = (contacts.rows().iter())
            .filter(|row| row.role == Role::Contact && !rules.is_of_group(row))
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device.name));
        for row in rows {
            let me = contacts.me_for(&device.name, row.chat.text().unwrap_or_default());
            let local = me
                .and_then(|me| me.phone)
                .or_else(|| device.local_phone.clone());
            let own = device.former_phones.first().or(local.as_ref());
            if let (Some(own), Some(phone)) = (own, &row.phone) {
                let key = identity::chat_of_pair(own.e164(), phone.e164());
                keys.push(Content::new(key));
            }
        }
    }
    keys
}

/// The key by which archives are grouped into chats: the two numbers if known, else device and name.
type GroupKey = (Option<String>, String, String);

fn group_key(resolved: &Resolved<'_>) -> GroupKey {
    match &resolved.numbers {
        Some(numbers) => (Some(numbers.chat()), String::new(), String::new()),
        None => (
            None,
            resolved.source.device.name.clone(),
            name_key(resolved.source.name()),
        ),
    }
}

/// The containers of a run, each once.
#[derive(Default)]
struct Containers {
    all: Vec<Arc<Container>>,
    /// Their indexes, by address.
    indexes: HashMap<*const Container, u32>,
}

impl Containers {
    /// The index of a container.
    fn index_of(&mut self, container: &Arc<Container>) -> u32 {
        *(self.indexes.entry(Arc::as_ptr(container))).or_insert_with(|| {
            self.all.push(Arc::clone(container));
            count(self.all.len() - 1)
        })
    }
}

/// The chat of these archives, with those that were released read again. A chat that is not imported is
/// only counted, for which outlines are enough.
fn chat_with_released(
    archives: &[Resolved<'_>],
    containers: &[u32],
    rules: &Rules<'_>,
) -> DesiredChat {
    let is_released = archives.iter().any(|r| r.source.outline.is_some());
    let is_ready = (archives.iter()).all(|r| matches!(r.standing, Standing::Ready(_)));
    if !(is_released && is_ready) {
        return chat(archives, containers, rules);
    }
    let texts: Vec<Option<Reread>> = archives.iter().map(|r| r.source.reread()).collect();
    let chats: Vec<Option<Chat<'_>>> = (archives.iter().zip(&texts))
        .map(|(r, text)| r.source.parse_again(text.as_ref()?))
        .collect();
    chat(&with_texts(archives, &texts, &chats), containers, rules)
}

/// The archives with the chats that were read again.
fn with_texts<'t>(
    archives: &'t [Resolved<'t>],
    texts: &'t [Option<Reread>],
    chats: &'t [Option<Chat<'t>>],
) -> Vec<Resolved<'t>> {
    (archives.iter().zip(texts.iter().zip(chats)))
        .map(|(r, texts)| match texts {
            (Some(text), Some(chat)) => r.with_text(&text.transcript, chat),
            _ => r.clone(),
        })
        .collect()
}

fn chat(archives: &[Resolved<'_>], containers: &[u32], rules: &Rules<'_>) -> DesiredChat {
    // Name and mapping come from the newest archive, since names follow the address book.
    let is_group = archives.iter().any(Resolved::is_group);
    let newest = match is_group {
        // Several devices may have the group: always use the same one, whichever exported last.
        true => {
            let first = archives.iter().map(|r| r.source.device.name.as_str()).min();
            let of_first = archives.iter().rev();
            of_first
                .clone()
                .find(|r| Some(r.source.device.name.as_str()) == first)
                .unwrap_or(&archives[archives.len() - 1])
        }
        false => &archives[archives.len() - 1],
    };
    let mut chat = DesiredChat {
        is_group,
        device: newest.source.device.name.clone(),
        name: newest.source.name().to_owned(),
        zone: newest.source.device.timezone,
        private: archives.iter().any(|r| r.private),
        key: newest
            .numbers
            .as_ref()
            .map(|numbers| Content::new(numbers.chat())),
        keys_of_colleagues: match &newest.numbers {
            Some(Numbers { other, .. }) => {
                rules.keys_of_colleagues(&newest.source.device.name, other)
            }
            None => Vec::new(),
        },
        keys_of_other_numbers: match (&newest.numbers, &newest.standing) {
            (Some(numbers), Standing::Ready(to)) => {
                let names = archives.iter().map(|r| name_key(r.source.name()));
                rules.keys_of_other_numbers(numbers, to, &names.collect())
            }
            _ => Vec::new(),
        },
        archives: archives
            .iter()
            .map(|r| r.source.opened.label.clone())
            .collect(),
        paths: archives.iter().map(|r| r.source.opened.place()).collect(),
        sources: (archives.iter())
            .map(|r| SourceArchive {
                digest: r
                    .source
                    .opened
                    .digest()
                    .first_chunk()
                    .copied()
                    .unwrap_or_default(),
                age: Age::of(
                    r.source.last_time(),
                    r.source.opened.exported,
                    rules.policy.today,
                ),
                shift: 0,
            })
            .collect(),
        standing: standing(archives, newest),
        read: archives.iter().map(|r| r.source.count()).sum(),
        seen_again: 0,
        left_out: BTreeMap::new(),
        kinds: BTreeMap::new(),
        messages: PackedVec::default(),
        answers_by_id: false,
        deleted: Vec::new(),
        pasted: Vec::new(),
        merged_from: Vec::new(),
        notes: Vec::new(),
        ambiguous_times: 0,
        doubts: (0u32..)
            .zip(archives)
            .flat_map(|(at, r)| {
                let doubts = doubts::of(r.source.title(), r.source.chat, r.source.extent());
                doubts.into_iter().map(move |doubt| (at, doubt))
            })
            .collect(),
        odd_lines: archives.iter().map(|r| r.source.chat.odd_lines()).sum(),
    };
    match (&chat.standing, &newest.numbers) {
        (Standing::Ready(_), Some(numbers)) => {
            ready(archives, containers, numbers, rules, &mut chat)
        }
        _ => not_ready(archives, &mut chat),
    }
    chat
}

fn standing(archives: &[Resolved<'_>], newest: &Resolved<'_>) -> Standing {
    let newest = &newest.standing;
    let lead = |s: &Standing| match s {
        Standing::Ready(Destination {
            lead_id,
            contact_id,
            ..
        }) => Some((lead_id.clone(), contact_id.clone())),
        _ => None,
    };
    // If one archive is left out or held, the whole chat is: an incomplete chat in Close is worse than
    // none.
    let blocked = archives
        .iter()
        .map(|r| &r.standing)
        .find(|s| !matches!(s, Standing::Ready(_)));
    if let Some(blocked) = blocked {
        return blocked.clone();
    }
    if archives.iter().any(|r| lead(&r.standing) != lead(newest)) {
        return Standing::Held(Held::SeveralLeads);
    }
    newest.clone()
}

/// Counts the messages of a chat that is left out or held. The messages of its archives count as distinct,
/// since pairing them requires ids, and ids require numbers.
fn not_ready(archives: &[Resolved<'_>], chat: &mut DesiredChat) {
    for message in archives.iter().flat_map(|r| &r.source.chat.messages) {
        *chat.kinds.entry(message.kind).or_insert(0) += 1;
    }
    for outline in archives.iter().filter_map(|r| r.source.outline) {
        for (kind, number) in &outline.kinds {
            *chat.kinds.entry(*kind).or_insert(0) += number;
        }
    }
    if let Standing::LeftOut(rule) = chat.standing {
        chat.left_out.insert(rule, chat.read);
    }
}

/// The number of messages after which freed memory is released.
const RELEASE_INTERVAL: usize = 1 << 16;

fn ready(
    archives: &[Resolved<'_>],
    containers: &[u32],
    numbers: &Numbers,
    rules: &Rules<'_>,
    chat: &mut DesiredChat,
) {
    let merged = merge(archives, numbers, rules);
    chat.ambiguous_times = merged.ambiguous_times;
    chat.seen_again = merged.seen_again;
    for (archive, doubt) in &merged.doubts {
        if let (Doubt::OtherZone(minutes), Some(source)) =
            (doubt, chat.sources.get_mut(*archive as usize))
        {
            source.shift = minutes * 60_000;
        }
    }
    chat.doubts.extend(merged.doubts);
    // Lines that belong to the text of other messages are neither messages nor oddities.
    for (archive, line) in &merged.joined {
        chat.read -= 1;
        chat.odd_lines -= u32::from(has_earlier_time(
            archives[*archive as usize].source.chat,
            *line,
        ));
    }
    // Indexes of the messages whose times go back, by archive and line.
    let running_back = merged.running_back;
    let mut indexes: HashMap<(u32, u32), Option<u32>> = (running_back.iter())
        .flat_map(|text| {
            let lines = text.following.iter().map(|(line, _)| *line);
            lines
                .chain([text.line])
                .map(|line| ((text.archive, line), None))
        })
        .collect();
    let senders = merged.senders;
    let mut merged = merged.list;
    let template = rules.policy.integration_link.as_deref();
    let replies = match rules.policy.replies {
        ReplyPolicy::Quotes => Replies::of(&merged),
        ReplyPolicy::Off => Replies::default(),
    };
    // A chat is cut only if all its archives are: if one archive is cut, another may go further back.
    let cut = archives.iter().all(|r| r.source.chat.is_cut());
    let quotes = Quotes::of(&merged, cut);
    let by_id = indexes_by_id(&merged);
    // For each message, its index among the desired ones.
    let mut desired: Vec<Option<u32>> = Vec::with_capacity(merged.len());
    let mut wanted: Vec<DesiredMessage> = Vec::new();
    // Replies that come before their reply targets.
    let mut later: Vec<(u32, u32, usize)> = Vec::new();
    // Reversed and popped, so that a million messages are not in memory twice.
    merged.reverse();
    while let Some(mut item) = merged.pop() {
        if merged.len().is_multiple_of(RELEASE_INTERVAL) {
            merged.shrink_to_fit();
        }
        let position = desired.len();
        desired.push(None);
        *chat.kinds.entry(item.message.kind).or_insert(0) += 1;
        let sender = item
            .said_by
            .and_then(|(archive, number)| senders.get(archive as usize)?.get(number as usize));
        if let Some(rule) = item.rule {
            *chat.left_out.entry(rule).or_insert(0) += 1;
            if rule == Rule::Deleted {
                chat.deleted.push(Deleted {
                    native_ids: item.ids.iter().map(|id| (*id).into()).collect(),
                    evidence: observe::evidence(&item, &archives[item.archive as usize], sender),
                    external_id: item.external_id,
                    direction: item.direction,
                    activity_at: item.activity_at,
                    archive: item.archive,
                    line: item.message.line,
                });
            }
            continue;
        }
        let index = count(wanted.len());
        desired[position] = Some(index);
        if !indexes.is_empty()
            && let Some(entry) = indexes.get_mut(&(item.archive, item.message.line))
        {
            *entry = Some(index);
        }
        let mut reply_to = None;
        let mut answers = None;
        let named = item.quoted.and_then(|quote| Some((quote, quote.id?)));
        if let Some((quote, id)) = named {
            match by_id.get(id).copied() {
                Some(target) if target < position && desired[target].is_some() => {
                    reply_to = desired[target];
                }
                // Clocks of devices differ, so that a reply may have the earlier time.
                Some(target) if target > position => later.push((index, item.archive, target)),
                // The reply target is left out, so it is not quoted either.
                Some(_) => item.notes.push(Note::ReplyOpen),
                None => {
                    chat.answers_by_id = true;
                    let text = quote.text.filter(|_| quote.may_be_shown);
                    answers = Some(Box::new(Answers::Named {
                        id: id.into(),
                        quote: Content::new(text.unwrap_or_default()),
                    }));
                }
            }
        } else if rules.policy.replies == ReplyPolicy::Quotes {
            let target = replies.target(&item, position);
            reply_to = target.and_then(|target| desired[target]);
            if let Some(quote) = &item.quoted {
                let target = quotes.target(quote, position);
                reply_to = target.and_then(|target| desired[target]);
                if reply_to.is_none() {
                    item.notes.push(Note::ReplyOpen);
                }
            }
        }
        let source = archives[item.archive as usize].source;
        let container = containers[item.archive as usize];
        let (body, files) = message::render(&mut item, source, container, rules.policy);
        let shown = sender
            .and_then(|sender| sender.shown.as_deref())
            .unwrap_or_default();
        let reactions = match rules.policy.reactions {
            Reactions::Text => {
                let message = item.reacted.unwrap_or(item.message);
                reactions(message, |by| is_left_out(by, source, rules))
            }
            Reactions::Skip => String::new(),
        };
        let rendered = render::render(Parts {
            name_line: shown,
            body,
            reactions: &reactions,
            ..Parts::default()
        });
        chat.notes.extend(
            item.notes
                .iter()
                .map(|note| (item.archive, item.message.line, *note)),
        );
        wanted.push(DesiredMessage {
            link: template.and_then(|template| link(template, &chat.name, &item.external_id)),
            ids: other_ids(&item),
            evidence: observe::evidence(&item, &archives[item.archive as usize], sender),
            external_id: item.external_id,
            kind: item.message.kind,
            edited: item.edited,
            undecided: item.is_undecided,
            contested: item.is_contested,
            pasted: item.is_pasted,
            direction: item.direction,
            activity_at: item.activity_at,
            markdown: Content::new(rendered.markdown),
            prefix_len: count(rendered.prefix_len),
            suffix_len: count(rendered.suffix_len),
            between: sender
                .and_then(|sender| sender.between.clone())
                .map(Box::new),
            files,
            reply_to,
            answers,
            archive: item.archive,
            line: item.message.line,
        });
    }
    let index_of = |archive: u32, line: u32| indexes.get(&(archive, line)).copied().flatten();
    chat.pasted = (running_back.into_iter())
        .filter_map(|text| {
            let following = text.following.into_iter();
            Some(PastedLines {
                message: index_of(text.archive, text.line)?,
                following: following
                    .map(|(line, content)| (index_of(text.archive, line), content))
                    .collect(),
            })
        })
        .collect();
    for (index, archive, target) in later {
        let target = desired.get(target).copied().flatten();
        // Only a message that is no reply may be a later reply target, so that replies never wait for each
        // other.
        let target = target.filter(|at| {
            let target = &wanted[*at as usize];
            target.reply_to.is_none() && target.answers.is_none()
        });
        let message = &mut wanted[index as usize];
        message.reply_to = target;
        if target.is_none() {
            chat.notes.push((archive, message.line, Note::ReplyOpen));
        }
    }
    chat.messages = wanted.into();
}

/// Whether the parser reports that the time of the header at `line` goes back.
fn has_earlier_time(chat: &Chat<'_>, line: u32) -> bool {
    let first = chat.oddities.partition_point(|odd| odd.line < line);
    (chat.oddities[first..].iter())
        .take_while(|odd| odd.line == line)
        .any(|odd| odd.kind == OddityKind::RunsBack)
}

/// The alternate ids of a message.
fn other_ids(item: &Item<'_>) -> Option<Box<OtherIds>> {
    let alternate: Vec<ExternalId> = (item.ids.iter())
        .filter(|id| item.external_id != **id)
        .map(|id| (*id).into())
        .collect();
    (!alternate.is_empty()).then(|| {
        Box::new(OtherIds {
            alternate,
            ..OtherIds::default()
        })
    })
}

/// The index of each message, by each id that a quotation may contain. An id of two messages is omitted.
fn indexes_by_id<'s>(items: &[Item<'s>]) -> HashMap<&'s str, usize> {
    let quotes = (items.iter()).any(|item| item.quoted.is_some_and(|quote| quote.id.is_some()));
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    if !quotes {
        return indexes;
    }
    let mut several = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for id in &item.ids {
            if indexes
                .insert(id, index)
                .is_some_and(|other| other != index)
            {
                several.push(*id);
            }
        }
    }
    for id in several {
        indexes.remove(id);
    }
    indexes
}

/// The reactions to a message, as text below its body, without those of participants who are left out.
fn reactions(message: &Message<'_>, is_left_out: impl Fn(&str) -> bool) -> String {
    let seen = (message.reactions().iter()).filter(|(by, _)| by.is_empty() || !is_left_out(by));
    render::reactions(seen.map(|(by, sign)| (by.as_str(), sign.as_str())))
}

/// Whether messages of the participant with this name, number or WhatsApp id are left out.
fn is_left_out(by: &str, source: Source<'_>, rules: &Rules<'_>) -> bool {
    let (device, chat) = (source.device.name.as_str(), source.name());
    let number = Phone::parse(by.split('@').next().unwrap_or(by))
        .or_else(|| Phone::parse(&format!("+{}", by.split('@').next().unwrap_or(by))));
    let is_named = |name: &str| {
        rules.contacts.ignored_in_group(device, chat, name)
            || rules.contacts.is_never_participant(device, chat, name)
    };
    let same = source.chat.participants.iter().filter(|participant| {
        let own = participant.number.as_deref().and_then(Phone::parse);
        own.is_some() && own == number
    });
    is_named(by)
        || rules.contacts.is_never_number(number.as_ref())
        || same
            .into_iter()
            .any(|participant| is_named(&participant.name))
}

/// The link made from the template `integration_link` for one message; `None` if it would exceed Close's limit
/// ([`Policy::LINK_LIMIT`]).
fn link(template: &str, chat: &str, external_id: &ExternalId) -> Option<String> {
    let link = template
        .replace("{chat}", &percent_encode(chat))
        .replace("{external_id}", &percent_encode(external_id.as_str()));
    (link.chars().count() <= Policy::LINK_LIMIT).then_some(link)
}

/// Percent-encodes all bytes except the unreserved characters (RFC 3986, section 2.3).
fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
