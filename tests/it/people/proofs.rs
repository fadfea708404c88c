//! Keys, tokens, passwords, second factors, and the waiting of those who guess.

use jiff::{SignedDuration, Timestamp};
use motcua::people::{
    ApiKey, Login, NameError, OrganisationId, PasswordError, PasswordHash, Purpose, Token, Totp, check_password,
    initial_password, lockout,
};

use super::Counting;

fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

#[test]
fn a_key_has_the_form_by_which_leaked_ones_are_found() {
    let (key, secret) = ApiKey::draw(&mut Counting::default()).unwrap();
    let text = secret.reveal();
    assert_eq!(text.len(), 3 + 8 + 1 + 43, "{text}");
    assert!(text.starts_with(&format!("mk_{}_", key.id)));
    let presented = ApiKey::parse(text).unwrap();
    assert_eq!(presented.id, key.id);
    assert!(presented.digest.is(&key.digest.bytes()));
}

#[test]
fn what_cannot_be_a_key_is_not_looked_up() {
    let (_, secret) = ApiKey::draw(&mut Counting::default()).unwrap();
    let text = secret.reveal();
    for wrong in [
        "",
        "mk_",
        &text[1..],
        &text[..text.len() - 1],
        &format!("{text}A"),
        &text.replace("mk_", "mk-"),
        &text.to_uppercase(),
        &format!("{}é", &text[..text.len() - 2]),
        &format!("mk_é{}", &text[5..]),
    ] {
        assert!(ApiKey::parse(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn another_key_of_the_same_id_has_another_digest() {
    let (key, secret) = ApiKey::draw(&mut Counting::default()).unwrap();
    let mut text = secret.reveal().to_owned();
    let last = if text.pop() == Some('A') { 'B' } else { 'A' };
    text.push(last);
    let other = ApiKey::parse(&text).unwrap();
    assert_eq!(other.id, key.id);
    assert!(!other.digest.is(&key.digest.bytes()));
    assert!(!other.digest.is(&[]));
}

#[test]
fn two_draws_give_two_secrets() {
    let mut random = Counting::default();
    let (_, first) = Token::draw(&mut random).unwrap();
    let (_, second) = Token::draw(&mut random).unwrap();
    assert_ne!(first.reveal(), second.reveal());
    assert_eq!(first.reveal().len(), 43);
    assert_ne!(initial_password(&mut random).unwrap().reveal(), initial_password(&mut random).unwrap().reveal());
}

#[test]
fn no_secret_shows_where_it_is_printed_for_debugging() {
    let mut random = Counting::default();
    let (key, secret) = ApiKey::draw(&mut random).unwrap();
    let hash = PasswordHash::of("tôm hùm trong lưới", [7; 16]).unwrap();
    let totp = Totp::draw(&mut random).unwrap();
    let printed = format!("{key:?} {secret:?} {hash:?} {totp:?} {:?}", totp.address("Motcua", "lan"));
    assert!(!printed.contains(secret.reveal()));
    assert!(!printed.contains("argon2"));
    assert!(!printed.contains("otpauth"));
    assert!(printed.contains(key.id.as_str()), "the id is no secret");
}

#[test]
fn a_session_ends_after_half_an_hour_of_rest_and_after_half_a_day_of_work() {
    let start = Timestamp::UNIX_EPOCH;
    let after = |minutes| start + SignedDuration::from_mins(minutes);
    let good = |purpose: Purpose, used, now| purpose.is_good(start, after(used), after(now));
    assert!(good(Purpose::Session, 0, 29));
    assert!(!good(Purpose::Session, 0, 30));
    assert!(good(Purpose::Session, 29, 58));
    assert!(good(Purpose::Session, 719, 719));
    assert!(!good(Purpose::Session, 719, 720));
    assert!(good(Purpose::PasswordReset, 0, 59));
    assert!(!good(Purpose::PasswordReset, 59, 60));
    assert!(good(Purpose::Enrol, 0, 14));
    assert!(!good(Purpose::Enrol, 14, 15));
}

#[test]
fn a_password_is_known_again_and_no_other_is() {
    let hash = PasswordHash::of("tôm hùm trong lưới", [7; 16]).unwrap();
    assert!(hash.kept().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.kept());
    let kept = PasswordHash::from_kept(hash.kept().to_owned());
    assert!(PasswordHash::verify(Some(&kept), "tôm hùm trong lưới"));
    // The same letters, as keyboards send them that compose no letters.
    assert!(PasswordHash::verify(Some(&kept), "to\u{302}m hu\u{300}m trong lu\u{31b}o\u{31b}\u{301}i"));
    assert!(!PasswordHash::verify(Some(&kept), "tôm hùm trong lưới "));
    assert!(!PasswordHash::verify(Some(&kept), ""));
    assert!(!PasswordHash::verify(None, "tôm hùm trong lưới"));
    assert!(!PasswordHash::verify(Some(&PasswordHash::from_kept("nothing".into())), "nothing"));
    let again = PasswordHash::of("tôm hùm trong lưới", [8; 16]).unwrap();
    assert_ne!(again.kept(), hash.kept(), "the salt is part of it");
}

#[test]
fn a_password_is_long_and_neither_the_login_nor_what_everybody_tries() {
    let check = |password: &str| check_password(password, &login("nguyen.lan"));
    assert_eq!(check("tôm hùm lưới"), Ok(()));
    assert_eq!(check("tôm hùm lướ"), Err(PasswordError::TooShort));
    assert_eq!(check(&"tôm hùm ".repeat(33)), Err(PasswordError::TooLong));
    assert_eq!(check("abababababab"), Err(PasswordError::TooUniform));
    assert_eq!(check("Nguyen.Lan2026"), Err(PasswordError::LikeLogin));
    assert_eq!(check("nguyen.lan và bốn con tôm"), Ok(()));
    assert_eq!(check("Password1234"), Err(PasswordError::Common));
    assert_eq!(check("matkhau123456"), Err(PasswordError::Common));
}

#[test]
fn a_drawn_password_is_good_enough() {
    let mut random = Counting::default();
    for _ in 0..100 {
        let password = initial_password(&mut random).unwrap();
        assert_eq!(check_password(password.reveal(), &login("operator")), Ok(()), "{}", password.reveal());
    }
}

/// RFC 6238, appendix B: the codes of HMAC-SHA-1 at these seconds. It prints eight digits, of which
/// the last six are the code of six.
#[test]
fn the_codes_are_those_of_the_standard() {
    let totp = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    for (second, code) in [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
    ] {
        let now = Timestamp::from_second(second).unwrap();
        assert_eq!(totp.step(&code[2..], now, -1), Some(second / 30), "{second}");
    }
}

#[test]
fn a_code_is_taken_one_step_early_or_late_and_no_further() {
    let totp = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    // The code of step 1, which is from second 30 up to 60.
    let taken = |second| totp.step("287082", Timestamp::from_second(second).unwrap(), -1).is_some();
    assert!(taken(0));
    assert!(taken(30));
    assert!(taken(89));
    assert!(!taken(90));
    let late = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    assert!(late.step("081804", Timestamp::from_second(1_111_111_109 - 60).unwrap(), -1).is_none());
}

#[test]
fn a_code_is_taken_once() {
    let totp = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    let now = Timestamp::from_second(59).unwrap();
    assert_eq!(totp.step("287 082", now, 0), Some(1));
    assert_eq!(totp.step("287082", now, 1), None);
    assert_eq!(totp.step("287082", now, 2), None);
}

#[test]
fn what_is_no_code_is_not_taken() {
    let totp = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    let now = Timestamp::from_second(59).unwrap();
    for wrong in ["", "28708", "2870820", "287083", "+28708", "abcdef", "２８７０８２"] {
        assert_eq!(totp.step(wrong, now, -1), None, "{wrong}");
    }
    assert!(Totp::from_kept(b"short".to_vec()).is_none());
}

/// The form that devices read: Key URI Format, with the secret in base32 (RFC 4648).
#[test]
fn the_address_of_a_second_factor_names_issuer_account_and_secret() {
    let totp = Totp::from_kept(b"12345678901234567890".to_vec()).unwrap();
    let address = totp.address("Motcua", "lan@plants.example").unwrap();
    let address = address.reveal();
    assert!(address.starts_with("otpauth://totp/Motcua:lan%40plants.example?"), "{address}");
    assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
    assert!(address.contains("issuer=Motcua"), "{address}");
}

#[test]
fn guessing_is_free_four_times_and_then_waits_twice_as_long_each_time() {
    let minutes = |failures| lockout::wait(failures).map(|wait| wait.as_secs() / 60);
    assert_eq!((0..=4).map(minutes).collect::<Vec<_>>(), vec![None; 5]);
    assert_eq!(minutes(5), Some(1));
    assert_eq!(minutes(6), Some(2));
    assert_eq!(minutes(7), Some(4));
    assert_eq!(minutes(10), Some(32));
    assert_eq!(minutes(11), Some(60));
    assert_eq!(minutes(u32::MAX), Some(60));
}

#[test]
fn names_keep_to_signs_that_are_typed_everywhere() {
    assert_eq!(login(" Nguyen.Lan ").as_str(), "nguyen.lan");
    for wrong in ["", "a", "lan nguyen", "lần", "a\nb", &"a".repeat(65)] {
        assert!(Login::parse(wrong).is_err(), "{wrong}");
    }
    for wrong in ["", "-a", "A", "a b", "a/b", &"a".repeat(41)] {
        assert!(matches!(OrganisationId::parse(wrong), Err(NameError { .. })), "{wrong}");
    }
    assert_eq!(OrganisationId::parse("plants-1").unwrap().as_str(), "plants-1");
}
