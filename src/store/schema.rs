//! The schema and its versions. Each version is one file, written once for both servers: `{bytes}`
//! and `{number}` stand for what they call these types.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{Database, StoreError};

const VERSIONS: &[(i64, &str, &str)] = &[(1, "the clearance service", include_str!("schema/0001.sql"))];

/// Brings the schema up to date.
pub(super) async fn migrate(database: &Database) -> Result<(), StoreError> {
    if let Some(pool) = database.sqlite_writer() {
        migrator("BLOB", "INTEGER").run(pool).await?;
    }
    if let Some(pool) = database.postgres() {
        migrator("BYTEA", "BIGINT").run(pool).await?;
    }
    Ok(())
}

fn migrator(bytes: &str, number: &str) -> Migrator {
    let migrations = VERSIONS.iter().map(|(version, description, text)| {
        let text = text.replace("{bytes}", bytes).replace("{number}", number);
        let text = sqlx::AssertSqlSafe(text).into_sql_str();
        Migration::new(*version, Cow::Borrowed(*description), MigrationType::Simple, text, false)
    });
    Migrator { migrations: Cow::Owned(migrations.collect()), ..Migrator::DEFAULT }
}
