//! One line's draw on one account.

use serde::{Deserialize, Serialize};

use super::amount::Amount;

/// What was heard of a line at its last revision, whatever the order in which it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// The declaration's revision.
    pub revision: u32,
    /// The quantity it was registered or amended with.
    pub registered: Option<Amount>,
    /// The quantity that was cleared.
    pub cleared: Option<Amount>,
    /// The declaration was cancelled.
    pub restored: bool,
}

/// What happened to a draw. Amounts are in the unit that the account is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// This much is reserved.
    Reserved(Amount),
    /// This much is written off, nothing is reserved.
    WrittenOff(Amount),
    /// The quantity changed.
    Amended {
        /// To this.
        quantity: Amount,
        /// It is written off, not reserved.
        written_off: bool,
    },
    /// Nothing is drawn any more.
    Restored,
}

impl Draw {
    /// What is reserved.
    pub fn reserved(&self) -> Amount {
        match (self.restored, self.cleared) {
            (false, None) => self.registered.unwrap_or(Amount::ZERO),
            _ => Amount::ZERO,
        }
    }

    /// What is written off.
    pub fn written_off(&self) -> Amount {
        match (self.restored, self.cleared) {
            (false, Some(cleared)) => cleared,
            _ => Amount::ZERO,
        }
    }

    /// What is drawn: a draw is reserved or written off, never both.
    pub fn drawn(&self) -> Amount {
        if self.is_written_off() { self.written_off() } else { self.reserved() }
    }

    /// Whether it is cleared and not cancelled.
    pub fn is_written_off(&self) -> bool {
        self.cleared.is_some() && !self.restored
    }

    /// The draw after a change at `revision`.
    pub(super) fn after(before: Option<&Self>, revision: u32, change: Change) -> Self {
        let blank = Self { revision, registered: None, cleared: None, restored: false };
        let same = before.filter(|draw| draw.revision == revision).copied().unwrap_or(blank);
        match change {
            Change::Reserved(quantity) => Self { registered: Some(quantity), ..blank },
            Change::WrittenOff(quantity) => Self { cleared: Some(quantity), ..same },
            Change::Amended { quantity, written_off } => {
                Self { registered: Some(quantity), cleared: written_off.then_some(quantity), ..blank }
            }
            Change::Restored => Self { restored: true, ..same },
        }
    }
}
