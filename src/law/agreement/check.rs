//! The checks that an agreement's data must weigh, cite and put into words.

use serde::{Deserialize, Serialize};

use crate::law::pack::Sourced;

/// What a check that failed means for the preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: worth knowing.
    Note,
    /// A minor discrepancy: it does not invalidate the proof (OCP rule 16(1)).
    Minor,
    /// The preference waits for what would settle it.
    Verify,
    /// The preference is refused.
    Refuse,
}

impl Effect {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Note, Self::Minor, Self::Verify, Self::Refuse];

    /// Its name, as data and answers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Minor => "minor",
            Self::Verify => "verify",
            Self::Refuse => "refuse",
        }
    }
}

/// The file in which a check is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFile {
    /// `checks.toml`: what is asked of the certificate.
    Certificate,
    /// `discrepancies.toml`: what is asked of it beside a declaration.
    Discrepancy,
}

impl CheckFile {
    /// Its name.
    pub fn path(self) -> &'static str {
        match self {
            Self::Certificate => "checks.toml",
            Self::Discrepancy => "discrepancies.toml",
        }
    }
}

/// A check as data describes it.
#[derive(Debug, Clone)]
pub struct Check {
    /// What it means where it failed.
    pub effect: Effect,
    /// The printed box that it is about; empty: none.
    pub printed_box: String,
    /// What it rests on.
    pub cites: String,
    /// How well that is known.
    pub sourced: Sourced,
    /// In Vietnamese, with its places in braces.
    pub vi: String,
    /// In English, with its places in braces.
    pub en: String,
}

macro_rules! checks {
    ($($(#[$meta:meta])* $file:ident $variant:ident = $text:literal [$($place:literal),*]),+ $(,)?) => {
        /// A check, by the stable name under which data and answers write it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum CheckId { $($(#[$meta])* #[serde(rename = $text)] $variant),+ }

        impl CheckId {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The file that describes it.
            pub fn file(self) -> CheckFile {
                match self { $(Self::$variant => CheckFile::$file),+ }
            }

            /// The places that its words may have, in braces.
            pub fn places(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($place),*]),+ }
            }

            /// One by its name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }
        }
    };
}

checks!(
    /// It is written on another form.
    Certificate FormOther = "form_other" ["form", "expected"],
    /// The issuing country is not bound by the agreement.
    Certificate IssuerNotMember = "issuer_not_member" ["country"],
    /// The goods were produced in a country that is not bound by it.
    Certificate ProducerNotMember = "producer_not_member" ["country"],
    /// The goods were produced in another country than the one that issued it.
    Certificate ProducedElsewhere = "produced_elsewhere" ["country", "issuer"],
    /// It was issued for another importing country.
    Certificate ImportedElsewhere = "imported_elsewhere" ["country", "expected"],
    /// It has no item.
    Certificate NoItems = "no_items" [],
    /// Two items have one number.
    Certificate ItemTwice = "item_twice" ["item"],
    /// A box that must be filled is empty.
    Certificate BoxMissing = "box_missing" ["box", "element"],
    /// A box of the paper form is empty.
    Certificate BoxMissingOnPaper = "box_missing_on_paper" ["box", "element"],
    /// It was issued after the day on which it is presented.
    Certificate IssuedInFuture = "issued_in_future" ["issued", "day"],
    /// The exporter declared after the authority certified.
    Certificate DeclaredAfterIssue = "declared_after_issue" ["declared", "issued"],
    /// It was issued later than may be without the mark.
    Certificate RetroactiveNotTicked = "retroactive_not_ticked" ["issued", "departure", "limit"],
    /// The mark was not needed.
    Certificate RetroactiveWithoutNeed = "retroactive_without_need" ["issued", "departure", "limit"],
    /// It was issued later than may be at all.
    Certificate RetroactiveTooLate = "retroactive_too_late" ["issued", "departure", "limit"],
    /// Without a day of shipment nobody can say whether it was issued in time.
    Certificate DepartureUnknown = "departure_unknown" [],
    /// The true copy was made too late.
    Certificate CopyTooLate = "copy_too_late" ["copied", "issued", "limit"],
    /// When the true copy was made is not known.
    Certificate CopyDayUnknown = "copy_day_unknown" ["issued", "limit"],
    /// Third country invoicing is ticked, and no item says who invoices.
    Certificate ThirdCountryIssuerMissing = "third_country_issuer_missing" [],
    /// Who invoices is named without name or country.
    Certificate ThirdCountryIssuerIncomplete = "third_country_issuer_incomplete" [],
    /// An item says who invoices, and third country invoicing is not ticked.
    Certificate ThirdCountryNotTicked = "third_country_not_ticked" ["issuer"],
    /// Exhibition is ticked, and box 2 does not name it.
    Certificate ExhibitionMissing = "exhibition_missing" [],
    /// Box 2 names an exhibition that is not ticked.
    Certificate ExhibitionNotTicked = "exhibition_not_ticked" ["name"],
    /// Accumulation is ticked for goods that are all wholly obtained.
    Certificate AccumulationNotNeeded = "accumulation_not_needed" [],
    /// De minimis is ticked, and no item rests on a change of classification.
    Certificate DeMinimisWithoutChange = "de_minimis_without_change" [],
    /// Back-to-back is ticked, and the item does not name the original proof and its day.
    Certificate OriginalMissing = "original_missing" [],
    /// An item names an original proof, and back-to-back is not ticked.
    Certificate BackToBackNotTicked = "back_to_back_not_ticked" ["original"],
    /// The original proof comes from a country that is not bound by the agreement.
    Certificate OriginalNotMember = "original_not_member" ["country"],
    /// The original proof comes from the country that issued the back-to-back certificate.
    Certificate OriginalSameCountry = "original_same_country" ["country"],
    /// The original proof is younger than what rests on it.
    Certificate OriginalLater = "original_later" ["date", "issued"],
    /// The original proof was no longer valid.
    Certificate OriginalExpired = "original_expired" ["date", "issued", "limit"],
    /// More was re-exported than the original proof covers.
    Certificate OriginalUsedUp = "original_used_up" ["original", "left", "quantity"],
    /// Partial cumulation is stated and not ticked.
    Certificate PartialNotTicked = "partial_not_ticked" ["criterion"],
    /// Partial cumulation is ticked and no item states it.
    Certificate PartialWithoutItem = "partial_without_item" [],
    /// The content lies outside what counts in proportion.
    Certificate PartialRange = "partial_range" ["percent", "min", "below"],
    /// Box 8 cannot be read.
    Certificate CriterionUnreadable = "criterion_unreadable" ["criterion"],
    /// Box 8 is written unusually.
    Certificate CriterionUnusual = "criterion_unusual" ["criterion", "expected"],
    /// The agreement does not have this ground.
    Certificate CriterionNotAllowed = "criterion_not_allowed" ["criterion"],
    /// The regional value content is too low.
    Certificate ValueContentLow = "value_content_low" ["percent", "min"],
    /// Whether the product's rule allows the ground is not checked.
    Certificate ProductRuleNotChecked = "product_rule_not_checked" ["criterion", "hs"],
    /// The value must stand in box 9.
    Certificate FobMissing = "fob_missing" ["criterion"],
    /// The value need not stand in box 9.
    Certificate FobNotNeeded = "fob_not_needed" [],
    /// The HS number has fewer digits than any rule of origin needs.
    Certificate HsTooShort = "hs_too_short" ["hs"],
    /// The HS number has not all digits of the importing country.
    Certificate HsNotFull = "hs_not_full" ["hs"],
    /// Its validity has ended, and no ground for late presentation is stated.
    Certificate Expired = "expired" ["issued", "end", "day"],
    /// Its validity has ended; that this was beyond control is claimed and not settled.
    Certificate LateClaimed = "late_claimed" ["end", "day"],
    /// Its validity has ended, and customs accepts that this was beyond control.
    Certificate LateAccepted = "late_accepted" ["end", "day"],
    /// Its validity has ended, and the goods were imported before.
    Certificate LateImportedBefore = "late_imported_before" ["end", "imported"],
    /// The issuing side has taken it back.
    Certificate Cancelled = "cancelled" [],
    /// The issuing side has issued another in its place.
    Certificate Replaced = "replaced" ["by"],
    /// Customs has rejected it.
    Certificate Rejected = "rejected" [],
    /// Customs has rejected the item.
    Certificate ItemRejected = "item_rejected" [],
    /// A retroactive check is under way.
    Certificate UnderVerification = "under_verification" [],
    /// The issuing side does not stand by it.
    Certificate NotConfirmed = "not_confirmed" [],

    /// A number that is quoted is that of several certificates.
    Discrepancy ReferenceAmbiguous = "reference_ambiguous" ["reference", "count"],
    /// The certificate that is quoted has not been received.
    Discrepancy CertificateAwaited = "certificate_awaited" ["reference"],
    /// The certificate is said to come later.
    Discrepancy CertificateLate = "certificate_late" [],
    /// No item of the certificates quoted is these goods.
    Discrepancy NoItemMatches = "no_item_matches" ["references"],
    /// The consignment is small enough to need no proof.
    Discrepancy Waived = "waived" ["value", "limit"],
    /// The line has no HS code.
    Discrepancy ClassificationUnknown = "classification_unknown" ["hs"],
    /// The line has the same subheading, and another national line below it.
    Discrepancy ClassificationSubdivision = "classification_subdivision" ["hs", "declared"],
    /// The line has another subheading.
    Discrepancy ClassificationDiffers = "classification_differs" ["hs", "declared"],
    /// The descriptions differ slightly.
    Discrepancy DescriptionSlight = "description_slight" ["description"],
    /// The descriptions differ.
    Discrepancy DescriptionDiffers = "description_differs" ["description"],
    /// The descriptions are in two languages.
    Discrepancy DescriptionNotCompared = "description_not_compared" ["description"],
    /// The line states no quantity.
    Discrepancy QuantityUnknown = "quantity_unknown" ["unit"],
    /// The quantities are counted in different units that convert into each other.
    Discrepancy QuantityUnits = "quantity_units" ["unit", "declared"],
    /// The quantities do not convert into each other.
    Discrepancy QuantityNotComparable = "quantity_not_comparable" ["quantity", "declared"],
    /// Less is left of the certificate than the line needs.
    Discrepancy QuantityShort = "quantity_short" ["left", "quantity"],
    /// Nothing is left of it.
    Discrepancy UsedUp = "used_up" [],
    /// The line states no origin.
    Discrepancy OriginUnknown = "origin_unknown" [],
    /// The line's origin is not bound by the agreement.
    Discrepancy OriginNotMember = "origin_not_member" ["declared"],
    /// The line's origin is another than the certificate's.
    Discrepancy OriginDiffers = "origin_differs" ["declared", "country"],
    /// The importer is not named.
    Discrepancy ConsigneeUnknown = "consignee_unknown" [],
    /// The consignee is spelt otherwise.
    Discrepancy ConsigneeSpelling = "consignee_spelling" ["name", "declared"],
    /// The consignee is another.
    Discrepancy ConsigneeDiffers = "consignee_differs" ["name", "declared"],
    /// The exporter is another.
    Discrepancy ExporterDiffers = "exporter_differs" ["name", "declared"],
    /// The invoice's number is spelt otherwise.
    Discrepancy InvoiceSpelling = "invoice_spelling" ["number", "declared"],
    /// The invoice is another.
    Discrepancy InvoiceDiffers = "invoice_differs" ["number", "declared"],
    /// The goods come by another mode of transport.
    Discrepancy TransportDiffers = "transport_differs" ["mode", "declared"],
    /// The goods left another country than the one that issued the certificate.
    Discrepancy ShippedFromElsewhere = "shipped_from_elsewhere" ["declared", "country"],
    /// The goods left after the declaration.
    Discrepancy DepartureAfterDeclaration = "departure_after_declaration" ["departure", "day"],
);

/// A box that data may ask to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxName {
    /// The reference number.
    Reference,
    /// The exporter's name.
    Exporter,
    /// The consignee's name.
    Consignee,
    /// Place of the exporter's declaration.
    DeclaredPlace,
    /// Who signed for the exporter.
    DeclaredSignatory,
    /// Place of the certification.
    CertifiedPlace,
    /// Which authority certified.
    CertifiedAuthority,
    /// Number and type of packages.
    Packages,
    /// Description of the goods.
    Description,
    /// Gross weight or other quantity.
    Quantity,
    /// Number of the invoice.
    InvoiceNumber,
    /// Day of the invoice.
    InvoiceDate,
}

impl BoxName {
    /// All of them, with the names under which data writes them.
    pub const ALL: [(&'static str, Self); 12] = [
        ("reference", Self::Reference),
        ("exporter", Self::Exporter),
        ("consignee", Self::Consignee),
        ("declared_place", Self::DeclaredPlace),
        ("declared_signatory", Self::DeclaredSignatory),
        ("certified_place", Self::CertifiedPlace),
        ("certified_authority", Self::CertifiedAuthority),
        ("packages", Self::Packages),
        ("description", Self::Description),
        ("quantity", Self::Quantity),
        ("invoice_number", Self::InvoiceNumber),
        ("invoice_date", Self::InvoiceDate),
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}
