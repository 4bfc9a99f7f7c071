//! The result of `match` as text: the rows that got something, the totals, what is left to do.
//!
//! [`LookupResult`] is its own view; [`LookupNumbers`] are the summary object of `match --json`.

use crate::app::{LookupNumbers, LookupResult, RowResult};
use crate::quantity::{count, number};
use crate::report::screen::{self, Page, State, Text};

/// The number of names in one line, or of rows in a group, that are shown without `--details`.
const SHOWN: usize = 12;

/// The rows of `table` (contacts.csv) in groups: filled in, for a person to decide, not found in Close, skipped; and the
/// users, if none fits: only if the table was written. Before them the numbers for contacts.
pub(crate) fn page(result: &LookupResult, table: &str, has_details: bool) -> Page {
    let mut page = Page::new();
    let mut group = |heading: Text, rows: &[RowResult], is_done: bool| {
        if rows.is_empty() {
            return;
        }
        page.line(heading.then(format!(": {}", count(rows.len() as u64, "row"))));
        if is_done && !has_details {
            let names = rows.iter().take(SHOWN);
            let names: Vec<String> = names.map(|row| screen::name(&row.name)).collect();
            page.hanging(format!("  {}{}", names.join(", "), more(rows.len())), 2);
            return;
        }
        let shown = if has_details { rows.len() } else { SHOWN };
        for row in rows.iter().take(shown) {
            page.line(line(row, table, has_details));
        }
        if rows.len() > shown {
            page.line(format!(" {}: `--details`", more(rows.len())));
        }
    };
    let plain = Text::from;
    let waiting = |heading| Text::state(State::Waiting, heading);
    group(plain("Numbers for contacts in Close"), &result.added, false);
    if result.not_written.is_some() {
        return page;
    }
    group(Text::state(State::Done, "Filled in"), &result.rows, true);
    group(waiting("Needs a decision"), &result.questions, false);
    group(waiting("Not found in Close"), &result.not_found, false);
    if result.numbers.left_out > 0 {
        page.line(format!(
            "Skipped: {} that {} not imported, private, or of a colleague",
            count(result.numbers.left_out, "row"),
            if result.numbers.left_out == 1 {
                "is"
            } else {
                "are"
            }
        ));
    }
    if !result.users.is_empty() {
        page.line("Users in Close; none has the name of a `me` row, whose user_id is empty");
    }
    for (name, id) in &result.users {
        page.line(format!("  {id}  {name}"));
    }
    page
}

/// ` and 3 more`, if a group has more than are shown.
fn more(all: usize) -> String {
    match all.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {} more", number(more as u64)),
    }
}

/// The next step. `real`: in a dry run, the command without `--dry-run`.
pub(crate) fn next(result: &LookupResult, table: &str, real: Option<&str>) -> String {
    let numbers = &result.numbers;
    let does = numbers.filled + numbers.phones + numbers.created + numbers.added;
    if let Some(real) = real.filter(|_| does > 0) {
        format!("`{real}` does this")
    } else if let Some(candidates) = &result.candidates {
        format!(
            "copy the right ids from {} into {table}, then `chatferry doctor`",
            candidates.display()
        )
    } else if result.marked > 0 {
        "`chatferry match --create-missing`".to_owned()
    } else if numbers.questions + numbers.not_found + numbers.open > 0 {
        format!("complete these rows of {table}, then `chatferry match` again")
    } else {
        "`chatferry doctor`, then `chatferry plan`".to_owned()
    }
}

fn line(row: &RowResult, table: &str, has_details: bool) -> String {
    let RowResult { line, name, values } = row;
    let name = match has_details {
        true => name.clone(),
        false => screen::name(name),
    };
    match values.as_slice() {
        [] => format!("  {table}:{line}: {name}"),
        values => format!("  {table}:{line}: {name}: {}", values.join(", ")),
    }
}

/// The totals and what is left to do, a paragraph each.
pub(crate) fn notes(result: &LookupResult, table: &str, dry_run: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if result.not_written.is_none() {
        notes.extend(totals(&result.numbers, result.rows.len() as u64, dry_run));
        notes.extend(left_to_do(result, table));
    }
    if result.marked > 0 {
        notes.push(format!(
            "{} marked `create` and not in Close: `chatferry match --create-missing` creates their leads",
            count(result.marked, "row"),
        ));
    }
    notes
}

/// `rows`: the number of rows that got something, as in their heading.
fn totals(numbers: &LookupNumbers, rows: u64, dry_run: bool) -> Vec<String> {
    let LookupNumbers {
        filled,
        phones,
        questions,
        not_found,
        open: _,
        complete,
        left_out,
        created,
        failed,
        added,
        not_added,
    } = numbers;
    let (filled_in, made) = match dry_run {
        true => ("would be filled in", "would be created"),
        false => ("filled in", "made"),
    };
    let with_ids = if *filled == rows { 0 } else { *filled };
    let parts = [
        (with_ids, "of them with ids of Close", false),
        (*phones, "with a number of the address book", false),
        (*complete, "filled in before", false),
        (*questions, "to decide", true),
        (*not_found, "not found in Close", true),
        (*left_out, "not looked up", false),
    ];
    let parts = parts
        .iter()
        .filter(|(value, _, is_always)| *value > 0 || *is_always);
    let parts = parts.map(|(value, what, _)| format!(", {} {what}", number(*value)));
    let rows = count(rows, "row");
    let mut totals = vec![format!("{rows} {filled_in}{}", parts.collect::<String>())];
    if *created > 0 || *failed > 0 {
        totals.push(format!(
            "{} {made}, {} whose lead could not be created",
            count(*created, "lead"),
            count(*failed, "row"),
        ));
    }
    if *added > 0 || *not_added > 0 {
        let verb = match dry_run {
            true => "would be added to contacts",
            false => "added to contacts",
        };
        totals.push(format!(
            "{} {verb}, {} whose number could not be added",
            count(*added, "number"),
            count(*not_added, "row"),
        ));
    }
    totals
}

fn left_to_do(result: &LookupResult, table: &str) -> Vec<String> {
    let mut left = Vec::new();
    if let Some(candidates) = &result.candidates {
        left.push(format!(
            "{} lists the candidates; copy the ids of the right one into {table}",
            candidates.display()
        ));
    }
    if result.numbers.not_found > 0 {
        left.push("For contacts that are not found, correct `phone`, or create the lead and contact in Close, and run it again; or set `import` to `create`, and `chatferry match --create-missing` creates both.".to_owned());
    }
    if result.numbers.open > 0 {
        left.push(format!(
            "{} of owners and groups to fill in by hand: the owner's `user_id`, and a group's lead and contact",
            count(result.numbers.open, "row")
        ));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Error;

    fn row(line: u32, name: &str, values: &[&str]) -> RowResult {
        RowResult {
            line,
            name: name.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    fn result() -> LookupResult {
        LookupResult {
            numbers: LookupNumbers {
                filled: 1,
                open: 2,
                left_out: 1,
                ..LookupNumbers::default()
            },
            rows: vec![row(3, "Ben", &["lead_1", "cont_1"])],
            questions: vec![row(5, "Chris", &[])],
            not_found: vec![row(4, "Nina", &[]), row(6, "Paula", &[])],
            added: Vec::new(),
            users: vec![("Anna Keller".to_owned(), "user_1".into())],
            candidates: Some("candidates.csv".into()),
            marked: 1,
            not_written: None,
            not_finished: None,
            stopped: None,
        }
    }

    #[test]
    fn rows_totals_and_next_steps() {
        let result = result();
        let shown = "\
Filled in: 1 row
  contacts.csv:3: Ben: lead_1, cont_1
Needs a decision: 1 row
  contacts.csv:5: Chris
Not found in Close: 2 rows
  contacts.csv:4: Nina
  contacts.csv:6: Paula
Skipped: 1 row that is not imported, private, or of a colleague
Users in Close; none has the name of a `me` row, whose user_id is empty
  user_1  Anna Keller";
        assert_eq!(page(&result, "contacts.csv", true).plain(), shown);
        let names = page(&result, "contacts.csv", false).plain();
        assert!(
            names.starts_with("Filled in: 1 row\n  Ben\nNeeds"),
            "{names}"
        );
        assert_eq!(
            notes(&result, "contacts.csv", true),
            [
                "1 row would be filled in, 0 to decide, 0 not found in Close, 1 not looked up",
                "candidates.csv lists the candidates; copy the ids of the right one into contacts.csv",
                "2 rows of owners and groups to fill in by hand: the owner's `user_id`, and a group's lead and contact",
                "1 row marked `create` and not in Close: `chatferry match --create-missing` creates their leads",
            ]
        );
    }

    #[test]
    fn rows_that_were_not_written_are_not_shown() {
        let result = LookupResult {
            not_written: Some(Error::usage("contacts.csv: cannot be written")),
            ..result()
        };
        assert!(page(&result, "contacts.csv", true).is_empty());
        assert_eq!(notes(&result, "contacts.csv", false).len(), 1);
    }
}
