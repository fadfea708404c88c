//! Certificates of origin that a transaction has in hand.

use super::{ActError, Desk, InHand};
use crate::clearance::case::certificate::{Certificate, CertificateEvent, Command, decide};
use crate::clearance::case::{Author, CaseId, Entry, Event};
use crate::service::ids::new_case;
use crate::store::{StoreError, cases, certificates};
use crate::trade::CertificateKey;

impl Desk<'_> {
    /// The case of a certificate by its number; none where nothing was heard of it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn certificate_case(&mut self, key: &CertificateKey) -> Result<Option<CaseId>, StoreError> {
        // One that this transaction has made is not in the table yet.
        let in_hand = self.certificates.values().find(|in_hand| in_hand.state.key == *key);
        match in_hand {
            Some(in_hand) => Ok(Some(in_hand.state.id)),
            None => certificates::case_of(&mut self.link(), key).await,
        }
    }

    /// A certificate.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn certificate(&mut self, case: CaseId) -> Result<Option<&Certificate>, StoreError> {
        if !self.certificates.contains_key(&case) {
            let link = &mut self.through.link();
            let Some((state, head)) = cases::certificate_and_head(link, case).await? else { return Ok(None) };
            self.certificates.insert(case, InHand::kept(state, head));
        }
        Ok(self.certificates.get(&case).map(|in_hand| &in_hand.state))
    }

    /// Decides a command about a certificate and takes its events in. Gives its case and how many
    /// events there were.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn certificate_command(
        &mut self,
        key: &CertificateKey,
        command: &Command,
        by: &Author,
    ) -> Result<(CaseId, usize), ActError> {
        let known = self.certificate_case(key).await?;
        let case = known.unwrap_or_else(|| new_case(self.now));
        if known.is_some() {
            self.certificate(case).await?;
        }
        let before = self.certificates.get(&case);
        let events = decide(before.map(|in_hand| &in_hand.state), command)?;
        if let Some(undo) = &mut self.undo {
            undo.certificates.entry(case).or_insert_with(|| before.cloned());
        }
        let count = events.len();
        for event in events {
            self.take_certificate(case, event, by);
        }
        Ok((case, count))
    }

    /// The certificates in hand that a declaration uses or is to use.
    pub(in crate::service) fn certificates_in_hand_of(&self, declaration: CaseId) -> Vec<CertificateKey> {
        let all = self.certificates.values().map(|in_hand| &in_hand.state);
        let of = all.filter(|known| known.matched.contains_key(&declaration) || known.used.contains_key(&declaration));
        of.map(|known| known.key.clone()).collect()
    }

    fn take_certificate(&mut self, case: CaseId, event: CertificateEvent, by: &Author) {
        let number = self.certificates.get(&case).map_or(0, |in_hand| in_hand.state.head) + 1;
        let entry = Entry { case, number, at: self.now, by: by.clone(), event: Event::Certificate(event) };
        match self.certificates.get_mut(&case) {
            Some(in_hand) => {
                in_hand.state.apply(&entry);
                in_hand.dirty = true;
            }
            None => {
                if let Some(state) = Certificate::begin(&entry) {
                    self.certificates.insert(case, InHand::made(state, self.work));
                }
            }
        }
        self.noticed.push(entry);
    }
}
