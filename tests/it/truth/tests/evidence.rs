//! Verdicts of the oracle by the contents of records: ids, directions, locations, cards, names.

use super::{Content, Conversation, Event, archive, at, before, between, certain, export};
use crate::truth::oracle::judge;
use crate::truth::sources::{Program, Source};

#[test]
fn ids_of_whatsapp_decide_and_derived_ids_do_not() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "ok")
        .text(sent + 4_000, 1, "ok")
        .then(
            0,
            Event::DeletedLocally {
                at: between(),
                on: 0,
            },
        );
    let new = archive(&of, export(Program::Msgstore));
    let native = Source::Close(before(Program::Msgstore)).recorded(&of);
    let verdict = judge(&native, &new);
    assert_eq!(certain(&verdict), [None, Some(0)]);
    assert_eq!(verdict.legal, [[None].into(), [Some(0)].into()]);
    // By minutes, either may be the one that is left, whatever the derived ids are.
    let derived = Source::Close(before(Program::Android)).recorded(&of);
    assert_eq!(judge(&derived, &new).certain(), None);
}

#[test]
fn two_locations_and_two_cards_differ_by_content() {
    let sent = at("2024-03-13T10:15:20Z");
    let place = |longitude| Content::Place {
        latitude: 52.123_456_78,
        longitude,
    };
    let card = |name: &str| Content::Card {
        name: name.to_owned(),
    };
    let of = Conversation::private()
        .send(sent, 1, place(13.4))
        .send(sent + 1_000, 1, place(13.5))
        .send(sent + 2_000, 1, card("Rita Sol"))
        .send(sent + 3_000, 1, card("Theo Marsh"))
        .then(
            0,
            Event::DeletedLocally {
                at: between(),
                on: 0,
            },
        )
        .then(3, Event::DeletedForEveryone { at: between() });
    let verdict = judge(
        &archive(&of, before(Program::Android)),
        &archive(&of, export(Program::Iphone)),
    );
    assert_eq!(certain(&verdict), [None, Some(0), Some(1), Some(2)]);
}

#[test]
fn people_of_a_group_keep_their_names() {
    let sent = at("2024-03-13T10:15:20Z");
    let group = Conversation::among(3, Some("Garden fence"))
        .text(sent, 1, "ok")
        .text(sent + 1_000, 2, "ok")
        .text(sent + 2_000, 1, "ok");
    let android = archive(&group, export(Program::Android));
    for program in [Program::Web, Program::Msgstore] {
        let verdict = judge(&android, &archive(&group, export(program)));
        assert_eq!(
            certain(&verdict),
            [Some(0), Some(1), Some(2)],
            "{program:?}"
        );
    }
    // Ben is called otherwise now, and Cleo is not Ben.
    let mut renamed = group.clone();
    renamed.people[1].names[0] = "Ben from next door".to_owned();
    let verdict = judge(&android, &archive(&renamed, export(Program::Android)));
    assert_eq!(certain(&verdict), [Some(0), Some(1), Some(2)]);
    assert_eq!(verdict.cost, 8, "three messages and a new name");
}

#[test]
fn equal_texts_of_two_directions_are_two_messages() {
    let sent = at("2024-03-13T10:15:20Z");
    let theirs = Conversation::private().text(sent, 1, "ok");
    let both = Conversation::private()
        .text(sent, 0, "ok")
        .text(sent + 1_000, 1, "ok");
    let lines = |of: &Conversation| archive(of, export(Program::Android));
    assert_eq!(
        judge(&lines(&theirs), &lines(&both)).legal,
        [[None, Some(1)].into()]
    );
    let own = Conversation::private().text(sent, 0, "ok");
    assert_eq!(judge(&lines(&theirs), &lines(&own)).legal, [[None].into()]);
}
