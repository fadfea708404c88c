//! Ministries, agencies and offices: the rows of one code become one body with its names.

use std::collections::HashMap;

use super::super::bodies::{Agency, BodyName, Ministry};
use super::super::pack::{AgencyId, MinistryId, Office};
use super::super::source::{At, Body, Defects, Source};
use super::names::{Kind, Names};

/// The ministries, in the order in which their codes first stand.
pub(super) fn ministries(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Ministry> {
    bodies(&source.ministries, "ministry", to)
        .into_iter()
        .map(|rows| Ministry {
            code: rows[0].code.value.clone(),
            names: rows.iter().map(|row| name(row, None)).collect(),
            successors: successors(&rows, &names.ministries, to).into_iter().map(MinistryId).collect(),
        })
        .collect()
}

/// The agencies, in the order in which their codes first stand.
pub(super) fn agencies(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Agency> {
    bodies(&source.agencies, "agency", to)
        .into_iter()
        .map(|rows| {
            let above = |row: &Body, to: &mut Defects| {
                row.ministry.as_ref().and_then(|code| names.ministries.find(code, to)).map(MinistryId)
            };
            Agency {
                code: rows[0].code.value.clone(),
                names: rows.iter().map(|row| name(row, above(row, to))).collect(),
                successor: successors(&rows, &names.agencies, to).into_iter().map(AgencyId).next(),
            }
        })
        .collect()
}

/// The offices, sorted by code.
pub(super) fn offices(source: &Source, to: &mut Defects) -> Vec<Office> {
    let mut offices: Vec<Office> = bodies(&source.offices, "office", to)
        .into_iter()
        .map(|rows| Office {
            code: rows[0].code.value.clone(),
            names: rows.iter().map(|row| name(row, None)).collect(),
        })
        .collect();
    offices.sort_by(|a, b| a.code.cmp(&b.code));
    offices
}

fn name(row: &Body, ministry: Option<MinistryId>) -> BodyName {
    BodyName { valid: row.valid, name_vi: row.name_vi.clone(), name_en: row.name_en.clone(), ministry }
}

/// The rows of each code, in the order of their days; days that two rows share are recorded.
fn bodies<'s>(rows: &'s [Body], what: &str, to: &mut Defects) -> Vec<Vec<&'s Body>> {
    let mut found: Vec<Vec<&Body>> = Vec::new();
    let mut at_code: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let at = *at_code.entry(row.code.value.as_str()).or_insert(found.len());
        if at == found.len() {
            found.push(Vec::new());
        }
        found[at].push(row);
    }
    for rows in &mut found {
        rows.sort_by_key(|row| (row.valid.from, row.code.place));
        for pair in rows.windows(2) {
            if pair[0].valid.to >= pair[1].valid.from {
                let message = format!("{what} `{}` stands twice for one day", pair[1].code.value);
                to.error(pair[1].code.place, "duplicate_id", message);
            }
        }
    }
    found
}

/// Those who took over, as the last row with any says: one code, or several with `;` between them.
fn successors(rows: &[&Body], kind: &Kind<'_>, to: &mut Defects) -> Vec<u16> {
    let stated: Vec<&At<String>> = rows.iter().filter_map(|row| row.successor.as_ref()).collect();
    let mut found = Vec::new();
    for list in stated {
        found = list
            .value
            .split(';')
            .filter_map(|code| kind.find(&At { value: code.trim().to_owned(), place: list.place }, to))
            .collect();
    }
    found
}
