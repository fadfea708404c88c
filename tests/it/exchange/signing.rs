//! Signatures of webhooks, as a receiver verifies them.

use jiff::{SignedDuration, Timestamp};
use motcua::exchange::signature::{SignatureError, sign, verify};
use motcua::store::endpoints::SigningKey;

const ID: &str = "0198c0de-0000-7000-8000-000000000001";
const BODY: &[u8] = br#"{"topic":"declaration.cleared"}"#;
/// Of the key 00 01 … 1f at second 1784530800, made with Python's `hmac`.
const SIGNED: &str = "t=1784530800,v1=aa743f481670812d9bd9e15f0d06399c2f97341bf9584644f8a4ce8ebb746ecb";

fn key() -> SigningKey {
    SigningKey(std::array::from_fn(|at| u8::try_from(at).unwrap()))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn verified(header: &str, id: &str, body: &[u8], second: i64) -> Result<(), SignatureError> {
    verify(&key(), header, id, body, (at(second), SignedDuration::from_mins(5)))
}

#[test]
fn a_signature_is_what_any_other_program_makes_of_the_same_bytes() {
    assert_eq!(sign(&key(), at(1_784_530_800), ID, BODY), SIGNED);
    assert_eq!(verified(SIGNED, ID, BODY, 1_784_530_800), Ok(()));
}

#[test]
fn another_body_id_key_or_time_is_not_what_was_signed() {
    let now = 1_784_530_801;
    assert_eq!(verified(SIGNED, ID, br#"{"topic":"declaration.refused"}"#, now), Err(SignatureError::Wrong));
    assert_eq!(verified(SIGNED, "0198c0de-0000-7000-8000-000000000002", BODY, now), Err(SignatureError::Wrong));
    let moved = SIGNED.replace("t=1784530800", "t=1784530801");
    assert_eq!(verified(&moved, ID, BODY, now), Err(SignatureError::Wrong));
    let other = verify(&SigningKey([1; 32]), SIGNED, ID, BODY, (at(now), SignedDuration::from_mins(5)));
    assert_eq!(other, Err(SignatureError::Wrong));
    // What is between the parts belongs to them: nothing can be moved from one to the next.
    assert_eq!(
        verified(SIGNED, &ID[..35], &[&ID.as_bytes()[35..], b".", BODY].concat(), now),
        Err(SignatureError::Wrong)
    );
}

#[test]
fn a_signature_counts_for_some_minutes_only() {
    for (second, expected) in
        [(300, Ok(())), (301, Err(SignatureError::Stale)), (-300, Ok(())), (-301, Err(SignatureError::Stale))]
    {
        assert_eq!(verified(SIGNED, ID, BODY, 1_784_530_800 + second), expected, "{second}");
    }
}

#[test]
fn of_several_signatures_one_has_to_be_right() {
    let (time, right) = SIGNED.split_once(',').unwrap();
    let wrong = format!("v1={}", "0".repeat(64));
    assert_eq!(verified(&format!("{time},{wrong},{right}"), ID, BODY, 1_784_530_800), Ok(()));
    assert_eq!(verified(&format!("{time},{wrong}"), ID, BODY, 1_784_530_800), Err(SignatureError::Wrong));
}

#[test]
fn what_is_no_signature_is_unreadable() {
    let without_time = SIGNED.split_once(',').unwrap().1;
    for header in ["", "t=1784530800", without_time, "t=x,v1=00", "t=1784530800,v1=zz", "t=99999999999999999,v1=00"] {
        assert_eq!(verified(header, ID, BODY, 1_784_530_800), Err(SignatureError::Unreadable), "{header}");
    }
}
