//! TLS in front of the sandbox: a server with a certificate that a private authority signed.
//!
//! Certificates of `tls/`, valid until 2126: `certificate.der` signs itself; `signed.der` is for `localhost` and
//! 127.0.0.1 and signed by the authority of `authority.pem`, whose key is not kept.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// The certificate of the authority, as `SSL_CERT_FILE` takes it.
pub(crate) fn authority() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/kit/tls/authority.pem")
}

/// A running terminator; it ends with the value.
pub(crate) struct Terminator {
    /// For the program.
    pub(crate) base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Terminator {
    /// Starts it in front of a sandbox with this base URL.
    pub(crate) fn new(sandbox: &str) -> Terminator {
        let upstream = sandbox
            .trim_start_matches("http://")
            .trim_end_matches("/api/v1")
            .to_owned();
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                ready
                    .send(listener.local_addr().expect("bound").port())
                    .expect("the caller waits");
                tokio::select! {
                    () = serve(listener, upstream) => {}
                    _ = stopped => {}
                }
            });
        });
        let port = started.recv().expect("the terminator starts");
        Terminator {
            base_url: format!("https://localhost:{port}/api/v1"),
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn serve(listener: TcpListener, upstream: String) {
    let acceptor = acceptor();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
        tokio::spawn(async move {
            // A client that does not trust the certificate ends here.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut sandbox = TcpStream::connect(upstream).await.expect("the sandbox");
            copy_bidirectional(&mut stream, &mut sandbox).await.ok();
        });
    }
}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = include_bytes!("tls/signed.der").to_vec();
    let key = include_bytes!("tls/signed-key.der").to_vec();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key.try_into().expect("a key"))
        .expect("a certificate");
    TlsAcceptor::from(Arc::new(config))
}
