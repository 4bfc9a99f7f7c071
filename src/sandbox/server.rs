//! The listener: accepts connections, reads requests, applies faults, passes requests to the router.
//!
//! It speaks HTTP/1.1 through hyper itself, since a fault must be able to close a connection before the
//! first byte of a response is sent, which a router cannot do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use futures_util::StreamExt;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::guard::{self, template};
use super::inspect::RequestLine;
use super::limiter::Limiter;
use super::options::{Fault, Options, Seen};
use super::params::{Overridden, check_content_type};
use super::refusal::Refusal;
use super::seed::Seed;
pub(super) use super::shared::Shared;
use super::store::Store;

/// The maximum body size of `/api/v1`, in bytes (assumption A12).
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The task that accepts connections, and the handle that stops it.
#[derive(Debug)]
pub(super) struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        // The task ends by itself after this; a panic of it changes nothing here.
        self.task.await.ok();
    }
}

/// Binds and starts to accept.
pub(super) async fn start(options: Options, seed: Seed) -> io::Result<(Arc<Shared>, Running)> {
    let store = Store::new(&options, seed)
        .map_err(|text| io::Error::new(io::ErrorKind::InvalidInput, text))?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
    let shared = Arc::new(Shared {
        base: format!("http://{}", listener.local_addr()?),
        store: Mutex::new(store),
        limiter: Mutex::new(Limiter::new(
            options.requests_per_second,
            options.window_seconds,
        )),
        numbers: AtomicU64::new(0),
        work: Arc::default(),
        options,
    });
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
    Ok((shared, Running { stop, task }))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let router = guard::router(&shared);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // An error means that the handle was dropped, which also stops.
            _ = stopped.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => {
                // A failing accept concerns one client that has already disconnected.
                if let Ok((stream, _)) = accepted {
                    let open = shared.work.begin();
                    let served = connection(stream, Arc::clone(&shared), router.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(open);
                    });
                }
            }
            _ = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, router: Router) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request: Request<Incoming>| {
        // A separate task: hyper drops a request whose client has disconnected, but Close carries out what
        // it has received.
        let work = shared.work.begin();
        let handling = handle(Arc::clone(&shared), router.clone(), request.map(Body::new));
        let handled = tokio::spawn(async move {
            let answer = handling.await;
            drop(work);
            answer
        });
        async move { handled.await.unwrap_or(Err(Dropped)) }
    });
    // An error is a client that disconnected, or a fault; both are intended.
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

/// The connection is to be closed without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
struct Dropped;

type Answer = Result<Response<Body>, Dropped>;

async fn handle(shared: Arc<Shared>, router: Router, request: Request<Body>) -> Answer {
    let path = request.uri().path();
    let api = path.starts_with("/api/v1/") || path == "/api/v1";
    let observed = api || path.starts_with("/_storage/") || path.starts_with("/go/file/");
    if !observed {
        return dispatch(router, request).await;
    }
    let request = if api {
        buffered(request).await?
    } else {
        Ok(request)
    };
    let (request, seen) = match request {
        Ok(request) => {
            let seen = seen(&shared, &request);
            (Ok(request), seen)
        }
        Err((parts, refusal)) => {
            let seen = seen(&shared, &Request::from_parts(parts, ()));
            (Err(refusal), seen)
        }
    };
    match observe(&shared, &seen, None).await {
        Fault::None => {}
        Fault::Delay(duration) => shared.options.clock.sleep(duration).await,
        Fault::Drop | Fault::Cut => {
            note(&shared, &seen, None, None);
            return Err(Dropped);
        }
        Fault::Stall(duration) => {
            note(&shared, &seen, None, None);
            shared.options.clock.sleep(duration).await;
            return Err(Dropped);
        }
        Fault::Limited(reset) => {
            if let Ok(request) = request {
                drain(request.into_body()).await;
            }
            note(&shared, &seen, None, Some(429));
            return Ok(limited(reset));
        }
        Fault::Status(status, body) => {
            if let Ok(request) = request {
                drain(request.into_body()).await;
            }
            note(&shared, &seen, None, Some(status));
            return Ok(canned(status, body));
        }
    }
    let answer = match request {
        Ok(request) => dispatch(router, request).await?,
        Err(refusal) => refusal.into_response(),
    };
    let status = answer.status().as_u16();
    match observe(&shared, &seen, Some(status)).await {
        Fault::None => {}
        Fault::Delay(duration) => shared.options.clock.sleep(duration).await,
        Fault::Drop | Fault::Limited(_) => {
            note(&shared, &seen, Some(status), None);
            return Err(Dropped);
        }
        Fault::Cut => {
            note(&shared, &seen, Some(status), None);
            return cut(answer, std::future::ready(())).await;
        }
        Fault::Stall(duration) => {
            note(&shared, &seen, Some(status), None);
            return cut(answer, shared.options.clock.sleep(duration)).await;
        }
        Fault::Status(instead, body) => {
            note(&shared, &seen, Some(status), Some(instead));
            return Ok(canned(instead, body));
        }
    }
    note(&shared, &seen, Some(status), Some(status));
    Ok(answer)
}

async fn dispatch(router: Router, request: Request<Body>) -> Answer {
    match TowerToHyperService::new(router).call(request).await {
        Ok(answer) => Ok(answer),
        Err(never) => match never {},
    }
}

fn seen<B>(shared: &Shared, request: &Request<B>) -> Seen {
    Seen {
        number: shared.numbers.fetch_add(1, Ordering::Relaxed) + 1,
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
    }
}

/// Calls the observer on a thread where it may block.
async fn observe(shared: &Shared, seen: &Seen, status: Option<u16>) -> Fault {
    let Some(observer) = shared.options.observer.clone() else {
        return Fault::None;
    };
    let seen = seen.clone();
    let fault = tokio::task::spawn_blocking(move || match status {
        None => observer.received(&seen),
        Some(status) => observer.processed(&seen, status),
    });
    // An observer that panics is a failing test: closing the connection makes it visible.
    fault.await.unwrap_or(Fault::Drop)
}

fn note(shared: &Shared, seen: &Seen, carried_out: Option<u16>, sent: Option<u16>) {
    shared.store().requests.push(RequestLine {
        number: seen.number,
        method: seen.method.clone(),
        template: template(&seen.path),
        carried_out,
        sent,
    });
}

/// A response of which the first half is sent, and its end after `pause`.
async fn cut(answer: Response<Body>, pause: impl Future<Output = ()> + Send + 'static) -> Answer {
    let (parts, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Dropped)?;
    let half = whole.slice(..whole.len() / 2);
    let half = futures_util::stream::once(std::future::ready(Ok(half)));
    let end = futures_util::stream::once(async {
        pause.await;
        Err(Dropped)
    });
    let broken = half.chain(end);
    Ok(Response::from_parts(parts, Body::from_stream(broken)))
}

/// A 429 as of a limiter that counts otherwise than its header states.
fn limited(reset: std::time::Duration) -> Response<Body> {
    let body = format!(
        r#"{{"error": {{"rate_reset": {}, "message": "Too many requests"}}}}"#,
        reset.as_secs_f64()
    );
    let mut response = canned(429, body);
    let text = format!("limit=100, remaining=7, reset={}", reset.as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert("RateLimit", value);
    }
    response
}

fn canned(status: u16, body: String) -> Response<Body> {
    let kind = if body.starts_with('{') {
        "application/json"
    } else {
        "text/html; charset=utf-8"
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [(CONTENT_TYPE, HeaderValue::from_static(kind))],
        body,
    )
        .into_response()
}

type Read = Result<Request<Body>, (axum::http::request::Parts, Refusal)>;

/// Reads the whole body and converts a POST with the override header into the GET that it stands for. The
/// outer error is a client that disconnected while sending.
async fn buffered(request: Request<Body>) -> Result<Read, Dropped> {
    let (mut parts, body) = request.into_parts();
    let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    let Some(bytes) = read(body).await.map_err(|_| Dropped)? else {
        let refusal = Refusal::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is larger than 10 MB.",
        );
        return Ok(Err((parts, refusal)));
    };
    if chunked {
        // See assumption A38.
        return Ok(Err((
            parts,
            Refusal::protocol("Chunked Transfer-Encoding is not supported."),
        )));
    }
    let instead = parts.headers.remove("x-http-method-override");
    if parts.method == Method::POST
        && instead.is_some_and(|method| method.as_bytes().eq_ignore_ascii_case(b"GET"))
    {
        parts.method = Method::GET;
        let kind = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        match check_content_type(kind).and_then(|()| Overridden::read(&bytes)) {
            Ok(overridden) => parts.extensions.insert(overridden),
            Err(refusal) => return Ok(Err((parts, refusal))),
        };
        parts.headers.remove(CONTENT_LENGTH);
        return Ok(Ok(Request::from_parts(parts, Body::empty())));
    }
    Ok(Ok(Request::from_parts(parts, Body::from(bytes))))
}

/// The body, or `None` if it is too large; it is read to its end nevertheless, so that the client can read
/// the response.
async fn read(body: Body) -> Result<Option<Bytes>, axum::Error> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        total = total.saturating_add(chunk.len());
        if total <= MAX_BODY {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((total <= MAX_BODY).then(|| Bytes::from(bytes)))
}

async fn drain(body: Body) {
    let mut stream = body.into_data_stream();
    while let Some(Ok(_)) = stream.next().await {}
}
