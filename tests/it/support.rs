//! What several areas need: messages made from a few words, packs changed in one place.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use motcua::clearance::batch::{Message, decide_parallel};
use motcua::clearance::explain::Lang;
use motcua::clearance::{AnswerWriter, Examiner, LawDay};
use motcua::law::{CandidateId, Day, Element, HsIndex, Pack, Placement};
use motcua::message::ReadOptions;
use motcua::screening::{NoTrace, Question, Records, Screener, Screening};
use motcua::trade::{CountryCode, Declaration, DeclaredProcedure, Direction, Format, GoodsItem, HsCode, RegimeCode};

/// The folder of the reference data, where it is there.
pub(crate) fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    path.is_dir().then_some(path)
}

/// A line in a few words.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) hs: String,
    pub(crate) description: String,
    pub(crate) origin: String,
    pub(crate) regime: String,
}

/// A line of the pack's tariff.
pub(crate) fn line(hs: &str, description: &str, origin: &str, regime: &str) -> Line {
    Line { hs: hs.into(), description: description.into(), origin: origin.into(), regime: regime.into() }
}

/// A declaration to customs of the pack's country as a WCO message.
pub(crate) fn wco(lines: &[Line]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:MetaData xmlns:md=\"urn:wco:datamodel:WCO:DocumentMetaData-DMS:2\" xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><md:ResponsibleCountryCode>VN</md:ResponsibleCountryCode><Declaration><FunctionCode>9</FunctionCode><FunctionalReferenceID>TEST-1</FunctionalReferenceID><TypeCode>IMA</TypeCode><AcceptanceDateTime><DateTimeString formatCode=\"102\">20261102</DateTimeString></AcceptanceDateTime><GoodsShipment>",
    );
    for (at, line) in lines.iter().enumerate() {
        let _ = write!(
            xml,
            "<GovernmentAgencyGoodsItem><SequenceNumeric>{}</SequenceNumeric><Commodity><Description>{}</Description><Classification><ID>{}</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification></Commodity><GovernmentProcedure><CurrentCode>{}</CurrentCode></GovernmentProcedure><Origin><CountryCode>{}</CountryCode></Origin></GovernmentAgencyGoodsItem>",
            at + 1,
            line.description.replace('&', "&amp;").replace('<', "&lt;"),
            line.hs,
            line.regime,
            line.origin
        );
    }
    xml.push_str("</GoodsShipment></Declaration></md:MetaData>");
    xml
}

/// The same as a declaration, without any message.
pub(crate) fn declaration(lines: &[Line]) -> Declaration<'_> {
    let mut declaration = Declaration::new(Format::WcoDeclaration);
    declaration.direction = Some(Direction::Import);
    declaration.responsible_country = Some(CountryCode::parse("VN").unwrap());
    declaration.date = Some(date(2026, 11, 2));
    for (at, line) in lines.iter().enumerate() {
        declaration.items.push(GoodsItem {
            number: u32::try_from(at + 1).unwrap(),
            hs: HsCode::parse(&line.hs).ok(),
            description: Cow::Borrowed(&line.description),
            origin: CountryCode::parse(&line.origin).ok(),
            procedure: RegimeCode::parse(&line.regime).ok().map(DeclaredProcedure::National),
            ..GoodsItem::default()
        });
    }
    declaration
}

/// Screens a declaration on its own day.
pub(crate) fn screen(pack: &Pack, declaration: &Declaration<'_>) -> Screening {
    let screener = Screener::new(pack);
    let day = Day::of(declaration.date.unwrap_or(date(2026, 11, 2)));
    let direction = screener.direction(declaration).unwrap();
    let mut screening = Screening::default();
    screener.screen(&Question { declaration, day, direction, records: Records::none() }, &mut screening, &mut NoTrace);
    screening
}

/// The rules that a line's requirements name, each with status, certainty and presumption.
pub(crate) fn requirements(pack: &Pack, screening: &Screening, at: usize) -> Vec<String> {
    let line = &screening.lines[at];
    let mut found: Vec<String> = screening
        .requirements_of(line)
        .iter()
        .map(|r| format!("{} {} {} {:?}", pack.rule(r.rule).id, r.status.as_str(), r.certainty.as_str(), r.presumed))
        .collect();
    found.sort();
    found
}

/// The pack with the candidates on each code changed.
pub(crate) fn with_elements(pack: &Pack, change: impl Fn(HsCode, &mut Vec<Element>)) -> Pack {
    let mut changed = pack.clone();
    let codes = pack
        .index
        .codes()
        .map(|(code, set)| {
            let hs = HsCode::parse(&format!("{code:08}")).unwrap();
            let mut elements = pack.index.all(set).to_vec();
            change(hs, &mut elements);
            (hs, pack.index.code(hs).map_or(0, |(_, editions)| editions), elements)
        })
        .collect();
    changed.index = index(&changed, codes);
    changed
}

/// An index over a pack's candidates.
pub(crate) fn index(pack: &Pack, codes: Vec<(HsCode, u8, Vec<Element>)>) -> HsIndex {
    let place = |id: CandidateId| {
        let rule = pack.rule(pack.candidate(id).rule);
        Placement { in_force: &rule.in_force, direction: rule.direction, origins: &rule.origins }
    };
    HsIndex::build(codes, &place)
}

/// Decides messages on a pool of so many threads and gives back all answers as ndjson.
pub(crate) fn answers(messages: &[(&str, &[u8])], threads: usize, per_task: usize) -> String {
    let pack = motcua::embedded::pack();
    let screener = Screener::new(pack);
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let writer = AnswerWriter::new(pack, Lang::En);
    let messages: Vec<Message<'_>> =
        messages.iter().map(|(source, bytes)| Message { source, content: Ok(bytes) }).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let runs = pool.install(|| decide_parallel(&examiner, &writer, &ReadOptions::default(), &messages, per_task));
    let mut all = Vec::new();
    for run in runs {
        let mut from = 0;
        for end in run.ends {
            all.extend_from_slice(&run.bytes[from..end]);
            all.push(b'\n');
            from = end;
        }
    }
    String::from_utf8(all).unwrap()
}
