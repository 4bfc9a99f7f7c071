//! The view and the text of archives.

use std::fs;

use serde_json::json;

use super::{InspectView, View, count_together, page};
use crate::app::SeenPhone;
use crate::archive::Limits;
use crate::intake;

/// The view of an export with a text, a file and a missing file.
fn view() -> InspectView {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("WhatsApp Chat with Ben");
    fs::create_dir(&folder).expect("made");
    let chat = "13/03/2024, 10:15 - Ben: hello\n\
        13/03/2024, 10:16 - Anna: IMG-20240313-WA0001.jpg (file attached)\n\
        13/03/2024, 10:17 - Anna: IMG-20240313-WA0002.jpg (file attached)\n\
        and more\n";
    fs::write(folder.join("WhatsApp Chat with Ben.txt"), chat).expect("written");
    fs::write(folder.join("IMG-20240313-WA0001.jpg"), "1234").expect("written");
    let intake = intake::open(&[root.path().to_owned()], &Limits::default());
    let chats = intake::parse(&intake.opened, |_| None, |_| 0);
    let mut views: Vec<View> = (intake.opened.iter().zip(&chats))
        .map(|(opened, chat)| View::new(opened, chat.as_ref().expect("a chat")))
        .collect();
    count_together(&mut views);
    let phone = SeenPhone {
        name: ".".to_owned(),
        owner: Some("Anna".to_owned()),
    };
    let phones = vec![phone];
    InspectView::new(Vec::new(), views, &intake.stores, &intake.failures, phones)
}

#[test]
fn archives_as_a_screen() {
    let shown = "\
Android, owner Anna, 1 chat
  chat  from        to          messages  files
  Ben   2024-03-13  2024-03-13         3      1

1 file named in messages, and not in the archives: `--details`

1 archive with 3 messages in all
Next: `chatferry init .`";
    assert_eq!(page(&view(), "`chatferry init .`", false).plain(), shown);
}

#[test]
fn archive_as_text() {
    let shown = "\
WhatsApp Chat with Ben
  chat          Ben
  kind          one-to-one, Android export, D/MM/YYYY, H:MM -
  date order    dmy: 3 dates with a number over 12, the first in line 1
  from, to      2024-03-13 10:15  2024-03-13 10:17  (the phone's local time)
  lines         4 = 3 headers + 1 continuation + 0 oddities
  messages      3: 1 text, 2 media
  participants  Ben (1 message)
                Anna (2 messages)
  files         1 present (4 bytes), 1 missing, 0 omitted, 0 that no message names
  missing       IMG-20240313-WA0002.jpg
  odd           line 3: names a file that is not in the archive

1 archive with 3 messages in all
Next: `chatferry init .`";
    let page = page(&view(), "`chatferry init .`", true);
    assert_eq!(page.plain(), shown);
}

#[test]
fn archive_as_json() {
    let view = serde_json::to_value(view()).expect("JSON");
    assert_eq!(view["failures"], json!([]));
    assert!(view.get("stores").is_none(), "{view}");
    let archive = &view["archives"][0];
    assert_eq!(archive["date_order"], "dmy");
    assert_eq!(
        archive["participants"],
        json!([
            {"name": "Ben", "messages": 1, "unsaved": false},
            {"name": "Anna", "messages": 2, "unsaved": false},
        ])
    );
    assert_eq!(
        archive["oddities"],
        json!([{
            "code": "missing_attachment",
            "says": "names a file that is not in the archive",
            "harmless": true,
            "lines": [3],
            "count": 1,
        }])
    );
    assert!(!view.to_string().contains("hello"), "{view}");
}
