//! Messages without an id that several logs of a device contain, as overlapping exports of one stream do.
//!
//! Belongs here: which messages of different logs are one message. Never here: what becomes of them, and messages that
//! have the same id.
//!
//! A log may also be a part of a stream, down to one webhook a file, and a text may be sent twice in one second, so
//! equal content proves nothing by itself. A log repeats others if at least two different messages of it are there
//! too, or if it equals one of them; each message is then there as often as in the log that has it most often. One
//! common message of logs with several messages is in doubt. Logs of one message each have no message in common.

use std::collections::{HashMap, HashSet};

use super::chats::{Chats, Content};
use crate::digest::Digest;
use crate::native::Error;

/// Number of different messages that a log must have in common with others to repeat them.
const MIN_COMMON: usize = 2;

/// Place of a message: the number of its log, customer, and index among the messages of the customer.
pub(super) type Place<'l> = (usize, &'l str, usize);

/// A message that may be in several logs, at least one of which has no id of it.
pub(super) struct Repeated<'l> {
    /// Its copies.
    pub(super) places: Vec<Place<'l>>,
    /// Whether it may also be a message at other places.
    pub(super) is_doubtful: bool,
}

/// A distinct message of the logs that were compared so far.
struct Known<'l> {
    places: Vec<Place<'l>>,
    /// Its native id; empty if no log has one.
    id: &'l str,
    lacks_id: bool,
    is_doubtful: bool,
}

/// Finds the messages without an id that several of `logs` contain, or may contain.
pub(super) fn find(logs: &[Result<Chats, Error>]) -> Vec<Repeated<'_>> {
    let mut order: Vec<(usize, &Chats)> = (logs.iter().enumerate())
        .filter_map(|(number, log)| Some((number, log.as_ref().ok()?)))
        .collect();
    let lacks_id = |(_, log): &(usize, &Chats)| log.ids_of_messages().any(str::is_empty);
    if order.len() < 2 || !order.iter().any(lacks_id) {
        return Vec::new();
    }
    // The larger a log, the more it has in common with the logs that it repeats.
    order.sort_by_key(|(number, log)| (log.len(), *number));
    let mut union = Union::default();
    for (number, log) in order {
        union.add(number, log);
    }
    let known = union.known.into_values().flatten();
    known
        .filter(|known| known.lacks_id && (known.places.len() > 1 || known.is_doubtful))
        .map(|known| Repeated {
            places: known.places,
            is_doubtful: known.is_doubtful,
        })
        .collect()
}

#[derive(Default)]
struct Union<'l> {
    known: HashMap<Content, Vec<Known<'l>>>,
    /// Digests of the logs with several messages.
    logs: HashSet<[u8; 32]>,
}

impl<'l> Union<'l> {
    fn add(&mut self, number: usize, log: &'l Chats) {
        let mut contents: HashMap<Content, Vec<Known<'l>>> = HashMap::new();
        let mut all = Vec::with_capacity(log.len());
        for (customer, index, content, id) in log.contents() {
            all.push(content);
            contents.entry(content).or_default().push(Known {
                places: vec![(number, customer, index)],
                id,
                lacks_id: id.is_empty(),
                is_doubtful: false,
            });
        }
        if log.len() < 2 {
            for (content, new) in contents {
                self.known.entry(content).or_default().extend(new);
            }
            return;
        }
        let found: Vec<_> = (contents.into_iter())
            .map(|(content, new)| {
                let known = self.known.get(&content).map_or(&[][..], Vec::as_slice);
                let copies = copies(&new, known);
                (content, new, copies)
            })
            .collect();
        let is_common = |copies: &[Option<usize>]| copies.iter().any(Option::is_some);
        let common = found.iter().filter(|(.., copies)| is_common(copies));
        let is_repeated = common.count() >= MIN_COMMON;
        let is_repeated = !self.logs.insert(digest(all)) || is_repeated;
        for (content, new, copies) in found {
            let known = self.known.entry(content).or_default();
            match is_repeated {
                true => merge(known, new, &copies),
                false => append(known, new, &copies),
            }
        }
    }
}

fn digest(mut contents: Vec<Content>) -> [u8; 32] {
    contents.sort_unstable();
    let mut digest = Digest::default();
    for content in contents {
        digest.add(content);
    }
    digest.finish()
}

/// For each message of a log, the known message of equal content that it equals: the one with its id, else one of which
/// either has no id.
fn copies(new: &[Known<'_>], known: &[Known<'_>]) -> Vec<Option<usize>> {
    let mut is_free = vec![true; known.len()];
    let by_id: HashMap<&str, usize> = (known.iter().enumerate())
        .filter(|(_, known)| !known.id.is_empty())
        .map(|(index, known)| (known.id, index))
        .collect();
    let mut copies: Vec<Option<usize>> =
        (new.iter()).map(|new| by_id.get(new.id).copied()).collect();
    for index in copies.iter().flatten() {
        is_free[*index] = false;
    }
    for has_id in [false, true] {
        let mut free = (known.iter().zip(is_free.iter_mut()).enumerate())
            .filter(|(_, (known, _))| known.id.is_empty() != has_id);
        for (new, copy) in new.iter().zip(&mut copies) {
            let is_open = copy.is_none() && (new.id.is_empty() || !has_id);
            if let Some((index, (_, is_free))) = is_open
                .then(|| free.find(|(_, (_, is_free))| **is_free))
                .flatten()
            {
                *copy = Some(index);
                *is_free = false;
            }
        }
    }
    copies
}

/// Adds messages of equal content of a log that repeats others.
fn merge<'l>(known: &mut Vec<Known<'l>>, new: Vec<Known<'l>>, copies: &[Option<usize>]) {
    for (new, copy) in new.into_iter().zip(copies) {
        match copy {
            Some(index) => {
                let known = &mut known[*index];
                known.places.extend(new.places);
                known.lacks_id |= new.lacks_id;
                known.is_doubtful = false;
                if known.id.is_empty() {
                    known.id = new.id;
                }
            }
            None => known.push(new),
        }
    }
    // A log that has such a message less often than the others shows that the doubtful ones are copies.
    let Some(first) = copies.iter().flatten().next().copied() else {
        return;
    };
    let mut places: Vec<Place<'l>> = Vec::new();
    let mut lacks_id = false;
    for doubtful in known.iter_mut().filter(|known| known.is_doubtful) {
        places.append(&mut doubtful.places);
        lacks_id |= doubtful.lacks_id;
    }
    known[first].places.append(&mut places);
    known[first].lacks_id |= lacks_id;
    known.retain(|known| !known.is_doubtful);
}

/// Adds messages of equal content of a log that repeats no other one.
fn append<'l>(known: &mut Vec<Known<'l>>, new: Vec<Known<'l>>, copies: &[Option<usize>]) {
    for (mut new, copy) in new.into_iter().zip(copies) {
        if let Some(index) = copy {
            let known = &mut known[*index];
            if !new.lacks_id && known.id == new.id {
                known.places.extend(new.places);
                continue;
            }
            match new.lacks_id {
                true => new.is_doubtful = true,
                false => known.is_doubtful = true,
            }
        }
        known.push(new);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::native::Archive;
    use crate::native::cloud::log::Log;
    use crate::native::cloud::people::People;

    /// A log of these texts of one customer, each with its minute and its id, which may be empty.
    fn log(texts: &[(u32, &str)]) -> Result<Chats, Error> {
        let lines: Vec<String> = (texts.iter())
            .map(|(minute, id)| {
                json!({"messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": "4915112345678"},
                    "messages": [{"from": "353861234501", "id": id, "type": "text",
                        "timestamp": (1_735_732_800 + minute * 60).to_string(),
                        "text": {"body": format!("text {minute}")}}]})
                .to_string()
            })
            .collect();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.jsonl");
        fs::write(&path, lines.join("\n")).expect("written");
        Log::read(&mut Archive::new(path)).map(|log| Chats::new(log, &People::default()))
    }

    /// The logs in every order.
    fn orders<T: Copy>(all: &[T]) -> Vec<Vec<T>> {
        if all.len() < 2 {
            return vec![all.to_vec()];
        }
        let each = (0..all.len()).flat_map(|first| {
            let mut rest = all.to_vec();
            let first = rest.remove(first);
            orders(&rest).into_iter().map(move |mut order| {
                order.insert(0, first);
                order
            })
        });
        each.collect()
    }

    /// Two logs have a message with its id, and one without, which shares no other message with the first of them.
    #[test]
    fn copy_without_id_joins_the_message_with_its_id_in_every_order_of_files() {
        const A: &str = "3A0000000000000000C1";
        const C: &str = "3A0000000000000000C3";
        let logs: [&[(u32, &str)]; 3] = [
            &[(1, A), (3, C)],
            &[(3, ""), (4, "3A0000000000000000C4")],
            &[(1, A), (3, C), (5, "3A0000000000000000C5")],
        ];
        for order in orders(&logs) {
            let logs: Vec<Result<Chats, Error>> = order.iter().map(|texts| log(texts)).collect();
            let found = find(&logs);
            let [repeated] = found.as_slice() else {
                panic!("{} repeated messages: {order:?}", found.len());
            };
            let mut places: Vec<usize> = repeated.places.iter().map(|place| place.0).collect();
            places.sort_unstable();
            assert_eq!(
                (places, repeated.is_doubtful),
                (vec![0, 1, 2], false),
                "{order:?}"
            );
        }
    }
}
