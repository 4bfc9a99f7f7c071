//! One exchange over the wire: a request out, its complete response in, or why there is none.
//!
//! Never here: rate limits, retries, and what a status means.

use reqwest::Request;
use reqwest::header::HeaderMap;

use crate::fault_point::reach;

/// Maximum size of a response body, in bytes. A page of 100 messages is far smaller.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// The response of one exchange.
pub(crate) struct Exchange {
    /// The HTTP status code.
    pub(crate) status: u16,
    /// The headers of the response.
    pub(crate) headers: HeaderMap,
    /// The body; `None` if it is incomplete or exceeds the maximum size.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why an exchange had no response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No connection was established, so that nothing was sent.
    NotSent,
    /// The server's certificate is not trusted.
    Untrusted,
    /// The request may have been sent, and no usable response arrived.
    Lost,
    /// The request could not be built: a bug of chatferry.
    Unbuilt,
}

/// Sends one request and reads the complete response.
///
/// # Errors
///
/// Why there is no response: nothing was sent, or the request may have been carried out. A status
/// of any kind is a response.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    request: Request,
) -> Result<Exchange, Silence> {
    reach("request: before it leaves");
    let exchange = answer(client, request).await;
    reach("request: after its answer");
    exchange
}

/// Whether the certificate is the cause.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An I/O error does not return its inner error as its source.
        source = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    false
}

async fn answer(client: &reqwest::Client, request: Request) -> Result<Exchange, Silence> {
    let mut response = client.execute(request).await.map_err(|error| {
        if error.is_builder() {
            Silence::Unbuilt
        } else if is_untrusted(&error) {
            Silence::Untrusted
        } else if error.is_connect() {
            // Only failed connections: a reset of an established connection is not `is_connect`.
            Silence::NotSent
        } else {
            Silence::Lost
        }
    })?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Some(Vec::new());
    while let Some(read) = &mut body {
        match response.chunk().await {
            Ok(Some(chunk)) if read.len() + chunk.len() <= MAX_ANSWER => {
                read.extend_from_slice(&chunk);
            }
            Ok(None) => break,
            Ok(Some(_)) | Err(_) => body = None,
        }
    }
    Ok(Exchange {
        status,
        headers,
        body,
    })
}
