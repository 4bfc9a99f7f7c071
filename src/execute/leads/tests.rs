//! What becomes of a lead, whatever Close answers.

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

fn nobody() -> Reply {
    Reply::json(200, r#"{"data": [], "cursor": null}"#)
}

fn somebody(ids: &[&str]) -> Reply {
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

fn made() -> Reply {
    Reply::json(200, r#"{"id": "lead_1", "contacts": [{"id": "cont_1"}]}"#)
}

/// What one run gives for these answers, where it stands afterwards, how long it waited, and
/// how often it sent the lead. Before it, another run may have died with the intent open.
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
        LeadOutcome::Taken(contacts) => format!("Taken by {}", contacts.len()),
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

/// From where a lead stands and from what Close answers follow what becomes of it, where it
/// stands then, and how often it was sent.
#[tokio::test]
async fn every_way_that_it_can_go() {
    let lost = || Reply::Drop;
    // A search that finds nobody is two requests.
    let silence = |times: usize| (0..2 * times).map(|_| nobody());
    let then = |mut before: Vec<Reply>, after: Vec<Reply>| {
        before.extend(after);
        before
    };
    let asked = || silence(1).collect::<Vec<_>>();
    // At 0, 1, 3, 7, 15, 31 and 60 seconds.
    let waited = || silence(7).collect::<Vec<_>>();
    let cases = [
        ("made", false, then(asked(), vec![made()])),
        ("somebody has it by now", false, vec![somebody(&["9"])]),
        (
            "refused",
            false,
            then(asked(), vec![Reply::json(400, "{}")]),
        ),
        (
            "the question is refused",
            false,
            vec![Reply::json(400, "{}")],
        ),
        (
            "lost, found",
            false,
            then(then(asked(), vec![lost()]), vec![somebody(&["1"])]),
        ),
        (
            "lost, found late",
            false,
            then(
                then(asked(), vec![lost()]),
                then(asked(), vec![somebody(&["1"])]),
            ),
        ),
        (
            "lost, and several have it",
            false,
            then(then(asked(), vec![lost()]), vec![somebody(&["1", "2"])]),
        ),
        (
            "lost, and the question is refused",
            false,
            then(then(asked(), vec![lost()]), vec![Reply::json(400, "{}")]),
        ),
        (
            "lost, not there, made",
            false,
            then(
                then(asked(), vec![lost()]),
                then(waited(), then(asked(), vec![made()])),
            ),
        ),
        (
            "lost, not there, lost, not there",
            false,
            then(
                then(asked(), vec![lost()]),
                then(waited(), then(then(asked(), vec![lost()]), waited())),
            ),
        ),
        ("killed, found", true, vec![somebody(&["1"])]),
        (
            "killed, not there, made",
            true,
            then(waited(), then(asked(), vec![made()])),
        ),
    ];
    let mut table = String::new();
    for (what, after_a_kill, replies) in cases {
        let (outcome, state, waited, sent) = run(after_a_kill, replies).await;
        let state = state.map_or("no row".to_owned(), |state| format!("{state:?}"));
        table += &format!("{what:34} {outcome:14} {state:8} {waited:3} s, sent {sent}\n");
    }
    insta::assert_snapshot!(table, @"
    made                               Made           Created    0 s, sent 1
    somebody has it by now             Taken by 1     no row     0 s, sent 0
    refused                            close_400      no row     0 s, sent 1
    the question is refused            close_400      no row     0 s, sent 0
    lost, found                        Made           Created    0 s, sent 1
    lost, found late                   Made           Created    1 s, sent 1
    lost, and several have it          Taken by 2     Planned    0 s, sent 1
    lost, and the question is refused  Unknown        Planned    0 s, sent 1
    lost, not there, made              Made           Created   60 s, sent 2
    lost, not there, lost, not there   NotCarriedOut  no row   120 s, sent 2
    killed, found                      MadeBefore     Created    0 s, sent 0
    killed, not there, made            Made           Created   60 s, sent 1
    ");
}
