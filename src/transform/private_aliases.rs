//! Private aliases: other names under which native archives contain private chats.
//!
//! A chat is private by the name that the address book gave when the row was written; a database may have
//! another name or only a number, and a group's subject may have changed. What is private under one name is
//! never imported under another.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::desired::Decision;
use super::group_chats::texts_by_minute;
use super::resolved::Resolved;
use crate::intake::texts_of;
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::matching::tolerance::TEXTS;
use crate::routing::Rule;

/// Marks a chat private if another archive of the device contains the same conversation as private.
pub(super) fn hide(resolved: &mut [Resolved<'_>]) {
    let is_private =
        |r: &Resolved<'_>| matches!(r.standing, Decision::LeftOut(Rule::Private | Rule::Erased));
    let is_native = |r: &Resolved<'_>| r.source.opened.native.is_some();
    // The subject of a group may have changed between two exports.
    let is_group = |r: &Resolved<'_>| r.source.chat.is_group();
    let private: Vec<usize> = (0..resolved.len())
        .filter(|at| is_private(&resolved[*at]))
        .collect();
    // Few groups share a text and minute with a private one.
    let in_private_groups: HashSet<u64> = (private.iter().map(|at| &resolved[*at]))
        .filter(|r| is_group(r))
        .flat_map(|r| texts_by_minute(r.source.chat))
        .collect();
    let is_like_one = |r: &Resolved<'_>| {
        let mut texts = texts_by_minute(r.source.chat);
        !in_private_groups.is_empty()
            && is_group(r)
            && texts.any(|text| in_private_groups.contains(&text))
    };
    // Released archives are read again for it, so each is read once.
    let texts: Vec<OnceCell<Texts>> = resolved.iter().map(|_| OnceCell::new()).collect();
    for at in 0..resolved.len() {
        let texts_at =
            |at: usize| texts[at].get_or_init(|| resolved[at].source.with_messages(texts_of));
        let own = &resolved[at];
        if is_private(own) {
            continue;
        }
        let is_like_private_group = is_like_one(own);
        // Two exports of one device have the same name for every contact.
        let hidden = private.iter().find(|index| {
            let other = &resolved[**index];
            other.source.device.name == own.source.device.name
                && (is_native(own) || is_native(other) || is_like_private_group && is_group(other))
                && match overlap(texts_at(at), texts_at(**index)) {
                    // A participant may send one text to two groups.
                    Overlap::Same { shared, .. } => {
                        shared >= TEXTS || is_native(own) || is_native(other)
                    }
                    _ => false,
                }
        });
        if let Some(index) = hidden {
            resolved[at].standing = resolved[*index].standing.clone();
            resolved[at].private = true;
            resolved[at].numbers = None;
        }
    }
}
