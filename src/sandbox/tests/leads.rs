//! Leads, contacts, searches, merges, events, and the pages outside of the API.

use super::*;

fn by_phone(value: &str) -> Value {
    json!({
        "query": { "type": "and", "queries": [
            { "type": "object_type", "object_type": "contact" },
            { "type": "has_related", "this_object_type": "contact", "related_object_type": "contact_phone",
              "related_query": { "type": "field_condition",
                "field": { "type": "regular_field", "object_type": "contact_phone", "field_name": "phone" },
                "condition": { "type": "text", "mode": "exact_value", "value": value } } },
        ] },
        "_fields": { "contact": ["id", "lead_id", "phones"] },
    })
}

#[tokio::test]
async fn lead_is_found_by_numbers_of_its_contacts() {
    let kit = Kit::start().await;
    let body = json!({
        "name": "Sean (WhatsApp)", "status": "Qualified", "anything": 1,
        "contacts": [{ "name": "Sean", "phones": [{ "phone": "+4915112345678", "type": "mobile" }] }],
    });
    let (status, lead) = kit.post("/lead/", &body).await;
    assert_eq!((status, &lead["status_label"]), (200, &json!("Qualified")));
    assert_eq!(lead["contacts"][0]["id"], lead["contact_ids"][0]);
    let (_, found) = kit
        .get("/lead/?query=phone%3A%22%2B49%20151%2012345678%22")
        .await;
    assert_eq!(
        (&found["total_results"], &found["data"][0]["id"]),
        (&json!(1), &lead["id"])
    );
    let (_, named) = kit.get("/lead/?query=name%3A%22sean%20(what%22").await;
    assert_eq!(named["total_results"], 1);
    let (_, rows) = kit.post("/data/search/", &by_phone("4915112345678")).await;
    assert_eq!(rows["data"][0]["lead_id"], lead["id"]);
    assert_eq!(
        (&rows["data"][0]["__object_type"], &rows["cursor"]),
        (&json!("contact"), &Value::Null)
    );
    assert!(
        rows["data"][0].get("name").is_none(),
        "only the fields asked for"
    );
    let bad = json!({ "name": "B", "contacts": [{}, { "phones": [{ "phone": "none" }] }] });
    let (status, refused) = kit.post("/lead/", &bad).await;
    assert_eq!(status, 400);
    assert!(
        refused["field-errors"]["contacts"]["errors"]["1"]["field-errors"]["phones"].is_object(),
        "{refused}"
    );
    kit.stop().await;
}

#[tokio::test]
async fn search_cursor_expires_and_bad_queries_are_rejected() {
    let kit = Kit::start().await;
    let all = json!({ "query": { "type": "object_type", "object_type": "contact" }, "_limit": 1, "include_counts": true });
    let (_, first) = kit.post("/data/search/", &all).await;
    assert_eq!(
        first["data"],
        json!([{ "__object_type": "contact", "id": "cont_2" }])
    );
    assert_eq!(first["count"]["total"], 2);
    let mut next = all.clone();
    next["cursor"] = first["cursor"].clone();
    let (_, second) = kit.post("/data/search/", &next).await;
    assert_eq!(
        (&second["data"][0]["id"], &second["cursor"]),
        (&json!("cont_1"), &Value::Null)
    );
    next["cursor"] = kit.post("/data/search/", &all).await.1["cursor"].clone();
    kit.clock.forward(Duration::from_secs(30));
    assert_eq!(
        kit.post("/data/search/", &next).await.1["field-errors"]["cursor"],
        "Expired cursor"
    );
    let mut wrong = by_phone("+353861234561");
    wrong["query"]["queries"][1] = json!({ "type": "field_condition",
        "field": { "type": "regular_field", "object_type": "contact", "field_name": "phone" },
        "condition": { "type": "text", "mode": "exact_value", "value": "1" } });
    let (status, refused) = kit.post("/data/search/", &wrong).await;
    assert_eq!(
        (status, &refused["field-errors"]["query"]),
        (
            400,
            &json!("Field 'phone' does not belong to type 'contact'")
        )
    );
    kit.stop().await;
}

#[tokio::test]
async fn merge_moves_messages_and_removes_the_source() {
    let kit = Kit::start().await;
    kit.message("x1", 1).await;
    kit.message("x2", 2).await;
    assert_eq!(
        kit.post(
            "/lead/merge/",
            &json!({ "source": "lead_1", "destination": "lead_2" })
        )
        .await
        .0,
        200
    );
    assert_eq!(kit.get("/lead/lead_1/").await.0, 404);
    let (status, refused) = kit.post(MESSAGES, &message("x3", 1)).await;
    assert_eq!(
        (status, &refused["field-errors"]["lead_id"]),
        (400, &json!("Object does not exist."))
    );
    let moved = kit.get(&format!("{MESSAGES}?lead_id=lead_2")).await.1;
    assert_eq!(moved["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        kit.get("/lead/lead_2/").await.1["contact_ids"],
        json!(["cont_1", "cont_2"])
    );
    let merges = kit.get("/activity/lead_merge/?lead_id=lead_2").await.1;
    assert_eq!(merges["data"][0]["source_lead_id"], "lead_1");
    let events = kit.get("/event/?object_type=lead&action=merged").await.1;
    assert_eq!(events["data"][0]["meta"]["merge_source_lead_id"], "lead_1");
    assert_eq!(events["data"][0]["lead_id"], "lead_2");
    let timeline = kit.get("/activity/?lead_id=lead_2").await.1;
    let kinds: Vec<&Value> = timeline["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["_type"])
        .collect();
    assert_eq!(kinds, ["LeadMerge", "WhatsAppMessage", "WhatsAppMessage"]);
    kit.stop().await;
}

#[tokio::test]
async fn deleted_lead_deletes_messages_deleted_contact_keeps_them() {
    let kit = Kit::start().await;
    let id = kit.message("x1", 1).await;
    kit.message("x2", 2).await;
    assert_eq!(kit.delete("/contact/cont_1/").await.0, 200);
    assert_eq!(
        kit.get(&format!("{MESSAGES}{id}/")).await.1["contact_id"],
        Value::Null
    );
    assert_eq!(kit.delete("/lead/lead_2/").await.0, 200);
    assert_eq!(kit.state.message_count(), 1);
    assert_eq!(kit.get("/contact/cont_2/").await.0, 404);
    let (_, made) = kit.post("/contact/", &json!({ "name": "Alone" })).await;
    let lead = kit
        .get(&format!("/lead/{}/", made["lead_id"].as_str().unwrap()))
        .await
        .1;
    assert_eq!(lead["name"], "Alone");
    let path = format!("/contact/{}/", made["id"].as_str().unwrap());
    let moved = kit
        .put(
            &path,
            &json!({ "lead_id": "lead_1", "phones": [{ "phone": "+353861234569" }] }),
        )
        .await
        .1;
    assert_eq!(
        (&moved["lead_id"], &moved["phones"][0]["phone_formatted"]),
        (&json!("lead_1"), &json!("+353 86 123 4569"))
    );
    assert_eq!(
        kit.put(&path, &json!({ "date_created": "2020-01-01T00:00:00Z" }))
            .await
            .0,
        400
    );
    let (_, deleted) = kit
        .get("/event/?object_type=activity.whatsapp_message&action=deleted")
        .await;
    assert_eq!(deleted["data"].as_array().unwrap().len(), 1);
    assert_eq!(kit.get("/event/?action=deleted").await.0, 400);
    kit.stop().await;
}

#[tokio::test]
async fn organization_and_users_are_listed() {
    let kit = Kit::start().await;
    let me = kit.get("/me/").await.1;
    let organization = me["organizations"][0]["id"].as_str().unwrap();
    let whole = kit
        .get(&format!(
            "/organization/{organization}/?_fields=memberships"
        ))
        .await
        .1;
    assert_eq!(whole["memberships"][1]["user_id"], "user_anna");
    assert!(whole.get("name").is_none());
    assert_eq!(
        kit.get("/user/user_anna/").await.1["organizations"],
        json!([organization])
    );
    assert_eq!(
        (
            kit.get("/user/user_x/").await.0,
            kit.get("/organization/orga_x/").await.0
        ),
        (404, 404)
    );
    assert_eq!(
        kit.get("/status/lead/").await.1["data"][0]["label"],
        "Potential"
    );
    kit.stop().await;
}

#[tokio::test]
async fn inspection_needs_no_key() {
    let kit = Kit::start().await;
    kit.message("x1", 1).await;
    kit.message("x1", 1).await;
    let root = kit.base.strip_suffix("/api/v1").unwrap();
    let state = answer(kit.client.get(format!("{root}/_sandbox/state")))
        .await
        .1;
    assert_eq!(
        (&state["messages"], &state["duplicates"], &state["leads"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert_eq!(
        state["requests"]["POST /activity/whatsapp_message/"]["200"],
        2
    );
    let messages = answer(
        kit.client
            .get(format!("{root}/_sandbox/messages?lead_id=lead_1&_limit=1")),
    )
    .await
    .1;
    assert_eq!(
        (&messages["data"][0]["external_id"], &messages["has_more"]),
        (&json!("x1"), &json!(true))
    );
    let page = kit
        .client
        .get(root)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("/_sandbox/state") && page.contains("/_sandbox/messages"));
    kit.stop().await;
}

#[tokio::test]
async fn contradictory_seed_is_rejected() {
    let mut seed = seed();
    seed.contacts[0].lead_id = "lead_9".to_owned();
    let error = Sandbox::start(Options::new(Arc::new(Hand::default())), seed)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}
