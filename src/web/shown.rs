//! What a job shows before its question and at its end: text, or a view that becomes sections of a page.

use std::sync::Arc;

use crate::report;
use crate::report::html::Sections;
use crate::report::plan::PlanView;
use crate::report::undo::UndoView;
use crate::report::verify::{RepairPlanView, VerifyView};

/// What a job shows. Cloning it is cheap.
#[derive(Debug, Clone, Default)]
pub(super) enum Shown {
    /// Nothing yet.
    #[default]
    Nothing,
    /// Text.
    Text(String),
    /// A plan.
    Plan(Arc<PlanView>),
    /// A verification, after a repair with the steps of that.
    Verification(Arc<VerifyView>, Option<Arc<RepairPlanView>>),
    /// The plan of a repair.
    Repair(Arc<RepairPlanView>),
    /// What an undo would delete.
    Undo(Arc<UndoView>),
}

impl Shown {
    /// The text; empty for a view.
    pub(super) fn text(&self) -> &str {
        match self {
            Shown::Text(text) => text,
            _ => "",
        }
    }

    /// The sections of a page of it, counted from 1.
    pub(super) fn sections(&self, page: usize) -> Sections {
        match self {
            Shown::Nothing | Shown::Text(_) => Sections::default(),
            Shown::Plan(view) => report::plan::sections(view, page),
            Shown::Verification(view, repair) => {
                let mut sections = report::verify::sections(view);
                if let Some(repair) = repair {
                    sections
                        .all
                        .extend(report::verify::repair_sections(repair).all);
                }
                sections
            }
            Shown::Repair(view) => report::verify::repair_sections(view),
            Shown::Undo(view) => report::undo::sections(view, page),
        }
    }
}
