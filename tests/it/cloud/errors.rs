//! Storage that cannot be read: status and sentence of each cause, and nothing is sent to Close.

use std::net::TcpListener;

use super::setting::{Cloud, s3};
use crate::kit::scenes;

/// Plan and import end with this status and these words, and Close got no message.
#[track_caller]
fn ends(cloud: &Cloud, status: i32, words: &str) {
    cloud.run(&["plan"]).exits(status).says(words);
    cloud.import().exits(status).says(words);
    assert_eq!(cloud.world.server.writes(), 0, "{words}");
}

#[test]
fn denied_access_is_status_5() {
    let cloud = Cloud::new(scenes::rich());
    cloud.bucket.rule(|_, _| Some(403));
    ends(
        &cloud,
        5,
        "s3://exports/anna/: the storage denies access; check the credentials",
    );
    cloud.run(&["inspect", "s3://exports/anna/"]).exits(5);
    cloud.bucket.calm();
    cloud.import().exits(0);
    cloud.world.assert_whole("with access");
}

#[test]
fn denied_object_is_one_failed_archive() {
    let cloud = Cloud::new(scenes::rich());
    cloud
        .bucket
        .rule(|_, key| key.contains("Dora").then_some(403));
    cloud
        .run(&["plan"])
        .exits(3)
        .says("the storage denies access to this object");
}

#[test]
fn absent_bucket_prefix_and_credentials_are_status_2() {
    let mut cloud = Cloud::new(scenes::rich());
    cloud.archives("s3://elsewhere/anna/");
    ends(&cloud, 2, "s3://elsewhere/anna/: no such bucket");
    cloud.archives("s3://exports/berta/");
    ends(
        &cloud,
        2,
        "s3://exports/berta/: no object at or under this place",
    );
    cloud.archives("s3://exports/anna/");
    cloud.variables.clear();
    ends(&cloud, 2, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    cloud.variables = s3("http://storage.example:9000");
    ends(&cloud, 2, "accepted for this machine only");
}

#[test]
fn unusable_places_are_refused_in_their_line() {
    let cloud = Cloud::new(vec![scenes::ben()]);
    for place in [
        "ftp://exports/anna",
        "https://user:s3cret-part-of-a-key@host/a.zip",
        "https://host/a.zip?sig=s3cret-part-of-a-key",
        "http://example.com/a.zip",
    ] {
        cloud.archives(place);
        ends(&cloud, 2, "chatferry.toml:2: a place in archives: ");
    }
}

#[test]
fn unreachable_storage_is_status_4_and_resumable() {
    let mut cloud = Cloud::new(scenes::rich());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let variables = std::mem::replace(&mut cloud.variables, s3(&closed));
    let words =
        "s3://exports/anna/: object storage is unreachable (no connection); run the command again";
    cloud.import().exits(4).says(words);
    // Commands that need no archives go on.
    cloud.run(&["runs"]).exits(0);
    cloud.variables = variables;
    cloud
        .bucket
        .rule(|_, key| key.contains("Dora").then_some(503));
    let import = cloud.import().exits(4);
    import.says("object storage is unreachable (status 503");
    assert_eq!(cloud.world.server.writes(), 0);
    cloud.bucket.calm();
    cloud.import().exits(0);
    cloud.world.assert_whole("once it is reachable");
}

/// The name of an archive is the name of a chat.
#[test]
fn damaged_private_chat_in_a_bucket_is_not_named() {
    let cloud = Cloud::new(vec![scenes::ben(), scenes::dora()]);
    let contacts = std::fs::read_to_string(cloud.world.path().join("contacts.csv")).expect("read");
    let private: String = (contacts.lines())
        .map(|line| match line.strip_suffix(',') {
            Some(row) if row.starts_with("Dora") => format!("{row},private\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(private.contains(",private"), "{private}");
    cloud.world.write("contacts.csv", &private);
    cloud
        .bucket
        .put("anna/WhatsApp Chat with Dora Quist.zip", b"no zip");
    for run in [cloud.run(&["plan"]), cloud.import()] {
        let run = run.exits(3);
        assert!(
            !run.stderr.contains("Dora") && !run.stdout.contains("Dora"),
            "{run:?}"
        );
    }
}
