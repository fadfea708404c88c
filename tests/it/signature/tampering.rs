//! Whatever is changed is found.

use std::sync::LazyLock;

use motcua::message::signature::{Place, verify};
use proptest::prelude::*;
use proptest::sample::Index;

use super::made::{FORM_D, OTHER, Office, element, now, with};

static SIGNED: LazyLock<(Office, String)> = LazyLock::new(|| {
    let office = Office::new();
    let signed = office.sign(FORM_D);
    (office, signed)
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any letter or digit outside the signature, put in place of another.
    #[test]
    fn a_changed_sign_is_found(place in any::<Index>(), sign in prop::sample::select(b"abcdefghijklmnopqrstuvwxyz0123456789".to_vec())) {
        let (office, signed) = &*SIGNED;
        let from = signed.find(element(signed)).unwrap();
        let signature = from..from + element(signed).len();
        let declaration = signed.find("?>").unwrap();
        let places: Vec<usize> = signed
            .bytes()
            .enumerate()
            .filter(|(at, byte)| *at > declaration && !signature.contains(at) && byte.is_ascii_alphanumeric())
            .map(|(at, _)| at)
            .collect();
        let at = *place.get(&places);
        let mut bytes = signed.clone().into_bytes();
        prop_assume!(bytes[at] != sign);
        bytes[at] = sign;
        let verified = verify(&bytes, &office.trust, now(), Place::Document);
        prop_assert!(verified.is_err(), "{}", String::from_utf8_lossy(&bytes));
    }

    /// Any byte at all: refused, or the document says the same (a blank within a tag).
    #[test]
    fn any_changed_byte_is_found_or_says_nothing(place in any::<Index>(), byte in any::<u8>()) {
        let (office, signed) = &*SIGNED;
        let mut bytes = signed.clone().into_bytes();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        if verify(&bytes, &office.trust, now(), Place::Document).is_ok() {
            let text = String::from_utf8(bytes).unwrap();
            prop_assert!([">D-1<", ">100.00<", "\"USD\""].iter().all(|value| text.contains(value)), "{text}");
        }
    }
}

#[test]
fn cut_anywhere_it_is_refused() {
    let office = Office::new();
    for document in [FORM_D, OTHER] {
        let signed = office.sign(document);
        let whole = signed.trim_end().len();
        for end in 0..whole {
            assert!(verify(&signed.as_bytes()[..end], &office.trust, now(), Place::Document).is_err(), "{end}");
        }
    }
}

#[test]
fn each_reason_has_its_name() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    assert_eq!(office.refusal(&with(&signed, ">100<", ">900<")), "SIGNATURE_DIGEST");
    assert_eq!(office.refusal(&with(&signed, "unit=\"kg\"", "unit=\"mg\"")), "SIGNATURE_DIGEST");
    assert_eq!(office.refusal(&with(&signed, "</a:Paper>", "<a:Sum/></a:Paper>")), "SIGNATURE_DIGEST");
    // The digest of what it says now, in a signature of what it said before.
    let other = office.sign(&with(OTHER, ">100<", ">900<"));
    let digest = |text: &str| {
        let from = text.find("<ds:DigestValue>").unwrap();
        text[from..text.find("</ds:DigestValue>").unwrap()].to_owned()
    };
    let forged = with(&with(&signed, ">100<", ">900<"), &digest(&signed), &digest(&other));
    assert_eq!(office.refusal(&forged), "SIGNATURE_VALUE");
    let forged = with(&signed, element(&signed), element(&other));
    assert_eq!(office.refusal(&forged), "SIGNATURE_DIGEST");
}

/// The signature of one signer under the certificate of another.
#[test]
fn a_certificate_cannot_be_exchanged() {
    let office = Office::new();
    let colleague = super::made::signer("Colleague", &office.authority);
    let (mine, theirs) = (office.sign(OTHER), colleague.sign(OTHER, Place::Document).unwrap());
    let certificate = |text: &str| {
        let from = text.find("<ds:X509Certificate>").unwrap();
        text[from..text.find("</ds:X509Data>").unwrap()].to_owned()
    };
    assert_eq!(office.refusal(&with(&mine, &certificate(&mine), &certificate(&theirs))), "SIGNATURE_VALUE");
}
