//! `motcua admin signature`: what is asked of the signatures of senders.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::partners::policies;
use super::said::{Said, cell, table};
use super::{failed, on_desk, operator, told, unknown};
use crate::cli::CliError;
use crate::message::signature::Trust;
use crate::people::{Change, OrganisationId};
use crate::service::accounts;
use crate::service::shared::Shared;
use crate::store::partners::SignaturePolicy;
use crate::store::people::organisation;
use crate::store::signatures::{self, SenderSignatures};

#[derive(Debug, Subcommand)]
pub(super) enum Signatures {
    /// Ask something of the signatures in a sender's messages
    #[command(after_help = "EXAMPLES
  motcua admin signature set broker-1 --trust ca.pem
  motcua admin signature set byt --body accept --system require --trust byt.pem

`require`: it has to be there and to hold; `accept`: where it is there it has to hold; `ignore`: it
is not looked at. A message that is not signed so is refused (SIGNATURE) before anything of it is read.")]
    Set {
        /// The organisation's id
        organisation: String,
        /// Of that of the trader or officer: `Body/Signature` of an envelope, the one of any other message
        #[arg(long, default_value = "require", value_parser = policies())]
        body: SignaturePolicy,
        /// Of that of the sending gateway: `SystemSignature` of an envelope
        #[arg(long, default_value = "ignore", value_parser = policies())]
        system: SignaturePolicy,
        /// Whose signatures are believed: authorities or single certificates, revocation lists (PEM)
        #[arg(long, value_name = "PEM")]
        trust: PathBuf,
    },
    /// List what is asked of whom
    List,
    /// Ask nothing any more
    Remove {
        /// The organisation's id
        organisation: String,
    },
}

impl Signatures {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        match self {
            Self::Set { organisation: id, body, system, trust } => {
                let parsed = OrganisationId::parse(id).map_err(failed)?;
                let trust = std::fs::read(trust).map_err(|error| failed(format!("{}: {error}", trust.display())))?;
                Trust::from_pem(&trust).map_err(failed)?;
                on_desk(shared, async |desk| {
                    if organisation(&mut desk.link(), &parsed).await.map_err(failed)?.is_none() {
                        return Err(unknown("organisation", id));
                    }
                    let now = desk.now;
                    let asked = SenderSignatures {
                        organisation: id.clone(),
                        body: *body,
                        system: *system,
                        trust: trust.clone(),
                        changed: now,
                    };
                    signatures::set(&mut desk.link(), &asked).await?;
                    Ok(accounts::note(desk, &operator(), &[Change::new("signature.set", id)]).await?)
                })
                .await?;
                let text = format!("{id}: body {}, system {}", body.as_str(), system.as_str());
                Ok(told(text, json!({ "organisation": id, "body": body.as_str(), "system": system.as_str() })))
            }
            Self::List => {
                let all = signatures::all(&mut shared.database.read().await?.link()).await?;
                let rows = all.into_iter().map(|one| {
                    let trusted = Trust::from_pem(&one.trust).map(|trust| trust.certificates()).unwrap_or_default();
                    let until = trusted.iter().map(|certificate| certificate.not_after).min();
                    let value = json!({
                        "organisation": one.organisation, "body": one.body.as_str(), "system": one.system.as_str(),
                        "trusted_until": until.map(|until| until.to_string()),
                    });
                    let cells = [
                        one.organisation,
                        one.body.as_str().to_owned(),
                        one.system.as_str().to_owned(),
                        cell(until.map(super::said::moment)),
                    ];
                    (cells, value)
                });
                table(
                    ["organisation", "body", "system", "trusted until"],
                    rows.collect(),
                    "nothing is asked of anybody",
                )
            }
            Self::Remove { organisation: id } => {
                on_desk(shared, async |desk| {
                    if !signatures::remove(&mut desk.link(), id).await? {
                        return Err(unknown("policy for signatures of", id));
                    }
                    Ok(accounts::note(desk, &operator(), &[Change::new("signature.removed", id)]).await?)
                })
                .await?;
                Ok(told(format!("nothing is asked of {id}"), json!({ "removed": id })))
            }
        }
    }
}
