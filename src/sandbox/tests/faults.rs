//! Faults before and after a request is carried out.

use super::*;
use crate::sandbox::{Fault, Observer, Seen};

/// Injects one fault into POSTs of messages, before or after.
struct Breaks {
    before: bool,
    fault: Fault,
    seen: Mutex<Vec<Seen>>,
}

impl Observer for Breaks {
    fn received(&self, request: &Seen) -> Fault {
        self.seen.lock().unwrap().push(request.clone());
        if self.before && request.method == "POST" {
            self.fault.clone()
        } else {
            Fault::None
        }
    }

    fn processed(&self, request: &Seen, status: u16) -> Fault {
        assert!(matches!(status, 200 | 400), "{status}");
        if !self.before && request.method == "POST" {
            self.fault.clone()
        } else {
            Fault::None
        }
    }
}

async fn broken(before: bool, fault: Fault) -> (Kit, Arc<Breaks>) {
    let observer = Arc::new(Breaks {
        before,
        fault,
        seen: Mutex::default(),
    });
    let given = Arc::<Breaks>::clone(&observer);
    let kit = Kit::with(|options| options.observer = Some(given)).await;
    (kit, observer)
}

#[tokio::test]
async fn moment_of_a_drop_decides_whether_the_request_is_carried_out() {
    for (before, expected) in [(true, 0), (false, 1)] {
        let (kit, _) = broken(before, Fault::Drop).await;
        let error = kit
            .request(Method::POST, MESSAGES)
            .json(&message("x", 1))
            .send()
            .await
            .unwrap_err();
        assert!(!error.is_connect() && error.status().is_none(), "{error:?}");
        assert_eq!(kit.state.message_count(), expected);
        let line = kit.state.requests().pop().unwrap();
        assert_eq!(
            (line.carried_out, line.sent),
            ((!before).then_some(200), None)
        );
        assert_eq!(kit.get("/me/").await.0, 200, "the next connection works");
        kit.stop().await;
    }
}

#[tokio::test]
async fn status_fault_replaces_the_response() {
    for (before, expected) in [(true, 0), (false, 1)] {
        let (kit, _) = broken(
            before,
            Fault::Status(502, "<html>Bad Gateway</html>".to_owned()),
        )
        .await;
        let response = kit
            .request(Method::POST, MESSAGES)
            .json(&message("x", 1))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 502);
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        assert_eq!(response.text().await.unwrap(), "<html>Bad Gateway</html>");
        assert_eq!(kit.state.message_count(), expected);
        kit.stop().await;
    }
}

#[tokio::test]
async fn delay_waits_by_the_clock_and_continues() {
    let (kit, observer) = broken(true, Fault::Delay(Duration::from_secs(90))).await;
    kit.message("x", 1).await;
    assert_eq!(kit.clock.elapsed(), Duration::from_secs(90));
    kit.get("/me/?a=b").await;
    let seen = observer.seen.lock().unwrap().clone();
    let last = Seen {
        number: 2,
        method: "GET".to_owned(),
        path: "/api/v1/me/".to_owned(),
        query: "a=b".to_owned(),
    };
    assert_eq!(seen[1], last);
    kit.stop().await;
}

/// Disconnects the client while a request waits to be carried out.
struct Holds {
    arrived: tokio::sync::Notify,
    release: Mutex<std::sync::mpsc::Receiver<()>>,
    done: tokio::sync::Notify,
}

impl Observer for Holds {
    fn received(&self, _: &Seen) -> Fault {
        self.arrived.notify_one();
        self.release.lock().unwrap().recv().unwrap();
        Fault::None
    }

    fn processed(&self, _: &Seen, _: u16) -> Fault {
        self.done.notify_one();
        Fault::None
    }
}

#[tokio::test]
async fn received_request_is_carried_out_after_client_disconnects() {
    let (release, held) = std::sync::mpsc::channel();
    let observer = Arc::new(Holds {
        arrived: tokio::sync::Notify::new(),
        release: Mutex::new(held),
        done: tokio::sync::Notify::new(),
    });
    let given = Arc::<Holds>::clone(&observer);
    let kit = Kit::with(|options| options.observer = Some(given)).await;
    let sending = tokio::spawn(
        kit.request(Method::POST, MESSAGES)
            .json(&message("x", 1))
            .send(),
    );
    observer.arrived.notified().await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    observer.done.notified().await;
    assert_eq!(kit.state.message_count(), 1);
    kit.stop().await;
}
