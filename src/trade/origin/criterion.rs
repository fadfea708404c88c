//! The origin criterion of box 8 (ATIGA Annex 7, overleaf note 3).

use rust_decimal::Decimal;

/// What an item's origin rests on: one ground, or several together (`CTSH + 35%`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// The grounds, as they are written.
    pub parts: Vec<CriterionPart>,
    /// It was written in a way that the form does not ask for, but that cannot be misread
    /// (`RVC 40%` for `40%`).
    pub unusual: bool,
}

/// One ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CriterionPart {
    /// `WO`: wholly obtained or produced (article 27).
    WhollyObtained,
    /// `40%`: the actual regional value content (article 28), in percent.
    ValueContent(Decimal),
    /// `CC`, `CTH`, `CTSH`: a change in tariff classification.
    Change(ClassificationChange),
    /// `SP`: a specific process.
    SpecificProcess,
    /// `PC 25%`: partial cumulation (article 30, paragraph 2), in percent.
    PartialCumulation(Decimal),
}

/// How far the classification must have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClassificationChange {
    /// `CTSH`: another subheading.
    Subheading,
    /// `CTH`: another heading.
    Heading,
    /// `CC`: another chapter.
    Chapter,
}

/// Why a text is no criterion of the form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CriterionError {
    /// Nothing stands there.
    #[error("no origin criterion; WO, a percentage, CC, CTH, CTSH, SP, a combination with `+` or `PC x%` is expected")]
    Empty,
    /// A ground that form D does not have.
    #[error("`{0}` is no criterion of form D; WO, a percentage, CC, CTH, CTSH, SP or `PC x%` is expected")]
    Unknown(String),
    /// A percentage outside 0 to 100.
    #[error("`{0}` is no percentage above 0 and up to 100")]
    Percentage(String),
    /// `WO` stands alone.
    #[error("`{0}` combines what cannot be combined: what is wholly obtained needs no other ground")]
    Combination(String),
}

impl Criterion {
    /// Reads box 8. Spaces around `+` and before the number are free.
    ///
    /// # Errors
    /// [`CriterionError`]
    pub fn parse(text: &str) -> Result<Self, CriterionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CriterionError::Empty);
        }
        let mut parts = Vec::new();
        let mut unusual = false;
        for part in text.split('+') {
            let (part, odd) = CriterionPart::parse(part.trim())?;
            unusual |= odd;
            parts.push(part);
        }
        if parts.len() > 1 && parts.contains(&CriterionPart::WhollyObtained) {
            return Err(CriterionError::Combination(text.to_owned()));
        }
        Ok(Self { parts, unusual })
    }

    /// The regional value content that is stated.
    pub fn value_content(&self) -> Option<Decimal> {
        self.parts.iter().find_map(|part| match part {
            CriterionPart::ValueContent(percent) => Some(*percent),
            _ => None,
        })
    }

    /// The content that counts in proportion, where it is stated.
    pub fn partial_cumulation(&self) -> Option<Decimal> {
        self.parts.iter().find_map(|part| match part {
            CriterionPart::PartialCumulation(percent) => Some(*percent),
            _ => None,
        })
    }

    /// Whether a change of classification is stated.
    pub fn changes_classification(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, CriterionPart::Change(_)))
    }

    /// Whether it is wholly obtained.
    pub fn is_wholly_obtained(&self) -> bool {
        self.parts.contains(&CriterionPart::WhollyObtained)
    }

    /// The grounds without their percentages, for statistics: `WO`, `RVC`, `CTSH + RVC`, `PC`.
    pub fn kind(&self) -> String {
        let names: Vec<&str> = self.parts.iter().map(CriterionPart::kind).collect();
        names.join(" + ")
    }
}

impl std::fmt::Display for Criterion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(" + ")?;
            }
            match part {
                CriterionPart::ValueContent(percent) => write!(f, "{percent}%")?,
                CriterionPart::PartialCumulation(percent) => write!(f, "PC {percent}%")?,
                other => f.write_str(other.kind())?,
            }
        }
        Ok(())
    }
}

impl CriterionPart {
    /// One ground, and whether it is written unusually.
    fn parse(text: &str) -> Result<(Self, bool), CriterionError> {
        let upper = text.to_ascii_uppercase();
        let odd = upper != text;
        Ok(match upper.as_str() {
            "WO" => (Self::WhollyObtained, odd),
            "CC" => (Self::Change(ClassificationChange::Chapter), odd),
            "CTH" => (Self::Change(ClassificationChange::Heading), odd),
            "CTSH" => (Self::Change(ClassificationChange::Subheading), odd),
            "SP" => (Self::SpecificProcess, odd),
            other => {
                if let Some(number) = other.strip_prefix("PC") {
                    (Self::PartialCumulation(percentage(number, text)?), odd)
                } else if let Some(number) = other.strip_prefix("RVC") {
                    (Self::ValueContent(percentage(number, text)?), true)
                } else {
                    (Self::ValueContent(percentage(other, text)?), odd)
                }
            }
        })
    }

    /// Its name without a percentage.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WhollyObtained => "WO",
            Self::ValueContent(_) => "RVC",
            Self::Change(ClassificationChange::Chapter) => "CC",
            Self::Change(ClassificationChange::Heading) => "CTH",
            Self::Change(ClassificationChange::Subheading) => "CTSH",
            Self::SpecificProcess => "SP",
            Self::PartialCumulation(_) => "PC",
        }
    }
}

/// `40%`, with or without a blank before the sign.
fn percentage(text: &str, whole: &str) -> Result<Decimal, CriterionError> {
    let Some(number) = text.trim().strip_suffix('%') else {
        return Err(CriterionError::Unknown(whole.to_owned()));
    };
    let number = number.trim();
    let percent = Decimal::from_str_exact(number).map_err(|_| CriterionError::Percentage(whole.to_owned()))?;
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(CriterionError::Percentage(whole.to_owned()));
    }
    Ok(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = match Criterion::parse(text) {
            Ok(criterion) => format!("{criterion}{}", if criterion.unusual { " (unusual)" } else { "" }),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn every_way_of_the_overleaf_notes_is_read() {
        check("WO", "WO");
        check("40%", "40%");
        check(" 55.5 % ", "55.5%");
        check("CC", "CC");
        check("CTH", "CTH");
        check("CTSH + 35%", "CTSH + 35%");
        check("CTSH+35%", "CTSH + 35%");
        check("PC25%", "PC 25%");
        check("PC 25%", "PC 25%");
        check("SP", "SP");
        check("RVC 40%", "40% (unusual)");
        check("wo", "WO (unusual)");
    }

    #[test]
    fn what_form_d_does_not_have_is_refused() {
        let unknown = |what: &str| {
            format!("`{what}` is no criterion of form D; WO, a percentage, CC, CTH, CTSH, SP or `PC x%` is expected")
        };
        check("PE", &unknown("PE"));
        check("40", &unknown("40"));
        check("CTH +", &unknown(""));
        check("140%", "`140%` is no percentage above 0 and up to 100");
        check("0%", "`0%` is no percentage above 0 and up to 100");
        check("x%", "`x%` is no percentage above 0 and up to 100");
        check("WO + 40%", "`WO + 40%` combines what cannot be combined: what is wholly obtained needs no other ground");
        check(
            "",
            "no origin criterion; WO, a percentage, CC, CTH, CTSH, SP, a combination with `+` or `PC x%` is expected",
        );
    }
}
