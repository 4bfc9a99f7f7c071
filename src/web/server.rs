//! The listener of the page: on the loopback interface alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::session::Session;
use super::site::{Place, Site};
use super::{assets, failure, guard, start};
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::execute::Stop;

/// A page that is ready to be served.
pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

/// How a page ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Nobody used it.
    pub(crate) is_idle: bool,
}

impl Server {
    /// Binds a port of 127.0.0.1; 0: a free one.
    ///
    /// # Errors
    ///
    /// The port is taken; this machine has no random numbers.
    pub(crate) async fn bind(
        place: Place,
        auth: Option<Auth>,
        port: u16,
        clock: &SharedClock,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let address = listener.local_addr()?;
        let session = Session::new(address.port())?;
        let site = Site::new(place, auth, (address.to_string(), session), clock);
        site.idle.touch(clock);
        let site = Arc::new(site);
        Ok(Server { listener, site })
    }

    /// The address with the token, which works once.
    pub(crate) fn address(&self) -> String {
        format!(
            "http://{}/?token={}",
            self.site.host,
            self.site.session.token()
        )
    }

    /// Serves the page until it is stopped or nobody uses it.
    ///
    /// # Errors
    ///
    /// Of the listener.
    pub(crate) async fn run(self, mut stop: Stop) -> io::Result<Ended> {
        let Server { listener, site } = self;
        let router = router(&site);
        let serve = axum::serve(listener, router);
        tokio::select! {
            served = serve => served.map(|()| Ended { is_idle: false }),
            () = stop.requested(1) => Ok(Ended { is_idle: false }),
            () = site.idle.over(&site.clock, || site.is_busy()) => Ok(Ended { is_idle: true }),
        }
    }
}

fn router(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/", get(start::page))
        .route("/key", post(start::key))
        .route("/style.css", get(assets::style))
        .route("/review.js", get(assets::script))
        .route("/icon.svg", get(assets::icon))
        .fallback(failure::not_found)
        .layer(middleware::from_fn_with_state(
            Arc::clone(site),
            guard::guard,
        ))
        .with_state(Arc::clone(site))
}
