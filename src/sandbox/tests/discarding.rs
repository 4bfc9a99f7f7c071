//! A sandbox that forgets texts and bytes.

use super::*;

async fn start() -> Kit {
    Kit::with(|options| {
        options.discard = true;
        options.keep_bytes = true;
    })
    .await
}

#[tokio::test]
async fn discarded_text_is_answered_once_and_then_empty() {
    let kit = start().await;
    let mut body = message("x1", 1);
    body["integration_link"] = json!("https://example.org/x1");
    let (status, created) = kit.post(MESSAGES, &body).await;
    assert_eq!(status, 200, "{created}");
    assert_eq!(created["message_markdown"], "Here is the *signed* copy");
    let path = format!("{MESSAGES}{}/", created["id"].as_str().unwrap());
    let mut kept = created;
    kept["message_markdown"] = json!("");
    kept["message_html"] = json!("<p></p>");
    kept["text"] = json!("");
    kept["integration_link"] = Value::Null;
    assert_eq!(kit.get(&path).await, (200, kept.clone()));
    let (_, listed) = kit.get(&format!("{MESSAGES}?lead_id=lead_1")).await;
    assert_eq!(listed["data"], json!([kept]));
    kit.stop().await;
}

#[tokio::test]
async fn discarded_message_can_be_changed_and_answered() {
    let kit = start().await;
    let id = kit.message("x1", 1).await;
    let path = format!("{MESSAGES}{id}/");
    let (status, value) = kit
        .put(&path, &json!({ "activity_at": "2025-03-10T09:00:00Z" }))
        .await;
    assert_eq!(status, 200, "its text counts as present: {value}");
    let (status, value) = kit.put(&path, &json!({ "message_markdown": "new" })).await;
    assert_eq!((status, &value["message_markdown"]), (200, &json!("new")));
    assert_eq!(kit.state.messages()[0].markdown, "");
    let mut reply = message("x2", 2);
    reply["response_to_id"] = json!(id);
    let (status, value) = kit.post(MESSAGES, &reply).await;
    assert_eq!(status, 200, "{value}");
    let (_, found) = kit
        .get(&format!("{MESSAGES}?external_whatsapp_message_id=x2"))
        .await;
    assert_eq!(found["data"][0]["response_to_id"], id.as_str());
    kit.stop().await;
}

#[tokio::test]
async fn discarding_sandbox_counts_requests_and_keeps_no_bytes() {
    let kit = start().await;
    let url = files::uploaded(&kit, b"bytes").await;
    let (status, value) = kit.post(MESSAGES, &files::with_files("x1", &[&url])).await;
    assert_eq!(status, 200, "{value}");
    assert_eq!(value["attachments"][0]["size"], 5);
    assert_eq!(kit.state.files_kept(), 0);
    assert!(kit.state.requests().is_empty());
    assert_eq!(kit.state.request_count(), 3, "ticket, upload, message");
    let (_, events) = kit.get("/event/").await;
    assert_eq!(events["data"], json!([]));
    kit.stop().await;
}
