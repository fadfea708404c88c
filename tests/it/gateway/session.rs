//! The README's session with a partner, run as it stands there, at ports that are free.

use std::net::TcpListener;
use std::process::Command;

use crate::store::servers::folder;

/// The commands of the session, each with what the README says that it prints.
fn session() -> Vec<(String, String)> {
    let readme = include_str!("../../../README.md");
    let section = readme.split("\n### Certificates of origin from a partner\n").nth(1).unwrap();
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

#[test]
fn the_session_with_a_partner_runs_as_it_stands_in_the_readme() {
    let commands = session();
    assert!(commands.len() > 10, "{commands:#?}");
    let root = folder();
    std::os::unix::fs::symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"), root.join("fixtures")).unwrap();
    let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (api, own, theirs) = (port(), port(), port());
    let at_free_ports = |text: &str| {
        let served = format!("serve --listen 127.0.0.1:{api} --gateway-listen 127.0.0.1:{own} ");
        text.replace("serve ", &served).replace("8080", &api).replace("8443", &own).replace("9443", &theirs)
    };
    let mut script = "set -u\n".to_owned();
    for (command, _) in &commands {
        script.push_str(&at_free_ports(command));
        script.push_str("\nprintf '\\036'\n");
    }
    script.push_str("kill $(jobs -p)\nwait\n");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_motcua")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("timeout")
        .args(["300", "bash", "-c", &script])
        .current_dir(&root)
        .env("PATH", path)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<&str> = printed.split('\u{1e}').collect();
    let log = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let errors = format!("{}\n{}\n{}", String::from_utf8_lossy(&output.stderr), log("vn.log"), log("th.log"));
    for ((command, said), printed) in commands.iter().zip(&printed) {
        assert_eq!(printed.trim_end(), at_free_ports(said).trim_end(), "{command}\n{errors}");
    }
    assert_eq!(printed.len(), commands.len() + 1, "{errors}");
}
