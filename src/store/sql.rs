//! One way to speak to both servers.
//!
//! Every statement is written once, with `$1`, `$2` … for its values, which SQLite and PostgreSQL
//! both take. Columns are whole numbers, texts and bytes only, so that both give back the same:
//! moments are microseconds since 1970, amounts and days are texts.

mod insert;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

pub(super) use self::insert::insert;
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
            Self::Text(Some(text)) => format!("t{}", clean(text.clone())),
            Self::Bytes(Some(bytes)) => {
                format!("b{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
        }
    }
}

/// A text as both servers keep it: PostgreSQL has no zero bytes in texts.
pub(super) fn clean(text: String) -> String {
    if memchr::memchr(0, text.as_bytes()).is_some() { text.replace('\0', "\u{fffd}") } else { text }
}

/// Bytes of a text that an index holds; PostgreSQL indexes no more than 2.7 KB.
const KEY_MAX: usize = 512;

/// A text by which rows are found, as its column holds it. What strangers send may be long: then it
/// is its beginning and its digest, so that no message can be one that cannot be kept.
pub(super) fn key(text: &str) -> String {
    if text.len() <= KEY_MAX {
        return text.to_owned();
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let beginning = text.floor_char_boundary(KEY_MAX - digest.len() - "…".len());
    format!("{}…{digest}", &text[..beginning])
}

/// The same of a text that may be there.
pub(super) fn maybe_key(text: Option<&str>) -> Option<String> {
    text.map(key)
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
                        Value::Text(value) => query.bind(value.map(clean)),
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
                        Value::Text(value) => query.bind(value.map(clean)),
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

    /// What is made of a column that holds a text, without a copy of it.
    pub(super) fn with_text<T>(&self, at: usize, make: impl FnOnce(&str) -> T) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => make(row.try_get::<&str, _>(at)?),
            Self::Postgres(row) => make(row.try_get::<&str, _>(at)?),
        })
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

    /// The bytes of a column that should hold a text or bytes, whatever they are; none: it holds
    /// something else.
    pub(super) fn raw(&self, at: usize) -> Option<Vec<u8>> {
        match self {
            Self::Sqlite(row) => row.try_get_unchecked(at).ok(),
            Self::Postgres(row) => row.try_get_unchecked(at).ok(),
        }
    }

    /// The same where the server holds it as a text; SQLite may hold the same bytes as either.
    pub(super) fn raw_text(&self, at: usize) -> Option<Vec<u8>> {
        self.raw(at).filter(|_| self.is_held_as(at, "TEXT"))
    }

    /// The same where the server holds it as bytes.
    pub(super) fn raw_bytes(&self, at: usize) -> Option<Vec<u8>> {
        self.raw(at).filter(|_| self.is_held_as(at, "BLOB"))
    }

    /// Whether SQLite holds a value so. On PostgreSQL a column holds its own kind alone.
    fn is_held_as(&self, at: usize, kind: &str) -> bool {
        match self {
            Self::Sqlite(row) => row.try_get_raw(at).is_ok_and(|value| value.type_info().name() == kind),
            Self::Postgres(_) => true,
        }
    }

    /// The first columns as texts that compare, whatever they hold.
    pub(super) fn as_texts(&self, columns: usize) -> Vec<String> {
        let value = |at: usize| {
            let number = self.maybe_number(at).map(Value::Number);
            let text = || self.maybe_text(at).map(Value::Text);
            number.or_else(|_| text()).unwrap_or_else(|_| Value::Bytes(self.raw(at)))
        };
        (0..columns).map(|at| value(at).as_text()).collect()
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

/// `$from, $from+1, …`: places for so many values in an `IN (…)`.
pub(super) fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|at| format!("${at}")).collect();
    places.join(", ")
}

/// Rows of a `VALUES` for keys that are looked up one by one: each its position, as a text, and its
/// columns. There are places for a power of two of them, so that few statements are prepared; those
/// that are too many ask for the first again ([`looked_up_values`]).
pub(super) fn looked_up(keys: usize, columns: usize) -> String {
    let row = |at: usize| format!("({})", places(at * (columns + 1) + 1, columns + 1));
    let rows: Vec<String> = (0..keys.next_power_of_two()).map(row).collect();
    rows.join(", ")
}

/// The values of these places.
pub(super) fn looked_up_values<const N: usize>(keys: &[[String; N]]) -> Vec<Value> {
    let count = keys.len().next_power_of_two();
    let row = |at: usize| {
        // Beyond the last nothing is meant by it.
        let (key, position) = keys.get(at).map_or((keys.first(), "-".to_owned()), |key| (Some(key), at.to_string()));
        let key = key.into_iter().flatten().map(Value::from);
        std::iter::once(Value::from(position)).chain(key).collect::<Vec<_>>()
    };
    (0..count).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_is_short_and_still_its_own() {
        assert_eq!(key("107000000010"), "107000000010");
        let long = "đ".repeat(5_000);
        let (one, other) = (key(&long), key(&format!("{long}x")));
        assert!(one.len() <= 512 && one != other && one.starts_with("đđđ"), "{one}");
        assert_eq!(key(&one), one);
    }
}

#[cfg(test)]
pub(super) mod plans {
    //! How SQLite goes about a statement.

    use super::{Value, built};
    use crate::store::Database;

    /// A table that is kept by its key is read in the key's order, from a place on or from its end.
    pub(crate) const BY_KEY: &str = "USING PRIMARY KEY";

    /// Whether statements follow an index from row to row: nothing is sorted, no table is read
    /// through for it.
    pub(crate) async fn follows(statements: Vec<(String, Vec<Value>)>, index: &str) {
        for plan in plans(statements).await {
            let from_its_end = index == BY_KEY && plan.contains(": SCAN ") && !plan.contains(" INDEX ");
            let follows = plan.contains(index) || from_its_end;
            assert!(follows && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    /// The steps of statements, with their texts.
    pub(crate) async fn plans(statements: Vec<(String, Vec<Value>)>) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("motcua-plan-{:016x}", getrandom::u64().unwrap()));
        std::fs::create_dir(&folder).unwrap();
        let database = Database::open(folder.join("motcua.db").to_str().unwrap()).await.unwrap();
        let mut reader = database.read().await.unwrap();
        let mut plans = Vec::new();
        for (text, values) in statements {
            let explained = built(format!("EXPLAIN QUERY PLAN {text}")).bind_all(values);
            let plan: Vec<String> =
                explained.rows(&mut reader.link()).await.unwrap().iter().map(|row| row.text(3).unwrap()).collect();
            plans.push(format!("{text}: {}", plan.join("; ")));
        }
        drop(reader);
        database.close().await;
        std::fs::remove_dir_all(folder).unwrap();
        plans
    }
}
