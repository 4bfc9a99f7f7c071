//! The result of `match` as text: the rows that got something, the totals, what is left to do.
//!
//! [`LookupResult`] is its own view; [`LookupNumbers`] are the summary object of `match --json`.

use crate::app::{LookupNumbers, LookupResult, RowResult};
use crate::quantity::count;

/// The rows of `table` (contacts.csv) in groups: filled in, for a person to decide, not found in Close; and the
/// users, if none fits: only if the table was written. Before them the numbers for contacts.
pub(crate) fn rows(result: &LookupResult, table: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if !result.added.is_empty() {
        lines.push("Numbers for contacts in Close".to_owned());
        lines.extend(result.added.iter().map(|row| line(row, table)));
    }
    if result.not_written.is_some() {
        return lines;
    }
    for (heading, rows) in [
        ("Filled in", &result.rows),
        ("Needs a decision", &result.questions),
        ("Not found in Close", &result.not_found),
    ] {
        lines.extend((!rows.is_empty()).then(|| heading.to_owned()));
        lines.extend(rows.iter().map(|row| line(row, table)));
    }
    if !result.users.is_empty() {
        lines.push(
            "Users in Close; none has the name of a `me` row, whose user_id is empty".to_owned(),
        );
    }
    let users = result.users.iter();
    lines.extend(users.map(|(name, id)| format!("  {id}  {name}")));
    lines
}

fn line(row: &RowResult, table: &str) -> String {
    let RowResult { line, name, values } = row;
    match values.as_slice() {
        [] => format!("  {table}:{line}: {name}"),
        values => format!("  {table}:{line}: {name}: {}", values.join(", ")),
    }
}

/// The totals and what is left to do, a paragraph each.
pub(crate) fn notes(result: &LookupResult, table: &str, dry_run: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if result.not_written.is_none() {
        notes.extend(totals(&result.numbers, dry_run));
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

fn totals(numbers: &LookupNumbers, dry_run: bool) -> Vec<String> {
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
    let mut totals = vec![format!(
        "{} {filled_in}, {phones} with a number of the address book, {complete} filled in before, {questions} to decide, {not_found} not found in Close, {left_out} not looked up",
        count(*filled, "row"),
    )];
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
        assert_eq!(
            rows(&result, "contacts.csv"),
            [
                "Filled in",
                "  contacts.csv:3: Ben: lead_1, cont_1",
                "Needs a decision",
                "  contacts.csv:5: Chris",
                "Not found in Close",
                "  contacts.csv:4: Nina",
                "  contacts.csv:6: Paula",
                "Users in Close; none has the name of a `me` row, whose user_id is empty",
                "  user_1  Anna Keller",
            ]
        );
        assert_eq!(
            notes(&result, "contacts.csv", true),
            [
                "1 row would be filled in, 0 with a number of the address book, 0 filled in before, 0 to decide, 0 not found in Close, 0 not looked up",
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
        assert!(rows(&result, "contacts.csv").is_empty());
        assert_eq!(notes(&result, "contacts.csv", false).len(), 1);
    }
}
