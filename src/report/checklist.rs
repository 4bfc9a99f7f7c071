//! The checklist of exports as a CSV table, and its totals. A [`ChecklistLine`] is its own view.

use crate::app::ChecklistLine;
use crate::quantity::{count, number};
use crate::table_cell;

/// The checklist as a CSV table, with a header if it has lines.
///
/// # Errors
///
/// Those of the CSV writer; writing to memory has none.
pub(crate) fn csv(lines: &[ChecklistLine]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(ChecklistLine {
            name: table_cell::written(&line.name).into_owned(),
            look: table_cell::written(&line.look).into_owned(),
            ..line.clone()
        })?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// The numbers of customers in a sentence: in Close, exported, still to export, and to check.
pub(crate) fn totals(lines: &[ChecklistLine]) -> String {
    let of = |word: &str| lines.iter().filter(|line| line.exported == word).count();
    let exported = of("yes");
    let perhaps = match of("perhaps") {
        0 => String::new(),
        perhaps => format!("{perhaps} perhaps, "),
    };
    let look = lines.iter().filter(|line| !line.look.is_empty()).count();
    format!(
        "{} in Close, {} exported, {perhaps}{} still to export, {} to check",
        count(lines.len() as u64, "customer"),
        number(exported as u64),
        number(of("no") as u64),
        number(look as u64)
    )
}

/// The next step as text: to export the chats that no archive has, or to plan if none is missing.
pub(crate) fn next(lines: &[ChecklistLine]) -> &'static str {
    let is_open = lines.iter().any(|line| line.exported == "no");
    match is_open {
        true => {
            "export the chats with `no` on the phone, copy them into its folder, then `chatferry init --update`"
        }
        false => "`chatferry plan`: every customer of this address book is exported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_and_totals() {
        let line = |name: &str, exported, look: &str| ChecklistLine {
            name: name.to_owned(),
            phone: "+353861234567".to_owned(),
            lead_id: Some("lead_1".into()),
            contact_id: "cont_1".into(),
            exported,
            look: look.to_owned(),
        };
        let mut lines = vec![
            line("Ben", "yes", "exported without media"),
            line("Cleo", "no", ""),
        ];
        assert_eq!(
            String::from_utf8(csv(&lines).expect("a table")).expect("UTF-8"),
            "name,phone,lead_id,contact_id,exported,look\n\
             Ben,+353861234567,lead_1,cont_1,yes,exported without media\n\
             Cleo,+353861234567,lead_1,cont_1,no,\n"
        );
        assert_eq!(
            totals(&lines),
            "2 customers in Close, 1 exported, 1 still to export, 1 to check"
        );
        lines.push(line("Dora", "perhaps", "a chat of this name is here"));
        assert_eq!(
            totals(&lines),
            "3 customers in Close, 1 exported, 1 perhaps, 1 still to export, 2 to check"
        );
    }
}
