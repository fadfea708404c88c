//! Databases that the benchmarks of the store run on, and the rows of a service for the raw rate.
#![allow(dead_code, unreachable_pub, reason = "each user takes a part of it")]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use motcua::clearance::case::declaration::{CheckKind, DeclarationEvent, Registration};
use motcua::clearance::case::{Author, CaseId, Entry, Event, MessageRef};
use motcua::store::Database;
use motcua::store::journal::{Appending, Head};
use motcua::trade::{Channel, Direction};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Row as _};

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
            2 => DeclarationEvent::Checked { kind: CheckKind::Documents, passed: number % 2 == 0, note: reason },
            3 => DeclarationEvent::StepStuck { task: "A/P".to_owned(), reason },
            _ => DeclarationEvent::StepRetried { task: "A/P".to_owned(), reason },
        },
    }
}

/// Fills the queues of twelve agencies with so many open tasks.
pub async fn open_tasks(file: &Path, tasks: i64) {
    const FILL: &str = "INSERT INTO tasks (case_id, task, id, kind, agency, stage, lines, after_tasks, state, waits_for, \
        critical, rank, holder) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
        SELECT printf('01980000-0000-7000-8000-%012x', i), 'A/P', printf('01980000-0000-7000-8000-%012x-0badcafe', i), \
        'dossier', 'agency-' || (i % 12), 'before_clearance', '1 2 3', '', \
        CASE i % 4 WHEN 0 THEN 'waiting' WHEN 1 THEN 'claimed' ELSE 'ready' END, 'agency', i % 2, \
        (i * 7919) % 1000003, 'holder-' || (i % 1000) FROM n";
    let mut connection = connect(file).await;
    sqlx::query(FILL).bind(tasks).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}

/// The tables that taking a declaration in writes to, each with the column that names its case.
const TABLES: [&str; 5] = ["messages", "journal", "declarations", "tasks", "timers"];

/// The rows that a service wrote for each of its declarations.
#[derive(Debug, Default)]
pub struct Written {
    columns: BTreeMap<&'static str, Vec<String>>,
    cases: BTreeMap<String, Vec<(&'static str, Vec<Cell>)>>,
}

#[derive(Debug, Clone)]
enum Cell {
    Number(Option<i64>),
    Text(String),
    Bytes(Vec<u8>),
}

fn cell(row: &SqliteRow, at: usize) -> Cell {
    match (row.try_get::<Option<i64>, _>(at), row.try_get::<String, _>(at)) {
        (Ok(number), _) => Cell::Number(number),
        (_, Ok(text)) => Cell::Text(text),
        _ => Cell::Bytes(row.try_get(at).unwrap()),
    }
}

impl Written {
    /// Reads what a service wrote.
    pub async fn read(file: &Path) -> Self {
        let mut connection = connect(file).await;
        let mut written = Self::default();
        for table in TABLES {
            let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table} WHERE case_id IS NOT NULL")));
            for row in rows.fetch_all(&mut connection).await.unwrap() {
                let names = row.columns().iter().map(|column| column.name().to_owned()).collect();
                written.columns.insert(table, names);
                let cells = (0..row.len()).map(|at| cell(&row, at)).collect();
                let case: String = row.get("case_id");
                written.cases.entry(case).or_default().push((table, cells));
            }
        }
        sqlx::Connection::close(connection).await.unwrap();
        written
    }

    /// How many declarations it has.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Inserts the same rows with nothing but sqlx, so many declarations in a transaction: what a
    /// service could reach at best.
    pub async fn insert(&self, file: &Path, together: usize) {
        let mut connection = SqliteConnectOptions::new()
            .filename(file)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .connect()
            .await
            .unwrap();
        let cases: Vec<_> = self.cases.values().collect();
        for group in cases.chunks(together) {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            for table in TABLES {
                let rows: Vec<&Vec<Cell>> =
                    group.iter().flat_map(|rows| rows.iter()).filter(|(of, _)| *of == table).map(|(_, row)| row).collect();
                for rows in rows.chunks(64) {
                    self.insert_rows(&mut connection, table, rows).await;
                }
            }
            sqlx::query("COMMIT").execute(&mut connection).await.unwrap();
        }
        sqlx::Connection::close(connection).await.unwrap();
    }

    async fn insert_rows(&self, connection: &mut SqliteConnection, table: &str, rows: &[&Vec<Cell>]) {
        let names = &self.columns[table];
        let places = vec!["?"; names.len()].join(", ");
        let places = vec![format!("({places})"); rows.len()].join(", ");
        let text = format!("INSERT INTO {table} ({}) VALUES {places}", names.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(text));
        for cell in rows.iter().flat_map(|row| row.iter()).cloned() {
            query = match cell {
                Cell::Number(number) => query.bind(number),
                Cell::Text(text) => query.bind(text),
                Cell::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.execute(connection).await.unwrap();
    }
}
