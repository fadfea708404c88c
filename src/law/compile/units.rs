//! Units and what they are worth in each other.

use std::collections::HashMap;

use super::super::pack::Unit;
use super::super::source::{At, Defects, UnitRow};
use crate::trade::{UnitCode, UnitConversions, UnitTableError};

/// The units, sorted by code, and their table. What contradicts itself is recorded and left out.
pub(super) fn compile(rows: &[UnitRow], to: &mut Defects) -> (Vec<Unit>, UnitConversions) {
    let units = units(rows, to);
    let (mut table, mut dimensions) = (UnitConversions::default(), Dimensions::default());
    // Base units first: a list may name them after the units that are counted in them.
    for bases in [true, false] {
        for row in rows {
            if let Some((dimension, base, factor)) = &row.measured
                && (base.value == row.code.value) == bases
            {
                if let Err(error) = table.add(row.code.value, base.value, factor.value) {
                    refused(&error, row, base, to);
                } else {
                    dimensions.add(row, dimension, base, to);
                }
            }
        }
    }
    (units, table)
}

fn units(rows: &[UnitRow], to: &mut Defects) -> Vec<Unit> {
    let mut sorted: Vec<&UnitRow> = rows.iter().collect();
    sorted.sort_by_key(|row| (row.code.value, row.code.place));
    for pair in sorted.windows(2) {
        if pair[0].code.value == pair[1].code.value {
            to.error(pair[1].code.place, "duplicate_id", format!("unit `{}` occurs twice", pair[1].code.value));
        }
    }
    sorted
        .into_iter()
        .map(|row| Unit {
            code: row.code.value,
            name: row.name.clone(),
            decimals: row.decimals,
            dimension: row.measured.as_ref().map(|(dimension, _, _)| dimension.value.clone()),
        })
        .collect()
}

fn refused(error: &UnitTableError, row: &UnitRow, base: &At<UnitCode>, to: &mut Defects) {
    let factor = row.measured.as_ref().map_or(row.code.place, |(_, _, factor)| factor.place);
    let (place, code) = match error {
        // Recorded with the codes already.
        UnitTableError::Duplicate { .. } => return,
        UnitTableError::NotPositive { .. } | UnitTableError::BaseFactor { .. } => (factor, "unit_factor"),
        UnitTableError::UnknownBase { .. } | UnitTableError::BaseOfBase { .. } => (base.place, "unit_base"),
    };
    to.error(place, code, error.to_string());
}

/// The one base of each dimension.
#[derive(Default)]
struct Dimensions<'s> {
    bases: HashMap<&'s str, UnitCode>,
}

impl<'s> Dimensions<'s> {
    fn add(&mut self, row: &UnitRow, dimension: &'s At<String>, base: &At<UnitCode>, to: &mut Defects) {
        let known = self.bases.get(dimension.value.as_str()).copied();
        if row.code.value == base.value && known.is_none() {
            self.bases.insert(&dimension.value, base.value);
        } else if known != Some(base.value) {
            let counted = known.map(|base| format!("the units of `{}` are counted in `{base}`", dimension.value));
            let message = format!(
                "`{}` is counted in `{}`, which is no base of `{}`",
                row.code.value, base.value, dimension.value
            );
            to.error_with(dimension.place, "unit_dimension", message, counted);
        }
    }
}
