//! The oracle against the truth: whatever is generated, the true pairing is a history.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{at, earlier};
use crate::truth::conversation::MINUTE;
use crate::truth::generate::CLOCK_GOES_BACK;
use crate::truth::oracle::{UNPROVED, cost, judge};
use crate::truth::sources::{Language, Program};
use crate::truth::{Conversation, Export, Profile, Recorded, Source};

fn of_seed(seed: u64) -> Conversation {
    let profile = Profile {
        autumn: seed % 4 == 1,
        people: if seed % 5 == 2 { 3 } else { 2 },
        ..Profile::lively(6)
    };
    profile.conversation(seed)
}

fn source(rng: &mut Rng, sent: &Conversation) -> Source {
    const PROGRAMS: [Program; 4] = [
        Program::Android,
        Program::Iphone,
        Program::Web,
        Program::Msgstore,
    ];
    let program = PROGRAMS[rng.usize(0..4)];
    let first = sent.messages[0].at;
    let taken = match rng.bool() {
        true => at("2026-01-01T00:00:00Z"),
        false => rng.i64(first..first + 8 * 3_600_000),
    };
    // A zone of its own puts the order of the hour that comes twice beyond repair.
    let journey = rng.u8(0..6) == 0 && first < CLOCK_GOES_BACK - 100 * MINUTE;
    let export = Export {
        media: rng.bool(),
        language: if rng.bool() {
            Language::English
        } else {
            Language::German
        },
        newest: (rng.u8(0..3) == 0).then(|| rng.usize(2..6)),
        ahead: if journey { rng.i64(-40..40) * 15 } else { 0 },
        jitter: (program == Program::Iphone && rng.bool()).then(|| rng.u64(..)),
        captions: rng.bool(),
        numbering: rng.usize(0..50),
        stored_later: rng.i64(0..2),
        ..Export::new(program, taken)
    };
    match rng.u8(0..4) {
        0 => Source::Close(export),
        1 => Source::Checkpoint(export),
        _ => Source::Export(export),
    }
}

/// The partner of each message, by the truth.
fn truth(one: &[Recorded], other: &[Recorded]) -> Vec<Option<usize>> {
    let places: BTreeMap<usize, usize> = other
        .iter()
        .enumerate()
        .map(|(place, it)| (it.truth, place))
        .collect();
    one.iter()
        .map(|it| places.get(&it.truth).copied())
        .collect()
}

/// The truth is not always the most plausible history: of two messages of a short overlap, more may
/// have happened than had to.
#[test]
fn truth_is_always_a_history() {
    let mut plausible = 0;
    let mut judged = 0;
    for seed in 0..400 {
        let of = of_seed(seed);
        let mut rng = Rng::with_seed(seed + 7_000);
        let sources = [source(&mut rng, &of), source(&mut rng, &of)];
        let [one, other] = sources.each_ref().map(|it| it.recorded(&of));
        if one.is_empty() || other.is_empty() {
            continue;
        }
        let truth = truth(&one, &other);
        let what = || format!("seed {seed}\n{sources:#?}\n{truth:?}\n{one:#?}\n{other:#?}");
        let verdict = judge(&one, &other);
        let least = cost(&one, &other, &truth).unwrap_or_else(|| panic!("no history: {}", what()));
        for (place, partner) in truth.iter().enumerate() {
            assert!(verdict.legal[place].contains(partner), "{}", what());
        }
        // Of a journey that the sources show too little of, the truth is never the most plausible.
        if least >= UNPROVED {
            continue;
        }
        judged += 1;
        plausible += usize::from(verdict.plausible.contains(&truth));
    }
    assert!(judged > 300, "{judged}");
    assert!(plausible * 100 >= judged * 94, "{plausible} of {judged}");
}

/// Without journeys and cuts, and with nothing that happens, the truth is among the most plausible.
#[test]
fn truth_without_events_is_the_most_plausible_history() {
    for seed in 0..150 {
        let of = Profile::calm(6).conversation(seed);
        for program in [Program::Android, Program::Iphone, Program::Web] {
            let bare = Export {
                media: false,
                ..Export::new(program, earlier())
            };
            let one = Source::Export(bare).recorded(&of);
            let other = Source::Export(Export::new(Program::Msgstore, earlier())).recorded(&of);
            let verdict = judge(&one, &other);
            let truth = truth(&one, &other);
            // Equal messages of one minute follow their order.
            assert_eq!(
                verdict.certain(),
                Some(&truth[..]),
                "{seed} {program:?}: {verdict:?}"
            );
        }
    }
}
