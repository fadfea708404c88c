//! Whose signature counts, and when.

use jiff::Timestamp;
use motcua::message::signature::{Place, SignatureError, Signer, Trust, verify};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SerialNumber,
    date_time_ymd,
};

use super::made::{
    OTHER, Office, authority, authority_params, list, now, p256, params, signer, signer_of, signer_params, trust, with,
};

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

/// What a verification at a moment says: nothing, or the code.
fn said(signed: &str, trust: &Trust, moment: &str) -> &'static str {
    verify(signed.as_bytes(), trust, at(moment), Place::Document).map_or_else(|error| error.code(), |_| "valid")
}

fn signed_by(signer: &Signer) -> String {
    signer.sign(OTHER, Place::Document).unwrap()
}

const NOON: &str = "2026-06-30T12:00:00Z";

#[test]
fn another_authority_is_not_trusted() {
    let office = Office::new();
    let stranger = authority("Root");
    let signed = signed_by(&signer("Office", &stranger));
    assert_eq!(said(&signed, &office.trust, NOON), "CERTIFICATE_UNTRUSTED");
    match office.verify(&signed) {
        Err(SignatureError::Untrusted { subject, issuer, .. }) => {
            assert_eq!((&*subject, &*issuer), ("CN=Office", "CN=Root"));
        }
        result => panic!("{result:?}"),
    }
    assert_eq!(said(&signed, &trust(&format!("{}{}", office.authority.pem(), stranger.pem())), NOON), "valid");
}

#[test]
fn signed_by_oneself_counts_only_where_it_is_pinned() {
    let office = Office::new();
    let (key, says) = (p256(), signer_params("Alone"));
    let certificate = says.self_signed(&key).unwrap().pem();
    let signer = Signer::from_pem(key.serialize_pem().as_bytes(), certificate.as_bytes()).unwrap();
    let signed = signed_by(&signer);
    assert_eq!(said(&signed, &office.trust, NOON), "CERTIFICATE_UNTRUSTED");
    let pinned = trust(&certificate);
    assert_eq!(said(&signed, &pinned, NOON), "valid");
    assert_eq!(said(&signed, &pinned, "2028-06-30T12:00:00Z"), "CERTIFICATE_EXPIRED");
    assert_eq!(said(&office.sign(OTHER), &pinned, NOON), "CERTIFICATE_UNTRUSTED");
}

/// A pinned certificate is believed itself; what it "issued" is not.
#[test]
fn a_pinned_certificate_vouches_for_nobody() {
    let key = p256();
    let pinned = CertifiedIssuer::self_signed(signer_params("Alone"), key).unwrap();
    let signed = signed_by(&signer("Friend", &pinned));
    assert_eq!(said(&signed, &trust(&pinned.pem()), NOON), "CERTIFICATE_UNTRUSTED");
}

/// A signer of a trusted authority who issues certificates as if it were one.
#[test]
fn a_signer_is_no_authority() {
    let office = Office::new();
    let false_authority = CertifiedIssuer::signed_by(signer_params("Office 2"), p256(), &office.authority).unwrap();
    let signer = signer_of(&signer_params("Friend"), &p256(), &false_authority, &false_authority.pem());
    assert_eq!(said(&signed_by(&signer), &office.trust, NOON), "CERTIFICATE_UNTRUSTED");
}

#[test]
fn an_authority_between_vouches_where_it_comes_along() {
    let office = Office::new();
    let between = CertifiedIssuer::signed_by(authority_params("Between"), p256(), &office.authority).unwrap();
    let whole = signer_of(&signer_params("Office"), &p256(), &between, &between.pem());
    assert_eq!(said(&signed_by(&whole), &office.trust, NOON), "valid");
    assert_eq!(said(&signed_by(&signer("Office", &between)), &office.trust, NOON), "CERTIFICATE_UNTRUSTED");
    assert_eq!(said(&signed_by(&signer("Office", &between)), &trust(&between.pem()), NOON), "valid");
}

#[test]
fn a_certificate_counts_in_its_time() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    for (moment, says) in [
        ("2025-12-31T23:59:59Z", "CERTIFICATE_NOT_YET_VALID"),
        ("2026-01-01T00:00:00Z", "valid"),
        ("2028-01-01T00:00:00.9Z", "valid"),
        ("2028-01-01T00:00:01Z", "CERTIFICATE_EXPIRED"),
        ("1960-01-01T00:00:00Z", "CERTIFICATE_NOT_YET_VALID"),
    ] {
        assert_eq!(said(&signed, &office.trust, moment), says, "{moment}");
    }
}

#[test]
fn an_authority_counts_in_its_time() {
    let mut says = authority_params("Old root");
    says.not_after = date_time_ymd(2026, 7, 1);
    let old = CertifiedIssuer::self_signed(says, p256()).unwrap();
    let signed = signed_by(&signer("Office", &old));
    assert_eq!(said(&signed, &trust(&old.pem()), NOON), "valid");
    match verify(signed.as_bytes(), &trust(&old.pem()), at("2026-08-01T00:00:00Z"), Place::Document) {
        Err(SignatureError::Expired { subject, .. }) => assert_eq!(subject, "CN=Old root"),
        result => panic!("{result:?}"),
    }
    let mut says = authority_params("Between");
    says.not_after = date_time_ymd(2026, 7, 1);
    let office = Office::new();
    let between = CertifiedIssuer::signed_by(says, p256(), &office.authority).unwrap();
    let signed = signed_by(&signer_of(&signer_params("Office"), &p256(), &between, &between.pem()));
    match verify(signed.as_bytes(), &office.trust, at("2026-08-01T00:00:00Z"), Place::Document) {
        Err(SignatureError::Expired { subject, .. }) => assert_eq!(subject, "CN=Between"),
        result => panic!("{result:?}"),
    }
}

fn numbered(name: &str, serial: u64) -> CertificateParams {
    let mut says = signer_params(name);
    says.serial_number = Some(SerialNumber::from(serial));
    says
}

#[test]
fn revoked_counts_from_the_day_it_was_revoked() {
    let root = authority("Root");
    let signed = signed_by(&signer_of(&numbered("Office", 77), &p256(), &root, ""));
    let with_list = |lists: &str| trust(&format!("{}{lists}", root.pem()));
    let revoked = with_list(&list(&root, &[(76, 2), (77, 10)]));
    assert_eq!(said(&signed, &revoked, "2026-06-09T23:59:59Z"), "valid");
    assert_eq!(said(&signed, &revoked, "2026-06-10T00:00:00Z"), "CERTIFICATE_REVOKED");
    // The list was to be renewed on the first of July; what it revokes stays revoked.
    assert_eq!(said(&signed, &revoked, "2027-06-10T00:00:00Z"), "CERTIFICATE_REVOKED");
    assert_eq!(said(&signed, &with_list(&list(&root, &[(76, 2)])), NOON), "valid");
    // Of several lists each counts.
    for lists in [list(&root, &[]) + &list(&root, &[(77, 10)]), list(&root, &[(77, 10)]) + &list(&root, &[])] {
        assert_eq!(said(&signed, &with_list(&lists), NOON), "CERTIFICATE_REVOKED");
    }
}

#[test]
fn a_list_counts_for_its_own_authority() {
    let (root, other) = (authority("Root"), authority("Other root"));
    let signed = signed_by(&signer_of(&numbered("Office", 77), &p256(), &root, ""));
    let both = trust(&format!("{}{}{}", root.pem(), other.pem(), list(&other, &[(77, 10)])));
    assert_eq!(said(&signed, &both, NOON), "valid");
    // One that only bears its name revokes nothing, but is not passed over in silence.
    let namesake = authority("Root");
    let forged = trust(&format!("{}{}", root.pem(), list(&namesake, &[])));
    assert_eq!(said(&signed, &forged, NOON), "CERTIFICATE_UNTRUSTED");
}

#[test]
fn an_authority_between_can_be_revoked() {
    let root = authority("Root");
    let mut says = authority_params("Between");
    says.serial_number = Some(SerialNumber::from(5));
    let between = CertifiedIssuer::signed_by(says, p256(), &root).unwrap();
    let signed = signed_by(&signer_of(&numbered("Office", 77), &p256(), &between, &between.pem()));
    let revoked = trust(&format!("{}{}", root.pem(), list(&root, &[(5, 10)])));
    match verify(signed.as_bytes(), &revoked, now(), Place::Document) {
        Err(SignatureError::Revoked { subject, .. }) => assert_eq!(subject, "CN=Between"),
        result => panic!("{result:?}"),
    }
    assert_eq!(said(&signed, &revoked, "2026-06-09T00:00:00Z"), "valid");
}

#[test]
fn a_pinned_certificate_can_be_revoked() {
    let root = authority("Root");
    let (key, says) = (p256(), numbered("Office", 77));
    let certificate = says.signed_by(&key, &root).unwrap().pem();
    let signer = Signer::from_pem(key.serialize_pem().as_bytes(), certificate.as_bytes()).unwrap();
    let signed = signed_by(&signer);
    assert_eq!(said(&signed, &trust(&certificate), NOON), "valid");
    let revoked = trust(&format!("{certificate}{}", list(&root, &[(77, 10)])));
    assert_eq!(said(&signed, &revoked, NOON), "CERTIFICATE_REVOKED");
}

#[test]
fn a_certificate_for_something_else_does_not_sign() {
    let office = Office::new();
    let mut says = params("Web server");
    says.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server = signed_by(&signer_of(&says, &p256(), &office.authority, ""));
    assert_eq!(said(&server, &office.trust, NOON), "CERTIFICATE_USAGE");
    for purpose in [
        ExtendedKeyUsagePurpose::EmailProtection,
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::Any,
        ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36]),
    ] {
        let mut says = signer_params("Office");
        says.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, purpose];
        assert_eq!(said(&signed_by(&signer_of(&says, &p256(), &office.authority, "")), &office.trust, NOON), "valid");
    }
    // Without any statement it may sign.
    let free = signed_by(&signer_of(&params("Office"), &p256(), &office.authority, ""));
    assert_eq!(said(&free, &office.trust, NOON), "valid");
    for usage in [KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign] {
        let mut says = params("Office");
        says.key_usages = vec![usage];
        let key = p256();
        let certificate = says.signed_by(&key, &office.authority).unwrap().pem();
        let refused = Signer::from_pem(key.serialize_pem().as_bytes(), certificate.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains("is not for signing messages"), "{refused}");
        // Nor does what was signed with it all the same.
        let signed = put(&office.sign(OTHER), &certificate);
        assert_eq!(said(&signed, &office.trust, NOON), "CERTIFICATE_USAGE");
    }
    let mut says = params("Authority");
    says.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let signed = signed_by(&signer_of(&says, &p256(), &office.authority, ""));
    assert_eq!(said(&signed, &office.trust, NOON), "CERTIFICATE_USAGE");
}

/// A signed document with another certificate in it.
fn put(signed: &str, pem: &str) -> String {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let from = signed.find("<ds:X509Certificate>").unwrap() + "<ds:X509Certificate>".len();
    let end = signed.find("</ds:X509Certificate>").unwrap();
    format!("{}{base64}{}", &signed[..from], &signed[end..])
}

#[test]
fn small_keys_and_other_curves_are_refused() {
    let office = Office::new();
    let signed = with(&office.sign(OTHER), "#ecdsa-sha256", "#rsa-sha256");
    let small = office.verify(&put(&signed, include_str!("rsa1024.pem"))).unwrap_err();
    assert_eq!(small, SignatureError::KeyTooSmall { bits: 1024 });
    assert_eq!(small.code(), "CERTIFICATE_KEY_SIZE");
    let signed = office.sign(OTHER);
    assert_eq!(office.refusal(&put(&signed, include_str!("p384.pem"))), "CERTIFICATE_KEY");
    let nonsense = "-----\nMAMCAQE=\n-----";
    assert_eq!(office.refusal(&put(&signed, nonsense)), "CERTIFICATE_UNREADABLE");
}

#[test]
fn what_cannot_be_used_says_why() {
    let office = Office::new();
    for (pem, words) in [
        ("", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n", "certificate 1 of the trusted ones"),
        ("-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n", "revocation list 1 of the trusted ones"),
    ] {
        let refused = Trust::from_pem(pem.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
    let (key, other) = (p256(), p256());
    let certificate = signer_params("Office").signed_by(&key, &office.authority).unwrap().pem();
    let refused = |key: &str, certificate: &str| {
        Signer::from_pem(key.as_bytes(), certificate.as_bytes()).unwrap_err().to_string()
    };
    assert!(refused(&other.serialize_pem(), &certificate).contains("is not that of the certificate"));
    assert!(refused(&certificate, &certificate).contains("is not that of the certificate"));
    assert!(refused(&key.serialize_pem(), "").contains("no certificate"));
    assert!(refused("x", &certificate).contains("PKCS#8"));
}

#[test]
fn a_private_key_is_never_shown() {
    let key = p256();
    let certificate = signer_params("Office").self_signed(&key).unwrap().pem();
    let signer = Signer::from_pem(key.serialize_pem().as_bytes(), certificate.as_bytes()).unwrap();
    let shown = format!("{signer:?} {signer:#?}");
    assert!(shown.contains("CN=Office"));
    let secret = key.serialize_der();
    let secret = &secret[36..40];
    let list: Vec<String> = secret.iter().map(u8::to_string).collect();
    assert!(!shown.contains(&list.join(", ")));
    assert!(!shown.to_lowercase().contains("key"), "{shown}");
}
