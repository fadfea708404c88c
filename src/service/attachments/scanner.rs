//! A scanner for viruses: a command of the operator's.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a scan may take where nothing else is said.
const TIME: Duration = Duration::from_secs(60);
/// Scans at once.
const AT_ONCE: usize = 4;

/// A command that is given a document on its standard input and exits with 0 where it is clean, with
/// 1 where it is infected, and with anything else where it cannot tell.
#[derive(Debug, Clone)]
pub struct Scanner {
    command: String,
    time: Duration,
    room: Arc<Semaphore>,
}

/// Why a document could not be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The command does not start.
    #[error("the scanner does not start: {0}")]
    Start(std::io::Error),
    /// There is no such program.
    #[error("`{0}` is not there, or may not be run")]
    Absent(String),
    /// It took too long.
    #[error("the scanner said nothing for {0} s")]
    Late(u64),
    /// It could not tell.
    #[error("the scanner could not tell ({0})")]
    Failed(String),
}

impl Scanner {
    /// By a command, as a shell runs it.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), time: TIME, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The same with a limit on the time of one scan.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Whether there is a program that the command begins with, and it may be run: told when the service
    /// starts, not with the first document. What only a shell understands is taken as it is.
    ///
    /// # Errors
    /// [`ScanError::Absent`] where there is none.
    pub async fn check(&self) -> Result<(), ScanError> {
        const FOUND: &str =
            r#"case $1 in */*) test -f "$1" && test -x "$1" ;; *) command -v -- "$1" >/dev/null ;; esac"#;
        let is_variable = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
        let Some(program) = self.command.split_whitespace().find(|word| !is_variable(word)) else { return Ok(()) };
        if program
            .contains(['"', '\'', '\\', '$', '`', '(', ')', '{', '}', '&', '|', ';', '<', '>', '*', '?', '~', '#'])
        {
            return Ok(());
        }
        let mut asking = Command::new("sh");
        asking.args(["-c", FOUND, "sh", program]).stdin(Stdio::null()).stderr(Stdio::null());
        let found = asking.status().await.map_err(ScanError::Start)?;
        if found.success() { Ok(()) } else { Err(ScanError::Absent(program.to_owned())) }
    }

    /// Whether a document is clean.
    ///
    /// # Errors
    /// [`ScanError`] where that cannot be told.
    pub async fn is_clean(&self, content: &[u8]) -> Result<bool, ScanError> {
        let Ok(_room) = self.room.acquire().await else { return Err(ScanError::Failed("it was closed".to_owned())) };
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.command).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What the service is told in its environment is not the scanner's business.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"MOTCUA_") {
                command.env_remove(name);
            }
        }
        let mut child = command.kill_on_drop(true).spawn().map_err(ScanError::Start)?;
        let mut input = child.stdin.take();
        let scanning = async {
            if let Some(input) = &mut input {
                // One that has seen enough reads no further.
                let _ = input.write_all(content).await;
            }
            drop(input);
            child.wait().await
        };
        let ended = timeout(self.time, scanning).await.map_err(|_| ScanError::Late(self.time.as_secs()))?;
        let ended = ended.map_err(|error| ScanError::Failed(error.to_string()))?;
        match ended.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(ScanError::Failed(ended.to_string())),
        }
    }
}

/// Whether a text can be the name of a variable.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_is_checked_by_the_program_that_it_begins_with() {
        for there in
            ["cat", "/bin/sh -c 'exit 0'", "LC_ALL=C cat - >/dev/null", "if true; then exit 1; fi", "$HOME/x", ""]
        {
            assert!(Scanner::new(there).check().await.is_ok(), "{there}");
        }
        // A folder and a file of data are no programs.
        for absent in ["/nonexist", "no-such-scanner --fast", "A=b /nonexist -", "/tmp/", "/etc/passwd"] {
            assert!(matches!(Scanner::new(absent).check().await, Err(ScanError::Absent(_))), "{absent}");
        }
    }

    async fn scanned(command: &str, content: &[u8]) -> Result<bool, ScanError> {
        Scanner::new(command).within(Duration::from_secs(5)).is_clean(content).await
    }

    #[tokio::test]
    async fn a_scanner_says_clean_infected_or_that_it_cannot_tell() {
        const FINDS: &str = "if grep -q EICAR; then exit 1; fi";
        assert!(scanned(FINDS, b"nothing").await.unwrap());
        assert!(!scanned(FINDS, b"EICAR").await.unwrap());
        assert!(!scanned("exit 1", &vec![0; 1 << 20]).await.unwrap(), "one that reads nothing is heard too");
        assert!(matches!(scanned("exit 2", b"x").await, Err(ScanError::Failed(_))));
        assert!(matches!(scanned("no-such-scanner", b"x").await, Err(ScanError::Failed(_))));
        assert!(matches!(scanned("kill -9 $$", b"x").await, Err(ScanError::Failed(_))));
    }

    #[tokio::test]
    async fn a_scanner_that_does_not_end_is_not_waited_for() {
        let late = Scanner::new("exec sleep 60").within(Duration::from_millis(50)).is_clean(b"x").await;
        assert!(matches!(late, Err(ScanError::Late(_))), "{late:?}");
    }
}
