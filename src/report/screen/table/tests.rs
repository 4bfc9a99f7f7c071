use super::super::{Page, State, Width};
use super::*;

fn page() -> Page {
    let mut table = Table::new(
        2,
        &[
            Column::Wrapped,
            Column::Number,
            Column::Fixed,
            Column::Wrapped,
        ],
    );
    table.heading("emily: 2 chats");
    table.row([
        "陳大文".into(),
        "40,000".into(),
        Text::new(),
        Text::state(State::Waiting, "held"),
    ]);
    table.row([
        "Bo".into(),
        "7".into(),
        Text::new(),
        "a remark of many words that needs two lines".into(),
    ]);
    table.heading("jonas: 1 chat");
    table.row(["דנה".into(), "12".into(), Text::new(), Text::new()]);
    let mut page = Page::new();
    page.table(table);
    page
}

#[test]
fn columns_are_aligned_across_headings() {
    let layout = Layout {
        width: Width::Columns(44),
        ..Layout::LOG
    };
    let shown = "\
emily: 2 chats
  陳大文  40,000  held
  Bo           7  a remark of many words
                  that needs two lines
jonas: 1 chat
  דנה         12";
    assert_eq!(page().render(layout, &str::to_owned), shown);
}

#[test]
fn colour_and_isolation_do_not_move_columns() {
    let layout = Layout {
        width: Width::Columns(80),
        has_colours: true,
        isolates: true,
    };
    let shown = page().render(layout, &str::to_owned);
    assert!(
        shown.contains("  陳大文  40,000  \u{1b}[1;33mheld\u{1b}[0m\n"),
        "{shown}"
    );
    assert!(
        shown.contains("  \u{2068}דנה\u{2069}         12"),
        "{shown}"
    );
}

#[test]
fn text_is_filtered_before_it_is_laid_out() {
    let layout = Layout {
        width: Width::Columns(44),
        ..Layout::LOG
    };
    let shown = page().render(layout, &|text| text.replace("Bo", "[chat 12345]"));
    assert!(
        shown.contains("  [chat 12345]       7  a remark"),
        "{shown}"
    );
    assert!(shown.contains("  陳大文        40,000  held"), "{shown}");
}

/// `runs --details` at 80 columns had `complet` above `e`.
#[test]
fn columns_that_do_not_fit_are_below_their_row() {
    let mut table = Table::new(
        0,
        &[
            Column::Number,
            Column::Fixed,
            Column::Wrapped,
            Column::Fixed,
            Column::Number,
        ],
    );
    table.header(["run", "start", "outcome", "plan", "failed"]);
    let row = [
        "12",
        "2024-03-13",
        "interrupted twice",
        "0123456789abcdef",
        "3",
    ];
    table.row(row.map(Text::from));
    let row = ["3", "2024-03-14", "complete", "", "0"];
    table.row(row.map(Text::from));
    let mut page = Page::new();
    page.table(table);
    let layout = Layout {
        width: Width::Columns(42),
        ..Layout::LOG
    };
    let shown = "\
run  start       outcome            failed
 12  2024-03-13  interrupted twice       3
  plan 0123456789abcdef
  3  2024-03-14  complete                0";
    assert_eq!(page.render(layout, &str::to_owned), shown);
}

#[test]
fn word_that_is_wider_than_the_screen_is_not_broken() {
    let name = "x".repeat(60);
    let mut table = Table::new(2, &[Column::Wrapped, Column::Number]);
    table.header(["chat", "post"]);
    table.row([name.as_str().into(), "7".into()]);
    let mut page = Page::new();
    page.table(table);
    let layout = Layout {
        width: Width::Columns(40),
        ..Layout::LOG
    };
    let shown = format!("  chat\n  {name}\n    post 7");
    assert_eq!(page.render(layout, &str::to_owned), shown);
}

/// `inspect` of 18 archives took 46 lines in place of 30 with one name of 60 letters.
#[test]
fn long_name_is_shortened_so_that_its_row_is_one_line() {
    for (name, short) in [
        ("x".repeat(60), format!("{}…", "x".repeat(21))),
        ("陳".repeat(30), format!("{}…", "陳".repeat(10))),
        (
            "Maria Oliveira of the north side".to_owned(),
            "Maria Oliveira of the…".to_owned(),
        ),
    ] {
        let mut table = Table::new(2, &[Column::Name, Column::Number, Column::Wrapped]);
        table.header(["chat", "post", "note"]);
        table.row([name.as_str().into(), "7".into(), "3 undecided".into()]);
        table.row(["Bo".into(), "7".into(), Text::new()]);
        let mut page = Page::new();
        page.table(table);
        let layout = Layout {
            width: Width::Columns(43),
            ..Layout::LOG
        };
        let shown = page.render(layout, &str::to_owned);
        let rows: Vec<&str> = shown.lines().collect();
        assert_eq!(rows.len(), 3, "{shown}");
        assert_eq!(rows[1], format!("  {short}     7  3 undecided"));
        // A file or a pipe has the whole name in one line.
        assert!(
            page.plain()
                .contains(&format!("  {name}     7  3 undecided")),
            "{}",
            page.plain()
        );
    }
}
