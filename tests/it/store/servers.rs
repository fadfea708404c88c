//! The databases that the tests run on: a SQLite file always, PostgreSQL where a server is named.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Once;

use motcua::store::Database;
use sqlx::{Connection as _, Executor as _, PgConnection};

/// The variable that names a server whose user may create databases; `tests/run` sets it.
const SERVER: &str = "MOTCUA_TEST_POSTGRES";

/// A folder that is removed when the thread of its test ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static FOLDERS: RefCell<Vec<Folder>> = const { RefCell::new(Vec::new()) };
}

/// A new database on each server, with the name of the server to say where something failed.
pub(crate) async fn databases() -> Vec<(&'static str, Database)> {
    let mut databases = Vec::new();
    for (server, address) in addresses().await {
        databases.push((server, Database::open(&address).await.unwrap()));
    }
    databases
}

/// Where a new database may be opened on each server. On PostgreSQL it is there already, empty, and
/// stays until its server goes.
pub(crate) async fn addresses() -> Vec<(&'static str, String)> {
    let mut addresses = vec![("SQLite", folder().join("motcua.db").display().to_string())];
    if let Some(address) = postgres().await {
        addresses.push(("PostgreSQL", address));
    }
    addresses
}

/// A new folder for the test that asks.
pub(crate) fn folder() -> PathBuf {
    let path = std::env::temp_dir().join(format!("motcua-it-{}", unique()));
    std::fs::create_dir(&path).unwrap();
    FOLDERS.with_borrow_mut(|folders| folders.push(Folder(path.clone())));
    path
}

async fn postgres() -> Option<String> {
    static SKIPPED: Once = Once::new();
    let Some(server) = std::env::var(SERVER).ok().filter(|server| !server.is_empty()) else {
        SKIPPED.call_once(|| {
            // Past the capture of the tests' output: whoever runs them is to see it.
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("\n*** {SERVER} is not set: nothing is tested on PostgreSQL. Use tests/run. ***\n\n")
                    .as_bytes(),
            );
        });
        return None;
    };
    let name = format!("motcua_{}", unique());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    connection.close().await.unwrap();
    Some(with_database(&server, &name))
}

/// The address of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (location, options) = server.split_once('?').map_or((server, None), |(at, options)| (at, Some(options)));
    let (scheme, rest) = location.split_once("://").unwrap();
    let host = rest.split('/').next().unwrap();
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

fn unique() -> String {
    format!("{:016x}", getrandom::u64().unwrap())
}

#[test]
fn only_the_name_of_the_database_is_changed_in_an_address() {
    assert_eq!(with_database("postgres://u:p@h:1/postgres?host=/tmp/x", "a"), "postgres://u:p@h:1/a?host=/tmp/x");
    assert_eq!(with_database("postgres://u@h", "a"), "postgres://u@h/a");
}

#[tokio::test]
async fn every_database_is_new_and_may_be_written_to() {
    for (server, database) in databases().await {
        for _ in 0..2 {
            let writer = database.write().await.unwrap();
            writer.commit().await.unwrap();
        }
        assert_eq!(database.file().is_some(), server == "SQLite", "{server}");
        database.close().await;
    }
}
