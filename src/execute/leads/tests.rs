//! Creating a lead, for each answer of Close.

use super::*;
use crate::checkpoint::Memory;
use crate::close::testing::{Manual, Reply, Server, client};
use crate::execute::Stopper;

const NUMBER: &str = "+353861234567";
const SETTLE: Duration = Duration::from_secs(60);

fn lead() -> MissingLead {
    MissingLead {
        name: "Sean Byrne".to_owned(),
        phone: Phone::parse(NUMBER).unwrap(),
    }
}

fn no_contact() -> Reply {
    Reply::json(200, r#"{"data": [], "cursor": null}"#)
}

fn contacts(ids: &[&str]) -> Reply {
    let contact = |id: &&str| {
        format!(
            r#"{{"id": "cont_{id}", "lead_id": "lead_{id}", "name": "", "phones": [{{"phone": "{NUMBER}"}}]}}"#
        )
    };
    let all: Vec<String> = ids.iter().map(contact).collect();
    Reply::json(
        200,
        &format!(r#"{{"data": [{}], "cursor": null}}"#, all.join(",")),
    )
}

fn created() -> Reply {
    Reply::json(200, r#"{"id": "lead_1", "contacts": [{"id": "cont_1"}]}"#)
}

/// The outcome of one run with these answers, the step of the row afterwards, the seconds waited and the number
/// of create requests. Before it, another run may have been killed with the intent open.
async fn run(after_a_kill: bool, replies: Vec<Reply>) -> (String, Option<Step>, u64, usize) {
    let clock = Manual::gliding();
    let checkpoint = Memory::new(clock.shared());
    let number = lead_hash(&checkpoint.reader().key(), &lead().phone);
    if after_a_kill {
        let change = Change::OperationBegun(Box::new(Begun {
            operation: creation(number),
            chat: None,
            source_activity: None,
            target_id: None,
            target_lead: None,
            target_activity: None,
        }));
        checkpoint.recorder().record(change).await.unwrap();
        checkpoint.begin();
    }
    let server = Server::start(replies).await;
    let client = client(&server);
    let maker = LeadMaker {
        client: &client,
        checkpoint: &checkpoint,
        clock: clock.shared(),
        settle: SETTLE,
        status_id: "stat_1".into(),
    };
    let (_stopper, stop) = Stopper::new();
    let (outcomes, stopped) = maker.make(&[lead()], &stop).await;
    assert!(stopped.is_none(), "{stopped:?}");
    let row = (checkpoint.reader()).lead_created_for(&number).unwrap();
    let waited = clock.slept.lock().unwrap().iter().sum::<Duration>();
    let sent = server.requests().into_iter();
    let sent = sent
        .filter(|request| request.line.contains("/lead/"))
        .count();
    let outcome = match &outcomes[0] {
        LeadOutcome::NumberInUse(contacts) => format!("In use by {}", contacts.len()),
        LeadOutcome::Failed(failure) => failure.code(),
        other => format!("{other:?}"),
    };
    let (outcome, _) = outcome.split_once(" {").unwrap_or((&outcome, ""));
    (
        outcome.to_owned(),
        row.map(|row| row.step),
        waited.as_secs(),
        sent,
    )
}

/// The state of a lead and the answers of Close determine its outcome, its row and the number of requests.
#[tokio::test]
async fn outcome_and_row_follow_from_state_and_answers() {
    let lost = || Reply::Drop;
    // A search without a match is two requests.
    let silence = |times: usize| (0..2 * times).map(|_| no_contact());
    let then = |mut before: Vec<Reply>, after: Vec<Reply>| {
        before.extend(after);
        before
    };
    let searched = || silence(1).collect::<Vec<_>>();
    // At 0, 1, 3, 7, 15, 31 and 60 seconds.
    let waited = || silence(7).collect::<Vec<_>>();
    let cases = [
        ("created", false, then(searched(), vec![created()])),
        ("number in use by now", false, vec![contacts(&["9"])]),
        (
            "refused",
            false,
            then(searched(), vec![Reply::json(400, "{}")]),
        ),
        (
            "the look-up is refused",
            false,
            vec![Reply::json(400, "{}")],
        ),
        (
            "lost, found",
            false,
            then(then(searched(), vec![lost()]), vec![contacts(&["1"])]),
        ),
        (
            "lost, found late",
            false,
            then(
                then(searched(), vec![lost()]),
                then(searched(), vec![contacts(&["1"])]),
            ),
        ),
        (
            "lost, in use by several",
            false,
            then(then(searched(), vec![lost()]), vec![contacts(&["1", "2"])]),
        ),
        (
            "lost, and the look-up is refused",
            false,
            then(then(searched(), vec![lost()]), vec![Reply::json(400, "{}")]),
        ),
        (
            "lost, absent, created",
            false,
            then(
                then(searched(), vec![lost()]),
                then(waited(), then(searched(), vec![created()])),
            ),
        ),
        (
            "lost, absent, lost, absent",
            false,
            then(
                then(searched(), vec![lost()]),
                then(waited(), then(then(searched(), vec![lost()]), waited())),
            ),
        ),
        ("killed, found", true, vec![contacts(&["1"])]),
        (
            "killed, absent, created",
            true,
            then(waited(), then(searched(), vec![created()])),
        ),
    ];
    let mut table = String::new();
    for (what, after_a_kill, replies) in cases {
        let (outcome, state, waited, sent) = run(after_a_kill, replies).await;
        let state = state.map_or("no row".to_owned(), |state| format!("{state:?}"));
        table += &format!("{what:34} {outcome:14} {state:8} {waited:3} s, sent {sent}\n");
    }
    insta::assert_snapshot!(table, @"
    created                            Created        Created    0 s, sent 1
    number in use by now               In use by 1    no row     0 s, sent 0
    refused                            close_400      no row     0 s, sent 1
    the look-up is refused             close_400      no row     0 s, sent 0
    lost, found                        Created        Created    0 s, sent 1
    lost, found late                   Created        Created    1 s, sent 1
    lost, in use by several            In use by 2    Planned    0 s, sent 1
    lost, and the look-up is refused   Unknown        Planned    0 s, sent 1
    lost, absent, created              Created        Created   60 s, sent 2
    lost, absent, lost, absent         NotCarriedOut  no row   120 s, sent 2
    killed, found                      AlreadyCreated Created    0 s, sent 0
    killed, absent, created            Created        Created   60 s, sent 1
    ");
}
