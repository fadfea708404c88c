//! Databases that the benchmarks of the store run on, and the rows of a service for the raw rate.
#![allow(dead_code, unreachable_pub, reason = "each user takes a part of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::slice::Chunks;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use motcua::clearance::case::declaration::{CheckKind, DeclarationEvent, Registration};
use motcua::clearance::case::{Author, CaseId, Entry, Event, MessageRef};
use motcua::store::Database;
use motcua::store::journal::{Appending, Head};
use motcua::trade::{Channel, Direction};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    TypeInfo as _,
};

/// Appends a declaration of so many events.
pub async fn long_history(database: &Database, events: u64) -> CaseId {
    let case: CaseId = "01980000-0000-7000-8000-000000000001".parse().unwrap();
    let mut writer = database.write().await.unwrap();
    let link = &mut writer.link();
    let mut appending = Appending::begin(link).await.unwrap();
    let mut head = Head::NONE;
    for number in 1..=events {
        let at = Timestamp::from_second(1_780_000_000 + i64::try_from(number).unwrap()).unwrap();
        let entry = Entry { case, number, at, by: Author::system(), event: Event::Declaration(event(number)) };
        appending.push(&mut head, &entry).unwrap();
    }
    appending.write(link).await.unwrap();
    writer.commit().await.unwrap();
    case
}

fn event(number: u64) -> DeclarationEvent {
    let reason = format!("looked at for the {number}th time");
    match number {
        1 => DeclarationEvent::Registered(Box::new(Registration {
            message: MessageRef { id: "m".to_owned(), digest: "0".repeat(64) },
            format: "vn-declaration".to_owned(),
            number: Some("107000000010".to_owned()),
            reference: None,
            direction: Some(Direction::Import),
            holder: Some("0312345678".to_owned()),
            filer: "broker".to_owned(),
            office: None,
            date: None,
            lines: 5,
            advisory: false,
            pre_lodged: false,
        })),
        _ => match number % 5 {
            0 => DeclarationEvent::Noted { message: None, note: reason },
            1 => DeclarationEvent::ChannelSet { channel: Channel::Yellow, reason },
            2 => {
                DeclarationEvent::Checked { kind: CheckKind::Documents, passed: number.is_multiple_of(2), note: reason }
            }
            3 => DeclarationEvent::StepStuck { task: "A/P".to_owned(), reason },
            _ => DeclarationEvent::StepRetried { task: "A/P".to_owned(), reason },
        },
    }
}

/// Fills the queues of twelve agencies with so many open tasks.
pub async fn open_tasks(file: &Path, tasks: i64) {
    const FILL: &str = "INSERT INTO tasks (case_id, task, id, kind, agency, stage, lines, after_tasks, state, waits_for, \
        critical, rank, holder, ready, begun_before) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
        SELECT printf('01980000-0000-7000-8000-%012x', i), 'A/P', printf('01980000-0000-7000-8000-%012x-0badcafe', i), \
        'dossier', 'agency-' || (i % 12), 'before_clearance', '1 2 3', '', \
        CASE i % 4 WHEN 0 THEN 'waiting' WHEN 1 THEN 'claimed' ELSE 'ready' END, 'agency', i % 2, \
        (i * 7919) % 1000003, 'holder-' || (i % 1000), i % 4 <> 0, '' FROM n";
    let mut connection = connect(file).await;
    sqlx::query(FILL).bind(tasks).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}

/// The tables that taking a declaration in writes to, each with the column that names its case.
const TABLES: [&str; 6] = ["messages", "journal", "declarations", "tasks", "timers", "outbox"];
/// Rows that one statement inserts, as the service does it.
const ROWS: usize = 64;

/// The rows that a service wrote for each of its declarations.
#[derive(Debug, Default)]
pub struct Written {
    columns: BTreeMap<&'static str, Vec<String>>,
    cases: BTreeMap<String, Vec<Row>>,
}

/// A row of a table.
type Row = (&'static str, Vec<Cell>);

#[derive(Debug, Clone)]
enum Cell {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Cell {
    fn number(self) -> Option<i64> {
        if let Self::Number(number) = self { number } else { None }
    }

    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { text } else { None }
    }

    fn bytes(self) -> Option<Vec<u8>> {
        if let Self::Bytes(bytes) = self { bytes } else { None }
    }
}

/// Reads the rows of a table into what was written.
macro_rules! read_rows {
    ($written:ident, $connection:ident, $table:ident) => {{
        let text = AssertSqlSafe(format!("SELECT * FROM {} WHERE case_id IS NOT NULL", $table));
        for row in sqlx::query(text).fetch_all(&mut $connection).await.unwrap() {
            let names = row.columns().iter().map(|column| column.name().to_owned()).collect();
            $written.columns.insert($table, names);
            let cells = row.columns().iter().map(|column| match column.type_info().name() {
                "TEXT" => Cell::Text(row.get(column.ordinal())),
                "BLOB" | "BYTEA" => Cell::Bytes(row.get(column.ordinal())),
                _ => Cell::Number(row.get(column.ordinal())),
            });
            let cells = cells.collect();
            let case: String = row.get("case_id");
            $written.cases.entry(case).or_default().push(($table, cells));
        }
    }};
}

/// Inserts groups of cases, each in one transaction: the rows of one table after the other.
macro_rules! insert_groups {
    ($connection:ident, $begin:literal, $groups:expr, |$table:ident, $rows:ident| $insert:block) => {
        for group in $groups {
            $connection.execute($begin).await.unwrap();
            for $table in TABLES {
                let rows = group.iter().flat_map(|rows| rows.iter()).filter(|(of, _)| *of == $table);
                let $rows: Vec<&Vec<Cell>> = rows.map(|(_, row)| row).collect();
                $insert
            }
            $connection.execute("COMMIT").await.unwrap();
        }
    };
}

/// Inserts rows, many with a statement.
macro_rules! insert_rows {
    ($written:ident, $connection:ident, $table:ident, $rows:ident, $numbered:literal) => {
        for rows in $rows.chunks(ROWS) {
            let mut query = sqlx::query(AssertSqlSafe($written.statement($table, rows.len(), $numbered)));
            for cell in rows.iter().flat_map(|row| row.iter()) {
                query = match cell {
                    Cell::Number(number) => query.bind(number),
                    Cell::Text(text) => query.bind(text),
                    Cell::Bytes(bytes) => query.bind(bytes),
                };
            }
            query.execute(&mut $connection).await.unwrap();
        }
    };
}

impl Written {
    /// Reads what a service wrote.
    pub async fn read(database: &str) -> Self {
        let mut written = Self::default();
        if database.starts_with("postgres") {
            let mut connection = PgConnection::connect(database).await.unwrap();
            for table in TABLES {
                read_rows!(written, connection, table);
            }
        } else {
            let mut connection = connect(Path::new(database)).await;
            for table in TABLES {
                read_rows!(written, connection, table);
            }
        }
        // What is no declaration's.
        written.cases.retain(|_, rows| rows.iter().any(|(table, _)| *table == "declarations"));
        written
    }

    /// How many declarations it has.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Inserts the same rows into a new database beside `database` with nothing but sqlx, so many
    /// declarations in a transaction: what a service could reach at best. Gives how long it took.
    pub async fn insert(&self, folder: &Path, database: &str, together: usize) -> Duration {
        let cases: Vec<_> = self.cases.values().collect();
        let groups = cases.chunks(together);
        if database.starts_with("postgres") {
            return self.insert_postgres(database, groups, false).await;
        }
        let file = folder.join("raw.db");
        Database::open(file.to_str().unwrap()).await.unwrap().close().await;
        let mut into = SqliteConnectOptions::new()
            .filename(&file)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", "4096")
            .pragma("cache_size", "-32768")
            .connect()
            .await
            .unwrap();
        let began = Instant::now();
        insert_groups!(into, "BEGIN IMMEDIATE", groups, |table, rows| {
            insert_rows!(self, into, table, rows, false);
        });
        let took = began.elapsed();
        into.close().await.unwrap();
        took
    }

    /// The same on PostgreSQL with a column at a time, as the service does it there.
    pub async fn insert_columns(&self, database: &str, together: usize) -> Duration {
        let cases: Vec<_> = self.cases.values().collect();
        self.insert_postgres(database, cases.chunks(together), true).await
    }

    async fn insert_postgres(&self, database: &str, groups: Chunks<'_, &Vec<Row>>, by_columns: bool) -> Duration {
        let (path, options) = database.split_once('?').unwrap_or((database, ""));
        let (server, _) = path.rsplit_once('/').unwrap();
        let name = format!("motcua_raw_{}", std::process::id());
        let mut connection = PgConnection::connect(database).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let raw = format!("{server}/{name}?{options}");
        Database::open(&raw).await.unwrap().close().await;
        let mut into = PgConnection::connect(&raw).await.unwrap();
        let began = Instant::now();
        insert_groups!(into, "BEGIN", groups, |table, rows| {
            if by_columns {
                self.insert_all(&mut into, table, &rows).await;
            } else {
                insert_rows!(self, into, table, rows, true);
            }
        });
        let took = began.elapsed();
        into.close().await.unwrap();
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {name}"))).await.unwrap();
        took
    }

    /// Inserts rows with one statement.
    async fn insert_all(&self, into: &mut PgConnection, table: &str, rows: &[&Vec<Cell>]) {
        let Some(first) = rows.first() else { return };
        let kinds = first.iter().zip(1..).map(|(cell, at)| match cell {
            Cell::Number(_) => format!("${at}::bigint[]"),
            Cell::Text(_) => format!("${at}::text[]"),
            Cell::Bytes(_) => format!("${at}::bytea[]"),
        });
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let names = self.columns[table].join(", ");
        let text = format!("INSERT INTO {table} ({names}) SELECT * FROM UNNEST({kinds})");
        let mut query = sqlx::query(AssertSqlSafe(text));
        for (at, cell) in first.iter().enumerate() {
            let column = || rows.iter().map(|row| row[at].clone());
            query = match cell {
                Cell::Number(_) => query.bind(column().map(Cell::number).collect::<Vec<_>>()),
                Cell::Text(_) => query.bind(column().map(Cell::text).collect::<Vec<_>>()),
                Cell::Bytes(_) => query.bind(column().map(Cell::bytes).collect::<Vec<_>>()),
            };
        }
        query.execute(into).await.unwrap();
    }

    /// `numbered`: PostgreSQL wants its places numbered; SQLite would look each of those up by its name,
    /// and copies the pages that many rows touch, unless one that fails takes all of them back.
    fn statement(&self, table: &str, rows: usize, numbered: bool) -> String {
        let names = &self.columns[table];
        let row = |at: usize| {
            let place = |place| if numbered { format!("${}", at * names.len() + place) } else { "?".to_owned() };
            let places: Vec<String> = (1..=names.len()).map(place).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        let or = if numbered { "" } else { "OR ROLLBACK " };
        format!("INSERT {or}INTO {table} ({}) VALUES {}", names.join(", "), rows.join(", "))
    }
}
