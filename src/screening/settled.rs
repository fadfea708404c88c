//! Facts that customs settled: they stand whatever the message says of them.

use super::evaluate::Stated;
use super::screen::{Screener, stated_fact};
use crate::law::FactMask;
use crate::trade::Statement;
use smallvec::SmallVec;

/// Bits of facts that are settled, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    /// The bits that nothing else may say anything of.
    pub(super) bits: FactMask,
    yes: FactMask,
    no: FactMask,
}

impl Settled {
    /// Nothing is settled.
    pub(super) const NOTHING: Self = Self { bits: FactMask::EMPTY, yes: FactMask::EMPTY, no: FactMask::EMPTY };

    /// Puts what is settled in the place of what was found.
    pub(super) fn outweigh(&self, yes: &mut FactMask, no: &mut FactMask) {
        if self.bits.is_empty() {
            return;
        }
        yes.remove(&self.bits);
        no.remove(&self.bits);
        yes.add(&self.yes);
        no.add(&self.no);
    }
}

impl Screener<'_> {
    /// Adds what statements settle. What is settled of a line outweighs what is settled of the
    /// declaration; two values of a choice, settled of the same, are both true.
    pub(super) fn settle<'l>(
        &self,
        statements: &'l [Statement<'_>],
        settled: &mut Settled,
        scoped: &mut SmallVec<[Stated<'l>; 2]>,
    ) {
        let mut own = Settled::NOTHING;
        for statement in statements.iter().filter(|statement| statement.settled) {
            let (mut yes, mut no) = (FactMask::EMPTY, FactMask::EMPTY);
            if let Some(stated) = stated_fact(self.pack, statement, &mut yes, &mut no) {
                scoped.insert(0, stated);
            }
            // Goods that are one thing may be another too; what they are not says nothing else.
            if !yes.is_empty()
                && let Some(fact) = self.pack.fact(&statement.code)
            {
                own.bits.add(&self.fact_bits[fact.index()]);
            }
            own.bits.add(&no);
            own.yes.add(&yes);
            own.no.add(&no);
        }
        if !own.bits.is_empty() {
            settled.yes.remove(&own.bits);
            settled.no.remove(&own.bits);
            settled.bits.add(&own.bits);
            settled.yes.add(&own.yes);
            settled.no.add(&own.no);
        }
    }
}
