//! The view and the text of runs.

use serde_json::json;

use super::{RunView, page};
use crate::app::Finished;
use crate::coded::Explanation;
use crate::execute::{FailedMessage, HeldChat, Summary};
use crate::plan::{Locations, Totals};
use crate::routing::Rule;
use crate::transform::desired::Held;

fn failed(message: usize, text: &str) -> FailedMessage {
    FailedMessage {
        chat: 0,
        message,
        external_id: "cf1-a".into(),
        lead_id: "lead_1".into(),
        code: "close_400".to_owned(),
        text: Explanation::without_remedy(text),
    }
}

fn view(totals: &Totals, summary: &Summary) -> RunView {
    RunView::of(&Finished {
        totals,
        summary,
        locations: &Locations::default(),
        seconds: 61.2,
    })
}

fn mixed() -> RunView {
    let totals = Totals {
        unchanged: 2,
        duplicates: 1,
        left_out: [(Rule::NotSelected, 3), (Rule::System, 4)].into(),
        ..Totals::default()
    };
    let summary = Summary {
        created: 5,
        uploads: 1,
        upload_bytes: 1_500,
        found: 1,
        failed: vec![failed(0, "x; y"), failed(1, "z"), failed(2, "x; y")],
        held: vec![HeldChat {
            chat: 0,
            why: Held::LocalPhone,
            messages: 1,
        }],
        stopped_chats: vec![(0, "close_400".to_owned())],
        ..Summary::default()
    };
    view(&totals, &summary)
}

#[test]
fn run_as_text() {
    let why = Held::LocalPhone;
    let shown = format!(
        "\
held: a chat (1 message): {why}
stopped: a chat: Close rejected 20 messages in a row for the same reason (close_400); correct it and run again
failed: 2 messages: close_400: x; y
    in no archive of this run, in no archive of this run
failed: 1 message: close_400: z
    in no archive of this run
duplicates: 1 message in Close repeat another message of their lead; none was deleted
5 created, 1 file uploaded (1.5 kB), 3 unchanged (1 found in Close), 4 left out, 3 not selected, 1 held, 3 failed, in 1 min"
    );
    assert_eq!(page(&mixed(), true).plain(), shown);
}

#[test]
fn run_as_json() {
    let view = serde_json::to_value(mixed()).expect("JSON");
    assert_eq!(
        view["failures"][0],
        json!({
            "code": "close_400",
            "text": "x; y",
            "places": {
                "count": 2,
                "first": ["in no archive of this run", "in no archive of this run"],
            },
        })
    );
    assert_eq!(view["held"][0]["code"], "local_phone");
    assert_eq!(view["counts"]["failed"], 3);
    assert_eq!(view["seconds"], 61.2);
}
