//! Life cycles: what keeps a pack from loading, what lint suspects, what a compiled one says.

use motcua::law::life_cycle::{ClockEffect, Founded, Outcome, Sender};
use motcua::law::{EvidenceKind, ProcedureId, ProcedureKind};
use motcua::trade::Severity;

use super::pack::{TestPack, place_of};

const PATH: &str = "procedures/life-cycles/byt.toml";

const CYCLE: &str = r#"procedures = ["BYT0600001"]
source = "t"

[[clock]]
key = "agency"
title_vi = "cơ quan"
title_en = "agency"

[[track]]
key = "file"
title_vi = "hồ sơ"
title_en = "file"
initial = "draft"
states = [
    { key = "draft", status = "0", title_vi = "a", title_en = "Draft" },
    { key = "sent", status = "1", title_vi = "b", title_en = "Sent" },
    { key = "issued", status = "2", title_vi = "c", title_en = "Issued", terminal = true },
    { key = "lost", status = "3", title_vi = "d", title_en = "Lost", unlinked = true },
]

[[track]]
key = "fee"
title_vi = "phí"
title_en = "fee"
initial = "none"
states = [
    { key = "none", title_vi = "a", title_en = "None" },
    { key = "paid", title_vi = "b", title_en = "Paid", terminal = true },
]

[[transition]]
message = "10/01"
sender = "trader"
act = "apply"
title_vi = "gửi"
title_en = "send"
from = { file = ["draft"] }
to = { file = "sent" }
founded = "sourced"

[[transition]]
message = "18/*"
sender = "agency"
act = "fee_confirmed"
title_vi = "phí"
title_en = "fee paid"
from = { file = "sent" }
to = { fee = "paid" }
clocks = { agency = "start" }
founded = "inferred"

[[transition]]
message = "20/16"
sender = "agency"
act = "issue"
title_vi = "cấp"
title_en = "issue"
from = { file = ["sent"] }
to = { file = "issued" }
clocks = { agency = "stop" }
founded = "partly"
"#;

fn whole() -> TestPack {
    TestPack::whole().file(PATH, CYCLE)
}

/// Breaks the life cycle at one place and expects one kind of defect at `needle` of the broken file.
#[track_caller]
fn check(from: &str, to: &str, needle: &str, code: &str, severity: Severity) {
    let pack = whole().with(PATH, from, to);
    let (line, column) = place_of(pack.text(PATH), needle);
    let report = pack.lint();
    let found = report.errors.iter().chain(&report.warnings).any(|defect| {
        (defect.file.as_str(), defect.line, defect.column, &*defect.code, defect.severity)
            == (PATH, line, column, code, severity)
    });
    assert!(found, "expected {PATH}:{line}:{column} {code}, found {report:#?}");
}

#[track_caller]
fn error(from: &str, to: &str, needle: &str, code: &str) {
    check(from, to, needle, code, Severity::Error);
}

#[track_caller]
fn warning(from: &str, to: &str, needle: &str, code: &str) {
    check(from, to, needle, code, Severity::Warning);
}

#[test]
fn a_life_cycle_that_holds_together_is_compiled_without_a_word() {
    let loaded = whole().loaded();
    assert_eq!(whole().lint().warnings, TestPack::whole().lint().warnings);
    let pack = &loaded.pack;
    assert_eq!(pack.procedures.len(), 2, "a life cycle is no procedure");
    let cycle = pack.life_cycle(pack.procedure("BYT0600001").unwrap()).unwrap();
    assert!(pack.life_cycle(pack.procedure("BYT0600002").unwrap()).is_none());
    let fee = &cycle.transitions[1];
    assert_eq!(
        (fee.message.to_string().as_str(), fee.sender, fee.founded),
        ("18/*", Sender::Agency, Founded::Inferred)
    );
    assert_eq!(fee.from, [0b0010, 0b01], "a track that moves moves out of no terminal state");
    assert_eq!((fee.to.as_slice(), fee.clocks.as_slice()), (&[(1, 1)][..], &[(0, ClockEffect::Start)][..]));
    assert_eq!(cycle.transitions[0].from, [0b0001, 0b11], "a track that stays may be in any state");
}

#[test]
fn one_life_cycle_can_serve_several_procedures() {
    let both = whole().with(PATH, "[\"BYT0600001\"]", "[\"BYT0600002\", \"BYT0600001\"]").loaded();
    let procedures: Vec<_> =
        both.pack.life_cycles.iter().map(|cycle| cycle.procedure.map(ProcedureId::index)).collect();
    assert_eq!(procedures, [Some(0), Some(1)]);
}

#[test]
fn one_life_cycle_serves_procedures_without_their_own_and_none_at_all() {
    let general = CYCLE.replace("[\"BYT0600001\"]", "[\"*\"]").replace("Draft", "General");
    let path = "procedures/life-cycles/general.toml";
    let title = |pack: &TestPack, procedure: Option<&str>| {
        let pack = pack.loaded().pack;
        let id = procedure.map(|code| pack.procedure(code).unwrap());
        pack.life_cycle_of(id).map(|cycle| cycle.tracks[0].states[0].title_en.clone())
    };
    let both = whole().file(path, &general);
    assert_eq!(title(&both, Some("BYT0600001")).as_deref(), Some("Draft"));
    assert_eq!(title(&both, Some("BYT0600002")).as_deref(), Some("General"));
    assert_eq!(title(&both, None).as_deref(), Some("General"));
    assert_eq!(title(&whole(), Some("BYT0600002")), None, "without a general one there is none");
    assert_eq!(title(&whole(), None), None);
    let twice = both.file("procedures/life-cycles/x.toml", &general).defects();
    assert!(twice.iter().any(|d| d.code == "duplicate_id" && d.file.ends_with("x.toml")), "{twice:#?}");
}

#[test]
fn an_act_is_done_by_its_own_side_and_gives_what_it_can_give() {
    error("act = \"issue\"", "act = \"apply\"", "\"apply\"\ntitle_vi = \"cấp\"", "act_sender");
    error("act = \"apply\"", "act = \"accept\"", "\"accept\"", "act_sender");
    error("act = \"issue\"", "act = \"isue\"", "\"isue\"", "unknown_word");
    error("act = \"issue\"\n", "", "[[transition]]\nmessage = \"20/16\"", "missing_key");
    let says = "act = \"fee_confirmed\"\nevidence = \"result\"";
    error("act = \"fee_confirmed\"", says, "\"result\"", "act_without_evidence");
    error("act = \"issue\"", "act = \"issue\"\nevidence = \"other\"", "\"other\"", "unknown_word");
    let gives = |evidence: &str| {
        let pack = whole().with(PATH, "act = \"issue\"", &format!("act = \"issue\"{evidence}")).loaded().pack;
        let cycle = pack.life_cycle(pack.procedure("BYT0600001").unwrap()).unwrap();
        cycle.transitions[2].gives(ProcedureKind::Permit).map(|gives| (gives.kind, gives.outcome))
    };
    assert_eq!(gives(""), Some((EvidenceKind::Permit, Outcome::Pass)));
    assert_eq!(gives("\nevidence = \"conformity\""), Some((EvidenceKind::Conformity, Outcome::Pass)));
    assert_eq!(gives("\nevidence = \"none\""), None);
}

#[test]
fn acts_that_leave_something_out_are_named() {
    warning("act = \"issue\"", "act = \"notice\"", "procedures", "no_outcome");
    warning("act = \"issue\"", "act = \"ask\"", "\"ask\"", "ask_without_pause");
    let reports = |from: &str, to: &str, code: &str| {
        let report = whole().with(PATH, from, to).lint();
        report.warnings.iter().any(|defect| defect.code == code)
    };
    assert!(!reports("act = \"issue\"", "act = \"reject\"", "no_outcome"), "it can be rejected");
    let asks = "act = \"ask\"\ntitle_vi = \"cấp\"";
    let paused = whole().with(PATH, "act = \"issue\"\ntitle_vi = \"cấp\"", asks).with(
        PATH,
        "clocks = { agency = \"stop\" }",
        "clocks = { agency = \"pause\" }",
    );
    assert!(!paused.lint().warnings.iter().any(|defect| defect.code == "ask_without_pause"));
}

#[test]
fn names_that_lead_nowhere_are_placed() {
    error("[\"BYT0600001\"]", "[\"BYT0600003\"]", "\"BYT0600003\"", "unknown_procedure");
    error("file = [\"draft\"]", "file = [\"drafts\"]", "\"drafts\"", "unknown_state");
    error("file = [\"draft\"]", "fil = [\"draft\"]", "fil = ", "unknown_track");
    error("to = { file = \"sent\" }", "to = { file = \"gone\" }", "\"gone\"", "unknown_state");
    error("to = { fee = \"paid\" }", "to = { free = \"paid\" }", "free = ", "unknown_track");
    error("agency = \"start\"", "trader = \"start\"", "trader = \"start\"", "unknown_clock");
    error("initial = \"draft\"", "initial = \"draught\"", "\"draught\"", "unknown_state");
    let defects = whole().with(PATH, "file = [\"draft\"]", "file = [\"drafts\"]").defects();
    assert_eq!(defects[0].help.as_deref(), Some("did you mean `draft`?"));
}

#[test]
fn what_stands_twice_is_placed() {
    error(
        "key = \"sent\", status = \"1\"",
        "key = \"draft\", status = \"1\"",
        "\"draft\", status = \"1\"",
        "duplicate_id",
    );
    error("status = \"1\"", "status = \"0\"", "\"0\", title_vi = \"b\"", "duplicate_id");
    error("key = \"fee\"", "key = \"file\"", "\"file\"\ntitle_vi = \"phí\"", "duplicate_id");
    error(
        "[[track]]",
        "[[clock]]\nkey = \"agency\"\ntitle_vi = \"a\"\ntitle_en = \"a\"\n\n[[track]]",
        "\"agency\"\ntitle_vi = \"a\"",
        "duplicate_id",
    );
    let twice = whole().file("procedures/life-cycles/other.toml", CYCLE).defects();
    let found =
        twice.iter().any(|d| d.code == "duplicate_id" && d.file == "procedures/life-cycles/other.toml" && d.line == 1);
    assert!(found, "{twice:#?}");
}

#[test]
fn what_is_written_wrongly_is_placed() {
    error("\"10/01\"", "\"10-01\"", "\"10-01\"", "bad_message");
    error("\"10/01\"", "\"10/99\"", "\"10/99\"", "bad_message");
    error("sender = \"trader\"", "sender = \"customs\"", "\"customs\"", "unknown_word");
    error("founded = \"sourced\"", "founded = \"certain\"", "\"certain\"", "unknown_word");
    error("agency = \"start\"", "agency = \"begin\"", "\"begin\"", "unknown_word");
    error("file = \"sent\" }", "file = [\"sent\", \"issued\"] }", "file = [\"sent\", \"issued\"]", "wrong_type");
    error("file = [\"draft\"]", "file = [1]", "1] }", "wrong_type");
    error("file = [\"draft\"]", "file = []", "file = []", "empty_value");
    error("from = { file = [\"draft\"] }\n", "", "[[transition]]", "missing_key");
    error("founded = \"sourced\"", "found = \"sourced\"", "found = ", "unknown_key");
    error("procedures = [\"BYT0600001\"]", "procedures = []", "procedures", "missing_key");
    let state = "    { key = \"x\", title_vi = \"a\", title_en = \"a\" },\n".repeat(70);
    error("states = [\n", &format!("states = [\n{state}"), "[[track]]", "limit_life_cycle");
}

#[test]
fn two_transitions_for_one_message_in_one_state_keep_a_pack_from_loading() {
    let second = "[[transition]]\nmessage = \"20/16\"\nsender = \"agency\"\nact = \"issue\"\ntitle_vi = \"x\"\ntitle_en = \"x\"\nfrom = { file = [\"draft\", \"sent\"] }\nto = { file = \"draft\" }\nfounded = \"partly\"\n\n[[transition]]\nmessage = \"20/16\"\nsender = \"agency\"\nact = \"issue\"\ntitle_vi = \"cấp\"";
    let first = "[[transition]]\nmessage = \"20/16\"\nsender = \"agency\"\nact = \"issue\"\ntitle_vi = \"cấp\"";
    error(first, second, "\"20/16\"\nsender = \"agency\"\nact = \"issue\"\ntitle_vi = \"cấp\"", "ambiguous_transition");
    // Every function of a type meets each of them.
    error("\"18/*\"", "\"20/*\"", "\"20/16\"", "ambiguous_transition");
    // Cases, senders or states tell them apart.
    for apart in [
        second.replacen("sender", "case = \"a\"\nsender", 1).replace("\"cấp\"", "\"cấp\"\ncase = \"b\""),
        second.replacen("agency", "trader", 1).replacen("issue", "report", 1),
        second.replace("[\"draft\", \"sent\"]", "[\"draft\"]"),
    ] {
        let report = whole().with(PATH, first, &apart).lint();
        assert!(report.errors.is_empty(), "{:#?}", report.errors);
    }
}

#[test]
fn states_that_nothing_leads_to_are_named() {
    warning(", unlinked = true", "", "\"lost\"", "unreachable_state");
    warning("to = { file = \"issued\" }", "to = { file = \"lost\" }", "\"lost\", status", "linked_state");
    warning("from = { file = [\"draft\"] }", "from = { file = [\"lost\"] }", "\"issued\"", "unreachable_state");
    warning("from = { file = [\"draft\"] }", "from = { file = [\"lost\"] }", "\"20/16\"", "unreachable_transition");
    // Reachable one by one, not together: the combinations are counted out.
    warning(
        "from = { file = \"sent\" }",
        "from = { file = \"draft\", fee = \"paid\" }",
        "\"18/*\"",
        "unreachable_transition",
    );
}

#[test]
fn states_that_nothing_leads_out_of_are_named() {
    warning("title_en = \"Issued\", terminal = true", "title_en = \"Issued\"", "\"issued\", status", "dead_end");
    let paid = whole()
        .with(PATH, "title_en = \"Paid\", terminal = true", "title_en = \"Paid\"")
        .with(PATH, "from = { file = \"sent\" }", "from = { file = \"sent\", fee = \"none\" }")
        .lint();
    assert!(
        paid.warnings.iter().any(|defect| defect.code == "dead_end" && defect.message.contains("`paid`")),
        "{paid:#?}"
    );
    // Fees do not lead the file on.
    warning("from = { file = [\"sent\"] }", "from = { file = [\"lost\"] }", "\"sent\", status", "dead_end");
}

#[test]
fn ways_out_of_a_terminal_state_are_named() {
    let from = "from = { file = [\"sent\"] }\nto = { file = \"issued\" }";
    warning(from, "from = { file = [\"sent\", \"issued\"] }\nto = { file = \"draft\" }", "\"20/16\"", "terminal_left");
    // Where the file is closed nothing else moves either.
    warning("from = { file = \"sent\" }", "from = { file = [\"sent\", \"issued\"] }", "\"18/*\"", "terminal_left");
    // To stay is not to leave.
    let stays = whole().with(PATH, "from = { file = [\"sent\"] }", "from = { file = [\"sent\", \"issued\"] }").lint();
    assert!(!stays.warnings.iter().any(|defect| defect.code == "terminal_left"), "{:#?}", stays.warnings);
}

#[test]
fn the_life_cycles_of_the_built_in_pack_hold_together() {
    let report = motcua::embedded::lint_report();
    let about: Vec<_> =
        report.errors.iter().chain(&report.warnings).filter(|d| d.file.starts_with("procedures/")).collect();
    assert!(about.is_empty(), "{about:#?}");
}
