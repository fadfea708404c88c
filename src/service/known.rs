//! Everything that is known beside a declaration, put together for its screening.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::examine::{self, Known, name_of};
use super::law_book::Edition;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{Declaration, Status};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::permit::account_id;
use crate::ledger::AccountId;
use crate::records::EvidenceEntry;
use crate::store::accounts::{self, AccountRow};
use crate::store::{Link, StoreError, cases, known};
use crate::trade::{UnitCode, UnitConversions};

/// Cases as a transaction has left them: what is kept of them does not count.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The ids of all dossiers in hand.
    pub(super) ids: HashSet<CaseId>,
    /// Those that handle the declaration's tasks or are its trader's, in the order of their ids.
    pub(super) dossiers: Vec<Dossier>,
    /// What the accounts in hand have for the declaration.
    pub(super) rooms: BTreeMap<AccountId, Room>,
    /// Accounts that the ledger does not let the declaration draw on.
    pub(super) withheld: BTreeSet<AccountId>,
}

/// What an account has for a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// How much is granted; none: without a limit.
    pub(super) granted: Option<Decimal>,
    /// How much others draw.
    pub(super) used: Decimal,
    /// How much the declaration itself draws.
    pub(super) own: Decimal,
    /// The unit of the permit.
    pub(super) unit: UnitCode,
    /// The unit of the amounts.
    pub(super) counted_in: UnitCode,
    /// It ended before its time.
    pub(super) closed: bool,
}

impl Room {
    fn of(row: &AccountRow, own: Decimal) -> Self {
        Self {
            granted: row.granted.map(crate::ledger::Amount::get),
            used: row.drawn() - own,
            own,
            unit: row.unit,
            counted_in: row.counted_in,
            closed: row.is_closed(),
        }
    }

    /// Has an entry say what is granted and used, for a declaration that may draw on it so. Amounts are
    /// in the unit of the permit where they can be written so.
    fn limit(&self, entry: &mut EvidenceEntry, may: May, units: &UnitConversions) {
        let Some(granted) = self.granted else { return };
        let used = match may {
            May::KeepItsOwn => granted - self.own,
            May::Draw if !self.closed => self.used,
            May::Draw | May::DrawNothing => granted,
        };
        let said = |amount| units.convert(amount, self.counted_in, self.unit).ok();
        let (granted, used, unit) = match (said(granted), said(used)) {
            (Some(granted), Some(used)) => (granted, used, self.unit),
            _ => (granted, used, self.counted_in),
        };
        entry.quantity = Some(granted.to_string());
        entry.used = Some(used.to_string());
        entry.unit = Some(unit.to_string());
    }
}

/// What a declaration may do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    /// Draw what others leave of it.
    Draw,
    /// Nothing: the ledger does not let it.
    DrawNothing,
    /// Keep what it has used up: its goods are cleared.
    KeepItsOwn,
}

/// A paper that a dossier gave.
struct Paper {
    agency: Option<String>,
    issued: Timestamp,
    live: bool,
    entry: EvidenceEntry,
}

impl Paper {
    /// The account of its quantity.
    fn account(&self) -> Option<AccountId> {
        let number = self.entry.id.as_deref().filter(|_| self.entry.grants())?;
        Some(account_id(self.agency.as_deref(), number))
    }
}

/// Accounts as they are for a declaration.
struct Accounts<'a> {
    rooms: &'a BTreeMap<AccountId, Room>,
    withheld: &'a BTreeSet<AccountId>,
    is_cleared: bool,
}

impl Accounts<'_> {
    fn may(&self, account: &AccountId) -> May {
        match self.is_cleared {
            true => May::KeepItsOwn,
            false if self.withheld.contains(account) => May::DrawNothing,
            false => May::Draw,
        }
    }

    /// The papers that speak for each account: those that count, and where none does those that
    /// counted last and that cleared goods have used.
    fn speaking(&self, papers: &[Paper]) -> BTreeMap<AccountId, (bool, Timestamp)> {
        let mut speaking: BTreeMap<AccountId, (bool, Timestamp)> = BTreeMap::new();
        for paper in papers {
            let Some(account) = paper.account() else { continue };
            let used = self.is_cleared && self.rooms.get(&account).is_some_and(|room| !room.own.is_zero());
            if paper.live || used {
                let last = speaking.entry(account).or_insert((paper.live, paper.issued));
                *last = (*last).max((paper.live, paper.issued));
            }
        }
        speaking
    }
}

/// Puts papers into what is known.
fn take(found: &mut Known, papers: Vec<Paper>, accounts: &Accounts<'_>, units: &UnitConversions) {
    let speaking = accounts.speaking(&papers);
    for paper in papers {
        let account = paper.account();
        let speaks = account.as_ref().and_then(|account| speaking.get(account));
        let counts = paper.live || speaks == Some(&(false, paper.issued));
        let mut entry = paper.entry;
        // What it takes the place of is gone already.
        entry.replaces = None;
        if !counts {
            if account.is_some() && speaks.is_none() {
                found.void.push(entry);
            }
            continue;
        }
        if let Some(account) = account
            && let Some(room) = accounts.rooms.get(&account)
        {
            room.limit(&mut entry, accounts.may(&account), units);
            found.accounts.insert(found.evidence.len(), account);
        }
        found.evidence.push(entry);
    }
}

/// What is known of a trader before any declaration of his draws on it.
pub(super) async fn of_trader(link: &mut Link<'_>, holder: &str, edition: &Edition) -> Result<Known, StoreError> {
    let mut found = Known::default();
    let papers = known::evidence_of_holder(link, holder).await?;
    let papers: Vec<Paper> = papers
        .into_iter()
        .map(|row| Paper { agency: row.agency, issued: row.issued, live: row.live, entry: row.entry })
        .collect();
    let mut rooms = BTreeMap::new();
    if papers.iter().any(|paper| paper.account().is_some()) {
        let accounts = accounts::accounts_of(link, holder).await?;
        rooms.extend(accounts.into_iter().map(|row| (row.account.clone(), Room::of(&row, Decimal::ZERO))));
    }
    let accounts = Accounts { rooms: &rooms, withheld: &BTreeSet::new(), is_cleared: false };
    take(&mut found, papers, &accounts, edition.pack.unit_table());
    found.history.extend(known::history(link, holder).await?.into_iter().map(|(_, entry)| entry));
    Ok(found)
}

/// Everything that is known beside a declaration: what the store keeps, and what is in hand.
pub(super) async fn gather(
    link: &mut Link<'_>,
    declaration: &Declaration,
    in_hand: &Beside,
    edition: &Edition,
) -> Result<Known, StoreError> {
    let holder = declaration.registration.holder.as_deref();
    let name = name_of(declaration.id, &declaration.registration);
    let is_kept = |case: CaseId| !in_hand.ids.contains(&case);
    let mut found = Known { facts: declaration.facts.clone(), ..Known::default() };
    let mut papers: Vec<Paper> = Vec::new();
    for row in known::evidence(link, declaration.id, holder).await?.into_iter().filter(|row| is_kept(row.from)) {
        let mut entry = row.entry;
        if row.declaration == Some(declaration.id) {
            entry.declaration = Some(name.clone());
        }
        papers.push(Paper { agency: row.agency, issued: row.issued, live: row.live, entry });
    }
    if let Some(holder) = holder {
        let history = known::history(link, holder).await?;
        found.history.extend(history.into_iter().filter(|(from, _)| is_kept(*from)).map(|(_, entry)| entry));
    }
    for dossier in &in_hand.dossiers {
        let about = dossier.link.as_ref().is_some_and(|(linked, ..)| *linked == declaration.id);
        for issued in &dossier.issued {
            let mut entry = issued.evidence.clone();
            match entry.declaration {
                Some(_) if !about => continue,
                Some(_) => entry.declaration = Some(name.clone()),
                None => {}
            }
            let (agency, live) = (dossier.agency.clone(), issued.revoked.is_none());
            papers.push(Paper { agency, issued: issued.at, live, entry });
        }
        if holder.is_some() && dossier.holder.as_deref() == holder {
            found.history.extend(dossier.recorded.iter().cloned());
        }
    }
    let rooms = rooms(link, declaration.id, in_hand, &papers).await?;
    let is_cleared = declaration.status == Status::Cleared;
    let accounts = Accounts { rooms: &rooms, withheld: &in_hand.withheld, is_cleared };
    take(&mut found, papers, &accounts, edition.pack.unit_table());
    let mut handling = Vec::new();
    for id in declaration.dossiers.values() {
        match in_hand.dossiers.iter().find(|dossier| dossier.id == *id) {
            Some(dossier) => handling.push(dossier.clone()),
            None => handling.extend(cases::dossier(link, *id).await?),
        }
    }
    found.evidence.extend(examine::implied(declaration, &handling, edition));
    Ok(found)
}

/// What the accounts of papers have for a declaration.
async fn rooms(
    link: &mut Link<'_>,
    declaration: CaseId,
    in_hand: &Beside,
    papers: &[Paper],
) -> Result<BTreeMap<AccountId, Room>, StoreError> {
    let mut rooms = in_hand.rooms.clone();
    let missing: BTreeSet<AccountId> =
        papers.iter().filter_map(Paper::account).filter(|account| !rooms.contains_key(account)).collect();
    if missing.is_empty() {
        return Ok(rooms);
    }
    let missing: Vec<AccountId> = missing.into_iter().collect();
    let draws = accounts::draws_of(link, declaration).await?;
    for row in accounts::accounts(link, &missing).await? {
        let own = draws.iter().filter(|draw| draw.account == row.account);
        let own = own.map(|draw| draw.reserved.get() + draw.written_off.get()).sum();
        rooms.insert(row.account.clone(), Room::of(&row, own));
    }
    Ok(rooms)
}
