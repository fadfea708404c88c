//! Declarations take of certificates of origin: what a decision rests on is kept for it, used when
//! the goods are cleared, given back when they are not.

use std::collections::BTreeMap;

use super::super::desk::{ActError, Desk};
use super::super::origin::{KnownCertificate, Uses, overdrawn};
use crate::clearance::case::certificate::{Certificate, Command, Using};
use crate::clearance::case::declaration::{Declaration, Status};
use crate::clearance::case::{Author, CaseId};
use crate::store::{StoreError, certificates};
use crate::trade::{CertificateKey, Measured};

impl Desk<'_> {
    /// The certificates of partners of a number, as a declaration sees them.
    pub(super) async fn certificates_numbered(
        &mut self,
        reference: &str,
        asking: CaseId,
    ) -> Result<Vec<KnownCertificate>, StoreError> {
        let mut found = Vec::new();
        for case in certificates::received_numbered(&mut self.link(), reference).await? {
            let Some(certificate) = self.certificate(case).await?.cloned() else { continue };
            let originals = self.originals_of(&certificate).await?;
            found.push(KnownCertificate { certificate, asking, originals });
        }
        Ok(found)
    }

    /// What is against a certificate since others have used up the proof that it rests on.
    async fn originals_of(
        &mut self,
        certificate: &Certificate,
    ) -> Result<Vec<crate::origin::OriginFinding>, StoreError> {
        let items = certificate.content.iter().flat_map(|content| &content.items);
        let mut references: Vec<String> =
            items.filter_map(|item| item.original.as_ref()).map(|original| original.reference.clone()).collect();
        references.sort_unstable();
        references.dedup();
        let mut found = Vec::new();
        for reference in references {
            let mut original = None;
            for case in certificates::received_numbered(&mut self.link(), &reference).await? {
                original = self.certificate(case).await?.cloned();
            }
            let mut others = Vec::new();
            for case in certificates::resting_on(&mut self.link(), &reference).await? {
                others.extend(self.certificate(case).await?.cloned());
            }
            let units = self.edition.pack.unit_table();
            found.extend(overdrawn(certificate, &others, original.as_ref(), units));
        }
        Ok(found)
    }

    /// Keeps what a decision takes of certificates, in place of what it took before.
    pub(super) async fn match_certificates(
        &mut self,
        declaration: CaseId,
        uses: Uses,
        by: &Author,
    ) -> Result<(), ActError> {
        let mut wanted = uses;
        for key in self.certificates_of(declaration).await? {
            wanted.entry(key).or_default();
        }
        let holder = self.declaration(declaration).await?.and_then(|of| of.registration.holder.clone());
        // What is given back first may be taken by another.
        let (back, taken): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, items)| items.is_empty());
        for (key, items) in back.into_iter().chain(taken) {
            let using = Using { declaration, items, holder: holder.clone() };
            self.certificate_command(&key, &Command::Match(using), by).await?;
        }
        Ok(())
    }

    /// The goods are free: what was kept is used, and the issuing side is told. They will not be: it is
    /// given back.
    pub(super) async fn settle_certificates(&mut self, declaration: &Declaration, by: &Author) -> Result<(), ActError> {
        let case = declaration.id;
        let name = declaration.registration.name().map(str::to_owned);
        let holder = declaration.registration.holder.clone();
        for key in self.certificates_of(case).await? {
            let known = match self.certificate_case(&key).await? {
                Some(of) => self.certificate(of).await?,
                None => None,
            };
            let Some(known) = known else { continue };
            let kept: BTreeMap<u32, Measured> = known.matched.get(&case).cloned().unwrap_or_default();
            let was_used = known.used.contains_key(&case);
            let using = |items| Using { declaration: case, items, holder: holder.clone() };
            if declaration.status == Status::Cleared {
                if !kept.is_empty() {
                    self.use_certificate(&key, using(kept), name.clone(), by).await?;
                }
            } else if was_used {
                self.use_certificate(&key, using(BTreeMap::new()), name.clone(), by).await?;
            } else {
                self.certificate_command(&key, &Command::Match(using(BTreeMap::new())), by).await?;
            }
        }
        Ok(())
    }

    /// The certificates that a declaration takes of, as they are in hand or kept.
    async fn certificates_of(&mut self, declaration: CaseId) -> Result<Vec<CertificateKey>, StoreError> {
        let cases = certificates::used_by(&mut self.link(), declaration).await?;
        let mut keys: Vec<CertificateKey> = Vec::new();
        for case in cases {
            keys.extend(self.certificate(case).await?.map(|known| known.key.clone()));
        }
        keys.extend(self.certificates_in_hand_of(declaration));
        keys.sort();
        keys.dedup();
        Ok(keys)
    }
}
