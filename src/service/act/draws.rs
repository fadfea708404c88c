//! Decisions draw on permits: what they rest on is set aside with them, used up when the goods are
//! cleared, given back when they are not.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::desk::{ActError, Desk};
use super::super::origin::Uses;
use crate::clearance::case::declaration::{Command, DecidedBy, Declaration, Status};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::clearance::record::DecisionRecord;
use crate::ledger::{AccountId, Booking, DeclarationId, Draw, Filing, Ledger, LedgerError, Need, Posting, Unchanged};
use crate::store::StoreError;
use crate::trade::{Decision, UnitConversions};

/// What was found about a declaration.
#[derive(Debug, Clone)]
pub(in crate::service) struct Found {
    /// The decision.
    pub(in crate::service) decision: Box<DecisionRecord>,
    /// What its lines take from permits.
    pub(in crate::service) needs: Vec<Need>,
    /// What its lines take from certificates of origin.
    pub(in crate::service) uses: Uses,
}

/// What was set aside, or the accounts that cannot give what was reckoned with.
type Booked = Result<Vec<Posting>, BTreeSet<AccountId>>;

impl Desk<'_> {
    /// Decides a declaration, and sets aside what the decision takes from permits. Where the ledger
    /// does not give it nothing is decided: the accounts are named that cannot.
    pub(super) async fn decide(
        &mut self,
        case: CaseId,
        cause: DecidedBy,
        found: Found,
        by: &Author,
    ) -> Result<Option<BTreeSet<AccountId>>, ActError> {
        let Found { decision, needs, uses } = found;
        let draws = |declaration: &&Declaration| declaration.status.is_open() && !declaration.registration.advisory;
        if let Some(declaration) = self.declaration(case).await?.filter(draws) {
            let needs = needs.into_iter().filter(|need| !is_refused(declaration, &decision, need.line)).collect();
            match self.book(case, decision.date, needs).await? {
                Ok(postings) => self.post(&postings, by)?,
                Err(accounts) => return Ok(Some(accounts)),
            }
        }
        let matches = self.declaration(case).await?.is_some_and(|declaration| draws(&declaration));
        // What it takes is kept before it is decided: where that clears the goods it is used at once.
        if matches {
            self.match_certificates(case, uses, by).await?;
        }
        self.command(case, &Command::Decide { cause, decision }, by).await?;
        self.looked_at(case);
        Ok(None)
    }

    /// The goods are free, or will not be: what was set aside is used up or given back.
    pub(in crate::service) async fn settle(&mut self, case: CaseId, by: &Author) -> Result<(), ActError> {
        let ended = |declaration: &&Declaration| !declaration.status.is_open();
        let Some(declaration) = self.declaration(case).await?.filter(ended).cloned() else { return Ok(()) };
        if declaration.status == Status::Cleared {
            self.draw_overridden(&declaration, by).await?;
        }
        self.settle_certificates(&declaration, by).await?;
        self.take_drawn_on(case).await?;
        let id = DeclarationId(case.to_string());
        let Some(revision) = drawn(self.ledger(), &id).map(|draw| draw.revision).max() else { return Ok(()) };
        let day = declaration.decision.as_ref().map_or_else(|| self.edition.day_of(self.now), |decision| decision.date);
        let units = self.edition.pack.unit_table();
        let booking = match declaration.status {
            Status::Cleared => {
                self.ledger().write_off(&Filing { declaration: id, revision, day, needs: Vec::new() }, units)
            }
            _ => self.ledger().restore(&id, revision, units),
        };
        let booking = booking.map_err(|error| {
            tracing::error!(case.id = %case, error = %error, "the draws of declaration {case} cannot be settled: {error}");
            Refused::because(RefusedReason::Conflict, format!("what it draws on permits cannot be settled: {error}"))
        })?;
        if let Booking::Postings(postings) = booking {
            self.post(&postings, by)?;
        }
        Ok(())
    }

    /// A line that the law refuses draws nothing. Where an officer has let it through all the same
    /// it draws what is there.
    async fn draw_overridden(&mut self, declaration: &Declaration, by: &Author) -> Result<(), ActError> {
        let Some(decision) = &declaration.decision else { return Ok(()) };
        if decision.lines.iter().all(|line| line.decision != Decision::Refuse) {
            return Ok(());
        }
        // Its goods are clear, and it has not drawn yet.
        let before = Declaration { status: Status::Accepted, ..declaration.clone() };
        let found = self.find(&before).await?;
        match self.book(declaration.id, decision.date, found.needs).await? {
            Ok(postings) => self.post(&postings, by)?,
            Err(accounts) => {
                let accounts: Vec<String> = accounts.into_iter().map(|account| account.0).collect();
                tracing::warn!(
                    case.id = %declaration.id,
                    "goods were let through that nothing can be written off for on {}",
                    accounts.join(", ")
                );
            }
        }
        Ok(())
    }

    /// What the ledger says to the needs of a declaration in place of what it draws now.
    async fn book(&mut self, case: CaseId, day: Date, needs: Vec<Need>) -> Result<Booked, StoreError> {
        self.take_drawn_on(case).await?;
        self.take_accounts(needs.iter().flat_map(|need| &need.accounts).cloned().collect()).await?;
        let head = self.declaration(case).await?.map_or(0, |declaration| declaration.head);
        let declaration = DeclarationId(case.to_string());
        let (ledger, units) = (self.ledger(), self.edition.pack.unit_table());
        let recorded = drawn(ledger, &declaration).map(|draw| draw.revision).max();
        if recorded.is_none() && needs.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let mut filing = Filing { declaration, revision: recorded.unwrap_or(0), day, needs };
        if recorded.is_some() && matches!(ledger.amend(&filing, units), Ok(Booking::Unchanged(Unchanged::Repeated))) {
            return Ok(Ok(Vec::new()));
        }
        filing.revision = revision(ledger, &filing.declaration, head);
        Ok(match file(ledger, &filing, recorded.is_some(), units) {
            Ok(postings) => Ok(postings),
            Err(_) => Err(refusing(ledger, filing, recorded.is_some(), units)),
        })
    }
}

/// Draws of a declaration that draw something.
fn drawn<'l>(ledger: &'l Ledger, declaration: &'l DeclarationId) -> impl Iterator<Item = &'l Draw> {
    let of_declaration = ledger.drawn_on(declaration).flat_map(|account| account.draws_of(declaration));
    of_declaration.map(|(_, draw)| draw).filter(|draw| draw.drawn().get() > rust_decimal::Decimal::ZERO)
}

/// The revision of what is filed next: the number of the event that the declaration has next, so
/// that a later decision replaces what an earlier one has set aside, also within one version.
fn revision(ledger: &Ledger, declaration: &DeclarationId, head: u64) -> u32 {
    let all = ledger.drawn_on(declaration).flat_map(|account| account.draws_of(declaration));
    let last = all.map(|(_, draw)| draw.revision).max();
    let next = u32::try_from(head).unwrap_or(u32::MAX).saturating_add(1);
    last.map_or(next, |last| next.max(last.saturating_add(1)))
}

fn file(
    ledger: &Ledger,
    filing: &Filing,
    draws_already: bool,
    units: &UnitConversions,
) -> Result<Vec<Posting>, LedgerError> {
    let booking = if filing.needs.is_empty() {
        ledger.restore(&filing.declaration, filing.revision, units)
    } else if draws_already {
        ledger.amend(filing, units)
    } else {
        ledger.reserve(filing, units)
    };
    Ok(match booking? {
        Booking::Postings(postings) => postings,
        Booking::Unchanged(_) => Vec::new(),
    })
}

/// The accounts of the first need that the ledger does not give after those before it.
fn refusing(ledger: &Ledger, mut filing: Filing, draws_already: bool, units: &UnitConversions) -> BTreeSet<AccountId> {
    let needs = std::mem::take(&mut filing.needs);
    for need in needs {
        let accounts = need.accounts.iter().cloned().collect();
        filing.needs.push(need);
        if file(ledger, &filing, draws_already, units).is_err() {
            return accounts;
        }
    }
    BTreeSet::new()
}

/// Whether the goods of a line may not cross, whatever else is met.
fn is_refused(declaration: &Declaration, decision: &DecisionRecord, line: u32) -> bool {
    let of_line = decision.lines.iter().find(|known| known.line == line).map(|known| known.decision);
    let otherwise = |line: Option<u32>| declaration.overrides.iter().find(|known| known.line == line);
    let otherwise = otherwise(None).or_else(|| otherwise(Some(line))).map(|known| known.decision);
    otherwise.or(of_line) == Some(Decision::Refuse)
}
