//! `motcua admin organisation` and `mandate`.

use clap::{Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::json;

use super::said::{Said, cell, table};
use super::{change, failed, told};
use crate::cli::CliError;
use crate::people::{OrganisationId, OrganisationKind};
use crate::service::entered;
use crate::service::shared::Shared;
use crate::store::people::{
    Mandate, OrganisationEdit, create_organisation, end_mandate, give_mandate, mandates_of, organisations,
};
use crate::trade::CountryCode;

#[derive(Debug, Subcommand)]
pub(super) enum Organisations {
    /// Enter an organisation; its people and keys are made afterwards
    #[command(after_help = "EXAMPLES
  motcua admin organisation add acme --kind trader --name 'ACME Ltd' --identity 0301234567
  motcua admin organisation add vet --kind agency --name 'Animal health' --agency CODE")]
    Add {
        /// Its id: small letters, digits, hyphens
        id: String,
        /// What it is
        #[arg(long, value_enum)]
        kind: KindArg,
        /// Its name
        #[arg(long)]
        name: String,
        /// The tax code of a trader or broker
        #[arg(long)]
        identity: Option<String>,
        /// The code of an agency, as the pack names it
        #[arg(long)]
        agency: Option<String>,
        /// The country of a partner
        #[arg(long)]
        country: Option<String>,
        /// Messages that it may send a second
        #[arg(long, value_name = "N")]
        per_second: Option<u32>,
    },
    /// List organisations
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KindArg {
    Trader,
    Broker,
    Agency,
    Customs,
    Partner,
    Operator,
    Auditor,
}

impl KindArg {
    fn kind(self) -> OrganisationKind {
        match self {
            Self::Trader => OrganisationKind::Trader,
            Self::Broker => OrganisationKind::Broker,
            Self::Agency => OrganisationKind::Agency,
            Self::Customs => OrganisationKind::Customs,
            Self::Partner => OrganisationKind::Partner,
            Self::Operator => OrganisationKind::Operator,
            Self::Auditor => OrganisationKind::Auditor,
        }
    }
}

impl Organisations {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        match self {
            Self::Add { id, kind, name, identity, agency, country, per_second } => {
                let id = OrganisationId::parse(id).map_err(failed)?;
                let country = country.as_deref().map(CountryCode::parse).transpose();
                let country = country.map_err(|_| failed("a country has two letters, such as TH"))?;
                let (identity, agency, per_second) = (identity.clone(), agency.clone(), *per_second);
                let edit = OrganisationEdit { name: name.clone(), identity, agency, country, per_second, active: true };
                let (of_desk, kind) = (id.clone(), kind.kind());
                entered::organisation(&shared.law.at(shared.clock.now()), kind, &edit).map_err(failed)?;
                change(shared, move |mut link, now| {
                    Box::pin(async move {
                        Ok(((), vec![create_organisation(&mut link, &of_desk, kind, &edit, now).await?]))
                    })
                })
                .await?;
                Ok(told(id.to_string(), json!({ "id": id.as_str(), "kind": kind.as_str() })))
            }
            Self::List => {
                let mut rows = Vec::new();
                let mut after = None;
                let mut reader = shared.database.read().await?;
                loop {
                    let page = organisations(&mut reader.link(), after.as_ref(), 200).await.map_err(failed)?;
                    let Some(last) = page.last() else { break };
                    after = Some(last.id.clone());
                    rows.extend(page.iter().map(|one| {
                        let (edit, kind) = (&one.edit, one.kind.as_str());
                        let code = edit.identity.as_deref().or(edit.agency.as_deref());
                        let active = if edit.active { "yes" } else { "no" };
                        let cells = [one.id.to_string(), kind.to_owned(), cell(code), active.into(), edit.name.clone()];
                        let value = json!({
                            "id": one.id.as_str(), "kind": kind, "name": edit.name, "identity": edit.identity,
                            "agency": edit.agency, "country": edit.country.as_ref().map(CountryCode::as_str),
                            "per_second": edit.per_second, "active": edit.active,
                        });
                        (cells, value)
                    }));
                }
                table(["organisation", "kind", "code", "active", "name"], rows, "there are no organisations")
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Mandates {
    /// Let a broker act for a trader
    Add {
        /// The broker's id
        broker: String,
        /// The trader's tax code; `*` for everybody
        trader: String,
        /// The first day; today if nothing is said
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// The last day
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
    },
    /// List for whom a broker may act
    List {
        /// The broker's id
        broker: String,
    },
    /// End a mandate
    End {
        /// The broker's id
        broker: String,
        /// The trader's tax code; `*` for everybody
        trader: String,
        /// The last day on which it is good; yesterday if nothing is said
        #[arg(long, value_name = "DATE")]
        last: Option<Date>,
    },
}

impl Mandates {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        let now = shared.clock.now();
        let today = shared.law.at(now).day_of(now);
        match self {
            Self::Add { broker, trader, from, to } => {
                let id = OrganisationId::parse(broker).map_err(failed)?;
                entered::mandate(trader).map_err(failed)?;
                let valid_from = from.unwrap_or(today);
                let mandate = Mandate { trader: trader.clone(), valid_from, valid_to: *to };
                change(shared, move |mut link, _| {
                    Box::pin(async move { Ok(((), vec![give_mandate(&mut link, &id, &mandate).await?])) })
                })
                .await?;
                let value = json!({ "broker": broker, "trader": trader, "from": valid_from, "to": to });
                Ok(told(format!("{broker} acts for {trader} from {valid_from}"), value))
            }
            Self::List { broker } => {
                let id = OrganisationId::parse(broker).map_err(failed)?;
                let mut reader = shared.database.read().await?;
                let mandates = mandates_of(&mut reader.link(), &id).await.map_err(failed)?;
                let rows = mandates.into_iter().map(|one| {
                    let value = json!({ "trader": one.trader, "from": one.valid_from, "to": one.valid_to });
                    ([one.trader, one.valid_from.to_string(), cell(one.valid_to)], value)
                });
                table(["trader", "from", "to"], rows.collect(), "it acts for nobody else")
            }
            Self::End { broker, trader, last } => {
                let id = OrganisationId::parse(broker).map_err(failed)?;
                let last = last.unwrap_or_else(|| today.yesterday().unwrap_or(today));
                let of_desk = trader.clone();
                change(shared, move |mut link, _| {
                    Box::pin(async move { Ok(((), vec![end_mandate(&mut link, &id, &of_desk, last).await?])) })
                })
                .await?;
                let value = json!({ "broker": broker, "trader": trader, "last": last });
                Ok(told(format!("{broker} acted for {trader} until {last}"), value))
            }
        }
    }
}
