//! Transactions: all or nothing, and nothing left behind on the connection.
//!
//! What is not ended in the proper way closes its connection. After an error nobody can tell in
//! which state that is: SQLite may have taken the transaction back by itself (a full disk), a
//! server may be gone. The next transaction gets a new one.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool};

use super::StoreError;
use super::sql::Link;

/// A transaction that writes. Dropped without [`Writer::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Writer(Held);

/// A transaction that reads: everything as it was at one moment.
#[derive(Debug)]
pub struct Snapshot(Held);

#[derive(Debug)]
enum Held {
    Sqlite(Open<Sqlite>),
    Postgres(Open<Postgres>),
}

#[derive(Debug)]
struct Open<D: sqlx::Database> {
    connection: PoolConnection<D>,
    ended: bool,
}

impl<D: sqlx::Database> Drop for Open<D> {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

impl Held {
    async fn sqlite(pool: &SqlitePool, begin: &'static str) -> Result<Self, StoreError> {
        let mut open = Open { connection: pool.acquire().await?, ended: false };
        sqlx::raw_sql(begin).execute(&mut *open.connection).await?;
        Ok(Self::Sqlite(open))
    }

    async fn postgres(pool: &PgPool, begin: String) -> Result<Self, StoreError> {
        let mut open = Open { connection: pool.acquire().await?, ended: false };
        sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *open.connection).await?;
        Ok(Self::Postgres(open))
    }

    fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(open) => Link::Sqlite(&mut open.connection),
            Self::Postgres(open) => Link::Postgres(&mut open.connection),
        }
    }

    async fn end(mut self, how: &'static str) -> Result<(), StoreError> {
        match &mut self {
            Self::Sqlite(open) => {
                sqlx::raw_sql(how).execute(&mut *open.connection).await?;
                open.ended = true;
            }
            Self::Postgres(open) => {
                sqlx::raw_sql(how).execute(&mut *open.connection).await?;
                open.ended = true;
            }
        }
        Ok(())
    }
}

impl Writer {
    pub(super) async fn sqlite(pool: &SqlitePool) -> Result<Self, StoreError> {
        Held::sqlite(pool, "BEGIN IMMEDIATE").await.map(Self)
    }

    pub(super) async fn postgres(pool: &PgPool, begin: String) -> Result<Self, StoreError> {
        Held::postgres(pool, begin).await.map(Self)
    }

    /// The link to put statements to.
    pub fn link(&mut self) -> Link<'_> {
        self.0.link()
    }

    /// Makes everything that was written durable, at once.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing of it is there, or, where the connection was lost in that very
    /// moment, nobody knows. Whoever asks again with the same message id finds out.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.end("COMMIT").await
    }

    /// Takes everything back that was written. As dropping it does, but the connection is kept.
    ///
    /// # Errors
    /// [`StoreError`] where the connection is lost; nothing was written then, either.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        self.0.end("ROLLBACK").await
    }
}

impl Snapshot {
    pub(super) async fn sqlite(pool: &SqlitePool) -> Result<Self, StoreError> {
        Held::sqlite(pool, "BEGIN").await.map(Self)
    }

    pub(super) async fn postgres(pool: &PgPool) -> Result<Self, StoreError> {
        Held::postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned()).await.map(Self)
    }

    /// The link to put statements to.
    pub fn link(&mut self) -> Link<'_> {
        self.0.link()
    }

    /// Gives the connection back.
    ///
    /// # Errors
    /// [`StoreError`] where it is lost.
    pub async fn end(self) -> Result<(), StoreError> {
        self.0.end("ROLLBACK").await
    }
}
