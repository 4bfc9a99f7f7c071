//! Every command of README and of the guide, with the output that the page shows.
//!
//! A block of the language `console` is run: after `$ ` a command, then lines of its output, in order; `…` stands for
//! anything, and lines may be left out. `# status 3` behind a command is its exit status. What a person types follows the
//! prompt. Commands run in a copy of the samples; `<!-- world: exports -->` before a block takes their archives only, and
//! each such comment begins anew. Of a block of the language `sh`, the flags of the program are checked.

mod picture;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chatferry::sandbox::Seed;

use crate::documents::markdown::{Block, Document};
use crate::kit::Server;
use crate::samples::copy;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chatferry");
/// Prompts of the program; what follows on the line is typed.
const PROMPTS: [&str; 2] = ["[y/N] ", "to continue: "];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the samples, with a sandbox that has their leads.
struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new(world: &str) -> Place {
        let folder = crate::kit::folder();
        copy(&root().join("samples"), folder.path());
        let contacts = fs::read_to_string(folder.path().join("contacts.csv")).expect("contacts");
        let seed = Seed::from_contacts_csv(&contacts).expect("a seed");
        match world {
            "samples" => {}
            "exports" => {
                for name in ["chatferry.toml", "contacts.csv", "README.md"] {
                    fs::remove_file(folder.path().join(name)).expect("a file of the samples");
                }
            }
            other => panic!("no world is called {other}"),
        }
        let server = Server::start(seed, |options| {
            options.limits_off = false;
            options.keep_bytes = true;
        });
        Place { folder, server }
    }

    /// Runs a command line at a terminal: exit status and what it shows.
    fn run(&self, line: &str, typed: &str) -> (Option<i32>, String) {
        let bin = Path::new(PROGRAM).parent().expect("its folder").display();
        let mut child = Command::new("/usr/bin/script")
            .args(["--quiet", "--return", "--command", line, "/dev/null"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs([
                ("PATH", format!("{bin}:/usr/bin:/bin").as_str()),
                ("SHELL", "/bin/sh"),
                ("NO_COLOR", "1"),
                ("CLOSE_API_KEY", "api_sandbox.key"),
                ("CLOSE_BASE_URL", &self.server.base_url),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a terminal");
        let mut keyboard = child.stdin.take().expect("a keyboard");
        keyboard.write_all(typed.as_bytes()).expect("typed");
        // `script` ends with the program; the end of its input would be typed as well.
        let output = child.wait_with_output().expect("an end");
        drop(keyboard);
        let shown = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        (output.status.code(), shown.replace('\r', "\n"))
    }
}

/// A command with what its page shows of it.
struct Example {
    line: usize,
    command: String,
    shown: Vec<String>,
}

fn examples(block: &Block) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (number, line) in block.lines.iter().enumerate() {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push(Example {
                line: block.line + number,
                command: command.to_owned(),
                shown: Vec::new(),
            }),
            (None, Some(last)) if last.command.ends_with('\\') => {
                last.command.pop();
                last.command.push_str(line.trim_start());
            }
            (None, Some(last)) => last.shown.push(line.clone()),
            (None, None) => panic!("line {}: no command", block.line),
        }
    }
    examples
}

/// Whether the pieces between `…` are in the line, in order.
fn fits(shown: &str, line: &str) -> bool {
    let mut rest = line;
    shown
        .split('…')
        .all(|piece| match rest.split_once(piece.trim()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

/// Runs the examples of a page.
fn check(page: &str) {
    let document = Document::read(root().join(page));
    let mut place = None;
    for block in document.blocks() {
        match block.language.as_str() {
            "console" => {}
            "sh" => {
                check_flags(page, &block);
                continue;
            }
            _ => continue,
        }
        if let Some(world) = &block.world {
            place = Some(Place::new(world));
        }
        let place = place.get_or_insert_with(|| Place::new("samples"));
        for example in examples(&block) {
            check_example(page, place, &example);
        }
    }
}

fn check_example(page: &str, place: &Place, example: &Example) {
    let (mut typed, mut shown) = (String::new(), Vec::new());
    for line in &example.shown {
        let prompt = PROMPTS.iter().find_map(|prompt| {
            let (before, answer) = line.split_once(prompt)?;
            Some((format!("{before}{}", prompt.trim_end()), answer))
        });
        match prompt {
            Some((prompt, answer)) => {
                typed.push_str(&format!("{answer}\n"));
                shown.push(prompt);
            }
            None => shown.push(line.clone()),
        }
    }
    let status = example
        .command
        .split_once("# status ")
        .map_or(0, |(_, status)| {
            status.trim().parse().expect("an exit status")
        });
    let (code, output) = place.run(&example.command, &typed);
    let at = format!("{page}:{}: `{}`", example.line, example.command);
    assert_eq!(code, Some(status), "{at}\n{output}");
    let lines: Vec<&str> = output.lines().collect();
    let mut next = 0;
    for line in shown.iter().filter(|line| !line.trim().is_empty()) {
        // A prompt and the next output may be on one line.
        let found = lines[next..].iter().position(|shown| fits(line, shown));
        let Some(found) = found else {
            panic!("{at} does not show\n{line}\nbut\n{output}");
        };
        next += found;
    }
}

/// The flags of commands that are not run, as they change what a test must not change, or never end.
fn check_flags(page: &str, block: &Block) {
    for (number, line) in block.lines.iter().enumerate() {
        let command = line
            .split_once(" #")
            .map_or(line.as_str(), |(line, _)| line);
        let Some(at) = command.find("chatferry ") else {
            continue;
        };
        let is_program = at == 0 || command[..at].ends_with(' ');
        if !is_program || command.starts_with("cargo ") {
            continue;
        }
        let bin = Path::new(PROGRAM).parent().expect("its folder").display();
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("{} --help", &command[at..])])
            .env("PATH", format!("{bin}:/usr/bin:/bin"))
            .output()
            .expect("a shell");
        assert!(
            output.status.success(),
            "{page}:{}: {line}\n{}",
            block.line + number,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A test for each page, and their list.
macro_rules! pages {
    ($($name:ident = $page:literal,)+) => {
        $(#[test]
        fn $name() {
            check($page);
        })+

        const PAGES: &[&str] = &[$($page),+];
    };
}

pages! {
    commands_of_readme_run = "README.md",
    commands_of_check_and_undo_run = "docs/guide/check-and-undo.md",
    commands_of_contacts_and_address_books_run = "docs/guide/contacts-and-address-books.md",
    commands_of_containers_run = "docs/guide/containers.md",
    commands_of_databases_and_backups_run = "docs/guide/databases-and-backups.md",
    commands_of_faq_run = "docs/guide/faq.md",
    commands_of_fleet_run = "docs/guide/fleet.md",
    commands_of_first_migration_run = "docs/guide/first-migration.md",
    commands_of_going_live_run = "docs/guide/going-live.md",
    commands_of_groups_run = "docs/guide/groups.md",
    commands_of_later_exports_run = "docs/guide/later-exports.md",
    commands_of_object_storage_run = "docs/guide/object-storage.md",
    commands_of_privacy_and_consent_run = "docs/guide/privacy-and-consent.md",
    commands_of_review_page_run = "docs/guide/review-page.md",
    commands_of_several_phones_run = "docs/guide/several-phones.md",
    commands_of_shared_checkpoint_run = "docs/guide/shared-checkpoint.md",
    commands_of_troubleshooting_run = "docs/guide/troubleshooting.md",
    commands_of_trust_run = "docs/guide/trust.md",
    commands_of_unattended_run = "docs/guide/unattended.md",
}

#[test]
fn every_page_of_the_guide_is_run() {
    let folder = fs::read_dir(root().join("docs/guide")).expect("the guide");
    let there: BTreeSet<PathBuf> = folder.map(|item| item.expect("a page").path()).collect();
    let run = PAGES.iter().map(|page| root().join(page));
    assert_eq!(run.skip(1).collect::<BTreeSet<_>>(), there);
}
