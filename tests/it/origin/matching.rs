//! Which items serve which lines, what is written off, what the trader saves.

use motcua::origin::{LinePreference, Outcome, reservations, utilisation};
use serde_json::{Value, json};

use super::world::{base, decimal, set, world};

fn judged(change: &dyn Fn(&mut Value)) -> Vec<LinePreference> {
    let mut value = base();
    change(&mut value);
    world(&value).preferences(motcua::embedded::agreement())
}

/// `line: outcome item=quantity …`
fn told(lines: &[LinePreference]) -> Vec<String> {
    let item = |used: &motcua::origin::ItemUse| {
        let quantity = used.quantity.map_or("?".to_owned(), |quantity| quantity.amount.normalize().to_string());
        format!(" {}={quantity}", used.item)
    };
    let line = |line: &LinePreference| {
        let items: String = line.items.iter().map(item).collect();
        format!("{}: {}{items}", line.line, line.outcome.as_str())
    };
    lines.iter().map(line).collect()
}

fn line(number: u32, quantity: &str) -> Value {
    json!({
        "number": number, "hs": "08109010", "description": "Fresh longan SIAM", "origin": "TH", "quantity": quantity,
    })
}

#[test]
fn one_item_serves_several_lines_until_nothing_is_left() {
    let lines = judged(&|world| {
        set(world, "/declaration/lines", json!([line(1, "400 KGM"), line(2, "500 KGM"), line(3, "200 KGM")]));
    });
    assert_eq!(told(&lines), ["1: granted 1=400", "2: granted 1=500", "3: refused 1=100"]);
    let written: Vec<(u32, String)> =
        utilisation(&lines).iter().map(|used| (used.line, used.quantity.amount.normalize().to_string())).collect();
    assert_eq!(written, [(1, "400".to_owned()), (2, "500".to_owned())]);
}

#[test]
fn one_line_is_served_by_several_items() {
    let lines = judged(&|world| {
        let mut second = world["certificate"]["items"][0].clone();
        second["number"] = json!(2);
        second["quantity"]["amount"] = json!("300");
        set(world, "/certificate/items/1", second);
        set(world, "/declaration/lines", json!([line(1, "1200 KGM")]));
    });
    assert_eq!(told(&lines), ["1: granted 1=1000 2=200"]);
}

#[test]
fn equal_quantities_find_each_other() {
    let lines = judged(&|world| {
        let mut second = world["certificate"]["items"][0].clone();
        second["number"] = json!(2);
        second["quantity"]["amount"] = json!("300");
        set(world, "/certificate/items/1", second);
        set(world, "/declaration/lines", json!([line(1, "300 KGM"), line(2, "1000 KGM")]));
    });
    assert_eq!(told(&lines), ["1: granted 2=300", "2: granted 1=1000"]);
}

#[test]
fn what_is_to_be_verified_is_reserved_and_not_written_off() {
    let lines = judged(&|world| set(world, "/certificate/items/1/criterion", json!("PC 25%")));
    assert_eq!(told(&lines), ["1: granted 1=1000", "2: needs_verification 2=500"]);
    assert_eq!(utilisation(&lines).len(), 1);
    assert_eq!(reservations(&lines)[0].quantity.amount, decimal("500"));
}

#[test]
fn a_line_may_quote_a_certificate_of_its_own() {
    let lines = judged(&|world| {
        set(world, "/declaration/lines/1/documents", json!([{ "code": "861", "number": "TH2026-0001234" }]));
        set(world, "/declaration/documents", json!([]));
    });
    assert_eq!(told(&lines), ["1: not_claimed", "2: granted 2=500"]);
}

#[test]
fn an_export_claims_nothing() {
    let world = world(&base());
    let mut declaration = world.declaration();
    declaration.direction = Some(motcua::trade::Direction::Export);
    declaration.documents.clear();
    let lines = world.preferences_of(&declaration, motcua::embedded::agreement());
    assert!(lines.iter().all(|line| line.outcome == Outcome::NotClaimed));
}

#[test]
fn rates_are_shown_as_printed_and_unknown_stays_unknown() {
    let pack = motcua::embedded::pack();
    let day = motcua::law::Day::of(jiff::civil::date(2026, 5, 20));
    let (edition, _) = pack.tariff_on(day).unwrap();
    let with = |known: bool| {
        let fits = |line: &&motcua::law::TariffLine| {
            let plain =
                |rate: &Option<String>| rate.as_deref().is_some_and(|rate| motcua::origin::rate(rate).is_some());
            plain(&line.duty_mfn) && plain(&line.duty_atiga) == known && line.hs.digits() == 8
        };
        edition.lines.iter().find(fits).unwrap()
    };
    let (known, unknown) = (with(true), with(false));
    let lines = judged(&|world| {
        for (at, line) in [known, unknown].into_iter().enumerate() {
            set(world, &format!("/declaration/lines/{at}/hs"), json!(line.hs.to_string()));
            set(world, &format!("/certificate/items/{at}/hs"), json!(line.hs.to_string()));
        }
    });
    assert_eq!(lines[0].rates.mfn, known.duty_mfn);
    assert_eq!(lines[0].rates.atiga, known.duty_atiga);
    let rate = |text: &Option<String>| motcua::origin::rate(text.as_deref().unwrap()).unwrap();
    assert_eq!(lines[0].rates.saving, Some((rate(&known.duty_mfn) - rate(&known.duty_atiga)).normalize()));
    assert_eq!((lines[1].rates.saving, lines[1].rates.atiga.clone()), (None, unknown.duty_atiga.clone()));
}

#[test]
fn a_preference_is_kept_as_text_and_read_again() {
    let lines = judged(&|world| {
        set(world, "/presentation/day", json!("2027-05-05"));
        set(world, "/declaration/lines/1/origin", json!("MY"));
    });
    let text = serde_json::to_string(&lines).unwrap();
    assert!(text.contains("\"check\":\"expired\",\"effect\":\"refuse\""), "{text}");
    assert_eq!(serde_json::from_str::<Vec<LinePreference>>(&text).unwrap(), lines);
}

#[test]
fn the_words_name_what_they_speak_of() {
    let agreement = motcua::embedded::agreement();
    let lines = judged(&|world| set(world, "/certificate/certified/date", json!("2026-05-06")));
    let reason = &lines[0].reasons[0];
    assert_eq!(reason.cites, "OCP rule 10(2)");
    assert_eq!(
        reason.en(agreement),
        "It was issued on 2026-05-06, more than 3 days after shipment on 2026-05-02, and is not marked as issued \
         retroactively."
    );
    assert_eq!(
        reason.vi(agreement),
        "Cấp ngày 2026-05-06, quá 3 ngày kể từ ngày giao hàng 2026-05-02 mà không đánh dấu cấp sau."
    );
}
