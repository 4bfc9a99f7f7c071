//! Random tables of SQLite databases: mostly values as WhatsApp writes them, else any value of any type.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

/// A cell of a table.
pub(super) type Cell = BoxedStrategy<Value>;

/// A table with its rows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table of which the first `required` columns are in every version. A column is its definition.
    pub(super) fn random(
        name: &'static str,
        required: usize,
        columns: Vec<(&'static str, Cell)>,
        count: std::ops::Range<usize>,
    ) -> BoxedStrategy<Table> {
        let (names, cells): (Vec<&'static str>, Vec<Cell>) = columns.into_iter().unzip();
        let lacks = prop::collection::vec(prop::bool::weighted(0.08), names.len());
        (prop::collection::vec(cells, count), lacks)
            .prop_map(move |(rows, lacks)| {
                let is_kept = |at: usize| at < required || !lacks[at];
                let kept = |row: Vec<Value>| -> Vec<Value> {
                    let cells = row.into_iter().enumerate();
                    cells
                        .filter_map(|(at, cell)| is_kept(at).then_some(cell))
                        .collect()
                };
                let columns = (names.iter().enumerate())
                    .filter_map(|(at, column)| is_kept(at).then_some(*column));
                Table {
                    name,
                    columns: columns.collect(),
                    rows: rows.into_iter().map(kept).collect(),
                }
            })
            .boxed()
    }

    /// The same, in some databases only.
    pub(super) fn sometimes(
        name: &'static str,
        required: usize,
        columns: Vec<(&'static str, Cell)>,
    ) -> BoxedStrategy<Option<Table>> {
        prop::option::of(Table::random(name, required, columns, 0..5)).boxed()
    }
}

fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Connection::open_with_flags(path, flags).expect("a database")
}

/// Writes a database by statements.
pub(super) fn write_sql(path: &Path, sql: &str) {
    open(path).execute_batch(sql).expect("a database");
}

/// Writes a database of these tables; `more` are further statements.
pub(super) fn write<'t>(path: &Path, tables: impl IntoIterator<Item = &'t Table>, more: &str) {
    let database = open(path);
    let begin = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN;";
    database.execute_batch(begin).expect("begun");
    for table in tables {
        let create = format!("CREATE TABLE {}({})", table.name, table.columns.join(", "));
        database.execute_batch(&create).expect("a table");
        let places = vec!["?"; table.columns.len()].join(", ");
        let insert = format!("INSERT INTO {} VALUES ({places})", table.name);
        let mut insert = database.prepare(&insert).expect("a statement");
        for row in &table.rows {
            insert.execute(params_from_iter(row)).expect("a row");
        }
    }
    database
        .execute_batch(&format!("{more}; COMMIT"))
        .expect("ended");
}

/// The number that the database gives a row.
pub(super) fn next() -> Cell {
    Just(Value::Null).boxed()
}

/// Any value of any type.
fn odd() -> Cell {
    prop_oneof![
        2 => Just(Value::Null),
        2 => any::<i64>().prop_map(Value::Integer),
        1 => prop::num::f64::ANY.prop_map(Value::Real),
        2 => "\\PC{0,12}".prop_map(Value::Text),
        1 => prop::collection::vec(any::<u8>(), 0..12).prop_map(Value::Blob),
    ]
    .boxed()
}

fn mostly(usual: impl Strategy<Value = Value> + 'static) -> Cell {
    prop_oneof![9 => usual, 1 => odd()].boxed()
}

/// Mostly a number of this range.
pub(super) fn number(range: std::ops::Range<i64>) -> Cell {
    mostly(range.prop_map(Value::Integer))
}

/// Mostly a number of this range, with decimals.
pub(super) fn real(range: std::ops::Range<f64>) -> Cell {
    mostly(range.prop_map(Value::Real))
}

/// Mostly one of these texts.
pub(super) fn one_of(texts: &'static [&'static str]) -> Cell {
    mostly(prop::sample::select(texts).prop_map(|text| Value::Text(text.to_owned())))
}

/// Mostly words, or nothing.
pub(super) fn words() -> Cell {
    let words = prop_oneof![
        6 => "[a-z]{1,8}( [a-z@0-9]{1,8}){0,3}".prop_map(Value::Text),
        2 => Just(Value::Null),
        1 => Just(Value::Text(" \u{200e}".to_owned())),
    ];
    mostly(words)
}

/// Mostly an id that another row may have as well.
pub(super) fn id() -> Cell {
    mostly((0i64..30).prop_map(|number| Value::Text(format!("3A00000000000000AA{number:02}"))))
}

/// Bytes, or nothing.
pub(super) fn bytes() -> Cell {
    let bytes = prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Blob);
    mostly(prop_oneof![2 => bytes, 1 => Just(Value::Null)])
}
