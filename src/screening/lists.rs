//! Codes of a national message against the pack's lists: offices, countries, currencies, regimes.
//! A foreign sender's own lists are not judged.

use rustc_hash::FxHashSet;

use crate::law::{Day, FactKind, Pack};
use crate::trade::{
    CountryCode, CurrencyCode, Declaration, DeclaredProcedure, Direction, Finding, FindingCode, Money, Statement,
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
        return Some(format!(
            "`{}`: only a fact asked for each rule by itself is stated for a rule of the pack",
            statement.code
        ));
    }
    let known = match fact.kind {
        FactKind::Choice => pack.fact_value(id, value).is_some(),
        FactKind::Text => !value.trim().is_empty(),
        FactKind::Bool | FactKind::Scoped => matches!(value, "true" | "false"),
    };
    (!known).then(|| {
        let values = if fact.values.is_empty() { "true, false".to_owned() } else { fact.values.join(", ") };
        format!("`{value}` is no value of the fact `{key}`; it takes {values}")
    })
}

/// The pack's lists of codes, to look up short codes in.
#[derive(Debug)]
pub(super) struct Lists<'p> {
    pack: &'p Pack,
    offices: FxHashSet<&'p str>,
    countries: FxHashSet<CountryCode>,
    currencies: FxHashSet<CurrencyCode>,
}

impl<'p> Lists<'p> {
    pub(super) fn new(pack: &'p Pack) -> Self {
        Self {
            pack,
            offices: pack.offices.iter().map(|office| office.code.as_str()).collect(),
            countries: pack.countries.iter().filter_map(|row| CountryCode::parse(&row.code).ok()).collect(),
            currencies: pack.currencies.iter().filter_map(|row| CurrencyCode::parse(&row.code).ok()).collect(),
        }
    }

    /// Adds what is not on the pack's lists to `findings`, each with its place in the message.
    pub(super) fn check(
        &self,
        declaration: &Declaration<'_>,
        direction: Option<Direction>,
        findings: &mut Vec<Finding>,
    ) {
        let places = &declaration.places;
        if let Some(office) = &declaration.office
            && !self.offices.contains(office.as_ref())
            && self.pack.office_on(office, Day::MIN).is_none()
        {
            findings.push(wrong(
                FindingCode::UnknownOffice,
                format!("`{office}` is no customs office of the list"),
                places.office,
                None,
            ));
        }
        for (country, at) in [
            (declaration.export_country, places.export_country),
            (declaration.destination_country, places.destination_country),
            (declaration.importer.country, 0),
            (declaration.exporter.country, 0),
        ] {
            self.country(country, at, None, findings);
        }
        self.currency(declaration.invoice, places.invoice, None, findings);
        let regime = |procedure| (procedure, direction);
        regime_known(self.pack, regime(declaration.procedure), places.procedure, None, findings);
        for item in &declaration.items {
            let line = Some(item.number);
            self.country(item.origin, item.places.origin, line, findings);
            self.currency(item.customs_value, item.places.customs_value, line, findings);
            self.currency(item.invoice_value, item.places.invoice_value, line, findings);
            regime_known(self.pack, regime(item.procedure), item.places.procedure, line, findings);
        }
    }

    fn country(&self, code: Option<CountryCode>, at: usize, line: Option<u32>, findings: &mut Vec<Finding>) {
        if let Some(code) = code.filter(|code| !self.countries.contains(code)) {
            let message = format!("`{code}` is no country of ISO 3166-1");
            findings.push(wrong(FindingCode::UnknownCountry, message, at, line));
        }
    }

    fn currency(&self, money: Option<Money>, at: usize, line: Option<u32>, findings: &mut Vec<Finding>) {
        if let Some(code) = money.and_then(|money| money.currency).filter(|code| !self.currencies.contains(code)) {
            let message = format!("`{code}` is no currency of ISO 4217");
            findings.push(wrong(FindingCode::UnknownCurrency, message, at, line));
        }
    }
}

fn regime_known(
    pack: &Pack,
    (procedure, direction): (Option<DeclaredProcedure>, Option<Direction>),
    at: usize,
    line: Option<u32>,
    findings: &mut Vec<Finding>,
) {
    let way = direction.map_or("", Direction::as_str);
    let message = match procedure {
        None => return,
        Some(DeclaredProcedure::National(code)) => match pack.regime(code) {
            None => format!("`{code}` is no regime of the list"),
            Some(regime) if direction.is_some_and(|d| d != pack.regimes[usize::from(regime)].direction) => {
                format!("`{code}` is no regime of an {way}")
            }
            Some(_) => return,
        },
        Some(DeclaredProcedure::Requested { requested, previous }) => {
            if pack.mapped(requested, previous, direction).is_some() {
                return;
            }
            format!("the procedure `{requested:02}{previous:02}` stands for no regime of an {way}")
        }
    };
    findings.push(wrong(FindingCode::UnknownRegime, message, at, line));
}

fn wrong(code: FindingCode, message: String, at: usize, line: Option<u32>) -> Finding {
    let mut finding = Finding::error(code, message);
    finding.offset = (at > 0).then_some(at);
    finding.goods_line = line;
    finding
}
