//! A migration in a temporary folder, with its sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use chatferry::sandbox::{Fault, Options, Seed, Seen};

use super::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use super::model::{self, Row};
use super::{Chat, Output, Proxy, Running, Server, When, archive, folder};

pub(crate) const KEY: &str = "api_sandbox.key";

/// What a world is made of.
pub(crate) struct Built {
    pub(crate) chats: Vec<Chat>,
    /// The text of contacts.csv; the default has a row for each chat.
    pub(crate) contacts: Option<String>,
    /// What the sandbox holds; the default is what contacts.csv names.
    pub(crate) seed: Option<Seed>,
    /// Lines for `[import]`, `[limits]` and whatever follows them.
    pub(crate) import: String,
    pub(crate) limits: String,
    pub(crate) options: Box<dyn FnOnce(&mut Options)>,
}

impl Built {
    pub(crate) fn new(chats: Vec<Chat>) -> Built {
        Built {
            chats,
            contacts: None,
            seed: None,
            import: String::new(),
            limits: "settle_seconds = 0.0\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n"
                .to_owned(),
            options: Box::new(|_| {}),
        }
    }

    pub(crate) fn world(self) -> World {
        World::build(self)
    }
}

pub(crate) struct World {
    dir: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) chats: Vec<Chat>,
    /// Stands before the sandbox once it is asked for.
    proxy: OnceLock<Proxy>,
}

impl World {
    /// A world of these chats, each a zip.
    pub(crate) fn new(chats: Vec<Chat>) -> World {
        Built::new(chats).world()
    }

    fn build(built: Built) -> World {
        let dir = folder();
        let exports = dir.path().join("exports");
        fs::create_dir(&exports).expect("made");
        for chat in &built.chats {
            archive::put_zip(chat, &exports);
        }
        let contacts = built.contacts.unwrap_or_else(|| contacts(&built.chats));
        let seed = built
            .seed
            .unwrap_or_else(|| Seed::from_contacts_csv(&contacts).expect("a seed"));
        let world = World {
            server: Server::start(seed, built.options),
            dir,
            chats: built.chats,
            proxy: OnceLock::new(),
        };
        world.write("contacts.csv", &contacts);
        world.write("chatferry.toml", &config(&built.import, &built.limits));
        world
    }

    /// A world whose folder is there already, with configuration and archives in it.
    pub(crate) fn of_folder(dir: tempfile::TempDir, seed: Seed) -> World {
        World {
            server: Server::start(seed, |_| {}),
            dir,
            chats: Vec::new(),
            proxy: OnceLock::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn exports(&self) -> PathBuf {
        self.path().join("exports")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("written");
    }

    /// The proxy through which the program speaks to the sandbox from the first call on. A checkpoint
    /// belongs to one base URL, so the first call precedes the first run.
    pub(crate) fn proxy(&self) -> &Proxy {
        self.proxy.get_or_init(|| Proxy::new(&self.server.base_url))
    }

    /// The variables that the program needs to reach the sandbox.
    pub(crate) fn environment(&self) -> [(&str, &str); 2] {
        [("CLOSE_API_KEY", KEY), ("CLOSE_BASE_URL", self.base_url())]
    }

    fn base_url(&self) -> &str {
        let proxy = self.proxy.get().map(|proxy| &proxy.base_url);
        proxy.unwrap_or(&self.server.base_url)
    }

    /// Starts the program in the folder.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        Running::start(arguments, self.path(), &self.environment())
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).wait()
    }

    /// `import --yes --json`.
    pub(crate) fn import(&self) -> Output {
        self.run(IMPORT)
    }

    /// An import whose requests are shown to `rule` together with the program.
    pub(crate) fn import_under(
        &self,
        rule: impl Fn(&Seen, When, &Running) -> Fault + Send + Sync + 'static,
    ) -> Output {
        self.run_under(IMPORT, rule)
    }

    /// A run whose requests are shown to `rule` together with the program.
    pub(crate) fn run_under(
        &self,
        arguments: &[&str],
        rule: impl Fn(&Seen, When, &Running) -> Fault + Send + Sync + 'static,
    ) -> Output {
        let slot: Arc<OnceLock<Running>> = Arc::default();
        let inner = Arc::clone(&slot);
        self.server
            .rule(move |seen, when| rule(seen, when, inner.wait()));
        let running = self.spawn(arguments);
        slot.set(running.clone()).expect("set once");
        let output = running.wait();
        self.server.settle();
        self.server.calm();
        output
    }

    /// An import that meets `act` once, at the first moment for which `chosen` says so.
    pub(crate) fn import_until(
        &self,
        chosen: impl Fn(&Seen, When) -> bool + Send + Sync + 'static,
        act: impl Fn(&Running) -> Fault + Send + Sync + 'static,
    ) -> Output {
        let done = Mutex::new(false);
        self.import_under(move |seen, when, running| {
            let mut done = done.lock().expect("done");
            if *done || !chosen(seen, when) {
                return Fault::None;
            }
            *done = true;
            drop(done);
            act(running)
        })
    }

    /// What Close should hold of all chats.
    pub(crate) fn expected(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.chats.iter().flat_map(Chat::rows).collect();
        rows.sort();
        rows
    }

    /// Close holds exactly what the model says, each message once.
    #[track_caller]
    pub(crate) fn assert_whole(&self, when: &str) {
        self.assert_rows(&self.expected(), when);
    }

    /// Close holds exactly these.
    #[track_caller]
    pub(crate) fn assert_rows(&self, expected: &[Row], when: &str) {
        model::assert_same(&model::found(&self.server.state), expected, when);
        assert_eq!(self.server.state.duplicates(), 0, "{when}: duplicates");
    }

    /// Every file below the folder with its bytes.
    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).expect("bytes");
                    files.insert(path, bytes);
                }
            }
        }
        files
    }

    /// The number that a query of the checkpoint gives.
    #[track_caller]
    pub(crate) fn recorded(&self, query: &str) -> i64 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let path = self.path().join("chatferry.db");
        let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
        file.query_row(query, [], |row| row.get(0))
            .expect("a number")
    }

    /// A recorded fact about the organisation.
    #[track_caller]
    pub(crate) fn fact(&self, name: &str) -> Option<String> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let path = self.path().join("chatferry.db");
        let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
        let query = "SELECT value FROM facts WHERE name = ?1";
        file.query_row(query, [name], |row| row.get(0)).ok()
    }

    /// Deletes the checkpoint and what lies beside it.
    pub(crate) fn forget(&self) {
        for path in self.listing().into_keys() {
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.starts_with("chatferry.db") {
                fs::remove_file(&path).expect("removed");
            }
        }
    }
}

pub(crate) const IMPORT: &[&str] = &["import", "--yes", "--json"];

pub(crate) const HEADER: &str = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n";

/// The row of the phone's owner.
pub(crate) fn me() -> String {
    format!("*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n")
}

/// contacts.csv for these chats.
pub(crate) fn contacts(chats: &[Chat]) -> String {
    let rows: String = chats.iter().map(Chat::contact_row).collect();
    format!("{HEADER}{}{rows}", me())
}

fn config(import: &str, limits: &str) -> String {
    format!(
        "[source]\narchives = [\"exports\"]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n\
         owner = [\"{OWNER}\"]\n[import]\ncontacts = \"contacts.csv\"\n{import}\n[limits]\n{limits}\n"
    )
}
