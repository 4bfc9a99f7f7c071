//! verify.csv, read back: the findings that a repair is limited to.
//!
//! Belongs here: the check of columns and rows, and which findings of a comparison the rows are. Columns that are not
//! known are ignored, so that people may add their own. A mistake ends the command, with file and line.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use crate::app::error::{Error, Result};
use crate::app::verify::Verification;
use crate::app::verify::found::Found;
use crate::app::verify::items::Leads;
use crate::checkpoint::Snapshot;
use crate::ids::{ExternalId, LeadId};
use crate::people::contacts::Contacts;
use crate::people::small_table;
use crate::plan::compare::{Field, Finding};
use crate::plan::repair::{OnLead, Unfixed};
use crate::plan::{Plan, Selection};

/// The columns that identify a finding.
const COLUMNS: [&str; 4] = ["finding", "external_id", "lead_id", "field"];

/// A finding without its message.
type Kind = (Finding, Option<Field>);

/// The findings of a table.
pub(super) struct Table {
    /// The name of the file.
    file: String,
    /// Their messages, with the line of each finding.
    rows: HashMap<OnLead, Vec<(Kind, u32)>>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// A usage error with file and line.
    pub(super) fn read(path: &Path) -> Result<Table> {
        let file = path.display().to_string();
        let bytes = fs::read(path)
            .map_err(|error| Error::usage(format!("{file}: cannot be read: {error}")))?;
        let parsed = small_table::Table::read(&bytes, &file);
        let parsed = parsed.map_err(|problems| {
            let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Error::usage(texts.join("\n"))
        })?;
        let mut columns = [0; COLUMNS.len()];
        for (column, name) in columns.iter_mut().zip(COLUMNS) {
            *column = parsed.column(name).ok_or_else(|| {
                Error::usage(format!(
                    "{file}:1: has no column `{name}`; write the table again with `chatferry verify --out {file}`"
                ))
            })?;
        }
        let mut rows: HashMap<OnLead, Vec<(Kind, u32)>> = HashMap::new();
        for (line, cells) in &parsed.rows {
            let cell = |index: usize| cells.get(columns[index]).map_or("", String::as_str);
            let row = row([cell(0), cell(1), cell(2), cell(3)]);
            let (kind, on_lead) =
                row.map_err(|what| Error::usage(format!("{file}:{line}: {what}")))?;
            rows.entry(on_lead).or_default().push((kind, *line));
        }
        Ok(Table { file, rows })
    }

    /// The leads of the rows; `None` without rows.
    pub(super) fn leads(&self) -> Option<BTreeSet<LeadId>> {
        let leads: BTreeSet<LeadId> = self.rows.keys().map(|(lead, _)| lead.clone()).collect();
        (!leads.is_empty()).then_some(leads)
    }

    /// The messages with a row about the bytes of a file.
    pub(super) fn bytes_of(&self) -> HashSet<OnLead> {
        let is_of_bytes = |kinds: &[(Kind, u32)]| {
            kinds
                .iter()
                .any(|(kind, _)| kind.1 == Some(Field::FileBytes))
        };
        let rows = self.rows.iter().filter(|(_, kinds)| is_of_bytes(kinds));
        rows.map(|(on_lead, _)| on_lead.clone()).collect()
    }

    /// Whether a row has this finding.
    pub(super) fn has(&self, found: &Found) -> bool {
        let rows = self
            .rows
            .get(&(found.lead_id.clone(), found.external_id.clone()));
        let kind = (found.finding, found.field);
        rows.is_some_and(|rows| rows.iter().any(|(one, _)| *one == kind))
    }

    /// The rows whose finding the comparison does not have: any more, or since their message is not selected.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn over(
        &self,
        result: &Verification,
        (selection, plan): (&Selection, &Plan),
        snapshot: Option<&Snapshot>,
    ) -> Result<Vec<Unfixed>> {
        let compared = self.compared(selection, plan, snapshot)?;
        let found: HashSet<(&LeadId, &ExternalId, Kind)> = (result.found.iter())
            .map(|found| {
                (
                    &found.lead_id,
                    &found.external_id,
                    (found.finding, found.field),
                )
            })
            .collect();
        let mut over: Vec<(u32, Unfixed)> = Vec::new();
        for (on_lead, kinds) in &self.rows {
            for (kind, line) in kinds {
                if !found.contains(&(&on_lead.0, &on_lead.1, *kind)) {
                    let is_compared =
                        (compared.as_ref()).is_none_or(|compared| compared.contains(on_lead));
                    let is_unread =
                        kind.1 == Some(Field::FileBytes) && result.bytes_unread.contains(on_lead);
                    let is_compared = is_compared && !is_unread;
                    let why = match (is_compared, is_unread) {
                        (true, _) => "no longer holds",
                        (false, true) => "could not be checked: Close does not give the file",
                        (false, false) => "is not in the selection of this command",
                    };
                    let unfixed = Unfixed {
                        on_lead: on_lead.clone(),
                        why: format!("{}:{line}: `{}` {why}", self.file, kind.0.word()),
                        is_over: is_compared,
                    };
                    over.push((*line, unfixed));
                }
            }
        }
        over.sort_by_key(|(line, _)| *line);
        Ok(over.into_iter().map(|(_, unfixed)| unfixed).collect())
    }

    /// The messages of the rows that were compared; `None`: all, since nothing is selected.
    fn compared(
        &self,
        selection: &Selection,
        plan: &Plan,
        snapshot: Option<&Snapshot>,
    ) -> Result<Option<HashSet<OnLead>>> {
        let is_limited = selection.device.is_some() || selection.chat.is_some();
        if !is_limited && selection.lead.is_none() {
            return Ok(None);
        }
        let leads = Leads::of(plan, snapshot, is_limited)?;
        let rows = self.leads().unwrap_or_default();
        let mut compared = HashSet::new();
        for lead in leads.all(selection.lead.as_ref()) {
            if rows.contains(&lead) {
                let items = leads.of_lead(&lead, snapshot)?.items.into_iter();
                let items = items.map(|item| (lead.clone(), item.external_id));
                compared.extend(items.filter(|on_lead| self.rows.contains_key(on_lead)));
            }
        }
        Ok(Some(compared))
    }

    /// Refuses rows whose message is not one of this migration.
    ///
    /// # Errors
    ///
    /// A usage error with file and line.
    pub(super) fn require_known(
        &self,
        result: &Verification,
        (plan, snapshot, contacts): (&Plan, Option<&Snapshot>, &Contacts),
    ) -> Result<()> {
        self.require_leads((plan, snapshot, contacts))?;
        let mut open: HashMap<&ExternalId, Vec<&OnLead>> = HashMap::new();
        for on_lead in self.rows.keys() {
            open.entry(&on_lead.1).or_default().push(on_lead);
        }
        for found in &result.found {
            open.remove(&found.external_id);
        }
        if open.is_empty() {
            return Ok(());
        }
        for chat in &plan.chats {
            chat.messages.with(|messages| {
                for planned in messages {
                    open.remove(&planned.message.external_id);
                }
            });
        }
        let mut unknown: Vec<u32> = Vec::new();
        for on_lead in open.into_values().flatten() {
            let recorded = snapshot.map(|snapshot| snapshot.lookup(&on_lead.1, &on_lead.0));
            if recorded.transpose()?.flatten().is_none() {
                unknown.extend(self.rows[on_lead].iter().map(|(_, line)| *line));
            }
        }
        self.refuse(unknown)
    }

    /// Refuses rows whose lead neither contacts.csv, nor the plan, nor the checkpoint has.
    fn require_leads(
        &self,
        (plan, snapshot, contacts): (&Plan, Option<&Snapshot>, &Contacts),
    ) -> Result<()> {
        let known = Leads::of(plan, snapshot, false)?;
        let mapped: HashSet<&LeadId> = (contacts.rows().iter())
            .filter_map(|row| row.lead_id.as_ref())
            .collect();
        let is_unknown = |lead: &LeadId| !mapped.contains(lead) && !known.has(lead);
        let rows = self.rows.iter().filter(|((lead, _), _)| is_unknown(lead));
        self.refuse(rows.flat_map(|(_, kinds)| kinds.iter().map(|(_, line)| *line)))
    }

    fn refuse(&self, lines: impl IntoIterator<Item = u32>) -> Result<()> {
        match lines.into_iter().min() {
            None => Ok(()),
            Some(line) => Err(Error::usage(format!(
                "{}:{line}: no message of this migration has this external_id on this lead_id; remove the row, or use the table of this migration",
                self.file
            ))),
        }
    }
}

/// A row: finding, external id, lead and field; else what is wrong.
fn row([finding, external_id, lead_id, field]: [&str; 4]) -> Result<(Kind, OnLead), String> {
    let known = Finding::ALL.into_iter().find(|one| one.word() == finding);
    let known = known.filter(|one| !matches!(one, Finding::Same | Finding::Foreign));
    let Some(known) = known else {
        return Err(format!(
            "`{finding}` is no finding of `chatferry verify`; copy the row again"
        ));
    };
    if external_id.is_empty() || lead_id.is_empty() {
        return Err("has no external_id or no lead_id; copy the row again".to_owned());
    }
    let of_field = match (known, field) {
        (Finding::Drifted, name) => match Field::ALL.into_iter().find(|one| one.word() == name) {
            Some(field) => Some(field),
            None => {
                return Err(format!(
                    "`{name}` is no field of a message; copy the row again"
                ));
            }
        },
        _ => None,
    };
    let on_lead = (LeadId::from(lead_id), ExternalId::from(external_id));
    Ok(((known, of_field), on_lead))
}
