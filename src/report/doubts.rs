//! Doubts about whole archives in the text of a plan.

use std::fmt::Write;

use crate::plan::Plan;
use crate::transform::desired::{Rule, Standing};

/// One line per doubt. Chats that contacts.csv leaves out and chats outside the selection are omitted;
/// private chats are among the former, so that no name of one appears.
pub(super) fn write(plan: &Plan, text: &mut String) -> std::fmt::Result {
    let mut heading = "Warning: look at these archives first";
    for chat in plan.chats.iter().map(|planned| &planned.chat) {
        let wanted = match chat.standing {
            Standing::LeftOut(rule) => rule == Rule::Groups,
            Standing::Ready(_) | Standing::Held(_) => true,
        };
        if !wanted || chat.private {
            continue;
        }
        for (archive, doubt) in &chat.doubts {
            if !heading.is_empty() {
                writeln!(text, "{}", std::mem::take(&mut heading))?;
            }
            let label = chat.archives.get(*archive as usize);
            let label = label.map_or("", String::as_str);
            writeln!(text, "  {label}: {}", doubt.describe())?;
        }
    }
    Ok(())
}
