//! `motcua certificate`: signed documents, whose they are and whether they are genuine.

mod describe;
mod sign;
mod verify;

use std::fs::File;
use std::io::{self, Read};

use clap::{Args, Subcommand};

use super::CliError;
use super::input::InputError;
use crate::message::Limits;

/// Verify and sign certificates of origin and other messages
#[derive(Debug, Args)]
pub(super) struct CertificateArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::VerifyArgs),
    Sign(sign::SignArgs),
}

pub(super) fn run(args: &CertificateArgs) -> Result<u8, CliError> {
    match &args.command {
        Command::Verify(args) => verify::run(args),
        Command::Sign(args) => sign::run(args),
    }
}

/// A file, or standard input for `-`; of a larger one no more than shows that it is over the limit.
fn read(path: &str) -> Result<Vec<u8>, InputError> {
    let failed = |cause: io::Error| InputError { path: path.to_owned(), cause };
    let most = Limits::default().bytes as u64 + 1;
    let mut bytes = Vec::new();
    let taken = if path == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    taken.map_err(failed)?;
    Ok(bytes)
}
