//! A sandbox on a thread of its own, whose faults a test can program.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use chatferry::internals::clock::System;
use chatferry::sandbox::{Fault, Observer, Options, Sandbox, Seed, Seen, State};
use tokio::sync::oneshot;

/// When the observer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Before the request is carried out.
    Received,
    /// After it, with this status.
    Processed(u16),
}

type Rule = Arc<dyn Fn(&Seen, When) -> Fault + Send + Sync>;

/// An observer that does what the test says at the moment.
#[derive(Default)]
struct Script(Mutex<Option<Rule>>);

impl Script {
    fn ask(&self, seen: &Seen, when: When) -> Fault {
        // Cloned out: a rule may block, and another request must be able to come in meanwhile.
        let rule = self.0.lock().expect("script").clone();
        rule.map_or(Fault::None, |rule| rule(seen, when))
    }
}

impl Observer for Script {
    fn received(&self, seen: &Seen) -> Fault {
        self.ask(seen, When::Received)
    }

    fn processed(&self, seen: &Seen, status: u16) -> Fault {
        self.ask(seen, When::Processed(status))
    }
}

pub(crate) struct Server {
    pub(crate) base_url: String,
    pub(crate) state: State,
    script: Arc<Script>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a sandbox with no limits, changed by `set`.
    pub(crate) fn start(seed: Seed, set: impl FnOnce(&mut Options)) -> Server {
        let script = Arc::new(Script::default());
        let mut options = Options::new(System::shared());
        options.limits_off = true;
        options.observer = Some(script.clone());
        set(&mut options);
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let sandbox = Sandbox::start(options, seed).await.expect("a sandbox");
                ready
                    .send((sandbox.base_url(), sandbox.state()))
                    .expect("somebody waits");
                stopped.await.ok();
                sandbox.shutdown().await;
            });
        });
        let (base_url, state) = started.recv().expect("the sandbox starts");
        Server {
            base_url,
            state,
            script,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// From now on every request is shown to `rule`, which may break it.
    pub(crate) fn rule(&self, rule: impl Fn(&Seen, When) -> Fault + Send + Sync + 'static) {
        *self.script.0.lock().expect("script") = Some(Arc::new(rule));
    }

    /// A request of another program, or of a person; the answer's status.
    pub(crate) fn call(&self, method: &str, path: &str, body: &serde_json::Value) -> u16 {
        caller(&self.base_url)(method, path, body)
    }

    /// From now on nothing goes wrong.
    pub(crate) fn calm(&self) {
        *self.script.0.lock().expect("script") = None;
    }

    /// Waits until all that an ended program sent is carried out or refused by the rule.
    ///
    /// A killed program leaves requests on their way. Without this they would be carried out at
    /// some moment of the next run.
    pub(crate) fn settle(&self) {
        // Connections are accepted in order: after this answer, all earlier ones are accepted.
        let root = self.base_url.trim_end_matches("/api/v1");
        caller(&format!("{root}/_sandbox"))("GET", "/state", &serde_json::Value::Null);
        let is_idle = self.state.wait_until_idle(Duration::from_secs(60));
        assert!(is_idle, "the sandbox is still at work");
    }

    /// How many requests of this method to this template were carried out or refused.
    pub(crate) fn count(&self, method: &str, template: &str) -> usize {
        let requests = self.state.requests();
        let is = |line: &&chatferry::sandbox::RequestLine| {
            line.method == method && line.template == template
        };
        requests.iter().filter(is).count()
    }

    /// Requests that are no reads, uploads included.
    pub(crate) fn writes(&self) -> usize {
        let requests = self.state.requests();
        requests.iter().filter(|line| line.method != "GET").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.calm();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// True for the request that creates a message.
pub(crate) fn is_post(seen: &Seen) -> bool {
    seen.method == "POST" && seen.path.ends_with("/activity/whatsapp_message/")
}

/// Sends requests as another program would, also out of a rule. Gives the status.
pub(crate) fn caller(
    base_url: &str,
) -> impl Fn(&str, &str, &serde_json::Value) -> u16 + Send + Sync + 'static {
    let address = base_url.trim_start_matches("http://");
    let (host, base) = address.split_once('/').expect("a path");
    let (host, base) = (host.to_owned(), base.to_owned());
    move |method, path, body| {
        let mut stream = TcpStream::connect(&host).expect("connected");
        let body = body.to_string();
        // api_sandbox.key, as basic authentication has it.
        let key = "YXBpX3NhbmRib3gua2V5Og==";
        write!(
            stream,
            "{method} /{base}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Authorization: Basic {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).expect("a status");
        status.parse().expect("a number")
    }
}
