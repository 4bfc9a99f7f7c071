//! The same against moto, another program's imitation of S3, where it is installed.
//!
//! `.ci/run` installs it into `target/moto`, and sets `CHATFERRY_CLOUD_REQUIRED`, with which its absence is a failure.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::setting::{Cloud, key, s3};
use crate::kit::{archive, scenes, setting};

/// A running server; it ends with the test.
struct Moto {
    process: Child,
    host: String,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Starts moto on a free port. `None` where it is not installed.
fn start() -> Option<Moto> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/python");
    if !python.exists() {
        assert!(
            setting("CHATFERRY_CLOUD_REQUIRED").is_none(),
            "moto is not installed"
        );
        #[allow(clippy::print_stderr)] // What a person who runs the tests should know.
        {
            eprintln!("moto is not installed in target/moto; its test is skipped");
        }
        return None;
    }
    let folder = crate::kit::folder();
    let log = folder.path().join("log");
    // A port of its own choice, which it prints.
    let program = "from moto.server import ThreadedMotoServer as S; import sys, time\n\
                   s = S('127.0.0.1', 0); s.start(); print(s.get_host_and_port()[1], flush=True)\n\
                   sys.stdin.read()";
    let mut process = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).expect("a file"))
        .spawn()
        .expect("moto starts");
    let stdout = process.stdout.take().expect("piped");
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let mut ports = lines.filter_map(|line| line.parse::<u16>().ok());
    let port = ports.next().expect("a port");
    Some(Moto {
        process,
        host: format!("127.0.0.1:{port}"),
        log,
        _folder: folder,
    })
}

impl Moto {
    /// Stores an object, or with an empty key creates the bucket.
    fn put(&self, key: &str, bytes: &[u8]) {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        let path = format!("/exports/{}", key.replace(' ', "%20"));
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.host,
            bytes.len()
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(bytes).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// The reads in its log.
    fn reads(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).expect("a log");
        let lines = log
            .lines()
            .filter(|line| line.contains("GET /") || line.contains("HEAD /"));
        lines.map(str::to_owned).collect()
    }
}

#[test]
fn import_from_moto_reads_each_archive_once() {
    let Some(moto) = start() else { return };
    let mut cloud = Cloud::empty(scenes::rich());
    cloud.variables = s3(&format!("http://{}", moto.host));
    cloud.run(&["plan"]).exits(2).says("no such bucket");
    moto.put("", b"");
    cloud
        .run(&["plan"])
        .exits(2)
        .says("no object at or under this place");
    for chat in &cloud.world.chats {
        moto.put(&key(chat), &archive::zip(chat));
    }
    let before = moto.reads().len();
    cloud.import().exits(0);
    cloud.world.assert_whole("from moto");
    let reads = moto.reads().split_off(before);
    // One listing, and one read of each zip.
    assert_eq!(reads.len(), 4, "{reads:#?}");
    assert!(
        reads.iter().filter(|line| line.contains("\" 206 ")).count() == 3,
        "{reads:#?}"
    );
    let again = cloud.import().exits(0);
    assert_eq!(again.number("created"), 0);
}
