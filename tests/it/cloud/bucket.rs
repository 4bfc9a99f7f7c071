//! A server of objects that counts what it sends: the listings of S3, Google and Azure, and ranges with ETags.
//!
//! Written from the services' documentation, not from the client. It checks no signatures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// An object.
#[derive(Debug, Clone)]
struct Stored {
    bytes: Arc<[u8]>,
    etag: String,
}

/// A request as it was answered.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    /// The key; empty for a listing.
    pub(super) key: String,
    /// The bytes that were sent of the object.
    pub(super) range: Range<usize>,
}

/// What happens before a request is answered; a status answers it.
type Rule = dyn Fn(&str, &str) -> Option<u16> + Send + Sync;

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Stored>,
    versions: u32,
    sent: Vec<Sent>,
    rule: Option<Arc<Rule>>,
}

/// A running server of one bucket, `exports`.
pub(super) struct Bucket {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

/// The name of the bucket.
pub(super) const NAME: &str = "exports";

impl Bucket {
    pub(super) fn start() -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let state: Arc<Mutex<State>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, is_over) = (Arc::clone(&state), Arc::clone(&ended));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Bucket {
            state,
            address,
            ended,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stores an object; another one of this key is replaced.
    pub(super) fn put(&self, key: &str, bytes: &[u8]) {
        self.putter()(key, bytes);
    }

    /// The same for a rule, which runs in the server.
    pub(super) fn putter(&self) -> impl Fn(&str, &[u8]) + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move |key, bytes| {
            let mut state = state.lock().expect("state");
            state.versions += 1;
            let etag = format!("\"version-{}\"", state.versions);
            let stored = Stored {
                bytes: bytes.into(),
                etag,
            };
            state.objects.insert(key.to_owned(), stored);
        }
    }

    pub(super) fn delete(&self, key: &str) {
        let removed = self.state.lock().expect("state").objects.remove(key);
        assert!(removed.is_some(), "{key}");
    }

    /// Calls `rule` with method and key (empty: a listing) before each answer.
    pub(super) fn rule(&self, rule: impl Fn(&str, &str) -> Option<u16> + Send + Sync + 'static) {
        self.state.lock().expect("state").rule = Some(Arc::new(rule));
    }

    pub(super) fn calm(&self) {
        self.state.lock().expect("state").rule = None;
    }

    /// What was sent since the last call.
    pub(super) fn taken(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().expect("state").sent)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the accept loop.
        TcpStream::connect(self.address).ok();
    }
}

/// The number of listings, and of bytes of objects; no byte of an object may have been sent twice.
#[track_caller]
pub(super) fn counted(sent: &[Sent]) -> (usize, usize) {
    let mut by_key: BTreeMap<&str, Vec<Range<usize>>> = BTreeMap::new();
    for one in sent
        .iter()
        .filter(|one| one.method == "GET" && !one.key.is_empty())
    {
        by_key.entry(&one.key).or_default().push(one.range.clone());
    }
    let mut bytes = 0;
    for (key, mut ranges) in by_key {
        ranges.sort_by_key(|range| range.start);
        for pair in ranges.windows(2) {
            assert!(
                pair[0].end <= pair[1].start,
                "{key} was sent twice: {pair:?}"
            );
        }
        bytes += ranges.iter().map(Range::len).sum::<usize>();
    }
    let lists = sent.iter().filter(|one| one.key.is_empty()).count();
    (lists, bytes)
}

struct Response {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    fn xml(status: u16, body: String) -> Response {
        Response {
            status,
            headers: "Content-Type: application/xml\r\n".to_owned(),
            body: body.into_bytes(),
        }
    }
}

/// Serves the requests of a connection; an error ends it, as a network does.
fn serve(stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream.try_clone().ok()?;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let response = respond(&head, state)?;
        let is_head = head.first()?.starts_with("HEAD ");
        let length = match is_head {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", response.body.len()),
        };
        let head = format!(
            "HTTP/1.1 {} x\r\n{}{length}\r\n",
            response.status, response.headers
        );
        writer.write_all(head.as_bytes()).ok()?;
        if !is_head {
            writer.write_all(&response.body).ok()?;
        }
        writer.flush().ok()?;
    }
}

fn respond(head: &[String], state: &Mutex<State>) -> Option<Response> {
    let mut words = head.first()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = decoded(path);
    let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let rule = state.lock().expect("state").rule.clone();
    let status = rule.and_then(|rule| rule(method, key));
    if let Some(status) = status {
        let code = match status {
            403 => "AccessDenied",
            404 => "NoSuchBucket",
            _ => "InternalError",
        };
        return Some(Response::xml(
            status,
            format!("<Error><Code>{code}</Code></Error>"),
        ));
    }
    let mut state = state.lock().expect("state");
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decoded(value))
    };
    if bucket != NAME {
        let body = "<Error><Code>NoSuchBucket</Code></Error>".to_owned();
        return Some(Response::xml(404, body));
    }
    if key.is_empty() {
        state.sent.push(Sent {
            method: method.to_owned(),
            key: String::new(),
            range: 0..0,
        });
        let prefix = parameter("prefix").unwrap_or_default();
        let is_azure = parameter("comp").is_some();
        return Some(Response::xml(
            200,
            listing(&state.objects, &prefix, is_azure),
        ));
    }
    Some(object(head, method, key, &mut state))
}

fn object(head: &[String], method: &str, key: &str, state: &mut State) -> Response {
    let Some(stored) = state.objects.get(key).cloned() else {
        return Response::xml(404, "<Error><Code>NoSuchKey</Code></Error>".to_owned());
    };
    if header(head, "if-match").is_some_and(|etag| etag != stored.etag) {
        return Response::xml(
            412,
            "<Error><Code>PreconditionFailed</Code></Error>".to_owned(),
        );
    }
    let all = stored.bytes.len();
    let asked = header(head, "range").or(header(head, "x-ms-range"));
    let asked = asked.and_then(|range| {
        let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some(start.parse().ok()?..(end.parse::<usize>().ok()? + 1).min(all))
    });
    let range = asked.clone().unwrap_or(0..all);
    let mut headers = format!(
        "ETag: {}\r\nLast-Modified: Mon, 02 Sep 2024 10:00:00 GMT\r\nAccept-Ranges: bytes\r\n",
        stored.etag
    );
    if method == "HEAD" {
        let _ = write!(headers, "Content-Length: {all}\r\n");
    }
    let mut status = 200;
    if asked.is_some() {
        status = 206;
        let _ = write!(
            headers,
            "Content-Range: bytes {}-{}/{all}\r\n",
            range.start,
            range.end - 1
        );
    }
    state.sent.push(Sent {
        method: method.to_owned(),
        key: key.to_owned(),
        range: range.clone(),
    });
    Response {
        status,
        headers,
        body: stored.bytes[range].to_vec(),
    }
}

fn listing(objects: &BTreeMap<String, Stored>, prefix: &str, is_azure: bool) -> String {
    let mut rows = String::new();
    for (key, stored) in objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let (key, size) = (key.replace('&', "&amp;"), stored.bytes.len());
        let _ = match is_azure {
            // Azure lists ETags without quotes.
            true => write!(
                rows,
                "<Blob><Name>{key}</Name><Properties><Last-Modified>Mon, 02 Sep 2024 10:00:00 GMT</Last-Modified><Etag>{}</Etag><Content-Length>{size}</Content-Length><Content-Type>application/zip</Content-Type></Properties></Blob>",
                stored.etag.trim_matches('"')
            ),
            false => write!(
                rows,
                "<Contents><Key>{key}</Key><LastModified>2024-09-02T10:00:00.000Z</LastModified><ETag>{}</ETag><Size>{size}</Size></Contents>",
                stored.etag.replace('"', "&quot;")
            ),
        };
    }
    match is_azure {
        true => format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>{rows}</Blobs><NextMarker/></EnumerationResults>"
        ),
        false => format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><ListBucketResult><Name>{NAME}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        ),
    }
}

fn header<'h>(head: &'h [String], name: &str) -> Option<&'h str> {
    let mut pairs = head.iter().filter_map(|line| line.split_once(':'));
    let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        match (
            first,
            code.and_then(|code| u8::from_str_radix(code, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
