//! Tickets, the upload form, attachments, downloads.

use reqwest::multipart::{Form, Part};

use super::*;

async fn ticket(kit: &Kit) -> (String, String, Vec<(String, String)>) {
    let (status, value) = kit
        .post(
            "/files/upload/",
            &json!({ "filename": "a b.pdf", "content_type": "application/pdf" }),
        )
        .await;
    assert_eq!(status, 200, "{value}");
    let fields = value["upload"]["fields"].as_object().unwrap();
    let fields = fields
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&value["download"]["url"]),
        text(&value["upload"]["url"]),
        fields,
    )
}

fn form(fields: &[(String, String)], bytes: &'static [u8]) -> Form {
    let form = fields.iter().fold(Form::new(), |form, (name, value)| {
        form.text(name.clone(), value.clone())
    });
    form.part("file", Part::bytes(bytes).file_name("whatever"))
}

async fn send(kit: &Kit, url: &str, form: Form) -> (u16, String) {
    let response = kit.client.post(url).multipart(form).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

pub(super) async fn uploaded(kit: &Kit, bytes: &'static [u8]) -> String {
    let (download, url, fields) = ticket(kit).await;
    let (status, body) = send(kit, &url, form(&fields, bytes)).await;
    assert_eq!(status, 201, "{body}");
    download
}

pub(super) fn with_files(external_id: &str, urls: &[&str]) -> Value {
    let mut body = message(external_id, 1);
    let files = urls.iter().map(
        |url| json!({ "url": url, "filename": "Über.pdf", "content_type": "application/pdf" }),
    );
    body["attachments"] = files.collect();
    body
}

#[tokio::test]
async fn uploaded_file_can_be_attached_and_downloaded() {
    let kit = Kit::with(|options| options.keep_bytes = true).await;
    let (download, url, fields) = ticket(&kit).await;
    assert!(
        download.starts_with("https://app.close.com/go/file/temporary/"),
        "{download}"
    );
    assert!(download.ends_with("/a%20b.pdf/"), "{download}");
    assert_eq!(
        kit.post(MESSAGES, &with_files("early", &[&download]))
            .await
            .0,
        400,
        "not uploaded yet"
    );
    let (status, xml) = send(&kit, &url, form(&fields, b"content")).await;
    assert_eq!(status, 201);
    assert!(
        xml.contains("<PostResponse>") && xml.contains("<ETag>"),
        "{xml}"
    );
    let mut body = with_files("x", &[&download]);
    body["message_markdown"] = json!("");
    let (status, value) = kit.post(MESSAGES, &body).await;
    assert_eq!(status, 200, "{value}");
    let file = &value["attachments"][0];
    let persisted = file["url"].as_str().unwrap();
    assert!(
        persisted.contains("/go/file/persisted/orga_"),
        "{persisted}"
    );
    assert_eq!(
        (&file["size"], &file["filename"]),
        (&json!(7), &json!("Über.pdf"))
    );
    let hash = blake3::hash(b"content").to_hex().to_string();
    assert_eq!(kit.state.messages()[0].attachments[0].blake3, hash);
    assert_eq!(kit.state.files()[0].blake3.as_deref(), Some(hash.as_str()));

    let path = persisted.strip_prefix("https://app.close.com").unwrap();
    let here = format!("{}{path}", kit.base.strip_suffix("/api/v1").unwrap());
    assert_eq!(kit.client.get(&here).send().await.unwrap().status(), 401);
    let redirect = kit
        .client
        .get(&here)
        .basic_auth("api_sandbox.key", Some(""))
        .send()
        .await
        .unwrap();
    assert_eq!(redirect.status(), 302);
    let location = redirect.headers()["location"].to_str().unwrap();
    assert_eq!(
        kit.client
            .get(location)
            .basic_auth("a", Some(""))
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
    assert_eq!(
        kit.client
            .get(location)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "content"
    );

    let id = value["id"].as_str().unwrap();
    let again = with_files("x", &[persisted])["attachments"].clone();
    let (status, updated) = kit
        .put(
            &format!("{MESSAGES}{id}/"),
            &json!({ "attachments": again }),
        )
        .await;
    assert_eq!(
        (status, &updated["attachments"][0]["url"]),
        (200, &json!(persisted))
    );
    assert_eq!(
        kit.post(MESSAGES, &with_files("y", &[persisted])).await.0,
        400,
        "the file of another message"
    );
    kit.stop().await;
}

#[tokio::test]
async fn upload_ticket_expires() {
    let kit = Kit::start().await;
    let (_, url, fields) = ticket(&kit).await;
    kit.clock.forward(Duration::from_secs(60));
    assert_eq!(
        send(&kit, &url, form(&fields, b"a")).await.0,
        201,
        "on the last second"
    );
    kit.clock.forward(Duration::from_millis(1));
    let (status, body) = send(&kit, &url, form(&fields, b"a")).await;
    assert_eq!(status, 403);
    assert!(body.contains("<Code>AccessDenied</Code>"), "{body}");
    assert!(
        body.contains("Invalid according to Policy: Policy expired."),
        "{body}"
    );
    kit.stop().await;
}

#[tokio::test]
async fn upload_form_must_repeat_the_ticket_and_end_with_the_file() {
    let kit = Kit::start().await;
    let (_, url, fields) = ticket(&kit).await;
    for left_out in 0..fields.len() {
        let mut fewer = fields.clone();
        let (name, _) = fewer.remove(left_out);
        let (status, body) = send(&kit, &url, form(&fewer, b"a")).await;
        assert!(
            matches!(status, 400 | 403),
            "without {name}: {status} {body}"
        );
        let mut changed = fields.clone();
        changed[left_out].1.push('x');
        assert_eq!(
            send(&kit, &url, form(&changed, b"a")).await.0,
            403,
            "other {name}"
        );
    }
    let mut more = fields.clone();
    more.push(("x-amz-extra".to_owned(), "1".to_owned()));
    assert!(
        send(&kit, &url, form(&more, b"a"))
            .await
            .1
            .contains("Extra input fields")
    );
    let early = fields.iter().fold(
        Form::new().part("file", Part::bytes(b"a".as_slice())),
        |form, (name, value)| form.text(name.clone(), value.clone()),
    );
    assert_eq!(send(&kit, &url, early).await.0, 400, "the file first");
    let late = form(&fields[..], b"a").text("after", "1");
    assert_eq!(
        send(&kit, &url, late).await.0,
        400,
        "a field after the file"
    );
    let none = fields.iter().fold(Form::new(), |form, (name, value)| {
        form.text(name.clone(), value.clone())
    });
    assert_eq!(send(&kit, &url, none).await.0, 400, "no file");
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("a")]);
    let unsized_part = Part::stream(reqwest::Body::wrap_stream(chunks));
    let chunked = fields.iter().fold(Form::new(), |form, (name, value)| {
        form.text(name.clone(), value.clone())
    });
    assert_eq!(
        send(&kit, &url, chunked.part("file", unsized_part)).await.0,
        411,
        "unknown length"
    );
    assert!(kit.state.files().iter().all(|file| file.size.is_none()));
    assert_eq!(
        send(&kit, &url, form(&fields, b"a")).await.0,
        201,
        "the ticket itself is good"
    );
    kit.stop().await;
}

#[tokio::test]
async fn attachments_are_limited_in_age_and_total_size() {
    let kit = Kit::with(|options| options.max_message_bytes = 10).await;
    let (first, second) = (
        uploaded(&kit, b"123456").await,
        uploaded(&kit, b"12345").await,
    );
    let (status, value) = kit
        .post(MESSAGES, &with_files("x", &[&first, &second]))
        .await;
    assert_eq!(status, 400);
    assert!(
        value["field-errors"]["attachments"]
            .as_str()
            .unwrap()
            .contains("larger"),
        "{value}"
    );
    assert_eq!(kit.post(MESSAGES, &with_files("x", &[&first])).await.0, 200);
    assert_eq!(
        kit.post(MESSAGES, &with_files("y", &[&first])).await.0,
        200,
        "used twice"
    );
    kit.clock.forward(Duration::from_secs(24 * 60 * 60 + 1));
    assert_eq!(
        kit.post(MESSAGES, &with_files("z", &[&second])).await.0,
        400,
        "a day old"
    );
    kit.stop().await;
}

#[tokio::test]
async fn ticket_requires_name_and_type() {
    let kit = Kit::start().await;
    for body in [
        json!({}),
        json!({ "filename": "", "content_type": "a/b" }),
        json!({ "filename": "a", "content_type": "b", "size": 1 }),
    ] {
        assert_eq!(kit.post("/files/upload/", &body).await.0, 400, "{body}");
    }
    kit.stop().await;
}

/// Uploads of a long rehearsal do not exhaust the memory.
#[tokio::test]
async fn kept_bytes_are_limited() {
    let kit = Kit::with(|options| {
        options.keep_bytes = true;
        options.most_bytes = 10;
    })
    .await;
    let mut kept = Vec::new();
    for content in ["12345678", "123", "12"] {
        let (_, url, fields) = ticket(&kit).await;
        let (status, _) = send(&kit, &url, form(&fields, content.as_bytes())).await;
        assert_eq!(status, 201);
        kept.push(kit.state.files_kept());
    }
    assert_eq!(kept, [8, 8, 10]);
}
