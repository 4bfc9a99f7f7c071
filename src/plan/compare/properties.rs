use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fixture::{AT, comparison, destination, expected, fingerprint, in_close, message};
use super::*;
use crate::ids::{ActivityId, ExternalId};

/// What happened to a message in Close.
#[derive(Debug, Clone)]
enum Fate {
    Untouched,
    Deleted,
    Changed(BTreeSet<Field>),
    Copied(usize, BTreeSet<Field>),
}

fn fields() -> impl Strategy<Value = BTreeSet<Field>> {
    let all = [
        Field::Text,
        Field::Time,
        Field::Direction,
        Field::Contact,
        Field::User,
        Field::LocalPhone,
        Field::RemotePhone,
        Field::Link,
        Field::FileSizes,
    ];
    proptest::collection::btree_set(proptest::sample::select(all.to_vec()), 1..4)
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Untouched),
        1 => Just(Fate::Deleted),
        2 => fields().prop_map(Fate::Changed),
        1 => (1usize..3, proptest::option::of(fields()))
            .prop_map(|(copies, fields)| Fate::Copied(copies, fields.unwrap_or_default())),
    ]
}

fn apply(fields: &BTreeSet<Field>, stored: &mut InClose) {
    for field in fields {
        match field {
            Field::Text => stored.text = Some("another text".to_owned()),
            Field::Time => stored.at = Some(AT + 60_000),
            Field::Direction => stored.outgoing = Some(false),
            Field::Contact => stored.people.contact_id = Some("cont_2".into()),
            Field::User => stored.people.user_id = Some("user_2".into()),
            Field::LocalPhone => stored.people.local_phone = Some("+4915112345679".to_owned()),
            Field::RemotePhone => stored.people.remote_phone = Some("+353861234509".to_owned()),
            Field::Link => stored.link = None,
            Field::FileSizes => stored.files[0].size = Some(1),
            Field::People | Field::IntegrationLink | Field::FileNames | Field::FileBytes => {}
        }
    }
}

proptest! {
    /// Exactly what happened is found, of every message once, and the totals add up.
    #[test]
    fn findings_are_what_happened(
        fates in proptest::collection::vec(fate(), 1..40),
        foreign in 0usize..5,
        is_recorded in proptest::collection::vec(any::<bool>(), 40),
        rotation in 0usize..100,
    ) {
        let (message, to, hash) = (message("The gate"), destination(), fingerprint());
        let ids: Vec<ExternalId> = (0..fates.len()).map(|n| format!("cf1-{n}").into()).collect();
        let activity = |n: usize| ActivityId::from(format!("acti_{n}"));
        let own: Vec<ActivityId> = (0..fates.len()).map(activity).collect();
        let mut listed: Vec<(ExternalId, ActivityId, InClose)> = Vec::new();
        for (n, fate) in fates.iter().enumerate() {
            let mut stored = in_close("The gate");
            match fate {
                Fate::Deleted => continue,
                Fate::Untouched => {}
                Fate::Changed(fields) => apply(fields, &mut stored),
                Fate::Copied(copies, fields) => {
                    // Newer in Close, so earlier in the list.
                    for copy in 0..*copies {
                        let id = ActivityId::from(format!("acti_copy_{n}_{copy}"));
                        listed.push((ids[n].clone(), id, in_close("The gate")));
                    }
                    apply(fields, &mut stored);
                }
            }
            listed.push((ids[n].clone(), own[n].clone(), stored));
        }
        for n in 0..foreign {
            let at = (rotation * (n + 1)) % (listed.len() + 1);
            let id = ExternalId::from(if n == 0 { String::new() } else { format!("helpdesk-{n}") });
            listed.insert(at, (id, ActivityId::from(format!("acti_x_{n}")), in_close("Hi")));
        }
        let messages: Vec<_> = (ids.iter().enumerate())
            .map(|(n, id)| (id, is_recorded[n].then_some(&own[n])))
            .collect();
        let list: Vec<_> = listed.iter().map(|(id, activity, _)| (id, activity)).collect();
        let matches = match_listed(&messages, &list);
        let mut tally = Tally::of_list(listed.len() as u64);
        tally.add(Finding::Foreign, matches.rest.len() as u64);
        for (n, found) in matches.of.iter().enumerate() {
            tally.planned += 1;
            let (index, copies) = match found {
                Match::Unlisted => {
                    prop_assert!(matches!(fates[n], Fate::Deleted));
                    tally.add(Finding::Missing, 1);
                    continue;
                }
                Match::Listed(index, copies) => (*index, copies.len()),
            };
            prop_assert_eq!(&listed[index].1, &own[n]);
            let differing: BTreeSet<Field> =
                differences(&expected(&message, &to), &listed[index].2, &comparison(&hash))
                    .into_iter()
                    .collect();
            let (expected_copies, expected_fields) = match &fates[n] {
                Fate::Untouched => (0, BTreeSet::new()),
                Fate::Changed(fields) => (0, fields.clone()),
                Fate::Copied(copies, fields) => (*copies, fields.clone()),
                Fate::Deleted => return Err(TestCaseError::fail("a deleted message is listed")),
            };
            prop_assert_eq!(copies, expected_copies);
            prop_assert_eq!(&differing, &expected_fields);
            match (copies, differing.is_empty()) {
                (0, true) => tally.add(Finding::Same, 1),
                (0, false) => tally.add(Finding::Drifted, 1),
                _ => {
                    tally.add(Finding::Double, 1);
                    tally.double_copies += 1 + copies as u64;
                }
            }
        }
        prop_assert_eq!(matches.rest.len(), foreign);
        prop_assert!(tally.check().is_ok());
    }
}
