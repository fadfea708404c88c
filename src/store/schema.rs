//! The schema and its versions. Each version is one file, written once for both servers: `{bytes}`
//! and `{number}` stand for what they call these types; where rows are short and many, `{by_key}` has
//! SQLite keep them by their key, with no number and no second index. On PostgreSQL texts compare by
//! their bytes, as on SQLite, whatever the language of the server: lists and searches have one order.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::sql::{Link, sql};
use super::{Database, StoreError};

const VERSIONS: &[(i64, &str, &str)] = &[
    (1, "the clearance service", include_str!("schema/0001.sql")),
    (2, "certificates of origin and partners", include_str!("schema/0002.sql")),
];

/// Brings the schema up to date.
pub(super) async fn migrate(database: &Database) -> Result<(), StoreError> {
    if let Some(pool) = database.sqlite_writer() {
        migrator("TEXT", "BLOB", "INTEGER", "WITHOUT ROWID").run(pool).await?;
    }
    if let Some(pool) = database.postgres() {
        migrator("TEXT COLLATE \"C\"", "BYTEA", "BIGINT", "").run(pool).await?;
    }
    Ok(())
}

/// Whether the schema is of this version of the program.
pub(super) async fn check(link: &mut Link<'_>) -> Result<(), StoreError> {
    let there = match sql("SELECT MAX(version) FROM _sqlx_migrations WHERE success").row(link).await {
        Ok(row) => row.map_or(Ok(None), |row| row.maybe_number(0))?,
        Err(StoreError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    let newest = VERSIONS.last().map_or(0, |(version, ..)| *version);
    match there {
        None => Err(StoreError::Schema("it is no database of a single window".to_owned())),
        Some(version) if version == newest => Ok(()),
        Some(version) => Err(StoreError::Schema(format!("it is of version {version}, this program is of {newest}"))),
    }
}

fn migrator(text: &str, bytes: &str, number: &str, by_key: &str) -> Migrator {
    let types = [(" TEXT", &*format!(" {text}")), ("{bytes}", bytes), ("{number}", number), ("{by_key}", by_key)];
    let migrations = VERSIONS.iter().map(|(version, description, schema)| {
        let schema = types.iter().fold((*schema).to_owned(), |schema, (kind, here)| schema.replace(kind, here));
        let schema = sqlx::AssertSqlSafe(schema).into_sql_str();
        Migration::new(*version, Cow::Borrowed(*description), MigrationType::Simple, schema, false)
    });
    Migrator { migrations: Cow::Owned(migrations.collect()), ..Migrator::DEFAULT }
}
