//! The client against a real socket: what is sent, what is sent again, and what is never shown.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

use super::testing::{Manual, Reply, Server, client, client_at};
use super::*;

fn message() -> NewMessage {
    NewMessage {
        activity_at: "2025-03-09T18:22:07.250Z".parse::<DateTime<Utc>>().unwrap(),
        contact_id: "cont_1".into(),
        lead_id: "lead_1".into(),
        direction: Direction::Outgoing,
        external_whatsapp_message_id: "cf1-x".into(),
        local_phone: "+4915112345678".into(),
        remote_phone: "+353861234567".into(),
        message_markdown: "secret words".into(),
        attachments: Vec::new(),
        integration_link: None,
        response_to_id: None,
        user_id: None,
    }
}

fn created() -> Reply {
    Reply::json(200, r#"{"id": "acti_1", "more": null}"#)
}

#[tokio::test]
async fn a_request_has_its_path_its_headers_and_a_known_length() {
    let server = Server::start([created(), created()]).await;
    let client = client(&server);
    assert_eq!(
        client.create_message(&message(), false).await.unwrap().id,
        "acti_1"
    );
    client.create_message(&message(), true).await.unwrap();
    let [sent, inbox] = &server.requests()[..] else {
        panic!("two requests")
    };
    assert_eq!(
        sent.line,
        "POST /api/v1/activity/whatsapp_message/ HTTP/1.1"
    );
    assert_eq!(inbox.query("send_to_inbox").as_deref(), Some("true"));
    assert_eq!(
        sent.header("authorization"),
        Some("Basic YXBpX2h1c2guaHVzaDo=")
    );
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(
        sent.header("content-length"),
        Some(sent.body.len().to_string().as_str())
    );
    assert_eq!(sent.header("transfer-encoding"), None);
    assert!(sent.header("user-agent").unwrap().starts_with("chatferry/"));
    assert_eq!(
        serde_json::from_slice::<Value>(&sent.body).unwrap(),
        json!({
            "activity_at": "2025-03-09T18:22:07.250Z", "contact_id": "cont_1", "lead_id": "lead_1",
            "direction": "outgoing", "external_whatsapp_message_id": "cf1-x",
            "local_phone": "+4915112345678", "remote_phone": "+353861234567",
            "message_markdown": "secret words",
        })
    );
}

#[tokio::test]
async fn a_create_in_doubt_is_unknown_after_one_request() {
    for reply in [
        Reply::Drop,
        Reply::json(500, "{}"),
        Reply::json(502, "<html>"),
        Reply::json(503, "{}"),
        Reply::json(504, ""),
        Reply::json(200, "<html>"),
        Reply::json(200, "{}"),
        Reply::Bytes(b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n{\"id\": \"acti_1\"}".to_vec()),
        Reply::Bytes(b"no http at all\r\n\r\n".to_vec()),
    ] {
        let server = Server::start([reply]).await;
        let failure = client(&server)
            .create_message(&message(), false)
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{failure:?}");
        assert!(!failure.is_network());
        assert_eq!(server.requests().len(), 1);
    }
}

/// Nothing at all, a head alone, half a body: the longest silence ends it.
#[tokio::test]
async fn an_answer_that_stalls_is_unknown_and_not_waited_for_for_ever() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 X\r\n",
        b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n",
        b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n{\"id\": \"acti_1\"",
    ] {
        let server = Server::start([Reply::Stall(bytes.to_vec())]).await;
        let mut settings = Settings::new(
            format!("{}/api/v1", server.base),
            Auth::Key("api_hush.hush".into()),
            Manual::gliding().shared(),
        );
        settings.read_timeout = Duration::from_millis(50);
        let client = Client::new(settings).unwrap();
        let failure = client.create_message(&message(), false).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{failure:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

/// A byte now and then is no silence, so only the limit of the whole exchange ends it.
#[tokio::test]
async fn an_answer_that_trickles_ends_with_its_attempts() {
    let head = b"HTTP/1.1 200 X\r\ncontent-length: 9000000\r\n\r\n";
    let server =
        Server::start([Reply::Trickle(head.to_vec()), Reply::Trickle(head.to_vec())]).await;
    let mut settings = Settings::new(
        format!("{}/api/v1", server.base),
        Auth::Key("api_hush.hush".into()),
        Manual::gliding().shared(),
    );
    settings.exchange_timeout = Duration::from_secs(1);
    settings.max_attempts = 2;
    settings.outage = Duration::ZERO;
    let client = Client::new(settings).unwrap();
    let failure = client.me().await.unwrap_err();
    assert!(
        matches!(failure, Failure::Exhausted { attempts: 2, .. }),
        "{failure:?}"
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_create_that_was_not_carried_out_is_sent_again() {
    let limited = Reply::new(429, &[("retry-after", "3")], "");
    let server = Server::start([limited.clone(), limited, created()]).await;
    let clock = Manual::gliding();
    let client = client_at(&server.base, &clock);
    client.create_message(&message(), false).await.unwrap();
    assert_eq!(
        client.stats(),
        Stats {
            requests: 3,
            retries: 2,
            limited: 2
        }
    );
    let slept: Duration = clock.slept.lock().unwrap().iter().sum();
    assert!(
        slept >= Duration::from_secs(6) && slept < Duration::from_secs(8),
        "{slept:?}"
    );

    // Nothing listens there, and nothing did.
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client_at(&format!("http://{gone}"), &clock);
    let failure = client.create_message(&message(), false).await.unwrap_err();
    assert!(
        matches!(
            failure,
            Failure::Exhausted {
                attempts: 1,
                last: Trouble::NotListening,
                ..
            }
        ),
        "{failure:?}"
    );
    assert!(failure.is_network());
}

#[tokio::test]
async fn a_429_for_ever_is_given_up() {
    let server = Server::start(vec![Reply::json(429, "{}"); 200]).await;
    let client = client(&server);
    let failure = client.create_message(&message(), false).await.unwrap_err();
    assert!(
        matches!(
            failure,
            Failure::Exhausted {
                last: Trouble::Limited,
                ..
            }
        ),
        "{failure:?}"
    );
    assert_eq!(client.stats().limited, 100);
}

#[tokio::test]
async fn reads_changes_and_removals_are_sent_again() {
    let replies = [
        Reply::Drop,
        Reply::json(502, ""),
        Reply::json(200, "<"),
        Reply::json(
            200,
            r#"{"id": "user_1", "organizations": [{"id": "orga_1", "name": "Q"}]}"#,
        ),
    ];
    let server = Server::start(replies).await;
    let client_a = client(&server);
    assert_eq!(client_a.me().await.unwrap().organizations[0].id, "orga_1");
    assert_eq!(client_a.stats().retries, 3);

    let server = Server::start([
        Reply::Drop,
        Reply::json(200, ""),
        Reply::Drop,
        Reply::json(404, "{}"),
        Reply::new(204, &[], ""),
    ])
    .await;
    let client_b = client(&server);
    let patch = Patch {
        response_to_id: Some(None),
        message_markdown: Some("x".into()),
        ..Patch::default()
    };
    client_b
        .update_message(&"acti_1".into(), &patch)
        .await
        .unwrap();
    assert_eq!(
        server.requests()[1].line,
        "PUT /api/v1/activity/whatsapp_message/acti_1/ HTTP/1.1"
    );
    assert_eq!(
        server.requests()[1].body,
        br#"{"message_markdown":"x","response_to_id":null}"#
    );
    assert_eq!(
        client_b.delete_message(&"acti_1".into()).await.unwrap(),
        Removal::AlreadyGone
    );
    assert_eq!(
        client_b.delete_message(&"acti_1".into()).await.unwrap(),
        Removal::Deleted
    );
    assert_eq!(server.requests()[4].header("transfer-encoding"), None);

    let server = Server::start(vec![Reply::json(503, ""); 9]).await;
    let failure = client(&server).me().await.unwrap_err();
    assert!(matches!(
        failure,
        Failure::Exhausted {
            attempts: 6,
            last: Trouble::Status(503),
            ..
        }
    ));
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn refusals_are_final() {
    for status in [301, 302, 400, 402, 404, 405, 413, 415, 422] {
        let location = [("location", "http://127.0.0.1:1/")];
        let server = Server::start([Reply::new(
            status,
            &location,
            r#"{"field-errors": {"contact_id": "Field required"}}"#,
        )])
        .await;
        let failure = client(&server)
            .create_message(&message(), false)
            .await
            .unwrap_err();
        assert_eq!(failure.code(), format!("close_{status}_contact_id"));
        assert_eq!(failure.status(), Some(status));
        assert_eq!(server.requests().len(), 1);
    }
    for status in [401, 403] {
        let server = Server::start([Reply::json(status, r#"{"error": "Unauthorized"}"#)]).await;
        let failure = client(&server).me().await.unwrap_err();
        assert_eq!(
            failure,
            Failure::Denied {
                endpoint: "GET /me/",
                status
            }
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let server = Server::start([
        Reply::json(200, r#"{"id": "lead_1", "display_name": "A", "contacts": [{"id": "cont_1"}], "contact_ids": ["cont_1", "cont_2"]}"#),
        Reply::json(200, r#"{"id": "cont_1", "lead_id": "lead_1", "name": null, "phones": [{"phone": "+1", "type": "mobile"}]}"#),
        Reply::json(200, r#"{"id": "user_1", "email": "a@b", "first_name": null, "organizations": []}"#),
    ])
    .await;
    let client = client(&server);
    assert_eq!(
        client
            .lead(&"lead_1".into())
            .await
            .unwrap()
            .unwrap()
            .contacts,
        ["cont_1", "cont_2"]
    );
    let contact = client.contact(&"cont_1".into()).await.unwrap().unwrap();
    assert_eq!(
        (contact.name.as_str(), &contact.phones[..]),
        ("", &["+1".to_owned()][..])
    );
    assert_eq!(
        client.user(&"user_1".into()).await.unwrap().unwrap().email,
        "a@b"
    );
    assert!(client.lead(&"lead_2".into()).await.unwrap().is_none());
    assert!(
        client
            .get_message(&"acti_2".into())
            .await
            .unwrap()
            .is_none()
    );
    let before = server.requests().len();
    assert!(client.lead(&"../me".into()).await.unwrap().is_none());
    let failure = client.delete_message(&"a/b".into()).await.unwrap_err();
    assert!(matches!(failure, Failure::Internal { .. }));
    assert_eq!(
        server.requests().len(),
        before,
        "no request for what is no id"
    );
}

#[tokio::test]
async fn a_look_up_compares_id_and_lead_itself() {
    let row = |id: &str, lead: Value, external: &str| json!({"id": id, "lead_id": lead, "external_whatsapp_message_id": external});
    let rows = [
        row("acti_1", json!("lead_1"), "A+B"),
        row("acti_2", json!("lead_2"), "A+B"),
        row("acti_3", json!("lead_1"), "a+b"),
        row("acti_4", Value::Null, "A+B"),
    ];
    let strangers = json!({"data": &rows[1..], "has_more": true});
    let server = Server::start([
        Reply::json(200, &json!({"data": rows, "has_more": false}).to_string()),
        Reply::json(200, &strangers.to_string()),
        Reply::json(200, r#"{"data": [], "has_more": false}"#),
    ])
    .await;
    let client = client(&server);
    let found = client
        .find_message(&"A+B".into(), &"lead_1".into())
        .await
        .unwrap();
    assert_eq!(
        found.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(),
        ["acti_1"]
    );
    let asked = &server.requests()[0];
    assert_eq!(
        asked.query("external_whatsapp_message_id").as_deref(),
        Some("A+B")
    );
    assert_eq!(asked.query("lead_id").as_deref(), Some("lead_1"));
    let failure = client
        .find_message(&"A+B".into(), &"lead_1".into())
        .await
        .unwrap_err();
    assert!(
        matches!(failure, Failure::UnexpectedAnswer { .. }),
        "filters were not applied"
    );
    assert!(
        client
            .find_message(&"A+B".into(), &"lead_1".into())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_budget_in_the_header_lifts_the_pace() {
    let header = [("ratelimit", "limit=100, remaining=50, reset=5")];
    let me = Reply::new(200, &header, r#"{"id": "user_1", "organizations": []}"#);
    let server = Server::start(vec![me; 30]).await;
    let clock = Manual::gliding();
    let client = client_at(&server.base, &clock);
    for _ in 0..30 {
        client.me().await.unwrap();
    }
    assert!(
        clock.slept.lock().unwrap().is_empty(),
        "no wait while the budget lasts"
    );
}

/// A response has the rest of its window only; the first one of the next window has its length.
#[tokio::test]
async fn length_of_a_window_is_learned_at_its_beginning() {
    let page = |header: &str| {
        let headers = [("ratelimit", header)];
        Reply::new(200, &headers, r#"{"data": [], "has_more": false}"#)
    };
    let replies = [
        page("limit=160, remaining=129, reset=4.5"),
        page("limit=160, remaining=159, reset=8"),
    ];
    let server = Server::start(replies).await;
    let clock = Manual::gliding();
    let client = client_at(&server.base, &clock);
    client.find_anywhere(&"A".into()).await.unwrap();
    assert_eq!(client.deleting_allowance().window, Some((160, 4.5)));
    client.learn_window(&"A".into()).await.unwrap();
    assert_eq!(client.deleting_allowance().window, Some((160, 8.0)));
}

#[test]
fn nothing_prints_secrets_or_content() {
    let clock = Manual::gliding();
    let settings = Settings::new(
        "https://u:hush@x/",
        Auth::Key("hush".into()),
        clock.shared(),
    );
    let mut message = message();
    message.attachments = vec![FileLink {
        url: "hush".into(),
        filename: "hush".into(),
        content_type: "hush".into(),
    }];
    let held: Message = serde_json::from_value(json!({
        "id": "acti_1", "date_created": "2025-01-01T00:00:00Z", "message_markdown": "hush",
        "attachments": [{"url": "hush", "filename": "hush", "content_type": null, "size": 1}],
    }))
    .unwrap();
    let me: Me = serde_json::from_value(json!({"id": "user_1", "email": "hush", "first_name": "hush", "last_name": "hush", "organizations": [{"id": "orga_1", "name": "hush"}]})).unwrap();
    let user: User =
        serde_json::from_value(json!({"id": "user_1", "email": "hush", "first_name": "hush"}))
            .unwrap();
    let lead: Lead =
        serde_json::from_value(json!({"id": "lead_1", "display_name": "hush"})).unwrap();
    let contact: Contact = serde_json::from_value(
        json!({"id": "cont_1", "name": "hush", "phones": [{"phone": "hush"}]}),
    )
    .unwrap();
    let ticket = Ticket {
        download_url: "hush".into(),
        upload_url: "hush".into(),
        fields: vec![("hush".into(), "hush".into())],
    };
    let patch = Patch {
        message_markdown: Some("hush".into()),
        ..Patch::default()
    };
    let client = Client::new(Settings::new(
        "https://x/",
        Auth::Token("hush".into()),
        clock.shared(),
    ))
    .unwrap();
    let all = format!(
        "{settings:?}{message:?}{held:?}{me:?}{user:?}{lead:?}{contact:?}{ticket:?}{patch:?}{client:?}"
    );
    assert!(
        !all.contains("hush") && !all.contains("secret") && !all.contains("+353"),
        "{all}"
    );
    assert!(all.contains("cf1-x") && all.contains("message_markdown"));
}

#[test]
fn settings_are_checked() {
    let clock = Manual::gliding();
    let good = || Settings::new("https://x/", Auth::Key("k".into()), clock.shared());
    assert!(Client::new(good()).is_ok());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 100_001.0] {
        let settings = Settings {
            requests_per_second: rate,
            ..good()
        };
        assert!(
            matches!(Client::new(settings), Err(Error::OutOfRange(_))),
            "{rate}"
        );
    }
    assert!(
        Client::new(Settings {
            max_attempts: 0,
            ..good()
        })
        .is_err()
    );
    let empty = Settings {
        auth: Auth::Key("".into()),
        ..good()
    };
    assert!(matches!(Client::new(empty), Err(Error::Credential)));
    fn shared<T: Clone + Send + Sync>() {}
    shared::<Client>();
}

/// A wait that nothing names looks like a program that hangs.
#[tokio::test]
async fn required_pause_and_late_response_are_waits() {
    let limited = Reply::new(429, &[("retry-after", "30")], "");
    let server = Server::start([limited, Reply::Stall(Vec::new())]).await;
    let clock = Manual::parked();
    let client = client_at(&server.base, &clock);
    assert_eq!(client.wait(), None);
    let asking = client.clone();
    let request = tokio::spawn(async move { asking.me().await.map(|_| ()) });
    let until = async |is: fn(Option<Wait>) -> bool| {
        while !is(client.wait()) {
            tokio::task::yield_now().await;
        }
    };
    until(|wait| matches!(wait, Some(Wait::Pause(_)))).await;
    let Some(Wait::Pause(left)) = client.wait() else {
        panic!("a pause")
    };
    // With a little jitter.
    assert_eq!(left.as_secs(), 30);
    clock.advance(Duration::from_secs(31));
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.wait(), None);
    clock.advance(Duration::from_secs(4));
    assert_eq!(client.wait(), Some(Wait::Response(Duration::from_secs(4))));
    request.abort();
}
