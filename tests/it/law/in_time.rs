//! What the pack says of its days: bodies that merge, entries with days of their own, procedures
//! that follow others, the stated order of rules that meet, methods and warnings.

use std::borrow::Cow;

use jiff::civil::{Date, date};
use motcua::law::{Authority, Day, Order, Pack};
use motcua::screening::{NoTrace, Question, Records, Screener, Screening, TraceEntry};
use motcua::trade::{Declaration, DeclaredProcedure, Direction, Format, GoodsItem, HsCode, RegimeCode, Statement};

use super::pack::TestPack;

const FOOD: &str = "inspections/byt/food.toml";
const MERGED: &str = "code,ministry,name_vi,name_en,valid_from,valid_to,successor,note,source
BYT-ATTP,BYT,Cục An toàn thực phẩm,Food,,2025-02-28,,,t
BYT-ATTP,BCT,Cục Thực phẩm mới,New Food,2025-03-01,,,,t
BCT-SCT,BCT,Sở Công Thương,Industry,,2024-12-31,BYT-ATTP,,t
";

fn day(day: Date) -> Day {
    Day::of(day)
}

fn code(pack: &Pack, authority: &Authority<'_>) -> (String, String, String) {
    (
        pack.agencies[authority.agency.index()].code.clone(),
        authority.agency_name.name_en.clone(),
        pack.ministries[authority.ministry.index()].code.clone(),
    )
}

#[test]
fn an_agency_has_the_name_and_the_ministry_of_the_day_and_forwards_to_its_successor() {
    let pack = TestPack::whole().file("agencies.csv", MERGED).loaded().pack;
    assert_eq!(pack.agencies.len(), 2, "the rows of one code are one agency");
    let rule = |id: &str| pack.rules.iter().find(|rule| rule.id == id).unwrap().agency;
    let on = |id: &str, at: Date| code(&pack, &pack.authority_on(rule(id), day(at)));
    let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(on("food", date(2025, 2, 28)), owned("BYT-ATTP", "Food", "BYT"));
    assert_eq!(on("food", date(2025, 3, 1)), owned("BYT-ATTP", "New Food", "BCT"));
    assert_eq!(on("machines", date(2024, 12, 31)), owned("BCT-SCT", "Industry", "BCT"));
    assert_eq!(on("machines", date(2025, 1, 1)), owned("BYT-ATTP", "Food", "BYT"));
    assert_eq!(on("machines", date(2025, 3, 1)), owned("BYT-ATTP", "New Food", "BCT"));
}

#[test]
fn before_an_agency_existed_the_one_that_it_took_over_from_stands_for_it() {
    let young = MERGED.replace("BYT-ATTP,BYT,Cục An toàn thực phẩm,Food,,2025-02-28,,,t\n", "");
    let pack = TestPack::whole().file("agencies.csv", &young).loaded().pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap().agency;
    let on = |at: Date| code(&pack, &pack.authority_on(food, day(at))).0;
    assert_eq!(on(date(2024, 12, 31)), "BCT-SCT");
    assert_eq!(on(date(2025, 3, 1)), "BYT-ATTP");
}

#[test]
fn a_ministry_that_merged_forwards_to_its_successor() {
    let merged = "code,name_vi,name_en,aliases,valid_from,valid_to,successor,source
BYT,Bộ Y tế,Health,MOH,,2025-02-28,BCT,t
BCT,Bộ Công Thương,Industry,MOIT,,2025-02-28,,t
BCT,Bộ Công Thương mới,New Industry,MOIT,2025-03-01,,,t
";
    let pack = TestPack::whole().file("ministries.csv", merged).loaded().pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    let name = |at: Date| pack.authority_on(food.agency, day(at)).ministry_name.name_en.clone();
    assert_eq!(name(date(2025, 2, 28)), "Health");
    assert_eq!(name(date(2025, 3, 1)), "New Industry");
}

#[test]
fn two_names_for_one_day_are_an_error() {
    let twice = MERGED.replace("2025-02-28", "2025-03-01");
    let defects = TestPack::whole().file("agencies.csv", &twice).defects();
    let found = defects.iter().find(|defect| defect.code == "duplicate_id").expect("told");
    assert_eq!((found.file.as_str(), found.line), ("agencies.csv", 3));
    assert_eq!(found.message, "agency `BYT-ATTP` stands twice for one day");
}

#[test]
fn a_circle_of_successors_ends_somewhere() {
    let circle = MERGED.replace("New Food,2025-03-01,,,,t", "New Food,2025-03-01,2025-12-31,BCT-SCT,,t");
    let pack = TestPack::whole().file("agencies.csv", &circle).loaded().pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    assert!(!pack.authority_on(food.agency, day(date(2026, 5, 5))).agency_name.name_en.is_empty());
}

#[test]
fn a_procedure_gives_way_to_its_successor_after_its_last_day() {
    let pack = TestPack::whole()
        .with(
            "procedures/all.toml",
            "kind = \"certificate\"",
            "kind = \"certificate\"\nto = \"2026-05-31\"\nsuccessor = \"BYT0600002\"",
        )
        .loaded()
        .pack;
    let code = |at: Date| {
        let id = pack.procedure_on(pack.procedure("BYT0600001").unwrap(), day(at));
        pack.procedures[id.index()].code.clone()
    };
    assert_eq!(code(date(2026, 5, 31)), "BYT0600001");
    assert_eq!(code(date(2026, 6, 1)), "BYT0600002");
}

/// The rules on a line of food.
fn rules(pack: &Pack, hs: &str, at: Date) -> Vec<String> {
    let mut declaration = Declaration::new(Format::Query);
    declaration.responsible_country = Some(pack.country);
    declaration.items.push(GoodsItem {
        number: 1,
        hs: HsCode::parse(hs).ok(),
        procedure: RegimeCode::parse("A11").ok().map(DeclaredProcedure::National),
        statements: vec![Statement {
            code: Cow::Borrowed("use"),
            kind: Some(Cow::Borrowed(Statement::FACT_KIND)),
            text: Some(Cow::Borrowed("food")),
            settled: false,
        }],
        ..GoodsItem::default()
    });
    let screener = Screener::new(pack);
    let question =
        Question { declaration: &declaration, day: day(at), direction: Direction::Import, records: Records::none() };
    let mut screening = Screening::default();
    screener.screen(&question, &mut screening, &mut NoTrace);
    let plain: Vec<String> = screening
        .requirements
        .iter()
        .map(|r| {
            let note = &pack.candidate(r.candidate).note;
            format!("{} {note}", pack.rule(r.rule).id).trim().to_owned()
        })
        .collect();
    let mut trace: Vec<TraceEntry> = Vec::new();
    let mut explained = Screening::default();
    screener.screen(&question, &mut explained, &mut trace);
    assert_eq!(screening.requirements, explained.requirements, "explaining changes nothing");
    plain
}

#[test]
fn an_entry_of_a_list_counts_on_its_own_days_and_the_longest_of_the_day_wins() {
    let list = "annex,hs,group,note,source,from,to
I,0306,,tôm cua,t,,
I,03061721,peeled,,t,,2026-05-31
I,03061711,,tôm sú,t,2026-03-01,2026-04-30
I,0307,,sò,t,2027-01-01,
";
    let pack = TestPack::whole().file("lists/food.csv", list).loaded().pack;
    assert_eq!(rules(&pack, "03061711", date(2026, 2, 28)), ["food tôm cua"]);
    assert_eq!(rules(&pack, "03061711", date(2026, 3, 1)), ["food tôm sú"]);
    assert_eq!(rules(&pack, "03061711", date(2026, 4, 30)), ["food tôm sú"]);
    assert_eq!(rules(&pack, "03061711", date(2026, 5, 1)), ["food tôm cua"]);
    assert_eq!(rules(&pack, "03061790", date(2026, 3, 1)), ["food tôm cua"]);
    assert_eq!(rules(&pack, "03079900", date(2026, 12, 31)), Vec::<String>::new());
    assert_eq!(rules(&pack, "03079900", date(2027, 1, 1)), ["food sò"]);
    assert_eq!(rules(&pack, "03061711", date(2026, 1, 26)), Vec::<String>::new(), "the rule's own gap");
}

/// A second rule on the same goods, and what `overlaps.toml` says of the two.
fn meeting(order: &str) -> TestPack {
    let whole = TestPack::whole();
    let second = whole.text(FOOD).replace("id = \"food\"", "id = \"meal\"");
    whole.file("inspections/byt/meal.toml", &second).file("overlaps.toml", order)
}

const PREVAILS: &str = "[[precedence]]
rule = \"meal\"
over = \"food\"
order = \"prevails\"
from = \"2026-06-01\"
to = \"\"
legal_basis = \"meal art 1\"
why_vi = \"bữa ăn trước\"
why_en = \"meals come first\"
";

#[test]
fn the_stated_order_decides_which_of_two_rules_applies() {
    let pack = meeting(PREVAILS).loaded().pack;
    assert_eq!(pack.precedences[0].order, Order::Prevails);
    assert_eq!(rules(&pack, "03061711", date(2026, 5, 31)), ["food tôm bóc vỏ", "meal tôm bóc vỏ"]);
    // The entry of 0306.17 hangs on a fact that nobody stated: both stay.
    assert_eq!(rules(&pack, "03061711", date(2026, 6, 1)), ["food tôm bóc vỏ", "meal tôm bóc vỏ"]);
    assert_eq!(rules(&pack, "03079900", date(2026, 5, 31)), ["food", "meal"]);
    assert_eq!(rules(&pack, "03079900", date(2026, 6, 1)), ["meal"], "what certainly applies prevails");
    let both = meeting(&PREVAILS.replace("prevails", "both")).loaded().pack;
    assert_eq!(rules(&both, "03079900", date(2026, 6, 1)), ["food", "meal"]);
}

#[test]
fn lint_names_what_the_stated_order_does_not_resolve() {
    let codes = |pack: &TestPack| -> Vec<String> {
        let report = pack.lint();
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        let mut codes: Vec<String> = report.warnings.iter().map(|defect| defect.code.to_string()).collect();
        codes.retain(|code| code.contains("overlap") || code.contains("precedence"));
        codes
    };
    assert_eq!(codes(&meeting("")), ["overlapping_rules"]);
    assert_eq!(codes(&meeting(PREVAILS)), ["overlapping_rules"], "only from June on");
    let always = PREVAILS.replace("2026-06-01", "");
    assert_eq!(codes(&meeting(&always)), Vec::<String>::new());
    let idle = always.replace("over = \"food\"", "over = \"machines\"");
    assert_eq!(codes(&meeting(&idle)), ["overlapping_rules", "unused_precedence"]);
}

#[test]
fn an_order_that_contradicts_itself_does_not_load() {
    let contrary = format!(
        "{PREVAILS}\n{}",
        PREVAILS.replace("rule = \"meal\"\nover = \"food\"", "rule = \"food\"\nover = \"meal\"")
    );
    let defects = meeting(&contrary).defects();
    let found = defects.iter().find(|defect| defect.code == "precedence_contradiction").expect("told");
    assert_eq!((found.file.as_str(), found.line), ("overlaps.toml", 12));
}

const LEAD: &str = "[[lead]]
id = \"both\"
all = [\"food_safety\"]
with = [\"quality\"]
ministry = \"BYT\"
from = \"2026-01-01\"
to = \"\"
legal_basis = \"meal art 2\"
why_vi = \"cùng kiểm tra\"
why_en = \"checked together\"
";

#[test]
fn who_leads_has_to_say_which_inspections_meet() {
    let path = "overlaps.toml";
    let whole = || {
        TestPack::whole().file(path, LEAD).with("inspections/bct/machines.toml", "after_clearance", "before_clearance")
    };
    let codes = |pack: TestPack| -> Vec<String> {
        let about = |code: &str| code.contains("lead") || code == "missing_key";
        let report = pack.lint();
        let found = report.errors.iter().chain(&report.warnings).map(|defect| defect.code.to_string());
        found.filter(|code| about(code)).collect()
    };
    assert_eq!(codes(whole()), Vec::<String>::new());
    let broken = [
        ("with = [\"quality\"]\n", "", "lead_form"),
        ("all = [\"food_safety\"]\n", "", "lead_form"),
        ("with = [\"quality\"]", "with = [\"food_safety\"]", "lead_form"),
        ("with = [\"quality\"]", "several_ministries = \"quality\"", "lead_form"),
        (
            "all = [\"food_safety\"]\nwith = [\"quality\"]",
            "together = true\nseveral_ministries = \"quality\"",
            "lead_form",
        ),
        ("why_vi = \"cùng kiểm tra\"\n", "", "missing_key"),
        ("all = [\"food_safety\"]\nwith = [\"quality\"]", "several_ministries = \"quality\"", "unused_lead"),
    ];
    for (from, to, code) in broken {
        assert_eq!(codes(whole().with(path, from, to)), [code], "{to}");
    }
    let quality = "title_en = \"quality\"\ninspection = ";
    let idle = whole().with("measures.toml", &format!("{quality}true"), &format!("{quality}false"));
    assert_eq!(codes(idle), ["lead_form"], "no inspection");
}

const METHODS: &str = "[[regime]]
key = \"m\"
title_vi = \"a\"
title_en = \"a\"
same = [\"importer\"]
sourced = \"sourced\"

[[regime.state]]
key = \"first\"
method = \"ordinary\"
legal_basis = \"t\"

[[regime.state]]
key = \"second\"
method = \"strict\"
legal_basis = \"t\"

[[regime.transition]]
from = [\"first\"]
to = \"second\"
on = \"fail\"
legal_basis = \"t\"
sourced = \"sourced\"
";

#[test]
fn what_is_wrong_in_a_regime_of_methods_is_told_where_it_stands() {
    let with_method = || TestPack::whole().with(FOOD, "[goods]\n", "[[method]]\nregime = \"m\"\n\n[goods]\n");
    let whole = with_method().file("methods.toml", METHODS);
    assert!(whole.lint().warnings.iter().all(|defect| defect.file != "methods.toml"));
    for (from, to, code, line) in [
        ("to = \"second\"", "to = \"secnod\"", "unknown_state", 20),
        ("on = \"fail\"", "on = \"fali\"", "unknown_word", 21),
        ("on = \"fail\"", "on = \"passes\"\ncount = 0", "bad_number", 22),
        ("same = [\"importer\"]", "same = []", "empty_value", 1),
        ("key = \"second\"", "key = \"first\"", "duplicate_id", 14),
        ("method = \"strict\"", "method = \"strict\"\nsample = \"1.5\"", "bad_number", 16),
        ("method = \"strict\"", "method = \"strict\"\nagency = \"XX\"", "unknown_agency", 16),
    ] {
        let defects = with_method().file("methods.toml", &METHODS.replacen(from, to, 1)).defects();
        let found = defects.iter().find(|defect| defect.code == code).unwrap_or_else(|| panic!("{to}: {defects:?}"));
        assert_eq!((found.file.as_str(), found.line), ("methods.toml", line), "{to}");
    }
    let unknown = TestPack::whole().with(FOOD, "[goods]\n", "[[method]]\nregime = \"m\"\n\n[goods]\n").defects();
    assert!(unknown.iter().any(|defect| defect.code == "unknown_method_regime"), "{unknown:?}");
    let twice = with_method()
        .with(FOOD, "[[method]]", "[[method]]\nregime = \"m\"\nfrom = \"2026-01-01\"\n\n[[method]]")
        .file("methods.toml", METHODS);
    assert!(twice.defects().iter().any(|defect| defect.code == "overlapping_intervals"));
    for (from, to, code) in [
        ("[\"first\"]", "[\"second\"]", "unreachable_state"),
        (
            "sourced = \"sourced\"\n\n[[regime.state]]\nkey = \"first\"",
            "sourced = \"sourced\"\n\n[[regime.state]]\nkey = \"first\"",
            "",
        ),
    ] {
        let report = with_method().file("methods.toml", &METHODS.replacen(from, to, 1)).lint();
        let found = report.warnings.iter().any(|defect| defect.code == code);
        assert_eq!(found, !code.is_empty(), "{to}");
    }
    let repeated = format!(
        "{METHODS}\n[[regime.transition]]\nfrom = [\"first\"]\nto = \"first\"\non = \"fail\"\nlegal_basis = \"t\"\nsourced = \"sourced\"\n"
    );
    let report = with_method().file("methods.toml", &repeated).lint();
    assert!(report.warnings.iter().any(|defect| defect.code == "two_transitions" && defect.line == 25), "{report:?}");
}

#[test]
fn what_is_wrong_in_a_warning_is_told_where_it_stands() {
    let warning = "[[warning]]
id = \"w\"
title_vi = \"a\"
title_en = \"a\"
measures = [\"food_safety\"]
hs = [\"0306\"]
origins = [\"TH\"]
from = \"2026-05-01\"
to = \"2026-06-30\"
legal_basis = \"t\"
";
    let pack = TestPack::whole().file("warnings.toml", warning).loaded().pack;
    assert_eq!(pack.warnings[0].id, "w");
    for (from, to, code, line) in [
        ("food_safety", "food_safty", "unknown_measure", 5),
        ("\"0306\"", "\"03x6\"", "bad_hs", 6),
        ("\"TH\"", "\"ZZ\"", "unknown_country", 7),
        ("2026-06-30", "2026-04-30", "interval_backwards", 9),
        ("hs = [\"0306\"]\norigins = [\"TH\"]\n", "", "warning_reach", 1),
    ] {
        let defects = TestPack::whole().file("warnings.toml", &warning.replacen(from, to, 1)).defects();
        let found = defects.iter().find(|defect| defect.code == code).unwrap_or_else(|| panic!("{to}: {defects:?}"));
        assert_eq!((found.file.as_str(), found.line), ("warnings.toml", line), "{to}");
    }
}

#[test]
fn free_words_settle_nothing() {
    let fact = "[[fact]]\nkey = \"maker\"\nkind = \"text\"\ntitle_vi = \"a\"\ntitle_en = \"a\"\nask_vi = \"a\"\nask_en = \"a\"\n\n[[fact]]";
    let pack = TestPack::whole().with("facts.toml", "[[fact]]", fact);
    assert!(pack.lint().errors.is_empty());
    let asked = pack.with(FOOD, "{ fact = \"use\", in = [\"food\"] }", "{ fact = \"maker\", is = \"true\" }");
    assert!(asked.defects().iter().any(|defect| defect.code == "condition_form"), "{:?}", asked.defects());
}

#[test]
fn goods_that_leave_have_procedures_of_their_own() {
    let pack = TestPack::whole()
        .with(FOOD, "direction = \"import\"", "direction = \"both\"")
        .with(
            FOOD,
            "procedures = [\"BYT0600002\", \"BYT0600001\"]",
            "procedures = [\"BYT0600002\"]\nexport_procedures = [\"BYT0600001\"]",
        )
        .loaded()
        .pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    let codes = |direction| pack.procedure_codes(food, Some(direction), day(date(2026, 5, 5)));
    assert_eq!(codes(Direction::Import), ["BYT0600002"]);
    assert_eq!(codes(Direction::Export), ["BYT0600001"]);
    let unknown = TestPack::whole().with(FOOD, "[requires]\n", "[requires]\nexport_procedures = [\"X\"]\n").defects();
    assert!(unknown.iter().any(|defect| defect.code == "unknown_procedure"), "{unknown:?}");
}

#[test]
fn the_answer_names_the_procedure_of_the_day() {
    let pack = TestPack::whole()
        .with(
            "procedures/all.toml",
            "kind = \"registration\"",
            "kind = \"certificate\"\nto = \"2026-05-31\"\nsuccessor = \"BYT0600001\"",
        )
        .with(FOOD, "procedures = [\"BYT0600002\", \"BYT0600001\"]", "procedures = [\"BYT0600002\"]")
        .with(FOOD, "documents = [\"KQKT\", \"BYT0600001\"]", "documents = [\"KQKT\"]")
        .with("procedures/all.toml", "followed_by = \"BYT0600001\"\n", "")
        .loaded()
        .pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    let codes = |at| pack.procedure_codes(food, Some(Direction::Import), day(at));
    assert_eq!(codes(date(2026, 5, 31)), ["BYT0600002"]);
    assert_eq!(codes(date(2026, 6, 1)), ["BYT0600001"]);
}

#[test]
fn storage_ends_with_the_article_that_allows_it() {
    let pack = TestPack::whole()
        .with(FOOD, "[requires]\n", "[requires]\nstorage_allowed = \"t art 7\"\nstorage_until = \"2026-06-30\"\n")
        .loaded()
        .pack;
    let food = pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    assert_eq!(food.storage_on(day(date(2026, 6, 30))), Some("t art 7"));
    assert_eq!(food.storage_on(day(date(2026, 7, 1))), None);
}
