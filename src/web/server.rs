//! The listener of the page: on the loopback interface alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::session::Session;
use super::site::{Place, Site};
use super::{
    archives, assets, decisions, documents, failure, guard, left_out, people, setup, start, steps,
    undecided, work_page,
};
use crate::clock::SharedClock;
use crate::close::Auth;
use crate::execute::Stop;

/// The interval of looking whether a job has ended.
const POLL: Duration = Duration::from_millis(50);

/// A page of `review` whose port is bound, ready to be served.
pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

/// How a page ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Whether it ended because it was not used for half an hour.
    pub(crate) is_idle: bool,
}

impl Server {
    /// Binds a port of 127.0.0.1 for the page; 0: a free one. `auth`: the credential, if the
    /// environment has one.
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

    /// The URL of the page with its token, which works once.
    pub(crate) fn address(&self) -> String {
        format!(
            "http://{}/?token={}",
            self.site.host,
            self.site.session.token()
        )
    }

    /// Serves the page until it is stopped or unused for half an hour, and lets a job that runs end
    /// first.
    ///
    /// # Errors
    ///
    /// The listener fails, so that no request can be accepted.
    pub(crate) async fn run(self, mut stop: Stop) -> io::Result<Ended> {
        let Server { listener, site } = self;
        let router = router(&site);
        let serve = axum::serve(listener, router);
        let ended = tokio::select! {
            served = serve => served.map(|()| Ended { is_idle: false })?,
            () = stop.requested(1) => Ended { is_idle: false },
            () = site.idle.over(&site.clock, || site.is_working()) => Ended { is_idle: true },
        };
        finish_job(&site, &mut stop).await;
        Ok(ended)
    }
}

/// Stops the job that runs, and waits for its end: requests in progress are finished and recorded. A second request to stop
/// is passed on.
async fn finish_job(site: &Site, stop: &mut Stop) {
    site.stop_job();
    let mut is_hurried = false;
    while site.is_busy() {
        tokio::select! {
            () = site.clock.sleep(POLL) => {}
            () = stop.requested(2), if !is_hurried => {
                is_hurried = true;
                site.stop_job();
            }
        }
    }
}

fn router(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/", get(start::page))
        .route("/key", post(start::key))
        .route("/setup", get(setup::page).post(setup::begin))
        .route("/archives", get(archives::page).post(archives::answer))
        .route("/groups", post(archives::answer_groups))
        .route("/people", get(people::page).post(decisions::decide))
        .route("/people/back", post(decisions::take_back))
        .route("/people/rows", get(steps::rows_page).post(steps::add_rows))
        .route("/match", get(steps::match_page).post(steps::look_up))
        .route("/leads", get(steps::leads_page).post(steps::create_leads))
        .route("/left-out", get(left_out::page))
        .route("/left-out/never", post(left_out::add_never))
        .route("/left-out/exclude", post(left_out::add_excluded))
        .route("/undecided", get(undecided::page).post(undecided::decide))
        .route("/plan", get(steps::plan_page).post(steps::plan))
        .route("/run", get(steps::run_page).post(steps::run))
        .route("/pilot", post(steps::pilot))
        .route("/verify", get(steps::verify_page).post(steps::verify))
        .route("/repair", post(steps::repair))
        .route("/undo", get(steps::undo_page).post(steps::undo))
        .route("/answer", post(work_page::answer))
        .route("/stop", post(work_page::stop))
        .route("/report", get(documents::report_page))
        .route("/report/document", get(documents::report_document))
        .route("/report/file", get(documents::report_file))
        .route("/chat", get(documents::chat_page))
        .route("/chat/document", get(documents::chat_document))
        .route("/chat/file", get(documents::chat_file))
        .route("/style.css", get(assets::style))
        .route("/review.js", get(assets::script))
        .route("/icon.svg", get(assets::icon))
        .fallback(failure::not_found)
        .method_not_allowed_fallback(failure::no_such_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(site),
            guard::guard,
        ))
        .with_state(Arc::clone(site))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::app::Exit;
    use crate::config::Overrides;
    use crate::execute::Stopper;
    use crate::web::idle::passing::Passing;
    use crate::web::job::{Kind, ended};

    /// Two hours pass while the job works, without a request; half an hour after its end the page ends.
    #[tokio::test]
    async fn unused_page_ends_after_the_job_and_not_during_it() {
        let clock: SharedClock = Arc::new(Passing::default());
        let place = Place {
            file: "chatferry.toml".into(),
            overrides: Overrides::default(),
            zone: None,
        };
        let server = Server::bind(place, None, 0, &clock).await.unwrap();
        let (site, hours) = (Arc::clone(&server.site), Duration::from_secs(2 * 3600));
        let (end, is_to_end) = channel::<()>();
        let work = move |_: &_| {
            is_to_end.recv().ok();
            Ok(ended(Exit::Done, None))
        };
        assert!(site.jobs.start((Kind::Run, true), work).unwrap());
        let own = SharedClock::clone(&clock);
        let waiting = std::thread::spawn(move || {
            while own.elapsed() < hours {
                std::thread::yield_now();
            }
            end.send(()).ok();
        });
        let (_stopper, stop) = Stopper::new();
        let ended = server.run(stop).await.unwrap();
        waiting.join().unwrap();
        assert!(ended.is_idle);
        assert!(clock.elapsed() >= hours + Duration::from_secs(29 * 60));
        let job = site.jobs.last(Kind::Run).unwrap();
        let end = job.state().ended.clone().unwrap();
        assert_eq!(
            (end.exit, end.error),
            (Exit::Done, None),
            "it was not stopped"
        );
    }
}
