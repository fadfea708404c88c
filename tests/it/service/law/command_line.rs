//! The same by `motcua rules`, on the database of a service that is running.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::super::drafts::{draft, draft_folder};
use super::{House, addresses, built_in, cases_of_window, declared};
use motcua::store::Database;

fn rules(address: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
    command.arg("rules").args(arguments).args(["--database", address]);
    command.env("USER", "an").env("LANG", "C").env_remove("LC_ALL").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The editions of a database, each with whether it decides now.
fn editions(address: &str) -> Vec<(String, bool)> {
    let output = rules(address, &["installed", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    rows.iter().map(|row| (row["edition"].as_str().unwrap().to_owned(), row["decides"].as_bool().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_is_installed_and_taken_back_beside_a_running_service() {
    let folder = draft_folder();
    let folder = folder.to_str().unwrap();
    for (server, address) in addresses().await {
        // The command goes by the machine's clock, and so does this service.
        let database = Database::open(&address).await.unwrap();
        let house = House::start(database, motcua::service::clock::Clock::machine().now()).await;
        let (_, answer) = house.declare(declared("prawn-1", "20261120", "03061719")).await;
        assert_eq!(answer["decision"], "hold", "{server}");

        let dry = rules(&address, &["install", folder, "--dry-run", "--format", "json"]);
        let effect: Value = serde_json::from_slice(&dry.stdout).unwrap_or_else(|_| panic!("{}", said(&dry)));
        assert_eq!((&effect["open"], &effect["changed"]), (&1.into(), &1.into()), "{server}");
        assert_eq!(effect["moved"], serde_json::json!([{ "from": "hold", "to": "clear", "count": 1 }]), "{server}");
        assert_eq!(editions(&address), [(built_in().to_owned(), true)], "{server}: nothing was installed");

        let install = rules(&address, &["install", folder]);
        assert_eq!(install.status.code(), Some(0), "{server}: {}", said(&install));
        assert!(said(&install).contains("1 open declarations: 1 decided otherwise"), "{server}: {}", said(&install));
        assert_eq!(editions(&address), [(built_in().to_owned(), false), ("draft".to_owned(), true)], "{server}");
        let (_, answer) = house.declare(declared("prawn-2", "20261120", "03061719")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"clear".into(), &"draft".into()), "{server}");
        let again = rules(&address, &["install", folder]);
        assert_eq!(again.status.code(), Some(3), "{server}: {}", said(&again));
        assert!(said(&again).contains("decides on"), "{server}: {}", said(&again));

        let unknown = rules(&address, &["withdraw", "no-such", "--reason", "a test"]);
        assert_eq!(unknown.status.code(), Some(3), "{server}: {}", said(&unknown));
        assert!(said(&unknown).contains("no edition `no-such` is installed"), "{server}: {}", said(&unknown));
        // What is listed is not denied: the first edition is there, and stays.
        let first = rules(&address, &["withdraw", built_in(), "--reason", "a test"]);
        assert_eq!(first.status.code(), Some(3), "{server}: {}", said(&first));
        assert!(said(&first).contains("the service began with"), "{server}: {}", said(&first));
        let withdraw = rules(&address, &["withdraw", "draft", "--reason", "published in error"]);
        assert_eq!(withdraw.status.code(), Some(0), "{server}: {}", said(&withdraw));
        assert_eq!(said(&withdraw).trim(), draft_digest(folder), "{server}");
        let twice = rules(&address, &["withdraw", "draft", "--reason", "a test"]);
        assert_eq!(twice.status.code(), Some(3), "{server}: {}", said(&twice));
        assert!(said(&twice).contains("taken back already"), "{server}: {}", said(&twice));
        let (_, answer) = house.declare(declared("prawn-3", "20261120", "03061719")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"hold".into(), &built_in().into()), "{server}");
        let by: Vec<_> = cases_of_window(&house).await.into_iter().map(|entry| entry.by.person).collect();
        assert_eq!(by, [Some("an".to_owned()), Some("an".to_owned())], "{server}");
        house.service.stop().await;
    }
}

fn draft_digest(folder: &str) -> String {
    let digest = motcua::law::load_dir(Path::new(folder)).unwrap().pack.digest;
    assert_eq!(digest, draft().pack.digest, "the digest is that of the files");
    digest
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_says_who_installs_it_is_whoever_runs_the_command() {
    let folder = draft_folder();
    let folder = folder.to_str().unwrap();
    let bare = |address: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
        command.arg("rules").args(arguments).args(["--database", address]);
        command.env_remove("USER").env_remove("LOGNAME").env("LANG", "C").env_remove("LC_ALL").output().unwrap()
    };
    // As in a container: nothing is set, and the system knows all the same.
    let own = Command::new("id").arg("-un").output().unwrap();
    let own = String::from_utf8(own.stdout).unwrap().trim().to_owned();
    for (server, address) in addresses().await {
        Database::open(&address).await.unwrap().close().await;
        for arguments in [
            &["install", folder, "--dry-run"][..],
            &["install", folder],
            &["withdraw", "draft", "--reason", "a test"],
            &["install", folder, "--by", "an.nguyen"],
        ] {
            let output = bare(&address, arguments);
            assert_eq!(output.status.code(), Some(0), "{server} {arguments:?}: {}", said(&output));
        }
        let database = Database::open(&address).await.unwrap();
        let house = House::start(database, motcua::service::clock::Clock::machine().now()).await;
        let by: Vec<_> = cases_of_window(&house).await.into_iter().filter_map(|entry| entry.by.person).collect();
        assert_eq!(by, [own.as_str(), own.as_str(), "an.nguyen"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_pack_is_told_with_its_defects_and_changes_nothing() {
    let folder = draft_folder();
    let list = folder.join("lists/draft.csv");
    std::fs::write(&list, "annex,hs,group,note,source\ndraft,6601990X,,,made up\n").unwrap();
    for (server, address) in addresses().await {
        Database::open(&address).await.unwrap().close().await;
        let install = rules(&address, &["install", folder.to_str().unwrap()]);
        assert_eq!(install.status.code(), Some(3), "{server}: {}", said(&install));
        assert!(said(&install).contains("lists/draft.csv:2:"), "{server}: {}", said(&install));
        assert_eq!(editions(&address), [(built_in().to_owned(), true)], "{server}");
    }
    let missing = rules("/no/such/motcua.db", &["installed"]);
    assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
}
