//! What holds of every certificate and every declaration.

use motcua::origin::{LinePreference, Outcome};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::world::{base, set, world};

/// Names of goods that share no word, with codes of different headings.
const GOODS: [(&str, &str); 5] = [
    ("08109010", "fresh longan"),
    ("09012110", "roasted coffee"),
    ("40169390", "rubber gaskets"),
    ("61091010", "cotton singlets"),
    ("94036090", "wooden bookcases"),
];

/// A change of one item or line, and what it hits.
#[derive(Debug, Clone)]
struct Problem {
    path: &'static str,
    value: Value,
}

fn problems_of_items() -> impl Strategy<Value = Problem> {
    let known = [
        ("criterion", json!("PE")),
        ("criterion", json!("35%")),
        ("criterion", json!("PC 25%")),
        ("criterion", json!("RVC 40%")),
        ("packages", json!(null)),
        ("invoice", json!(null)),
        ("invoice", json!({ "number": "INV-1", "date": "2026-05-01", "issuer": { "name": "Trade AG" } })),
        ("original", json!({ "reference": "MY-1", "date": "2026-04-01", "country": "MY" })),
        ("original", json!({ "reference": "CN-1", "date": "2024-04-01", "country": "CN" })),
        ("fob", json!({ "amount": "5", "currency": "USD" })),
    ];
    select(known.map(|(path, value)| Problem { path, value }).to_vec())
}

fn problems_of_lines() -> impl Strategy<Value = Problem> {
    let known = [
        ("origin", json!("MY")),
        ("origin", json!("CN")),
        ("origin", json!(null)),
        ("description", json!("something else")),
        ("documents", json!([{ "code": "380", "number": "X-9" }])),
    ];
    select(known.map(|(path, value)| Problem { path, value }).to_vec())
}

/// Items of different goods, and lines that take from them.
fn worlds() -> impl Strategy<Value = Value> {
    let items = prop::collection::vec(1u32..500, 1..=GOODS.len());
    let lines = prop::collection::vec((any::<Index>(), 1u32..400), 1..8);
    (items, lines).prop_map(|(amounts, lines)| {
        let mut world = base();
        let items: Vec<Value> = amounts
            .iter()
            .enumerate()
            .map(|(at, amount)| {
                json!({
                    "number": at + 1, "packages": { "count": "1" }, "description": GOODS[at].1, "hs": GOODS[at].0,
                    "quantity": { "amount": amount.to_string(), "unit": "KGM" }, "criterion": "WO",
                    "invoice": { "number": "INV-1", "date": "2026-05-01" },
                })
            })
            .collect();
        let lines: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(at, (which, amount))| {
                let (hs, description) = GOODS[which.index(amounts.len())];
                json!({
                    "number": at + 1, "hs": hs, "description": description, "origin": "TH",
                    "quantity": format!("{amount} KGM"),
                })
            })
            .collect();
        set(&mut world, "/certificate/items", items.into());
        set(&mut world, "/declaration/lines", lines.into());
        set(&mut world, "/declaration/documents", json!([{ "code": "861", "number": "TH2026-0001234" }]));
        world
    })
}

fn judged(value: &Value) -> Vec<LinePreference> {
    world(value).preferences(motcua::embedded::agreement())
}

/// The better, the smaller.
fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Granted | Outcome::Waived => 0,
        Outcome::NeedsVerification | Outcome::Awaited => 1,
        Outcome::Refused | Outcome::NotClaimed => 2,
    }
}

fn count(world: &Value, list: &str) -> usize {
    world.pointer(list).and_then(Value::as_array).map_or(0, Vec::len)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_lines_and_items_changes_nothing(value in worlds(), seed in any::<u64>()) {
        let before = judged(&value);
        let mut shuffled = value;
        for list in ["/certificate/items", "/declaration/lines"] {
            let entries = shuffled.pointer_mut(list).unwrap().as_array_mut().unwrap();
            entries.sort_by_key(|entry| (entry["number"].as_u64().unwrap() + 1).wrapping_mul(seed | 1));
        }
        let mut after = judged(&shuffled);
        after.sort_by_key(|line| line.line);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_problem_with_one_item_touches_no_other_line(
        value in worlds(), at in any::<Index>(), problem in problems_of_items(),
    ) {
        let at = at.index(count(&value, "/certificate/items"));
        let mut worse = value.clone();
        set(&mut worse, &format!("/certificate/items/{at}/{}", problem.path), problem.value);
        let number = u32::try_from(at + 1).unwrap();
        for (before, after) in judged(&value).iter().zip(&judged(&worse)) {
            if before.items.iter().all(|item| item.item != number) {
                prop_assert_eq!(before, after);
            }
            prop_assert_eq!(&before.items, &after.items, "what is taken does not hang on what is wrong");
            prop_assert!(severity(after.outcome) >= severity(before.outcome));
        }
    }

    #[test]
    fn a_problem_with_one_line_touches_no_other_and_betters_nothing(
        value in worlds(), at in any::<Index>(), problem in problems_of_lines(),
    ) {
        let at = at.index(count(&value, "/declaration/lines"));
        let mut worse = value.clone();
        set(&mut worse, &format!("/declaration/lines/{at}/{}", problem.path), problem.value);
        for (position, (before, after)) in judged(&value).iter().zip(&judged(&worse)).enumerate() {
            if position == at {
                prop_assert!(severity(after.outcome) >= severity(before.outcome));
            } else {
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn what_is_wrong_with_the_whole_betters_no_line(
        value in worlds(),
        (path, problem) in select(vec![
            ("/presentation/day", json!("2027-06-01")),
            ("/certificate/form", json!("AK")),
            ("/certificate/issuing_country", json!("MY")),
            ("/certificate/certified/date", json!("2026-05-10")),
            ("/certificate/flags", json!(["third_country_invoicing", "exhibition", "partial_cumulation"])),
            ("/declaration/importer_name", json!("Somebody else")),
            ("/declaration/export_country", json!("CN")),
            ("/standing", json!({ "kind": "under_verification" })),
            ("/standing", json!({ "kind": "rejected" })),
        ]),
    ) {
        let mut worse = value.clone();
        set(&mut worse, path, problem);
        for (before, after) in judged(&value).iter().zip(&judged(&worse)) {
            prop_assert!(severity(after.outcome) >= severity(before.outcome));
        }
    }

    #[test]
    fn no_item_gives_more_than_is_left(value in worlds(), used in 0u32..100) {
        let mut value = value;
        let amounts: Vec<Decimal> = value["certificate"]["items"].as_array().unwrap().iter()
            .map(|item| item["quantity"]["amount"].as_str().unwrap().parse().unwrap()).collect();
        let share = |amount: Decimal| (amount * Decimal::from(used) / Decimal::ONE_HUNDRED).round_dp(3);
        let drawn: serde_json::Map<String, Value> = amounts.iter().enumerate()
            .filter(|(_, amount)| !share(**amount).is_zero())
            .map(|(at, amount)| ((at + 1).to_string(), json!(format!("{} KGM", share(*amount))))).collect();
        value["used"] = drawn.into();
        let lines = judged(&value);
        for (at, amount) in amounts.iter().enumerate() {
            let number = u32::try_from(at + 1).unwrap();
            let taken: Decimal = lines.iter().flat_map(|line| &line.items)
                .filter(|item| item.item == number)
                .filter_map(|item| item.quantity).map(|quantity| quantity.amount).sum();
            prop_assert!(taken <= *amount - share(*amount));
        }
        for (line, source) in lines.iter().zip(value["declaration"]["lines"].as_array().unwrap()) {
            if line.outcome == Outcome::Granted {
                let needed: Decimal = source["quantity"].as_str().unwrap().trim_end_matches(" KGM").parse().unwrap();
                let taken: Decimal =
                    line.items.iter().filter_map(|item| item.quantity).map(|quantity| quantity.amount).sum();
                prop_assert_eq!(taken, needed);
            }
        }
    }
}
