//! An import from a bucket equals one from a folder, and no byte is sent twice.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use chatferry::sandbox::Fault;
use zip::CompressionMethod;

use super::bucket::counted;
use super::setting::{Cloud, key};
use crate::kit::Side::{Me, They};
use crate::kit::archive::{self, jpeg};
use crate::kit::{Chat, When, scenes};

#[test]
fn import_from_a_bucket_is_complete_and_reads_every_byte_once() {
    let cloud = Cloud::new(scenes::rich());
    let sizes: Vec<usize> = (cloud.world.chats.iter())
        .map(|chat| archive::zip(chat).len())
        .collect();
    cloud.import().exits(0);
    cloud.world.assert_whole("from a bucket");
    let sent = cloud.bucket.taken();
    assert_eq!(counted(&sent), (1, sizes.iter().sum()), "{sent:?}");
    // Small zips are one request each, and none is needed for their sizes.
    assert_eq!(sent.len(), 1 + sizes.len(), "{sent:?}");
    let again = cloud.import().exits(0);
    assert_eq!(again.number("created"), 0);
    cloud.world.assert_whole("again");
    cloud.run(&["verify", "--files"]).exits(0);
}

/// A zip with two videos, larger than one request.
fn with_videos() -> Chat {
    Chat::android("Dora Quist", 3)
        .say("2024-06-21 08:00", They, "first")
        .send(
            "2024-06-21 08:01",
            They,
            "VID-20240621-WA0001.mp4",
            jpeg(9_000_000, 5),
        )
        .send(
            "2024-06-21 08:02",
            Me,
            "VID-20240621-WA0002.mp4",
            jpeg(3_000_000, 6),
        )
        .say("2024-06-21 08:03", Me, "last")
}

#[test]
fn plan_reads_directory_and_transcript_and_import_streams_the_media() {
    let cloud = Cloud::empty(vec![with_videos()]);
    let chat = &cloud.world.chats[0];
    let bytes = archive::zip_with(chat, CompressionMethod::Stored, false);
    cloud.bucket.put(&key(chat), &bytes);
    cloud.run(&["plan"]).exits(0);
    let (lists, read) = counted(&cloud.bucket.taken());
    assert!(lists == 1 && read <= 1 << 20, "{lists} lists, {read} bytes");
    cloud.import().exits(0);
    cloud.world.assert_whole("large files");
    let sent = cloud.bucket.taken();
    assert_eq!(counted(&sent), (1, bytes.len()), "{sent:?}");
    assert!(sent.len() < 12, "{sent:?}");
}

/// A file that Close's storage refuses at first is uploaded from what was read before.
#[test]
fn repeated_upload_downloads_nothing_again() {
    let cloud = Cloud::empty(vec![with_videos()]);
    let chat = &cloud.world.chats[0];
    let bytes = archive::zip_with(chat, CompressionMethod::Stored, false);
    cloud.bucket.put(&key(chat), &bytes);
    let failures = AtomicU32::new(0);
    cloud.world.server.rule(move |seen, when| {
        let is_file = seen.path.starts_with("/_storage/") && when != When::Received;
        match is_file && failures.fetch_add(1, Ordering::SeqCst) < 2 {
            true => Fault::Status(503, String::new()),
            false => Fault::None,
        }
    });
    cloud.import().exits(0);
    cloud.world.assert_whole("after refused uploads");
    assert!(cloud.world.server.count("POST", "/files/upload/") >= 4);
    assert_eq!(counted(&cloud.bucket.taken()), (1, bytes.len()));
}

#[test]
fn unpacked_exports_are_read_as_folders() {
    let web = Chat::web("Rita Vale", 5)
        .say("2024-07-01 09:00", They, "Hello")
        .send("2024-07-01 09:01", Me, "plan.pdf", b"%PDF-1.4 x".to_vec());
    let cloud = Cloud::empty(vec![scenes::cleo(), web]);
    let dir = crate::kit::folder();
    for chat in &cloud.world.chats {
        archive::put_folder(chat, dir.path());
    }
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).expect("a folder") {
            let path = item.expect("an item").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inner = path.strip_prefix(dir.path()).expect("within");
            let bytes = fs::read(&path).expect("bytes");
            cloud
                .bucket
                .put(&format!("anna/{}", inner.display()), &bytes);
        }
    }
    // What consoles and computers leave behind.
    cloud.bucket.put("anna/.DS_Store", b"x");
    cloud.bucket.put("anna/notes.pdf", b"%PDF");
    cloud.import().exits(0);
    cloud.world.assert_whole("folders");
    let (lists, _) = counted(&cloud.bucket.taken());
    assert_eq!(lists, 1);
}

#[test]
fn places_may_be_files_patterns_and_prefixes() {
    let cloud = Cloud::new(scenes::rich());
    cloud
        .bucket
        .put("anna2/WhatsApp Chat with Other.zip", b"no zip");
    cloud.bucket.put("other.zip", b"no zip");
    let whole = cloud.run(&["plan", "--json"]).exits(0).number("created");
    for (place, share) in [
        ("s3://exports/anna", true),
        ("s3://exports/anna/*.zip", true),
        ("s3://exports/a*a/", true),
        ("s3://exports/anna/WhatsApp Chat with Ben Cooper.zip", false),
        ("s3://exports/anna/*Ben*", false),
    ] {
        cloud.archives(place);
        let created = cloud.run(&["plan", "--json"]).number("created");
        assert_eq!(created == whole, share, "{place}: {created} of {whole}");
        assert!(created > 0, "{place}");
    }
}

#[test]
fn init_inspect_and_parse_read_places() {
    let cloud = Cloud::new(scenes::rich());
    let place = "s3://exports/anna/";
    let inspect = cloud.run(&["inspect", place]).exits(0);
    inspect.says("Ben Cooper");
    assert_eq!(counted(&cloud.bucket.taken()).0, 1);
    cloud
        .run(&["parse", place])
        .exits(0)
        .says("Good morning, secret-alpha");
    fs::remove_file(cloud.world.path().join("chatferry.toml")).expect("removed");
    fs::remove_file(cloud.world.path().join("contacts.csv")).expect("removed");
    cloud.bucket.taken();
    cloud.run(&["init", place]).exits(0);
    counted(&cloud.bucket.taken());
    let text = fs::read_to_string(cloud.world.path().join("chatferry.toml")).expect("written");
    assert!(
        text.contains("archives = [\"s3://exports/anna/\"]"),
        "{text}"
    );
    cloud.run(&["init", "--update"]).exits(0);
}

#[test]
fn databases_are_refused_and_chats_next_to_them_imported() {
    let cloud = Cloud::new(vec![scenes::ben()]);
    cloud.bucket.put("anna/msgstore.db", b"SQLite format 3\0");
    let import = cloud.import().exits(3);
    import.says("msgstore.db: databases, backups and logs are not read from object storage; copy it to this machine and pass the copy instead");
    cloud.world.assert_whole("next to a database");
    cloud.bucket.delete("anna/msgstore.db");
    cloud.bucket.put("anna/export.json", b"{}");
    let import = cloud.import().exits(0);
    import.says("databases, backups and logs are not read from object storage");
    import.says("; it is ignored");
}
