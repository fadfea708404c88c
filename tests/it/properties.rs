//! What holds for every declaration.

use std::borrow::Cow;
use std::collections::BTreeSet;

use motcua::approval::{Weight, weight};
use motcua::clearance::decide_requirement;
use motcua::generate::{Generator, Plan, Style};
use motcua::law::{CandidateId, Condition, Element, ExclusionId, FactKind, Interval, Pack, Presumed, RuleId};
use motcua::message::{ReadOptions, read};
use motcua::screening::Unsettled;
use motcua::trade::{Certainty, Decision, Stage, Statement, Status};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Line, answers, declaration, index, line, requirements, screen, wco, with_elements};

fn pack() -> &'static Pack {
    motcua::embedded::pack()
}

/// Codes that rules meet on, so that properties have something to bite on.
fn listed_codes() -> Vec<String> {
    let pack = pack();
    let listed = pack.index.codes().filter(|(_, set)| !pack.index.all(*set).is_empty());
    listed.map(|(code, _)| format!("{code:08}")).collect()
}

fn lines(most: usize) -> impl Strategy<Value = Vec<Line>> {
    let description = select(vec![
        "",
        "hàng mới 100%",
        "HÀNG ĐÃ QUA SỬ DỤNG",
        "dùng làm thực phẩm, hàng mới 100%",
        "nguyên liệu sản xuất thức ăn chăn nuôi",
        "motor phòng nổ, mới 100%",
        "thuốc bảo vệ thực vật",
        "quà biếu; <mẫu> & thử",
    ]);
    let one = (
        select(listed_codes()),
        description,
        select(vec!["CN", "TH", "US", "JP", "IN", ""]),
        select(vec!["A11", "E31", "G11", "A44", "A12"]),
    )
        .prop_map(|(hs, description, origin, regime)| line(&hs, description, origin, regime));
    prop::collection::vec(one, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_lines_changes_no_answer(lines in lines(8)) {
        let pack = pack();
        let forward = declaration(&lines);
        let mut backward = lines.clone();
        backward.reverse();
        let reversed = declaration(&backward);
        let (a, b) = (screen(pack, &forward), screen(pack, &reversed));
        for at in 0..lines.len() {
            prop_assert_eq!(requirements(pack, &a, at), requirements(pack, &b, lines.len() - 1 - at));
        }
    }

    #[test]
    fn threads_and_batches_change_no_byte(lines in prop::collection::vec(lines(6), 1..40)) {
        let messages: Vec<String> = lines.iter().map(|l| wco(l)).collect();
        let named: Vec<(String, &[u8])> = messages.iter().enumerate().map(|(at, m)| (format!("{at}.xml"), m.as_bytes())).collect();
        let named: Vec<(&str, &[u8])> = named.iter().map(|(n, m)| (n.as_str(), *m)).collect();
        let one = answers(&named, 1, 1000);
        prop_assert_eq!(&one, &answers(&named, 4, 1));
        prop_assert_eq!(&one, &answers(&named, 3, 7));
    }

    #[test]
    fn a_message_says_what_the_declaration_says(lines in lines(6)) {
        let message = wco(&lines);
        let reading = read(message.as_bytes(), &ReadOptions::default()).unwrap();
        let direct = declaration(&lines);
        prop_assert_eq!(reading.declaration.items.len(), direct.items.len());
        let (a, b) = (screen(pack(), &reading.declaration), screen(pack(), &direct));
        for at in 0..lines.len() {
            prop_assert_eq!(requirements(pack(), &a, at), requirements(pack(), &b, at));
        }
    }

    #[test]
    fn adding_a_rule_removes_no_requirement(lines in lines(4), template in 0usize..100) {
        let pack = pack();
        let mut grown = pack.clone();
        let mut rule = pack.rules[template % pack.rules.len()].clone();
        rule.id = "added".into();
        rule.in_force = vec![Interval::ALWAYS];
        grown.rules.push(rule);
        let rule = RuleId(u32::try_from(pack.rules.len()).unwrap());
        let mut candidate = pack.candidates[0].clone();
        candidate.rule = rule;
        candidate.condition = Condition::Always;
        grown.candidates.push(candidate);
        let added = CandidateId(u32::try_from(pack.candidates.len()).unwrap());
        let codes = pack.index.codes().map(|(code, set)| {
            let hs = motcua::trade::HsCode::parse(&format!("{code:08}")).unwrap();
            let mut elements = pack.index.all(set).to_vec();
            elements.push(Element { candidate: added, exclusion: None, presumed: Presumed::None });
            (hs, pack.index.code(hs).map_or(0, |(_, e)| e), elements)
        }).collect();
        grown.index = index(&grown, codes);
        let declaration = declaration(&lines);
        let (before, after) = (screen(pack, &declaration), screen(&grown, &declaration));
        for at in 0..lines.len() {
            let before: BTreeSet<String> = requirements(pack, &before, at).into_iter().collect();
            let after: BTreeSet<String> = requirements(&grown, &after, at).into_iter().collect();
            prop_assert!(after.is_superset(&before), "{:?} lacks of {:?}", after, before);
        }
    }

    #[test]
    fn an_exclusion_adds_no_requirement(lines in lines(4), every in 1u32..5) {
        let pack = pack();
        let mut excluding = pack.clone();
        let mut act = pack.exclusions[0].clone();
        act.valid = Interval::ALWAYS;
        excluding.exclusions.push(act);
        let id = ExclusionId(u16::try_from(pack.exclusions.len()).unwrap());
        let shorter = with_elements(&excluding, |_, elements| {
            for element in elements.iter_mut().filter(|e| e.candidate.0 % every == 0) {
                element.exclusion = Some(id);
            }
        });
        let declaration = declaration(&lines);
        let (before, after) = (screen(pack, &declaration), screen(&shorter, &declaration));
        for at in 0..lines.len() {
            let before: BTreeSet<String> = requirements(pack, &before, at).into_iter().collect();
            let after: BTreeSet<String> = requirements(&shorter, &after, at).into_iter().collect();
            prop_assert!(before.is_superset(&after));
        }
    }

    #[test]
    fn settling_the_facts_leaves_nothing_conditional(lines in lines(3), yes in any::<bool>()) {
        let pack = pack();
        let lines: Vec<Line> = lines.into_iter().map(|mut l| { if l.origin.is_empty() { l.origin = "CN".into(); } l }).collect();
        let mut declaration = declaration(&lines);
        for _ in 0..60 {
            let screening = screen(pack, &declaration);
            let mut stated = false;
            for (at, screened) in screening.lines.iter().enumerate() {
                for requirement in screening.requirements_of(screened) {
                    if requirement.certainty != Certainty::Conditional {
                        continue;
                    }
                    let fact = requirement.unsettled;
                    prop_assert!(fact.is_some(), "{}: conditional on no fact", pack.rule(requirement.rule).id);
                    let Some(Unsettled::Fact(fact)) = fact else { panic!("regime and origin are stated") };
                    let fact = &pack.facts[fact.index()];
                    let value = match fact.kind {
                        FactKind::Choice => fact.values[if yes { 0 } else { fact.values.len() - 1 }].clone(),
                        _ => yes.to_string(),
                    };
                    declaration.items[at].description = Cow::Borrowed("");
                    declaration.items[at].statements.push(Statement {
                        code: Cow::Owned(fact.key.clone()),
                        kind: Some(Cow::Borrowed(Statement::FACT_KIND)),
                        text: Some(Cow::Owned(value)),
                        settled: false,
                    });
                    stated = true;
                }
            }
            if !stated {
                return Ok(());
            }
        }
        prop_assert!(false, "facts were stated again and again and something stayed conditional");
    }
}

#[test]
fn worse_evidence_never_betters_a_decision() {
    let order = [Status::Met, Status::Pending, Status::Required];
    for stage in Stage::ALL {
        for weighs in [Weight::Counts, Weight::Ask, Weight::Listed] {
            for storage in [false, true] {
                let decide = |status| decide_requirement(*stage, status, weighs, storage);
                for pair in order.windows(2) {
                    assert!(decide(pair[0]) <= decide(pair[1]), "{stage:?} {pair:?}");
                }
                assert!(decide(Status::Failed) >= decide(Status::Met));
            }
        }
    }
}

#[test]
fn the_declaration_is_as_severe_as_its_worst_line() {
    let lines = [line("03061721", "tôm", "IN", "A11"), line("84713020", "hàng mới 100%", "CN", "A11")];
    let message = wco(&lines);
    let answer: serde_json::Value = serde_json::from_str(answers(&[("x", message.as_bytes())], 1, 1).trim()).unwrap();
    let of_lines: Vec<&str> =
        answer["lines"].as_array().unwrap().iter().map(|l| l["decision"].as_str().unwrap()).collect();
    let rank = |word: &str| Decision::ALL.iter().position(|d| d.as_str() == word).unwrap();
    let worst = of_lines.iter().map(|w| rank(w)).max().unwrap();
    assert_eq!(rank(answer["decision"].as_str().unwrap()), worst);
    assert_eq!(of_lines[0], "hold");
}

#[test]
fn presumption_and_certainty_decide_the_weight() {
    let pack = pack();
    let lines = [line("03061721", "", "IN", "A11")];
    let screening = screen(pack, &declaration(&lines));
    let mut requirement = screening.requirements[0];
    for (certainty, presumed, expected) in [
        (Certainty::Certain, Presumed::None, Weight::Counts),
        (Certainty::Conditional, Presumed::True, Weight::Counts),
        (Certainty::Conditional, Presumed::Ask, Weight::Ask),
        (Certainty::Conditional, Presumed::False, Weight::Listed),
        (Certainty::Possible, Presumed::None, Weight::Listed),
    ] {
        requirement.certainty = certainty;
        requirement.presumed = presumed;
        assert_eq!(weight(&requirement, Stage::BeforeClearance), expected);
        assert_eq!(weight(&requirement, Stage::Notice), Weight::Listed);
    }
}

#[test]
fn the_format_of_a_declaration_changes_no_answer() {
    let pack = pack();
    let style = |style| Generator::new(pack, Plan::before_edition(pack, 11, style)).unwrap();
    let (national, wco) = (style(Style::National), style(Style::Wco));
    let mut compared = 0;
    for index in (0..600).filter(|index| national.mistake(*index).is_none()) {
        let answer = |bytes: &[u8]| -> serde_json::Value {
            serde_json::from_str(answers(&[("x", bytes)], 1, 1).trim()).unwrap()
        };
        let (a, b) = (answer(&national.document(index)), answer(&wco.document(index)));
        for field in ["declaration", "direction", "date", "decision", "advisory", "ready"] {
            assert_eq!(a[field], b[field], "{index}: {field}");
        }
        assert_eq!(a["lines"], b["lines"], "{index}");
        assert_eq!(a["tasks"], b["tasks"], "{index}");
        compared += a["lines"].as_array().unwrap().len();
    }
    assert!(compared > 2_000, "{compared}");
}
