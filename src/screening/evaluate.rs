//! Conditions on a line: three-valued, each fact looked up only when it is asked for.

use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::record::{GoodsName, comparable};
use super::requirement::Unsettled;
use super::settled::Settled;
use crate::law::{Comparison, Condition, FactId, FactMask, Identity, NumberField, Pack, Tri};
use crate::trade::{CountryCode, Declaration, Direction, GoodsItem, HsCode, Statement, UnitCode};

/// What is known of a line when a condition is asked.
pub(super) struct Line<'l, 'a> {
    pub(super) pack: &'l Pack,
    /// For each fact its bits.
    pub(super) fact_bits: &'l [FactMask],
    pub(super) declaration: &'l Declaration<'a>,
    pub(super) direction: Direction,
    pub(super) item: &'l GoodsItem<'a>,
    /// The code that the law is asked about.
    pub(super) hs: Option<HsCode>,
    pub(super) regime: Option<u8>,
    pub(super) origin: Option<CountryCode>,
    /// Bits known true and known false; one in both is contradictory and counts as unknown.
    pub(super) yes: FactMask,
    pub(super) no: FactMask,
    /// Facts stated outright for one rule (or, without it, for all).
    pub(super) scoped: SmallVec<[Stated<'l>; 2]>,
    /// What customs settled.
    pub(super) settled_facts: Settled,
    /// The description has been searched for set phrases.
    pub(super) searched: bool,
}

/// A scoped fact that the sender states.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated<'l> {
    pub(super) fact: FactId,
    pub(super) rule: Option<&'l str>,
    pub(super) value: bool,
}

impl Line<'_, '_> {
    /// The tax code of the trader whose record counts: the importer, of goods that leave the
    /// exporter.
    pub(super) fn importer(&self) -> Option<&str> {
        let party = match self.direction {
            Direction::Export => &self.declaration.exporter,
            Direction::Import => &self.declaration.importer,
        };
        party.id.as_deref()
    }

    /// What the line says of an identity in free words: at the line, else for the declaration.
    pub(super) fn named(&self, identity: Identity) -> Option<&str> {
        let word = Identity::WORDS.iter().find(|(_, known)| *known == identity).map(|(word, _)| *word)?;
        let stated = |statement: &&Statement<'_>| {
            statement.kind.as_deref() == Some(Statement::FACT_KIND) && statement.code == word
        };
        let all = self.item.statements.iter().chain(&self.declaration.statements);
        all.filter(stated).filter_map(|statement| statement.text.as_deref()).find(|text| !text.trim().is_empty())
    }

    /// What names the goods of the line.
    pub(super) fn goods_name(&self) -> GoodsName {
        let named = |identity| self.named(identity).map(comparable);
        GoodsName {
            hs: self.hs,
            product: named(Identity::Product),
            maker: named(Identity::Maker),
            brand: named(Identity::Brand),
            model: named(Identity::Model),
            origin: self.origin,
        }
    }

    /// Whether `condition` holds for the line under the rule `rule_id`.
    pub(super) fn holds(&mut self, condition: &Condition, rule_id: &str) -> Tri {
        match condition {
            Condition::Always => Tri::True,
            Condition::Fact { fact, any_of } => self.fact(*fact, any_of),
            Condition::Scoped(fact) => self.stated(*fact, rule_id),
            Condition::Regime(mask) => match self.regime {
                Some(regime) => Tri::from(mask & (1 << regime) != 0),
                None => Tri::Unknown,
            },
            Condition::Origin(origins) => match self.origin {
                Some(origin) => Tri::from(origins.contains(&origin)),
                None => Tri::Unknown,
            },
            Condition::Hs(prefixes) => {
                self.hs.map_or(Tri::Unknown, |hs| Tri::from(prefixes.iter().any(|prefix| prefix.is_prefix_of(hs))))
            }
            Condition::Number { field, comparison, threshold, currency } => {
                let Some(value) = self.number(*field, currency.as_ref()) else { return Tri::Unknown };
                Tri::from(match comparison {
                    Comparison::Le => value <= *threshold,
                    Comparison::Lt => value < *threshold,
                    Comparison::Ge => value >= *threshold,
                    Comparison::Gt => value > *threshold,
                })
            }
            Condition::SameParty => self.same_party(),
            Condition::All(parts) => {
                let mut all = Tri::True;
                for part in parts {
                    all = all.and(self.holds(part, rule_id));
                    if all == Tri::False {
                        break;
                    }
                }
                all
            }
            Condition::Any(parts) => {
                let mut any = Tri::False;
                for part in parts {
                    any = any.or(self.holds(part, rule_id));
                    if any == Tri::True {
                        break;
                    }
                }
                any
            }
            Condition::Not(part) => self.holds(part, rule_id).negated(),
            Condition::Never(_) => Tri::Unknown,
        }
    }

    /// The first thing under `condition` that is not settled; facts come before regime and origin.
    pub(super) fn unsettled(&mut self, condition: &Condition, rule_id: &str) -> Option<Unsettled> {
        let here = match condition {
            Condition::Fact { fact, .. } | Condition::Scoped(fact) => Unsettled::Fact(*fact),
            Condition::Regime(_) => Unsettled::Regime,
            Condition::Origin(_) => Unsettled::Origin,
            Condition::All(parts) | Condition::Any(parts) => {
                let mut found = None;
                for part in parts {
                    match self.unsettled(part, rule_id) {
                        Some(Unsettled::Fact(fact)) => return Some(Unsettled::Fact(fact)),
                        other => found = found.or(other),
                    }
                }
                return found;
            }
            Condition::Not(part) => return self.unsettled(part, rule_id),
            _ => return None,
        };
        (self.holds(condition, rule_id) == Tri::Unknown).then_some(here)
    }

    /// Whether `condition` asks for a regime or an origin that is not stated.
    pub(super) fn frame_missing(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Regime(_) => self.regime.is_none(),
            Condition::Origin(_) => self.origin.is_none(),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| self.frame_missing(part)),
            Condition::Not(part) => self.frame_missing(part),
            _ => false,
        }
    }

    /// Whether facts under `condition` are said to be so and not so.
    pub(super) fn contradicts(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Fact { any_of, .. } => {
                let mut both = self.yes;
                let mut only_yes = self.yes;
                only_yes.remove(&self.no);
                both.remove(&only_yes);
                both.meets(any_of)
            }
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| self.contradicts(part)),
            Condition::Not(part) => self.contradicts(part),
            _ => false,
        }
    }

    fn fact(&mut self, fact: FactId, any_of: &FactMask) -> Tri {
        let settled = self.settled(fact, any_of);
        if settled != Tri::Unknown || self.searched || !self.pack.phrases.settles().meets(any_of) {
            return settled;
        }
        self.search();
        self.settled(fact, any_of)
    }

    fn settled(&self, fact: FactId, any_of: &FactMask) -> Tri {
        let mut yes = self.yes;
        yes.remove(&self.no);
        if yes.meets(any_of) {
            return Tri::True;
        }
        // A choice that is settled to another value is settled.
        let bits = &self.fact_bits[fact.index()];
        if yes.meets(bits) && !self.yes.meets(any_of) {
            return Tri::False;
        }
        let mut no = self.no;
        no.remove(&self.yes);
        if no.covers(any_of) { Tri::False } else { Tri::Unknown }
    }

    /// Searches the words of the line for set phrases.
    pub(super) fn search(&mut self) {
        self.searched = true;
        let phrases = &self.pack.phrases;
        phrases.search(&self.item.description, &mut self.yes, &mut self.no);
        if let Some(purpose) = &self.item.purpose {
            phrases.search(purpose, &mut self.yes, &mut self.no);
        }
        if let Some(notes) = &self.declaration.notes {
            phrases.search(notes, &mut self.yes, &mut self.no);
        }
        self.settled_facts.outweigh(&mut self.yes, &mut self.no);
    }

    fn stated(&self, fact: FactId, rule_id: &str) -> Tri {
        if self.scoped.is_empty() {
            return Tri::Unknown;
        }
        let own = |stated: &&Stated<'_>| stated.fact == fact && stated.rule == Some(rule_id);
        let general = |stated: &&Stated<'_>| stated.fact == fact && stated.rule.is_none();
        let stated = self.scoped.iter().find(own).or_else(|| self.scoped.iter().find(general));
        stated.map_or(Tri::Unknown, |stated| Tri::from(stated.value))
    }

    pub(super) fn number(&self, field: NumberField, currency: Option<&crate::trade::CurrencyCode>) -> Option<Decimal> {
        match field {
            NumberField::CustomsValue => {
                let value = self.item.customs_value?;
                (value.currency.as_ref() == currency).then_some(value.amount)
            }
            NumberField::NetWeightKg => {
                let mass = self.item.net_mass?;
                match (mass.unit, UnitCode::parse("KGM")) {
                    (None, _) => Some(mass.amount),
                    (Some(unit), _) if unit.as_str() == "KG" => Some(mass.amount),
                    (Some(unit), Ok(kilograms)) => self.pack.unit_table().convert(mass.amount, unit, kilograms).ok(),
                    (Some(_), Err(_)) => None,
                }
            }
            NumberField::Quantity => self.item.quantity.map(|quantity| quantity.amount),
        }
    }

    fn same_party(&self) -> Tri {
        match (&self.declaration.importer.id, &self.declaration.exporter.id) {
            (Some(importer), Some(exporter)) => Tri::from(importer == exporter),
            _ => Tri::Unknown,
        }
    }
}

/// A bound on when a condition can be true: at least one of these bits or regimes has to be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trigger {
    pub(super) facts: FactMask,
    pub(super) regimes: u64,
    /// No bound is known.
    pub(super) anything: bool,
}

impl Trigger {
    pub(super) const NOTHING: Self = Self { facts: FactMask::EMPTY, regimes: 0, anything: false };
    const ANYTHING: Self = Self { facts: FactMask::EMPTY, regimes: 0, anything: true };

    pub(super) fn or(mut self, other: Self) -> Self {
        self.facts.add(&other.facts);
        self.regimes |= other.regimes;
        self.anything |= other.anything;
        self
    }

    /// The bound of a condition.
    pub(super) fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Fact { any_of, .. } => Self { facts: *any_of, ..Self::NOTHING },
            Condition::Regime(mask) => Self { regimes: *mask, ..Self::NOTHING },
            Condition::Never(_) => Self::NOTHING,
            Condition::Any(parts) => parts.iter().map(Self::of).fold(Self::NOTHING, Self::or),
            // One bounded part of a conjunction bounds it.
            Condition::All(parts) => {
                parts.iter().map(Self::of).find(|trigger| !trigger.anything).unwrap_or(Self::ANYTHING)
            }
            _ => Self::ANYTHING,
        }
    }
}
