//! Who changes the law of a service: the name that stands in the journal.

use clap::Args;

/// Who does it.
#[derive(Debug, Args)]
pub(super) struct ByArgs {
    /// Who does it, for the journal [default: whoever runs the command]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl ByArgs {
    /// The name.
    ///
    /// # Errors
    /// In words, where nobody says it and the system does not know it.
    pub(super) fn name(&self) -> Result<String, String> {
        let variable = |name| std::env::var(name).ok().filter(|name| !name.trim().is_empty());
        let stated = self.by.clone().filter(|name| !name.trim().is_empty());
        let named = stated.or_else(|| variable("USER")).or_else(|| variable("LOGNAME")).or_else(of_process);
        named.ok_or_else(|| "who does it is not known here: state it with `--by NAME`, for the journal".to_owned())
    }
}

/// Whoever this process runs as, by the system's list of users; a user that it does not list, by his
/// number.
#[cfg(target_os = "linux")]
fn of_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let number = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut rows = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let own = rows.find(|row| row.get(2) == Some(&number.as_str()));
    let name = own.and_then(|row| row.first().map(|name| (*name).to_owned()));
    Some(name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("user {number}")))
}

/// Elsewhere the environment says it, or nobody.
#[cfg(not(target_os = "linux"))]
fn of_process() -> Option<String> {
    None
}
