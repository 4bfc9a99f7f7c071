//! Machines that share a checkpoint: folders with the same configuration and archives.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chatferry::sandbox::{Fault, Seen};

use super::postgres::{Database, Postgres};
use crate::kit::world::IMPORT;
use crate::kit::{Built, Chat, Output, Running, When, World, folder, setting};
use crate::moves;

/// A part of the password, which must appear nowhere.
pub(super) const SECRET: &str = "s3cret-part";

/// The organisation of the sandbox.
pub(super) const ORGANIZATION: &str = "orga_sandbox0000000000000000000000000000000000001";

/// The key of every store of the tests.
pub(super) const STORE_KEY: &str =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// One migration, one sandbox, one database.
pub(super) struct Fleet {
    pub(super) world: World,
    pub(super) database: Database,
}

impl Fleet {
    /// On the server that the tests share; `None` without one.
    pub(super) fn new(chats: Vec<Chat>) -> Option<Fleet> {
        Some(Fleet::on(Postgres::shared()?, chats))
    }

    /// On this server.
    pub(super) fn on(postgres: &Postgres, chats: Vec<Chat>) -> Fleet {
        let database = postgres.database();
        let address = database.address(SECRET);
        Fleet::at(&address, database, chats)
    }

    /// With the address that the configuration has for the database.
    pub(super) fn at(address: &str, database: Database, chats: Vec<Chat>) -> Fleet {
        Fleet::of(address, database, Built::new(chats))
    }

    /// With a second lead for the same person, to which the chat may move.
    pub(super) fn with_second_lead(chat: Chat) -> Option<Fleet> {
        let database = Postgres::shared()?.database();
        let address = database.address(SECRET);
        let seed = moves::with_second_lead(&chat);
        let mut built = Built::new(vec![chat]);
        built.seed = Some(seed);
        Some(Fleet::of(&address, database, built))
    }

    fn of(address: &str, database: Database, mut built: Built) -> Fleet {
        built.import = format!("checkpoint = \"{address}\"\n");
        built.limits += &format!("[close]\norganization_id = \"{ORGANIZATION}\"\n");
        Fleet {
            world: built.world(),
            database,
        }
    }

    /// A further machine: another folder with the same files.
    pub(super) fn machine(&self) -> tempfile::TempDir {
        let machine = folder();
        for (path, bytes) in self.world.listing() {
            let inner = path.strip_prefix(self.world.path()).expect("below");
            let to = machine.path().join(inner);
            fs::create_dir_all(to.parent().expect("a folder")).expect("made");
            fs::write(to, bytes).expect("written");
        }
        machine
    }

    /// Starts the program in the folder of a machine.
    pub(super) fn spawn_in(&self, machine: &Path, arguments: &[&str]) -> Running {
        let [key, url] = self.world.environment();
        Running::start(
            arguments,
            machine,
            &[key, url, ("CHATFERRY_STORE_KEY", STORE_KEY)],
        )
    }

    /// Runs the program to its end.
    pub(super) fn run_in(&self, machine: &Path, arguments: &[&str]) -> Output {
        without_secret(self.spawn_in(machine, arguments).wait())
    }

    /// Runs the program on the first machine.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        self.run_in(self.world.path(), arguments)
    }

    /// Imports on the first machine.
    pub(super) fn import(&self) -> Output {
        self.run(IMPORT)
    }

    /// Imports on the first machine, and shows each request with the program to `rule`.
    pub(super) fn import_under(
        &self,
        rule: impl Fn(&Seen, When, &Running) -> Fault + Send + Sync + 'static,
    ) -> Output {
        self.run_under(IMPORT, rule)
    }

    /// The same for any command.
    pub(super) fn run_under(
        &self,
        arguments: &[&str],
        rule: impl Fn(&Seen, When, &Running) -> Fault + Send + Sync + 'static,
    ) -> Output {
        let slot: Arc<OnceLock<Running>> = Arc::default();
        let inner = Arc::clone(&slot);
        (self.world.server).rule(move |seen, when| rule(seen, when, inner.wait()));
        let running = self.spawn_in(self.world.path(), arguments);
        slot.set(running.clone()).expect("set once");
        let output = without_secret(running.wait());
        self.world.server.settle();
        self.world.server.calm();
        output
    }

    /// Every message is in Close once, the log has no gap, and its epochs rise.
    #[track_caller]
    pub(super) fn assert_sound(&self, when: &str) {
        self.world.assert_whole(when);
        let gaps = "SELECT count(*) FROM (SELECT seq - lag(seq) OVER (ORDER BY seq) AS step, \
             epoch - lag(epoch) OVER (ORDER BY seq) AS rise FROM chatferry.change_log) AS steps \
             WHERE step <> 1 OR rise < 0";
        assert_eq!(self.database.number(gaps), 0, "{when}: gaps");
        let first = "SELECT min(seq) - max(snapshot_seq) FROM chatferry.change_log, \
             chatferry.organization";
        assert_eq!(self.database.number(first), 1, "{when}: the first entry");
        let check = self.run(&["checkpoint", "check"]).exits(0);
        check.says("is sound");
    }
}

#[track_caller]
pub(super) fn without_secret(output: Output) -> Output {
    for text in [&output.stdout, &output.stderr] {
        assert!(
            !text.contains(SECRET) && !text.contains(STORE_KEY),
            "{text}"
        );
    }
    output
}

/// The seeds of random attacks: four, or as many as `CHATFERRY_FLEET` asks for.
pub(super) fn seeds() -> std::ops::Range<u64> {
    let number = setting("CHATFERRY_FLEET").map(|text| text.parse().expect("a number"));
    0..number.unwrap_or(4)
}
