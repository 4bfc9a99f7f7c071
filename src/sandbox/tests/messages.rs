//! The schema of messages: accepted and rejected fields, responses, error texts.

use super::*;
use crate::sandbox::Scope;

#[tokio::test]
async fn created_message_is_returned_as_close_stores_it() {
    let kit = Kit::start().await;
    let mut body = message("x1", 1);
    body["local_phone"] = json!("4915112345678");
    body["activity_at"] = json!("2025-03-09T18:22:07.25+02:00");
    body["integration_link"] = json!("https://example.org/x1");
    let (status, value) = kit
        .post(&format!("{MESSAGES}?send_to_inbox=true"), &body)
        .await;
    assert_eq!(status, 200, "created is 200, not 201");
    let id = value["id"].as_str().unwrap();
    assert_eq!((id.len(), &id[..5]), (48, "acti_"));
    let expected = [
        ("_type", json!("WhatsAppMessage")),
        ("activity_at", json!("2025-03-09T16:22:07.250000+00:00")),
        ("date_created", value["date_updated"].clone()),
        ("local_phone", json!("+4915112345678")),
        ("remote_phone_formatted", json!("+353 86 123 4561")),
        ("text", json!("Here is the signed copy")),
        (
            "message_html",
            json!("<p>Here is the <strong>signed</strong> copy</p>"),
        ),
        ("integration_name", json!("API")),
        ("user_name", json!("Sandbox User")),
        ("source", json!("api")),
        ("attachments", json!([])),
        ("response_to_id", Value::Null),
    ];
    for (field, expected) in expected {
        assert_eq!(value[field], expected, "{field}");
    }
    assert_eq!(
        kit.get(&format!("{MESSAGES}{id}/")).await,
        (200, value.clone())
    );
    let stored = kit.state.messages();
    assert_eq!(
        (
            stored.len(),
            stored[0].inbox,
            stored[0].external_id.as_str()
        ),
        (1, true, "x1")
    );
    kit.stop().await;
}

#[tokio::test]
async fn all_missing_and_extra_fields_are_reported_together() {
    let kit = Kit::start().await;
    let (status, value) = kit
        .post(
            MESSAGES,
            &json!({ "source": "api", "direction": "inbound" }),
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(value["errors"], json!([]));
    let fields = &value["field-errors"];
    for field in [
        "lead_id",
        "contact_id",
        "activity_at",
        "external_whatsapp_message_id",
        "local_phone",
        "remote_phone",
        "message_markdown",
    ] {
        assert_eq!(fields[field], "Field required", "{field}");
    }
    assert_eq!(fields["source"], "Extra inputs are not permitted");
    assert_eq!(
        fields["direction"],
        "Input should be 'incoming' or 'outgoing'"
    );
    assert!(kit.state.messages().is_empty());
    kit.stop().await;
}

#[tokio::test]
async fn every_field_is_validated() {
    let kit = Kit::start().await;
    let cases = [
        ("lead_id", json!("lead_none"), "lead_id"),
        ("lead_id", Value::Null, "lead_id"),
        ("contact_id", json!("cont_none"), "contact_id"),
        ("contact_id", json!("cont_2"), "contact_id"),
        ("user_id", json!("user_none"), "user_id"),
        ("response_to_id", json!("acti_none"), "response_to_id"),
        ("activity_at", json!("2025-03-09"), "activity_at"),
        ("activity_at", json!(1_741_544_527), "activity_at"),
        ("local_phone", json!(""), "local_phone"),
        ("remote_phone", json!("none"), "remote_phone"),
        ("message_markdown", json!(""), "message_markdown"),
        ("message_markdown", Value::Null, "message_markdown"),
        (
            "message_markdown",
            json!("x".repeat(65_537)),
            "message_markdown",
        ),
        (
            "integration_link",
            json!("ftp://example.org"),
            "integration_link",
        ),
        ("integration_link", json!(""), "integration_link"),
        ("attachments", Value::Null, "attachments"),
        (
            "attachments",
            json!([{ "url": "https://example.org/a", "filename": "a", "content_type": "a/b" }]),
            "attachments",
        ),
        (
            "attachments",
            json!([{ "url": "u", "filename": "a", "content_type": 1 }]),
            "attachments.0.content_type",
        ),
        (
            "attachments",
            json!([{ "url": "u", "filename": "a", "content_type": "a/b", "size": 1 }]),
            "attachments.0.size",
        ),
    ];
    for (field, bad, at) in cases {
        let mut body = message("x", 1);
        body[field] = bad.clone();
        let (status, value) = kit.post(MESSAGES, &body).await;
        assert_eq!(status, 400, "{field} {bad}");
        assert!(
            value["field-errors"][at].is_string(),
            "{field} {bad}: {value}"
        );
    }
    assert!(kit.state.messages().is_empty());
    kit.stop().await;
}

#[tokio::test]
async fn users_and_replies_are_stored_as_sent() {
    let kit = Kit::start().await;
    let parent = kit.message("x1", 1).await;
    let mut body = message("x2", 2);
    body["response_to_id"] = json!(parent);
    body["user_id"] = Value::Null;
    let (_, reply) = kit.post(MESSAGES, &body).await;
    assert_eq!(
        (&reply["response_to_id"], &reply["user_id"]),
        (&json!(parent), &Value::Null)
    );
    assert_eq!(
        kit.delete(&format!("{MESSAGES}{parent}/")).await,
        (200, json!({}))
    );
    let id = reply["id"].as_str().unwrap();
    assert_eq!(
        kit.get(&format!("{MESSAGES}{id}/")).await.1["response_to_id"],
        json!(parent)
    );
    kit.stop().await;
}

#[tokio::test]
async fn update_changes_only_named_fields() {
    let kit = Kit::start().await;
    let id = kit.message("x1", 1).await;
    let path = format!("{MESSAGES}{id}/");
    let (_, before) = kit.get(&path).await;
    kit.clock.forward(Duration::from_secs(1));
    let (status, after) = kit
        .put(
            &path,
            &json!({ "message_markdown": "*new*", "user_id": "user_anna" }),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&after["text"], &after["user_id"]),
        (&json!("new"), &json!("user_anna"))
    );
    assert_eq!(after["date_created"], before["date_created"]);
    assert!(after["date_updated"].as_str() > before["date_updated"].as_str());
    for (field, value) in [
        ("lead_id", json!("lead_2")),
        ("external_whatsapp_message_id", json!("y")),
        ("user_id", Value::Null),
        ("contact_id", Value::Null),
        ("message_markdown", json!("")),
    ] {
        let (status, refused) = kit.put(&path, &json!({ field: value })).await;
        assert_eq!(status, 400);
        assert!(refused["field-errors"][field].is_string(), "{field}");
    }
    assert_eq!(kit.get(&path).await.1, after);
    assert_eq!(kit.delete(&path).await.0, 200);
    assert_eq!(
        (
            kit.delete(&path).await.0,
            kit.get(&path).await.0,
            kit.put(&path, &json!({})).await.0
        ),
        (404, 404, 404)
    );
    kit.stop().await;
}

#[tokio::test]
async fn external_ids_are_unique_only_with_option() {
    for (scope, same_lead, other_lead) in [
        (None, 200, 200),
        (Some(Scope::Lead), 400, 200),
        (Some(Scope::Organization), 400, 400),
    ] {
        let kit = Kit::with(|options| options.strict_unique = scope).await;
        kit.message("x1", 1).await;
        assert_eq!(
            kit.post(MESSAGES, &message("x1", 1)).await.0,
            same_lead,
            "{scope:?}"
        );
        assert_eq!(
            kit.post(MESSAGES, &message("x1", 2)).await.0,
            other_lead,
            "{scope:?}"
        );
        assert_eq!(kit.state.duplicates(), usize::from(scope.is_none()));
        kit.stop().await;
    }
}

#[tokio::test]
async fn credentials_and_bodies_are_checked_first() {
    let kit = Kit::start().await;
    let me = format!("{}/me/", kit.base);
    let plain = |path: &str| kit.client.get(path);
    let unauthorized = (401, json!({ "error": "Unauthorized" }));
    assert_eq!(answer(plain(&me)).await, unauthorized);
    assert_eq!(
        answer(plain(&me).basic_auth("api_sandbox.key", Some("x"))).await,
        unauthorized
    );
    assert_eq!(
        answer(plain(&me).bearer_auth("api_sandbox.key")).await,
        unauthorized
    );
    assert_eq!(answer(plain(&me).bearer_auth("sandbox_token")).await.0, 200);
    let organization = &kit.get("/me/").await.1["organizations"][0]["name"];
    assert_eq!(organization, "chatferry sandbox");
    let (status, missing) = kit.get("/me").await;
    assert_eq!(
        (
            status,
            missing["error"]
                .as_str()
                .unwrap()
                .starts_with("The requested URL")
        ),
        (404, true)
    );
    assert_eq!(
        kit.request(Method::PATCH, MESSAGES)
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
    let post = || kit.request(Method::POST, MESSAGES);
    assert_eq!(answer(post().body("{}")).await.0, 400, "no content type");
    assert_eq!(
        answer(post().header("content-type", "text/xml").body("<a/>"))
            .await
            .0,
        415
    );
    let json_post = || post().header("content-type", "application/json");
    assert_eq!(
        answer(json_post().body("{")).await.1["error"],
        "The request contains invalid JSON."
    );
    assert_eq!(
        answer(json_post().body("[]")).await.1["error"],
        "JSON data must be a dict."
    );
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]);
    let chunked = answer(json_post().body(reqwest::Body::wrap_stream(chunks))).await;
    assert_eq!(
        chunked,
        (
            400,
            json!({ "error": "Chunked Transfer-Encoding is not supported." })
        )
    );
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
    assert_eq!(answer(json_post().body(large)).await.0, 413);
    kit.stop().await;
}
