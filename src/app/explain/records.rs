//! What the checkpoint records of a message.

use super::value::{RecordView, RunView};
use crate::app::error::Result;
use crate::app::output_time;
use crate::checkpoint::{MessageRow, RunId, Snapshot, State};

/// The records as views.
pub(super) fn views(snapshot: &Snapshot, rows: &[MessageRow]) -> Result<Vec<RecordView>> {
    rows.iter().map(|row| view(snapshot, row)).collect()
}

fn view(snapshot: &Snapshot, row: &MessageRow) -> Result<RecordView> {
    let run = |run: Option<RunId>| -> Result<Option<RunView>> {
        let times = run.map(|run| snapshot.run_times(run)).transpose()?;
        Ok(times.flatten().map(|times| RunView {
            run: times.number,
            command: times.command.map(String::from),
            started_at: output_time(times.started_at),
        }))
    };
    let recorded = run(Some(row.run))?;
    let is_undone =
        |run: &RunView| row.state == State::Absent && run.command.as_deref() == Some("undo");
    Ok(RecordView {
        external_id: row.external_id.to_string(),
        lead_id: row.lead_id.to_string(),
        state: row.state.word(),
        origin: row.origin.word(),
        activity_id: row.activity_id.as_ref().map(ToString::to_string),
        activity_at: output_time(row.activity_at),
        created: run(row.created_run)?,
        updated: run(snapshot.updated_run_of(row.id)?)?,
        undone: recorded.clone().filter(is_undone),
        recorded,
        attempts: row.attempts,
        failure: row.failure.as_deref().map(str::to_owned),
        refused: row.refused.as_deref().map(str::to_owned),
        changing: row.changing,
        reply_to: row.response_to.as_ref().map(ToString::to_string),
        linked: row.linked,
        files: row.media_count,
        alternate_ids: (snapshot.aliases_of_message(row.id)?.iter())
            .map(ToString::to_string)
            .collect(),
    })
}
