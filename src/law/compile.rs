//! From the pack as written to the pack as screening reads it.
//!
//! Names become positions, values of facts become bits, lists of goods become candidates on the
//! codes of the tariff. Every name that leads nowhere is recorded; whether the result may be used
//! is for the caller to say, who knows the number of errors.

mod bodies;
mod bytes;
mod cases;
mod conditions;
mod facts;
mod goods;
mod life_cycle;
mod methods;
mod names;
mod notices;
mod risk;
mod rules;
mod units;

pub use self::bytes::PackBytesError;

use std::collections::HashMap;

use self::conditions::Conditions;
use self::goods::place_goods;
use self::names::Names;
use super::case::Case;
use super::index::Placement;
use super::pack::{
    AgencyId, CodeName, Coverage, DocumentType, Exclusion, Exemption, Holiday, MappedProcedure, Measure, MinistryId,
    Pack, Procedure, Regime, TariffEdition, TariffLine,
};
use super::source::{At, Defects, NameRow, Place, Source};
use crate::trade::{CountryCode, HsCode};

/// A pack with its cases, which screening does not need.
pub(super) struct Compiled {
    /// The pack.
    pub(super) pack: Pack,
    /// What reviewers expect of its rules.
    pub(super) cases: Vec<Case>,
}

/// Compiles a pack. `None` only where its head says too little to build anything.
pub(super) fn compile(source: &Source, to: &mut Defects) -> Option<Compiled> {
    let names = Names::new(source, to);
    let facts = facts::compile(source, &names, to);
    let conditions = Conditions { names: &names, facts: &facts.table };
    let cases = cases::compile(source, &names, &facts.table, to);
    let tariffs = tariffs(source, to);
    let (rules, unused_rules) = rules::compile(source, &names, &conditions, to);
    let codes = national_codes(&tariffs);
    let placed = place_goods(source, &names, &conditions, &rules, &codes, to);
    let exemptions = exemptions(source, &names, &conditions, to);
    let index = super::index::HsIndex::build(placed.codes, &|candidate| {
        let rule = &rules[placed.candidates[candidate.index()].rule.index()].compiled;
        let in_force = &placed.in_force[candidate.index()];
        Placement { in_force, direction: rule.direction, origins: &placed.origins[candidate.index()] }
    });
    let precedences = notices::precedences(source, &names, &rules, to);
    let rules = rules.into_iter().map(|rule| rule.compiled).collect();
    let methods = methods::methods(source, &names, &conditions, to);
    let risk = risk::risk(source, &conditions, to);
    let (units, conversions) = units::compile(&source.units, to);
    let head = &source.head;
    let pack = Pack {
        country: head.country.as_ref()?.value,
        edition: head.edition.clone(),
        digest: source.digest.clone(),
        name_en: head.name_en.clone(),
        name_vi: head.name_vi.clone(),
        currency: head.currency.as_ref()?.value,
        time_zone: head.time_zone.clone(),
        office_hours: head.office_hours.clone(),
        preferential_chapter: head.preferential_chapter,
        customs_agency: head.customs_agency.as_ref().and_then(|code| names.agencies.find(code, to)).map(AgencyId),
        code_digits: head.code_digits,
        ministries: bodies::ministries(source, &names, to),
        agencies: bodies::agencies(source, &names, to),
        measures: measures(source),
        procedures: procedures(source, &names, to),
        life_cycles: life_cycle::compile(source, &names, to),
        regimes: regimes(source),
        procedure_map: procedure_map(source, &names, to),
        offices: bodies::offices(source, to),
        countries: countries(source, to),
        currencies: named(&source.currencies, "currency", to),
        units,
        conversions,
        locations: named(&source.locations, "location", to),
        holidays: holidays(source, to),
        calendar: head.calendar.clone(),
        tariffs,
        facts: facts.table,
        readings: facts.readings,
        phrases: facts.phrases,
        documents: documents(source, &names, to),
        exemptions,
        exclusions: exclusions(source),
        coverage: coverage(source, &names, to),
        methods,
        warnings: notices::warnings(source, &names, to),
        precedences,
        leads: notices::leads(source, &names, to),
        risk,
        rules,
        unused_rules,
        candidates: placed.candidates,
        index,
    };
    Some(Compiled { pack, cases })
}

fn ministry(code: Option<&At<String>>, names: &Names<'_>, to: &mut Defects) -> MinistryId {
    code.and_then(|code| names.ministries.find(code, to)).map_or(MinistryId(0), MinistryId)
}

fn measures(source: &Source) -> Vec<Measure> {
    source
        .measures
        .iter()
        .map(|measure| Measure {
            key: measure.key.value.clone(),
            title_vi: measure.title_vi.clone(),
            title_en: measure.title_en.clone(),
            inspection: measure.inspection,
        })
        .collect()
}

fn procedures(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Procedure> {
    names
        .procedure_order
        .iter()
        .map(|at| {
            let procedure = &source.procedures[*at];
            Procedure {
                code: procedure.code.value.clone(),
                title_vi: procedure.title_vi.clone(),
                title_en: procedure.title_en.clone(),
                ministry: ministry(procedure.ministry.as_ref(), names, to),
                agency: procedure.agency.as_ref().and_then(|code| names.agencies.find(code, to)).map(AgencyId),
                kind: procedure.kind,
                followed_by: procedure
                    .followed_by
                    .as_ref()
                    .and_then(|code| names.procedures.find(code, to))
                    .map(super::pack::ProcedureId),
                valid: procedure.period.days,
                successor: procedure
                    .successor
                    .as_ref()
                    .and_then(|code| names.procedures.find(code, to))
                    .map(super::pack::ProcedureId),
            }
        })
        .collect()
}

fn regimes(source: &Source) -> Vec<Regime> {
    source
        .regimes
        .iter()
        .map(|row| Regime {
            code: row.code.value,
            name_vi: row.name_vi.clone(),
            name_en: row.name_en.clone(),
            direction: row.direction,
            group: row.group.clone(),
        })
        .collect()
}

fn procedure_map(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<MappedProcedure> {
    let mut seen: HashMap<(u8, Option<u8>, bool), Place> = HashMap::new();
    let mut rows = Vec::new();
    for row in &source.procedure_map {
        let import = row.direction == crate::trade::Direction::Import;
        if seen.insert((row.requested, row.previous, import), row.place).is_some() {
            let message = format!("procedure {:02} is mapped twice for one direction", row.requested);
            to.error(row.place, "duplicate_id", message);
        } else if seen.contains_key(&(row.requested, row.previous, !import)) {
            to.warning_with(
                row.place,
                "ambiguous_procedure",
                format!("procedure {:02} is mapped to an import and to an export", row.requested),
                "the first row serves where the message does not say which way the goods go",
            );
        }
        let Some(regime) = names.regime(&row.regime, to) else {
            continue;
        };
        if source.regimes[usize::from(regime)].direction != row.direction {
            let message = format!("regime `{}` belongs to the other direction", row.regime.value);
            to.error(row.regime.place, "regime_direction", message);
        }
        let (requested, previous, direction) = (row.requested, row.previous, row.direction);
        rows.push(MappedProcedure { requested, previous, direction, regime });
    }
    rows.sort_by_key(|row| (row.requested, row.previous.is_none(), row.previous));
    rows
}

/// Codes with names, sorted; a code that occurs twice is recorded.
fn named(rows: &[NameRow], what: &str, to: &mut Defects) -> Vec<CodeName> {
    let mut sorted: Vec<&NameRow> = rows.iter().collect();
    sorted.sort_by(|a, b| (&a.name.code, a.place).cmp(&(&b.name.code, b.place)));
    for pair in sorted.windows(2) {
        if pair[0].name.code == pair[1].name.code {
            to.error(pair[1].place, "duplicate_id", format!("{what} `{}` occurs twice", pair[1].name.code));
        }
    }
    sorted.into_iter().map(|row| row.name.clone()).collect()
}

fn countries(source: &Source, to: &mut Defects) -> Vec<CodeName> {
    for row in &source.countries {
        if let Err(error) = CountryCode::parse(&row.name.code) {
            to.error(row.place, "bad_code", format!("`{}`: {error}", row.name.code));
        }
    }
    named(&source.countries, "country", to)
}

fn holidays(source: &Source, to: &mut Defects) -> Vec<Holiday> {
    let mut rows: Vec<_> = source.holidays.iter().collect();
    rows.sort_by_key(|row| (row.day, row.place));
    for pair in rows.windows(2) {
        if pair[0].day == pair[1].day && pair[0].working != pair[1].working {
            let message = format!("{} is a holiday and a working day", pair[1].day);
            to.error(pair[1].place, "duplicate_id", message);
        }
    }
    rows.dedup_by_key(|row| row.day);
    let holiday = |day, working, certain, name_vi| Holiday { day, working, certain, name_vi };
    rows.into_iter().map(|row| holiday(row.day, row.working, row.certain, row.name_vi.clone())).collect()
}

/// The editions of the tariff, sorted by day.
fn tariffs(source: &Source, to: &mut Defects) -> Vec<TariffEdition> {
    let mut editions = Vec::new();
    for (tariff, rows) in source.head.tariffs.iter().zip(&source.tariffs) {
        let mut sorted: Vec<_> = rows.iter().collect();
        sorted.sort_by_key(|row| (row.line.hs, row.place));
        for pair in sorted.windows(2) {
            if pair[0].line.hs == pair[1].line.hs {
                let message = format!("code `{}` occurs twice in the tariff", pair[1].line.hs);
                to.error(pair[1].place, "duplicate_id", message);
            }
        }
        let lines: Vec<TariffLine> = sorted.into_iter().map(|row| row.line.clone()).collect();
        editions.push(TariffEdition { name: tariff.edition.clone(), valid: tariff.period.days, lines });
    }
    editions.sort_by_key(|edition| edition.valid.from);
    editions
}

/// Every code of the tariff with a bit for each edition that has it, sorted.
fn national_codes(tariffs: &[TariffEdition]) -> Vec<(HsCode, u8)> {
    let mut codes: std::collections::BTreeMap<HsCode, u8> = std::collections::BTreeMap::new();
    for (at, edition) in tariffs.iter().enumerate().take(8) {
        for line in &edition.lines {
            *codes.entry(line.hs).or_default() |= 1 << at;
        }
    }
    codes.into_iter().collect()
}

fn documents(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<DocumentType> {
    names
        .document_order
        .iter()
        .map(|at| {
            let row = &source.documents[*at];
            DocumentType {
                code: row.code.value.clone(),
                format: row.format.to_owned(),
                kind: row.kind,
                title_vi: row.title_vi.clone(),
                title_en: row.title_en.clone(),
                measures: names.measure_ids(&row.measures, to),
            }
        })
        .collect()
}

fn exemptions(source: &Source, names: &Names<'_>, conditions: &Conditions<'_>, to: &mut Defects) -> Vec<Exemption> {
    source
        .exemptions
        .iter()
        .map(|exemption| {
            names.measure_ids(&exemption.measures, to);
            let days = exemption.period.days;
            let earlier = source.exemptions.iter().take_while(|other| !std::ptr::eq(*other, exemption));
            let mut same = earlier.filter(|other| other.key.value == exemption.key.value);
            if same.any(|other| other.period.days.from <= days.to && days.from <= other.period.days.to) {
                let message = format!("exemption `{}` stands twice for one day", exemption.key.value);
                to.error(exemption.key.place, "duplicate_id", message);
            }
            Exemption {
                key: exemption.key.value.clone(),
                title_vi: exemption.title_vi.clone(),
                title_en: exemption.title_en.clone(),
                valid: exemption.period.days,
                legal_basis: exemption.legal_basis.clone(),
                overridden_by_warning: exemption.overridden_by_warning,
                sourced: exemption.sourced,
                condition: conditions.compile(exemption.condition.as_ref(), to),
            }
        })
        .collect()
}

fn exclusions(source: &Source) -> Vec<Exclusion> {
    source
        .exclusions
        .iter()
        .map(|exclusion| Exclusion {
            id: exclusion.id.value.clone(),
            valid: exclusion.period.days,
            legal_basis: exclusion.legal_basis.clone(),
        })
        .collect()
}

fn coverage(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Coverage> {
    let mut rows = Vec::new();
    for row in &source.head.coverage {
        let ministry = row.ministry.as_ref().map(|code| names.ministries.find(code, to));
        let measure = row.measure.as_ref().and_then(|key| names.measures.find(key, to));
        let Some(measure) = measure else { continue };
        rows.push(Coverage {
            measure: super::pack::MeasureId(measure),
            ministry: ministry.flatten().map(MinistryId),
            import: row.import,
            export: row.export,
            chapters: row.chapters,
            from: row.from,
            basis: row.basis.clone(),
        });
    }
    rows
}
