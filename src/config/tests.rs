use insta::{assert_debug_snapshot, assert_snapshot};

use super::*;

/// A configuration with every key, comments included.
const CONTRACT: &str = include_str!("tests/contract.toml");

/// The least that a file must say.
const LEAST: &str = "\
[source]
archives = [\"exports\"]
timezone = \"Europe/Berlin\"
[import]
contacts = \"contacts.csv\"
";

fn read(text: &str) -> Settings {
    parse(text, Path::new("work/chatferry.toml")).unwrap()
}

fn problems(text: &str) -> String {
    let problems = parse(text, Path::new("chatferry.toml")).unwrap_err();
    problems
        .iter()
        .map(Problem::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The least, with lines put below the header of a section.
fn with(section: &str, lines: &str) -> String {
    if LEAST.contains(section) {
        LEAST.replace(section, &format!("{section}\n{lines}"))
    } else {
        format!("{LEAST}{section}\n{lines}\n")
    }
}

#[test]
fn the_example_of_the_contract_is_read() {
    assert_debug_snapshot!(read(CONTRACT));
}

#[test]
fn defaults_are_those_of_the_contract() {
    let least = read(LEAST);
    let mut full = read(CONTRACT);
    assert_eq!(
        (least.devices.len(), least.devices[0].name.as_str()),
        (1, "default")
    );
    full.devices.clone_from(&least.devices);
    // The one value that differs from its default by being set.
    assert!(full.limits.is_pace_set && !least.limits.is_pace_set);
    full.limits.is_pace_set = false;
    assert_eq!(least, full);
    assert_eq!(
        read(&format!("\u{FEFF}{}", LEAST.replace('\n', "\r\n"))),
        least
    );
}

#[test]
fn blocks_take_the_source_as_default_and_win_over_it() {
    let settings = read(
        r#"
[source]
archives = ["exports"]
timezone = "Europe/Berlin"
date_order = "mdy"
user_id = "user_source"
owner = ["Anna"]
[[device]]
name = "anna"
[[device]]
name = "ben"
archives = ["ben/*.zip"]
timezone = "America/New_York"
date_order = "auto"
owner = []
user_id = ""
former_phones = ["+49 151 11111111"]
from = 2020-01-01
until = "2021-01-01"
[import]
contacts = "/abs/contacts.csv"
checkpoint = "state/chatferry.db"
[limits]
requests_per_second = 5
archive_entries = 10
archive_bytes = 1_000
transcript_bytes = 100
inflate_ratio = 20
"#,
    );
    let anna = settings.device("anna").unwrap();
    assert_eq!(
        (anna.date_order, anna.user_id.as_ref().map(|id| id.as_str())),
        (Some(crate::chat::DateOrder::Mdy), Some("user_source"))
    );
    let ben = settings.device("ben").unwrap();
    assert_eq!(
        (
            ben.date_order,
            ben.user_id.as_ref().map(|id| id.as_str()),
            ben.owner.len()
        ),
        (None, None, 0)
    );
    assert_eq!(ben.archives, ["ben/*.zip"]);
    assert_eq!(ben.timezone, chrono_tz::America::New_York);
    assert_eq!(ben.former_phones[0].e164(), "+4915111111111");
    assert_eq!(
        (ben.from, ben.until),
        (
            chrono::NaiveDate::from_ymd_opt(2020, 1, 1),
            chrono::NaiveDate::from_ymd_opt(2021, 1, 1)
        )
    );
    assert_eq!(settings.import.contacts, Path::new("/abs/contacts.csv"));
    assert_eq!(
        settings.import.checkpoint.file(),
        Some(Path::new("work/state/chatferry.db"))
    );
    assert_eq!(settings.limits.requests_per_second, 5.0);
    let archives = settings.limits.archives;
    assert_eq!((archives.entries, archives.bytes), (10, 1_000));
    assert_eq!((archives.transcript, archives.ratio), (100, 20));
    assert!(!format!("{settings:?}").contains("11111111"));
}

#[test]
fn unknown_keys_and_sections_name_the_nearest() {
    assert_snapshot!(problems(
        r#"base_url = "https://api.close.com"
colour = "red"
[source]
archives = ["exports"]
timezon = "Europe/Berlin"
contacts = "contacts.csv"
former_phones = []
[imports]
contacts = "contacts.csv"
[close]
api_key = "api_s3cret.key"
[limits]
zzz = 1
[[device]]
name = "anna"
timezone = "UTC"
ownr = []
[xyz]
"#), @r#"
    chatferry.toml: no [import] section; write [import] and contacts = "contacts.csv"
    chatferry.toml:1: unknown key "base_url" before the first section; it belongs in [close]
    chatferry.toml:2: unknown key "colour" before the first section; the sections are [close], [source], [[device]], [import], [limits]
    chatferry.toml:5: unknown key "timezon" in [source]; did you mean "timezone"?
    chatferry.toml:6: unknown key "contacts" in [source]; it belongs in [import]
    chatferry.toml:7: unknown key "former_phones" in [source]; it belongs in [[device]]
    chatferry.toml:8: unknown section [imports]; did you mean [import]?
    chatferry.toml:11: unknown key "api_key" in [close]; the key of Close does not belong in this file: set CLOSE_API_KEY or use `--api-key-file`
    chatferry.toml:13: unknown key "zzz" in [limits]; the keys are requests_per_second, concurrency, upload_concurrency, settle_seconds, outage_seconds, archive_entries, archive_bytes, transcript_bytes, inflate_ratio
    chatferry.toml:17: unknown key "ownr" in [[device]]; did you mean "owner"?
    chatferry.toml:18: unknown section [xyz]; the sections are [close], [source], [[device]], [import], [limits]
    "#);
}

#[test]
fn what_is_required_is_asked_for() {
    assert_snapshot!(problems(""), @r#"
    chatferry.toml: [source] has no archives; write archives = ["exports"]
    chatferry.toml: [source] has no timezone; write the zone of the phone, such as timezone = "Europe/Berlin"
    chatferry.toml: no [import] section; write [import] and contacts = "contacts.csv"
    "#);
    assert_snapshot!(problems("[source]\narchives = []\n[import]\n"), @r#"
    chatferry.toml:1: [source] has no archives; write archives = ["exports"]
    chatferry.toml:1: [source] has no timezone; write the zone of the phone, such as timezone = "Europe/Berlin"
    chatferry.toml:3: [import] has no contacts; write contacts = "contacts.csv"
    "#);
    assert_snapshot!(problems("[source]\ntimezone = \"UTC\"\n[[device]]\nname = \"anna\"\narchives = [\"a\"]\n[[device]]\nname = \"ben\"\n[[device]]\narchives = [\"c\"]\n[[device]]\nname = \"anna\"\narchives = [\"a\"]\n[[device]]\nname = \"\"\narchives = [\"a\"]\n[import]\ncontacts = \"\"\n"), @r#"
    chatferry.toml:6: device "ben" has no archives; write archives = ["exports"]
    chatferry.toml:8: [[device]] has no name; write one, such as name = "anna"
    chatferry.toml:11: device "anna" is there already in line 3; give each device its own name
    chatferry.toml:14: [[device]] needs a name that is not empty, such as name = "anna"
    chatferry.toml:17: contacts is empty; write the path of a file
    "#);
}

#[test]
fn wrong_types_are_told_with_what_to_write() {
    assert_snapshot!(problems(
        r#"source = "exports"
limits = 3
[close]
base_url = 1
organization_id = ["orga_a"]
[device]
name = "anna"
[import]
contacts = true
groups = 2
media = "image"
send_to_inbox = "no"
"#), @r#"
    chatferry.toml: [source] has no archives; write archives = ["exports"]
    chatferry.toml: [source] has no timezone; write the zone of the phone, such as timezone = "Europe/Berlin"
    chatferry.toml:1: source is a text; write [source] and its keys below it
    chatferry.toml:2: limits is a whole number; write [limits] and its keys below it
    chatferry.toml:4: base_url in [close] is a whole number; write base_url = "…"
    chatferry.toml:5: organization_id in [close] is a list; write organization_id = "…"
    chatferry.toml:6: device is one table; write [[device]], with two brackets, and its keys below it
    chatferry.toml:9: contacts in [import] is true or false; write contacts = "…"
    chatferry.toml:10: groups in [import] is a whole number; write groups = "…"
    chatferry.toml:11: media in [import] is a text; write media = ["…"]
    chatferry.toml:12: send_to_inbox in [import] is a text; write send_to_inbox = true or send_to_inbox = false, without quotes
    "#);
    assert_snapshot!(problems(&with("[source]", "owner = \"Anna\"\nlocal_phone = 49151\ndate_order = 2024-01-01")), @r#"
    chatferry.toml:2: owner in [source] is a text; write owner = ["…"]
    chatferry.toml:3: local_phone in [source] is a whole number; write local_phone = "…"
    chatferry.toml:4: date_order in [source] is a date; write date_order = "…"
    "#);
    assert_snapshot!(problems(&with("[limits]", "requests_per_second = \"10\"\nconcurrency = 2.5\nsettle_seconds = []")), @r#"
    chatferry.toml:7: requests_per_second in [limits] is a text; write a number without quotes, from 0.01 to 100000
    chatferry.toml:8: concurrency in [limits] is a number; write a whole number without quotes, from 1 to 1000
    chatferry.toml:9: settle_seconds in [limits] is a list; write a number without quotes, from 0 to 86400
    "#);
    assert_snapshot!(problems(&with("[source]", "owner = [\"Anna\", 3, \"\"]")), @r#"
    chatferry.toml:2: owner holds an empty text; remove it
    chatferry.toml:2: owner in [source] holds a whole number; write only texts, owner = ["…"]
    "#);
}

#[test]
fn values_that_cannot_be_are_told() {
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "Europe/Berln")), @r#"chatferry.toml:3: timezone "Europe/Berln" is not known; did you mean "Europe/Berlin"?"#);
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "CEST here")), @r#"chatferry.toml:3: timezone "CEST here" is not known; write an IANA zone, such as "Europe/Berlin""#);
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "")), @r#"chatferry.toml:3: timezone is empty; write the zone of the phone, such as "Europe/Berlin""#);
    assert_snapshot!(problems(&with("[source]", "date_order = \"dym\"\nlocal_phone = \"0151 12345678\"\nuser_id = \"anna\"")), @r#"
    chatferry.toml:2: date_order cannot be "dym"; write one of auto, dmy, mdy, ymd
    chatferry.toml:3: local_phone is no international number; write + and the country code first, such as "+4915112345678"
    chatferry.toml:4: user_id is no user of Close; it must begin with "user_"
    "#);
    assert_snapshot!(problems(&with("[[device]]", "name = \"a\"\nformer_phones = [\"+49151123456\",\n\"1\"]\nfrom = \"01.02.2024\"\nuntil = 2024-01-01T10:00:00")), @r#"
    chatferry.toml:9: former_phones is no international number; write + and the country code first, such as "+4915112345678"
    chatferry.toml:10: from is no date; write year, month and day, such as "2024-12-31"
    chatferry.toml:11: until is no date; write year, month and day, such as "2024-12-31"
    "#);
    assert_snapshot!(problems(&with("[[device]]", "name = \"a\"\nfrom = \"2024-01-02\"\nuntil = \"2024-01-02\"")), @"chatferry.toml:9: until 2024-01-02 is not after from 2024-01-02; until is the first day that is left out");
    assert_snapshot!(problems(&with("[import]", "media = [\"images\", \"gif\", \"x\"]\nreplies = \"on\"\nsystem = \"Text\"")), @r#"
    chatferry.toml:5: media cannot be "images"; did you mean "image"?
    chatferry.toml:5: media cannot be "x"; write one of image, video, voice, audio, document, sticker, gif, contact
    chatferry.toml:6: replies cannot be "on"; write one of quotes, off
    chatferry.toml:7: system cannot be "Text"; did you mean "text"?
    "#);
    assert_snapshot!(problems(&with("[limits]", "requests_per_second = -1\nconcurrency = 0\nupload_concurrency = -4\nsettle_seconds = nan")), @r#"
    chatferry.toml:7: requests_per_second must be from 0.01 to 100000
    chatferry.toml:8: concurrency must be from 1 to 1000
    chatferry.toml:9: upload_concurrency must be from 1 to 1000
    chatferry.toml:10: settle_seconds must be from 0 to 86400
    "#);
    assert_snapshot!(problems(&with("[limits]", "archive_entries = 0\narchive_bytes = -1\ntranscript_bytes = 3_000_000_000\ninflate_ratio = \"much\"")), @r#"
    chatferry.toml:7: archive_entries must be from 1 to 100000000
    chatferry.toml:8: archive_bytes must be from 1 to 1000000000000000
    chatferry.toml:9: transcript_bytes must be from 1 to 2147483647
    chatferry.toml:10: inflate_ratio in [limits] is a text; write a whole number without quotes, from 1 to 1000000
    "#);
}

#[test]
fn links_and_base_urls_are_tried() {
    let link = |link: &str| problems(&with("[import]", &format!("integration_link = \"{link}\"")));
    assert_snapshot!(link("javascript:{chat}"), @r#"chatferry.toml:5: integration_link gives no http(s) URL; begin it with "https://" and a host"#);
    assert_snapshot!(link("https://example.com/{chat}/{message}"), @r#"chatferry.toml:5: integration_link holds a "{…}" other than {chat} and {external_id}; use only these"#);
    assert_snapshot!(link(&format!("https://example.com/{}/{{chat}}", "x".repeat(2050))), @"chatferry.toml:5: integration_link gives 2101 characters; Close takes at most 2083");
    let settings = read(&with(
        "[import]",
        "integration_link = \"https://example.com/{chat}#{external_id}\"",
    ));
    assert!(settings.import.policy.integration_link.is_some());

    let base = |url: &str| problems(&with("[close]", &format!("base_url = \"{url}\"")));
    assert_snapshot!(base("api.close.com"), @r#"chatferry.toml:7: the base URL is no URL; write one such as "https://api.close.com/api/v1""#);
    assert_snapshot!(base("http://api.close.com/api/v1"), @"chatferry.toml:7: the base URL is plain http, which is for this machine only (127.0.0.1, localhost); use https");
    assert_snapshot!(base("ftp://api.close.com"), @r#"chatferry.toml:7: the base URL begins with "ftp:"; it must begin with "https://""#);
    assert_snapshot!(base("https://api_key.s3cret@api.close.com/api/v1"), @"chatferry.toml:7: the base URL holds a user name or password; remove it: the key comes from CLOSE_API_KEY or `--api-key-file`");
    assert_snapshot!(base("https://api.close.com/api/v1?x=1"), @r##"chatferry.toml:7: the base URL must end with its path, without "?" and "#""##);
    for local in [
        "http://127.0.0.1:8080/api/v1/",
        "http://localhost:1",
        "http://[::1]:8080/api/v1",
    ] {
        let settings = read(&with("[close]", &format!("base_url = \"{local}\"")));
        assert_eq!(settings.close.base_url, local.trim_end_matches('/'));
    }
}

#[test]
fn text_that_is_no_toml_is_told_by_line() {
    assert_snapshot!(problems("[source]\narchives = [\"exports\"\ntimezone = x\n"), @"chatferry.toml:2: is no TOML here: the list that begins in this line is not closed, expected `]`");
    assert_snapshot!(problems("[source]\narchives = [\n\"a\" # =\n\"b\"\n]\n"), @"chatferry.toml:4: is no TOML here: missing comma between array elements, expected `,`");
    assert_snapshot!(problems("[[device]]\narchives = [\n\"a\",\n\n[[device]]\nname = \"b\"\n"), @"chatferry.toml:2: is no TOML here: the list that begins in this line is not closed, expected `]`");
    assert_snapshot!(problems("[source]\ntimezone = \"UTC\"\ntimezone = \"UTC\"\n"), @"chatferry.toml:3: is no TOML here: duplicate key");
}

#[test]
fn a_missing_file_sends_to_init() {
    let show = |path: &Path| load(path).unwrap_err()[0].to_string();
    assert_snapshot!(show(Path::new("no-such-folder/chatferry.toml")), @"no-such-folder/chatferry.toml: not found; run `chatferry init PATH…` to write it, or name another file with `--config`");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chatferry.toml");
    assert!(show(dir.path()).contains("is a folder; name the file in it: `--config "));
    std::fs::write(&path, "[source]\narchives = [\"C:\\Users\"]\n").unwrap();
    assert!(
        show(&path).ends_with("or put it between single quotes"),
        "{}",
        show(&path)
    );
    std::fs::write(&path, b"[source]\nowner = [\"J\xF6rg\"]\n").unwrap();
    assert!(show(&path).ends_with("chatferry.toml:2: is not UTF-8 here; save the file as UTF-8"));
    std::fs::write(&path, LEAST).unwrap();
    let settings = load(&path).unwrap();
    assert_eq!(settings.import.contacts, dir.path().join("contacts.csv"));
    assert_eq!(
        (settings.dir.as_path(), settings.file.as_path()),
        (dir.path(), path.as_path())
    );
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let env =
        |name: &str| (name == "CLOSE_BASE_URL").then(|| "http://127.0.0.1:1/api/v1".to_owned());
    let url = |overrides: Overrides| {
        let mut settings = read(LEAST);
        overlay(&mut settings, &overrides).map(|()| settings.close.base_url)
    };
    assert_eq!(
        url(Overrides::gather(None, &|_| Some(" ".to_owned()))).unwrap(),
        CloseSettings::BASE_URL
    );
    assert_eq!(
        url(Overrides::gather(None, &env)).unwrap(),
        "http://127.0.0.1:1/api/v1"
    );
    let flag = Overrides::gather(Some("http://127.0.0.1:2/api/v1/".to_owned()), &env);
    assert_eq!(url(flag).unwrap(), "http://127.0.0.1:2/api/v1");
    let wrong = url(Overrides::gather(
        Some("http://example.com".to_owned()),
        &env,
    ))
    .unwrap_err();
    assert_snapshot!(wrong[0], @"--base-url: the base URL is plain http, which is for this machine only (127.0.0.1, localhost); use https");
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*") {
        let _ = parse(&text, Path::new("chatferry.toml"));
    }

    #[test]
    fn any_value_is_survived(key in "[a-z_]{1,12}", value in "\\PC{0,12}") {
        for section in ["[source]", "[import]", "[limits]", "[close]", "[[device]]"] {
            let _ = parse(&with(section, &format!("{key} = {value}")), Path::new("chatferry.toml"));
        }
    }
}

/// Writes the page where `CHATFERRY_WRITE_DOCS` is set.
#[test]
fn the_reference_page_is_that_of_the_key_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/configuration.md");
    let page = reference::reference();
    if option_env!("CHATFERRY_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page);
}

#[test]
fn defaults_of_the_key_table_are_those_of_the_settings() {
    let source = "[source]\narchives = [\"x\"]\ntimezone = \"Europe/Berlin\"\n";
    let least = format!("{source}[import]\ncontacts = \"contacts.csv\"\n");
    let sections = [
        template::section("close", &[]),
        template::section(
            "source",
            &[("archives", "[\"x\"]"), ("timezone", "\"Europe/Berlin\"")],
        ),
        template::section("import", &[("contacts", "\"contacts.csv\"")]),
        template::section("limits", &[]),
    ];
    assert_eq!(read(&sections.concat()), read(&least));
}

/// The least, with a store and an organisation.
fn with_store(settle_seconds: &str, base_url: &str) -> String {
    let close = format!("[close]\norganization_id = \"orga_a\"\nbase_url = \"{base_url}\"\n");
    let text = with(
        "[import]",
        "checkpoint = \"postgres://u:s3cret@db.example/crm\"",
    );
    format!("{text}{close}[limits]\nsettle_seconds = {settle_seconds}\n")
}

#[cfg(not(feature = "cloud"))]
#[test]
fn store_needs_feature() {
    let problems = problems(&with_store("60.0", "https://api.close.com/api/v1"));
    assert!(
        problems.contains("cargo install --features cloud"),
        "{problems}"
    );
}

#[cfg(feature = "cloud")]
mod store {
    use super::*;

    fn overlaid(text: &str, key: Option<&str>) -> Result<Settings, String> {
        let mut settings = parse(text, Path::new("work/chatferry.toml")).unwrap();
        let variable = |name: &str| match name {
            STORE_KEY_VARIABLE => key.map(str::to_owned),
            _ => None,
        };
        let overlaid = overlay(&mut settings, &Overrides::gather(None, &variable));
        let text = |problems: Vec<Problem>| problems[0].to_string();
        overlaid.map_err(text).map(|()| settings)
    }

    const CLOSE: &str = "https://api.close.com/api/v1";

    #[test]
    fn settle_time_covers_requests_of_replaced_machine() {
        let key = "0a".repeat(32);
        let least = crate::fence::LEAST_SETTLE.as_secs();
        overlaid(&with_store(&format!("{least}.0"), CLOSE), Some(&key)).unwrap();
        let short = with_store(&format!("{}.9", least - 1), CLOSE);
        let problem = overlaid(&short, Some(&key)).unwrap_err();
        assert_snapshot!(problem, @"work/chatferry.toml: settle_seconds is 54.9, and with a shared checkpoint it must be at least 55: requests of a machine that is replaced may be on their way so long");
        // The sandbox of this machine carries out a request at once or never.
        overlaid(&with_store("0.0", "http://127.0.0.1:9/api/v1"), Some(&key)).unwrap();
    }

    #[test]
    fn store_has_organization_and_no_secret_in_output() {
        let settings = overlaid(&with_store("60.0", CLOSE), Some(&"0a".repeat(32))).unwrap();
        let location = &settings.import.checkpoint;
        assert_eq!(location.to_string(), "postgres://u@db.example/crm");
        assert!(!format!("{settings:?}").contains("s3cret"));
        let CheckpointLocation::Store(store) = location else {
            panic!("no store");
        };
        assert_eq!(store.organization_id, "orga_a");
        let text = with(
            "[import]",
            "checkpoint = \"postgres://u:s3cret@db.example/crm\"",
        );
        let problems = problems(&text);
        assert!(
            problems.contains("set organization_id in [close]"),
            "{problems}"
        );
        assert!(!problems.contains("s3cret"), "{problems}");
    }

    #[test]
    fn store_key_must_be_set() {
        for (key, words) in [
            (None, "is not set"),
            (Some("0a0b"), "64 hexadecimal digits"),
        ] {
            let problem = overlaid(&with_store("60.0", CLOSE), key).unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
    }
}
