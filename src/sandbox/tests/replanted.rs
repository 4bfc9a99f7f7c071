//! A sandbox that starts with the messages of another one.

use super::*;

/// A sandbox with this seed, and its clock.
async fn sandbox(seed: Seed) -> std::io::Result<Sandbox> {
    Sandbox::start(Options::new(Arc::new(Hand::default())), seed).await
}

/// Two messages, one of which replies to the other and has a file.
async fn held() -> (Seed, String, String) {
    let kit = Kit::start().await;
    let first = kit.message("m1", 1).await;
    let url = files::uploaded(&kit, b"bytes").await;
    let mut body = files::with_files("m2", &[&url]);
    body["response_to_id"] = json!(first);
    let (status, second) = kit.post(MESSAGES, &body).await;
    assert_eq!(status, 200, "{second}");
    let mut held = Seed::from_state(&kit.state);
    held.users = seed().users;
    kit.stop().await;
    (held, first, second["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn seed_restores_messages_of_another_sandbox() {
    let (held, first, second) = held().await;
    assert_eq!((held.leads.len(), held.contacts.len()), (2, 2));
    // Through JSON, as a file would keep it.
    let text = serde_json::to_string(&held).unwrap();
    let read: Seed = serde_json::from_str(&text).unwrap();
    assert_eq!(read, held);
    let kit = Kit::seeded(read).await;
    assert_eq!(kit.state.messages(), held.messages);
    let again = Seed::from_state(&kit.state);
    assert_eq!(
        (&again.leads, &again.contacts),
        (&held.leads, &held.contacts)
    );

    let (status, listed) = kit.get("/activity/whatsapp_message/?lead_id=lead_1").await;
    assert_eq!(status, 200, "{listed}");
    let ids: Vec<&str> = (listed["data"].as_array().unwrap().iter())
        .map(|message| message["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&first.as_str()) && ids.contains(&second.as_str()));
    let (_, message) = kit.get(&format!("{MESSAGES}{second}/")).await;
    assert_eq!(message["attachments"][0]["size"], 5, "{message}");
    assert_eq!(message["response_to_id"], first);
    // They can be changed and deleted, and a new message gets an id of its own.
    let (status, _) = kit.delete(&format!("{MESSAGES}{first}/")).await;
    assert_eq!(status, 200);
    let third = kit.message("m3", 2).await;
    assert!(third != first && third != second);
    assert_eq!(kit.state.message_count(), 2);
    kit.stop().await;
}

#[tokio::test]
async fn seed_error_names_the_message() {
    let (held, first, _) = held().await;
    let spoilt = |spoil: &dyn Fn(&mut Seed)| {
        let mut seed = held.clone();
        spoil(&mut seed);
        seed
    };
    let cases: [(Seed, &str); 5] = [
        (
            spoilt(&|seed| seed.messages.push(seed.messages[0].clone())),
            "twice",
        ),
        (
            spoilt(&|seed| seed.messages[0].lead_id = "lead_9".to_owned()),
            "unknown lead",
        ),
        (
            spoilt(&|seed| seed.messages[0].contact_id = Some("cont_9".to_owned())),
            "unknown contact",
        ),
        (
            spoilt(&|seed| seed.messages[0].direction.clear()),
            "no direction",
        ),
        (
            spoilt(&|seed| seed.messages[0].remote_phone = "none".to_owned()),
            "impossible number",
        ),
    ];
    for (seed, what) in cases {
        let error = sandbox(seed).await.unwrap_err().to_string();
        assert!(error.contains(what) && error.contains(&first), "{error}");
    }
}
