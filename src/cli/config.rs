//! What the service goes by: `motcua.toml`, the environment, flags.

mod keys;
mod source;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use jiff::SignedDuration;
use tracing_subscriber::filter::Targets;

use self::keys::{KEYS, Shape};
use self::source::{Source, Sources, Stated};
use super::CliError;
use crate::exchange::{Network, Policy, Reach};
use crate::law::Pack;
use crate::message::incoming::Address;
use crate::screening::SampleKey;
use crate::server::Limits;
use crate::service::attachments::{self, Kind, Scanner};
use crate::service::clock::Clock;
use crate::service::gateway::{Gateway, Mappings};
use crate::service::lanes::Room;
use crate::service::law_book::LawBook;
use crate::service::shared::Shared;
use crate::store::project::ClockPolicy;
use crate::store::{Database, shown_address};
use crate::trade::CountryCode;

/// What all commands of the service are told on the command line.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// The file with the settings [default: `motcua.toml` beside you, if it is there]
    #[arg(long, value_name = "FILE", env = "MOTCUA_CONFIG", global = true)]
    pub(super) config: Option<PathBuf>,
    /// The database: a SQLite file or `postgres://user@host/name` [default: motcua.db]
    #[arg(long, value_name = "URL", global = true)]
    pub(super) database: Option<String>,
    /// Decide under the pack in this folder instead of the built-in one
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) rules: Option<String>,
}

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// For reading.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the service goes by.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) database: String,
    pub(super) listen: SocketAddr,
    pub(super) rules: Option<PathBuf>,
    pub(super) sample_key: Option<SampleKey>,
    pub(super) spool: Option<PathBuf>,
    pub(super) attachments: attachments::Settings,
    pub(super) reach: Reach,
    pub(super) policy: Policy,
    pub(super) tls: Option<(PathBuf, PathBuf)>,
    pub(super) log: Targets,
    pub(super) log_format: LogFormat,
    pub(super) limits: Limits,
    pub(super) room: Room,
    pub(super) clocks: ClockPolicy,
    pub(super) own: Address<'static>,
    pub(super) gateway: Option<GatewaySettings>,
    sources: Sources,
}

impl ConfigArgs {
    /// Reads the settings, with what the command has as flags beside these: names of settings with
    /// what was given.
    pub(super) fn read(&self, flags: &[(&'static str, Option<String>)]) -> Result<Settings, CliError> {
        let mut all = vec![("database", self.database.clone()), ("rules", self.rules.clone())];
        all.extend(flags.iter().cloned());
        if let Some(key) =
            KEYS.iter().find(|key| std::env::var_os(key.variable).is_some_and(|text| text.to_str().is_none()))
        {
            return Err(CliError::Usage(format!("{}: not UTF-8", key.variable)));
        }
        let variable = |name: &str| std::env::var(name).ok();
        Settings::of(Sources::read(&all, variable, self.config.as_deref())?)
    }
}

/// The gateway to partners.
#[derive(Debug)]
pub(super) struct GatewaySettings {
    /// Where partners bring their messages.
    pub(super) listen: SocketAddr,
    /// The key that messages are signed with, and its certificates.
    key: (PathBuf, PathBuf),
    /// The country that it speaks for; none: the pack's.
    country: Option<CountryCode>,
}

/// What is said of a value that cannot be.
fn wrong(name: &str, stated: &Stated, expected: &str) -> CliError {
    CliError::Usage(format!("{}: `{name}`: `{}` is not {expected}", stated.source, stated.text))
}

impl Settings {
    fn of(sources: Sources) -> Result<Self, CliError> {
        let path = |name: &str| sources.get(name).map(|stated| PathBuf::from(&stated.text));
        let tls = match (sources.get("tls.cert"), sources.get("tls.key")) {
            (Some(cert), Some(key)) => Some((PathBuf::from(&cert.text), PathBuf::from(&key.text))),
            (None, None) => None,
            (Some(one), None) => return Err(alone("tls.cert", one, "tls.key")),
            (None, Some(one)) => return Err(alone("tls.key", one, "tls.cert")),
        };
        let log_format = match sources.get("log.format") {
            Some(stated) if stated.text == "json" => LogFormat::Json,
            Some(stated) if stated.text != "text" => return Err(wrong("log.format", stated, "`text` or `json`")),
            _ => LogFormat::Text,
        };
        let filter =
            "a level (error, warn, info, debug, trace), or levels by module, such as info,motcua::service=debug";
        let most = u64::try_from(crate::message::Limits::default().bytes).unwrap_or(u64::MAX);
        let limits = Limits {
            message_bytes: within(&sources, "limits.message_bytes", 1..=most)?,
            body_bytes: within(&sources, "limits.body_bytes", 1..=1 << 30)?,
            per_second: within(&sources, "limits.per_second", 1..=u32::MAX.into())?,
        };
        let room = Room {
            lane: within(&sources, "limits.lane_waiting", 1..=1 << 24)?,
            sender: within(&sources, "limits.sender_waiting", 1..=1 << 24)?,
            bytes: within(&sources, "limits.waiting_bytes", 1..=1 << 40)?,
        };
        let clocks = ClockPolicy {
            remind_before: duration(&sources, "clocks.remind_before")?,
            escalate_after: duration(&sources, "clocks.escalate_after")?,
        };
        let text = |name: &str| sources.get(name).map(|stated| stated.text.clone()).unwrap_or_default();
        let own = Address {
            name: text("own.name").into(),
            identity: text("own.identity").into(),
            country_code: text("own.country").into(),
            ministry_code: text("own.ministry").into(),
            organization_code: text("own.organization").into(),
            unit_code: text("own.unit").into(),
        };
        Ok(Self {
            database: text("database"),
            listen: parsed(&sources, "listen", "an address such as 127.0.0.1:8080")?,
            rules: path("rules"),
            sample_key: sample_key(&sources)?,
            spool: path("spool"),
            attachments: attached(&sources)?,
            reach: reach(&sources)?,
            policy: policy(&sources)?,
            tls,
            log: parsed(&sources, "log.filter", filter)?,
            log_format,
            limits,
            room,
            clocks,
            own,
            gateway: gateway(&sources)?,
            sources,
        })
    }

    /// Where nobody says what to log: warnings only.
    pub(super) fn log_less(&mut self) {
        if self.sources.get("log.filter").is_none_or(|stated| stated.source == Source::Default) {
            self.log = Targets::new()
                .with_default(tracing::Level::WARN)
                // What an agency does not take is meant so, and shown to the operator.
                .with_target("motcua::exchange", tracing::Level::ERROR);
        }
    }

    /// Whether somebody has said which database it is.
    pub(super) fn names_database(&self) -> bool {
        self.sources.get("database").is_some_and(|stated| stated.source != Source::Default)
    }

    /// Whether what looks for viruses can be run.
    ///
    /// # Errors
    /// [`CliError::Usage`] names the setting and where it was stated.
    pub(super) async fn check_scanner(&self) -> Result<(), CliError> {
        const NAME: &str = "attachments.scanner";
        let (Some(scanner), Some(stated)) = (&self.attachments.scanner, self.sources.get(NAME)) else { return Ok(()) };
        let checked = scanner.check().await;
        checked.map_err(|error| CliError::Usage(format!("{}: `{NAME}`: {error}", stated.source)))
    }

    /// The law that the installation begins with.
    pub(super) fn law(&self) -> Result<&'static Pack, CliError> {
        match &self.rules {
            None => Ok(crate::embedded::pack()),
            // The law lives as long as the process.
            Some(folder) => match crate::law::load_dir(folder) {
                Ok(loaded) => Ok(Box::leak(Box::new(loaded.pack))),
                Err(error) => Err(CliError::Pack(super::pack_error(&error))),
            },
        }
    }

    /// What all of the service shares.
    pub(super) fn shared(&self, database: Database, clock: Clock, law: &'static Pack) -> Shared {
        let mut shared = Shared::new(database, clock, LawBook::new(law), self.clocks, self.sample_key.clone());
        (shared.room, shared.own) = (self.room, self.own.clone());
        shared
    }

    /// The gateway, where there is one.
    ///
    /// # Errors
    /// [`CliError`] where its key or certificate cannot be read.
    pub(super) fn gateway(&self, law: &Pack) -> Result<Option<Gateway>, CliError> {
        let Some(settings) = &self.gateway else { return Ok(None) };
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| CliError::Service(format!("{}: {error}", path.display())))
        };
        let (key, certificates) = (read(&settings.key.0)?, read(&settings.key.1)?);
        let country = settings.country.unwrap_or(law.country);
        let failed = |error: String| CliError::Service(format!("the gateway's key: {error}"));
        let mappings = Mappings::embedded().map_err(|error| failed(error.to_string()))?;
        let gateway = Gateway::new(country, &key, &certificates, mappings);
        gateway.map(Some).map_err(|error| failed(error.to_string()))
    }

    /// Writes the settings as the file would state them, each with where it comes from. Nothing
    /// that is secret is shown.
    pub(super) fn print(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut table = "";
        for key in &KEYS {
            let (of, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if of != table {
                writeln!(out, "\n[{of}]")?;
                table = of;
            }
            let Some(stated) = self.sources.get(key.name) else {
                writeln!(out, "# {name} is not set")?;
                continue;
            };
            let value = match key.shape {
                _ if key.secret => quoted("(hidden)"),
                _ if key.name == "database" => quoted(&shown_address(&stated.text)),
                Shape::Text => quoted(&stated.text),
                Shape::Number => stated.text.clone(),
            };
            let line = format!("{name} = {value}");
            writeln!(out, "{line:<44}  # {}", stated.source)?;
        }
        Ok(())
    }
}

fn alone(name: &str, stated: &Stated, other: &str) -> CliError {
    CliError::Usage(format!("{}: `{name}` is set and `{other}` is not; they go together", stated.source))
}

fn parsed<T: FromStr>(sources: &Sources, name: &str, expected: &str) -> Result<T, CliError> {
    let none = Stated { text: String::new(), source: Source::Default };
    let stated = sources.get(name).unwrap_or(&none);
    stated.text.trim().parse().map_err(|_| wrong(name, stated, expected))
}

fn within<T: TryFrom<u64>>(sources: &Sources, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<T, CliError> {
    let expected = format!("a number from {} to {}", range.start(), range.end());
    let number: u64 = parsed(sources, name, &expected)?;
    let fits = range.contains(&number).then(|| T::try_from(number).ok()).flatten();
    match (fits, sources.get(name)) {
        (Some(fits), _) => Ok(fits),
        (None, Some(stated)) => Err(wrong(name, stated, &expected)),
        (None, None) => Err(CliError::Usage(format!("`{name}` is not set"))),
    }
}

/// What may be attached to cases.
fn attached(sources: &Sources) -> Result<attachments::Settings, CliError> {
    let mut kinds = Vec::new();
    if let Some(stated) = sources.get("attachments.types") {
        for word in stated.text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let kind: Result<Kind, _> = word.parse();
            kinds.push(kind.map_err(|error| CliError::Usage(format!("{}: {error}", stated.source)))?);
        }
    }
    let scanner = sources.get("attachments.scanner").map(|stated| stated.text.trim());
    Ok(attachments::Settings {
        bytes: within(sources, "attachments.bytes", 1..=1 << 30)?,
        kinds,
        scanner: scanner.filter(|command| !command.is_empty()).map(Scanner::new),
        ..attachments::Settings::default()
    })
}

/// Where messages may go.
fn reach(sources: &Sources) -> Result<Reach, CliError> {
    let mut allowed = Vec::new();
    if let Some(stated) = sources.get("webhooks.allow_private") {
        for text in stated.text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let network: Result<Network, _> = text.parse();
            allowed.push(network.map_err(|error| CliError::Usage(format!("{}: {error}", stated.source)))?);
        }
    }
    let mut plain_http = Vec::new();
    if let Some(stated) = sources.get("webhooks.plain_http") {
        for host in stated.text.split(',').map(str::trim).filter(|host| !host.is_empty()) {
            plain_http.push(Reach::host(host).ok_or_else(|| {
                let told = "`webhooks.plain_http` names hosts, such as gateway.lan or 10.0.0.7, without port or path";
                CliError::Usage(format!("{}: {told}: `{host}`", stated.source))
            })?);
        }
    }
    Ok(Reach { allowed, plain_http })
}

/// How often and how long messages are tried.
fn policy(sources: &Sources) -> Result<Policy, CliError> {
    const PAUSE: &str = "webhooks.longest_pause";
    let pause = duration(sources, PAUSE)?;
    if let Some(stated) = sources.get(PAUSE).filter(|_| pause < SignedDuration::from_secs(1)) {
        return Err(wrong(PAUSE, stated, "a pause of a second at least, such as 1h or 90s"));
    }
    Ok(Policy {
        tries: within(sources, "webhooks.attempts", 1..=1_000_000)?,
        refusals: within(sources, "webhooks.refusals", 1..=1_000_000)?,
        cap: pause.unsigned_abs(),
        ..Policy::default()
    })
}

fn duration(sources: &Sources, name: &str) -> Result<SignedDuration, CliError> {
    let expected = "a length of time such as 24h or 90m";
    let duration: SignedDuration = parsed(sources, name, expected)?;
    match sources.get(name) {
        Some(stated) if duration.is_negative() => Err(wrong(name, stated, expected)),
        _ => Ok(duration),
    }
}

/// The key of the draw: in a file, or stated outright.
fn sample_key(sources: &Sources) -> Result<Option<SampleKey>, CliError> {
    let (bytes, source) = match (sources.get("sample_key_file"), sources.get("sample_key")) {
        (None, None) => return Ok(None),
        (Some(file), Some(key)) => {
            let both = "`sample_key_file` and `sample_key` are both set; one of them is enough";
            return Err(CliError::Usage(format!("{}, {}: {both}", file.source, key.source)));
        }
        (Some(file), None) => (super::records::read_key(file.text.as_ref())?, file.text.clone()),
        (None, Some(key)) => (key.text.as_bytes().to_vec(), key.source.to_string()),
    };
    SampleKey::new(&bytes).map(Some).map_err(|error| CliError::Usage(format!("{source}: {error}")))
}

/// A text as toml writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            sign if sign.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(sign))),
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}

/// What the settings say of the gateway.
fn gateway(sources: &Sources) -> Result<Option<GatewaySettings>, CliError> {
    let key = match (sources.get("gateway.key"), sources.get("gateway.cert")) {
        (Some(key), Some(cert)) => (PathBuf::from(&key.text), PathBuf::from(&cert.text)),
        (None, None) => return Ok(None),
        (Some(one), None) => return Err(alone("gateway.key", one, "gateway.cert")),
        (None, Some(one)) => return Err(alone("gateway.cert", one, "gateway.key")),
    };
    let country = match sources.get("gateway.country") {
        None => None,
        Some(stated) => {
            let country = CountryCode::parse(&stated.text);
            Some(country.map_err(|error| wrong("gateway.country", stated, error.expected))?)
        }
    };
    let listen = parsed(sources, "gateway.listen", "an address such as 0.0.0.0:8443")?;
    Ok(Some(GatewaySettings { listen, key, country }))
}
