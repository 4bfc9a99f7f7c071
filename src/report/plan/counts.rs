//! Messages of a chat or a plan in numbers, and the cost of a plan.

use serde::Serialize;

use crate::app::Planned;
use crate::chat::Kind;
use crate::plan::Totals;
use crate::quantity::duration;
use crate::routing::Rule;

/// Messages that have something in common.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Group {
    pub(super) what: &'static str,
    pub(super) messages: u64,
}

/// The estimate, at the pace of the configuration.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    pub(super) requests: u64,
    pub(super) uploads: u64,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) requests_per_second: f64,
    /// Whether it goes to a sandbox that is not paced: `seconds` are those of the same plan for Close.
    #[serde(skip)]
    pub(super) is_unpaced: bool,
}

/// Messages of a chat or of the plan, as in [`Totals`].
#[derive(Debug, Clone, Serialize)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) seen_again: u64,
    pub(super) distinct: u64,
    /// Left out by a rule other than the selection.
    pub(super) left_out: u64,
    pub(super) not_selected: u64,
    pub(super) held: u64,
    pub(super) desired: u64,
    pub(super) create: u64,
    pub(super) settle: u64,
    pub(super) restore: u64,
    pub(super) update: u64,
    pub(super) replace: u64,
    pub(super) begun: u64,
    pub(super) unchanged: u64,
    pub(super) adopt: u64,
    pub(super) gone: u64,
    pub(super) undecided: u64,
    pub(super) delete: u64,
    pub(super) relink: u64,
    pub(super) kept: u64,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Cost {
    pub(super) fn of(planned: &Planned<'_>) -> Cost {
        let estimate = &planned.estimate;
        Cost {
            requests: estimate.requests,
            uploads: estimate.uploads,
            bytes: estimate.bytes,
            seconds: estimate.seconds,
            requests_per_second: planned.pace,
            is_unpaced: planned.is_unpaced(),
        }
    }

    /// The time that it takes, and at which pace.
    pub(super) fn duration(&self) -> String {
        let at = format!(
            "about {} at {} requests a second",
            duration(self.seconds),
            self.requests_per_second
        );
        match self.is_unpaced {
            true => format!("a rehearsal: not paced; {at} against Close"),
            false => at,
        }
    }
}

impl Group {
    pub(super) fn of(what: &'static str, messages: u64) -> Group {
        Group { what, messages }
    }
}

impl Counts {
    pub(super) fn of(totals: &Totals) -> Counts {
        let not_selected = totals.not_selected();
        Counts {
            read: totals.read,
            seen_again: totals.seen_again,
            distinct: totals.distinct(),
            left_out: totals.skipped() - not_selected,
            not_selected,
            held: totals.held,
            desired: totals.desired,
            create: totals.create,
            settle: totals.settle,
            restore: totals.restore,
            update: totals.update,
            replace: totals.replace,
            begun: totals.begun,
            unchanged: totals.unchanged,
            adopt: totals.adopt,
            gone: totals.gone,
            undecided: totals.undecided,
            delete: totals.delete,
            relink: totals.relink,
            kept: totals.kept,
            files: totals.files,
            bytes: totals.bytes,
        }
    }
}

/// Distinct messages by kind, in the order of [`Kind::ALL`].
pub(super) fn kinds(totals: &Totals) -> Vec<Group> {
    let of_kind = |kind: &Kind| Some(Group::of(kind.word(), *totals.kinds.get(kind)?));
    Kind::ALL.iter().filter_map(of_kind).collect()
}

/// Distinct messages that are left out, by the name of the rule.
pub(super) fn rules(totals: &Totals, name: fn(Rule) -> &'static str) -> Vec<Group> {
    let rules = totals.left_out.iter();
    rules
        .map(|(rule, messages)| Group::of(name(*rule), *messages))
        .collect()
}
