//! Running quantities of items and of original proofs.

use motcua::origin::{CertificateLedger, LedgerEvent, QuantityAccount, QuantityError};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::world::{base, decimal, measured, units, world};

fn draw(account: &mut QuantityAccount, by: &str, quantity: &str) -> Result<bool, QuantityError> {
    let event = account.draw(by, measured(quantity), units())?;
    if let Some(event) = &event {
        account.apply(event);
    }
    Ok(event.is_some())
}

#[test]
fn re_exports_together_never_exceed_the_original() {
    let mut account = QuantityAccount::open(Some(measured("1 TNE")), units());
    assert_eq!(draw(&mut account, "MY-1/1", "600 KGM"), Ok(true));
    assert_eq!(draw(&mut account, "MY-1/1", "0.6 TNE"), Ok(false), "the same again changes nothing");
    let short = QuantityError::Short { left: decimal("400"), needed: decimal("400.5") };
    assert_eq!(draw(&mut account, "MY-2/1", "400.5 KGM"), Err(short));
    assert_eq!(draw(&mut account, "MY-2/1", "400 KGM"), Ok(true));
    assert_eq!(account.left(), Some(measured("0 KGM")));
    assert_eq!(draw(&mut account, "MY-1/1", "100 KGM"), Ok(true), "an amended amount takes the place of the first");
    assert_eq!(account.left(), Some(measured("500 KGM")));
    let restored = account.restore("MY-2/1").unwrap();
    account.apply(&restored);
    assert_eq!(account.restore("MY-2/1"), None);
    assert_eq!(account.left(), Some(measured("900 KGM")));
    assert_eq!(draw(&mut account, "MY-3/1", "1 PCE"), Err(QuantityError::Incomparable));
    assert_eq!(draw(&mut account, "MY-3/1", "0 KGM"), Err(QuantityError::NotPositive(Decimal::ZERO)));
}

#[test]
fn what_is_not_known_is_never_too_little() {
    let mut account = QuantityAccount::open(None, units());
    assert_eq!(draw(&mut account, "MY-1/1", "600 KGM"), Ok(true));
    assert_eq!(account.left(), None);
    assert_eq!(account.drawn(), decimal("600"));
}

#[test]
fn a_dozen_serves_single_pieces() {
    let mut account = QuantityAccount::open(Some(measured("10 DZN")), units());
    assert_eq!(draw(&mut account, "a/1", "5 PCE"), Ok(true));
    assert_eq!(account.left().unwrap().amount, decimal("115"));
}

#[test]
fn a_certificate_knows_whether_it_is_used() {
    let certificate = world(&base()).certificate;
    let mut ledger = CertificateLedger::open(&certificate, units());
    assert!(ledger.is_untouched() && !ledger.is_used_up());
    assert_eq!(ledger.left(2), Some(measured("500 KGM")));
    assert_eq!(ledger.left(9), None);
    draw(ledger.items.get_mut(&1).unwrap(), "x/1", "1000 KGM").unwrap();
    assert!(!ledger.is_untouched() && !ledger.is_used_up());
    draw(ledger.items.get_mut(&2).unwrap(), "x/2", "500 KGM").unwrap();
    assert!(ledger.is_used_up());
    let text = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<CertificateLedger>(&text).unwrap(), ledger);
    let bytes = postcard::to_stdvec(&ledger).unwrap();
    assert_eq!(postcard::from_bytes::<CertificateLedger>(&bytes).unwrap(), ledger);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sum_never_exceeds_what_is_granted_and_events_replay(
        commands in prop::collection::vec((0u8..4, 0u8..6, 1u32..80), 0..40),
    ) {
        let mut account = QuantityAccount::open(Some(measured("100 KGM")), units());
        let mut events: Vec<LedgerEvent> = Vec::new();
        for (kind, who, amount) in commands {
            let by = format!("line {who}");
            let event = if kind == 0 {
                account.restore(&by)
            } else {
                account.draw(&by, measured(&format!("{amount} KGM")), units()).ok().flatten()
            };
            if let Some(event) = event {
                account.apply(&event);
                let text = serde_json::to_string(&event).unwrap();
                events.push(serde_json::from_str(&text).unwrap());
            }
            prop_assert!(account.drawn() <= Decimal::ONE_HUNDRED);
            prop_assert_eq!(account.left().unwrap().amount + account.drawn(), Decimal::ONE_HUNDRED);
        }
        let mut replayed = QuantityAccount::open(Some(measured("100 KGM")), units());
        events.iter().for_each(|event| replayed.apply(event));
        prop_assert_eq!(replayed, account);
    }
}
