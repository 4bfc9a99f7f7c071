use insta::{assert_debug_snapshot, assert_snapshot};

use super::*;

/// The block of contract.md, comments and all.
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
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
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
    assert_eq!((least.devices.len(), least.devices[0].name.as_str()), (1, "default"));
    full.devices.clone_from(&least.devices);
    assert_eq!(least, full);
    assert_eq!(read(&format!("\u{FEFF}{}", LEAST.replace('\n', "\r\n"))), least);
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
"#,
    );
    let anna = settings.device("anna").unwrap();
    assert_eq!((anna.date_order, anna.user_id.as_deref()), (Some(crate::chat::DateOrder::Mdy), Some("user_source")));
    let ben = settings.device("ben").unwrap();
    assert_eq!((ben.date_order, ben.user_id.as_deref(), ben.owner.len()), (None, None, 0));
    assert_eq!(ben.archives, ["ben/*.zip"]);
    assert_eq!(ben.timezone, chrono_tz::America::New_York);
    assert_eq!(ben.former_phones[0].e164(), "+4915111111111");
    assert_eq!((ben.from, ben.until), (chrono::NaiveDate::from_ymd_opt(2020, 1, 1), chrono::NaiveDate::from_ymd_opt(2021, 1, 1)));
    assert_eq!(settings.import.contacts, Path::new("/abs/contacts.csv"));
    assert_eq!(settings.import.checkpoint, Path::new("work/state/chatferry.db"));
    assert_eq!(settings.limits.requests_per_second, 5.0);
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
"#), @"");
}

#[test]
fn what_is_required_is_asked_for() {
    assert_snapshot!(problems(""), @"");
    assert_snapshot!(problems("[source]\narchives = []\n[import]\n"), @"");
    assert_snapshot!(problems("[source]\ntimezone = \"UTC\"\n[[device]]\nname = \"anna\"\narchives = [\"a\"]\n[[device]]\nname = \"ben\"\n[[device]]\narchives = [\"c\"]\n[[device]]\nname = \"anna\"\narchives = [\"a\"]\n[[device]]\nname = \"\"\narchives = [\"a\"]\n[import]\ncontacts = \"\"\n"), @"");
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
"#), @"");
    assert_snapshot!(problems(&with("[source]", "owner = \"Anna\"\nlocal_phone = 49151\ndate_order = 2024-01-01")), @"");
    assert_snapshot!(problems(&with("[limits]", "requests_per_second = \"10\"\nconcurrency = 2.5\nsettle_seconds = []")), @"");
    assert_snapshot!(problems(&with("[source]", "owner = [\"Anna\", 3, \"\"]")), @"");
}

#[test]
fn values_that_cannot_be_are_told() {
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "Europe/Berln")), @"");
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "CEST here")), @"");
    assert_snapshot!(problems(&LEAST.replace("Europe/Berlin", "")), @"");
    assert_snapshot!(problems(&with("[source]", "date_order = \"dym\"\nlocal_phone = \"0151 12345678\"\nuser_id = \"anna\"")), @"");
    assert_snapshot!(problems(&with("[[device]]", "name = \"a\"\nformer_phones = [\"+49151123456\",\n\"1\"]\nfrom = \"01.02.2024\"\nuntil = 2024-01-01T10:00:00")), @"");
    assert_snapshot!(problems(&with("[[device]]", "name = \"a\"\nfrom = \"2024-01-02\"\nuntil = \"2024-01-02\"")), @"");
    assert_snapshot!(problems(&with("[import]", "media = [\"images\", \"gif\", \"x\"]\nreplies = \"on\"\nsystem = \"Text\"")), @"");
    assert_snapshot!(problems(&with("[limits]", "requests_per_second = -1\nconcurrency = 0\nupload_concurrency = -4\nsettle_seconds = nan")), @"");
}

#[test]
fn what_comes_later_is_refused_now() {
    assert_snapshot!(problems(&with("[import]", "groups = \"anchor\"\ndeleted_since = \"delete\"\ngone = \"restore\"\nexisting = \"skip\"\non_merged = \"hold\"")), @"");
    assert_snapshot!(problems(&with("[import]", "existing = \"ignore\"")), @"");
}

#[test]
fn links_and_base_urls_are_tried() {
    let link = |link: &str| problems(&with("[import]", &format!("integration_link = \"{link}\"")));
    assert_snapshot!(link("javascript:{chat}"), @"");
    assert_snapshot!(link("https://example.com/{chat}/{message}"), @"");
    assert_snapshot!(link(&format!("https://example.com/{}/{{chat}}", "x".repeat(2050))), @"");
    let settings = read(&with("[import]", "integration_link = \"https://example.com/{chat}#{external_id}\""));
    assert!(settings.import.integration_link.is_some());

    let base = |url: &str| problems(&with("[close]", &format!("base_url = \"{url}\"")));
    assert_snapshot!(base("api.close.com"), @"");
    assert_snapshot!(base("http://api.close.com/api/v1"), @"");
    assert_snapshot!(base("ftp://api.close.com"), @"");
    assert_snapshot!(base("https://api_key.s3cret@api.close.com/api/v1"), @"");
    assert_snapshot!(base("https://api.close.com/api/v1?x=1"), @"");
    for local in ["http://127.0.0.1:8080/api/v1/", "http://localhost:1", "http://[::1]:8080/api/v1"] {
        let settings = read(&with("[close]", &format!("base_url = \"{local}\"")));
        assert_eq!(settings.close.base_url, local.trim_end_matches('/'));
    }
}

#[test]
fn text_that_is_no_toml_is_told_by_line() {
    assert_snapshot!(problems("[source]\narchives = [\"exports\"\ntimezone = x\n"), @"");
    assert_snapshot!(problems("[source]\ntimezone = \"UTC\"\ntimezone = \"UTC\"\n"), @"");
}

#[test]
fn a_missing_file_sends_to_init() {
    let show = |path: &Path| load(path).unwrap_err()[0].to_string();
    assert_snapshot!(show(Path::new("no-such-folder/chatferry.toml")), @"");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chatferry.toml");
    std::fs::write(&path, b"[source]\nowner = [\"J\xF6rg\"]\n").unwrap();
    assert!(show(&path).ends_with("chatferry.toml:2: is not UTF-8 here; save the file as UTF-8"));
    std::fs::write(&path, LEAST).unwrap();
    let settings = load(&path).unwrap();
    assert_eq!(settings.import.contacts, dir.path().join("contacts.csv"));
    assert_eq!((settings.dir.as_path(), settings.file.as_path()), (dir.path(), path.as_path()));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let env = |name: &str| (name == "CLOSE_BASE_URL").then(|| "http://127.0.0.1:1/api/v1".to_owned());
    let url = |overrides: Overrides| {
        let mut settings = read(LEAST);
        overlay(&mut settings, &overrides).map(|()| settings.close.base_url)
    };
    assert_eq!(url(Overrides::gather(None, &|_| Some(" ".to_owned()))).unwrap(), CloseSettings::BASE_URL);
    assert_eq!(url(Overrides::gather(None, &env)).unwrap(), "http://127.0.0.1:1/api/v1");
    let flag = Overrides::gather(Some("http://127.0.0.1:2/api/v1/".to_owned()), &env);
    assert_eq!(url(flag).unwrap(), "http://127.0.0.1:2/api/v1");
    let wrong = url(Overrides::gather(Some("http://example.com".to_owned()), &env)).unwrap_err();
    assert_snapshot!(wrong[0], @"");
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
