//! A story played with the real program: after each step two imports, the first of which leaves in
//! Close what the ledger expects, and the second of which writes nothing.

use std::collections::HashMap;
use std::fmt;

use super::compare::compare;
use super::folder::{Archive, Folder, LEADS, Tables};
use super::ledger::{Held, Ledger};
use super::story::{Act, Step, Story, Taken};
use crate::kit::Output;
use crate::truth::Conversation;
use crate::truth::conversation::{Content, MINUTE};
use crate::truth::recorded::{Recorded, State};
use crate::truth::sources::Program;

/// Different texts that an export made abroad must share with what is in Close: README wants three.
const SHARED_TEXTS: usize = 5;

/// What is wrong after a step.
#[derive(Debug, Clone)]
pub(super) struct Wrong {
    step: usize,
    what: String,
    details: String,
}

impl Wrong {
    /// The kind of fault, which a shorter story must have as well.
    pub(super) fn kind(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  step {}: {}\n{}", self.step, self.what, self.details)
    }
}

/// # Errors
/// What is wrong after the first step that goes wrong.
pub(super) fn play(story: &Story) -> Result<(), Wrong> {
    played(story).map(drop)
}

/// Plays a story; then the checkpoint is lost, or an earlier one is put back, and recovered each time. In the end an undo
/// deletes everything.
///
/// # Errors
/// As [`play`]; what a recovery leaves wrong; what the undo leaves.
pub(super) fn play_and_recover(story: &Story) -> Result<(), Wrong> {
    let mut player = played(story)?;
    let last = story.steps.last().map_or(0, |step| step.number);
    let wrong = |(what, details): Fault| Wrong {
        step: last,
        what,
        details,
    };
    // A checkpoint knows the shift of an export made abroad; without it a corrected zone explains the same.
    if !player.is_at_home() {
        return Ok(());
    }
    let own = player.folder.checkpoint();
    let mut earlier: Vec<usize> = player.copies.keys().copied().collect();
    earlier.sort_unstable();
    for step in earlier.into_iter().map(Some).chain([None]) {
        match step.and_then(|step| player.copies.get(&step)) {
            Some(copy) => player.folder.restore(copy),
            None => player.folder.world.forget(),
        }
        player.ledger.lose();
        let from = step.map_or("nothing".to_owned(), |step| {
            format!("the copy of step {step}")
        });
        player.recover(&from).map_err(wrong)?;
    }
    player.undo().map_err(wrong)?;
    player.folder.restore(&own);
    Ok(())
}

fn played(story: &Story) -> Result<Player, Wrong> {
    let truth = story.truth();
    let tables = Tables {
        is_group: truth.subject.is_some(),
        lead: 0,
        contact: 0,
        wrong_number: story.wrong_number,
        wrong_zone: story.wrong_zone,
        delete: story.delete,
        names: vec![0],
    };
    let mut player = Player {
        ledger: Ledger::new(&truth),
        folder: Folder::new(&tables),
        archives: Vec::new(),
        program: story.program,
        mixed: story.mixed,
        copies: HashMap::new(),
        names: Vec::new(),
        truth,
        tables,
    };
    for step in &story.steps {
        if player.shows_no_member(step) {
            break;
        }
        player.step(step).map_err(|(what, details)| Wrong {
            step: step.number,
            what,
            details,
        })?;
    }
    Ok(player)
}

struct Player {
    truth: Conversation,
    tables: Tables,
    folder: Folder,
    ledger: Ledger,
    archives: Vec<Archive>,
    program: Program,
    mixed: bool,
    /// The files of the checkpoint after each step.
    copies: HashMap<usize, Vec<(String, Vec<u8>)>>,
    /// The names of the chat, each with the instant from which on it has it.
    names: Vec<(i64, usize)>,
}

type Fault = (String, String);

impl Player {
    fn step(&mut self, step: &Step) -> Result<(), Fault> {
        if let Some(name) = step.renamed {
            self.names.push((step.now, name));
            if !self.tables.names.contains(&name) {
                self.tables.names.push(name);
            }
        }
        if let Act::CorrectLead { .. } = step.act {
            // What the archive shows for the first time is imported before the move.
            self.folder.write(&self.tables);
            self.put(&Taken::whole(self.program, step.now, step.number), false);
            self.imports()?;
        }
        self.act(step)?;
        self.imports()?;
        self.copies.insert(step.number, self.folder.checkpoint());
        Ok(())
    }

    /// Whether a step has an archive of a group in which its owner alone writes: it looks like a chat
    /// of two, and nothing that it contains shows the group.
    fn shows_no_member(&self, step: &Step) -> bool {
        let export = match &step.act {
            Act::Archive { taken, .. } => taken.export(),
            Act::CorrectZone | Act::CorrectLead { .. } => {
                Taken::whole(self.program, step.now, step.number).export()
            }
            _ => return false,
        };
        let is_by_member = |record: &Recorded| self.truth.messages[record.truth].author != 0;
        self.tables.is_group && !export.recorded(&self.truth).iter().any(is_by_member)
    }

    /// Two imports of what is there.
    fn imports(&mut self) -> Result<(), Fault> {
        self.ledger
            .import(&self.truth, &self.archives, &self.tables);
        let first = self.folder.import();
        self.check("the import", &first)?;
        let writes = self.folder.world.server.writes();
        let second = self.folder.import();
        self.check("the second import", &second)?;
        let more = self.folder.world.server.writes() - writes;
        if more > 0 {
            let what = "the second import writes".to_owned();
            return Err((what, format!("  {more} requests\n{}", second.stderr)));
        }
        Ok(())
    }

    /// Recovers a lost checkpoint as the creator of all messages, and undoes them. A former lead is named by nothing then: a
    /// move that was interrupted leaves messages there.
    fn undo(&self) -> Result<(), Fault> {
        let world = &self.folder.world;
        world.forget();
        let recovered = world.run(&["recover", "--claim", "--yes", "--json"]);
        if !matches!(recovered.code, Some(0 | 3)) {
            return Err(fault("recover --claim", &recovered));
        }
        let undone = world.run(&["undo", "--yes", "--json"]);
        let lead = LEADS[self.tables.lead];
        let messages = world.server.state.messages();
        let left = messages.iter().filter(|one| one.lead_id == lead).count();
        if undone.code != Some(0) || left > 0 {
            let when = format!("{left} messages after recover --claim and undo");
            let (what, details) = fault(&when, &undone);
            return Err((what, format!("{details}\n{}", recovered.stderr)));
        }
        Ok(())
    }

    /// Recovers the checkpoint: the next plan changes and posts nothing, and neither does an import.
    fn recover(&mut self, from: &str) -> Result<(), Fault> {
        let world = &self.folder.world;
        let before = world.server.writes();
        let recovered = world.run(&["recover", "--yes", "--json"]);
        let is_ended = matches!(recovered.code, Some(0 | 3));
        if !is_ended || recovered.stdout.contains("\"refused\"") {
            return Err(fault(&format!("recover from {from}"), &recovered));
        }
        let plan = world.run(&["plan", "--json"]);
        for name in ["created", "updated", "replaced", "deleted"] {
            if plan.number(name) > 0 {
                let when = format!("the plan after recover from {from} has {name}");
                let text = format!("{}{}", recovered.stderr, world.run(&["plan"]).stderr);
                let (what, details) = fault(&when, &plan);
                return Err((what, format!("{details}\n{text}")));
            }
        }
        let import = self.folder.import();
        let writes = self.folder.world.server.writes() - before;
        if writes > 0 {
            return Err(fault(
                &format!("{writes} writes of recover from {from} and the import after it"),
                &import,
            ));
        }
        self.check(&format!("the import after recover from {from}"), &import)
    }

    fn act(&mut self, step: &Step) -> Result<(), Fault> {
        match &step.act {
            Act::Archive { taken, beside } => self.put(taken, *beside),
            Act::CorrectNumber => self.tables.wrong_number = false,
            Act::CorrectZone => {
                self.tables.wrong_zone = false;
                self.put(&Taken::whole(self.program, step.now, step.number), false);
            }
            Act::CorrectContact => self.tables.contact = 1 - self.tables.contact,
            Act::CorrectLead { .. } => self.tables.lead = 1 - self.tables.lead,
            // A checkpoint knows the shift of an export made abroad; without it a corrected zone
            // explains the same.
            Act::LoseCheckpoint if self.is_at_home() => {
                self.folder.world.forget();
                self.ledger.lose();
            }
            Act::OldCheckpoint { of } if self.is_at_home() => {
                if let Some(copy) = self.copies.get(of) {
                    self.folder.restore(copy);
                    self.ledger.lose();
                }
            }
            Act::LoseCheckpoint | Act::OldCheckpoint { .. } => {}
            Act::SwitchDeletedSince => self.tables.delete = !self.tables.delete,
        }
        self.folder.write(&self.tables);
        if let Act::CorrectLead {
            interrupted: Some(interruption),
        } = &step.act
        {
            let run = self.folder.import_interrupted(*interruption);
            if !matches!(run.code, None | Some(0 | 3 | 4)) {
                return Err(fault("the interrupted import", &run));
            }
        }
        Ok(())
    }

    fn is_at_home(&self) -> bool {
        self.archives
            .iter()
            .all(|archive| archive.export.ahead == 0)
    }

    fn put(&mut self, taken: &Taken, beside: bool) {
        let mut taken = taken.clone();
        let is_wrong = self.tables.wrong_zone || self.tables.wrong_number;
        if taken.program == Program::Msgstore {
            taken.ahead = 0;
            // A database knows the number and the instants: the chat would be held, or the zone
            // inferred.
            if is_wrong {
                taken.program = Program::Android;
            }
        }
        let is_far = taken.ahead != 0 && (self.tables.wrong_zone || !self.is_known(&taken));
        if is_far {
            taken.ahead = 0;
        }
        if self.mixed {
            self.cut_between_minutes(&mut taken);
        }
        if !beside || self.archives.len() >= 3 {
            self.archives.clear();
            self.folder.clear();
        }
        let named = |(from, name): &(i64, usize)| (*from <= taken.moment).then_some(*name);
        let archive = Archive {
            export: taken.export(),
            name: self.names.iter().rev().find_map(named).unwrap_or(0),
            dated: taken.dated,
        };
        self.folder.put(&archive, &self.truth);
        self.archives.push(archive);
    }

    /// Moves the beginning of a cut export to that of a minute.
    fn cut_between_minutes(&self, taken: &mut Taken) {
        let Some(newest) = taken.newest.take() else {
            return;
        };
        let export = taken.export();
        let lines = export.lines(&self.truth);
        let minute = |place: usize| lines[place].at.div_euclid(MINUTE);
        let mut first = lines.len().saturating_sub(newest);
        while first > 0 && first < lines.len() && minute(first) == minute(first - 1) {
            first -= 1;
        }
        taken.newest = (first > 0).then_some(lines.len() - first);
    }

    /// Whether the export shares enough with what is in Close for its zone to be inferred.
    fn is_known(&self, taken: &Taken) -> bool {
        let shared = taken.export().recorded(&self.truth).into_iter();
        let is_shared = |record: &Recorded| {
            let message = &self.truth.messages[record.truth];
            matches!(&message.content, Content::Text(text) if text.starts_with("text"))
                && record.state == State::Plain
                && !record.in_repeated_hour
                && self.ledger.entries[record.truth].held == Held::Yes
        };
        shared.filter(is_shared).count() >= SHARED_TEXTS
    }

    fn check(&mut self, when: &str, run: &Output) -> Result<(), Fault> {
        if run.code != Some(0) {
            return Err(fault(&format!("{when} ends with {:?}", run.code), run));
        }
        for name in ["held", "failed", "undecided"] {
            let number = run.number(name);
            let allowed = match name {
                "undecided" => self.ledger.doubtful(),
                _ => 0,
            };
            if number > allowed {
                let plan = self.folder.world.run(&["plan"]);
                let details = format!("{number}\n{}\n{}", plan.stdout, plan.stderr);
                return Err((format!("{when} has {name}"), details));
            }
        }
        let server = &self.folder.world.server.state;
        if server.duplicates() > 0 {
            return Err(fault(&format!("{when} leaves an id twice on a lead"), run));
        }
        let found = server.messages();
        compare(&self.truth, &mut self.ledger, &found).map_err(|difference| {
            let details = format!("{difference}{}", run.stderr);
            (format!("{when} leaves Close wrong"), details)
        })
    }
}

fn fault(what: &str, run: &Output) -> Fault {
    let details = format!("  stdout: {}\n  stderr: {}", run.stdout, run.stderr);
    (what.to_owned(), details)
}
