//! Which messages stay since a reply to them stays.

use std::collections::{HashMap, HashSet};

use crate::ids::ActivityId;

/// Removes from `deleted` every activity that an activity outside of it is linked to, and what those are linked to in
/// turn, and returns them. `links`: the targets of each reply.
pub(super) fn keep_targets(
    deleted: &mut HashSet<ActivityId>,
    links: &HashMap<ActivityId, Vec<ActivityId>>,
) -> Vec<ActivityId> {
    let mut stays: Vec<&ActivityId> = links
        .keys()
        .filter(|reply| !deleted.contains(*reply))
        .collect();
    let mut kept = Vec::new();
    while let Some(reply) = stays.pop() {
        for target in links.get(reply).into_iter().flatten() {
            if deleted.remove(target) {
                kept.push(target.clone());
                stays.push(target);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> HashSet<ActivityId> {
        names.iter().map(|name| ActivityId::from(*name)).collect()
    }

    fn links(pairs: &[(&str, &str)]) -> HashMap<ActivityId, Vec<ActivityId>> {
        let mut links: HashMap<ActivityId, Vec<ActivityId>> = HashMap::new();
        for (reply, target) in pairs {
            let of_reply = links.entry(ActivityId::from(*reply)).or_default();
            of_reply.push(ActivityId::from(*target));
        }
        links
    }

    #[test]
    fn target_of_a_reply_that_stays_stays() {
        let mut deleted = ids(&["a", "b", "c"]);
        let kept = keep_targets(&mut deleted, &links(&[("x", "a"), ("b", "c")]));
        assert_eq!(kept, [ActivityId::from("a")]);
        assert_eq!(deleted, ids(&["b", "c"]));
    }

    #[test]
    fn chain_of_replies_stays_as_a_whole() {
        let mut deleted = ids(&["a", "b", "c", "d"]);
        let kept = keep_targets(
            &mut deleted,
            &links(&[("x", "c"), ("c", "b"), ("b", "a"), ("d", "a")]),
        );
        assert_eq!(kept.len(), 3);
        assert_eq!(deleted, ids(&["d"]));
    }

    #[test]
    fn replies_among_deleted_messages_keep_nothing() {
        let mut deleted = ids(&["a", "b"]);
        assert!(keep_targets(&mut deleted, &links(&[("b", "a")])).is_empty());
    }
}
