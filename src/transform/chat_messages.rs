//! The messages of a chat that is imported, from its merged archives.
//!
//! Belongs here: which of them are desired, their rendered texts, and their reply targets within the chat. Never here: the
//! pairing of several archives (`merge`), or reply targets in other chats (`answers`).

use std::collections::HashMap;

use super::deleted_texts;
use super::desired::{
    Answers, Content, Deleted, DesiredChat, DesiredMessage, Held, Note, OtherIds, PastedLines,
};
use super::doubts::Doubt;
use super::handover::Handover;
use super::link::link;
use super::merge::merge;
use super::message::{self, Item};
use super::observe;
use super::quotes::Quotes;
use super::render::{self, Parts};
use super::reply::Replies;
use super::resolved::Resolved;
use super::rules::Rules;
use super::source::Source;
use super::traced;
use crate::chat::{Chat, Message, OddityKind};
use crate::ids::ExternalId;
use crate::phone::Phone;
use crate::policy::{Reactions, Replies as ReplyPolicy};
use crate::routing::{Numbers, Rule};

/// The number of messages after which freed memory is released.
const RELEASE_INTERVAL: usize = 1 << 16;

/// Adds the messages of a ready chat to it, with what their merge shows of the chat.
///
/// # Errors
///
/// The reason to hold the chat: nothing was added.
pub(super) fn ready(
    archives: &[Resolved<'_>],
    containers: &[u32],
    numbers: &Numbers,
    rules: &Rules<'_>,
    chat: &mut DesiredChat,
) -> Result<(), Held> {
    let merged = merge(archives, numbers, rules);
    // Each of these messages would be posted at both times.
    if let Some(count) = merged.doubtful_shift {
        return Err(Held::Shifted(count));
    }
    if let Some(trace) = rules.trace {
        traced::record(trace, archives, numbers, &merged);
    }
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
    chat.notes
        .extend((0u32..).zip(archives).flat_map(|(at, r)| {
            let oddities = r.source.chat.oddities.iter();
            oddities.filter_map(move |odd| Some((at, odd.line, Note::of(odd.kind)?)))
        }));
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
    let handover = Handover::of(archives, &chat.standing);
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
    let mut of_deleted = deleted_texts::possible_ids(&merged, &senders, numbers);
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
            (chat.left_out_places).push((item.archive, item.message.line, rule));
            let by_text = of_deleted.remove(&position).unwrap_or_default();
            if rule == Rule::Deleted {
                chat.deleted.push(Deleted {
                    native_ids: (item.ids.iter())
                        .filter(|id| item.shared_id != Some(**id))
                        .map(|id| (*id).into())
                        .collect(),
                    by_text,
                    evidence: observe::evidence(&item, &archives[item.archive as usize], sender),
                    external_id: item.external_id,
                    direction: item.direction,
                    activity_at: item.activity_at,
                    archive: item.archive,
                    line: item.message.line,
                });
            } else {
                let ids = by_text.into_iter().chain([item.external_id]);
                chat.left_out_ids.extend(ids.map(|id| (id, rule)));
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
            ids: other_ids(&item, of_deleted.remove(&position).unwrap_or_default()),
            evidence: observe::evidence(&item, &archives[item.archive as usize], sender),
            external_id: item.external_id,
            kind: item.message.kind,
            edited: item.edited,
            undecided: item.is_undecided,
            repeated: item.is_undecided && item.message.copies().is_doubtful,
            contested: item.is_contested,
            pasted: item.is_pasted,
            direction: item.direction,
            activity_at: item.activity_at,
            markdown: Content::new(rendered.markdown),
            prefix_len: count(rendered.prefix_len),
            suffix_len: count(rendered.suffix_len),
            between: {
                let between = sender.and_then(|sender| sender.between.clone());
                let between = match &handover {
                    Some(handover) => handover.between(item.activity_at, between),
                    None => between,
                };
                between.map(Box::new)
            },
            files,
            reply_to,
            answers,
            archive: item.archive,
            line: item.message.line,
            seen_in: item.seen_in,
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
    Ok(())
}

/// Whether the parser reports that the time of the header at `line` goes back.
fn has_earlier_time(chat: &Chat<'_>, line: u32) -> bool {
    let first = chat.oddities.partition_point(|odd| odd.line < line);
    (chat.oddities[first..].iter())
        .take_while(|odd| odd.line == line)
        .any(|odd| odd.kind == OddityKind::RunsBack)
}

/// The ids of a message in addition to its external id.
fn other_ids(item: &Item<'_>, by_text: Vec<ExternalId>) -> Option<Box<OtherIds>> {
    let alternate: Vec<ExternalId> = (item.ids.iter())
        .filter(|id| item.external_id != **id && item.shared_id != Some(**id))
        .map(|id| (*id).into())
        .collect();
    let shared: Option<ExternalId> = item.shared_id.map(Into::into);
    (!alternate.is_empty() || shared.is_some() || !by_text.is_empty()).then(|| {
        Box::new(OtherIds {
            alternate,
            shared,
            by_text,
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

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
