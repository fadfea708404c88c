//! `motcua certificate verify`: whether a signed document is genuine.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::{CliError, EXIT_OK, EXIT_REJECTED, now};
use super::describe::Described;
use super::read;
use crate::message::signature::{Place, SignatureError, Signed, Trust, payload, verify};

/// Check the signature of a certificate of origin or another message
///
/// Says who signed which document, and whether that holds: nothing was changed since, the
/// certificate of the signer was issued by one who is trusted, and it was neither expired nor
/// revoked. Of an exchange envelope (`StandardBusinessDocument`) its own signature is checked, and
/// that of the document in it where it has one; of a national envelope those of sender and gateway.
///
/// The file of --trust has certificates of authorities, or of signers themselves, and revocation
/// lists (X509 CRL), one after the other as PEM.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua certificate verify fixtures/asean/form-d-signed.xml --trust fixtures/asean/trust.pem
  motcua certificate verify - --trust ca.pem --at 2026-06-30 --format json < co.xml

EXIT CODES
  0  valid
  1  it could not be checked: a file is missing or cannot be read
  2  wrong usage
  3  not valid, and why")]
pub(super) struct VerifyArgs {
    /// The signed document; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Whom to believe: certificates and revocation lists as PEM
    #[arg(long, value_name = "PEM")]
    trust: String,
    /// Judge as of this moment (2026-06-30T08:00:00Z) or the beginning of this day (UTC) [default: now]
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Option<Timestamp>,
    /// How the result is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Table,
    /// One JSON object.
    Json,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<Date>()
        && !text.contains(['T', 't', ' '])
    {
        return TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|cause| cause.to_string());
    }
    text.parse().map_err(|_| "a moment is written like 2026-06-30T08:00:00Z, a day like 2026-06-30".to_owned())
}

/// One signature and what became of it.
struct Checked {
    whose: &'static str,
    document: Described,
    result: Result<Signed, SignatureError>,
}

pub(super) fn run(args: &VerifyArgs) -> Result<u8, CliError> {
    let pem = read(&args.trust)?;
    let trust = Trust::from_pem(&pem).map_err(|cause| CliError::Key { path: args.trust.clone(), cause })?;
    let bytes = read(&args.file)?;
    let at = args.at.unwrap_or_else(now);
    let checked = check(&bytes, &trust, at);
    let valid = checked.iter().all(|one| one.result.is_ok());
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table => table(&mut out, &args.file, valid, &checked)?,
        Format::Json => {
            let report =
                Report { source: &args.file, valid, at, signatures: checked.iter().map(Checked::row).collect() };
            serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(if valid { EXIT_OK } else { EXIT_REJECTED })
}

/// The signatures of a document; there is one at least, be it that it is missing.
fn check(bytes: &[u8], trust: &Trust, at: Timestamp) -> Vec<Checked> {
    let one = |whose, bytes: &[u8], place| Checked {
        whose,
        document: Described::of(bytes),
        result: verify(bytes, trust, at, place),
    };
    let missing = |checked: &Checked| matches!(checked.result, Err(SignatureError::Unsigned { .. }));
    if Described::of(bytes).is_national_envelope() {
        let mut both = vec![one("sender", bytes, Place::EnvelopeBody), one("gateway", bytes, Place::EnvelopeSystem)];
        if both.iter().all(missing) {
            both.truncate(1);
        } else {
            both.retain(|one| !missing(one));
        }
        return both;
    }
    match payload(bytes) {
        Ok(Some(range)) => {
            let inner = one("issuer", bytes.get(range).unwrap_or_default(), Place::Document);
            let mut all = vec![one("envelope", bytes, Place::Document)];
            all.extend(Some(inner).filter(|inner| !missing(inner)));
            all
        }
        Ok(None) => vec![one("issuer", bytes, Place::Document)],
        Err(error) => vec![Checked { whose: "envelope", document: Described::of(bytes), result: Err(error) }],
    }
}

fn table(out: &mut impl Write, file: &str, valid: bool, checked: &[Checked]) -> io::Result<()> {
    writeln!(out, "{}  {file}", if valid { "VALID" } else { "NOT VALID" })?;
    for one in checked {
        writeln!(out, "  {:<12} {}", one.whose, one.document.words())?;
        match &one.result {
            Ok(signed) => {
                let certificate = &signed.certificate;
                writeln!(out, "    signed by    {}", certificate.subject)?;
                writeln!(out, "    issued by    {}", certificate.issuer)?;
                writeln!(out, "    valid        {} to {}", certificate.not_before, certificate.not_after)?;
                writeln!(out, "    serial       {}", certificate.serial)?;
                writeln!(out, "    sha-256      {}", certificate.fingerprint())?;
                writeln!(out, "    algorithm    {}", signed.algorithm.name())?;
            }
            Err(error) => writeln!(out, "    {}: {error}", error.code())?,
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Report<'a> {
    source: &'a str,
    valid: bool,
    at: Timestamp,
    signatures: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    whose: &'static str,
    document: &'a Described,
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRow>,
}

#[derive(Serialize)]
struct CertificateRow<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    sha256: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

#[derive(Serialize)]
struct ErrorRow {
    code: &'static str,
    message: String,
}

impl Checked {
    fn row(&self) -> Row<'_> {
        let signed = self.result.as_ref().ok();
        Row {
            whose: self.whose,
            document: &self.document,
            valid: signed.is_some(),
            algorithm: signed.map(|signed| signed.algorithm.uri()),
            certificate: signed.map(|signed| &signed.certificate).map(|certificate| CertificateRow {
                subject: &certificate.subject,
                issuer: &certificate.issuer,
                serial: &certificate.serial,
                sha256: certificate.fingerprint(),
                not_before: certificate.not_before,
                not_after: certificate.not_after,
            }),
            error: self.result.as_ref().err().map(|error| ErrorRow { code: error.code(), message: error.to_string() }),
        }
    }
}
