//! The rate limit as seen by a client.

use super::*;
use crate::sandbox::HeaderStyle;

async fn me(kit: &Kit) -> (u16, Option<String>, Option<String>) {
    let response = kit.request(Method::GET, "/me/").send().await.unwrap();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    (
        response.status().as_u16(),
        header("ratelimit"),
        header("retry-after"),
    )
}

fn small(options: &mut Options) {
    options.requests_per_second = 1.0;
    options.window_seconds = 2;
}

#[tokio::test]
async fn allowance_is_reported_enforced_and_restored() {
    let kit = Kit::with(small).await;
    assert_eq!(
        me(&kit).await,
        (
            200,
            Some("limit=2, remaining=1, reset=2.000000".to_owned()),
            None
        )
    );
    kit.clock.forward(Duration::from_millis(500));
    assert_eq!(me(&kit).await.0, 200);
    let denied = (
        429,
        Some("limit=2, remaining=0, reset=1.500000".to_owned()),
        Some("2".to_owned()),
    );
    assert_eq!(me(&kit).await, denied);
    assert_eq!(kit.get("/user/").await.0, 200, "another group");
    kit.clock.forward(Duration::from_millis(1_500));
    assert_eq!(me(&kit).await.0, 200);
    kit.stop().await;
}

#[tokio::test]
async fn denied_request_is_not_carried_out() {
    let kit = Kit::with(small).await;
    kit.message("x1", 1).await;
    kit.message("x2", 1).await;
    assert_eq!(
        kit.post(MESSAGES, &message("x3", 1)).await,
        (429, json!({ "error": "Too many requests" }))
    );
    assert_eq!(kit.state.message_count(), 2);
    kit.stop().await;
}

#[tokio::test]
async fn rate_limit_header_has_styles_and_can_be_absent() {
    let kit = Kit::with(|options| {
        options.rate_header = HeaderStyle::Semicolon;
        options.rate_decimals = false;
    })
    .await;
    assert_eq!(
        me(&kit).await.1.as_deref(),
        Some("limit=160; remaining=159; reset=8")
    );
    kit.stop().await;
    let kit = Kit::with(|options| options.rate_header = HeaderStyle::None).await;
    assert_eq!(me(&kit).await.1, None);
    kit.stop().await;
    let kit = Kit::with(|options| {
        small(options);
        options.limits_off = true;
    })
    .await;
    for _ in 0..5 {
        assert_eq!(me(&kit).await, (200, None, None));
    }
    kit.stop().await;
}
