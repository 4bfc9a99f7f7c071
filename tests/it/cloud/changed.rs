//! Objects that are replaced or deleted while a run reads them.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::setting::{Cloud, key};
use crate::kit::Side::{Me, They};
use crate::kit::archive::{self, jpeg};
use crate::kit::{Chat, scenes};

/// A photo in a zip of more than one request.
fn with_photo() -> Chat {
    Chat::android("Dora Quist", 3)
        .say("2024-06-21 08:00", They, "first")
        .send(
            "2024-06-21 08:01",
            They,
            "VID-20240621-WA0001.mp4",
            jpeg(3_000_000, 5),
        )
        .send(
            "2024-06-21 08:02",
            They,
            "IMG-20240621-WA0009.jpg",
            jpeg(4_000_000, 7),
        )
        .say("2024-06-21 08:03", Me, "last")
}

#[test]
fn archive_replaced_after_the_listing_is_reported_as_damaged() {
    let cloud = Cloud::new(vec![scenes::ben(), scenes::dora()]);
    let dora = key(&scenes::dora());
    let (put, bytes) = (cloud.bucket.putter(), archive::zip(&scenes::dora()));
    let done = AtomicBool::new(false);
    let changed = dora.clone();
    cloud.bucket.rule(move |method, key| {
        if method == "GET" && key == changed && !done.swap(true, Ordering::SeqCst) {
            put(key, &bytes);
        }
        None
    });
    let inspect = cloud.run(&["inspect", "s3://exports/anna/"]).exits(3);
    inspect.says(&format!(
        "s3://exports/{dora}: damaged for this run (it was replaced in object storage while chatferry read it); run the command again"
    ));
    cloud.bucket.calm();
    cloud.import().exits(0);
    cloud.world.assert_whole("afterwards");
}

/// The transcript was read, the files were not: they are of another version now, even if the bytes are equal.
#[test]
fn files_of_an_archive_replaced_during_an_import_follow_in_the_next() {
    let cloud = Cloud::empty(vec![with_photo()]);
    let chat = &cloud.world.chats[0];
    let bytes = archive::zip_with(chat, zip::CompressionMethod::Stored, false);
    cloud.bucket.put(&key(chat), &bytes);
    let put = cloud.bucket.putter();
    let (changed, done) = (key(chat), AtomicBool::new(false));
    // The first write to Close is after the plan, and before the first file.
    cloud.world.server.rule(move |seen, _| {
        if seen.method == "POST" && !done.swap(true, Ordering::SeqCst) {
            put(&changed, &bytes);
        }
        chatferry::sandbox::Fault::None
    });
    let import = cloud.import().exits(3);
    import.says("archive_damaged_file");
    cloud.world.server.calm();
    let again = cloud.import().exits(0);
    assert_eq!(again.number("created"), 0);
    cloud.world.assert_whole("files followed");
}

#[test]
fn archive_deleted_during_an_import_stops_it() {
    let cloud = Cloud::empty(vec![with_photo()]);
    let chat = &cloud.world.chats[0];
    let bytes = archive::zip_with(chat, zip::CompressionMethod::Stored, false);
    cloud.bucket.put(&key(chat), &bytes);
    let gone = std::sync::Arc::new(AtomicBool::new(false));
    let (is_gone, deleted) = (std::sync::Arc::clone(&gone), key(chat));
    cloud
        .bucket
        .rule(move |_, key| (key == deleted && is_gone.load(Ordering::SeqCst)).then_some(410));
    cloud.world.server.rule(move |seen, _| {
        gone.fetch_or(seen.method == "POST", Ordering::SeqCst);
        chatferry::sandbox::Fault::None
    });
    cloud
        .import()
        .exits(4)
        .says("object storage is unreachable (status 410");
    cloud.bucket.calm();
    cloud.world.server.calm();
    cloud.import().exits(0);
    cloud.world.assert_whole("resumed");
}

/// A card is read after the transcript, and without it the message would be another one.
#[test]
fn card_that_cannot_be_read_stops_the_command() {
    let card = b"BEGIN:VCARD\nVERSION:3.0\nFN:Rita Vale\nTEL:+4915112340000\nEND:VCARD\n";
    let photo = |n: u8| (format!("IMG-20240621-WA000{n}.jpg"), jpeg(1_500_000, n));
    let ((before, one), (after, other)) = (photo(1), photo(3));
    let chat = Chat::android("Dora Quist", 3)
        .say("2024-06-21 08:00", They, "first")
        .send("2024-06-21 08:01", Me, &before, one)
        .send("2024-06-21 08:02", They, "Rita Vale.vcf", card.to_vec())
        .send("2024-06-21 08:03", Me, &after, other);
    let cloud = Cloud::empty(vec![chat]);
    let chat = &cloud.world.chats[0];
    let bytes = archive::zip_with(chat, zip::CompressionMethod::Stored, false);
    cloud.bucket.put(&key(chat), &bytes);
    // Directory and transcript are read, the card is not.
    let reads = AtomicU32::new(0);
    cloud.bucket.rule(move |_, key| {
        let is_late = !key.is_empty() && reads.fetch_add(1, Ordering::SeqCst) >= 2;
        is_late.then_some(503)
    });
    let stopped = cloud.import().exits(4);
    stopped.says("object storage is unreachable (status 503");
    assert_eq!(cloud.world.server.writes(), 0);
    cloud.bucket.calm();
    let import = cloud.import().exits(0);
    assert_eq!(import.number("created"), 4);
}
