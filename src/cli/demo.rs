//! What `motcua serve --demo` adds to the service.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::CliError;
use crate::demo::{self, Account, Demo, Ready};
use crate::law::Pack;
use crate::people::OrganisationKind;
use crate::service::Service;
use crate::service::clock::Clock;
use crate::store::{Database, journal};

/// A folder with the database of a demonstration for which none was named; it goes with it.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    pub(super) fn new() -> Result<Self, CliError> {
        let name = format!("motcua-demo-{}", crate::service::request_id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)
            .map_err(|error| CliError::Service(format!("{}: cannot be made: {error}", path.display())))?;
        Ok(Self(path))
    }

    /// The database in it.
    pub(super) fn database(&self) -> String {
        self.0.join("motcua.db").display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The clock of a demonstration: it goes on where the journal of its database ends.
pub(super) async fn clock(database: &Database) -> Result<Clock, CliError> {
    let mut reader = database.read().await?;
    let link = &mut reader.link();
    let last = journal::last_seq(link).await?;
    let entry = journal::after(link, last - 1, 1).await?.into_iter().next();
    let moment = entry.and_then(|entry| Timestamp::from_microsecond(entry.at).ok());
    Ok(demo::clock(&Clock::machine(), moment))
}

/// Makes the demonstration ready, and shows how far it is.
pub(super) async fn prepare(service: &Service, law: &'static Pack) -> Result<(Demo, Ready), CliError> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} cases of the last days") {
        bar.set_style(style);
    }
    let mut told = !bar.is_hidden();
    let progress = |done, all| {
        if !std::mem::replace(&mut told, true) {
            let _ = writeln!(std::io::stderr(), "making {all} cases of the last working days, some seconds …");
        }
        bar.set_length(all);
        bar.set_position(done);
    };
    let ready = Demo::prepare(service, law, progress).await.map_err(|error| CliError::Service(error.to_string()))?;
    bar.finish_and_clear();
    Ok(ready)
}

/// Prints who one can be: last of all, so that nothing carries it away.
pub(super) fn print(ready: &Ready) {
    let mut out = std::io::stdout().lock();
    let cases = match ready.cases {
        0 => "the cases that are in its database".to_owned(),
        cases => format!("{cases} cases of the last working days"),
    };
    let _ = writeln!(
        out,
        "A demonstration, with {cases}. Its time runs {} times as fast; nights and holidays",
        demo::FACTOR
    );
    let _ =
        writeln!(out, "pass at once. Agencies and customs answer by themselves, but for what you file, and customs");
    let _ =
        writeln!(out, "leaves some tasks of each kind to you. The gateway of one agency does not take all that it is");
    let _ = writeln!(out, "sent, which is for the operator. You can be:\n");
    let is_agency = |account: &&Account| account.kind == OrganisationKind::Agency;
    let mut rows = |accounts: &mut dyn Iterator<Item = &Account>| {
        for account in accounts {
            let (login, key) = (&account.login, account.key.reveal());
            let _ = writeln!(out, "  {:9} {login:22} {key}  {}", account.kind.as_str(), account.name);
        }
        let _ = writeln!(out);
    };
    // Those whom a newcomer begins with stand where the eye ends.
    rows(&mut ready.accounts.all.iter().filter(is_agency));
    rows(&mut ready.accounts.all.iter().filter(|account| !is_agency(account)));
    let _ = writeln!(out, "Each with its key. All sign in with the password {}\n", ready.accounts.password.reveal());
}
