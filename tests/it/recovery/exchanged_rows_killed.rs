//! Two rows exchange everything, and the run that moves their messages is killed at each of its requests.
//!
//! Both chats have some messages of the same words in the same minute: once one of these was moved, its text does not show
//! in which of the two chats it was said.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Seen};

use super::corrected_rows::{DORA, DORAS_TALK, To, exchanged, expected, put, table, world};
use super::history::{BEN, Said, TALK, assert_clear, assert_holds, assert_idle, said};
use super::lost_checkpoint::ALLOWED;
use super::migration::replace;
use crate::kit::chat::OWNER;
use crate::kit::pool::at_once;
use crate::kit::setting::is_thorough;
use crate::kit::{When, World};

/// The request at which the program is killed.
#[derive(Debug, Clone, Copy)]
enum Kill {
    /// Before Close carries out the request of this number.
    Before(usize),
    /// After Close carried out the write of this number, before the response arrives.
    After(usize),
}

/// What is different in the run after the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    /// Both chats were exported again and have one more message.
    Newer,
    /// The rows are exchanged back.
    Back,
}

/// The chat with the longer talk: the messages of Ben's chat move first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Longer {
    Ben,
    Dora,
}

fn is_write(seen: &Seen) -> bool {
    seen.method != "GET"
}

fn allowed() -> Vec<&'static str> {
    [&ALLOWED[..4], &["99"]].concat()
}

/// What is said in Ben's and in Dora's chat.
fn talks(longer: Longer) -> [Vec<Said>; 2] {
    let of = |talk: &[Said], name| -> Vec<Said> {
        let by = |said: &Said| if said.by == OWNER { OWNER } else { name };
        talk.iter()
            .map(|one| said(one.at, by(one), one.text))
            .collect()
    };
    match longer {
        Longer::Ben => [of(&TALK, BEN), of(&DORAS_TALK, DORA)],
        Longer::Dora => [of(&DORAS_TALK, BEN), of(&TALK, DORA)],
    }
}

fn correct(world: &World, [ben, dora]: [To; 2]) {
    world.write("contacts.csv", &table(&[(BEN, ben), (DORA, dora)]));
}

/// Both chats are in Close with each other's rows, which are correct now. The program sends this number of requests at a
/// time.
fn about_to_move(talks: &[Vec<Said>; 2], concurrency: usize) -> World {
    let [wrong, right] = exchanged();
    let world = world(&[(BEN, wrong[0]), (DORA, wrong[1])]);
    let limits = format!("settle_seconds = 0.0\nconcurrency = {concurrency}");
    replace(&world, "chatferry.toml", "settle_seconds = 0.0", &limits);
    put(&world, BEN, &talks[0]);
    put(&world, DORA, &talks[1]);
    world.import().exits(0);
    correct(&world, right);
    world
}

/// Runs the move until it is killed. False if it ended before.
fn is_killed(world: &World, kill: Kill) -> bool {
    let received = AtomicUsize::new(0);
    let run = world.run_under(&allowed(), move |seen, when, running| {
        let is_received = when == When::Received;
        if matches!(kill, Kill::After(_)) && !is_write(seen) {
            return Fault::None;
        }
        let number = received.fetch_add(usize::from(is_received), Ordering::SeqCst);
        let is_here = match kill {
            Kill::Before(last) => is_received && number + 1 >= last,
            Kill::After(last) => !is_received && number >= last,
        };
        if is_here {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    run.code.is_none()
}

type Wrong = Option<String>;

/// What is wrong once `then` has happened and the import has run again.
fn wrong_after(world: &World, mut talks: [Vec<Said>; 2], then: Then, when: &str) -> Wrong {
    let [wrong, right] = exchanged();
    let mut goal = right;
    match then {
        Then::Nothing => {}
        Then::Newer => {
            talks[0].push(said(1300, BEN, "The ladder is here"));
            talks[1].push(said(1300, DORA, "The gate is painted"));
            put(world, BEN, &talks[0]);
            put(world, DORA, &talks[1]);
        }
        Then::Back => {
            correct(world, wrong);
            goal = wrong;
            // Finishes the interrupted moves, whose messages the next run moves back.
            world.run(&allowed()).exits(0);
        }
    }
    let mut truth = expected(&talks[0], goal[0]);
    truth.extend(expected(&talks[1], goal[1]));
    let holds = || {
        let run = world.run(&allowed()).exits(0);
        assert_holds(world, &truth, when);
        assert_clear(&run, when);
        assert_idle(&world.run(&allowed()).exits(0), when);
        world.run(&["checkpoint", "check"]).exits(0);
        world.run(&["verify"]).exits(0);
    };
    catch_unwind(AssertUnwindSafe(holds))
        .err()
        .map(|_| when.to_owned())
}

/// The run sends one request at a time and is killed.
fn after(longer: Longer, kill: Kill, then: Then) -> Wrong {
    let talks = talks(longer);
    let world = about_to_move(&talks, 1);
    let is_killed = is_killed(&world, kill);
    let when = format!("longer: {longer:?}, {kill:?}, {then:?}");
    is_killed
        .then(|| wrong_after(&world, talks, then, &when))
        .flatten()
}

#[track_caller]
fn recovers(cases: Vec<(Longer, Kill, Then)>) {
    let results = at_once(cases, |(longer, kill, then)| after(longer, kill, then));
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

/// Every request of the move is one case, and every write that Close carried out is another one.
fn all(longer: Longer, then: Then) -> Vec<(Longer, Kill, Then)> {
    // The moves of 17 messages are about 70 requests; after the end of the run nothing is killed.
    let before = (1..=75).map(Kill::Before);
    let after = (1..=36).map(Kill::After);
    let kills = before.chain(after);
    kills.map(|kill| (longer, kill, then)).collect()
}

/// The first message of the shorter chat has moved, and the longer chat has the same text in its minute.
#[test]
fn moved_message_stays_in_its_chat_if_the_longer_chat_has_its_text() {
    let mut cases = vec![
        (Longer::Dora, Kill::Before(15), Then::Nothing),
        (Longer::Dora, Kill::Before(16), Then::Nothing),
    ];
    if is_thorough() {
        cases = all(Longer::Dora, Then::Nothing);
    }
    recovers(cases);
}

/// No archive is one that the messages were read from.
#[test]
fn moved_message_stays_in_its_chat_if_both_were_exported_again() {
    let mut cases = vec![
        (Longer::Dora, Kill::After(3), Then::Newer),
        (Longer::Dora, Kill::Before(22), Then::Newer),
        (Longer::Ben, Kill::Before(48), Then::Newer),
    ];
    if is_thorough() {
        cases = all(Longer::Dora, Then::Newer);
    }
    recovers(cases);
}

#[test]
fn moved_message_goes_back_if_the_rows_are_exchanged_back() {
    let mut cases = vec![(Longer::Dora, Kill::Before(15), Then::Back)];
    if is_thorough() {
        cases = all(Longer::Dora, Then::Back);
    }
    recovers(cases);
}

/// Two runs with several requests at a time: each request is carried out and answered, carried out without an answer, or
/// neither, and each run is killed at some request.
fn after_two_kills(seed: u64, then: Then) -> Wrong {
    let mut random = fastrand::Rng::with_seed(seed);
    let longer = if random.bool() {
        Longer::Ben
    } else {
        Longer::Dora
    };
    let talks = talks(longer);
    let world = about_to_move(&talks, 8);
    for _ in 0..2 {
        let last = random.usize(12..80);
        // One in this number of writes is lost.
        let lost = random.u64(2..12);
        let seed = random.u64(..);
        let received = AtomicUsize::new(0);
        world.run_under(&allowed(), move |seen, when, running| {
            let is_received = when == When::Received;
            let number = received.fetch_add(usize::from(is_received), Ordering::SeqCst);
            if is_received && number + 1 >= last {
                running.kill();
                return Fault::Drop;
            }
            let mut random = fastrand::Rng::with_seed(seed ^ seen.number);
            let is_lost = is_write(seen) && random.u64(..lost) == 0;
            match is_lost && random.bool() == is_received {
                true => Fault::Drop,
                false => Fault::None,
            }
        });
    }
    let when = format!("seed {seed}, longer: {longer:?}, {then:?}");
    wrong_after(&world, talks, then, &when)
}

#[test]
fn moves_with_requests_under_way_at_two_kills_are_finished() {
    let seeds = if is_thorough() { 0..60 } else { 0..3 };
    let thens = [Then::Nothing, Then::Newer, Then::Back];
    let cases = seeds.zip(thens.into_iter().cycle());
    let results = at_once(cases, |(seed, then)| after_two_kills(seed, then));
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}
