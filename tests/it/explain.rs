//! Why, and why not: the sentences of `--why-not`, in both languages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::civil::date;
use motcua::clearance::explain::{Lang, dropped};
use motcua::law::{Day, Interval};
use motcua::screening::{Question, Records, Screener, Screening, TraceEntry};
use serde_json::Value;

use super::support::{declaration, line};

/// A folder that is gone when it is no longer used.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("motcua-explain-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn motcua(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("MOTCUA_SAMPLE_KEY")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Each text stands in the answer of its language.
fn holds(arguments: &[&str], vi: &[&str], en: &[&str]) {
    for (lang, texts) in [("vi", vi), ("en", en)] {
        let answer = motcua(&[arguments, &["--lang", lang]].concat());
        for text in texts {
            assert!(answer.contains(text), "{text}\n{answer}");
        }
    }
}

const RICE: &str = "fixtures/declarations/50-rice-export-without-licence.xml";
const APPLES: &str = "fixtures/declarations/12-apples-plant-quarantine.xml";

#[test]
fn a_rule_for_other_origins_says_which_and_by_what() {
    holds(
        &["check", "--hs", "29224220", "--origin", "JP", "--date", "2026-08-01", "--why-not"],
        &[
            "× moit-trade-remedy-1914-2025 (Luật Quản lý ngoại thương 05/2017/QH14; 1914/QĐ-BCT (2025)) [một phần]: xuất xứ là JP, chỉ áp dụng cho CN|ID",
            " · ngày 2026-08-01",
        ],
        &[
            "× moit-trade-remedy-1914-2025 (Luật Quản lý ngoại thương 05/2017/QH14; 1914/QĐ-BCT (2025)) [partly]: the origin is JP, it applies to CN|ID",
            " · on 2026-08-01",
        ],
    );
}

#[test]
fn goods_for_another_use_are_told_by_the_use_that_is_stated() {
    holds(
        &["check", "--hs", "19053110", "--date", "2025-06-02", "--fact", "use=medicine", "--why-not"],
        &[
            "[có nguồn]: mục đích sử dụng của hàng: khai là medicine, cần food|food_additive|food_contact",
            "× moit-food-safety-28-2026 (28/2026/TT-BCT art 1-4; 15/2018/NĐ-CP art 13, 16; 28/2026/TT-BCT Phụ lục) [có nguồn]: không có hiệu lực ngày 2025-06-02 (hiệu lực từ 2026-07-17)",
        ],
        &[
            "[sourced]: purpose for which the goods are used: stated is medicine, needed is food|food_additive|food_contact",
            "× moit-food-safety-28-2026 (28/2026/TT-BCT art 1-4; 15/2018/NĐ-CP art 13, 16; 28/2026/TT-BCT Phụ lục) [sourced]: not in force on 2025-06-02 (in force from 2026-07-17)",
        ],
    );
}

#[test]
fn an_alternative_that_nobody_stated_is_not_told_as_missing_the_point() {
    let line = ["check", "--hs", "19053110", "--date", "2025-06-02", "--regime", "A11", "--fact", "use=food"];
    holds(
        &[line.as_slice(), &["--why-not"]].concat(),
        &[
            "loại hình là A11, 15/2018/NĐ-CP art 13(7) yêu cầu E11|E15|E21|E23|E31|E33; chưa nêu: lý do, tính chất của lô hàng = internal_production_not_sold (",
        ],
        &[
            "the regime is A11, 15/2018/NĐ-CP art 13(7) asks for E11|E15|E21|E23|E31|E33; not stated: nature of the consignment = internal_production_not_sold (",
        ],
    );
    let settled = motcua(
        &[line.as_slice(), &["--fact", "purpose=!internal_production_not_sold", "--why-not", "--lang", "en"]].concat(),
    );
    assert!(settled.contains("asks for E11|E15|E21|E23|E31|E33 ("), "no other way is open\n{settled}");
}

#[test]
fn an_entry_out_of_its_days_is_not_told_as_a_rule_out_of_force() {
    let mut pack = motcua::embedded::pack().clone();
    let rule = pack.rules.iter().position(|rule| rule.id == "moit-food-safety-28-2026").unwrap();
    for candidate in pack.candidates.iter_mut().filter(|candidate| candidate.rule.index() == rule) {
        candidate.valid = Interval { from: Day::of(date(2026, 9, 1)), to: candidate.valid.to };
    }
    let lines = [line("19053110", "bánh quy", "TH", "A11")];
    let told = |day, lang| {
        let day = Day::of(day);
        let declaration = declaration(&lines);
        let (screener, mut trace) = (Screener::new(&pack), Vec::<TraceEntry>::new());
        let direction = screener.direction(&declaration).unwrap();
        let question = Question { declaration: &declaration, day, direction, records: Records::none() };
        screener.screen(&question, &mut Screening::default(), &mut trace);
        let of_rule = |entry: &&TraceEntry| pack.candidate(entry.candidate).rule.index() == rule;
        dropped(&pack, trace.iter().find(of_rule).unwrap(), day, lang)
    };
    let day = date(2026, 7, 31);
    assert_eq!(told(day, Lang::En), "the entry of the list does not apply on 2026-07-31 (it applies from 2026-09-01)");
    assert_eq!(
        told(day, Lang::Vi),
        "mục hàng này trong danh mục không áp dụng ngày 2026-07-31 (áp dụng từ 2026-09-01)"
    );
    assert_eq!(told(date(2026, 7, 16), Lang::En), "not in force on 2026-07-16 (in force from 2026-07-17)");
    assert_eq!(told(date(2026, 9, 1), Lang::En), "", "it applies");
}

#[test]
fn evidence_that_does_not_serve_says_why() {
    let folder = Folder::new();
    let header = "id,kind,code,holder,declaration,lines,hs,origin,from,to\n";
    for (row, vi, en) in [
        ("1,certificate,KDTV,0401345678,,,,,,2026-05-18", "chỉ có hiệu lực đến 2026-05-18", "valid to 2026-05-18 only"),
        (
            "1,certificate,KDTV,0401345678,,,,,2026-05-20,",
            "chỉ có hiệu lực từ 2026-05-20",
            "valid from 2026-05-20 only",
        ),
        (
            "1,certificate,KDTV,0401345678,,,0809;0810,,,",
            "chỉ dùng cho mã HS 0809|0810",
            "it is for the codes 0809|0810",
        ),
        ("1,certificate,KDTV,0401345678,,,,XX,,", "chỉ dùng cho hàng xuất xứ XX", "it is for goods of origin XX"),
        ("1,certificate,KDTV,,107000000012,2,,,,", "chỉ dùng cho dòng hàng 2", "it is for the lines 2"),
        ("1,certificate,KDTV,0300000000,107000000012,,,,,", "cấp cho người khác", "it was given to another trader"),
    ] {
        let evidence = folder.write("evidence.csv", &format!("{header}{row}\n"));
        holds(
            &["clear", APPLES, "--evidence", &evidence, "--why-not", "--quiet"],
            &[&format!("→ chứng từ KDTV 1 không dùng được: {vi}\n")],
            &[&format!("→ document KDTV 1 does not serve: {en}\n")],
        );
        let explained = motcua(&["clear", APPLES, "--evidence", &evidence, "--explain", "--quiet", "--lang", "en"]);
        assert!(!explained.contains("does not serve"), "only --why-not tells it: {explained}");
    }
    let both = "1,certificate,KDTV,0401345678,,,,,,2026-05-18\n2,certificate,KDTV,0401345678,,,,,,\n";
    let evidence = folder.write("evidence.csv", &format!("{header}{both}"));
    let met = motcua(&["clear", APPLES, "--evidence", &evidence, "--why-not", "--quiet", "--lang", "en"]);
    assert!(!met.contains("does not serve"), "something else served: {met}");
}

#[test]
fn a_permit_with_too_little_left_says_how_much_is_left_and_needed() {
    let folder = Folder::new();
    let evidence = folder.write(
        "evidence.csv",
        "id,kind,code,holder,to,quantity,unit,used\nA,permit,DKKD,0312456780,2026-11-30,900000,LTR,\nB,permit,DKKD,0312456780,2026-12-31,300,TNE,0.5\n",
    );
    holds(
        &["clear", RICE, "--evidence", &evidence, "--why-not", "--quiet"],
        &[
            "→ chứng từ DKKD B không dùng được: còn lại 299.500 KGM, cần 500.000 KGM\n",
            "→ chứng từ DKKD A không dùng được: lượng của dòng hàng không quy đổi được ra đơn vị LTR\n",
        ],
        &[
            "→ document DKKD B does not serve: 299,500 KGM are left, 500,000 KGM are needed\n",
            "→ document DKKD A does not serve: the quantity of the line does not convert into LTR\n",
        ],
    );
    let answers =
        motcua(&["clear", RICE, "--evidence", &evidence, "--explain", "--quiet", "--lang", "en", "--format", "json"]);
    let answers: Value = serde_json::from_str(&answers).unwrap();
    let requirements = answers[0]["lines"][0]["requirements"].as_array().unwrap();
    let told: Vec<&Value> = requirements.iter().filter_map(|requirement| requirement.get("not_served")).collect();
    assert_eq!(told.len(), 1, "only the rule that the permits name");
    assert_eq!(told[0][1]["number"], "B");
}

#[test]
fn a_permit_in_a_unit_of_something_else_does_not_stand_before_one_that_serves() {
    let folder = Folder::new();
    let evidence = folder.write(
        "evidence.csv",
        "id,kind,code,holder,to,quantity,unit\nA,permit,DKKD,0312456780,2026-11-30,900000,LTR\nB,permit,DKKD,0312456780,2026-12-31,500,TNE\n",
    );
    let answers = motcua(&["clear", RICE, "--evidence", &evidence, "--quiet", "--format", "json"]);
    let answers: Value = serde_json::from_str(&answers).unwrap();
    let requirements = answers[0]["lines"][0]["requirements"].as_array().unwrap();
    let met = requirements.iter().find(|requirement| requirement["status"] == "met").unwrap();
    assert_eq!((met["evidence"].as_array().unwrap().len(), &met["evidence"][0]["number"]), (1, &Value::from("B")));
}

#[test]
fn what_led_to_a_method_is_told_in_words() {
    let folder = Folder::new();
    let header = "importer,measure,event,date\n";
    let line = "fixtures/declarations/05-biscuits-after-the-suspension.xml";
    for (event, vi, en) in [
        ("fail", "; do lần kiểm tra trước không đạt (", "; by a failed inspection ("),
        ("market_fail", "; do hậu kiểm trên thị trường không đạt (", "; by a failed check on the market ("),
        ("pass", "; quá trình chấp hành của người nhập khẩu không có gì làm thay đổi\n", "; nothing in the importer"),
    ] {
        let history = folder.write("history.csv", &format!("{header}0312456780,food_safety,{event},2026-01-05\n"));
        holds(&["clear", line, "--history", &history, "--explain", "--quiet"], &[vi], &[en]);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_warning_of_a_maker_that_nobody_stated_is_possible_and_asks_for_the_maker() {
    let folder = Folder::new();
    let rules = folder.0.join("rules");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/vn"), &rules);
    let warning = "[[warning]]\nid = \"biscuits\"\ntitle_vi = \"cảnh báo bánh\"\ntitle_en = \"biscuit alert\"\nmeasures = [\"food_safety\"]\nhs = [\"1905\"]\nmakers = [\"Acme\"]\nfrom = \"2025-04-01\"\nto = \"2025-06-30\"\nlegal_basis = \"notice 1\"\nsource = \"made up\"\n";
    fs::write(rules.join("warnings.toml"), warning).unwrap();
    let rules = rules.to_str().unwrap();
    let line = ["check", "--hs", "19053110", "--date", "2025-06-02", "--fact", "use=food", "--rules", rules];
    holds(
        &line,
        &["cảnh báo có thể liên quan: cảnh báo bánh (notice 1)\n          ? Nhà sản xuất nào?\n"],
        &["possible warning: biscuit alert (notice 1)\n          ? Who made the goods?\n"],
    );
    let requirement = |more: &[&str]| {
        let answers: Value =
            serde_json::from_str(&motcua(&[line.as_slice(), &["--format", "json"], more].concat())).unwrap();
        let requirements = answers[0]["lines"][0]["requirements"].as_array().unwrap().clone();
        requirements.into_iter().find(|requirement| requirement.get("warning").is_some())
    };
    let open = requirement(&[]).unwrap();
    assert_eq!((&open["warning"]["certain"], &open["fact"]), (&Value::from(false), &Value::from("maker")));
    let certain = requirement(&["--fact", "maker=ACME"]).unwrap();
    assert_eq!((&certain["warning"]["certain"], certain.get("fact")), (&Value::from(true), None));
    assert_eq!(requirement(&["--fact", "maker=Other"]), None, "another maker is not meant");
}
