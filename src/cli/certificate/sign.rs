//! `motcua certificate sign`: a signature put into a document.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::target::Target;
use super::super::{CliError, EXIT_OK, EXIT_REJECTED};
use super::read;
use crate::message::signature::{Place, Signer};

/// Sign a certificate of origin or another message
///
/// The document stays as it is, byte by byte; its signature is put where `certificate verify`
/// looks for it: into the extensions of a UBL document, behind the header of an exchange
/// envelope, else as the first child of the root; of a national envelope into `Body/Signature` or
/// `SystemSignature`. A document with comments or processing instructions is not signed.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua certificate sign form-d.xml --key key.pem --cert cert.pem --out form-d-signed.xml
  motcua certificate sign envelope.xml --key key.pem --cert chain.pem --place sender

EXIT CODES
  0  signed
  1  it could not be signed: a file is missing or cannot be read, the key is not the certificate's
  2  wrong usage
  3  the document cannot be signed, and why")]
pub(super) struct SignArgs {
    /// The document; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// The private key: RSA of 2,048 bits or more, or P-256, as PKCS#8 PEM
    #[arg(long, value_name = "PEM")]
    key: String,
    /// Its certificate, and those between it and a trusted authority, as PEM
    #[arg(long, value_name = "PEM")]
    cert: String,
    /// Which signature it is
    #[arg(long, value_enum, value_name = "PLACE", default_value_t = PlaceArg::Document)]
    place: PlaceArg,
    /// Where the signed document goes [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlaceArg {
    /// The document's own.
    Document,
    /// The sender's of a national envelope.
    Sender,
    /// The gateway's of a national envelope, after the sender's.
    Gateway,
}

pub(super) fn run(args: &SignArgs) -> Result<u8, CliError> {
    let (key, cert) = (read(&args.key)?, read(&args.cert)?);
    let signer = Signer::from_pem(&key, &cert)
        .map_err(|cause| CliError::Key { path: format!("{} with {}", args.key, args.cert), cause })?;
    let bytes = read(&args.file)?;
    let place = match args.place {
        PlaceArg::Document => Place::Document,
        PlaceArg::Sender => Place::EnvelopeBody,
        PlaceArg::Gateway => Place::EnvelopeSystem,
    };
    let signed = match std::str::from_utf8(&bytes) {
        Ok(text) => signer.sign(text, place).map_err(|error| format!("{}: {error}", error.code())),
        Err(cause) => Err(format!("the document is not UTF-8: {cause}")),
    };
    let signed = match signed {
        Ok(signed) => signed,
        Err(why) => {
            writeln!(io::stderr().lock(), "motcua: {}: {why}", args.file)?;
            return Ok(EXIT_REJECTED);
        }
    };
    match &args.out {
        Some(path) => {
            let target = Target::new(path);
            let written = target.create().and_then(|mut file| file.write_all(signed.as_bytes()));
            target.finish(written.is_ok())?;
            written?;
        }
        None => io::stdout().lock().write_all(signed.as_bytes())?,
    }
    Ok(EXIT_OK)
}
