//! A PostgreSQL server in a temporary folder.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::kit::setting;

/// The user that owns the server where the tests run as root: PostgreSQL refuses to run as root.
const OWNER: &str = "postgres";

/// A running server. A watching process ends it and deletes its folder when this process ends, however it ends.
pub(super) struct Postgres {
    binaries: PathBuf,
    folder: PathBuf,
    pub(super) port: u16,
    _watch: Child,
}

/// A database of a server.
pub(super) struct Database {
    pub(super) port: u16,
    pub(super) name: String,
}

impl Postgres {
    /// The server that the tests share. `None` where PostgreSQL is not installed.
    pub(super) fn shared() -> Option<&'static Postgres> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Postgres::start).as_ref()
    }

    /// A server of one test, which may end it.
    pub(super) fn start() -> Option<Postgres> {
        let Some(binaries) = binaries() else {
            let is_required = setting("CHATFERRY_POSTGRES_REQUIRED").is_some();
            assert!(!is_required, "PostgreSQL is not installed");
            #[allow(clippy::print_stderr)] // What a person who runs the tests should know.
            {
                eprintln!("PostgreSQL is not installed; tests of shared checkpoints are skipped");
            }
            return None;
        };
        // On the disk: the memory of the other folders is for small files.
        let folder = tempfile::tempdir().expect("a folder").keep();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let postgres = Postgres {
            _watch: watch(&folder),
            binaries,
            folder,
            port,
        };
        postgres.give_folder_to_owner();
        postgres.run(
            "initdb",
            &["-U", "tester", "-A", "trust", "--no-sync", "--locale", "C"],
        );
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
             shared_buffers = 16MB\nmax_connections = 100\n\
             dynamic_shared_memory_type = mmap\n"
        );
        let file = postgres.data().join("postgresql.conf");
        let text = fs::read_to_string(&file).expect("a configuration");
        fs::write(&file, text + &settings).expect("written");
        postgres.begin();
        Some(postgres)
    }

    /// A new database.
    pub(super) fn database(&self) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        let first = Database {
            port: self.port,
            name: "postgres".to_owned(),
        };
        first.query(&format!("CREATE DATABASE {name}"));
        Database {
            port: self.port,
            name,
        }
    }

    /// Ends all sessions at once, without a word to their clients, and starts again.
    pub(super) fn restart(&self) {
        self.run("pg_ctl", &["-m", "immediate", "-w", "stop"]);
        self.begin();
    }

    fn begin(&self) {
        let log = self.folder.join("log");
        let log = log.to_str().expect("UTF-8");
        self.run("pg_ctl", &["-l", log, "-w", "-t", "60", "start"]);
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs a program of PostgreSQL on the data folder.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.binaries.join(program);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", OWNER, "--regid", OWNER, "--clear-groups"]);
                command.arg(program);
                command
            }
            false => Command::new(program),
        };
        // The server inherits the output of `pg_ctl`, which would never end.
        let status = command
            .arg("-D")
            .arg(self.data())
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("it starts").success(), "{command:?}");
    }

    fn give_folder_to_owner(&self) {
        if is_root() {
            let status = Command::new("chown").arg(OWNER).arg(&self.folder).status();
            assert!(status.expect("chown is there").success());
        }
    }
}

impl Database {
    /// Its address for a client that is not asked for the password.
    pub(super) fn address(&self, password: &str) -> String {
        format!(
            "postgres://tester:{password}@127.0.0.1:{}/{}",
            self.port, self.name
        )
    }

    /// The rows of the last statement, as texts.
    #[track_caller]
    pub(super) fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let address = self.address("any");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls)
                .await
                .expect("a connection");
            tokio::spawn(connection);
            let messages = client.simple_query(sql).await.expect("an answer");
            let rows = messages.iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            rows.map(|row| {
                (0..row.len())
                    .map(|at| row.get(at).map(str::to_owned))
                    .collect()
            })
            .collect()
        })
    }

    /// The number that a statement returns.
    #[track_caller]
    pub(super) fn number(&self, sql: &str) -> i64 {
        let rows = self.query(sql);
        rows[0][0]
            .as_ref()
            .expect("a value")
            .parse()
            .expect("a number")
    }
}

/// The newest installed server's programs: Debian has them in no folder of `PATH`.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|version| version.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| number(path));
    newest.map(|path| path.join("bin"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id is there");
    output.stdout == b"0\n"
}

/// Waits for the end of this process, also by a signal to its whole group, then ends the server of the folder and deletes it.
fn watch(folder: &Path) -> Child {
    let script = "trap '' INT TERM HUP; cat > /dev/null; kill -QUIT $(head -1 \"$1/data/postmaster.pid\") 2> /dev/null; rm -rf \"$1\"";
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}
