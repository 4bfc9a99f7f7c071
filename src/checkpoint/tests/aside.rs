//! Reading aside: `plan` leaves no trace.

use super::*;

#[test]
fn peeking_at_nothing_makes_nothing() {
    let place = Place::new();
    assert!(place.peek().unwrap().is_none());
    let nowhere = place.dir.path().join("no folder").join("a.db");
    assert!(Checkpoint::peek(&nowhere, None, URL).unwrap().is_none());
    assert!(place.listing().is_empty());
    // As a run killed in its first moment leaves it.
    fs::write(place.path(), "").unwrap();
    assert!(place.peek().unwrap().is_none());
    place.open().unwrap().close().unwrap();
}

#[tokio::test]
async fn peeking_changes_no_byte_after_a_close_or_a_kill() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat(), intent(1)]).await.unwrap();
    let killed = place.killed();
    // The log alone, without the shared index, as after a restart of the machine.
    let restarted = place.killed();
    fs::remove_file(side_path(&restarted.path(), "-shm")).unwrap();
    checkpoint.close().unwrap();
    for place in [place, killed, restarted] {
        let before = place.listing();
        let snapshot = place.peek().unwrap().unwrap();
        assert_eq!(state(&snapshot, 1), Some(State::Intent));
        assert_eq!(snapshot.unsettled().unwrap().len(), 1);
        assert_eq!(snapshot.path().file_name(), place.path().file_name());
        drop(snapshot);
        assert_eq!(place.listing(), before);
    }
}

#[tokio::test]
async fn plan_reads_while_an_import_begins_works_and_ends() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let early = place.peek().unwrap().unwrap();
    let checkpoint = place.open().unwrap();
    checkpoint
        .record(vec![chat(), intent(1), done(1)])
        .await
        .unwrap();
    let during = place.peek().unwrap().unwrap();
    assert_eq!(state(&during, 1), Some(State::Done));
    assert_eq!(state(&early, 1), Some(State::Done));
    checkpoint.close().unwrap();
    assert_eq!(state(&during, 1), Some(State::Done));
    drop((early, during));
    assert_eq!(state(&place.peek().unwrap().unwrap(), 1), Some(State::Done));
    place.open().unwrap().close().unwrap();
}
