use super::*;
use crate::close::testing::{Reply, Server, client};

fn page(rows: impl IntoIterator<Item = (u32, &'static str)>, has_more: bool) -> Reply {
    let data: Vec<_> = rows
        .into_iter()
        .map(|(n, date)| {
            serde_json::json!({
                "_type": "WhatsAppMessage", "id": format!("acti_{n}"),
                "external_whatsapp_message_id": format!("e{n}"), "direction": "incoming",
                "activity_at": "2025-01-01T00:00:00.000000+00:00", "date_created": date,
            })
        })
        .collect();
    Reply::json(
        200,
        &serde_json::json!({"data": data, "has_more": has_more}).to_string(),
    )
}

const NEW: &str = "2026-02-11T09:00:02.000000+00:00";
const TIE: &str = "2026-02-11T09:00:01.500000+00:00";
const OLD: &str = "2026-02-11T09:00:00.000001+00:00";

#[tokio::test]
async fn equal_dates_are_skipped_into_and_nothing_is_lost_or_doubled() {
    let server = Server::start([
        page(
            (0..50).map(|n| (n, NEW)).chain((50..100).map(|n| (n, TIE))),
            true,
        ),
        page((50..150).map(|n| (n, TIE)), true),
        page((150..250).map(|n| (n, TIE)), true),
        page((250..260).map(|n| (n, TIE)).chain([(260, OLD)]), true),
        page([(260, OLD)], false),
    ])
    .await;
    let listed = client(&server)
        .list_lead_messages(&"lead_1".into())
        .await
        .unwrap();
    let ids: Vec<_> = listed.iter().map(|l| l.id.to_string()).collect();
    assert_eq!(
        ids,
        (0..261).map(|n| format!("acti_{n}")).collect::<Vec<_>>()
    );
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|r| (r.query("date_created__lte"), r.query("_skip")))
        .collect();
    let tie = Some("2026-02-11T09:00:01.500000Z".to_owned());
    assert_eq!(
        asked,
        [
            (None, None),
            (tie.clone(), None),
            (tie.clone(), Some("100".into())),
            (tie, Some("200".into())),
            // The microsecond is rounded up to where a server in milliseconds includes it.
            (Some("2026-02-11T09:00:00.001000Z".into()), None),
        ]
    );
}

#[tokio::test]
async fn single_page_needs_no_order() {
    let server = Server::start([page([(1, TIE), (2, NEW), (3, OLD)], false)]).await;
    let listed = client(&server).list_lead_messages(&"lead_1".into()).await;
    let ids: Vec<_> = (listed.unwrap().iter()).map(|l| l.id.to_string()).collect();
    assert_eq!(ids, ["acti_2", "acti_1", "acti_3"]);
}

#[tokio::test]
async fn several_pages_without_order_are_an_error() {
    for replies in [
        vec![page([(1, TIE), (2, NEW), (3, OLD)], true)],
        vec![page([(1, NEW), (2, OLD), (3, NEW)], true)],
        vec![page([(1, NEW), (2, TIE)], true), page([(3, NEW)], false)],
        vec![page([(1, OLD), (2, TIE)], true), page([(3, OLD)], false)],
    ] {
        let server = Server::start(replies).await;
        let failure = client(&server)
            .list_lead_messages(&"lead_1".into())
            .await
            .unwrap_err();
        assert_eq!(failure, Failure::UnexpectedOrder { endpoint: LIST });
    }
}

#[tokio::test]
async fn list_that_comes_oldest_first_is_read_upward() {
    let server = Server::start([
        page((0..99).map(|n| (n, OLD)).chain([(99, TIE)]), true),
        page([(99, TIE), (100, NEW)], false),
    ])
    .await;
    let listed = client(&server)
        .list_lead_messages(&"lead_1".into())
        .await
        .unwrap();
    assert_eq!(listed.len(), 101);
    assert_eq!(listed[0].id.as_str(), "acti_100");
    let requests = server.requests();
    assert_eq!(
        requests[0].query("_order_by").as_deref(),
        Some("-date_created")
    );
    assert_eq!(
        requests[1].query("date_created__gte").as_deref(),
        Some("2026-02-11T09:00:01.500000Z")
    );
}

#[tokio::test]
async fn page_of_one_moment_shows_no_order() {
    let server = Server::start([
        page((0..100).map(|n| (n, TIE)), true),
        page((100..199).map(|n| (n, TIE)).chain([(199, NEW)]), true),
        page([(199, NEW), (200, NEW)], false),
    ])
    .await;
    let listed = client(&server)
        .list_lead_messages(&"lead_1".into())
        .await
        .unwrap();
    assert_eq!(listed.len(), 201);
    let requests = server.requests();
    assert_eq!(requests[1].query("_skip").as_deref(), Some("100"));
    assert_eq!(requests[1].query("date_created__lte"), None);
}

#[tokio::test]
async fn ids_are_listed_up_to_the_bound_of_pages() {
    let pages = || {
        [
            page((0..100).map(|n| (n, NEW)), true),
            page((100..200).map(|n| (n, TIE)), true),
            page((200..210).map(|n| (n, OLD)), false),
        ]
    };
    for (bound, rows, read) in [(1, 100, 1), (2, 200, 2), (9, 210, 3)] {
        let server = Server::start(pages()).await;
        let (found, pages) = client(&server)
            .list_lead_ids(&"lead_1".into(), bound)
            .await
            .unwrap();
        assert_eq!((found.len(), pages), (rows, read));
        assert_eq!(server.requests().len(), read);
    }
}

#[tokio::test]
async fn an_empty_page_ends_the_walk() {
    let server = Server::start([page([], true)]).await;
    assert!(
        client(&server)
            .list_lead_messages(&"lead_1".into())
            .await
            .unwrap()
            .is_empty()
    );
}
