//! One turn of one job: read the folder, plan, import or wait for approval, and the result.
//!
//! | state                        | next                                                          |
//! |------------------------------|---------------------------------------------------------------|
//! | folder not readable here     | left to other workers                                          |
//! | folder or key wrong          | the next turn, after the interval                              |
//! | a plan is approved           | import of exactly this plan                                    |
//! | plan with nothing to do      | import, which finishes what a run began                        |
//! | plan that needs approval     | the plan waits; the next turn plans again                      |
//! | any other plan               | import of this plan                                            |
//! | import refuses the plan (2)  | something changed since: plan again soon                       |
//! | stopped, no network (4), crash | again soon                                                   |
//!
//! Never here: which job is next, and the store.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::approval;
use super::child::{Children, Ended};
use super::event::Event;
use super::folder::{self, Folder, FolderProblem};
use super::jobs::{Taken, TurnEnd};
use super::keys::Found;
use super::worker::Worker;
use crate::checkpoint_location::StoreKey;
use crate::execute::Stop;

/// The exit status of a plan file that something has changed since, and of an error in a file.
const USAGE: i32 = 2;
const STOPPED: i32 = 4;

/// What follows from a turn.
pub(super) enum TurnResult {
    /// Its end, to be stored.
    Ended(Box<TurnEnd>),
    /// This worker cannot read the folder.
    Left(String),
}

/// Runs a turn.
pub(super) async fn run(
    worker: &Worker,
    taken: &Taken,
    key: &StoreKey,
    stop: &mut Stop,
) -> TurnResult {
    let place = taken.folder.clone();
    let (store_key, read) = (key.clone(), place.clone());
    let folder = tokio::task::spawn_blocking(move || folder::read(&read, &store_key)).await;
    let folder = match folder {
        Ok(Ok(folder)) => folder,
        Ok(Err(FolderProblem::Unreadable(problem))) => return TurnResult::Left(problem),
        Ok(Err(FolderProblem::Wrong(problem))) => return not_run(worker, taken, problem, None),
        Err(_) => return TurnResult::Left("the folder could not be read".to_owned()),
    };
    let key = match worker.keys.find(&folder.organization_id) {
        Ok(key) => key,
        Err(problem) => return not_run(worker, taken, problem, Some(&folder)),
    };
    let secret = match &key {
        Found::Variable(name) => (worker.keys.variable)(name),
        Found::File(_) => None,
    };
    let children = Children {
        program: &worker.program,
        file: &folder.file,
        key: &key,
        secret: secret.as_deref(),
    };
    let Ok(temporary) = tempfile::tempdir() else {
        return TurnResult::Left("no temporary folder".to_owned());
    };
    let path = temporary.path().join("plan.jsonl");
    let mut turn = Turn {
        worker,
        taken,
        children,
        path: &path,
        end: TurnEnd {
            organization_id: Some(folder.organization_id.clone()),
            digest: Some(folder.digest.clone()),
            ..TurnEnd::default()
        },
    };
    turn.carry_out(stop).await;
    turn.count_waiting(stop).await;
    TurnResult::Ended(Box::new(turn.end))
}

fn not_run(worker: &Worker, taken: &Taken, problem: String, folder: Option<&Folder>) -> TurnResult {
    let job = taken.id;
    worker.log(Event::NotRun {
        job,
        problem: &problem,
    });
    TurnResult::Ended(Box::new(TurnEnd {
        organization_id: folder.map(|folder| folder.organization_id.clone()),
        digest: folder.map(|folder| folder.digest.clone()),
        exit: Some(USAGE),
        problem: Some(problem),
        ..TurnEnd::default()
    }))
}

struct Turn<'t> {
    worker: &'t Worker,
    taken: &'t Taken,
    children: Children<'t>,
    /// Where the plan file is written.
    path: &'t Path,
    end: TurnEnd,
}

impl Turn<'_> {
    async fn carry_out(&mut self, stop: &mut Stop) {
        if let Some((plan, counts)) = &self.taken.approved {
            let deletions = counts.deletions();
            return match expanded(plan, self.path) {
                Ok(()) => self.import(deletions, stop).await,
                Err(problem) => self.fail(problem),
            };
        }
        let arguments = [OsString::from("plan"), "--out".into(), self.path.into()];
        let planned = self.run("plan", &arguments, stop).await;
        let counts = planned.counts.unwrap_or_default();
        if planned.counts.is_none() || planned.exit.is_none_or(|exit| exit != 0 && exit != 3) {
            self.end.again_after = is_passing(&planned).then(|| self.soon());
            return self.end_with(planned);
        }
        let Some(reason) = approval::reason(&counts) else {
            return self.import(0, stop).await;
        };
        match compressed(self.path) {
            Ok(plan) => {
                self.worker.log(Event::NeedsApproval {
                    job: self.taken.id,
                    reason,
                    plan: counts,
                });
                self.end.exit = planned.exit;
                self.end.plan = Some((plan, counts, reason));
            }
            Err(problem) => self.fail(problem),
        }
    }

    /// Imports the plan of the file.
    async fn import(&mut self, deletions: u64, stop: &mut Stop) {
        let arguments: [OsString; 6] = [
            "import".into(),
            "--yes".into(),
            "--plan".into(),
            self.path.into(),
            "--allow-deletes".into(),
            deletions.to_string().into(),
        ];
        let imported = self.run("import", &arguments, stop).await;
        let is_refused = imported.exit == Some(USAGE);
        self.end.again_after = (is_refused || is_passing(&imported)).then(|| self.soon());
        self.end.counts = imported.counts;
        self.end_with(imported);
    }

    /// The number of chats that a person has to decide about.
    async fn count_waiting(&mut self, stop: &mut Stop) {
        if stop.is_requested() {
            return;
        }
        let status = self.children.run(&["status".into()], false, stop).await;
        let chats = &status.summary["chats"];
        let number = |name: &str| chats[name].as_u64().unwrap_or(0);
        if chats.is_object() {
            self.end.waiting_chats = Some(number("held") + number("to_decide"));
        }
    }

    async fn run(&self, command: &'static str, arguments: &[OsString], stop: &mut Stop) -> Ended {
        let logs = command == "import";
        let ended = self.children.run(arguments, logs, stop).await;
        self.worker.log(Event::Ran {
            job: self.taken.id,
            command,
            exit: ended.exit,
            counts: ended.counts,
            problem: ended.problem.as_deref(),
        });
        ended
    }

    /// When a turn that did not come to its end is tried again, in seconds.
    fn soon(&self) -> f64 {
        self.worker.soon().as_secs_f64()
    }

    fn end_with(&mut self, ended: Ended) {
        self.end.exit = ended.exit;
        self.end.problem = ended.problem;
    }

    fn fail(&mut self, problem: String) {
        self.end.problem = Some(problem);
        self.end.again_after = Some(self.soon());
    }
}

/// Whether the same command may end in another way without a change by a person.
fn is_passing(ended: &Ended) -> bool {
    ended.exit.is_none_or(|exit| exit == STOPPED)
}

fn compressed(path: &Path) -> Result<Vec<u8>, String> {
    let problem = |error: std::io::Error| format!("the plan file cannot be read: {error}");
    let mut file = std::fs::File::open(path).map_err(problem)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    std::io::copy(&mut file, &mut encoder).map_err(problem)?;
    encoder.finish().map_err(problem)
}

fn expanded(plan: &[u8], path: &Path) -> Result<(), String> {
    let problem = |error: std::io::Error| format!("the plan file cannot be written: {error}");
    let mut file = std::fs::File::create(path).map_err(problem)?;
    let mut decoder = GzDecoder::new(plan);
    let mut block = vec![0; 1 << 16];
    loop {
        match decoder.read(&mut block).map_err(problem)? {
            0 => return file.flush().map_err(problem),
            read => file.write_all(&block[..read]).map_err(problem)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_file_is_the_same_after_compression() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("a"), folder.path().join("b"));
        let text = "{\"operation\":\"create\"}\n".repeat(10_000);
        std::fs::write(&one, &text).expect("written");
        let plan = compressed(&one).expect("compressed");
        assert!(plan.len() < text.len() / 10);
        expanded(&plan, &other).expect("written");
        assert_eq!(std::fs::read_to_string(&other).expect("read"), text);
        assert!(expanded(b"no plan", &other).is_err());
    }

    #[test]
    fn stops_and_crashes_are_tried_again_soon() {
        let ended = |exit| Ended {
            exit,
            ..Ended::default()
        };
        assert!(is_passing(&ended(None)) && is_passing(&ended(Some(4))));
        for exit in [0, 1, 2, 3, 5] {
            assert!(!is_passing(&ended(Some(exit))), "{exit}");
        }
    }
}
