//! A dossier that came first is found by holder, goods and quantity when the declaration comes.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::declaration::Declaration;
use super::dossier::{Dossier, Goods};
use crate::approval::TaskKind;
use crate::trade::HsCode;

/// The task of a declaration that a dossier serves, and the lines that it is about; `goods` are the
/// declaration's lines, `held` the tasks that another dossier handles. None where trader, procedure,
/// goods or quantity do not fit.
///
/// A line fits where the dossier names its code or one that contains it, the same origin where both
/// state one, and at least its quantity where both state one in the same unit.
pub fn join(
    dossier: &Dossier,
    declaration: &Declaration,
    goods: &[Goods],
    held: &BTreeSet<String>,
) -> Option<(String, Vec<u32>)> {
    if dossier.link.is_some() || dossier.holder.is_none() || dossier.holder != declaration.registration.holder {
        return None;
    }
    let procedure = dossier.procedure.as_ref()?;
    let tasks = declaration.decision.iter().flat_map(|decision| &decision.tasks);
    let serves = |task: &&crate::clearance::record::TaskRecord| {
        task.kind == TaskKind::Dossier
            && !held.contains(&task.key)
            && (task.procedure.as_ref() == Some(procedure) || task.alternatives.contains(procedure))
    };
    let task = tasks.into_iter().find(serves)?;
    let fits = |line: &u32| {
        let declared = goods.iter().find(|goods| goods.line == *line);
        declared.is_some_and(|declared| dossier.goods.iter().any(|named| covers(named, declared)))
    };
    let lines: Vec<u32> = task.lines.iter().copied().filter(fits).collect();
    (!lines.is_empty()).then(|| (task.key.clone(), lines))
}

/// Whether goods that a dossier names cover goods that are declared.
fn covers(named: &Goods, declared: &Goods) -> bool {
    let code = |goods: &Goods| goods.hs.as_deref().and_then(|hs| HsCode::parse(hs).ok());
    let (Some(prefix), Some(code)) = (code(named), code(declared)) else { return false };
    let same = |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    let amount = |goods: &Goods| goods.quantity.as_deref().and_then(|text| Decimal::from_str_exact(text).ok());
    let enough = match (amount(named), amount(declared)) {
        (Some(named_amount), Some(amount)) if named.unit == declared.unit => named_amount >= amount,
        _ => true,
    };
    prefix.is_prefix_of(code) && same(&named.origin, &declared.origin) && enough
}
