//! Codes of a national message against the pack's lists: offices, countries, currencies, regimes.
//! A foreign sender's own lists are not judged.

use crate::law::{CodeName, FactKind, Pack};
use crate::trade::{
    CountryCode, CurrencyCode, Declaration, DeclaredProcedure, Finding, FindingCode, Statement,
};

/// Adds facts stated outright that the pack does not know, or values they cannot have.
pub fn check_facts(pack: &Pack, declaration: &Declaration<'_>, findings: &mut Vec<Finding>) {
    let of_lines = declaration.items.iter().flat_map(|item| item.statements.iter().map(|s| (s, Some(item.number))));
    let all = declaration.statements.iter().map(|s| (s, None)).chain(of_lines);
    for (statement, line) in all.filter(|(s, _)| s.kind.as_deref() == Some(Statement::FACT_KIND)) {
        if let Some(message) = wrong_fact(pack, statement) {
            let mut finding = Finding::error(FindingCode::UnknownFact, message).field("statement");
            finding.goods_line = line;
            findings.push(finding);
        }
    }
}

fn wrong_fact(pack: &Pack, statement: &Statement<'_>) -> Option<String> {
    let (key, rule) = match statement.code.split_once('@') {
        Some((key, rule)) => (key, Some(rule)),
        None => (statement.code.as_ref(), None),
    };
    let value = statement.text.as_deref().unwrap_or("true");
    let Some(id) = pack.fact(key) else {
        return Some(format!("`{key}` is no fact that the rules ask for"));
    };
    let fact = &pack.facts[id.index()];
    if let Some(rule) = rule
        && (fact.kind != FactKind::Scoped || !pack.rules.iter().any(|known| known.id == rule))
    {
        return Some(format!("`{}`: only a fact asked for each rule by itself is stated for a rule of the pack", statement.code));
    }
    let known = match fact.kind {
        FactKind::Choice => pack.fact_value(id, value).is_some(),
        FactKind::Bool | FactKind::Scoped => matches!(value, "true" | "false"),
    };
    (!known).then(|| {
        let values = if fact.values.is_empty() { "true, false".to_owned() } else { fact.values.join(", ") };
        format!("`{value}` is no value of the fact `{key}`; it takes {values}")
    })
}

/// Adds what is not on the pack's lists to `findings`.
pub fn check_lists(pack: &Pack, declaration: &Declaration<'_>, findings: &mut Vec<Finding>) {
    if let Some(office) = &declaration.office
        && pack.offices.binary_search_by(|known| known.code.as_str().cmp(office)).is_err()
        // A code of six: office and sub-section.
        && office.get(..4).is_none_or(|code| pack.offices.binary_search_by(|known| known.code.as_str().cmp(code)).is_err())
    {
        findings.push(
            Finding::error(FindingCode::UnknownOffice, format!("`{office}` is no customs office of the list")).field("office"),
        );
    }
    let countries = [declaration.export_country, declaration.destination_country, declaration.importer.country, declaration.exporter.country];
    for country in countries.into_iter().flatten() {
        country_known(pack, country, None, findings);
    }
    if let Some(currency) = declaration.invoice.and_then(|money| money.currency) {
        currency_known(pack, currency, None, findings);
    }
    if let Some(DeclaredProcedure::National(code)) = declaration.procedure
        && pack.regime(code).is_none()
    {
        findings.push(
            Finding::error(FindingCode::UnknownRegime, format!("`{code}` is no regime of the list")).field("regime"),
        );
    }
    for item in &declaration.items {
        let line = Some(item.number);
        if let Some(origin) = item.origin {
            country_known(pack, origin, line, findings);
        }
        let currencies = [item.customs_value, item.invoice_value].into_iter().flatten();
        for currency in currencies.filter_map(|money| money.currency) {
            currency_known(pack, currency, line, findings);
        }
        if let Some(DeclaredProcedure::National(code)) = item.procedure
            && pack.regime(code).is_none()
        {
            findings.push(
                Finding::error(FindingCode::UnknownRegime, format!("`{code}` is no regime of the list"))
                    .field("regime")
                    .line(item.number),
            );
        }
    }
}

fn has(list: &[CodeName], code: &str) -> bool {
    list.binary_search_by(|known| known.code.as_str().cmp(code)).is_ok()
}

fn country_known(pack: &Pack, code: CountryCode, line: Option<u32>, findings: &mut Vec<Finding>) {
    if !has(&pack.countries, code.as_str()) {
        let mut finding = Finding::error(FindingCode::UnknownCountry, format!("`{code}` is no country of ISO 3166-1")).field("country");
        finding.goods_line = line;
        findings.push(finding);
    }
}

fn currency_known(pack: &Pack, code: CurrencyCode, line: Option<u32>, findings: &mut Vec<Finding>) {
    if !has(&pack.currencies, code.as_str()) {
        let mut finding = Finding::error(FindingCode::UnknownCurrency, format!("`{code}` is no currency of ISO 4217")).field("currency");
        finding.goods_line = line;
        findings.push(finding);
    }
}
