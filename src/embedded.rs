//! The pack that the program carries: `rules/vn`, compiled when the program was built.

use std::sync::OnceLock;

use crate::law::{Agreement, Case, LintReport, Pack, load_agreement_files};

static COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vn.pack"));
static CASES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vn.cases"));
static LINT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vn.lint.json"));

/// The built-in pack, decoded when it is first asked for.
///
/// # Panics
/// Never by the world's doing: the bytes were written by the build of this very program, which
/// fails where the pack has errors.
pub fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| Pack::from_bytes(COMPILED).expect("the build wrote these bytes with the same code"))
}

/// The cases of the built-in pack: what reviewers of the law expect of its rules.
///
/// # Panics
/// Never by the world's doing, as for [`pack`].
pub fn cases() -> Vec<Case> {
    postcard::from_bytes(CASES).expect("the build wrote these bytes with the same code")
}

/// What lint said of the built-in pack when the program was built.
///
/// # Panics
/// Never by the world's doing, as for [`pack`].
pub fn lint_report() -> LintReport {
    serde_json::from_slice(LINT).expect("the build wrote these bytes with the same code")
}

/// The mapping of the e-Form D that the program carries (`rules/asean/form-d/ubl.csv`).
pub const FORM_D_MAPPING: &str = include_str!("../rules/asean/form-d/ubl.csv");

/// The mapping of notices about certificates (`rules/asean/response/ubl.csv`).
pub const NOTICE_MAPPING: &str = include_str!("../rules/asean/response/ubl.csv");

/// The mapping of the ASEAN Customs Declaration Document and of its cancellation
/// (`rules/asean/acdd/wco.csv`).
pub const ACDD_MAPPING: &str = include_str!("../rules/asean/acdd/wco.csv");

/// The mapping of what customs says of an ASEAN Customs Declaration Document
/// (`rules/asean/acdd/response.csv`).
pub const ACDD_RESPONSE_MAPPING: &str = include_str!("../rules/asean/acdd/response.csv");

/// The mapping of the phytosanitary certificate (`rules/asean/phyto/sps.csv`).
pub const PHYTO_MAPPING: &str = include_str!("../rules/asean/phyto/sps.csv");

/// The files of the ASEAN Trade in Goods Agreement's rules of origin (`rules/asean`).
const AGREEMENT: [(&str, &str); 4] = [
    ("agreement.toml", include_str!("../rules/asean/agreement.toml")),
    ("checks.toml", include_str!("../rules/asean/checks.toml")),
    ("discrepancies.toml", include_str!("../rules/asean/discrepancies.toml")),
    ("members.csv", include_str!("../rules/asean/members.csv")),
];

/// The built-in rules of origin, read when they are first asked for.
///
/// # Panics
/// Never by the world's doing: a test reads these very files.
pub fn agreement() -> &'static Agreement {
    static AGREED: OnceLock<Agreement> = OnceLock::new();
    AGREED.get_or_init(|| {
        let files = AGREEMENT.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        load_agreement_files(files.to_vec()).expect("a test reads these files")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pack_is_whole() {
        let pack = pack();
        assert_eq!(pack.country.as_str(), "VN");
        assert_eq!(pack.tariffs.iter().map(|edition| edition.lines.len()).sum::<usize>(), 11_871);
        assert_eq!(pack.rules.len() + pack.unused_rules.len(), 140);
        assert!(pack.digest.starts_with("sha256:"));
        let bytes = pack.to_bytes().unwrap();
        assert_eq!(bytes, COMPILED, "reading and writing changes nothing");
    }

    #[test]
    fn the_built_in_agreement_is_whole() {
        let agreement = agreement();
        assert_eq!(agreement.form, "D");
        assert_eq!(agreement.members.len(), 10);
    }

    #[test]
    fn the_built_in_pack_has_no_errors() {
        let report = lint_report();
        assert_eq!(report.rules, 140);
        assert!(report.errors.is_empty(), "{:?}", report.errors);
    }
}
