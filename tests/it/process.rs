//! The service as a process of its own, and a plain connection to it. Used by tests and by
//! `benches/intake.rs`.
#![allow(dead_code, reason = "each user takes a part of it")]

use std::io::{BufRead as _, BufReader as Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A service that runs. Dropped, it is killed.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it printed before it served.
    pub(crate) printed: String,
}

impl Process {
    /// Starts the service on a database, at a port of its own, and waits until it serves. What it
    /// logs goes to `log`, or nowhere.
    pub(crate) fn start(database: &str, log: Option<&Path>) -> Self {
        Self::start_with(database, &["--log", "warn"], log)
    }

    /// The same with further arguments.
    pub(crate) fn start_with(database: &str, arguments: &[&str], log: Option<&Path>) -> Self {
        let errors = match log {
            Some(path) => {
                let file = std::fs::File::options().create(true).append(true).open(path).unwrap();
                Stdio::from(file)
            }
            None => Stdio::null(),
        };
        let mut child = motcua(database)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut lines = Lines::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        let address = loop {
            let before = printed.len();
            assert!(lines.read_line(&mut printed).unwrap() > 0, "the service ended before it served");
            if let Some(rest) = printed[before..].strip_prefix("motcua serves http://") {
                break rest.split(' ').next().unwrap().trim().parse().unwrap();
            }
        };
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || {
            let mut rest = String::new();
            while lines.read_line(&mut rest).is_ok_and(|read| read > 0) {
                rest.clear();
            }
        });
        Self { child, address, printed }
    }

    /// Its number among the machine's processes.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it between two instructions.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) -> bool {
        Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, for a database.
pub(crate) fn motcua(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
    // Not in the folder that this runs in.
    let spool = std::env::temp_dir().join(format!("motcua-spool-{}", std::process::id()));
    command
        .env("MOTCUA_SPOOL", spool)
        .env("MOTCUA_DATABASE", database)
        .env_remove("MOTCUA_LISTEN")
        // Receivers of the tests are on this machine.
        .env("MOTCUA_WEBHOOKS_ALLOW_PRIVATE", "127.0.0.0/8")
        .stdin(Stdio::null());
    command
}

/// Runs a command of `motcua admin`; gives what it printed.
pub(crate) fn admin(database: &str, arguments: &[&str]) -> String {
    let output = motcua(database).arg("admin").args(arguments).output().unwrap();
    assert!(output.status.success(), "admin {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A broker for everybody, and a key of its.
pub(crate) fn broker(database: &str, id: &str) -> String {
    admin(database, &["organisation", "add", id, "--kind", "broker", "--name", id]);
    admin(database, &["mandate", "add", id, "*"]);
    admin(database, &["key", "add", id])
}

/// A connection that is kept open.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a message and waits for its answer: the status and the body.
    pub(crate) async fn send(&mut self, key: &str, accept: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let mut request = format!(
            "POST /v1/messages HTTP/1.1\r\nHost: motcua\r\nAuthorization: Bearer {key}\r\nAccept: {accept}\r\n\
             Content-Type: application/xml\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.0.get_mut().write_all(&request).await?;
        self.answer().await
    }

    /// Asks for what anybody may see.
    pub(crate) async fn get(&mut self, path: &str) -> std::io::Result<(u16, Vec<u8>)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: motcua\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok((status, body))
    }
}
