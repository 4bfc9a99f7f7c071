//! A proxy between the program and the sandbox that changes one thing about Close.
//!
//! A fault of the sandbox does not show bodies and cannot change an answer; a [`Change`] sees the request as
//! JSON, may ask the sandbox as often as it likes, and answers in its place. Never here: faults of the
//! network as such, which [`super::Server`] has.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

const MESSAGES: &str = "/activity/whatsapp_message/";
const EXTERNAL_ID: &str = "external_whatsapp_message_id";

/// A request to the API.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The path below the base URL, as `/me/`.
    pub(crate) path: String,
    /// The query as sent, without the question mark.
    pub(crate) query: String,
    /// The body; `null` without one.
    pub(crate) body: Value,
    authorization: String,
}

impl Asked {
    /// Whether it creates a message.
    pub(crate) fn is_post(&self) -> bool {
        self.method == "POST" && self.path == MESSAGES
    }

    /// Whether it lists messages.
    pub(crate) fn is_list(&self) -> bool {
        self.method == "GET" && self.path == MESSAGES
    }

    /// The external id of the message to create.
    pub(crate) fn external_id(&self) -> &str {
        self.body[EXTERNAL_ID].as_str().unwrap_or_default()
    }

    /// The value of a parameter, not decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A request that reads the object of this one.
    pub(crate) fn to_read(&self) -> Asked {
        Asked {
            method: "GET".to_owned(),
            body: Value::Null,
            ..self.clone()
        }
    }

    /// The same request with another value of a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Asked {
        let kept = self.query.split('&').filter(|pair| {
            !pair.is_empty() && pair.split_once('=').is_none_or(|(key, _)| key != name)
        });
        let new = format!("{name}={value}");
        self.query = kept.chain([new.as_str()]).collect::<Vec<_>>().join("&");
        self
    }
}

/// An answer to a request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 0 closes the connection without an answer.
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Answer {
        Answer { status, body }
    }

    /// Close's refusal of one field.
    pub(crate) fn field(name: &str, text: &str) -> Answer {
        Answer::new(400, json!({"errors": [], "field-errors": {name: text}}))
    }

    /// Changes the rows of a list.
    fn rows(mut self, change: impl FnOnce(&mut Vec<Value>)) -> Answer {
        if let Some(rows) = self.body["data"].as_array_mut() {
            change(rows);
        }
        self
    }
}

/// What differs about Close: gets a request and the sandbox, and answers.
pub(crate) type Change = dyn Fn(Asked, &dyn Fn(Asked) -> Answer) -> Answer + Send + Sync;

/// A running proxy.
pub(crate) struct Proxy {
    /// For the program.
    pub(crate) base_url: String,
    change: Arc<Mutex<Option<Arc<Change>>>>,
    ended: Arc<AtomicBool>,
    address: std::net::SocketAddr,
}

impl Proxy {
    /// A proxy before a sandbox, which changes nothing yet.
    pub(crate) fn new(sandbox: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let change: Arc<Mutex<Option<Arc<Change>>>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, is_over) = (Arc::clone(&change), Arc::clone(&ended));
        let upstream = sandbox.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (shared, upstream) = (Arc::clone(&shared), upstream.clone());
                std::thread::spawn(move || serve(stream, &shared, &upstream));
            }
        });
        Proxy {
            base_url: format!("http://{address}/api/v1"),
            change,
            ended,
            address,
        }
    }

    /// From now on Close differs in this.
    pub(crate) fn change(
        &self,
        change: impl Fn(Asked, &dyn Fn(Asked) -> Answer) -> Answer + Send + Sync + 'static,
    ) {
        *self.change.lock().expect("change") = Some(Arc::new(change));
    }

    /// From now on Close is as the sandbox is.
    pub(crate) fn calm(&self) {
        *self.change.lock().expect("change") = None;
    }

    /// Creating one of these messages always ends with this status; 0: without an answer.
    pub(crate) fn fail_ids(&self, status: u16, ids: impl IntoIterator<Item = String>) {
        let ids: Vec<String> = ids.into_iter().collect();
        self.change(move |asked, close| {
            match asked.is_post() && ids.iter().any(|id| *id == asked.external_id()) {
                true => Answer::new(status, json!({"error": "Internal server error"})),
                false => close(asked),
            }
        });
    }

    /// Close shows this lead and these activities of it no more.
    pub(crate) fn hide_lead(&self, lead: &str, activities: impl IntoIterator<Item = String>) {
        let (lead, activities) = (lead.to_owned(), activities.into_iter().collect::<Vec<_>>());
        self.change(move |asked, close| {
            let names = |id: &str| asked.path.contains(id);
            let is_of_lead = asked.parameter("lead_id") == Some(&lead);
            match asked.is_list() && is_of_lead {
                true => Answer::new(200, json!({"data": [], "has_more": false})),
                false if names(&lead) || activities.iter().any(|id| names(id)) => {
                    Answer::new(404, json!({"error": "Not found"}))
                }
                false => close(asked),
            }
        });
    }

    /// Lists of messages come oldest first, whatever order is requested.
    pub(crate) fn list_oldest_first(&self) {
        self.change(|asked, close| match asked.is_list() {
            true => close(asked.with("_order_by", "date_created")),
            false => close(asked),
        });
    }

    /// An external id is unique in the organisation.
    pub(crate) fn unique_ids(&self) {
        self.unique_ids_unless(|_| None);
    }

    /// The same, except for requests that `answer` answers.
    pub(crate) fn unique_ids_unless(
        &self,
        answer: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
    ) {
        self.change(move |asked, close| {
            if let Some(answer) = answer(&asked) {
                return answer;
            }
            if !asked.is_post() {
                return close(asked);
            }
            let look_up = Asked {
                method: "GET".to_owned(),
                query: format!("{EXTERNAL_ID}={}", asked.external_id()),
                body: Value::Null,
                ..asked.clone()
            };
            match close(look_up).body["data"].as_array() {
                Some(found) if !found.is_empty() => {
                    Answer::field(EXTERNAL_ID, "A message with this ID exists already.")
                }
                _ => close(asked),
            }
        });
    }

    /// Lists lack these activities, which exist.
    pub(crate) fn hide_from_lists(&self, ids: impl IntoIterator<Item = String>) {
        let ids: Vec<String> = ids.into_iter().collect();
        self.change(move |asked, close| {
            let is_list = asked.is_list();
            let answer = close(asked);
            match is_list {
                true => answer.rows(|rows| {
                    rows.retain(|row| !ids.iter().any(|id| row["id"] == json!(id)));
                }),
                false => answer,
            }
        });
    }

    /// The organisation has this many webhooks, of which only the last is notified of messages.
    pub(crate) fn webhooks(&self, count: usize) {
        self.change(move |asked, close| {
            if asked.path != "/webhook/" {
                return close(asked);
            }
            let number = |name, usual| {
                let value = asked.parameter(name).and_then(|text| text.parse().ok());
                value.unwrap_or(usual)
            };
            let (skip, limit): (usize, usize) = (number("_skip", 0), number("_limit", 100));
            let row = |index: usize| {
                let object = match index + 1 == count {
                    true => "activity.whatsapp_message",
                    false => "lead",
                };
                json!({
                    "id": format!("whsub_{index}"), "status": "active",
                    "url": format!("https://listener{index}.example/hook"),
                    "events": [{"object_type": object, "action": "created"}],
                })
            };
            let rows: Vec<Value> = (skip..count).take(limit.min(100)).map(row).collect();
            let has_more = skip + rows.len() < count;
            Answer::new(200, json!({"data": rows, "has_more": has_more}))
        });
    }

    /// The key may write in no other user's name than this one's.
    pub(crate) fn deny_other_users(&self, own: &str) {
        let own = own.to_owned();
        self.change(move |asked, close| {
            let is_write = matches!(asked.method.as_str(), "POST" | "PUT");
            let is_other = asked.body["user_id"].as_str().is_some_and(|id| id != own);
            match is_write && is_other && asked.path.starts_with(MESSAGES) {
                true => Answer::new(403, json!({"error": "Forbidden"})),
                false => close(asked),
            }
        });
    }

    /// Numbers are answered without the plus sign.
    pub(crate) fn plain_numbers(&self) {
        self.change(|asked, close| {
            let mut answer = close(asked);
            strip_plus(&mut answer.body);
            answer
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the accept loop.
        TcpStream::connect(self.address).ok();
    }
}

fn strip_plus(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip_plus),
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str() {
                    Some(text) if ["phone", "local_phone", "remote_phone"].contains(&&**key) => {
                        *value = json!(text.trim_start_matches('+'));
                    }
                    _ => strip_plus(value),
                }
            }
        }
        _ => {}
    }
}

/// Serves the one request of a connection; an error ends it, as a network does.
fn serve(stream: TcpStream, change: &Mutex<Option<Arc<Change>>>, upstream: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (head, body) = receive(&mut reader)?;
    let mut words = head.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = Asked {
        method,
        path: path.strip_prefix("/api/v1")?.to_owned(),
        query: query.to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        authorization: header(&head, "authorization")
            .unwrap_or_default()
            .to_owned(),
    };
    let change = change.lock().expect("change").clone();
    let close = |asked: Asked| forward(&asked, upstream).unwrap_or(Answer::new(0, Value::Null));
    let answer = match change {
        Some(change) => change(asked, &close),
        None => close(asked),
    };
    if answer.status == 0 {
        return None;
    }
    send(
        stream,
        &format!("HTTP/1.1 {} x", answer.status),
        "",
        &answer.body,
    )
}

fn forward(asked: &Asked, upstream: &str) -> Option<Answer> {
    let (host, base) = upstream.split_once('/')?;
    let stream = TcpStream::connect(host).ok()?;
    let mark = if asked.query.is_empty() { "" } else { "?" };
    let Asked {
        method,
        path,
        query,
        ..
    } = asked;
    let line = format!("{method} /{base}{path}{mark}{query} HTTP/1.1");
    let headers = format!("Host: x\r\nAuthorization: {}\r\n", asked.authorization);
    send(stream.try_clone().ok()?, &line, &headers, &asked.body)?;
    let (head, body) = receive(&mut BufReader::new(stream))?;
    let status = head.first()?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer::new(
        status,
        serde_json::from_slice(&body).unwrap_or(Value::Null),
    ))
}

fn send(mut stream: TcpStream, line: &str, headers: &str, body: &Value) -> Option<()> {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    write!(
        stream,
        "{line}\r\n{headers}Connection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    stream.flush().ok()
}

/// The lines of a head, and the body of the announced length.
fn receive(reader: &mut BufReader<TcpStream>) -> Option<(Vec<String>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = header(&head, "content-length").and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn header<'h>(head: &'h [String], name: &str) -> Option<&'h str> {
    let mut pairs = head.iter().filter_map(|line| line.split_once(':'));
    let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}
