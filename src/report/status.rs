//! The text of [`Status`], which is its own view: the fields are the keys of `status --json`. The answer first, then what
//! it consists of, then the next command.

use crate::app::{Chats, LastRun, Messages, Status, absent_checkpoint_sentence};
use crate::quantity::{count, number};

/// The progress of a migration as text: the state first, then a line for each part, then the next
/// command.
pub(crate) fn text(status: &Status) -> String {
    let mut lines = vec![answer(status)];
    lines.extend(fields(status));
    lines.push(format!("Next: {}", status.next));
    lines.join("\n")
}

/// The same lines for a page: the name and the value of each.
pub(crate) fn lines(status: &Status) -> Vec<(String, String)> {
    let line = |name: &str, value: String| (name.to_owned(), value);
    let fields = fields(status).into_iter().map(|field| {
        let (name, value) = field.split_at_checked(VALUE).unwrap_or((&field, ""));
        line(name.trim_end(), value.to_owned())
    });
    std::iter::once(line("State", answer(status)))
        .chain(fields)
        .chain([line("Next", status.next.clone())])
        .collect()
}

/// The column in which the values begin.
const VALUE: usize = 22;

/// What the answer consists of: a name and a value in columns.
fn fields(status: &Status) -> Vec<String> {
    let (messages, recorded) = (
        count(status.in_close, "message"),
        count(status.chats_recorded, "chat"),
    );
    let path = &status.checkpoint;
    let mut lines = vec![chats(&status.chats)];
    if status.chats.several_names > 0 {
        let chats = count(status.chats.several_names, "chat");
        lines.push(format!(
            "One number            {chats} of several names with one phone in contacts.csv; `chatferry plan --details` names them"
        ));
    }
    lines.extend(status.messages.as_ref().map(self::messages));
    lines.extend((!status.is_read()).then(|| {
        "Archives              none can be read (`chatferry plan` shows why); the chats are those of the checkpoint"
            .to_owned()
    }));
    lines.extend((status.unnamed > 0).then(|| {
        let archives = count(status.unnamed, "archive");
        format!("Archives              {archives} of no device; `chatferry plan` names them")
    }));
    lines.push(match &status.base_url {
        _ if !status.has_checkpoint => {
            let sentence = absent_checkpoint_sentence(&status.checkpoint);
            format!("In Close              not known. {sentence}")
        }
        None => format!("In Close              {messages} of {recorded} ({path})"),
        Some(url) => format!("In Close              {messages} of {recorded} ({path}, {url})"),
    });
    if status.left_behind > 0 {
        let messages = count(status.left_behind, "message");
        lines.push(format!(
            "Left out later        {messages} in Close that are left out now; `chatferry plan --details` lists them"
        ));
    }
    lines.extend(open(status));
    lines.push(format!(
        "Last run              {}",
        match &status.last_run {
            Some(run) => last_run(run),
            None if !status.has_checkpoint => "not known".to_owned(),
            None => "none yet".to_owned(),
        }
    ));
    if let (Some(at), Some(command)) = (&status.unfinished_undo, &status.unfinished_command) {
        lines.push(format!("Not finished          `{command}` of {at}"));
    }
    lines
}

/// How far the migration is, in one sentence.
fn answer(status: &Status) -> String {
    let waiting = match status.chats.held + status.chats.to_decide {
        0 => String::new(),
        1 => "; 1 chat waits for you".to_owned(),
        chats => format!("; {} wait for you", count(chats, "chat")),
    };
    let Some(messages) = &status.messages else {
        return format!("The archives cannot be compared with Close{waiting}");
    };
    let Messages {
        desired,
        unchanged,
        removed,
        ..
    } = messages;
    let rest = [
        (messages.create, "to post"),
        (messages.update + messages.replace, "to change"),
        (messages.undecided, "undecided"),
        (*removed, "removed there"),
    ];
    let rest: Vec<String> = (rest.iter())
        .filter(|(rest, _)| *rest > 0)
        .map(|(rest, what)| format!("{} {what}", number(*rest)))
        .collect();
    match (*desired, rest.as_slice()) {
        (1.., rest) if !status.has_checkpoint => {
            format!("No import is recorded here; {}{waiting}", rest.join(", "))
        }
        (0, _) => match status.chats.held + status.chats.to_decide {
            0 => "Nothing to import: no message of these archives is meant for Close".to_owned(),
            _ => format!("Nothing can be imported yet{waiting}"),
        },
        (desired, []) => format!("In Close: all of {}{waiting}", count(desired, "message")),
        (desired, rest) => format!(
            "In Close: {} of {}; {}{waiting}",
            number(unchanged.saturating_sub(*removed)),
            count(desired, "message"),
            rest.join(", ")
        ),
    }
}

fn chats(chats: &Chats) -> String {
    let Chats {
        ready,
        held,
        waiting,
        to_decide,
        excluded,
        private,
        done,
        several_names: _,
        incomplete: _,
        changed: _,
    } = chats;
    let waiting = match waiting {
        0 => String::new(),
        waiting => format!("; {} of the ready ones not started", number(*waiting)),
    };
    let held = held_suffix(*held);
    let [ready, to_decide, excluded, private, done] =
        [*ready, *to_decide, *excluded, *private, *done].map(number);
    format!(
        "Chats                 {ready} ready{held}, {to_decide} to decide, {excluded} excluded, {private} private, {done} done{waiting}"
    )
}

fn messages(messages: &Messages) -> String {
    let Messages {
        distinct: _,
        left_out,
        held,
        desired,
        create,
        update,
        replace,
        unchanged,
        removed,
        undecided,
    } = messages;
    let parts = [
        (*removed, "removed there"),
        (update + replace, "to change"),
        (*undecided, "undecided"),
    ];
    let there = unchanged - removed;
    let rest = [(*held, "held"), (*left_out, "left out")];
    let list = |parts: &[(u64, &str)]| -> String {
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        parts
            .map(|(messages, what)| format!(", {} {what}", number(*messages)))
            .collect()
    };
    format!(
        "Messages              {} to be in Close: {} there, {} to post{}{}",
        number(*desired),
        number(there),
        number(*create),
        list(&parts),
        list(&rest).replacen(", ", "; ", 1)
    )
}

fn held_suffix(held: u64) -> String {
    match held {
        0 => String::new(),
        held => format!(", {} held", number(held)),
    }
}

/// Messages that are not in Close as they should be; `None` if there are none.
fn open(status: &Status) -> Option<String> {
    let open = [
        (status.failed, "failed"),
        (status.refused, "with a rejected update"),
        (status.unknown, "whose outcome is unknown"),
        (status.removed, "removed in Close"),
    ];
    let open: Vec<String> = (open.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(messages, what)| format!("{} {what}", number(*messages)))
        .collect();
    (!open.is_empty()).then(|| format!("Open                  {}", open.join(", ")))
}

fn last_run(run: &LastRun) -> String {
    format!(
        "{} to {}, {}, {} created{}",
        run.started_at,
        run.ended.as_deref().unwrap_or("?"),
        run.outcome,
        number(run.created),
        held_suffix(run.held)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status {
            chats: Chats {
                ready: 3,
                waiting: 1,
                to_decide: 2,
                ..Chats::default()
            },
            messages: Some(Messages {
                distinct: 21,
                left_out: 2,
                desired: 19,
                create: 7,
                unchanged: 12,
                ..Messages::default()
            }),
            unreadable: Some(0),
            unnamed: 0,
            chats_recorded: 1,
            in_close: 12,
            failed: 2,
            refused: 0,
            unknown: 1,
            removed: 0,
            left_behind: 0,
            undone: 0,
            base_url: Some("https://api.close.com/api/v1".to_owned()),
            last_run: None,
            unfinished_undo: None,
            unfinished_command: None,
            next: "`chatferry import`".to_owned(),
            has_checkpoint: true,
            checkpoint: std::path::Path::new("chatferry.db").into(),
        }
    }

    #[test]
    fn first_status_as_text() {
        let shown = "\
In Close: 12 of 19 messages; 7 to post; 2 chats wait for you
Chats                 3 ready, 2 to decide, 0 excluded, 0 private, 0 done; 1 of the ready ones not started
Messages              19 to be in Close: 12 there, 7 to post; 2 left out
In Close              12 messages of 1 chat (chatferry.db, https://api.close.com/api/v1)
Open                  2 failed, 1 whose outcome is unknown
Last run              none yet
Next: `chatferry import`";
        assert_eq!(text(&status()), shown);
    }

    #[test]
    fn complete_migration_is_one_sentence() {
        let status = Status {
            chats: Chats::default(),
            messages: Some(Messages {
                desired: 1_234,
                unchanged: 1_234,
                ..Messages::default()
            }),
            ..status()
        };
        assert_eq!(answer(&status), "In Close: all of 1,234 messages");
    }

    #[test]
    fn archives_that_cannot_be_read_are_named() {
        let status = Status {
            messages: None,
            unreadable: None,
            ..status()
        };
        let shown = text(&status);
        assert!(
            shown.contains("Archives              none can be read"),
            "{shown}"
        );
        assert!(!shown.contains("Messages  "), "{shown}");
    }

    #[test]
    fn interrupted_run_has_no_end() {
        let run = LastRun {
            started_at: "2024-03-13T09:15:00Z".to_owned(),
            ended: None,
            outcome: "interrupted",
            created: 4,
            held: 1,
        };
        let shown = "2024-03-13T09:15:00Z to ?, interrupted, 4 created, 1 held";
        assert_eq!(last_run(&run), shown);
    }

    #[test]
    fn path_of_the_checkpoint_is_not_in_the_json() {
        let status = serde_json::to_value(status()).expect("JSON");
        assert_eq!(status["chats"]["to_decide"], 2);
        assert!(status.get("checkpoint").is_none(), "{status}");
    }
}
