//! The traders of a demonstration: declarations of the pack's country, filed by one broker for all.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::{Date, date};

use super::DemoError;
use super::accounts::FILER;
use crate::clearance::explain::Lang;
use crate::generate::{GenerateError, Generator, Plan, Style};
use crate::law::Pack;
use crate::message::{ReadOptions, read};
use crate::people::{Mandates, OrganisationId, OrganisationKind, Principal, SignIn};
use crate::service::Service;
use crate::service::intake::{IntakeError, Sent, Wanted};
use crate::service::lanes::Lane;
use crate::store::messages::Answer;
use crate::store::people::PeopleError;

/// Always the same traders.
const SEED: u64 = 1;
/// Numbers of a day's declarations: those of the next begin after them.
const OF_A_DAY: u64 = 1_000;

/// Where declarations come from.
#[derive(Debug)]
pub(super) struct Traffic {
    generator: Generator<'static>,
}

impl Traffic {
    /// Traffic of a pack that begins about a day.
    pub(super) fn new(pack: &'static Pack, day: Date) -> Result<Self, GenerateError> {
        let plan = Plan { seed: SEED, style: Style::National, from: day, to: day, lines: None };
        Ok(Self { generator: Generator::new(pack, plan)? })
    }

    /// Declarations of a day, by their numbers in it.
    pub(super) fn documents(&mut self, day: Date, numbers: Range<u64>) -> Result<Vec<Vec<u8>>, GenerateError> {
        let numbers = self.numbers(day, numbers)?;
        Ok(numbers.map(|number| self.generator.document(number)).collect())
    }

    /// The same as they should be: those in which something is wrong.
    pub(super) fn corrected(&mut self, day: Date, numbers: Range<u64>) -> Result<Vec<Option<Vec<u8>>>, GenerateError> {
        let numbers = self.numbers(day, numbers)?;
        Ok(numbers.map(|number| self.generator.corrected(number)).collect())
    }

    fn numbers(&mut self, day: Date, numbers: Range<u64>) -> Result<Range<u64>, GenerateError> {
        self.generator.move_to(day, day)?;
        let before = u64::try_from((day - date(2000, 1, 1)).get_days()).unwrap_or(0) * OF_A_DAY;
        Ok(before + numbers.start..before + numbers.end)
    }

    /// The trader with the most declarations of these days, by tax code.
    pub(super) fn busiest(&mut self, days: &[Date], a_day: u64) -> Result<String, GenerateError> {
        let mut counted: HashMap<String, u64> = HashMap::new();
        for day in days {
            for document in self.documents(*day, 0..a_day)? {
                let Ok(reading) = read(&document, &ReadOptions::default()) else { continue };
                if let Some(id) = &reading.declaration.importer.id {
                    *counted.entry(id.to_string()).or_default() += 1;
                }
            }
        }
        let busiest = counted.into_iter().max_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        Ok(busiest.map(|(trader, _)| trader).unwrap_or_default())
    }

    /// Sends messages, all at once; gives each with its answer.
    pub(super) async fn send(
        &self,
        service: &Service,
        documents: Vec<Vec<u8>>,
    ) -> Result<Vec<(Vec<u8>, Answer)>, DemoError> {
        let principal = Arc::new(Principal {
            organisation: OrganisationId::parse(FILER).map_err(PeopleError::from)?,
            kind: OrganisationKind::Broker,
            identity: None,
            agency: None,
            mandates: Mandates::Everybody,
            per_second: None,
            person: None,
            sign_in: SignIn::ApiKey,
        });
        let sending = documents.into_iter().map(|bytes| {
            let principal = Arc::clone(&principal);
            let sent = Sent { bytes: bytes.clone(), principal, key: None, lang: Lang::Vi, wanted: Wanted::Json };
            async { Ok::<_, IntakeError>((bytes, service.take(Lane::Ordinary, sent).await?)) }
        });
        // What is wrong in a declaration on purpose is answered, and no error.
        Ok(futures_util::future::try_join_all(sending).await?)
    }
}
