//! The summary of a run is the fold of its events: what an observer of the library receives is enough to compute it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use chatferry::sandbox::{Fault, Seen};
use chatferry::{
    Answer, Auth, Event, Events, Finished, Import, Migration, NoKeys, Notice, Observer, Order,
    Overrides, Planned, Question, Redactor, RunFlags, Selection, SharedClock, Start, Stopper,
    Summary, System,
};

use crate::kit::world::KEY;
use crate::kit::{When, World, is_post, scenes};

/// Keeps the events of a run and its summary.
#[derive(Default)]
struct Watching {
    events: Arc<Mutex<Vec<Event>>>,
    summary: Option<Summary>,
}

struct Recorded(Arc<Mutex<Vec<Event>>>);

impl Events for Recorded {
    fn event(&mut self, event: Event) {
        self.0.lock().expect("events").push(event);
    }
}

impl Observer for Watching {
    fn notice(&mut self, _: Notice) {}

    fn redact(&mut self, _: Option<Arc<Redactor>>) {}

    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }

    fn planned(&mut self, _: &Planned<'_>, _: bool) {}

    fn confirm<'o>(&'o mut self, _: &Question<'_>) -> Answer<'o> {
        Box::pin(async { Ok(false) })
    }

    fn start(&mut self, _: Start<'_>) -> Box<dyn Events> {
        Box::new(Recorded(Arc::clone(&self.events)))
    }

    fn finished(&mut self, finished: &Finished<'_>) {
        self.summary = Some(finished.summary.clone());
    }
}

/// Imports by the library; the summary, after comparing it with the fold of the events.
fn import(world: &World) -> Summary {
    let mut observer = Watching::default();
    let overrides = Overrides {
        base_url: Some((world.server.base_url.clone(), "--base-url")),
        ..Overrides::default()
    };
    let file = world.path().join("chatferry.toml");
    let migration = Migration::open(&file, &overrides, &NoKeys, &mut observer);
    let mut migration = migration.expect("the migration opens");
    let clock: SharedClock = System::shared();
    let auth = Auth::Key(KEY.into());
    let client = chatferry::client(&migration.settings, auth, &clock).expect("a client");
    let order = Order {
        flags: RunFlags::default(),
        selection: Selection::default(),
        yes: true,
        plan: None,
        allow_deletes: 0,
        strict: false,
        show_content: true,
        pilot: false,
        probe: false,
    };
    let (_stopper, stop) = Stopper::new();
    let import = Import {
        migration: &mut migration,
        client: &client,
        clock: &clock,
        order: &order,
        stop,
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let outcome = runtime.block_on(chatferry::import(import, &mut observer));
    outcome.expect("the import ends");
    let summary = observer.summary.expect("the run has ended");
    let events = observer.events.lock().expect("events");
    assert_eq!(Summary::of(&events), summary);
    assert!(summary.adds_up(), "{summary:?}");
    summary
}

/// Answers the n-th post, from 1, with a fault.
fn fault_at_post(world: &World, wanted: u32, when: When, fault: Fault) {
    let count = AtomicU32::new(0);
    world.server.rule(move |seen: &Seen, at| {
        let is_wanted = std::mem::discriminant(&at) == std::mem::discriminant(&when);
        if is_wanted && is_post(seen) && count.fetch_add(1, Ordering::SeqCst) + 1 == wanted {
            return fault.clone();
        }
        Fault::None
    });
}

#[test]
fn summary_of_uneventful_run_is_fold_of_its_events() {
    let world = World::new(scenes::rich());
    let first = import(&world);
    assert!(first.created > 0 && first.uploads > 0, "{first:?}");
    let again = import(&world);
    assert_eq!(again, Summary::default());
}

#[test]
fn summary_of_rejection_is_fold_of_its_events() {
    let world = World::new(scenes::rich());
    let rejected = r#"{"errors": [], "field-errors": {"message_markdown": "Not allowed here."}}"#;
    let fault = Fault::Status(400, rejected.to_owned());
    fault_at_post(&world, 3, When::Received, fault);
    let summary = import(&world);
    assert_eq!(summary.failed.len(), 1, "{summary:?}");
    world.server.calm();
    assert_eq!(import(&world).created, 1);
}

#[test]
fn summary_of_lost_response_is_fold_of_its_events() {
    let world = World::new(scenes::rich());
    fault_at_post(&world, 3, When::Processed(0), Fault::Drop);
    let summary = import(&world);
    assert_eq!(
        summary.created,
        world.expected().len() as u64,
        "{summary:?}"
    );
    assert_eq!(world.server.state.duplicates(), 0);
}

#[test]
fn summary_of_stopped_run_is_fold_of_its_events() {
    let world = World::new(scenes::rich());
    fault_at_post(
        &world,
        3,
        When::Received,
        Fault::Status(401, "{}".to_owned()),
    );
    let summary = import(&world);
    assert!(summary.is_stopped && summary.not_reached > 0, "{summary:?}");
}
