//! `motcua serve`: the clearance service.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::runtime::block_on;
use super::{CliError, EXIT_OK, LawArgs};
use crate::clearance::case::window::WindowEvent;
use crate::clearance::case::{Author, Entry, Event};
use crate::exchange::{Deliveries, Settings, system_draw};
use crate::server::{App, Limits, Serving, serve};
use crate::service::Service;
use crate::service::attachments::{self, Kind, Scanner};
use crate::service::bulk::{self, Bulk};
use crate::service::clock::Clock;
use crate::service::law_book::LawBook;
use crate::service::shared::Shared;
use crate::store::Database;
use crate::store::people::{SystemRandom, bootstrap};
use crate::store::project::ClockPolicy;

/// Serve the API: take messages, keep them, move cases, answer.
///
/// The first run on an empty database creates an operator and prints his password and API key,
/// once. Every option can also be given in the environment.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua serve                                      a SQLite file motcua.db beside you, on port 8080
  motcua serve --database postgres://motcua@db/nsw  the same on PostgreSQL
  motcua serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem")]
pub(super) struct ServeArgs {
    /// The database: a SQLite file (created where it is missing) or `postgres://user@host/name`
    #[arg(long, value_name = "URL", env = "MOTCUA_DATABASE", default_value = "motcua.db", hide_env_values = true)]
    database: String,
    /// Where to listen
    #[arg(long, value_name = "ADDR", env = "MOTCUA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Serve HTTPS with this certificate (PEM, the chain in one file)
    #[arg(long, value_name = "FILE", env = "MOTCUA_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE", env = "MOTCUA_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Where what is sent in bulk is kept until it is done [default: beside the SQLite file; with
    /// PostgreSQL `motcua-spool`]
    #[arg(long, value_name = "DIR", env = "MOTCUA_SPOOL")]
    spool: Option<PathBuf>,
    /// A command that looks for viruses in attachments: given one on its standard input it exits with
    /// 0 where that is clean, 1 where it is infected [default: none is asked]
    #[arg(long, value_name = "CMD", env = "MOTCUA_SCANNER")]
    scanner: Option<String>,
    /// What may be attached to cases, of pdf, png, jpeg, tiff, xml, docx, xlsx, zip [default: all but zip]
    #[arg(long, value_name = "KINDS", env = "MOTCUA_ATTACHMENT_TYPES", value_delimiter = ',')]
    attachment_types: Option<Vec<Kind>>,
    /// Bytes that an attachment may have
    #[arg(long, value_name = "N", env = "MOTCUA_ATTACHMENT_BYTES", default_value = "20971520")]
    attachment_bytes: usize,
    /// What to log: a level, or levels by module, such as `info,motcua::service=debug`
    #[arg(long, value_name = "FILTER", env = "MOTCUA_LOG", default_value = "info")]
    log: String,
    /// How to log
    #[arg(long, value_enum, env = "MOTCUA_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
    #[command(flatten)]
    law: LawArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For reading.
    Text,
    /// One JSON object a line.
    Json,
}

pub(super) fn run(args: &ServeArgs) -> Result<u8, CliError> {
    start_log(args)?;
    // Both ends of TLS use it; a second call would be somebody else's, and as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let pack = match &args.law.rules {
        None => crate::embedded::pack(),
        // The law lives as long as the process.
        Some(folder) => match crate::law::load_dir(folder) {
            Ok(loaded) => Box::leak(Box::new(loaded.pack)),
            Err(error) => return Err(CliError::Pack(super::pack_error(&error))),
        },
    };
    block_on(async {
        let database = Database::open(&args.database).await.map_err(failed)?;
        let clock = Clock::machine();
        first_run(&database, &clock).await?;
        let address = database.address();
        let key = super::records::sample_key_of_environment()?;
        let shared = Shared::new(database, clock, LawBook::new(pack), ClockPolicy::default(), key);
        let service = Service::start(Arc::new(shared)).await.map_err(failed)?;
        let (sharing, writer) = (Arc::clone(service.shared()), service.writer().clone());
        let deliveries = Deliveries::start(sharing, writer, &Settings::default(), system_draw()).map_err(failed)?;
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().map_err(failed)?;
        let spool = args.spool.clone().unwrap_or_else(|| spool_beside(service.shared().database.file()));
        let no_spool = |error| CliError::Service(format!("--spool {}: {error}", spool.display()));
        let bulk = Bulk::start(&service, bulk::Settings::new(&spool)).map_err(no_spool)?;
        let app = Arc::new(
            App::new(service, Limits::default(), Some(metrics)).with_bulk(bulk).with_attachments(args.attachments()),
        );
        let tls = args.tls_cert.clone().zip(args.tls_key.clone());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let running = serve(Arc::clone(&app), &Serving { listen: args.listen, tls }).await.map_err(failed)?;
        let _ = writeln!(std::io::stdout(), "motcua serves {scheme}://{} (database {address})", running.address);
        tracing::info!(listen = %running.address, "ready");
        ended().await;
        tracing::info!("shutting down: what was taken in is finished");
        app.shared().stop();
        running.stop().await;
        deliveries.ended().await;
        match Arc::try_unwrap(app) {
            Ok(app) => app.stop().await,
            Err(app) => app.shared().database.close().await,
        }
        Ok(EXIT_OK)
    })
}

impl ServeArgs {
    fn attachments(&self) -> attachments::Settings {
        let usual = attachments::Settings::default();
        attachments::Settings {
            bytes: self.attachment_bytes,
            kinds: self.attachment_types.clone().unwrap_or(usual.kinds),
            scanner: self.scanner.as_ref().filter(|command| !command.trim().is_empty()).map(Scanner::new),
            ..usual
        }
    }
}

fn spool_beside(database: Option<&Path>) -> PathBuf {
    let Some(file) = database else { return PathBuf::from("motcua-spool") };
    let mut name = file.as_os_str().to_owned();
    name.push("-spool");
    name.into()
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Service(error.to_string())
}

fn start_log(args: &ServeArgs) -> Result<(), CliError> {
    let filter: Targets = args.log.parse().map_err(|_| {
        CliError::Usage(format!("--log: `{}` is no filter such as info or info,motcua::service=debug", args.log))
    })?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match args.log_format {
        LogFormat::Text => {
            registry.with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false)).try_init()
        }
        LogFormat::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr)).try_init()
        }
    };
    started.map_err(failed)
}

/// On an empty database: makes the operator and prints what he signs in with, once.
async fn first_run(database: &Database, clock: &Clock) -> Result<(), CliError> {
    let mut writer = database.write().await.map_err(failed)?;
    let now = clock.now();
    let made = bootstrap(&mut writer.link(), &mut SystemRandom, now).await.map_err(failed)?;
    let Some(made) = made else { return Ok(()) };
    let mut appending = crate::store::journal::Appending::begin(&mut writer.link()).await.map_err(failed)?;
    for change in &made.changes {
        let event = WindowEvent::Account { what: change.what.to_owned(), whom: change.whom.clone() };
        let case = crate::service::new_case(now);
        let entry = Entry { case, number: 1, at: now, by: Author::system(), event: Event::Window(event) };
        appending.push(&mut crate::store::journal::Head::NONE.clone(), &entry).map_err(failed)?;
    }
    appending.write(&mut writer.link()).await.map_err(failed)?;
    writer.commit().await.map_err(failed)?;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "This is the first run. The operator's credentials are shown once and kept nowhere:");
    let _ = writeln!(out, "  login     {}", made.login.as_str());
    let _ = writeln!(out, "  password  {}", made.password.reveal());
    let _ = writeln!(out, "  API key   {}", made.api_key.reveal());
    Ok(())
}

/// Waits until the process is asked to end.
async fn ended() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
