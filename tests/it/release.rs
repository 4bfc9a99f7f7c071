//! The scripts of `release/`: archives that are the same bytes everywhere, and installers that name one host and compare
//! checksums. Nothing is built here; `release/smoke.sh` tests what was built.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use regex::Regex;

use crate::kit::folder;

const REPOSITORY: &str = "https://forge.example/people/chatferry";
/// Targets with a package, and its kind.
const PACKAGES: [(&str, &str); 5] = [
    ("x86_64-unknown-linux-musl", "tar.gz"),
    ("aarch64-unknown-linux-musl", "tar.gz"),
    ("x86_64-apple-darwin", "tar.gz"),
    ("aarch64-apple-darwin", "tar.gz"),
    ("x86_64-pc-windows-msvc", "zip"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn release() -> PathBuf {
    root().join("release")
}

/// Whether the scripts in Python can run; prints that the test is skipped if not.
fn has_python() -> bool {
    let probe = Command::new("python3")
        .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
        .status();
    let found = probe.is_ok_and(|status| status.success());
    if !found {
        crate::kit::setting::skipped("there is no Python 3.10 or newer on this machine");
    }
    found
}

fn python(script: &str, arguments: &[&str]) -> Output {
    Command::new("python3")
        .arg(release().join(script))
        .args(arguments)
        .current_dir(root())
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .output()
        .expect("python3")
}

fn succeeds(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// A folder like that of a package, whose program is a script of the shell that prints its version.
fn stage(folder: &Path, target: &str) -> PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    let stage = folder.join(format!("chatferry-{version}-{target}"));
    for (name, content) in [
        (
            "chatferry",
            format!("#!/bin/sh\necho \"chatferry {version}\"\n"),
        ),
        ("LICENSE-MIT", "MIT".to_owned()),
        ("completions/chatferry.bash", "complete".to_owned()),
        ("man/chatferry.1", ".TH".to_owned()),
    ] {
        let path = stage.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, content).expect("written");
    }
    stage
}

/// A folder with a package of every target, and their checksums.
fn packages() -> tempfile::TempDir {
    let (work, packages) = (folder(), folder());
    for (target, kind) in PACKAGES {
        let stage = stage(work.path(), target);
        let name = format!("{}.{kind}", stage.file_name().expect("a name").display());
        let target = packages.path().join(name);
        succeeds(python("archive.py", &["pack", text(&stage), text(&target)]));
    }
    succeeds(python("archive.py", &["sums", text(packages.path())]));
    packages
}

fn installers(packages: &Path, out: &Path, repository: &str) -> Output {
    python("installers.py", &[text(packages), text(out), repository])
}

#[test]
fn archives_of_two_folders_are_the_same_bytes() {
    if !has_python() {
        return;
    }
    for kind in ["tar.gz", "zip", "tar"] {
        let made = [1_000_000_000, 1_700_000_000].map(|seconds| {
            let work = folder();
            let stage = stage(work.path(), "any");
            let file = fs::File::options()
                .append(true)
                .open(stage.join("LICENSE-MIT"));
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            file.and_then(|file| file.set_modified(time))
                .expect("a time");
            let archive = work.path().join(format!("a.{kind}"));
            succeeds(python(
                "archive.py",
                &["pack", text(&stage), text(&archive)],
            ));
            fs::read(archive).expect("an archive")
        });
        assert!(made[0] == made[1], "{kind}");
    }
}

#[test]
fn checksums_name_every_package() {
    if !has_python() {
        return;
    }
    let packages = packages();
    let sums = fs::read_to_string(packages.path().join("SHA256SUMS")).expect("checksums");
    assert_eq!(sums.lines().count(), PACKAGES.len());
    for (target, kind) in PACKAGES {
        assert!(sums.contains(&format!("-{target}.{kind}\n")), "{sums}");
    }
}

/// Crates of the program with their texts; crates of builds and tests are not in it.
#[test]
fn licences_name_the_crates_of_the_program() {
    if !has_python() {
        return;
    }
    let printed = succeeds(python("licences.py", &["x86_64-unknown-linux-gnu", ""]));
    let (overview, texts) = printed.split_once("\n----").expect("an overview and texts");
    for name in ["clap", "rusqlite", "rustls", "tokio"] {
        assert!(
            overview.contains(&format!("\n{name} ")),
            "{name}: {overview}"
        );
    }
    for name in ["insta", "proptest", "cc", "mimalloc"] {
        assert!(
            !overview.contains(&format!("\n{name} ")),
            "{name}: {overview}"
        );
    }
    assert!(texts.contains("The rusqlite developers"));
}

#[test]
fn nothing_is_generated_without_an_address() {
    if !has_python() {
        return;
    }
    let (packages, out) = (packages(), folder());
    let printed = succeeds(installers(packages.path(), out.path(), ""));
    assert!(printed.starts_with("skipped: installers"), "{printed}");
    assert_eq!(fs::read_dir(out.path()).expect("a folder").count(), 0);
}

#[test]
fn address_is_empty_or_one_line_of_https() {
    let text = fs::read_to_string(release().join("repository")).expect("a file");
    let address = Regex::new(r"^(https://[a-z0-9.-]+/[\w./-]+\n?)?$").expect("a pattern");
    assert!(address.is_match(&text), "{text}");
}

/// The addresses of a text.
fn addresses(text: &str) -> BTreeSet<String> {
    let address = Regex::new(r#"[a-z]+://[^\s"'<>)]+|www\.[^\s"'<>)]+|git@[^\s"'<>)]+"#);
    let address = address.expect("a pattern");
    let found = address.find_iter(text);
    found.map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn generated_files_name_no_other_host() {
    if !has_python() {
        return;
    }
    let (packages, out) = (packages(), folder());
    succeeds(installers(packages.path(), out.path(), REPOSITORY));
    let mut names = BTreeSet::new();
    for item in fs::read_dir(out.path()).expect("a folder") {
        let path = item.expect("an item").path();
        let name = path.file_name().expect("a name").display().to_string();
        // A package of Debian is packed; its description is that of the template.
        if !name.ends_with(".deb") {
            let text = fs::read_to_string(&path).expect("text");
            let found = addresses(&text);
            assert!(!found.is_empty(), "{name} has the address");
            for address in found {
                assert!(address.starts_with(REPOSITORY), "{name}: {address}");
            }
            assert!(!text.contains('@') || name == "control", "{name}: {text}");
            names.insert(name);
        }
    }
    let expected = [
        "binstall.toml",
        "chatferry.json",
        "chatferry.rb",
        "install.sh",
        "winget.yaml",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
}

#[test]
fn templates_and_scripts_have_no_address() {
    let mut number = 0;
    for folder in [release(), release().join("installers")] {
        for item in fs::read_dir(folder).expect("a folder") {
            let path = item.expect("an item").path();
            if !path.is_file() || path.ends_with("repository") {
                continue;
            }
            number += 1;
            let text = fs::read_to_string(&path).expect("text");
            for address in addresses(&text) {
                // A placeholder, this machine, and a folder of it.
                let own = [
                    "https://HOST/",
                    "https://127.0.0.1:",
                    "http://127.0.0.1:",
                    "file://",
                ];
                let is_own = own.iter().any(|own| address.starts_with(own));
                // The pattern of an address in installers.py.
                let is_pattern =
                    address.starts_with("https://[") || address.starts_with("http://127");
                assert!(is_own || is_pattern, "{}: {address}", path.display());
            }
        }
    }
    assert!(number > 15, "{number} files");
}

#[test]
fn address_that_is_none_is_refused() {
    if !has_python() {
        return;
    }
    let (packages, out) = (packages(), folder());
    for address in [
        "chatferry",
        "http://forge.example/people/chatferry",
        "https://forge.example",
    ] {
        let output = installers(packages.path(), out.path(), address);
        assert!(!output.status.success(), "{address}: {output:?}");
    }
    assert_eq!(fs::read_dir(out.path()).expect("a folder").count(), 0);
}

/// A server of the files in a folder, by their names; ends with the process.
fn serve(folder: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            let (status, body) = match fs::read(folder.join(name)) {
                Ok(body) if path.starts_with("/people/chatferry/releases/download/v") => {
                    ("200 OK", body)
                }
                _ => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).ok();
            stream.write_all(&body).ok();
        }
    });
    port
}

/// Runs install.sh of these packages, after `change` changed what the server has. The program that it installed, and its
/// output.
#[cfg(target_os = "linux")]
fn install(change: impl FnOnce(&Path)) -> Option<(Option<String>, Output)> {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has_python() || !(has("curl") || has("wget")) {
        crate::kit::setting::skipped("there is neither curl nor wget on this machine");
        return None;
    }
    let (packages, out, bin) = (packages(), folder(), folder());
    let port = serve(packages.path().to_owned());
    let repository = format!("http://127.0.0.1:{port}/people/chatferry");
    succeeds(installers(packages.path(), out.path(), &repository));
    change(packages.path());
    let output = Command::new("sh")
        .arg(out.path().join("install.sh"))
        .env("CHATFERRY_BIN", bin.path())
        .output()
        .expect("sh");
    let installed = Command::new(bin.path().join("chatferry")).output().ok();
    let installed = installed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    Some((installed, output))
}

#[cfg(target_os = "linux")]
#[test]
fn install_script_installs_the_package() {
    let Some((installed, output)) = install(|_| {}) else {
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        installed.as_deref(),
        Some(&*format!("chatferry {version}\n"))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn install_script_refuses_a_changed_package() {
    let tampered = install(|packages| {
        for item in fs::read_dir(packages).expect("a folder") {
            let path = item.expect("an item").path();
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(path)
                .expect("a file");
            file.write_all(b"\0").expect("written");
        }
    });
    let Some((installed, output)) = tampered else {
        return;
    };
    assert!(!output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was installed"));
    assert_eq!(installed, None);
}

#[test]
fn workflow_runs_the_scripts_that_there_are() {
    let workflow = root().join(".github/workflows/release.yml");
    let workflow = fs::read_to_string(workflow).expect("the workflow");
    let script = Regex::new(r"release/[\w.-]+\.(sh|py)").expect("a pattern");
    let named: BTreeSet<&str> = script
        .find_iter(&workflow)
        .map(|found| found.as_str())
        .collect();
    for name in &named {
        assert!(root().join(name).exists(), "{name}");
    }
    for name in [
        "linux-x86_64",
        "linux-aarch64",
        "windows-msvc",
        "macos",
        "container",
    ] {
        assert!(named.contains(&*format!("release/{name}.sh")), "{name}");
    }
}
