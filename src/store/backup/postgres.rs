//! Copies of a PostgreSQL database, by the programs that come with it.

use std::path::Path;
use std::process::Stdio;

use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

use super::super::sql::{Link, sql};
use super::super::{StoreError, schema};
use super::BackupError;

/// Writes the database as it is now into an archive.
pub(super) async fn dump(address: &str, to: &Path) -> Result<(), BackupError> {
    let (address, password) = parted(address);
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--dbname", &address, "--file"]).arg(to);
    run("pg_dump", command, password).await
}

/// Fills an empty database from an archive, at once or not at all.
pub(super) async fn restore(from: &Path, address: &str) -> Result<(), BackupError> {
    let mut connection = PgConnection::connect(address).await.map_err(StoreError::from)?;
    let link = &mut Link::Postgres(&mut connection);
    let relations = sql("SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'");
    if relations.number(link).await? > 0 {
        let name = sql("SELECT current_database()::text").row(link).await?;
        let name = name.map_or(Ok(String::new()), |row| row.text(0))?;
        return Err(BackupError::NotEmpty(name));
    }
    let (plain, password) = parted(address);
    let mut command = Command::new("pg_restore");
    command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname", &plain]);
    command.arg(from);
    run("pg_restore", command, password).await?;
    schema::check(&mut Link::Postgres(&mut connection)).await?;
    connection.close().await.map_err(StoreError::from)?;
    Ok(())
}

async fn run(program: &'static str, mut command: Command, password: Option<String>) -> Result<(), BackupError> {
    let failed = |message: String| BackupError::Program { program, message };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).arg("--no-password");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.output().await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            failed("it is not on the PATH; it comes with PostgreSQL's client programs (postgresql-client)".to_owned())
        }
        _ => failed(error.to_string()),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().to_owned()))
}

/// An address without its password, and the password: what is among a program's arguments, every
/// user of the machine can see.
fn parted(address: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = address.split_once("://") else { return (address.to_owned(), None) };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (place, tail) = rest.split_at(end);
    match place.rsplit_once('@') {
        Some((who, host)) => match who.split_once(':') {
            Some((user, password)) => (format!("{scheme}://{user}@{host}{tail}"), Some(decoded(password))),
            None => (address.to_owned(), None),
        },
        None => (address.to_owned(), None),
    }
}

/// A part of an address with its `%41`s as the bytes that they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_stand_among_the_arguments() {
        let parts = |address| {
            let (address, password) = parted(address);
            (address, password.unwrap_or_default())
        };
        let plain = |address: &str, password: &str| (address.to_owned(), password.to_owned());
        assert_eq!(parts("postgres://u:p%40s%3As@h:1/d?host=/x"), plain("postgres://u@h:1/d?host=/x", "p@s:s"));
        assert_eq!(parts("postgres://u@h/d"), plain("postgres://u@h/d", ""));
        assert_eq!(parts("postgres:///d?host=/a@b:c"), plain("postgres:///d?host=/a@b:c", ""));
        assert_eq!(parts("postgres://u:100%@h"), plain("postgres://u@h", "100%"));
    }
}
