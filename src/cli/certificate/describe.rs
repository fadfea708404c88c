//! What document it is, in a few words.

use serde::Serialize;

use crate::message::Limits;
use crate::message::xml::{Fatal, Xml};

/// What a document says of itself; nothing where it does not.
#[derive(Debug, Default, Serialize)]
pub(super) struct Described {
    /// Its root element.
    kind: String,
    /// Its form or procedure.
    form: Option<String>,
    /// Its number.
    number: Option<String>,
    /// The country that issued it.
    country: Option<String>,
}

/// Where the form, the number and the country stand; the first found counts.
const FORM: [&str; 3] = [
    "CertificateOfOrigin/CertificateOfOriginApplication/CertificateType",
    "Envelope/Header/Subject/documentType",
    "StandardBusinessDocument/StandardBusinessDocumentHeader/DocumentIdentification/Type",
];
const NUMBER: [&str; 4] = [
    "CertificateOfOrigin/CertificateOfOriginApplication/ReferenceID",
    "CertificateOfOrigin/ID",
    "Envelope/Header/Subject/reference",
    "StandardBusinessDocument/StandardBusinessDocumentHeader/DocumentIdentification/InstanceIdentifier",
];
const COUNTRY: [&str; 2] = [
    "CertificateOfOrigin/CertificateOfOriginApplication/IssuingCountry/IdentificationCode",
    "Envelope/Header/From/countryCode",
];

impl Described {
    /// Looks into a document, as far as it can be read.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut described = Self::default();
        let _ = described.walk(bytes);
        described
    }

    fn walk(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        let mut xml = Xml::new(bytes, Limits::default())?;
        let root = xml.root()?;
        root.local().clone_into(&mut self.kind);
        while xml.depth() > 0 {
            if xml.child()?.is_none() {
                continue;
            }
            let path = xml.path();
            let known = |paths: &[&str]| paths.contains(&path.as_str());
            let field = if known(&FORM) {
                &mut self.form
            } else if known(&NUMBER) {
                &mut self.number
            } else if known(&COUNTRY) {
                &mut self.country
            } else if path.matches('/').count() > 3 {
                xml.skip()?;
                continue;
            } else {
                continue;
            };
            let text = xml.text()?.into_owned();
            // The number of the certificate counts before that of the document.
            if !text.is_empty() && (field.is_none() || path.ends_with("ReferenceID")) {
                *field = Some(text);
            }
        }
        Ok(())
    }

    /// Whether it is the envelope of the national single window.
    pub(super) fn is_national_envelope(&self) -> bool {
        self.kind == "Envelope"
    }

    /// In one line.
    pub(super) fn words(&self) -> String {
        let country = self.country.as_ref().map(|country| format!("from {country}"));
        let parts = [Some(self.kind.clone()), self.form.clone(), self.number.clone(), country];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { "not readable".to_owned() } else { parts.join(" · ") }
    }
}
