//! Which rules stand on which codes, under which condition.

use motcua::law::{Condition, Day, Element, Pack, Presumed};
use motcua::trade::{CountryCode, Direction, HsCode};

use super::pack::TestPack;

const FOOD: &str = "inspections/byt/food.toml";

/// The note, the presumption and the negative list of every candidate on a code.
fn on(pack: &Pack, code: &str) -> Vec<(String, Presumed, bool)> {
    elements(pack, code)
        .iter()
        .map(|e| (pack.candidate(e.candidate).note.clone(), e.presumed, e.exclusion.is_some()))
        .collect()
}

fn elements<'p>(pack: &'p Pack, code: &str) -> &'p [Element] {
    let hs = HsCode::parse(code).expect("the test writes codes");
    let (set, _) = pack.index.code(hs).expect("the index has the code");
    pack.index.all(set)
}

fn element(pack: &Pack, code: &str) -> Element {
    elements(pack, code)[0]
}

fn day(number: i16) -> Day {
    Day::of(jiff::civil::date(number, 6, 1))
}

#[test]
fn the_longest_entry_counts() {
    let pack = TestPack::whole().loaded().pack;
    assert_eq!(on(&pack, "03061721"), [("tôm thẻ".to_owned(), Presumed::True, true)]);
    assert_eq!(on(&pack, "03061711"), [("tôm bóc vỏ".to_owned(), Presumed::False, false)]);
    assert_eq!(on(&pack, "03069900"), [("tôm cua".to_owned(), Presumed::Ask, false)], "the longest prefix presumes");
}

#[test]
fn entries_alike_in_length_are_one_candidate_that_any_of_them_settles() {
    let pack = TestPack::whole().loaded().pack;
    assert_eq!(on(&pack, "84798939"), [("máy nén / máy cũ".to_owned(), Presumed::Ask, false)]);
    let candidate = pack.candidate(element(&pack, "84798939").candidate);
    let Condition::Any(inner) = &candidate.condition else { panic!("{:?}", candidate.condition) };
    assert!(matches!(inner[..], [Condition::Scoped(_), Condition::Fact { .. }]), "{inner:?}");
    assert_eq!(pack.candidate(element(&pack, "84798940").candidate).condition, inner[0]);
}

#[test]
fn a_whole_code_has_nothing_to_presume() {
    let pack = TestPack::whole()
        .with(
            "inspections/bct/machines.toml",
            "\"nominates\"\npresumed = \"false\"\ncondition = { fact = \"goods_as_listed\" }",
            "\"code\"",
        )
        .loaded()
        .pack;
    assert_eq!(on(&pack, "84798940"), [("máy khác".to_owned(), Presumed::None, false)]);
    assert_eq!(pack.candidate(element(&pack, "84798940").candidate).condition, Condition::Always);
    assert_eq!(pack.candidate(element(&pack, "84798939").candidate).condition, Condition::Always);
}

#[test]
fn a_negative_list_reaches_only_what_is_older() {
    assert!(element(&TestPack::whole().loaded().pack, "03061721").exclusion.is_some());
    let same_day = TestPack::whole().with("exclusions.toml", "2019-03-29", "2018-02-02");
    assert!(element(&same_day.loaded().pack, "03061721").exclusion.is_none());
}

#[test]
fn a_negative_list_reaches_only_its_ministrys_inspections_or_the_rules_it_names() {
    let other = TestPack::whole().with("exclusions.toml", "ministry = \"BYT\"", "ministry = \"BCT\"");
    assert!(element(&other.loaded().pack, "03061721").exclusion.is_none());
    let permit = TestPack::whole().with("measures.toml", "inspection = true", "inspection = false");
    assert!(element(&permit.loaded().pack, "03061721").exclusion.is_none());
    let named = TestPack::whole().with(
        "exclusions.toml",
        "ministry = \"BYT\"\nrules = []",
        "ministry = \"\"\nrules = [\"food\"]",
    );
    assert!(element(&named.loaded().pack, "03061721").exclusion.is_some());
    let another = TestPack::whole().with("exclusions.toml", "rules = []", "rules = [\"machines\"]");
    assert!(element(&another.loaded().pack, "03061721").exclusion.is_none());
}

#[test]
fn origins_that_must_hold_place_a_candidate_in_their_buckets() {
    let pack = TestPack::whole().loaded().pack;
    let (set, _) = pack.index.code(HsCode::parse("03061711").unwrap()).unwrap();
    let active = pack.index.active(set, Direction::Import, day(2025));
    let origin = |code| Some(CountryCode::parse(code).unwrap());
    assert_eq!(active.general.len(), 0);
    assert_eq!(active.bound_to(origin("CN")).len(), 1);
    assert_eq!(active.bound_to(origin("VN")).len(), 0);
    assert_eq!(active.bound_to(None).len(), 1, "where the origin is not known all of them may apply");
    let scoped = TestPack::whole().with(FOOD, "[scope]", "[scope]\norigins = [\"TH\"]").loaded().pack;
    let active = scoped.index.active(set, Direction::Import, day(2025));
    assert_eq!((active.bound_to(origin("CN")).len(), active.bound_to(origin("TH")).len()), (0, 1));
}

#[test]
fn codes_that_no_tariff_has_stay_in_the_index() {
    let pack = TestPack::whole().with("lists/machines.csv", "A,84798940", "A,84799999").loaded().pack;
    let (_, editions) = pack.index.code(HsCode::parse("84799999").unwrap()).unwrap();
    assert_eq!(editions, 0);
    let (_, editions) = pack.index.code(HsCode::parse("84798940").unwrap()).unwrap();
    assert_eq!(editions, 1);
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let plain = TestPack::whole();
    let mut shuffled = plain.clone();
    for path in
        ["lists/food.csv", "lists/machines.csv", "tariff/a.csv", "countries.csv", "documents.csv", "procedure_map.csv"]
    {
        shuffled = shuffled.reversed(path);
    }
    let bytes = |pack: &TestPack| {
        let mut pack = pack.loaded().pack;
        pack.digest.clear();
        pack.to_bytes().unwrap()
    };
    assert_eq!(bytes(&plain), bytes(&shuffled));
    assert_ne!(plain.loaded().pack.digest, shuffled.loaded().pack.digest, "the digest is of the files");
}

#[test]
fn the_more_special_procedure_counts() {
    let pack = TestPack::whole().loaded().pack;
    let regime = |requested, previous| {
        pack.mapped(requested, previous, None).map(|row| pack.regimes[usize::from(row.regime)].code.to_string())
    };
    assert_eq!(regime(40, 71).as_deref(), Some("G11"));
    assert_eq!(regime(40, 0).as_deref(), Some("A11"));
    assert_eq!(regime(41, 0), None);
}

#[test]
fn the_compiled_form_reads_back_as_it_was() {
    let pack = TestPack::whole().loaded().pack;
    let bytes = pack.to_bytes().unwrap();
    let read = Pack::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes().unwrap(), bytes);
    assert_eq!(on(&read, "03061721"), on(&pack, "03061721"));
}

#[test]
fn phrases_settle_values_and_their_contraries() {
    let pack = TestPack::whole().loaded().pack;
    let (mut yes, mut no) = (motcua::law::FactMask::EMPTY, motcua::law::FactMask::EMPTY);
    pack.phrases.search("Bột cá, không dùng làm thực phẩm, hàng mới 100%", &mut yes, &mut no);
    let atom = |key: &str, value: u16| pack.facts[pack.fact(key).unwrap().index()].first_atom + value;
    assert!(yes.is_empty());
    assert!(no.has(atom("used", 0)) && no.has(atom("use", 0)) && !no.has(atom("use", 1)));
    let reading = &pack.readings[0];
    // That a choice settled to one value is none of the others is the screening's business.
    assert!(reading.yes.has(atom("use", 1)) && reading.no.is_empty());
}
