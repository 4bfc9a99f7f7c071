//! For the tests of this module: a clock by hand and a server with canned answers.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{Auth, Client, Settings};
use crate::clock::{Clock, SharedClock};

type Sleeper = (Duration, oneshot::Sender<()>);

/// A clock that stands still. Parked sleepers wait for [`Manual::advance`]; otherwise a sleep
/// moves the clock itself and ends at once. Chance is always 0.5.
#[derive(Default)]
pub(crate) struct Manual {
    parks: bool,
    /// The time, and who sleeps until when.
    state: Mutex<(Duration, Vec<Sleeper>)>,
    /// The durations of all sleeps so far, in order.
    pub(crate) slept: Mutex<Vec<Duration>>,
}

impl Manual {
    /// A clock whose sleepers wait for [`Manual::advance`].
    pub(crate) fn parked() -> Arc<Manual> {
        Arc::new(Manual {
            parks: true,
            ..Manual::default()
        })
    }

    /// A clock whose sleeps end at once and move it on.
    pub(crate) fn gliding() -> Arc<Manual> {
        Arc::new(Manual::default())
    }

    /// A handle on this clock for a client.
    pub(crate) fn shared(self: &Arc<Self>) -> SharedClock {
        Arc::new(Handle(Arc::clone(self)))
    }

    /// Moves the clock on by a duration, and wakes the sleepers that are due.
    pub(crate) fn advance(&self, by: Duration) {
        let mut state = self.state.lock().unwrap();
        state.0 += by;
        let now = state.0;
        let (due, rest) = std::mem::take(&mut state.1)
            .into_iter()
            .partition(|s| s.0 <= now);
        state.1 = rest;
        drop(state);
        let due: Vec<Sleeper> = due;
        for (_, wake) in due {
            let _ = wake.send(());
        }
    }
}

struct Handle(Arc<Manual>);

impl Clock for Handle {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        self.0.state.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = Arc::clone(&self.0);
        Box::pin(async move {
            clock.slept.lock().unwrap().push(duration);
            if !clock.parks {
                return clock.advance(duration);
            }
            let woken = {
                let mut state = clock.state.lock().unwrap();
                let (wake, woken) = oneshot::channel();
                let due = state.0 + duration;
                state.1.push((due, wake));
                woken
            };
            let _ = woken.await;
        })
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// A canned answer.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, then the connection ends.
    Bytes(Vec<u8>),
    /// The connection ends without a word, after the request was read.
    Drop,
    /// These bytes, and then nothing more for as long as the client holds on.
    Stall(Vec<u8>),
    /// These bytes, then blanks, one every few milliseconds for as long as the client holds on.
    Trickle(Vec<u8>),
}

impl Reply {
    /// A response with this status, these headers and this body.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if status != 204 {
            text += &format!("content-length: {}\r\n", body.len());
        }
        Reply::Bytes(format!("{text}\r\n{body}").into_bytes())
    }

    /// A response with this status and a JSON body.
    pub(crate) fn json(status: u16, body: &str) -> Reply {
        Reply::new(status, &[("content-type", "application/json")], body)
    }
}

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Got {
    /// The request line, such as `GET /me/ HTTP/1.1`.
    pub(crate) line: String,
    /// The headers, their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// The value of a header by its name in lower case; `None` if it is absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The decoded value of a name in the query; `None` if it is absent.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let target = self.line.split(' ').nth(1)?;
        let url = reqwest::Url::parse(&format!("http://x{target}")).ok()?;
        url.query_pairs()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
    }
}

/// Answers requests in order with what it was given; further ones get a 404.
pub(crate) struct Server {
    /// The base URL, `http://127.0.0.1:PORT`.
    pub(crate) base: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Server {
    /// Starts a server that gives these responses in order.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Server {
        Server::start_with(|_| replies.into_iter().collect()).await
    }

    /// Starts a server whose responses may contain its base URL, which is passed to `replies`.
    pub(crate) async fn start_with(replies: impl FnOnce(&str) -> Vec<Reply>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut replies: VecDeque<Reply> = replies(&base).into();
        let got = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else {
                    // The client hung up in the middle of its request.
                    continue;
                };
                seen.lock().unwrap().push(request);
                let reply = replies
                    .pop_front()
                    .unwrap_or_else(|| Reply::json(404, "{}"));
                match reply {
                    Reply::Bytes(bytes) => {
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                    Reply::Stall(bytes) => {
                        let _ = stream.write_all(&bytes).await;
                        // Until the client hangs up.
                        let _ = stream.read(&mut [0; 1]).await;
                    }
                    Reply::Trickle(bytes) => {
                        let _ = stream.write_all(&bytes).await;
                        while stream.write_all(b" ").await.is_ok() {
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                    Reply::Drop => {}
                }
            }
        });
        Server { base, got }
    }

    /// All requests that arrived so far.
    pub(crate) fn requests(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let mut lines = head.split("\r\n");
            let line = lines.next()?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|l| l.split_once(": "))
                .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
                .collect();
            let length = headers.iter().find(|(n, _)| n == "content-length");
            let length: usize = length.map_or(0, |(_, v)| v.parse().unwrap());
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                if stream.read_buf(&mut body).await.ok()? == 0 {
                    return None;
                }
            }
            return Some(Got {
                line,
                headers,
                body,
            });
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A client of `server` whose waits pass at once.
pub(crate) fn client(server: &Server) -> Client {
    client_at(&server.base, &Manual::gliding())
}

/// A client of `base` with this clock.
pub(crate) fn client_at(base: &str, clock: &Arc<Manual>) -> Client {
    let auth = Auth::Key("api_hush.hush".into());
    Client::new(Settings::new(
        format!("{base}/api/v1"),
        auth,
        clock.shared(),
    ))
    .unwrap()
}
