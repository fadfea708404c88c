//! `motcua partner`: a partner's gateway to try an exchange with.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::civil::Date;
use tokio::signal::unix::{SignalKind, signal};

use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::demo::certificates::Certificates;
use crate::demo::keys::GatewayKeys;
use crate::demo::partner::{Looked, Opening, PartnerWindow};
use crate::exchange::registry::Entering;
use crate::exchange::{Network, Policy, Reach, Settings};
use crate::message::asean::read_form_d;
use crate::message::{Limits, Rejection};
use crate::service::clock::Clock;
use crate::service::gateway::Mappings;
use crate::store::Database;
use crate::store::lead::hold;
use crate::store::partners::PartnerPolicy;
use crate::trade::{CountryCode, OriginCertificate};

/// How often its officers look.
const LOOK: Duration = Duration::from_millis(500);

/// Run a partner's gateway: a second, real one with its own store, to exchange certificates with
///
/// Its keys lie in the folder of --home, and are made there where none are: `trust.pem` is what the
/// other side enters (`motcua admin partner set`). It issues as many certificates as it is told,
/// confirms those that are doubted, and uses what it gets. It ends when it is told to (Ctrl-C);
/// started again it goes on where it was.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua partner --country TH --home th --keys-only
  motcua partner --country TH --home th --listen 127.0.0.1:9443 --certificates 100 \\
      --peer VN=https://localhost:8443/exchange/messages --trust VN=vn.pem")]
pub(super) struct PartnerArgs {
    /// Its country
    #[arg(long, value_name = "ISO2", value_parser = country)]
    country: CountryCode,
    /// The folder with its keys and its database
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// Make its keys and end
    #[arg(long)]
    keys_only: bool,
    /// Where it takes messages
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The gateways that it exchanges with
    #[arg(long, value_name = "ISO2=URL", value_parser = pair)]
    peer: Vec<(CountryCode, String)>,
    /// What each is believed by (PEM)
    #[arg(long, value_name = "ISO2=PEM", value_parser = pair)]
    trust: Vec<(CountryCode, String)>,
    /// Certificates to issue for goods to the first of them
    #[arg(long, value_name = "N", default_value_t = 0)]
    certificates: u64,
    /// Certificates to issue: e-Form D in XML, as `motcua` writes them
    #[arg(long, value_name = "FILE")]
    issue: Vec<PathBuf>,
    /// The longest pause between two attempts to deliver, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    longest_pause: u64,
    /// The database, where it is not a file in its home
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

fn country(text: &str) -> Result<CountryCode, String> {
    CountryCode::parse(text).map_err(|error| format!("{} is expected", error.expected))
}

fn pair(text: &str) -> Result<(CountryCode, String), String> {
    let (of, value) = text.split_once('=').ok_or("a country, `=` and what is of it, such as `VN=vn.pem`")?;
    Ok((country(of)?, value.to_owned()))
}

pub(super) fn run(args: &PartnerArgs) -> Result<u8, CliError> {
    let failed = |error: String| CliError::Service(error);
    let code = args.country.as_str();
    let keys = GatewayKeys::in_folder(&args.home, code, &["localhost"])
        .map_err(|error| failed(format!("{}: {error}", args.home.display())))?;
    if args.keys_only {
        writeln!(std::io::stdout(), "{}", args.home.join("trust.pem").display())?;
        return Ok(EXIT_OK);
    }
    let mut entering = Vec::new();
    for (country, address) in &args.peer {
        let Some((_, trust)) = args.trust.iter().find(|(of, _)| of == country) else {
            return Err(CliError::Usage(format!("--trust {country}=PEM is wanted beside --peer {country}=…")));
        };
        entering.push(Entering {
            organisation: format!("gateway-{}", country.as_str().to_lowercase()),
            country: *country,
            address: address.clone(),
            trust: std::fs::read(trust).map_err(|error| failed(format!("{trust}: {error}")))?,
            documents: Vec::new(),
            policy: PartnerPolicy::default(),
        });
    }
    let to_issue = read_certificates(&args.issue)?;
    let law = crate::embedded::pack();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    block_on(async {
        let named = match &args.database {
            Some(database) => database.clone(),
            None => args.home.join("partner.db").display().to_string(),
        };
        let held = hold(&named).map_err(|error| failed(error.to_string()))?;
        let database = Database::open(&named).await?;
        let policy = Policy {
            base: Duration::from_millis(100),
            cap: Duration::from_millis(args.longest_pause.max(100)),
            ..Policy::default()
        };
        let allowed: Vec<Network> = ["127.0.0.0/8", "::1"].iter().filter_map(|network| network.parse().ok()).collect();
        let opening = Opening {
            country: args.country,
            database,
            keys,
            listen: args.listen,
            reach: Reach { allowed, ..Reach::default() },
            clock: Clock::machine(),
            delivery: Settings { policy, ..Settings::default() },
        };
        let window = PartnerWindow::open(opening, law).await.map_err(|error| failed(error.to_string()))?;
        let first = entering.first().map(|entering| entering.country);
        for entering in entering {
            window.knows(entering).await.map_err(|error| failed(error.to_string()))?;
        }
        writeln!(std::io::stdout(), "the gateway of {code} takes messages at {}", window.address())?;
        for certificate in to_issue {
            let key = certificate.key();
            window.issue(certificate).await.map_err(|error| failed(error.to_string()))?;
            writeln!(std::io::stdout(), "issued: {key}")?;
        }
        let mut ended = (ended(SignalKind::interrupt())?, ended(SignalKind::terminate())?);
        let today: Date = jiff::tz::TimeZone::UTC.to_datetime(window.shared().clock.now()).date();
        let certificates = first.and_then(|to| Certificates::new(law, args.country, to));
        let mut issued = 0;
        loop {
            // What it is told to issue goes out first, some at a time, so that it can be ended between.
            if let Some(certificates) = &certificates {
                for number in issued..(issued + 200).min(args.certificates) {
                    let issuing = window.issue(certificates.draw(number, today));
                    issuing.await.map_err(|error| failed(error.to_string()))?;
                }
                issued = (issued + 200).min(args.certificates);
            }
            let looked = window.look().await;
            let rests =
                looked.map_err(|error| failed(error.to_string()))? == Looked::default() && issued >= args.certificates;
            let pause = if rests { LOOK } else { Duration::ZERO };
            tokio::select! {
                _ = ended.0.recv() => break,
                _ = ended.1.recv() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        window.stop().await;
        drop(held);
        Ok(EXIT_OK)
    })
}

/// The certificates in files.
fn read_certificates(files: &[PathBuf]) -> Result<Vec<OriginCertificate>, CliError> {
    let mappings = Mappings::embedded().map_err(|error| CliError::Service(error.to_string()))?;
    let read = |path: &PathBuf| {
        let failed = |error: String| CliError::Service(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let read = read_form_d(&bytes, &mappings.form_d, Limits::default());
        let words = |rejection: Rejection| {
            let all: Vec<String> = rejection.findings.into_iter().map(|finding| finding.message).collect();
            failed(all.join("; "))
        };
        read.map(|(certificate, _)| certificate).map_err(words)
    };
    files.iter().map(read).collect()
}

fn ended(kind: SignalKind) -> Result<tokio::signal::unix::Signal, CliError> {
    signal(kind).map_err(|error| CliError::Service(error.to_string()))
}
