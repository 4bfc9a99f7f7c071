//! A sandbox on a thread of its own, whose faults a test can program.

use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use chatferry::clock::System;
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

    /// From now on nothing goes wrong.
    pub(crate) fn calm(&self) {
        *self.script.0.lock().expect("script") = None;
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
