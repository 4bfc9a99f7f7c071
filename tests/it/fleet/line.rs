//! A line between program and database that a test cuts or silences.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A TCP proxy before the database.
pub(super) struct Line {
    pub(super) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    streams: Mutex<Vec<TcpStream>>,
    is_cut: AtomicBool,
    is_silent: AtomicBool,
    /// Pieces of bytes that were passed to the database.
    passed: AtomicU64,
    /// The piece after which the line is cut before its answer; 0: none.
    last: AtomicU64,
}

impl Line {
    /// A line to the database at this port.
    pub(super) fn to(port: u16) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("bound").port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", port)).expect("the database");
                for (from, to, is_request) in [(&client, &server, true), (&server, &client, false)]
                {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    let (from, to) = (from.expect("a handle"), to.expect("a handle"));
                    let state = Arc::clone(&shared);
                    std::thread::spawn(move || state.copy(from, to, is_request));
                }
                shared
                    .streams
                    .lock()
                    .expect("streams")
                    .extend([client, server]);
            }
        });
        Line { port: own, state }
    }

    /// Closes all connections, and refuses new ones.
    pub(super) fn cut(&self) {
        self.state.cut();
    }

    /// Whether it was cut.
    pub(super) fn is_cut(&self) -> bool {
        self.state.is_cut.load(Ordering::SeqCst)
    }

    /// The number of pieces of bytes that were passed to the database.
    pub(super) fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }

    /// Cuts when this number of pieces of bytes were passed to the database, before the answer to the last one.
    pub(super) fn cut_after(&self, pieces: u64) {
        self.state.last.store(pieces, Ordering::SeqCst);
    }

    /// Passes nothing any more, and closes nothing.
    pub(super) fn silence(&self) {
        self.state.is_silent.store(true, Ordering::SeqCst);
    }
}

impl State {
    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.streams.lock().expect("streams").drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream, is_request: bool) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        loop {
            let count = from.read(&mut bytes)?;
            if count == 0 {
                return to.shutdown(Shutdown::Both);
            }
            if self.is_silent.load(Ordering::SeqCst) {
                continue;
            }
            // The answer must not pass before the line is cut.
            let is_last = is_request
                && self.passed.fetch_add(1, Ordering::SeqCst) + 1
                    == self.last.load(Ordering::SeqCst);
            if is_last {
                self.is_silent.store(true, Ordering::SeqCst);
            }
            to.write_all(&bytes[..count])?;
            if is_last {
                self.cut();
            }
        }
    }
}
