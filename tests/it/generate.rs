//! Generated traffic: reproducible, readable, and as varied as it says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use motcua::generate::{GenerateError, Generator, Mistake, Plan, Style};
use motcua::law::Pack;
use motcua::message::{ReadOptions, Reading, read};
use motcua::trade::{DeclaredProcedure, Direction, FindingCode, Format, Severity};

fn pack() -> &'static Pack {
    motcua::embedded::pack()
}

fn generator(seed: u64, style: Style) -> Generator<'static> {
    Generator::new(pack(), Plan::before_edition(pack(), seed, style)).unwrap()
}

fn strict() -> ReadOptions {
    ReadOptions { strict: true, ..ReadOptions::default() }
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_any_order() {
    for style in [Style::National, Style::Wco] {
        let (one, same, other) = (generator(7, style), generator(7, style), generator(8, style));
        let forth: Vec<_> = (0..200).map(|index| one.document(index)).collect();
        let mut back: Vec<_> = (0..200).rev().map(|index| same.document(index)).collect();
        back.reverse();
        assert_eq!(forth, back);
        let different =
            (0..200).filter(|index| other.document(*index) != forth[usize::try_from(*index).unwrap()]).count();
        assert_eq!(different, 200);
    }
}

#[test]
fn names_sort_as_their_numbers_do() {
    let generator = generator(1, Style::National);
    let names: Vec<_> = [0, 1, 9, 10, 99_999, 999_999_998].map(|index| generator.name(index)).to_vec();
    assert!(names.is_sorted());
    assert_eq!(names[0], "000000001.xml");
}

#[test]
fn declarations_are_right_but_for_their_mistakes() {
    for style in [Style::National, Style::Wco] {
        let generator = generator(3, style);
        let mut mistakes: BTreeMap<String, usize> = BTreeMap::new();
        for index in 0..3_000 {
            let bytes = generator.document(index);
            let reading = match read(&bytes, &strict()) {
                Ok(reading) => reading,
                Err(rejection) => panic!("{}: {:?}", String::from_utf8_lossy(&bytes), rejection.findings),
            };
            let mistake = generator.mistake(index);
            let told: Vec<_> =
                reading.findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.code).collect();
            let expected = match mistake {
                Some(Mistake::BadCode) => vec![FindingCode::BadHs],
                Some(Mistake::NegativeValue) => vec![FindingCode::Negative; 2],
                Some(Mistake::MissingOrigin) if style == Style::National => vec![FindingCode::Missing],
                Some(Mistake::DuplicateLine) => vec![FindingCode::DuplicateLine],
                _ => vec![],
            };
            assert_eq!(told, expected, "{mistake:?}: {}", String::from_utf8_lossy(&bytes));
            assert!(reading.findings.iter().all(|f| f.severity == Severity::Error), "{:?}", reading.findings);
            check(&reading, mistake, style);
            if let Some(mistake) = mistake {
                *mistakes.entry(format!("{mistake:?}")).or_default() += 1;
            }
        }
        let total: usize = mistakes.values().sum();
        assert!((30..=90).contains(&total), "{mistakes:?}");
        assert_eq!(mistakes.len(), 6, "{mistakes:?}");
    }
}

/// What a declaration states belongs to the pack.
fn check(reading: &Reading<'_>, mistake: Option<Mistake>, style: Style) {
    let declaration = &reading.declaration;
    let format = if style == Style::National { Format::VnDeclaration } else { Format::WcoDeclaration };
    assert_eq!(declaration.format, format);
    assert_eq!(declaration.responsible_country, Some(pack().country));
    let office = declaration.office.as_deref().unwrap();
    let known = pack().offices.binary_search_by(|known| known.code.as_str().cmp(office)).is_ok();
    assert_eq!(known, mistake != Some(Mistake::UnknownOffice), "{office}");
    assert!((1..=50).contains(&declaration.items.len()));
    let mut unknown = 0;
    for item in &declaration.items {
        let procedure = item.procedure.or(declaration.procedure);
        let Some(DeclaredProcedure::National(regime)) = procedure else { panic!("{procedure:?}") };
        let regime = &pack().regimes[usize::from(pack().regime(regime).unwrap())];
        assert_eq!(Some(regime.direction), declaration.direction);
        if let Some(hs) = item.hs {
            unknown += usize::from(pack().index.code(hs).is_none());
        }
        assert!(!item.description.is_empty());
        assert!(item.quantity.is_some());
    }
    assert_eq!(unknown, usize::from(mistake == Some(Mistake::UnknownCode)));
}

#[test]
fn traffic_is_varied_and_traders_have_a_line_of_business() {
    let generator = generator(1, Style::National);
    let (mut lines, mut imports, mut permits, mut used, mut new) = (0, 0, 0, 0, 0);
    let (mut codes, mut origins, mut regimes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut traders: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
    let count = 4_000;
    for index in 0..count {
        let bytes = generator.document(index);
        let declaration = read(&bytes, &ReadOptions::default()).unwrap().declaration;
        lines += declaration.items.len();
        imports += usize::from(declaration.direction == Some(Direction::Import));
        if let Some(DeclaredProcedure::National(regime)) = declaration.procedure {
            regimes.insert(regime.to_string());
        }
        if let Some(day) = declaration.date {
            assert!((date(2024, 11, 24)..=date(2026, 11, 23)).contains(&day), "{day}");
        }
        let trader = declaration.declarant.id.as_deref().unwrap().to_owned();
        assert_eq!(trader.len(), 10);
        let history = traders.entry(trader).or_default();
        history.0 += 1;
        for item in &declaration.items {
            permits += usize::from(!item.documents.is_empty());
            used += usize::from(item.description.contains("đã qua sử dụng"));
            new += usize::from(item.description.contains("hàng mới 100%"));
            if let Some(hs) = item.hs {
                codes.insert(hs);
                history.1.insert(hs.to_string());
            }
            origins.extend(item.origin);
        }
    }
    let per_hundred = lines as u64 * 100 / count;
    assert!((450..550).contains(&per_hundred), "{per_hundred}");
    assert!((2_200..3_600).contains(&imports), "{imports}");
    assert!(permits > 300 && used > 30 && new > lines / 3, "{permits} {used} {new} of {lines}");
    assert!(
        codes.len() > 3_000 && origins.len() > 15 && regimes.len() > 15,
        "{} {} {}",
        codes.len(),
        origins.len(),
        regimes.len()
    );
    let repeated = traders.values().filter(|(declarations, codes)| *declarations >= 3 && codes.len() < 30).count();
    assert!(repeated > 300, "{repeated}");
}

#[test]
fn days_and_lines_come_from_the_plan() {
    let plan = Plan { seed: 1, style: Style::Wco, from: date(2025, 3, 3), to: date(2025, 3, 4), lines: Some(5) };
    let generator = Generator::new(pack(), plan).unwrap();
    for index in 0..100 {
        let bytes = generator.document(index);
        let declaration = read(&bytes, &ReadOptions::default()).unwrap().declaration;
        assert_eq!(declaration.items.len(), 5);
        let day = declaration.date;
        assert!(day.is_none_or(|day| (plan.from..=plan.to).contains(&day)));
    }
    let wrong = Plan { from: plan.to, to: plan.from, ..plan };
    assert!(matches!(Generator::new(pack(), wrong), Err(GenerateError::Days { .. })));
}

#[test]
fn a_declaration_is_one_document_of_a_stream() {
    let text = String::from_utf8(generator(1, Style::National).document(0)).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Envelope>\n<Header>"));
    assert!(text.ends_with("</Envelope>\n"));
    assert!(text.contains("<messageId>000000000001</messageId>"));
}
