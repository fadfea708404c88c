//! Whom we believe: authorities, single certificates, and what was revoked.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    KeyUsage, RequiredEkuNotFoundContext, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
    aws_lc_rs,
};

use super::certificate::{Certificate, Opened};
use super::{KeyError, SignatureError};

/// How certificates may be signed: nothing weaker than the messages themselves.
static CHAIN: &[&dyn SignatureVerificationAlgorithm] = &[
    aws_lc_rs::ECDSA_P256_SHA256,
    aws_lc_rs::ECDSA_P256_SHA384,
    aws_lc_rs::ECDSA_P384_SHA256,
    aws_lc_rs::ECDSA_P384_SHA384,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA256,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA384,
    aws_lc_rs::RSA_PKCS1_2048_8192_SHA512,
];

/// Whom we believe.
///
/// Authorities (certificates that may issue others) vouch for what they issued; any other
/// certificate is pinned: it is believed itself, and nothing that it signed as an issuer. Revocation
/// lists (`X509 CRL`) hold for the authorities that signed them, whatever their next update was
/// to be: an old list revokes still what it revokes.
pub struct Trust {
    authorities: Vec<Authority>,
    anchors: Vec<TrustAnchor<'static>>,
    pinned: Vec<Pinned>,
    /// The revocation lists in rounds: of an issuer with several the first round has the first.
    /// The reader of chains takes one of each issuer, so it is asked once a round.
    rounds: Vec<Vec<CertRevocationList<'static>>>,
}

/// A pinned certificate as DER.
type Pinned = CertificateDer<'static>;

/// What an anchor does not tell.
struct Authority {
    about: Certificate,
    anchor: TrustAnchor<'static>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust")
            .field("authorities", &self.authorities.iter().map(|a| &a.about.subject).collect::<Vec<_>>())
            .field("pinned", &self.pinned.len())
            .field("lists", &self.rounds.iter().map(Vec::len).sum::<usize>())
            .finish_non_exhaustive()
    }
}

impl Trust {
    /// From PEM: `CERTIFICATE` and `X509 CRL` sections, as many as there are.
    ///
    /// # Errors
    /// A section that cannot be read, or no certificate at all.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let mut trust =
            Self { authorities: Vec::new(), anchors: Vec::new(), pinned: Vec::new(), rounds: vec![Vec::new()] };
        for (number, der) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
            let failed = |what: String| KeyError(format!("certificate {number} of the trusted ones: {what}"));
            let der = der.map_err(|cause| failed(cause.to_string()))?;
            let opened = Opened::read(&der).map_err(failed)?;
            if opened.is_authority {
                let anchor = anchor_from_trusted_cert(&der).map_err(|cause| failed(cause.to_string()))?.to_owned();
                trust.anchors.push(anchor.clone());
                trust.authorities.push(Authority { about: opened.about, anchor });
            } else {
                EndEntityCert::try_from(&der).map_err(|cause| failed(cause.to_string()))?;
                trust.pinned.push(der);
            }
        }
        for (number, der) in (1..).zip(CertificateRevocationListDer::pem_slice_iter(pem)) {
            let failed = |what: String| KeyError(format!("revocation list {number} of the trusted ones: {what}"));
            let der = der.map_err(|cause| failed(cause.to_string()))?;
            let list = BorrowedCertRevocationList::from_der(&der).and_then(|list| list.to_owned());
            trust.add(list.map_err(|cause| failed(cause.to_string()))?.into());
        }
        if trust.authorities.is_empty() && trust.pinned.is_empty() {
            return Err(KeyError("no certificate (`-----BEGIN CERTIFICATE-----`) among the trusted ones".to_owned()));
        }
        Ok(trust)
    }

    /// What is believed: authorities, and single certificates.
    pub fn certificates(&self) -> Vec<Certificate> {
        let authorities = self.authorities.iter().map(|authority| authority.about.clone());
        let pinned = self.pinned.iter().filter_map(|der| Opened::read(der).ok()).map(|opened| opened.about);
        authorities.chain(pinned).collect()
    }

    /// Takes a list into the first round that has none of its issuer.
    fn add(&mut self, list: CertRevocationList<'static>) {
        match self.rounds.iter_mut().find(|round| round.iter().all(|one| one.issuer() != list.issuer())) {
            Some(round) => round.push(list),
            None => self.rounds.push(vec![list]),
        }
    }

    /// Whether the first of these certificates (DER) is believed at a moment, for whoever shows
    /// them elsewhere than in a message: the other end of a connection.
    ///
    /// # Errors
    /// Why it is not.
    pub fn believes(&self, chain: &[Vec<u8>], at: Timestamp) -> Result<Certificate, SignatureError> {
        let leaf = chain.first().ok_or_else(|| SignatureError::Certificate { what: "there is none".to_owned() })?;
        let leaf = Opened::read(leaf).map_err(|what| SignatureError::Certificate { what })?;
        self.judge(&leaf, chain, at)?;
        Ok(leaf.about)
    }

    /// Whether the first of these certificates is believed at a moment.
    pub(super) fn judge(&self, leaf: &Opened, chain: &[Vec<u8>], at: Timestamp) -> Result<(), SignatureError> {
        leaf.about.valid_at(at)?;
        leaf.signs()?;
        let ders: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let Some((first, others)) = ders.split_first() else {
            return Err(SignatureError::Certificate { what: "there is none".to_owned() });
        };
        let unusable = |cause: Error| refused(leaf, &cause);
        let end = EndEntityCert::try_from(first).map_err(unusable)?;
        if self.pinned.contains(first) {
            return match self.revoked(end.issuer(), end.serial(), at) {
                Some(on) => Err(SignatureError::Revoked { subject: leaf.about.subject.clone(), on }),
                None => Ok(()),
            };
        }
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        for round in &self.rounds {
            let lists = Self::lists_at(round, first, others, at);
            let revocation = RevocationOptionsBuilder::new(&lists)
                .ok()
                .map(|options| options.with_status_policy(UnknownStatusPolicy::Allow).build());
            let path = end
                .verify_for_usage(CHAIN, &self.anchors, others, time, Purpose, revocation, None)
                .map_err(|cause| self.explain(leaf, &ders, at, &cause))?;
            // The reader of chains does not look at the time of authorities.
            let mut valid = Err(SignatureError::Unverifiable { what: "its authority is not known".to_owned() });
            for authority in self.authorities.iter().filter(|authority| authority.anchor == *path.anchor()) {
                valid = valid.or_else(|_| authority.about.valid_at(at));
            }
            valid?;
        }
        Ok(())
    }

    /// The lists that count at a moment: those are left out that name certificates of this chain
    /// only as revoked later.
    fn lists_at<'l>(
        lists: &'l [CertRevocationList<'static>],
        first: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        at: Timestamp,
    ) -> Vec<&'l CertRevocationList<'static>> {
        let all = || std::iter::once(first).chain(others).filter_map(|der| EndEntityCert::try_from(der).ok());
        let counts = |list: &&CertRevocationList<'static>| {
            let mut later = false;
            for certificate in all() {
                match revoked_on(list, certificate.serial()) {
                    Some(on) if on <= at => return true,
                    Some(_) => later = true,
                    None => {}
                }
            }
            !later
        };
        lists.iter().filter(counts).collect()
    }

    /// When a certificate was revoked, where it was by then.
    fn revoked(&self, issuer: &[u8], serial: &[u8], at: Timestamp) -> Option<Timestamp> {
        let of_issuer = self.rounds.iter().flatten().filter(|list| list.issuer() == issuer);
        of_issuer.filter_map(|list| revoked_on(list, serial)).filter(|on| *on <= at).min()
    }

    /// What a refusal by the reader of chains means.
    fn explain(&self, leaf: &Opened, ders: &[CertificateDer<'_>], at: Timestamp, cause: &Error) -> SignatureError {
        if *cause == Error::CertRevoked {
            for der in ders {
                let Ok(certificate) = EndEntityCert::try_from(der) else { continue };
                if let Some(on) = self.revoked(certificate.issuer(), certificate.serial(), at) {
                    let subject = Opened::read(der).map_or_else(|what| what, |opened| opened.about.subject);
                    return SignatureError::Revoked { subject, on };
                }
            }
        }
        if matches!(cause, Error::CertExpired { .. } | Error::CertNotValidYet { .. }) {
            let mut times =
                ders.iter().filter_map(|der| Opened::read(der).ok()).map(|opened| opened.about.valid_at(at));
            if let Some(error) = times.find_map(Result::err) {
                return error;
            }
        }
        refused(leaf, cause)
    }
}

/// When a list says that a serial number was revoked.
fn revoked_on(list: &CertRevocationList<'_>, serial: &[u8]) -> Option<Timestamp> {
    let entry = list.find_serial(serial).ok()??;
    let seconds = i64::try_from(entry.revocation_date.as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}

fn refused(leaf: &Opened, cause: &Error) -> SignatureError {
    let Certificate { subject, issuer, .. } = &leaf.about;
    let (subject, issuer) = (subject.clone(), issuer.clone());
    let what = match cause {
        Error::UnknownIssuer => "no trusted authority issued it".to_owned(),
        Error::CaUsedAsEndEntity => {
            return SignatureError::Usage {
                subject,
                what: "it is an authority's, for issuing certificates".to_owned(),
            };
        }
        Error::RequiredEkuNotFoundContext(purposes) => {
            let other: Vec<String> = purposes.present.iter().map(|oid| dotted(oid)).collect();
            let what = format!("it, or one above it, names other purposes only ({})", other.join(", "));
            return SignatureError::Usage { subject, what };
        }
        Error::EndEntityUsedAsCa => "one above it is no authority's".to_owned(),
        Error::InvalidSignatureForPublicKey => "it was not signed with the key of the authority it names".to_owned(),
        other => other.to_string(),
    };
    SignatureError::Untrusted { subject, issuer, what }
}

/// The purposes (extended key usage, RFC 5280 4.2.1.12) under which messages are signed. Where a
/// certificate names purposes, one of these has to be among them: one of a web server is not
/// for signing certificates of origin.
struct Purpose;

/// Any purpose, client authentication, e-mail protection, document signing (RFC 9336) and its
/// older form.
const PURPOSES: [&[usize]; 5] = [
    &[2, 5, 29, 37, 0],
    &[1, 3, 6, 1, 5, 5, 7, 3, 2],
    &[1, 3, 6, 1, 5, 5, 7, 3, 4],
    &[1, 3, 6, 1, 5, 5, 7, 3, 36],
    &[1, 3, 6, 1, 4, 1, 311, 10, 3, 12],
];

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let present: Vec<Vec<usize>> =
            purposes.map(|one| one.map(|one| one.to_decoded_oid())).collect::<Result<_, _>>()?;
        if present.is_empty() || present.iter().any(|oid| PURPOSES.contains(&oid.as_slice())) {
            return Ok(());
        }
        let required = KeyUsage::client_auth();
        Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required, present }))
    }
}

fn dotted(oid: &[usize]) -> String {
    oid.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}
