//! The commands that look after a database, from outside.

use std::process::{Command, Output};

use super::raw::{Cell, Raw};
use super::servers::{addresses, databases, folder};
use super::story::{Story, lived_in};

fn motcua(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(arguments)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("MOTCUA_DATABASE")
        .output()
        .unwrap()
}

/// Its exit code and what it printed.
fn run(arguments: &[&str]) -> (i32, String) {
    let output = motcua(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    (output.status.code().unwrap(), out + &err)
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_whole_or_names_the_entry() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let address = database.address();
        let mut raw = Raw::connect(&database).await;
        let count = raw.journal().await.len();
        let (code, said) = run(&["verify", "--database", &address]);
        assert_eq!(code, 0, "{server}: {said}");
        assert!(said.contains(&format!("whole: {count} entries of ")), "{server}: {said}");
        let seal = said.lines().find_map(|line| line.strip_prefix("seal ")).unwrap().to_owned();

        let (code, said) = run(&["verify", "--database", &address, "--sealed", &seal]);
        assert_eq!(code, 0, "{server}: {said}");
        let (number, hash) = seal.split_once(':').unwrap();
        let other = format!("{number}:{}{}", &hash[1..], &hash[..1]);
        for (noted, told) in [(other, format!("seal {number}: ")), (format!("77:{hash}"), "seal 77: ".to_owned())] {
            let (code, said) = run(&["verify", "--database", &address, "--sealed", &noted]);
            assert_eq!(code, 3, "{server}: {said}");
            assert!(said.starts_with(&told), "{server}: {said}");
        }
        assert_eq!(run(&["verify", "--database", &address, "--sealed", "7"]).0, 2);

        raw.run("UPDATE journal SET event = $1 WHERE seq = 7", &[Cell::Text("{}".to_owned())]).await.unwrap();
        let (code, said) = run(&["verify", "--database", &address]);
        assert_eq!(code, 3, "{server}: {said}");
        assert!(said.starts_with("entry 7: ") && said.contains("NOT WHOLE"), "{server}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuild_names_what_differs_and_puts_it_right_when_asked() {
    for (server, database) in databases().await {
        let Story { database, waits, .. } = lived_in(database).await;
        let address = database.address();
        let (code, said) = run(&["rebuild", "--database", &address]);
        assert_eq!(code, 0, "{server}: {said}");
        assert!(said.contains(": 0 differ, 0 rows of no case, 0 traders"), "{server}: {said}");
        let mut raw = Raw::connect(&database).await;
        let damage = "UPDATE declarations SET status = 'cleared' WHERE case_id = $1";
        raw.run(damage, &[Cell::Text(waits.to_string())]).await.unwrap();
        for _ in 0..2 {
            let (code, said) = run(&["rebuild", "--database", &address]);
            assert_eq!(code, 3, "{server}: {said}");
            assert!(said.starts_with(&format!("case {waits}\n")), "{server}: {said}");
        }
        let (code, said) = run(&["rebuild", "--database", &address, "--write"]);
        assert_eq!(code, 0, "{server}: {said}");
        assert!(said.contains("put right"), "{server}: {said}");
        assert_eq!(run(&["rebuild", "--database", &address]).0, 0, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_and_restored_and_verified_by_commands() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let copy = folder().join("copy");
        let (code, said) = run(&["backup", "--database", &database.address(), "--to", copy.to_str().unwrap()]);
        assert_eq!(code, 0, "{server}: {said}");
        let (code, said) = run(&["backup", "--database", &database.address(), "--to", copy.to_str().unwrap()]);
        assert_eq!(code, 1, "{server}: {said}");
        assert!(said.contains("already"), "{server}: {said}");
        let address = addresses().await.into_iter().find(|(name, _)| *name == server).unwrap().1;
        let (code, said) = run(&["restore", copy.to_str().unwrap(), "--database", &address]);
        assert_eq!(code, 0, "{server}: {said}");
        let (code, said) = run(&["restore", copy.to_str().unwrap(), "--database", &address]);
        assert_eq!(code, 1, "{server}: {said}");
        assert!(said.contains("not empty"), "{server}: {said}");
        let whole = run(&["verify", "--database", &database.address()]);
        assert_eq!(run(&["verify", "--database", &address]), whole, "{server}");
    }
}

#[test]
fn commands_that_need_a_database_say_what_is_wrong_with_it() {
    let nothing = folder().join("nothing.db");
    let nothing = nothing.to_str().unwrap();
    for command in ["verify", "rebuild"] {
        let (code, said) = run(&[command, "--database", nothing]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("there is no such database"), "{said}");
        assert_eq!(run(&[command]).0, 2, "--database is required");
    }
    let (code, said) = run(&["verify", "--database", "mysql://me:secret@h/d"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("is no database") && !said.contains("secret"), "{said}");
    let (code, said) = run(&["verify", "--database", "postgres://me:secret@127.0.0.1:1/d"]);
    assert_eq!(code, 1, "{said}");
    assert!(!said.contains("secret"), "{said}");
    assert!(!std::path::Path::new(nothing).exists());
}

#[test]
fn a_missing_program_of_postgres_is_named() {
    let Some(server) = std::env::var("MOTCUA_TEST_POSTGRES").ok().filter(|server| !server.is_empty()) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(async {
        let (_, database) = databases().await.pop().unwrap();
        database.address()
    });
    assert!(address.starts_with("postgres"), "{server}");
    let copy = folder().join("copy");
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["backup", "--database", &address, "--to", copy.to_str().unwrap()])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("pg_dump") && said.contains("PATH"), "{said}");
    assert!(!copy.exists());
}
