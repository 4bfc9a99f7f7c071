//! Connections to the base host and to the file storage.
//!
//! Belongs here: which certificates are trusted, timeouts of connections, and that nothing is redirected. Never here: the
//! credential, or a request.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;

use super::super::error::Error;
use super::settings::Settings;
use crate::root_certificates;

/// Idle time after which a connection is not used again: if the server closes it at that moment, a create has an
/// unknown outcome.
const IDLE: Duration = Duration::from_secs(15);

/// The clients of the base host and of the storage.
pub(in crate::close) struct Connections {
    /// To the base host.
    pub(in crate::close) api: reqwest::Client,
    /// To a storage on this machine, over plain http.
    local_storage: reqwest::Client,
    /// To a storage over https. Next to a base host on this machine it is made when it is first needed: reading the
    /// authorities of a system takes longer than a small plan.
    storage: OnceLock<reqwest::Client>,
    kind: Kind,
}

/// What all connections have in common.
#[derive(Clone, Copy)]
struct Kind {
    connect_timeout: Duration,
    /// Whether the base host is this machine: HTTP_PROXY and similar variables must not redirect requests to it.
    is_local: bool,
}

impl Connections {
    /// Prepares connections without making one.
    ///
    /// # Errors
    ///
    /// If there are no certificates to trust.
    pub(super) fn new(base: &Url, is_local: bool, settings: &Settings) -> Result<Self, Error> {
        // An error means that a provider is already set, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let kind = Kind {
            connect_timeout: settings.connect_timeout,
            is_local,
        };
        let to_api = || kind.builder().read_timeout(settings.read_timeout);
        let is_plain = base.scheme() == "http";
        let storage = OnceLock::new();
        if !is_plain {
            let _ = storage.set(trusting_authorities(|| kind.builder())?);
        }
        Ok(Connections {
            api: match is_plain {
                true => trusting_none(to_api())?,
                false => trusting_authorities(to_api)?,
            },
            local_storage: trusting_none(kind.builder())?,
            storage,
            kind,
        })
    }

    /// The client for this address of the storage, which never gets the credential.
    ///
    /// # Errors
    ///
    /// If there are no certificates to trust.
    pub(in crate::close) fn storage(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        if url.scheme() == "http" {
            return Ok(&self.local_storage);
        }
        if let Some(client) = self.storage.get() {
            return Ok(client);
        }
        let client = trusting_authorities(|| self.kind.builder())?;
        Ok(self.storage.get_or_init(|| client))
    }
}

impl Kind {
    fn builder(self) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("chatferry/", env!("CARGO_PKG_VERSION")))
            // With the feature `cloud`, reqwest would offer HTTP/2 too: the two builds are to behave alike.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE);
        match self.is_local {
            true => builder.no_proxy(),
            false => builder,
        }
    }
}

/// A client for plain http, which needs no certificates.
fn trusting_none(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    (builder.tls_certs_only([]).build()).map_err(Error::Http)
}

/// A client with the certificates of the system, or with the bundled ones where the system has none.
fn trusting_authorities(
    builder: impl Fn() -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, Error> {
    builder().build().or_else(|error| {
        let bundled: Vec<_> = root_certificates::bundled()
            .filter_map(|der| reqwest::Certificate::from_der(der).ok())
            .collect();
        match bundled.is_empty() {
            true => Err(Error::Http(error)),
            false => builder()
                .tls_certs_only(bundled)
                .build()
                .map_err(Error::Http),
        }
    })
}
