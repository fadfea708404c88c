//! `motcua admin partner`: partners' gateways.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde_json::json;

use super::said::{Said, cell, table};
use super::{failed, on_desk, operator, told, unknown};
use crate::cli::CliError;
use crate::exchange::Reach;
use crate::exchange::registry::{self, Entering};
use crate::message::signature::Trust;
use crate::people::{OrganisationId, OrganisationKind};
use crate::service::accounts;
use crate::service::shared::Shared;
use crate::store::partners::{self, Partner, PartnerPolicy, SignaturePolicy};
use crate::store::people::{OrganisationEdit, create_organisation, organisation};
use crate::trade::CountryCode;

#[derive(Debug, Subcommand)]
pub(super) enum Partners {
    /// Enter a country's gateway, or enter it anew: where it is, whose signatures are believed, what
    /// is exchanged
    #[command(after_help = "EXAMPLES
  motcua admin partner set TH --url https://gw.example/exchange/messages --trust th.pem
  motcua admin partner set TH --url https://gw.example/exchange/messages --trust th.pem \\
      --documents CO-ISSUE,CO-CANCEL,CUSTOMS-RESPONSE,ACK
  motcua admin partner set LA --folder /srv/as4/la --trust la.pem    carried by another access point

The file of --trust has certificates of authorities (which vouch for what they issued) or of the
gateway itself, and revocation lists (X509 CRL), in PEM. Messages and connections are believed by it.")]
    Set {
        /// The country, by its two letters
        country: String,
        /// Where its gateway takes messages
        #[arg(long, required_unless_present = "folder", conflicts_with = "folder")]
        url: Option<String>,
        /// A folder with `out`, `in`, `receipts`, from which another access point carries the messages
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Whose signatures and connections are believed (PEM)
        #[arg(long, value_name = "PEM")]
        trust: PathBuf,
        /// What is exchanged [default: everything that this gateway knows]
        #[arg(long, value_delimiter = ',', value_name = "KINDS")]
        documents: Vec<String>,
        /// What is asked of the signatures of messages
        #[arg(long, default_value = "require", value_parser = policies())]
        signature: SignaturePolicy,
        /// What is asked of the signatures of the documents in them
        #[arg(long, default_value = "accept", value_parser = policies())]
        document_signature: SignaturePolicy,
        /// Messages that are new here and older than so many hours are refused
        #[arg(long, value_name = "HOURS", default_value_t = PartnerPolicy::default().oldest_hours)]
        oldest: u32,
        /// Networks that are not public and that it may be in, as `motcua serve` was told
        /// (`webhooks.allow_private`)
        #[arg(long, value_name = "NETWORKS")]
        allow_private: Option<String>,
    },
    /// List the partners
    List,
    /// Exchange nothing with a partner for now: what is for it waits, what comes is to be sent again
    Suspend {
        /// The country
        country: String,
    },
    /// Exchange again, beginning with what has waited
    Resume {
        /// The country
        country: String,
    },
}

pub(super) fn policies() -> impl clap::builder::TypedValueParser<Value = SignaturePolicy> {
    PossibleValuesParser::new(SignaturePolicy::ALL.map(SignaturePolicy::as_str))
        .try_map(|text| SignaturePolicy::parse(&text).ok_or("no policy"))
}

impl Partners {
    /// What it says of the settings.
    pub(super) fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        let Self::Set { allow_private, .. } = self else { return Vec::new() };
        vec![("webhooks.allow_private", allow_private.clone())]
    }

    pub(super) async fn run(&self, shared: &Shared, reach: &Reach) -> Result<Said, CliError> {
        match self {
            Self::Set { country, url, folder, trust, documents, signature, document_signature, oldest, .. } => {
                let address = match (url, folder) {
                    (Some(url), _) => url.clone(),
                    (None, Some(folder)) => {
                        let folder = std::path::absolute(folder).map_err(|error| at(folder, &error))?;
                        folder.display().to_string()
                    }
                    (None, None) => return Err(failed("`--url` or `--folder` is to be given")),
                };
                let entering = Entering {
                    organisation: organisation_of(country)?,
                    country: parsed(country)?,
                    address,
                    trust: std::fs::read(trust).map_err(|error| at(trust, &error))?,
                    documents: documents.clone(),
                    policy: PartnerPolicy {
                        signature: *signature,
                        document_signature: *document_signature,
                        oldest_hours: *oldest,
                    },
                };
                set(shared, &entering, reach).await
            }
            Self::List => list(shared).await,
            Self::Suspend { country } => suspend(shared, country, true).await,
            Self::Resume { country } => suspend(shared, country, false).await,
        }
    }
}

fn at(path: &std::path::Path, error: &std::io::Error) -> CliError {
    failed(format!("{}: {error}", path.display()))
}

fn parsed(country: &str) -> Result<CountryCode, CliError> {
    CountryCode::parse(country)
        .map_err(|error| CliError::Usage(format!("`{country}` is no country: {} are", error.expected)))
}

/// The organisation of a partner: one for each country.
fn organisation_of(country: &str) -> Result<String, CliError> {
    Ok(format!("gateway-{}", parsed(country)?.as_str().to_lowercase()))
}

async fn set(shared: &Shared, entering: &Entering, reach: &Reach) -> Result<Said, CliError> {
    let kind = entering.check(reach).map_err(failed)?;
    let id = OrganisationId::parse(&entering.organisation).map_err(failed)?;
    on_desk(shared, async |desk| {
        if organisation(&mut desk.link(), &id).await.map_err(failed)?.is_none() {
            let edit = OrganisationEdit {
                name: format!("Gateway {}", entering.country),
                identity: None,
                agency: None,
                country: Some(entering.country),
                per_second: None,
                active: true,
            };
            let now = desk.now;
            let made = create_organisation(&mut desk.link(), &id, OrganisationKind::Partner, &edit, now).await;
            accounts::note(desk, &operator(), &[made.map_err(failed)?]).await?;
        }
        registry::enter(desk, entering, kind, &operator()).await?;
        Ok(())
    })
    .await?;
    let value = json!({
        "country": entering.country.as_str(), "organisation": entering.organisation,
        "kind": kind.as_str(), "address": entering.address,
    });
    Ok(told(format!("{} is entered: {}", entering.country, entering.address), value))
}

async fn list(shared: &Shared) -> Result<Said, CliError> {
    let mut reader = shared.database.read().await?;
    let all = partners::all(&mut reader.link()).await?;
    let rows = all.into_iter().map(|partner| {
        let Partner { organisation, country, trust, documents, policy, suspended, .. } = partner;
        let trusted = Trust::from_pem(&trust).map(|trust| trust.certificates());
        let until = trusted.ok().into_iter().flatten().map(|certificate| certificate.not_after).min();
        let value = json!({
            "country": country.as_str(), "organisation": organisation, "suspended": suspended, "documents": documents,
            "signature": policy.signature.as_str(), "document_signature": policy.document_signature.as_str(),
            "oldest_hours": policy.oldest_hours, "trust_until": until.map(|until| until.to_string()),
        });
        let state = if suspended { "suspended" } else { "open" };
        let cells = [
            country.to_string(),
            organisation,
            state.to_owned(),
            policy.signature.as_str().to_owned(),
            cell(until.map(super::said::moment)),
            documents.join(" "),
        ];
        (cells, value)
    });
    let head = ["country", "organisation", "state", "signatures", "trusted until", "documents"];
    table(head, rows.collect(), "no partner is entered")
}

async fn suspend(shared: &Shared, country: &str, suspended: bool) -> Result<Said, CliError> {
    let id = organisation_of(country)?;
    on_desk(shared, async |desk| {
        let known = registry::suspend(desk, &id, suspended, &operator()).await?;
        if known { Ok(()) } else { Err(unknown("partner", country)) }
    })
    .await?;
    let what = if suspended { "is suspended" } else { "goes on" };
    let value = json!({ "country": country, "suspended": suspended });
    Ok(told(format!("the exchange with {country} {what}"), value))
}
