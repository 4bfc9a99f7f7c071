//! Values that one module makes and no other changes.
//!
//! Reads the source text: every `&mut` of a desired value, outside of tests and comments.

use std::sync::LazyLock;

use regex::Regex;

use super::{room, sources, without_tests_and_comments};

/// The modules that may borrow a desired value to change it: the transformation, and the plan, which takes chats and
/// messages over as drafts. Nothing changes the whole once it is made.
fn may_change(module: &str, value: &str) -> bool {
    match module {
        "transform" => true,
        "plan" => value != "Desired",
        _ => false,
    }
}

/// The desired values that a source text borrows to change them.
fn changed(text: &str) -> Vec<String> {
    static BORROWED: LazyLock<Regex> = LazyLock::new(|| {
        let borrowed = r"&(?:'\w+ )?mut (?:PackedVec<|Vec<|\[)?(Desired(?:Chat|Message)?)\b";
        Regex::new(borrowed).expect("the expression is valid")
    });
    let code = without_tests_and_comments(text);
    (BORROWED.captures_iter(&code))
        .map(|found| found[1].to_owned())
        .collect()
}

#[test]
fn desired_values_are_changed_by_transformation_and_plan_only() {
    let mut wrong = Vec::new();
    for (file, text) in &sources() {
        let module = room(file);
        for value in changed(text) {
            if !may_change(&module, &value) {
                wrong.push(format!("src/{}: &mut {value}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mutable_borrows_of_desired_values_are_found() {
    let found = changed(
        "fn f(a: &mut Desired, b: &'d mut [DesiredMessage], c: &mut Vec<DesiredChat>) {}\n",
    );
    assert_eq!(found, ["Desired", "DesiredMessage", "DesiredChat"]);
    assert!(changed("fn f(a: &Desired) {} // &mut Desired\n").is_empty());
}
