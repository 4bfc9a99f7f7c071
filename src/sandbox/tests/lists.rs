//! Paging, filters, order, `_fields`, lag, method override.

use super::*;

fn externals(value: &Value) -> Vec<&str> {
    let rows = value["data"].as_array().unwrap().iter();
    rows.map(|row| row["external_whatsapp_message_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_are_newest_first_with_has_more() {
    let kit = Kit::start().await;
    for number in 0..5 {
        kit.message(&format!("x{number}"), 1 + number % 2).await;
    }
    let (_, page) = kit.get(&format!("{MESSAGES}?_limit=2&_skip=1")).await;
    assert_eq!(
        (externals(&page), &page["has_more"]),
        (vec!["x3", "x2"], &json!(true))
    );
    let (_, page) = kit.get(&format!("{MESSAGES}?_limit=2&_skip=3")).await;
    assert_eq!(
        (externals(&page), &page["has_more"]),
        (vec!["x1", "x0"], &json!(false))
    );
    let (_, page) = kit
        .get(&format!("{MESSAGES}?lead_id=lead_2&_order_by=date_created"))
        .await;
    assert_eq!(externals(&page), ["x1", "x3"]);
    let (_, page) = kit
        .get(&format!(
            "{MESSAGES}?external_whatsapp_message_id=x4&_fields=id"
        ))
        .await;
    assert_eq!(page["data"][0].as_object().unwrap().len(), 1);
    let (status, none) = kit
        .get(&format!("{MESSAGES}?external_whatsapp_message_id=x4,x3"))
        .await;
    assert_eq!(
        (status, none),
        (200, json!({ "data": [], "has_more": false }))
    );
    kit.stop().await;
}

#[tokio::test]
async fn exceeded_limits_and_bad_filters_are_rejected() {
    let kit = Kit::with(|options| options.max_skip = 3).await;
    let cases = [
        (
            "_limit=101",
            "_limit",
            "Input should be less than or equal to 100",
        ),
        (
            "_skip=4",
            "_skip",
            "The skip you set is larger than the maximum skip for this resource (max_skip = 3).",
        ),
        (
            "date_created__gt=soon",
            "date_created__gt",
            "Input should be a valid datetime or date",
        ),
        (
            "_order_by=-activity_at",
            "_order_by",
            "Sorting on activity_at requires one lead_id.",
        ),
    ];
    for (query, field, text) in cases {
        let (status, value) = kit.get(&format!("{MESSAGES}?{query}")).await;
        assert_eq!(
            (status, &value["field-errors"][field]),
            (400, &json!(text)),
            "{query}"
        );
    }
    for query in [
        "activity_at__gt=2025-01-01",
        "_order_by=text",
        "_limit=x",
        "_limit=-1",
    ] {
        assert_eq!(
            kit.get(&format!("{MESSAGES}?{query}")).await.0,
            400,
            "{query}"
        );
    }
    for query in ["_limit=0", "unknown=1", "_skip=3"] {
        assert_eq!(
            kit.get(&format!("{MESSAGES}?{query}")).await.0,
            200,
            "{query}"
        );
    }
    assert_eq!(kit.get("/lead/?_limit=200").await.0, 200);
    assert_eq!(kit.get("/lead/?_limit=201").await.0, 400);
    assert_eq!(kit.get("/activity/?_type=WhatsAppMessage").await.0, 400);
    kit.stop().await;
}

#[tokio::test]
async fn date_filters_apply_and_activity_time_sorts_within_a_lead() {
    let kit = Kit::start().await;
    for (name, at) in [
        ("a", "2025-01-02T00:00:00Z"),
        ("b", "2025-01-03T00:00:00Z"),
        ("c", "2025-01-01T00:00:00Z"),
    ] {
        let mut body = message(name, 1);
        body["activity_at"] = json!(at);
        assert_eq!(kit.post(MESSAGES, &body).await.0, 200);
        kit.clock.forward(Duration::from_secs(60));
    }
    let by_activity = format!("{MESSAGES}?lead_id=lead_1&_order_by=-activity_at");
    assert_eq!(externals(&kit.get(&by_activity).await.1), ["b", "a", "c"]);
    let since = kit
        .get(&format!("{by_activity}&activity_at__gte=2025-01-02"))
        .await
        .1;
    assert_eq!(externals(&since), ["b", "a"]);
    let created = kit
        .get(&format!(
            "{MESSAGES}?date_created__gt=2026-02-11T09:00:30Z&date_created__lt=2026-02-11T09:01:30Z"
        ))
        .await
        .1;
    assert_eq!(externals(&created), ["b"]);
    kit.stop().await;
}

#[tokio::test]
async fn creation_dates_differ_while_the_clock_stands_still() {
    let kit = Kit::start().await;
    for number in 0..10 {
        kit.message(&format!("x{number}"), 1).await;
    }
    let stored = kit.state.messages();
    assert!(
        stored
            .windows(2)
            .all(|pair| pair[0].date_created < pair[1].date_created)
    );
    kit.stop().await;
}

#[tokio::test]
async fn new_message_is_listed_after_the_lag() {
    let kit = Kit::with(|options| options.list_lag = Duration::from_secs(30)).await;
    let id = kit.message("x", 1).await;
    let list = format!("{MESSAGES}?external_whatsapp_message_id=x");
    assert_eq!(kit.get(&format!("{MESSAGES}{id}/")).await.0, 200);
    kit.clock.forward(Duration::from_millis(29_999));
    assert!(externals(&kit.get(&list).await.1).is_empty());
    kit.clock.forward(Duration::from_millis(1));
    assert_eq!(externals(&kit.get(&list).await.1), ["x"]);
    kit.stop().await;
}

#[tokio::test]
async fn method_override_turns_post_into_get() {
    let kit = Kit::start().await;
    let first = kit.message("x1", 1).await;
    let second = kit.message("x2", 1).await;
    kit.message("x3", 1).await;
    let body = json!({ "_params": { "id__in": format!("{first},{second}"), "_limit": 1 } });
    let request = kit
        .request(Method::POST, MESSAGES)
        .header("x-http-method-override", "GET")
        .json(&body);
    let (status, page) = answer(request).await;
    assert_eq!(
        (status, externals(&page), &page["has_more"]),
        (200, vec!["x2"], &json!(true))
    );
    let requests = kit.state.requests();
    assert_eq!(
        (requests[3].method.as_str(), requests[3].template.as_str()),
        ("GET", MESSAGES)
    );
    kit.stop().await;
}
