//! The series of imports whose checkpoints are kept.
//!
//! Here belongs which scenarios are imported how often; never how their exports come about
//! (`scenarios`) or how what they leave is packed (`fixture`).

use crate::scenarios::{Databases, Group, Scenario};
use crate::sequences::History;

use super::fixture;

/// What happens between two imports in one series at least.
pub(super) const CHANGES: &[&str] = &[
    "cut",
    "append",
    "edit",
    "delete",
    "media",
    "renumber",
    "language",
    "platform",
    "jitter",
    "rename",
    "date order",
    "turned",
    "split",
    "zone",
    "number",
    "text and msgstore.db",
    "ChatStorage.sqlite",
    "legacy/msgstore.db",
    "subject",
    "second phone",
];

/// Seeds of histories, and how often each is imported.
const HISTORIES: [(u64, usize); 22] = [
    (0, 4),
    (1, 4),
    (2, 1),
    (3, 1),
    (4, 2),
    (5, 2),
    (6, 3),
    (7, 3),
    (8, 4),
    (9, 4),
    (10, 5),
    (11, 5),
    (12, 6),
    (13, 6),
    (14, 8),
    (15, 8),
    (163, 4),
    (204, 4),
    (460, 4),
    (1257, 4),
    (1310, 4),
    (1873, 10),
];

/// Seeds of groups, and how often each is imported.
const GROUPS: [(u64, usize); 4] = [(0, 2), (1, 3), (2, 4), (3, 4)];

/// One series.
pub(super) struct Series {
    pub(super) name: String,
    /// The one of its kind that every test run writes.
    pub(super) stands_for_its_kind: bool,
    scenario: Box<dyn Scenario>,
    imports: usize,
}

/// All series.
pub(super) fn series() -> Vec<Series> {
    let history = |(seed, imports)| Series {
        name: format!("history-{seed:04}"),
        stands_for_its_kind: seed == 0,
        scenario: Box::new(History::new(seed)),
        imports,
    };
    let databases = |seed| Series {
        name: format!("database-{seed}"),
        stands_for_its_kind: seed == 0,
        scenario: Box::new(Databases::new(seed)),
        imports: 3,
    };
    let group = |(seed, imports)| Series {
        name: format!("group-{seed}"),
        stands_for_its_kind: seed == 0,
        scenario: Box::new(Group::new(seed)),
        imports,
    };
    (HISTORIES.into_iter().map(history))
        .chain((0..Databases::SERIES).map(databases))
        .chain(GROUPS.into_iter().map(group))
        .collect()
}

impl Series {
    /// Imports the series, and gives the file of what it leaves.
    pub(super) fn run(mut self) -> Vec<u8> {
        let world = self.scenario.world();
        let mut story = "first".to_owned();
        for import in 0..self.imports {
            if import > 0 {
                let changes = self.scenario.advance(&world);
                story = format!("{story}; {}", changes.join(", "));
            }
            let run = world.import().exits(0);
            for name in ["held", "undecided"] {
                assert_eq!(
                    run.number(name),
                    0,
                    "{}: {story}\n{}",
                    self.name,
                    run.stderr
                );
            }
        }
        fixture::pack(&world, &story)
    }
}
