//! The way to a field of a declaration in the terms of the data model (`pointers.csv`): classes
//! from the outside in, the data element in the last step.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// The path of a line.
const LINE: &str = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem";

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'p> {
    /// The class.
    pub(super) section: &'p str,
    /// Which of several.
    pub(super) sequence: Option<u32>,
    /// The data element, in the last step.
    pub(super) tag: Option<&'p str>,
}

/// The steps to a field.
#[derive(Debug, Default)]
pub(super) struct Pointers<'p>(Vec<Step<'p>>);

fn ids() -> &'static FxHashMap<&'static str, &'static str> {
    static IDS: OnceLock<FxHashMap<&'static str, &'static str>> = OnceLock::new();
    IDS.get_or_init(|| include_str!("pointers.csv").lines().skip(1).filter_map(|row| row.split_once(',')).collect())
}

impl<'p> Pointers<'p> {
    /// One step, as somebody else states it.
    pub(super) fn one(section: &'p str, sequence: Option<u32>, tag: Option<&'p str>) -> Self {
        Self(vec![Step { section, sequence, tag }])
    }

    /// The way to a line.
    pub(super) fn line(number: u32) -> Self {
        Self::of(None, Some(number))
    }

    /// The way to the field of a finding, as far as the data model has ids for it; to its line
    /// at least.
    pub(super) fn of(field: Option<&str>, line: Option<u32>) -> Self {
        let field = field.and_then(|field| field.find("Declaration").map(|at| &field[at..]));
        let path = match (field, line) {
            (Some(field), None) => field,
            (Some(field), Some(_)) if field.starts_with(LINE) => field,
            (_, Some(_)) => LINE,
            (None, None) => "Declaration",
        };
        let mut steps: Vec<Step<'p>> = Vec::new();
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let Some(id) = path.get(..end).and_then(|known| ids().get(known)) else { break };
            if is_class(id) {
                let sequence = line.filter(|_| path[..end] == *LINE);
                steps.push(Step { section: id, sequence, tag: None });
            } else {
                if let Some(step) = steps.last_mut() {
                    step.tag = Some(id);
                }
                break;
            }
        }
        Self(steps)
    }

    pub(super) fn steps(&self) -> &[Step<'p>] {
        &self.0
    }
}

/// Classes have two digits and a letter; everything else is a data element.
fn is_class(id: &str) -> bool {
    matches!(id.as_bytes(), [one, two, letter] if one.is_ascii_digit() && two.is_ascii_digit() && letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(field: Option<&str>, line: Option<u32>) -> String {
        let steps = Pointers::of(field, line).0;
        let step = |step: &Step<'_>| {
            format!(
                "{}{}{}",
                step.section,
                step.sequence.map_or_else(String::new, |n| format!("#{n}")),
                step.tag.map_or_else(String::new, |tag| format!("/{tag}"))
            )
        };
        steps.iter().map(step).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_field_is_pointed_at_by_its_classes_and_its_data_element() {
        let line = "MetaData/Declaration/GoodsShipment/GovernmentAgencyGoodsItem";
        assert_eq!(told(Some("MetaData/Declaration/AcceptanceDateTime"), None), "42A/023");
        assert_eq!(told(Some(&format!("{line}/GovernmentProcedure/CurrentCode")), Some(2)), "42A 67A 68A#2 70A/166");
        assert_eq!(told(Some(&format!("{line}/NoSuchThing/ID")), Some(2)), "42A 67A 68A#2");
        assert_eq!(told(None, Some(3)), "42A 67A 68A#3");
        assert_eq!(told(Some("elsewhere"), None), "42A");
    }
}
