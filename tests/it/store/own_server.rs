//! A PostgreSQL of a test's own, which it may stop as it likes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::servers::folder;

/// A server. It is stopped and gone when it is dropped.
pub(crate) struct OwnServer {
    folder: PathBuf,
    programs: PathBuf,
    as_root: bool,
}

impl OwnServer {
    /// Starts one; none where the tests are to do without PostgreSQL.
    pub(crate) fn start() -> Option<Self> {
        std::env::var("MOTCUA_TEST_POSTGRES").ok().filter(|server| !server.is_empty())?;
        let programs = programs()?;
        let folder = folder();
        // The server refuses to run as root, and the folder is to be its own.
        let as_root = Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
        if as_root {
            assert!(Command::new("chown").arg("postgres").arg(&folder).status().unwrap().success());
        }
        let server = Self { folder, programs, as_root };
        let data = server.data();
        server.run("initdb", &["-D", text(&data), "-U", "motcua", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        server.go();
        server.run("createdb", &["-h", text(&server.folder), "-U", "motcua", "motcua"]);
        Some(server)
    }

    /// The address of its database.
    pub(crate) fn address(&self) -> String {
        format!("postgres://motcua@localhost/motcua?host={}", self.folder.display())
    }

    /// Lets it go on.
    pub(crate) fn go(&self) {
        let options = format!("-k '{}' -c listen_addresses=", self.folder.display());
        let (data, log) = (self.data(), self.folder.join("log"));
        self.run("pg_ctl", &["-D", text(&data), "-l", text(&log), "-w", "-t", "60", "-o", &options, "start"]);
    }

    /// Stops it at once, as a machine that loses its power does.
    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["-D", text(&self.data()), "-m", "immediate", "-w", "stop"]);
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let (done, said) = self.said(program, arguments);
        assert!(done, "{program}: {said}");
    }

    /// Whether a program did its work, and what it said.
    fn said(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let program = self.programs.join(program);
        let mut command = if self.as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // A server keeps what it was started with open: it must not be a pipe that is waited for.
        let path = self.folder.join("said");
        let said = File::create(&path).unwrap();
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let done = command.status().unwrap().success();
        (done, std::fs::read_to_string(path).unwrap())
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.said("pg_ctl", &["-D", text(&self.data()), "-m", "immediate", "-w", "stop"]);
    }
}

/// The folder with the programs of the newest server: it is not on a Debian PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.map(|version| version.unwrap().path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
