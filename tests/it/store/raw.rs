//! The database behind the program's back.

use motcua::store::Database;
use sqlx::{AssertSqlSafe, Column as _, Connection as _, PgConnection, Row as _, SqliteConnection};

/// A connection of the test's own.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A value as a test puts it into a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// An entry of the journal as it stands in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) case: String,
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) event: String,
    pub(crate) hash: Vec<u8>,
}

impl Raw {
    /// Connects. Nothing that the test does has to survive a crash.
    pub(crate) async fn connect(database: &Database) -> Self {
        let address = database.address();
        let (mut raw, quick) = if address.starts_with("postgres") {
            (Self::Postgres(PgConnection::connect(&address).await.unwrap()), "SET synchronous_commit = off")
        } else {
            let address = format!("sqlite://{address}");
            (Self::Sqlite(SqliteConnection::connect(&address).await.unwrap()), "PRAGMA synchronous = OFF")
        };
        raw.run(quick, &[]).await.unwrap();
        raw
    }

    /// Disconnects, so that nothing of it is left in the folder.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }

    /// Runs a statement; gives how many rows it touched.
    pub(crate) async fn run(&mut self, text: &str, values: &[Cell]) -> Result<u64, sqlx::Error> {
        macro_rules! run {
            ($connection:ident, $server:ty) => {{
                let mut query = sqlx::query::<$server>(AssertSqlSafe(text.to_owned()));
                for value in values {
                    query = match value.clone() {
                        Cell::Null => query.bind(None::<i64>),
                        Cell::Number(value) => query.bind(value),
                        Cell::Text(value) => query.bind(value),
                        Cell::Bytes(value) => query.bind(value),
                    };
                }
                query.execute($connection).await.map(|done| done.rows_affected())
            }};
        }
        match self {
            Self::Sqlite(connection) => run!(connection, sqlx::Sqlite),
            Self::Postgres(connection) => run!(connection, sqlx::Postgres),
        }
    }

    /// The rows of a statement, each column by what it holds.
    pub(crate) async fn rows(&mut self, text: &str) -> Vec<Vec<Cell>> {
        macro_rules! rows {
            ($connection:ident, $row:ty) => {{
                let rows = sqlx::query(AssertSqlSafe(text.to_owned())).fetch_all($connection).await.unwrap();
                let cell = |row: &$row, at: usize| cell!(row, at);
                rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect()).collect()
            }};
        }
        macro_rules! cell {
            ($row:ident, $at:ident) => {{
                if let Ok(number) = $row.try_get::<Option<i64>, _>($at) {
                    number.map_or(Cell::Null, Cell::Number)
                } else if let Ok(text) = $row.try_get::<Option<String>, _>($at) {
                    text.map_or(Cell::Null, Cell::Text)
                } else {
                    Cell::Bytes($row.try_get::<Vec<u8>, _>($at).unwrap())
                }
            }};
        }
        match self {
            Self::Sqlite(connection) => rows!(connection, sqlx::sqlite::SqliteRow),
            Self::Postgres(connection) => rows!(connection, sqlx::postgres::PgRow),
        }
    }

    /// The names of a table's columns, where it has rows.
    pub(crate) async fn columns(&mut self, table: &str) -> Vec<String> {
        let one = AssertSqlSafe(format!("SELECT * FROM {table} LIMIT 1"));
        match self {
            Self::Sqlite(connection) => {
                let row = sqlx::query(one).fetch_optional(connection).await.unwrap();
                row.iter().flat_map(sqlx::Row::columns).map(|column| column.name().to_owned()).collect()
            }
            Self::Postgres(connection) => {
                let row = sqlx::query(one).fetch_optional(connection).await.unwrap();
                row.iter().flat_map(sqlx::Row::columns).map(|column| column.name().to_owned()).collect()
            }
        }
    }

    /// The whole journal.
    pub(crate) async fn journal(&mut self) -> Vec<Entry> {
        let rows = self.rows("SELECT seq, case_id, number, at, kind, event, hash FROM journal ORDER BY seq").await;
        let entry = |row: Vec<Cell>| {
            use Cell::{Bytes, Number, Text};
            let Ok(row) = <[Cell; 7]>::try_from(row) else { panic!("seven columns were asked for") };
            match row {
                [Number(seq), Text(case), Number(number), Number(at), Text(kind), Text(event), Bytes(hash)] => {
                    Entry { seq, case, number, at, kind, event, hash }
                }
                other => panic!("{other:?}"),
            }
        };
        rows.into_iter().map(entry).collect()
    }

    /// Puts an entry into the journal as it is.
    pub(crate) async fn put(&mut self, entry: &Entry) {
        let entry = entry.clone();
        let values = [
            Cell::Number(entry.seq),
            Cell::Text(entry.case),
            Cell::Number(entry.number),
            Cell::Number(entry.at),
            Cell::Text(entry.kind),
            Cell::Text(entry.event),
            Cell::Bytes(entry.hash),
        ];
        let put =
            "INSERT INTO journal (seq, case_id, number, at, kind, event, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        self.run(put, &values).await.unwrap();
    }

    /// Takes an entry out of the journal.
    pub(crate) async fn take_out(&mut self, seq: i64) {
        assert_eq!(self.run("DELETE FROM journal WHERE seq = $1", &[Cell::Number(seq)]).await.unwrap(), 1);
    }
}
