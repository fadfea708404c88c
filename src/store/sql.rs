//! One way to speak to both servers.
//!
//! Every statement is written once, with `$1`, `$2` … for its values, which SQLite and PostgreSQL
//! both take. Columns are whole numbers, texts and bytes only, so that both give back the same:
//! moments are microseconds since 1970, amounts and days are texts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqliteConnection};

use super::StoreError;

/// A connection to one of the servers, or a transaction on it.
#[derive(Debug)]
pub enum Link<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

/// A value of a statement.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A whole number.
    Number(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! values {
    ($($from:ty => $value:ident => $into:expr;)+) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $into
            }
        })+
    };
}

values! {
    i64 => value => Self::Number(Some(value));
    u32 => value => Self::Number(Some(value.into()));
    bool => value => Self::Number(Some(value.into()));
    Option<i64> => value => Self::Number(value);
    String => value => Self::Text(Some(value));
    &str => value => Self::Text(Some(value.to_owned()));
    &String => value => Self::Text(Some(value.clone()));
    Option<String> => value => Self::Text(value);
    Option<&str> => value => Self::Text(value.map(str::to_owned));
    Vec<u8> => value => Self::Bytes(Some(value));
    &[u8] => value => Self::Bytes(Some(value.to_vec()));
    Option<Vec<u8>> => value => Self::Bytes(value);
    [u8; 32] => value => Self::Bytes(Some(value.to_vec()));
    crate::clearance::case::CaseId => value => Self::Text(Some(value.to_string()));
    Option<crate::clearance::case::CaseId> => value => Self::Text(value.map(|id| id.to_string()));
    jiff::Timestamp => value => Self::Number(Some(value.as_microsecond()));
    Option<jiff::Timestamp> => value => Self::Number(value.map(jiff::Timestamp::as_microsecond));
}

impl Value {
    /// The value as a text that compares.
    pub(super) fn as_text(&self) -> String {
        match self {
            Self::Number(None) | Self::Text(None) | Self::Bytes(None) => "-".to_owned(),
            Self::Number(Some(number)) => format!("n{number}"),
            Self::Text(Some(text)) => format!("t{text}"),
            Self::Bytes(Some(bytes)) => {
                format!("b{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
        }
    }
}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Sql {
    text: Text,
    values: Vec<Value>,
}

#[derive(Debug)]
enum Text {
    Fixed(&'static str),
    Built(Arc<str>),
}

/// A statement as it is written in the program.
pub(super) fn sql(text: &'static str) -> Sql {
    Sql { text: Text::Fixed(text), values: Vec::new() }
}

/// A statement put together from parts of the program: never from what somebody sent.
pub(super) fn built(text: impl Into<Arc<str>>) -> Sql {
    Sql { text: Text::Built(text.into()), values: Vec::new() }
}

/// Runs a statement on whichever server the link leads to.
macro_rules! run {
    ($sql:expr, $link:expr, $call:ident, $($wrap:tt)*) => {{
        let Sql { text, values } = $sql;
        match $link {
            Link::Sqlite(connection) => {
                let mut query = match text {
                    Text::Fixed(text) => sqlx::query::<sqlx::Sqlite>(text),
                    Text::Built(text) => sqlx::query::<sqlx::Sqlite>(AssertSqlSafe(text)),
                };
                for value in values {
                    query = match value {
                        Value::Number(value) => query.bind(value),
                        Value::Text(value) => query.bind(value),
                        Value::Bytes(value) => query.bind(value),
                    };
                }
                let result = query.$call(&mut **connection).await?;
                run!(@sqlite result, $($wrap)*)
            }
            Link::Postgres(connection) => {
                let mut query = match text {
                    Text::Fixed(text) => sqlx::query::<sqlx::Postgres>(text),
                    Text::Built(text) => sqlx::query::<sqlx::Postgres>(AssertSqlSafe(text)),
                };
                for value in values {
                    query = match value {
                        Value::Number(value) => query.bind(value),
                        Value::Text(value) => query.bind(value),
                        Value::Bytes(value) => query.bind(value),
                    };
                }
                let result = query.$call(&mut **connection).await?;
                run!(@postgres result, $($wrap)*)
            }
        }
    }};
    (@sqlite $result:ident, affected) => { Ok($result.rows_affected()) };
    (@postgres $result:ident, affected) => { Ok($result.rows_affected()) };
    (@sqlite $result:ident, rows) => { Ok($result.into_iter().map(Row::Sqlite).collect()) };
    (@postgres $result:ident, rows) => { Ok($result.into_iter().map(Row::Postgres).collect()) };
    (@sqlite $result:ident, row) => { Ok($result.map(Row::Sqlite)) };
    (@postgres $result:ident, row) => { Ok($result.map(Row::Postgres)) };
}

impl Sql {
    /// The value of the next `$n`.
    #[must_use]
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The values of the next `$n`s.
    #[must_use]
    pub(super) fn bind_all(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs it and says how many rows it touched.
    pub(super) async fn execute(self, link: &mut Link<'_>) -> Result<u64, StoreError> {
        run!(self, link, execute, affected)
    }

    /// Its rows.
    pub(super) async fn rows(self, link: &mut Link<'_>) -> Result<Vec<Row>, StoreError> {
        run!(self, link, fetch_all, rows)
    }

    /// Its first row.
    pub(super) async fn row(self, link: &mut Link<'_>) -> Result<Option<Row>, StoreError> {
        run!(self, link, fetch_optional, row)
    }

    /// The number in the first column of its first row; 0 without a row.
    pub(super) async fn number(self, link: &mut Link<'_>) -> Result<i64, StoreError> {
        self.row(link).await?.map_or(Ok(0), |row| row.number(0))
    }
}

/// A row of either server.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($($(#[$doc:meta])* $name:ident: $kind:ty;)+) => {
        $($(#[$doc])*
        pub(super) fn $name(&self, at: usize) -> Result<$kind, StoreError> {
            Ok(match self {
                Self::Sqlite(row) => row.try_get::<$kind, _>(at)?,
                Self::Postgres(row) => row.try_get::<$kind, _>(at)?,
            })
        })+
    };
}

impl Row {
    column! {
        /// A column that holds a whole number.
        number: i64;
        /// A column that may hold one.
        maybe_number: Option<i64>;
        /// A column that holds a text.
        text: String;
        /// A column that may hold one.
        maybe_text: Option<String>;
        /// A column that holds bytes.
        bytes: Vec<u8>;
        /// A column that may hold some.
        maybe_bytes: Option<Vec<u8>>;
    }

    /// A column that holds a moment.
    pub(super) fn moment(&self, at: usize) -> Result<jiff::Timestamp, StoreError> {
        moment(self.number(at)?)
    }

    /// A column that may hold one.
    pub(super) fn maybe_moment(&self, at: usize) -> Result<Option<jiff::Timestamp>, StoreError> {
        self.maybe_number(at)?.map(moment).transpose()
    }

    /// A column that holds the id of a case.
    pub(super) fn case(&self, at: usize) -> Result<crate::clearance::case::CaseId, StoreError> {
        let text = self.text(at)?;
        text.parse().map_err(|_| StoreError::Damaged(format!("`{text}` is no id of a case")))
    }

    /// A column that may hold one.
    pub(super) fn maybe_case(&self, at: usize) -> Result<Option<crate::clearance::case::CaseId>, StoreError> {
        if self.maybe_text(at)?.is_none() { Ok(None) } else { self.case(at).map(Some) }
    }

    /// A column that should hold a text, as far as it is one.
    pub(super) fn lossy(&self, at: usize) -> Result<String, StoreError> {
        self.text(at).or_else(|_| Ok(String::from_utf8_lossy(&self.bytes(at)?).into_owned()))
    }

    /// The first columns as texts that compare, whatever they hold.
    pub(super) fn as_texts(&self, columns: usize) -> Result<Vec<String>, StoreError> {
        (0..columns)
            .map(|at| {
                let number = self.maybe_number(at).map(Value::Number);
                let text = || self.maybe_text(at).map(Value::Text);
                let value = number.or_else(|_| text()).or_else(|_| self.maybe_bytes(at).map(Value::Bytes))?;
                Ok(value.as_text())
            })
            .collect()
    }

    /// A column that says yes or no.
    pub(super) fn flag(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.number(at)? != 0)
    }
}

fn moment(microseconds: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_microsecond(microseconds)
        .map_err(|_| StoreError::Damaged(format!("{microseconds} is no moment")))
}

/// The sizes in which rows are inserted: few texts of statements, so that each is prepared once.
const RUNS: [usize; 3] = [64, 8, 1];

/// Inserts rows, many with one statement. `into` is `INSERT INTO table (a, b, c)`, `then` what
/// follows the values, such as `ON CONFLICT DO NOTHING`.
pub(super) async fn insert<const N: usize>(
    link: &mut Link<'_>,
    into: &'static str,
    then: &'static str,
    rows: Vec<[Value; N]>,
) -> Result<u64, StoreError> {
    let (mut rows, mut touched) = (rows.into_iter(), 0);
    for run in RUNS {
        while rows.len() >= run {
            let statement = built(many(into, then, run, N)).bind_all(rows.by_ref().take(run).flatten());
            touched += statement.execute(link).await?;
        }
    }
    Ok(touched)
}

/// The text of a statement that inserts so many rows.
fn many(into: &'static str, then: &'static str, rows: usize, columns: usize) -> Arc<str> {
    type Texts = HashMap<(&'static str, &'static str, usize), Arc<str>>;
    static TEXTS: Mutex<Option<Texts>> = Mutex::new(None);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let text = texts.get_or_insert_default().entry((into, then, rows)).or_insert_with(|| {
        let row = |at: usize| {
            let values: Vec<String> = (1..=columns).map(|column| format!("${}", at * columns + column)).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("{into} VALUES {} {then}", rows.join(", ")).into()
    });
    Arc::clone(text)
}

/// `$from, $from+1, …`: places for so many values in an `IN (…)`.
pub(super) fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|at| format!("${at}")).collect();
    places.join(", ")
}
