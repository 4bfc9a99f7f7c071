//! The contents of the local Close after `demo`, by lead: counted by the sandbox, not by the importer.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::quantity::{bytes, count, number};

/// What arrived in the local Close of `demo`, by lead.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Arrived {
    leads: BTreeMap<String, Lead>,
    messages: u64,
    duplicates: u64,
}

/// The messages on a lead.
#[derive(Debug, Default, Serialize)]
struct Lead {
    /// Its chat in contacts.csv.
    chat: Option<String>,
    incoming: u64,
    outgoing: u64,
    files: u64,
    bytes: u64,
    reply_links: u64,
}

/// A message in the local Close of `demo`, as far as it is counted.
pub(crate) struct ArrivedMessage<'m> {
    /// The lead that the message is on, `lead_…`.
    pub(crate) lead_id: &'m str,
    /// Whether the contact sent it.
    pub(crate) is_incoming: bool,
    /// Whether it is linked to a reply target.
    pub(crate) is_reply: bool,
    /// The number of its files.
    pub(crate) files: u64,
    /// The total size of its files, in bytes.
    pub(crate) bytes: u64,
}

impl Arrived {
    /// Counts these messages by lead. `duplicates`: the number of surplus messages; `chat_of`: the
    /// chat that contacts.csv has for a lead, if any.
    pub(crate) fn of<'m>(
        messages: impl Iterator<Item = ArrivedMessage<'m>>,
        duplicates: u64,
        chat_of: impl Fn(&str) -> Option<String>,
    ) -> Arrived {
        let mut arrived = Arrived {
            duplicates,
            ..Arrived::default()
        };
        for message in messages {
            arrived.messages += 1;
            let lead = (arrived.leads)
                .entry(message.lead_id.to_owned())
                .or_insert_with_key(|lead| Lead {
                    chat: chat_of(lead),
                    ..Lead::default()
                });
            lead.incoming += u64::from(message.is_incoming);
            lead.outgoing += u64::from(!message.is_incoming);
            lead.files += message.files;
            lead.bytes += message.bytes;
            lead.reply_links += u64::from(message.is_reply);
        }
        arrived
    }

    /// The counts as text, a line for each lead.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![format!(
            "In the local Close: {} on {}, {} duplicated",
            count(self.messages, "message"),
            count(self.leads.len() as u64, "lead"),
            number(self.duplicates)
        )];
        for (id, lead) in &self.leads {
            let chat = lead.chat.as_ref();
            lines.push(format!(
                "  {}{id}: {} incoming, {} outgoing, {} ({}), {}",
                chat.map_or_else(String::new, |chat| format!("{chat}, ")),
                number(lead.incoming),
                number(lead.outgoing),
                count(lead.files, "file"),
                bytes(lead.bytes),
                count(lead.reply_links, "reply link"),
            ));
        }
        lines.join("\n")
    }
}

/// The commands that do the same as `demo` step by step, in its folder.
pub(crate) fn steps(program: &str, folder: &str) -> String {
    format!(
        "To do the same step by step, in one terminal\n  \
         cd {folder}\n  \
         {program} sandbox --port 8080 --contacts contacts.csv\n\
         and in another\n  \
         cd {folder}\n  \
         CLOSE_API_KEY=api_sandbox.key {program} import --base-url http://127.0.0.1:8080/api/v1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_by_lead() {
        let message = |lead_id, is_incoming, files, bytes| ArrivedMessage {
            lead_id,
            is_incoming,
            is_reply: !is_incoming,
            files,
            bytes,
        };
        let messages = [
            message("lead_2", true, 0, 0),
            message("lead_1", true, 2, 1_500),
            message("lead_1", false, 0, 0),
        ];
        let chat_of = |lead: &str| (lead == "lead_1").then(|| "Ben".to_owned());
        let arrived = Arrived::of(messages.into_iter(), 1, chat_of);
        assert_eq!(
            arrived.text(),
            "In the local Close: 3 messages on 2 leads, 1 duplicated\n  \
             Ben, lead_1: 1 incoming, 1 outgoing, 2 files (1.5 kB), 1 reply link\n  \
             lead_2: 1 incoming, 0 outgoing, 0 files (0 bytes), 0 reply links"
        );
        let view = serde_json::to_value(&arrived).expect("JSON");
        assert_eq!(view["leads"]["lead_1"]["bytes"], 1_500);
    }
}
