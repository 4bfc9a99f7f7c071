//! The local page of a world (`review`), and a browser that speaks HTTP to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use super::World;
use super::program::WATCHDOG;

/// A page that is being served.
pub(crate) struct Page {
    child: Child,
    /// Address and port.
    pub(crate) host: String,
    /// The path with the token.
    pub(crate) entrance: String,
    /// The header `Cookie`, once it was entered.
    pub(crate) cookie: String,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a header; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of the first hidden field of this name.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let text = self.text();
        let start = format!("name=\"{name}\" value=\"");
        let rest = text.split_once(&start).map(|(_, rest)| rest);
        let value = rest.and_then(|rest| rest.split('"').next());
        value
            .unwrap_or_else(|| panic!("no field {name} in\n{text}"))
            .to_owned()
    }

    /// Address and fields of the form with this button, as a browser sends them when it is pressed.
    #[track_caller]
    pub(crate) fn form(&self, button: &str) -> (String, Vec<(String, String)>) {
        let text = self.text();
        let mut forms = text.split("<form ").skip(1);
        let sent = forms.find_map(|form| {
            let (form, _) = form.split_once("</form>")?;
            let (head, content) = form.split_once('>')?;
            Some((attribute(head, "action")?, sent(content, button)?))
        });
        sent.unwrap_or_else(|| panic!("no button {button} in\n{text}"))
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Response {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, words: &str) -> Response {
        let text = self.text();
        assert!(text.contains(words), "\"{words}\" is not in\n{text}");
        self
    }

    #[track_caller]
    pub(crate) fn hides(self, words: &str) -> Response {
        let text = self.text();
        assert!(!text.contains(words), "\"{words}\" is in\n{text}");
        self
    }
}

impl World {
    /// Serves the page of this world, with the key in the environment, and enters it.
    pub(crate) fn page(&self) -> Page {
        Page::open(self.path(), &self.environment())
    }
}

impl Page {
    /// Serves the page of a folder and enters it.
    pub(crate) fn open(folder: &Path, environment: &[(&str, &str)]) -> Page {
        let mut page = Page::start(folder, environment);
        page.enter();
        page
    }

    /// Serves the page of a folder.
    pub(crate) fn start(folder: &Path, environment: &[(&str, &str)]) -> Page {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chatferry"))
            .arg("review")
            .current_dir(folder)
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("stdout");
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        lines.read_line(&mut line).expect("an address");
        let address = line.trim().strip_prefix("http://").expect("an address");
        let (host, entrance) = address.split_once('/').expect("a path");
        Page {
            child,
            host: host.to_owned(),
            entrance: format!("/{entrance}"),
            cookie: String::new(),
        }
    }

    /// Follows the address with the token.
    pub(crate) fn enter(&mut self) {
        let entered = self.get(&self.entrance.clone()).is(303);
        let cookie = entered.header("set-cookie").split(';').next();
        self.cookie = cookie.expect("a cookie").to_owned();
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[("Cookie", &self.cookie)], "")
    }

    /// Loads a page again until nothing is in progress on it any more.
    #[track_caller]
    pub(crate) fn settled(&self, path: &str) -> Response {
        let began = Instant::now();
        loop {
            let page = self.get(path);
            if !page.text().contains("data-refresh") {
                return page;
            }
            assert!(began.elapsed() < WATCHDOG, "{}", page.text());
            std::thread::yield_now();
        }
    }

    /// Sends a form as a page of this host does.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let origin = format!("http://{}", self.host);
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Origin", &origin),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.send("POST", path, &headers, &form(fields))
    }

    /// Presses a button of a page that was shown, with these fields changed. The answer is not followed.
    #[track_caller]
    pub(crate) fn press(
        &self,
        shown: &Response,
        button: &str,
        changed: &[(&str, &str)],
    ) -> Response {
        let (address, mut fields) = shown.form(button);
        for (name, value) in changed {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = (fields.iter())
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post(&address, &fields)
    }

    /// Sends a form and follows the answer to the page that it leads to.
    #[track_caller]
    pub(crate) fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let answer = self.post(path, fields).is(303);
        self.get(answer.header("location"))
    }

    /// Sends a request with these headers, and `Host` and the type of a form unless they are among them.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: {}\r\n", self.host));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            if !headers.iter().any(|(name, _)| *name == "Content-Type") {
                text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            }
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let mut stream = TcpStream::connect(&self.host).expect("connected");
        write!(stream, "{text}\r\n{body}").expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a response");
        parsed(&bytes)
    }

    pub(crate) fn signal(&self, name: &str) {
        Command::new("/bin/kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .expect("kill is there");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a status")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a browser sends of the content of a form: its fields in their order, and of its buttons the one that is pressed;
/// `None` without that button.
fn sent(content: &str, button: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut is_pressed = false;
    for tag in content.split('<').skip(1) {
        let (head, text) = tag.split_once('>')?;
        let field = || Some((attribute(head, "name")?, attribute(head, "value")));
        let is_box = head.contains("type=\"checkbox\"");
        let is_left_out = is_box && !head.contains(" checked");
        match head.split(' ').next() {
            Some("input") if !is_left_out => {
                fields.extend(field().map(|(name, value)| (name, value.unwrap_or_default())));
            }
            Some("select") => {
                let options = content.split_once(head)?.1.split_once("</select>")?.0;
                let chosen = options.split("<option ").skip(1);
                let is_selected = |option: &&str| option.contains(" selected>");
                let chosen = (chosen.clone().find(is_selected)).or(chosen.clone().next())?;
                fields.push((attribute(head, "name")?, attribute(chosen, "value")?));
            }
            Some("button") if !is_pressed => {
                let words = content.split_once(tag)?.1.split_once("</button>");
                let words = format!("{text}{}", words.map_or("", |(words, _)| words));
                is_pressed = without_tags(&words).trim().starts_with(button);
                if is_pressed {
                    fields.extend(field().map(|(name, value)| (name, value.unwrap_or_default())));
                }
            }
            _ => {}
        }
    }
    is_pressed.then_some(fields)
}

/// The value of an attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    let marks = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    let plain = |text: String, (written, mark): (&str, &str)| text.replace(written, mark);
    Some(marks.into_iter().fold(value.to_owned(), plain))
}

fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('>').map_or("", |(_, rest)| rest)
    })
}

/// The fields of a form as a browser writes them.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = (fields.iter())
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

/// A text in an address or a form.
pub(crate) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'.' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

fn parsed(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.expect("the end of the headers");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut response = Response {
        status: status.and_then(|text| text.parse().ok()).expect("a status"),
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    if response.header("transfer-encoding") == "chunked" {
        response.body = unchunked(&response.body);
    }
    response
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("a chunk");
        let size = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = usize::from_str_radix(&size, 16).expect("a size");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
}
