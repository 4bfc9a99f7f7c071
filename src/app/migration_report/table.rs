//! The table of chats as CSV. Chats that nothing names are one row per reason.

use chrono::NaiveDate;

use super::MigrationReport;
use super::sums::Sums;
use crate::app::error::{Error, Exit, Result};
use crate::ids::LeadId;
use crate::table_cell;

/// The header.
pub(super) const HEADER: &str = "device,chat,first,last,cut,chats,archives,lines,read,seen_again,messages,left_out,held,in_close,to_change,removed,failed,unknown,to_post,undecided,held_because,lead";

/// The report as a CSV table: a row for each chat.
///
/// # Errors
///
/// Those of the CSV writer; writing to memory has none.
pub(crate) fn csv(report: &MigrationReport) -> Result<Vec<u8>> {
    let write = || -> std::result::Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER.split(','))?;
        for device in &report.devices {
            for chat in &device.chats {
                let texts = Texts {
                    device: &device.name,
                    chat: &chat.name,
                    first: date(chat.first),
                    last: date(chat.last),
                    cut: chat.cut.as_deref().unwrap_or_default(),
                    held: chat.held.as_deref().unwrap_or_default(),
                    // The id where a lead has no page.
                    lead: (chat.lead_url.as_deref())
                        .or(chat.lead_id.as_ref().map(LeadId::as_str))
                        .unwrap_or_default(),
                };
                writer.write_record(texts.row(&chat.sums))?;
            }
            for unnamed in &device.unnamed {
                let texts = Texts {
                    device: &device.name,
                    held: unnamed.what,
                    ..Texts::default()
                };
                writer.write_record(texts.row(&unnamed.sums))?;
            }
        }
        writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))
    };
    write().map_err(|error| Error::with(Exit::Internal, error.to_string()))
}

#[derive(Default)]
struct Texts<'t> {
    device: &'t str,
    chat: &'t str,
    first: String,
    last: String,
    cut: &'t str,
    /// Why it is held or left out.
    held: &'t str,
    lead: &'t str,
}

impl Texts<'_> {
    fn row(&self, sums: &Sums) -> Vec<String> {
        let cell = |text: &str| table_cell::written(text).into_owned();
        let texts = [self.device, self.chat, &self.first, &self.last, self.cut];
        let numbers = [
            sums.chats,
            sums.archives,
            sums.lines,
            sums.read,
            sums.seen_again,
            sums.distinct(),
            sums.left_out,
            sums.held,
            sums.in_close,
            sums.to_change,
            sums.removed,
            sums.failed,
            sums.unknown,
            sums.to_post,
            sums.undecided,
        ];
        (texts.into_iter().map(cell))
            .chain(numbers.iter().map(u64::to_string))
            .chain([self.held, self.lead].into_iter().map(cell))
            .collect()
    }
}

fn date(day: Option<NaiveDate>) -> String {
    day.map_or_else(String::new, |day| day.format("%Y-%m-%d").to_string())
}
