//! Ids by which later archives know messages, and runs of `match` that create leads.

use super::*;

#[tokio::test]
async fn message_is_found_by_its_alias() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let alias = |n| Change::Alias {
        key: key(n),
        native_id: "3A147ACFD8475480CC39".into(),
    };
    checkpoint
        .record(vec![chat(), intent(1), done(1), alias(1), alias(1)])
        .await
        .unwrap();
    let reader = checkpoint.reader();
    let row = reader.chat(&CHAT).unwrap().unwrap();
    let aliases = reader.aliases_of(row.id).unwrap();
    assert_eq!(aliases.len(), 1);
    assert_eq!(aliases["3A147ACFD8475480CC39"], key(1).external_id);
    let done_as = reader.done_as(&"3A147ACFD8475480CC39".into()).unwrap();
    assert_eq!(done_as.len(), 1);
    assert_eq!(done_as[0].2, activity(1));
    assert_eq!(reader.done_as(&key(1).external_id).unwrap(), done_as);

    // An id that two records claim belongs to none of them.
    checkpoint
        .record(vec![intent(2), done(2), alias(2)])
        .await
        .unwrap();
    assert!(checkpoint.reader().aliases_of(row.id).unwrap().is_empty());
    let unknown = checkpoint.record(vec![alias(9)]).await.unwrap_err();
    assert_eq!(unknown.code(), "checkpoint.no_message");
}

#[tokio::test]
async fn run_that_creates_leads_is_not_an_import() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![import()]).await.unwrap();
    checkpoint.close().unwrap();
    let first = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    let checkpoint = place.open().unwrap();
    let counts = Counts::from([(LEADS_MADE.to_owned(), 0)]);
    let outcome = RunOutcome::Complete;
    let ended = Change::RunEnded { outcome, counts };
    checkpoint.record(vec![import(), ended]).await.unwrap();
    checkpoint.close().unwrap();
    let last = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    assert_eq!(last.id, first.id);
}
