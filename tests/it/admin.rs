//! `motcua admin` and the settings of the service, from outside.

mod cases;
mod exchange;
mod people;
mod settings;

use std::process::Command;

use serde_json::Value;

/// The program, with nothing of the environment that it would heed.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_motcua"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MOTCUA_") {
            program.env_remove(name);
        }
    }
    program.env("LANG", "C").env_remove("LC_ALL");
    program
}

/// What `motcua admin` on a database says: its exit code, and everything that it printed.
pub(crate) fn admin(database: &str, arguments: &[&str]) -> (i32, String) {
    run(&[&["--database", database], arguments].concat())
}

fn run(arguments: &[&str]) -> (i32, String) {
    let output = program().arg("admin").args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    (output.status.code().unwrap(), out + &err)
}

/// The same as JSON, where it succeeds. What holds for all of them may stand at the end.
pub(crate) fn asked(database: &str, arguments: &[&str]) -> Value {
    let (code, said) = run(&[arguments, &["--format", "json", "--database", database]].concat());
    assert_eq!(code, 0, "{arguments:?}: {said}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}
