//! `--history` and `--evidence`: the importer's record, and what agencies have given, from csv or
//! ndjson files.
//!
//! A record that cannot be read is told with its line and field and left out, and so say the
//! answers about whom it names; the others count.

mod lines;
mod row;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use self::row::rows;
use super::CliError;
use crate::law::Pack;
use crate::records::{evidence, history};
use crate::screening::{LeftOut, Records, SampleKey};

/// Arguments that say what is known beside the declarations.
#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// The importers' past results (csv or ndjson): what chooses the inspection method
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Permits, certificates and results that agencies have given (csv or ndjson)
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// A file with the secret key of the draw under reduced inspection (at least 16 bytes)
    /// [default: the environment variable `MOTCUA_SAMPLE_KEY`]
    #[arg(long, value_name = "FILE")]
    sample_key: Option<PathBuf>,
}

/// What was read.
pub(super) struct Read {
    /// The records.
    pub(super) records: Records,
    /// Records that could not be read or contradict themselves.
    pub(super) refused: usize,
}

/// More than this are counted, not told.
const TOLD_MAX: usize = 50;

/// Where the key of the draw is found when no file is given.
const KEY_VARIABLE: &str = "MOTCUA_SAMPLE_KEY";

impl RecordArgs {
    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.history.is_none() && self.evidence.is_none() && self.sample_key.is_none()
    }

    /// Reads the records, and tells on standard error what was wrong in them.
    pub(super) fn read(&self, pack: &Pack) -> Result<Read, CliError> {
        let mut unread = Vec::new();
        let mut events = Vec::new();
        if let Some(path) = &self.history {
            rows("--history", path, &history::TABLE, |row| match row.and_then(|row| history::event(&row, pack)) {
                Ok(event) => events.push(event),
                Err(left_out) => unread.push(left_out),
            })?;
        }
        let mut evidence = Vec::new();
        if let Some(path) = &self.evidence {
            if path.to_str().is_some_and(|text| text.contains("://")) {
                let message = "--evidence takes a csv or ndjson file; a store answers only to its own service";
                return Err(CliError::Usage(message.to_owned()));
            }
            let mut checks = evidence::Checks::new(pack);
            rows("--evidence", path, &evidence::TABLE, |row| {
                match row.and_then(|row| evidence::record(&row, &mut checks)) {
                    Ok(record) => evidence.push(record),
                    Err(left_out) => unread.push(left_out),
                }
            })?;
        }
        let records = Records::new(events, evidence, self.key()?).with_unread(unread);
        tell(records.left_out());
        Ok(Read { refused: records.left_out().len(), records })
    }

    fn key(&self) -> Result<Option<SampleKey>, CliError> {
        let (bytes, from) = match &self.sample_key {
            Some(path) => (Some(read_key(path)?), path.display().to_string()),
            None => {
                (std::env::var_os(KEY_VARIABLE).map(|key| key.as_encoded_bytes().to_vec()), KEY_VARIABLE.to_owned())
            }
        };
        let key = bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| SampleKey::new(&bytes)).transpose();
        key.map_err(|error| CliError::Usage(format!("{from}: {error}")))
    }
}

/// A key file larger than this is none.
const KEY_BYTES_MAX: u64 = 4096;

pub(super) fn read_key(path: &Path) -> Result<Vec<u8>, CliError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|cause| row::io("--sample-key", path, &cause))?;
    file.take(KEY_BYTES_MAX).read_to_end(&mut bytes).map_err(|cause| row::io("--sample-key", path, &cause))?;
    if bytes.trim_ascii().is_empty() {
        return Err(CliError::Usage(format!("{}: the file has no key in it", path.display())));
    }
    Ok(bytes)
}

fn tell(wrong: &[LeftOut]) {
    let mut err = std::io::stderr().lock();
    for message in wrong.iter().take(TOLD_MAX) {
        let _ = writeln!(err, "motcua: {message}");
    }
    if wrong.len() > TOLD_MAX {
        let _ = writeln!(err, "motcua: {} more records are left out", wrong.len() - TOLD_MAX);
    }
}
