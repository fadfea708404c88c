//! What customs settles about a declaration beside what its message says.

use super::{CodeError, CountryCode, Declaration, DeclaredProcedure, GoodsItem, RegimeCode, Statement, Text};

/// Why something cannot be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// The declaration has no such line.
    #[error("the declaration has no line {line}")]
    NoLine {
        /// Its number.
        line: u32,
    },
    /// A regime or origin that is no code of its kind.
    #[error(transparent)]
    Code(#[from] CodeError),
}

impl Declaration<'_> {
    /// Stands in place of a fact's key where the regime of the goods is settled.
    pub const REGIME: &'static str = "regime";
    /// Stands in place of a fact's key where the origin of the goods is settled.
    pub const ORIGIN: &'static str = "origin";

    /// Settles a fact (`fact`, or `fact@rule`) of a line, or of every line: it outweighs what the
    /// message says of it, in whatever place. Whether a pack knows the fact is no question here;
    /// the examination tells. Under [`REGIME`](Self::REGIME) and [`ORIGIN`](Self::ORIGIN) the value
    /// takes the place of the declared one.
    ///
    /// # Errors
    /// [`SettleError`] where there is no such line, or the value is no regime or country.
    pub fn settle(&mut self, line: Option<u32>, fact: &str, value: &str) -> Result<(), SettleError> {
        if let Some(line) = line.filter(|line| self.items.iter().all(|item| item.number != *line)) {
            return Err(SettleError::NoLine { line });
        }
        let items = self.items.iter_mut().filter(|item| line.is_none_or(|line| item.number == line));
        match fact {
            Self::ORIGIN => {
                let origin = CountryCode::parse(value)?;
                items.for_each(|item| item.origin = Some(origin));
            }
            Self::REGIME => {
                let procedure = DeclaredProcedure::National(RegimeCode::parse(value)?);
                items.for_each(|item| item.procedure = Some(procedure));
                if line.is_none() {
                    self.procedure = Some(procedure);
                }
            }
            _ if line.is_none() => self.statements.insert(0, settled(fact, value)),
            _ => items.for_each(|item: &mut GoodsItem<'_>| item.statements.insert(0, settled(fact, value))),
        }
        Ok(())
    }
}

/// It stands before what the message says: of words, the first count.
fn settled<'a>(fact: &str, value: &str) -> Statement<'a> {
    Statement {
        code: Text::Owned(fact.to_owned()),
        kind: Some(Text::Borrowed(Statement::FACT_KIND)),
        text: Some(Text::Owned(value.to_owned())),
        settled: true,
    }
}
