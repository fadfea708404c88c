//! A small pack that is whole, to be broken at one place at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use motcua::law::{Defect, LintReport, LoadError, Loaded, lint_dir, load_dir};

/// The files of a pack.
#[derive(Debug, Clone)]
pub(super) struct TestPack {
    files: BTreeMap<String, String>,
}

/// A folder that is gone when it is no longer used.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl TestPack {
    /// The pack as it should be.
    pub(super) fn whole() -> Self {
        let files = [
            ("pack.toml", PACK),
            ("ministries.csv", MINISTRIES),
            ("agencies.csv", AGENCIES),
            ("regimes.csv", REGIMES),
            ("procedure_map.csv", PROCEDURE_MAP),
            (
                "offices.csv",
                "code,name_vi,parent_code,parent_name_vi,naming,valid_from,valid_to,source\n01AC,Gia Lâm,,,,,,t\n",
            ),
            ("locations.csv", "code,name,name_vi,kind,source\nVNHPH,HAI PHONG,Hải Phòng,port,t\n"),
            (
                "holidays.csv",
                "date,name_vi,name_en,kind,certainty,source\n2026-09-02,Quốc khánh,National Day,holiday,published,t\n",
            ),
            ("countries.csv", COUNTRIES),
            ("currencies.csv", "code,numeric,name_en,source\nVND,704,Dong,t\n"),
            ("units.csv", UNITS),
            ("documents.csv", DOCUMENTS),
            ("measures.toml", MEASURES),
            ("procedures/all.toml", PROCEDURES),
            ("facts.toml", FACTS),
            ("exemptions.toml", EXEMPTIONS),
            ("exclusions.toml", EXCLUSIONS),
            ("exclusions/negative.csv", "hs,note,source\n03061721,,t\n"),
            ("tariff/a.csv", TARIFF),
            ("lists/food.csv", FOOD_LIST),
            ("lists/machines.csv", MACHINES_LIST),
            ("inspections/byt/food.toml", FOOD),
            ("inspections/bct/machines.toml", MACHINES),
        ];
        Self { files: files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect() }
    }

    /// With one text of one file changed.
    pub(super) fn with(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.files.get_mut(path).unwrap_or_else(|| panic!("no file {path}"));
        assert!(text.contains(from), "{path} has no `{from}`");
        *text = text.replacen(from, to, 1);
        self
    }

    /// With a further, or another, file.
    pub(super) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Without a file.
    pub(super) fn without(mut self, path: &str) -> Self {
        self.files.remove(path).unwrap_or_else(|| panic!("no file {path}"));
        self
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> &str {
        &self.files[path]
    }

    /// With the rows of a csv file in the other order.
    pub(super) fn reversed(mut self, path: &str) -> Self {
        let text = &self.files[path];
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let rows: Vec<&str> = lines.rev().collect();
        let text = format!("{header}\n{}\n", rows.join("\n"));
        self.files.insert(path.to_owned(), text);
        self
    }

    fn folder(&self) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("motcua-pack-{}-{number}", std::process::id()));
        for (path, text) in &self.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a temporary folder");
            std::fs::write(path, text).expect("a temporary file");
        }
        Folder(root)
    }

    /// Loads it.
    pub(super) fn load(&self) -> Result<Loaded, LoadError> {
        load_dir(&self.folder().0)
    }

    /// The loaded pack of a folder without errors.
    pub(super) fn loaded(&self) -> Loaded {
        self.load().unwrap_or_else(|error| panic!("{error}: {:#?}", error.defects()))
    }

    /// What is wrong in it.
    pub(super) fn defects(&self) -> Vec<Defect> {
        match self.load() {
            Ok(loaded) => loaded.warnings,
            Err(LoadError::Defects { defects }) => defects,
            Err(error) => panic!("{error}"),
        }
    }

    /// What lint says of it.
    pub(super) fn lint(&self) -> LintReport {
        lint_dir(&self.folder().0).expect("the folder can be read")
    }
}

/// Line and column (both from 1) of the first `needle` in `text`.
pub(super) fn place_of(text: &str, needle: &str) -> (u32, u32) {
    let at = text.find(needle).unwrap_or_else(|| panic!("no `{needle}`"));
    let before = &text[..at];
    let count = |letters: usize| u32::try_from(letters + 1).unwrap_or(u32::MAX);
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count();
    (count(before.matches('\n').count()), count(column))
}

const PACK: &str = r#"country = "VN"
edition = "2026-11-24"
name_vi = "thử"
name_en = "test"
currency = "VND"
time_zone = "Asia/Ho_Chi_Minh"
office_hours = [{ from = "08:00", to = "12:00" }, { from = "13:00", to = "17:00" }]
preferential_chapter = "98"
code_digits = 8

[[tariff]]
edition = "A"
file = "tariff/a.csv"
from = "2022-12-01"
to = ""

[[coverage]]
measure = "food_safety"
ministry = "BYT"
directions = ["import"]
chapters = ["03", "16"]
from = "2024-01-01"
basis = "t"
"#;

const MINISTRIES: &str = "code,name_vi,name_en,aliases,valid_from,valid_to,successor,source
BYT,Bộ Y tế,Health,MOH,,,,t
BCT,Bộ Công Thương,Industry,MOIT,,,,t
";

const AGENCIES: &str = "code,ministry,name_vi,name_en,valid_from,valid_to,successor,note,source
BYT-ATTP,BYT,Cục An toàn thực phẩm,Food,,,,,t
BCT-SCT,BCT,Sở Công Thương,Industry,,,,,t
";

const REGIMES: &str = "code,name_vi,name_en,direction,group,temporary,export_production,legal_basis,source
A11,Nhập kinh doanh,Import,import,commercial,0,0,t,t
B11,Xuất kinh doanh,Export,export,commercial,0,0,t,t
G11,Tạm nhập,Temporary,import,temporary,1,0,t,t
";

const UNITS: &str = "code,name_vi,name_en,decimals,dimension,base,factor,source
TNE,Tấn,Tonne,3,mass,KGM,1000,t
KGM,Kilôgam,Kilogram,3,mass,KGM,1,t
LTR,Lít,Litre,3,volume,LTR,1,t
BOX,Hộp,Box,0,,,,t
";

const PROCEDURE_MAP: &str = "requested,previous,direction,regime,note
40,*,import,A11,t
40,71,import,G11,t
10,*,export,B11,t
";

const COUNTRIES: &str = "alpha2,alpha3,numeric,name_en,name_vi,source
VN,VNM,704,Viet Nam,,t
CN,CHN,156,China,,t
TH,THA,764,Thailand,,t
";

const DOCUMENTS: &str = "code,format,kind,title_vi,title_en,measures,note
KQKT,any,result,Kết quả,Result,food_safety;quality,
GPNK,vnaccs,permit,Giấy phép,Permit,,
";

const MEASURES: &str = r#"[[measure]]
key = "food_safety"
title_vi = "an toàn thực phẩm"
title_en = "food safety"
inspection = true

[[measure]]
key = "quality"
title_vi = "chất lượng"
title_en = "quality"
inspection = true
"#;

const PROCEDURES: &str = r#"[[procedure]]
code = "BYT0600002"
title_vi = "đăng ký"
title_en = "registration"
ministry = "BYT"
kind = "registration"
followed_by = "BYT0600001"
evidence_grade = "sourced"
source = "t"

[[procedure]]
code = "BYT0600001"
title_vi = "chứng nhận"
title_en = "certificate"
ministry = "BYT"
kind = "certificate"
evidence_grade = "sourced"
source = "t"
"#;

const FACTS: &str = r#"[[fact]]
key = "used"
kind = "bool"
title_vi = "hàng cũ"
title_en = "used goods"
ask_vi = "Hàng cũ?"
ask_en = "Used?"

[[fact.phrase]]
value = "false"
words = ["hàng mới 100%"]

[[fact.phrase]]
value = "true"
words = ["đã qua sử dụng"]

[[fact]]
key = "use"
kind = "choice"
title_vi = "mục đích"
title_en = "purpose"
ask_vi = "Để làm gì?"
ask_en = "What for?"
values = ["food", "feed", "seed"]

[[fact.phrase]]
value = "!food"
words = ["không dùng làm thực phẩm"]

[[fact.read]]
format = "vnaccs"
field = "cargo_class"
code = "F"
value = "feed"

[[fact]]
key = "goods_as_listed"
kind = "scoped"
title_vi = "như danh mục"
title_en = "goods as listed"
ask_vi = "Có phải hàng này?"
ask_en = "These goods?"
"#;

const EXEMPTIONS: &str = r#"[[exemption]]
key = "gift"
measures = ["food_safety"]
title_vi = "quà biếu"
title_en = "gift"
from = "2018-02-02"
to = ""
legal_basis = "15/2018/NĐ-CP art 13(2)"
overridden_by_warning = true
sourced = "sourced"
source = "t"
condition = { all = [{ number = "customs_value", le = "1000000", currency = "VND" }, { regime = ["G11"] }] }
"#;

const EXCLUSIONS: &str = r#"[[exclusion]]
id = "negative-2019"
list = "exclusions/negative.csv"
ministry = "BYT"
rules = []
from = "2019-03-29"
to = ""
legal_basis = "t"
source = "t"
"#;

const TARIFF: &str = "hs,description_vi,indent,description_en_hs6,unit,duty_ordinary,duty_mfn,duty_atiga,duty_acfta,duty_evfta,duty_cptpp,export_duty,vat,rates_known
03061711,tôm sú,2,,kg,,0,0,,,,,5,1
03061721,tôm thẻ,2,,kg,,0,0,,,,,5,1
03061790,tôm khác,2,,kg,,0,0,,,,,5,1
03069900,khác,2,,kg,,0,0,,,,,5,1
03079900,sò,2,,kg,,0,0,,,,,5,1
84798939,máy,2,,chiếc,,,,,,,,,0
84798940,máy khác,2,,chiếc,,,,,,,,,0
";

const FOOD_LIST: &str = "annex,hs,group,note,source
I,0306,,tôm cua,t
I,030617,peeled,tôm bóc vỏ,t
I,03061721,,tôm thẻ,t
I,0307,,,t
";

const MACHINES_LIST: &str = "annex,hs,group,note,source
A,84798939,,máy nén,t
A,84798939,old,máy cũ,t
A,84798940,,máy khác,t
";

const FOOD: &str = r#"id = "food"
title_vi = "thực phẩm"
title_en = "food"
ministry = "BYT"
agency = "BYT-ATTP"
measure = "food_safety"
stage = "before_clearance"
direction = "import"
sourced = "sourced"
source = "t"
note = ""
exemptions = ["gift"]
after = []

[[in_force]]
from = "2018-02-02"
to = "2026-01-25"
precision = "day"

[[in_force]]
from = "2026-02-04"
to = ""
precision = "day"

[[legal_basis]]
text = "15/2018/NĐ-CP art 14"

[goods]
list = "lists/food.csv"
annex = "I"
precision = "nominates"
presumed = "true"
condition = { fact = "use", in = ["food"] }

[[goods.presumed_for]]
hs = ["030699"]
presumed = "ask"

[[goods.group]]
key = "peeled"
note = "bóc vỏ"
condition = { all = [{ fact = "goods_as_listed" }, { origin = ["CN", "TH"] }] }
presumed = "false"

[scope]
regimes = ["A11", "G11"]

[requires]
procedures = ["BYT0600002", "BYT0600001"]

[[requires.evidence]]
kind = "result"
documents = ["KQKT", "BYT0600001"]
title_vi = "kết quả"
title_en = "result"

[[deadline]]
value = "3-5"
unit = "working_days"
source = "t"
"#;

const MACHINES: &str = r#"id = "machines"
title_vi = "máy"
title_en = "machines"
ministry = "BCT"
agency = "BCT-SCT"
measure = "quality"
stage = "after_clearance"
direction = "import"
sourced = "sourced"
source = "t"
note = ""
exemptions = []

[[in_force]]
from = "2021-01-01"
to = ""
precision = "day"

[[legal_basis]]
text = "t"

[goods]
list = "lists/machines.csv"
annex = "A"
precision = "nominates"
presumed = "false"
condition = { fact = "goods_as_listed" }

[[goods.group]]
key = "old"
note = ""
condition = { fact = "used", is = "true" }
presumed = "ask"

[requires]
procedures = []
"#;
