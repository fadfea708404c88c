//! Authorities, signers and documents made for one test.

use jiff::Timestamp;
use motcua::message::signature::{Place, SignatureError, Signed, Signer, Trust, verify};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RevocationReason, RevokedCertParams, RsaKeySize,
    SerialNumber, date_time_ymd,
};

/// A certificate of origin in few words, of UBL.
pub(super) const FORM_D: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<co:CertificateOfOrigin xmlns:co=\"urn:oasis:names:specification:ubl:schema:xsd:CertificateOfOrigin-2\" xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\n  <cbc:ID>D-1</cbc:ID>\n  <cbc:Amount currencyID=\"USD\">100.00</cbc:Amount>\n</co:CertificateOfOrigin>\n";

/// Any other document.
pub(super) const OTHER: &str = "<a:Paper xmlns:a=\"urn:paper\"><a:Sum unit=\"kg\">100</a:Sum></a:Paper>";

/// A moment at which all is well.
pub(super) fn now() -> Timestamp {
    "2026-06-30T08:00:00Z".parse().unwrap()
}

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

/// What a certificate says, valid through the years 2026 and 2027.
pub(super) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    params
}

/// What the certificate of an authority says.
pub(super) fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// What the certificate of a signer says.
pub(super) fn signer_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

pub(super) fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(super) fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

pub(super) fn authority(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), p256()).unwrap()
}

/// A signer whose certificate says this.
pub(super) fn signer_of(
    params: &CertificateParams,
    key: &KeyPair,
    issuer: &Issuer<'_, KeyPair>,
    above: &str,
) -> Signer {
    let certificate = params.signed_by(key, issuer).unwrap();
    Signer::from_pem(key.serialize_pem().as_bytes(), (certificate.pem() + above).as_bytes()).unwrap()
}

/// A signer with P-256.
pub(super) fn signer(name: &str, issuer: &Issuer<'_, KeyPair>) -> Signer {
    signer_of(&signer_params(name), &p256(), issuer, "")
}

/// A revocation list: serial numbers, and the day in June 2026 from which each is revoked.
pub(super) fn list(issuer: &Issuer<'_, KeyPair>, revoked: &[(u64, u8)]) -> String {
    let entry = |(serial, day): &(u64, u8)| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: date_time_ymd(2026, 6, *day),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 6, 1),
        next_update: date_time_ymd(2026, 7, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().pem().unwrap()
}

pub(super) fn trust(pem: &str) -> Trust {
    Trust::from_pem(pem.as_bytes()).unwrap()
}

/// An authority that is trusted, and one signer.
pub(super) struct Office {
    pub(super) trust: Trust,
    pub(super) signer: Signer,
    pub(super) authority: Authority,
}

impl Office {
    pub(super) fn new() -> Self {
        let authority = authority("Root");
        Self { trust: trust(&authority.pem()), signer: signer("Office", &authority), authority }
    }

    pub(super) fn sign(&self, document: &str) -> String {
        self.signer.sign(document, Place::Document).unwrap()
    }

    pub(super) fn verify(&self, document: &str) -> Result<Signed, SignatureError> {
        verify(document.as_bytes(), &self.trust, now(), Place::Document)
    }

    /// The code with which a document is refused.
    pub(super) fn refusal(&self, document: &str) -> &'static str {
        match self.verify(document) {
            Ok(_) => "none: it is valid",
            Err(error) => error.code(),
        }
    }
}

/// The one signature element of a document.
pub(super) fn element(document: &str) -> &str {
    let from = document.find("<ds:Signature ").unwrap();
    let end = "</ds:Signature>";
    &document[from..document.find(end).unwrap() + end.len()]
}

/// A document with one text in place of another, which has to be there.
pub(super) fn with(document: &str, from: &str, to: &str) -> String {
    assert!(document.contains(from), "{from} in {document}");
    document.replacen(from, to, 1)
}
