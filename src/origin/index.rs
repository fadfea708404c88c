//! Certificates found among many: by the number that is quoted, or by holder, goods and invoice.
//!
//! A declaration costs a few look-ups, however many certificates its holder has.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::words::{fold, name_key, reference_key};
use crate::law::Tolerances;
use crate::trade::{CertificateKey, GoodsItem, HsCode, OriginCertificate, Party};

/// A certificate's place in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// Certificates that would fit and were not quoted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitting {
    /// Those found, in the order in which they came in.
    pub slots: Vec<Slot>,
    /// How many more there are.
    pub more: usize,
}

/// An index over certificates. Which certificate is meant is its [`CertificateKey`]; put in again it
/// takes the place of what was there.
#[derive(Debug, Clone, Default)]
pub struct CertificateIndex {
    entries: Vec<Option<Entry>>,
    by_key: FxHashMap<CertificateKey, Slot>,
    by_reference: FxHashMap<String, Slots>,
    /// Holders by tax code and by name.
    holders: FxHashMap<String, u32>,
    by_goods: FxHashMap<(u32, u32), Vec<Slot>>,
    by_invoice: FxHashMap<(u32, String), Slots>,
}

type Slots = SmallVec<[Slot; 2]>;

/// What must be taken back where a certificate leaves.
#[derive(Debug, Clone)]
struct Entry {
    key: CertificateKey,
    reference: String,
    holders: SmallVec<[u32; 2]>,
    goods: SmallVec<[u32; 2]>,
    invoices: SmallVec<[String; 1]>,
}

impl CertificateIndex {
    /// Puts a certificate in.
    pub fn insert(&mut self, certificate: &OriginCertificate, tolerances: &Tolerances) -> Slot {
        let key = CertificateKey {
            country: certificate.issuing_country,
            form: certificate.form.clone(),
            reference: certificate.reference.clone(),
        };
        self.remove(&key);
        let slot = Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let reference = reference_key(&certificate.reference);
        let consignee = &certificate.consignee;
        let names = names(consignee.id.as_deref(), consignee.name.as_deref(), tolerances);
        let holders: SmallVec<[u32; 2]> = names.into_iter().map(|name| self.holder(name)).collect();
        let mut goods: SmallVec<[u32; 2]> = certificate.items.iter().map(|item| subheading(item.hs)).collect();
        goods.sort_unstable();
        goods.dedup();
        let invoices = certificate.items.iter().filter_map(|item| item.invoice.as_ref());
        let mut invoices: SmallVec<[String; 1]> = invoices.map(|invoice| reference_key(&invoice.number)).collect();
        invoices.sort_unstable();
        invoices.dedup();
        self.by_reference.entry(reference.clone()).or_default().push(slot);
        for holder in &holders {
            for code in &goods {
                self.by_goods.entry((*holder, *code)).or_default().push(slot);
            }
            for invoice in &invoices {
                self.by_invoice.entry((*holder, invoice.clone())).or_default().push(slot);
            }
        }
        self.by_key.insert(key.clone(), slot);
        self.entries.push(Some(Entry { key, reference, holders, goods, invoices }));
        slot
    }

    /// Takes a certificate out.
    pub fn remove(&mut self, key: &CertificateKey) -> Option<Slot> {
        let slot = self.by_key.remove(key)?;
        let entry = self.entries.get_mut(slot.0 as usize)?.take()?;
        if let Some(slots) = self.by_reference.get_mut(&entry.reference) {
            slots.retain(|known| *known != slot);
        }
        for holder in entry.holders {
            for code in &entry.goods {
                if let Some(slots) = self.by_goods.get_mut(&(holder, *code)) {
                    slots.retain(|known| *known != slot);
                }
            }
            for invoice in &entry.invoices {
                if let Some(slots) = self.by_invoice.get_mut(&(holder, invoice.clone())) {
                    slots.retain(|known| *known != slot);
                }
            }
        }
        Some(slot)
    }

    /// How many certificates there are.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Which certificate is in a slot.
    pub fn key(&self, slot: Slot) -> Option<&CertificateKey> {
        self.entries.get(slot.0 as usize)?.as_ref().map(|entry| &entry.key)
    }

    /// The slot of a certificate.
    pub fn slot(&self, key: &CertificateKey) -> Option<Slot> {
        self.by_key.get(key).copied()
    }

    /// The certificates of a number, however it is written. A number is unique in its country only.
    pub fn quoted(&self, reference: &str) -> &[Slot] {
        self.of_key(&reference_key(reference))
    }

    /// The same of a number that [`reference_key`] made.
    pub(super) fn of_key(&self, key: &str) -> &[Slot] {
        self.by_reference.get(key).map_or(&[], |slots| slots.as_slice())
    }

    /// The certificates of a holder that would fit a line: those with its invoices, else those with
    /// its subheading; at most `most`, the youngest.
    pub fn fitting(
        &self,
        holder: &Party<'_>,
        line: &GoodsItem<'_>,
        invoices: &[&str],
        tolerances: &Tolerances,
        most: usize,
    ) -> Fitting {
        let names = names(holder.id.as_deref(), holder.name.as_deref(), tolerances);
        let holders: SmallVec<[u32; 2]> = names.iter().filter_map(|name| self.holders.get(name).copied()).collect();
        let code = line.hs.map(subheading);
        let has_code = |slot: &Slot| {
            let entry = self.entries.get(slot.0 as usize).and_then(Option::as_ref);
            entry.is_some_and(|entry| code.is_none_or(|code| entry.goods.contains(&code)))
        };
        let keys: SmallVec<[String; 2]> = invoices.iter().map(|invoice| reference_key(invoice)).collect();
        let mut slots = Vec::new();
        for holder in &holders {
            for key in &keys {
                // Cloning a short text is what a look-up by a pair costs.
                if let Some(found) = self.by_invoice.get(&(*holder, key.clone())) {
                    slots.extend(found.iter().copied().filter(has_code));
                }
            }
        }
        let mut more = 0;
        if slots.is_empty()
            && let Some(code) = code
        {
            // Whoever has a tax code has it on all; by name there may be more.
            let lists = holders.iter().filter_map(|holder| self.by_goods.get(&(*holder, code)));
            if let Some(list) = lists.max_by_key(|list| list.len()) {
                let from = list.len().saturating_sub(most);
                (slots, more) = (list[from..].to_vec(), from);
            }
        }
        slots.sort_unstable();
        slots.dedup();
        if slots.len() > most {
            more += slots.len() - most;
            slots.drain(..slots.len() - most);
        }
        Fitting { slots, more }
    }

    fn holder(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.holders.len()).unwrap_or(u32::MAX);
        *self.holders.entry(name).or_insert(next)
    }
}

/// The names under which a holder is found.
fn names(id: Option<&str>, name: Option<&str>, tolerances: &Tolerances) -> SmallVec<[String; 2]> {
    // The sign keeps a code apart from a name.
    let id = id.map(fold).filter(|id| !id.is_empty()).map(|id| format!("#{id}"));
    let name = name.map(|name| name_key(name, tolerances)).filter(|name| !name.is_empty());
    id.into_iter().chain(name).collect()
}

/// The subheading of a code, as a number.
fn subheading(hs: HsCode) -> u32 {
    hs.truncated(6).padded()
}
