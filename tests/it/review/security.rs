//! Which requests the page answers.

use std::net::TcpStream;

use crate::kit::page::Page;
use crate::kit::{World, scenes};

fn world() -> World {
    World::new(vec![scenes::ben()])
}

/// A form that would end in a page of its own if it were accepted.
const FORM: &str = "/key";

#[test]
fn address_works_once() {
    let world = world();
    let mut page = Page::start(world.path(), &world.environment());
    assert!(page.host.starts_with("127.0.0.1:"), "{}", page.host);
    page.get("/").is(401);
    page.get("/?token=").is(401);
    page.get(&format!("{}0", page.entrance)).is(401);
    let entered = page.get(&page.entrance).is(303);
    assert_eq!(entered.header("location"), "/");
    let cookie = entered.header("set-cookie");
    let port = page.host.rsplit(':').next().expect("a port");
    assert!(
        cookie.starts_with(&format!("chatferry_{port}=")),
        "{cookie}"
    );
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    // The token is worthless now.
    page.get(&page.entrance).is(401);
    page.cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let start = page.settled("/").is(200);
    start.shows("Where this migration is");
}

/// A link in another page or in a program: a redirection would be requested without the cookie, since another site began it.
#[test]
fn address_is_followed_from_another_site() {
    let world = world();
    for site in ["cross-site", "same-site"] {
        let mut page = Page::start(world.path(), &world.environment());
        let headers = |cookie| {
            [
                ("Cookie", cookie),
                ("Sec-Fetch-Site", site),
                ("Sec-Fetch-Mode", "navigate"),
                ("Sec-Fetch-Dest", "document"),
            ]
        };
        let wrong = format!("{}0", page.entrance);
        page.send("GET", &wrong, &headers(""), "").is(401);
        // As a part of that page it opens nothing, and the token is not used up.
        let part = [("Sec-Fetch-Site", site), ("Sec-Fetch-Dest", "image")];
        page.send("GET", &page.entrance, &part, "").is(403);
        let entered = page.send("GET", &page.entrance, &headers(""), "").is(200);
        let entered = entered
            .shows("http-equiv=\"refresh\" content=\"0; url=/\"")
            .hides("token");
        let cookie = entered.header("set-cookie");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        page.cookie = cookie.split(';').next().expect("a cookie").to_owned();
        page.settled("/").is(200).shows("Where this migration is");
        page.send("GET", &page.entrance, &headers(""), "")
            .is(401)
            .shows("href=\"/\"");
    }
}

/// What no form of the page sends is answered with a page, and changes nothing.
#[test]
fn malformed_request_is_answered_with_a_page() {
    let world = world();
    let page = world.page();
    page.settled("/").is(200);
    let before = world.listing();
    let origin = format!("http://{}", page.host);
    let send = |method: &str, path: &str, kind: &str, body: &str| {
        let headers = [
            ("Cookie", page.cookie.as_str()),
            ("Origin", &origin),
            ("Content-Type", kind),
        ];
        page.send(method, path, &headers, body)
    };
    let form = "application/x-www-form-urlencoded";
    let large = "a".repeat(2 * 1024 * 1024 + 1);
    for (method, path, kind, body, status, back) in [
        ("POST", "/people", "text/plain", "chat=1", 415, "/people"),
        ("POST", "/key", form, "other=1", 422, "/"),
        ("POST", "/people/back", form, "decision=x", 422, "/people"),
        ("POST", "/answer", form, "number=-1", 422, "/"),
        (
            "POST",
            "/left-out/never",
            form,
            large.as_str(),
            413,
            "/left-out",
        ),
        ("GET", "/people?page=1&page=2", "", "", 400, "/people"),
        ("POST", "/report/file", form, "", 405, "/report"),
        ("DELETE", "/archives", "", "", 405, "/archives"),
    ] {
        let answer = send(method, path, kind, body).is(status);
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
        answer
            .shows("Nothing was changed")
            .shows(&format!("href=\"{back}\""));
    }
    assert_eq!(world.listing(), before);
}

#[test]
fn other_host_is_misdirected() {
    let world = world();
    let page = world.page();
    let port = page.host.rsplit(':').next().expect("a port");
    for host in [
        format!("localhost:{port}"),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        "127.0.0.1:1".to_owned(),
    ] {
        let headers = [("Host", host.as_str()), ("Cookie", &page.cookie)];
        page.send("GET", "/", &headers, "").is(421);
        page.send("GET", "/style.css", &headers, "").is(421);
    }
    let twice = [
        ("Host", page.host.as_str()),
        ("Host", page.host.as_str()),
        ("Cookie", &page.cookie),
    ];
    let status = page.send("GET", "/", &twice, "").status;
    assert!(status == 421 || status == 400, "{status}");
}

#[test]
fn form_of_another_origin_is_forbidden() {
    let world = world();
    let page = world.page();
    let own = format!("http://{}", page.host);
    let cookie = page.cookie.as_str();
    for (origin, site) in [
        ("", ""),
        ("null", ""),
        ("https://evil.example", ""),
        ("http://127.0.0.1", "same-origin"),
        (own.as_str(), "cross-site"),
        (own.as_str(), "same-site"),
        (own.as_str(), "none"),
    ] {
        let headers = [
            ("Cookie", cookie),
            ("Origin", origin),
            ("Sec-Fetch-Site", site),
        ];
        page.send("POST", FORM, &headers, "key=a.b").is(403);
        page.send("DELETE", FORM, &headers, "").is(403);
    }
    // Its own forms are accepted, also those of a browser that does not say where they come from.
    for site in ["", "same-origin"] {
        let headers = [
            ("Cookie", cookie),
            ("Origin", &own),
            ("Sec-Fetch-Site", site),
        ];
        page.send("POST", FORM, &headers, "key=wrong").is(422);
    }
    // Without the cookie, not even these.
    page.send("POST", FORM, &[("Origin", &own)], "key=a.b")
        .is(401);
}

/// Pages at other ports of this computer are of the same site: browsers send the cookie with what they request.
#[test]
fn resource_for_another_page_is_forbidden() {
    let world = world();
    let page = world.page();
    let status = |path: &str, site: &str, dest: &str| {
        let headers = [
            ("Cookie", page.cookie.as_str()),
            ("Sec-Fetch-Site", site),
            ("Sec-Fetch-Dest", dest),
        ];
        page.send("GET", path, &headers, "").status
    };
    for site in ["same-site", "cross-site"] {
        for dest in ["image", "iframe", "script", "empty", ""] {
            assert_eq!(status("/style.css", site, dest), 403, "{site} {dest}");
        }
        // A link that a person follows.
        assert_eq!(status("/style.css", site, "document"), 200);
    }
    assert_eq!(status("/style.css", "same-origin", "style"), 200);
    assert_eq!(status("/", "none", "document"), 200);
}

#[test]
fn cookie_of_another_page_is_not_accepted() {
    let (one, other) = (world(), world());
    let (one, other) = (one.page(), other.page());
    let send = |cookie: &str| one.send("GET", "/", &[("Cookie", cookie)], "");
    send(&other.cookie).is(401);
    let value = other.cookie.split('=').nth(1).expect("a value");
    let name = one.cookie.split('=').next().expect("a name");
    send(&format!("{name}={value}")).is(401);
    send(&format!("{}; {}", other.cookie, one.cookie)).is(200);
}

#[test]
fn every_response_has_the_headers() {
    let world = world();
    let page = world.page();
    let responses = [
        page.get("/"),
        page.get("/style.css"),
        page.get("/nowhere"),
        page.send("HEAD", "/", &[("Cookie", &page.cookie)], ""),
        page.send("GET", "/", &[], ""),
        page.send("GET", "/", &[("Host", "evil.example")], ""),
    ];
    for response in responses {
        let policy = response.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(response.header(name), value, "{}", response.status);
        }
    }
}

#[test]
fn only_the_loopback_interface_answers() {
    let world = world();
    let page = world.page();
    let port = page.host.rsplit(':').next().expect("a port");
    // Every other address of 127.0.0.0/8 reaches listeners on all interfaces (Linux).
    assert!(TcpStream::connect(format!("127.0.0.2:{port}")).is_err());
}

#[test]
fn key_is_requested_once_and_shown_nowhere() {
    let world = world();
    let environment = [("CLOSE_BASE_URL", world.server.base_url.as_str())];
    let page = Page::open(world.path(), &environment);
    let start = page.settled("/").is(200);
    let start = start.shows("type=\"password\"");
    start.hides("Connected to");
    page.post(FORM, &[("key", "without-a-dot")]).is(422);
    page.post(FORM, &[("key", "api_wrong.key")]).is(422);
    page.settled("/")
        .is(200)
        .hides("Connected to")
        .hides("api_wrong");
    page.post(FORM, &[("key", " api_sandbox.key ")]).is(303);
    let connected = page.settled("/").is(200);
    let connected = connected.shows("Connected to").hides("type=\"password\"");
    connected.hides("api_sandbox.key");
    for (path, bytes) in world.listing() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("api_sandbox"), "{}", path.display());
    }
}

#[test]
fn interrupt_ends_the_page() {
    let world = world();
    let mut page = world.page();
    page.get("/").is(200);
    page.signal("INT");
    assert_eq!(page.wait().code(), Some(0));
    assert!(TcpStream::connect(&page.host).is_err());
}
