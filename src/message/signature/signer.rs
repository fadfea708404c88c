//! Signing: where the signature goes, and what is in it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::super::limits::Limits;
use super::super::xml::{Namespace, Xml};
use super::certificate::{Certificate, Opened};
use super::profile::{DSIG, ENVELOPED, EXCLUSIVE, SHA256, Slot, UBL_EXTENSIONS, UBL_SIGNATURE_PARTS, UBL_SIGNATURES};
use super::{Algorithm, KeyError, Place, SignatureError, engine, profile};

/// Header of an exchange envelope (UN/CEFACT Standard Business Document Header).
pub(super) const SBDH: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";

/// A key to sign with, and its certificates.
pub struct Signer {
    context: engine::Engine,
    algorithm: Algorithm,
    certificate: Certificate,
    /// `X509Data` with all certificates, the key's own first.
    key_info: String,
}

impl std::fmt::Debug for Signer {
    /// The key is never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Signer {
    /// From a private key (RSA of 2,048 bits or more, or P-256, as PKCS#8 PEM) and its
    /// certificate, followed by those between it and a trusted authority.
    ///
    /// # Errors
    /// What cannot be read, and a key that is not the certificate's.
    pub fn from_pem(key: &[u8], certificates: &[u8]) -> Result<Self, KeyError> {
        let words = |cause: SignatureError| KeyError(cause.to_string());
        let ders: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let ders = ders.map_err(|cause| KeyError(format!("the certificate cannot be read: {cause}")))?;
        let Some(first) = ders.first() else {
            return Err(KeyError("no certificate (`-----BEGIN CERTIFICATE-----`) to sign with".to_owned()));
        };
        let opened = Opened::read(first).map_err(|what| KeyError(format!("the certificate cannot be read: {what}")))?;
        let algorithm = opened.algorithm().map_err(words)?;
        opened.signs().map_err(words)?;
        let mut key_info = String::from("<ds:X509Data>");
        for der in &ders {
            key_info.push_str("<ds:X509Certificate>");
            STANDARD.encode_string(der, &mut key_info);
            key_info.push_str("</ds:X509Certificate>");
        }
        key_info.push_str("</ds:X509Data>");
        let signer = Self { context: engine::signing(key)?, algorithm, certificate: opened.about.clone(), key_info };
        // A key of another certificate would make signatures that nobody can verify.
        let not_its = |_| KeyError("the private key is not that of the certificate".to_owned());
        let signed = signer.sign("<a><b/></a>", Place::Document).map_err(not_its)?;
        let proof = profile::inspect(signed.as_bytes(), Place::Document, Limits::default()).map_err(words)?;
        let verifying = engine::verifying(&opened.key().map_err(words)?).map_err(words)?;
        engine::verify(&verifying, &signed, &proof).map_err(not_its)?;
        Ok(signer)
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs a document; everything but the signature stays as it is, byte by byte.
    ///
    /// # Errors
    /// A document that is signed at this place already or has no such place, and one whose
    /// signature would be refused: with comments, instructions, or over the limits.
    pub fn sign(&self, document: &str, place: Place) -> Result<String, SignatureError> {
        let document = document.strip_prefix('\u{FEFF}').unwrap_or(document);
        let limits = Limits::default();
        let system = match place {
            Place::Document => None,
            Place::EnvelopeBody | Place::EnvelopeSystem => profile::system_signature(document.as_bytes(), limits)?,
        };
        let document = match system {
            None => Cow::Borrowed(document),
            // An empty one is a place for a signature, and the body's does not cover it.
            Some(range) if is_empty(&document[range.clone()]) => {
                Cow::Owned(format!("{}{}", &document[..range.start], &document[range.end..]))
            }
            Some(_) => return Err(no_room("the gateway has signed it already")),
        };
        let gap = gap(&document, place)?;
        let before = format!("{}{}", &document[..gap.from], gap.opening);
        let mut signed = format!("{before}{}{}{}", self.template(), gap.closing, &document[gap.to..]);
        let (digest, value) = engine::sign(&self.context, &signed, before.len())?;
        for (element, content) in [("<ds:DigestValue>", digest), ("<ds:SignatureValue>", value)] {
            let found = signed[before.len()..].find(element).ok_or_else(|| no_room("the template is broken"))?;
            signed.insert_str(before.len() + found + element.len(), &content);
        }
        profile::inspect(signed.as_bytes(), place, limits)?;
        Ok(signed)
    }

    /// A signature with everything but its values.
    fn template(&self) -> String {
        format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
             <ds:SignatureMethod Algorithm=\"{}\"/>\
             <ds:Reference URI=\"\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"{SHA256}\"/>\
             <ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue></ds:SignatureValue><ds:KeyInfo>{}</ds:KeyInfo></ds:Signature>",
            self.algorithm.uri(),
            self.key_info
        )
    }
}

fn no_room(what: &str) -> SignatureError {
    SignatureError::Unverifiable { what: what.to_owned() }
}

fn is_empty(element: &str) -> bool {
    element.ends_with("/>") || element.split_once('>').is_some_and(|(_, rest)| rest.trim_start().starts_with("</"))
}

/// Where the signature is put, in place of what, and what is put around it.
#[derive(Default)]
struct Gap {
    from: usize,
    to: usize,
    opening: String,
    closing: String,
}

impl Gap {
    fn at(byte: usize) -> Self {
        Self { from: byte, to: byte, ..Self::default() }
    }

    fn within(mut self, opening: &str, closing: &str) -> Self {
        self.opening.push_str(opening);
        self.closing.insert_str(0, closing);
        self
    }
}

/// Finds the place in a document that has no signature there.
fn gap(document: &str, place: Place) -> Result<Gap, SignatureError> {
    let mut xml = Xml::new(document.as_bytes(), Limits::default())?;
    let root = xml.root()?;
    let uri = xml.uri(root.namespace).to_owned();
    let Some(slot) = Slot::of(place, root.local(), &uri) else {
        return Err(no_room(&format!("`{}` has no place for {}", root.local(), place.words())));
    };
    let begin = xml.position();
    if document[..begin].ends_with("/>") {
        return Err(no_room("the root element is empty"));
    }
    // The end tag of the element that was just read to its end.
    let before_end = |end: usize| document[..end].rfind("</").filter(|_| !document[..end].ends_with("/>"));
    match slot {
        Slot::System => {
            let end = document.rfind("</").ok_or_else(|| no_room("the envelope does not end"))?;
            Ok(Gap::at(end).within("<SystemSignature>", "</SystemSignature>"))
        }
        Slot::Ubl => {
            // Declared once: a declaration that no name needs is not covered by the signature.
            let ext = format!(" xmlns:ext=\"{UBL_EXTENSIONS}\"");
            let extension = |declared: &str| {
                format!(
                    "<ext:UBLExtension{declared}><ext:ExtensionURI>urn:oasis:names:specification:ubl:dsig:enveloped</ext:ExtensionURI><ext:ExtensionContent><sig:UBLDocumentSignatures xmlns:sig=\"{UBL_SIGNATURES}\"><sac:SignatureInformation xmlns:sac=\"{UBL_SIGNATURE_PARTS}\">"
                )
            };
            let closing =
                "</sac:SignatureInformation></sig:UBLDocumentSignatures></ext:ExtensionContent></ext:UBLExtension>";
            while let Some(tag) = xml.child()? {
                let extensions = tag.local() == "UBLExtensions" && xml.uri(tag.namespace) == UBL_EXTENSIONS;
                xml.skip()?;
                if extensions {
                    let end = before_end(xml.position()).ok_or_else(|| no_room("`UBLExtensions` is empty"))?;
                    return Ok(Gap::at(end).within(&extension(&ext), closing));
                }
            }
            let extensions = format!("<ext:UBLExtensions{ext}>");
            Ok(Gap::at(begin).within(&extensions, "</ext:UBLExtensions>").within(&extension(""), closing))
        }
        Slot::Child => {
            while let Some(tag) = xml.child()? {
                let header = tag.local() == "StandardBusinessDocumentHeader" && xml.uri(tag.namespace) == SBDH;
                xml.skip()?;
                if header {
                    return Ok(Gap::at(xml.position()));
                }
            }
            Ok(Gap::at(begin))
        }
        Slot::Body => {
            while let Some(tag) = xml.child()? {
                if tag.local() != "Body" || tag.namespace != Namespace::NONE {
                    xml.skip()?;
                    continue;
                }
                let mut empty = None;
                while let Some(part) = xml.child()? {
                    let signature = part.local() == "Signature" && part.namespace == Namespace::NONE;
                    xml.skip()?;
                    if signature {
                        empty = Some(part.offset..xml.position());
                    }
                }
                let gap = match empty {
                    Some(range) if is_empty(&document[range.clone()]) => {
                        Gap { from: range.start, to: range.end, ..Gap::default() }
                    }
                    Some(_) => return Err(SignatureError::Several { count: 2 }),
                    None => Gap::at(before_end(xml.position()).ok_or_else(|| no_room("`Body` is empty"))?),
                };
                return Ok(gap.within("<Signature>", "</Signature>"));
            }
            Err(no_room("the envelope has no `Body`"))
        }
    }
}
