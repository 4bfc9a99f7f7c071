//! The replacement of a checkpoint: what an interrupted one leaves.

use super::*;

/// Replaces the checkpoint of a killed run; the rename fails.
fn fail_to_swap(place: &Place) {
    let rebuild = Rebuild::begin(&place.path(), false, (&binding(), &clock())).unwrap();
    let built = rebuild.create(&binding(), clock(), (None, None)).unwrap();
    built.close().unwrap();
    fs::remove_file(place.dir.path().join("chatferry.recovered.db")).unwrap();
    rebuild.swap().unwrap_err();
}

/// A place with a checkpoint whose log has a message that the file itself lacks.
async fn killed() -> Place {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint
        .record(vec![chat(), intent(1), done(1)])
        .await
        .unwrap();
    let killed = place.killed();
    checkpoint.close().unwrap();
    assert!(side_path(&killed.path(), "-wal").exists());
    killed
}

#[tokio::test]
async fn failed_swap_leaves_the_former_checkpoint_with_its_last_transaction() {
    let place = killed().await;
    fail_to_swap(&place);
    let snapshot = place.peek().unwrap().unwrap();
    assert_eq!(state(&snapshot, 1), Some(State::Done));
}

#[tokio::test]
async fn failed_swap_leaves_no_unreadable_checkpoint_without_its_log() {
    let place = killed().await;
    fs::write(place.path(), "not a database").unwrap();
    let log = fs::read(side_path(&place.path(), "-wal")).unwrap();
    fail_to_swap(&place);
    assert!(!place.path().exists());
    let kept = place.dir.path().join("chatferry.former.db");
    assert_eq!(fs::read(&kept).unwrap(), b"not a database");
    assert_eq!(fs::read(side_path(&kept, "-wal")).unwrap(), log);
}
