//! `motcua serve`: the clearance service.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::config::{ConfigArgs, LogFormat, Settings};
use super::demo::{self, Scratch};
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::clearance::case::Author;
use crate::demo::keys::GatewayKeys;
use crate::demo::neighbours::Neighbours;
use crate::exchange::folder::Inboxes;
use crate::exchange::{Deliveries, Settings as Delivery, Transport, system_draw};
use crate::law::Pack;
use crate::server::{App, GATEWAY_PATH, Running, Serving, serve_at, serve_partners};
use crate::service::bulk::{self, Bulk};
use crate::service::clock::Clock;
use crate::service::desk::Desk;
use crate::service::gateway::{Gateway, Mappings};
use crate::service::shared::Shared;
use crate::service::{Service, accounts};
use crate::store::Database;
use crate::store::lead::hold;
use crate::store::people::{SystemRandom, bootstrap};

/// Serve the API: take messages, keep them, move cases, answer.
///
/// The first run on an empty database creates an operator and prints his password and API key,
/// once. What is not said by a flag is taken from the environment, then from `motcua.toml`, then as
/// it is by default; `--print-config` shows what comes of it, and every setting by its name.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua serve                                      a SQLite file motcua.db beside you, on port 8080
  motcua serve --database postgres://motcua@db/nsw  the same on PostgreSQL
  motcua serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem
  motcua serve --demo                               a window in motion to look at
  motcua serve --config /etc/motcua.toml --print-config
                                                    the settings, each with where it was stated

A setting `table.key` of motcua.toml is MOTCUA_TABLE_KEY in the environment, but for MOTCUA_LOG and
MOTCUA_LOG_FORMAT.")]
pub(super) struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Show a window in motion: some hundred cases, an account for each role, agencies that answer by
    /// themselves while time runs fast; in a temporary database where none is named
    #[arg(long)]
    demo: bool,
    /// Show the settings that would hold, each with where it comes from, and end
    #[arg(long)]
    print_config: bool,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Serve HTTPS with this certificate (PEM, the chain in one file)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Where partners' gateways bring their messages, by TLS with certificates on both ends [default:
    /// 127.0.0.1:8443, where there is a key]
    #[arg(long, value_name = "ADDR")]
    gateway_listen: Option<String>,
    /// The key that messages to partners are signed with (PEM, RSA of 2,048 bits or P-256)
    #[arg(long, value_name = "FILE")]
    gateway_key: Option<String>,
    /// Its certificate, and those between it and its authority (PEM)
    #[arg(long, value_name = "FILE")]
    gateway_cert: Option<String>,
    /// The country that the gateway speaks for [default: the pack's]
    #[arg(long, value_name = "ISO2")]
    gateway_country: Option<String>,
    /// What to log: a level, or levels by module, such as `info,motcua::service=debug` [default: info;
    /// with --demo warn, so that what it prints stays in sight]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How to log: `text`, or `json`: one object a line [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// A file with the secret key of the draw under reduced inspection (at least 16 bytes)
    #[arg(long, value_name = "FILE")]
    sample_key: Option<String>,
    /// Where what is sent in bulk is kept until it is done [default: beside the SQLite file; with
    /// PostgreSQL `motcua-spool`]
    #[arg(long, value_name = "DIR")]
    spool: Option<String>,
    /// A command that looks for viruses in attachments: given one on its standard input it exits with
    /// 0 where that is clean, 1 where it is infected [default: none is asked]
    #[arg(long, value_name = "CMD")]
    scanner: Option<String>,
    /// What may be attached to cases, of pdf, png, jpeg, tiff, xml, docx, xlsx, zip [default: all but zip]
    #[arg(long, value_name = "KINDS")]
    attachment_types: Option<String>,
    /// Bytes that an attachment may have
    #[arg(long, value_name = "N")]
    attachment_bytes: Option<String>,
    /// Networks that are not public and that webhooks may be in, such as 10.0.0.0/8,127.0.0.1 [default:
    /// none; with --demo this machine]
    #[arg(long, value_name = "NETWORKS")]
    allow_private: Option<String>,
    /// Hosts that webhooks may be spoken to at by HTTP without TLS, such as gateway.lan,10.0.0.7 [default:
    /// none but this machine]
    #[arg(long, value_name = "HOSTS")]
    plain_http: Option<String>,
    /// Attempts to deliver a message that nobody answers, before it is a dead letter
    #[arg(long, value_name = "N")]
    delivery_attempts: Option<String>,
    /// Attempts to deliver a message that the endpoint refuses, before it is a dead letter
    #[arg(long, value_name = "N")]
    delivery_refusals: Option<String>,
    /// The longest pause between two attempts; it begins with 2 s and doubles [default: 1h]
    #[arg(long, value_name = "TIME")]
    delivery_pause: Option<String>,
    /// Bytes of a message at most
    #[arg(long, value_name = "N")]
    message_bytes: Option<String>,
    /// Bytes of another body at most
    #[arg(long, value_name = "N")]
    body_bytes: Option<String>,
    /// Messages a second of an organisation that has no number of its own
    #[arg(long, value_name = "N")]
    per_second: Option<String>,
    /// Messages that may wait in one lane
    #[arg(long, value_name = "N")]
    lane_waiting: Option<String>,
    /// Messages of one sender that may wait in one lane
    #[arg(long, value_name = "N")]
    sender_waiting: Option<String>,
    /// Bytes of messages that may wait in all lanes
    #[arg(long, value_name = "N")]
    waiting_bytes: Option<String>,
    /// So long before a task is due its agency is reminded [default: 24h]
    #[arg(long, value_name = "TIME")]
    remind_before: Option<String>,
    /// So long after it was due customs and operators are told [default: 48h]
    #[arg(long, value_name = "TIME")]
    escalate_after: Option<String>,
}

impl ServeArgs {
    fn settings(&self) -> Result<Settings, CliError> {
        self.config.read(&[
            ("listen", self.listen.clone()),
            ("tls.cert", self.tls_cert.clone()),
            ("tls.key", self.tls_key.clone()),
            ("gateway.listen", self.gateway_listen.clone()),
            ("gateway.key", self.gateway_key.clone()),
            ("gateway.cert", self.gateway_cert.clone()),
            ("gateway.country", self.gateway_country.clone()),
            ("log.filter", self.log.clone()),
            ("log.format", self.log_format.clone()),
            ("sample_key_file", self.sample_key.clone()),
            ("spool", self.spool.clone()),
            ("attachments.scanner", self.scanner.clone()),
            ("attachments.types", self.attachment_types.clone()),
            ("attachments.bytes", self.attachment_bytes.clone()),
            ("webhooks.allow_private", self.allow_private.clone()),
            ("webhooks.plain_http", self.plain_http.clone()),
            ("webhooks.attempts", self.delivery_attempts.clone()),
            ("webhooks.refusals", self.delivery_refusals.clone()),
            ("webhooks.longest_pause", self.delivery_pause.clone()),
            ("limits.message_bytes", self.message_bytes.clone()),
            ("limits.body_bytes", self.body_bytes.clone()),
            ("limits.per_second", self.per_second.clone()),
            ("limits.lane_waiting", self.lane_waiting.clone()),
            ("limits.sender_waiting", self.sender_waiting.clone()),
            ("limits.waiting_bytes", self.waiting_bytes.clone()),
            ("clocks.remind_before", self.remind_before.clone()),
            ("clocks.escalate_after", self.escalate_after.clone()),
        ])
    }
}

pub(super) fn run(args: &ServeArgs) -> Result<u8, CliError> {
    let mut settings = args.settings()?;
    if args.demo {
        settings.log_less();
    }
    if args.print_config {
        settings.print(&mut std::io::stdout().lock())?;
        return Ok(EXIT_OK);
    }
    start_log(&settings)?;
    // Both ends of TLS use it; a second call would be somebody else's, and as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let law = settings.law()?;
    block_on(async {
        // Nothing is made before it is known that it can be served.
        settings.check_scanner().await?;
        let serving = Serving { listen: settings.listen, tls: settings.tls.clone() };
        let bound = serving.bind().await.map_err(failed)?;
        let scratch = if args.demo && !settings.names_database() { Some(Scratch::new()?) } else { None };
        let named = scratch.as_ref().map_or_else(|| settings.database.clone(), Scratch::database);
        let held = hold(&named).map_err(failed)?;
        let database = Database::open(&named).await.map_err(failed)?;
        let clock = if args.demo { demo::clock(&database).await? } else { Clock::machine() };
        let address = database.address();
        let shared = settings.shared(database, clock, law);
        let (shared, made) = with_gateway(&settings, shared, (args.demo, law))?;
        if !args.demo {
            first_run(&shared).await?;
        }
        let service = Service::start(Arc::new(shared)).await.map_err(failed)?;
        let (demo, ready) = if args.demo { Some(demo::prepare(&service, law).await?) } else { None }.unzip();
        let (sharing, writer) = (Arc::clone(service.shared()), service.writer().clone());
        let reach = settings.reach.clone();
        let reach = if args.demo { crate::demo::reach(reach) } else { reach };
        let transport = Transport { reach: reach.clone(), ..Transport::default() };
        let delivery = Delivery { transport, policy: settings.policy, ..Delivery::default() };
        let deliveries = Deliveries::start(sharing, writer, &delivery, system_draw()).map_err(failed)?;
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().map_err(failed)?;
        let spool = settings.spool.clone().unwrap_or_else(|| spool_beside(service.shared().database.file()));
        let no_spool = |error| CliError::Service(format!("spool {}: {error}", spool.display()));
        let bulk = Bulk::start(&service, bulk::Settings::new(&spool)).map_err(no_spool)?;
        let by_tls = settings.tls.is_some();
        let app = App::new(service, settings.limits, Some(metrics)).by_tls(by_tls).within(reach);
        let app = Arc::new(app.with_bulk(bulk).with_attachments(settings.attachments.clone()));
        let scheme = if by_tls { "https" } else { "http" };
        let running = serve_at(Arc::clone(&app), bound).map_err(failed)?;
        let partners = partners(&settings, &app, made.is_some())?;
        let mut demo = demo;
        if let (Some(of), Some(keys), Some(partners)) = (demo.take(), made, &partners) {
            let gateway = app.shared().gateway.clone().ok_or_else(|| failed("no gateway"))?;
            let address = format!("https://localhost:{}{GATEWAY_PATH}", partners.address.port());
            let neighbours = Neighbours::open(&app, &gateway, (&address, &keys.trust), law).await.map_err(failed)?;
            demo = Some(of.beside(neighbours));
        }
        let inboxes = app
            .shared()
            .gateway
            .clone()
            .map(|gateway| Inboxes::start(Arc::clone(app.shared()), app.service.writer().clone(), gateway));
        let demo = demo.map(|demo| tokio::spawn(demo.run(Arc::clone(&app))));
        let mut endings = Endings::listen()?;
        if let Some(ready) = &ready {
            demo::print(ready);
        }
        let _ = writeln!(std::io::stdout(), "motcua serves {scheme}://{} (database {address})", running.address);
        if let Some(partners) = &partners {
            let _ = writeln!(std::io::stdout(), "partners' gateways: https://{}{GATEWAY_PATH}", partners.address);
        }
        tracing::info!(listen = %running.address, "ready");
        endings.asked().await;
        tracing::info!("shutting down: what was taken in is finished");
        app.shared().stop();
        running.stop().await;
        if let Some(partners) = partners {
            partners.stop().await;
        }
        drop(inboxes);
        deliveries.ended().await;
        if let Some(demo) = demo {
            let _ = demo.await;
        }
        match Arc::try_unwrap(app) {
            Ok(app) => app.stop().await,
            Err(app) => app.shared().database.close().await,
        }
        drop(held);
        drop(scratch);
        Ok(EXIT_OK)
    })
}

/// Serves partners' gateways, where this window has one.
fn partners(settings: &Settings, app: &App, is_demo: bool) -> Result<Option<Running>, CliError> {
    let Some(gateway) = &app.shared().gateway else { return Ok(None) };
    // A demonstration's own takes whichever port is free.
    let anywhere = is_demo.then(|| ([127, 0, 0, 1], 0).into());
    let Some(listen) = settings.gateway.as_ref().map(|of| of.listen).or(anywhere) else { return Ok(None) };
    let service = (Arc::clone(app.shared()), app.service.writer().clone());
    serve_partners(service, gateway, listen).map(Some).map_err(failed)
}

/// The same with a gateway: that of the settings, or one with new keys for a demonstration.
fn with_gateway(
    settings: &Settings,
    shared: Shared,
    (is_demo, law): (bool, &'static Pack),
) -> Result<(Shared, Option<GatewayKeys>), CliError> {
    if let Some(gateway) = settings.gateway(law)? {
        return Ok((shared.with_gateway(gateway), None));
    }
    if !is_demo {
        return Ok((shared, None));
    }
    let keys = GatewayKeys::new(law.country.as_str(), &["localhost"]).map_err(failed)?;
    let mappings = Mappings::embedded().map_err(failed)?;
    let gateway = Gateway::new(law.country, keys.key.as_bytes(), keys.certificate.as_bytes(), mappings);
    Ok((shared.with_gateway(gateway.map_err(failed)?), Some(keys)))
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

fn start_log(settings: &Settings) -> Result<(), CliError> {
    let registry = tracing_subscriber::registry().with(settings.log.clone());
    let started = match settings.log_format {
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
async fn first_run(shared: &Shared) -> Result<(), CliError> {
    let mut desk = Desk::open(shared).await?;
    let now = desk.now;
    let Some(made) = bootstrap(&mut desk.link(), &mut SystemRandom, now).await.map_err(failed)? else { return Ok(()) };
    accounts::note(&mut desk, &Author::system(), &made.changes).await?;
    desk.commit().await?;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "This is the first run. The operator's credentials are shown once and kept nowhere:");
    let _ = writeln!(out, "  login     {}", made.login.as_str());
    let _ = writeln!(out, "  password  {}", made.password.reveal());
    let _ = writeln!(out, "  API key   {}", made.api_key.reveal());
    Ok(())
}

/// What the process is asked to end by.
struct Endings {
    interrupt: Signal,
    terminate: Signal,
}

impl Endings {
    /// Listens from now on.
    fn listen() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(failed);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits until the process is asked to end.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
