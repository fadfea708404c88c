//! Many rows inserted with one statement, as each server takes them best.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{AssertSqlSafe, PgConnection};

use super::{Link, Value, built, clean};
use crate::store::StoreError;

/// Inserts rows, many with one statement. `into` is `INSERT INTO table (a, b, c)`, `then` what
/// follows the values, such as `ON CONFLICT DO NOTHING`.
pub(in crate::store) async fn insert<const N: usize>(
    link: &mut Link<'_>,
    into: &'static str,
    then: &'static str,
    rows: Vec<[Value; N]>,
) -> Result<u64, StoreError> {
    match link {
        Link::Sqlite(_) => in_runs(link, into, then, rows).await,
        Link::Postgres(connection) => in_columns(connection, into, then, rows).await,
    }
}

/// The sizes in which rows go to SQLite: few texts of statements, so that each is prepared once, and
/// few statements for any count of rows, since each goes to another thread and back.
const RUNS: [usize; 15] = [64, 56, 48, 40, 32, 24, 16, 8, 7, 6, 5, 4, 3, 2, 1];

async fn in_runs<const N: usize>(
    link: &mut Link<'_>,
    into: &'static str,
    then: &'static str,
    rows: Vec<[Value; N]>,
) -> Result<u64, StoreError> {
    let (mut rows, mut touched) = (rows.into_iter(), 0);
    for run in RUNS {
        while rows.len() >= run {
            let text = text_of((into, then, run), || {
                // Places without a number: SQLite looks each other one up by its name.
                let row = format!("({})", vec!["?"; N].join(", "));
                format!("{} VALUES {} {then}", whole(into, then, run), vec![row; run].join(", "))
            });
            touched += built(text).bind_all(rows.by_ref().take(run).flatten()).execute(link).await?;
        }
    }
    Ok(touched)
}

/// Of many rows that go in or not SQLite copies each page that they touch, so that it can take this one
/// statement back. A transaction in which one fails is given up as a whole, by SQLite as by us: nothing
/// has to be copied. What says itself what happens on a conflict keeps to that.
fn whole<'t>(into: &'t str, then: &str, run: usize) -> Cow<'t, str> {
    if run == 1 || !then.is_empty() {
        return into.into();
    }
    into.replacen("INSERT INTO", "INSERT OR ROLLBACK INTO", 1).into()
}

/// What goes to PostgreSQL with one statement at most, in rows and in bytes.
const TOGETHER: (usize, usize) = (1_024, 64 << 20);

/// Columns instead of rows: one text for any count of rows, which the server takes in as arrays.
async fn in_columns<const N: usize>(
    connection: &mut PgConnection,
    into: &'static str,
    then: &'static str,
    rows: Vec<[Value; N]>,
) -> Result<u64, StoreError> {
    let (mut rows, mut touched) = (rows.into_iter().peekable(), 0);
    while let Some(first) = rows.peek() {
        let mut columns: Vec<Columns> = first.iter().map(Columns::of).collect();
        let text = text_of((into, then, 0), || {
            let places = columns.iter().zip(1..).map(|(column, at)| format!("${at}::{}", column.kind()));
            let places: Vec<String> = places.collect();
            format!("{into} SELECT * FROM UNNEST({}) {then}", places.join(", "))
        });
        let (mut count, mut bytes) = (0, 0);
        while let Some(row) = rows.next_if(|_| count < TOGETHER.0 && bytes < TOGETHER.1) {
            count += 1;
            for (column, value) in columns.iter_mut().zip(row) {
                bytes += column.push(value)?;
            }
        }
        let mut query = sqlx::query::<sqlx::Postgres>(AssertSqlSafe(text));
        for column in columns {
            query = match column {
                Columns::Numbers(values) => query.bind(values),
                Columns::Texts(values) => query.bind(values),
                Columns::Bytes(values) => query.bind(values),
            };
        }
        touched += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(touched)
}

/// The values of one column.
enum Columns {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Columns {
    /// A column of values like this one.
    fn of(value: &Value) -> Self {
        match value {
            Value::Number(_) => Self::Numbers(Vec::new()),
            Value::Text(_) => Self::Texts(Vec::new()),
            Value::Bytes(_) => Self::Bytes(Vec::new()),
        }
    }

    /// Its type.
    fn kind(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "bigint[]",
            Self::Texts(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
        }
    }

    /// Takes a value in and gives its bytes, about.
    fn push(&mut self, value: Value) -> Result<usize, StoreError> {
        match (self, value) {
            (Self::Numbers(values), Value::Number(value)) => {
                values.push(value);
                Ok(size_of::<i64>())
            }
            (Self::Texts(values), Value::Text(value)) => {
                let bytes = value.as_ref().map_or(0, String::len);
                values.push(value.map(clean));
                Ok(bytes)
            }
            (Self::Bytes(values), Value::Bytes(value)) => {
                let bytes = value.as_ref().map_or(0, Vec::len);
                values.push(value);
                Ok(bytes)
            }
            (column, value) => {
                Err(StoreError::Refused(format!("{} is no value of a column of {}", value.as_text(), column.kind())))
            }
        }
    }
}

/// The text of a statement for so many rows, made once.
fn text_of(of: (&'static str, &'static str, usize), make: impl FnOnce() -> String) -> Arc<str> {
    type Texts = HashMap<(&'static str, &'static str, usize), Arc<str>>;
    static TEXTS: Mutex<Option<Texts>> = Mutex::new(None);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(texts.get_or_insert_default().entry(of).or_insert_with(|| make().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;

    #[tokio::test]
    async fn a_row_that_is_there_already_takes_the_whole_transaction_with_it() {
        const INTO: &str = "INSERT INTO shortages (case_id, number)";
        let folder = std::env::temp_dir().join(format!("motcua-insert-{:016x}", getrandom::u64().unwrap()));
        std::fs::create_dir(&folder).unwrap();
        let database = Database::open(folder.join("motcua.db").to_str().unwrap()).await.unwrap();
        let row = |number: &str| [Value::from("case"), Value::from(number)];
        let mut writer = database.write().await.unwrap();
        insert(&mut writer.link(), INTO, "", vec![row("1")]).await.unwrap();
        let error = insert(&mut writer.link(), INTO, "", vec![row("2"), row("1"), row("3")]).await.unwrap_err();
        assert!(matches!(error, StoreError::Duplicate(_)), "{error}");
        assert!(writer.commit().await.is_err(), "there is no transaction any more");

        // The next one finds nothing of it, and works.
        let mut writer = database.write().await.unwrap();
        insert(&mut writer.link(), INTO, "", vec![row("1"), row("4")]).await.unwrap();
        let again = insert(&mut writer.link(), INTO, "ON CONFLICT DO NOTHING", vec![row("4"), row("5")]).await.unwrap();
        assert_eq!(again, 1, "what says what happens on a conflict is asked");
        writer.commit().await.unwrap();
        let mut reader = database.read().await.unwrap();
        let count = built("SELECT COUNT(*) FROM shortages".to_owned()).number(&mut reader.link()).await.unwrap();
        assert_eq!(count, 3);
        drop(reader);
        database.close().await;
        std::fs::remove_dir_all(folder).unwrap();
    }
}
