//! Connections to the database: TLS, keepalives, and what its errors mean.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreProblem;
use super::runtime::timed;
use crate::checkpoint_location::StoreLocation;
use crate::fence::Fence;
use crate::root_certificates;

/// The longest time to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// When either side notices that the other one's machine is gone: the first probe, its repetitions and their number.
const PROBE_AFTER: Duration = Duration::from_secs(20);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 4;
/// How long sent bytes may stay unconfirmed by the other machine.
const UNCONFIRMED: Duration = Duration::from_secs(60);

/// Connects; when the connection ends, `fence` does.
pub(super) async fn connect(
    store: &StoreLocation,
    fence: Option<Fence>,
) -> Result<Arc<Client>, StoreProblem> {
    let config = config(store)?;
    let client = match config.get_ssl_mode() {
        SslMode::Disable | SslMode::Prefer => {
            let (client, connection) = config.connect(NoTls).await.map_err(|e| problem_of(&e))?;
            drive(connection, fence);
            client
        }
        _ => {
            // As in `close`: an error means that a provider is already set, which is fine.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let connector = MakeRustlsConnect::new(tls()?);
            let (client, connection) =
                (config.connect(connector).await).map_err(|e| problem_of(&e))?;
            drive(connection, fence);
            client
        }
    };
    timed(client.batch_execute(&session_settings())).await?;
    Ok(Arc::new(client))
}

/// TLS with the certificates of the system, or with the bundled ones where the system has none.
fn tls() -> Result<ClientConfig, StoreProblem> {
    ClientConfig::with_platform_verifier().or_else(|_| {
        let mut roots = RootCertStore::empty();
        let bundled = root_certificates::bundled().map(CertificateDer::from);
        roots.add_parsable_certificates(bundled);
        match roots.is_empty() {
            true => Err(StoreProblem::Unreachable(
                "TLS could not be set up".to_owned(),
            )),
            false => Ok(ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth()),
        }
    })
}

/// Drives a connection in a task of its own, so that its end is noticed while nothing is sent.
fn drive(connection: impl Future + Send + 'static, fence: Option<Fence>) {
    tokio::spawn(async move {
        connection.await;
        if let Some(fence) = fence {
            fence.end();
        }
    });
}

fn config(store: &StoreLocation) -> Result<Config, StoreProblem> {
    let mut config: Config = store.address().parse().map_err(|_| StoreProblem::Address)?;
    if let Some(password) = &store.password
        && config.get_password().is_none()
    {
        config.password(password.reveal());
    }
    if !is_local(&config) {
        match config.get_ssl_mode() {
            SslMode::Disable => return Err(StoreProblem::PlainText),
            _ => config.ssl_mode(SslMode::Require),
        };
    }
    config
        .application_name("chatferry")
        .connect_timeout(CONNECT)
        .keepalives(true)
        .keepalives_idle(PROBE_AFTER)
        .keepalives_interval(PROBE_EVERY)
        .keepalives_retries(PROBES)
        .tcp_user_timeout(UNCONFIRMED);
    Ok(config)
}

/// Whether every host is this machine.
fn is_local(config: &Config) -> bool {
    let is_loopback = |host: &str| {
        let address = host.parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(host) => is_loopback(host),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// The server notices the end of this machine as this one notices that of the server.
fn session_settings() -> String {
    format!(
        "SET tcp_keepalives_idle = {}; SET tcp_keepalives_interval = {}; SET tcp_keepalives_count = {PROBES}; \
         SET tcp_user_timeout = {}; SET default_transaction_isolation = 'read committed'; \
         SET client_min_messages = warning; SET search_path = pg_catalog; \
         SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
        PROBE_AFTER.as_secs(),
        PROBE_EVERY.as_secs(),
        UNCONFIRMED.as_millis()
    )
}

/// What an error of the database means.
pub(super) fn problem_of(error: &tokio_postgres::Error) -> StoreProblem {
    let Some(code) = error.code() else {
        return match error.is_closed() {
            true => StoreProblem::Lost,
            false => StoreProblem::Unreachable(cause(error)),
        };
    };
    match code {
        code if *code == SqlState::INVALID_PASSWORD
            || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
            || *code == SqlState::INSUFFICIENT_PRIVILEGE =>
        {
            StoreProblem::Denied
        }
        code if *code == SqlState::INVALID_CATALOG_NAME => StoreProblem::NoDatabase,
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreProblem::Standby,
        // The server shuts down or starts: the session is gone.
        code if *code == SqlState::ADMIN_SHUTDOWN
            || *code == SqlState::CRASH_SHUTDOWN
            || *code == SqlState::CANNOT_CONNECT_NOW =>
        {
            StoreProblem::Unreachable("the server is shutting down or starting".to_owned())
        }
        code => StoreProblem::Refused(code.code().to_owned()),
    }
}

/// The innermost cause, which contains no secret.
fn cause(error: &tokio_postgres::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
