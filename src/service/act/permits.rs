//! What a dossier gives with a quantity has an account, on which declarations draw.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::desk::{ActError, Desk};
use super::super::ids::new_case;
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::permit::{PermitEvent, account_id};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::law::Pack;
use crate::law::life_cycle::Act as Meaning;
use crate::ledger::{AccountId, Closing, ClosingReason, Command, Outcome, Posting, Validity};
use crate::records::EvidenceEntry;
use crate::trade::{Quantity, UnitCode};

/// Bytes of a number by which an account is found.
const NUMBER_MAX: usize = 256;

/// What a paper grants.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Terms {
    quantity: Decimal,
    unit: UnitCode,
    valid: Validity,
}

impl Desk<'_> {
    /// Opens, grants anew and closes accounts as a dossier's papers say now; `before` is what it
    /// was.
    ///
    /// # Errors
    /// [`ActError`] where a paper states no quantity that can be reckoned, or less than is drawn.
    pub(super) async fn follow_papers(&mut self, before: &Dossier, by: &Author) -> Result<(), ActError> {
        let Some(after) = self.dossier(before.id).await?.cloned() else { return Ok(()) };
        let edition = std::sync::Arc::clone(&self.edition);
        let (before, now) = (terms(before, edition.pack)?, terms(&after, edition.pack)?);
        for (number, terms) in &now {
            if before.get(number) != Some(terms) {
                self.grant(&after, number, terms, by).await?;
            }
        }
        for number in before.keys().filter(|number| !now.contains_key(*number)) {
            let on = edition.day_of(after.last_done.unwrap_or(self.now));
            let reason = match after.last_act {
                Some(Meaning::Revoke | Meaning::Fail | Meaning::Reject) => ClosingReason::Revoked,
                _ => ClosingReason::Surrendered,
            };
            let id = account_id(after.agency.as_deref(), number);
            self.take_accounts([id.clone()].into()).await?;
            let revision = self.next_revision(&id);
            self.on_account(&id, &Command::Close { revision, closing: Closing { reason, on } }, by)?;
        }
        Ok(())
    }

    async fn grant(&mut self, dossier: &Dossier, number: &str, terms: &Terms, by: &Author) -> Result<(), ActError> {
        let id = account_id(dossier.agency.as_deref(), number);
        self.take_accounts([id.clone()].into()).await?;
        if self.ledger().account(&id).is_some() {
            self.is_regranted_by(&id, dossier)?;
        } else {
            let counted_in = self.edition.pack.unit_table().base(terms.unit);
            let opened = PermitEvent::Opened {
                account: number.to_owned(),
                agency: dossier.agency.clone(),
                unit: terms.unit.to_string(),
                counted_in: counted_in.to_string(),
                holder: dossier.holder.clone(),
                dossier: Some(dossier.id),
            };
            self.open_account(new_case(self.now), opened, by);
        }
        let (revision, valid) = (self.next_revision(&id), terms.valid);
        let quantity = Some(Quantity { amount: terms.quantity, unit: Some(terms.unit) });
        self.on_account(&id, &Command::Grant { revision, quantity, valid }, by)
    }

    /// Whether a dossier may grant an account anew: its own, or one of its trader that was closed.
    fn is_regranted_by(&self, id: &AccountId, dossier: &Dossier) -> Result<(), Refused> {
        let Some(about) = self.about_account(id) else { return Ok(()) };
        let closed = self.ledger().account(id).and_then(|account| account.paper()).is_some_and(|p| p.closed.is_some());
        if about.holder == dossier.holder && (about.dossier == Some(dossier.id) || closed) {
            return Ok(());
        }
        let given = about.dossier.map(|dossier: CaseId| format!(" by dossier {dossier}")).unwrap_or_default();
        let message = format!("`{}` was given already{given}, and its quantity is reckoned there", about.number);
        Err(Refused::because(RefusedReason::Conflict, message))
    }

    fn next_revision(&self, id: &AccountId) -> u32 {
        let paper = self.ledger().account(id).and_then(|account| account.paper());
        paper.map_or(1, |paper| paper.revision.saturating_add(1))
    }

    /// Decides a command about an account in hand and takes in what comes of it.
    fn on_account(&mut self, id: &AccountId, command: &Command, by: &Author) -> Result<(), ActError> {
        let Some(account) = self.ledger().account(id) else { return Ok(()) };
        let outcome = account.decide(command, self.edition.pack.unit_table());
        let outcome = outcome.map_err(|error| Refused::because(RefusedReason::Invalid, error.to_string()))?;
        if let Outcome::Event(event) = outcome {
            self.post(&[Posting { account: id.clone(), event }], by)?;
        }
        Ok(())
    }
}

/// What the papers of a dossier grant that count now, by their numbers.
fn terms(dossier: &Dossier, pack: &Pack) -> Result<BTreeMap<String, Terms>, Refused> {
    let mut found = BTreeMap::new();
    for entry in dossier.live().map(|issued| &issued.evidence).filter(|entry| entry.grants()) {
        if let (Some(number), Some(quantity)) = (&entry.id, &entry.quantity) {
            if number.len() > NUMBER_MAX {
                let message = format!("the number of a permit with a quantity is no longer than {NUMBER_MAX} bytes");
                return Err(Refused::because(RefusedReason::Invalid, message));
            }
            found.insert(number.clone(), terms_of(entry, quantity, pack)?);
        }
    }
    Ok(found)
}

/// A quantity as whoever gives a paper states it, of whatever kind the paper is.
pub(super) fn reckoned(quantity: &str, unit: &str, pack: &Pack) -> Result<(Decimal, UnitCode), Refused> {
    let invalid = |message: String| Refused::because(RefusedReason::Invalid, message);
    let amount = Decimal::from_str_exact(quantity).ok().filter(|amount| *amount >= Decimal::ZERO);
    let amount = amount.ok_or_else(|| invalid(format!("`quantity`: `{quantity}` is no quantity such as 1250.5")))?;
    let known = UnitCode::parse(unit).ok().filter(|unit| pack.units.iter().any(|known| known.code == *unit));
    let known = known.ok_or_else(|| invalid(format!("`unit`: `{unit}` is no unit of edition {}", pack.edition)))?;
    Ok((amount, known))
}

fn terms_of(entry: &EvidenceEntry, quantity: &str, pack: &Pack) -> Result<Terms, Refused> {
    let (quantity, unit) = reckoned(quantity, entry.unit.as_deref().unwrap_or_default(), pack)?;
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Date>().ok());
    let valid = Validity { from: day(&entry.from).unwrap_or(Date::MIN), to: day(&entry.to) };
    Ok(Terms { quantity, unit, valid })
}
