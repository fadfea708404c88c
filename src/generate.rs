//! Realistic traffic drawn from a pack: declarations of traders who have a line of business.
//!
//! A population of traders is made from the pack and the seed: each has a name, a tax code, a few
//! foreign partners, its customs offices and a small basket of tariff codes, so that their
//! histories make sense. Declaration `n` depends on the pack, the plan and `n` alone: documents
//! can be made in any order and in parallel, and the same seed gives the same bytes. Names, codes
//! and numbers are made up.
//!
//! About two declarations of a hundred have a mistake on purpose; [`Generator::mistake`] says
//! which.

mod draft;
mod national;
mod population;
mod random;
mod text;
mod wco;
mod words;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::law::Pack;
use population::Population;

/// How the declarations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The national declaration profile.
    National,
    /// WCO Data Model, with the pack's country responsible.
    Wco,
}

/// What is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// How they are written.
    pub style: Style,
    /// The first day of registration.
    pub from: Date,
    /// The last day of registration.
    pub to: Date,
    /// Lines of each; none: one to fifty, five in the mean.
    pub lines: Option<u8>,
}

impl Plan {
    /// The two years before the pack's edition.
    pub fn before_edition(pack: &Pack, seed: u64, style: Style) -> Self {
        let edition = pack.edition.parse().ok();
        let latest = pack.tariffs.last().and_then(|tariff| tariff.valid.from.date());
        let to: Date = edition.or(latest).unwrap_or(Date::constant(2026, 1, 1));
        let from = to.checked_sub(2.years()).unwrap_or(to);
        Self { seed, style, from, to: to.yesterday().unwrap_or(to), lines: None }
    }
}

/// What is wrong on purpose in a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// A code that no edition of the tariff has.
    UnknownCode,
    /// A code that is none.
    BadCode,
    /// A value below zero.
    NegativeValue,
    /// A line without origin.
    MissingOrigin,
    /// An office that is not of the list.
    UnknownOffice,
    /// Two lines with one number.
    DuplicateLine,
}

/// Why nothing can be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The pack has no tariff, no regime for a direction or no office.
    #[error("the pack has no {what}; declarations are drawn from its tariff, regimes and offices")]
    Pack {
        /// What is missing.
        what: &'static str,
    },
    /// The last day lies before the first.
    #[error("the last day {to} lies before the first {from}")]
    Days {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
}

/// Makes declarations.
#[derive(Debug)]
pub struct Generator<'p> {
    plan: Plan,
    days: u64,
    population: Population<'p>,
}

impl<'p> Generator<'p> {
    /// Prepares the population.
    ///
    /// # Errors
    /// A pack from which nothing can be drawn; days in the wrong order.
    pub fn new(pack: &'p Pack, plan: Plan) -> Result<Self, GenerateError> {
        let days = days(plan.from, plan.to)?;
        Ok(Self { plan, days, population: Population::new(pack, plan.seed)? })
    }

    /// Goes on with the same traders on other days.
    ///
    /// # Errors
    /// Days in the wrong order.
    pub fn move_to(&mut self, from: Date, to: Date) -> Result<(), GenerateError> {
        self.days = days(from, to)?;
        (self.plan.from, self.plan.to) = (from, to);
        Ok(())
    }

    /// The file name of a declaration; names sort as their numbers do.
    pub fn name(&self, index: u64) -> String {
        format!("{:09}.xml", index + 1)
    }

    /// Writes a declaration behind what is in `out`.
    pub fn write(&self, index: u64, out: &mut Vec<u8>) {
        self.put(&self.draft(index), out);
    }

    /// The declaration as bytes.
    pub fn document(&self, index: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 * 1024);
        self.write(index, &mut out);
        out
    }

    /// The declaration as it should have been, where something is wrong in it on purpose.
    pub fn corrected(&self, index: u64) -> Option<Vec<u8>> {
        let draft = self.drawn(index, false);
        draft.mistake?;
        let mut out = Vec::with_capacity(8 * 1024);
        self.put(&draft, &mut out);
        Some(out)
    }

    fn put(&self, draft: &draft::Draft<'_>, out: &mut Vec<u8>) {
        match self.plan.style {
            Style::National => national::write(&self.population, draft, out),
            Style::Wco => wco::write(&self.population, draft, out),
        }
    }

    /// What is wrong on purpose in a declaration.
    pub fn mistake(&self, index: u64) -> Option<Mistake> {
        self.draft(index).mistake
    }
}

/// How many days there are from one to another.
fn days(from: Date, to: Date) -> Result<u64, GenerateError> {
    let days = u64::try_from((to - from).get_days()).map_err(|_| GenerateError::Days { from, to })?;
    Ok(days.saturating_add(1))
}
