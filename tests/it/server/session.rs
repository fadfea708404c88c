//! The README's session with the demonstration, run as it stands there.

use std::process::Command;

use crate::process::Process;
use crate::store::servers::addresses;

/// The commands of the session, each with what the README says that it prints.
fn session() -> Vec<(String, String)> {
    let readme = include_str!("../../../README.md");
    let section = readme.split("\n### A declaration through two agencies\n").nth(1).unwrap();
    let section = section.split("\n### ").next().unwrap();
    let mut commands: Vec<(String, String)> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        let mut continues = false;
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                commands.push((command.to_owned(), String::new()));
            } else {
                let (command, printed) = commands.last_mut().unwrap();
                let into = if continues { command } else { printed };
                if continues {
                    into.push('\n');
                }
                into.push_str(line);
                if !continues {
                    into.push('\n');
                }
            }
            continues = line.ends_with(['\\', '|']);
        }
    }
    commands
}

/// The key that was printed for a login.
fn key<'p>(printed: &'p str, login: &str) -> &'p str {
    let mut rows = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|words| words.get(1) == Some(&login)).unwrap_or_else(|| panic!("no {login} in {printed}"));
    row[2]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_of_the_readme_runs_as_it_stands_there() {
    let commands = session();
    assert!(commands.len() > 8, "{commands:#?}");
    for (server, address) in addresses().await {
        let process = Process::start_with(&address, &["--demo", "--log", "warn"], None);
        let mut script = "set -u\n".to_owned();
        for (command, _) in &commands {
            // The first one states what was printed: this time it was something else.
            if !command.starts_with("URL=") {
                script.push_str(command);
            }
            script.push_str("\nprintf '\\036'\n");
        }
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("URL", format!("http://{}", process.address))
            .env("BROKER", key(&process.printed, "broker"))
            .env("HEALTH", key(&process.printed, "byt-cattp"))
            .env("TRADE", key(&process.printed, "bct-chc"))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<&str> = printed.split('\u{1e}').collect();
        for ((command, said), printed) in commands.iter().zip(&printed) {
            assert_eq!(printed.trim_end(), said.trim_end(), "{server}: {command}");
        }
        assert_eq!(printed.len(), commands.len() + 1, "{server}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(process.end(), "{server}: the demonstration ends in peace");
    }
}
