//! `motcua admin endpoint`: where the messages of organisations go.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde_json::json;

use super::said::{Said, cell, moment, table};
use super::{failed, on_desk, operator, told, unknown};
use crate::cli::CliError;
use crate::exchange::{Reach, endpoint};
use crate::people::{OrganisationId, Secret};
use crate::service::shared::Shared;
use crate::store::endpoints::{self, EndpointKind};
use crate::store::people::{SystemRandom, organisation};

#[derive(Debug, Subcommand)]
pub(super) enum Endpoints {
    /// List the endpoints and how each does: what fails and why, what waits, when it is tried next
    List,
    /// Set where an organisation's messages go; a webhook's signing key is printed once
    #[command(after_help = "EXAMPLES
  motcua admin endpoint set acme --url https://acme.example/hook
  motcua admin endpoint set nsw --kind soap-asmx --url https://nsw.example/Service.asmx
  motcua admin endpoint set vet --url https://10.1.2.3/hook --allow-private 10.0.0.0/8

An endpoint in a network that is not public, or by HTTP without TLS, is refused unless the settings
allow it: webhooks.allow_private, webhooks.plain_http of motcua.toml or the environment, which the
service has to be told as well.")]
    Set {
        /// The organisation's id
        organisation: String,
        /// What it speaks: `webhook`, or a form of the national portal's SOAP
        #[arg(long, default_value = "webhook", value_parser = kinds())]
        kind: EndpointKind,
        /// Its address
        #[arg(long)]
        url: String,
        /// Networks that are not public and that it may be in, as `motcua serve` was told
        /// (`webhooks.allow_private`)
        #[arg(long, value_name = "NETWORKS")]
        allow_private: Option<String>,
        /// Hosts that may be spoken to without TLS, as `motcua serve` was told (`webhooks.plain_http`)
        #[arg(long, value_name = "HOSTS")]
        plain_http: Option<String>,
    },
    /// Send nothing for now: what is for the organisation waits
    Pause {
        /// The organisation's id
        organisation: String,
    },
    /// Send again, beginning with what has waited
    Resume {
        /// The organisation's id
        organisation: String,
    },
    /// Take an endpoint away: the organisation fetches its messages (GET /v1/inbox)
    Remove {
        /// The organisation's id
        organisation: String,
    },
}

fn kinds() -> impl clap::builder::TypedValueParser<Value = EndpointKind> {
    PossibleValuesParser::new(EndpointKind::of_others().map(EndpointKind::as_str))
        .try_map(|text| EndpointKind::parse(&text).ok_or("no kind of endpoint"))
}

impl Endpoints {
    /// What it says of the settings.
    pub(super) fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        let Self::Set { allow_private, plain_http, .. } = self else { return Vec::new() };
        vec![("webhooks.allow_private", allow_private.clone()), ("webhooks.plain_http", plain_http.clone())]
    }

    pub(super) async fn run(&self, shared: &Shared, reach: &Reach) -> Result<Said, CliError> {
        match self {
            Self::List => list(shared).await,
            Self::Set { organisation, kind, url, .. } => set(shared, (organisation, *kind, url), reach).await,
            Self::Pause { organisation } => pause(shared, organisation, true).await,
            Self::Resume { organisation } => pause(shared, organisation, false).await,
            Self::Remove { organisation } => {
                on_desk(shared, async |desk| {
                    let known = endpoint::remove(desk, organisation, &operator()).await?;
                    if known { Ok(()) } else { Err(unknown("endpoint of", organisation)) }
                })
                .await?;
                Ok(told(format!("{organisation} fetches its messages"), json!({ "removed": organisation })))
            }
        }
    }
}

async fn list(shared: &Shared) -> Result<Said, CliError> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    let mut reader = shared.database.read().await?;
    loop {
        let page = endpoints::all(&mut reader.link(), &after, 200).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.organisation);
        for one in page {
            let health = endpoints::health(&mut reader.link(), &one).await?;
            let value = endpoint::shown(&one, &health);
            let failed = health.failed.map(|at| {
                let why = health.error.as_deref().unwrap_or_default();
                format!("{} {why}", moment(at))
            });
            let row = [
                one.organisation,
                one.kind.as_str().to_owned(),
                health.word(one.paused).to_owned(),
                cell(health.delivered.map(moment)),
                health.waiting.to_string(),
                cell(health.next.map(moment)),
                health.failures.to_string(),
                health.dead.to_string(),
                one.url,
                cell(failed),
            ];
            rows.push((row, value));
        }
    }
    let head = [
        "organisation",
        "kind",
        "state",
        "delivered",
        "waiting",
        "next attempt",
        "failures",
        "dead",
        "address",
        "last failure",
    ];
    table(head, rows, "nobody has an endpoint")
}

async fn set(shared: &Shared, (id, kind, url): (&str, EndpointKind, &str), reach: &Reach) -> Result<Said, CliError> {
    let parsed = OrganisationId::parse(id).map_err(failed)?;
    let key = on_desk(shared, async |desk| {
        if organisation(&mut desk.link(), &parsed).await.map_err(failed)?.is_none() {
            return Err(unknown("organisation", id));
        }
        let (made, key) = endpoint::new((id, kind, url), reach, &mut SystemRandom, desk.now).map_err(failed)?;
        endpoint::set(desk, &made, &operator()).await?;
        Ok(key)
    })
    .await?;
    let value = json!({ "organisation": id, "kind": kind.as_str(), "key": key.as_ref().map(Secret::reveal) });
    let set = || format!("{id} is set: {}", endpoint::ENVELOPES_ONLY);
    Ok(told(key.map_or_else(set, |key| key.reveal().to_owned()), value))
}

async fn pause(shared: &Shared, id: &str, paused: bool) -> Result<Said, CliError> {
    on_desk(shared, async |desk| {
        let known = endpoint::pause(desk, id, paused, &operator()).await?;
        if known { Ok(()) } else { Err(unknown("endpoint of", id)) }
    })
    .await?;
    let what = if paused { "waits" } else { "goes on" };
    Ok(told(format!("what is for {id} {what}"), json!({ "organisation": id, "paused": paused })))
}
