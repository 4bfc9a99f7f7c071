//! The view and the text of small plans.

use serde_json::json;

use super::questions::{CandidateView, Cause, OpenQuestion, Questions};
use super::text::text;
use super::{Commands, PlanView, before_question, page};
use crate::app::{Migration, PlanOrder, Planned, Unattended, plan};
use crate::config::Overrides;
use crate::native::NoKeys;
use crate::plan::Selection;
use crate::report::places::Places;

/// Rows of contacts.csv: an owner, a chat to import, a chat that is left out, a private one.
const CONTACTS: &str = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n\
    *,Anna,me,+4915112345678,,,user_a,\n\
    Ben,Ben,contact,+353861234567,lead_b,cont_b,,\n\
    Cleo,Cleo,contact,+353861234568,lead_c,cont_c,,no\n\
    Dora,Dora,contact,,,,,private\n";

/// The offline plan of these chats, as a view.
fn view(chats: &[(&str, &str)]) -> PlanView {
    let root = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: &str| {
        std::fs::write(root.path().join(file), text).expect("written");
    };
    let settings = "[source]\narchives = [\"*.txt\"]\ntimezone = \"Europe/Berlin\"\nowner = [\"Anna\"]\n\
        [import]\ncontacts = \"contacts.csv\"\n";
    write("chatferry.toml", settings);
    write("contacts.csv", CONTACTS);
    for (name, text) in chats {
        write(&format!("WhatsApp Chat with {name}.txt"), text);
    }
    let file = root.path().join("chatferry.toml");
    let mut observer = Unattended::default();
    let mut migration =
        Migration::open(&file, &Overrides::default(), &NoKeys, &mut observer).expect("opened");
    let order = PlanOrder {
        selection: Selection::default(),
        out: None,
        offline: true,
        flags: crate::policy::RunFlags::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let outcome = plan(&mut migration, order, None, &mut observer);
    let outcome = runtime.block_on(outcome).expect("planned");
    PlanView::of(&Planned::of(&outcome.plan, &migration.settings, None))
}

fn everything() -> PlanView {
    view(&[
        (
            "Ben",
            "13/03/2024, 10:15 - Ben: hello\n13/03/2024, 10:16 - Anna: <Media omitted>\n",
        ),
        ("Cleo", "13/03/2024, 10:15 - Cleo: hello\n"),
        ("Dora", "13/03/2024, 10:15 - Dora: hello\n"),
        ("Edda", "13/03/2024, 10:15 - Edda: hello\n"),
    ])
}

#[test]
fn plan_as_text() {
    let shown = "\
To import
  default: Ben  to lead_b
      2 messages: 2 to create
Held, until you decide
  default: Edda (1 message)
      contacts.csv does not give its lead_id, contact_id, phone; fill in the row of this chat
Left out
  default: Cleo (1 message, import_no): `import = no` in contacts.csv
  1 private chat (1 message)
To check: imported with a placeholder, or read with doubts
  1 time: the export left the file out
      WhatsApp Chat with Ben.txt:2
Messages
  5 read = 5 distinct + 0 seen again
  by kind: 4 text, 1 media_omitted
  5 distinct = 2 left out + 1 held + 2 desired
  left out by rule: 1 import_no, 1 private
  2 desired = 2 to create + 0 unchanged
About 5 requests and 0 uploads (0 bytes); about 0.2 s at 10 requests a second";
    assert_eq!(text(&everything()), shown);
}

#[test]
fn plan_as_a_screen() {
    let shown = "\
To import: 1 chat
  chat          post
  default: Ben     2
Held, until you decide: 1 chat, 1 message
  default: Edda (1 message)
      contacts.csv does not give its lead_id, contact_id, phone; fill in the row of this chat
Left out by rule: 2 messages (1 import_no, 1 private); 1 chat as a whole, 1 private chat
To check: 1 message with a placeholder, or read with doubts (`--details`)
Plan: 2 to post, 0 to change, 0 to delete; 1 chat waits for you; about 0.2 s at 10 requests a second";
    assert_eq!(page(&everything(), false).plain(), shown);
}

#[test]
fn deletions_name_their_flag() {
    let mut view = everything();
    view.deletes = 2;
    let text = page(&view, false).plain();
    let shown = "Deletes 2 messages in Close; import with `--allow-deletes 2`\nPlan: 2 to post, 0 to change, 2 to delete";
    assert!(text.contains(shown), "{text}");
    let next = view.next(&commands());
    assert_eq!(next, "`chatferry import --allow-deletes 2`");
}

fn commands() -> Commands {
    Commands {
        plan: "chatferry plan".to_owned(),
        import: "chatferry import".to_owned(),
        is_offline: false,
        has_details: false,
        is_selected: false,
    }
}

#[test]
fn next_step_is_never_the_command_of_its_own_screen() {
    let mut view = everything();
    view.is_empty = true;
    let details = Commands {
        has_details: true,
        ..commands()
    };
    assert_eq!(
        view.next(&commands()),
        "`chatferry plan --details` shows why each waits and what to do"
    );
    assert_eq!(
        view.next(&details),
        "resolve what waits, as shown above, then `chatferry import`"
    );
}

#[test]
fn plan_with_nothing_in_close_does_not_lead_to_verify() {
    let mut view = everything();
    view.is_empty = true;
    view.held.clear();
    view.totals.undecided = 0;
    view.totals.unchanged = 0;
    let selected = Commands {
        plan: "chatferry plan --limit 0".to_owned(),
        is_selected: true,
        ..commands()
    };
    assert_eq!(
        view.next(&selected),
        "`chatferry plan` shows the chats that are not selected here"
    );
    assert!(view.next(&commands()).starts_with("none, unless"));
    view.totals.unchanged = 3;
    assert!(view.next(&selected).starts_with("`chatferry verify`"));
}

#[test]
fn nothing_to_do_has_a_line_for_each_kind_that_waits() {
    let mut view = everything();
    view.is_empty = true;
    let shown = "\
Held, until you decide: default: Edda (1 message): contacts.csv does not give its lead_id, contact_id, phone; fill in the row of this chat
Nothing to import yet: 1 message is held until you decide; 2 left out by rule.";
    assert_eq!(page(&view, false).plain(), shown);
}

#[test]
fn plan_as_json() {
    let view = serde_json::to_value(everything()).expect("JSON");
    assert_eq!(view["chats"][0]["lead_id"], "lead_b");
    assert_eq!(view["chats"][0]["counts"]["create"], 2);
    assert_eq!(view["summary"]["created"], 2);
    assert_eq!(
        view["held"],
        json!([{
            "device": "default",
            "name": "Edda",
            "messages": 1,
            "code": "mapping",
            "why": "contacts.csv does not give its lead_id, contact_id, phone; fill in the row of this chat",
        }])
    );
    assert_eq!(
        view["left_out"],
        json!({
            "chats": [{
                "device": "default",
                "name": "Cleo",
                "messages": 1,
                "rule": "import_no",
                "why": "`import = no` in contacts.csv",
            }],
            "private": {"chats": 1, "messages": 1},
            "not_selected": {"chats": 0, "messages": 0},
        })
    );
    assert_eq!(
        view["to_check"][0]["places"],
        json!({"count": 1, "first": ["WhatsApp Chat with Ben.txt:2"]})
    );
    assert_eq!(view["kinds"][0], json!({"what": "text", "messages": 4}));
}

#[test]
fn questions_as_text() {
    let mut view = everything();
    let places = Places::of(5, (1..=7).map(|line| format!("Ben.txt:{line}")));
    view.chats[0].questions = Questions {
        causes: vec![Cause {
            code: "edited",
            why: "edited; unclear",
            places,
        }],
        open: vec![OpenQuestion {
            location: "Ben.txt:1".to_owned(),
            rows: vec!["cf1-a,same,acti_1".to_owned(), "cf1-a,leave,".to_owned()],
            candidates: vec![CandidateView {
                id: "acti_1".to_owned(),
                at: "2024-03-13T09:15:00Z".to_owned(),
                direction: Some("incoming"),
                location: None,
            }],
        }],
        more: 1,
    };
    let shown = "      2 messages: 2 to create
      undecided: 7 messages: edited; unclear: Ben.txt:1, Ben.txt:2, Ben.txt:3, Ben.txt:4, Ben.txt:5 and 2 more
      to settle one of them, add one of its rows to decisions.csv (message,decision,of)
        Ben.txt:1
          cf1-a,same,acti_1
          cf1-a,leave,
            acti_1: 2024-03-13T09:15:00Z, incoming
        and 1 more
Held, until you decide";
    let text = text(&view);
    assert!(text.contains(shown), "{text}");
}

#[test]
fn view_contains_no_text_and_no_private_name() {
    let view = serde_json::to_string(&everything()).expect("JSON");
    assert!(view.contains("Edda"), "{view}");
    assert!(!view.contains("hello") && !view.contains("Dora"), "{view}");
}

#[test]
fn destination_is_next_to_the_question() {
    let mut view = everything();
    view.into = Some("Sandbox".to_owned());
    view.into_name = view.into.clone();
    let text = before_question(&view, false).plain();
    assert!(text.ends_with("\nInto Sandbox"), "{text}");
    view.is_empty = true;
    let text = before_question(&view, false).plain();
    assert!(
        text.starts_with("Into Sandbox\n") && text.ends_with('.'),
        "{text}"
    );
}

/// Two chats, of which one lacks a number as well, had a line each of one kind.
#[test]
fn held_chats_with_different_gaps_share_the_line_of_their_kind() {
    let mut view = view(&[
        ("Edda", "13/03/2024, 10:15 - Edda: hello\n"),
        (
            "+353 86 123 4599",
            "13/03/2024, 10:15 - +353 86 123 4599: hello\n",
        ),
    ]);
    view.is_empty = true;
    let shown = page(&view, false).plain();
    let held: Vec<&str> = (shown.lines())
        .filter(|line| line.starts_with("Held"))
        .collect();
    assert_eq!(
        held,
        [
            "Held, until you decide: default: +353 86 123 4599 (1 message; no lead_id, contact_id), \
             default: Edda (1 message; no lead_id, contact_id, phone): \
             contacts.csv does not give what is named with each; fill in the row of each chat"
        ]
    );
}
