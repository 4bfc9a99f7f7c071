//! The timeline of a chat and its files.

use crate::kit::Side::They;
use crate::kit::archive::jpeg;
use crate::kit::{Chat, World, archive};

/// An image, a page that would run a script, and a drawing that would.
fn chat() -> Chat {
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    Chat::android("Ben Cooper", 1)
        .send(
            "2024-03-13 10:15",
            They,
            "IMG-20240313-WA0001.jpg",
            jpeg(400, 1),
        )
        .send("2024-03-13 10:16", They, "IMG-20240313-WA0002.jpg", drawing)
        .send("2024-03-13 10:17", They, "a \"b\"; c.html", page)
}

#[test]
fn only_images_are_shown() {
    let world = World::new(vec![chat()]);
    let page = world.page();
    let id = page.settled("/people?state=all").field("chat");
    let document = page.get(&format!("/chat/document?chat={id}")).is(200);
    let policy = document.header("content-security-policy").to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox"),
        "{policy}"
    );
    let text = document.hides("<script>").hides("<svg").text();
    assert_eq!(text.matches("<img ").count(), 1, "{text}");
    assert!(text.contains("src=\"data:image/jpeg;base64,"), "{text}");
}

/// What was made of a chat is kept, but not beyond a change of its archive.
#[test]
fn timeline_follows_its_archive() {
    let world = World::new(vec![chat()]);
    let page = world.page();
    let id = page.settled("/people?state=all").field("chat");
    let path = format!("/chat/document?chat={id}");
    let before = page.get(&path).is(200).hides("one more").text();
    assert_eq!(page.get(&path).text(), before);
    let newer = chat().say("2024-03-14 09:00", They, "one more");
    archive::put_zip(&newer, &world.exports());
    page.settled("/");
    page.get(&path).is(200).shows("one more");
}

#[test]
fn other_files_are_saved() {
    let world = World::new(vec![chat()]);
    let page = world.page();
    let id = page.settled("/people?state=all").field("chat");
    let listed = page.settled(&format!("/chat?chat={id}")).is(200).text();
    let files = listed.matches("/chat/file?").count();
    assert!(files >= 2, "{listed}");
    for file in 0..files {
        let saved = page
            .get(&format!("/chat/file?chat={id}&file={file}"))
            .is(200);
        let disposition = saved.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename*=UTF-8''"),
            "{disposition}"
        );
        assert!(!disposition.contains(['"', '<', '\n']), "{disposition}");
        assert_eq!(saved.header("content-type"), "application/octet-stream");
        assert_eq!(
            saved.header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert_eq!(saved.header("x-content-type-options"), "nosniff");
        assert!(!saved.body.is_empty());
    }
    page.get(&format!("/chat/file?chat={id}&file=99")).is(422);
    page.get("/chat/file?chat=0&file=0").is(422);
    // What is no number at all is no file either, and a page shows so.
    let none = page.get(&format!("/chat/file?chat={id}&file=-1")).is(422);
    none.shows("not in the archives any more");
}
