//! The routes, and the checks before them: authentication and rate limit.

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::limiter::Verdict;
use super::options::{HeaderStyle, Options};
use super::refusal::Refusal;
use super::server::Shared;
use super::{
    activities, auth, contacts, events, files, inspect, lead_items, leads, messages, organization,
    page, search, storage,
};

/// The header that only the sandbox sends.
const SANDBOX: &str = "x-chatferry-sandbox";

/// All addresses of the sandbox. Assumed: 404 without the trailing slash.
pub(super) fn router(shared: &Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/api/v1/me/", get(organization::me))
        .route("/api/v1/user/", get(organization::users))
        .route("/api/v1/user/{id}/", get(organization::user))
        .route("/api/v1/role/{id}/", get(organization::role))
        .route(
            "/api/v1/organization/{id}/",
            get(organization::organization),
        )
        .route("/api/v1/status/lead/", get(organization::statuses))
        .route("/api/v1/sequence/", get(organization::sequences))
        .route("/api/v1/lead/", get(leads::list).post(leads::create))
        .route("/api/v1/lead/merge/", post(leads::merge))
        .route(
            "/api/v1/lead/{id}/",
            get(leads::get).put(leads::update).delete(leads::delete),
        )
        .route(
            "/api/v1/contact/",
            get(contacts::list).post(contacts::create),
        )
        .route(
            "/api/v1/contact/{id}/",
            get(contacts::get)
                .put(contacts::update)
                .delete(contacts::delete),
        )
        .route(
            "/api/v1/opportunity/",
            get(lead_items::opportunities).post(lead_items::create_opportunity),
        )
        .route(
            "/api/v1/task/",
            get(lead_items::tasks).post(lead_items::create_task),
        )
        .route("/api/v1/data/search/", post(search::search))
        .route("/api/v1/files/upload/", post(files::ticket))
        .route("/api/v1/activity/", get(activities::list_all))
        .route("/api/v1/activity/lead_merge/", get(activities::list_merges))
        .route(
            "/api/v1/activity/whatsapp_message/",
            get(activities::list).post(messages::create),
        )
        .route(
            "/api/v1/activity/whatsapp_message/{id}/",
            get(messages::get)
                .put(messages::update)
                .delete(messages::delete),
        )
        .route("/api/v1/event/", get(events::list))
        .route("/api/v1/webhook/", get(events::webhooks))
        .fallback(|| async { Refusal::no_such_url() })
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(Arc::clone(shared), guard));
    // The layer above applies to the fallback as well: an unknown address without a key is a 401.
    let pages = Router::new()
        .route("/", get(page::index))
        .route("/_sandbox/lead/{id}", get(page::lead))
        .route("/_sandbox/message/{id}", get(page::message))
        .route("/_sandbox/file/{message}/{index}", get(page::image))
        .route("/_sandbox/state", get(inspect::counts))
        .route("/_sandbox/messages", get(inspect::messages))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(shared),
            page::only_here,
        ));
    let outside = Router::new()
        .merge(pages)
        .route("/_storage/", post(storage::upload))
        .route("/_storage/{*key}", get(storage::download))
        .route("/go/file/{*path}", get(files::download));
    outside.merge(api).with_state(Arc::clone(shared))
}

async fn method_not_allowed() -> Refusal {
    Refusal::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "The method is not allowed for the requested URL.",
    )
}

/// Every response of the API has a header by which a client knows the sandbox.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = limited(&shared, request, next).await;
    (response.headers_mut()).insert(SANDBOX, HeaderValue::from_static("1"));
    response
}

/// The response to a request with a key, within the rate limit.
async fn limited(shared: &Shared, mut request: Request, next: Next) -> Response {
    let Some(caller) = auth::caller(request.headers(), &shared.options) else {
        return Refusal::unauthorized().into_response();
    };
    request.extensions_mut().insert(caller);
    if shared.options.limits_off {
        return next.run(request).await;
    }
    let group = group(request.method().as_str(), request.uri().path());
    let verdict = {
        let mut limiter = shared
            .limiter
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        limiter.take(caller as u8, &group, shared.options.clock.elapsed())
    };
    let mut response = if verdict.allowed {
        next.run(request).await
    } else {
        too_many(verdict)
    };
    write_header(response.headers_mut(), verdict, &shared.options);
    response
}

/// Assumed: the body contains no more than this.
fn too_many(verdict: Verdict) -> Response {
    let mut response =
        Refusal::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("{:.0}", verdict.reset.ceil())) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// The `RateLimit` header in the configured style.
fn write_header(headers: &mut HeaderMap, verdict: Verdict, options: &Options) {
    let separator = match options.rate_header {
        HeaderStyle::Comma => ", ",
        HeaderStyle::Semicolon => "; ",
        HeaderStyle::None => return,
    };
    let reset = if options.rate_decimals {
        format!("{:.6}", verdict.reset)
    } else {
        format!("{:.0}", verdict.reset.ceil())
    };
    let text = format!(
        "limit={}{separator}remaining={}{separator}reset={reset}",
        verdict.limit, verdict.remaining
    );
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert("RateLimit", value);
    }
}

/// The endpoint group of a request. Assumed: method and path without ids.
fn group(method: &str, path: &str) -> String {
    format!("{method} {}", template(path))
}

/// The path with `{id}` in place of ids, without `/api/v1`; requests are counted by it.
pub(super) fn template(path: &str) -> String {
    for host in ["/_storage/", "/go/file/"] {
        if path.starts_with(host) {
            return host.to_owned();
        }
    }
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let mut out: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        let named = match out.last() {
            Some(&"lead") => out != ["", "status", "lead"] && segment != "merge",
            Some(&("user" | "role" | "contact" | "organization" | "whatsapp_message")) => true,
            _ => false,
        };
        out.push(if named && !segment.is_empty() {
            "{id}"
        } else {
            segment
        });
    }
    out.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_grouped_without_ids() {
        let cases = [
            ("/api/v1/lead/", "/lead/"),
            ("/api/v1/lead/lead_x/", "/lead/{id}/"),
            ("/api/v1/lead/merge/", "/lead/merge/"),
            ("/api/v1/status/lead/", "/status/lead/"),
            ("/api/v1/activity/lead_merge/", "/activity/lead_merge/"),
            (
                "/api/v1/activity/whatsapp_message/acti_x/",
                "/activity/whatsapp_message/{id}/",
            ),
            ("/_storage/temporary/x", "/_storage/"),
        ];
        for (path, expected) in cases {
            assert_eq!(template(path), expected);
        }
    }
}
