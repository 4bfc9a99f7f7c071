//! File uploads: a ticket from Close, then the body to its storage.
//!
//! The storage is another host and never gets the credential. A ticket is valid for 60 seconds, so it is requested
//! right before its upload. Uploads are not retried here: the body is a stream that only the caller can create again.
//!
//! See docs/reference/close-api.md, "Files".

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use md5::Digest as _;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Url};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::client::{Call, Client, Exchange, Silence, exchange, is_loopback};
use super::error::{Failure, Trouble};
use super::etag::{Etags, Md5};
use super::outcome::{Outcome, Raw, RequestKind, classify};
use super::pace::Signals;

const TICKET: &str = "POST /files/upload/";
const STORAGE: &str = "POST (file storage)";
/// Prefix of a download address that a message can refer to.
const DOWNLOADS: &str = "https://app.close.com/go/file/";
/// Minimum speed of an upload, in bytes per second; a slower one is cancelled.
const SLOWEST: u64 = 32 * 1024;

/// Permission to upload one file within 60 seconds. `Debug` shows nothing of it: it is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Address by which a message refers to the file.
    pub download_url: String,
    /// Address for the upload.
    pub upload_url: String,
    /// Form fields of the upload, verbatim and in this order.
    pub fields: Vec<(String, String)>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Wire {
    download: Download,
    upload: Upload,
}

#[derive(Deserialize)]
struct Download {
    url: String,
}

#[derive(Deserialize)]
struct Upload {
    url: String,
    #[serde(deserialize_with = "in_order")]
    fields: Vec<(String, String)>,
}

/// A JSON object as an ordered list: serde_json's map sorts, and a signed form must be sent back unchanged.
fn in_order<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of form fields")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, Value>()? {
                let value = match value {
                    Value::String(text) => text,
                    Value::Number(number) => number.to_string(),
                    _ => return Err(serde::de::Error::custom("a form field that is no text")),
                };
                fields.push((name, value));
            }
            Ok(fields)
        }
    }
    d.deserialize_map(Fields)
}

impl Client {
    /// Requests permission to upload one file. `filename` is reduced to ASCII for the storage; the true name belongs in
    /// [`FileLink::filename`](super::FileLink::filename). Retried like a read: an unused ticket expires.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn ticket(&self, filename: &str, content_type: &str) -> Result<Ticket, Failure> {
        let content_type = if content_type.is_empty() {
            "application/octet-stream"
        } else {
            content_type
        };
        let body = json!({"filename": plain(filename), "content_type": content_type});
        let call = Call::new(RequestKind::Idempotent, TICKET).json(&body)?;
        let wire: Wire = self.send_json(&call).await?;
        if !wire.download.url.starts_with(DOWNLOADS) {
            let what = "gave an address that no message could refer to";
            return Err(Failure::UnexpectedAnswer {
                endpoint: TICKET,
                what,
            });
        }
        Ok(Ticket {
            download_url: wire.download.url,
            upload_url: wire.upload.url,
            fields: wire.upload.fields,
        })
    }

    /// Uploads `body`, which must be `size` bytes long, to the storage: the ticket's fields in their order, the file
    /// last, with a known length and without the credential. 200, 201 and 204 are success, unless the storage's
    /// entity tag differs.
    ///
    /// # Errors
    ///
    /// See [`Failure`], after a single attempt. [`Failure::is_retryable_upload`] is whether the file may be sent again,
    /// with a new ticket.
    pub async fn upload(
        &self,
        ticket: &Ticket,
        filename: &str,
        size: u64,
        body: impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let url = self.storage_url(&ticket.upload_url)?;
        let broken = Arc::new(Mutex::new(None));
        let hash = Arc::new(Mutex::new(md5::Md5::new()));
        let body = Measured {
            hash: Arc::clone(&hash),
            body: Box::pin(body),
            left: size,
            ended: false,
            broken: Arc::clone(&broken),
        };
        let mut form = Form::new();
        for (name, value) in &ticket.fields {
            form = form.text(name.clone(), value.clone());
        }
        let part = Part::stream_with_length(Body::wrap_stream(body), size);
        form = form.part("file", part.file_name(plain(filename)));
        let time = self.inner.read_timeout + Duration::from_secs(size / SLOWEST);
        let storage = self.inner.connections.storage(&url);
        let storage = storage.map_err(|_| Failure::Internal {
            endpoint: STORAGE,
            what: "certificates",
        })?;
        let request = storage.post(url).multipart(form).timeout(time).build();
        let request = request.map_err(|_| Failure::Internal {
            endpoint: STORAGE,
            what: "form",
        })?;
        self.inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        let result = exchange(storage, request).await;
        if let Some(kind) = *broken.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(Failure::Body { kind });
        }
        let md5 = hash.lock().unwrap_or_else(PoisonError::into_inner).clone();
        judge(result, md5.finalize().into(), &self.inner.etags)
    }

    /// The ticket's storage address, if it is allowed: https to any host; plain http only to this machine, and only
    /// if Close itself is simulated on this machine.
    pub(super) fn storage_url(&self, text: &str) -> Result<Url, Failure> {
        let url = Url::parse(text).ok().filter(|url| match url.scheme() {
            "https" => true,
            "http" => self.inner.local && is_loopback(url),
            _ => false,
        });
        let what = "gave a storage address that is not https";
        url.ok_or(Failure::UnexpectedAnswer {
            endpoint: TICKET,
            what,
        })
    }
}

/// Classifies the storage's response.
fn judge(result: Result<Exchange, Silence>, md5: Md5, etags: &Etags) -> Result<(), Failure> {
    let seen = match result {
        Ok(seen) => seen,
        Err(Silence::Unbuilt) => {
            return Err(Failure::Internal {
                endpoint: STORAGE,
                what: "request",
            });
        }
        Err(Silence::Untrusted) => return Err(Failure::Untrusted { endpoint: STORAGE }),
        Err(Silence::NotSent) => return Err(failed(&Raw::NotSent, Trouble::NotSent, None)),
        Err(Silence::Lost) => return Err(failed(&Raw::Lost, Trouble::Lost, None)),
    };
    let body = seen.body.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let word = |code: &&str| code.len() <= 60 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let code = element(&body, "Code").filter(word).map(str::to_owned);
    let raw = match (seen.status, code.as_deref()) {
        (400, Some("RequestTimeout")) => Raw::Slow,
        (status, _) => Raw::Answer {
            status,
            signals: Signals::default(),
            // The storage need not confirm with a body.
            readable: true,
        },
    };
    if classify(RequestKind::Storage, &raw) != Outcome::Ok {
        return Err(failed(&raw, Trouble::Status(seen.status), code));
    }
    let header = |name: &str| seen.headers.get(name).and_then(|value| value.to_str().ok());
    // With encryption keys of its own, the tag is not an MD5.
    if header("x-amz-server-side-encryption").is_some_and(|how| how.starts_with("aws:kms")) {
        return Ok(());
    }
    let tag = header("etag").or_else(|| element(&body, "ETag"));
    let tag = tag.map(|tag| tag.replace("&quot;", "\"").trim_matches('"').to_owned());
    if etags.agrees(tag.as_deref(), md5) {
        return Ok(());
    }
    Err(Failure::Storage {
        trouble: Trouble::Damaged,
        code: None,
        again: true,
    })
}

fn failed(raw: &Raw, trouble: Trouble, code: Option<String>) -> Failure {
    Failure::Storage {
        trouble,
        code,
        again: classify(RequestKind::Storage, raw) == Outcome::Again,
    }
}

/// The text of the first element `name` of a small XML response.
fn element<'t>(xml: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim())
}

/// A name that every storage and form accepts: letters, digits, `_`, `.`, `-`, at most 100 characters, with its
/// extension.
fn plain(filename: &str) -> String {
    let fold = |c: char| {
        if c.is_ascii_alphanumeric() || "_.-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = filename.chars().map(fold).collect();
    let name = name.trim_start_matches('.');
    match name.len() {
        0 => "file".into(),
        1..=100 => name.into(),
        // All ASCII here, so every index is a character boundary.
        long => format!("{}{}", &name[..80], &name[long - 20..]),
    }
}

/// A body that enforces its announced length: more or fewer bytes are an error, and never a malformed form.
struct Measured<S> {
    body: Pin<Box<S>>,
    left: u64,
    ended: bool,
    broken: Arc<Mutex<Option<io::ErrorKind>>>,
    /// Hash of the bytes passed on so far.
    hash: Arc<Mutex<md5::Md5>>,
}

impl<S> Measured<S> {
    fn fail(&mut self, error: io::Error) -> Poll<Option<io::Result<Bytes>>> {
        self.ended = true;
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.kind());
        Poll::Ready(Some(Err(error)))
    }
}

impl<S: Stream<Item = io::Result<Bytes>>> Stream for Measured<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.body.as_mut().poll_next(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(chunk))) => match self.left.checked_sub(chunk.len() as u64) {
                Some(left) => {
                    self.left = left;
                    let mut hash = self.hash.lock().unwrap_or_else(PoisonError::into_inner);
                    hash.update(&chunk);
                    drop(hash);
                    Poll::Ready(Some(Ok(chunk)))
                }
                None => self.fail(io::ErrorKind::InvalidData.into()),
            },
            Poll::Ready(Some(Err(error))) => self.fail(error),
            Poll::Ready(None) if self.left > 0 => self.fail(io::ErrorKind::UnexpectedEof.into()),
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::close::testing::{Reply, Server, client};

    const FORM: &str = r#"{"download": {"url": "https://app.close.com/go/file/temporary/u/t/a.pdf/"}, "upload": {"url": "URL", "fields": {"z": "1", "a": "2", "Content-Type": "application/pdf", "key": "k", "m": 201}}}"#;

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        stream::iter(
            parts
                .iter()
                .map(|p| Ok(Bytes::from_static(p.as_bytes())))
                .collect::<Vec<_>>(),
        )
    }

    async fn ticket(server: &Server) -> Ticket {
        client(server)
            .ticket("Été \"1\".pdf", "application/pdf")
            .await
            .unwrap()
    }

    fn ticketed(server_reply: Reply) -> impl Future<Output = Server> {
        Server::start_with(move |base| {
            vec![
                Reply::json(200, &FORM.replace("URL", &format!("{base}/storage"))),
                server_reply,
            ]
        })
    }

    #[tokio::test]
    async fn fields_keep_their_order_the_file_is_last_and_the_key_stays_home() {
        let xml = "<PostResponse><ETag>&quot;abc&quot;</ETag></PostResponse>";
        let server = ticketed(Reply::new(201, &[], xml)).await;
        let ticket = ticket(&server).await;
        let names: Vec<_> = ticket.fields.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["z", "a", "Content-Type", "key", "m"]);
        let done = client(&server)
            .upload(&ticket, "a.pdf", 6, chunks(&["abc", "def"]))
            .await;
        done.unwrap();

        let requests = server.requests();
        let asked: Value = serde_json::from_slice(&requests[0].body).unwrap();
        assert_eq!(
            asked,
            json!({"filename": "_t___1_.pdf", "content_type": "application/pdf"})
        );
        assert!(requests[0].header("authorization").is_some());
        let sent = &requests[1];
        assert_eq!(sent.header("authorization"), None);
        assert_eq!(sent.header("transfer-encoding"), None);
        assert_eq!(
            sent.header("content-length"),
            Some(sent.body.len().to_string().as_str())
        );
        let form = String::from_utf8(sent.body.clone()).unwrap();
        let order: Vec<_> = form
            .split("name=\"")
            .skip(1)
            .filter_map(|p| p.split('"').next())
            .collect();
        let order: Vec<_> = order.into_iter().filter(|n| *n != "a.pdf").collect();
        assert_eq!(order, ["z", "a", "Content-Type", "key", "m", "file"]);
        assert!(form.contains("\r\n\r\nabcdef\r\n--"));
    }

    #[tokio::test]
    async fn the_storage_says_whether_to_try_again() {
        let xml = "<Error><Code>AccessDenied</Code><Message>Policy expired. x@y</Message></Error>";
        for (status, body, again) in [
            (403, xml, true),
            (400, "<Error><Code>EntityTooLarge</Code></Error>", false),
            (400, "<Error><Code>RequestTimeout</Code></Error>", true),
            (503, "<Error><Code>SlowDown</Code></Error>", true),
            (302, "", false),
        ] {
            let server = ticketed(Reply::new(
                status,
                &[("location", "http://127.0.0.1:1/")],
                body,
            ))
            .await;
            let ticket = ticket(&server).await;
            let result = client(&server)
                .upload(&ticket, "a", 1, chunks(&["a"]))
                .await;
            let failure = result.unwrap_err();
            assert_eq!(failure.is_retryable_upload(), again, "{status} {body}");
            assert!(!failure.to_string().contains('@'));
        }
    }

    #[tokio::test]
    async fn a_lost_upload_needs_a_new_ticket() {
        let server = ticketed(Reply::Drop).await;
        let ticket = ticket(&server).await;
        let failure = client(&server)
            .upload(&ticket, "a", 1, chunks(&["a"]))
            .await
            .unwrap_err();
        assert!(failure.is_retryable_upload() && failure.is_network());
    }

    #[tokio::test]
    async fn a_body_that_is_not_as_announced_is_the_files_fault() {
        for (size, parts) in [(5, &["abc"][..]), (2, &["abc"][..])] {
            let server = ticketed(Reply::Drop).await;
            let ticket = ticket(&server).await;
            let failure = client(&server)
                .upload(&ticket, "a", size, chunks(parts))
                .await
                .unwrap_err();
            assert!(matches!(failure, Failure::Body { .. }), "{failure:?}");
        }
        let server = ticketed(Reply::Drop).await;
        let ticket = ticket(&server).await;
        let broken = stream::iter([Err(io::ErrorKind::InvalidInput.into())]);
        let failure = client(&server)
            .upload(&ticket, "a", 3, broken)
            .await
            .unwrap_err();
        assert_eq!(
            failure,
            Failure::Body {
                kind: io::ErrorKind::InvalidInput
            }
        );
    }

    #[tokio::test]
    async fn addresses_that_cannot_be_right_are_refused() {
        let form = FORM.replace("https://app.close.com/", "https://example.org/");
        let server = Server::start([Reply::json(200, &form)]).await;
        let failure = client(&server).ticket("a", "b/c").await.unwrap_err();
        assert!(matches!(failure, Failure::UnexpectedAnswer { .. }));
        for url in ["http://example.org/", "ftp://127.0.0.1/", "x"] {
            let ticket = Ticket {
                download_url: String::new(),
                upload_url: url.into(),
                fields: Vec::new(),
            };
            let failure = client(&server)
                .upload(&ticket, "a", 0, chunks(&[]))
                .await
                .unwrap_err();
            assert!(matches!(failure, Failure::UnexpectedAnswer { .. }), "{url}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(plain("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(plain("..."), "file");
        let long = plain(&format!("{}.jpeg", "é".repeat(300)));
        assert!(long.len() == 100 && long.ends_with(".jpeg"));
    }
}
